"""What is told of records that staff enter and students confirm, in the deployment's own words (SH-07, SH-10)."""

from pathlib import Path
from typing import Any

import pytest
from contracts.records import RecordApprovedV1, RecordReturnedV1, RecordSubmittedV1
from notify.domain import notification_rules, record_rules, texts
from notify.domain.messages import Notification, Notifications
from notify_builders import CASE, CLASS, SCHOOL, STUDENT_ADDRESS, TEACHER_ADDRESS, a_term, case_moved, record_event
from scheme import Scheme, load
from servicekit.directory import Term
from servicekit.ids import new_id

AUTHOR = new_id()
WHY: dict[str, Any] = {"reason_code": "unreal", "reason_title": "与实际不符", "note": "我是优"}


def scheme(name: str) -> Scheme:
    return load(Path(__file__).parents[3] / "schemes" / name / "2026.1.yaml")


BAOSHAN, CHANGSHA = (Term.from_event(a_term(), scheme(name)) for name in ("baoshan", "changsha"))


def about[E: (RecordReturnedV1, RecordApprovedV1, RecordSubmittedV1)](event: type[E], kind: str, role: str, **more: Any) -> E:
    """An event about a record of this kind that somebody with this role entered."""
    found: E = record_event(event, **more)
    own = {"kind": kind, "title": "语文", "author_role": role, "author_id": AUTHOR}
    entered = {"origin": "reported" if role == "student" else "entered"}
    return found.model_copy(update={"record": found.record.model_copy(update=own | entered)})


def wordings(found: Notifications) -> list[tuple[str, str, str]]:
    def words(one: Notification) -> tuple[str, str, str]:
        return (one.address, *texts.say(one.kind, one.facts))

    return [words(one) for one in found.new]


@pytest.mark.feature("SH-07")
def test_a_student_is_told_to_confirm_and_a_teacher_to_read_in_the_words_of_the_scheme() -> None:
    waits = about(RecordSubmittedV1, "basic_course", "recorder", step=0, reviewer_role="student")
    assert wordings(record_rules.submitted(waits, BAOSHAN)) == [
        (STUDENT_ADDRESS, "待确认信息记录 1 条", "最近录入：《语文》。")
    ]
    text = about(RecordSubmittedV1, "typical_case", "student", step=0, reviewer_role="class_teacher")
    assert wordings(record_rules.submitted(text, BAOSHAN)) == [
        (TEACHER_ADDRESS, "待审核信息记录 1 条", "最近提交：李晓雨《语文》。")
    ]


@pytest.mark.feature("SH-07")
@pytest.mark.parametrize(
    ("kind", "address"),
    [
        ("basic_course", f"school_recorder@{SCHOOL}"),
        ("district_exam", "district_recorder@jx.nc.dh"),
        ("city_exam", "city_recorder@jx.nc"),
    ],
)
def test_what_a_student_refuses_is_told_to_those_who_entered_it_and_not_to_the_student(kind: str, address: str) -> None:
    event = about(RecordReturnedV1, kind, "recorder", **WHY)
    assert wordings(record_rules.returned(event, BAOSHAN)) == [
        (
            address,
            "信息记录确认不通过：李晓雨《语文》",
            "学生确认不通过，原因：与实际不符。说明：我是优。请核对后改正。",
        )
    ]
    assert texts.say("record.refused", record_rules.returned(event, BAOSHAN).new[0].facts, 3)[0] == "3 条信息记录确认不通过"


@pytest.mark.feature("SH-07", "SH-06")
def test_a_student_hears_of_the_own_text_and_not_of_what_was_confirmed_a_moment_ago() -> None:
    text = about(RecordReturnedV1, "typical_case", "student", **WHY)
    [(address, title, body)] = wordings(record_rules.returned(text, BAOSHAN))
    assert (address, title) == (STUDENT_ADDRESS, "信息记录被退回：语文")
    assert body == "退回原因：与实际不符。说明：我是优。请修改后重新提交。"
    confirmed = record_rules.approved(about(RecordApprovedV1, "basic_course", "recorder", approved_by="李晓雨"), BAOSHAN)
    assert (confirmed.new, [one.kind for one in confirmed.handled]) == ((), ["record.review"])
    read = about(RecordApprovedV1, "typical_case", "student", approved_by="王老师")
    assert wordings(record_rules.approved(read, BAOSHAN))[0][:2] == (STUDENT_ADDRESS, "信息记录已审核通过：语文")
    assert wordings(record_rules.approved(read, CHANGSHA))[0][1] == "实证材料已审核通过：语文"


@pytest.mark.feature("SH-10")
def test_where_student_and_recorder_may_both_enter_what_is_missing_both_are_told() -> None:
    event = case_moved("student", "录入人修改").model_copy(update={"actors": ("student", "school_recorder")})
    found = notification_rules.case_moved(event, BAOSHAN)
    assert [(one.address, one.kind, one.thing) for one in found.new] == [
        (STUDENT_ADDRESS, "case.turn", None),
        (f"school_recorder@{SCHOOL}", "case.waiting", CASE),
    ]
    assert texts.say("case.waiting", found.new[1].facts)[0] == "待处理问题数据 1 件"
    family = event.model_copy(update={"actors": ("student", "guardian")})
    assert [one.address for one in notification_rules.case_moved(family, BAOSHAN).new] == [STUDENT_ADDRESS]


@pytest.mark.feature("SH-07")
def test_an_entry_of_a_kind_that_several_roles_enter_is_told_to_the_account_that_entered_it() -> None:
    beijing = Term.from_event(a_term(), scheme("beijing"))
    kind = next(one for one in beijing.scheme.kinds if {"subject_teacher", "class_teacher"} <= set(one.entry_roles))
    event = about(RecordReturnedV1, kind.id, "subject_teacher", **WHY)
    [notification] = record_rules.returned(event, beijing).new
    assert (notification.address, notification.path) == (f"account:{AUTHOR}", CLASS)
