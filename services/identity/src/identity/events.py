"""Events that identity hears."""

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
    """A roster's chunk that passed every check."""
    await roster.take_in(deps, tx, event)


@on_event(CardRevokedV1)
async def on_card_revoked(_deps: IdentityDeps, tx: Tx, event: CardRevokedV1) -> None:
    """Our own event, heard like everybody hears it (another process of identity may have said it)."""
    await note_revoked(tx, event.card_id, event.at)
