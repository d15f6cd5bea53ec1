"""Review without I/O: agreeing, returning, silence, amendments under a case, release and sharing, and each refusal."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.records import (
    Asked,
    MisconductReleasedV1,
    RecordAmendedV1,
    RecordApprovedV1,
    RecordReturnedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
)
from records.domain import access, amendments, misconduct_release, reviewing, sharing
from records.domain.position import PositionState
from records.domain.record import SYSTEM, Change, ChangedBy, HistoryLine, Record, RecordContent, need_version, new_record
from records.domain.state import Move, State
from records.domain.term import Term, activity
from scheme import Silence, loads
from servicekit.auth import Actor
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import AFTER_REVIEW, CLASS, NEXT_CLASS, NOW, OTHER_SCHOOL, SCHOOL
from .rule_builders import (
    AUTHOR,
    EARLIER,
    HOURS,
    SCHEMES,
    STUDENT,
    a_file,
    a_record,
    a_term,
    a_window,
    admin,
    days,
    problem,
    rebuilt,
    refused,
    reshaped,
    student,
    teacher,
)

JX = a_term()
FOLDER = Path(__file__).parents[3] / "schemes"
NAME = "jiangxi@2026.1"
TEACHER = teacher()
BY_TEACHER = ChangedBy(TEACHER.account_id, "陈老师", "class_teacher")
CASE, SECOND = UUID(int=21), UUID(int=22)


def one_line(change: Change) -> tuple[Any, ...]:
    [line] = change.history
    return line.at, line.by, line.action, line.from_state, line.to_state, line.step, line.reason_code, line.note, line.version


# --- review


@pytest.mark.feature("JX-04")
def test_the_last_reviewer_approves_the_record() -> None:
    record = a_record()
    change = reviewing.approve(JX, record, TEACHER, NOW)
    assert change.record == replace(record, state=State.APPROVED, step=None, reviewer_role=None, version=4)
    assert one_line(change) == (NOW, BY_TEACHER, "approve", State.SUBMITTED, State.APPROVED, "class_teacher", None, None, 4)
    expected = RecordApprovedV1(record_id=record.id, record=change.record.snapshot(), at=NOW, approved_by="陈老师")
    assert change.events == (expected,)


def with_steps(*changes: dict[str, Any]) -> Term:
    """Jiangxi's rules with these steps for volunteer service: the class teacher's, each changed like this."""
    chain = JX.kind("volunteer_service").review
    steps = tuple(chain.steps[0].model_copy(update=changed) for changed in changes)
    return reshaped(JX, "volunteer_service", review=chain.model_copy(update={"steps": steps}))


@pytest.mark.feature("JX-04")
def test_a_step_that_is_not_the_last_hands_the_record_to_the_next() -> None:
    term = with_steps({}, {"id": "school", "role": "school_administrator"})
    record = a_record()
    change = reviewing.approve(term, record, TEACHER, NOW)
    after = replace(record, step="school", reviewer_role="school_administrator", waits_since=NOW, version=4)
    assert change.record == after
    assert one_line(change) == (NOW, BY_TEACHER, "pass", State.SUBMITTED, State.SUBMITTED, "class_teacher", None, None, 4)
    expected = RecordSubmittedV1(
        record_id=record.id, record=after.snapshot(), at=NOW, step=1, reviewer_role="school_administrator"
    )
    assert change.events == (expected,)
    noted = reviewing.pass_step(term, record, SYSTEM, NOW, "逾期")
    assert noted.history[0].note == "逾期"


@pytest.mark.feature("JX-04")
def test_a_return_says_its_reason_and_waits_for_nobody() -> None:
    record = a_record()
    change = reviewing.send_back(JX, record, TEACHER, NOW, "untrue", "时长与证明不符")
    after = replace(record, state=State.RETURNED, reviewer_role=None, reason_code="untrue", note="时长与证明不符", version=4)
    assert change.record == after
    assert one_line(change) == (
        NOW, BY_TEACHER, "return", State.SUBMITTED, State.RETURNED, "class_teacher", "untrue", "时长与证明不符", 4,
    )  # fmt: skip
    expected = RecordReturnedV1(
        record_id=record.id, record=after.snapshot(), at=NOW,
        reason_code="untrue", reason_title="内容与事实不符", note="时长与证明不符",
    )  # fmt: skip
    assert change.events == (expected,)
    assert reviewing.send_back(JX, record, TEACHER, NOW, "incomplete", None).record.note is None


FOR_RECORDS = [
    "untrue", "evidence_missing", "evidence_unclear", "evidence_mismatch", "wrong_kind", "incomplete", "duplicate",
    "wrong_date", "other",
]  # fmt: skip
NO_REASON = {"field": "reason_code", "reasons": FOR_RECORDS, "errors": [problem("reason_code", "请选择原因")]}
NOTE, OTHER = "选择“内容与事实不符”时请填写说明", "选择“其他”时请填写说明"


@pytest.mark.feature("JX-04")
@pytest.mark.parametrize(
    ("code", "note", "expected"),
    [
        (None, "不行", NO_REASON),
        ("not_held", "不行", NO_REASON),
        ("untrue", None, {"field": "note", "detail": NOTE, "errors": [problem("note", NOTE)]}),
        ("other", "  ", {"field": "note", "detail": OTHER, "errors": [problem("note", OTHER)]}),
    ],
)
def test_a_return_needs_a_reason_of_the_list_and_the_note_that_some_ask_for(
    code: str, note: str, expected: dict[str, Any]
) -> None:
    with refused("reason_required", scheme=NAME, **expected):
        reviewing.send_back(JX, a_record(), TEACHER, NOW, code, note)


@pytest.mark.feature("JX-04")
@pytest.mark.parametrize("move", ["approve", "return"])
@pytest.mark.parametrize("actor", [student(), teacher(NEXT_CLASS), admin()])
def test_only_the_steps_role_for_this_class_reviews(move: str, actor: Actor) -> None:
    with refused("forbidden", scheme=NAME, help="请联系班主任"):
        if move == "approve":
            reviewing.approve(JX, a_record(), actor, NOW)
        else:
            reviewing.send_back(JX, a_record(), actor, NOW, "incomplete", None)


def test_a_review_ends_with_its_window() -> None:
    window = {"operation": "review", "title": "写实审核", "starts": days(0), "ends": days(103 + 1 / 3), "next": None}
    with refused(
        "window_closed", rule="JX-04", scheme=NAME, window=window, help="请联系校管理员", reason="window_closed",
        detail="“写实审核”已于2026-12-13 16:00结束",
    ):  # fmt: skip
        reviewing.approve(JX, a_record(), TEACHER, AFTER_REVIEW)


@pytest.mark.parametrize("state", [state for state in State if state is not State.SUBMITTED])
def test_only_what_waits_is_reviewed(state: State) -> None:
    for act in (
        lambda record: reviewing.approve(JX, record, TEACHER, NOW),
        lambda record: reviewing.pass_step(JX, record, SYSTEM, NOW),
        lambda record: reviewing.send_back(JX, record, TEACHER, NOW, "incomplete", None),
    ):
        with pytest.raises(Exception, match="wrong_state"):
            act(a_record(state, step="class_teacher", reviewer_role="class_teacher"))


# --- silence

ENDS = days(40)
BAOSHAN = a_term("baoshan", a_window("confirm", days(30), ENDS))


def confirmed(**changed: Any) -> Record:
    expected = {"kind": "basic_course", "dimension": "courses", "step": "student", "reviewer_role": "student"}
    return a_record(**(expected | changed))


@pytest.mark.feature("SH-07")
def test_silence_passes_when_the_window_ends() -> None:
    record = confirmed(waits_since=days(31))
    assert reviewing.deadline(BAOSHAN, record) == ENDS
    assert reviewing.after_silence(BAOSHAN, record, ENDS - timedelta(microseconds=1)) is None
    change = reviewing.after_silence(BAOSHAN, record, ENDS)
    assert change is not None
    assert one_line(change) == (
        ENDS, SYSTEM, "approve", State.SUBMITTED, State.APPROVED, "student", None, "逾期未处理，视为通过", 4,
    )  # fmt: skip
    assert [type(event) for event in change.events] == [RecordApprovedV1]
    assert change.events[0].approved_by == "系统"  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "changed",
    [
        {"state": State.RETURNED},
        {"step": None},
        {"waits_since": None},
        {"reviewer_role": "class_teacher"},
        {"waits_since": days(41)},
    ],
)
def test_silence_means_nothing_where_nobody_is_waited_for_or_the_step_was_handed_on(changed: dict[str, Any]) -> None:
    assert reviewing.deadline(BAOSHAN, confirmed(**changed)) is None
    assert reviewing.after_silence(BAOSHAN, confirmed(**changed), days(100)) is None


@pytest.mark.feature("SH-10")
def test_silence_may_hand_the_step_to_another_role() -> None:
    silence = Silence(then="escalate", to="school_administrator", after=timedelta(days=3))
    term, record = with_steps({"silence": silence}), a_record()
    at = EARLIER + timedelta(days=3)
    assert reviewing.deadline(term, record) == at
    change = reviewing.after_silence(term, record, at)
    assert change is not None
    after = replace(record, reviewer_role="school_administrator", version=4)
    assert change.record == after
    assert one_line(change) == (at, SYSTEM, "escalate", State.SUBMITTED, State.SUBMITTED, "class_teacher", None, None, 4)
    expected = RecordSubmittedV1(
        record_id=record.id, record=after.snapshot(), at=at, step=0, reviewer_role="school_administrator"
    )
    assert change.events == (expected,)
    assert reviewing.after_silence(term, after, at) is None


# --- amending


@pytest.mark.feature("JX-09")
def test_cases_ask_for_an_amendment_and_the_last_to_settle_approves_again() -> None:
    approved = a_record(State.APPROVED)
    first = amendments.request_amendment(approved, CASE, NOW)
    assert first is not None
    assert first.record == replace(approved, state=State.AMENDING, cases=(CASE,), version=4)
    assert one_line(first) == (NOW, SYSTEM, "ask", State.APPROVED, State.AMENDING, None, None, None, 4)
    assert amendments.request_amendment(first.record, CASE, NOW) is None
    second = amendments.request_amendment(first.record, SECOND, NOW)
    assert second is not None
    assert second.record.cases == (CASE, SECOND)
    assert amendments.end_amendment(first.record, SECOND, NOW) is None
    left = amendments.end_amendment(second.record, CASE, NOW)
    assert left is not None
    assert (left.record.state, left.record.cases, left.history[0].action) == (State.AMENDING, (SECOND,), "ask")
    done = amendments.end_amendment(left.record, SECOND, NOW)
    assert done is not None
    assert (done.record.state, done.record.cases, one_line(done)[:3]) == (State.APPROVED, (), (NOW, SYSTEM, "settle"))
    assert amendments.end_amendment(replace(done.record, cases=(CASE,)), CASE, NOW) is None


@pytest.mark.parametrize("state", [State.DRAFT, State.SUBMITTED, State.RETURNED, State.VOIDED])
def test_a_case_asks_nothing_of_a_record_that_does_not_stand(state: State) -> None:
    assert amendments.request_amendment(a_record(state), CASE, NOW) is None


@pytest.mark.feature("JX-09")
def test_an_amendment_is_told_with_the_turns_that_asked_for_it() -> None:
    record = a_record(State.AMENDING, cases=(CASE, SECOND))
    other = RecordContent(None, HOURS | {"name": "图书馆值日"}, (a_file(name="新.png"),))
    asked = (Asked(case_id=CASE, turn=1),)
    change = amendments.amend(JX, record, other, student(), NOW, asked)
    after = replace(record, title="图书馆值日", data=other.data, evidence=other.evidence, version=4)
    assert change.record == after
    by = ChangedBy(AUTHOR, "李晓雨", "student")
    assert one_line(change) == (NOW, by, "amend", State.AMENDING, State.AMENDING, None, None, None, 4)
    expected = RecordAmendedV1(record_id=record.id, record=after.snapshot(), at=NOW, case_id=SECOND, asked=asked)
    assert change.events == (expected,)
    assert amendments.amend(JX, record, replace(other, title="新名"), student(), NOW).record.title == "新名"
    assert amendments.amend(JX, record, other, student(), NOW).events[0].asked == ()  # type: ignore[attr-defined]


@pytest.mark.feature("JX-09")
def test_an_amendment_is_whole_asked_for_and_by_who_may_mend() -> None:
    record, content = a_record(State.AMENDING, cases=(CASE,)), RecordContent(None, HOURS, (a_file(),))
    with refused("forbidden", scheme=NAME, help="请联系李晓雨"):
        amendments.amend(JX, record, content, TEACHER, NOW)
    with refused("wrong_state", scheme=NAME, state="approved", detail="没有需要修改此记录的质疑"):
        amendments.amend(JX, a_record(State.APPROVED), content, student(), NOW)
    errors = [problem("name", "服务项目不能为空", "required", "volunteer_service.name.required")]
    with refused("invalid_input", scheme=NAME, errors=errors):
        amendments.amend(JX, record, replace(content, data={k: v for k, v in HOURS.items() if k != "name"}), student(), NOW)


def test_staff_and_the_student_both_may_mend_what_staff_entered() -> None:
    data = {"exam": "midterm", "subject": "mathematics", "score": "118", "full_mark": "150"}
    record = a_record(
        State.AMENDING, cases=(CASE,), kind="exam_scores", author_role="importer", author_id=UUID(int=77), data=data
    )
    for actor in (student(), TEACHER):
        assert amendments.amend(JX, record, RecordContent(None, data, ()), actor, NOW).record.title == "数学"


@pytest.mark.feature("JX-09")
def test_a_change_that_came_too_late_is_taken_back() -> None:
    record = a_record(State.APPROVED)
    content = RecordContent("原来的名称", HOURS | {"hours": "2"}, (a_file(name="旧.png"),))
    change = amendments.restore_submitted(record, content, 2, CASE, NOW)
    assert change is not None
    after = replace(record, title=content.title, data=content.data, evidence=content.evidence, version=4)
    assert change.record == after
    note = "处理意见提交之后所作的修改未被采用，记录已恢复为提交时的内容"
    assert one_line(change) == (NOW, SYSTEM, "put_back", State.APPROVED, State.APPROVED, None, None, note, 4)
    expected = RecordAmendedV1(record_id=record.id, record=after.snapshot(), at=NOW, case_id=CASE, restores=2)
    assert change.events == (expected,)
    assert amendments.restore_submitted(record, record.content, 2, CASE, NOW) is None


@pytest.mark.feature("JX-09")
def test_a_case_may_void_a_record_or_exclude_it_and_an_appeal_may_restore_what_is_excluded() -> None:
    record = a_record(cases=(CASE,))
    change = amendments.void_by_case(record, "内容不实", NOW)
    assert change is not None
    after = replace(record, state=State.VOIDED, cases=(), step=None, reviewer_role=None, version=4)
    assert change.record == after
    assert one_line(change) == (NOW, SYSTEM, "void", State.SUBMITTED, State.VOIDED, "class_teacher", None, "内容不实", 4)
    assert change.events == (RecordVoidedV1(record_id=record.id, record=after.snapshot(), at=NOW, reason="内容不实"),)
    assert amendments.void_by_case(after, "内容不实", NOW) is None
    assert amendments.restore(after, "申诉成立", NOW) is None
    assert amendments.exclude(record, "内容不实", NOW) is None, "it does not count yet"
    out = amendments.exclude(a_record(State.APPROVED), "内容不实", NOW)
    assert out is not None
    assert (out.record.state, out.events) == (State.EXCLUDED, ())
    back = amendments.restore(out.record, "申诉成立", NOW)
    assert back is not None
    assert back.record == replace(out.record, state=State.APPROVED, version=5)
    assert one_line(back)[2:5] == ("restore", State.EXCLUDED, State.APPROVED)


# --- release


def misconduct(state: State = State.APPROVED, **changed: Any) -> Record:
    data = {"category": "warning", "happened_on": "2026-09-20", "facts": "迟到多次", "decided_by": "学校政教处"}
    expected = {"kind": "misconduct", "dimension": "moral", "data": data, "origin": "imported", "level": "school"}
    return a_record(state, **(expected | changed))


@pytest.mark.feature("JX-14")
@pytest.mark.parametrize("on", [date(2026, 9, 20), date(2026, 10, 10)])
def test_a_release_says_when_why_and_by_whom(on: date) -> None:
    record, actor = misconduct(), admin()
    change = misconduct_release.release(JX, record, actor, on, " 表现良好，已改正 ", False, NOW)
    after = replace(record, released_on=on, release_reason="表现良好，已改正", released_by="校管理员", version=4)
    assert change.record == after
    by = ChangedBy(actor.account_id, "校管理员", "administrator")
    assert one_line(change) == (NOW, by, "release", State.APPROVED, State.APPROVED, None, None, " 表现良好，已改正 ", 4)
    expected = MisconductReleasedV1(
        record_id=record.id, record=after.snapshot(), at=NOW, released_on=on, reason="表现良好，已改正", released_by="校管理员"
    )
    assert change.events == (expected,)


@pytest.mark.feature("JX-14")
@pytest.mark.parametrize(
    ("record", "actor", "on", "reason", "sealed", "code", "expected"),
    [
        (a_record(State.APPROVED), admin(), 1, "表现良好", False, "not_releasable", {}),
        (misconduct(), TEACHER, 1, "表现良好", False, "forbidden", {"help": "请联系校管理员"}),
        (misconduct(), admin(OTHER_SCHOOL), 1, "表现良好", False, "forbidden", {"help": "请联系校管理员"}),
        (misconduct(), admin(), 1, "表现良好", True, "career_sealed", {}),
        (misconduct(released_on=date(2026, 10, 1)), admin(), 1, "表现良好", False, "already_released", {}),
        (misconduct(State.VOIDED), admin(), 1, "表现良好", False, "wrong_state", {"state": "voided"}),
        (misconduct(), admin(), 11, "表现良好", False, "invalid_input",
         {"errors": [problem("released_on", "解除日期不能晚于今天")]}),
        (misconduct(), admin(), -11, "表现良好", False, "invalid_input",
         {"errors": [problem("released_on", "解除日期不能早于发生日期（2026-09-20）")]}),
        (misconduct(), admin(), 1, "好", False, "invalid_input", {"errors": [problem("reason", "请至少填写5个字")]}),
        (misconduct(), admin(), 11, "好", False, "invalid_input",
         {"errors": [problem("released_on", "解除日期不能晚于今天"), problem("reason", "请至少填写5个字")]}),
    ],
)  # fmt: skip
def test_a_release_is_refused_by_name(
    record: Record, actor: Actor, on: int, reason: str, sealed: bool, code: str, expected: dict[str, Any]
) -> None:
    reason = reason if reason == "好" else f"{reason}，已改正"
    with refused(code, scheme=NAME, **expected):
        misconduct_release.release(JX, record, actor, date(2026, 9, 30) + timedelta(days=on), reason, sealed, NOW)


@pytest.mark.feature("JX-14")
def test_a_release_keeps_to_the_window_of_its_operation() -> None:
    def released(operation: str | None, now: datetime) -> State:
        archives = JX.scheme.archives
        assert archives.release is not None
        how = archives.release.model_copy(update={"operation": operation})
        term = replace(JX, scheme=rebuilt(JX.scheme, archives=archives.model_copy(update={"release": how})))
        return misconduct_release.release(
            term, misconduct(), admin(), date(2026, 10, 1), "表现良好，已改正", False, now
        ).record.state

    assert released("seal", days(137)) is released(None, NOW) is State.APPROVED
    with pytest.raises(Refusal, match="window_closed: “生成学期档案”尚未开放") as early:
        released("seal", NOW)
    assert early.value.details["rule"] == "JX-14"


def test_a_scheme_without_releases_has_none() -> None:
    term = a_term("changsha")
    kind = term.scheme.kinds[0]
    with refused("not_releasable", scheme="changsha@2026.1"):
        misconduct_release.release(
            term, a_record(State.APPROVED, kind=kind.id), admin(), date(2026, 10, 1), "表现良好", False, NOW
        )


def test_a_release_without_a_day_of_what_happened_looks_at_today_only() -> None:
    change = misconduct_release.release(JX, misconduct(data={}), admin(), date(2020, 1, 1), "表现良好，已改正", False, NOW)
    assert change.record.released_on == date(2020, 1, 1)


# --- who sees, who writes, who is shown


HOME, STAFF = {"author_role": "student"}, {"author_role": "class_teacher", "author_id": UUID(int=70)}
COLLEAGUE = an_actor("class_teacher", CLASS, account_id=UUID(int=70))
SUBJECT = an_actor("subject_teacher", CLASS)


@pytest.mark.feature("X-08")
@pytest.mark.parametrize(
    ("state", "expected", "actor", "home", "sees"),
    [
        (State.DRAFT, HOME, student(), None, True),
        (State.DRAFT, HOME, an_actor("guardian", CLASS, students=(STUDENT,)), None, True),
        (State.DRAFT, HOME, student(students=(UUID(int=5),)), None, False),
        (State.DRAFT, HOME, TEACHER, None, False),
        (State.DRAFT, STAFF, COLLEAGUE, None, True),
        (State.DRAFT, STAFF, TEACHER, None, False),
        (State.DRAFT, STAFF, student(), None, False),
        (State.DRAFT, STAFF, an_actor("class_teacher", NEXT_CLASS, account_id=UUID(int=70)), None, False),
        (State.SUBMITTED, HOME, student(), None, True),
        (State.SUBMITTED, HOME, TEACHER, None, True),
        (State.SUBMITTED, HOME, admin(), None, True),
        (State.SUBMITTED, HOME, student(students=(UUID(int=5),)), None, False),
        (State.SUBMITTED, HOME, admin(OTHER_SCHOOL), None, False),
        (State.SUBMITTED, HOME, admin(OTHER_SCHOOL), f"{OTHER_SCHOOL}.g2025.c09", True),
        (State.SUBMITTED, HOME, admin(OTHER_SCHOOL), NEXT_CLASS, False),
        (State.DRAFT, HOME, admin(OTHER_SCHOOL), f"{OTHER_SCHOOL}.g2025.c09", False),
    ],
)
def test_what_one_may_not_see_does_not_exist(
    state: State, expected: dict[str, Any], actor: Actor, home: str | None, sees: bool
) -> None:
    record = a_record(state, **expected)
    assert access.may_see(record, actor, access.seen_kinds(SCHEMES, actor), home) is sees
    if sees:
        assert access.need_visible(record, actor, access.seen_kinds(SCHEMES, actor), home) is record
    else:
        with refused("not_found"):
            access.need_visible(record, actor, access.seen_kinds(SCHEMES, actor), home)


def test_no_record_is_not_found() -> None:
    with refused("not_found"):
        access.need_visible(None, student(), None)


@pytest.mark.parametrize(
    ("expected", "kind", "actor", "writes"),
    [
        (HOME, "volunteer_service", student(), True),
        ({"author_role": "guardian"}, "volunteer_service", student(), True),
        (HOME, "volunteer_service", TEACHER, False),
        (STAFF, "exam_scores", student(), False),
        (STAFF, "exam_scores", COLLEAGUE, True),
        (STAFF, "exam_scores", TEACHER, True),
        (STAFF, "exam_scores", SUBJECT, False),
        (STAFF, "exam_scores", teacher(NEXT_CLASS), False),
        (STAFF | {"author_id": SUBJECT.account_id}, "exam_scores", SUBJECT, True),
    ],
)
def test_the_students_side_writes_what_came_from_it_and_staff_what_staff_entered(
    expected: dict[str, Any], kind: str, actor: Actor, writes: bool
) -> None:
    assert access.may_write(JX.kind(kind), a_record(kind=kind, **expected), actor) is writes


SHOWN = {"visibility": "class", "state": State.APPROVED}


@pytest.mark.feature("CS-04")
@pytest.mark.parametrize(
    ("expected", "actor", "sees"),
    [
        (SHOWN, student(students=(UUID(int=5),)), True),
        (SHOWN, TEACHER, True),
        (SHOWN, admin(), True),
        (SHOWN, teacher(NEXT_CLASS), False),
        (SHOWN, admin("jx.nc.dh"), False),
        (SHOWN | {"visibility": "school"}, teacher(NEXT_CLASS), True),
        (SHOWN | {"visibility": "school"}, admin(), True),
        (SHOWN | {"visibility": "school"}, admin(OTHER_SCHOOL), False),
        (SHOWN | {"visibility": "school"}, admin("jx.nc.dh"), False),
        (SHOWN | {"visibility": "private"}, TEACHER, False),
        (SHOWN | {"state": State.VOIDED}, TEACHER, False),
        (SHOWN | {"author_role": "class_teacher"}, TEACHER, False),
    ],
)
def test_a_shared_record_is_seen_in_its_class_or_its_school(expected: dict[str, Any], actor: Actor, sees: bool) -> None:
    assert sharing.may_see_shared(a_record(**expected), actor) is sees


@pytest.mark.feature("CS-04")
@pytest.mark.parametrize(
    ("path", "circle", "asked", "shown"),
    [
        (CLASS, "class", None, CLASS),
        (CLASS, "class", CLASS, CLASS),
        (CLASS, "class", NEXT_CLASS, None),
        (CLASS, "school", None, SCHOOL),
        (CLASS, "school", SCHOOL, SCHOOL),
        (CLASS, "school", OTHER_SCHOOL, None),
        (SCHOOL, "class", CLASS, CLASS),
        (SCHOOL, "class", None, None),
        (SCHOOL, "class", SCHOOL, None),
        ("jx.nc.dh", "school", None, None),
        ("jx.nc.dh", "class", CLASS, None),
    ],
)
def test_a_card_looks_into_circles_at_or_below_its_place(path: str, circle: Any, asked: str | None, shown: str | None) -> None:
    assert sharing.circle_path(an_actor("class_teacher", path), circle, asked) == shown


@pytest.mark.feature("CS-04")
def test_only_the_students_side_shows_a_record_and_its_history_says_so() -> None:
    record = a_record(State.SUBMITTED)
    change = sharing.share(JX, record, student(), "class", NOW)
    by = ChangedBy(AUTHOR, "李晓雨", "student")
    line = HistoryLine(record.id, NOW, by, "share", State.SUBMITTED, State.SUBMITTED, "class_teacher", None, "class", 3)
    assert change == Change(replace(record, visibility="class"), (line,))
    for expected, actor in ((HOME, TEACHER), (STAFF, student())):
        with refused("forbidden", rule="CS-04", scheme=NAME, help="请联系李晓雨"):
            sharing.share(JX, a_record(**expected), actor, "class", NOW)
    with refused("wrong_state", rule="CS-04", scheme=NAME, state="voided"):
        sharing.share(JX, a_record(State.VOIDED), student(), "class", NOW)


# --- records as such


def test_a_decision_on_an_older_version_is_refused() -> None:
    record = a_record()
    need_version(record, None)
    need_version(record, 3)
    files = [{"evidence_id": file.evidence_id, "media_type": "image/png"} for file in record.evidence]
    current = {"title": record.title, "data": record.data, "state": "submitted", "evidence": files}
    with refused("stale_version", seen=2, version=3, current=current):
        need_version(record, 2)


def test_two_changes_are_one_and_a_new_record_begins_a_history() -> None:
    record = a_record(State.SUBMITTED)
    begun = new_record(record, BY_TEACHER, "import")
    assert one_line(begun) == (record.created_at, BY_TEACHER, "import", None, State.SUBMITTED, "class_teacher", None, None, 3)
    void = amendments.void(record, SYSTEM, "重复", NOW)
    both = begun.followed_by(void)
    assert (both.record, both.history, both.events) == (void.record, begun.history + void.history, void.events)
    assert void.with_events(*void.events).events == void.events * 2


def test_events_tell_all_of_a_record_that_others_may_know() -> None:
    record = a_record()
    assert record.snapshot().model_dump() == {
        "record_id": record.id, "term_id": record.term_id, "student_id": STUDENT, "student_name": "李晓雨", "path": CLASS,
        "dimension": "moral", "kind": "volunteer_service", "title": "社区敬老院志愿服务", "data": HOURS,
        "evidence": (a_file().model_dump(),), "origin": "reported", "level": "student", "author_name": "李晓雨",
        "author_id": AUTHOR, "author_role": "student", "version": 3, "scheme_version": None,
    }  # fmt: skip


def test_a_return_keeps_its_reason_on_the_record_and_no_other_move_does() -> None:
    change = reviewing.pass_step(JX, a_record(reason_code="untrue", note="旧"), SYSTEM, NOW, "通过")
    assert (change.record.reason_code, change.record.note) == ("untrue", "旧")
    assert Move.RETURN.value == "return"


@pytest.mark.feature("JX-14")
def test_the_scheme_says_whether_a_career_archive_blocks_a_release() -> None:
    archives = JX.scheme.archives
    assert archives.career is not None
    career = archives.career.model_copy(update={"blocks": ("backfill",)})
    scheme = JX.scheme.model_copy(update={"archives": archives.model_copy(update={"career": career})})
    change = misconduct_release.release(
        replace(JX, scheme=scheme), misconduct(), admin(), date(2026, 10, 1), "表现良好，已改正", True, NOW
    )
    assert change.record.released_on == date(2026, 10, 1)


@pytest.mark.feature("JX-18")
def test_the_scheme_says_which_field_tells_the_sort_of_activity() -> None:
    assert activity([JX.scheme], None) is None
    assert activity([JX.scheme], "ceremony") == {"youth_league_activity": {"activity_type": "ceremony"}}
    assert activity([a_term("changsha").scheme], "ceremony") == {}
    text = (FOLDER / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    text = text.replace("        activity_field: activity_type\n", "")
    changed = loads(text.replace("        title: 主题教育\n", "        title: 主题教育\n        activity_field: theme\n"))
    assert activity([changed], "ceremony") == {"theme_education": {"theme": "ceremony"}}


def test_states_and_moves_are_stored_under_these_names() -> None:
    assert [*State] == ["draft", "submitted", "returned", "approved", "amending", "escalated", "excluded", "voided"]
    assert [*Move] == [
        "mend", "submit", "categorise", "withdraw", "pass", "escalate", "approve", "return", "reimport", "carry_over",
        "ask", "amend", "settle", "put_back", "revise", "unmended", "enter_missing", "release", "exclude", "void", "restore",
    ]  # fmt: skip
    assert [*PositionState] == ["submitted", "returned", "approved"]


@pytest.mark.feature("SH-07", "SH-01")
def test_silence_counts_from_the_window_of_the_students_own_grade() -> None:
    by_grade = a_term(
        "baoshan", a_window("confirm", days(30), days(35), grades=("9",)), a_window("confirm", days(30), ENDS, grades=("8",))
    )
    eighth, ninth = (confirmed(waits_since=days(31), path=f"{SCHOOL}.g{year}.c01") for year in (2024, 2023))
    found = [(by_grade.grade(one.path), reviewing.deadline(by_grade, one)) for one in (eighth, ninth)]
    assert found == [(8, ENDS), (9, days(35))]
