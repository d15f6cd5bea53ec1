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
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import SILENCE, need_term_at, rules_of, rules_under
from records.deps import RecordsDeps
from records.domain import term as terms
from records.domain.reviewing import deadline
from records.domain.rules import Rules, Term


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
        windows = terms.windows_for(scheme, plan, ZoneInfo(time_zone))
        findings = terms.sound(scheme, windows)
        term = Term(
            new_id(), path, plan.title, plan.school_year, plan.number, scheme.id, scheme.version, time_zone,
            plan.starts_on, plan.ends_on, windows, 1,
        )  # fmt: skip
        require(await store.terms.add(tx, term), "term_exists", rule=scheme.rule("term"))
        await outbox.add(tx, terms.scheduled_event(term))
    return Rules(scheme, term), findings


async def change_timetable(
    deps: RecordsDeps, actor: Actor, term_id: UUID, seen: int, windows: tuple[Window, ...], reason: str
) -> tuple[Rules, list[Finding]]:
    """The whole timetable anew, with a reason that everybody is told; deadlines move along."""
    async with deps.db.transaction() as tx:
        rules = rules_under(deps, await store.terms.lock(tx, term_id))
        actor.need(rules.term.path)
        with rules.speaking("X-02"):
            require(rules.term.version == seen, "stale_version", seen=seen, version=rules.term.version)
            findings = terms.sound(rules.scheme, windows)
        rules = Rules(rules.scheme, terms.changed(rules.term, windows))
        await store.terms.set_windows(tx, rules.term)
        await outbox.add(tx, terms.changed_event(rules.term, reason))
        await _move_deadlines(tx, rules)
    return rules, findings


async def _move_deadlines(tx: Tx, rules: Rules) -> None:
    kinds = [k.id for k in rules.scheme.kinds if any(step.silence.then != "nothing" for step in k.review.steps)]
    if kinds:
        waiting = await store.records.waiting(tx, rules.term.id, kinds)
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
        found = await store.terms.page(tx, actor.path, path, before, limit)
    return [rules_under(deps, term) for term in found]


async def allowed(deps: RecordsDeps, actor: Actor, term_id: UUID, at: datetime | None) -> tuple[Rules, list[Possible]]:
    """Who may do what in this term at a moment (X-02)."""
    rules = await show(deps, actor, term_id)
    return rules, timetable.who(rules.scheme, rules.windows, at or deps.now())
