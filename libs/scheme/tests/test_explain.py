"""The explanation of scores, shared quotas, conditions on fields and the calendar, as officials read it (X-01)."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheme import Scheme
from scheme.effects import EFFECTS
from scheme.forms import Form
from scheme.tools.explain import explain
from scheme.tools.explain_parts import form_lines

SCHEMES = Path(__file__).parents[3] / "schemes"
PAGE = Path(__file__).parents[3] / "docs" / "schemes.md"
pytestmark = pytest.mark.feature("X-01")


def _data(folder: str) -> dict[str, Any]:
    data = yaml.load((SCHEMES / folder / "2026.1.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader)
    return {name: value for name, value in data.items() if name not in ("shared", "examples")}


@pytest.mark.feature("BJ-10")
def test_scores_are_explained_with_who_enters_checks_and_locks_them() -> None:
    data = _data("beijing")
    data["result"] |= {"shares": [{"bands": ["A", "B"], "at_most": 0.35, "of": "grade"}], "show": "bands"}
    lines = explain(Scheme.model_validate(data)).splitlines()
    for line in (
        "- 结果：每个维度分别评分，总分取各维度的平均分；学生自评20%＋小组评议30%＋班主任评分50%，另加加分扣分",
        "  - 学生自评：取自“学生自评”（由学生评），A（优秀）为90分，B（良好）为70分，C（一般）为45分，D（较差）为15分",
        "  - 小组评议：由班级评议小组（评议小组评分）评分，0至100分",
        "  - 加分扣分：由班级评议小组（评议小组评分）逐条填写，每条写理由5至200字，合计限在-10至10分，直接计入总分",
        "- 等级：80分以上优秀（A）；60分以上良好（B）；30分以上一般（C）；0分以上较差（D）",
        "- 审核第1步：班主任提交，由班主任（教师评价与评分）办理，可以退回，退回理由5至200字",
        "- 审核第2步：年级审核，由年级主任（年级审核）办理，可以退回，退回理由5至200字",
        "- 锁定：由学生处（汇总锁定）锁定，锁定后家长和学生才能看到等级，看不到分数；确需更改时由学校管理员解锁，理由5至200字"
        "；锁定期间停止：成绩录入",
        "- 比例：每个维度优秀、良好合计不超过全年级人数的35%（人数向下取整），超过则不能锁定",
    ):
        assert line in lines, line


@pytest.mark.feature("SH-04")
def test_shared_quotas_and_points_are_explained() -> None:
    quotas = [
        {"id": "hours", "title": "服务时长", "kinds": ["volunteer_service", "labour_practice"], "per": "month", "max": 20,
         "field": "hours", "unit": "小时"},
        {"id": "bonus", "title": "加分", "kinds": ["volunteer_service"], "per": "term", "max": 5, "unit": "分",
         "beyond": "not_counted", "points": [{"kind": "volunteer_service", "points": 2.5}]},
    ]  # fmt: skip
    lines = explain(Scheme.model_validate(_data("jiangxi") | {"quotas": quotas})).splitlines()
    at = lines.index("## 几个类别共用的限额与积分")
    assert lines[at + 2 : at + 5] == [
        "- **服务时长**：志愿服务、劳动实践合在一起，按时长的合计计算，每月最多20小时；超出的不能提交",
        "- **加分**：志愿服务合在一起，按积分计算，每学期最多5分；超出的保留，但不计入",
        "  - 志愿服务：2.5分",
    ]


def _field(id: str, title: str, type: str = "integer", **more: Any) -> dict[str, Any]:
    return {"id": id, "title": title, "type": type} | more


LEVEL = _field("level", "级别", "choice", choices=[{"id": "a", "title": "甲"}, {"id": "b", "title": "乙"}])
FIELDS = [
    LEVEL,
    _field("note", "说明", "text", max_length=9),
    _field("first", "上午", unit="小时"),
    _field("then", "下午", unit="小时"),
    _field("from_day", "开始", "date"),
    _field("to_day", "结束", "date"),
]


@pytest.mark.parametrize(
    ("rule", "says"),
    [
        ({"field": "note", "then": "required", "when": {"field": "level", "one_of": ["a", "b"]}, "says": "请说明"},
         "条件：级别为“甲”或“乙”时，必须填写说明（“请说明”）"),
        ({"field": "note", "then": "visible", "when": {"field": "level", "equals": "b"}}, "条件：级别为“乙”时，才需要填写说明"),
        ({"field": "note", "then": "forbidden", "when": {"field": "level", "empty": True}, "says": "先选级别"},
         "条件：级别没有填写时，不能填写说明（“先选级别”）"),
        ({"field": "first", "then": "refused", "when": {"sum": ["first", "then"], "above": 8}, "says": "太多"},
         "条件：上午、下午的合计大于8时，不能提交（“太多”）"),
        ({"field": "first", "then": "refused", "when": {"count": ["first", "then"], "below": 1}, "says": "至少一项"},
         "条件：上午、下午中填写的项数小于1项时，不能提交（“至少一项”）"),
        ({"field": "from_day", "then": "refused", "when": {"field": "from_day", "above_field": "to_day"}, "says": "先后不对"},
         "条件：开始大于（晚于）结束时，不能提交（“先后不对”）"),
        ({"field": "note", "then": "required", "says": "请说明", "when": {"any": [
            {"field": "first", "above": 4}, {"all": [{"field": "level", "equals": "a"}, {"field": "then", "empty": False}]}]}},
         "条件：上午大于4小时，或者（级别为“甲”，并且下午已填写）时，必须填写说明（“请说明”）"),
    ],
)  # fmt: skip
def test_conditions_between_fields_are_explained(rule: dict[str, Any], says: str) -> None:
    assert list(form_lines(Form.model_validate({"fields": FIELDS, "rules": [rule]}))) == [says]


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({"computed": {"sum": ["first", "then"]}}, "自动计算：另项＝上午＋下午"),
        ({"computed": {"count": ["first", "then"]}}, "自动计算：另项＝上午、下午中填写的项数"),
        ({"computed": {"days": ["from_day", "to_day"], "both_ends": True}}, "自动计算：另项＝从开始到结束的天数（首尾都算）"),
        ({"required_if": {"field": "level", "one_of": ["b"]}}, "条件：级别为“乙”时，必须填写另项"),
        ({"required_unless": {"field": "note"}}, "条件：说明已填写时可以不填，否则必须填写另项"),
    ],
)
def test_fields_that_are_computed_or_depend_on_others_are_explained(more: dict[str, Any], says: str) -> None:
    form = Form.model_validate({"fields": [*FIELDS, _field("other", "另项", **more)]})
    assert list(form_lines(form)) == [says]


@pytest.mark.feature("X-02")
def test_the_calendar_is_explained() -> None:
    data = _data("jiangxi")
    assert "- 工作日按全国的放假安排计算" in explain(Scheme.model_validate(data))
    data["timing"] |= {"calendar": "guangxi"}
    assert "- 工作日按地区“guangxi”的放假安排计算（周末和节假日不算，调休上班的周末算）：还没有任何年份" in explain(
        Scheme.model_validate(data)
    )


def _examples() -> list[tuple[str, list[str]]]:
    """The blocks of the page's section on these parts, each with the lines of the explanation that are quoted below it."""
    text = PAGE.read_text(encoding="utf-8").partition("\n## 四种常用的规定\n")[2].partition("\n## ")[0]
    found = []
    for section in text.split("\n### ")[1:]:
        block = section.partition("```yaml\n")[2].partition("```")[0]
        found.append((block, [line[2:] for line in section.splitlines() if line.startswith("> ")]))
    return found


