"""Text as people type it, values as people read them, and the exact words about windows and timetables."""

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from scheme import (
    Allowed,
    Calendar,
    Field,
    FieldProblem,
    Finding,
    Form,
    Refused,
    Schemes,
    Silence,
    UnknownError,
    Window,
    allowed,
    check,
    diff,
    jsonable,
    timetable,
)
from scheme.cases import Limits
from scheme.compare import Change
from scheme.forms import FieldError
from scheme.operations import edge_at
from scheme.timetable import Possible
from scheme.values import clean_text, half_width, to_boolean, to_date, to_datetime, to_decimal, to_hours, to_integer

ALL = Schemes(Path(__file__).parents[3] / "schemes")
JIANGXI, CHANGSHA, BAOSHAN, BEIJING = (ALL.latest(name) for name in ("jiangxi", "changsha", "baoshan", "beijing"))
ZONE = ZoneInfo("Asia/Shanghai")
TODAY = date(2026, 4, 1)

# --- values


@pytest.mark.parametrize(
    ("read", "typed", "value"),
    [
        (to_date, "2026-03-01", date(2026, 3, 1)),
        (to_date, " ２０２６/3/1 ", date(2026, 3, 1)),
        (to_date, "2026.3.1", date(2026, 3, 1)),
        (to_date, "2026 年 3 月 1 日", date(2026, 3, 1)),
        (to_date, "2026年3月1", date(2026, 3, 1)),
        (to_date, "20260301", date(2026, 3, 1)),
        (to_date, 20260301, date(2026, 3, 1)),
        (to_date, "2026-03-01 00:00:00", date(2026, 3, 1)),
        (to_date, "2026-03-01T00:00", date(2026, 3, 1)),
        (to_date, "2026-03-01 0:00:00.000", date(2026, 3, 1)),
        (to_date, datetime(2026, 3, 1, 23, tzinfo=UTC), date(2026, 3, 1)),
        (to_date, date(2026, 3, 1), date(2026, 3, 1)),
        (to_decimal, "１２．５", Decimal("12.5")),
        (to_decimal, "1,234", Decimal(1234)),
        (to_decimal, "-3.50", Decimal("-3.5")),
        (to_decimal, "+.5", Decimal("0.5")),
        (to_decimal, "7.", Decimal(7)),
        (to_decimal, "0.12345678", Decimal("0.123457")),
        (to_decimal, "9" * 12, Decimal("9" * 12)),
        (to_decimal, 90.0, Decimal(90)),
        (to_integer, "3.0", 3),
        (to_integer, 3.0, 3),
        (to_integer, "-12", -12),
        (to_hours, 2.5, Decimal("2.5")),
        (to_hours, Decimal(3), Decimal(3)),
        (to_hours, 3, Decimal(3)),
        (to_hours, "1:30", Decimal("1.5")),
        (to_hours, "1000:59", Decimal("1000.98")),
        (to_hours, "12小时30分钟", Decimal("12.5")),
        (to_hours, "2 时 15 分", Decimal("2.25")),
        (to_hours, "1.5H", Decimal("1.5")),
        (to_hours, "90分钟", Decimal("1.5")),
        (to_hours, "20 MIN", Decimal("0.33")),
        (to_hours, "2.5", Decimal("2.5")),
        *((to_boolean, yes, True) for yes in (True, "是", "有", "对", "TRUE", "Yes", "y", "1", 1, "√", "✓")),
        *((to_boolean, no, False) for no in (False, "否", "无", "没有", "不", "False", "no", "N", "0", 0, "×")),
        (half_width, "　１２：３０ ＡＢ", "12:30 AB"),
        (clean_text, "\ufeff\u3000 一\r\n二\r三\t ", "一\n二\n三"),
        (clean_text, "e\u0301，（好）", "é，（好）"),
        (clean_text, "👨‍👩‍👧 a\u00a0b", "👨‍👩‍👧 a\u00a0b"),
    ],
)
def test_a_value_is_read_as_people_type_it(read: Callable[[object], object], typed: object, value: object) -> None:
    found = read(typed)
    assert (found, type(found)) == (value, type(value))
    assert str(found) == str(value), "no trailing zeros, no exponent"


