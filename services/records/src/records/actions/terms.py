"""Terms: a school schedules one and changes its timetable (SH-01, X-02)."""

from datetime import datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import Window
from scheme import Finding, UnknownError, timetable
from scheme.timetable import Possible
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import SILENCE, need_term_at, rules_of, there
from records.deps import RecordsDeps
from records.domain import term as terms
from records.domain.reviewing import deadline
from records.domain.rules import Rules


async def schedule(deps: RecordsDeps, actor: Actor, path: str, plan: terms.Plan) -> tuple[Rules, list[Finding]]:
    """A new term of a school, under the scheme version in force there now."""
    actor.need(path)
    terms.need_school(path)
    async with deps.db.transaction() as tx:
        found = await store.people.scheme_at(tx, path)
        if found is None:
            raise Refusal("no_scheme", rule="SH-01", help="请联系上级管理员")
        scheme_id, version, time_zone = found
        try:
            scheme = deps.schemes.get(scheme_id, version) if version else deps.schemes.latest(scheme_id)
        except UnknownError:
            raise Refusal("no_scheme", rule="SH-01", scheme=f"{scheme_id}@{version}", help="请联系上级管理员") from None
        event = terms.scheduled(path, plan, scheme, ZoneInfo(time_zone))
        findings = terms.sound(scheme, event.windows)
        require(await deps.directory.add(tx, event), "term_exists", rule=scheme.rule("term"))
        await outbox.add(tx, event)
    return deps.directory.of_event(event), findings


async def change_timetable(
    deps: RecordsDeps, actor: Actor, term_id: UUID, seen: int, windows: tuple[Window, ...], reason: str
) -> tuple[Rules, list[Finding]]:
    """The whole timetable anew, with a reason that everybody is told; deadlines move along."""
    async with deps.db.transaction() as tx:
        rules = there(await deps.directory.lock(tx, term_id))
        actor.need(rules.path)
        with rules.speaking("X-02"):
            require(rules.version == seen, "stale_version", seen=seen, version=rules.version)
            findings = terms.sound(rules.scheme, windows)
        event = terms.changed(rules, windows, reason)
        rules = deps.directory.of_event(event)
        await deps.directory.save(tx, event)
        await outbox.add(tx, event)
        await _move_deadlines(tx, rules)
    return rules, findings


async def _move_deadlines(tx: Tx, rules: Rules) -> None:
    kinds = [k.id for k in rules.scheme.kinds if any(step.silence.then != "nothing" for step in k.review.steps)]
    if kinds:
        waiting = await store.records.waiting(tx, rules.id, kinds)
        await jobs.schedule_many(tx, SILENCE, [(str(r.id), at) for r in waiting if (at := deadline(rules, r))])


async def show(deps: RecordsDeps, actor: Actor, term_id: UUID) -> Rules:
    """One term, to those whose place is in its school, or above it."""
    async with deps.db.reading() as tx:
        rules = await rules_of(deps, tx, term_id)
    need_term_at(rules, actor.path)
    return rules


async def page(deps: RecordsDeps, actor: Actor, path: str | None, before: UUID | None, limit: int) -> list[Rules]:
    """Terms of the actor's school, or of the schools below, newest first."""
    async with deps.db.reading() as tx:
        return await store.terms.page(tx, deps.directory, actor.path, path, before, limit)


async def allowed(deps: RecordsDeps, actor: Actor, term_id: UUID, at: datetime | None) -> tuple[Rules, list[Possible]]:
    """Who may do what in this term at a moment (X-02)."""
    rules = await show(deps, actor, term_id)
    return rules, timetable.who(rules.scheme, rules.timetable, at or deps.now())
