"""SQL and cache of terms. Timetables are long and seldom change: a cached version is not fetched or parsed again."""

from collections.abc import Collection
from datetime import datetime
from typing import Any
from uuid import UUID

from cachetools import LRUCache
from contracts.base import Window, ancestor, level_of
from contracts.records import TermEvent
from pydantic import TypeAdapter
from scheme import Schemes

from servicekit.db import Tx
from servicekit.directory.store import Student, student_of
from servicekit.directory.term import Term, under_way

_WINDOWS: TypeAdapter[tuple[Window, ...]] = TypeAdapter(tuple[Window, ...])

_TERMS = """
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone, t.starts_on, t.ends_on,
       t.version, t.complete, t.stage, t.years, CASE WHEN t.version IS DISTINCT FROM k.version THEN t.windows END AS windows
  FROM unnest($1::uuid[], $2::integer[]) AS k (id, version) JOIN directory_terms t ON t.id = k.id
 ORDER BY t.id
"""
_TERMS_SHARED = """
SELECT t.id, t.path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone, t.starts_on, t.ends_on,
       t.version, t.complete, t.stage, t.years, CASE WHEN t.version IS DISTINCT FROM k.version THEN t.windows END AS windows
  FROM unnest($1::uuid[], $2::integer[]) AS k (id, version) JOIN directory_terms t ON t.id = k.id
 ORDER BY t.id FOR SHARE OF t
"""
_NEWEST_OF_SCHOOL = "SELECT id FROM directory_terms WHERE path = $1::text::ltree ORDER BY starts_on DESC, id DESC LIMIT $2"
_NEWEST = 8
"""Terms of a school that are looked at: more than are ever under way at once."""
_TERM_LOCKED = "SELECT * FROM directory_terms WHERE id = $1 FOR UPDATE"
_TERM_AND_STUDENT = """
SELECT t.id AS term_id, t.path AS term_path, t.title, t.school_year, t.number, t.scheme_id, t.scheme_version, t.time_zone,
       t.starts_on, t.ends_on, t.version AS term_version, t.complete, t.stage, t.years,
       CASE WHEN t.version IS DISTINCT FROM $2::integer THEN t.windows END AS windows, s.*
  FROM directory_terms t LEFT JOIN directory_students s ON s.id = $3
 WHERE t.id = $1
"""
_ADD = """
INSERT INTO directory_terms (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on, ends_on,
                             windows, version, stage, years)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT DO NOTHING RETURNING true
"""
_SAVE = """
INSERT INTO directory_terms AS t (id, path, title, school_year, number, scheme_id, scheme_version, time_zone, starts_on,
                                  ends_on, windows, version, stage, years)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
ON CONFLICT (id) DO UPDATE SET path = $2, title = $3, school_year = $4, number = $5, scheme_id = $6, scheme_version = $7,
    time_zone = $8, starts_on = $9, ends_on = $10, windows = $11, version = $12, complete = true, stage = $13, years = $14
 WHERE t.version < $12 OR (t.version = $12 AND NOT t.complete)
RETURNING true
"""


