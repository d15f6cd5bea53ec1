"""Looking at what others share, and sharing (CS-04)."""

from dataclasses import replace
from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import locked, rules_shown
from records.deps import RecordsDeps
from records.domain import sharing
from records.domain.record import Record
from records.domain.rules import Rules
from records.store.shared import Circle


async def page(
    deps: RecordsDeps, actor: Actor, circle: Circle, path: str | None, term_id: UUID | None, before: UUID | None, limit: int
) -> list[tuple[Rules, Record]]:
    """What is shared with the card's class or school, newest first."""
    place = sharing.place_of(actor, circle, path)
    if place is None:
        return []
    async with deps.db.reading() as tx:
        found = await store.shared.page(tx, circle, place, term_id, before, limit)
        rules = await rules_shown(deps, tx, found)
    return [(rules[record.term_id], record) for record in found]


async def address(deps: RecordsDeps, actor: Actor, record_id: UUID, file_id: UUID, preview: bool) -> str:
    """A short-lived address of the public copy of a file of a shared record."""
    async with deps.db.reading() as tx:
        record = await store.records.get(tx, record_id)
    require(record is not None and sharing.may_look(record, actor), "not_found")
    assert record is not None
    file = next((file for file in record.evidence if file.evidence_id == file_id), None)
    key = (file.preview_key if preview else file.public_key) if file else None
    if file is None or key is None:
        raise Refusal("not_found")
    media_type = "image/jpeg" if preview else file.media_type
    return deps.storage.address(deps.settings.public_bucket, key, file.name, media_type, inline=preview)


async def share(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, visibility: sharing.Visibility
) -> tuple[Rules, Record]:
    """Show a record to the class or the school, or to nobody else."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        line = sharing.share(rules, record, actor, visibility, deps.now())
        await store.shared.set_visibility(tx, record_id, visibility)
        await store.records.add_history(tx, [line])
    return rules, replace(record, visibility=visibility)
