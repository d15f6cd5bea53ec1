"""Backfills as rows: while they are filled in, and becoming a term of one student when they are sealed (JX-15)."""

from collections.abc import Sequence
from dataclasses import asdict
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from pydantic import TypeAdapter
from servicekit.db import Tx
from servicekit.ids import new_id

from archive.domain.backfill import Added, Backfill, Said
from archive.domain.material import Held
from archive.domain.states import Collecting
from archive.domain.terms import Outside
from archive.store.heard import columns

_EVIDENCE: TypeAdapter[tuple[EvidenceRef, ...]] = TypeAdapter(tuple[EvidenceRef, ...])
_PLAIN = tuple(name for name in Backfill.__dataclass_fields__ if name not in ("positions", "evaluations", "records", "state"))
_ONE = """
SELECT b.*, coalesce(t.state, 'collecting') AS state,
       coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM backfill_records r WHERE r.backfill_id = b.id),
                '[]') AS records
  FROM backfills b LEFT JOIN term_states t ON t.term_id = b.id
 WHERE b.id = $1
"""
_LOCKED = """
SELECT b.*, coalesce(t.state, 'collecting') AS state,
       coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM backfill_records r WHERE r.backfill_id = b.id),
                '[]') AS records
  FROM backfills b LEFT JOIN term_states t ON t.term_id = b.id
 WHERE b.id = $1 FOR UPDATE OF b
"""
_PAGE = """
SELECT b.*, coalesce(t.state, 'collecting') AS state,
       coalesce((SELECT jsonb_agg(to_jsonb(r) ORDER BY r.id) FROM backfill_records r WHERE r.backfill_id = b.id),
                '[]') AS records
  FROM backfills b LEFT JOIN term_states t ON t.term_id = b.id
 WHERE b.path <@ $1::ltree AND ($2::uuid IS NULL OR b.student_id = $2) AND ($3::uuid IS NULL OR b.id < $3)
 ORDER BY b.id DESC LIMIT $4
"""


def _a_backfill(row: Any) -> Backfill:
    return Backfill(
        **{name: row[name] for name in _PLAIN},
        positions=tuple(row["positions"]),
        evaluations=tuple(Said(**one) for one in row["evaluations"]),
        records=tuple(
            Added(UUID(r["id"]), r["kind"], r["title"], r["data"], _EVIDENCE.validate_python(r["evidence"]))
            for r in row["records"]
        ),
        state=Collecting(row["state"]),
    )


async def add(tx: Tx, b: Backfill) -> bool:
    """Begin one; False where this student's term is being backfilled already."""
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
    row = await tx.fetchrow(_ONE, backfill_id)
    return _a_backfill(row) if row else None


async def lock(tx: Tx, backfill_id: UUID) -> Backfill | None:
    """One backfill, and nobody else changes it meanwhile."""
    row = await tx.fetchrow(_LOCKED, backfill_id)
    return _a_backfill(row) if row else None


async def page(tx: Tx, path: str, student_id: UUID | None, after: UUID | None, limit: int) -> list[Backfill]:
    """Backfills below a path, newest first; `after` is the last id of the page before."""
    return [_a_backfill(row) for row in await tx.fetch(_PAGE, path, student_id, after, limit)]


async def save(tx: Tx, b: Backfill) -> None:
    """Write profile, positions, evaluations and version; records are added and removed one by one."""
    await tx.execute(
        "UPDATE backfills SET profile = $2, positions = $3, evaluations = $4, version = $5 WHERE id = $1",
        b.id, b.profile, list(b.positions), [asdict(one) for one in b.evaluations], b.version,
    )  # fmt: skip


async def add_record(tx: Tx, backfill_id: UUID, r: Added) -> None:
    """File one record under its kind."""
    evidence = [one.model_dump(mode="json") for one in r.evidence]
    await tx.execute(
        "INSERT INTO backfill_records (id, backfill_id, kind, title, data, evidence) VALUES ($1, $2, $3, $4, $5, $6)",
        r.id, backfill_id, r.kind, r.title, r.data, evidence,
    )  # fmt: skip


async def remove_record(tx: Tx, backfill_id: UUID, record_id: UUID) -> bool:
    """Take one record out; False where it is not there."""
    done = await tx.fetchval(
        "DELETE FROM backfill_records WHERE backfill_id = $1 AND id = $2 RETURNING true", backfill_id, record_id
    )
    return done is True


async def remove(tx: Tx, backfill_id: UUID) -> None:
    """Give one up, with its records."""
    await tx.execute("DELETE FROM backfills WHERE id = $1", backfill_id)


async def become_term(tx: Tx, b: Backfill, outside: Outside) -> None:
    """The term in the directory is only this student's; nothing is collected for it any more."""
    said = asdict(outside)
    del said["student_id"]
    await tx.execute(
        "INSERT INTO term_states (term_id, closed_at, cleared_at_once, state, student_id, backfill) "
        "VALUES ($1, $2, 0, 'sealing', $3, $4)",
        b.id, b.made_at, b.student_id, said,
    )  # fmt: skip


async def positions_of(tx: Tx, b: Backfill) -> list[Held]:
    """Positions that were passed and held at some time in the term; once it is sealed, those that went into it."""
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
    return [Held(row["title"], row["level"], row["starts_on"], row["ends_on"], row["duties"]) for row in rows]


async def add_positions(tx: Tx, term_id: UUID, student_id: UUID, held: Sequence[Held]) -> None:
    """The positions of the backfilled term."""
    rows = [(new_id(), h.title, h.level, h.starts_on, h.ends_on, h.duties) for h in held]
    await tx.execute(
        """
        INSERT INTO positions (id, term_id, student_id, title, level, starts_on, ends_on, duties, version)
        SELECT id, $1, $2, title, level, starts_on, ends_on, duties, 1
          FROM unnest($3::uuid[], $4::text[], $5::text[], $6::date[], $7::date[], $8::text[])
            AS n (id, title, level, starts_on, ends_on, duties)
        """,
        term_id,
        student_id,
        *columns(rows, 6),
    )


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
