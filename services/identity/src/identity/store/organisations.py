"""SQL for the organisation tree."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import columns, from_row

from identity.domain.organisations import Organisation


async def named(tx: Tx, paths: Sequence[str]) -> dict[str, Organisation]:
    """The organisations with these paths, by path."""
    rows = await tx.fetch("SELECT * FROM organisations WHERE path = ANY($1::text[]::ltree[])", list(paths))
    return {row["path"]: organisation_of(row) for row in rows}


async def lock(tx: Tx, path: str) -> Organisation | None:
    """Lock an organisation until the transaction ends. Rosters of one school are applied one after the other because of it."""
    row = await tx.fetchrow("SELECT * FROM organisations WHERE path = $1 FOR NO KEY UPDATE", path)
    return None if row is None else organisation_of(row)


def organisation_of(row: Any) -> Organisation:
    """The organisation of a row of `organisations`."""
    return from_row(Organisation, row, more_stages=tuple(row["more_stages"]))


async def add(tx: Tx, new: Sequence[Organisation]) -> set[str]:
    """Insert the organisations that do not exist yet; returns their paths."""
    rows = await tx.fetch(
        "INSERT INTO organisations (path, level, title, stage, scheme_id, scheme_version, time_zone, area, own_scheme, years, "
        "position, more_stages) SELECT n.path, level, title, stage, scheme_id, scheme_version, time_zone, area, own_scheme, "
        "years, position, string_to_array(more, ',') FROM unnest($1::text[]::ltree[], $2::text[], $3::text[], $4::text[], "
        "$5::text[], $6::text[], $7::text[], $8::text[]::char(6)[], $9::boolean[], $10::smallint[], $11::integer[], "
        "$12::text[]) AS n (path, level, title, stage, scheme_id, scheme_version, time_zone, area, own_scheme, years, "
        "position, more) ON CONFLICT (path) DO NOTHING RETURNING path",
        *columns(
            new, "path", "level", "title", "stage", "scheme_id", "scheme_version", "time_zone", "area", "own_scheme", "years",
            "position",
        ),
        [",".join(one.more_stages) for one in new],
    )  # fmt: skip
    return {row["path"] for row in rows}


async def lengths(tx: Tx, path: str, scheme_id: str) -> list[tuple[str | None, int | None, tuple[str, ...]]]:
    """The different stages and lengths of the schools of a scheme in an organisation, and their further stages."""
    rows = await tx.fetch(
        "SELECT DISTINCT stage, years, more_stages FROM organisations "
        "WHERE path <@ $1::text::ltree AND level = 'school' AND scheme_id = $2",
        path,
        scheme_id,
    )
    return [(row["stage"], row["years"], tuple(row["more_stages"])) for row in rows]


async def add_sealed(tx: Tx, term_id: UUID, path: str, at: datetime) -> None:
    """Note that archives of a term of a school are sealed."""
    await tx.execute(
        "INSERT INTO sealed_terms (term_id, path, at) VALUES ($1, $2::text::ltree, $3) ON CONFLICT DO NOTHING",
        term_id,
        path,
        at,
    )


async def sealed_terms(tx: Tx, path: str) -> int:
    """How many terms of a school have sealed archives."""
    number: int = await tx.fetchval("SELECT count(*) FROM sealed_terms WHERE path = $1::text::ltree", path)
    return number


async def grades_with_students(tx: Tx, school: str) -> list[tuple[str, str, int]]:
    """The grades of a school with path, title and number of students who have not left, in their order."""
    rows = await tx.fetch(
        "SELECT o.path::text AS path, o.title, (SELECT count(*) FROM students s WHERE s.path <@ o.path AND s.status <> 'left') "
        "AS students FROM organisations o WHERE o.path <@ $1::text::ltree AND o.level = 'grade' ORDER BY o.ordering, o.path",
        school,
    )
    return [(row["path"], row["title"], row["students"]) for row in rows]


async def set_years(tx: Tx, school: Organisation) -> None:
    """Store the length and the stages of a school, with its version."""
    await tx.execute(
        "UPDATE organisations SET years = $2, version = $3, more_stages = $4 WHERE path = $1::text::ltree",
        school.path,
        school.years,
        school.version,
        list(school.more_stages),
    )


async def set_positions(tx: Tx, positions: Mapping[str, int]) -> list[Organisation]:
    """Store the school's own order of classes that have none yet; returns these, with a newer version (L-07)."""
    rows = await tx.fetch(
        "UPDATE organisations o SET position = n.position, version = o.version + 1 "
        "FROM unnest($1::text[], $2::integer[]) AS n (path, position) "
        "WHERE o.path = n.path::ltree AND o.position IS NULL RETURNING o.*",
        list(positions),
        list(positions.values()),
    )
    return [organisation_of(row) for row in rows]


