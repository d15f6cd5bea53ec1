"""What cases found missing in reports, until somebody enters it (SH-08)."""

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from contracts.publicity import AmendmentRequestedV1
from servicekit.db import Tx


@dataclass(frozen=True, slots=True)
class MissingRecord:
    """A record that a case asks for; `snapshot` says of whom, of which kind, in which term. `roles`: who is to enter it."""

    record_id: UUID
    case_id: UUID
    turn: int
    open: bool
    roles: tuple[str, ...]
    snapshot: RecordSnapshot


async def save(tx: Tx, event: AmendmentRequestedV1) -> None:
    """Save that a case asks for a missing record, or no longer; a later turn takes precedence in whatever order they come."""
    await tx.execute(
        """
        INSERT INTO missing_records AS m (record_id, case_id, turn, open, roles, snapshot) VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (record_id) DO UPDATE SET turn = $3, open = $4, roles = $5
         WHERE m.turn < $3 OR (m.turn = $3 AND m.open)
        """,
        event.record_id, event.case_id, event.turn, event.open, event.roles, event.missing,
    )  # fmt: skip


async def lock(tx: Tx, record_id: UUID) -> MissingRecord | None:
    """What a case asks for under this id, locked."""
    row: Any = await tx.fetchrow("SELECT * FROM missing_records WHERE record_id = $1 FOR UPDATE", record_id)
    if row is None:
        return None
    snapshot = RecordSnapshot.model_validate(row["snapshot"])
    return MissingRecord(**(dict(row) | {"roles": tuple(row["roles"]), "snapshot": snapshot}))


async def entered(tx: Tx, missing: MissingRecord) -> None:
    """It was entered: from now on the case asks for amendments of the record."""
    await tx.execute("DELETE FROM missing_records WHERE record_id = $1", missing.record_id)
    await tx.execute(
        "INSERT INTO amendment_turns (case_id, record_id, turn, open, roles) VALUES ($1, $2, $3, true, $4) "
        "ON CONFLICT (case_id) DO NOTHING",
        missing.case_id, missing.record_id, missing.turn, missing.roles,
    )  # fmt: skip
