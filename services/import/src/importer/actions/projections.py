"""Effects of other services' events: registry numbers stored, chunks counted, undone imports recorded."""

from collections.abc import Sequence
from uuid import UUID

from contracts.base import BatchApplied, BatchChecked, BatchReverted, RowProblem
from contracts.identity import Enrolment
from servicekit import jobs, log
from servicekit.db import Tx

from importer import domain
from importer.actions import asking
from importer.actions.asking import UNANSWERED
from importer.deps import ImportDeps
from importer.domain import Batch, State
from importer.store import batches, reference_data

_log = log.get(__name__)


async def save_numbers(deps: ImportDeps, tx: Tx, enrolments: Sequence[Enrolment]) -> None:
    """Store the sealed registry numbers of students who are new or changed."""
    await reference_data.save_numbers(tx, [deps.registry.sealed_of(enrolment) for enrolment in enrolments])


async def chunk_applied(deps: ImportDeps, tx: Tx, event: BatchApplied) -> None:
    """Count a chunk of a batch as applied: once, and only from the service to which it was sent (X-12)."""
    batch = await _locked(tx, event)
    if batch is None or not await batches.note_chunk(tx, batch.id, event.chunk):
        return
    after = domain.count_chunk(batch, event, deps.now())
    await batches.save(tx, after)
    await _add_problems(tx, batch.id, event.problems)
    if after.state == State.APPLIED:
        await asking.tell(tx, after)
        await jobs.cancel(tx, UNANSWERED, str(batch.id))


async def batch_checked(deps: ImportDeps, tx: Tx, event: BatchChecked) -> None:
    """The receiving service answered what committing a chunk would do (L-10)."""
    if (batch := await _locked(tx, event)) is not None:
        await asking.answered(deps, tx, batch, event)


async def import_undone(tx: Tx, event: BatchReverted) -> None:
    """A service undid an import; rows that were used already stay, and are shown with the reason (X-12, L-10)."""
    if (batch := await _locked(tx, event)) is not None:
        await batches.save(tx, domain.note_undo_result(batch, event))
        await _add_problems(tx, batch.id, event.kept)


async def _locked(tx: Tx, event: BatchApplied | BatchChecked | BatchReverted) -> Batch | None:
    """The batch of an event from the service to which it was sent; None, and a warning, for any other event."""
    producer = event.subject.partition(".")[0]
    batch = await batches.lock(tx, event.batch_id)
    if batch is None or batch.target != producer:
        _log.warning("unexpected_answer", batch=str(event.batch_id), producer=producer)
        return None
    return batch


async def _add_problems(tx: Tx, batch_id: UUID, problems: Sequence[RowProblem]) -> None:
    if problems:
        found = [{"cell": None, **problem.model_dump()} for problem in problems]
        await batches.add_applied_problems(tx, batch_id, found)


async def unanswered(tx: Tx, key: str) -> None:
    """Give up a batch for which the receiving service has not answered in time, so that others may import."""
    batch = await batches.lock(tx, UUID(key))
    if batch is not None and batch.state == State.COMMITTING:
        after = domain.give_up(batch, "数据已提交，但接收方长时间没有答复；完成后此处会更新。请联系运维人员。")
        await batches.save(tx, after)
        await asking.tell(tx, after)
