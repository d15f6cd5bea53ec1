"""What a term, a career, an evaluation or a correction waits for, and every way each is refused (JX-12, JX-13, X-10)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from archive.domain import career, corrections, evaluations, states, terms
from archive.domain.career import StageTerm
from archive.domain.corrections import Correcting, Correction
from archive.domain.evaluations import Author, Evaluation, EvaluationInput
from archive.domain.seals import Archive, as_sealed, document_no, object_key
from archive.domain.states import Collecting, Making
from archive.domain.terms import SealReadiness
from archive.domain.verification import file_name, masked, read_code
from contracts.archive import EvaluationWithdrawnV1, EvaluationWrittenV1
from scheme import UnknownError
from servicekit.directory import masked_number
from servicekit.testing import an_actor

from .rule_builders import (
    CLASS,
    JX,
    NOW,
    PUPIL,
    SCHOOL,
    TERM,
    a_student,
    a_term,
    a_window,
    an_archive,
    collected,
    problem,
    reformed,
    refused,
    scheme,
)

ADMIN = an_actor("administrator", SCHOOL)
TEACHER = an_actor("class_teacher", CLASS)
STUDENT = an_actor("student", CLASS, students=(PUPIL,))


# --- states


@pytest.mark.feature("JX-13")
@pytest.mark.parametrize(
    ("state", "says"),
    [
        (Collecting.COLLECTING, "还没有生成档案"),
        (Collecting.SEALING, "档案正在生成"),
        (Collecting.SEALED, "档案已经生成，不能再改动"),
    ],
)
def test_a_move_outside_the_table_says_how_far_sealing_is(state: Collecting, says: str) -> None:
    with refused("wrong_state", rule="JX-13", detail=says, state=state, action="reopen"):
        states.move(state, "reopen", "JX-13")
    if state is not Collecting.COLLECTING:
        with refused("wrong_state", rule="JX-12", detail=says, state=state):
            states.need_collecting(state, "JX-12")
    with refused("wrong_state", state=Making.READY, action="write"):
        states.step(Making.READY, "write")


def test_states_are_stored_under_these_names() -> None:
    assert [*Collecting] == ["collecting", "sealing", "sealed"]
    assert [*Making] == ["planned", "written", "placed", "ready"]
    assert [*Correcting] == ["waiting", "making", "done", "declined"]
    moves = {(a, what): b for (a, what), b in (states.MOVES | states.STEPS | corrections.MOVES).items()}
    assert moves == {
        ("collecting", "seal"): "sealing", ("sealing", "finish"): "sealed", ("planned", "write"): "written",
        ("written", "place"): "placed", ("placed", "keep"): "ready", ("waiting", "approve"): "making",
        ("waiting", "decline"): "declined", ("making", "finish"): "done",
    }  # fmt: skip


# --- a term before its seal


SEAL = {
    "operation": "seal",
    "title": "生成学期档案",
    "starts": NOW - timedelta(days=9),
    "ends": NOW - timedelta(days=1),
    "next": None,
}


@pytest.mark.feature("JX-13", "X-13")
def test_a_term_is_sealed_in_its_window_by_the_school() -> None:
    past = a_window("seal", NOW - timedelta(days=9), NOW - timedelta(days=1))
    closed = a_window("publicity", NOW - timedelta(days=30), NOW - timedelta(days=20))
    expected = {
        "rule": "JX-13", "scheme": JX, "help": "请联系县（区）管理员", "window": SEAL, "reason": "window_closed",
        "detail": "“生成学期档案”已于2027-01-09 16:00结束",
    }  # fmt: skip
    with refused("window_closed", **expected):
        a_term(windows=(past, closed)).need_seal_open(ADMIN.roles, NOW)
    now = a_window("seal", NOW, NOW + timedelta(days=1))
    a_term(windows=(now, closed)).need_seal_open(ADMIN.roles, NOW)
    with refused(
        "forbidden", rule="JX-13", scheme=JX, help="请联系县（区）管理员", reason="not_your_role",
        window={"operation": "seal", "title": "生成学期档案", "next": None}, detail="您的身份不能进行“生成学期档案”",
    ):  # fmt: skip
        a_term(windows=(now, closed)).need_seal_open(TEACHER.roles, NOW)
    a_term(scheme=scheme("changsha")).need_seal_open(TEACHER.roles, NOW)


@pytest.mark.feature("JX-13")
@pytest.mark.parametrize(
    ("closed", "cases", "entries", "missing"),
    [
        (None, 0, 0, [{"what": "publicity_open", "message": "公示尚未结束"}]),
        (NOW, 2, 0, [{"what": "open_cases", "count": 2, "message": "还有2件公示异常没有处理完"}]),
        (NOW, 0, 3, [{"what": "entries_on_the_way", "count": 3, "message": "还有3条公示通过的记录正在送达，请稍后再试"}]),
    ],
)
def test_a_term_waits_for_publicity_cases_and_entries(
    closed: Any, cases: int, entries: int, missing: list[dict[str, Any]]
) -> None:
    with refused("term_not_ready", rule="JX-13", scheme=JX, detail=missing[0]["message"], missing=missing):
        terms.need_publicity_settled(a_term(closed_at=closed), SealReadiness(cases, entries))


def test_all_that_a_term_waits_for_is_told_at_once() -> None:
    with pytest.raises(Exception, match="公示尚未结束；还有1件公示异常没有处理完；还有1条"):
        terms.need_publicity_settled(a_term(), SealReadiness(1, 1))
    terms.need_publicity_settled(a_term(closed_at=NOW), SealReadiness(0, 0))
    terms.need_publicity_settled(a_term(scheme=scheme("beijing")), SealReadiness(0, 0))


@pytest.mark.feature("JX-12")
def test_required_evaluations_are_counted_by_type_for_those_who_lack_them() -> None:
    mate, guest = UUID(int=2), UUID(int=3)
    students = [a_student(), a_student(id=mate), a_student(id=guest, path=f"{SCHOOL}.g2025.c02")]
    written = {"self_evaluation": {PUPIL}, "teacher_comment": {PUPIL, mate, guest}}
    assert terms.missing_evaluations(a_term(), students, written) == {"self_evaluation": 2}
    assert terms.missing_evaluations(a_term(), students, {}) == {"self_evaluation": 3, "teacher_comment": 3}
    for off in ("required", "in_term_archive"):
        first, second = scheme().evaluations
        rules = scheme().model_copy(update={"evaluations": (first.model_copy(update={off: False}), second)})
        assert terms.missing_evaluations(a_term(scheme=rules), students, {}) == {"teacher_comment": 3}


@pytest.mark.feature("JX-12")
def test_a_term_waits_for_evaluations_unless_told_to_go_on() -> None:
    missing = {"self_evaluation": 2, "teacher_comment": 1}
    with refused(
        "evaluations_missing", rule="JX-12", scheme=JX, detail="学期自评还缺2份；教师评语还缺1份",
        missing={"self_evaluation": {"title": "学期自评", "count": 2}, "teacher_comment": {"title": "教师评语", "count": 1}},
        help="请联系班主任补齐，或确认后不等待缺少的评价直接生成",
    ):  # fmt: skip
        terms.need_evaluations(a_term(), missing, False)
    terms.need_evaluations(a_term(), missing, True)
    terms.need_evaluations(a_term(), {}, False)


@pytest.mark.feature("SH-11")
def test_an_archive_is_made_for_the_grades_that_the_scheme_names() -> None:
    old, last = a_student(), a_student(path=f"{SCHOOL}.g2024.c01")
    assert a_term().archived([old, last]) == [old, last]
    named = reformed(term=scheme().archives.term.model_copy(update={"grades": (12,)}))
    assert a_term(scheme=named).archived([old, last]) == [last]


@pytest.mark.feature("CS-12")
def test_a_term_has_the_evaluations_of_its_grades_and_terms_and_classmates_write_theirs_apart() -> None:
    first, second = scheme().evaluations

    def left(number: int = 1, of_one_author: bool = False, **changed: Any) -> list[str]:
        rules = scheme().model_copy(update={"evaluations": (first.model_copy(update=changed), second)})
        term, path = a_term(scheme=rules, number=number), f"{SCHOOL}.g2024.c01"
        return [one.id for one in (term.evaluations_about(path) if of_one_author else term.evaluations(path))]

    both = ["self_evaluation", "teacher_comment"]
    for kept in ({}, {"grades": (12,)}, {"number": 2, "terms": "last"}, {"per_dimension": True}, {"about": "classmates"}):
        assert left(**kept) == both
    for changed in ({"about": "classmates", "of_one_author": True}, {"grades": (10,)}, {"terms": "last"}):
        assert left(**changed) == ["teacher_comment"]


@pytest.mark.feature("CS-01")
def test_an_operation_of_the_last_term_is_open_in_no_other() -> None:
    timing = scheme().timing
    ops = tuple(o.model_copy(update={"terms": "last"}) if o.id == "report" else o for o in timing.operations)
    rules = scheme().model_copy(update={"timing": timing.model_copy(update={"operations": ops})})
    window = a_window("report", NOW - timedelta(days=1), NOW + timedelta(days=1))
    last_class = f"{SCHOOL}.g2024.c01"
    a_term(scheme=rules, windows=(window,), number=2).need_open("report", ["student"], NOW, last_class, "JX-03")
    for number, path in ((1, last_class), (2, CLASS)):
        with pytest.raises(Exception, match="本学期没有“写实上报”"):
            a_term(scheme=rules, windows=(window,), number=number).need_open("report", ["student"], NOW, path, "JX-03")
    graded = a_window("report", NOW - timedelta(days=1), NOW + timedelta(days=1)).model_copy(update={"grades": ("12",)})
    with pytest.raises(Exception, match="window_closed"):
        a_term(windows=(graded,)).need_open("report", ["student"], NOW, CLASS, "JX-03")


# --- evaluations


def an_evaluation(**changed: Any) -> Evaluation:
    values: dict[str, Any] = {
        "id": UUID(int=8), "term_id": TERM, "student_id": PUPIL, "path": CLASS, "type": "self_evaluation", "text": "旧",
        "author": Author(UUID(int=9), "李晓雨"), "written_at": NOW, "version": 2,
    }  # fmt: skip
    return Evaluation(**(values | changed))


@pytest.mark.feature("JX-12")
def test_a_card_writes_the_evaluation_that_the_scheme_gives_its_role() -> None:
    def found(about: Any, roles: list[str], wanted: str | None = None) -> str:
        return evaluations.rule_for(a_term(), CLASS, about, roles, wanted).id

    assert found("self", ["student"]) == found("self", ["student"], "self_evaluation") == "self_evaluation"
    assert found("student", ["class_teacher"]) == "teacher_comment"
    for about, roles, wanted in (
        ("student", ["student"], None),
        ("self", ["class_teacher"], None),
        ("self", ["student"], "teacher_comment"),
    ):
        with refused("forbidden", rule="JX-12", scheme=JX, detail="本方案没有由您填写的这项评价"):
            found(about, roles, wanted)


@pytest.mark.feature("BJ-04")
def test_nobody_is_evaluated_who_has_left() -> None:
    evaluations.need_still_enrolled(a_student(), a_term())
    with refused("wrong_state", rule="JX-12", scheme=JX, detail="该生已离校，不再评价", state="left"):
        evaluations.need_still_enrolled(a_student(status="left"), a_term())


def test_an_import_type_fills_the_evaluation_that_it_names() -> None:
    assert evaluations.import_rule(a_term(), "teacher_comments").id == "teacher_comment"
    with pytest.raises(UnknownError, match="no evaluation called 'exam_scores'"):
        evaluations.import_rule(a_term(), "exam_scores")


@pytest.mark.feature("JX-12")
def test_a_text_is_cleaned_and_held_to_the_schemes_length() -> None:
    rule = scheme().evaluation("self_evaluation")
    assert evaluations.need_valid(a_term(), rule, EvaluationInput("  " + "好" * 30 + "\r\n")) == EvaluationInput("好" * 30)
    for text, wrong in (("短", "学期自评：请至少填写30个字"), ("\u0007" * 40, "学期自评：含有无法显示的字符")):
        errors = [problem("text", wrong, "length")]
        with refused("invalid_input", rule="JX-12", scheme=JX, detail=wrong, field="text", errors=errors):
            evaluations.need_valid(a_term(), rule, EvaluationInput(text))
    assert evaluations.clean(rule, (), EvaluationInput(" " + "好" * 30)) == (EvaluationInput("好" * 30), [])


@pytest.mark.feature("JX-12")
def test_an_evaluation_is_written_anew_where_something_changed() -> None:
    old, by = an_evaluation(), Author(UUID(int=10), "陈老师", UUID(int=11))
    later, rule = NOW + timedelta(days=1), scheme().evaluation("self_evaluation")

    def rewritten(text: str) -> Evaluation | None:
        return evaluations.write_all(old, UUID(int=8), a_term(), a_student(), rule, [EvaluationInput(text)], by, later)

    assert rewritten("旧") is None
    assert rewritten("新") == an_evaluation(text="新", author=by, written_at=later, version=3)
    expected = {
        "evaluation_id": old.id,
        "student_id": PUPIL,
        "term_id": TERM,
        "path": CLASS,
        "evaluation_type": "self_evaluation",
    }
    assert old.event() == EvaluationWrittenV1(**expected, version=2)
    assert old.withdrawn() == EvaluationWithdrawnV1(**expected)


def test_an_edit_says_which_version_it_saw() -> None:
    evaluations.need_version(None, None)
    evaluations.need_version(None, 0)
    evaluations.need_version(an_evaluation(), 2)
    with refused("stale_version"):
        evaluations.need_version(None, 1)
    with refused("version_required"):
        evaluations.need_version(an_evaluation(), None)
    with refused("stale_version", version=2):
        evaluations.need_version(an_evaluation(), 1)


# --- career


SERVICE = "volunteer_service"


def offered(*numbers: int, kind: str = SERVICE) -> list[Any]:
    return [collected(kind, {}, n, archived=True) for n in numbers]


def ids(*numbers: int) -> list[UUID]:
    return [UUID(int=n) for n in numbers]


@pytest.mark.feature("JX-13")
def test_candidates_are_records_of_sealed_terms_whose_kind_allows_it() -> None:
    [good] = offered(1)
    assert career.candidates(a_term(), [good, collected(SERVICE, {}, 2), *offered(3, kind="exam_scores")]) == [good]


@pytest.mark.feature("JX-13")
def test_a_stage_has_two_terms_a_year_for_the_years_of_its_class() -> None:
    sealed = [a_term(), a_term(school_year="2025-2026", number=2)]
    found = career.stage_terms(a_term(), CLASS, sealed)
    assert found == [
        StageTerm(f"{year}学年第{'一二'[number - 1]}学期", year, number, (year, number) in {("2026-2027", 1), ("2025-2026", 2)})
        for year in ("2025-2026", "2026-2027", "2027-2028")
        for number in (1, 2)
    ]
    assert career.stage_terms(a_term(), SCHOOL, sealed) == []
    changsha = career.stage_terms(a_term(scheme=scheme("changsha")), f"{SCHOOL}.g2026.c01", [])
    assert [one.school_year for one in changsha][::2] == ["2026-2027", "2027-2028", "2028-2029"]
    primary = a_term(scheme=scheme("beijing"), stage="primary")
    for cohort in (2021, 2026):
        years = [one.school_year for one in career.stage_terms(primary, f"{SCHOOL}.g{cohort}.c01", [])]
        assert (years[0], years[-1]) == (f"{cohort}-{cohort + 1}", f"{cohort + 5}-{cohort + 6}")


@pytest.mark.feature("BJ-12")
def test_a_two_year_school_has_four_sets_of_results_and_a_three_year_school_six() -> None:
    three, two = (a_term(scheme=scheme("beijing"), stage="vocational", years=years) for years in (3, 2))
    first, last = (replace(two, school_year=year, number=number) for year, number in (("2026-2027", 1), ("2027-2028", 2)))
    entered = f"{SCHOOL}.g2026.c01"
    assert [len(career.stage_terms(term, entered, [])) for term in (three, two)] == [6, 4]
    assert [one.sealed for one in career.stage_terms(two, entered, [first, last])] == [True, False, False, True]
    assert (first.last_term(entered), last.last_term(entered)) == (False, True)
    assert replace(three, school_year="2027-2028", number=2).last_term(entered) is False


@pytest.mark.feature("JX-13")
def test_the_latest_term_that_sets_a_window_for_picking_holds() -> None:
    window = a_window("career_select", NOW, NOW + timedelta(days=9))
    first, second, third = (a_term(number=n, windows=w) for n, w in ((1, (window,)), (2, (window,)), (3, ())))
    assert career.term_for([first, second, third]) is second
    assert career.term_for([third, a_term(number=4)]).number == 4
    other = a_term(number=5, windows=(a_window("report", NOW, NOW),))
    none = a_term(number=6, windows=(window,), scheme=reformed(career=None))
    assert career.term_for([second, other, none]) is second
    with refused("career_not_ready", detail="还没有学期"):
        career.term_for([])


@pytest.mark.feature("JX-13")
def test_the_student_picks_in_the_window() -> None:
    window = a_window("career_select", NOW, NOW + timedelta(days=9))
    career.need_picking(a_term(windows=(window,)), STUDENT, NOW)
    expected = {"rule": "JX-13", "scheme": JX}
    with refused(
        "window_closed", **expected, help="请联系班主任", reason="not_scheduled", detail="本学期尚未安排“生涯档案遴选”的时间",
        window={"operation": "career_select", "title": "生涯档案遴选", "next": None},
    ):  # fmt: skip
        career.need_picking(a_term(), STUDENT, NOW)
    rules = scheme().archives.career
    assert rules is not None
    free = reformed(career=rules.model_copy(update={"picked_by": None}))
    for term, actor in ((a_term(), TEACHER), (a_term(scheme=free), STUDENT), (a_term(scheme=reformed(career=None)), STUDENT)):
        with refused("forbidden", **expected, detail="本方案的生涯档案不由您遴选"):
            career.need_picking(term, actor, NOW)


@pytest.mark.feature("JX-13")
def test_at_most_two_of_a_kind_and_only_candidates_are_picked() -> None:
    three = offered(1, 2, 3)
    career.need_within_career_limit(a_term(), three, ids(1, 2))
    career.need_within_career_limit(a_term(), [*three, *offered(4, 5, kind="arts_award")], ids(1, 2, 4, 5))
    career.need_within_career_limit(a_term(), three, [])
    expected = {"rule": "JX-13", "scheme": JX}
    with refused(
        "quota_exceeded",
        **expected,
        detail="“志愿服务”最多遴选2项，已选3项",
        field="record_ids",
        kind=SERVICE,
        most=2,
        picked=3,
    ):
        career.need_within_career_limit(a_term(), three, ids(1, 2, 3))
    message = "只能遴选已经归入学期档案的记录"
    errors = [problem("record_ids", message, "candidate", ids=[str(one) for one in ids(9, 8)])]
    with refused("invalid_input", **expected, detail=message, errors=errors):
        career.need_within_career_limit(a_term(), three, ids(1, 9, 8))
    rules = scheme().archives.career
    assert rules is not None
    free = reformed(career=rules.model_copy(update={"max_per_kind": None}))
    career.need_within_career_limit(a_term(scheme=free), three, ids(1, 2, 3))


STAGE = [
    StageTerm("高一上", "2025-2026", 1, True),
    StageTerm("高一下", "2025-2026", 2, False),
    StageTerm("高二上", "2026-2027", 1, False),
]


@pytest.mark.feature("JX-13")
def test_a_career_archive_waits_for_terms_and_for_what_is_picked() -> None:
    expected = {"rule": "JX-13", "scheme": JX, "terms_sealed": 1, "terms_in_stage": 3, "missing": ["高一下", "高二上"]}

    def seal(
        sealed: int = 1, stage: list[StageTerm] = STAGE, picked: Any = (UUID(int=1),), anyway: bool = False, **term: Any
    ) -> Any:
        return career.need_sealable(a_term(**term), stage, sealed, offered(1), picked, anyway)

    assert seal(anyway=True) == {"高一下": 1, "高二上": 1}
    assert seal(stage=STAGE[:1]) is None
    with refused("career_not_ready", **(expected | {"terms_sealed": 0}), detail="还没有生成学期档案"):
        seal(sealed=0, anyway=True)
    with refused("career_not_ready", **expected, detail="还没有遴选代表性记录"):
        seal(picked=(), anyway=True)
    with refused(
        "career_not_ready", **expected, detail="还缺2个学期的档案：高一下、高二上",
        help="请等这些学期归档或补录，或确认后不等待缺少的学期直接生成",
    ):  # fmt: skip
        seal()
    with refused("forbidden", rule="JX-13", scheme=JX, detail="本方案没有生涯档案"):
        seal(scheme=reformed(career=None))
    assert career.need_sealable(a_term(), STAGE[:1], 1, [], (), False) is None
    rules = scheme().archives.career
    assert rules is not None
    assert seal(stage=STAGE[:1], picked=(), scheme=reformed(career=rules.model_copy(update={"picked_by": None}))) is None


# --- corrections


def a_correction(state: Correcting = Correcting.WAITING, **changed: Any) -> Correction:
    values: dict[str, Any] = {
        "id": UUID(int=1), "archive_id": UUID(int=2), "student_id": PUPIL, "path": CLASS, "reason": "成绩有误", "state": state,
        "second_by": "principal", "asked_by": ADMIN.account_id, "asked_by_name": "校管理员", "asked_at": NOW,
    }  # fmt: skip
    return Correction(**(values | changed))


@pytest.mark.feature("X-10")
@pytest.mark.parametrize(
    ("state", "says"),
    [
        (Correcting.WAITING, "更正正在等待第二人确认"),
        (Correcting.MAKING, "更正后的版本正在生成"),
        (Correcting.DONE, "更正已经完成"),
        (Correcting.DECLINED, "更正已被否决"),
    ],
)
def test_a_correction_says_where_it_stands(state: Correcting, says: str) -> None:
    with refused("wrong_state", rule="X-10", detail=says, state=state, action="reopen"):
        corrections.move(a_correction(state), "reopen")
    assert corrections.move(a_correction(), "approve") == a_correction(Correcting.MAKING, version=2)


@pytest.mark.feature("X-10")
def test_a_correction_needs_a_reason_within_the_schemes_limits() -> None:
    assert corrections.need_reason(scheme(), "  成绩录入有误 ") == "成绩录入有误"
    detail = "更正原因：请至少填写5个字"
    errors = [problem("reason", detail, "length")]
    with refused("reason_required", rule="X-10", scheme=JX, detail=detail, field="reason", errors=errors):
        corrections.need_reason(scheme(), "有误")


@pytest.mark.feature("X-10")
def test_a_correction_is_confirmed_by_a_second_person_of_the_named_role() -> None:
    corrections.need_second(a_correction(), an_actor("principal", SCHOOL))
    for one, actor in ((a_correction(), TEACHER), (a_correction(second_by=None), an_actor("principal", SCHOOL))):
        with refused("forbidden", rule="X-10", detail="这份更正不由您确认"):
            corrections.need_second(one, actor)
    with refused("forbidden", rule="X-10", detail="提出更正的人不能自己确认"):
        corrections.need_second(a_correction(), an_actor("principal", SCHOOL, account_id=ADMIN.account_id))


@pytest.mark.feature("X-10")
def test_two_contents_say_the_same_if_they_differ_in_nothing_worth_correcting() -> None:
    axes = [{"dimension": "思想品德", "value": 25.0, "mean": 30.0}]
    old = {"title": "甲", "radar": {"unit": "活跃度", "axes": axes}, "backfill": None, "student": {"name": "李晓雨"}}
    of_a_version = {
        "version": 2,
        "code": "B",
        "url": "u",
        "made_at": "later",
        "document_no": "N-2",
        "replaces": {"version": 1},
        "origin": {},
    }
    moved = {"radar": {"unit": "活跃度", "axes": [axes[0] | {"mean": 31.0}]}}
    assert corrections.same_content(old, old | of_a_version | moved)
    assert corrections.same_content(old, {name: value for name, value in old.items() if name != "backfill"})
    for change in ({"title": "乙"}, {"radar": None}, {"radar": {"unit": "次数", "axes": axes}},
                   {"radar": {"unit": "活跃度", "axes": [axes[0] | {"value": 26.0}]}}, {"backfill": {}}):  # fmt: skip
        assert not corrections.same_content(old, old | change)
    assert corrections.same_content({"radar": None}, {})


# --- archives


def a_moved_archive(**changed: Any) -> Archive:
    """An archive of a student who has moved since."""
    old = {"path": f"{SCHOOL}.g2024.c07", "version": 2, "school_title": "旧校", "grade_title": "高一", "class_title": "（7）班"}
    return an_archive(**(old | changed))


def test_a_document_number_tells_school_year_term_and_place() -> None:
    assert document_no(SCHOOL, "2026-2027", 1, 136) == "JX-NC-DH-S1-2026-1-000137"
    assert document_no(SCHOOL, "2026-2027", "1B", 0) == "JX-NC-DH-S1-2026-1B-000001"
    assert document_no(SCHOOL, "2026-2027", None, 0) == "JX-NC-DH-S1-2026-C-000001"


def test_every_version_of_an_archive_has_a_key_of_its_own() -> None:
    assert object_key(a_moved_archive(), "pdf") == f"term/{UUID(int=6).hex}/{UUID(int=5).hex}-v2.pdf"


def test_a_correction_shows_the_student_in_the_class_of_the_time() -> None:
    now = a_student(name="李晓宇")
    then = replace(
        now,
        name=a_moved_archive().student_name,
        path=f"{SCHOOL}.g2024.c07",
        school_title="旧校",
        grade_title="高一",
        class_title="（7）班",
    )
    assert as_sealed(now, a_moved_archive()) == then
    assert as_sealed(now, a_moved_archive(grade_title=None)) == replace(then, grade_title="")
    assert as_sealed(now, a_moved_archive(class_title=None)) == replace(now, name=then.name)


@pytest.mark.feature("X-10")
def test_a_code_is_read_however_it_is_typed_and_nothing_else_is_one() -> None:
    assert read_code("7K3M-9QXA-V2RT-OHNB-4WEC") == read_code("7k3m 9qxav2rt0hnb4wec") == "7K3M-9QXA-V2RT-0HNB-4WEC"
    assert read_code("i" * 10 + "L" * 10) == "1111-1111-1111-1111-1111"
    assert read_code("0123456789ABCDEFGHJK") == "0123-4567-89AB-CDEF-GHJK"
    assert read_code("MNPQRSTVWXYZMNPQRSTV") == "MNPQ-RSTV-WXYZ-MNPQ-RSTV"
    assert [read_code(bad) for bad in ("0" * 19, "0" * 21, "U" * 20, "0" * 19 + "!")] == [None] * 4


@pytest.mark.feature("X-10")
def test_names_and_numbers_are_masked() -> None:
    assert [masked(name) for name in ("王小", "王", "")] == ["王*", "*", "*"]
    assert [masked_number(n) for n in ("12345678901", "123456789012", "1234567890123")] == [
        "12345678901", "1234567*9012", "1234567**0123",
    ]  # fmt: skip
    assert file_name("term", '甲:*?"<>|\\乙\t', "第一学期", 1, "pdf") == "学期档案-甲________乙_-第一学期.pdf"
    assert file_name("career", "李晓雨", "第一学期", 3, "pdf") == "生涯档案-李晓雨-第3版.pdf"
