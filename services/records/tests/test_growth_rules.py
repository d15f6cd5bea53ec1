"""Growth records (CS-04, CS-05), practice hours (CS-07) and the device of an operation (CS-02), without I/O."""

from dataclasses import replace
from datetime import date
from decimal import Decimal

import pytest
from records.domain import categories, hours, sharing, writing
from records.domain.hours import Timed
from records.domain.record import RecordContent
from records.domain.state import State
from records.domain.term import Term
from servicekit import context
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.testing import an_actor

from .builders import CLASS, NOW, OTHER_SCHOOL, SCHOOL
from .rule_builders import STUDENT, a_file, a_record, a_term, days, problem, refused, scheme, student, teacher

CHANGSHA = a_term("changsha")
GROWTH = {"name": "参加烈士公园活动", "body": "清明节和同学去烈士公园扫墓。", "category": "school_activity"}
PUPIL = Student(STUDENT, "李晓雨", CLASS, status="enrolled")


def a_growth_record(**changed: object) -> object:
    return a_record(
        State.DRAFT,
        **({"kind": "growth_record", "dimension": "", "data": GROWTH, "title": GROWTH["name"], "submitted_at": None} | changed),
    )


@pytest.mark.feature("CS-04")
def test_a_growth_record_has_a_title_a_text_pictures_and_no_kind_of_material() -> None:
    content = RecordContent(None, GROWTH, tuple(a_file(evidence_id=new_id()) for _ in range(9)))
    made = writing.draft(CHANGSHA, new_id(), PUPIL, "growth_record", content, student(), NOW, whole=False).record
    assert (made.title, made.dimension, made.state, made.visibility) == ("参加烈士公园活动", "", State.DRAFT, "class")
    ten = replace(content, evidence=(*content.evidence, a_file(evidence_id=new_id())))
    word = CHANGSHA.scheme.text("evidence", "佐证材料")
    errors = [problem("evidence", f"{word}最多9份，现有10份", "max", "growth_record.evidence.max")]
    limits = CHANGSHA.scheme.kind("growth_record").evidence.model_dump(mode="json")
    with refused("invalid_input", errors=errors, limits=limits, scheme="changsha@2026.1"):
        writing.draft(CHANGSHA, new_id(), PUPIL, "growth_record", ten, student(), NOW, whole=False)
    missing = [problem("body", "内容不能为空", "required", "growth_record.body.required")]
    with refused("invalid_input", errors=missing, scheme="changsha@2026.1"):
        content = RecordContent(None, {**GROWTH, "body": ""}, ())
        writing.draft(CHANGSHA, new_id(), PUPIL, "growth_record", content, student(), NOW, whole=False)


@pytest.mark.feature("CS-05")
def test_a_growth_record_counts_only_after_it_was_made_material() -> None:
    record = a_growth_record()
    errors = [problem("kind", "请先选择实证材料的类别")]
    with refused("invalid_input", errors=errors, rule="CS-05", scheme="changsha@2026.1"):
        writing.submit(CHANGSHA, record, student(), NOW, {})
    chosen = categories.categorise(CHANGSHA, record, "reading", student(), NOW).record
    assert (chosen.kind, chosen.dimension, chosen.state) == ("reading", "academic", State.DRAFT)
    sent = writing.submit(CHANGSHA, chosen, student(), NOW, {})
    assert sent.record.state is State.APPROVED, "the first five terms have no review"


@pytest.mark.feature("CS-04")
def test_another_category_keeps_the_values_that_both_forms_have() -> None:
    record = a_growth_record()
    activity = categories.categorise(CHANGSHA, record, "public_welfare", student(), NOW).record
    assert activity.data == {"name": GROWTH["name"], "body": GROWTH["body"]}
    assert (activity.title, activity.evidence, activity.version) == (record.title, record.evidence, record.version + 1)
    back = categories.categorise(CHANGSHA, activity, None, student(), NOW)
    assert (back.record.kind, back.record.dimension) == ("growth_record", "")
    assert back.history[0].note == "公益活动 → 成长记录"
    same = categories.categorise(CHANGSHA, activity, "public_welfare", student(), NOW)
    assert (same.record, same.history) == (activity, ())


