"""Workbooks of evaluations and of scores: what they would do, doing it, undoing it (JX-12, BJ-06, X-12, ADR 8)."""

from contracts.archive import ArchiveBatchAppliedV1, ArchiveBatchCheckedV1, ArchiveBatchRevertedV1
from contracts.base import RowProblem, fingerprint
from contracts.importer import BatchChunk, BatchUndoneV1, EvaluationsCheckRequestedV1, EvaluationsCommittedV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx

from archive.actions import evaluation_imports, score_imports
from archive.deps import ArchiveDeps
from archive.domain.imports import ImportPlan
from archive.store import terms


async def check(deps: ArchiveDeps, tx: Tx, event: EvaluationsCheckRequestedV1) -> None:
    """Answer what committing this chunk would do now; changes nothing (L-10)."""
    plan = await _plan(deps, tx, event)
    answer = ArchiveBatchCheckedV1(
        batch_id=event.batch_id,
        attempt=event.attempt,
        chunk=event.chunk,
        chunks=event.chunks,
        **plan.outcomes,
        problems=tuple(plan.problems),
        warnings=tuple(plan.warnings),
        counts={name: count for name, count in plan.counts.items() if count},
        rows=tuple(plan.rows),
        fingerprint=fingerprint(*(row.model_dump() for row in plan.rows)),
    )
    await outbox.add(tx, answer)


async def apply(deps: ArchiveDeps, tx: Tx, event: EvaluationsCommittedV1) -> None:
    """Save an imported chunk in one transaction; rows that cannot be saved are reported with the reason (JX-12, X-12)."""
    plan = await _plan(deps, tx, event)
    if plan.evaluations:
        await evaluation_imports.save(tx, plan)
    if plan.scores or plan.adjustments:
        await score_imports.save(deps, tx, plan, event)
    applied = ArchiveBatchAppliedV1(
        batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, **plan.outcomes, problems=tuple(plan.problems)
    )
    await outbox.add(tx, applied)


async def _plan(deps: ArchiveDeps, tx: Tx, event: BatchChunk) -> ImportPlan:
    term = await terms.share_term(tx, deps.directory, event.term_id) if event.term_id else None
    if term is None:
        raise RetryLater
    import_type = term.scheme.import_type(event.import_type)
    if import_type.parts:
        return await score_imports.plan(deps, tx, term, import_type, event)
    return await evaluation_imports.plan(deps, tx, term, event)


async def undo(deps: ArchiveDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Take back what a batch brought, where nobody changed it since; values before the import are restored (X-12)."""
    if event.target != "archive":
        return
    removed, restored, kept = await evaluation_imports.undo(tx, event)
    others = await score_imports.undo(deps, tx, event)
    problems = [
        *(RowProblem(row=0, code="evaluation_used", message=f"{name}的评语之后又有修改或已归档，予以保留") for name in kept),
        *(
            RowProblem(row=0, code="score_used", message=f"{name}的评分之后又有修改、已提交或已锁定，予以保留")
            for name in others.kept
        ),
    ]
    answer = ArchiveBatchRevertedV1(
        batch_id=event.batch_id,
        removed=removed + others.removed,
        restored=restored + others.restored,
        kept=tuple(problems),
    )
    await outbox.add(tx, answer)
