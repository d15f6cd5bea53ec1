"""Ending sessions and revoking access tokens: in this service at once, in all services within a minute."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.auth import note_revoked
from servicekit.db import Tx

from identity.store import sessions


async def end_sessions(tx: Tx, account_id: UUID, at: datetime, why: str) -> int:
    """End all sessions of the account and revoke its tokens. Returns how many sessions there were."""
    ended = await sessions.end_all(tx, account_id, at, why)
    await revoke_tokens(tx, [(account_id, account_id)], at, why)
    return ended


async def revoke_tokens(tx: Tx, cards: Sequence[tuple[UUID, UUID]], at: datetime, why: str) -> None:
    """Revoke the tokens of these (card, account) pairs that were issued before `at`; the sessions go on."""
    for card_id, _ in cards:
        await note_revoked(tx, card_id, at)
    await outbox.add(tx, *(CardRevokedV1(card_id=card, account_id=account, at=at, reason=why) for card, account in cards))
