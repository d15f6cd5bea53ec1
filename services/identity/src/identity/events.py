"""Facts that identity hears."""

from contracts.identity import CardRevokedV1
from contracts.importer import RosterCommittedV1
from servicekit.auth import note_revoked
from servicekit.bus import Hears
from servicekit.db import Tx

from identity.actions import roster
from identity.deps import IdentityDeps

hears = Hears()


@hears(RosterCommittedV1)
async def on_batch_committed(deps: IdentityDeps, tx: Tx, fact: RosterCommittedV1) -> None:
    """A roster's chunk that passed every check."""
    await roster.take_in(deps, tx, fact)


@hears(CardRevokedV1)
async def on_card_revoked(_deps: IdentityDeps, tx: Tx, fact: CardRevokedV1) -> None:
    """Our own fact, heard like everybody hears it (another process of identity may have said it)."""
    await note_revoked(tx, fact.card_id, fact.at)