@pytest.mark.parametrize(
    ("read", "typed", "says"),
    [
        (to_date, "明天", "日期格式不正确，请写成 2026-03-01 这样"),
        (to_date, "2026-03-01 10:00", "日期格式不正确，请写成 2026-03-01 这样"),
        (to_date, "26-03-01", "日期格式不正确，请写成 2026-03-01 这样"),
        (to_date, "2026-02-30", "没有这一天，请检查日期"),
        (to_date, "20261301", "没有这一天，请检查日期"),
        (to_decimal, True, "请填写数字"),
        (to_decimal, "1e5", "请填写数字"),
        (to_decimal, "1" * 13, "请填写数字"),
        (to_decimal, "", "请填写数字"),
        (to_decimal, ".", "请填写数字"),
        (to_decimal, "nan", "请填写数字"),
        (to_integer, "3.5", "请填写整数"),
        (to_integer, "三", "请填写数字"),
        (to_boolean, "也许", "请填写“是”或“否”"),
        (to_hours, "很久", "时长格式不正确，请写成 2.5 或 2小时30分钟"),
        (to_hours, "1:60", "时长格式不正确，请写成 2.5 或 2小时30分钟"),
        (to_hours, "12345:00", "时长格式不正确，请写成 2.5 或 2小时30分钟"),
        (to_hours, "", "时长格式不正确，请写成 2.5 或 2小时30分钟"),
        (clean_text, "坏\x00字", "含有无法显示的字符"),
        (clean_text, "坏\ud800字", "含有无法显示的字符"),
    ],
)
def test_what_cannot_be_read_says_how_to_write_it(read: Callable[[object], object], typed: object, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        read(typed)


@pytest.mark.parametrize(
    ("typed", "at"),
    [
        ("2026-03-01 14:30", datetime(2026, 3, 1, 14, 30, tzinfo=ZONE)),
        ("2026-03-01T14:30:05", datetime(2026, 3, 1, 14, 30, 5, tzinfo=ZONE)),
        ("2026-03-01T14:30:00Z", datetime(2026, 3, 1, 14, 30, tzinfo=UTC)),
        ("2026年3月1日 14时30分5秒", datetime(2026, 3, 1, 14, 30, 5, tzinfo=ZONE)),
        ("2026年3月1日14点", datetime(2026, 3, 1, 14, tzinfo=ZONE)),
        ("2026/3/1 9:05", datetime(2026, 3, 1, 9, 5, tzinfo=ZONE)),
        ("2026/3/1", datetime(2026, 3, 1, tzinfo=ZONE)),
        (date(2026, 3, 1), datetime(2026, 3, 1, tzinfo=ZONE)),
        (datetime(2026, 3, 1, 8, tzinfo=UTC).replace(tzinfo=None), datetime(2026, 3, 1, 8, tzinfo=ZONE)),
        (datetime(2026, 3, 1, 8, tzinfo=UTC), datetime(2026, 3, 1, 8, tzinfo=UTC)),
    ],
)
def test_a_time_is_on_the_schools_clock_unless_it_says_otherwise(typed: object, at: datetime) -> None:
    found = to_datetime(typed, ZONE)
    assert found == at
    assert found.utcoffset() == at.utcoffset()


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("下午", "时间格式不正确，请写成 2026-03-01 14:30 这样"),
        ("2026/3/1 下午", "时间格式不正确，请写成 2026-03-01 14:30 这样"),
        ("2026/3/1 25:00", "没有这个时刻，请检查时间"),
        ("2026/2/30 10:00", "没有这一天，请检查日期"),
    ],
)
def test_a_time_that_cannot_be_read_says_how_to_write_it(typed: str, says: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(says)}$"):
        to_datetime(typed, ZONE)


def test_values_go_into_json_without_losing_digits() -> None:
    values: dict[str, Any] = {"a": Decimal("1E+2"), "b": Decimal("2.50"), "c": date(2026, 3, 1), "d": True, "e": "x", "f": None}
    assert jsonable(values) == {"a": "100", "b": "2.50", "c": "2026-03-01", "d": True, "e": "x", "f": None}


