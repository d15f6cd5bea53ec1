"""Taking in an imported batch chunk by chunk, and taking it back (JX-05, JX-06, X-12)."""

from contracts.importer import BatchUndoneV1, RecordsCommittedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import find_students

from records import store
from records.actions.common import keep_many, keep_new, rules_for
from records.deps import RecordsDeps
from records.domain import batch


async def take_in(deps: RecordsDeps, tx: Tx, event: RecordsCommittedV1) -> None:
    """One chunk: some hundreds of rows, a handful of statements. A chunk of an undone batch is not taken in."""
    if event.term_id is None or await store.batches.is_undone(tx, event.batch_id):
        return
    rules = await deps.directory.term(tx, event.term_id)
    ids = [row.student_id for row in event.rows if row.student_id]
    known = await find_students(tx, ids)
    if rules is None or len(known) < len(set(ids)):
        raise RetryLater
    kind, rows, problems = batch.judge(rules, event, known)
    there = await store.batches.imported(tx, rules.id, kind.id, [row.place for row in rows])
    done = batch.take_in(rules, event, kind, rows, problems, there, deps.now())
    await keep_new(tx, rules, *done.new)
    await keep_many(tx, [(rules, change) for change in done.changed])
    await outbox.add(
        tx,
        RecordsBatchAppliedV1(
            batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, created=len(done.new),
            changed=len(done.changed), unchanged=done.unchanged, problems=tuple(done.problems),
        ),
    )  # fmt: skip


async def take_back(deps: RecordsDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Void what nobody confirmed, restore what it changed, and say what stays."""
    await store.batches.note_undone(tx, event.batch_id, event.reason)
    made = await store.batches.of_batch(tx, event.batch_id)
    rules = await rules_for(deps, tx, made)
    undone = await store.batches.undone(tx, batch.earlier(made))
    done = batch.take_back(rules, event, made, undone, deps.now())
    await keep_many(tx, [(rules[change.record.term_id], change) for change in done.changes])
    told = RecordsBatchRevertedV1(batch_id=event.batch_id, removed=done.removed, restored=done.restored, kept=tuple(done.kept))
    await outbox.add(tx, told)
