"""A term and its scheme without I/O: windows, events, and the answers that `Rules` gives (X-02, SH-01, CS-01)."""

from dataclasses import replace
from datetime import date, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from contracts.records import TermChangedV1, TermScheduledV1
from records.domain import scheduling as terms
from records.domain.term import Term, may_act_as
from servicekit.auth import Actor
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import CLASS, NEXT_CLASS, NOW, SCHOOL
from .rule_builders import STUDENT, TERM, a_plan, a_term, a_window, admin, days, problem, refused, scheme, student, teacher

JX = a_term()
NAME = "jiangxi@2026.1"
LAST = f"{SCHOOL}.g2024.c01"
"""A class of the last grade."""
ZONE = ZoneInfo("Asia/Shanghai")


def test_a_term_without_windows_gets_the_usual_ones_on_the_schools_clock() -> None:
    windows = terms.windows_for(scheme("jiangxi"), a_plan().starts_on, None, ZoneInfo("Asia/Urumqi"))
    assert windows[0] == a_window("report", days(0) + timedelta(hours=2), days(98 + 1 / 3) + timedelta(hours=2))
    assert [w.operation for w in windows] == [
        "report", "declare_position", "review_position", "review", "import", "select", "publicity", "handle_case",
        "review_case", "recheck_case", "self_evaluate", "teacher_comment", "seal",
    ]  # fmt: skip
    content = (a_window("report", days(0), days(1)),)
    assert terms.windows_for(scheme("jiangxi"), a_plan().starts_on, content, ZONE) == content
    assert terms.windows_for(scheme("jiangxi"), a_plan().starts_on, (), ZONE) == ()


def test_usual_windows_keep_the_roles_and_grades_of_the_scheme() -> None:
    known = scheme("jiangxi")
    one = known.timing.usual[0].model_copy(update={"roles": ("student",), "grades": (10, 11)})
    changed = known.model_copy(update={"timing": known.timing.model_copy(update={"usual": (one,)})})
    [window] = terms.windows_for(changed, a_plan().starts_on, None, ZONE)
    assert (window.roles, window.grades) == (("student",), ("10", "11"))


@pytest.mark.feature("X-02")
def test_a_sound_timetable_has_warnings_at_most_and_an_unsound_one_is_refused_with_all_errors() -> None:
    usual = list(JX.windows)
    assert [(f.severity, f.code) for f in terms.checked_timetable(JX.scheme, usual)] == [("note", "calendar_unknown")]
    short = [w.model_copy(update={"ends": w.starts + timedelta(days=2)}) if w.operation == "publicity" else w for w in usual]
    assert [(f.severity, f.code) for f in terms.checked_timetable(JX.scheme, short)][:1] == [("warning", "publicity_too_short")]
    upside_down = [w.model_copy(update={"ends": w.starts}) if w.operation == "report" else w for w in short]
    with pytest.raises(Refusal) as no:
        terms.checked_timetable(JX.scheme, upside_down)
    assert (no.value.code, no.value.details["rule"], no.value.details["scheme"]) == ("timetable_unsound", "X-02", NAME)
    first, *others = no.value.details["errors"]
    assert first["field"] == "windows.0"
    assert set(first) == {"field", "message", "type", "rule"}
    assert first["message"] == no.value.detail
    assert "publicity_too_short" not in [first["type"], *(error["type"] for error in others)]
    with pytest.raises(Refusal) as no:
        terms.checked_timetable(JX.scheme, usual[1:])
    assert no.value.details["errors"][0]["field"] == "windows"


@pytest.mark.feature("SH-01")
def test_terms_belong_to_schools() -> None:
    terms.need_school(SCHOOL)
    for path in ("jx.nc.dh", CLASS):
        with refused("invalid_input", rule="SH-01", errors=[problem("path", "学期由学校建立")]):
            terms.need_school(path)


def test_events_tell_the_whole_term() -> None:
    expected: dict[str, Any] = {
        "term_id": TERM, "path": SCHOOL, "title": "2026-2027学年第一学期", "school_year": "2026-2027", "number": 1,
        "scheme_id": "jiangxi", "scheme_version": "2026.1", "time_zone": "Asia/Shanghai", "starts_on": date(2026, 9, 1),
        "ends_on": date(2027, 1, 31), "windows": JX.windows, "version": 1,
    }  # fmt: skip
    scheduled = terms.scheduled(SCHOOL, a_plan(), JX.scheme, JX.schooling, ZONE)
    of_stage = {"term_id": scheduled.term_id, "stage": "senior_secondary", "years": 3}
    assert scheduled == TermScheduledV1(**(expected | of_stage))
    assert scheduled.term_id != terms.scheduled(SCHOOL, a_plan(), JX.scheme, JX.schooling, ZONE).term_id
    windows = (a_window("report", days(0), days(1)),)
    assert terms.changed(JX, windows, "停课") == TermChangedV1(**(expected | {"windows": windows, "version": 2}), reason="停课")