class Directory[T: Term]:
    """The terms of a service, as its own kind of `Term` (a subclass may add methods), cached by id and version."""

    def __init__(self, schemes: Schemes, kind: type[T], most: int = 5000) -> None:
        self.schemes, self._kind = schemes, kind
        self._cache: LRUCache[UUID, T] = LRUCache(most)

    def cached(self, term_id: UUID) -> T | None:
        """The term as this process read it last, perhaps with an older timetable: not for decisions."""
        return self._cache.get(term_id)

    def read(self, row: Any, known: T | None = None) -> T:
        """The term of a row of `directory_terms`; `windows` may be null where `known` is complete and has the row's version.

        Raises UnknownError where this process does not have the scheme version.
        """
        known = known or self._cache.get(row["id"])
        if known is not None and known.complete and known.version == row["version"]:
            return known
        term = self._kind(
            id=row["id"], path=row["path"], title=row["title"], school_year=row["school_year"], number=row["number"],
            time_zone=row["time_zone"], starts_on=row["starts_on"], ends_on=row["ends_on"],
            windows=_WINDOWS.validate_python(row["windows"]), version=row["version"],
            scheme=self.schemes.get(row["scheme_id"], row["scheme_version"]), complete=row["complete"],
            stage=row["stage"], years=row["years"],
        )  # fmt: skip
        self._cache[term.id] = term
        return term

    def of_event(self, event: TermEvent) -> T:
        """The term that an event describes. Raises UnknownError where this process does not have the scheme version."""
        return self._kind.from_event(event, self.schemes.get(event.scheme_id, event.scheme_version))

    async def term(self, tx: Tx, term_id: UUID) -> T | None:
        """One term; None: no event about it has arrived."""
        return (await self.terms(tx, [term_id])).get(term_id)

    async def terms(self, tx: Tx, term_ids: Collection[UUID]) -> dict[UUID, T]:
        """Those of these terms that are known, by id."""
        return await self._fetch(tx, term_ids, share=False)

    async def current(self, tx: Tx, path: str, now: datetime) -> list[T]:
        """The terms under way at the school that an organisation or class lies in (`term.under_way`); none above schools."""
        return under_way(await self.of_school(tx, path), now)

    async def of_school(self, tx: Tx, path: str) -> list[T]:
        """The newest terms of the school that an organisation or class lies in, newest first; none above schools."""
        if level_of(path) in ("country", "province", "city", "district"):
            return []
        rows = await tx.fetch(_NEWEST_OF_SCHOOL, ancestor(path, "school"), _NEWEST)
        ids = [row["id"] for row in rows]
        found = await self.terms(tx, ids)
        return [found[term_id] for term_id in ids if term_id in found]

    async def hold(self, tx: Tx, term_ids: Collection[UUID]) -> dict[UUID, T]:
        """As `terms`; nobody changes or locks them until this transaction ends."""
        return await self._fetch(tx, term_ids, share=True)

    async def _fetch(self, tx: Tx, term_ids: Collection[UUID], *, share: bool) -> dict[UUID, T]:
        known = {term_id: self._cache.get(term_id) for term_id in sorted(set(term_ids))}
        versions = [_version(term) for term in known.values()]
        rows = await tx.fetch(_TERMS_SHARED if share else _TERMS, list(known), versions)
        return {row["id"]: self.read(row, known[row["id"]]) for row in rows}

    async def lock(self, tx: Tx, term_id: UUID) -> T | None:
        """One term, locked: waits for transactions that hold it; nobody holds or changes it until this one ends."""
        row = await tx.fetchrow(_TERM_LOCKED, term_id)
        return None if row is None else self.read(row)

    async def with_student(self, tx: Tx, term_id: UUID, student_id: UUID | None) -> tuple[T | None, Student | None]:
        """A term and a student in one statement; each is None if it is not known."""
        known = self._cache.get(term_id)
        row: Any = await tx.fetchrow(_TERM_AND_STUDENT, term_id, _version(known), student_id)
        if row is None:
            return None, None
        term = dict(row) | {"id": row["term_id"], "path": row["term_path"], "version": row["term_version"]}
        return self.read(term, known), student_of(row) if row["id"] else None

    async def add(self, tx: Tx, event: TermEvent) -> bool:
        """Insert a new term; False if it is stored already."""
        return bool(await tx.fetchval(_ADD, *_columns(event)))

    async def save(self, tx: Tx, event: TermEvent) -> bool:
        """Save a newer version of a term, or its first; False if this or a newer one is stored already."""
        return bool(await tx.fetchval(_SAVE, *_columns(event)))


def _version(known: Term | None) -> int | None:
    """The version whose timetable need not be fetched."""
    return known.version if known is not None and known.complete else None


def _columns(event: TermEvent) -> tuple[Any, ...]:
    return (
        event.term_id, event.path, event.title, event.school_year, event.number, event.scheme_id, event.scheme_version,
        event.time_zone, event.starts_on, event.ends_on, event.windows, event.version, event.stage, event.years,
    )  # fmt: skip
