"""The five deployments: that one model says them all, and that each says what its source says."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
from scheme import SchemeError, Schemes, ScoredResult, UnknownError, UnknownSchemeError, VerdictResult, loads

FOLDER = Path(__file__).parents[3] / "schemes"
ALL = Schemes(FOLDER)
JIANGXI, CHANGSHA = ALL.latest("jiangxi"), ALL.latest("changsha")
BEIJING, BAOSHAN = ALL.latest("beijing"), ALL.latest("baoshan")


@pytest.mark.feature("X-01")
def test_the_five_deployments_load_and_are_found_by_id_and_version() -> None:
    assert [scheme.id for scheme in ALL] == ["baoshan", "beijing", "changsha", "jiangxi", "zongyang"]
    assert ALL.get("jiangxi", "2026.1") is JIANGXI
    with pytest.raises(UnknownSchemeError, match=r"this process has no scheme 'jiangxi 1999\.1'") as unknown:
        ALL.get("jiangxi", "1999.1")
    assert (unknown.value.what, unknown.value.name) == ("scheme", "jiangxi 1999.1")
    with pytest.raises(UnknownSchemeError, match="this process has no scheme 'atlantis'"):
        ALL.latest("atlantis")


@pytest.mark.feature("JX-02")
def test_jiangxi_has_five_dimensions_and_a_sixth_tile() -> None:
    assert [d.title for d in JIANGXI.dimensions] == ["思想品德", "学业水平", "身心健康", "艺术素养", "社会实践", "特色项目"]
    assert [d.title for d in JIANGXI.dimensions if not d.core] == ["特色项目"]
    assert JIANGXI.dimension_of("fitness_test").title == "身心健康"


@pytest.mark.feature("JX-03", "JX-04")
def test_every_reported_record_of_jiangxi_needs_proof_and_the_class_teacher() -> None:
    for kind in JIANGXI.kinds:
        if kind.origin == "reported":
            assert kind.evidence.count_problem(0) == "请至少上传1份佐证材料"
            assert kind.evidence.count_problem(1) is None
            assert kind.evidence.count_problem(10) == "佐证材料最多9份，现有10份"
        assert kind.publicity.trigger == "selected"
        first = kind.review.next_step(None)
        assert first is not None
        assert first.role == "class_teacher"
        assert kind.review.next_step(first.id) is None


@pytest.mark.feature("JX-05", "JX-06", "JX-12")
def test_jiangxi_imports_what_its_manual_names() -> None:
    assert [t.title for t in JIANGXI.imports] == ["不良记录", "考试成绩", "基本情况", "体质测评", "特色项目", "综合评语"]
    for wanted in JIANGXI.imports:
        if wanted.kind is not None:
            assert JIANGXI.kind(wanted.kind).origin == "imported"
    headings = [heading for heading, _ in JIANGXI.import_fields("exam_scores")]
    assert headings == ["考试", "科目", "成绩", "满分", "学分", "备注"]
    assert JIANGXI.import_type("exam_scores").same_by == ("exam", "subject")
    assert JIANGXI.import_fields("teacher_comments") == ()


@pytest.mark.feature("JX-13", "JX-14", "JX-15")
def test_the_career_archive_of_jiangxi_takes_two_per_kind_and_closes_release_and_backfill() -> None:
    archives = JIANGXI.archives
    assert [archives.career_left("volunteer_service", picked) for picked in (0, 1, 2, 3)] == [2, 1, 0, 0]
    assert archives.blocked_by_career("misconduct_release", career_exists=True)
    assert archives.blocked_by_career("backfill", career_exists=True)
    assert not archives.blocked_by_career("misconduct_release", career_exists=False)
    assert archives.release is not None
    assert archives.release.by == "school_administrator"
    assert archives.backfill is not None
    assert archives.backfill.optional_evaluations == ("self_evaluation", "teacher_comment")
    assert [kind.id for kind in JIANGXI.kinds if kind.releasable] == ["misconduct"]


@pytest.mark.feature("JX-10", "JX-04", "JX-11")
def test_reasons_to_return_are_listed_for_their_use() -> None:
    assert "wrong_kind" in {reason.id for reason in JIANGXI.return_reasons_for("record")}
    assert "wrong_kind" not in {reason.id for reason in JIANGXI.return_reasons_for("case")}
    assert "not_held" in {reason.id for reason in JIANGXI.return_reasons_for("position")}
    with pytest.raises(UnknownError):
        JIANGXI.return_reason("because")


@pytest.mark.feature("JX-12")
def test_evaluations_have_their_length() -> None:
    comment = JIANGXI.evaluation("teacher_comment")
    assert comment.problem("好") == "教师评语：请至少填写10个字"
    assert comment.problem("勤奋好学，乐于助人，成绩稳步提高。") is None
    rating = BEIJING.evaluation("self_rating")
    assert rating.problem(None, "a") is None
    assert rating.problem(None, "z") == "学生自评：请选择A（优秀）、B（良好）、C（一般）、D（较差）"


@pytest.mark.feature("JX-07", "SH-08", "X-09")
def test_the_board_shows_only_what_is_allowed_and_only_so_far() -> None:
    assert "fields" in JIANGXI.board.shows("student", "school")
    assert BAOSHAN.board.shows("student", "school") == frozenset()
    assert "fields" in BAOSHAN.board.shows("student", "class")
    assert "fields" in BAOSHAN.board.shows("student", "own")
    assert JIANGXI.board.shows("student", "moon") == frozenset()
    assert JIANGXI.board.shows("stranger", "own") == frozenset()
    assert JIANGXI.public_fields("volunteer_service", "student", "school")
    assert JIANGXI.public_fields("fitness_test", "student", "school") == ()
    assert JIANGXI.public_fields("volunteer_service", "stranger", "school") == ()


def test_the_radar_is_filled_by_records_and_capped() -> None:
    values = JIANGXI.radar({"volunteer_service": 2, "misconduct": 5, "arts_activity": 9})
    assert values["moral"] == Decimal("0.25")
    assert values["arts"] == Decimal(1)
    assert "special" not in values


@pytest.mark.feature("CS-04", "CS-05", "CS-06")
def test_changsha_has_its_sixteen_kinds_publicised_by_themselves() -> None:
    assert [kind.title for kind in CHANGSHA.kinds] == [
        "自我陈述报告",
        "学期报告单",
        "公益活动",
        "党团活动等集体荣誉",
        "个人奖励或个人处分",
        "课外阅读",
        "学习计划或学习总结",
        "小组合作学习记录",
        "学科荣誉",
        "体育及心理健康教育活动",
        "体育荣誉",
        "艺术作品",
        "艺术活动",
        "艺术荣誉",
        "社会实践活动",
        "研究性学习成果或创新性成果",
    ]
    assert {kind.publicity.trigger for kind in CHANGSHA.kinds} == {"automatic"}
    assert CHANGSHA.drafts is not None
    assert [v.title for v in CHANGSHA.drafts.visibilities] == ["自己可见", "班级公开", "学校公开"]


@pytest.mark.feature("CS-06", "CS-07")
@pytest.mark.parametrize(
    ("kinds", "required"),
    [
        (
            ("public_welfare", "group_study", "health_activity", "arts_activity", "social_practice"),
            {"活动名称", "活动地点", "活动开始时间", "活动结束时间", "活动时长", "活动记录"},
        ),
        (("collective_honour", "subject_honour", "sports_honour", "arts_honour"), {"荣誉名称", "获得日期", "授予单位"}),
        (("personal_award",), {"性质", "名称", "获得日期", "授予单位"}),
        (
            ("self_statement", "term_report", "reading", "study_plan", "art_work", "research_result"),
            {"标题", "正文"},
        ),
    ],
)
def test_each_kind_of_changsha_asks_for_what_its_own_form_requires(kinds: tuple[str, ...], required: set[str]) -> None:
    for name in kinds:
        kind = CHANGSHA.kind(name)
        found = kind.validate_data({}, zone=CHANGSHA.zone, today=date(2026, 10, 1))
        assert isinstance(found, list), name
        titles = {field.id: field.title for field in kind.form.fields}
        assert {titles[problem.field] for problem in found if problem.code == "required"} == required, name
        assert kind.evidence.max == 9, name


@pytest.mark.feature("CS-02")
def test_only_the_final_submission_and_complaints_of_changsha_need_a_pc() -> None:
    limited = {operation.id for operation in CHANGSHA.timing.operations if operation.clients == ("pc",)}
    assert limited == {"final_submit", "complain"}, "classmates are evaluated on the phone, too"


@pytest.mark.feature("CS-01", "CS-08", "CS-12")
def test_changsha_reviews_and_evaluates_peers_only_in_the_last_term() -> None:
    assert CHANGSHA.final is not None
    assert (CHANGSHA.final.span, CHANGSHA.final.reviewer) == ("stage", "publicity_panel")
    last_only = {operation.id for operation in CHANGSHA.timing.operations if operation.terms == "last"}
    assert last_only >= {CHANGSHA.final.operation, CHANGSHA.final.review_operation}
    assert "peer_evaluation" not in {e.id for e in CHANGSHA.evaluations_in(last_term=False)}
    peers = next(e for e in CHANGSHA.evaluations_in(last_term=True) if e.id == "peer_evaluation")
    assert (peers.about, peers.per_dimension) == ("classmates", True)


@pytest.mark.feature("CS-07")
def test_activities_of_changsha_carry_hours() -> None:
    assert CHANGSHA.kind("social_practice").duration_field == "hours"
    assert CHANGSHA.evaluation("dimension_summary").per_dimension


@pytest.mark.feature("BJ-10", "BJ-11")
def test_beijing_weighs_and_bands_a_score() -> None:
    result = BEIJING.result
    assert isinstance(result, ScoredResult)
    parts = {"self": Decimal(90), "group": Decimal(80), "teacher": Decimal(70)}
    assert result.score(parts) == Decimal("77.0")
    assert result.score(parts | {"bonus": Decimal(5)}) == Decimal("82.0")
    assert result.score({"self": Decimal(90)}) is None
    assert [result.band(Decimal(n)).id for n in ("100", "80", "79.9", "60", "59", "30", "29", "0")] == list("AABBCCDD")
    bonus = result.part("bonus")
    assert bonus is not None
    assert bonus.problem(Decimal(50)) == "加分扣分：应在-10到10之间"
    assert bonus.capped([Decimal(8), Decimal(9)]) == Decimal(10)
    assert [step.by for step in result.steps] == ["class_teacher", "department_head"]
    assert (result.lock.by, result.lock.unlocked_by) == ("student_office", "school_administrator")
    assert result.total([Decimal("77.0"), Decimal("62.1")]) == Decimal("69.6"), "halves are rounded up"
    assert result.total([Decimal(1), None]) is None


@pytest.mark.feature("BJ-05", "BJ-06", "BJ-09", "BJ-12")
def test_beijing_lets_many_enter_without_a_window_and_keeps_all_in_the_handbook() -> None:
    kind = BEIJING.kind("moral_deed")
    assert all(kind.may_enter(role) for role in ("student", "guardian", "subject_teacher", "class_teacher"))
    assert BEIJING.operation("portfolio").window == "none"
    assert BEIJING.archives.career_left("moral_deed", 100) is None
    assert BEIJING.schooling().terms == 6
    assert len(BEIJING.dimensions) == 6


@pytest.mark.feature("SH-02")
def test_a_school_switch_takes_the_class_teacher_out_of_the_chain() -> None:
    chain = BAOSHAN.kind("league_activity").review
    assert BAOSHAN.switch_defaults() == {"league_review": True}
    step = chain.next_step(None, BAOSHAN.switch_defaults())
    assert step is not None
    assert step.role == "class_teacher"
    assert chain.next_step(None, {"league_review": False}) is None
    assert chain.next_step(None) == chain.next_step(None, {"another": False}) == step, "a switch is on until it is turned off"
    assert BAOSHAN.switch("league_review").frozen_by_kinds == ("league_activity",)


@pytest.mark.feature("SH-04")
@pytest.mark.parametrize(
    ("kind", "used", "left"),
    [
        ("eaglet_badge", {"year": 0}, 1),
        ("eaglet_badge", {"year": 1}, 0),
        ("sports_contest", {"term": 1, "year": 9}, 1),
        ("sports_contest", {"term": 3}, 0),
        ("basic_course", {"term": 99}, None),
    ],
)
def test_quotas_count_down(kind: str, used: dict[str, int], left: int | None) -> None:
    assert BAOSHAN.kind(kind).quota_left(used) == left  # type: ignore[arg-type]


@pytest.mark.feature("SH-04", "SH-05")
def test_each_recorder_of_baoshan_enters_what_the_source_lists_for_the_grade_and_nothing_else() -> None:
    school = {
        "eaglet_badge", "model_honour", "defence_award", "basic_course", "extended_course", "inquiry_course", "sports_contest",
        "health_education", "arts_activity", "art_troupe", "science_activity",
    }  # fmt: skip
    entered = {
        (role, grade): {kind.id for kind in BAOSHAN.kinds_for(role, grade)}
        for role in ("school_recorder", "district_recorder", "city_recorder", "school_administrator", "class_teacher")
        for grade in (6, 7, 8, 9)
    }
    for grade in (6, 7, 8):
        assert entered["school_recorder", grade] == school
        assert {kind.id for kind in BAOSHAN.kinds_for("student", grade)} == {"typical_case", "league_activity"}
    assert entered["school_recorder", 9] == school | {"art_exam", "inquiry_report"}
    introduced = {"self_introduction", "league_activity", "inquiry_report"}
    assert {kind.id for kind in BAOSHAN.kinds_for("student", 9)} == introduced
    for grade in (6, 7, 8, 9):
        assert entered["district_recorder", grade] == {"district_exam"}
        assert entered["city_recorder", grade] == {"city_exam"}
        assert entered["school_administrator", grade] == entered["class_teacher", grade] == set()
    quotas = {kind.id: [(quota.per, quota.max) for quota in kind.quotas] for kind in BAOSHAN.kinds}
    twice = (
        "defence_award", "league_activity", "sports_contest", "health_education", "arts_activity", "art_troupe",
        "science_activity",
    )  # fmt: skip
    limited = {"eaglet_badge": [("year", 1)]} | {kind: [("term", 2)] for kind in twice}
    texts = {kind: [("term", 1)] for kind in ("self_introduction", "typical_case", "inquiry_report")}
    assert {kind: found for kind, found in quotas.items() if found} == limited | texts


@pytest.mark.feature("SH-05", "SH-06")
def test_grade_nine_introduces_itself_and_the_others_tell_an_example() -> None:
    nine = {kind.id for kind in BAOSHAN.kinds_for("student", 9)}
    seven = {kind.id for kind in BAOSHAN.kinds_for("student", 7)}
    assert nine - seven == {"self_introduction", "inquiry_report"}
    assert seven - nine == {"typical_case"}
    step = BAOSHAN.kind("typical_case").review.next_step(None)
    assert step is not None
    assert step.revisable


@pytest.mark.feature("SH-04", "SH-10", "SH-12")
def test_the_data_level_follows_from_who_enters() -> None:
    assert BAOSHAN.kind("district_exam").level == "district"
    assert BAOSHAN.kind("district_exam").entry_roles == ("district_recorder",)
    assert BAOSHAN.catalogs[0].kept_by == {"school": "school_recorder", "district": "district_recorder"}


@pytest.mark.feature("SH-11")
def test_the_principal_of_baoshan_gives_a_verdict_and_papers_are_signed() -> None:
    result = BAOSHAN.result
    assert isinstance(result, VerdictResult)
    assert [choice.title for choice in result.choices] == ["合格", "不合格"]
    assert (result.by, result.grades) == ("principal", (9,))
    assert [sign.by for sign in BAOSHAN.archives.term.sign_off] == ["student", "guardian", "principal"]


@pytest.mark.feature("X-13")
def test_a_rule_is_cited_as_the_deployment_calls_it() -> None:
    assert [scheme.rule("complaint.open") for scheme in (JIANGXI, CHANGSHA, BAOSHAN)] == ["JX-08", "CS-10", "SH-08"]
    assert BEIJING.rule("complaint.open") == "complaint.open"
    assert CHANGSHA.rule("X-08") == "X-08"
    with pytest.raises(SchemeError, match="条款编号 › complain：不能写“complain”"):
        loads((FOLDER / "changsha" / "2026.1.yaml").read_text(encoding="utf-8").replace("complaint.open:", "complain:"))
