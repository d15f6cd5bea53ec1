"""Reports of locked results: asked for, made by jobs in steps that a crash does not lose, downloaded, and deleted (BJ-08)."""

import hashlib
from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.base import level_of
from scheme.reports import Report
from servicekit import jobs, log
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import in_order
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from typesetting import TypesettingError

from archive.actions import statistics
from archive.actions.contents import tables_of
from archive.adapters.typesetting.reports import join_pages, print_report, print_tables, write_workbook
from archive.deps import ArchiveDeps
from archive.domain import reports as rules
from archive.domain.found import need_found
from archive.domain.reports import MEDIA_TYPES, ReportFormat, ReportRun
from archive.domain.statistics import Period
from archive.domain.terms import ArchiveTerm
from archive.store import archives, audit, scores, terms
from archive.store import reports as store
from archive.store import statistics as counters

MAKE = "report_step"
_MOST_CLASSES = 1_000
_SWEPT = 100
_log = log.get(__name__)


async def order(deps: ArchiveDeps, actor: Actor, name: str, path: str | None, asked: Period, wanted: ReportFormat) -> ReportRun:
    """Begin to make a report of an organisation in the card's scope; the same again while it is made is the same run."""
    now, chosen = deps.now(), path or actor.path
    actor.need(chosen)
    async with deps.db.transaction() as tx:
        period, term = await statistics.resolve(deps, tx, chosen, asked)
        scheme = deps.schemes.get(period.scheme_id, period.version)
        report = rules.need_offered(scheme, actor, chosen, name, wanted)
        if report.names_students and term is None:
            raise Refusal("not_found")
        classes = await _classes(tx, term, chosen) if report.names_students and term is not None else [chosen]
        run_id = new_id()
        run = ReportRun(
            run_id, report.id, report.title, chosen, period.scheme_id, period.version, period.school_year, period.number,
            term.id if term else None, wanted, actor.account_id, actor.name, now, "making", 0, len(classes) + 1,
            rules.file_name(report, await statistics.title_of(tx, period, chosen), period, wanted),
            f"reports/{run_id.hex}.{wanted}", now + timedelta(days=deps.settings.report_days), stage=period.stage,
        )  # fmt: skip
        made = await store.add(tx, run, classes)
        if made.stage != run.stage:
            raise Refusal("conflict", detail="同一报表正在按另一学段生成，请等它生成后再试", rule=scheme.rule(rules.RULE))
        if made.id == run.id:
            await jobs.schedule(tx, now, MAKE, str(run.id))
            await audit.write(
                tx, now, actor, "report.ordered", chosen, run.id,
                report=report.id, format=wanted, school_year=period.school_year, number=period.number,
            )  # fmt: skip
    return made


async def _classes(tx: Tx, term: ArchiveTerm, path: str) -> list[str]:
    """The classes below a path that have students or results, in their school's order (L-07)."""
    now = {one.path for one in await scores.classes(tx, term.id, path, None, _MOST_CLASSES)}
    return await in_order(tx, now | set(await counters.classes_with_results(tx, term.id, path)))


async def page(deps: ArchiveDeps, actor: Actor, after: UUID | None, limit: int) -> tuple[list[ReportRun], UUID | None]:
    """What this account asked for, newest first, as far as its card may still have it; and after which one the list goes on."""
    async with deps.db.reading() as tx:
        found = await store.page(tx, actor.account_id, after, limit + 1)
    following = found[limit - 1].id if len(found) > limit else None
    return [run for run in found[:limit] if _may_have(deps, actor, run)], following


async def read(deps: ArchiveDeps, actor: Actor, run_id: UUID) -> ReportRun:
    """One report; `not_found` for anybody else, and where the card may not have it (any more)."""
    async with deps.db.reading() as tx:
        run = need_found(await store.get(tx, run_id, actor.account_id))
    if not _may_have(deps, actor, run) or run.expires_at <= deps.now():
        raise Refusal("not_found")
    return run


def _may_have(deps: ArchiveDeps, actor: Actor, run: ReportRun) -> bool:
    scheme = deps.schemes.get(run.scheme_id, run.scheme_version)
    report = rules.find(scheme, run.report)
    return actor.covers(run.path) and report in rules.offered(scheme, actor, level_of(run.path))


async def take(deps: ArchiveDeps, actor: Actor, run_id: UUID) -> ReportRun:
    """A report that is ready, for its download, which is recorded. Asked again when the address is used."""
    run = await read(deps, actor, run_id)
    if run.state != "ready":
        raise Refusal("wrong_state", detail="报表还没有生成好", state=run.state)
    async with deps.db.transaction() as tx:
        await audit.write(tx, deps.now(), actor, "report.taken", run.path, run.id, report=run.report, sha256=run.sha256)
    return run


