"""Ending sessions, revoking and suspending cards: in this service at once, in all services within a minute.

Every revoked or suspended card gets an audit row (subject: the card's id), and its holder is told (L-01).
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.identity import AccountChange, CardRevokedV1
from servicekit import outbox
from servicekit.auth import note_revoked
from servicekit.db import Tx

from identity.actions.account_changes import tell_holders
from identity.domain.account_scope import HeldCard
from identity.domain.changed_by import ChangedBy
from identity.store import audit, cards, sessions, students
from identity.store.audit import NewAuditRow


async def end_sessions(tx: Tx, account_id: UUID, at: datetime, why: str) -> int:
    """End all sessions of the account and revoke its tokens. Returns how many sessions there were."""
    ended = await sessions.end_all(tx, account_id, at, why)
    await revoke_tokens(tx, [(account_id, account_id)], at, why)
    return ended


async def end_session(tx: Tx, session_id: UUID, account_id: UUID, at: datetime, why: str) -> None:
    """End one session and revoke its tokens, with the streams that use them (L-19)."""
    await sessions.end(tx, session_id, at, why)
    await revoke_tokens(tx, [(session_id, account_id)], at, why)


async def revoke_tokens(tx: Tx, cards: Sequence[tuple[UUID, UUID]], at: datetime, why: str) -> None:
    """Revoke the tokens of these (card, account) pairs that were issued before `at`; the sessions go on. Instead of a card
    it may be an account (all its tokens) or a session."""
    for card_id, _ in cards:
        await note_revoked(tx, card_id, at)
    await outbox.add(tx, *(CardRevokedV1(card_id=card, account_id=account, at=at, reason=why) for card, account in cards))


async def revoke_cards(
    tx: Tx, held: Sequence[HeldCard], at: datetime, reason: str, by: ChangedBy, what: AccountChange = "card_revoked"
) -> None:
    """Revoke these cards for ever: tokens, audit row and notice for each."""
    await cards.revoke(tx, [card.id for card in held], at, reason)
    await _ended(tx, held, at, reason, by, "card_revoked")
    await tell_holders(tx, [card.account_id for card in held], what, at, by)


async def suspend_cards(tx: Tx, held: Sequence[HeldCard], at: datetime, reason: str, by: ChangedBy) -> None:
    """Suspend these cards until their holder proves them again (L-01): tokens, audit row and notice for each. The audit row
    is for the administrators of the card's own organisation, too."""
    await cards.suspend(tx, [card.id for card in held], at)
    await _ended(tx, held, at, reason, by, "card_suspended")
    await tell_holders(tx, [card.account_id for card in held], "card_suspended", at, by)


async def _ended(tx: Tx, held: Sequence[HeldCard], at: datetime, reason: str, by: ChangedBy, what: str) -> None:
    await revoke_tokens(tx, [(card.id, card.account_id) for card in held if card.id is not None], at, reason)
    rows = [
        NewAuditRow(
            what,
            by.account_id,
            by.card_id,
            str(card.id),
            by.client,
            {"reason": reason, "role": card.role, "account": str(card.account_id)},
            (card.path,),
        )
        for card in held
    ]
    await audit.add(tx, at, rows)


async def revoke_guardian_cards(
    tx: Tx, pairs: Sequence[tuple[UUID, UUID]], at: datetime, by: ChangedBy, reason: str = "guardian_removed"
) -> int:
    """Remove guardians explicitly (L-09): `pairs` are (account, student). Marks the guardianships as removed, revokes the
    cards that were taken, writes an audit row for each guardianship (subject: the student) and each card, and tells the
    holders. Returns how many people lose access now: cards that were active or suspended.

    For rosters: `ChangedBy(batch.account_id, None, batch.path)`.
    """
    if not pairs:
        return 0
    path_of = {student.id: student.path for student in await students.by_ids(tx, [student for _, student in pairs])}
    await students.remove_guardians(tx, pairs, at)
    held = await cards.of_guardians(tx, pairs)
    await cards.revoke(tx, [card.id for card in held], at, reason)
    await _ended(tx, held, at, reason, by, "card_revoked")
    rows = [
        NewAuditRow(
            "guardian_removed",
            by.account_id,
            by.card_id,
            str(student),
            by.client,
            {"reason": reason, "account": str(account)},
            (path_of[student],),
        )
        for account, student in pairs
    ]
    await audit.add(tx, at, rows)
    await tell_holders(tx, [account for account, _ in pairs], "guardian_removed", at, by)
    return len(held)
