"""Evidence: offered, uploaded straight to storage, checked, and looked at by who may see its record (JX-03)."""

from datetime import timedelta
from uuid import UUID

from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import Accepted, Offer, OfferView, compare
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import looked_at
from records.deps import RecordsDeps

SWEEP = "sweep_files"
"""The due row that removes evidence nothing holds."""
AUDIT = "audit_files"
"""The due row that compares a bucket (its key) with the rows, step by step."""


async def offer(deps: RecordsDeps, actor: Actor, wanted: Offer) -> OfferView:
    """A place to upload one file to."""
    return await deps.files.offer(actor.account_id, wanted)


async def accept(deps: RecordsDeps, actor: Actor, file_id: UUID) -> Accepted:
    """Check what was uploaded."""
    return await deps.files.accept(actor.account_id, file_id)


async def address(deps: RecordsDeps, actor: Actor, file_id: UUID, preview: bool) -> str:
    """A short-lived address of a file: its uploader's, or proof of a record the card may see.

    `preview`: of the small picture; `not_found` where the file has none.
    """
    async with deps.db.reading() as tx:
        file = await store.files.get(tx, file_id)
        if file is None:
            raise Refusal("not_found")
        if file.record_id is None:
            require(file.owner_id == actor.account_id, "not_found")
        else:
            await looked_at(tx, actor, file.record_id)
    if preview:
        require(file.preview_key is not None, "not_found")
        assert file.preview_key is not None
        public = deps.settings.public_bucket
        return deps.storage.address(public, file.preview_key, f"{file.name}.jpg", "image/jpeg", inline=True)
    return deps.storage.address(file.bucket, file.key, file.name, file.media_type)


async def plan_upkeep(deps: RecordsDeps) -> None:
    """See that sweeping (every minute) and comparing storage with rows (every day) are due again; said often, done once."""
    async with deps.db.transaction() as tx:
        await jobs.repeat(tx, SWEEP, "", timedelta(minutes=1))
        for bucket in (deps.settings.evidence_bucket, deps.settings.public_bucket):
            await jobs.repeat(tx, AUDIT, bucket, timedelta(days=1))


async def sweep(deps: RecordsDeps) -> None:
    """Evidence that nothing holds goes: never attached for a day, or let go of by its record."""
    await deps.files.sweep()


async def audit(deps: RecordsDeps, tx: Tx, bucket: str, after: str) -> None:
    """Objects that no row knows of go; rows whose object is missing are reported. One step, and the next is due."""
    looked = await compare(deps.files, bucket, after)
    if looked.after is not None:
        await jobs.schedule(tx, deps.now(), AUDIT, bucket, {"after": looked.after})
