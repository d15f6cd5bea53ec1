"""Positions without I/O (JX-11): declared, mended, passed, returned, and every way each is refused."""

from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest
from contracts.records import PositionApprovedV1, PositionReturnedV1, PositionSubmittedV1
from records.domain import position as positions
from records.domain.position import Position, PositionState
from records.domain.term import Term
from scheme import Chain
from servicekit.auth import Actor
from servicekit.directory import Student

from .builders import CLASS, NEXT_CLASS, NOW
from .rule_builders import EARLIER, STUDENT, TERM, a_term, admin, days, problem, rebuilt, refused, student, teacher

JX = a_term()
NAME = "jiangxi@2026.1"
ID = UUID(int=6)
DATA = {"level": "class", "title": "monitor", "since": "2026-09-02", "until": "2027-01-20", "duties": "主持班会"}
PUPIL = Student(STUDENT, "李晓雨", CLASS, class_title="高二（1）班", status="enrolled")
TOLD = {
    "position_id": ID, "term_id": TERM, "student_id": STUDENT, "student_name": "李晓雨", "path": CLASS, "title": "班长",
    "level": "班级", "starts_on": date(2026, 9, 2), "ends_on": date(2027, 1, 20), "duties": "主持班会",
}  # fmt: skip


def a_position(state: PositionState = PositionState.SUBMITTED, **changed: Any) -> Position:
    waits = state is PositionState.SUBMITTED
    expected: dict[str, Any] = {
        "id": ID, "term_id": TERM, "student_id": STUDENT, "student_name": "李晓雨", "path": CLASS, "data": DATA,
        "state": state, "version": 1, "submitted_at": EARLIER, "step": "class_teacher" if waits else None,
        "reviewer_role": "class_teacher" if waits else None,
    }  # fmt: skip
    return Position(**(expected | changed))


def reviewed_by(*roles: str) -> Term:
    """Jiangxi's rules, with a step of review per role."""
    assert JX.scheme.positions is not None
    step = JX.scheme.positions.review.steps[0]
    steps = tuple(step.model_copy(update={"id": role, "role": role}) for role in roles)
    form = JX.scheme.positions.model_copy(update={"review": Chain(steps=steps)})
    return replace(JX, scheme=rebuilt(JX.scheme, positions=form))


@pytest.mark.feature("JX-11")
def test_a_declared_position_waits_for_the_class_teacher() -> None:
    after, event = positions.declare(JX, ID, PUPIL, DATA | {"title": "班长"}, student(), NOW)
    assert after == a_position(submitted_at=NOW)
    assert event == PositionSubmittedV1(**TOLD, version=1)


@pytest.mark.feature("JX-11")
def test_a_position_without_an_end_is_told_from_the_terms_first_day() -> None:
    after, event = positions.declare(
        JX, ID, PUPIL, {"level": "school", "title": "monitor", "since": "2026-09-02"}, student(), NOW
    )
    expected = TOLD | {"level": "校级", "ends_on": None, "duties": None}
    assert event == PositionSubmittedV1(**expected, version=1)
    _, event = positions.approve(JX, replace(after, data={"title": "monitor", "level": "school"}), teacher(), NOW)
    assert event == PositionApprovedV1(**(expected | {"starts_on": date(2026, 9, 1)}), version=2)


@pytest.mark.feature("JX-11")
def test_a_position_is_mended_and_waits_again() -> None:
    returned = a_position(PositionState.RETURNED, reason_code="not_held", note="查无", step="class_teacher")
    after, event = positions.mend(JX, returned, DATA | {"title": "club_president"}, student(), NOW)
    assert after == a_position(data=DATA | {"title": "club_president"}, submitted_at=NOW, version=2)
    assert event == PositionSubmittedV1(**(TOLD | {"title": "社团负责人"}), version=2)


@pytest.mark.feature("JX-11")
def test_the_last_step_approves_a_position_and_an_earlier_one_hands_it_on() -> None:
    after, event = positions.approve(JX, a_position(), teacher(), NOW)
    assert after == a_position(PositionState.APPROVED, version=2)
    assert event == PositionApprovedV1(**TOLD, version=2)
    term = reviewed_by("class_teacher", "school_administrator")
    after, event = positions.approve(term, a_position(), teacher(), NOW)
    assert after == a_position(step="school_administrator", reviewer_role="school_administrator", version=2)
    assert event is None


