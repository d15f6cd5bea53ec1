"""What other services' events mean here: places, students, terms, comments written, and chunks that took effect."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from contracts.archive import EvaluationWithdrawnV1, EvaluationWrittenV1, TermSealedV1
from contracts.base import BatchApplied, RowProblem
from contracts.identity import Enrolment
from contracts.records import RecordsBatchRevertedV1
from servicekit import jobs, log
from servicekit.db import Tx

from importer import domain
from importer.actions.batches import UNANSWERED
from importer.deps import ImportDeps
from importer.domain import State
from importer.store import batches, known

_log = log.get(__name__)


async def save_numbers(deps: ImportDeps, tx: Tx, enrolments: Sequence[Enrolment]) -> None:
    """Store the sealed registry numbers of students who are new or changed."""
    await known.save_numbers(tx, [deps.registry.kept(told) for told in enrolments])


async def sealed(tx: Tx, event: TermSealedV1) -> None:
    """A term's archives are sealed: nothing more is imported into it."""
    await known.note_sealed(tx, event.term_id)


async def evaluation(tx: Tx, event: EvaluationWrittenV1) -> None:
    """An evaluation is written; who has one is no longer pending (JX-12)."""
    await known.note_evaluation(tx, event.term_id, event.student_id, event.evaluation_type)


async def evaluation_withdrawn(tx: Tx, event: EvaluationWithdrawnV1) -> None:
    """A comment went away with its undone batch: the next template lists that student again (JX-12)."""
    await known.forget_evaluation(tx, event.term_id, event.student_id, event.evaluation_type)


async def took(deps: ImportDeps, tx: Tx, producer: str, event: BatchApplied) -> None:
    """A service took in one chunk of a batch; only the one it was sent to counts, and each chunk once (X-12)."""
    batch = await batches.lock(tx, event.batch_id)
    if batch is None or batch.target != producer:
        _log.warning("strange_answer", batch=str(event.batch_id), producer=producer)
        return
    if not await batches.note_chunk(tx, batch.id, event.chunk):
        return
    after = domain.took(batch, event, deps.now())
    await batches.save(tx, after)
    if event.problems:
        await batches.add_applied_problems(tx, batch.id, [_said(problem) for problem in event.problems])
    if after.state == State.APPLIED:
        await jobs.cancel(tx, UNANSWERED, str(batch.id))


async def reverted(tx: Tx, event: RecordsBatchRevertedV1) -> None:
    """records took an undone batch back; rows that were built upon already stay, and are shown (X-12)."""
    batch = await batches.lock(tx, event.batch_id)
    if batch is None:
        _log.warning("strange_answer", batch=str(event.batch_id), producer="records")
        return
    await batches.save(tx, domain.reverted(batch, event))
    await batches.add_applied_problems(tx, batch.id, [_said(problem) for problem in event.kept])


def _said(problem: RowProblem) -> dict[str, Any]:
    return {"sheet": None, "cell": None, **problem.model_dump()}


async def unanswered(tx: Tx, key: str) -> None:
    """The receiving service was silent for too long: say so, and let others import."""
    batch = await batches.lock(tx, UUID(key))
    if batch is not None and batch.state == State.COMMITTING:
        await batches.save(tx, domain.give_up(batch, "数据已提交，但接收方长时间没有答复；完成后此处会更新。请联系运维人员。"))
