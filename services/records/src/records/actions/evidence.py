"""Evidence: who may download a file, and the jobs that clean up storage (JX-03). The kit's `Files` does the uploads."""

from datetime import timedelta
from typing import Any
from uuid import UUID

from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import StoredObject, compare
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import find_record, need_found
from records.deps import RecordsDeps
from records.store.files import StoredFile

SWEEP = "sweep_files"
"""The job that removes unused evidence."""
AUDIT = "audit_files"
"""The job that compares a bucket (its key) with the rows, step by step."""


async def find(deps: RecordsDeps, actor: Actor, file_id: UUID, preview: bool = False, original: bool = False) -> StoredObject:
    """A file that the card uploaded, or that proves a record which the card may see (L-16).

    It is the clean copy. `preview`: its small picture; `original`: the upload, only where that is signed or sealed;
    `not_found` if the file has none.
    """
    file = await _visible(deps, actor, file_id)
    if not file.cleaned:  # stored by an earlier release
        await deps.files.clean_now(file_id)
        file = await _visible(deps, actor, file_id)
    if original:
        if file.proof_key is None:
            raise Refusal("not_found")
        return StoredObject(file.bucket, file.proof_key, file.name, file.media_type)
    if not preview:
        return StoredObject(file.bucket, file.object_key, file.name, file.media_type)
    if file.preview_key is None:
        raise Refusal("not_found")
    public = deps.settings.public_bucket
    return StoredObject(public, file.preview_key, f"{file.name}.jpg", "image/jpeg", inline=True)


async def _visible(deps: RecordsDeps, actor: Actor, file_id: UUID) -> StoredFile:
    async with deps.db.reading() as tx:
        file = need_found(await store.files.get(tx, file_id))
        if file.record_id is None:
            require(file.owner_id == actor.account_id, "not_found")
        else:
            await find_record(deps, tx, actor, file.record_id)
    return file


async def plan_upkeep(deps: RecordsDeps) -> None:
    """Schedule sweeping every minute and comparing storage with rows every day. May be called repeatedly."""
    async with deps.db.transaction() as tx:
        await jobs.repeat(tx, SWEEP, "", timedelta(minutes=1))
        for bucket in (deps.settings.evidence_bucket, deps.settings.public_bucket):
            await jobs.repeat(tx, AUDIT, bucket, timedelta(days=1))


async def sweep(deps: RecordsDeps, _: Tx, _key: str, _payload: dict[str, Any]) -> None:
    """Remove evidence that was not attached for a day, or that its record released (JX-03)."""
    await deps.files.sweep()


async def audit(deps: RecordsDeps, tx: Tx, bucket: str, payload: dict[str, Any]) -> None:
    """Remove objects without a row and report rows without an object: one step, then schedule the next (JX-03)."""
    compared = await compare(deps.files, bucket, payload.get("after", ""))
    if compared.after is not None:
        await jobs.schedule(tx, deps.now(), AUDIT, bucket, {"after": compared.after})
