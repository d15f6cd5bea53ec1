"""Working days with the holidays and make-up workdays of China, and of a region that changes them."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from scheme import Calendar, SchemeError, Schemes, Silence, Window, check, load, timetable
from scheme.calendars import CalendarYear, Holiday, calendar_of
from scheme.cases import Deadline
from scheme.files import load_calendars

FOLDER = Path(__file__).parents[3] / "schemes"
YEARS = load_calendars(FOLDER)
CHINA = calendar_of(YEARS)
ZONE = ZoneInfo("Asia/Shanghai")


def at(year: int, month: int, day: int, hour: int = 8) -> datetime:
    return datetime(year, month, day, hour, tzinfo=ZONE)


@pytest.mark.feature("X-02")
def test_a_deadline_across_national_day_leaves_the_holiday_out_and_counts_the_saturday_worked_for_it() -> None:
    filed = at(2026, 9, 29, 15)
    # 30 September, 8, 9 October, Saturday 10, Monday 12
    assert CHINA.end_after(filed, 5, ZONE) == datetime(2026, 10, 12, 15, 59, 59, tzinfo=UTC)
    assert Calendar().end_after(filed, 5, ZONE).astimezone(ZONE).date() == date(2026, 10, 6), "without data: Monday to Friday"
    assert CHINA.end_after(at(2026, 10, 3), 1, ZONE).astimezone(ZONE).date() == date(2026, 10, 8), "filed in the holiday"
    late = datetime(2026, 9, 29, 16, 30, tzinfo=UTC)  # half an hour into 30 September in China
    assert CHINA.end_after(late, 1, ZONE).astimezone(ZONE).date() == date(2026, 10, 8)


@pytest.mark.feature("X-02")
def test_the_years_on_file_have_the_official_arrangement() -> None:
    assert CHINA.years == {2022, 2025, 2026}
    for year, rest, work in ((2025, 28, 5), (2026, 33, 6)):
        days = [date(year, 1, 1) + timedelta(days=n) for n in range(365)]
        assert (sum(day in CHINA.holidays for day in days), sum(day in CHINA.workdays for day in days)) == (rest, work), year
    assert all(day.weekday() >= 5 for day in CHINA.workdays)
    assert not CHINA.working(date(2026, 2, 16))
    assert CHINA.working(date(2026, 2, 28))


@pytest.mark.feature("X-02")
def test_a_region_changes_single_days_of_the_national_calendar() -> None:
    own = CalendarYear(
        region="island", year=2026, source="海岛办发〔2026〕1号",
        holidays=(
            Holiday(title="三月三", first=date(2026, 4, 20), last=date(2026, 4, 21), workdays=(date(2026, 4, 25),)),
            Holiday(title="台风后补课", workdays=(date(2026, 10, 7),)),
        ),
    )  # fmt: skip
    island = calendar_of([*YEARS, own], "island")
    changed = [day for n in range(365) if island.working(day := date(2026, 1, 1) + timedelta(days=n)) != CHINA.working(day)]
    assert changed == [date(2026, 4, 20), date(2026, 4, 21), date(2026, 4, 25), date(2026, 10, 7)]
    assert calendar_of([*YEARS, own]) == CHINA, "only for the region itself"


@pytest.mark.feature("X-02", "JX-03")
def test_ten_working_days_of_publicity_may_include_a_worked_saturday_and_an_unknown_year_is_said() -> None:
    jiangxi = Schemes(FOLDER).latest("jiangxi")

    def found(starts: datetime, ends: datetime) -> list[str]:
        windows = [Window(operation="publicity", starts=starts, ends=ends)]
        return [one.message for one in check(jiangxi, windows) if one.code in {"publicity_too_short", "calendar_unknown"}]

    assert found(at(2026, 9, 28), at(2026, 10, 15, 16)) == []
    assert found(at(2026, 9, 28), at(2026, 10, 14, 16)) == ["“校园公示”只有9个工作日，少于10个工作日"]
    [unknown] = found(at(2027, 3, 1), at(2027, 3, 20))
    assert "2027年的放假安排还没有录入" in unknown


@pytest.mark.feature("SH-07")
def test_silence_takes_effect_after_working_days_where_the_scheme_says_so() -> None:
    jiangxi = load(FOLDER / "jiangxi" / "2026.1.yaml")
    silence = Silence(then="pass", after_working_days=3)
    assert not silence.by_window
    ends = timetable.silence_due(jiangxi, (), "review", "class_teacher", at(2026, 4, 30), silence)
    assert ends == datetime(2026, 5, 8, 15, 59, 59, tzinfo=UTC), "6, 7 and 8 May"
    with pytest.raises(ValueError, match="after_working_days"):
        Deadline.model_validate({"after": "P3D", "after_working_days": 3})


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("holidays: [{title: 元旦, first: 2026-01-03, last: 2026-01-01}]", "最后一天早于第一天"),
        ("holidays: [{title: 元旦, first: 2025-01-01, last: 2025-01-03}]", "不是2026年的日子"),
        ("holidays: [{title: 元旦, first: 2026-01-01, last: 2026-01-03, workdays: [2026-01-02]}]", "既是放假又是上班"),
        ("holidays: [{title: 元旦, first: 2026-01-01}]", "只写了第一天或最后一天"),
        ("holidays: [{title: 元旦, dates: 3}]", "没有“dates”这个键"),
    ],
)
def test_a_calendar_that_cannot_be_right_is_refused_with_its_file(tmp_path: Path, text: str, problem: str) -> None:
    file = tmp_path / "calendars" / "cn" / "2026.yaml"
    file.parent.mkdir(parents=True)
    file.write_text(f"region: cn\nyear: 2026\nsource: 通知\n{text}\n", encoding="utf-8")
    with pytest.raises(SchemeError, match=problem) as no:
        load_calendars(tmp_path)
    assert str(file) in str(no.value)


@pytest.mark.feature("X-01")
def test_a_scheme_cannot_name_a_calendar_that_there_is_not(tmp_path: Path) -> None:
    text = (FOLDER / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    file = tmp_path / "jiangxi" / "2026.1.yaml"
    file.parent.mkdir()
    file.write_text(text.replace("\ntiming:\n", "\ntiming:\n  calendar: atlantis\n"), encoding="utf-8")
    with pytest.raises(SchemeError, match="calendars/atlantis"):
        load(file)
