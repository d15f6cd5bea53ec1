"""Cases: complaints and appeals as values, who acts at a stage, who may see. `case_engine` moves them."""

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from typing import Literal
from uuid import UUID

from contracts.base import RecordSnapshot
from contracts.publicity import Outcome
from pydantic import AwareDatetime, BaseModel, ConfigDict
from scheme import Action, CaseType, Kind, RuleName, Scheme, Stage, UnroutableError
from scheme.result_publicity import is_about_results
from servicekit.auth import Actor
from servicekit.refusals import Refusal, declare

from publicity.domain import as_written
from publicity.domain import published_results as published
from publicity.domain.entries import Entry
from publicity.domain.published_results import PublishedResult
from publicity.domain.terms import Term

declare("amendment_missing", 409, "还没有收到修改后的记录，请先修改并保存记录，再提交处理")
declare("case_open_already", 409, "您对这条记录已有一件处理中的反馈")
declare("own_record", 409, "不能对自己的记录提出反馈")
declare("complaints_blocked", 409, "本学期内您不能再对他人的记录提出反馈，因为此前的反馈被认定为恶意")
declare("appealed_already", 409, "这个处理结果已经申诉过，同一结果只能申诉一次")

COMPLAINANT = "complainant"
PARTIES = ("student", "guardian", "author", COMPLAINANT)
"""Roles that act for themselves; all others act as staff of an organisation."""
CLOCK = "clock"
"""The `actor_role` of a step that a deadline took."""
OPENING = "open"
"""The `action` of the first step."""
HIDDEN_BEFORE = (
    "您的账号曾由他人协助重新登录（一次性密码或重置码）。为保护反馈人，在那之前您提出的反馈不再列在这里，相关消息也不再显示；"
    "这些反馈没有丢失，仍按原流程办理，处理情况可在公示页的有关记录中查看。在那之后提出的反馈照常列出。"
)
"""Where the list of one's own complaints begins anew (L-17)."""


@dataclass(frozen=True)
class Person:
    """An actor, with the pseudonym of their account (X-08)."""

    actor: Actor
    pseudonym: str


class Decision(BaseModel):
    """What was decided and takes effect later, when it is told (CS-11). Until then only those who decide see it."""

    model_config = ConfigDict(frozen=True)

    action: str
    role: str
    account_id: UUID | None
    reason_code: str | None
    text: str | None
    reason: str | None
    at: AwareDatetime
    grades: dict[str, str] | None = None


