"""Reporting without I/O: drafts, mending, handing in, taking back, and every way each is refused (JX-03, JX-04)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from contracts.base import EvidenceRef
from contracts.records import RecordApprovedV1, RecordSubmittedV1, RecordWithdrawnV1
from records.domain import quotas, writing
from records.domain.record import SYSTEM, ChangedBy, HistoryLine, RecordContent
from records.domain.reviewing import enter_review
from records.domain.state import Move, State
from records.domain.term import Term
from scheme import Field, Form
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import AFTER_REPORTING, CLASS, NOW, SCHOOL
from .rule_builders import (
    AUTHOR,
    HOURS,
    STUDENT,
    a_file,
    a_record,
    a_term,
    a_window,
    days,
    problem,
    rebuilt,
    refused,
    reshaped,
    student,
    teacher,
)

JX = a_term()
PUPIL = Student(STUDENT, "李晓雨", CLASS, class_title="高二（1）班", status="enrolled")
WHOLE = RecordContent(None, HOURS, (a_file(),))
NAME = "jiangxi@2026.1"
LIMITS = {"min": 1, "max": 9, "types": ["image", "pdf"], "max_bytes": 10485760}
ID = UUID(int=4)


def evidence_problem(field: str, message: str, limit: str) -> dict[str, str]:
    return problem(field, message, type=limit, rule=f"volunteer_service.evidence.{limit}")


_VOLUNTEERING = JX.kind("volunteer_service").form
WITH_IMAGES = reshaped(
    JX,
    "volunteer_service",
    form=Form(
        fields=(
            *_VOLUNTEERING.fields,
            Field(id="certificate", title="证书照片", type="image", required=True),
            Field(id="stage", title="现场照片", type="image"),
        ),
        in_order=_VOLUNTEERING.in_order,
        rules=_VOLUNTEERING.rules,
    ),
)
NO_EVIDENCE = evidence_problem("evidence", "请至少上传1份佐证材料", "min")


@pytest.mark.feature("JX-03")
def test_a_draft_says_whose_it_is_who_wrote_it_and_where_it_belongs() -> None:
    actor = student(name="李雨父")
    change = writing.draft(JX, ID, PUPIL, "volunteer_service", replace(WHOLE, visibility="class"), actor, NOW, whole=True)
    expected = a_record(
        State.DRAFT,
        id=ID,
        author_name="李雨父",
        visibility="class",
        version=1,
        created_at=NOW,
        submitted_at=None,
        waits_since=None,
        scheme_version=JX.scheme.version,
    )
    assert change.record == expected
    by = ChangedBy(AUTHOR, "李雨父", "student")
    assert change.history == (HistoryLine(ID, NOW, by, "create", None, State.DRAFT, None, None, None, 1),)
    assert change.events == ()


def test_a_draft_of_staff_is_entered_at_the_level_of_its_kind() -> None:
    recorder = an_actor("recorder", "sh.bs.bs.s1", name="录入员")
    term = a_term("baoshan", path="sh.bs.bs.s1")
    pupil = replace(PUPIL, path="sh.bs.bs.s1.g2024.c01")
    change = writing.draft(
        term, ID, pupil, "basic_course", RecordContent("语文课", {"name": "语文", "mark": "优"}, ()), recorder, NOW, whole=True
    )
    record = change.record
    assert (record.origin, record.level, record.dimension, record.title) == ("entered", "school", "courses", "语文课")


def test_a_draft_may_have_gaps_but_nothing_wrong_in_it() -> None:
    gaps = writing.draft(
        JX, ID, PUPIL, "volunteer_service", RecordContent(None, {"account": "短"}, ()), student(), NOW, whole=False
    )
    assert (gaps.record.data, gaps.record.title) == ({"account": "短"}, "志愿服务")
    wrong = RecordContent(None, {"hours": "一千", "account": "短"}, ())
    with refused(
        "invalid_input",
        scheme=NAME,
        errors=[problem("hours", "时长：时长格式不正确，请写成 2.5 或 2小时30分钟", "type", "volunteer_service.hours.type")],
    ):
        writing.draft(JX, ID, PUPIL, "volunteer_service", wrong, student(), NOW, whole=False)


@pytest.mark.feature("JX-03")
def test_what_is_handed_in_at_once_names_every_gap() -> None:
    with refused(
        "invalid_input",
        scheme=NAME,
        errors=[
            problem("name", "服务项目不能为空", "required", "volunteer_service.name.required"),
            problem("account", "过程与收获至少20个字，现有1个字", "min_length", "volunteer_service.account.min_length"),
        ],
    ):
        data = {key: value for key, value in HOURS.items() if key != "name"} | {"account": "短"}
        writing.draft(JX, ID, PUPIL, "volunteer_service", RecordContent(None, data, (a_file(),)), student(), NOW, whole=True)


def test_a_day_is_in_the_future_by_the_schools_clock() -> None:
    late = NOW.replace(hour=15, minute=59)
    tomorrow = replace(WHOLE, data=HOURS | {"ends_on": "2026-10-11"})
    with refused(
        "invalid_input",
        scheme=NAME,
        errors=[problem("ends_on", "结束日期不能晚于今天", "not_future", "volunteer_service.ends_on.not_future")],
    ):
        writing.draft(JX, ID, PUPIL, "volunteer_service", tomorrow, student(), late, whole=False)
    assert writing.draft(JX, ID, PUPIL, "volunteer_service", tomorrow, student(), late.replace(hour=16), whole=True)


@pytest.mark.feature("BJ-04")
@pytest.mark.parametrize("status", ["left", "suspended"])
def test_who_left_or_is_suspended_gets_no_new_record(status: str) -> None:
    with refused("not_enrolled", rule="BJ-04", scheme=NAME, status=status, help="请联系校管理员"):
        writing.draft(JX, ID, replace(PUPIL, status=status), "volunteer_service", WHOLE, student(), NOW, whole=True)


@pytest.mark.parametrize(
    ("actor", "kind", "grade", "expected"),
    [
        (
            teacher(),
            "volunteer_service",
            "2025",
            {"rule": "volunteer_service.entry_roles", "help": "“志愿服务”由学生、家长填报"},
        ),
        (student(), "exam_scores", "2025", {"rule": "exam_scores.entry_roles", "help": "“考试成绩”由班主任填报"}),
    ],
)
def test_a_kind_is_entered_by_the_roles_of_the_scheme(actor: Actor, kind: str, grade: str, expected: dict[str, str]) -> None:
    with refused("forbidden", scheme=NAME, **expected):
        writing.draft(JX, ID, PUPIL, kind, WHOLE, actor, NOW, whole=True)


def test_a_kind_of_other_grades_or_of_no_scheme_is_refused() -> None:
    term = a_term("baoshan")
    eighth = replace(PUPIL, path=f"{SCHOOL}.g2024.c01")
    expected = {"rule": "self_introduction.grades", "errors": [problem("kind", "该年级没有“自我介绍”")]}
    with refused("invalid_input", scheme="baoshan@2026.1", **expected):
        writing.draft(term, ID, eighth, "self_introduction", WHOLE, student(), NOW, whole=True)
    with refused("invalid_input", scheme=NAME, errors=[problem("kind", "本方案没有“poem”这个类别")]):
        writing.draft(JX, ID, PUPIL, "poem", WHOLE, student(), NOW, whole=True)


@pytest.mark.feature("JX-03")
@pytest.mark.parametrize(
    ("files", "whole", "field", "message", "limit"),
    [
        ((), True, "evidence", "请至少上传1份佐证材料", "min"),
        ((a_file(),) * 10, True, "evidence", "佐证材料最多9份，现有10份", "max"),
        ((a_file(),) * 10, False, "evidence", "佐证材料最多9份，现有10份", "max"),
        ((a_file(), a_file(media_type="video/mp4")), False, "evidence.1", "这里只能上传图片、PDF", "types"),
        ((a_file(size=10485761),), False, "evidence.0", "文件不能超过10MB", "max_bytes"),
    ],
)
def test_evidence_of_a_wrong_number_type_or_size_is_refused_with_the_limits(
    files: tuple[Any, ...], whole: bool, field: str, message: str, limit: str
) -> None:
    with refused("invalid_input", scheme=NAME, errors=[evidence_problem(field, message, limit)], limits=LIMITS):
        writing.draft(JX, ID, PUPIL, "volunteer_service", replace(WHOLE, evidence=files), student(), NOW, whole=whole)


@pytest.mark.feature("X-12", "X-13")
@pytest.mark.parametrize("whole", [True, False])
def test_a_form_names_wrong_fields_and_wrong_evidence_at_once(whole: bool) -> None:
    content = replace(WHOLE, data=HOURS | {"hours": "300", "place": ""}, evidence=(a_file(media_type="video/mp4"),))
    rule = "volunteer_service.hours.maximum"
    expected = [
        problem("hours", "时长不能大于200小时", type="maximum", rule=rule),
        *([problem("place", "地点不能为空", type="required", rule="volunteer_service.place.required")] if whole else []),
        evidence_problem("evidence.0", "这里只能上传图片、PDF", "types"),
    ]
    with refused("invalid_input", scheme=NAME, errors=expected, limits=LIMITS):
        writing.draft(JX, ID, PUPIL, "volunteer_service", content, student(), NOW, whole=whole)


@pytest.mark.feature("CS-06")
@pytest.mark.parametrize(
    ("numbers", "field", "message"),
    [
        ({"certificate": 3}, "certificate", "证书照片：请从已上传的图片中选择"),
        ({"certificate": 2}, "certificate", "证书照片：请从已上传的图片中选择"),
        ({"certificate": 1, "stage": 1}, "stage", "现场照片：这张图片已用于另一项"),
        ({"stage": 1}, "certificate", "证书照片不能为空"),
    ],
)
def test_an_image_field_names_a_picture_among_the_files_and_no_two_the_same(
    numbers: dict[str, int], field: str, message: str
) -> None:
    content = replace(WHOLE, data=HOURS | numbers, evidence=(a_file(), a_file(media_type="application/pdf")))
    with pytest.raises(Refusal) as refusal:
        writing.draft(WITH_IMAGES, ID, PUPIL, "volunteer_service", content, student(), NOW, whole=True)
    assert [(e["field"], e["message"]) for e in refusal.value.details["errors"]] == [(field, message)]


@pytest.mark.feature("CS-06")
def test_an_image_field_keeps_the_number_of_its_file() -> None:
    content = replace(WHOLE, data=HOURS | {"certificate": "2", "stage": 1}, evidence=(a_file(), a_file()))
    record = writing.draft(WITH_IMAGES, ID, PUPIL, "volunteer_service", content, student(), NOW, whole=True).record
    assert (record.data["certificate"], record.data["stage"]) == (2, 1)
    certificate = WITH_IMAGES.kind("volunteer_service").form.field("certificate")
    assert certificate.shown(record.data["certificate"]) == "见第2份材料"


@pytest.mark.parametrize("files", [(), (a_file(),) * 9, (a_file(size=10485760), a_file(media_type="application/pdf"))])
def test_evidence_within_the_limits_is_kept(files: tuple[Any, ...]) -> None:
    change = writing.draft(
        JX, ID, PUPIL, "volunteer_service", replace(WHOLE, evidence=files), student(), NOW, whole=bool(files)
    )
    assert change.record.evidence == files


@pytest.mark.feature("JX-04")
def test_a_returned_record_is_mended_whole_and_a_draft_with_gaps() -> None:
    other = RecordContent(None, HOURS | {"name": "图书馆值日"}, (a_file(name="新.png"),), "school")
    change = writing.mend(JX, a_record(State.RETURNED, step="class_teacher"), other, student(), NOW)
    record = change.record
    assert (record.title, record.data, record.evidence, record.visibility) == (
        "图书馆值日",
        other.data,
        other.evidence,
        "school",
    )
    assert (record.state, record.version, change.history[0].action, change.history[0].at) == (State.RETURNED, 4, "mend", NOW)
    assert change.history[0].by == ChangedBy(AUTHOR, "李晓雨", "student")
    gaps = RecordContent("起个名", {}, ())
    assert writing.mend(JX, a_record(State.DRAFT), gaps, student(), NOW).record.title == "起个名"
    with refused("invalid_input", scheme=NAME, errors=[NO_EVIDENCE], limits=LIMITS):
        writing.mend(JX, a_record(State.RETURNED, step="class_teacher"), replace(other, evidence=()), student(), NOW)


@pytest.mark.parametrize("act", ["mend", "submit", "withdraw"])
def test_only_who_writes_a_record_mends_it_hands_it_in_or_takes_it_back(act: str) -> None:
    def do(actor: Actor, state: State) -> Any:
        record = a_record(state)
        if act == "mend":
            return writing.mend(JX, record, WHOLE, actor, NOW)
        return writing.submit(JX, record, actor, NOW, {}) if act == "submit" else writing.withdraw(JX, record, actor, NOW)

    with refused("forbidden", rule="volunteer_service.entry_roles", scheme=NAME, help="请联系填报人李晓雨"):
        do(teacher(), State.DRAFT)
    with refused(
        "wrong_state", state="approved", move=act, possible=["ask", "revise", "release", "put_back", "exclude", "void"]
    ):
        do(student(), State.APPROVED)


@pytest.mark.feature("JX-04")
def test_what_is_handed_in_waits_for_the_first_reviewer() -> None:
    before = a_record(State.RETURNED, step="class_teacher", reason_code="untrue", note="不符", data=HOURS | {"hours": "4.50"})
    change = writing.submit(JX, before, student(), NOW, {})
    after = replace(
        before, state=State.SUBMITTED, step="class_teacher", reviewer_role="class_teacher", reason_code=None, note=None,
        submitted_at=NOW, waits_since=NOW, data=HOURS, version=4,
    )  # fmt: skip
    assert change.record == after
    by = ChangedBy(AUTHOR, "李晓雨", "student")
    assert change.history == (
        HistoryLine(before.id, NOW, by, "submit", State.RETURNED, State.SUBMITTED, "class_teacher", None, None, 4),
    )
    expected = RecordSubmittedV1(record_id=before.id, record=after.snapshot(), at=NOW, step=0, reviewer_role="class_teacher")
    assert change.events == (expected,)


@pytest.mark.feature("JX-03")
def test_a_record_is_handed_in_whole_and_while_its_window_is_open() -> None:
    with refused("invalid_input", scheme=NAME, errors=[NO_EVIDENCE], limits=LIMITS):
        writing.submit(JX, a_record(State.DRAFT, evidence=()), student(), NOW, {})
    window = {"operation": "report", "title": "写实上报", "starts": days(0), "ends": days(98 + 1 / 3), "next": None}
    with refused(
        "window_closed", rule="timing.report", scheme=NAME, window=window, help="请联系班主任", reason="window_closed",
        detail="“写实上报”已于2026-12-08 16:00结束",
    ):  # fmt: skip
        writing.submit(JX, a_record(State.DRAFT), student(), AFTER_REPORTING, {})


@pytest.mark.feature("SH-07")
def test_a_returned_record_has_a_window_of_its_own_where_the_scheme_gives_one() -> None:
    term = a_term("baoshan", a_window("mend_refused", days(0), days(60)), path="sh.bs.bs.s1")
    recorder = an_actor("recorder", "sh.bs.bs.s1")
    expected = {
        "kind": "basic_course", "dimension": "courses", "data": {"name": "语文", "mark": "优"}, "evidence": (),
        "author_role": "recorder", "path": "sh.bs.bs.s1.g2024.c01", "step": "student",
    }  # fmt: skip
    assert writing.submit(term, a_record(State.RETURNED, **expected), recorder, NOW, {}).record.state is State.SUBMITTED
    for record in (a_record(State.DRAFT, **expected), a_record(State.RETURNED, **(expected | {"step": None}))):
        with pytest.raises(Exception, match="学校填报"):
            writing.submit(term, record, recorder, NOW, {})


@pytest.mark.feature("SH-04")
@pytest.mark.parametrize(
    ("scheme", "kind", "per", "what", "max"),
    [
        ("jiangxi", "military_training", "year", "每学年", 1),
        ("baoshan", "eaglet_badge", "year", "每学年", 1),
        ("baoshan", "defence_award", "term", "每学期", 2),
        ("baoshan", "league_activity", "term", "每学期", 2),
        ("baoshan", "sports_contest", "term", "每学期", 2),
        ("baoshan", "health_education", "term", "每学期", 2),
        ("baoshan", "arts_activity", "term", "每学期", 2),
        ("baoshan", "art_troupe", "term", "每学期", 2),
        ("baoshan", "science_activity", "term", "每学期", 2),
    ],
)
def test_one_more_than_the_quota_is_refused(scheme: str, kind: str, per: str, what: str, max: int) -> None:
    term = a_term(scheme)
    kind_ = term.kind(kind)
    writing.need_quota(term, kind_, {})
    writing.need_quota(term, kind_, {per: max - 1})
    detail = f"“{kind_.title}”{what}最多{max}条"
    for used in (max, max + 1):
        with refused(
            "quota_exceeded",
            rule=f"{kind}.quotas",
            scheme=term.scheme_name,
            detail=detail,
            errors=[problem("kind", detail, type="quota", rule=f"{kind}.quotas")],
            quota={"per": per, "max": max, "used": used},
        ):
            writing.need_quota(term, kind_, {per: used})


def test_a_quota_of_a_whole_stage_or_of_what_is_selected_is_told_apart() -> None:
    kind = JX.kind("military_training")
    stage = kind.model_copy(update={"quotas": (kind.quotas[0].model_copy(update={"per": "stage", "max": 0}),)})
    quota = {"per": "stage", "max": 0, "used": 0}
    detail = "“军训”在校期间最多0条"
    rule = "military_training.quotas"
    errors = [problem("kind", detail, type="quota", rule=rule)]
    with refused("quota_exceeded", rule=rule, scheme=NAME, detail=detail, quota=quota, errors=errors):
        writing.need_quota(JX, stage, {})
    selected = kind.model_copy(update={"quotas": (kind.quotas[0].model_copy(update={"counts": "selected", "max": 0}),)})
    writing.need_quota(JX, selected, {"year": 5})


def test_a_record_within_its_quota_is_handed_in_and_one_above_is_not() -> None:
    data = {
        "name": "新生军训", "starts_on": "2026-09-01", "ends_on": "2026-09-07", "days": 7, "mark": "good",
        "account": "站军姿、走队列，学会了坚持，也学会了听从指挥和照顾身边的同学。",
    }  # fmt: skip
    record = a_record(State.DRAFT, kind="military_training", dimension="practice", data=data)
    assert writing.submit(JX, record, student(), NOW, {"year": 0}).record.state is State.SUBMITTED
    with pytest.raises(Exception, match="每学年最多1条"):
        writing.submit(JX, record, student(), NOW, {"year": 1})


@pytest.mark.feature("JX-04")
def test_a_record_is_taken_back_while_nobody_reviewed_it() -> None:
    record = a_record()
    change = writing.withdraw(JX, record, student(), NOW)
    after = replace(record, state=State.DRAFT, step=None, reviewer_role=None, submitted_at=None, version=4)
    assert change.record == after
    by = ChangedBy(AUTHOR, "李晓雨", "student")
    assert change.history == (
        HistoryLine(record.id, NOW, by, "withdraw", State.SUBMITTED, State.DRAFT, "class_teacher", None, None, 4),
    )
    assert change.events == (RecordWithdrawnV1(record_id=record.id, record=after.snapshot(), at=NOW),)


def test_an_imported_record_or_one_at_a_later_step_is_not_taken_back() -> None:
    with refused("wrong_state", rule="X-12", scheme=NAME, detail="导入的记录请通过撤销导入批次收回"):
        writing.withdraw(JX, a_record(origin="imported"), student(), NOW)
    with refused("wrong_state", scheme=NAME, detail="记录已进入下一步审核，不能撤回"):
        writing.withdraw(JX, a_record(step="second"), student(), NOW)


def test_what_counts_is_what_was_handed_in_and_still_stands() -> None:
    assert set(State) - set(quotas.COUNTED) == {State.DRAFT, State.EXCLUDED, State.VOIDED}


def test_a_kind_without_review_is_approved_by_the_clock_when_it_is_handed_in() -> None:
    term = a_term("changsha")
    kind = next(kind for kind in term.scheme.kinds if not kind.review.in_force({}, last_term=False))
    draft = a_record(State.DRAFT, kind=kind.id, waits_since=None)
    change = enter_review(term, draft, Move.SUBMIT, ChangedBy(AUTHOR, "李晓雨", "student"), NOW)
    assert (change.record.state, change.record.version, change.record.submitted_at) == (State.APPROVED, 5, NOW)
    assert [(line.action, line.by.name, line.note) for line in change.history] == [
        ("submit", "李晓雨", None),
        ("approve", "系统", None),
    ]
    expected = RecordApprovedV1(record_id=draft.id, record=change.record.snapshot(), at=NOW, approved_by=SYSTEM.name)
    assert change.events == (expected,)


# --- growth records


@pytest.mark.feature("CS-04")
def test_a_growth_record_begins_as_visible_as_its_scheme_says_and_takes_only_what_the_scheme_offers() -> None:
    changsha = a_term("changsha")
    content = RecordContent(None, {"name": "读书笔记", "body": "读了一本书"}, ())

    def visibility(term: Term, content: RecordContent[EvidenceRef], kind: str) -> str:
        return writing.draft(term, ID, PUPIL, kind, content, student(), NOW, whole=False).record.visibility

    assert visibility(changsha, content, "reading") == "class"
    assert visibility(changsha, replace(content, visibility="private"), "reading") == "private"
    assert visibility(JX, WHOLE, "volunteer_service") == "private"
    assert visibility(JX, replace(WHOLE, visibility="school"), "volunteer_service") == "school"
    assert changsha.scheme.drafts is not None
    drafts = changsha.scheme.drafts.model_copy(update={"visibilities": changsha.scheme.drafts.visibilities[:2]})
    closed = replace(changsha, scheme=changsha.scheme.model_copy(update={"drafts": drafts}))
    errors = [problem("visibility", "本方案没有这种可见范围")]
    with refused("invalid_input", errors=errors, rule="CS-04", scheme="changsha@2026.1"):
        visibility(closed, replace(content, visibility="school"), "reading")


@pytest.mark.feature("CS-04")
def test_mending_a_shared_record_without_saying_so_again_makes_it_private() -> None:
    record = a_record(State.RETURNED, visibility="school")
    assert writing.mend(JX, record, WHOLE, student(), NOW).record.visibility == "private"
    assert writing.mend(JX, record, replace(WHOLE, visibility="class"), student(), NOW).record.visibility == "class"


@pytest.mark.feature("CS-04")
def test_a_draft_is_shown_to_a_circle_that_the_scheme_has() -> None:
    changsha = a_term("changsha")
    drafts = changsha.scheme.drafts
    assert drafts is not None
    kind = next(kind for kind in changsha.scheme.kinds if kind.may_enter("student"))
    pupil = replace(PUPIL, path=f"{SCHOOL}.g2026.c01")

    def draft(term: Term, visibility: Any) -> str:
        content = RecordContent("某事", {}, (), visibility)
        return writing.draft(term, ID, pupil, kind.id, content, student(), NOW, whole=False).record.visibility

    assert [draft(changsha, circle) for circle in ("private", "class", "school")] == ["private", "class", "school"]
    assert draft(changsha, None) == "class", "the scheme's default"
    fewer = drafts.model_copy(update={"visibilities": drafts.visibilities[:2]})
    without_school = replace(changsha, scheme=rebuilt(changsha.scheme, drafts=fewer))
    errors = [problem("visibility", "本方案没有这种可见范围")]
    with refused("invalid_input", rule=changsha.scheme.rule("draft"), scheme="changsha@2026.1", errors=errors):
        draft(without_school, "school")
