"""The board: what is selected, while the window is open; and who looked at it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id

type Place = tuple[str, UUID, UUID]
"""Where an entry stands on the board: class, student, id."""


@dataclass(frozen=True)
class Wanted:
    """What to look for: `in_name`, `in_title` and `in_kinds` say where the words `q` may be found; `grades` are paths.

    `path` None: the whole term. Omit the path range when it is not selective: the planner underestimates it.
    """

    term_id: UUID
    path: str | None
    students: Collection[UUID] | None = None
    grades: tuple[str, ...] | None = None
    dimension: str | None = None
    kind: str | None = None
    q: str | None = None
    in_name: bool = True
    in_title: bool = False
    in_kinds: tuple[str, ...] = ()
    counted: bool = False
    """With how many entries each student shows in all (CS-09)."""


@dataclass(frozen=True, slots=True)
class Row:
    """An entry's line on the board, without its content."""

    id: UUID
    version: int
    open_cases: int
    path: str
    student_id: UUID
    grade_title: str | None
    class_title: str | None
    entries: int | None


_PAGE = """
WITH page AS (
    SELECT id, version, open_cases, path, student_id FROM entries
     WHERE term_id = $1 AND state = 'selected'
       AND ($2::text IS NULL OR path >= $2::ltree AND path <= ($2::text || '.zzzzzzzzzzzzzzzz')::ltree)
       AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
       AND ($5::text IS NULL OR dimension = $5) AND ($6::text IS NULL OR kind = $6)
       AND ($7::text IS NULL OR ($8 AND strpos(lower(student_name), lower($7)) > 0)
            OR ($9 AND strpos(lower(title), lower($7)) > 0) OR kind = ANY($10::text[]))
       AND ($12::ltree IS NULL OR (path, student_id, id) > ($12::ltree, $13::uuid, $14::uuid))
     ORDER BY path, student_id, id LIMIT $15)
SELECT t.version AS term_version, e.id, e.version, e.open_cases, e.path, e.student_id, p.grade_title, p.class_title,
       CASE WHEN $11 THEN (SELECT count(*) FROM entries c
                            WHERE c.student_id = e.student_id AND c.term_id = $1 AND c.state = 'selected') END AS entries
  FROM directory_terms t LEFT JOIN page e ON true LEFT JOIN places p ON p.path = e.path
 WHERE t.id = $1 ORDER BY e.path, e.student_id, e.id
"""

_SEARCH = """
WITH hits AS MATERIALIZED (
    SELECT * FROM entries
     WHERE term_id = $1 AND state = 'selected'
       AND board_grams(term_id, student_name || ' ' || title) @> board_grams($1, $7::text)),
page AS (
    SELECT id, version, open_cases, path, student_id FROM hits
     WHERE ($2::text IS NULL OR path <@ $2::ltree)
       AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
       AND ($5::text IS NULL OR dimension = $5) AND ($6::text IS NULL OR kind = $6)
       AND (($8 AND strpos(lower(student_name), lower($7)) > 0) OR ($9 AND strpos(lower(title), lower($7)) > 0)
            OR kind = ANY($10::text[]))
       AND ($12::ltree IS NULL OR (path, student_id, id) > ($12::ltree, $13::uuid, $14::uuid))
     ORDER BY path, student_id, id LIMIT $15)
SELECT t.version AS term_version, e.id, e.version, e.open_cases, e.path, e.student_id, p.grade_title, p.class_title,
       CASE WHEN $11 THEN (SELECT count(*) FROM entries c
                            WHERE c.student_id = e.student_id AND c.term_id = $1 AND c.state = 'selected') END AS entries
  FROM directory_terms t LEFT JOIN page e ON true LEFT JOIN places p ON p.path = e.path
 WHERE t.id = $1 ORDER BY e.path, e.student_id, e.id
"""


