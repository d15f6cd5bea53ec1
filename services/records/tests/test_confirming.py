"""Confirming what the school entered, handing texts in again, and what becomes of refused and missing data (SH-06 to SH-10)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.base import RecordSnapshot
from contracts.publicity import AmendmentRequestedV1, EntrySettledV1
from contracts.records import Asked, RecordAmendedV1, RecordApprovedV1, RecordEscalatedV1, RecordSubmittedV1
from records.actions import window_ends
from records.app import SERVICE
from records.domain import amendments, reviewing, writing
from records.domain.record import Record, RecordContent
from records.domain.state import State
from scheme import Chain, ReviewStep, Silence
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.testing import Caller, Kit, a_service, an_actor

from .builders import CLASS, SCHOOL, School, a_school, baoshan_windows
from .rule_builders import STUDENT, a_record, a_term, a_window, days, student

BAOSHAN = a_term(
    "baoshan",
    a_window("school_fill", days(5), days(20)),
    a_window("confirm", days(20), days(25)),
    a_window("mend_refused", days(20), days(26)),
    a_window("publicity", days(27), days(34)),
    a_window("handle_case", days(27), days(40)),
)
MENDING_ENDS = days(26)
TEXT = {"name": "我的一学期", "body": "这个学期我参加了学校的很多活动，学会了和同学合作。" * 3}
RECORDER = an_actor("school_recorder", SCHOOL, name="录入员")


def a_mark(state: State = State.SUBMITTED, **changed: Any) -> Record:
    """A course result that the school's recorder entered."""
    values = {
        "kind": "basic_course", "dimension": "courses", "title": "语文", "data": {"name": "语文", "mark": "优"}, "evidence": (),
        "origin": "entered", "level": "school", "author_id": RECORDER.account_id, "author_name": "录入员",
        "author_role": "school_recorder", "step": "student", "reviewer_role": "student" if state is State.SUBMITTED else None,
        "waits_since": days(10),
    }  # fmt: skip
    return a_record(state, **(values | changed))


def a_text(state: State = State.APPROVED, **changed: Any) -> Record:
    """A student's text that the class teacher has read."""
    values = {
        "kind": "typical_case", "title": "我的一学期", "data": TEXT, "evidence": (), "step": None, "reviewer_role": None,
    }  # fmt: skip
    return a_record(state, **(values | changed))


# --- rules


@pytest.mark.feature("SH-07")
def test_a_refused_record_that_is_corrected_while_the_student_may_still_confirm_waits_for_the_student_again() -> None:
    record = a_mark(State.RETURNED, reason_code="unreal")
    change = reviewing.enter_review(BAOSHAN, record, writing.Move.SUBMIT, reviewing.SYSTEM, days(24))
    assert (change.record.state, change.record.reviewer_role) == (State.SUBMITTED, "student")
    assert reviewing.deadline(BAOSHAN, change.record) == days(25)


@pytest.mark.feature("SH-07")
def test_a_refused_record_that_is_corrected_on_the_day_after_the_confirmation_counts_as_passed() -> None:
    change = reviewing.enter_review(
        BAOSHAN, a_mark(State.RETURNED), writing.Move.SUBMIT, reviewing.SYSTEM, days(25) + timedelta(hours=1)
    )
    assert change.record.state is State.APPROVED
    assert change.history[-1].note == "确认时间已过，改正后视为通过"
    assert [type(event) for event in change.events] == [RecordApprovedV1]


@pytest.mark.feature("SH-07", "SH-10")
def test_a_refused_record_that_nobody_corrects_becomes_a_case_when_the_time_for_corrections_ends() -> None:
    record = a_mark(State.RETURNED, reason_code="unreal", note="我没有得过这个成绩")
    assert reviewing.after_window(BAOSHAN, record, MENDING_ENDS - timedelta(microseconds=1)) is None
    change = reviewing.after_window(BAOSHAN, record, MENDING_ENDS)
    assert change is not None
    assert change.record == replace(record, state=State.ESCALATED, step=None, version=4)
    [event] = change.events
    assert isinstance(event, RecordEscalatedV1)
    assert (event.case_type, event.reason, event.record.version) == ("unmended", "与实际不符：我没有得过这个成绩", 4)
    assert reviewing.after_window(BAOSHAN, change.record, days(100)) is None


