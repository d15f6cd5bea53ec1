"""Which turns of cases ask for amendments, and what records said before they were amended (JX-09)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from contracts.publicity import AmendmentRequestedV1
from contracts.records import Asked
from servicekit.db import Tx

from records.domain.amending import Content


@dataclass(frozen=True, slots=True)
class Standing:
    """Does any case still ask, and the newest version that was handed in (None: none is known)."""

    open: bool
    counts: int | None


async def note(tx: Tx, event: AmendmentRequestedV1) -> bool:
    """Keep where a case stands. False where a later turn of it, or the end of this one, was heard already."""
    kept = await tx.fetchval(
        """
        INSERT INTO amendment_turns AS t (case_id, record_id, turn, open, version) VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (case_id) DO UPDATE SET turn = $3, open = $4, version = coalesce($5, t.version)
         WHERE t.turn < $3 OR (t.turn = $3 AND (t.open OR $3 = 0)) RETURNING true
        """,
        event.case_id, event.record_id, event.turn, event.open, event.version,
    )  # fmt: skip
    return kept is True


async def asked(tx: Tx, cases: Sequence[UUID]) -> list[Asked]:
    """The turns in which these cases ask."""
    rows = await tx.fetch("SELECT case_id, turn FROM amendment_turns WHERE case_id = ANY($1) ORDER BY case_id", cases)
    return [Asked(case_id=row["case_id"], turn=row["turn"]) for row in rows]


async def standing(tx: Tx, record_id: UUID) -> Standing:
    """Where the cases of a record stand."""
    row: Any = await tx.fetchrow(
        "SELECT coalesce(bool_or(open), false) AS open, max(version) AS counts FROM amendment_turns WHERE record_id = $1",
        record_id,
    )
    return Standing(row["open"], row["counts"])


async def remember(tx: Tx, record_id: UUID, until: int, said: Content) -> None:
    """Keep what a record said, up to version `until`."""
    await tx.execute(
        "INSERT INTO amended_contents (record_id, until, title, data, evidence) VALUES ($1, $2, $3, $4, $5)",
        record_id, until, said.title, said.data, said.evidence,
    )  # fmt: skip


async def content_at(tx: Tx, record_id: UUID, version: int) -> Content | None:
    """What a record said as this version; None: what it says now."""
    row: Any = await tx.fetchrow(
        "SELECT title, data, evidence FROM amended_contents WHERE record_id = $1 AND until >= $2 ORDER BY until LIMIT 1",
        record_id,
        version,
    )
    if row is None:
        return None
    return Content(row["title"], row["data"], tuple(EvidenceRef.model_validate(file) for file in row["evidence"]))


async def forget(tx: Tx, record_id: UUID) -> bool:
    """Its amendments are over: nothing of before is kept. Was there anything?"""
    rows = await tx.fetch("DELETE FROM amended_contents WHERE record_id = $1 RETURNING until", record_id)
    return bool(rows)
