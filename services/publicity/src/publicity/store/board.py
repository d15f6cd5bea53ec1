"""The board: selected entries while the window is open, and the log of who looked at them (X-09)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from people import in_widths
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id

type BoardPosition = tuple[str, UUID, UUID]
"""The sort key of an entry on the board: class path, student, id."""


@dataclass(frozen=True)
class BoardQuery:
    """What to list. `in_name`, `in_title` and `in_kinds` say where `q` is searched; `grades` are paths.

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
    named: Collection[UUID] = ()
    """Students whose name contains `q` in another spelling (L-05)."""
    counted: bool = False
    """Also count all entries that each student shows (CS-09)."""


@dataclass(frozen=True, slots=True)
class BoardRow:
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
       AND ($7::text[] IS NULL OR kind = ANY($10::text[])
            OR ($8 AND (student_id = ANY($21::uuid[]) OR strpos(lower(student_name), lower(($7::text[])[1])) > 0))
            OR ($9 AND (strpos(lower(title), lower(($7::text[])[1])) > 0 OR strpos(lower(title), lower(($7::text[])[2])) > 0
                        OR strpos(lower(title), lower(($7::text[])[3])) > 0)))
       AND ($12::ltree IS NULL OR (path, student_id, id) > ($12::ltree, $13::uuid, $14::uuid))
     ORDER BY path, student_id, id LIMIT $15),
logged AS (
    INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, dimension, kind, searched, entries)
    SELECT $17, $18, $19, $20, id, coalesce($2::ltree, path), $5, $6, $7::text[] IS NOT NULL, (SELECT count(*) FROM page)
      FROM directory_terms WHERE id = $1 AND version = $16)
SELECT t.version AS term_version, e.id, e.version, e.open_cases, e.path, e.student_id, c.grade_title, c.class_title,
       CASE WHEN $11 THEN (SELECT count(*) FROM entries s
                            WHERE s.student_id = e.student_id AND s.term_id = $1 AND s.state = 'selected') END AS entries
  FROM directory_terms t LEFT JOIN page e ON true LEFT JOIN class_titles c ON c.path = e.path
 WHERE t.id = $1 ORDER BY e.path, e.student_id, e.id
"""

_SEARCH = """
WITH hits AS MATERIALIZED (
    SELECT * FROM entries
     WHERE term_id = $1 AND state = 'selected'
       AND (board_grams(term_id, student_name || ' ' || title) @> board_grams($1, ($7::text[])[1])
            OR board_grams(term_id, student_name || ' ' || title) @> board_grams($1, ($7::text[])[2])
            OR board_grams(term_id, student_name || ' ' || title) @> board_grams($1, ($7::text[])[3])
            OR student_id = ANY($21::uuid[]))),
page AS (
    SELECT id, version, open_cases, path, student_id FROM hits
     WHERE ($2::text IS NULL OR path <@ $2::ltree)
       AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
       AND ($5::text IS NULL OR dimension = $5) AND ($6::text IS NULL OR kind = $6)
       AND (kind = ANY($10::text[])
            OR ($8 AND (student_id = ANY($21::uuid[]) OR strpos(lower(student_name), lower(($7::text[])[1])) > 0))
            OR ($9 AND (strpos(lower(title), lower(($7::text[])[1])) > 0 OR strpos(lower(title), lower(($7::text[])[2])) > 0
                        OR strpos(lower(title), lower(($7::text[])[3])) > 0)))
       AND ($12::ltree IS NULL OR (path, student_id, id) > ($12::ltree, $13::uuid, $14::uuid))
     ORDER BY path, student_id, id LIMIT $15),
logged AS (
    INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, dimension, kind, searched, entries)
    SELECT $17, $18, $19, $20, id, coalesce($2::ltree, path), $5, $6, $7::text[] IS NOT NULL, (SELECT count(*) FROM page)
      FROM directory_terms WHERE id = $1 AND version = $16)
SELECT t.version AS term_version, e.id, e.version, e.open_cases, e.path, e.student_id, c.grade_title, c.class_title,
       CASE WHEN $11 THEN (SELECT count(*) FROM entries s
                            WHERE s.student_id = e.student_id AND s.term_id = $1 AND s.state = 'selected') END AS entries
  FROM directory_terms t LEFT JOIN page e ON true LEFT JOIN class_titles c ON c.path = e.path
 WHERE t.id = $1 ORDER BY e.path, e.student_id, e.id
