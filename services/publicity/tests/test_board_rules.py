"""What viewers may see of the board, in every scheme that has one: no I/O."""

from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from publicity.domain.board import need_open, search_in, shown_fields, view_scope_of
from publicity.domain.terms import Term
from publicity.views import day_of
from publicity_builders import (
    CLASS,
    CLOSES,
    OTHER_CLASS,
    OTHER_SCHOOL_CLASS,
    SCHOOL,
    SHOWN,
    a_record,
    a_rules_term,
)
from scheme import Scheme, load_all
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

SCHEMES = {scheme.id: scheme for scheme in load_all(Path(__file__).parents[3] / "schemes")}


def a_term_of(scheme: Scheme) -> Term:
    return a_rules_term(scheme)


@pytest.mark.feature("X-09", "SH-08")
@pytest.mark.parametrize(
    ("scheme", "role", "path", "own_class", "other_class"),
    [
        ("jiangxi", "student", CLASS, True, True),
        ("jiangxi", "guardian", CLASS, True, True),
        ("jiangxi", "administrator", SCHOOL, True, True),
        ("baoshan", "student", CLASS, True, False),
        ("baoshan", "class_teacher", CLASS, True, False),
        ("baoshan", "principal", SCHOOL, True, True),
        ("changsha", "publicity_panel", SCHOOL, True, True),
    ],
)
def test_each_role_sees_the_scope_that_its_scheme_gives_it(
    scheme: str, role: str, path: str, own_class: bool, other_class: bool
) -> None:
    view_scope = view_scope_of(a_term_of(SCHEMES[scheme]), an_actor(role, path))
    student = new_id()
    assert (view_scope.reaches(CLASS, student), view_scope.reaches(OTHER_CLASS, student)) == (own_class, other_class)
    assert not view_scope.reaches(OTHER_SCHOOL_CLASS, student)


@pytest.mark.feature("X-09")
@pytest.mark.parametrize(
    ("scheme", "role", "path", "code"),
    [
        ("jiangxi", "recorder", SCHOOL, "forbidden"),
        ("baoshan", "guardian", CLASS, "forbidden"),
        ("baoshan", "class_teacher", SCHOOL, "forbidden"),  # a class is its scope, and it names none
        ("beijing", "student", CLASS, "forbidden"),
        ("jiangxi", "student", OTHER_SCHOOL_CLASS, "not_found"),
        ("jiangxi", "administrator", "jx.nc.dh", "not_found"),
        ("jiangxi", "administrator", "jx", "not_found"),
        ("jiangxi", "operator", "", "not_found"),
    ],
)
def test_unknown_roles_and_scopes_see_nothing(scheme: str, role: str, path: str, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        view_scope_of(a_term_of(SCHEMES[scheme]), an_actor(role, path))
    assert refused.value.code == code


@pytest.mark.feature("X-09")
def test_only_public_fields_are_shown_and_lists_show_fewer() -> None:
    term = a_term_of(SCHEMES["jiangxi"])
    view_scope = view_scope_of(term, an_actor("student", CLASS))
    record = a_record(term.id)
    public = {field.id for field in term.scheme.kind(record.kind).form.fields if field.public}
    assert {field.id for field in shown_fields(term, record, view_scope)} == public
    assert {field.id for field in shown_fields(term, record, view_scope, listed_only=True)} < public


def test_the_search_covers_what_the_scheme_says() -> None:
    assert search_in(a_term_of(SCHEMES["jiangxi"]), "志愿") == (True, True, ("volunteer_service",))
    assert search_in(a_term_of(SCHEMES["changsha"]), "志愿") == (True, False, ())


@pytest.mark.feature("X-08", "X-13")
def test_days_and_windows_are_in_the_time_zone_of_the_school() -> None:
    west = replace(a_term_of(SCHEMES["jiangxi"]), time_zone="Asia/Urumqi")
    late = SHOWN - timedelta(hours=7)
    assert [day_of(late, term).date().day for term in (a_term_of(SCHEMES["jiangxi"]), west)] == [23, 22]
    with pytest.raises(Refusal) as refused:
        need_open(west, an_actor("student", CLASS), CLOSES)
    assert "2027-01-04 06:00" in str(refused.value)