# --- fields


def a_field(type: str = "text", **changed: Any) -> Field:
    more: dict[str, Any] = {"max_length": 5} if type in ("text", "long_text") else {}
    if type == "choice":
        more = {"choices": [{"id": "first", "title": "一等奖", "aliases": ["第一名"]}, {"id": "second", "title": "二等奖"}]}
    if type == "catalog":
        more = {"catalog": "projects"}
    return Field(**({"id": "f", "title": "某项", "type": type} | more | changed))


@pytest.mark.parametrize(
    ("field", "typed", "value"),
    [
        (a_field(), " 一  二\n１ ", "一 二 1"),
        (a_field("catalog"), "１ 号", "1 号"),
        (a_field("long_text"), "一\n１", "一\n１"),
        (a_field(), 3.0, "3"),
        (a_field(), "\u3000", None),
        (a_field(), None, None),
        (a_field(min_length=2), "一二", "一二"),
        (a_field(pattern=r"\d+"), "12", "12"),
        (a_field("choice"), "first", "first"),
        (a_field("choice"), "第一名", "first"),
        (a_field("choice"), "二等奖", "second"),
        (a_field("integer", minimum=1, maximum=3), "3", 3),
        (a_field("integer", decimals=0), "3", 3),
        (a_field("decimal", minimum=1, maximum=3, decimals=1), "1.0", Decimal(1)),
        (a_field("decimal", decimals=1), "1.5", Decimal("1.5")),
        (a_field("duration_hours"), "90分钟", Decimal("1.5")),
        (a_field("boolean"), "是", True),
        (a_field("boolean", minimum=2), True, True),
        (a_field("date", not_future=True), "2026-04-01", TODAY),
        (a_field("date"), "2026-04-02", date(2026, 4, 2)),
        (a_field("datetime", not_future=True), "2026-04-01 23:00", datetime(2026, 4, 1, 23, tzinfo=ZONE)),
    ],
)
def test_a_field_takes_what_fits_it_twice_alike(field: Field, typed: object, value: object) -> None:
    assert [field.parse(typed, ZONE, TODAY) for _ in range(2)] == [value, value]


@pytest.mark.parametrize(
    ("field", "typed", "limit", "says"),
    [
        (a_field(required=True), None, "required", "某项不能为空"),
        (a_field(required=True), " \t\r\n\u3000\ufeff", "required", "某项不能为空"),
        (a_field(), ["x"], "type", "某项：请填写文字、数字或日期"),
        (a_field("integer"), "1.5", "type", "某项：请填写整数"),
        (a_field(min_length=2), "一", "min_length", "某项至少2个字，现有1个字"),
        (a_field(), "一二三四五六", "max_length", "某项最多5个字，现有6个字"),
        (a_field(pattern=r"\d+"), "12a", "pattern", "某项：格式不正确"),
        (a_field(pattern=r"\d+", pattern_says="请写数字"), "a", "pattern", "某项：请写数字"),
        (a_field("choice"), "三等奖", "type", "某项：只能是一等奖、二等奖"),
        (a_field("integer", minimum=1, unit="天"), "0", "minimum", "某项不能小于1天"),
        (a_field("integer", maximum=3), "4", "maximum", "某项不能大于3"),
        (a_field("decimal", decimals=1), "1.25", "decimals", "某项最多1位小数"),
        (a_field("duration_hours", decimals=1), "1.25", "decimals", "某项最多1位小数"),
        (a_field("date", not_future=True), "2026-04-02", "not_future", "某项不能晚于今天"),
        (a_field("datetime", not_future=True), "2026-04-02 00:00", "not_future", "某项不能晚于今天"),
    ],
)
def test_a_field_says_which_limit_is_broken(field: Field, typed: object, limit: str, says: str) -> None:
    for _ in range(2):
        with pytest.raises(FieldError, match=f"^{re.escape(says)}$") as wrong:
            field.parse(typed, ZONE, TODAY)
        assert (wrong.value.limit, wrong.value.message) == (limit, says)


