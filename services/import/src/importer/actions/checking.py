"""The dry run: read the workbook in its sandbox, judge every row, store what passed or the coloured answer (X-12).

A due row claims it and is kept ahead of the clock while it goes on, so that another process takes over when this one
dies. Only the last transaction stores anything.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.importer import BatchCommitted, BatchRow
from servicekit import jobs, log
from servicekit.db import Tx
from servicekit.encryption import Sealer

from importer import domain
from importer.actions.batches import CHECK, holder, plan_for
from importer.adapters.upload import MEDIA_TYPE
from importer.adapters.workbook import WorkbookRefused
from importer.deps import ImportDeps
from importer.domain import SHOWN, TRIES, Batch, State
from importer.domain.plans import Known, Plan, accepted
from importer.domain.sheets import CellProblem, Checked, CleanRow
from importer.store import batches, known

LEASE, BEAT = timedelta(seconds=30), 10.0
_AGAIN = timedelta(seconds=1)
_log = log.get(__name__)


@dataclass(frozen=True)
class _Outcome:
    """A finished dry run."""

    checked: Checked
    events: Sequence[BatchCommitted]
    answer_key: str | None


async def claim(deps: ImportDeps, tx: Tx, key: str, tries: int) -> None:
    """Begin the check of a batch in this process, unless it is busy enough; then somebody else, or later."""
    batch = await batches.get(tx, UUID(key))
    if batch is None or batch.state != State.CHECKING:
        return
    if deps.jobs.running(key):
        await jobs.schedule(tx, deps.now() + LEASE, CHECK, key, {"tries": tries})
    elif deps.jobs.full:
        await jobs.schedule(tx, deps.now() + _AGAIN, CHECK, key, {"tries": tries})
    elif tries >= TRIES:
        await _end(deps, tx, domain.fail(batch, "检查多次中断，请重新上传；如仍不成功，请联系运维人员。", deps.now()))
    else:
        await jobs.schedule(tx, deps.now() + LEASE, CHECK, key, {"tries": tries + 1})
        deps.jobs.begin(key, _check(deps, batch, tries + 1))


async def _check(deps: ImportDeps, batch: Batch, tries: int) -> None:
    try:
        async with _claimed(deps, batch.id, tries):
            outcome = await _look(deps, batch)
    except WorkbookRefused as refused:
        async with deps.db.transaction() as tx:
            if (now := await _still(tx, batch.id)) is not None:
                await _end(deps, tx, domain.refuse(now, refused.code, refused.message, deps.now()))
        return
    except OSError as fault:
        _log.warning("check_again", batch=str(batch.id), error=repr(fault))
        async with deps.db.transaction() as tx:
            await jobs.schedule(tx, deps.now() + 5 * _AGAIN, CHECK, str(batch.id), {"tries": tries})
        return
    async with deps.db.transaction() as tx:
        if (now := await _still(tx, batch.id)) is not None:
            await _store(deps, tx, now, outcome)


async def _look(deps: ImportDeps, batch: Batch) -> _Outcome:
    """Read and judge. Raises `WorkbookRefused` for the file as a whole, OSError where storage does not answer."""
    async with deps.db.reading() as tx:
        place = await batches.object_of(tx, batch.file_id)
    if place is None or await deps.storage.stat(*place) is None:
        raise WorkbookRefused("file_gone")
    data = await deps.storage.read(*place)
    plan = plan_for(deps, batch)
    parsed = await deps.checking.read(data, plan.template)
    if len(parsed.rows) > plan.max_rows:
        raise WorkbookRefused("too_many_rows", rows=plan.max_rows)
    numbers = await asyncio.to_thread(deps.registry.indexes, plan.registry_numbers(parsed))
    async with deps.db.reading() as tx:
        await batches.note_read(tx, batch.id, len(parsed.rows))
        found = await known.students_by_number(tx, batch.path, numbers)
        term = await deps.directory.term(tx, batch.term_id) if batch.term_id else None
    students = await asyncio.to_thread(deps.registry.opened, found)
    checked = await asyncio.to_thread(plan.judge, parsed, Known.of(students, term, deps.now()))
    if checked.ok:
        return _Outcome(checked, await asyncio.to_thread(packed, deps.sealer, batch, checked.rows), None)
    return _Outcome(checked, (), await _answer(deps, batch, plan, data, checked))


def packed(sealer: Sealer, batch: Batch, rows: Sequence[CleanRow]) -> list[BatchCommitted]:
    """The events that committing these rows will say. Takes CPU time: call it in a thread."""
    return domain.events_of(batch, _sealed(sealer, batch.id, rows))


def _sealed(sealer: Sealer, batch_id: UUID, rows: Sequence[CleanRow]) -> list[BatchRow]:
    """Rows as they are kept and sent; a sealed value opens only at its own row of its own batch."""
    return [
        BatchRow(
            row=row.number,
            sheet=row.sheet,
            student_id=row.student_id,
            data=row.data,
            sealed={
                name: sealer.seal(text, f"batch:{batch_id}:{row.sheet}:{row.number}") for name, text in row.secrets.items()
            },
        )
        for row in map(accepted, rows)
    ]


async def _answer(deps: ImportDeps, batch: Batch, plan: Plan, data: bytes, checked: Checked) -> str | None:
    """Where the coloured workbook is; None where it cannot be made, and the list of problems has to do."""
    try:
        answer = await deps.checking.answer(data, plan.template, checked)
    except WorkbookRefused as refused:
        _log.warning("no_answer", batch=str(batch.id), code=refused.code)
        return None
    key = f"answers/{batch.id.hex}.xlsx"
    await deps.storage.write(deps.bucket, key, answer, MEDIA_TYPE)
    return key


async def _store(deps: ImportDeps, tx: Tx, batch: Batch, outcome: _Outcome) -> None:
    checked = outcome.checked
    bad = len({(problem.sheet, problem.row) for problem in checked.problems if problem.row})
    after = domain.found(batch, checked.read, bad, len(checked.problems), outcome.answer_key, deps.now())
    titles = {sheet.id: sheet.title for sheet in plan_for(deps, batch).template.sheets}
    problems = [_said(problem, titles, checked) for problem in checked.problems[:SHOWN]]
    await batches.save_findings(tx, batch.id, problems, [asdict(notice) for notice in checked.warnings])
    await batches.keep_events(tx, outcome.events)
    await _end(deps, tx, after)
    _log.info("checked", batch=str(batch.id), rows=checked.read, codes=dict(Counter(p.code for p in checked.problems)))


def _said(problem: CellProblem, titles: dict[str, str], checked: Checked) -> dict[str, Any]:
    layout = checked.layouts.get(problem.sheet)
    at = layout.columns.get(problem.column or "") if layout else None
    return {
        "sheet": titles.get(problem.sheet, problem.sheet),
        "row": problem.row,
        "cell": f"{letters(at)}{problem.row}" if at and problem.row else None,
        "field": problem.column,
        "code": problem.code,
        "message": problem.message,
    }


def letters(column: int) -> str:
    """1 is A, 27 is AA."""
    return (letters((column - 1) // 26) if column > 26 else "") + chr(ord("A") + (column - 1) % 26)


async def _still(tx: Tx, batch_id: UUID) -> Batch | None:
    """The batch, held, while nobody else ended its check."""
    batch = await batches.lock(tx, batch_id)
    return batch if batch is not None and batch.state == State.CHECKING else None


async def _end(deps: ImportDeps, tx: Tx, batch: Batch) -> None:
    """Save; the upload is needed no longer and goes with the next sweep: it may hold ID numbers."""
    await batches.save(tx, batch)
    await deps.files.release(tx, holder(batch.id), [])
    await jobs.cancel(tx, CHECK, str(batch.id))


@contextlib.asynccontextmanager
async def _claimed(deps: ImportDeps, batch_id: UUID, tries: int) -> AsyncIterator[None]:
    """Inside, the due row stays ahead of the clock."""

    async def beat() -> None:
        while True:
            await asyncio.sleep(BEAT)
            try:
                async with deps.db.transaction() as tx:
                    await jobs.schedule(tx, deps.now() + LEASE, CHECK, str(batch_id), {"tries": tries})
            except OSError as fault:
                _log.warning("lease_not_kept", batch=str(batch_id), error=repr(fault))

    beating = asyncio.create_task(beat())
    try:
        yield
    finally:
        beating.cancel()
        await asyncio.gather(beating, return_exceptions=True)
