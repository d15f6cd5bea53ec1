"""Terms: schedule one, change its timetable, read them (SH-01, X-02)."""

from collections.abc import Sequence
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import Window
from contracts.identity import OrganisationCreatedV1
from scheme import Finding, Scheme, Schooling, UnknownError
from scheme.timetable import Possible
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import schooling_at
from servicekit.refusals import Refusal, require

from records import store
from records.actions import window_ends
from records.actions.common import need_found, need_term_at, scheme_at, term_of
from records.deps import RecordsDeps
from records.domain import scheduling
from records.domain.term import Term


async def schedule(deps: RecordsDeps, actor: Actor, path: str, plan: scheduling.Plan) -> tuple[Term, list[Finding]]:
    """Schedule a term of a school, with the scheme version that is in force there now."""
    actor.need(path)
    scheduling.need_school(path)
    async with deps.db.transaction() as tx:
        scheme, zone = await _scheme_for(deps, tx, path)
        schooling = await schooling_at(tx, path, scheme, hold=True)
        event = scheduling.scheduled(path, plan, scheme, schooling, zone)
        grades = await _grades(tx, scheme, schooling, path, plan.school_year)
        findings = scheduling.need_plan(scheme, schooling, plan, event.windows, grades)
        require(await deps.directory.add(tx, event), "term_exists", rule=scheme.rule("term"))
        await outbox.add(tx, event)
        term = deps.directory.of_event(event)
        await window_ends.plan(tx, term, deps.now())
    return term, findings


async def _scheme_for(deps: RecordsDeps, tx: Tx, path: str) -> tuple[Scheme, ZoneInfo]:
    """The scheme and time zone of a new term, or `no_scheme`."""
    try:
        found = await scheme_at(deps, tx, path)
    except UnknownError as missing:
        raise Refusal("no_scheme", rule="SH-01", scheme=missing.name, help="请联系上级管理员") from None
    if found is None:
        raise Refusal("no_scheme", rule="SH-01", help="请联系上级管理员")
    return found


async def _grades(tx: Tx, scheme: Scheme, schooling: Schooling, path: str, school_year: str) -> tuple[int, ...]:
    """The grades that the school has in that year (SH-01); all of its stage where none is known."""
    return scheduling.grades_of(scheme, schooling, await store.people.grades(tx, path), school_year)


async def preview(
    deps: RecordsDeps, actor: Actor, term_id: UUID | None, path: str, starts_on: date | None,
    windows: tuple[Window, ...] | None, at: datetime | None,
) -> scheduling.Preview:  # fmt: skip
    """Check a timetable of a term, or of a new one of a school, without storing it (X-02)."""
    async with deps.db.reading() as tx:
        if term_id is not None:
            term = await term_of(deps, tx, term_id)
            actor.need(term.path)
            scheme, zone, stored = term.scheme, term.zone, None if starts_on else term.windows
            path, year, schooling = term.path, term.school_year, term.schooling
        else:
            actor.need(path)
            scheduling.need_school(path)
            (scheme, zone), stored = await _scheme_for(deps, tx, path), None
            year, schooling = None, await schooling_at(tx, path, scheme)
        now = deps.now()
        first_day = starts_on or now.astimezone(zone).date()
        grades = await _grades(tx, scheme, schooling, path, year or scheduling.school_year_of(first_day))
    planned = scheduling.windows_for(scheme, first_day, stored if windows is None else windows, zone)
    return scheduling.preview(scheme, schooling, zone, planned, at or now, grades)


async def read_table(deps: RecordsDeps, actor: Actor, path: str, rows: Sequence[Sequence[str]]) -> scheduling.TableRead:
    """What a table of the authority, copied from a workbook, would set at a school; stores nothing (SH-01)."""
    async with deps.db.reading() as tx:
        actor.need(path)
        scheduling.need_school(path)
        scheme, zone = await _scheme_for(deps, tx, path)
        schooling = await schooling_at(tx, path, scheme)
    return scheduling.read_timetable(scheme, schooling, zone, rows, deps.now())


async def change_timetable(
    deps: RecordsDeps, actor: Actor, term_id: UUID, seen: int, windows: tuple[Window, ...], reason: str
) -> tuple[Term, list[Finding]]:
    """Replace the timetable, for a reason that everybody is notified of, and move the deadlines of reviews."""
    async with deps.db.transaction() as tx:
        term = need_found(await deps.directory.lock(tx, term_id))
        actor.need(term.path)
        with term.refusal_context("X-02"):
            current = {"windows": term.windows}
            require(term.version == seen, "stale_version", seen=seen, version=term.version, current=current)
            grades = await _grades(tx, term.scheme, term.schooling, term.path, term.school_year)
            findings = scheduling.checked_timetable(term.scheme, windows, grades)
        event = scheduling.changed(term, windows, reason)
        term = deps.directory.of_event(event)
        await deps.directory.save(tx, event)
        await outbox.add(tx, event)
        await window_ends.plan(tx, term, deps.now())
    return term, findings


async def follow_length(deps: RecordsDeps, tx: Tx, event: OrganisationCreatedV1) -> None:
    """Let the terms of a school that have not ended follow its stage and length (BJ-12); those that have ended keep theirs."""
    if event.level != "school":
        return
    now = deps.now()
    for known in await deps.directory.of_school(tx, event.path):
        schooling = known.scheme.schooling(event.stage, event.years)
        if known.today(now) > known.ends_on or known.schooling == schooling:
            continue
        term = need_found(await deps.directory.lock(tx, known.id))
        change = scheduling.changed(term, term.windows, f"学制改为{schooling.title}", schooling)
        await deps.directory.save(tx, change)
        await outbox.add(tx, change)


async def show(deps: RecordsDeps, actor: Actor, term_id: UUID) -> Term:
    """One term, for cards of its school and of organisations above it."""
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
    need_term_at(term, actor.path)
    return term


async def page(deps: RecordsDeps, actor: Actor, path: str | None, before: UUID | None, limit: int) -> list[Term]:
    """Terms of the actor's school, or of all schools below the card's organisation, newest first."""
    async with deps.db.reading() as tx:
        return await store.terms.page(tx, deps.directory, actor.path, path, before, limit)


async def allowed(deps: RecordsDeps, actor: Actor, term_id: UUID, at: datetime | None) -> tuple[Term, list[Possible]]:
    """Who may do what in this term at a time (X-02)."""
    term = await show(deps, actor, term_id)
    return term, scheduling.possible(term.scheme, term.timetable, at or deps.now())
