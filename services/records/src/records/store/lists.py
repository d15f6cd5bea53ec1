"""Lists of records, counts by state, and tiles by dimension. Lists and counts take the same filters."""

from dataclasses import astuple, dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from people import in_widths
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import students_named

from records.domain.access import Kinds
from records.domain.record import Record
from records.store import people
from records.store.records import record_of
from records.store.scopes import Scope, scope_of


@dataclass(frozen=True, slots=True)
class RecordFilters:
    """Which records a list shows; None: all.

    `activity`: by kind, the field with the type of activity and its value; records of other kinds are left out. `since` and
    `until`: when it was submitted (a draft: created). `waiting`: only records that wait for a review by this card's roles.
    `mine`: only those that this account wrote.
    """

    term_id: UUID | None = None
    student_id: UUID | None = None
    path: str | None = None
    state: str | None = None
    kind: str | None = None
    dimension: str | None = None
    origin: str | None = None
    q: str | None = None
    activity: dict[str, dict[str, str]] | None = None
    since: datetime | None = None
    until: datetime | None = None
    waiting: bool = False
    mine: bool = False


PAGE = """
SELECT r.*, c.class_title FROM records r LEFT JOIN directory_students c ON c.id = r.student_id
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9
        OR EXISTS (SELECT FROM directory_students s WHERE s.id = r.student_id AND s.path <@ $9))
   AND (r.state <> 'draft' OR CASE WHEN $10 THEN r.author_id = $11 ELSE r.author_role IN ('student', 'guardian') END)
   AND ($12::ltree IS NULL OR r.path <@ $12)
   AND ($13::uuid IS NULL OR r.term_id = $13)
   AND ($14::text IS NULL OR r.kind = $14)
   AND ($15::text IS NULL OR r.dimension = $15)
   AND ($16::text IS NULL OR r.origin = $16)
   AND ($17::text[] IS NULL OR r.student_id = ANY($22::uuid[]) OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[1]
        OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[2]
        OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[3])
   AND ($18::jsonb IS NULL OR r.data @> ($18::jsonb -> r.kind))
   AND ($19::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) >= $19)
   AND ($20::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) < $20)
   AND ($21::text[] IS NULL OR r.reviewer_role = ANY($21))
   AND ($23::uuid IS NULL OR r.author_id = $23)
   AND ($24::text[] IS NULL OR r.kind = ANY($24) OR r.author_id = $11)
   AND ($25::text IS NULL OR r.state = $25)
   AND ($26::uuid IS NULL OR r.id < $26)
 ORDER BY r.id DESC
 LIMIT $27
"""
_COUNTS = """
SELECT r.state, r.kind, count(*) AS n FROM records r
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9
        OR EXISTS (SELECT FROM directory_students s WHERE s.id = r.student_id AND s.path <@ $9))
   AND (r.state <> 'draft' OR CASE WHEN $10 THEN r.author_id = $11 ELSE r.author_role IN ('student', 'guardian') END)
   AND ($12::ltree IS NULL OR r.path <@ $12)
   AND ($13::uuid IS NULL OR r.term_id = $13)
   AND ($14::text IS NULL OR r.kind = $14)
   AND ($15::text IS NULL OR r.dimension = $15)
   AND ($16::text IS NULL OR r.origin = $16)
   AND ($17::text[] IS NULL OR r.student_id = ANY($22::uuid[]) OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[1]
        OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[2]
        OR (r.title || ' ' || r.student_name) ILIKE ($17::text[])[3])
   AND ($18::jsonb IS NULL OR r.data @> ($18::jsonb -> r.kind))
   AND ($19::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) >= $19)
   AND ($20::timestamptz IS NULL OR coalesce(r.submitted_at, r.created_at) < $20)
   AND ($21::text[] IS NULL OR r.reviewer_role = ANY($21))
   AND ($23::uuid IS NULL OR r.author_id = $23)
   AND ($24::text[] IS NULL OR r.kind = ANY($24) OR r.author_id = $11)
 GROUP BY r.state, r.kind
"""


