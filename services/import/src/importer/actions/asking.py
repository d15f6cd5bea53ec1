"""Asking the service that applies a batch what a commit would do, and what follows from its answers (L-10).

Chunks are asked about at the same time, and answered by any process of the service in any order. The answers are rows; the one
that completes them decides under the lock of the batch, so any number of processes of import may receive them. Answers to an
earlier attempt, or after the time limit, no longer count.
"""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.base import BatchChecked, RowProblem
from contracts.importer import CHECKS, COMMITTED
from servicekit import jobs, log, outbox
from servicekit.db import Tx

from importer import domain
from importer.actions.context import definition_for, holder
from importer.deps import ImportDeps
from importer.domain import SHOWN, Batch, Found, State
from importer.domain.checks import (
    CheckSummary,
    as_stored,
    cell_problem,
    differences,
    names_guardians,
    same_plan,
    summed_up,
    with_guardian_columns,
)
from importer.domain.templates import CellProblem, Checked, Layout
from importer.store import answers, batches
from importer.store.batches import StoredEvent

CHECK, NOT_CHECKED, UNANSWERED = "check", "not_checked", "unanswered"
"""Names of scheduled jobs, by batch id: the work of a dry run, and the time limits of a check and of a commit."""
ANSWER_WITHIN, CHECK_WITHIN = timedelta(minutes=30), timedelta(minutes=10)
"""The receiving service has so long to apply a batch (then it no longer blocks other imports), and to answer a check."""
LEASE = timedelta(seconds=30)
_log = log.get(__name__)


async def ask(deps: ImportDeps, tx: Tx, batch: Batch, stored: list[StoredEvent]) -> None:
    """Save the batch, and ask the receiving service what committing its stored rows would do."""
    await batches.save(tx, batch)
    questions = [event.as_check(batch.id, batch.attempt) for event in stored]
    await outbox.add_serialised(tx, CHECKS[batch.target], questions)
    await jobs.cancel(tx, CHECK, str(batch.id))
    await jobs.schedule(tx, deps.now() + CHECK_WITHIN, NOT_CHECKED, str(batch.id), {"attempt": batch.attempt})


async def work_is_left(tx: Tx, batch: Batch) -> bool:
    """Whether a batch under check waits for this service: to read its workbook, or to colour what was answered."""
    return batch.attempt == 0 or await answers.are_complete(tx, batch.id, batch.attempt)


async def answered(deps: ImportDeps, tx: Tx, batch: Batch, event: BatchChecked) -> None:
    """Store an answer; the last one of its attempt ends the dry run, or commits the batch. `batch` is locked."""
    if batch.state not in (State.CHECKING, State.RECHECKING) or event.attempt != batch.attempt:
        return
    await answers.add(tx, event)
    if not await answers.are_complete(tx, batch.id, batch.attempt):
        return
    if batch.state == State.RECHECKING:
        await _compare(deps, tx, batch)
        return
    found = summed_up(await answers.load(tx, batch.id, batch.attempt))
    if found.bad_rows:
        await jobs.schedule(tx, deps.now(), CHECK, str(batch.id))
    else:
        await finish(deps, tx, batch, None)


async def as_checked(tx: Tx, batch: Batch) -> Checked:
    """The answered problems and questions as a dry run, for the coloured workbook."""
    found = await _summary(tx, batch)
    layouts = await batches.layouts(tx, batch.id)
    return Checked((), tuple(_cells(found, layouts)), (), layouts, batch.rows_read)


async def finish(
    deps: ImportDeps, tx: Tx, batch: Batch, answer_key: str | None, excerpt: Sequence[dict[str, Any]] = ()
) -> None:
    """End the dry run with what was answered. `batch` is locked; `answer_key`: of the coloured workbook, `excerpt`: its wrong
    rows."""
    found = await _summary(tx, batch)
    await _show(deps, tx, batch, found, [], excerpt)
    await end(deps, tx, domain.found(batch, _counted(batch, found), answer_key, deps.now()))


async def _summary(tx: Tx, batch: Batch) -> CheckSummary:
    """The answers of the present attempt together; their findings name the workbook's own columns."""
    found = summed_up(await answers.load(tx, batch.id, batch.attempt))
    if not names_guardians(found):
        return found
    rows = [row for event in await batches.load_events(tx, batch.id) for row in event.rows_as_json()]
    return with_guardian_columns(found, rows)


