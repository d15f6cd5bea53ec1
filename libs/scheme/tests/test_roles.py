"""Roles of schemes: what their holders may do, who appoints them, and names that no card could tell apart (SH-12, CS-10)."""

from pathlib import Path
from typing import Any, get_args

import pytest
from scheme import CAPABILITIES, Capability, Schemes, roles
from scheme.consistency import contradictions
from scheme.parts import Role

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
BAOSHAN, CHANGSHA = SCHEMES.latest("baoshan"), SCHEMES.latest("changsha")
pytestmark = pytest.mark.feature("SH-12")


def a_role(id: str, at: str = "school", **more: Any) -> Role:
    return Role.model_validate({"id": id, "title": id, "at": at, **more})


def test_every_capability_says_what_it_lets_its_holder_do() -> None:
    assert set(get_args(Capability.__value__)) == set(CAPABILITIES)


@pytest.mark.feature("CS-10")
def test_a_school_appoints_its_panel_and_the_panel_decides_and_grants_nothing() -> None:
    rule = roles.rule_of([CHANGSHA], "publicity_panel", "school")
    assert rule is not None
    assert (rule.title, rule.granted_by) == ("公示审核小组", frozenset({"school_administrator"}))
    assert {"decide_cases", "review", "see_board"} <= rule.may
    assert not rule.may & {"grant_staff", "help_accounts", "help_families", "plan_terms", "see_personal_numbers"}
    assert roles.rule_of([CHANGSHA], "publicity_panel", "district") is None
    assert roles.rule_of([BAOSHAN], "publicity_panel", "school") is None, "a role of another deployment"


@pytest.mark.parametrize("level", ["school", "district", "city"])
@pytest.mark.parametrize(("role", "duty"), [("recorder", "enter"), ("auditor", "decide_cases")])
def test_recorders_and_auditors_are_appointed_at_their_own_level(role: str, duty: Capability, level: str) -> None:
    rule = roles.rule_of([BAOSHAN], role, level)
    assert rule is not None
    assert rule.granted_by == {f"{level}_administrator"}
    assert duty in rule.may
    assert roles.rule_of([BAOSHAN], role, "class") is None


def test_baoshan_has_the_roles_of_its_source_at_school_district_and_city() -> None:
    held = {(role.title, role.at) for role in BAOSHAN.roles} - {("学生", "class"), ("家长", "class")}
    levels = {"校级": "school", "区级": "district", "市级": "city"}
    named = {(f"{title}{duty}", level) for title, level in levels.items() for duty in ("管理员", "录入员", "审核员")}
    assert held == named | {("班主任", "class"), ("校长", "school")}
    assert BAOSHAN.contacts is not None
    assert [line.title for line in BAOSHAN.contacts.lines] == ["校分管领导", "校管理员", "校审核员", "校录入员"]


def test_a_scheme_that_names_a_role_says_alone_what_it_may() -> None:
    assert "see_students" in roles.platform_capabilities("recorder", "school")
    less = BAOSHAN.model_copy(update={"roles": (a_role("school_recorder", may=["enter"]),)})
    rule = roles.rule_of([less], "recorder", "school")
    assert rule is not None
    assert rule.may == {"enter"}
    silent = BAOSHAN.model_copy(update={"roles": (a_role("school_recorder"), a_role("choir_leader"))})
    assert roles.rule_of([silent], "recorder", "school") == roles.RoleRule(
        "school_recorder", frozenset({"school_administrator"}), roles.platform_capabilities("recorder", "school")
    )
    unknown = roles.rule_of([silent], "choir_leader", "school")
    assert unknown is not None
    assert unknown.may == frozenset()


def test_administrators_are_appointed_from_above_also_where_the_scheme_names_them() -> None:
    rule = roles.rule_of([BAOSHAN], "administrator", "school")
    assert rule is not None
    assert rule.granted_by == {f"{level}_administrator" for level in ("province", "city", "district", "school")}
    province = roles.rule_of([BAOSHAN], "administrator", "province")
    assert province is not None
    assert "operator" in province.granted_by


def test_nobody_grants_what_follows_from_enrolment() -> None:
    for scheme in SCHEMES:
        for role in roles.FAMILY:
            assert roles.rule_of([scheme], role, "class") is None
        assert not set(roles.FAMILY) & set(roles.staff_roles([scheme], "class"))


def test_above_schools_the_roles_of_all_schemes_below_are_there() -> None:
    assert roles.staff_roles([CHANGSHA, BAOSHAN], "city") == ["administrator", "recorder", "auditor"]
    assert roles.staff_roles([CHANGSHA], "school") == ["administrator", "publicity_panel"]
    rule = roles.rule_of([CHANGSHA, BAOSHAN], "auditor", "city")
    assert rule is not None
    assert rule.title == "市级审核员"


@pytest.mark.parametrize(
    ("found", "says"),
    [
        ([a_role("district_recorder", "school")], "its name says district"),
        ([a_role("administrator")], "belongs to the platform"),
        ([a_role("operator")], "belongs to the platform"),
        ([a_role("recorder"), a_role("school_recorder")], "cannot be both"),
        ([a_role("student", "class", may=["see_students"])], "the platform says what it may do"),
        ([a_role("panel", granted_by=["dean"])], "is no role of staff"),
        ([a_role("panel", granted_by=["student"]), a_role("student", "class")], "is no role of staff"),
        ([a_role("panel", granted_by=["dean"]), a_role("dean", may=["review"])], "may not `grant_staff`"),
    ],
)
def test_a_role_that_would_give_the_wrong_rights_is_refused(found: list[Role], says: str) -> None:
    assert [error for error in roles.contradictions(found) if says in error.english]


def test_a_role_with_a_duty_lacks_no_capability_for_it() -> None:
    for scheme, role, capability in (
        (CHANGSHA, "publicity_panel", "decide_cases"),
        (BAOSHAN, "class_teacher", "review"),
        (CHANGSHA, "class_teacher", "see_board"),
        (BAOSHAN, "city_recorder", "enter"),
        (BAOSHAN, "city_auditor", "decide_cases"),
        (SCHEMES.latest("beijing"), "class_teacher", "evaluate"),
        (CHANGSHA, "school_administrator", "correct_students"),
    ):
        weaker = [
            one.model_copy(update={"may": tuple(c for c in one.may or () if c != capability)}) if one.id == role else one
            for one in scheme.roles
        ]
        assert [
            line
            for line in map(str, contradictions(scheme.model_copy(update={"roles": tuple(weaker)})))
            if repr(role) in line and repr(capability) in line
        ], (role, capability)
