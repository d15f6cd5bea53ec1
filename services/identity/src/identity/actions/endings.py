"""The end of sessions: what was signed before is refused, here at once and everywhere within a minute."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.identity import CardRevokedV1
from servicekit import outbox
from servicekit.auth import note_revoked
from servicekit.db import Tx

from identity.store import sessions


async def end_sessions(tx: Tx, account_id: UUID, at: datetime, why: str) -> int:
    """All families of the account are over, and its tokens signed before `at` count nowhere. Returns how many there were."""
    ended = await sessions.end_all(tx, account_id, at, why)
    await renew_tokens(tx, [(account_id, account_id)], at, why)
    return ended


async def renew_tokens(tx: Tx, cards: Sequence[tuple[UUID, UUID]], at: datetime, why: str) -> None:
    """Tokens of these (card, account) pairs signed before `at` count no longer; sessions go on and sign new ones."""
    for card_id, _ in cards:
        await note_revoked(tx, card_id, at)
    await outbox.add(tx, *(CardRevokedV1(card_id=card, account_id=account, at=at, reason=why) for card, account in cards))
