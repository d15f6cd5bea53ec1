"""Every refusal, event and row of identity's domain in full, without I/O."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.base import level_of
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentMovedV1, StudentStatusChangedV1
from identity.domain import account_scope, authority, documents, eid, organisations, passwords, students, throttle
from identity.domain.account_scope import AccountScope, HeldCard
from identity.domain.organisations import NewOrganisationInput, Organisation
from identity.domain.students import Student, Titles
from identity.domain.throttle import FailureCounts, Failures
from people import DocumentType
from scheme.accounts import EducationId, check_digit
from scheme.roles import platform_rule
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import CLASS, SCHOOL, an_id_number

NOW = datetime(2026, 9, 1, 8, tzinfo=UTC)
OTHER = "jx.nc.dh.s2"
PUPIL = UUID(int=1)


@contextmanager
def refused(code: str, **values: Any) -> Iterator[None]:
    """What is inside is refused with this code, and tells exactly this."""
    with pytest.raises(Refusal) as no:
        yield
    details = no.value.details | ({} if no.value.detail is None else {"detail": no.value.detail})
    assert (no.value.code, details) == (code, values), f"{no.value.code} {details}"


# --- who may do what to accounts, roles and organisations


@pytest.mark.feature("JX-16")
def test_an_account_in_sight_is_somebody_elses_to_open_and_one_out_of_sight_does_not_exist() -> None:
    account = new_id()
    teacher = AccountScope((HeldCard(new_id(), account, "class_teacher", CLASS),))
    pupil = AccountScope((HeldCard(None, account, "student", CLASS, PUPIL),))
    parent = AccountScope((HeldCard(new_id(), account, "guardian", CLASS, PUPIL),))
    account_scope.require_full(an_actor("administrator", SCHOOL), teacher)
    values = {"rule": "JX-16", "help": "请联系学校管理员或上一级管理员"}
    for actor, scope in (
        (an_actor("class_teacher", CLASS), teacher),
        (an_actor("administrator", "jx.nc.dh"), pupil),
        (an_actor("subject_teacher", CLASS), parent),
    ):
        with refused("account_not_yours", **values):
            account_scope.require_full(actor, scope)
    for actor in (
        an_actor("administrator", OTHER),
        an_actor("operator", ""),
        an_actor("student", CLASS, students=(PUPIL,)),
        an_actor("guardian", CLASS),
    ):
        with refused("not_found"):
            account_scope.require_full(actor, teacher)
    recorder = HeldCard(new_id(), account, "recorder", SCHOOL)
    assert AccountScope((recorder, *pupil.active, *parent.active)).paths == (SCHOOL, CLASS)
    assert AccountScope((), (recorder,)).paths == (SCHOOL,), "an offer is of interest where nothing is active"


def require_grant(actor: Actor, role: str, path: str) -> None:
    authority.require_grant(actor, platform_rule(role, level_of(path)), path)


@pytest.mark.feature("NR-01", "NR-05", "SH-12")
def test_a_role_is_refused_by_name_where_it_does_not_exist_or_is_not_the_actors_to_give() -> None:
    school = an_actor("administrator", SCHOOL)
    with refused("role_misplaced", field="role", rule="SH-12"):
        require_grant(school, "principal", CLASS)
    with refused("role_misplaced", field="role", rule="SH-12"):
        require_grant(school, "student", CLASS)
    with refused("role_not_grantable", field="role", rule="NR-05", help="请联系上一级管理员"):
        require_grant(an_actor("administrator", "jx.nc"), "principal", SCHOOL)
    with refused("not_found"):
        require_grant(school, "principal", OTHER)


@pytest.mark.feature("NR-01")
def test_operators_found_provinces_and_administrators_what_is_below_them() -> None:
    authority.require_may_create(an_actor("operator", ""), "")
    authority.require_may_create(an_actor("administrator", "jx"), "jx.nc")
    with refused("role_not_grantable", rule="NR-01", help="请使用该组织管理员的身份卡"):
        authority.require_may_create(an_actor("operator", ""), "jx")
    for parent in ("", "hn"):
        with refused("not_found"):
            authority.require_may_create(an_actor("administrator", "jx"), parent)


# --- numbers


@pytest.mark.feature("JX-16")
def test_an_education_id_ends_in_the_iso_7064_check_digit() -> None:
    assert check_digit("0794") == "5", "the standard's own example"
    form = EducationId()
    assert [form.make(n, "360102") for n in (1, 999999)] == ["3601020000017", form.make(999999, "360102")]
    assert not form.fits("3601020000018")
    assert not form.fits("36010200000170")
    assert not form.fits("３６０１０２０００００１７")
    for area, number in (("36010", 1), ("3601020", 1), ("36010a", 1), ("360102", 1_000_000)):
        with pytest.raises(ValueError, match=r"^an education id of 13 digits cannot be made of area"):
            form.make(number, area)


@pytest.mark.parametrize(
    ("path", "area"),
    [
        ("36.01.02", "360102"), ("36.01.02.s1.g2025", "360102"), ("36.01", None), ("3.601.02", "360102"), ("jx.nc.dh", None),
        ("36.01.0２", None), ("360.10.20", None), ("36.0102", None), ("360102", None),
    ],
)  # fmt: skip
def test_an_area_code_is_in_the_first_three_labels(path: str, area: str | None) -> None:
    assert eid.area_of(tuple(path.split("."))) == area


@pytest.mark.feature("L-03")
def test_a_number_without_a_type_may_be_of_every_document_with_such_numbers() -> None:
    good = an_id_number(7)
    assert documents.possible_keys(f" {good[:6]}-{good[6:].lower()}") == [good]
    assert documents.possible_keys(good[:-1] + ("1" if good[-1] != "1" else "2")) == []
    assert documents.possible_keys("h12345678") == [
        "hong_kong_macao_permit:H12345678", "taiwan_permit:H12345678", "passport:H12345678", "other:H12345678",
    ]  # fmt: skip
    assert documents.possible_keys("h12345678", DocumentType.PASSPORT) == ["passport:H12345678"]
    assert documents.possible_keys("", None) == documents.possible_keys("无", DocumentType.NONE) == []


@pytest.mark.feature("L-03")
def test_login_names_are_normalised_and_numbers_masked() -> None:
    assert documents.login_name("　１３８-0000 0001 ") == documents.login_name("+86 13800000001") == "13800000001"
    assert documents.login_name("00852 9123 4567") == "+85291234567"
    assert documents.login_name(" ３601020000015 ") == "3601020000015"
    assert documents.login_name("operator") == "operator"
    numbers = (None, "11010519491231002X", "E12345678", "H12", "1234")
    assert [documents.masked(n) for n in numbers] == [None, "110***********002X", "E******78", "***", "1*34"]


# --- passwords


@pytest.mark.parametrize(
    ("password", "code"),
    [
        ("Abcdef1", "password_too_short"),
        ("a1" * 64 + "x", "password_too_long"),
        ("abcdefgh", "password_too_simple"),
        ("ABCDEFGH", "password_too_simple"),
        ("!!!!!!!!", "password_too_simple"),
        ("abcd efgh", "password_too_simple"),
        ("LI-XIAO1", "password_is_personal"),
    ],
)
def test_a_weak_password_is_refused_by_name_at_its_field(password: str, code: str) -> None:
    with refused(code, field="new"):
        passwords.require_strong(password, personal=("13800000000", "li-xiao1"))


@pytest.mark.parametrize("password", ["abcdefg1", "ABCDEFG1", "abcdefgH", "abcdefg!", "1234567!", "好abcdefg", "a1" * 64])
def test_two_kinds_of_characters_and_8_to_128_of_them_are_enough(password: str) -> None:
    passwords.require_strong(password, personal=("abcdefg2",))


def test_a_one_time_password_is_three_groups_of_four_without_lookalikes() -> None:
    made = [passwords.new_one_time_password() for _ in range(200)]
    assert {tuple(map(len, one.split("-"))) for one in made} == {(4, 4, 4)}
    letters = set("".join(made)) - {"-"}
    assert letters == set("23456789abcdefghijkmnpqrstuvwxyz")
    assert len({one.split("-")[n] for one in made for n in range(3)}) > 500, "no group repeats another"
    assert passwords.normalised_forms(" K7wm-3xqz-9hfa\t") == ("K7wm3xqz9hfa", "k7wm3xqz9hfa")


# --- organisations


def an_organisation(**changed: Any) -> Organisation:
    values: dict[str, Any] = {
        "path": "jx", "title": "江西省", "stage": "senior_secondary", "scheme_id": "jiangxi", "scheme_version": "2026.1",
        "time_zone": "Asia/Urumqi", "area": "360102",
    }  # fmt: skip
    return Organisation(**(values | changed))


def test_a_new_organisation_inherits_what_it_is_not_given_and_keeps_what_it_is() -> None:
    inherited = organisations.new_organisation(an_organisation(own_scheme=True), NewOrganisationInput("nc", "南昌市"))
    assert inherited == an_organisation(path="jx.nc", title="南昌市", own_scheme=False)
    own = NewOrganisationInput("nc", "南昌市", "primary", "changsha", "2026.2", "Asia/Shanghai", "360100")
    assert organisations.new_organisation(an_organisation(), own) == Organisation(
        "jx.nc", "南昌市", "primary", "changsha", "2026.2", "Asia/Shanghai", "360100", own_scheme=True
    )
    assert organisations.new_organisation(an_organisation(), replace(own, scheme_version=None)).scheme_version is None
    assert (
        organisations.new_organisation(an_organisation(), NewOrganisationInput("x", "x", scheme_version="9")).scheme_version
        == "2026.1"
    )
    digits = an_organisation(path="36.01", area=None)
    assert organisations.new_organisation(digits, NewOrganisationInput("02", "区")).area == "360102"
    assert Organisation("", "全国", None, None, None, "Asia/Shanghai", None) == organisations.COUNTRY
    assert organisations.new_organisation(organisations.COUNTRY, NewOrganisationInput("jx", "江西省")).path == "jx"


def test_an_organisation_is_told_as_it_is() -> None:
    values = OrganisationCreatedV1(
        path="jx", level="province", title="江西省", stage="senior_secondary", scheme_id="jiangxi", scheme_version="2026.1",
        time_zone="Asia/Urumqi", version=4,
    )  # fmt: skip
    assert an_organisation(version=4).event() == values
    grade = organisations.grade_of(an_organisation(path=SCHOOL), 2025)
    school_class = organisations.class_of(grade, "c03", "3班")
    assert [(one.path, one.title) for one in (grade, school_class)] == [
        (f"{SCHOOL}.g2025", "2025级"),
        (f"{SCHOOL}.g2025.c03", "3班"),
    ]


@pytest.mark.parametrize("code", ["", "a b", "a.b", "x" * 33, "é"])
def test_a_code_is_letters_digits_and_underscores(code: str) -> None:
    with refused("invalid_input", field="code"):
        organisations.new_organisation(an_organisation(), NewOrganisationInput(code, "x"))
    for good in ("x" * 32, "A_z9"):
        assert organisations.new_organisation(an_organisation(), NewOrganisationInput(good, "x")).path == f"jx.{good}"


def test_no_organisation_is_below_a_class_or_in_an_unknown_zone() -> None:
    with refused("level_exhausted", field="parent"):
        organisations.new_organisation(an_organisation(path=CLASS), NewOrganisationInput("x", "x"))
    for zone in ("Mars/Base", "../x", ""):
        with refused("time_zone_unknown", field="time_zone"):
            organisations.new_organisation(an_organisation(), NewOrganisationInput("x", "x", time_zone=zone))


# --- students


def a_student(**changed: Any) -> Student:
    values: dict[str, Any] = {
        "id": PUPIL, "person_id": UUID(int=2), "account_id": UUID(int=3), "name": "李晓雨", "sex": "female",
        "born": date(2010, 1, 1), "registry_number": "G360102********1234", "registry_sealed": "sealed",
        "registry_index": b"r", "student_number": "17", "eid": "3601020000017", "path": CLASS, "status": "enrolled",
        "school_title": "一中", "grade_title": "2025级", "class_title": "1班", "id_number": None, "id_number_index": b"i",
        "version": 4,
    }  # fmt: skip
    return Student(**(values | changed))


def an_enrolment(**changed: Any) -> Enrolment:
    values: dict[str, Any] = {
        "student_id": PUPIL, "person_id": UUID(int=2), "name": "李晓雨", "sex": "female",
        "registry_number": "G360102********1234", "registry_sealed": "sealed", "path": CLASS, "school_title": "一中",
        "grade_title": "2025级", "class_title": "1班", "status": "enrolled", "version": 5,
    }  # fmt: skip
    return Enrolment(**(values | changed))


@pytest.mark.feature("BJ-04")
def test_a_move_tells_the_enrolment_as_it_is_now() -> None:
    to = f"{OTHER}.g2025.c02"
    after, event = students.move(a_student(), to, Titles("二中", "高二", "2班"), NOW)
    there = {"path": to, "school_title": "二中", "grade_title": "高二", "class_title": "2班"}
    assert after == a_student(**there, version=5)
    assert (after.school, a_student().school) == (OTHER, SCHOOL)
    assert event == StudentMovedV1(student_id=PUPIL, from_path=CLASS, at=NOW, enrolment=an_enrolment(**there))
    with refused("already_applied", rule="BJ-04", field="path"):
        students.move(a_student(), CLASS, Titles("", "", ""), NOW)


@pytest.mark.feature("BJ-04")
def test_a_change_of_status_tells_what_it_was() -> None:
    after, event = students.change_status(a_student(), "suspended", NOW)
    assert after == a_student(status="suspended", version=5)
    assert event == StudentStatusChangedV1(
        student_id=PUPIL, from_status="enrolled", at=NOW, enrolment=an_enrolment(status="suspended")
    )
    with refused("wrong_state", rule="BJ-04", field="status", state="left"):
        students.change_status(a_student(status="left"), "enrolled", NOW)


def test_a_status_moves_by_this_table() -> None:
    assert sorted(f"{a} > {b}" for a, b in students.STATUS_MOVES) == [
        "borrowed > enrolled", "borrowed > left", "borrowed > suspended", "enrolled > borrowed", "enrolled > left",
        "enrolled > suspended", "suspended > borrowed", "suspended > enrolled", "suspended > left",
    ]  # fmt: skip


# --- rate limits


def ago(count: int, **since: float) -> Failures:
    return Failures(count, NOW - timedelta(**since))


@pytest.mark.feature("JX-01")
@pytest.mark.parametrize(
    ("failures", "seconds"),
    [
        (None, 0), (ago(4), 0), (ago(5), 1), (ago(5, seconds=0.25), 0.75), (ago(6), 2), (ago(10), 32), (ago(11), 60),
        (ago(11, seconds=20), 40), (ago(11, seconds=61), 0), (ago(900, minutes=60), 0), (ago(900, seconds=59), 1),
    ],
)  # fmt: skip
def test_a_wait_doubles_from_one_second_up_to_a_minute(failures: Failures | None, seconds: float) -> None:
    assert throttle.seconds_to_wait(failures, NOW) == seconds


@pytest.mark.feature("JX-01")
@pytest.mark.parametrize(
    ("failures", "seconds"),
    [(None, 0), (ago(19), 0), (ago(20), 0.1), (ago(24), 0.5), (ago(39), 2), (ago(99), 2), (ago(99, hours=1), 0)],
)
def test_answers_are_delayed_a_tenth_of_a_second_more_each_time_up_to_two(failures: Failures | None, seconds: float) -> None:
    assert throttle.response_delay(failures, NOW) == pytest.approx(seconds)
    expected = NOW + timedelta(seconds=throttle.response_delay(failures, NOW))
    assert throttle.evaluated_at(FailureCounts(None, failures), NOW) == expected


@pytest.mark.feature("JX-01")
@pytest.mark.parametrize(
    ("own", "seconds"),
    [
        (None, 0), (ago(4), 0), (ago(5), 0.25), (ago(5, seconds=30), 0.25), (ago(8), 2), (ago(9), 4),
        (ago(10), 4), (ago(4000), 4), (ago(9, seconds=-8), 12), (ago(9, seconds=-8.1), None), (ago(9, hours=1), 0),
    ],
)  # fmt: skip
def test_attempts_at_one_account_queue_behind_each_other(own: Failures | None, seconds: float | None) -> None:
    expected = None if seconds is None else NOW + timedelta(seconds=seconds)
    assert throttle.evaluated_at(FailureCounts(own), NOW) == expected


@pytest.mark.feature("JX-01")
def test_failures_of_more_than_an_hour_ago_are_forgotten() -> None:
    assert throttle.with_one_more(ago(9, minutes=59), NOW) == Failures(10, NOW)
    assert throttle.with_one_more(ago(9, minutes=60), NOW) == Failures(1, NOW)
    for counts in (FailureCounts(ago(5)), FailureCounts(None, ago(15)), FailureCounts(None, None, ago(7))):
        assert throttle.needs_captcha(counts, NOW, 7)
        assert not throttle.needs_captcha(counts, NOW + timedelta(hours=1), 7)
    assert not throttle.needs_captcha(FailureCounts(ago(4), ago(14), ago(6)), NOW, 7)
    assert throttle.source_of("2001:db8::1") == "2001:db8::/64"
