"""The dry run: read the workbook in its sandbox, check every row, store the rows or the coloured answer (X-12).

A scheduled job claims the batch. The process that checks it postpones the job as long as it works, so that another process
takes over if it dies. Only the last transaction stores anything.
"""

import asyncio
import contextlib
from collections import Counter
from collections.abc import AsyncIterator, Sequence
from dataclasses import asdict, dataclass
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.importer import BatchCommitted
from servicekit import jobs, log
from servicekit.db import Tx
from servicekit.encryption import Sealer

from importer import domain
from importer.actions.batches import CHECK, definition_for, holder
from importer.adapters.upload import MEDIA_TYPE
from importer.adapters.workbook import WorkbookRefused
from importer.deps import ImportDeps
from importer.domain import MAX_ATTEMPTS, SHOWN, Batch, State
from importer.domain.definitions import ImportDefinition, ReferenceData, batch_row
from importer.domain.templates import CellProblem, Checked, CleanRow
from importer.store import batches, reference_data

LEASE, HEARTBEAT_SECONDS = timedelta(seconds=30), 10.0
_AGAIN = timedelta(seconds=1)
_log = log.get(__name__)


@dataclass(frozen=True)
class _Outcome:
    """A finished dry run."""

    checked: Checked
    events: Sequence[BatchCommitted]
    answer_key: str | None


async def claim(deps: ImportDeps, tx: Tx, key: str, attempts: int) -> None:
    """Begin the check of a batch in this process; if it has no capacity, another process or a later run will."""
    batch = await batches.get(tx, UUID(key))
    if batch is None or batch.state != State.CHECKING:
        return
    if deps.background.running(key):
        await jobs.schedule(tx, deps.now() + LEASE, CHECK, key, {"tries": attempts})
    elif deps.background.full:
        await jobs.schedule(tx, deps.now() + _AGAIN, CHECK, key, {"tries": attempts})
    elif attempts >= MAX_ATTEMPTS:
        await _end(deps, tx, domain.fail(batch, "检查多次中断，请重新上传；如仍不成功，请联系运维人员。", deps.now()))
    else:
        await jobs.schedule(tx, deps.now() + LEASE, CHECK, key, {"tries": attempts + 1})
        deps.background.begin(key, _check(deps, batch, attempts + 1))


async def _check(deps: ImportDeps, batch: Batch, attempts: int) -> None:
    try:
        async with _claimed(deps, batch.id, attempts):
            outcome = await _dry_run(deps, batch)
    except WorkbookRefused as refused:
        async with deps.db.transaction() as tx:
            if (now := await _lock_unchecked(tx, batch.id)) is not None:
                await _end(deps, tx, domain.refuse(now, refused.code, refused.message, deps.now()))
        return
    except OSError as fault:
        _log.warning("check_again", batch=str(batch.id), error=repr(fault))
        async with deps.db.transaction() as tx:
            await jobs.schedule(tx, deps.now() + 5 * _AGAIN, CHECK, str(batch.id), {"tries": attempts})
        return
    async with deps.db.transaction() as tx:
        if (now := await _lock_unchecked(tx, batch.id)) is not None:
            await _store(deps, tx, now, outcome)


async def _dry_run(deps: ImportDeps, batch: Batch) -> _Outcome:
    """Read the workbook and check its rows. Raises `WorkbookRefused` for the file as a whole, OSError where storage
    does not answer."""
    async with deps.db.reading() as tx:
        bucket_and_key = await batches.object_of(tx, batch.file_id)
    if bucket_and_key is None or await deps.storage.stat(*bucket_and_key) is None:
        raise WorkbookRefused("file_gone")
    data = await deps.storage.read(*bucket_and_key)
    definition = definition_for(deps, batch)
    parsed = await deps.checking.read(data, definition.template)
    if len(parsed.rows) > definition.max_rows:
        raise WorkbookRefused("too_many_rows", rows=definition.max_rows)
    indexes = await asyncio.to_thread(deps.registry.indexes, definition.registry_numbers(parsed))
    async with deps.db.reading() as tx:
        await batches.note_read(tx, batch.id, len(parsed.rows))
        found = await reference_data.students_by_number(tx, batch.path, indexes)
        term = await deps.directory.term(tx, batch.term_id) if batch.term_id else None
    students = await asyncio.to_thread(deps.registry.opened, found)
    checked = await asyncio.to_thread(definition.check, parsed, ReferenceData.of(students, term, deps.now()))
    if checked.ok:
        return _Outcome(checked, await asyncio.to_thread(events_of_rows, deps.sealer, batch, checked.rows), None)
    return _Outcome(checked, (), await _answer(deps, batch, definition, data, checked))


