"""Results in words, conditional requirements and durations, as fields of a scheme (L-12, L-13)."""

from datetime import timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scheme import NamedOutcome, Scheme, jsonable, load
from scheme.forms import Field, FieldError, FieldOutcome, Form

JIANGXI: Scheme = load(Path(__file__).parents[3] / "schemes" / "jiangxi" / "2026.1.yaml")
SCORES, FITNESS = JIANGXI.kind("exam_scores"), JIANGXI.kind("fitness_test")
A_SCORE = {"exam": "期末", "subject": "语文"}
A_TEST: dict[str, Any] = {
    "bmi": "20.8", "lung_capacity": 3500, "run_50m": "7.5", "sit_and_reach": 12, "long_jump": 220, "strength": 8,
    "endurance": "3'45",
}  # fmt: skip


def codes(found: object) -> list[tuple[str, str, str]]:
    assert isinstance(found, list), f"no problem was found: {found}"
    return [(problem.field, problem.code, problem.rule) for problem in found]


@pytest.mark.feature("L-12")
@pytest.mark.parametrize(
    ("typed", "outcome", "shown"),
    [
        ("缺考", "absent", "缺考"),
        (" 缺　", "absent", "缺考"),
        ("缓考", "deferred", "缓考"),
        ("免修", "exempt", "免考"),
        ({"outcome": "exempt"}, "exempt", "免考"),
        (NamedOutcome("cheated"), "cheated", "作弊"),
    ],
)
def test_a_result_in_words_is_a_tagged_value_and_shown_in_words(typed: object, outcome: str, shown: str) -> None:
    clean = SCORES.validate_data(A_SCORE | {"score": typed})
    assert isinstance(clean, dict)
    assert clean["score"] == NamedOutcome(outcome)
    stored = jsonable(clean)
    assert stored["score"] == {"outcome": outcome}
    assert SCORES.validate_data(stored) == clean
    assert SCORES.form.field("score").shown(stored["score"]) == shown


@pytest.mark.feature("L-12")
def test_zero_is_a_score_and_an_empty_score_is_missing() -> None:
    clean = SCORES.validate_data(A_SCORE | {"score": 0})
    assert isinstance(clean, dict)
    assert clean["score"] == Decimal(0)
    assert codes(SCORES.validate_data(A_SCORE)) == [("score", "required", "exam_scores.score.required")]


@pytest.mark.feature("L-12")
@pytest.mark.parametrize("sign", ["/", "-", "—", "无", "请假", {"outcome": "lost"}, {"outcome": "absent", "more": 1}, {}])
def test_signs_and_unknown_words_are_asked_about_and_never_guessed(sign: object) -> None:
    found = SCORES.validate_data(A_SCORE | {"score": sign})
    assert isinstance(found, list)
    assert found[0].field == "score"
    if isinstance(sign, str):
        assert found[0].message == f"成绩：“{sign}”是什么意思？请填写数字，或写明 缺考、缓考、免考、作弊；没有结果的留空"


@pytest.mark.feature("L-12")
def test_a_word_is_compared_with_no_number() -> None:
    clean = SCORES.validate_data(A_SCORE | {"score": "缺考", "full_mark": 150})
    assert isinstance(clean, dict)


@pytest.mark.feature("L-12")
def test_who_is_exempt_needs_no_measurements_and_everybody_else_does() -> None:
    assert FITNESS.validate_data({"grade": "免测"}) == {"grade": "exempt"}
    assert isinstance(FITNESS.validate_data(A_TEST), dict)
    found = FITNESS.validate_data({"grade": "良好"} | {name: value for name, value in A_TEST.items() if name != "long_jump"})
    assert codes(found) == [("long_jump", "required", "fitness_test.long_jump.required_unless")]
    assert isinstance(found, list)
    assert found[0].message == "立定跳远不能为空（等级为免测时除外）"
    assert [field.id for field in FITNESS.form.missing(A_TEST | {"bmi": ""})] == ["bmi"]
    assert FITNESS.form.missing({"grade": "exempt"}) == ()


