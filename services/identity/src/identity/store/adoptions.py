"""SQL of adopted versions of schemes. Both tables are append-only."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.adoptions import Adoption, State
from identity.domain.organisations import Organisation
from identity.store.organisations import organisation_of


def _adoption(row: Any) -> Adoption:
    values = {name: row[name] for name in Adoption.__dataclass_fields__}
    return Adoption(**(values | {"state": State(row["state"]), "besides": tuple(row["besides"])}))


async def add(tx: Tx, adoption: Adoption, account_id: UUID | None, card_id: UUID | None) -> None:
    """Store a new adoption with its first step."""
    await tx.execute(
        "INSERT INTO scheme_adoptions (id, path, scheme_id, from_version, scheme_version, starts_on, begins_at, running, "
        "besides) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        adoption.id, adoption.path, adoption.scheme_id, adoption.from_version, adoption.scheme_version, adoption.starts_on,
        adoption.begins_at, adoption.running, list(adoption.besides),
    )  # fmt: skip
    await add_step(tx, adoption, adoption.by_name, account_id, card_id)


async def add_step(tx: Tx, adoption: Adoption, by_name: str, account_id: UUID | None, card_id: UUID | None) -> None:
    """Store the present state of an adoption as its next step."""
    await tx.execute(
        "INSERT INTO scheme_adoption_steps (adoption_id, version, state, at, account_id, card_id, by_name) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7)",
        adoption.id, adoption.version, adoption.state.value, adoption.changed_at, account_id, card_id, by_name,
    )  # fmt: skip


async def lock(tx: Tx, adoption_id: UUID) -> Adoption | None:
    """One adoption, locked; None: there is none."""
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended('scheme adoption:' || $1::text, 0))", str(adoption_id))
    row = await tx.fetchrow("SELECT * FROM scheme_adoption_states WHERE id = $1", adoption_id)
    return None if row is None else _adoption(row)


async def planned_at(tx: Tx, path: str) -> bool:
    """Whether an adoption of just this organisation waits for its day."""
    rows = await tx.fetch("SELECT id FROM scheme_adoption_states WHERE path = $1::text::ltree AND state = 'planned'", path)
    return bool(rows)


async def page(tx: Tx, path: str, before: UUID | None, limit: int) -> list[Adoption]:
    """The adoptions that concern an organisation, its own and those above and below it, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM scheme_adoption_states WHERE (path <@ $1::text::ltree OR path @> $1::text::ltree) "
        "AND ($2::uuid IS NULL OR id < $2) ORDER BY id DESC LIMIT $3",
        path, before, limit,
    )  # fmt: skip
    return [_adoption(row) for row in rows]


async def follow(tx: Tx, adoption: Adoption, limit: int) -> list[Organisation]:
    """Give the version to so many of the organisations that have an older one; returns them as they are now. Also organisations
    that were created meanwhile below one that had not followed yet are found: it is called until none is left."""
    rows = await tx.fetch(
        """
        UPDATE organisations o SET scheme_version = $3, version = o.version + 1
          FROM (SELECT path FROM organisations
                 WHERE path <@ $1::text::ltree AND scheme_id = $2
                   AND string_to_array(scheme_version, '.')::integer[] < string_to_array($3, '.')::integer[]
                 ORDER BY path LIMIT $4 FOR NO KEY UPDATE) n
         WHERE o.path = n.path RETURNING o.*
        """,
        adoption.path, adoption.scheme_id, adoption.scheme_version, limit,
    )  # fmt: skip
    return [organisation_of(row) for row in rows]


@dataclass(frozen=True, slots=True)
class Use:
    """An organisation under a version that the one above it is not under, or the topmost one; since: the day on which an
    adoption took effect there, None: from its first day on. schools: how many below it are under the same version."""

    path: str
    title: str
    scheme_id: str
    scheme_version: str
    since: date | None
    schools: int


async def uses(tx: Tx, path: str) -> list[Use]:
    """The versions in use at an organisation and below it, down to schools, each at the topmost organisation, by path."""
    rows = await tx.fetch(
        """
        WITH tops AS (
            SELECT o.path, o.title, o.scheme_id, o.scheme_version
              FROM organisations o LEFT JOIN organisations p ON nlevel(o.path) > 1 AND p.path = subpath(o.path, 0, -1)
             WHERE o.path <@ $1::text::ltree AND nlevel(o.path) <= 4 AND o.scheme_id IS NOT NULL
               AND (o.path = $1::text::ltree OR o.scheme_id IS DISTINCT FROM p.scheme_id
                    OR o.scheme_version IS DISTINCT FROM p.scheme_version))
        SELECT t.*,
               (SELECT min(a.starts_on) FROM scheme_adoptions a JOIN scheme_adoption_steps s ON s.adoption_id = a.id
                 WHERE a.path @> t.path AND a.scheme_id = t.scheme_id AND a.scheme_version = t.scheme_version
                   AND s.state = 'in_force') AS since,
               (SELECT count(*) FROM organisations o WHERE o.path <@ t.path AND o.level = 'school'
                   AND o.scheme_id = t.scheme_id AND o.scheme_version = t.scheme_version) AS schools
          FROM tops t ORDER BY t.path
        """,
        path,
    )
    return [from_row(Use, row) for row in rows]


async def versions_below(tx: Tx, path: str, scheme_id: str) -> list[str]:
    """The versions of a scheme that an organisation and those below it follow."""
    rows = await tx.fetch(
        "SELECT DISTINCT scheme_version FROM organisations WHERE path <@ $1::text::ltree AND nlevel(path) <= 4 "
        "AND scheme_id = $2 AND scheme_version IS NOT NULL ORDER BY scheme_version",
        path, scheme_id,
    )  # fmt: skip
    return [row["scheme_version"] for row in rows]


async def scheme_ids(tx: Tx, path: str) -> Collection[str]:
    """The schemes in use at an organisation and below it."""
    rows = await tx.fetch(
        "SELECT DISTINCT scheme_id FROM organisations WHERE path <@ $1::text::ltree AND nlevel(path) <= 4 "
        "AND scheme_id IS NOT NULL ORDER BY scheme_id",
        path,
    )
    return [row["scheme_id"] for row in rows]
