"""One-time passwords: whether their giver still has the right, and what they activate (L-01, L-11)."""

from datetime import datetime

from servicekit.db import Tx
from servicekit.refusals import Refusal

from identity.actions import roles
from identity.deps import IdentityDeps
from identity.domain.account_scope import HeldCard
from identity.domain.grants import Issuer
from identity.store import audit, cards, one_time_passwords
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow
from identity.store.cards import Card
from identity.store.one_time_passwords import OneTimePassword


async def issuer_lost_right(
    deps: IdentityDeps, tx: Tx, issuer: Issuer | None, account: Account, *, suspends: bool = False, slip: bool = False
) -> bool:
    """May the giver of a password or code no longer help with the account?"""
    if issuer is None:
        return False
    if await one_time_passwords.issuer_ended(tx, issuer.card_id):
        return True
    scope = (await roles.account_scopes(deps, tx, [account.id]))[account.id]
    can = await roles.capabilities(deps, tx, issuer.role, issuer.path)
    return not issuer.still_may_help(scope, can, suspends=suspends, slip=slip)


def require_unended(given: OneTimePassword, now: datetime) -> None:
    """Say to whoever knows the password why it is none any more."""
    match given.ended_by:
        case "used":
            raise Refusal("one_time_used", rule="JX-01")
        case "replaced":
            raise Refusal("one_time_replaced", rule="L-11")
        case "withdrawn":
            raise Refusal("one_time_void", rule="L-11")
    if given.until <= now:
        raise Refusal("one_time_expired", rule="JX-01")


async def provable(deps: IdentityDeps, tx: Tx, account: Account, given: OneTimePassword) -> list[Card]:
    """The offered and suspended staff cards that this password proves: those that its giver may still grant."""
    if given.issuer is None or await one_time_passwords.issuer_ended(tx, given.issuer.card_id):
        return []
    issuer = given.issuer
    pending = await cards.pending(tx, account.id)
    held = await roles.with_granters(deps, tx, [_held(card) for card in pending])
    return [card for card, as_held in zip(pending, held, strict=True) if issuer.may_activate(as_held)]


async def activate(tx: Tx, account: Account, found: list[Card], at: datetime, client: str) -> None:
    """Activate these cards, with an audit row for each."""
    await cards.activate(tx, [card.id for card in found], at)
    rows = [
        NewAuditRow(
            "card_activated", account.id, None, str(card.id), client, {"role": card.role, "was": card.state}, (card.path,)
        )
        for card in found
    ]
    await audit.add(tx, at, rows)


def _held(card: Card) -> HeldCard:
    return HeldCard(card.id, card.account_id, card.role, card.path, card.student_id)
