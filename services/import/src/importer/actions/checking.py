"""The dry run: read the workbook in its sandbox, check every row, ask the service that will apply them (X-12, L-10).

A scheduled job claims the batch. The process that checks it postpones the job as long as it works, so that another process
takes over if it dies. It works twice: to read the workbook, and, where the service's answers name problems, to colour them.
Only the last transaction of each stores anything.
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
from importer.actions import asking
from importer.actions.asking import CHECK, LEASE
from importer.actions.context import definition_for, scheme_of
from importer.adapters.upload import MEDIA_TYPE
from importer.adapters.workbook import WorkbookRefused
from importer.deps import ImportDeps
from importer.domain import MAX_ATTEMPTS, SHOWN, Batch, Findings, Found, State
from importer.domain.checks import as_stored
from importer.domain.definitions import ImportDefinition, ReferenceData, batch_row
from importer.domain.excerpts import excerpts
from importer.domain.templates import Checked, CleanRow
from importer.store import batches, reference_data

HEARTBEAT_SECONDS = 10.0
STUDENTS = 20_000
"""Of a school at most."""
_AGAIN = timedelta(seconds=1)
_log = log.get(__name__)


@dataclass(frozen=True)
class _Outcome:
    """What this process found: a finished dry run, or rows about which the receiving service is to be asked."""

    checked: Checked
    events: Sequence[BatchCommitted]
    answer_key: str | None
    excerpt: Sequence[dict[str, Any]] = ()
    """The wrong rows as they stand in the workbook."""


async def claim(deps: ImportDeps, tx: Tx, key: str, attempts: int) -> None:
    """Begin the check of a batch in this process; if it has no capacity, another process or a later run will."""
    batch = await batches.get(tx, UUID(key))
    if batch is None or batch.state != State.CHECKING or not await asking.work_is_left(tx, batch):
        return
    if deps.background.running(key):
        await jobs.schedule(tx, deps.now() + (_AGAIN if batch.attempt else LEASE), CHECK, key, {"tries": attempts})
    elif deps.background.full:
        await jobs.schedule(tx, deps.now() + _AGAIN, CHECK, key, {"tries": attempts})
    elif attempts >= MAX_ATTEMPTS:
        await asking.end(deps, tx, domain.fail(batch, "检查多次中断，请重新上传；如仍不成功，请联系运维人员。", deps.now()))
    else:
        await jobs.schedule(tx, deps.now() + LEASE, CHECK, key, {"tries": attempts + 1})
        deps.background.begin(key, _check(deps, batch, attempts + 1))


async def _check(deps: ImportDeps, batch: Batch, attempts: int) -> None:
    try:
        async with _claimed(deps, batch.id, attempts):
            outcome = await (_dry_run(deps, batch) if batch.attempt == 0 else _coloured(deps, batch))
    except WorkbookRefused as refused:
        async with deps.db.transaction() as tx:
            if (now := await _lock_unchecked(tx, batch)) is not None:
                await asking.end(deps, tx, domain.refuse(now, refused.code, refused.message, deps.now()))
        return
    except OSError as fault:
        _log.warning("check_again", batch=str(batch.id), error=repr(fault))
        async with deps.db.transaction() as tx:
            await jobs.schedule(tx, deps.now() + 5 * _AGAIN, CHECK, str(batch.id), {"tries": attempts})
        return
    async with deps.db.transaction() as tx:
        if (now := await _lock_unchecked(tx, batch)) is not None:
            await _store(deps, tx, now, outcome)


async def _upload(deps: ImportDeps, batch: Batch) -> bytes:
    async with deps.db.reading() as tx:
        bucket_and_key = await batches.object_of(tx, batch.file_id)
    if bucket_and_key is None or await deps.storage.stat(*bucket_and_key) is None:
        raise WorkbookRefused("file_gone")
    return await deps.storage.read(*bucket_and_key)


async def _coloured(deps: ImportDeps, batch: Batch) -> _Outcome:
    """The workbook with the problems and questions that the receiving service answered, coloured and as excerpt."""
    async with deps.db.reading() as tx:
        checked = await asking.as_checked(tx, batch)
    definition, data = definition_for(deps, batch), await _upload(deps, batch)
    parsed = await deps.checking.read(data, definition.template, batch.given, batch.file_name)
    stopping = [problem for problem in checked.problems if problem.kind != "warning"]
    wrong = await asyncio.to_thread(excerpts, definition.template, parsed, stopping)
    return _Outcome(checked, (), await _answer(deps, batch, definition, data, checked), wrong)


async def _dry_run(deps: ImportDeps, batch: Batch) -> _Outcome:
    """Read the workbook and check its rows. Raises `WorkbookRefused` for the file as a whole, OSError where storage
    does not answer."""
    data = await _upload(deps, batch)
    definition = definition_for(deps, batch)
    parsed = await deps.checking.read(data, definition.template, batch.given, batch.file_name)
    if len(parsed.rows) > definition.max_rows:
        raise WorkbookRefused("too_many_rows", rows=definition.max_rows)
    indexes = await asyncio.to_thread(deps.registry.indexes, definition.registry_numbers(parsed))
    async with deps.db.reading() as tx:
        await batches.note_read(tx, batch.id, len(parsed.rows))
        if definition.by_name:
            found = await reference_data.class_list(tx, batch.path, STUDENTS)
        else:
            found = await reference_data.students_by_number(tx, batch.path, indexes)
        term = await deps.directory.term(tx, batch.term_id) if batch.term_id else None
        school = None if batch.term_id else await reference_data.organisation(tx, batch.path)
    students = await asyncio.to_thread(deps.registry.opened, found)
    reference = ReferenceData.of(students, term, deps.now())
    if school is not None:
        scheme = scheme_of(deps, batch)
        stages = scheme.find_schoolings(school.stage, school.years, school.more_stages) if scheme else None
        reference = ReferenceData.of_school(school.stage, school.time_zone, deps.now(), stages or ())
    checked = await asyncio.to_thread(definition.check, parsed, reference)
    if checked.ok:
        return _Outcome(
            checked, await asyncio.to_thread(events_of_rows, deps.sealer, batch, checked.rows, definition.together), None
        )
    wrong = await asyncio.to_thread(excerpts, definition.template, parsed, checked.problems)
    return _Outcome(checked, (), await _answer(deps, batch, definition, data, checked), wrong)


def events_of_rows(sealer: Sealer, batch: Batch, rows: Sequence[CleanRow], together: str | None = None) -> list[BatchCommitted]:
    """The events that committing these rows will publish. Takes CPU time: call it in a thread.

    A sealed value opens only with the batch, sheet and row it belongs to.
    """

    def seal(row: CleanRow, text: str) -> str:
        return sealer.seal(text, f"batch:{batch.id}:{row.sheet}:{row.number}")

    return domain.events_of(batch, [batch_row(row, seal) for row in rows], together)


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
    """Ask the receiving service about rows without problems; the dry run of others ends here."""
    if batch.attempt:
        await asking.finish(deps, tx, batch, outcome.answer_key, outcome.excerpt)
        return
    checked = outcome.checked
    titles = {sheet.id: sheet.title for sheet in definition_for(deps, batch).template.sheets}

    def stored(kind: str) -> list[dict[str, object]]:
        found = [problem for problem in (*checked.problems, *checked.row_warnings) if problem.kind == kind]
        return [as_stored(problem, titles, checked.layouts) | {"own": True} for problem in found[:SHOWN]]

    notices = [asdict(notice) for notice in checked.warnings]
    findings = Findings(
        stored("problem"), stored("question"), notices, row_warnings=stored("warning"), excerpt=list(outcome.excerpt)
    )
    await batches.save_findings(tx, batch.id, findings)
    codes = dict(Counter(problem.code for problem in checked.problems))
    _log.info("checked", batch=str(batch.id), rows=checked.read, codes=codes)
    if outcome.events:
        await batches.save_layouts(tx, batch.id, checked.layouts)
        await batches.save_events(tx, outcome.events)
        await asking.ask(deps, tx, domain.ask(batch, checked.read), await batches.load_events(tx, batch.id))
        return
    found = Found(
        rows=checked.read,
        bad_rows=len({(problem.sheet, problem.row) for problem in checked.problems if problem.row}),
        problems=sum(problem.kind == "problem" for problem in checked.problems),
        questions=sum(problem.kind == "question" for problem in checked.problems),
    )
    await asking.end(deps, tx, domain.found(batch, found, outcome.answer_key, deps.now()))


async def _lock_unchecked(tx: Tx, batch: Batch) -> Batch | None:
    """The batch, locked; None if another process did this part of its check."""
    now = await batches.lock(tx, batch.id)
    return now if now is not None and now.state == State.CHECKING and now.attempt == batch.attempt else None


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
