"""Lists, counts and tiles: what many records look like from one card. Lists and counts are narrowed in the same way."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx

from records.domain.record import Record
from records.store import people
from records.store.records import record_of
from records.store.scopes import Scope, in_each_scope, scope_of


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a list is narrowed to; None: not narrowed.

    `activity_type` is a value of the form's field of that name; `since` and `until` bound the time it was handed in (of a
    draft: made). `waiting`: only what waits for this card's role.
    """

    term_id: UUID | None = None
    student_id: UUID | None = None
    path: str | None = None
    state: str | None = None
    kind: str | None = None
    dimension: str | None = None
    origin: str | None = None
    q: str | None = None
    activity_type: str | None = None
    since: datetime | None = None
    until: datetime | None = None
    waiting: bool = False


_NARROWED = """
   :scope:
   AND (r.state <> 'draft'
        OR CASE WHEN $2::ltree IS NULL THEN r.author_role IN ('student', 'guardian') ELSE r.author_id = $3 END)
   AND ($4::ltree IS NULL OR r.path <@ $4::ltree)
   AND ($5::uuid IS NULL OR r.term_id = $5)
   AND ($6::text IS NULL OR r.kind = $6)
   AND ($7::text IS NULL OR r.dimension = $7)
   AND ($8::text IS NULL OR r.origin = $8)
   AND ($9::text IS NULL OR (r.title || ' ' || r.student_name) ILIKE $9)
   AND ($10::text IS NULL OR r.data ->> 'activity_type' = $10)
   AND ($11::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) >= $11)
   AND ($12::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) < $12)
   AND ($13::text[] IS NULL OR r.reviewer_role = ANY($13))
"""
_PAGE = """
SELECT r.*, c.class_title FROM records r LEFT JOIN students c ON c.id = r.student_id
 WHERE :narrowed:
   AND ($14::text IS NULL OR r.state = $14)
   AND ($15::uuid IS NULL OR r.id < $15)
 ORDER BY r.id DESC
 LIMIT $16
""".replace(":narrowed:", _NARROWED)
_PAGES = in_each_scope(_PAGE)
_QUEUES = in_each_scope(_PAGE.replace(" WHERE ", " WHERE r.state = 'submitted' AND "))
_QUEUES["country"] = _QUEUES["country"].replace("r.path <@ $1::ltree", "$1::ltree IS NOT NULL AND nlevel(r.path) > 0", 1)
"""What waits for review, asked for in the words that the small index of each place is known by. There is none without a
place: a school with nothing waiting would be answered from it by walking everybody's queue."""
_COUNTS = in_each_scope(
    "SELECT r.state, count(*) AS n FROM records r WHERE :narrowed: GROUP BY 1".replace(":narrowed:", _NARROWED)
)


def _like(words: str | None) -> str | None:
    if words is None or not words.strip():
        return None
    return f"%{people.literal(words.strip())}%"


def _narrowed(actor: Actor, scope: Scope, wanted: Wanted) -> list[Any]:
    """$1 to $13."""
    return [
        scope.of, scope.place, actor.account_id, scope.narrower, wanted.term_id, wanted.kind, wanted.dimension, wanted.origin,
        _like(wanted.q), wanted.activity_type, wanted.since, wanted.until, sorted(actor.roles) if wanted.waiting else None,
    ]  # fmt: skip


async def _scope(tx: Tx, actor: Actor, wanted: Wanted) -> Scope | None:
    """The scope asked for. Above a school, one or two letters are the beginning of a name: no trigram serves them."""
    scope = scope_of(actor, wanted.path, wanted.student_id)
    words = (wanted.q or "").strip()
    if scope is None or scope.name in ("student", "students", "class", "school") or not 0 < len(words) < 3:
        return scope
    return Scope("students", await people.named(tx, str(scope.of), words), scope.place, scope.narrower)


def statement(actor: Actor, scope: Scope, wanted: Wanted, before: UUID | None, limit: int) -> tuple[str, list[Any]]:
    """The page's SQL and its parameters."""
    state = "submitted" if wanted.waiting else wanted.state
    sql = _QUEUES if state == "submitted" else _PAGES
    return sql[scope.name], [*_narrowed(actor, scope, wanted), state, before, limit]


async def page(tx: Tx, actor: Actor, wanted: Wanted, before: UUID | None, limit: int) -> list[tuple[Record, str | None]]:
    """Records this card may see with the title of their student's class, newest first, from the one after `before` on."""
    scope = await _scope(tx, actor, wanted)
    if scope is None:
        return []
    sql, given = statement(actor, scope, wanted, before, limit)
    return [(record_of(row), row["class_title"]) for row in await tx.fetch(sql, *given)]


async def counts(tx: Tx, actor: Actor, wanted: Wanted) -> dict[str, int]:
    """How many records of the same list are in each state, whatever state is wanted."""
    scope = await _scope(tx, actor, wanted)
    if scope is None:
        return {}
    rows = await tx.fetch(_COUNTS[scope.name], *_narrowed(actor, scope, wanted))
    return {row["state"]: row["n"] for row in rows}


@dataclass(frozen=True, slots=True)
class Tile:
    """One dimension at a glance."""

    dimension: str
    confirmed: int
    reported: int
    last_reported_at: datetime | None


_TILES = in_each_scope("""
SELECT r.dimension, count(*) FILTER (WHERE r.state IN ('approved', 'amending')) AS confirmed, count(*) AS reported,
       max(r.submitted_at) AS last_reported_at
  FROM records r
 WHERE :scope: AND r.term_id = $3 AND r.state IN ('submitted', 'returned', 'approved', 'amending')
 GROUP BY r.dimension
""")


async def tiles(tx: Tx, actor: Actor, term_id: UUID, student_id: UUID | None) -> dict[str, Tile]:
    """By dimension; those without a record are not in it."""
    scope = scope_of(actor, None, student_id)
    if scope is None:
        return {}
    rows: list[Any] = await tx.fetch(_TILES[scope.name], scope.of, scope.place, term_id)
    return {row["dimension"]: Tile(**dict(row)) for row in rows}