def test_a_field_that_remembers_thousands_of_values_still_reads_them() -> None:
    field = a_field("integer")
    assert [field.parse(str(n)) for n in range(4100)] == list(range(4100))
    assert field.parse("7") == 7
    assert a_field("date", not_future=True).parse("2026-04-01", ZONE, TODAY) == TODAY


@pytest.mark.parametrize(
    ("field", "value", "shown"),
    [
        (a_field("choice"), "second", "二等奖"), (a_field("choice"), "gone", "gone"), (a_field("boolean"), True, "是"),
        (a_field("boolean"), False, "否"), (a_field("duration_hours"), "2.5", "2.5小时"),
        (a_field("duration_hours", unit="课时"), "2", "2课时"), (a_field("integer", unit="天"), 3, "3天"),
        (a_field("decimal", unit="分"), "9.5", "9.5分"), (a_field("integer"), 0, "0"), (a_field(unit="分"), "x", "x"),
        (a_field(), None, ""),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_people_read_it(field: Field, value: object, shown: str) -> None:
    assert field.shown(value) == shown


A_FORM = Form(
    fields=(
        a_field("date", id="a", required=True), a_field("date", id="b"), a_field("datetime", id="c"),
        a_field("datetime", id="d"), a_field("integer", id="e"), a_field("integer", id="f"),
        a_field(id="g", title="教师寄语", written_by=("teacher",)), a_field(id="h", title="最后"),
    ),
    in_order=tuple(
        {"first": one, "then": two, "says": f"{one}在{two}之前"} for one, two in (("a", "b"), ("c", "d"), ("e", "f"))
    ),
)  # fmt: skip


@pytest.mark.feature("CS-06", "BJ-05")
@pytest.mark.parametrize(
    ("data", "found"),
    [
        ({"a": "2026-03-02", "b": "2026-03-01"}, [FieldProblem("b", "in_order", "a在b之前", "kind.b.in_order")]),
        (
            {"a": "2026-03-02", "c": "2026-03-01 09:00", "d": "2026-03-01 08:00", "e": 2, "f": 1},
            [
                FieldProblem("d", "in_order", "c在d之前", "kind.d.in_order"),
                FieldProblem("f", "in_order", "e在f之前", "kind.f.in_order"),
            ],
        ),
        ({"x": 1}, [FieldProblem("x", "unknown_field", "没有“x”这一项", "kind"),
                    FieldProblem("a", "required", "某项不能为空", "kind.a.required")]),
        ({"a": "2026-03-01", "g": "好"}, [FieldProblem("g", "written_by", "您的身份不能填写教师寄语", "kind.g.written_by")]),
        ({"a": "2026-03-01", "b": "2026-03-01", "e": 1, "f": 1, "g": ""},
         {"a": date(2026, 3, 1), "b": date(2026, 3, 1), "e": 1, "f": 1}),
        ({"a": "2026-03-01", "g": None, "h": "末"}, {"a": date(2026, 3, 1), "h": "末"}),
    ],
)  # fmt: skip
def test_a_form_names_every_problem_with_its_rule(data: dict[str, Any], found: object) -> None:
    assert A_FORM.validate_data(data, "kind", zone=ZONE, role="student") == found


@pytest.mark.feature("BJ-05")
def test_a_field_of_a_role_is_written_by_it_and_by_whoever_is_not_asked() -> None:
    data = {"a": "2026-03-01", "g": "好"}
    for role in ("teacher", None):
        assert A_FORM.validate_data(data, "kind", role=role) == {"a": date(2026, 3, 1), "g": "好"}
    assert [field.id for field in A_FORM.missing({"a": ""})] == ["a"]
    assert A_FORM.missing({"a": "x"}) == ()


# --- who may do what when


def at(day: int, hour: int = 8) -> datetime:
    return datetime(2026, 3, day, hour, tzinfo=ZONE)


def a_window(operation: str, first: int, last: int, **changed: Any) -> Window:
    return Window(operation=operation, starts=at(first), ends=at(last), **changed)


def ask(scheme: Any, windows: list[Window], operation: str, role: Any, when: datetime, **more: Any) -> Allowed | Refused:
    return allowed(scheme, windows, operation, role, when, **more)


REPORT = [a_window("report", 10, 20), a_window("report", 25, 28, roles=("guardian",))]


def early(day: str, window: int, opens: datetime) -> Refused:
    says = f"“写实上报”尚未开放，{day} 08:00开始"
    return Refused("window_not_open", says, "report", REPORT[window], opens, "class_teacher", REPORT[window].ends)


def late(day: str, window: int) -> Refused:
    return Refused("window_closed", f"“写实上报”已于{day} 08:00结束", "report", REPORT[window], None, "class_teacher")


@pytest.mark.feature("X-13")
@pytest.mark.parametrize(
    ("role", "when", "answer"),
    [
        ("student", at(9), early("2026-03-10", 0, at(10))),
        ("student", at(10), Allowed(REPORT[0], at(20))),
        ("student", at(19, 23), Allowed(REPORT[0], at(20))),
        ("student", at(20), late("2026-03-20", 0)),
        ("guardian", at(22), early("2026-03-25", 1, at(25))),
        ({"guardian", "student"}, at(27), Allowed(REPORT[1], at(28))),
        ("guardian", at(29), late("2026-03-28", 1)),
        ("principal", at(12), Refused("not_your_role", "您的身份不能进行“写实上报”", "report", helper="class_teacher")),
    ],
)  # fmt: skip
def test_an_answer_says_why_until_when_and_who_helps(role: Any, when: datetime, answer: Allowed | Refused) -> None:
    assert ask(JIANGXI, REPORT, "report", role, when) == answer


@pytest.mark.feature("X-13")
def test_an_answer_tells_times_on_the_schools_clock_and_names_what_is_not_there() -> None:
    urumqi = ZoneInfo("Asia/Urumqi")
    for when, says in ((at(9), "“写实上报”尚未开放，2026-03-10 06:00开始"), (at(21), "“写实上报”已于2026-03-20 06:00结束")):
        answer = ask(JIANGXI, REPORT, "report", "student", when, zone=urumqi)
        assert isinstance(answer, Refused)
        assert answer.message == says
    assert ask(JIANGXI, [], "report", "student", at(9)) == Refused(
        "not_scheduled", "本学期尚未安排“写实上报”的时间", "report", helper="class_teacher"
    )
    assert ask(JIANGXI, [], "fly", "student", at(9)) == Refused("unknown_operation", "本方案没有这项操作", "fly")
    assert ask(JIANGXI, [], "release_misconduct", "school_administrator", at(9)) == Allowed(None, None)
    assert ask(BAOSHAN, [a_window("judge", 1, 30)], "judge", "principal", at(9), grade=8) == Refused(
        "not_this_grade", f"该年级没有“{BAOSHAN.operation('judge').title}”", "judge",
        helper="district_administrator",
    )  # fmt: skip
    last = [a_window("final_submit", 1, 30)]
    title = CHANGSHA.operation("final_submit").title
    assert ask(CHANGSHA, last, "final_submit", "student", at(9), last_term=False) == Refused(
        "not_this_term", f"本学期没有“{title}”", "final_submit", helper=CHANGSHA.operation("final_submit").helper
    )


@pytest.mark.feature("JX-08", "SH-05")
def test_an_operation_is_bounded_by_the_windows_of_others() -> None:
    publicity = [a_window("publicity", 10, 20)]
    handle = [*publicity, a_window("handle_case", 15, 25)]
    assert ask(JIANGXI, handle, "handle_case", "student", at(20)) == Allowed(handle[1], at(25))
    early = ask(JIANGXI, handle, "handle_case", "student", at(19))
    assert isinstance(early, Refused)
    assert (early.code, early.next_opening) == ("window_not_open", at(20))
    assert ask(JIANGXI, publicity, "handle_case", "student", at(21)) == Allowed(None, None)
    gone = ask(JIANGXI, [*publicity, a_window("handle_case", 11, 20)], "handle_case", "student", at(21))
    assert isinstance(gone, Refused)
    assert gone.code == "not_scheduled"
    fill = ask(BAOSHAN, publicity, "student_fill", "student", at(9))
    assert fill == Allowed(None, at(10))
    assert ask(BAOSHAN, [], "student_fill", "student", at(9)) == Allowed(None, None)
    assert ask(JIANGXI, publicity, "complain", "guardian", at(10)) == Allowed(publicity[0], at(20))
    unset = ask(JIANGXI, [], "complain", "guardian", at(10))
    assert isinstance(unset, Refused)
    assert unset.code == "not_scheduled"
    graded = [a_window("publicity", 10, 20, grades=(9,)), a_window("publicity", 10, 25, grades=(8,))]
    assert edge_at(graded, "publicity.ends") == at(25)
    assert edge_at(graded, "publicity.ends", 9) == at(20)
    assert edge_at(graded, "publicity.starts", 7) is None
    assert edge_at([a_window("publicity", 12, 14), *graded], "publicity.starts") == at(10)


@pytest.mark.feature("X-02")
def test_who_may_do_what_now_is_listed_by_operation_role_and_grade() -> None:
    found = timetable.who(JIANGXI, REPORT, at(12))
    assert [one for one in found if one.operation == "report"] == [
        Possible("report", "student", None, at(20)), Possible("report", "guardian", None, at(20)),
    ]  # fmt: skip
    graded = timetable.who(JIANGXI, [a_window("report", 10, 20, grades=(11,))], at(12), (10, 11))
    assert [(one.role, one.grade) for one in graded if one.operation == "report"] == [("student", 11), ("guardian", 11)]


@pytest.mark.feature("SH-07")
def test_silence_counts_from_the_end_of_the_window_that_is_open_or_next() -> None:
    windows = [a_window("review", 1, 5), a_window("review", 10, 15)]
    passes = Silence(then="pass")

    def takes_effect(
        since: datetime, silence: Silence = passes, operation: str = "review", grade: int | None = None
    ) -> datetime | None:
        return timetable.silence_due(JIANGXI, windows, operation, "class_teacher", since, silence, grade)

    assert [takes_effect(at(day)) for day in (2, 5, 12, 15)] == [at(5), at(15), at(15), None]
    assert takes_effect(at(2), Silence(then="pass", after=timedelta(hours=3))) == at(2, 11)
    assert takes_effect(at(2), Silence()) is None
    assert takes_effect(at(2), operation="fly") is None


@pytest.mark.feature("X-02")
def test_working_days_are_weekdays_but_for_holidays_and_worked_weekends() -> None:
    calendar = Calendar(holidays=frozenset({date(2026, 3, 4)}), workdays=frozenset({date(2026, 3, 7), date(2026, 3, 4)}))
    plain = Calendar()
    assert [plain.working(date(2026, 3, day)) for day in (2, 6, 7, 8)] == [True, True, False, False]
    assert [Calendar(holidays=frozenset({date(2026, 3, 4)})).working(date(2026, 3, day)) for day in (3, 4)] == [True, False]
    assert calendar.working(date(2026, 3, 4))
    assert plain.working_days(at(2), at(7, 0), ZONE) == 5
    assert plain.working_days(at(2), at(6, 0), ZONE) == 4
    assert calendar.working_days(at(2), at(9, 0), ZONE) == 6
    assert plain.working_days(datetime(2026, 3, 1, 16, tzinfo=UTC), datetime(2026, 3, 2, 16, tzinfo=UTC), ZONE) == 1


# --- the checker


BASE = JIANGXI.timing.lay_out(date(2025, 9, 1), ZONE)


def with_(operation: str, **changed: Any) -> list[Window]:
    return [window.model_copy(update=changed) if window.operation == operation else window for window in BASE]


def index(operation: str) -> int:
    return next(n for n, window in enumerate(BASE) if window.operation == operation)


def moment(month: int, day: int, year: int = 2025) -> datetime:
    return datetime(year, month, day, 8, tzinfo=ZONE)


@pytest.mark.feature("X-02")
def test_the_checker_finds_exactly_what_is_wrong() -> None:
    end = len(BASE)
    extra = Window(operation="report", starts=moment(9, 2), ends=moment(9, 3), roles=("student",))
    short = BASE[index("publicity")].starts
    cases: list[tuple[list[Window], list[Finding]]] = [
        ([*BASE, Window(operation="fly", starts=moment(9, 2), ends=moment(9, 3))],
         [Finding("error", "unknown_operation", "方案中没有“fly”这项操作", (end,))]),
        ([*BASE, Window(operation="complain", starts=moment(9, 2), ends=moment(9, 3))],
         [Finding("error", "no_own_window", "“质疑反馈”不单独安排时间", (end,))]),
        ([*BASE, Window(operation="career_select", starts=moment(9, 2), ends=moment(9, 2), grades=(11, 12))],
         [Finding("error", "ends_before_start", "“生涯档案遴选”（11、12年级）的结束时间不晚于开始时间", (end,))]),
        ([*BASE, Window(operation="career_select", starts=moment(9, 2), ends=moment(9, 3), roles=("guardian", "principal"))],
         [Finding("error", "not_their_operation", "家长、校长不能进行“生涯档案遴选”", (end,))]),
        ([*BASE, extra], [Finding("error", "overlap", "“写实上报”有两段时间重叠，截止时间互相矛盾", (index("report"), end))]),
        (with_("publicity", ends=short + timedelta(days=9)),
         [Finding("warning", "publicity_too_short", "“校园公示”只有8个工作日，少于10个工作日", (index("publicity"),))]),
        ([w for w in BASE if w.operation != "select"], [Finding("error", "missing", "尚未给学生安排“遴选公示”的时间")]),
        (with_("import", ends=BASE[index("publicity")].starts + timedelta(seconds=1)),
         [Finding("error", "out_of_order", "写实导入应在公示开始之前结束", (index("import"), index("publicity")), "JX-05")]),
        (with_("import", ends=BASE[index("publicity")].starts), []),
    ]  # fmt: skip
    for windows, found in cases:
        assert check(JIANGXI, windows) == found


@pytest.mark.feature("SH-01")
def test_the_checker_looks_at_each_grade_alone() -> None:
    per_grade = [*with_("select", grades=(10, 11))]
    assert check(JIANGXI, per_grade, grades=(10, 11)) == []
    assert check(JIANGXI, per_grade, grades=(10, 12)) == [Finding("error", "missing", "尚未给12年级的学生安排“遴选公示”的时间")]
    twice = [*BASE, *(BASE[index("select")].model_copy(update={"grades": (g,)}) for g in (10,))]
    assert [f.code for f in check(JIANGXI, twice)] == ["overlap"]
    apart = [*with_("select", grades=(11,)), BASE[index("select")].model_copy(update={"grades": (10,)})]
    assert check(JIANGXI, apart, grades=(10, 11)) == []
    select = BASE[index("select")]
    after = [
        *with_("select", ends=select.ends - timedelta(days=1)),
        select.model_copy(update={"starts": select.ends - timedelta(days=1)}),
    ]
    assert check(JIANGXI, after) == []
    roles = [*with_("report", roles=("student",)), BASE[index("report")].model_copy(update={"roles": ("guardian",)})]
    assert check(JIANGXI, roles) == []


# --- comparing


@pytest.mark.feature("X-01")
def test_a_difference_is_named_by_ids_and_says_what_was_and_what_is() -> None:
    def changed(**parts: Any) -> list[Change]:
        return diff(JIANGXI, JIANGXI.model_copy(update=parts))

    reasons = JIANGXI.return_reasons
    assert changed() == []
    where = "退回原因“内容与事实不符”"
    gone = Change(("return_reasons", "untrue"), where, reasons[0].model_dump(mode="json"), None)
    assert changed(return_reasons=reasons[1:]) == [gone]
    assert [str(one) for one in diff(JIANGXI.model_copy(update={"return_reasons": reasons[1:]}), JIANGXI)] == [
        "＋ 退回原因“内容与事实不符”：内容与事实不符",
    ]
    swapped = changed(return_reasons=(reasons[1], reasons[0], *reasons[2:]))
    ids = [one.id for one in reasons]
    orders = "、".join(ids), "、".join([ids[1], ids[0], *ids[2:]])
    assert swapped == [Change(("return_reasons", "order"), "退回原因的顺序", *orders)]
    [retitled] = changed(title="长" * 121)
    assert str(retitled) == f"～ 名称：{JIANGXI.title} → {'长' * 117}..."
    [exact] = changed(title="长" * 120)
    assert str(exact) == f"～ 名称：{JIANGXI.title} → {'长' * 120}"
    [listed] = changed(board=JIANGXI.board.model_copy(update={"search": ("name",)}))
    assert str(listed) == "～ 公示栏 › 可查询：name、kind、title → name"


# --- evaluations, results, archives


@pytest.mark.feature("JX-12", "BJ-11")
def test_an_evaluation_says_what_does_not_fit() -> None:
    rating, comment = BEIJING.evaluation("self_rating"), JIANGXI.evaluation("teacher_comment")
    assert comment.problem(None) == "教师评语：请至少填写10个字"
    assert comment.problem("好" * 301) == "教师评语：最多300个字，现有301个字"
    assert comment.problem("好" * 300) is None
    only_choices = rating.model_copy(update={"text": None})
    assert only_choices.problem("好", "a") == f"{rating.title}：不需要填写文字"
    assert only_choices.problem(None, "a") is None
    assert only_choices.problem("", None) == f"{rating.title}：请选择A（优秀）、B（良好）、C（一般）、D（较差）"
    assert Limits(min=2, max=3).problem(" 一 ") == "请至少填写2个字"
    assert [Limits(min=2, max=3).problem(text) for text in ("一二", "一二三")] == [None, None]
    assert (Limits(max=3).problem("一"), Limits(max=3).problem("")) == (None, "请至少填写1个字")


@pytest.mark.feature("BJ-10", "BJ-11")
def test_a_score_is_weighted_adjusted_and_kept_between_0_and_100() -> None:
    result: Any = BEIJING.result
    full = {part.id: Decimal(100) for part in result.parts if part.source != "adjustment"}
    assert result.score(full) == 100
    assert result.score(full | {"bonus": Decimal(10)}) == 100
    none = dict.fromkeys(full, Decimal(0))
    assert result.score(none | {"bonus": Decimal(-10)}) == 0
    assert result.score(none | {"self": Decimal("100")}) == 100 * next(p.weight for p in result.parts if p.id == "self")
    teacher = result.part("teacher")
    for off in (Decimal("-0.1"), Decimal("100.1"), Decimal("1e99")):
        assert teacher.problem(off) == "班主任评分：应在0到100之间"
    assert (teacher.problem(Decimal(0)), teacher.problem(Decimal("100.0"))) == (None, None)


@pytest.mark.feature("JX-13", "JX-14")
def test_a_career_archive_has_limits_per_kind_and_blocks_what_comes_later() -> None:
    archives = JIANGXI.archives
    assert archives.career is not None
    none = archives.model_copy(update={"career": None})
    assert (none.career_left("x", 0), none.blocked_by_career("backfill", True)) == (0, False)
    own = archives.model_copy(update={"career": archives.career.model_copy(update={"quotas": {"arts_award": 5}})})
    assert (own.career_left("arts_award", 1), own.career_left("moral_honour", 1), own.career_left("moral_honour", 9)) == (
        4,
        1,
        0,
    )


def test_what_a_scheme_does_not_have_is_unknown_by_name() -> None:
    for ask_for, says in (
        (JIANGXI.kind, "kind"), (JIANGXI.dimension_of, "kind"), (JIANGXI.dimension, "dimension"),
        (JIANGXI.operation, "operation"),
        (JIANGXI.import_type, "import type"), (JIANGXI.evaluation, "evaluation"), (JIANGXI.return_reason, "return reason"),
        (JIANGXI.switch, "switch"), (JIANGXI.cases.type, "case type"), (JIANGXI.cases.stage, "stage"),
    ):  # fmt: skip
        with pytest.raises(UnknownError) as unknown:
            ask_for("x")
        assert unknown.value.args == (f"no {says} called 'x' in this scheme",)
        assert (unknown.value.what, unknown.value.name) == (says, "x")
    assert (JIANGXI.role_title("class_teacher"), JIANGXI.role_title("x")) == ("班主任", "x")
