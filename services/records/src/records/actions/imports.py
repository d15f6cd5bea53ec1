"""Checking and applying an import, chunk by chunk, and undoing it (JX-05, JX-06, X-12, L-10)."""

from collections.abc import Awaitable, Callable, Collection
from uuid import UUID

from contracts.base import fingerprint
from contracts.importer import BatchChunk, BatchUndoneV1, RecordsCheckRequestedV1, RecordsCommittedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1, RecordsBatchRevertedV1
from scheme.quotas import QuotaEntry
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import find_students, opted_out

from records import store
from records.actions.common import save, save_many
from records.actions.switches import freeze_switches
from records.deps import RecordsDeps
from records.domain import imports
from records.domain.locking import closing
from records.domain.quotas import COUNTED, has_quota, shared_kinds
from records.domain.record import Record
from records.domain.term import Term

type FindImported = Callable[[Tx, UUID, str, Collection[tuple[UUID, str]]], Awaitable[list[Record]]]


async def check_import(deps: RecordsDeps, tx: Tx, event: RecordsCheckRequestedV1) -> None:
    """Answer what committing this chunk would do now; changes nothing (L-10)."""
    if event.term_id is None:
        return
    _, plan = await _plan(deps, tx, event, event.term_id, store.imports.find_imported)
    rows = tuple(plan.rows[row.row] for row in event.rows)
    answer = RecordsBatchCheckedV1(
        batch_id=event.batch_id, attempt=event.attempt, chunk=event.chunk, chunks=event.chunks, created=len(plan.new),
        changed=len(plan.changed), unchanged=plan.unchanged, problems=tuple(plan.problems), rows=rows,
        counts={"values_cleared": plan.cleared} if plan.cleared else {},
        fingerprint=fingerprint(*(row.model_dump() for row in rows)),
    )  # fmt: skip
    await outbox.add(tx, answer)


async def apply_import(deps: RecordsDeps, tx: Tx, event: RecordsCommittedV1) -> None:
    """Apply the imported rows of a chunk, unless the import was undone (JX-06)."""
    if event.term_id is None or await store.imports.is_undone(tx, event.batch_id):
        return
    term, plan = await _plan(deps, tx, event, event.term_id, store.imports.lock_imported, freezes=True)
    await save(tx, term, *plan.new, *plan.changed)
    await outbox.add(
        tx,
        RecordsBatchAppliedV1(
            batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, created=len(plan.new),
            changed=len(plan.changed), unchanged=plan.unchanged, problems=tuple(plan.problems),
        ),
    )  # fmt: skip


async def _plan(
    deps: RecordsDeps, tx: Tx, event: BatchChunk, term_id: UUID, find_records: FindImported, *, freezes: bool = False
) -> tuple[Term, imports.ImportPlan]:
    """What the chunk does; waits for terms and students that records does not know yet."""
    term = await deps.directory.term(tx, term_id)
    ids = {row.student_id for row in event.rows if row.student_id}
    known = await find_students(tx, ids)
    if term is None or len(known) < len(ids):
        raise RetryLater
    out = await opted_out(tx, term.id, ids) if term.scheme.participation is not None else frozenset[UUID]()
    paths = {student.path for student in known.values()}
    locked = await store.locks.locked(tx, term.id, paths) if closing(term) else {}
    kind, rows, problems = imports.read_rows(term, event, known, out, locked)
    term = await freeze_switches(deps, tx, term, kind.id) if freezes else term
    existing = await find_records(tx, term.id, kind.id, {row.identity for row in rows if row.key is not None})
    used: dict[UUID, dict[str, int]] = {}
    if has_quota(kind):
        students = {row.student.id for row in rows}
        used = await store.records.used_of_many(tx, students, kind.id, term.id, term.school_year, COUNTED)
    entries: dict[UUID, list[QuotaEntry]] = {}
    if sharing := shared_kinds(term.scheme, [kind.id]):
        students = {row.student.id for row in rows}
        entries = await store.records.quota_entries(tx, students, sharing, COUNTED, lock=freezes)
    return term, imports.plan_import(term, event, kind, rows, problems, existing, deps.now(), used, entries)


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
