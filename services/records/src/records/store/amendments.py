"""The turns of cases that ask for amendments, and the contents of records before they were amended (JX-09)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef
from contracts.publicity import AmendmentRequestedV1
from contracts.records import Asked
from servicekit.db import Tx

from records.domain.record import Record, RecordContent


async def save_turn(tx: Tx, event: AmendmentRequestedV1) -> bool:
    """Save the state of a case. False if a later turn of it, or the end of this one, is stored already."""
    saved = await tx.fetchval(
        """
        INSERT INTO amendment_turns AS t (case_id, record_id, turn, open, version, roles) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (case_id) DO UPDATE SET turn = $3, open = $4, version = coalesce($5, t.version), roles = $6
         WHERE t.turn < $3 OR (t.turn = $3 AND (t.open OR $3 = 0)) RETURNING true
        """,
        event.case_id, event.record_id, event.turn, event.open, event.version, event.roles,
    )  # fmt: skip
    return saved is True


async def asked(tx: Tx, cases: Sequence[UUID]) -> list[Asked]:
    """The turns in which these cases ask."""
    rows: list[Any] = await tx.fetch(
        "SELECT case_id, turn FROM amendment_turns WHERE case_id = ANY($1) ORDER BY case_id", cases
    )
    return [Asked(**row) for row in rows]


async def amending_roles(tx: Tx, cases: Sequence[UUID]) -> frozenset[str]:
    """The roles of which these cases ask an amendment; empty: some case did not name any."""
    rows: list[Any] = await tx.fetch("SELECT roles FROM amendment_turns WHERE case_id = ANY($1)", cases)
    named = [frozenset[str](row["roles"]) for row in rows]
    return frozenset[str]().union(*named) if all(named) else frozenset()


async def open_and_version(tx: Tx, record_id: UUID) -> tuple[bool, int | None]:
    """Does any case still ask, and the newest version of the record that was submitted to a case (None: unknown)?"""
    row: Any = await tx.fetchrow(
        "SELECT coalesce(bool_or(open), false) AS open, max(version) AS version FROM amendment_turns WHERE record_id = $1",
        record_id,
    )
    return row["open"], row["version"]


async def save_content(tx: Tx, record: Record) -> None:
    """Save the content of a record as it was until its present version."""
    await tx.execute(
        "INSERT INTO amended_contents (record_id, until, title, data, evidence) VALUES ($1, $2, $3, $4, $5)",
        record.id, record.version, record.title, record.data, record.evidence,
    )  # fmt: skip


async def content_at(tx: Tx, record_id: UUID, version: int) -> RecordContent[EvidenceRef] | None:
    """The content of a record as of this version; None: its present content."""
    row: Any = await tx.fetchrow(
        "SELECT title, data, evidence FROM amended_contents WHERE record_id = $1 AND until >= $2 ORDER BY until LIMIT 1",
        record_id,
        version,
    )
    if row is None:
        return None
    return RecordContent(row["title"], row["data"], tuple(EvidenceRef.model_validate(file) for file in row["evidence"]))


async def delete_contents(tx: Tx, record_id: UUID) -> bool:
    """Delete the earlier contents of a record whose amendments are over. True if there were any."""
    return bool(await tx.fetch("DELETE FROM amended_contents WHERE record_id = $1 RETURNING until", record_id))
