"""Response shapes of the list of one's appeals, and of complaints that were marked as malicious."""

from datetime import datetime
from typing import Literal
from uuid import UUID

from pydantic import BaseModel

from publicity.domain.appeals import APPEAL_STATES, appeal_state
from publicity.domain.terms import Term
from publicity.results import AppealRow
from publicity.store.malicious import MarkedCase
from publicity.views import day_of, titles_of


class AppealView(BaseModel):
    """A decision against one's record, and the appeal against it (CS-11). `button`: what opens the form, while one may appeal.

    `case_id`: the case that was decided; `appeal_id`: the appeal. `told_at`: when its result is told.
    """

    case_id: UUID
    appeal_id: UUID | None
    title: str
    problem_title: str
    dimension_title: str
    kind_title: str
    state: Literal["to_appeal", "waiting", "succeeded", "failed", "lapsed"]
    state_title: str
    updated_at: datetime
    told_at: datetime | None
    button: str | None


def appeal_view(row: AppealRow) -> AppealView | None:
    """One row; None where the scheme knows no appeal against such an outcome."""
    if row.follows is None:
        return None
    scheme, case, appeal = row.term.scheme, row.case, row.appeal
    state = appeal_state(appeal, row.may is not None)
    problem = next((one.title for one in scheme.cases.type(case.case_type).reasons if one.id == case.complaint_type), None)
    own = appeal is not None and appeal.complainant == row.by.pseudonym
    opened_at = None if appeal is None else appeal.opened_at if own else day_of(appeal.opened_at, row.term)
    changed = (appeal.closed_at or opened_at) if appeal is not None else None
    is_open = appeal is not None and appeal.closed_at is None
    return AppealView(
        case_id=case.id,
        appeal_id=appeal.id if appeal is not None else None,
        title=case.title,
        problem_title=problem or scheme.cases.type(case.case_type).title,
        dimension_title=titles_of(scheme, case)[0],
        kind_title=titles_of(scheme, case)[1],
        state=state,
        state_title=APPEAL_STATES[state].format(row.follows.title),
        updated_at=changed or case.closed_at or case.opened_at,
        told_at=row.term.edge(row.follows.told_after, case.path) if is_open and row.follows.told_after else None,
        button=(row.may.button or row.may.title) if row.may is not None else None,
    )


class MarkedView(BaseModel):
    """A complaint that was marked as malicious, and by which role and why the mark was taken back, if it was (SH-08)."""

    case_id: UUID
    case_type_title: str
    title: str
    student_name: str
    text: str
    marked_at: datetime
    reason: str
    lifted_at: datetime | None
    lifted_by: str | None
    lifted_reason: str | None


def marked_view(one: MarkedCase, term: Term) -> MarkedView:
    """One marked complaint, without who made it."""
    return MarkedView(
        case_id=one.case_id,
        case_type_title=term.scheme.cases.type(one.case_type).title,
        title=one.title,
        student_name=one.student_name,
        text=one.text,
        marked_at=one.at,
        reason=one.reason,
        lifted_at=one.lifted_at,
        lifted_by=term.scheme.role_title(one.lifted_role) if one.lifted_role else None,
        lifted_reason=one.lifted_reason,
    )
