"""Chores that delete what is no longer needed, and the encryption of old registry numbers at start."""

from datetime import timedelta

from importer.deps import ImportDeps
from importer.store import answers, batches, reference_data

ANSWERS, ROWS = timedelta(days=14), timedelta(days=90)
"""How long answer workbooks and rows are stored."""
_ANSWERS_AT_ONCE, _NUMBERS_AT_ONCE = 200, 500


async def sweep_files(deps: ImportDeps) -> None:
    """Delete uploads that no batch uses: each is released when its check ends."""
    await deps.files.sweep()


async def sweep_answers(deps: ImportDeps) -> None:
    """Delete old answer workbooks: first the file, then its key."""
    async with deps.db.reading() as tx:
        old = await batches.old_answers(tx, deps.now() - ANSWERS, _ANSWERS_AT_ONCE)
    for batch_id, key in old:
        await deps.storage.remove(deps.bucket, key)
        async with deps.db.reading() as tx:
            await batches.drop_answer(tx, batch_id)


async def purge_rows(deps: ImportDeps) -> None:
    """Delete rows and findings of old batches; the batch and its counts stay."""
    async with deps.db.transaction() as tx:
        await batches.purge_rows(tx, deps.now() - ROWS)
        await answers.purge(tx, deps.now() - ROWS)


async def seal_open_numbers(deps: ImportDeps) -> int:
    """Encrypt registry numbers stored in plain text before ADR 5, some hundreds in a transaction; returns how many."""
    done = 0
    while True:
        async with deps.db.transaction() as tx:
            found = await reference_data.unsealed(tx, _NUMBERS_AT_ONCE)
            await reference_data.save_numbers(tx, [(i, *deps.registry.sealed(i, number)) for i, number in found])
        done += len(found)
        if len(found) < _NUMBERS_AT_ONCE:
            return done
