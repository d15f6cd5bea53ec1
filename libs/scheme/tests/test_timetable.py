"""Who may do what when, and what the checker says about a timetable. Baoshan's is the real one of 2022."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from scheme import Allowed, Calendar, Refused, Schemes, Silence, Window, allowed, check, timetable

ALL = Schemes(Path(__file__).parents[3] / "schemes")
JIANGXI, CHANGSHA, BAOSHAN = ALL.latest("jiangxi"), ALL.latest("changsha"), ALL.latest("baoshan")
ZONE = ZoneInfo("Asia/Shanghai")
USUAL = JIANGXI.timing.lay_out(date(2025, 9, 1), JIANGXI.zone)


def at(month: int, day: int, hour: int = 8, minute: int = 0) -> datetime:
    return datetime(2022, month, day, hour, minute, tzinfo=ZONE)


def a_window(operation: str, starts: datetime, ends: datetime, *grades: int) -> Window:
    return Window(operation=operation, starts=starts, ends=ends, grades=grades)


def the_real_one() -> list[Window]:
    """宝山区 2022: the same but for problem handling and filing, which differ by grade (SH-01)."""
    return [
        a_window("set_switches", at(2, 28), at(3, 14)),
        a_window("opt_out", at(2, 28), at(3, 14)),
        a_window("school_fill", at(2, 28), at(3, 21, 16)),
        a_window("district_fill", at(2, 28), at(3, 21, 16)),
        a_window("confirm", at(3, 22), at(3, 28, 16)),
        a_window("mend_refused", at(3, 22), at(3, 29, 16)),
        a_window("publicity", at(3, 30), at(4, 7, 16)),
        a_window("handle_case", at(3, 30), at(4, 12, 16), 9),
        a_window("handle_case", at(3, 30), at(5, 27, 16), 6, 7, 8),
        a_window("judge", at(4, 13), at(5, 10, 16), 9),
        a_window("sign", at(4, 13), at(5, 10, 16), 9),
    ]


def changed(windows: Sequence[Window], operation: str, **days: int) -> list[Window]:
    """The windows with the starts or ends of one operation moved by days."""
    return [
        window.model_copy(update={edge: getattr(window, edge) + timedelta(days=by) for edge, by in days.items()})
        if window.operation == operation
        else window
        for window in windows
    ]


def of_grades(*grades: int) -> list[Window]:
    """The real timetable of some grades alone: 附件1 for grade 9, 附件2 for grades 6 to 8."""
    return [
        window.model_copy(update={"grades": grades})
        for window in the_real_one()
        if not window.grades or set(window.grades) & set(grades)
    ]


def errors(windows: Sequence[Window], **more: Any) -> list[str]:
    return [found.code for found in check(BAOSHAN, windows, **more) if found.severity == "error"]


@pytest.mark.feature("SH-01", "X-02")
def test_the_real_timetable_of_baoshan_is_sound() -> None:
    assert errors(the_real_one()) == []
    assert errors(the_real_one(), grades=(6, 7, 8, 9)) == []
    assert errors(of_grades(9)) == [], "附件1 alone"
    assert errors(of_grades(6, 7, 8)) == [], "附件2 alone: nothing is filed before grade 9"
    assert errors(of_grades(9) + of_grades(6, 7, 8)) == []
    assert errors(BAOSHAN.timing.lay_out(date(2022, 2, 28), ZONE)) == [], "nor is anything wrong with the usual dates"
    assert check(BAOSHAN, BAOSHAN.timing.lay_out(date(2022, 2, 28), ZONE)) == []


@pytest.mark.feature("SH-01", "SH-09")
def test_each_grade_is_checked_with_its_own_end_of_problem_handling() -> None:
    late = [w.model_copy(update={"ends": at(5, 27, 16)}) if w.operation == "handle_case" else w for w in of_grades(9)]
    assert errors(late) == ["out_of_order"], "grade 9 is filed on 13 April"
    assert errors([w for w in of_grades(9) if w.operation != "judge"]) == ["missing"]
    both = [w for w in of_grades(9) if w.operation != "publicity"] + of_grades(6, 7, 8)
    missing = [found.message for found in check(BAOSHAN, both) if found.code == "missing"]
    assert missing[0] == "尚未给9年级的学生安排“公示”的时间"


@pytest.mark.feature("SH-03")
@pytest.mark.parametrize(
    ("grade", "when", "expected"),
    [
        (9, at(2, 27), "window_not_open"),
        (9, at(3, 14, 7, 59), True),
        (9, at(3, 14, 8), "window_closed"),
        (7, at(2, 27), True),
        (7, at(2, 28, 7, 59), True),
        (7, at(2, 28, 8), "window_closed"),
    ],
)
def test_non_participants_freeze_after_preparation_in_grade_9_and_once_filling_opens_below(
    grade: int, when: datetime, expected: object
) -> None:
    windows = [w for w in of_grades(9) + of_grades(6, 7, 8) if w.operation != "opt_out" or w.grades == (9,)]
    answer = allowed(BAOSHAN, windows, "opt_out", "school_recorder", when, grade=grade)
    assert (answer.code if isinstance(answer, Refused) else True) == expected
    literally = [found for found in check(BAOSHAN, of_grades(6, 7, 8)) if found.code == "never_open"]
    assert len(literally) == 1, "the source's window for it begins when filling opens: a warning says that nobody can use it"


@pytest.mark.feature("SH-05")
def test_students_write_their_texts_until_the_publicity_of_their_own_grade_opens() -> None:
    windows = of_grades(9) + changed(of_grades(6, 7, 8), "publicity", starts=3, ends=3)
    asked = {grade: allowed(BAOSHAN, windows, "student_fill", "student", at(4, 1), grade=grade) for grade in (7, 9)}
    assert isinstance(asked[7], Allowed)
    assert asked[7].until == at(4, 2)
    assert isinstance(asked[9], Refused)
    early = allowed(BAOSHAN, windows, "student_fill", "student", at(2, 1), grade=9)
    assert isinstance(early, Allowed), "free of the windows of filling in and confirming"
    assert BAOSHAN.kind("inquiry_report").review.steps == (), "nobody reads the inquiry report"
    assert BAOSHAN.kind("self_introduction").review.steps[0].role == "class_teacher"


@pytest.mark.feature("SH-07", "SH-10")
@pytest.mark.parametrize("role", ["school_recorder", "district_recorder", "city_recorder"])
def test_the_recorders_of_every_level_correct_what_students_refused(role: str) -> None:
    assert isinstance(allowed(BAOSHAN, the_real_one(), "mend_refused", role, at(3, 29), grade=7), Allowed)


@pytest.mark.feature("SH-01", "X-02")
@pytest.mark.parametrize(
    ("operation", "role", "grade", "when", "expected"),
    [
        ("school_fill", "school_recorder", 9, at(3, 21, 15, 59), True),
        ("school_fill", "school_recorder", 9, at(3, 21, 16), "window_closed"),
        ("school_fill", "student", 9, at(3, 1), "not_your_role"),
        ("student_fill", "student", 7, at(3, 25), True),
        ("student_fill", "student", 7, at(3, 30, 8, 1), "window_closed"),
        ("confirm", "student", 7, at(3, 21), "window_not_open"),
        ("appeal", "student", 7, at(4, 7, 15, 59), True),
        ("appeal", "student", 7, at(4, 7, 16, 1), "window_closed"),
        ("handle_case", "school_auditor", 9, at(4, 13), "window_closed"),
        ("handle_case", "school_auditor", 7, at(4, 13), True),
        ("judge", "principal", 9, at(4, 14), True),
        ("judge", "principal", 7, at(4, 14), "not_this_grade"),
        ("fly", "principal", 7, at(4, 14), "unknown_operation"),
    ],
)
def test_at_1601_everybody_knows_what_is_possible(
    operation: str, role: str, grade: int, when: datetime, expected: object
) -> None:
    answer = allowed(BAOSHAN, the_real_one(), operation, role, when, grade=grade)
    assert (answer.code if isinstance(answer, Refused) else True) == expected


@pytest.mark.feature("X-02")
def test_the_list_of_who_may_do_what_follows_the_windows() -> None:
    before = {(p.operation, p.role, p.grade) for p in timetable.who(BAOSHAN, the_real_one(), at(3, 21, 15, 59), (7, 9))}
    after = {(p.operation, p.role, p.grade) for p in timetable.who(BAOSHAN, the_real_one(), at(3, 21, 16, 1), (7, 9))}
    assert before - after == {
        ("school_fill", "school_recorder", 7),
        ("school_fill", "school_recorder", 9),
        ("district_fill", "district_recorder", 7),
        ("district_fill", "district_recorder", 9),
    }
    assert after < before


@pytest.mark.feature("JX-08", "X-13")
def test_in_jiangxi_people_complain_during_publicity_and_handle_it_after() -> None:
    publicity = next(window for window in USUAL if window.operation == "publicity")
    inside, after = publicity.starts + timedelta(days=1), publicity.ends
    during = allowed(JIANGXI, USUAL, "complain", "guardian", inside)
    assert isinstance(during, Allowed)
    assert during.until == publicity.ends
    early = allowed(JIANGXI, USUAL, "handle_case", "student", inside)
    assert isinstance(early, Refused)
    assert (early.code, early.next_opening, early.helper) == ("window_not_open", publicity.ends, "class_teacher")
    assert early.message == "“处理质疑”尚未开放，2026-01-01 16:00开始"
    assert isinstance(allowed(JIANGXI, USUAL, "handle_case", "student", after), Allowed)
    late = allowed(JIANGXI, USUAL, "complain", "guardian", after)
    assert isinstance(late, Refused)
    assert (late.code, late.window) == ("window_closed", publicity)


@pytest.mark.feature("SH-09", "JX-08")
def test_handling_during_publicity_is_a_matter_of_data() -> None:
    assert isinstance(allowed(BAOSHAN, the_real_one(), "handle_case", "school_auditor", at(3, 31), grade=9), Allowed)


def test_a_card_that_answers_to_several_names_is_let_in_by_the_one_that_may() -> None:
    names = {"administrator", "school_administrator"}
    assert isinstance(allowed(JIANGXI, USUAL, "release_misconduct", names, datetime.now(UTC)), Allowed)


def test_without_a_window_a_required_operation_is_not_scheduled_and_an_optional_one_is_free() -> None:
    required = allowed(JIANGXI, [], "report", "student", at(3, 1))
    assert isinstance(required, Refused)
    assert required.code == "not_scheduled"
    assert isinstance(allowed(JIANGXI, [], "declare_position", "student", at(3, 1)), Allowed)
    unset = allowed(JIANGXI, [], "career_select", "student", at(3, 1))
    assert isinstance(unset, Refused)
    bound = allowed(JIANGXI, [], "handle_case", "student", at(3, 1))
    assert isinstance(bound, Refused), "nothing may be handled while publicity has no end"


@pytest.mark.feature("CS-01")
def test_the_final_submission_belongs_to_the_last_term() -> None:
    windows = [a_window("final_submit", at(3, 1), at(3, 31))]
    early = allowed(CHANGSHA, windows, "final_submit", "student", at(3, 2), last_term=False)
    assert isinstance(early, Refused)
    assert early.code == "not_this_term"
    assert isinstance(allowed(CHANGSHA, windows, "final_submit", "student", at(3, 2), last_term=True), Allowed)
    assert CHANGSHA.operation("final_submit").clients == ("pc",)


@pytest.mark.feature("CS-01")
def test_a_school_can_open_uploading_at_weekends_and_in_holidays_only() -> None:
    weekends = [a_window("upload", at(3, day), at(3, day + 2)) for day in (7, 14)]  # Saturday and Sunday
    holidays = [a_window("upload", at(7, 1), at(8, 31))]
    days = [(3, 6), (3, 7), (3, 8), (3, 9), (3, 15), (7, 20)]
    found = [allowed(CHANGSHA, weekends + holidays, "upload", "student", at(*day, 12), last_term=False) for day in days]
    assert [isinstance(one, Allowed) for one in found] == [False, True, True, False, True, True]
    assert isinstance(allowed(CHANGSHA, [], "upload", "guardian", at(3, 6), last_term=False), Allowed), "else at any time"


@pytest.mark.feature("SH-07")
def test_silence_in_the_confirm_window_counts_from_its_end() -> None:
    step = BAOSHAN.kind("basic_course").review.steps[0]
    takes_effect = timetable.silence_due(BAOSHAN, the_real_one(), step.operation, step.role, at(3, 22), step.silence, 7)
    assert (step.silence.then, takes_effect) == ("pass", at(3, 28, 16))
    assert step.mend_operation == "mend_refused"
    mend = timetable.silence_due(BAOSHAN, the_real_one(), step.mend_operation, "school_recorder", at(3, 28), step.unmended, 7)
    assert (step.unmended.then, step.unmended.case, mend) == ("escalate", "unmended", at(3, 29, 16))
    assert timetable.silence_due(JIANGXI, USUAL, "review", "class_teacher", at(3, 1), Silence()) is None
    fixed = Silence(then="pass", after=timedelta(days=3))
    assert timetable.silence_due(JIANGXI, USUAL, "review", "class_teacher", at(3, 1), fixed) == at(3, 4)


@pytest.mark.feature("X-02")
@pytest.mark.parametrize(
    ("windows", "code", "words"),
    [
        (changed(USUAL, "publicity", ends=-6), "publicity_too_short", "少于10个工作日"),
        (changed(USUAL, "import", ends=20), "out_of_order", "写实导入应在公示开始之前结束"),
        (changed(USUAL, "self_evaluate", starts=-5), "out_of_order", "学期自评应在公示结束之后开始"),
        (changed(USUAL, "review", ends=-200), "ends_before_start", "结束时间不晚于开始时间"),
        ([w for w in USUAL if w.operation != "select"], "missing", "尚未给学生安排“遴选公示”的时间"),
        ([*USUAL, *changed([w for w in USUAL if w.operation == "report"], "report", ends=9)], "overlap", "截止时间互相矛盾"),
        ([*USUAL, a_window("fly", at(3, 1), at(3, 2))], "unknown_operation", "没有“fly”这项操作"),
        ([*USUAL, a_window("complain", at(3, 1), at(3, 2))], "no_own_window", "不单独安排时间"),
        (
            [*USUAL, Window(operation="seal", roles=("student",), starts=at(3, 1), ends=at(3, 2))],
            "not_their_operation",
            "学生不能进行“生成学期档案”",
        ),
    ],
)
def test_the_checker_names_what_is_wrong(windows: list[Window], code: str, words: str) -> None:
    found = [finding for finding in check(JIANGXI, windows) if finding.code == code]
    assert found, f"no {code}"
    assert any(words in finding.message for finding in found)


@pytest.mark.feature("X-02", "JX-13")
def test_the_usual_term_of_jiangxi_is_sound_and_holidays_count() -> None:
    assert check(JIANGXI, USUAL) == []
    week = frozenset(date(2025, 12, 17) + timedelta(days=n) for n in range(7))
    found = check(JIANGXI, USUAL, calendar=Calendar(holidays=week, years=frozenset({2025, 2026})))
    assert [(finding.severity, finding.code) for finding in found] == [("warning", "publicity_too_short")]
    back = check(JIANGXI, USUAL, calendar=Calendar(holidays=week, workdays=week, years=frozenset({2025, 2026})))
    assert back == []


@pytest.mark.feature("SH-01")
def test_two_windows_for_different_grades_do_not_contradict_each_other() -> None:
    both = [a_window("handle_case", at(3, 30), at(4, 12), 9), a_window("handle_case", at(3, 30), at(5, 27), 8, 9)]
    assert [finding.code for finding in check(BAOSHAN, both) if finding.code == "overlap"] == ["overlap"]
    assert "overlap" not in {finding.code for finding in check(BAOSHAN, the_real_one())}


@pytest.mark.feature("X-02")
@pytest.mark.parametrize(
    ("operation", "days", "says"),
    [
        ("select", {"ends": 10}, ["“遴选公示”结束改到12月17日 08:00", "“校园公示”开始改到12月25日 16:00"]),
        ("publicity", {"ends": -3}, ["“校园公示”结束改到12月30日 16:00", "“校园公示”开始改到12月16日 08:00"]),
        ("review", {"ends": -20}, ["“写实上报”结束改到11月23日 16:00", "“写实审核”结束改到12月8日 16:00"]),
        ("seal", {"starts": -30}, ["“生成学期档案”开始改到1月11日 16:00"]),
    ],
)
def test_a_finding_says_which_change_of_one_window_would_end_it(operation: str, days: dict[str, int], says: list[str]) -> None:
    windows = changed(USUAL, operation, **days)
    first = next(iter(check(JIANGXI, windows)))
    assert [remedy.says for remedy in first.remedies] == says
    for found in check(JIANGXI, windows):
        for remedy in found.remedies:
            mended = list(windows)
            mended[remedy.window] = mended[remedy.window].model_copy(update={remedy.edge: remedy.at})
            assert found not in check(JIANGXI, mended), remedy.says