async def unpublished_positions(tx: Tx, limit: int) -> list[Organisation]:
    """So many classes whose position an older release published in no event; they have a newer version, and count as done."""
    rows = await tx.fetch(
        "UPDATE organisations o SET position_published = true, version = o.version + 1 FROM (SELECT path FROM organisations "
        "WHERE NOT position_published ORDER BY path LIMIT $1 FOR NO KEY UPDATE SKIP LOCKED) n "
        "WHERE o.path = n.path RETURNING o.*",
        limit,
    )
    return [organisation_of(row) for row in rows]


async def listed(tx: Tx, under: str, after: str | None, limit: int) -> list[Organisation]:
    """The organisation `under` and those below it, by path; classes in their school's order."""
    rows = await tx.fetch(
        "SELECT * FROM organisations WHERE path <@ $1::ltree AND ($2::text IS NULL OR (ordering, path) > "
        "(coalesce((SELECT o.ordering FROM organisations o WHERE o.path = $2::text::ltree), $2::text::ltree), "
        "$2::text::ltree)) ORDER BY ordering, path LIMIT $3",
        under,
        after,
        limit,
    )
    return [organisation_of(row) for row in rows]


async def children(tx: Tx, path: str) -> list[Organisation]:
    """The organisations directly below one, in their order."""
    rows = await tx.fetch(
        "SELECT * FROM organisations WHERE path <@ $1::ltree AND nlevel(path) = nlevel($1::ltree) + 1 ORDER BY ordering, path",
        path,
    )
    return [organisation_of(row) for row in rows]


async def ancestors(tx: Tx, path: str) -> list[Organisation]:
    """The organisations from the root down to `path`."""
    rows = await tx.fetch("SELECT * FROM organisations WHERE path @> $1::ltree ORDER BY path", path)
    return [organisation_of(row) for row in rows]


async def scheme_keys(tx: Tx, paths: Sequence[str]) -> list[tuple[str, str, str]]:
    """The schemes of these organisations: (path, scheme, version), its own first; for those above schools also the schemes
    that organisations below chose for themselves."""
    rows = await tx.fetch(
        "SELECT asked, scheme_id, scheme_version FROM (SELECT p.path AS asked, o.scheme_id, o.scheme_version, o.path AS at "
        "FROM unnest($1::text[]) AS p (path) JOIN organisations o ON o.path = p.path::ltree UNION ALL "
        "SELECT p.path, o.scheme_id, o.scheme_version, o.path FROM unnest($1::text[]) AS p (path) "
        "JOIN organisations o ON o.own_scheme AND o.path <@ p.path::ltree WHERE nlevel(p.path::ltree) < 4) AS found "
        "WHERE scheme_id IS NOT NULL GROUP BY asked, scheme_id, scheme_version ORDER BY asked, min(nlevel(at)), scheme_id",
        list(paths),
    )
    return [(row["asked"], row["scheme_id"], row["scheme_version"]) for row in rows]


async def title(tx: Tx, path: str) -> str | None:
    """The title of an organisation; None where there is none."""
    found: str | None = await tx.fetchval("SELECT title FROM organisations WHERE path = $1::text::ltree", path)
    return found


async def next_area(tx: Tx) -> int:
    """A number for a district without an official area code."""
    number: int = await tx.fetchval("SELECT nextval('area_numbers')")
    return number


NO_AREA = "900000"
"""The area of education ids where the district has no code."""


async def area_of(tx: Tx, path: str) -> str:
    """The area code with which education ids of an organisation begin."""
    found: str | None = await tx.fetchval("SELECT area FROM organisations WHERE path = $1::text::ltree", path)
    return found or NO_AREA


async def take_eids(tx: Tx, area: str, count: int) -> int:
    """Reserve so many running numbers of an area; returns the first."""
    first: int = await tx.fetchval(
        "INSERT INTO eid_counters (area, last) VALUES ($1, $2) "
        "ON CONFLICT (area) DO UPDATE SET last = eid_counters.last + $2 RETURNING last - $2 + 1",
        area,
        count,
    )
    return first
