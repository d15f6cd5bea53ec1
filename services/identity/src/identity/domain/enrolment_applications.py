"""Applications for changes of enrolment: a state machine over the approvals of the scheme, in order (BJ-04). Pure.

An application is open while approvals are missing, approved until its day, and then done. Until the releasing school has
confirmed the statement of the evaluation data, the receiving school does not see it. Who stands above both
schools may decide for a side that let its time pass.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, time
from typing import Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import StatementLine, ancestor
from contracts.identity import ApplicationStep, EnrolmentApplicationMovedV1, EnrolmentStatus
from scheme.enrolments import Effect, EnrolmentApproval, Side
from servicekit.mapping import from_attributes
from servicekit.refusals import require

from identity.domain.enrolment_wishes import MAY_BEGIN, Wish, need_class
from identity.domain.students import Student

type State = Literal["open", "approved", "done", "rejected", "withdrawn", "lapsed"]
type Ending = Literal["done", "rejected", "withdrawn", "lapsed"]

UNDER_WAY: frozenset[State] = frozenset({"open", "approved"})
SERVICES = frozenset({"records", "publicity", "archive"})
"""Those that state what evaluation data they have of a student."""
DIRECT, CLAIM = "direct", "claim"
"""`change` of applications on which an organisation above both schools has decided: done without the present school, where
nobody is in office; or waiting until that school has confirmed the statement."""


@dataclass(frozen=True)
class Step:
    """One approval of an application, as the scheme had it when the application was made."""

    by: Side
    title: str


@dataclass(frozen=True)
class Application:
    """An application. `from_path` is the student's class when it was made, `other` the receiving school, `to_path` the new
    class (None: not yet named, or none), `decides` the lowest organisation above both schools (None: there is none)."""

    id: UUID
    student_id: UUID
    student_name: str
    registry_number: str
    """Masked."""
    change: str
    change_title: str
    effect: Effect
    from_path: str
    school: str
    school_title: str
    class_title: str
    other: str | None
    other_title: str | None
    to_path: str | None
    to_title: str | None
    decides: str | None
    approvals: tuple[Step, ...]
    passed: int
    state: State
    waits_for: str | None
    applied_by: str
    reason: str
    effective_on: date
    within: int
    due_at: datetime | None
    escalated: bool
    attempt: int
    confirmed: int | None
    rule: str
    time_zone: str
    applied_at: datetime
    account_id: UUID
    ended_at: datetime | None
    answer: str
    version: int

    @property
    def step(self) -> Step | None:
        """The approval that is missing next."""
        return self.approvals[self.passed] if self.state == "open" else None

    @property
    def visible(self) -> bool:
        """Whether the releasing school has confirmed what goes along."""
        return self.confirmed is not None

    @property
    def takes_effect_at(self) -> datetime:
        """The beginning of its day at the school."""
        return datetime.combine(self.effective_on, time.min, ZoneInfo(self.time_zone))

    def moved(self, what: ApplicationStep, reason: str, at: datetime) -> EnrolmentApplicationMovedV1:
        """The event of its last step."""
        step = self.step
        return from_attributes(
            EnrolmentApplicationMovedV1,
            self,
            application_id=self.id,
            what=what,
            decides=self.decides or "",
            step_title=None if step is None else step.title,
            reason=reason,
            at=at,
        )


@dataclass(frozen=True)
class Statement:
    """What the services have of the student: `lines` by service."""

    attempt: int
    lines: dict[str, tuple[StatementLine, ...]]

    @property
    def complete(self) -> bool:
        """Whether all services have answered."""
        return self.lines.keys() >= SERVICES


def above_both(school: str, other: str | None) -> str | None:
    """The lowest organisation above both schools, or above the one; None: there is none."""
    shared: list[str] = []
    for here, there in zip(school.split(".")[:-1], (other or school).split(".")[:-1], strict=False):
        if here != there:
            break
        shared.append(here)
    return ".".join(shared) or None


def applicable(approvals: Sequence[EnrolmentApproval], school: str, other: str | None) -> tuple[Step, ...]:
    """The approvals that these two schools need. Where nobody stands above both, nobody approves for the level above."""
    decides = above_both(school, other)
    return tuple(
        Step(one.by, one.title)
        for one in approvals
        if (one.by != "above" or decides is not None)
        and (one.across is None or ancestor(school, one.across) != ancestor(other or school, one.across))
    )


def apply(
    application_id: UUID,
    student: Student,
    wish: Wish,
    *,
    applied_by: str,
    account_id: UUID,
    rule: str,
    time_zone: str,
    due_at: datetime,
    now: datetime,
) -> Application:
    """A new application; its first approval is waited for."""
    approvals = applicable(wish.change.approvals, student.school, wish.other)
    new = Application(
        id=application_id,
        student_id=student.id,
        student_name=student.name,
        registry_number=student.registry_number,
        change=wish.change.id,
        change_title=wish.change.title,
        effect=wish.change.effect,
        from_path=student.path,
        school=student.school,
        school_title=student.school_title,
        class_title=student.class_title,
        other=wish.other,
        other_title=None,
        to_path=wish.to_path,
        to_title=None,
        decides=above_both(student.school, wish.other),
        approvals=approvals,
        passed=0,
        state="open",
        waits_for=None,
        applied_by=applied_by,
        reason=wish.reason,
        effective_on=wish.effective_on,
        within=wish.change.within,
        due_at=due_at,
        escalated=False,
        attempt=1,
        confirmed=None,
        rule=rule,
        time_zone=time_zone,
        applied_at=now,
        account_id=account_id,
        ended_at=None,
        answer="",
        version=1,
    )
    return replace(new, waits_for=_side(new, approvals[0].by))


def _side(application: Application, side: Side) -> str | None:
    return {"releasing": application.school, "receiving": application.other, "above": application.decides}[side]


def need_open(application: Application) -> None:
    """Refuse an application that is decided already."""
    require(
        application.state == "open",
        "wrong_state",
        rule=application.rule,
        state=application.state,
        help="该申请已经办结或已全部审批通过",
    )


def may_refuse(application: Application) -> bool:
    """Whether the next approval may be refused: not where the organisation above has decided on the move already (L-10)."""
    return application.change != CLAIM


def need_refusable(application: Application) -> None:
    """Refuse to refuse what the organisation above has decided."""
    require(
        may_refuse(application),
        "step_not_yours",
        rule=application.rule,
        help="转学已由上级裁定，学校只核对随转的评价数据；如有异议请联系作出裁定的上级",
    )


def fits(application: Application, student: Student) -> bool:
    """Whether the student is still at the school, in a status in which the change may begin."""
    return student.school == application.school and student.status in MAY_BEGIN[application.effect]


def status_after(effect: Effect, status: EnrolmentStatus, *, borrowed: bool = False) -> EnrolmentStatus:
    """The enrolment status after a change. Whoever is suspended stays so at the new school until they resume. borrowed: has a
    home school elsewhere."""
    after: dict[Effect, EnrolmentStatus] = {
        "transfer": "suspended" if status == "suspended" else "enrolled",
        "borrow": "borrowed",
        "suspend": "suspended",
        "resume": "borrowed" if borrowed else "enrolled",
        "return": "suspended" if status == "suspended" else "enrolled",
        "grade_down": status,
        "leave": "left",
    }
    return after[effect]


def need_same_place(application: Application, student: Student) -> None:
    """Refuse to decide about a student who is at another school by now, or whose status no longer fits."""
    require(
        fits(application, student),
        "student_elsewhere",
        rule=application.rule,
        help="申请提出后学生的学校或学籍状态已经改变，请退回或撤回此申请，按现状重新办理",
    )


def approve(application: Application, statement: Statement, shown: int, to_path: str | None, due_at: datetime) -> Application:
    """Give the next approval. The releasing school confirms the statement `shown`, which must be the last and complete; the
    receiving school names the class."""
    step = application.step
    assert step is not None
    confirmed = application.confirmed
    if step.by == "releasing":
        require(statement.complete, "statement_incomplete", rule=application.rule, help="评价数据还在汇总，请稍候几秒再核对")
    require(
        shown == (application.attempt if confirmed is None else confirmed),
        "stale_statement",
        rule=application.rule,
        help="评价数据已重新汇总，请核对最新的一份",
    )
    if step.by == "releasing":
        confirmed = application.attempt
    if step.by == "receiving":
        chosen = to_path or application.to_path
        need_class(application.effect, application.from_path, application.other, chosen, application.rule, now_needed=True)
        application = replace(application, to_path=chosen)
    passed = application.passed + 1
    over = passed == len(application.approvals)
    after = replace(
        application,
        confirmed=confirmed,
        passed=passed,
        state="approved" if over else "open",
        due_at=None if over else due_at,
        escalated=False,
        version=application.version + 1,
    )
    return replace(after, waits_for=None if over else _side(after, after.approvals[passed].by))


def escalate(application: Application, now: datetime) -> Application | None:
    """The time for the next approval has passed: who stands above both may decide. None: nothing changes."""
    if application.state != "open" or application.escalated or application.due_at is None or application.due_at > now:
        return None
    if application.decides is None or application.decides == application.waits_for:
        return None
    return replace(application, escalated=True, version=application.version + 1)


def end(application: Application, state: Ending, answer: str, now: datetime) -> Application:
    """Reject, withdraw, carry out, or let lapse an application that is under way."""
    require(application.state in UNDER_WAY, "wrong_state", rule=application.rule, state=application.state)
    return replace(
        application,
        state=state,
        answer=answer,
        ended_at=now,
        waits_for=None,
        due_at=None,
        version=application.version + 1,
    )


def ask_again(application: Application) -> Application:
    """Ask for a newer statement, while the releasing school has not confirmed one."""
    need_open(application)
    require(
        application.confirmed is None,
        "wrong_state",
        rule=application.rule,
        state="confirmed",
        help="评价数据已由转出学校核对确认",
    )
    return replace(application, attempt=application.attempt + 1, version=application.version + 1)