@pytest.mark.feature("SH-07")
def test_what_the_teacher_returned_never_becomes_a_case() -> None:
    record = a_text(State.RETURNED, step="class_teacher", waits_since=days(10))
    assert reviewing.mend_deadline(BAOSHAN, record) is None


@pytest.mark.feature("SH-07", "SH-01")
def test_the_scheme_acts_at_the_end_of_the_confirmation_and_of_the_corrections_of_each_grade() -> None:
    assert BAOSHAN.acted_at == (days(25), days(26))
    by_grade = a_term(
        "baoshan",
        a_window("confirm", days(20), days(25), grades=("9",)),
        a_window("confirm", days(20), days(27), grades=("8",)),
    )
    assert by_grade.acted_at == (days(25), days(27))
    assert a_term().acted_at == ()


@pytest.mark.feature("SH-10")
@pytest.mark.parametrize(
    ("unmended", "mend"),
    [({"then": "pass"}, "mend_refused"), ({"then": "escalate", "to": "principal"}, "mend_refused"),
     ({"then": "escalate", "case": "unmended"}, None)],
)  # fmt: skip
def test_a_scheme_whose_uncorrected_records_go_nowhere_is_refused(unmended: dict[str, Any], mend: str | None) -> None:
    step = ReviewStep(id="student", title="确认", role="student", mend_operation=mend, unmended=Silence(**unmended))
    with pytest.raises(ValueError, match="unmended"):
        Chain(steps=(step,))


@pytest.mark.feature("SH-06")
def test_a_text_that_the_teacher_has_read_is_handed_in_again_until_publicity_opens() -> None:
    content = RecordContent(None, TEXT | {"name": "新的题目"}, ())
    change = writing.revise(BAOSHAN, a_text(), content, student(), days(26))
    assert (change.record.state, change.record.step, change.record.title) == (State.SUBMITTED, "class_teacher", "新的题目")
    assert [type(event) for event in change.events] == [RecordSubmittedV1]
    with pytest.raises(Exception, match="window_closed"):
        writing.revise(BAOSHAN, a_text(), content, student(), days(27))


@pytest.mark.feature("SH-06")
def test_only_what_the_scheme_lets_be_revised_is_and_only_by_its_author() -> None:
    other = an_actor("student", CLASS, students=(new_id(),))
    with pytest.raises(Exception, match="forbidden"):
        writing.revise(BAOSHAN, a_text(), RecordContent(None, TEXT, ()), other, days(21))
    with pytest.raises(Exception, match="wrong_state"):
        writing.revise(BAOSHAN, a_mark(State.APPROVED), RecordContent(None, {}, ()), RECORDER, days(21))
    with pytest.raises(Exception, match="wrong_state"):
        writing.revise(BAOSHAN, a_text(State.SUBMITTED), RecordContent(None, TEXT, ()), student(), days(21))


@pytest.mark.feature("SH-10")
def test_a_student_does_not_amend_the_mark_that_a_case_asks_the_recorder_to_correct() -> None:
    record = a_mark(State.AMENDING, cases=(new_id(),))
    better = RecordContent[Any](None, {"name": "语文", "mark": "合格"}, ())
    with pytest.raises(Exception, match="forbidden"):
        amendments.amend(BAOSHAN, record, better, student(), days(30), roles=("school_recorder",))
    change = amendments.amend(BAOSHAN, record, better, RECORDER, days(30), roles=("school_recorder",))
    assert change.record.data["mark"] == "合格"


