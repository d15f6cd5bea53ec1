"""Moves between schools on which an organisation above both decides: without the present school where nobody is in office
there, else after it has confirmed the statement of the evaluation data (BJ-04, L-10). Pure."""

from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from contracts.base import ancestor, within
from scheme import Scheme
from scheme.enrolments import DEFAULT_CHANGES, EnrolmentChange
from servicekit.refusals import Refusal, require

from identity.domain import enrolment_applications as applications
from identity.domain.enrolment_applications import CLAIM, DIRECT, Application, Step
from identity.domain.enrolment_wishes import Wish
from identity.domain.students import Student


def transfer_of(scheme: Scheme) -> EnrolmentChange:
    """The change by which a school of this scheme receives a student."""
    changes = [*scheme.enrolment.changes, *DEFAULT_CHANGES]
    transfers = [change for change in changes if change.effect == "transfer"]
    return next((change for change in transfers if change.applied_by == "receiving"), transfers[0])


def need_nobody_in_office(in_office: bool, rule: str) -> None:
    """Refuse to move a student past a school that could approve it."""
    if in_office:
        raise Refusal(
            "approvals_needed",
            rule=rule,
            help="请由转入学校申请“转入”，或由转出学校申请“转出”，两校审批后生效；只有转出学校已撤并、无人办理时才由上级直接转接",
        )


def need_home_school(student: Student, to: str, rule: str) -> None:
    """Refuse to move whoever has borrowed a place to any other school but the home school."""
    require(
        student.home is None or within(to, ancestor(student.home, "school")),
        "home_school_first",
        rule=rule,
        field="path",
        help="请先把学生转回学籍学校，再由学籍学校办理转出",
    )


def application(
    application_id: UUID,
    student: Student,
    transfer: EnrolmentChange,
    to: str,
    school: str,
    reason: str,
    *,
    applied_by: str,
    account_id: UUID,
    rule: str,
    time_zone: str,
    today: date,
    due_at: datetime | None,
    now: datetime,
) -> Application:
    """An application by the organisation above. due_at: until when the present school confirms the statement; None: nobody is
    in office there, and the move is done."""
    made = applications.apply(
        application_id,
        student,
        Wish(transfer, reason, today, school, to),
        applied_by=applied_by,
        account_id=account_id,
        rule=rule,
        time_zone=time_zone,
        due_at=due_at or now,
        now=now,
    )
    if due_at is None:
        title = f"{transfer.title}（上级直接转接）"
        return replace(
            made, change=DIRECT, change_title=title, approvals=(), state="done", waits_for=None, due_at=None, confirmed=1,
            ended_at=now,
        )  # fmt: skip
    title = next(approval.title for approval in transfer.approvals if approval.by == "releasing")
    return replace(
        made, change=CLAIM, change_title=f"{transfer.title}（上级裁定）", approvals=(Step("releasing", title),),
        waits_for=student.school,
    )  # fmt: skip
