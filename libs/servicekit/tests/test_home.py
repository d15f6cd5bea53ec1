"""What a card's home screen shows of the timetable."""

from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
from contracts.base import Window
from scheme import Schemes
from servicekit import home
from servicekit.directory import Term
from servicekit.directory.term import under_way

JIANGXI = Schemes(Path(__file__).parents[3] / "schemes").latest("jiangxi")
CLASS = "jx.nc.dh.s1.g2026.c01"
IN_MARCH, IN_JUNE = datetime(2027, 3, 1, tzinfo=UTC), datetime(2027, 6, 1, tzinfo=UTC)
STUDENT = ("student", "class_student")


def _moment(month: int, day: int) -> datetime:
    return datetime(2026, month, day, tzinfo=UTC)


TERM = Term(
    id=UUID(int=1), path="jx.nc.dh.s1", title="2026-2027学年第一学期", school_year="2026-2027", number=1, time_zone=None,
    starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 31), version=1, scheme=JIANGXI,
    windows=(
        Window(operation="report", starts=_moment(9, 1), ends=_moment(12, 8)),
        Window(operation="select", starts=_moment(12, 6), ends=_moment(12, 15)),
        Window(operation="publicity", starts=_moment(12, 17), ends=_moment(12, 31)),
    ),
)  # fmt: skip


@pytest.mark.feature("X-02")
def test_a_card_sees_what_it_may_do_now_and_what_opens_next() -> None:
    now, coming = home.windows(TERM, {"report", "select", "publicity", "complain", "review"}, STUDENT, CLASS, _moment(12, 7))
    assert [(w.operation, w.opens_at, w.closes_at) for w in now] == [
        ("report", _moment(9, 1), _moment(12, 8)),
        ("select", _moment(12, 6), _moment(12, 15)),
    ]
    assert [(w.operation, w.opens_at, w.closes_at) for w in coming] == [
        ("publicity", _moment(12, 17), _moment(12, 31)),
        ("complain", _moment(12, 17), _moment(12, 31)),
    ]
    assert [w.title for w in now] == ["写实上报", "遴选公示"]


@pytest.mark.feature("X-02")
def test_a_service_shows_its_own_operations_only() -> None:
    now, coming = home.windows(TERM, {"report"}, STUDENT, CLASS, _moment(12, 7))
    assert [w.operation for w in now + coming] == ["report"]


def test_an_operation_without_a_window_is_shown_last_and_without_end() -> None:
    roles = ("administrator", "school_administrator")
    now, _ = home.windows(TERM, {"publicity", "release_misconduct"}, roles, "jx.nc.dh.s1", _moment(12, 20))
    assert [(w.operation, w.opens_at, w.closes_at) for w in now] == [
        ("publicity", _moment(12, 17), _moment(12, 31)),
        ("release_misconduct", None, None),
    ]


def test_what_opens_after_another_operation_ends_where_its_limit_does() -> None:
    _, coming = home.windows(TERM, {"handle_case"}, STUDENT, CLASS, _moment(12, 20))
    assert [(w.operation, w.opens_at, w.closes_at) for w in coming] == [("handle_case", _moment(12, 31), None)]


def _term(number: int, starts_on: date, ends_on: date, windows: tuple[Window, ...] = ()) -> Term:
    return replace(TERM, id=UUID(int=number), starts_on=starts_on, ends_on=ends_on, windows=windows)


def test_the_present_term_comes_first_and_the_one_that_is_planned_next_is_shown_too() -> None:
    first = _term(1, date(2026, 9, 1), date(2027, 1, 20))
    second = _term(2, date(2027, 2, 20), date(2027, 7, 5), (Window(operation="report", starts=IN_MARCH, ends=IN_JUNE),))
    assert [term.id.int for term in under_way([second, first], _moment(12, 5))] == [1, 2]
    assert [term.id.int for term in under_way([first, second], IN_JUNE)] == [2]


def test_between_two_terms_the_one_that_began_last_is_the_present_one() -> None:
    old, last = _term(1, date(2026, 2, 20), date(2026, 7, 5)), _term(2, date(2026, 9, 1), date(2026, 11, 20))
    assert [term.id.int for term in under_way([old, last], _moment(12, 7))] == [2]
    assert under_way([], _moment(12, 7)) == []


def test_what_has_no_window_is_shown_of_the_present_term_only() -> None:
    planned = _term(2, date(2027, 2, 20), date(2027, 7, 5), TERM.windows)
    roles = ("administrator", "school_administrator")
    now, _ = home.windows_of_terms([TERM, planned], {"publicity", "release_misconduct"}, roles, "jx.nc.dh.s1", _moment(12, 20))
    assert [(w.operation, w.term_id.int) for w in now] == [("publicity", 1), ("publicity", 2), ("release_misconduct", 1)]