@pytest.mark.feature("SH-08", "SH-10")
def test_what_a_case_found_missing_is_entered_under_the_cases_id_within_the_quota() -> None:
    pupil = Student(STUDENT, "李晓雨", CLASS, status="enrolled")
    content = RecordContent[Any](None, {"name": "校运动会", "on_day": "2026-09-20"}, ())
    asked = Asked(case_id=UUID(int=7), turn=2)
    change = amendments.enter_missing(
        BAOSHAN, UUID(int=8), pupil, "sports_contest", content, RECORDER, days(30), asked, {"term": 1}
    )
    record = change.record
    assert (record.id, record.state, record.cases, record.version) == (UUID(int=8), State.AMENDING, (UUID(int=7),), 1)
    [event] = change.events
    assert isinstance(event, RecordAmendedV1)
    assert (event.asked, event.record.author_role) == ((asked,), "school_recorder")
    with pytest.raises(Exception, match="quota_exceeded"):
        amendments.enter_missing(BAOSHAN, UUID(int=8), pupil, "sports_contest", content, RECORDER, days(30), asked, {"term": 2})


# --- the running service

FILLING = datetime(2026, 9, 10, 8, tzinfo=UTC)
CONFIRMING = datetime(2026, 9, 22, 8, tzinfo=UTC)
CONFIRM_ENDS = datetime(2026, 9, 26, 8, tzinfo=UTC)
MEND_ENDS = datetime(2026, 9, 27, 8, tzinfo=UTC)
HANDLING = datetime(2026, 9, 29, 8, tzinfo=UTC)


async def a_school_of_baoshan(kit: Kit) -> tuple[School, Caller]:
    school = await a_school(kit, scheme="baoshan", now=FILLING, windows=baoshan_windows())
    return school, kit.as_(an_actor("school_recorder", SCHOOL, name="录入员"))


async def entered(school: School, recorder: Caller, name: str = "语文") -> dict[str, Any]:
    made = await recorder.post(
        "/records",
        {
            "term_id": str(school.term_id), "kind": "basic_course", "student_id": str(school.student_id),
            "data": {"name": name, "mark": "优"}, "submit": True,
        },
    )  # fmt: skip
    assert made.status == 201, made.json
    found: dict[str, Any] = made.json
    return found


async def state_of(school: School, record_id: str) -> str:
    return str((await school.student.get(f"/records/{record_id}")).json["state"])


@pytest.mark.feature("SH-07", "SH-10")
async def test_refused_records_are_corrected_or_become_cases_and_all_others_pass(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window_ends, "BATCH", 2)  # so that one end of a window takes several transactions
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder = await a_school_of_baoshan(kit)
        silent = [await entered(school, recorder, f"课程{n}") for n in range(5)]
        wrong, worse = await entered(school, recorder, "错的"), await entered(school, recorder, "更错的")
        kit.at(CONFIRMING)
        why = {"reason_code": "unreal", "note": "不是我的成绩"}
        sent = {"record_ids": [wrong["id"], worse["id"]], "action": "return"} | why
        assert [r["result"] for r in (await school.student.post("/reviews", sent)).json["results"]] == ["returned"] * 2
        assert (await school.mate.post(f"/records/{silent[0]['id']}/return", why)).code == "not_found"

        kit.at(CONFIRM_ENDS)
        await kit.tick()
        assert [await state_of(school, one["id"]) for one in silent] == ["approved"] * 5
        late = kit.as_(an_actor("school_recorder", SCHOOL, name="另一位录入员"))
        content = {"data": {"name": "对的", "mark": "良"}}
        assert (await late.put(f"/records/{wrong['id']}", content, If_Match='"3"')).status == 200
        assert (await late.post(f"/records/{wrong['id']}/submission")).json["state"] == "approved"

        kit.at(MEND_ENDS)
        await kit.tick()
        assert await state_of(school, worse["id"]) == "escalated"
        [event] = await kit.events(RecordEscalatedV1)
        assert (event.record_id, event.case_type, event.reason) == (UUID(worse["id"]), "unmended", "与实际不符：不是我的成绩")

        settled = EntrySettledV1(
            entry_id=new_id(), record_id=event.record_id, student_id=school.student_id, term_id=school.term_id, path=CLASS,
            kind="basic_course", title="更错的", case_id=new_id(),
        )  # fmt: skip
        await kit.receive(settled)
        await kit.receive(settled.model_copy())
        assert await state_of(school, worse["id"]) == "approved"