@dataclass(frozen=True)
class Case:
    """A complaint or an appeal. Who filed it is encrypted (X-08): the pseudonym serves delivery and `mine`, and is never shown.

    The id is random, and lists are sorted by day, so that neither tells at which moment somebody complained.
    """

    id: UUID
    case_type: str
    entry_id: UUID
    term_id: UUID
    record_id: UUID
    student_id: UUID
    path: str
    title: str
    complainant: str | None
    """Pseudonym of the account; None: a scheduled job opened the case."""
    complaint_type: str | None
    text: str
    one_open: bool
    parties: tuple[str, ...]
    """Every role that acts somewhere on the route; staff of these roles see the cases of their organisation."""
    stage: str
    stage_no: int
    waits_for: tuple[str, ...]
    """Roles that may act now; students and guardians only those of the record."""
    begun_at: datetime | None
    """When the stage began; None: its window is not open yet (JX-08)."""
    before: RecordSnapshot
    opened_at: datetime
    due_at: datetime | None = None
    overdue: bool = False
    proposed: Outcome | None = None
    amended_stage_no: int | None = None
    last_action_title: str | None = None
    last_reason: str | None = None
    after: RecordSnapshot | None = None
    outcome: Outcome | None = None
    closed_at: datetime | None = None
    complainant_sealed: str | None = None
    version: int = 1
    follows_case: UUID | None = None
    """The closed case against whose outcome this one is (CS-11)."""
    decision: Decision | None = None
    """A decision that is told later."""
    about: Literal["record", "result"] = "record"
    """Of a case about a result, `entry_id` and `record_id` are the result's id, and `before` names only the student."""
    grades_before: dict[str, str] | None = None
    """The bands of the result by dimension when the case was opened, and those that a decision put in their place."""
    grades_after: dict[str, str] | None = None

    @property
    def missing(self) -> bool:
        """Is it about something that is missing in a report, and so began without a record (SH-08)?"""
        return self.before.version == 0

    @property
    def amended(self) -> bool:
        """Was the record amended because of this case since the present stage began?"""
        return self.amended_stage_no == self.stage_no

    @property
    def opened_on(self) -> date:
        """The day by which lists are sorted (UTC)."""
        return self.opened_at.astimezone(UTC).date()

    def seen_by(self, by: Person) -> bool:
        """Whether this is the complainant, the record's student or guardian, or staff who act somewhere on the route."""
        if by.pseudonym == self.complainant or self.student_id in by.actor.students:
            return True
        return by.actor.covers(self.path) and by.actor.is_(*self.parties)

    def acting_role(self, by: Person) -> str | None:
        """The role in which this person may act now, or None."""
        actor = by.actor
        if COMPLAINANT in self.waits_for and by.pseudonym == self.complainant:
            return COMPLAINANT
        if not (actor.covers(self.path) or self.student_id in actor.students):
            return None
        return next((role for role in self.waits_for if actor.is_(role)), None)

    def decided_by(self, by: Person) -> bool:
        """Whether this is staff of a role that decides the present stage: they see a decision before it is told (CS-11)."""
        return self.decision is not None and self.acting_role(by) not in (None, *PARTIES)

    def as_told(self, by: Person) -> "Case":
        """The case as this person may see it: what is not told yet shows in nothing, also not in the version (CS-11)."""
        if self.closed_at is not None or self.decided_by(by):
            return self
        return replace(self, decision=None, version=self.version - (self.decision is not None))


def new_case(case_id: UUID, case_type: CaseType, entry: Entry, text: str, now: datetime) -> Case:
    """A case about an entry that nobody filed yet, before its first stage."""
    return Case(
        id=case_id, case_type=case_type.id, entry_id=entry.id, term_id=entry.term_id, record_id=entry.record_id,
        student_id=entry.student_id, path=entry.path, title=entry.snapshot.title, complainant=None, complaint_type=None,
        text=text.strip(), one_open=case_type.one_open, parties=(), stage="", stage_no=0, waits_for=(), begun_at=None,
        before=entry.snapshot, opened_at=now,
    )  # fmt: skip


def new_result_case(
    case_id: UUID, case_type: CaseType, term: Term, result: PublishedResult, name: str, text: str, now: datetime,
    follows: UUID | None,
) -> Case:  # fmt: skip
    """The same about a published result, or (`follows`) against how another case about it ended."""
    before = published.snapshot_of(term, result, name)
    return Case(
        id=case_id, case_type=case_type.id, entry_id=result.id, term_id=term.id, record_id=result.id,
        student_id=result.student_id, path=result.path, title=before.title, complainant=None, complaint_type=None,
        text=text.strip(), one_open=case_type.one_open, parties=(), stage="", stage_no=0, waits_for=(), begun_at=None,
        before=before, opened_at=now, about="result", grades_before=result.bands,
        follows_case=follows,
    )  # fmt: skip


@dataclass(frozen=True)
class Step:
    """One line of a case's history. `account_id` is for audit only, and not stored of a complainant; `actor_role` is shown."""

    case_id: UUID
    no: int
    stage: str
    stage_title: str
    action: str
    action_title: str
    actor_role: str
    account_id: UUID | None
    reason_code: str | None
    reason: str | None
    text: str | None
    at: datetime


@dataclass(frozen=True)
class ActionInput:
    """An action with the reason, text and number of files that somebody sends with it."""

    action: str
    reason_code: str | None = None
    text: str | None = None
    files: int = 0
    grades: dict[str, str] | None = None


