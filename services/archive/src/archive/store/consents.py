"""Reasons for bands, the consent of the level above, and every version of both (X-15)."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.consents import BandConsent, Key
from archive.domain.evaluations import Author
from archive.store.rows import columns


def _consent(row: Any) -> BandConsent:
    return from_row(BandConsent, row, author=Author(row["account_id"], row["author_name"]))


async def of_class(tx: Tx, term_id: UUID, path: str) -> dict[Key, BandConsent]:
    """The reasons and answers about students who are in this class now."""
    rows = await tx.fetch(
        "SELECT c.* FROM band_consents c JOIN directory_students s ON s.id = c.student_id "
        "WHERE c.term_id = $1 AND s.path = $2::ltree",
        term_id, path,
    )  # fmt: skip
    return {(row["student_id"], row["dimension"]): _consent(row) for row in rows}


async def paths(tx: Tx, term_id: UUID, students: Collection[UUID]) -> set[str]:
    """The classes in which something was asked about these students."""
    rows = await tx.fetch(
        "SELECT DISTINCT path::text AS path FROM band_consents WHERE term_id = $1 AND student_id = ANY($2)",
        term_id, sorted(students),
    )  # fmt: skip
    return {row["path"] for row in rows}


async def lock(tx: Tx, term_id: UUID, students: Collection[UUID]) -> dict[Key, BandConsent]:
    """Those about these students, locked."""
    rows = await tx.fetch(
        "SELECT * FROM band_consents WHERE term_id = $1 AND student_id = ANY($2) ORDER BY student_id, dimension FOR UPDATE",
        term_id, sorted(students),
    )  # fmt: skip
    return {(row["student_id"], row["dimension"]): _consent(row) for row in rows}


async def save(tx: Tx, some: Iterable[BandConsent], by: Author, now: datetime) -> None:
    """Save new versions, each in the history too with who made it; they were locked, or are new."""
    rows = [
        (c.term_id, c.student_id, c.dimension, c.path, c.band, c.role, c.reason, c.state, c.note, c.author.account_id,
         c.author.name, c.at, c.decided_by_name, c.decided_at, c.version)
        for c in some
    ]  # fmt: skip
    await tx.execute(
        """
        INSERT INTO band_consents (term_id, student_id, dimension, path, band, role, reason, state, note, account_id,
                                   author_name, at, decided_by_name, decided_at, version)
        SELECT term_id, student_id, dimension, path::ltree, band, role, reason, state, note, account_id, author_name, at,
               decided_by_name, decided_at, version
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[],
                      $9::text[], $10::uuid[], $11::text[], $12::timestamptz[], $13::text[], $14::timestamptz[], $15::int[])
            AS n (term_id, student_id, dimension, path, band, role, reason, state, note, account_id, author_name, at,
                  decided_by_name, decided_at, version)
        ON CONFLICT (term_id, student_id, dimension) DO UPDATE SET path = excluded.path, band = excluded.band,
            role = excluded.role, reason = excluded.reason, state = excluded.state, note = excluded.note,
            account_id = excluded.account_id, author_name = excluded.author_name, at = excluded.at,
            decided_by_name = excluded.decided_by_name, decided_at = excluded.decided_at, version = excluded.version
        """,
        *columns(rows, 15),
    )
    versions = [(r[0], r[1], r[2], r[14], r[7], r[4], r[6], r[8], by.account_id, by.name, now) for r in rows]
    await tx.execute(
        """
        INSERT INTO band_consent_versions (term_id, student_id, dimension, version, state, band, reason, note, account_id,
                                           author_name, at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[], $5::text[], $6::text[], $7::text[], $8::text[],
                             $9::uuid[], $10::text[], $11::timestamptz[])
        """,
        *columns(versions, 11),
    )


async def asked(
    tx: Tx, path: str, roles: Collection[str], after: tuple[str, UUID, UUID, str] | None, limit: int
) -> list[tuple[BandConsent, str, str, str, str]]:
    """What waits for an answer of these roles below a path, class by class, with the student's name and the titles of school,
    grade and class. after: class, term, student and dimension of the last one seen."""
    rows = await tx.fetch(
        """
        SELECT c.*, s.name AS student_name, s.school_title, s.grade_title, s.class_title
          FROM band_consents c JOIN directory_students s ON s.id = c.student_id
         WHERE c.state = 'asked' AND c.path <@ $1::ltree AND c.role = ANY($2)
           AND ($3::text IS NULL OR (class_order(c.path), c.term_id, c.student_id, c.dimension)
                                  > ((SELECT class_order($3::ltree)), $4::uuid, $5::uuid, $6::text))
         ORDER BY class_order(c.path), c.term_id, c.student_id, c.dimension LIMIT $7
        """,
        path, sorted(roles), *(after or (None, None, None, None)), limit,
    )  # fmt: skip
    return [(_consent(row), row["student_name"], row["school_title"], row["grade_title"], row["class_title"]) for row in rows]


async def asked_count(tx: Tx, path: str, roles: Collection[str]) -> int:
    """How many wait for an answer of these roles below a path."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM band_consents WHERE state = 'asked' AND path <@ $1::ltree AND role = ANY($2)", path, sorted(roles)
    )
    return found
