"""Sharing records with the class or the school, and reading shared ones (CS-04)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.files import StoredObject, neutrally_named
from servicekit.refusals import Refusal

from records import store
from records.actions.common import lock_record, need_found, save, terms_to_show
from records.deps import RecordsDeps
from records.domain import sharing
from records.domain.record import Record, Visibility
from records.domain.sharing import Feed
from records.domain.term import Term


async def page(
    deps: RecordsDeps, actor: Actor, feed: Feed, path: str | None, term_id: UUID | None, before: UUID | None, limit: int
) -> list[tuple[Term, Record]]:
    """The card's own growth records, or those shared with its class or school, newest first."""
    if feed == "own":
        async with deps.db.reading() as tx:
            records = await store.shared.own(tx, actor.students, term_id, before, limit)
            terms = await terms_to_show(deps, tx, records)
        return [(terms[record.term_id], record) for record in records]
    org_path = sharing.circle_path(actor, feed, path)
    if org_path is None:
        return []
    async with deps.db.reading() as tx:
        records = await store.shared.page(tx, feed, org_path, term_id, before, limit)
        terms = await terms_to_show(deps, tx, records)
    return [(terms[record.term_id], record) for record in records]


async def find_file(deps: RecordsDeps, actor: Actor, record_id: UUID, file_id: UUID, preview: bool = False) -> StoredObject:
    """The public copy of a file of a shared record, or its small picture."""
    async with deps.db.reading() as tx:
        record = need_found(await store.records.get(tx, record_id))
    file = need_found(next((file for file in neutrally_named(record.evidence) if file.evidence_id == file_id), None))
    key = file.preview_key if preview else file.public_key
    if key is None or not sharing.may_see_shared(record, actor):
        raise Refusal("not_found")
    await deps.files.clean_now(file_id)  # nothing to do, unless an earlier release stored it
    media_type = "image/jpeg" if preview else file.media_type
    return StoredObject(deps.settings.public_bucket, key, file.name, media_type, inline=preview)


async def share(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, visibility: Visibility
) -> tuple[Term, Record]:
    """Show a record to the class or the school, or to nobody else."""
    async with deps.db.transaction() as tx:
        term, record = await lock_record(deps, tx, actor, record_id, seen)
        change = sharing.share(term, record, actor, visibility, deps.now())
        await save(tx, term, change)
    return term, change.record
