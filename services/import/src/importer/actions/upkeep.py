"""Chores: what is no longer needed goes. Uploads at once after the check, answers after two weeks, rows after 90 days."""

from datetime import timedelta

from importer.deps import ImportDeps
from importer.store import batches

ANSWERS, ROWS = timedelta(days=14), timedelta(days=90)
_AT_ONCE = 200


async def sweep_files(deps: ImportDeps) -> None:
    """Uploads that nothing holds go."""
    await deps.files.sweep()


async def sweep_answers(deps: ImportDeps) -> None:
    """Answer workbooks go: first the bytes, then the mention of them."""
    async with deps.db.reading() as tx:
        old = await batches.old_answers(tx, deps.now() - ANSWERS, _AT_ONCE)
    for batch_id, key in old:
        await deps.storage.remove(deps.bucket, key)
        async with deps.db.reading() as tx:
            await batches.drop_answer(tx, batch_id)


async def purge_rows(deps: ImportDeps) -> None:
    """Rows and findings of old batches go; that there was a batch, and its counts, stays."""
    async with deps.db.transaction() as tx:
        await batches.purge_rows(tx, deps.now() - ROWS)