async def step(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Make the next class of a report, or put all together. `key`: the run. After a crash the step is repeated."""
    run = await store.lock(tx, UUID(key))
    if run is None or run.state != "making":
        return
    scheme = deps.schemes.get(run.scheme_id, run.scheme_version)
    report = rules.find(scheme, run.report)
    part = await store.next_part(tx, run.id)
    try:
        if report is None:
            raise TypesettingError("the scheme has no such report any more")
        if part is not None:
            rows, pages = await _make_part(deps, tx, run, report, *part)
            await store.save_part(tx, run.id, part[0], rows, pages)
            await store.save(tx, replace(run, done=run.done + 1))
            await jobs.schedule(tx, deps.now(), MAKE, key)
            return
        data = await _put_together(deps, tx, run, report)
    except TypesettingError as fault:
        _log.error("report_not_made", run=key, error=repr(fault))
        await store.save(tx, replace(run, state="failed", problem="报表没有生成成功，请重新生成；仍不成功请联系管理员"))
        await _drop_parts(deps, tx, run)
        return
    await deps.storage.write(deps.settings.bucket, run.object_key, data, MEDIA_TYPES[run.format])
    now = deps.now()
    ready = replace(
        run, state="ready", done=run.total, sha256=hashlib.sha256(data).hexdigest(), size=len(data), ready_at=now,
        expires_at=now + timedelta(days=deps.settings.report_days),
    )  # fmt: skip
    await store.save(tx, ready)
    await _drop_parts(deps, tx, run)


async def _make_part(
    deps: ArchiveDeps, tx: Tx, run: ReportRun, report: Report, number: int, path: str
) -> tuple[list[Any] | None, str | None]:
    """The rows of a class, or the key of its pages; both empty where it has nothing."""
    if report.type == "summary" or run.term_id is None:
        return [], None
    scheme = deps.schemes.get(run.scheme_id, run.scheme_version)
    if report.type == "detail":
        return rules.detail_rows(scheme, report, await store.results(tx, run.term_id, path)), None
    sealed = [one for one in await archives.newest(tx, run.term_id, path) if one.files is not None and one.path == path]
    if sealed:
        files = [await deps.storage.read(deps.settings.bucket, one.files.pdf_key) for one in sealed if one.files]
        pdf = await deps.renderer.run(join_pages, files)
    else:
        term = need_found(await terms.term(tx, deps.directory, run.term_id))
        contents = await tables_of(deps, tx, term, path)
        if not contents:
            return [], None
        pdf = await deps.renderer.run(print_tables, contents)
    key = f"reports/{run.id.hex}/{number:04d}.pdf"
    await deps.storage.write(deps.settings.bucket, key, pdf, MEDIA_TYPES["pdf"])
    return None, key


async def _put_together(deps: ArchiveDeps, tx: Tx, run: ReportRun, report: Report) -> bytes:
    """The file of a report from its parts."""
    scheme = deps.schemes.get(run.scheme_id, run.scheme_version)
    parts = await store.parts(tx, run.id)
    if report.type == "term_tables":
        files = [await deps.storage.read(deps.settings.bucket, key) for _, key in parts if key]
        if not files:
            raise TypesettingError("nobody has a term table")
        return await deps.renderer.run(join_pages, files)
    if report.type == "summary":
        found = await statistics.of_path(deps, tx, run.path, run.period)
        tables, note = rules.summary_tables(found), rules.summary_note(found)
    else:
        rows = [row for rows, _ in parts for row in rows]
        tables = [rules.detail_table(scheme, report, rows)]
        note = await _open_classes(deps, tx, run)
    made_at = f"{deps.now().astimezone(scheme.zone):%Y-%m-%d %H:%M}"
    document = rules.document(report.title, await statistics.title_of(tx, run.period, run.path), run, made_at, note, tables)
    return await deps.renderer.run(write_workbook if run.format == "xlsx" else print_report, document)


async def _open_classes(deps: ArchiveDeps, tx: Tx, run: ReportRun) -> str:
    """Which classes are left out because their scores are not locked."""
    assert run.term_id is not None
    term = need_found(await terms.term(tx, deps.directory, run.term_id))
    if term.scored is None:
        return "按已评定的结果生成"
    known = await scores.classes(tx, run.term_id, run.path, None, _MOST_CLASSES)
    found = await scores.sheets(tx, run.term_id, [one.path for one in known])
    return rules.open_note([
        one.grade_title + one.class_title for one in known if one.path not in found or not found[one.path].locked
    ])  # fmt: skip


async def _drop_parts(deps: ArchiveDeps, tx: Tx, run: ReportRun) -> None:
    for _, key in await store.parts(tx, run.id):
        if key:
            await deps.storage.remove(deps.settings.bucket, key)
    await store.remove_parts(tx, run.id)


async def sweep(deps: ArchiveDeps) -> None:
    """Delete the reports whose time is over, with their files."""
    async with deps.db.transaction() as tx:
        over = await store.expired(tx, deps.now(), _SWEPT)
        for run in over:
            await _drop_parts(deps, tx, run)
            await deps.storage.remove(deps.settings.bucket, run.object_key)
        await store.remove(tx, [run.id for run in over])
