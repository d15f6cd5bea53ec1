"""The board: what is selected, while the window is open; and who looked at it."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id

from publicity.domain.entries import Entry
from publicity.store.entries import entry_of


@dataclass(frozen=True)
class Wanted:
    """What to look for: `name`, `titles` and `kinds` say where the words may be found."""

    term_id: UUID
    path: str
    students: Collection[UUID] | None = None
    dimension: str | None = None
    kind: str | None = None
    q: str | None = None
    in_name: bool = True
    in_title: bool = False
    in_kinds: tuple[str, ...] = ()


async def page(tx: Tx, wanted: Wanted, after: tuple[str, UUID, UUID] | None, limit: int) -> list[Entry]:
    """Selected entries by class, student and age."""
    rows = await tx.fetch(
        """
        SELECT * FROM entries
         WHERE term_id = $1 AND state = 'selected' AND path <@ $2::ltree
           AND ($3::uuid[] IS NULL OR student_id = ANY($3))
           AND ($4::text IS NULL OR dimension = $4) AND ($5::text IS NULL OR kind = $5)
           AND ($6::text IS NULL OR ($7 AND strpos(lower(student_name), lower($6)) > 0)
                OR ($8 AND strpos(lower(title), lower($6)) > 0) OR kind = ANY($9))
           AND ($10::ltree IS NULL OR (path, student_id, id) > ($10::ltree, $11::uuid, $12::uuid))
         ORDER BY path, student_id, id LIMIT $13
        """,
        wanted.term_id,
        wanted.path,
        None if wanted.students is None else sorted(wanted.students),
        wanted.dimension,
        wanted.kind,
        wanted.q,
        wanted.in_name,
        wanted.in_title,
        list(wanted.in_kinds),
        *(after or (None, None, None)),
        limit,
    )
    return [entry_of(row) for row in rows]


@dataclass(frozen=True)
class Group:
    """So many entries of so many students in a class and dimension."""

    path: str
    dimension: str
    entries: int


async def tree(tx: Tx, term_id: UUID, path: str, students: Collection[UUID] | None) -> list[Group]:
    """Counts per class and dimension."""
    rows = await tx.fetch(
        "SELECT path, dimension, count(*) AS n FROM entries WHERE term_id = $1 AND state = 'selected' AND path <@ $2::ltree "
        "AND ($3::uuid[] IS NULL OR student_id = ANY($3)) GROUP BY path, dimension ORDER BY path, dimension",
        term_id,
        path,
        None if students is None else sorted(students),
    )
    return [Group(row["path"], row["dimension"], row["n"]) for row in rows]


async def count_students(tx: Tx, term_id: UUID, path: str, students: Collection[UUID] | None) -> dict[str, int]:
    """How many students of each class are on the board."""
    rows = await tx.fetch(
        "SELECT path, count(DISTINCT student_id) AS n FROM entries "
        "WHERE term_id = $1 AND state = 'selected' AND path <@ $2::ltree "
        "AND ($3::uuid[] IS NULL OR student_id = ANY($3)) GROUP BY path",
        term_id,
        path,
        None if students is None else sorted(students),
    )
    return {row["path"]: row["n"] for row in rows}


async def per_student(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, int]:
    """How many entries each of these students shows (CS-09)."""
    rows = await tx.fetch(
        "SELECT student_id, count(*) AS n FROM entries WHERE term_id = $1 AND state = 'selected' AND student_id = ANY($2) "
        "GROUP BY student_id",
        term_id,
        sorted(set(student_ids)),
    )
    return {row["student_id"]: row["n"] for row in rows}


async def note_view(
    tx: Tx, at: datetime, account_id: UUID, card_id: UUID, role: str, entry_id: UUID, file_id: UUID | None = None
) -> None:
    """Every look at a detail or a file is written down (X-09)."""
    await tx.execute(
        "INSERT INTO board_views (id, at, account_id, card_id, role, entry_id, file_id) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        new_id(), at, account_id, card_id, role, entry_id, file_id,
    )  # fmt: skip


async def cases_on(tx: Tx, entry_id: UUID) -> list[Any]:
    """What was said against an entry, without who said it."""
    return await tx.fetch(
        "SELECT id, case_type, complaint_type, text, opened_at, closed_at, outcome FROM cases "
        "WHERE entry_id = $1 ORDER BY opened_on, id",
        entry_id,
    )
