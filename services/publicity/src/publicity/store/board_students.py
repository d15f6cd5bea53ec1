"""The board by student: who shows how much, and what of one student is shown, of this term and of earlier ones (CS-09)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from publicity.domain.entries import Entry
from publicity.store.entries import entry_of


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A student on the board, in the class of their entries, with how many entries they show."""

    path: str
    student_id: UUID
    name: str
    grade_title: str | None
    class_title: str | None
    entries: int


async def students(
    tx: Tx,
    term_id: UUID,
    path: str | None,
    only: Collection[UUID] | None,
    open_grades: tuple[str, ...] | None,
    named: Collection[UUID] | None,
    earlier: Collection[UUID],
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[StudentRow]:
    """Students with published entries in a term, class by class; `named`: only these. Entries of `earlier` terms count too."""
    rows = await tx.fetch(
        """
        WITH page AS (
            SELECT path, student_id, count(*) AS entries FROM entries
             WHERE term_id = $1 AND state = 'selected'
               AND ($2::text IS NULL OR path >= $2::ltree AND path <= ($2::text || '.zzzzzzzzzzzzzzzz')::ltree)
               AND ($3::uuid[] IS NULL OR student_id = ANY($3)) AND ($4::text[] IS NULL OR path <@ ANY($4::ltree[]))
               AND ($5::uuid[] IS NULL OR student_id = ANY($5))
               AND ($7::ltree IS NULL OR (path, student_id) > ($7::ltree, $8::uuid))
             GROUP BY path, student_id ORDER BY path, student_id LIMIT $9)
        SELECT p.path, p.student_id, coalesce(s.name, '') AS name, c.grade_title, c.class_title,
               p.entries + (SELECT count(*) FROM entries e
                             WHERE e.student_id = p.student_id AND e.term_id = ANY($6) AND e.state = 'cleared') AS entries
          FROM page p LEFT JOIN directory_students s ON s.id = p.student_id LEFT JOIN class_titles c ON c.path = p.path
         ORDER BY p.path, p.student_id
        """,
        term_id, path, only, open_grades, named, list(earlier), *(after or (None, None)), limit,
    )  # fmt: skip
    return [StudentRow(**row) for row in rows]


@dataclass(frozen=True, slots=True)
class KindCount:
    """How many entries of a kind a student shows of a term, and in which class."""

    term_id: UUID
    kind: str
    path: str
    entries: int


async def kinds_of(tx: Tx, student_id: UUID, term_id: UUID, earlier: Collection[UUID]) -> list[KindCount]:
    """What a student shows on the board of a term, with what passed publicity in earlier terms, by term and kind."""
    rows = await tx.fetch(
        "SELECT term_id, kind, path, count(*) AS entries FROM entries WHERE student_id = $1 "
        "AND ((term_id = $2 AND state = 'selected') OR (term_id = ANY($3) AND state = 'cleared')) GROUP BY term_id, kind, path",
        student_id,
        term_id,
        list(earlier),
    )
    return [KindCount(**row) for row in rows]


async def entries_of(
    tx: Tx,
    student_id: UUID,
    term_id: UUID | None,
    earlier: Collection[UUID],
    kinds: Collection[str] | None,
    after: UUID | None,
    limit: int,
) -> list[Entry]:
    """The same entries themselves, newest first. `term_id` None: only those of `earlier` terms; `kinds`: only of these."""
    rows = await tx.fetch(
        """
        SELECT * FROM entries
         WHERE student_id = $1 AND ((term_id = $2 AND state = 'selected') OR (term_id = ANY($3) AND state = 'cleared'))
           AND ($4::text[] IS NULL OR kind = ANY($4)) AND ($5::uuid IS NULL OR id < $5)
         ORDER BY id DESC LIMIT $6
        """,
        student_id, term_id, list(earlier), list(kinds) if kinds is not None else None, after, limit,
    )  # fmt: skip
    return [entry_of(row) for row in rows]


async def log_look(
    tx: Tx, at: datetime, by: Actor, term_id: UUID, path: str, *, searched: bool, entries: int, student_id: UUID | None = None
) -> None:
    """Log who looked at the list of students, or at one student's page (X-09). The words of a search are not kept (L-20)."""
    await tx.execute(
        "INSERT INTO board_looks (at, account_id, card_id, role, term_id, path, searched, entries, student_id) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        at, by.account_id, by.card_id, by.role, term_id, path, searched, entries, student_id,
    )  # fmt: skip