"""


async def log_and_read_page(
    tx: Tx, query: BoardQuery, after: BoardPosition | None, limit: int, version: int, by: Actor, at: datetime
) -> tuple[int | None, list[BoardRow]]:
    """Read a page by class, student and age, and the term's present version (None: no such term).

    The same statement logs the look, if the term still has `version` (X-09). `q` is found by an index of pairs of characters,
    unless it matches kinds: a page of those is found soon.
    """
    rows = await tx.fetch(
        _SEARCH if query.q and not query.in_kinds else _PAGE,
        query.term_id, query.path, query.students, query.grades, query.dimension, query.kind,
        in_widths(query.q) if query.q else None, query.in_name,
        query.in_title, query.in_kinds, query.counted, *(after or (None, None, None)), limit,
        version, at, by.account_id, by.card_id, by.role, query.named or None,
    )  # fmt: skip
    entries = [BoardRow(*row[1:]) for row in rows if row[1] is not None]
    return (rows[0][0] if rows else None), entries


async def snapshots(tx: Tx, entry_ids: Sequence[UUID]) -> dict[UUID, RecordSnapshot]:
    """The content of these entries, by entry id."""
    rows = await tx.fetch("SELECT id, snapshot FROM entries WHERE id = ANY($1)", entry_ids)
    return {row["id"]: RecordSnapshot.model_validate(row["snapshot"]) for row in rows}


@dataclass(frozen=True, slots=True)
class ReportRow:
    """A student whose report is on the board: how many entries it has, and how many cases are open about them."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str | None
    entries: int
    open_cases: int


_REPORTS = """
WITH page AS (
    SELECT id, name, s.path, coalesce(d.ordering, s.path) AS at
      FROM directory_students s LEFT JOIN directory_organisations d ON d.path = s.path
     WHERE s.path <@ $2::ltree AND status NOT IN ('left', 'suspended')
       AND NOT EXISTS (SELECT FROM directory_opt_outs o
                        WHERE o.term_id = $1 AND o.student_id = s.id AND NOT o.participates)
       AND ($3::uuid[] IS NULL OR id = ANY($3)) AND ($4::text[] IS NULL OR s.path <@ ANY($4::ltree[]))
       AND ($5::ltree IS NULL OR (coalesce(d.ordering, s.path), id) > ((SELECT class_order($5::ltree)), $6::uuid))
     ORDER BY at, id LIMIT $7)
SELECT p.id AS student_id, p.name AS student_name, p.path, c.class_title, e.entries, e.open_cases
  FROM page p LEFT JOIN class_titles c ON c.path = p.path
  CROSS JOIN LATERAL (SELECT count(*) AS entries, coalesce(sum(open_cases), 0) AS open_cases FROM entries
                       WHERE student_id = p.id AND term_id = $1 AND state = 'selected') e
 ORDER BY p.at, p.id
"""


async def report_rows(
    tx: Tx,
    term_id: UUID,
    path: str,
    students: Collection[UUID] | None,
    grades: tuple[str, ...] | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[ReportRow]:
    """The students below an organisation with their reports of a term, by class; also those in whose report nothing is.

    Who does not take part in the term has none (SH-03).
    """
    rows = await tx.fetch(_REPORTS, term_id, path, students, grades, *(after or (None, None)), limit)
    return [ReportRow(**row) for row in rows]


@dataclass(frozen=True)
class Group:
    """Numbers of entries and students of a class, in one dimension or (None) in all."""

    path: str
    dimension: str | None
    entries: int
    students: int


async def tree(
    tx: Tx, term_id: UUID, path: str | None, students: Collection[UUID] | None, open_grades: tuple[str, ...] | None
) -> list[Group]:
    """Counts by class, and by class and dimension, from the board's index alone."""
    rows = await tx.fetch(
        """
        SELECT path, dimension, count(*) AS entries, count(DISTINCT student_id) AS students FROM entries
         WHERE term_id = $1 AND state = 'selected'
           AND ($2::text IS NULL OR path >= $2::ltree AND path <= ($2::text || '.zzzzzzzzzzzzzzzz')::ltree)
           AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
         GROUP BY GROUPING SETS ((path), (path, dimension)) ORDER BY class_order(path), dimension
        """,
        term_id,
        path,
        students,
        open_grades,
    )
    return [Group(**row) for row in rows]


async def log_view(tx: Tx, at: datetime, by: Actor, entry_id: UUID, file_id: UUID | None = None) -> None:
    """Log who looked at an entry or at one of its files (X-09)."""
    await tx.execute(
        "INSERT INTO board_views (id, at, account_id, card_id, role, entry_id, file_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), at, by.account_id, by.card_id, by.role, entry_id, file_id,
    )  # fmt: skip


async def log_file_views(tx: Tx, at: datetime, by: Actor, files: Collection[tuple[UUID, UUID]]) -> None:
    """Log who looked at files, each given by its entry and itself (X-09)."""
    await tx.execute(
        "INSERT INTO board_views (id, at, account_id, card_id, role, entry_id, file_id) "
        "SELECT new.id, $2, $3, $4, $5, new.entry_id, new.file_id FROM unnest($1::uuid[], $6::uuid[], $7::uuid[]) "
        "AS new (id, entry_id, file_id)",
        [new_id() for _ in files], at, by.account_id, by.card_id, by.role,
        [entry_id for entry_id, _ in files], [file_id for _, file_id in files],
    )  # fmt: skip


async def cases_on(tx: Tx, entry_id: UUID) -> list[Any]:
    """The cases about an entry, without their complainants."""
    return await tx.fetch(
        "SELECT id AS case_id, case_type, complaint_type, text, opened_at, closed_at, outcome FROM cases "
        "WHERE entry_id = $1 ORDER BY opened_on, id",
        entry_id,
    )
