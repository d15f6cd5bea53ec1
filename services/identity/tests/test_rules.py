"""Domain rules: education ids, ID numbers, passwords, rate limits, granting of roles, changes of enrolment."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import product
from typing import Any
from uuid import UUID

import pytest
from contracts.base import Role, level_of
from contracts.identity import EnrolmentStatus
from hypothesis import given
from hypothesis import strategies as st
from identity.domain import authority, passwords, throttle
from identity.domain.account_scope import AccountScope, HeldCard, Help, cards_to_suspend, help_of, require_help
from identity.domain.organisations import COUNTRY, NewOrganisationInput, Organisation, class_of, grade_of, new_organisation
from identity.domain.students import STATUS_MOVES, Student, Titles, change_status, move
from identity.domain.throttle import FailureCounts, Failures
from scheme.accounts import EducationId
from scheme.roles import platform_rule
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
STATUSES: tuple[EnrolmentStatus, ...] = ("enrolled", "borrowed", "suspended", "left")
SCHOOL = "jx.nc.dh.s1"


def a_student(**changed: Any) -> Student:
    one = Student(
        new_id(), new_id(), new_id(), "李晓雨", "female", date(2010, 1, 1), "G360102********1234", "sealed", b"", None,
        EducationId().make(1, "360102"), f"{SCHOOL}.g2025.c01", "enrolled", "一中", "2025级", "1班", None, None, 1,
    )  # fmt: skip
    return replace(one, **changed)


@pytest.mark.feature("JX-16")
@given(st.integers(0, 999999), st.integers(0, 11), st.integers(1, 9))
def test_the_check_digit_of_an_eid_detects_every_wrong_digit(number: int, position: int, off: int) -> None:
    good = EducationId().make(number, "360102")
    assert len(good) == 13
    assert EducationId().fits(good)
    wrong = good[:position] + str((int(good[position]) + off) % 10) + good[position + 1 :]
    assert not EducationId().fits(wrong)


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
    roles: tuple[Role, ...] = (
        "operator", "administrator", "recorder", "auditor", "principal", "class_teacher", "subject_teacher", "student",
        "guardian",
    )  # fmt: skip
    paths = ("", "jx", "jx.nc", "jx.nc.dh", SCHOOL, f"{SCHOOL}.g2025.c01", "jx.nc.dh.s2")

    def granted(actor: Any) -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for role, path in product(roles, paths):
            try:
                authority.require_grant(actor, platform_rule(role, level_of(path)), path)
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


def held(role: Role, path: str, student: UUID | None = None) -> HeldCard:
    return HeldCard(new_id(), ACCOUNT, role, path, student)


ACCOUNT, CHILD = new_id(), new_id()
CLASS, OTHER_CLASS, ELSEWHERE = f"{SCHOOL}.g2025.c01", f"{SCHOOL}.g2025.c02", "jx.nc.dh.s10"
PUPIL, PARENT = held("student", CLASS, CHILD), held("guardian", CLASS, CHILD)
TEACHER, HEAD, DISTRICT = held("class_teacher", CLASS), held("administrator", SCHOOL), held("administrator", "jx.nc.dh")
PARENT_ELSEWHERE = held("guardian", f"{ELSEWHERE}.g2025.c01", new_id())
ACCOUNTS = {
    "pupil": (PUPIL,),
    "parent": (PARENT,),
    "teacher": (TEACHER,),
    "parent who teaches": (held("class_teacher", OTHER_CLASS), PARENT),
    "recorder of two schools": (held("recorder", SCHOOL), held("recorder", ELSEWHERE)),
    "parent of two schools": (PARENT, PARENT_ELSEWHERE),
    "parent of two classes": (PARENT, held("guardian", OTHER_CLASS, new_id())),
    "head": (HEAD,),
    "district": (DISTRICT,),
    "parent elsewhere": (PARENT_ELSEWHERE,),
}


@pytest.mark.feature("JX-16", "NR-05", "L-01")
def test_an_account_is_helped_by_those_who_have_all_its_active_cards_in_scope() -> None:
    in_class = {"pupil", "parent"}
    in_school = in_class | {"teacher", "parent who teaches", "parent of two classes", "head"}
    spread = {"recorder of two schools", "parent of two schools"}
    for actor, may in (
        (an_actor("class_teacher", CLASS), in_class),
        (an_actor("class_teacher", OTHER_CLASS), set()),
        (an_actor("subject_teacher", CLASS), set()),
        (an_actor("guardian", CLASS, students=(CHILD,)), {"pupil"}),
        (an_actor("guardian", CLASS, students=(new_id(),)), set()),
        (an_actor("student", CLASS, students=(CHILD,)), set()),
        (an_actor("administrator", SCHOOL), in_school),
        (an_actor("administrator", ELSEWHERE), {"parent elsewhere"}),
        (an_actor("administrator", "jx.nc.dh"), {"head", "district"} | spread),
        (an_actor("administrator", "jx.nc"), {"head", "district"} | spread),
        (an_actor("administrator", "gd"), set()),
        (an_actor("principal", SCHOOL), set()),
        (an_actor("recorder", "jx.nc"), set()),
        (an_actor("operator", ""), set()),
    ):
        assert {n for n, cards in ACCOUNTS.items() if help_of(actor, AccountScope(cards)) is Help.FULL} == may, actor


@pytest.mark.feature("L-01")
def test_a_school_may_help_with_a_shared_account_only_by_suspending_the_cards_elsewhere() -> None:
    both = AccountScope((PARENT, PARENT_ELSEWHERE))
    for actor, suspended in (
        (an_actor("class_teacher", CLASS), (PARENT_ELSEWHERE,)),
        (an_actor("administrator", SCHOOL), (PARENT_ELSEWHERE,)),
        (an_actor("administrator", ELSEWHERE), (PARENT,)),
    ):
        with pytest.raises(Refusal, match="account_shared") as refused:
            require_help(actor, both, suspend_elsewhere=False)
        assert (refused.value.details["rule"], refused.value.details["level"]) == ("L-01", "district")
        assert refused.value.details["may_suspend_elsewhere"] is True
        require_help(actor, both, suspend_elsewhere=True)
        assert cards_to_suspend(actor, both) == suspended
    assert cards_to_suspend(an_actor("administrator", "jx.nc.dh"), both) == ()
    with pytest.raises(Refusal, match="not_found"):
        require_help(an_actor("class_teacher", OTHER_CLASS), both, suspend_elsewhere=True)
    head_and_parent = AccountScope((HEAD, PARENT, PARENT_ELSEWHERE))
    with pytest.raises(Refusal, match="account_shared"):
        require_help(an_actor("class_teacher", CLASS), head_and_parent, suspend_elsewhere=True)
    for of_one_school in ((HEAD, PARENT), (TEACHER,)):
        with pytest.raises(Refusal, match="account_not_yours"):
            require_help(an_actor("class_teacher", CLASS), AccountScope(of_one_school), suspend_elsewhere=True)
    beyond = AccountScope((PARENT, held("guardian", "gd.sz.ft.s1.g2025.c01", new_id())))
    with pytest.raises(Refusal) as refused:
        require_help(an_actor("administrator", SCHOOL), beyond, suspend_elsewhere=False)
    assert (refused.value.code, refused.value.details["level"]) == ("account_shared", "country")


@pytest.mark.feature("L-01")
def test_an_offer_gives_its_organisation_no_right_over_an_account_in_use() -> None:
    offered = (held("guardian", CLASS, CHILD), held("recorder", SCHOOL))
    in_use = AccountScope((PARENT_ELSEWHERE,), offered)
    for actor in (an_actor("class_teacher", CLASS), an_actor("administrator", SCHOOL), an_actor("administrator", "jx.nc.xh")):
        assert help_of(actor, in_use) is Help.NONE
        with pytest.raises(Refusal, match="account_not_yours" if actor.covers(CLASS) else "not_found"):
            require_help(actor, in_use, suspend_elsewhere=True)
    assert help_of(an_actor("administrator", ELSEWHERE), in_use) is Help.FULL
    unused = AccountScope((), offered)
    assert help_of(an_actor("administrator", SCHOOL), unused) is Help.FULL
    assert help_of(an_actor("class_teacher", CLASS), unused) is Help.NONE, "the school offers a staff card, too"
    assert help_of(an_actor("class_teacher", CLASS), AccountScope((), offered[:1])) is Help.FULL
    assert help_of(an_actor("administrator", ELSEWHERE), unused) is Help.NONE


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
    school_class = class_of(grade_of(school, 2025), "c03", "3班")
    assert (school_class.path, school_class.title, school_class.level) == ("36.01.02.s1.g2025.c03", "3班", "class")
    with pytest.raises(Refusal, match="level_exhausted"):
        new_organisation(school_class, NewOrganisationInput("x", "x"))
    with pytest.raises(Refusal, match="time_zone_unknown"):
        new_organisation(COUNTRY, NewOrganisationInput("x", "x", time_zone="Mars/Base"))
