"""Parts of a score: what marks of a panel, earlier years and left-out parts come to, and what is refused (BJ-10, X-15)."""

import json
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from scheme import Scheme, ScoredResult, ScorePart
from scheme.base import ContradictionsError
from scheme.checking.examples import Examples
from scheme.checking.examples import run as run_examples
from scheme.results import Consent
from scheme.tools.explain import explain

BEIJING = Path(__file__).parents[3] / "schemes" / "beijing" / "2026.1.yaml"
PANEL: dict[str, Any] = {
    "id": "panel", "title": "评定小组评定", "source": "mark", "operation": "group_evaluate", "by": ["supervision_group"],
    "scorers": "each", "weight": 1,
}  # fmt: skip
EARLIER: dict[str, Any] = {"id": "years", "title": "各学年", "source": "earlier", "years": {7: "0.2", 8: "0.3", 9: "0.5"}}
RECORDS: dict[str, Any] = {"id": "records", "title": "积分", "source": "records", "weight": 1}
CONSENT: dict[str, Any] = {"bands": ["D"], "by": "county_office", "operation": "consent"}
BANDS = [
    {"id": "A", "title": "优秀", "at_least": 80, "points": 90},
    {"id": "B", "title": "良好", "at_least": 60, "points": 70},
    {"id": "C", "title": "一般", "at_least": 30, "points": 45},
    {"id": "D", "title": "较差", "at_least": 0, "points": 15},
]

PASSED = ["health"]
GRADED = ["morality", "citizenship", "learning", "cooperation", "aesthetics"]
LADDERS: list[dict[str, Any]] = [
    {"id": "P", "title": "通过", "at_least": 60, "points": 80, "dimensions": PASSED},
    {"id": "E", "title": "未通过", "at_least": 0, "dimensions": PASSED},
    {"id": "A", "title": "优秀", "at_least": 80, "points": 90, "dimensions": GRADED},
    {"id": "B", "title": "良好", "at_least": 0, "points": 70, "dimensions": GRADED},
]
SHARE: dict[str, Any] = {"bands": ["A"], "at_most": "0.3", "of": "school", "dimensions": PASSED}
COUNTED: list[dict[str, Any]] = [{"band": "A", "least": {"A": 4}, "most": {"D": 0}}, {"band": "B"}]


def a_part(base: dict[str, Any] = PANEL, **changed: Any) -> ScorePart:
    return ScorePart.model_validate(base | changed)


