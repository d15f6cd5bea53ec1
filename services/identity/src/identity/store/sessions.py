"""SQL for sessions and refresh tokens."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True)
class Refresh:
    """A refresh token that a client sent, with its session."""

    session_id: UUID
    account_id: UUID
    card_id: UUID | None
    live: bool
    disabled: bool
    used_at: datetime | None
    used_from: str | None
    """The source address of the request that used it first."""
    device: str | None
    """The digest of the device token of the session's sign-in."""


async def add(
    tx: Tx,
    session_id: UUID,
    account_id: UUID,
    card_id: UUID | None,
    client: str,
    device: str | None,
    now: datetime,
    until: datetime,
) -> None:
    """Insert a session."""
    await tx.execute(
        "INSERT INTO sessions (id, account_id, card_id, client, made_at, until, device) VALUES ($1, $2, $3, $4, $5, $6, $7)",
        session_id,
        account_id,
        card_id,
        client,
        now,
        until,
        device,
    )


async def add_refresh(tx: Tx, digest: bytes, session_id: UUID) -> None:
    """Insert the session's next refresh token."""
    await tx.execute("INSERT INTO refresh_tokens (digest, session_id) VALUES ($1, $2)", digest, session_id)


async def find_refresh(tx: Tx, digest: bytes, now: datetime) -> Refresh | None:
    """Lock the token and its session until the transaction ends."""
    row: Any = await tx.fetchrow(
        "SELECT s.id, s.account_id, s.card_id, r.used_at, r.used_from, s.device, s.ended_at IS NULL AND s.until > $2 AS live,"
        " a.disabled_at IS NOT NULL AS disabled "
        "FROM refresh_tokens r JOIN sessions s ON s.id = r.session_id JOIN accounts a ON a.id = s.account_id "
        "WHERE r.digest = $1 FOR UPDATE OF r, s",
        digest,
        now,
    )
    if row is None:
        return None
    return Refresh(
        row["id"],
        row["account_id"],
        row["card_id"],
        row["live"],
        row["disabled"],
        row["used_at"],
        row["used_from"],
        row["device"],
    )


async def use_refresh(tx: Tx, digest: bytes, now: datetime, source: str) -> None:
    """Mark the token as used, for the first time."""
    await tx.execute(
        "UPDATE refresh_tokens SET used_at = $2, used_from = $3 WHERE digest = $1 AND used_at IS NULL", digest, now, source
    )


async def prolong(tx: Tx, session_id: UUID, until: datetime) -> None:
    """Extend the session."""
    await tx.execute("UPDATE sessions SET until = $2 WHERE id = $1", session_id, until)


async def live_account(tx: Tx, session_id: UUID, now: datetime) -> UUID | None:
    """Lock a session that has not ended; returns its account."""
    found: UUID | None = await tx.fetchval(
        "SELECT account_id FROM sessions WHERE id = $1 AND ended_at IS NULL AND until > $2 FOR UPDATE", session_id, now
    )
    return found


async def switch_card(tx: Tx, session_id: UUID, card_id: UUID) -> None:
    """Set the session's card."""
    await tx.execute("UPDATE sessions SET card_id = $2 WHERE id = $1", session_id, card_id)


async def end(tx: Tx, session_id: UUID, now: datetime, why: str) -> None:
    """End a session."""
    await tx.execute(
        "UPDATE sessions SET ended_at = $2, ended_by = $3 WHERE id = $1 AND ended_at IS NULL", session_id, now, why
    )


async def end_all(tx: Tx, account_id: UUID, now: datetime, why: str, except_id: UUID | None = None) -> int:
    """End all sessions of an account except one. Returns how many there were."""
    rows = await tx.fetch(
        "UPDATE sessions SET ended_at = $2, ended_by = $3 WHERE account_id = $1 AND ended_at IS NULL AND until > $2 "
        "AND ($4::uuid IS NULL OR id <> $4) RETURNING id",
        account_id,
        now,
        why,
        except_id,
    )
    return len(rows)


async def delete_sessions_before(tx: Tx, before: datetime) -> None:
    """Delete sessions that expired before this time, with their tokens."""
    await tx.execute("DELETE FROM sessions WHERE until < $1", before)