@pytest.mark.feature("SH-08", "SH-10")
async def test_the_recorder_enters_what_a_case_found_missing_and_nobody_else_does(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder = await a_school_of_baoshan(kit)
        kit.at(HANDLING)
        about = RecordSnapshot(
            record_id=new_id(), term_id=school.term_id, student_id=school.student_id, student_name="李晓雨", path=CLASS,
            dimension="health", kind="sports_contest", title="校级体育比赛", data={}, origin="entered", level="school",
            author_name="", version=0,
        )  # fmt: skip
        asks = AmendmentRequestedV1(
            case_id=new_id(), record_id=about.record_id, student_id=school.student_id, term_id=school.term_id, path=CLASS,
            open=True, turn=2, roles=("school_recorder",), missing=about,
        )  # fmt: skip
        await kit.receive(asks)
        url, content = f"/missing-records/{about.record_id}", {"data": {"name": "校运动会跳远", "on_day": "2026-09-20"}}
        assert (await school.student.post(url, content)).code == "forbidden"
        assert (await school.mate.post(url, content)).code == "not_found"
        elsewhere = kit.as_(an_actor("school_recorder", "jx.nc.dh.s2"))
        assert (await elsewhere.post(url, content)).code == "not_found"
        made = await recorder.post(url, content)
        assert (made.status, made.json["id"], made.json["state"]) == (201, str(about.record_id), "amending")
        [event] = await kit.events(RecordAmendedV1)
        assert (event.case_id, event.asked[0].turn, event.record.version) == (asks.case_id, 2, 1)

        await kit.receive(asks.model_copy())  # published again: the record is there, and nothing is asked anew
        await kit.receive(asks.model_copy(update={"open": False, "version": 1}))
        assert await state_of(school, str(about.record_id)) == "approved"
        assert (await recorder.post(url, content)).code == "not_found"


@pytest.mark.feature("SH-08")
async def test_what_is_no_longer_asked_for_is_not_entered_whatever_the_order_of_the_events(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder = await a_school_of_baoshan(kit)
        kit.at(HANDLING)
        about = RecordSnapshot(
            record_id=new_id(), term_id=school.term_id, student_id=school.student_id, student_name="李晓雨", path=CLASS,
            dimension="health", kind="sports_contest", title="校级体育比赛", data={}, origin="entered", level="school",
            author_name="", version=0,
        )  # fmt: skip
        asks = AmendmentRequestedV1(
            case_id=new_id(), record_id=about.record_id, student_id=school.student_id, term_id=school.term_id, path=CLASS,
            open=False, turn=2, roles=("school_recorder",), missing=about,
        )  # fmt: skip
        await kit.receive(asks)
        await kit.receive(asks.model_copy(update={"open": True}))
        content = {"data": {"name": "校运动会跳远", "on_day": "2026-09-20"}}
        assert (await recorder.post(f"/missing-records/{about.record_id}", content)).code == "wrong_state"


@pytest.mark.feature("SH-06")
async def test_a_student_hands_a_text_in_again_after_the_teacher_read_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, _ = await a_school_of_baoshan(kit)
        sent = {"term_id": str(school.term_id), "kind": "typical_case", "data": TEXT, "submit": True}
        made = (await school.student.post("/records", sent)).json
        assert made["reviewer_role"] == "class_teacher", made
        read = (await school.teacher.post(f"/records/{made['id']}/approval")).json
        assert read["state"] == "approved"
        url, content = f"/records/{made['id']}/revision", {"data": TEXT | {"name": "改过的题目"}}
        assert (await school.student.put(url, content, If_Match='"1"')).code == "stale_version"
        again = await school.student.put(url, content, If_Match=f'"{read["version"]}"')
        assert (again.json["state"], again.json["title"]) == ("submitted", "改过的题目")
