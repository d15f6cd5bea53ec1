"""Backfills: while they are filled in, and as a term of one student once they are sealed (JX-15)."""

from collections.abc import Sequence
from dataclasses import asdict, astuple
from typing import Any
from uuid import UUID

from pydantic import TypeAdapter
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import from_row

from archive.domain.backfill import Backfill, BackfilledEvaluation, BackfilledRecord
from archive.domain.material import HeldPosition
from archive.domain.states import Collecting
from archive.domain.terms import BackfillOrigin
from archive.store.rows import columns

_RECORD: TypeAdapter[BackfilledRecord] = TypeAdapter(BackfilledRecord)
_PAGE = """
SELECT b.*, coalesce(t.state, 'collecting') AS state,
       coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM backfill_records r WHERE r.backfill_id = b.id),
                '[]') AS records
  FROM backfills b LEFT JOIN term_states t ON t.term_id = b.id
 WHERE ($1::ltree IS NULL OR b.path <@ $1) AND ($2::uuid IS NULL OR b.student_id = $2) AND ($3::uuid IS NULL OR b.id < $3)
   AND ($5::uuid IS NULL OR b.id = $5)
 ORDER BY b.id DESC LIMIT $4
"""


def _backfill(row: Any) -> Backfill:
    return from_row(
        Backfill,
        row,
        positions=tuple(row["positions"]),
        evaluations=tuple(BackfilledEvaluation(**evaluation) for evaluation in row["evaluations"]),
        records=tuple(map(_RECORD.validate_python, row["records"])),
        state=Collecting(row["state"]),
    )


async def add(tx: Tx, b: Backfill) -> bool:
    """Save a new one; False where this student's term is being backfilled already."""
    done = await tx.fetchval(
        """
        INSERT INTO backfills (id, student_id, path, scheme_id, scheme_version, time_zone, school_year, number, starts_on,
                               ends_on, from_province, from_school, transferred_on, profile, positions, evaluations, made_by,
                               made_by_name, made_at, version)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, '{}', '[]', '[]', $14, $15, $16, 1)
        ON CONFLICT DO NOTHING RETURNING true
        """,
        b.id, b.student_id, b.path, b.scheme_id, b.scheme_version, b.time_zone, b.school_year, b.number, b.starts_on, b.ends_on,
        b.from_province, b.from_school, b.transferred_on, b.made_by, b.made_by_name, b.made_at,
    )  # fmt: skip
    return done is True


async def get(tx: Tx, backfill_id: UUID) -> Backfill | None:
    """One backfill."""
    row = await tx.fetchrow(_PAGE, None, None, None, 1, backfill_id)
    return _backfill(row) if row else None


async def lock(tx: Tx, backfill_id: UUID) -> Backfill | None:
    """One backfill, locked."""
    await tx.fetchval("SELECT id FROM backfills WHERE id = $1 FOR UPDATE", backfill_id)
    return await get(tx, backfill_id)


async def page(tx: Tx, path: str, student_id: UUID | None, after: UUID | None, limit: int) -> list[Backfill]:
    """Backfills below a path, newest first; `after` is the last id of the page before."""
    return [_backfill(row) for row in await tx.fetch(_PAGE, path, student_id, after, limit, None)]


async def save(tx: Tx, b: Backfill) -> None:
    """Write profile, positions, evaluations and version; records are added and removed one by one."""
    await tx.execute(
        "UPDATE backfills SET profile = $2, positions = $3, evaluations = $4, version = $5 WHERE id = $1",
        b.id, b.profile, list(b.positions), [asdict(evaluation) for evaluation in b.evaluations], b.version,
    )  # fmt: skip


async def add_record(tx: Tx, backfill_id: UUID, r: BackfilledRecord) -> None:
    """Save one record."""
    evidence = [one.model_dump(mode="json") for one in r.evidence]
    await tx.execute(
        "INSERT INTO backfill_records (id, backfill_id, kind, title, data, evidence) VALUES ($1, $2, $3, $4, $5, $6)",
        r.id, backfill_id, r.kind, r.title, r.data, evidence,
    )  # fmt: skip


async def remove_record(tx: Tx, backfill_id: UUID, record_id: UUID) -> bool:
    """Delete one record; False where there is none."""
    done = await tx.fetchval(
        "DELETE FROM backfill_records WHERE backfill_id = $1 AND id = $2 RETURNING true", backfill_id, record_id
    )
    return done is True


async def remove(tx: Tx, backfill_id: UUID) -> None:
    """Delete one, with its records."""
    await tx.execute("DELETE FROM backfills WHERE id = $1", backfill_id)


async def become_term(tx: Tx, b: Backfill, backfill: BackfillOrigin) -> None:
    """Make the term in the directory this student's only, and being sealed; nothing more is collected for it."""
    origin = {name: value for name, value in asdict(backfill).items() if name != "student_id"}
    await tx.execute(
        "INSERT INTO term_states (term_id, closed_at, cleared_at_once, state, student_id, backfill) "
        "VALUES ($1, $2, 0, 'sealing', $3, $4)",
        b.id, b.made_at, b.student_id, origin,
    )  # fmt: skip


async def positions_of(tx: Tx, b: Backfill) -> list[HeldPosition]:
    """Positions that were approved and held at some time in the term; once it is sealed, those that went into it."""
    rows = await tx.fetch(
        """
        SELECT p.* FROM positions p
         WHERE p.student_id = $1
           AND CASE WHEN $5 THEN p.starts_on <= $4 AND coalesce(p.ends_on, $4) >= $3
                                 AND NOT EXISTS (SELECT 1 FROM backfills o WHERE o.id = p.term_id)
                    ELSE p.term_id = $2 END
         ORDER BY p.starts_on, p.id
        """,
        b.student_id, b.id, b.starts_on, b.ends_on, b.state is Collecting.COLLECTING,
    )  # fmt: skip
    return [from_row(HeldPosition, row) for row in rows]


async def add_positions(tx: Tx, term_id: UUID, student_id: UUID, held: Sequence[HeldPosition]) -> None:
    """The positions of the backfilled term."""
    rows = [(new_id(), *astuple(position)) for position in held]
    await tx.execute(
        """
        INSERT INTO positions (id, term_id, student_id, title, level, starts_on, ends_on, duties, version)
        SELECT id, $1, $2, title, level, starts_on, ends_on, duties, 1
          FROM unnest($3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::text[])
            AS n (id, title, level, starts_on, ends_on, duties)
        """,
        term_id, student_id, *columns(rows, 6),
    )  # fmt: skip


async def archived(tx: Tx, student_id: UUID, school_year: str, number: int) -> bool:
    """Whether this term of the student has an archive (ready or on its way)."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT 1 FROM archives a JOIN directory_terms t ON t.id = a.term_id "
        "WHERE a.student_id = $1 AND t.school_year = $2 AND t.number = $3)",
        student_id, school_year, number,
    )  # fmt: skip
    return found


async def province_of(tx: Tx, path: str) -> str:
    """The title of the province that a path lies in; empty where it is not known."""
    found: str | None = await tx.fetchval(
        "SELECT title FROM directory_organisations WHERE path @> $1::ltree AND level = 'province'", path
    )
    return found or ""


async def file(tx: Tx, file_id: UUID) -> Any:
    """The row of a checked file, or None."""
    return await tx.fetchrow(
        "SELECT bucket, object_key, proof_key, preview_key, name, media_type FROM files WHERE id = $1 AND state = 'ready'",
        file_id,
    )
