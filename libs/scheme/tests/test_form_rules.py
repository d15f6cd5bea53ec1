"""What the checker refuses in rules between fields and in computed fields, with its place and a correction."""

from typing import Any

import pytest
from pydantic import ValidationError
from scheme import Form
from scheme.base import ContentError, ContradictionsError

FIELDS: list[dict[str, Any]] = [
    {"id": "grade", "title": "等级", "type": "choice", "choices": [{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}]},
    {"id": "why", "title": "理由", "type": "text", "max_length": 20},
    {"id": "first", "title": "开始日期", "type": "date"},
    {"id": "last", "title": "结束日期", "type": "date"},
    {"id": "own", "title": "自评分", "type": "decimal"},
    {"id": "count", "title": "次数", "type": "integer"},
]


def refused(fields: list[dict[str, Any]], *rules: dict[str, Any]) -> list[ContentError]:
    with pytest.raises(ValidationError) as no:
        Form.model_validate({"fields": [*FIELDS, *fields], "rules": rules})
    found = [error["ctx"]["error"] for error in no.value.errors()]
    return [one for error in found for one in (error.errors if isinstance(error, ContradictionsError) else [error])]


def a_rule(when: dict[str, Any], **changed: Any) -> dict[str, Any]:
    return {"field": "why", "then": "required", "when": when, "says": "请写明理由"} | changed


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("rule", "chinese"),
    [
        (a_rule({"field": "colour", "equals": "red"}), "表单中没有“colour”这个字段"),
        (a_rule({"field": "grade", "equals": "a"}, field="colour"), "表单中没有“colour”这个字段"),
        (a_rule({"field": "grade", "equals": "c"}), "字段“等级”不会是“c”"),
        (a_rule({"field": "own", "equals": "很高"}), "字段“自评分”不会是“很高”"),
        (a_rule({"field": "grade", "equals": True}), "字段“等级”不会是“True”"),
        (a_rule({"field": "grade", "above": 3}), "字段“等级”的类型（choice）不能用在这里"),
        (a_rule({"sum": ["own", "first"], "above": 3}), "字段“开始日期”的类型（date）不能用在这里"),
        (a_rule({"field": "first", "above_field": "own"}), "字段“自评分”的类型（decimal）不能用在这里"),
        (a_rule({"all": [{"field": "grade", "equals": "a"}, {"count": ["own", "x"], "above": 0}]}), "表单中没有“x”这个字段"),
        (a_rule({"field": "why", "empty": False}), "条件问的是字段自己"),
        (a_rule({"field": "grade"}), "条件没有写清楚问什么"),
        (a_rule({"field": "grade", "equals": "a", "empty": True}), "条件没有写清楚问什么"),
        (a_rule({"sum": ["own"], "equals": 3}), "合计和项数只能比较大小"),
        (a_rule({"field": "grade", "equals": "a"}, says=None), "条件没有写给用户看的话，或显示条件多写了"),
    ],
)
def test_a_condition_that_cannot_be_asked_is_refused(rule: dict[str, Any], chinese: str) -> None:
    [found] = refused([], rule)
    assert found.chinese == chinese
    assert found.correction


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("fields", "chinese"),
    [
        ([{"id": "x", "title": "合计", "type": "decimal", "computed": {"sum": ["own", "y"]}}], "表单中没有“y”这个字段"),
        ([{"id": "x", "title": "合计", "type": "decimal", "computed": {"sum": ["first"]}}],
         "字段“开始日期”的类型（date）不能用在这里"),
        ([{"id": "x", "title": "合计", "type": "text", "max_length": 9, "computed": {"sum": ["own"]}}],
         "字段“合计”的类型（text）不能用在这里"),
        ([{"id": "x", "title": "天数", "type": "integer", "computed": {"days": ["first", "own"]}}],
         "字段“自评分”的类型（decimal）不能用在这里"),
        ([{"id": "x", "title": "合计", "type": "decimal", "required": True, "computed": {"sum": ["own"]}}],
         "由系统计算的字段没有人填写"),
        ([{"id": "x", "title": "合计", "type": "decimal", "computed": {"sum": ["own"], "count": ["own"]}}],
         "计算方式只能有一种，相隔天数要写两个日期"),
        ([{"id": "x", "title": "甲项", "type": "decimal", "computed": {"sum": ["y"]}},
          {"id": "y", "title": "乙项", "type": "decimal", "computed": {"product": ["x", "own"]}}],
         "字段互相依赖：甲项 → 乙项 → 甲项"),
    ],
)  # fmt: skip
def test_a_field_that_cannot_be_computed_is_refused(fields: list[dict[str, Any]], chinese: str) -> None:
    [found] = refused(fields)
    assert found.chinese == chinese


@pytest.mark.feature("X-01")
def test_fields_that_are_shown_by_each_other_are_refused() -> None:
    shown = [
        {"field": "why", "then": "visible", "when": {"field": "own", "empty": False}},
        {"field": "own", "then": "visible", "when": {"field": "why", "empty": False}},
    ]
    [found] = refused([], *shown)
    assert found.chinese == "字段互相依赖：理由 → 自评分 → 理由"
    [found] = refused([], shown[0], shown[0])
    assert found.chinese == "同一个字段写了两条显示条件"


@pytest.mark.feature("X-12")
def test_a_product_that_no_field_could_hold_is_refused_like_a_number_that_is_typed() -> None:
    area = {"id": "x", "title": "面积", "type": "decimal", "computed": {"product": ["own", "own", "own"]}}
    form = Form.model_validate({"fields": [*FIELDS, area]})
    [problem] = form.validate_data({"own": "999999999999"}, "kind")
    assert problem.message == "面积：请填写数字"  # type: ignore[union-attr]
