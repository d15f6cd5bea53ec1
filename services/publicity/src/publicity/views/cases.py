"""Response shapes of cases. None has the complainant; `mine` is true for the complainant only (X-08)."""

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import Actor
from servicekit.files import neutral_name

from publicity.domain.cases import (
    CLOCK,
    COMPLAINANT,
    OPENING,
    Case,
    Decision,
    Person,
    choices,
    is_named_to,
    may_see_complainant,
    named_to,
)
from publicity.domain.terms import Term
from publicity.domain.timeline import lacking, leads_to, on_silence, outcomes_of, stages_to_come
from publicity.results import CaseDetail, Result
from publicity.store.case_classes import CaseClass
from publicity.views import RecordView, ResultView, day_of, record_view, titles_of
from publicity.views.board import ComplaintFormView, case_form
from publicity.views.published_results import ResultChangeView, result_change_view


class ReasonView(BaseModel):
    """A reason to choose from; `note`: a text has to explain it."""

    id: str
    title: str
    note: bool


class ActionView(BaseModel):
    """What may be done now, and what it needs. `lacking`: of that what is not there yet, as an amendment may be.
    `leads_to`: a sentence that says what follows. `reasons`: where the action needs one."""

    id: str
    title: str
    needs: list[str]
    lacking: list[str]
    leads_to: str
    reasons: list[ReasonView]
    bulk: bool


class CaseView(BaseModel):
    """A case in a list. `status_title`: where it stands or how it ended, in a few words; `updated_at`: since when."""

    case_id: UUID
    case_type: str
    case_type_title: str
    entry_id: UUID
    record_id: UUID
    student_id: UUID
    student_name: str
    term_id: UUID
    path: str
    class_title: str | None
    """In lists for staff: what the class is called, from above schools with its school."""
    title: str
    dimension_title: str
    kind_title: str
    complaint_type: str | None
    complaint_type_title: str | None
    text: str
    status_title: str
    updated_at: datetime
    decided: bool
    """Decided, and told later; only those who decide see that (CS-11)."""
    told_at: datetime | None
    """When the result is told, if not as soon as it is decided."""
    state: str
    """`open` or `closed`."""
    stage: str
    stage_title: str
    waits_for: list[str]
    waits_for_title: str
    """The roles as people read them; empty once the case is closed."""
    waits_for_me: bool
    begun: bool
    """False: the stage's window is not open yet (JX-08)."""
    due_at: datetime | None
    overdue: bool
    about: Literal["record", "result"]
    """Of a case about a published result, `entry_id` and `record_id` are the result's id."""
    missing: bool
    """It is about something that is missing in a report, and began without a record (SH-08)."""
    kind: str
    """Of the record."""
    amended: bool
    """The record was amended since the present stage began."""
    proposed: str | None
    proposed_title: str | None
    outcome: str | None
    outcome_title: str | None
    reason: str | None
    mine: bool
    opened_at: datetime
    """To all but the complainant, the day only: a moment may tell who it was (X-08)."""
    closed_at: datetime | None
    version: int
    actions: list[ActionView]


class StepView(BaseModel):
    """One line of the history."""

    no: int
    stage: str
    stage_title: str
    action: str
    action_title: str
    actor_role: str
    actor_title: str
    reason_code: str | None
    reason: str | None
    text: str | None
    at: datetime


class CaseFileView(BaseModel):
    """A file that came with a case."""

    file_id: UUID
    number: int
    name: str
    media_type: str
    size: int
    width: int | None
    height: int | None
    pages: int | None
    preview: bool
    with_complaint: bool
    """It came with the complaint itself; else with an answer to it."""


class ComingStageView(BaseModel):
    """The present stage or one that follows: who acts, and until when or within how many days. `begins_at`: its window is
    not open yet."""

    stage: str
    title: str
    who: str
    state: Literal["now", "ahead"]
    within_days: int | None
    within_working_days: int | None
    begins_at: datetime | None
    due_at: datetime | None


class SealedView(BaseModel):
    """Who complained is sealed (X-08). `may_open`: this card may learn it, with a reason; `opened_by`: who may, in Chinese.
    `named`: this card is told without a reason, as the scheme names the complainant to those who decide: `named_to` (CS-10)."""

    may_open: bool
    opened_by: str
    named: bool
    named_to: str


class CaseDetailView(CaseView):
    """A case with its history and the record before and after.

    `coming`: the present stage and those that follow. `on_silence`: what happens if nobody acts in time. `help`: who can help.
    `sealed`: null where a scheduled job opened the case. `form`: what files and texts cases of this type take.
    `appeal`: how this viewer appeals against the outcome now.
    """

    sealed: SealedView | None
    form: ComplaintFormView
    appeal: ComplaintFormView | None

    history: list[StepView]
    coming: list[ComingStageView]
    on_silence: str | None
    help: str | None
    files: list[CaseFileView]
    before: RecordView
    after: RecordView | None
    result: ResultChangeView | None
    """The result that it is about (X-15)."""


class CaseClassView(BaseModel):
    """A class with how many of the listed cases are about its students."""

    path: str
    title: str
    cases: int


def called(one: CaseClass | None, actor: Actor) -> str | None:
    """What a class is called in lists of this viewer; None: not known."""
    return one.title(actor.path) if one is not None else None


def case_view(case: Case, term: Term, by: Person, class_title: str | None = None) -> CaseView:
    """A case as this viewer sees it."""
    return CaseView.model_validate(_case(case, term, by) | {"class_title": class_title})


def _opened_at(case: Case, term: Term, by: Person) -> datetime:
    """When the case was opened; for others than the complainant the day only (X-08)."""
    return case.opened_at if by.pseudonym == case.complainant else day_of(case.opened_at, term)