@pytest.mark.feature("L-12")
def test_a_field_may_be_required_only_where_another_has_a_value() -> None:
    form = Form.model_validate(
        {
            "fields": [
                {"id": "score", "title": "成绩", "type": "decimal", "outcomes": [{"id": "absent", "title": "缺考"}]},
                {"id": "reason", "title": "原因", "type": "text", "max_length": 20,
                 "required_if": {"field": "score", "one_of": ["absent"]}},
                {"id": "full", "title": "满分", "type": "decimal", "required_if": {"field": "score"}},
            ]
        }
    )  # fmt: skip
    assert codes(form.validate_data({"score": "缺考", "full": 100}, "k")) == [("reason", "required", "k.reason.required_if")]
    assert codes(form.validate_data({"score": "1"}, "k")) == [("full", "required", "k.full.required_if")]
    assert form.validate_data({}, "k") == {}
    assert form.condition_text(form.field("full")) == "已填写成绩时必填"
    assert form.condition_text(form.field("score")) == ""
    assert codes(form.validate_data({"score": "?"}, "k")) == [("score", "outcomes", "k.score.outcomes")]


@pytest.mark.feature("L-12")
@pytest.mark.parametrize(
    ("field", "says"),
    [
        ({"type": "text", "max_length": 3, "outcomes": [{"id": "a", "title": "缺"}]}, "have outcomes"),
        (
            {"type": "decimal", "outcomes": [{"id": "a", "title": "缺"}, {"id": "b", "title": "免", "aliases": ["缺"]}]},
            "the name of two outcomes",
        ),
        ({"type": "decimal", "required": True, "required_if": {"field": "y"}}, "exclude each other"),
        ({"type": "decimal", "required_if": {"field": "nothing"}}, "which is no other field"),
        ({"type": "decimal", "required_unless": {"field": "x"}}, "which is no other field"),
        ({"type": "decimal", "required_unless": {"field": "y", "one_of": ["z"]}}, "has no choice or outcome 'z'"),
        ({"type": "duration", "unit": "米"}, "the unit of a duration"),
    ],
)
def test_a_scheme_with_unsound_outcomes_or_conditions_is_refused(field: dict[str, Any], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Form.model_validate({"fields": [{"id": "x", "title": "甲"} | field, {"id": "y", "title": "乙", "type": "decimal"}]})


def seconds(value: object, unit: str = "分秒", low: int | None = 120, high: int | None = 900) -> float:
    field = Field.model_validate(
        {"id": "run", "title": "跑", "type": "duration", "unit": unit, "minimum": low, "maximum": high}
    )
    found = field.parse(value)
    assert isinstance(found, timedelta)
    return found.total_seconds()


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(
    "typed",
    [
        "3'45\"", "3’45”", "3′45″", "3‘45“", "3'45''", "3´45´´", "3`45", "3'45", "3＇45＂",
        "3分45秒", "3 分 45 秒", "3分钟45秒", "3分45", "3:45", "3：45", "03:45", "0:03:45", "00:03:45",
        "3:45.0", "3.45", "３．４５",
        "3m45s", "3 min 45 sec",
        "PT3M45S", "PT225S", "225秒", "225s", "3:45:00", "0.00260416667", 225, 225.0, timedelta(seconds=225),
    ],
)  # fmt: skip
def test_every_common_notation_of_a_duration_means_the_same(typed: object) -> None:
    assert seconds(typed) == 225


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(
    ("typed", "unit", "low", "high", "expected"),
    [
        ("7.8", "秒", 5, 20, 7.8),
        ('7"8', "秒", 5, 20, 7.8),
        ("7″8", "秒", 5, 20, 7.8),
        ("7秒8", "秒", 5, 20, 7.8),
        ("7.8s", "秒", 5, 20, 7.8),
        ("1'05\"2", "分秒", 30, 900, 65.2),
        ("3分45秒6", "分秒", 120, 900, 225.6),
        ("4'", "分秒", 120, 900, 240),
        ("4分", "分秒", 120, 900, 240),
        ("4", "分秒", 120, 900, 240),
        ("225", "分秒", 150, 900, 225),
        ("1:02:03", "分秒", None, None, 3723),
        ("1小时2分3秒", "分秒", None, None, 3723),
        ("PT1H2M3S", "分秒", None, None, 3723),
    ],
)
def test_the_unit_and_the_range_of_a_column_decide_what_a_number_means(
    typed: str, unit: str, low: int | None, high: int | None, expected: float
) -> None:
    assert seconds(typed, unit, low, high) == expected


@pytest.mark.feature("L-13")
@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("3.4", "跑：“3.4”是3分40秒还是3分4秒？请写成 3分40秒 的样子"),
        ("345", "跑：“345”是5分45秒还是3分45秒？请写成 5分45秒 的样子"),
        ("3.75", "跑：看不出“3.75”是多长时间，请写成 3分45秒 的样子"),
        ("3'75", "跑：看不出“3'75”是多长时间，请写成 3分45秒 的样子"),
        ("很快", "跑：看不出“很快”是多长时间，请写成 3分45秒 的样子"),
        ("1:59", "跑不能小于2分0秒"),
        ("20:00", "跑不能大于15分0秒"),
        ("3:45:20", "跑不能大于15分0秒"),
        (True, "跑：请填写时长"),
    ],
)
def test_a_duration_that_may_mean_two_things_is_one_clear_question(typed: object, says: str) -> None:
    with pytest.raises(FieldError) as bad:
        seconds(typed)
    assert bad.value.message == says


