"""SQL for QR codes that let a phone sign a computer in (CS-03)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

type QrState = Literal["waiting", "allowed", "refused", "used"]


@dataclass(frozen=True)
class QrSignIn:
    """A code that a computer shows. `account_id`, `card_id`, `session_id`: of the phone that allowed it."""

    id: UUID
    client: str
    device: str
    state: QrState
    account_id: UUID | None
    card_id: UUID | None
    session_id: UUID | None
    until: datetime


async def count_open(tx: Tx, client: str, now: datetime) -> int:
    """How many codes this address shows now."""
    found: int = await tx.fetchval(
        "SELECT count(*) FROM qr_sign_ins WHERE client = $1 AND until > $2 AND state = 'waiting'", client, now
    )
    return found


async def add(tx: Tx, id: UUID, code: bytes, secret: bytes, client: str, device: str, now: datetime, until: datetime) -> None:
    """Insert a code that waits."""
    await tx.execute(
        "INSERT INTO qr_sign_ins (id, code, secret, client, device, made_at, until) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        id,
        code,
        secret,
        client,
        device,
        now,
        until,
    )


async def waiting(tx: Tx, code: bytes, now: datetime) -> QrSignIn | None:
    """Lock the code that a phone has read, if it still waits."""
    row = await tx.fetchrow(
        "SELECT id, client, device, state, account_id, card_id, session_id, until FROM qr_sign_ins "
        "WHERE code = $1 AND state = 'waiting' AND until > $2 FOR UPDATE",
        code,
        now,
    )
    return None if row is None else from_row(QrSignIn, row)


async def of_browser(tx: Tx, id: UUID, secret: bytes) -> QrSignIn | None:
    """Lock the code that this browser shows, whatever became of it."""
    row = await tx.fetchrow(
        "SELECT id, client, device, state, account_id, card_id, session_id, until FROM qr_sign_ins "
        "WHERE id = $1 AND secret = $2 FOR UPDATE",
        id,
        secret,
    )
    return None if row is None else from_row(QrSignIn, row)


async def allow(tx: Tx, id: UUID, account_id: UUID, card_id: UUID | None, session_id: UUID, until: datetime) -> None:
    """The phone allowed it; the browser collects its session until then."""
    await tx.execute(
        "UPDATE qr_sign_ins SET state = 'allowed', account_id = $2, card_id = $3, session_id = $4, until = $5 WHERE id = $1",
        id,
        account_id,
        card_id,
        session_id,
        until,
    )


async def end(tx: Tx, id: UUID, state: QrState) -> None:
    """It was refused, or used."""
    await tx.execute("UPDATE qr_sign_ins SET state = $2 WHERE id = $1", id, state)


async def delete_before(tx: Tx, before: datetime) -> None:
    """Delete codes that ended before this time."""
    await tx.execute("DELETE FROM qr_sign_ins WHERE until < $1", before)