async def page(tx: Tx, wanted: Wanted, after: Place | None, limit: int) -> tuple[int | None, list[Row]]:
    """Selected entries by class, student and age, and the version of the term at that moment (None: no such term).

    Words are looked up in an index of pairs of characters, except where kinds match them: a page of those is found soon.
    """
    rows = await tx.fetch(
        _SEARCH if wanted.q and not wanted.in_kinds else _PAGE,
        wanted.term_id,
        wanted.path,
        None if wanted.students is None else sorted(wanted.students),
        None if wanted.grades is None else list(wanted.grades),
        wanted.dimension,
        wanted.kind,
        wanted.q,
        wanted.in_name,
        wanted.in_title,
        list(wanted.in_kinds),
        wanted.counted,
        *(after or (None, None, None)),
        limit,
    )
    found = [Row(*row[1:]) for row in rows if row[1] is not None]
    return (rows[0][0] if rows else None), found


async def note_look(tx: Tx, wanted: Wanted, entries: int, by: Actor, at: datetime) -> None:
    """Record who looked at a page of the board, and what for (X-09)."""
    await tx.execute(
        "INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, dimension, kind, q, entries) "
        "SELECT $1, $2, $3, $4, id, coalesce($6::ltree, path), $7, $8, $9, $10 FROM directory_terms WHERE id = $5",
        at, by.account_id, by.card_id, by.role, wanted.term_id, wanted.path, wanted.dimension, wanted.kind, wanted.q, entries,
    )  # fmt: skip


async def snapshots(tx: Tx, entry_ids: Sequence[UUID]) -> dict[UUID, RecordSnapshot]:
    """What these entries show."""
    rows = await tx.fetch("SELECT id, snapshot FROM entries WHERE id = ANY($1)", list(entry_ids))
    return {row["id"]: RecordSnapshot.model_validate(row["snapshot"]) for row in rows}


@dataclass(frozen=True)
class Group:
    """So many entries of so many students in a class; by dimension, or (None) in all."""

    path: str
    dimension: str | None
    entries: int
    students: int


async def tree(
    tx: Tx, term_id: UUID, path: str | None, students: Collection[UUID] | None, open_grades: tuple[str, ...] | None
) -> list[Group]:
    """Counts per class and per class and dimension, out of the board's index alone."""
    rows = await tx.fetch(
        """
        SELECT path, dimension, count(*) AS n, count(DISTINCT student_id) AS students FROM entries
         WHERE term_id = $1 AND state = 'selected'
           AND ($2::text IS NULL OR path >= $2::ltree AND path <= ($2::text || '.zzzzzzzzzzzzzzzz')::ltree)
           AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
         GROUP BY GROUPING SETS ((path), (path, dimension)) ORDER BY path, dimension
        """,
        term_id,
        path,
        None if students is None else sorted(students),
        None if open_grades is None else list(open_grades),
    )
    return [Group(row["path"], row["dimension"], row["n"], row["students"]) for row in rows]


async def count_of(tx: Tx, term_id: UUID, student_id: UUID) -> int:
    """How many entries this student shows (CS-09)."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM entries WHERE student_id = $2 AND term_id = $1 AND state = 'selected'", term_id, student_id
    )
    return found


async def note_view(tx: Tx, at: datetime, by: Actor, entry_id: UUID, file_id: UUID | None = None) -> None:
    """Every look at a detail or a file is written down (X-09)."""
    await tx.execute(
        "INSERT INTO board_views (id, at, account_id, card_id, role, entry_id, file_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), at, by.account_id, by.card_id, by.role, entry_id, file_id,
    )  # fmt: skip


async def cases_on(tx: Tx, entry_id: UUID) -> list[Any]:
    """What was said against an entry, without who said it."""
    return await tx.fetch(
        "SELECT id, case_type, complaint_type, text, opened_at, closed_at, outcome FROM cases "
        "WHERE entry_id = $1 ORDER BY opened_on, id",
        entry_id,
    )
