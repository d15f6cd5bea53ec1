"""Applying an import, chunk by chunk, and undoing it (JX-05, JX-06, X-12)."""

from contracts.importer import BatchUndoneV1, RecordsCommittedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import find_students

from records import store
from records.actions.common import save, save_many
from records.deps import RecordsDeps
from records.domain import imports


async def apply_import(deps: RecordsDeps, tx: Tx, event: RecordsCommittedV1) -> None:
    """Apply the imported rows of a chunk, unless the import was undone (JX-06)."""
    if event.term_id is None or await store.imports.is_undone(tx, event.batch_id):
        return
    term = await deps.directory.term(tx, event.term_id)
    ids = {row.student_id for row in event.rows if row.student_id}
    known = await find_students(tx, ids)
    if term is None or len(known) < len(ids):
        raise RetryLater
    kind, rows, problems = imports.validate_rows(term, event, known)
    existing = await store.imports.lock_imported(tx, term.id, kind.id, {row.identity for row in rows})
    applied = imports.apply_import(term, event, kind, rows, problems, existing, deps.now())
    await save(tx, term, *applied.new, *applied.changed)
    await outbox.add(
        tx,
        RecordsBatchAppliedV1(
            batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, created=len(applied.new),
            changed=len(applied.changed), unchanged=applied.unchanged, problems=tuple(applied.problems),
        ),
    )  # fmt: skip


async def undo_import(deps: RecordsDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Undo the import: void or restore the records that nobody confirmed, and report the others (X-12)."""
    if event.target != "records":
        return
    await store.imports.add_undone(tx, event.batch_id, event.reason)
    records = await store.imports.lock_batch(tx, event.batch_id)
    terms = await deps.directory.terms(tx, {record.term_id for record in records})
    undone_batches = await store.imports.undone_batches(tx, imports.earlier_batches(records))
    result = imports.undo_import(terms, event, records, undone_batches, deps.now())
    await save_many(tx, [(terms[change.record.term_id], change) for change in result.changes])
    kept = tuple(result.kept)
    await outbox.add(
        tx,
        RecordsBatchRevertedV1(batch_id=event.batch_id, removed=result.removed, restored=result.restored, kept=kept),
    )