@pytest.mark.parametrize(("block", "quoted"), _examples(), ids=["form", "quotas", "timing", "result"])
def test_the_examples_for_officials_are_right_and_explained_as_the_page_says(block: str, quoted: list[str]) -> None:
    given = yaml.load(block, Loader=yaml.CSafeLoader)
    assert quoted
    if "form" in given:
        assert [f"- {line}" for line in form_lines(Form.model_validate(given["form"]))] == quoted
        return
    data = _data("beijing" if "result" in given else "jiangxi")
    if "timing" in given:
        given = {"timing": data["timing"] | given["timing"]}
    lines = explain(Scheme.model_validate(data | given)).splitlines()
    assert [line for line in quoted if not any(known.startswith(line) for known in lines)] == []


def test_the_effects_that_the_page_names_are_those_of_the_command() -> None:
    text = PAGE.read_text(encoding="utf-8").partition("\n## 四种常用的规定\n")[2].partition("\n## ")[0]
    named = re.findall("【(.+?)】", text)
    assert len(named) > 5
    assert [one for one in named if one not in {says for _, _, says in EFFECTS}] == []


@pytest.mark.feature("NR-03")
def test_the_form_that_parents_sign_is_explained() -> None:
    made_up = Path(__file__).parents[3] / "tests" / "browser" / "schemes" / "made_up" / "2026.1.yaml"
    lines = explain(Scheme.model_validate(yaml.safe_load(made_up.read_text(encoding="utf-8")))).splitlines()
    at = lines.index("## 信息核查")
    assert lines[at + 2 : at + 6] == [
        "- **船员名册核对**：每名学生打印一份《船员登记回执》，附注册码和上传码，家长签字后拍照上传，按照片里的上传码对应学生",
        "- 印在表上：船员、船号、船",
        "- 上传：由船长、家人在“交回执”的时间内上传，每份最多1张照片",
        "- 提示语：请用墨水签名",
    ]
    assert "，以及学校登记的监护人" in explain(Scheme.model_validate(_data("beijing")))
    assert "## 信息核查" not in explain(Scheme.model_validate(_data("jiangxi")))
