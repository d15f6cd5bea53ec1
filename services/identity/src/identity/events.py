"""The events that identity consumes."""

from contracts.identity import CardRevokedV1
from contracts.importer import RosterCommittedV1
from servicekit.auth import note_revoked
from servicekit.bus import EventHandlers
from servicekit.db import Tx

from identity.actions import roster
from identity.deps import IdentityDeps

on_event = EventHandlers()


@on_event(RosterCommittedV1)
async def on_batch_committed(deps: IdentityDeps, tx: Tx, event: RosterCommittedV1) -> None:
    """Apply one chunk of a roster import that passed all checks (X-12)."""
    await roster.apply_roster(deps, tx, event)


@on_event(CardRevokedV1)
async def on_card_revoked(_deps: IdentityDeps, tx: Tx, event: CardRevokedV1) -> None:
    """Refuse the card's tokens in this process too: the event may come from another process of identity."""
    await note_revoked(tx, event.card_id, event.at)
