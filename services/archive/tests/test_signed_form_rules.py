"""Whose form a photo shows, who may file it, and what the counters change by (NR-03, NR-04). Pure."""

from collections import Counter
from typing import Any
from uuid import UUID, uuid4

import pytest
from archive.domain.form_counts import STUDENTS, UPLOADED, Counted, changes
from archive.domain.signed_forms import Reading, match, need_some_to_remind, school_year_of, year_shown
from archive.domain.terms import ArchiveTerm
from hypothesis import given
from hypothesis import strategies as st
from servicekit.counters import Key
from servicekit.refusals import Refusal

from .rule_builders import scheme
from .school import a_term
from .scored import CLASS, OTHER

CHILD, OTHER_CHILD = uuid4(), uuid4()
TERM = ArchiveTerm.from_event(a_term(scheme_id="beijing"), scheme("beijing"))


def refused(reading: Reading, wanted: UUID | None, *, is_staff: bool) -> Refusal:
    with pytest.raises(Refusal) as caught:
        match(TERM, reading, wanted, is_staff=is_staff)
    return caught.value


@pytest.mark.feature("NR-03")
def test_the_code_in_the_picture_decides_whatever_else_is_said() -> None:
    shown = Reading(in_pictures=frozenset({CHILD}), was_typed=True, typed=OTHER_CHILD, by_eye=True)
    assert match(TERM, shown, CHILD, is_staff=False) == (CHILD, "picture")
    assert match(TERM, shown, None, is_staff=True) == (CHILD, "picture")
    both = Reading(in_pictures=frozenset({CHILD, OTHER_CHILD}))
    assert refused(both, CHILD, is_staff=True).code == "form_of_two"


@pytest.mark.feature("NR-03")
def test_a_parent_learns_nothing_of_the_other_child_whose_form_it_is() -> None:
    other = Reading(in_pictures=frozenset({OTHER_CHILD}), by_eye=True)
    answer = refused(other, CHILD, is_staff=False)
    assert answer.code == "form_of_other"
    assert str(OTHER_CHILD) not in str(answer.details)
    assert refused(other, CHILD, is_staff=True).details["student_id"] == str(OTHER_CHILD)


@pytest.mark.feature("NR-03")
def test_without_a_code_in_the_picture_a_typed_one_counts_and_only_staff_may_say_that_they_looked() -> None:
    assert match(TERM, Reading(was_typed=True, typed=CHILD), CHILD, is_staff=False) == (CHILD, "typed")
    for wrong in (Reading(was_typed=True), Reading(was_typed=True, typed=OTHER_CHILD)):
        assert refused(wrong, CHILD, is_staff=False).code == "upload_code_wrong"
    assert refused(Reading(), CHILD, is_staff=False).code == "form_unreadable"
    assert refused(Reading(by_eye=True), CHILD, is_staff=False).code == "form_unreadable"
    assert refused(Reading(by_eye=True), None, is_staff=True).code == "form_unreadable"
    assert match(TERM, Reading(by_eye=True), CHILD, is_staff=True) == (CHILD, "by_eye")
    assert refused(Reading(unknown=True), CHILD, is_staff=False).code == "form_code_old"


@pytest.mark.feature("NR-04")
def test_the_present_school_year_is_shown_and_before_it_begins_the_last_one() -> None:
    day = TERM.starts_on
    assert school_year_of(day) == "2026-2027"
    assert school_year_of(day.replace(year=2027, month=7)) == "2026-2027"
    assert year_shown(["2025-2026", "2026-2027", "2027-2028"], None, day) == "2026-2027"
    assert year_shown(["2025-2026"], None, day) == "2025-2026"
    assert year_shown(["2027-2028"], None, day) == "2027-2028"
    assert year_shown([], None, day) is None


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.sampled_from((CLASS, OTHER, CLASS.replace(".s1.", ".s2."))), st.booleans()),
    unique_by=lambda row: row[0],
)


@pytest.mark.feature("NR-04")
@given(ROWS, ROWS)
def test_whatever_changes_the_counters_stay_the_sums_of_the_students(before: Any, after: Any) -> None:
    old, new = ([Counted(UUID(int=n), "2026-2027", path, up) for n, path, up in rows] for rows in (before, after))
    counters = Counter(changes((), old))
    counters.update(changes(old, new))
    for path in (CLASS, OTHER):
        own = [row for row in new if row.path == path]
        found = counters[Key("2026-2027", path, STUDENTS)], counters[Key("2026-2027", path, UPLOADED)]
        assert found == (len(own), sum(row.uploaded for row in own))


@pytest.mark.feature("NR-04")
def test_families_are_reminded_once_a_day_by_whomever() -> None:
    need_some_to_remind(TERM, [], [])
    need_some_to_remind(TERM, [CLASS, OTHER], [OTHER])
    with pytest.raises(Refusal) as caught:
        need_some_to_remind(TERM, [CLASS, OTHER], [])
    assert (caught.value.code, caught.value.details["rule"]) == ("reminded_already", "NR-03")
    assert "班主任" in caught.value.details["help"]
