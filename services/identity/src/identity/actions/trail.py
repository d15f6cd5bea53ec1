"""Reading the audit trail."""

from dataclasses import dataclass
from uuid import UUID

from servicekit.auth import Actor

from identity.deps import IdentityDeps
from identity.store import audit
from identity.store.audit import Entry, Note


@dataclass(frozen=True)
class Asked:
    """Which part of the trail; None: all of it."""

    path: str | None
    what: str | None
    account_id: UUID | None
    subject: str | None
    before: UUID | None


async def listed(deps: IdentityDeps, actor: Actor, asked: Asked, limit: int, client: str) -> list[Entry]:
    """What was done at and below a place of the actor's, newest first. The first page leaves a row of its own."""
    place = actor.path if asked.path is None else asked.path
    actor.need(place)
    async with deps.db.transaction() as tx:
        found = await audit.listed(tx, place, asked.what, asked.account_id, asked.subject, asked.before, limit)
        if asked.before is None:
            detail = {"what": asked.what, "account_id": asked.account_id, "subject": asked.subject}
            note = Note("audit_read", actor.account_id, actor.card_id, place, client, detail, (place,))
            await audit.write(tx, deps.now(), [note])
    return found
