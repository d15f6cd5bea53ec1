"""SQL for single sign-on: links of a provider's subjects to accounts, used states, tickets."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx


async def use_state(tx: Tx, state: bytes, provider: str, until: datetime) -> bool:
    """Mark a state as used; False if it was used before."""
    done = await tx.fetchval(
        "INSERT INTO sso_arrivals (state, provider, until) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING RETURNING true",
        state,
        provider,
        until,
    )
    return bool(done)


async def give_ticket(tx: Tx, state: bytes, ticket: bytes, account_id: UUID, until: datetime) -> None:
    """Store the ticket's digest and the account."""
    await tx.execute(
        "UPDATE sso_arrivals SET ticket = $2, account_id = $3, until = $4 WHERE state = $1", state, ticket, account_id, until
    )


async def use_ticket(tx: Tx, ticket: bytes, now: datetime) -> tuple[UUID, str] | None:
    """Mark a ticket as used; returns (account, provider), or None if it is unknown, used or expired."""
    row = await tx.fetchrow(
        "UPDATE sso_arrivals SET used_at = $2 WHERE ticket = $1 AND used_at IS NULL AND until > $2 "
        "RETURNING account_id, provider",
        ticket,
        now,
    )
    return None if row is None else (row["account_id"], row["provider"])


async def linked(tx: Tx, provider: str, subject: str) -> UUID | None:
    """The account that is linked to a subject."""
    found: UUID | None = await tx.fetchval(
        "SELECT account_id FROM sso_links WHERE provider = $1 AND subject = $2", provider, subject
    )
    return found


async def link(tx: Tx, provider: str, subject: str, account_id: UUID, now: datetime) -> bool:
    """Link a subject to an account; False if either is linked already."""
    done = await tx.fetchval(
        "INSERT INTO sso_links (provider, subject, account_id, made_at) VALUES ($1, $2, $3, $4) "
        "ON CONFLICT DO NOTHING RETURNING true",
        provider,
        subject,
        account_id,
        now,
    )
    return bool(done)


async def candidates(tx: Tx, indexes: Sequence[bytes]) -> list[tuple[UUID, bool, str]]:
    """The enabled accounts of the persons with these identity documents whose holder is known, by an own enrolment or an
    active card: (account, is it an enrolled student's, name). An account that was only offered a card is nobody's (L-01)."""
    rows = await tx.fetch(
        "SELECT a.id, p.name, EXISTS (SELECT FROM students s WHERE s.account_id = a.id AND s.status <> 'left') AS here "
        "FROM accounts a JOIN persons p ON p.id = a.person_id "
        "WHERE p.id_number_index = ANY($1::bytea[]) AND a.disabled_at IS NULL "
        "AND (EXISTS (SELECT FROM students s WHERE s.account_id = a.id) "
        "OR EXISTS (SELECT FROM active_cards c WHERE c.account_id = a.id)) ORDER BY a.id",
        list(indexes),
    )
    return [(row["id"], row["here"], row["name"]) for row in rows]


async def sweep(tx: Tx, before: datetime) -> None:
    """Delete old rows."""
    await tx.execute("DELETE FROM sso_arrivals WHERE until < $1", before)
