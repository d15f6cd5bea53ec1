"""Staff cards: offered to the account that has the phone number, active at once where the organisation knows its holder."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.base import ancestor
from servicekit.db import Tx

from identity.actions.account_changes import tell_offered
from identity.domain.changed_by import ChangedBy
from identity.store import audit, cards
from identity.store.audit import NewAuditRow
from identity.store.cards import NewCard


async def offer_staff_cards(tx: Tx, new: Sequence[NewCard], at: datetime, by: ChangedBy) -> list[tuple[UUID, NewCard]]:
    """Insert the staff cards that do not exist yet; returns those with their ids (`offered` says how they were inserted).

    A card is only offered (L-01): it gives no right until its holder proves it with the password of a slip or of the answer
    of `POST /staff`. Where the account already has an active staff card of the same school (or unit above), its holder was
    proved to this organisation, and the card is active at once. Writes an audit row for each and tells holders who have a
    password. For rosters and `POST /staff`: the accounts exist already.
    """
    proved = await cards.staff_of(tx, [card.account_id for card in new])
    wanted = [replace(card, offered=(card.account_id, ancestor(card.path or "", "school")) not in proved) for card in new]
    added = await cards.add(tx, wanted)
    rows = [
        NewAuditRow(
            "card_given",
            by.account_id,
            card if by.card_id is None else by.card_id,
            str(new.account_id),
            by.client,
            {"role": new.role, "card": str(card), "offered": new.offered},
            (new.path or "",),
        )
        for card, new in added
    ]
    await audit.add(tx, at, rows)
    await tell_offered(tx, [card.account_id for _, card in added], at, by)
    return added