def events_of_rows(sealer: Sealer, batch: Batch, rows: Sequence[CleanRow]) -> list[BatchCommitted]:
    """The events that committing these rows will publish. Takes CPU time: call it in a thread.

    A sealed value opens only with the batch, sheet and row it belongs to.
    """

    def seal(row: CleanRow, text: str) -> str:
        return sealer.seal(text, f"batch:{batch.id}:{row.sheet}:{row.number}")

    return domain.events_of(batch, [batch_row(row, seal) for row in rows])


async def _answer(deps: ImportDeps, batch: Batch, definition: ImportDefinition, data: bytes, checked: Checked) -> str | None:
    """The key of the coloured workbook; None if it cannot be made."""
    try:
        answer = await deps.checking.answer(data, definition.template, checked)
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
    titles = {sheet.id: sheet.title for sheet in definition_for(deps, batch).template.sheets}
    problems = [_as_stored(problem, titles, checked) for problem in checked.problems[:SHOWN]]
    await batches.save_findings(tx, batch.id, problems, [asdict(notice) for notice in checked.warnings])
    await batches.save_events(tx, outcome.events)
    await _end(deps, tx, after)
    _log.info("checked", batch=str(batch.id), rows=checked.read, codes=dict(Counter(p.code for p in checked.problems)))


def _as_stored(problem: CellProblem, titles: dict[str, str], checked: Checked) -> dict[str, Any]:
    layout = checked.layouts.get(problem.sheet)
    column = layout.columns.get(problem.column or "") if layout else None
    return {
        "sheet": titles.get(problem.sheet, problem.sheet),
        "row": problem.row,
        "cell": f"{letters(column)}{problem.row}" if column and problem.row else None,
        "field": problem.column,
        "code": problem.code,
        "message": problem.message,
    }


def letters(column: int) -> str:
    """1 is A, 27 is AA."""
    return (letters((column - 1) // 26) if column > 26 else "") + chr(ord("A") + (column - 1) % 26)


async def _lock_unchecked(tx: Tx, batch_id: UUID) -> Batch | None:
    """The batch, locked; None if another process ended its check."""
    batch = await batches.lock(tx, batch_id)
    return batch if batch is not None and batch.state == State.CHECKING else None


async def _end(deps: ImportDeps, tx: Tx, batch: Batch) -> None:
    """Save the batch and release the upload, which may hold ID numbers: the next sweep deletes it."""
    await batches.save(tx, batch)
    await deps.files.release(tx, holder(batch.id), [])
    await jobs.cancel(tx, CHECK, str(batch.id))


@contextlib.asynccontextmanager
async def _claimed(deps: ImportDeps, batch_id: UUID, attempts: int) -> AsyncIterator[None]:
    """Postpone the scheduled job again and again while the block runs."""

    async def renew() -> None:
        while True:
            await asyncio.sleep(HEARTBEAT_SECONDS)
            try:
                async with deps.db.transaction() as tx:
                    await jobs.schedule(tx, deps.now() + LEASE, CHECK, str(batch_id), {"tries": attempts})
            except OSError as fault:
                _log.warning("lease_not_renewed", batch=str(batch_id), error=repr(fault))

    renewing = asyncio.create_task(renew())
    try:
        yield
    finally:
        renewing.cancel()
        await asyncio.gather(renewing, return_exceptions=True)
