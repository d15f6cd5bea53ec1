"""Lists, counts and tiles: what many records look like from one card."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from records.domain.record import Record
from records.store.records import record_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None: not narrowed."""

    term_id: UUID | None = None
    student_id: UUID | None = None
    path: str | None = None
    state: str | None = None
    kind: str | None = None
    dimension: str | None = None
    origin: str | None = None
    q: str | None = None


def _like(words: str | None) -> str | None:
    if words is None or not words.strip():
        return None
    plain = words.strip().replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
    return f"%{plain}%"


def _place(actor: Actor) -> tuple[str | None, Sequence[UUID] | None]:
    """Staff see a place, students and guardians see students."""
    return (actor.path, None) if actor.is_staff else (None, list(actor.students))


_PAGE = """
SELECT r.* FROM records r
 WHERE ($1::ltree IS NULL OR r.path <@ $1::ltree) AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND (r.state <> 'draft' OR r.author_id = $3 OR ($2::uuid[] IS NOT NULL AND r.author_role IN ('student', 'guardian')))
   AND ($4::uuid IS NULL OR r.term_id = $4)
   AND ($5::uuid IS NULL OR r.student_id = $5)
   AND ($6::ltree IS NULL OR r.path <@ $6::ltree)
   AND ($7::text IS NULL OR r.state = $7)
   AND ($8::text IS NULL OR r.kind = $8)
   AND ($9::text IS NULL OR r.dimension = $9)
   AND ($10::text IS NULL OR r.origin = $10)
   AND ($11::text IS NULL OR (r.title || ' ' || r.student_name) ILIKE $11)
   AND ($12::uuid IS NULL OR r.id < $12)
 ORDER BY r.id DESC
 LIMIT $13
"""


async def page(tx: Tx, actor: Actor, wanted: Wanted, before: UUID | None, limit: int) -> list[Record]:
    """Records this card may see, newest first, from the one after `before` on."""
    path, students = _place(actor)
    rows = await tx.fetch(
        _PAGE, path, students, actor.account_id, wanted.term_id, wanted.student_id, wanted.path, wanted.state,
        wanted.kind, wanted.dimension, wanted.origin, _like(wanted.q), before, limit,
    )  # fmt: skip
    return [record_of(row) for row in rows]


_COUNTS = """
SELECT r.state, count(*) AS n FROM records r
 WHERE ($1::ltree IS NULL OR r.path <@ $1::ltree) AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND (r.state <> 'draft' OR r.author_id = $3 OR ($2::uuid[] IS NOT NULL AND r.author_role IN ('student', 'guardian')))
   AND r.term_id = $4
   AND ($5::ltree IS NULL OR r.path <@ $5::ltree)
 GROUP BY r.state
"""


async def counts(tx: Tx, actor: Actor, term_id: UUID, path: str | None) -> dict[str, int]:
    """How many records are in each state."""
    place, students = _place(actor)
    rows = await tx.fetch(_COUNTS, place, students, actor.account_id, term_id, path)
    return {row["state"]: row["n"] for row in rows}


@dataclass(frozen=True, slots=True)
class Tile:
    """One dimension at a glance."""

    dimension: str
    confirmed: int
    reported: int
    last_reported_at: datetime | None


_TILES = """
SELECT r.dimension, count(*) FILTER (WHERE r.state IN ('approved', 'amending')) AS confirmed, count(*) AS reported,
       max(r.submitted_at) AS last_reported_at
  FROM records r
 WHERE ($1::ltree IS NULL OR r.path <@ $1::ltree) AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND r.term_id = $3
   AND r.state IN ('submitted', 'returned', 'approved', 'amending')
   AND ($4::uuid IS NULL OR r.student_id = $4)
 GROUP BY r.dimension
"""


async def tiles(tx: Tx, actor: Actor, term_id: UUID, student_id: UUID | None) -> dict[str, Tile]:
    """By dimension; those without a record are not in it."""
    place, students = _place(actor)
    rows: list[Any] = await tx.fetch(_TILES, place, students, term_id, student_id)
    return {row["dimension"]: Tile(**dict(row)) for row in rows}