FAMILY = ("student", "guardian")


def kind_of(scheme: Scheme, case: Case) -> Kind | None:
    """The kind of the record; None: the case is about a result."""
    return as_written.kind_of(scheme, case.before) if case.about == "record" else None


def actors(scheme: Scheme, stage: Stage, kind: Kind | None, level: str, author_role: str | None = None) -> tuple[str, ...]:
    """The roles that act at a stage for a record of this kind and data level. Raises `UnroutableError`.

    `student` stands for student and guardian, `author` for the roles that may enter the kind; of these only the roles that
    the stage's operation names. Where students and staff may enter the kind, who entered the record mends it: `author_role`
    says which; None: not known, or there is no record yet (SH-10).
    """
    name = scheme.cases.actor(stage.id, level)  # type: ignore[arg-type]
    roles = {"student": FAMILY, "author": _authors(kind, author_role) if kind else ()}.get(name, (name,))
    if stage.operation is None or len(roles) == 1:
        return roles
    known = scheme.operation(stage.operation).roles
    return tuple(role for role in roles if role in known) or roles


def _authors(kind: Kind, author_role: str | None) -> tuple[str, ...]:
    if author_role is None:
        return kind.entry_roles
    family = author_role in FAMILY
    return tuple(role for role in kind.entry_roles if (role in FAMILY) == family) or kind.entry_roles


def parties(
    scheme: Scheme, kind: Kind | None, level: str, case_type: str | None = None, author_role: str | None = None
) -> tuple[str, ...]:
    """All roles that act at some stage for such a record; of a case type only those of its own route."""
    roles: list[str] = []
    stages = scheme.cases.stages if case_type is None else scheme.cases.reachable(case_type, level)  # type: ignore[arg-type]
    for stage in stages:
        try:
            roles += actors(scheme, stage, kind, level, author_role)
        except UnroutableError:
            continue
    return tuple(dict.fromkeys(roles))


def choices(case: Case, stage: Stage) -> tuple[Action, ...]:
    """The actions that people may take; what is missing cannot be deleted."""
    return tuple(one for one in stage.choices() if not (case.missing and one.proposes in ("void", "exclude")))


def asks_for_amendment(stage: Stage) -> bool:
    """May the record be amended while a case is at this stage (JX-09)?"""
    return any("amendment" in action.needs for action in stage.actions)


def may_see_complainant(scheme: Scheme, case: Case, actor: Actor) -> bool:
    """Whether the scheme lets this card learn who complained, if it says why (X-08)."""
    return actor.covers(case.path) and actor.is_(*scheme.cases.type(case.case_type).unsealed_by)


def deciding_roles(scheme: Scheme, case_type: str, level: str) -> tuple[str, ...]:
    """The staff who decide cases of this type about data of this level, without the parties of the case."""
    try:
        todo = [scheme.cases.start(case_type, level)]  # type: ignore[arg-type]
    except UnroutableError:
        return ()
    stages: dict[str, Stage] = {}
    while todo:
        stage = todo.pop()
        stages[stage.id] = stage
        following = (scheme.cases.stage(action.leads_to) for action in stage.actions if action.leads_to)
        todo += [one for one in following if one.id not in stages]
    names = (scheme.cases.actor(name, level) for name in stages)  # type: ignore[arg-type]
    return tuple(dict.fromkeys(name for name in names if name not in PARTIES))


def named_to(scheme: Scheme, case_type: CaseType, level: str) -> tuple[str, ...]:
    """The roles that learn who filed such a case because the scheme says so; none where it is sealed (CS-10, X-08)."""
    return deciding_roles(scheme, case_type.id, level) if case_type.complainant == "named_to_decider" else ()


def is_named_to(scheme: Scheme, case: Case, actor: Actor) -> bool:
    """Whether this card learns who filed the case: it decides such cases here, and is not of the student's family."""
    roles = named_to(scheme, scheme.cases.type(case.case_type), case.before.level)
    return actor.covers(case.path) and actor.is_(*roles) and case.student_id not in actor.students


