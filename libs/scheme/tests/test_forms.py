"""The one validator: what people type comes in, clean values or plain problems come out."""

import math
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from scheme import FieldProblem, Scheme, jsonable, load
from scheme.forms import Field, FieldError
from scheme.values import to_hours

SCHEMES = Path(__file__).parents[3] / "schemes"
JIANGXI: Scheme = load(SCHEMES / "jiangxi" / "2026.1.yaml")
SHANGHAI = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 4, 1)


def a_service(**changes: Any) -> dict[str, Any]:
    """What a student types into the form of volunteer service."""
    return {
        "name": " 社区敬老院志愿服务 ",
        "served": "敬老院老人",
        "starts_on": "2026年3月1日",
        "ends_on": "2026/3/2",
        "hours": "2小时30分钟",
        "place": "阳光社区敬老院",
        "account": "我们为老人打扫房间、读报、表演节目，学会了耐心倾听。",
    } | changes


def problems_of(kind: str, data: dict[str, Any], today: date = TODAY) -> list[FieldProblem]:
    found = JIANGXI.kind(kind).validate_data(data, zone=JIANGXI.zone, today=today)
    assert isinstance(found, list), f"no problem was found: {found}"
    return found


@pytest.mark.feature("JX-03", "CS-06")
def test_a_form_as_people_fill_it_becomes_typed_values() -> None:
    clean = JIANGXI.kind("volunteer_service").validate_data(a_service(), today=TODAY)
    assert isinstance(clean, dict)
    assert clean["name"] == "社区敬老院志愿服务"
    assert clean["starts_on"] == date(2026, 3, 1)
    assert clean["ends_on"] == date(2026, 3, 2)
    assert clean["hours"] == Decimal("2.5")
    assert "organiser" not in clean


@pytest.mark.parametrize(
    "typed",
    ["2026-03-01", "2026/3/1", "2026.3.1", "2026年3月1日", "20260301", 20260301, "２０２６－３－１", "2026-3-1 00:00:00"],
)
def test_every_usual_way_of_writing_a_date_is_read(typed: object) -> None:
    assert Field(id="day", title="日期", type="date").parse(typed) == date(2026, 3, 1)


@pytest.mark.parametrize("typed", ["2026-02-30", "3月1日", "2026-13-01", "昨天", "45000"])
def test_what_is_no_date_is_told_as_such(typed: str) -> None:
    with pytest.raises(FieldError, match="日期：") as bad:
        Field(id="day", title="日期", type="date").parse(typed)
    assert bad.value.limit == "type"


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2026-03-01 14:30", datetime(2026, 3, 1, 14, 30, tzinfo=SHANGHAI)),
        ("2026年3月1日 14时30分", datetime(2026, 3, 1, 14, 30, tzinfo=SHANGHAI)),
        ("2026/3/1 8点", datetime(2026, 3, 1, 8, tzinfo=SHANGHAI)),
        ("2026-03-01T06:30:00Z", datetime(2026, 3, 1, 6, 30, tzinfo=UTC)),
    ],
)
def test_times_are_read_on_the_schools_clock(typed: str, at: datetime) -> None:
    assert Field(id="at", title="时间", type="datetime").parse(typed, SHANGHAI) == at


@pytest.mark.feature("CS-07")
@pytest.mark.parametrize(
    ("typed", "hours"),
    [("3", "3"), ("2.50", "2.5"), ("12小时0分钟", "12"), ("90分钟", "1.5"), ("1:15", "1.25"), ("２小时", "2"), (4, "4")],
)
def test_hours_are_read_as_people_say_them(typed: object, hours: str) -> None:
    assert to_hours(typed) == Decimal(hours)


@pytest.mark.parametrize(
    ("kind", "changes", "code", "message"),
    [
        ("volunteer_service", {"name": "\u3000"}, "required", "服务项目不能为空"),
        ("volunteer_service", {"name": "字" * 61}, "max_length", "服务项目最多60个字，现有61个字"),
        ("volunteer_service", {"account": "很好"}, "min_length", "过程与收获至少20个字，现有2个字"),
        ("volunteer_service", {"hours": "201"}, "maximum", "时长不能大于200小时"),
        ("volunteer_service", {"hours": "0.1"}, "minimum", "时长不能小于0.5小时"),
        ("volunteer_service", {"hours": "1e9999"}, "type", "时长：时长格式不正确，请写成 2.5 或 2小时30分钟"),
        ("volunteer_service", {"hours": ["3"]}, "type", "时长：请填写文字、数字或日期"),
        ("volunteer_service", {"starts_on": "2026-04-02", "ends_on": "2026-04-02"}, "not_future", "开始日期不能晚于今天"),
        ("volunteer_service", {"ends_on": "2026-02-01"}, "in_order", "结束日期不能早于开始日期"),
        ("volunteer_service", {"name": "坏\x00字"}, "type", "服务项目：含有无法显示的字符"),
        ("volunteer_service", {"extra": 1}, "unknown_field", "没有“extra”这一项"),
    ],
)
def test_each_limit_says_what_is_wrong_and_which_rule_says_so(
    kind: str, changes: dict[str, Any], code: str, message: str
) -> None:
    found = problems_of(kind, a_service(**changes))
    assert (found[0].code, found[0].message) == (code, message)
    assert found[0].rule.startswith(kind)