@pytest.mark.feature("JX-11")
def test_a_position_without_review_is_approved_at_once() -> None:
    after, event = positions.declare(reviewed_by(), ID, PUPIL, DATA, student(), NOW)
    assert after == a_position(PositionState.APPROVED, submitted_at=NOW, version=2)
    assert event == PositionApprovedV1(**TOLD, version=2)


@pytest.mark.feature("JX-11")
def test_a_returned_position_says_why_and_waits_for_nobody() -> None:
    after, event = positions.send_back(JX, a_position(), teacher(), NOW, "untrue", "没有任职")
    expected = {"reason_code": "untrue", "note": "没有任职"}
    assert after == a_position(PositionState.RETURNED, step="class_teacher", version=2, **expected)
    assert event == PositionReturnedV1(**TOLD, version=2, reason_title="内容与事实不符", **expected)


@pytest.mark.feature("JX-11")
@pytest.mark.parametrize("code", [None, "wrong_kind"])
def test_a_position_is_returned_with_a_reason_of_its_list(code: str | None) -> None:
    known = [
        "untrue", "evidence_missing", "evidence_unclear", "evidence_mismatch", "incomplete", "duplicate", "wrong_date",
        "not_held", "other",
    ]  # fmt: skip
    errors = [problem("reason_code", "请选择原因")]
    with refused("reason_required", scheme=NAME, field="reason_code", reasons=known, errors=errors):
        positions.send_back(JX, a_position(), teacher(), NOW, code, None)


@pytest.mark.feature("JX-11")
@pytest.mark.parametrize("act", ["declare", "mend"])
def test_a_position_is_declared_by_the_students_side_in_its_window(act: str) -> None:
    def do(actor: Actor, now: Any = NOW, data: dict[str, Any] = DATA) -> None:
        if act == "declare":
            positions.declare(JX, ID, PUPIL, data, actor, now)
        else:
            positions.mend(JX, a_position(), data, actor, now)

    with refused("forbidden", scheme=NAME, help="职务由学生、家长申报"):
        do(teacher())
    window = {"operation": "declare_position", "title": "职务申报", "starts": days(0), "ends": days(60 + 1 / 3), "next": None}
    detail = "“职务申报”已于2026-10-31 16:00结束"
    with refused(
        "window_closed", rule="JX-11", scheme=NAME, help="请联系班主任", reason="window_closed", window=window, detail=detail
    ):
        do(student(), days(61))
    errors = [problem("since", "任职开始不能晚于今天", "not_future", "positions.since.not_future")]
    with refused("invalid_input", scheme=NAME, errors=errors):
        do(student(), NOW.replace(hour=15), DATA | {"since": "2026-10-11"})
    do(student(), NOW.replace(hour=16), DATA | {"since": "2026-10-11"})


@pytest.mark.feature("BJ-04")
def test_who_left_declares_no_position() -> None:
    with refused("not_enrolled", rule="BJ-04", scheme=NAME, status="left", help="请联系校管理员"):
        positions.declare(JX, ID, replace(PUPIL, status="left"), DATA, student(), NOW)


@pytest.mark.feature("JX-11")
@pytest.mark.parametrize("act", ["approve", "return"])
def test_a_position_is_reviewed_by_the_steps_role_in_its_window(act: str) -> None:
    def do(actor: Actor, position: Position, now: Any = NOW) -> None:
        if act == "approve":
            positions.approve(JX, position, actor, now)
        else:
            positions.send_back(JX, position, actor, now, "incomplete", None)

    for other in (student(), admin(), teacher(NEXT_CLASS)):
        with refused("forbidden", scheme=NAME, help="请联系班主任"):
            do(other, a_position())
    window = {"operation": "review_position", "title": "职务确认", "starts": days(0), "ends": days(67 + 1 / 3), "next": None}
    detail = "“职务确认”已于2026-11-07 16:00结束"
    with refused(
        "window_closed", rule="JX-11", scheme=NAME, help="请联系校管理员", reason="window_closed", window=window, detail=detail
    ):
        do(teacher(), a_position(), days(68))
    for state, possible in ((PositionState.APPROVED, []), (PositionState.RETURNED, ["mend"])):
        with refused("wrong_state", state=state.value, move=act, possible=possible):
            do(teacher(), a_position(state))
    for nobody in ({"step": None}, {"reviewer_role": None}):
        with refused("wrong_state", scheme=NAME, state="submitted"):
            do(teacher(), a_position(**nobody))


def test_a_scheme_without_positions_has_none_to_declare() -> None:
    term = a_term("changsha")
    assert term.scheme.positions is None
    with refused("not_found", scheme="changsha@2026.1"):
        positions.form_of(term)