@pytest.mark.feature("BJ-12")
def test_a_term_belongs_to_the_stage_and_length_of_its_school() -> None:
    beijing = a_term("beijing").scheme
    two, terms_a_year = beijing.schooling("vocational", 2), replace(beijing.schooling("vocational", 2), terms_per_year=3)
    term = Term.from_event(terms.scheduled(SCHOOL, a_plan(number=2, windows=()), beijing, two, ZONE), beijing)
    assert (term.grade(f"{SCHOOL}.g2025.c01"), term.last_term(f"{SCHOOL}.g2025.c01")) == (11, True)
    assert terms.grades_of(beijing, two, [f"{SCHOOL}.g{year}" for year in (2024, 2025, 2026)], "2026-2027") == (10, 11)
    assert terms.grades_of(beijing, two, [], "2026-2027") == (10, 11)
    longer = terms.changed(term, (), "学制改为三年", beijing.schooling("vocational", 3))
    assert (longer.years, Term.from_event(longer, beijing).last_term(f"{SCHOOL}.g2025.c01")) == (3, False)
    with refused(
        "invalid_input",
        rule="BJ-12",
        scheme="beijing@2026.1",
        errors=[problem("number", "本校每学年有2个学期") | {"rule": "BJ-12"}],
    ):
        terms.need_plan(beijing, two, a_plan(number=3), ())
    with pytest.raises(Refusal) as only_the_windows:
        terms.need_plan(beijing, terms_a_year, a_plan(number=3), ())
    assert only_the_windows.value.code == "timetable_unsound"


# --- what `Rules` answers


def test_the_day_at_the_school_follows_its_own_clock() -> None:
    assert JX.today(NOW.replace(hour=15, minute=59)) == date(2026, 10, 10)
    assert JX.today(NOW.replace(hour=16)) == date(2026, 10, 11)
    assert a_term(time_zone="Asia/Urumqi").today(NOW.replace(hour=16)) == date(2026, 10, 10)
    assert JX.scheme_name == NAME


@pytest.mark.feature("CS-01")
@pytest.mark.parametrize(
    ("path", "number", "grade", "last"),
    [
        (CLASS, 1, 11, False),
        (f"{SCHOOL}.g2024.c01", 1, 12, False),
        (f"{SCHOOL}.g2024.c01", 2, 12, True),
        (SCHOOL, 2, None, None),
    ],
)
def test_the_last_term_of_a_stage_is_the_second_of_its_last_grade(
    path: str, number: int, grade: int | None, last: bool | None
) -> None:
    term = a_term(number=number)
    assert (term.grade(path), term.last_term(path)) == (grade, last)


@pytest.mark.parametrize(
    ("actor", "role"),
    [
        (student(), "student"),
        (admin(), "school_administrator"),
        (admin("jx.nc"), "city_administrator"),
        (an_actor("auditor", SCHOOL), None),
    ],
)
def test_the_scheme_knows_a_card_by_its_role_with_the_level(actor: Actor, role: str | None) -> None:
    assert JX.role_of(actor) == role


def test_a_step_is_reviewed_in_the_window_of_its_operation() -> None:
    assert JX.review_operation("volunteer_service", None) == "review"
    assert JX.review_operation("volunteer_service", "class_teacher") == "review"
    assert JX.review_operation("volunteer_service", "other") is None
    assert a_term("baoshan").review_operation("basic_course", "student") == "confirm"


@pytest.mark.parametrize(
    ("actor", "role", "may"),
    [
        (student(), "student", True),
        (student(students=(TERM,)), "student", False),
        (an_actor("guardian", CLASS, students=(STUDENT,)), "guardian", True),
        (an_actor("guardian", CLASS, students=(STUDENT,)), "student", False),
        (teacher(), "class_teacher", True),
        (teacher(NEXT_CLASS), "class_teacher", False),
        (admin(), "school_administrator", True),
        (admin("jx"), "administrator", True),
        (admin("jx"), "school_administrator", False),
    ],
)
def test_a_role_acts_for_its_own_student_or_within_its_place(actor: Actor, role: str, may: bool) -> None:
    assert may_act_as(actor, role, STUDENT, CLASS) is may


def test_a_refusal_that_passes_names_the_scheme_a_rule_and_who_helps() -> None:
    expected = {"rule": "JX-04", "scheme": NAME}
    with refused("wrong_state", **expected, help="请联系校管理员"), JX.refusal_context("JX-04", "review"):
        raise Refusal("wrong_state")
    with refused("wrong_state", **(expected | {"rule": "X-08"}), help="请等待"), JX.refusal_context("JX-04", "review"):
        raise Refusal("wrong_state", rule="X-08", help="请等待")
    with refused("wrong_state", **expected), JX.refusal_context("JX-04", "dance"):
        raise Refusal("wrong_state")
    with refused("wrong_state", **expected), JX.refusal_context("JX-04"):
        raise Refusal("wrong_state")
    with refused("not_found"), JX.refusal_context("JX-04", "review"):
        raise Refusal("not_found")


def test_windows_read_as_the_scheme_reads_them() -> None:
    term = a_term("jiangxi", a_window("report", days(0), days(9), grades=("11",), roles=("student",)))
    [window] = term.timetable
    assert (window.operation, window.starts, window.ends, window.grades, window.roles) == (
        "report",
        days(0),
        days(9),
        (11,),
        ("student",),
    )
    term.need_open("report", {"student"}, NOW.replace(month=9, day=2), CLASS)
    with pytest.raises(Refusal):
        term.need_open("report", {"student"}, NOW.replace(month=9, day=2), LAST)
