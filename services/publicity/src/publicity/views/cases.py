"""Response shapes of cases. None has the complainant; `mine` is true for the complainant only (X-08)."""

from datetime import datetime
from uuid import UUID

from pydantic import BaseModel

from publicity.domain.cases import CLOCK, COMPLAINANT, OPENING, Case, Person, file_name
from publicity.domain.terms import Term
from publicity.results import CaseDetail, Result
from publicity.views import RecordView, ResultView, day_of, record_view


class ActionView(BaseModel):
    """What may be done now, and what it needs."""

    id: str
    title: str
    needs: list[str]
    bulk: bool


class CaseView(BaseModel):
    """A case in a list."""

    case_id: UUID
    case_type: str
    case_type_title: str
    entry_id: UUID
    record_id: UUID
    student_id: UUID
    student_name: str
    term_id: UUID
    path: str
    title: str
    complaint_type: str | None
    complaint_type_title: str | None
    text: str
    state: str
    """`open` or `closed`."""
    stage: str
    stage_title: str
    waits_for: list[str]
    waits_for_me: bool
    begun: bool
    """False: the stage's window is not open yet (JX-08)."""
    due_at: datetime | None
    overdue: bool
    amended: bool
    """The record was amended since the present stage began."""
    proposed: str | None
    outcome: str | None
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
    name: str
    media_type: str
    size: int


class CaseDetailView(CaseView):
    """A case with its history and the record before and after."""

    history: list[StepView]
    files: list[CaseFileView]
    before: RecordView
    after: RecordView | None


def case_view(case: Case, term: Term, by: Person) -> CaseView:
    """A case as this viewer sees it."""
    return CaseView.model_validate(_case(case, term, by))


def _opened_at(case: Case, term: Term, by: Person) -> datetime:
    """When the case was opened; for others than the complainant the day only (X-08)."""
    return case.opened_at if by.pseudonym == case.complainant else day_of(case.opened_at, term)


def _case(case: Case, term: Term, by: Person) -> dict[str, object]:
    case_type, stage = term.scheme.cases.type(case.case_type), term.scheme.cases.stage(case.stage)
    waits_for_me = case.closed_at is None and case.begun_at is not None and case.acting_role(by) is not None
    actions = stage.choices() if waits_for_me else ()
    return vars(case) | {
        "case_id": case.id,
        "case_type_title": case_type.title,
        "student_name": case.before.student_name,
        "complaint_type_title": next((one.title for one in case_type.reasons if one.id == case.complaint_type), None),
        "state": "open" if case.closed_at is None else "closed",
        "stage_title": stage.title,
        "waits_for_me": waits_for_me,
        "begun": case.begun_at is not None,
        "amended": case.amended,
        "reason": case.last_reason,
        "mine": by.pseudonym == case.complainant,
        "opened_at": _opened_at(case, term, by),
        "actions": [ActionView(id=a.id, title=a.title, needs=list(a.needs), bulk=a.bulk) for a in actions],
    }


def _role_title(term: Term, role: str) -> str:
    if role == COMPLAINANT:
        return "反馈人"
    return "系统" if role == CLOCK else term.scheme.role_title(role)


def detail_view(detail: CaseDetail) -> CaseDetailView:
    """The whole case. Who only complained sees of the record what the board would show."""
    case, term, by = detail.case, detail.term, detail.by
    actor = by.actor
    outside = case.student_id not in actor.students and not (actor.covers(case.path) and actor.is_(*case.parties))
    steps = [
        vars(step)
        | {
            "actor_title": _role_title(term, step.actor_role),
            "at": _opened_at(case, term, by) if step.action == OPENING else step.at,
        }
        for step in detail.steps
    ]
    return CaseDetailView.model_validate(
        _case(case, term, by)
        | {
            "history": steps,
            "files": [{**row, "name": file_name(row, case, by)} for row in detail.files],
            "before": record_view(term, case.before, public_only=outside),
            "after": record_view(term, case.after, public_only=outside) if case.after else None,
        }
    )


def result_view(result: Result) -> ResultView:
    """What became of one of many cases."""
    if result.refusal is not None:
        refusal = result.refusal
        return ResultView(case_id=result.case_id, ok=False, code=refusal.code, detail=refusal.detail or refusal.meaning.title)
    assert result.case is not None
    state = "open" if result.case.closed_at is None else "closed"
    return ResultView(case_id=result.case_id, ok=True, state=state, stage=result.case.stage)