@pytest.mark.feature("CS-04", "CS-06")
def test_what_was_sent_keeps_its_category_until_it_is_returned() -> None:
    sent = a_record(State.APPROVED, kind="reading", dimension="academic", data=GROWTH)
    with pytest.raises(Exception, match="wrong_state"):
        categories.categorise(CHANGSHA, sent, "art_work", student(), NOW)
    returned = a_record(State.RETURNED, kind="reading", dimension="academic", data=GROWTH, step=None)
    moved = categories.categorise(CHANGSHA, returned, "art_work", student(), NOW).record
    assert (moved.kind, moved.dimension, moved.state) == ("art_work", "arts", State.RETURNED)
    with refused("wrong_state", rule="CS-04", scheme="changsha@2026.1", state="returned"):
        categories.categorise(CHANGSHA, returned, None, student(), NOW)
    errors = [problem("kind", "本方案没有“volunteer_service”这个类别")]
    with refused("invalid_input", errors=errors, scheme="changsha@2026.1"):
        categories.categorise(CHANGSHA, returned, "volunteer_service", student(), NOW)


@pytest.mark.feature("CS-04")
def test_a_feed_shows_others_what_the_family_made_public_and_the_family_everything() -> None:
    mate = an_actor("student", CLASS, students=(new_id(),))
    next_class = an_actor("student", f"{SCHOOL}.g2025.c02", students=(new_id(),))
    elsewhere = an_actor("administrator", OTHER_SCHOOL)
    seen = {
        visibility: [
            sharing.may_see_shared(a_growth_record(visibility=visibility), who)
            for who in (student(), mate, next_class, teacher(), elsewhere)
        ]
        for visibility in ("private", "class", "school")
    }
    assert seen == {
        "private": [True, False, False, False, False],
        "class": [True, True, False, True, False],
        "school": [True, True, True, True, False],
    }
    titles = [sharing.visibility_title(CHANGSHA, name) for name in ("private", "class", "school")]
    assert titles == ["自己可见", "班级公开", "学校公开"]


@pytest.mark.feature("CS-07")
def test_hours_are_summed_by_term_and_kind_and_what_does_not_count_yet_stands_apart() -> None:
    later = a_term("changsha", id=new_id(), number=2, starts_on=date(2027, 2, 20))
    rows = [
        Timed(CHANGSHA.id, "public_welfare", State.APPROVED, {"hours": "12"}),
        Timed(CHANGSHA.id, "public_welfare", State.AMENDING, {"hours": "1.5"}),
        Timed(CHANGSHA.id, "public_welfare", State.DRAFT, {"hours": "2小时30分钟"}),
        Timed(CHANGSHA.id, "public_welfare", State.DRAFT, {"hours": "很久"}),
        Timed(CHANGSHA.id, "social_practice", State.SUBMITTED, {"hours": "3"}),
        Timed(CHANGSHA.id, "reading", State.APPROVED, {"name": "没有时长"}),
        Timed(later.id, "social_practice", State.APPROVED, {"hours": "4"}),
    ]
    found = hours.sums(rows, {CHANGSHA.id: CHANGSHA, later.id: later})
    lines = [(it.term.number, it.kind.id, it.hours, it.records, it.waiting_hours, it.waiting) for it in found]
    assert lines == [
        (2, "social_practice", Decimal(4), 1, Decimal(0), 0),
        (1, "public_welfare", Decimal("13.5"), 2, Decimal("2.5"), 1),
        (1, "social_practice", Decimal(0), 0, Decimal(3), 1),
    ]
    assert "reading" not in hours.timed_kinds([CHANGSHA.scheme])
    assert all(dimension.criteria for dimension in scheme("changsha").dimensions)


@pytest.mark.feature("CS-02")
def test_an_operation_for_the_pc_is_refused_on_the_phone_with_the_reason() -> None:
    term: Term = a_term("changsha", number=2, school_year="2027-2028")
    final = term.scheme.final
    assert final is not None
    opens = a_window_of(term, final.operation)
    path = f"{SCHOOL}.g2025.c01"
    for client, refusal in (("phone", True), ("pc", False), (None, False)):
        token = context.client.set(client)
        try:
            if refusal:
                detail = "“最终上报”暂需使用电脑端操作，请换用电脑端登录后办理"
                with refused(
                    "other_client", detail=detail, rule="CS-02", scheme="changsha@2026.1", help="请联系班主任", clients=["pc"]
                ):
                    opens.need_open(final.operation, {"student"}, days(2), path)
            else:
                opens.need_open(final.operation, {"student"}, days(2), path)
        finally:
            context.client.reset(token)
    assert context.accept_client("tablet") is None


def a_window_of(term: Term, operation: str) -> Term:
    from .rule_builders import a_window

    return replace(term, windows=(a_window(operation, days(1), days(5)),))