def need_may_see_complainant(scheme: Scheme, case: Case, actor: Actor) -> None:
    """Refuse unless the scheme lets this role learn who complained (X-08)."""
    roles = scheme.cases.type(case.case_type).unsealed_by
    if not actor.is_(*roles):
        titles = "、".join(scheme.role_title(role) for role in roles)
        raise Refusal("forbidden", rule="X-08", scheme=f"{scheme.id}@{scheme.version}", help=titles or None)


def case_type_for(scheme: Scheme, asked: str | None, excluded: bool, among: Collection[str] | None = None) -> CaseType:
    """The case type asked for, or the one that fits: against what is published, or against an outcome. among: of those that the
    present step of publicity takes, if there is one; None: of all."""
    against = "outcome" if excluded else "published"
    for case_type in scheme.cases.types:
        if (
            not case_type.by_clock
            and not is_about_results(scheme, case_type)
            and (case_type.id == asked if asked else case_type.against == against)
            and (asked or excluded or not among or case_type.id in among)
        ):
            return case_type
    raise Refusal("invalid_input", errors=[{"field": "case_type", "message": "本方案没有这种反馈"}])


def complaint_type(scheme: Scheme, roles: Collection[str], among: Collection[str] | None = None) -> CaseType | None:
    """The case type by which these roles object to what is published; None: they may not. among: the types that the present
    step of publicity takes; None: all."""
    return next(
        (
            one
            for one in scheme.cases.types
            if one.against == "published"
            and not one.by_clock
            and (among is None or one.id in among)
            and not (one.opened_by and set(one.opened_by).isdisjoint(roles))
        ),
        None,
    )


def rule_of(scheme: Scheme, kind: CaseType, name: RuleName) -> str:
    """The rule id that refusals about this case type cite; one rule governs appeals against an outcome (CS-11)."""
    return scheme.rule("appeal" if kind.against == "outcome" else name)


def reason_of(scheme: Scheme, action_input: ActionInput, rule: Callable[[RuleName], str]) -> str | None:
    """The reason as text: the title of the listed one with its note (JX-10). Refuses a code that is not on the list."""
    text = (action_input.text or "").strip() or None
    if action_input.reason_code is None:
        return text
    listed = next((r for r in scheme.return_reasons_for("case") if r.id == action_input.reason_code), None)
    if listed is None:
        errors = [{"field": "reason_code", "message": "请从原因列表中选择"}]
        raise Refusal("invalid_input", rule=rule("complaint.decide"), errors=errors)
    if listed.note and text is None:
        raise Refusal("reason_required", rule=rule("complaint.decide"), field="text", detail="选择此原因需要补充说明")
    return f"{listed.title}：{text}" if text else listed.title


def need_all(scheme: Scheme, action: Action, action_input: ActionInput, amended: bool, rule: Callable[[RuleName], str]) -> None:
    """Refuse unless everything that the action needs was sent; the refusal names the first thing missing."""
    has_text = bool((action_input.text or "").strip())
    present = {
        "reason": action_input.reason_code is not None or (has_text and not scheme.return_reasons_for("case")),
        "text": has_text,
        "amendment": amended,
        "evidence": action_input.files > 0,
        "grades": bool(action_input.grades),
    }
    match next(iter(action.lacking(name for name, is_present in present.items() if is_present)), None):
        case "reason":
            raise Refusal("reason_required", rule=rule("complaint.decide"), field="reason_code")
        case "amendment":
            raise Refusal("amendment_missing", rule=rule("complaint.move"))
        case "text":
            raise Refusal("reason_required", rule=rule("complaint.move"), field="text", detail="请填写说明")
        case "grades":
            errors = [{"field": "grades", "message": "请选择更正后的等级"}]
            raise Refusal("invalid_input", rule=rule("complaint.decide"), field="grades", errors=errors)
        case "evidence":
            raise Refusal("file_missing", rule=rule("complaint.move"), field="files", detail="请上传佐证材料")
