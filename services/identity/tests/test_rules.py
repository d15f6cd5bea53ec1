"""Domain rules: education ids, ID numbers, passwords, rate limits, granting of roles, changes of enrolment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any, get_args

import pytest
from contracts.base import Role
from contracts.identity import EnrolmentStatus
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import authority, eid, id_number, passwords, throttle
from identity.domain.account_scope import AccountScope, may_manage
from identity.domain.id_number import masked, masked_registry
from identity.domain.organisations import COUNTRY, NewOrganisationInput, Organisation, class_of, grade_of, new_organisation
from identity.domain.students import STATUS_MOVES, Student, Titles, change_status, move
from identity.domain.throttle import FailureCounts, Failures
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
STATUSES: tuple[EnrolmentStatus, ...] = ("enrolled", "borrowed", "suspended", "left")
SCHOOL = "jx.nc.dh.s1"


def a_student(**changed: Any) -> Student:
    one = Student(
        new_id(), new_id(), new_id(), "李晓雨", "female", date(2010, 1, 1), "G360102********1234", "sealed", b"", None,
        eid.make("360102", 1), f"{SCHOOL}.g2025.c01", "enrolled", "一中", "2025级", "1班", None, None, 1,
    )  # fmt: skip
    return replace(one, **changed)


@pytest.mark.feature("JX-16")
@given(st.integers(0, 999999), st.integers(0, 11), st.integers(1, 9))
def test_the_check_digit_of_an_eid_detects_every_wrong_digit(number: int, position: int, off: int) -> None:
    good = eid.make("360102", number)
    assert len(good) == 13
    assert eid.valid(good)
    wrong = good[:position] + str((int(good[position]) + off) % 10) + good[position + 1 :]
    assert not eid.valid(wrong)


@pytest.mark.feature("JX-16")
def test_an_id_number_is_read_as_people_type_it_and_checked() -> None:
    assert id_number.read(" 11010519491231002x", "id_number") == "11010519491231002X"
    assert id_number.read("１１０１０５１９４９１２３１００２Ｘ", "id_number") == "11010519491231002X"
    with pytest.raises(Refusal, match="id_number_invalid"):
        id_number.read("110105194912310021", "id_number")
    assert masked("11010519491231002X") == "110***********002X"
    assert masked_registry("G360102201001011234") == "G360102********1234"
    assert masked_registry("G360102********1234") == "G360102********1234"


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("abc123", "password_too_short"),
        ("abcdefgh", "password_too_simple"),
        ("12345678", "password_too_simple"),
        ("a1" * 65, "password_too_long"),
        ("Li-Xiao1", "password_is_personal"),
    ],
)
def test_a_weak_password_is_refused_with_the_reason(password: str, code: str) -> None:
    with pytest.raises(Refusal, match=code):
        passwords.require_strong(password, personal=("li-xiao1", "13800000000"))


def test_one_time_passwords_hold_60_bits_and_are_read_as_phones_type_them() -> None:
    made = {passwords.new_one_time_password() for _ in range(500)}
    assert len(made) == 500
    one = made.pop()
    assert len(one.replace("-", "")) == 12
    assert passwords.normalised_forms(f" {one.upper()} ")[1] == passwords.normalised_forms(one)[0]


def test_waits_grow_up_to_a_bound_and_end() -> None:
    waits = [throttle.seconds_to_wait(Failures(n, NOW), NOW) for n in range(1, 20)]
    assert waits[:4] == [0, 0, 0, 0]
    assert waits[4:8] == [1, 2, 4, 8]
    assert max(waits) == throttle.LONGEST_WAIT
    assert throttle.seconds_to_wait(Failures(100, NOW), NOW + timedelta(seconds=61)) == 0
    assert throttle.response_delay(Failures(10_000, NOW), NOW) == throttle.LONGEST_RESPONSE_DELAY
    assert throttle.response_delay(Failures(19, NOW), NOW) == 0


@pytest.mark.feature("JX-01")
def test_failures_require_a_captcha_and_delay_answers_but_never_lock_out() -> None:
    for known, picture in ((0, False), (4, False), (5, True), (10_000, True)):
        assert throttle.needs_captcha(FailureCounts(Failures(known, NOW)), NOW, 500) is picture
    assert throttle.needs_captcha(FailureCounts(None, Failures(15, NOW)), NOW, 500)
    assert throttle.needs_captcha(FailureCounts(None, None, Failures(500, NOW)), NOW, 500)
    assert not throttle.needs_captcha(FailureCounts(None, None, Failures(499, NOW)), NOW, 500)
    assert not throttle.needs_captcha(FailureCounts(Failures(9, NOW)), NOW + throttle.FORGET_AFTER, 500)
    later = NOW + throttle.FORGET_AFTER
    assert throttle.with_one_more(Failures(9, NOW), later) == throttle.with_one_more(None, later) == Failures(1, later)
    holds = [(throttle.evaluated_at(FailureCounts(Failures(n, NOW)), NOW) or NOW) - NOW for n in (0, 4, 5, 6, 50)]
    assert [delay.total_seconds() for delay in holds] == [0, 0, 0.25, 0.5, 4]
    last, turns = NOW, 0
    while (at := throttle.evaluated_at(FailureCounts(Failures(50, last)), NOW)) is not None:
        last, turns = at, turns + 1
    assert turns == 3, "parallel attempts queue, and the queue is short"
    assert throttle.evaluated_at(FailureCounts(None, Failures(10_000, NOW)), NOW) == NOW + timedelta(
        seconds=throttle.LONGEST_RESPONSE_DELAY
    )


@pytest.mark.parametrize(
    ("client", "source"),
    [
        ("10.0.0.9", "10.0.0.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("::ffff:10.0.0.9", "10.0.0.9"),
        ("-", "-"),
    ],
)
def test_all_addresses_of_one_customer_are_one_source(client: str, source: str) -> None:
    assert throttle.source_of(client) == source


@pytest.mark.feature("NR-01", "NR-05")
def test_roles_are_granted_downwards_and_to_colleagues_only() -> None:
    roles: tuple[Role, ...] = get_args(Role.__value__)
    paths = ("", "jx", "jx.nc", "jx.nc.dh", SCHOOL, f"{SCHOOL}.g2025.c01", "jx.nc.dh.s2")

    def granted(actor: Any) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for role, path in product(roles, paths):
            try:
                authority.require_grant(actor, role, path)
            except Refusal:
                continue
            found.add((role, path))
        return found

    assert granted(an_actor("operator", "")) == {("administrator", "jx")}
    assert granted(an_actor("administrator", SCHOOL)) == {
        *((role, SCHOOL) for role in ("administrator", "recorder", "auditor", "principal", "subject_teacher")),
        ("class_teacher", f"{SCHOOL}.g2025.c01"),
        ("subject_teacher", f"{SCHOOL}.g2025.c01"),
    }
    assert granted(an_actor("administrator", "jx.nc")) == {
        ("administrator", "jx.nc"),
        ("recorder", "jx.nc"),
        ("auditor", "jx.nc"),
        ("administrator", "jx.nc.dh"),
        ("administrator", SCHOOL),
        ("administrator", "jx.nc.dh.s2"),
    }
    for role in roles:
        if role not in ("operator", "administrator"):
            assert granted(an_actor(role, SCHOOL)) == set()


@pytest.mark.feature("JX-16", "NR-05")
def test_an_account_is_managed_by_those_who_may_grant_all_its_cards() -> None:
    school_class, other_class, other_school = f"{SCHOOL}.g2025.c01", f"{SCHOOL}.g2025.c02", "jx.nc.dh.s10"
    child = new_id()
    pupil, parent = AccountScope(own=((child, school_class),)), AccountScope(children=((child, school_class),))
    teacher = AccountScope(staff=(("class_teacher", school_class),))
    both = AccountScope(staff=(("class_teacher", other_class),), children=((child, school_class),))
    of_two_schools = AccountScope(staff=(("recorder", SCHOOL), ("recorder", other_school)))
    head, district = AccountScope(staff=(("administrator", SCHOOL),)), AccountScope(staff=(("administrator", "jx.nc.dh"),))
    kept = [pupil, parent, teacher, both, of_two_schools, head, district]
    for actor, may in (
        (an_actor("class_teacher", school_class), [pupil, parent]),
        (an_actor("class_teacher", other_class), []),
        (an_actor("subject_teacher", school_class), []),
        (an_actor("guardian", school_class, students=(child,)), [pupil]),
        (an_actor("guardian", school_class, students=(new_id(),)), []),
        (an_actor("student", school_class, students=(child,)), []),
        (an_actor("administrator", SCHOOL), [pupil, parent, teacher, both, head]),
        (an_actor("administrator", other_school), []),
        (an_actor("administrator", "jx.nc.dh"), [head, district]),
        (an_actor("administrator", "jx.nc"), [head, district]),
        (an_actor("principal", SCHOOL), []),
        (an_actor("operator", ""), []),
    ):
        assert [held for held in kept if may_manage(actor, held)] == may, actor


@pytest.mark.parametrize(("before", "after"), list(product(STATUSES, STATUSES)))
def test_every_change_of_status_outside_the_table_is_refused(before: EnrolmentStatus, after: EnrolmentStatus) -> None:
    student = a_student(status=before)
    if (before, after) in STATUS_MOVES:
        changed, event = change_status(student, after, NOW)
        assert (changed.status, changed.version, event.enrolment.status) == (after, 2, after)
        assert (event.from_status, event.at) == (before, NOW)
    else:
        with pytest.raises(Refusal, match="wrong_state"):
            change_status(student, after, NOW)


def test_a_move_has_both_paths_and_enrols_students_who_left_again() -> None:
    to = f"{SCHOOL}.g2025.c02"
    after, event = move(a_student(), to, Titles("一中", "2025级", "2班"), NOW)
    assert (event.from_path, event.enrolment.path, event.enrolment.class_title) == (f"{SCHOOL}.g2025.c01", to, "2班")
    assert after.eid == a_student().eid
    with pytest.raises(Refusal, match="already_applied"):
        move(after, to, Titles("", "", ""), NOW)
    for path in (to, a_student().path):
        back, event = move(a_student(status="left"), path, Titles("一中", "2025级", "2班"), NOW)
        assert (back.status, event.enrolment.status, event.enrolment.path) == ("enrolled", "enrolled", path)
    assert move(a_student(status="suspended"), to, Titles("", "", ""), NOW)[0].status == "suspended"


def test_an_organisation_inherits_what_it_is_not_given() -> None:
    province = new_organisation(COUNTRY, NewOrganisationInput("36", "江西省", scheme_id="jiangxi", scheme_version="2026.1"))
    school: Organisation = province
    for code in ("01", "02", "s1"):
        school = new_organisation(school, NewOrganisationInput(code, code))
    assert (school.level, school.scheme_id, school.area, school.time_zone) == ("school", "jiangxi", "360102", "Asia/Shanghai")
    school_class = class_of(grade_of(school, 2025), 3)
    assert (school_class.path, school_class.title, school_class.level) == ("36.01.02.s1.g2025.c03", "3班", "class")
    with pytest.raises(Refusal, match="level_exhausted"):
        new_organisation(school_class, NewOrganisationInput("x", "x"))
    with pytest.raises(Refusal, match="time_zone_unknown"):
        new_organisation(COUNTRY, NewOrganisationInput("x", "x", time_zone="Mars/Base"))
