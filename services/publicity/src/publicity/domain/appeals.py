"""Appeals against the outcome of a closed case: who may file one, until when, and how far it is (CS-11, X-15). Pure."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from scheme import Allowed, CaseType, Scheme

from publicity.domain.cases import Case, Person
from publicity.domain.published_results import ResultClass, steps_of
from publicity.domain.terms import Term

type AppealState = Literal["to_appeal", "waiting", "succeeded", "failed", "lapsed"]
APPEAL_STATES: dict[AppealState, str] = {
    "to_appeal": "待{}",
    "waiting": "{}待处理",
    "succeeded": "{}成功",
    "failed": "{}失败",
    "lapsed": "未{}",
}
"""As people read them, with the title of the case type (CS-11)."""


def appeal_state(appeal: Case | None, may_appeal: bool) -> AppealState:
    """How far the appeal against a decision is; once one may not appeal any more, it has lapsed (CS-11)."""
    if appeal is None:
        return "to_appeal" if may_appeal else "lapsed"
    if appeal.closed_at is None:
        return "waiting"
    return "succeeded" if appeal.outcome in ("keep", "amend") else "failed"


def following_type(scheme: Scheme, case: Case) -> CaseType | None:
    """The case type of appeals against this closed case's outcome, or None."""
    return next(
        (
            one
            for one in scheme.cases.types
            if one.against == "outcome" and one.follows == case.case_type and case.outcome in one.follows_outcomes
        ),
        None,
    )


def appeal_type(term: Term, case: Case, by: Person, now: datetime) -> CaseType | None:
    """The case type by which this person may appeal against the outcome of a closed case now (CS-11); None: they may not."""
    if case.closed_at is None or case.student_id not in by.actor.students:
        return None
    one = following_type(term.scheme, case)
    if one is None or (one.opened_by and not by.actor.is_(*one.opened_by)):
        return None
    until = appeal_until(term, case)
    if until is not None and until < now:
        return None
    open_now = one.operation is None or isinstance(term.ask(one.operation, by.actor.roles, now, case.path), Allowed)
    return one if open_now else None


def appeal_until(term: Term, case: Case) -> datetime | None:
    """Until when one may appeal against the outcome of a closed case; None: no limit of days, or no appeal."""
    following = following_type(term.scheme, case)
    if following is None or following.within_working_days is None or case.closed_at is None:
        return None
    return term.scheme.calendar.end_after(case.closed_at, following.within_working_days, term.zone)


def settled_after(term: Term, one: ResultClass, closed: Iterable[Case], now: datetime) -> datetime | None:
    """When the results of a class may be settled, if nothing more happens; None: now. closed: its closed cases against which
    nobody appealed."""
    times = [step.ends for step in steps_of(term, one)[-1:]]
    times += [until for case in closed if (until := appeal_until(term, case)) is not None]
    last = max(times, default=now)
    return last if last > now else None