@pytest.mark.feature("L-13")
def test_durations_are_stored_as_iso_8601_shown_in_words_and_read_again() -> None:
    clean = FITNESS.validate_data(A_TEST)
    assert isinstance(clean, dict)
    stored = jsonable(clean)
    assert (stored["endurance"], stored["run_50m"]) == ("PT3M45S", "PT7.5S")
    assert FITNESS.validate_data(stored) == clean
    shown = {name: FITNESS.form.field(name).shown(stored[name]) for name in ("endurance", "run_50m")}
    assert shown == {"endurance": "3分45秒", "run_50m": "7.5秒"}


@pytest.mark.feature("L-13")
def test_durations_that_records_hold_as_text_from_before_are_shown_and_valid() -> None:
    old = A_TEST | {"endurance": "4:05", "run_50m": "7.8"}
    clean = FITNESS.validate_data(old)
    assert isinstance(clean, dict)
    assert (clean["endurance"], clean["run_50m"]) == (timedelta(seconds=245), timedelta(seconds=7.8))
    assert FITNESS.form.field("endurance").shown("4:05") == "4分5秒"
    assert FITNESS.form.field("endurance").shown("很快") == "很快"


@pytest.mark.feature("L-13")
@given(st.integers(0, 900_000).map(lambda tenths: timedelta(seconds=tenths / 10)), st.sampled_from(["秒", "分秒"]))
def test_a_duration_survives_its_way_through_json_and_through_what_is_shown(value: timedelta, unit: str) -> None:
    field = Field.model_validate({"id": "run", "title": "跑", "type": "duration", "unit": unit})
    stored = jsonable({"run": value})["run"]
    assert field.parse(stored) == value
    assert field.parse(field.shown(stored)) == value


def test_an_unknown_outcome_is_shown_by_its_id() -> None:
    field = Field(id="x", title="甲", type="decimal", outcomes=(FieldOutcome(id="absent", title="缺考"),))
    assert (field.shown({"outcome": "gone"}), field.shown(None), field.shown("")) == ("gone", "", "")