@cache
def _beijing() -> str:
    data = yaml.load(BEIJING.read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return json.dumps({name: part for name, part in data.items() if name not in ("shared", "examples")})


def a_scheme(**result: Any) -> Scheme:
    """Beijing's scheme with a district office that may consent, and these keys of the result."""
    data = json.loads(_beijing())
    data["roles"].append({"id": "county_office", "title": "县教育局", "at": "district", "may": ["evaluate"]})
    operations = data["timing"]["operations"]
    operations.append({"id": "consent", "title": "上级同意", "roles": ["county_office"], "window": "none"})
    if "parts" in result:  # the workbooks are of Beijing's own parts
        data["imports"] = [one for one in data["imports"] if "parts" not in one]
    data["result"] |= {"bands": BANDS} | result
    return Scheme.model_validate(data)


def problems(**result: Any) -> str:
    with pytest.raises((ContradictionsError, ValueError)) as wrong:
        a_scheme(**result)
    return str(wrong.value)


@pytest.mark.feature("X-15")
@pytest.mark.parametrize(
    ("changed", "values", "counts"),
    [
        ({"resolve": "majority"}, [90, 90, 70], 90),
        ({"resolve": "majority"}, [90, 70], None),
        ({"resolve": "majority", "min_scorers": 3}, [90, 90], None),
        ({"resolve": "agreed"}, [70, 70], 70),
        ({"resolve": "agreed"}, [90, 70, 70], None),
        ({}, [90, 70, 70], "76.7"),
        ({}, [], None),
    ],
)
def test_the_marks_of_a_panel_are_resolved_by_the_rule_of_the_scheme(
    changed: dict[str, Any], values: list[int], counts: str | int | None
) -> None:
    found = a_part(**changed).resolved([Decimal(value) for value in values])
    assert found == (None if counts is None else Decimal(counts))


@pytest.mark.feature("X-15")
@given(st.lists(st.sampled_from([Decimal(90), Decimal(70), Decimal(45), Decimal(15)]), min_size=1, max_size=9))
def test_a_majority_does_not_depend_on_the_order_and_is_more_than_half(values: list[Decimal]) -> None:
    part = a_part(resolve="majority")
    found = part.resolved(values)
    assert found == part.resolved(values[::-1])
    assert found is None or 2 * values.count(found) > len(values)
    assert (found is None) == all(2 * values.count(value) <= len(values) for value in values)


@pytest.mark.feature("X-15")
def test_earlier_years_are_weighted_and_a_missing_one_is_shared_or_asked_for() -> None:
    scores = {7: Decimal(60), 8: Decimal(80), 9: Decimal(90)}
    rescaled = a_part(EARLIER)
    asked = a_part(EARLIER, missing_year="ask", operation="group_evaluate", by=["supervision_group"])
    assert rescaled.of_years(scores) == asked.of_years(scores) == Decimal(81)
    moved_in = {9: Decimal(90)}
    assert rescaled.of_years(moved_in) == Decimal(90)
    assert (rescaled.of_years({}), asked.of_years(moved_in)) == (None, None)
    assert asked.of_years(moved_in, Decimal(70)) == Decimal(80)
    assert asked.of_years({}, Decimal(70)) == Decimal(70)


@pytest.mark.feature("BJ-10")
def test_a_part_that_a_student_cannot_have_is_left_out_and_the_others_weigh_more() -> None:
    result = a_scheme().result
    assert isinstance(result, ScoredResult)
    parts = {"group": Decimal(80), "teacher": Decimal(60)}
    assert result.score(parts) is None
    assert result.score(parts, ["self"]) == Decimal("67.5")
    assert result.score(parts | {"bonus": Decimal(5)}, ["self"]) == Decimal("72.5")
    assert result.score({}, ["self", "group", "teacher"]) is None


@pytest.mark.feature("X-15")
def test_a_result_is_formed_in_its_grades_and_terms_only() -> None:
    result = a_scheme(grades=[9], terms="last").result
    assert isinstance(result, ScoredResult)
    assert [(grade, last) for grade in (7, 8, 9) for last in (False, True) if result.formed(grade, last)] == [(9, True)]
    result = a_scheme().result
    assert isinstance(result, ScoredResult)
    assert result.formed(7, False)


@pytest.mark.feature("X-15", "X-01")
@pytest.mark.parametrize(
    ("result", "problem"),
    [
        ({"parts": [PANEL | {"scorers": "one", "resolve": "agreed"}]}, "`resolve` and `min_scorers` belong to scorers each"),
        ({"parts": [PANEL | {"years": {7: 1}}]}, "`years` belong to a part with the source earlier, and only there"),
        ({"parts": [EARLIER | {"weight": 1, "years": {7: "0.5"}}]}, "the weights of the years must add up to 1"),
        ({"parts": [EARLIER | {"weight": 1}]}, "without any earlier year, nothing is left of the score"),
        ({"parts": [EARLIER | {"weight": 1, "missing_year": "ask"}]}, "`operation` and `by` belong to missing_year ask"),
        (
            {"parts": [PANEL | {"weight": "0.5"}, EARLIER | {"weight": "0.5", "years": {14: 1}}]},
            "no result is formed in year 14 before the last term",
        ),
        (
            {"terms": "last", "parts": [PANEL | {"weight": "0.5"}, EARLIER | {"weight": "0.5"}]},
            "no result is formed in year 7 before the last term",
        ),
        ({"parts": [RECORDS | {"quotas": ["none"]}]}, "there is no quota 'none'"),
        ({"parts": [RECORDS]}, "`quotas` belong to a part"),
        ({"bands": [BANDS[0] | {"points": 70}, *BANDS[1:]]}, "the points of band 'A' are not in the band"),
        ({"consents": [CONSENT | {"bands": ["E"]}]}, "a consent names 'E', which is no band"),
        ({"consents": [CONSENT | {"by": "class_teacher", "operation": "teacher_evaluate"}]}, "is not held at the school"),
        (
            {"steps": [], "consents": [CONSENT]},
            "consent is asked when a class is handed over, but there are no steps",
        ),
        ({"per_dimension": False, "overall": "none"}, "without dimensions there is only the total"),
        ({"parts": [PANEL | {"terms": "not_last"}]}, "the weights of the parts must add up"),
        ({"parts": [PANEL | {"grades": [7]}, PANEL | {"id": "p8", "grades": [8]}]}, "the weights of the parts must add up"),
        ({"bands": LADDERS, "overall": "mean"}, "dimensions with different bands have no mean"),
        ({"bands": LADDERS[2:], "overall": "none"}, "dimension 'health' has no bands"),
        ({"bands": [*LADDERS, BANDS[3]], "overall": "none"}, "must be in descending order"),
        ({"bands": LADDERS, "overall": "none", "shares": [SHARE]}, "name band 'A', which dimension 'health' does not have"),
        ({"overall": "counted"}, "overall_rules belong to overall: counted"),
        ({"overall_rules": COUNTED}, "overall_rules belong to overall: counted"),
        ({"overall": "counted", "overall_rules": COUNTED[:1]}, "overall rule 0 is of no use"),
        ({"overall": "counted", "overall_rules": [{"band": "E"}]}, "an overall rule names 'E', which is no band"),
    ],
)  # fmt: skip
def test_a_result_that_cannot_be_formed_is_refused(result: dict[str, Any], problem: str) -> None:
    assert problem in problems(**result)


@pytest.mark.feature("X-15", "X-01")
def test_a_result_in_a_term_without_its_operation_is_refused() -> None:
    data = a_scheme().model_dump(mode="json")
    operation = next(one for one in data["timing"]["operations"] if one["id"] == "group_evaluate")
    operation["terms"] = "last"
    with pytest.raises(ValueError, match="but 'group_evaluate' does not take place then"):
        Scheme.model_validate(data)


@pytest.mark.feature("X-15")
def test_a_consent_holds_for_its_bands_and_dimensions() -> None:
    consent = {"bands": ["D"], "by": "county_office", "operation": "consent", "dimensions": ["morality"]}
    result = a_scheme(consents=[consent]).result
    assert isinstance(result, ScoredResult)
    assert isinstance(result.consent("morality", "D"), Consent)
    assert (result.consent("health", "D"), result.consent("morality", "C")) == (None, None)


@pytest.mark.feature("X-15", "X-01")
def test_examples_say_what_panels_years_and_terms_come_to() -> None:
    scheme = a_scheme(parts=[PANEL | {"weight": "0.4", "resolve": "majority"}, EARLIER | {"weight": "0.6", "takes": "band"}])
    right = [
        {"says": "两票A", "entered": {"panel": ["A", "A", "B"]}, "years": {7: 62, 8: 85, 9: 90}, "score": "87.6", "band": "A"},
        {"says": "没有过半", "entered": {"panel": ["A", "B"]}, "years": {7: 62}, "band": None},
        {"says": "转入", "entered": {"panel": ["B"]}, "left_out": ["years"], "score": 70, "band": "B"},
        {"says": "每学期", "grade": 7, "formed": True},
    ]
    wrong = [
        {"says": "两票A", "entered": {"panel": ["A", "A"]}, "years": {7: 62}, "band": "D"},
        {"says": "不评", "grade": 7, "formed": False},
    ]
    checked = Examples.model_validate({"examples": [*right, *wrong]})
    assert [error.at[1] for error in run_examples(scheme, checked.examples)] == [4, 5]


@pytest.mark.feature("X-15", "X-01")
def test_officials_read_when_a_panel_grades_what_years_count_and_who_consents() -> None:
    parts = [PANEL | {"weight": "0.4", "resolve": "majority", "min_scorers": 3}, EARLIER | {"weight": "0.6", "takes": "band"}]
    consent = CONSENT | {"dimensions": ["morality"]}
    share = {"bands": ["B"], "at_most": "0.5", "of": "school", "enforced": False}
    lines = explain(a_scheme(parts=parts, consents=[consent], shares=[share], grades=[7, 8, 9], overall="none")).splitlines()
    for line in (
        "- 何时评结果：7年级、8年级、9年级每学期，其他学期不评",
        "- 结果：每个维度分别评分，不评总评；评定小组评定40%＋各学年60%",
        "  - 评定小组评定：由班级评议小组（评议小组评分）评定等级，每人各评一次，过半数相同的算数，至少3人评定",
        "  - 各学年：取本学段以前已锁定的等级分，7年级20%、8年级30%、9年级50%；缺少的学年由其余学年按比例分担",
        "- 比例：每个维度良好不超过全校人数的50%（人数向下取整），只作提示",
    ):
        assert line in lines, line
    assert any(line.startswith("- 须经同意：道德品质评为较差的，逐人写理由10至300字，交出时报县教育局") for line in lines)


@pytest.mark.feature("X-15", "X-01")
def test_a_final_grade_has_other_parts_than_that_of_a_term() -> None:
    termly, final = PANEL | {"terms": "not_last"}, PANEL | {"id": "last", "terms": "last", "weight": "0.4"}
    scheme = a_scheme(parts=[termly, final, EARLIER | {"terms": "last", "weight": "0.6"}])
    right = [
        {"says": "平时", "scores": {"panel": 90}, "grade": 9, "score": 90, "band": "A"},
        {"says": "毕业", "scores": {"last": 70}, "years": {7: 90, 8: 90, 9: 90}, "grade": 9, "last_term": True, "band": "A"},
        {"says": "毕业时还缺", "scores": {"panel": 70}, "years": {7: 90}, "grade": 9, "last_term": True, "band": None},
    ]  # fmt: skip
    assert list(run_examples(scheme, Examples.model_validate({"examples": right}).examples)) == []
    lines = explain(scheme).splitlines()
    each = "每个维度分别评分，总分取各维度的平均分"
    assert f"- 最后一学期以外的学期：{each}；评定小组评定100%" in lines
    assert f"- 最后一学期：{each}；评定小组评定40%＋各学年60%" in lines


@pytest.mark.feature("X-15", "X-01")
def test_dimensions_may_have_their_own_bands() -> None:
    scheme = a_scheme(bands=LADDERS, overall="none", parts=[PANEL | {"resolve": "majority"}])
    result = scheme.result
    assert isinstance(result, ScoredResult)
    assert [result.band(Decimal(70), name).id for name in ("health", "morality")] == ["P", "B"]
    right = [
        {"says": "通过", "entered": {"panel": ["P", "P", "E"]}, "dimension": "health", "band": "P"},
        {"says": "优秀", "entered": {"panel": ["A"]}, "dimension": "morality", "band": "A"},
    ]
    assert list(run_examples(scheme, Examples.model_validate({"examples": right}).examples)) == []
    lines = explain(scheme).splitlines()
    assert "- 运动与健康的等级：60分以上通过（P）；0分以上未通过（E）" in lines


@pytest.mark.feature("X-15", "X-01")
@pytest.mark.parametrize(("bands", "total"), [("AAAABC", "A"), ("AAABBB", "B"), ("AAAAAD", "B"), ("AAAA", "A"), ("", None)])
def test_a_total_may_follow_from_how_many_dimensions_have_each_band(bands: str, total: str | None) -> None:
    scheme = a_scheme(overall="counted", overall_rules=COUNTED)
    result = scheme.result
    assert isinstance(result, ScoredResult)
    found = result.whole(None, [result.band_by_id(one) for one in bands])
    assert (found.id if found else None) == total
    assert result.whole(None, [result.band_by_id("A"), None]) is None, "while one is missing"
    wrong = {"says": "总评", "bands": list(bands or "A"), "band": "D"}
    [error] = run_examples(scheme, Examples.model_validate({"examples": [wrong]}).examples)
    assert error.at[:2] == ("examples", 0)
    assert "- 总评第1条：至少4个优秀，并且没有较差的，总评优秀" in explain(scheme).splitlines()


@pytest.mark.feature("BJ-06")
@pytest.mark.parametrize(
    ("changed", "problem"),
    [
        ({"parts": ["self"]}, "part 'self' is not entered"),
        ({"parts": ["teacher", "bonus"]}, "part 'bonus' is of adjustments, which have a workbook of their own"),
        ({"operation": "group_evaluate"}, "part 'teacher' is entered in 'teacher_evaluate'"),
        ({"roles": ["class_teacher", "subject_teacher"]}, "'subject_teacher' enters none of its parts"),
        ({"roles": ["class_teacher", "student"]}, "'student' enters own values only, one by one"),
        ({"parts": ["nothing"]}, "there is no score part 'nothing'"),
        ({"same_by": ["x"]}, "the columns of scores follow from the parts"),
        ({"evaluation": "teacher_comment"}, "needs either kind, evaluation or parts"),
    ],
)
def test_a_workbook_of_scores_is_about_parts_that_its_roles_enter_in_its_time(changed: dict[str, Any], problem: str) -> None:
    data = json.loads(_beijing())
    [mine] = [one for one in data["imports"] if one["id"] == "teacher_scores"]
    assert Scheme.model_validate(data).import_type("teacher_scores").parts == ("teacher",)
    mine |= changed
    with pytest.raises((ContradictionsError, ValueError)) as wrong:
        Scheme.model_validate(data)
    assert problem in str(wrong.value)