async def _compare(deps: ImportDeps, tx: Tx, batch: Batch) -> None:
    """Commit the batch if a commit still does what was shown; otherwise show what differs (L-10)."""
    shown = await answers.load(tx, batch.id, batch.shown_attempt)
    now = await answers.load(tx, batch.id, batch.attempt)
    found, stored = await _summary(tx, batch), await batches.load_events(tx, batch.id)
    if same_plan(shown, now) and not found.bad_rows:
        await _commit(deps, tx, batch, stored)
        return
    events = {event.chunk: event for event in stored}
    await _show(deps, tx, batch, found, differences(shown, now, lambda chunk: events[chunk].row_ids()))
    await end(deps, tx, domain.found(batch, _counted(batch, found), None, deps.now()))


async def _commit(deps: ImportDeps, tx: Tx, batch: Batch, stored: list[StoredEvent]) -> None:
    await batches.save(tx, domain.commit(batch, len(stored), deps.now()))
    await outbox.add_serialised(tx, COMMITTED[batch.target], [(event.aggregate, event.body) for event in stored])
    await answers.drop_others(tx, batch.id, batch.attempt)
    await jobs.cancel(tx, NOT_CHECKED, str(batch.id))
    await jobs.schedule(tx, deps.now() + ANSWER_WITHIN, UNANSWERED, str(batch.id))


async def _show(
    deps: ImportDeps,
    tx: Tx,
    batch: Batch,
    found: CheckSummary,
    changed: list[RowProblem],
    excerpt: Sequence[dict[str, Any]] = (),
) -> None:
    """Save the findings of the answers beside what reading the workbook found."""
    layouts = await batches.layouts(tx, batch.id)
    titles = {sheet.id: sheet.title for sheet in definition_for(deps, batch).template.sheets}
    shown: dict[str, list[dict[str, object]]] = {"problem": [], "question": [], "warning": []}
    for cell in _cells(found, layouts):
        shown[cell.kind].append(as_stored(cell, titles, layouts) | {"own": False})
    before = await batches.findings(tx, batch.id)
    effects = {notice.code: asdict(notice) for notice in found.notices}
    own = [notice for notice in before.warnings if notice["code"] not in (before.planned or {}).get("counts", {})]
    findings = replace(
        before,
        problems=shown["problem"][:SHOWN],
        questions=shown["question"][:SHOWN],
        warnings=[*effects.values(), *own],
        row_warnings=[*(one for one in before.row_warnings if one["own"]), *shown["warning"]][:SHOWN],
        differences=[as_stored(cell_problem(one, layouts), titles, layouts) for one in changed[:SHOWN]],
        planned=found.planned,
        excerpt=list(excerpt),
    )
    await batches.save_findings(tx, batch.id, findings)
    await answers.drop_others(tx, batch.id, batch.attempt)


def _cells(found: CheckSummary, layouts: dict[str, Layout]) -> list[CellProblem]:
    return [
        *(cell_problem(one, layouts) for one in found.problems),
        *(cell_problem(one, layouts, "question") for one in found.questions),
        *(cell_problem(one, layouts, "warning") for one in found.warnings),
    ]


def _counted(batch: Batch, found: CheckSummary) -> Found:
    problems, questions = len(found.problems), len(found.questions)
    return Found(rows=batch.rows_read, bad_rows=found.bad_rows, problems=problems, questions=questions)


async def end(deps: ImportDeps, tx: Tx, batch: Batch) -> None:
    """Save the batch, tell its author, and release the upload, which may hold ID numbers: the next sweep deletes it."""
    await batches.save(tx, batch)
    await tell(tx, batch)
    await deps.files.release(tx, holder(batch.id), [])
    await jobs.cancel(tx, CHECK, str(batch.id))
    await jobs.cancel(tx, NOT_CHECKED, str(batch.id))


async def tell(tx: Tx, batch: Batch) -> None:
    """Tell the author that a check or an import came to an end."""
    if (event := domain.ended(batch)) is not None:
        await outbox.add(tx, event)


async def not_checked(deps: ImportDeps, tx: Tx, key: str, attempt: int) -> None:
    """The time limit of an attempt: give up the check, or go back to what was shown. Nothing is committed."""
    batch = await batches.lock(tx, UUID(key))
    if batch is None or batch.attempt != attempt or await answers.are_complete(tx, batch.id, attempt):
        return
    if batch.state == State.CHECKING:
        message = (
            "负责保存这类数据的服务长时间没有答复，检查没有完成，未导入任何数据。请稍后重新上传；如仍不成功，请联系运维人员。"
        )
        await end(deps, tx, domain.fail(batch, message, deps.now()))
    elif batch.state == State.RECHECKING:
        message = "负责保存这类数据的服务长时间没有答复，未导入任何数据。请稍后再次提交；如仍不成功，请联系运维人员。"
        back = domain.not_answered(batch, message)
        await batches.save(tx, back)
        await tell(tx, back)
    _log.warning("check_not_answered", batch=key, attempt=attempt)
