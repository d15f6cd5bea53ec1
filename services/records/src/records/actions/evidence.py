"""Evidence: offered, uploaded straight to storage, checked, and looked at by who may see its record (JX-03)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.files import Accepted, Offer, OfferView
from servicekit.refusals import Refusal, require

from records import store
from records.deps import RecordsDeps
from records.domain.sight import need_sight


async def offer(deps: RecordsDeps, actor: Actor, wanted: Offer) -> OfferView:
    """A place to upload one file to."""
    return await deps.files.offer(actor.account_id, wanted)


async def accept(deps: RecordsDeps, actor: Actor, file_id: UUID) -> Accepted:
    """Check what was uploaded."""
    return await deps.files.accept(actor.account_id, file_id)


async def address(deps: RecordsDeps, actor: Actor, file_id: UUID) -> str:
    """A short-lived address of a file: its uploader's, or proof of a record the card may see."""
    async with deps.db.reading() as tx:
        file = await store.files.get(tx, file_id)
        if file is None:
            raise Refusal("not_found")
        if file.record_id is None:
            require(file.owner_id == actor.account_id, "not_found")
        else:
            need_sight(await store.records.get(tx, file.record_id), actor)
    return deps.storage.address(file.bucket, file.key, file.name, file.media_type)
