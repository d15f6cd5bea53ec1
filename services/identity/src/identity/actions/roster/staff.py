"""The staff cards that a roster offers (L-01)."""

from identity.actions import education_ids
from identity.actions.roster.write_context import WriteContext
from identity.actions.staff_offers import offer_staff_cards
from identity.domain.changed_by import ChangedBy
from identity.store import education_ids as store
from identity.store.cards import NewCard


async def offer_cards(w: WriteContext) -> None:
    """Offer the plan's new staff cards; the holder proves them with a slip of this school."""
    wanted = {(c.phone, c.role, c.path): c for c in w.plan.cards if c.new}
    new = [NewCard(*w.account_ids[phone], role, path=path) for phone, role, path in wanted]
    rows = {(w.account_ids[c.phone][0], c.role, c.path): c.row for c in wanted.values()}
    added = await offer_staff_cards(w.tx, new, w.now, ChangedBy(w.batch.account_id, None, w.batch.path))
    named = {w.account_ids[s.phone][0]: s.education_id for s in w.plan.accounts.values() if s.education_id is not None}
    await store.give(w.tx, list(named.items()))
    offered = [account_id for phone, _, _ in wanted for account_id in [w.account_ids[phone][0]]]
    await education_ids.give_to_staff(w.deps, w.tx, offered, w.batch.path)
    for card_id, card in added:
        w.note(
            rows[card.account_id, card.role, card.path or ""], "card_offered", account_id=card.account_id, path=card.path,
            after={"card_id": str(card_id), "role": card.role},
        )  # fmt: skip