async def _narrowed(tx: Tx, actor: Actor, kinds: Kinds, filters: RecordFilters) -> list[Any] | None:
    """The parameters $1 to $24; None: the card sees nothing.

    Titles are searched in half and full width, and names by the name key (L-05); a name also as the record has it. Above
    schools, one or two letters are searched at the beginning of names only: no trigram index serves them.
    """
    found = scope_of(actor, filters.path, filters.student_id)
    if found is None:
        return None
    scope, narrower = found
    words = (filters.q or "").strip()
    above = scope.district_path or scope.city_path or scope.province_path or ("" if scope.country else None)
    org_path = above if above is not None else scope.class_path or scope.school_path or actor.path
    named = await students_named(tx, org_path, words) if words else []
    if above is not None and 0 < len(words) < 3:
        scope = Scope(student_ids=named, home=actor.path)
    patterns = [f"%{people.literal(spelling)}%" for spelling in in_widths(words)]
    return [
        *astuple(scope), actor.is_staff, actor.account_id, narrower, filters.term_id, filters.kind, filters.dimension,
        filters.origin, patterns if words else None, filters.activity, filters.since, filters.until,
        sorted(actor.roles) if filters.waiting else None, named or None, actor.account_id if filters.mine else None,
        None if kinds is None else sorted(kinds),
    ]  # fmt: skip


async def parameters(
    tx: Tx, actor: Actor, kinds: Kinds, filters: RecordFilters, before: UUID | None, limit: int
) -> list[Any] | None:
    """The parameters of `PAGE`; None: the card sees nothing."""
    narrowed = await _narrowed(tx, actor, kinds, filters)
    return narrowed and [*narrowed, "submitted" if filters.waiting else filters.state, before, limit]


async def page(
    tx: Tx, actor: Actor, kinds: Kinds, filters: RecordFilters, before: UUID | None, limit: int
) -> list[tuple[Record, str | None]]:
    """Records that this card may see, each with the title of its student's class, newest first, starting after `before`."""
    values = await parameters(tx, actor, kinds, filters, before, limit)
    return [(record_of(row), row["class_title"]) for row in await tx.fetch(PAGE, *values)] if values else []


async def counts(tx: Tx, actor: Actor, kinds: Kinds, filters: RecordFilters) -> dict[tuple[str, str], int]:
    """The number of records of the same list by state and kind; `filters.state` is ignored."""
    values = await _narrowed(tx, actor, kinds, filters)
    return {(row["state"], row["kind"]): row["n"] for row in await tx.fetch(_COUNTS, *values)} if values else {}


@dataclass(frozen=True, slots=True)
class Tile:
    """The records of one dimension in numbers."""

    dimension: str
    confirmed: int = 0
    reported: int = 0
    last_reported_at: datetime | None = None


_TILES = """
SELECT r.dimension, count(*) FILTER (WHERE r.state IN ('approved', 'amending')) AS confirmed, count(*) AS reported,
       max(r.submitted_at) AS last_reported_at
  FROM records r
 WHERE ($1::uuid IS NULL OR r.student_id = $1)
   AND ($2::uuid[] IS NULL OR r.student_id = ANY($2))
   AND ($3::ltree IS NULL OR r.path = $3)
   AND ($4::ltree IS NULL OR subpath(r.path, 0, 4) = $4)
   AND ($5::ltree IS NULL OR subpath(r.path, 0, 3) = $5)
   AND ($6::ltree IS NULL OR subpath(r.path, 0, 2) = $6)
   AND ($7::ltree IS NULL OR subpath(r.path, 0, 1) = $7)
   AND ($8::bool IS NULL OR nlevel(r.path) > 0)
   AND ($9::ltree IS NULL OR r.path <@ $9
        OR EXISTS (SELECT FROM directory_students s WHERE s.id = r.student_id AND s.path <@ $9))
   AND ($11::text[] IS NULL OR r.kind = ANY($11))
   AND r.term_id = $10 AND r.state IN ('submitted', 'returned', 'escalated', 'approved', 'amending')
 GROUP BY r.dimension
"""


async def tiles(tx: Tx, actor: Actor, kinds: Kinds, term_id: UUID, student_id: UUID | None) -> dict[str, Tile]:
    """The tiles of dimensions that have records."""
    found = scope_of(actor, None, student_id)
    if found is None:
        return {}
    rows: list[Any] = await tx.fetch(_TILES, *astuple(found[0]), term_id, None if kinds is None else sorted(kinds))
    return {row["dimension"]: Tile(**row) for row in rows}