def _case(untold: Case, term: Term, by: Person) -> dict[str, object]:
    case = untold.as_told(by)
    case_type, stage = term.scheme.cases.type(case.case_type), term.scheme.cases.stage(case.stage)
    acts = case.closed_at is None and case.begun_at is not None and case.decision is None
    waits_for_me = acts and case.acting_role(by) is not None
    dimension_title, kind_title = titles_of(term.scheme, case)
    actions = choices(case, stage) if waits_for_me else ()
    reasons = [ReasonView(id=r.id, title=r.title, note=r.note) for r in term.scheme.return_reasons_for("case")]
    roles = () if case.closed_at else case.waits_for
    outcomes = outcomes_of(case)
    return vars(case) | {
        "case_id": case.id,
        "class_title": None,
        "case_type_title": case_type.title,
        "student_name": case.before.student_name,
        "complaint_type_title": next((one.title for one in case_type.reasons if one.id == case.complaint_type), None),
        "state": "open" if case.closed_at is None else "closed",
        "stage_title": stage.title,
        "dimension_title": dimension_title,
        "kind_title": kind_title,
        "status_title": stage.title if case.closed_at is None else case.last_action_title or outcomes[case.outcome or "keep"],
        "updated_at": case.closed_at or _opened_at(case, term, by),
        "decided": case.decision is not None,
        "told_at": term.edge(case_type.told_after, case.path) if case_type.told_after and case.closed_at is None else None,
        "overdue": case.overdue and case.decision is None,
        "waits_for_title": "、".join(_role_title(term, role) for role in roles),
        "waits_for_me": waits_for_me,
        "proposed_title": outcomes[case.proposed] if case.proposed else None,
        "outcome_title": outcomes[case.outcome] if case.outcome else None,
        "begun": case.begun_at is not None,
        "amended": case.amended,
        "missing": case.missing,
        "kind": case.before.kind,
        "reason": case.last_reason,
        "mine": by.pseudonym == case.complainant,
        "opened_at": _opened_at(case, term, by),
        "actions": [
            ActionView(
                id=action.id,
                title=action.title,
                needs=list(action.needs),
                lacking=lacking(case, action),
                leads_to=leads_to(term.scheme, case, stage, action),
                reasons=reasons if "reason" in action.needs else [],
                bulk=action.bulk,
            )
            for action in actions
        ],
    }


def _role_title(term: Term, role: str) -> str:
    if role == COMPLAINANT:
        return "反馈人"
    return "系统" if role == CLOCK else term.scheme.role_title(role)


def detail_view(detail: CaseDetail, now: datetime) -> CaseDetailView:
    """The whole case. Who only complained sees of the record what the board would show."""
    case, term, by = detail.case.as_told(detail.by), detail.term, detail.by
    actor = by.actor
    inside = actor.is_(*case.parties) or may_see_complainant(term.scheme, case, actor)
    outside = case.student_id not in actor.students and not (actor.covers(case.path) and inside)
    steps = [
        vars(step)
        | {
            "actor_title": _role_title(term, step.actor_role),
            "at": _opened_at(case, term, by) if step.action == OPENING else step.at,
        }
        for step in detail.steps
    ]
    if case.decision is not None:
        steps.append(_untold_step(case, case.decision, term))
    return CaseDetailView.model_validate(
        _case(case, term, by)
        | {
            "history": steps,
            "sealed": sealed_view(term, case, by) if case.complainant is not None else None,
            "form": case_form(term, term.scheme.cases.type(case.case_type), case.path, case.before.level),
            "appeal": case_form(term, detail.appeal, case.path, case.before.level) if detail.appeal else None,
            "coming": [vars(stage) for stage in stages_to_come(term, case, now)],
            "on_silence": on_silence(term.scheme, case),
            "help": term.who_can_help(term.scheme.cases.stage(case.stage).operation),
            "files": [
                {
                    **row,
                    "number": n,
                    "name": neutral_name(row["media_type"], n),
                    "with_complaint": row["attached_to"].endswith(":opening"),
                }
                for n, row in enumerate(detail.files, 1)
            ],
            "before": record_view(term, case.before, public_only=outside),
            "after": record_view(term, case.after, public_only=outside) if case.after else None,
            "result": result_change_view(case, term),
        }
    )


def _untold_step(case: Case, decision: Decision, term: Term) -> dict[str, Any]:
    """A decision that is told later, as a line of the history for those who decide."""
    stage = term.scheme.cases.stage(case.stage)
    return vars(decision) | {
        "no": case.stage_no,
        "stage": stage.id,
        "stage_title": stage.title,
        "action_title": stage.action(decision.action).title,
        "actor_role": decision.role,
        "actor_title": _role_title(term, decision.role),
    }


def sealed_view(term: Term, case: Case, by: Person) -> SealedView:
    """Who may learn who complained, and whether this viewer may."""
    roles = term.scheme.cases.type(case.case_type).unsealed_by
    opened_by = "、".join(_role_title(term, role) for role in roles)
    names = named_to(term.scheme, term.scheme.cases.type(case.case_type), case.before.level)
    return SealedView(
        may_open=may_see_complainant(term.scheme, case, by.actor),
        opened_by=opened_by,
        named=is_named_to(term.scheme, case, by.actor),
        named_to="、".join(_role_title(term, role) for role in names),
    )


def result_view(result: Result) -> ResultView:
    """What became of one of many cases."""
    if result.refusal is not None:
        refusal = result.refusal
        return ResultView(case_id=result.case_id, ok=False, code=refusal.code, detail=refusal.detail or refusal.meaning.title)
    assert result.case is not None
    state = "open" if result.case.closed_at is None else "closed"
    return ResultView(case_id=result.case_id, ok=True, state=state, stage=result.case.stage)