def test_all_problems_are_told_at_once() -> None:
    found = problems_of("volunteer_service", {"hours": "很久", "starts_on": "明天"})
    assert {problem.field for problem in found} == {"name", "served", "starts_on", "ends_on", "hours", "place", "account"}


@pytest.mark.feature("JX-05")
def test_a_score_above_the_full_mark_is_refused_and_titles_become_ids() -> None:
    row: dict[str, Any] = {"exam": "期末", "subject": "政治", "score": "９２．５", "full_mark": 100.0}
    clean = JIANGXI.kind("exam_scores").validate_data(row)
    assert clean == {"exam": "final", "subject": "politics", "score": Decimal("92.5"), "full_mark": Decimal(100)}
    assert [p.message for p in problems_of("exam_scores", row | {"score": 101})] == ["成绩不能高于满分"]
    assert "只能是期中考试、期末考试" in problems_of("exam_scores", row | {"exam": "月考"})[0].message


@pytest.mark.feature("BJ-05")
def test_a_field_that_only_teachers_write_is_refused_from_a_student() -> None:
    kind = load(SCHEMES / "beijing" / "2026.1.yaml").kind("moral_deed")
    data = {"name": "拾金不昧", "on_day": "2026-03-01", "account": "捡到钱包交还失主", "teacher_note": "很好"}
    assert isinstance(kind.validate_data(data, role="class_teacher"), dict)
    refused = kind.validate_data(data, role="student")
    assert isinstance(refused, list)
    assert [(p.field, p.code) for p in refused] == [("teacher_note", "written_by")]


TYPED = ["", "　", "是", "x\x00", "20260301", "2026年3月1日 8点", "2小时30分钟", "９２．５", "-1", "1e9", "期末", "字" * 301]
ANYTHING = st.sampled_from(
    [
        None,
        True,
        0,
        7,
        20260301,
        -(2**63),
        3.0,
        math.inf,
        math.nan,
        date(2026, 3, 1),
        datetime(1, 1, 1, tzinfo=UTC),
        ["3"],
        *TYPED,
    ]
) | st.text(max_size=8)


@pytest.mark.feature("X-12")
@given(st.data(), st.sampled_from([kind.id for kind in JIANGXI.kinds]))
def test_no_input_breaks_the_validator_and_clean_values_pass_again(draw: st.DataObject, kind: str) -> None:
    form = JIANGXI.kind(kind).form
    data = draw.draw(st.fixed_dictionaries({field.id: ANYTHING for field in form.fields}))
    clean = form.validate_data(data, kind, zone=JIANGXI.zone)
    again = form.validate_data(jsonable(clean), kind, zone=JIANGXI.zone) if isinstance(clean, dict) else clean
    assert again == clean


@pytest.mark.feature("X-12")
def test_clean_values_survive_their_way_through_json() -> None:
    kind = JIANGXI.kind("volunteer_service")
    clean = kind.validate_data(a_service(), today=TODAY)
    assert isinstance(clean, dict)
    assert jsonable(clean)["hours"] == "2.5"
    assert kind.validate_data(jsonable(clean), today=TODAY) == clean


@pytest.mark.feature("JX-11")
def test_a_position_is_checked_like_a_record() -> None:
    positions = JIANGXI.positions
    assert positions is not None
    assert positions.validate_data({"level": "班级", "title": "班长", "since": "2025-09-01"}) == {
        "level": "class",
        "title": "monitor",
        "since": date(2025, 9, 1),
    }


@pytest.mark.feature("JX-15")
def test_a_profile_says_what_is_missing() -> None:
    missing = JIANGXI.profile.form.missing({"name": "李明", "sex": "male", "birth_date": "2009-05-01", "class": ""})
    assert [field.title for field in missing] == ["学籍号", "民族", "政治面貌", "学校", "班级"]
