"""Staff with roles that a scheme adds: appointed, signed in, and with the capabilities that the scheme gives them (SH-12)."""

from pathlib import Path
from typing import Any

import pytest
from contracts.identity import IdentityBatchAppliedV1
from servicekit.auth import Actor
from servicekit.testing import Answer, Kit, an_actor

from .account_roles import scheme_folder
from .builders import SCHOOL, a_roster, a_tree, an_administrator, an_identity, signed_in_with_password, slips_of, with_token

BAOSHAN, CHANGSHA = "sh.sh.bs.s1", "hn.cs.yl.s1"


async def two_schools(kit: Kit) -> None:
    """A school of Changsha, whose province chose the scheme, and one of Baoshan, where only the district did."""
    operator = kit.as_(an_actor("operator", ""))
    for path, chosen in ((CHANGSHA, {1: "changsha"}), (BAOSHAN, {3: "baoshan"})):
        labels = path.split(".")
        for depth, label in enumerate(labels, 1):
            scheme = {"scheme_id": chosen[depth]} if depth in chosen else {}
            caller = operator if depth == 1 else kit.as_(an_administrator(labels[0]))
            sent = {"parent": ".".join(labels[: depth - 1]), "code": label, "title": label, **scheme}
            assert (await caller.post("/organisations", sent)).status == 201


async def hired(kit: Kit, by: Actor, role: str, path: str, phone: str) -> Answer:
    return await kit.as_(by).post("/staff", {"name": "孙审", "phone": phone, "role": role, "path": path})


@pytest.mark.feature("CS-10", "SH-12")
async def test_every_role_of_the_schemes_is_appointed_signs_in_and_may_do_its_work(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        for n, (role, path, title, duty) in enumerate(
            (
                ("publicity_panel", CHANGSHA, "公示审核小组", "decide_cases"),
                ("principal", BAOSHAN, "校长", "judge"),
                ("school_recorder", BAOSHAN, "校级录入员", "enter"),
                ("auditor", BAOSHAN, "校级审核员", "decide_cases"),
                ("recorder", "sh.sh.bs", "区级录入员", "enter"),
                ("auditor", "sh.sh.bs", "区级审核员", "decide_cases"),
                ("recorder", "sh.sh", "市级录入员", "enter"),
                ("city_auditor", "sh.sh", "市级审核员", "decide_cases"),
            )
        ):
            phone = f"1370000100{n}"
            given = await hired(kit, an_administrator(path), role, path, phone)
            assert given.status == 201, (role, path, given.json)
            assert given.json["role_title"] == title
            signed = await signed_in_with_password(kit, phone, given.json["one_time_password"])
            assert duty in signed.json["card"]["capabilities"], (role, path)
            assert signed.json["card"]["role_title"] == title
            as_staff = with_token(kit, signed)
            assert (await as_staff.get("/home")).status == 200
            assert (await as_staff.get("/students")).status == 200
            assert (
                await as_staff.post("/staff", {"name": "孙", "phone": phone, "role": role, "path": path})
            ).code == "forbidden"
            refreshed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": signed.json["refresh_token"]})
            assert refreshed.json["card"]["capabilities"] == signed.json["card"]["capabilities"]


@pytest.mark.feature("SH-12", "NR-05")
async def test_a_role_is_granted_only_where_the_scheme_has_it_and_by_whom_it_says(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        for by, role, path, code in (
            (CHANGSHA, "publicity_panel", f"{CHANGSHA}.g2025", "role_misplaced"),
            (BAOSHAN, "publicity_panel", BAOSHAN, "role_misplaced"),
            (BAOSHAN, "district_recorder", BAOSHAN, "role_misplaced"),
            (CHANGSHA, "operator", CHANGSHA, "role_misplaced"),
            (CHANGSHA, "student", f"{CHANGSHA}.g2025.c01", "role_misplaced"),
            ("hn", "publicity_panel", CHANGSHA, "role_not_grantable"),
            ("sh", "city_recorder", "sh.sh", "role_not_grantable"),
            (CHANGSHA, "principal", BAOSHAN, "not_found"),
        ):
            assert (await hired(kit, an_administrator(by), role, path, "13700002000")).code == code, (by, role, path)

        async def offered(path: str) -> list[tuple[str, str]]:
            answer = await kit.as_(an_administrator(path)).get("/staff/roles", path=path)
            return [(one["role"], one["title"]) for one in answer.json["items"]]

        assert await offered(CHANGSHA) == [("administrator", "学校管理员"), ("publicity_panel", "公示审核小组")]
        assert await offered("sh.sh") == [
            ("administrator", "市级管理员"), ("recorder", "市级录入员"), ("auditor", "市级审核员"),
        ]  # fmt: skip


@pytest.mark.feature("L-01", "L-11", "SH-12")
async def test_only_who_grants_a_role_helps_its_holder(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        given = await hired(kit, an_administrator(CHANGSHA), "publicity_panel", CHANGSHA, "13700003000")
        account = given.json["account_id"]
        await signed_in_with_password(kit, "13700003000", given.json["one_time_password"])
        body = {"reason": "忘记密码"}
        for other, code in (
            (an_administrator("hn.cs.yl"), "account_not_yours"),
            (an_administrator(BAOSHAN), "not_found"),
            (an_actor("publicity_panel", CHANGSHA), "forbidden"),
            (an_actor("class_teacher", f"{CHANGSHA}.g2025.c01"), "not_found"),
        ):
            refused = await kit.as_(other).post(f"/accounts/{account}/password-reset", body)
            assert refused.code == code, other
        helped = await kit.as_(an_administrator(CHANGSHA)).post(f"/accounts/{account}/password-reset", body)
        assert helped.status == 201, helped.json
        revoked = await kit.as_(an_administrator("hn.cs.yl")).delete(f"/cards/{given.json['card_id']}")
        assert revoked.code == "role_not_grantable"


@pytest.mark.feature("SH-12", "CS-13", "L-10")
async def test_a_roster_brings_the_roles_of_the_schools_scheme_and_no_others(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        teachers = (
            {"name": "孙审", "phone": "13700004000", "role": "publicity_panel"},
            {"name": "孙录", "phone": "13700004001", "role": "school_recorder"},
            {"name": "孙市", "phone": "13700004002", "role": "city_recorder"},
        )
        await kit.receive(a_roster(teachers=teachers, school=CHANGSHA))
        [applied] = await kit.events(IdentityBatchAppliedV1)
        assert [problem.row for problem in applied.problems] == [4, 5], "roles that Changsha does not have"
        staff = (await kit.as_(an_administrator(CHANGSHA)).get("/staff")).json["items"]
        assert [(one["role"], one["role_title"], one["path"], one["state"]) for one in staff] == [
            ("publicity_panel", "公示审核小组", CHANGSHA, "offered")
        ]
        slip = await slips_of(kit, "staff", CHANGSHA, an_administrator(CHANGSHA))
        signed = await signed_in_with_password(kit, "13700004000", slip["13700004000"])
        assert "decide_cases" in signed.json["card"]["capabilities"]


@pytest.mark.feature("L-11", "NR-05", "SH-12")
async def test_an_office_prints_slips_for_the_staff_whom_it_appoints_in_schools_and_for_nobody_else(
    parts: Any, tmp_path: Path
) -> None:
    async with an_identity(parts, schemes=scheme_folder(tmp_path / "schemes")) as kit:
        await a_tree(kit)
        district = SCHOOL.rpartition(".")[0]
        given = [
            (an_administrator(district), "lamp_keepers", SCHOOL, "13700004001"),
            (an_administrator(district), "auditor", district, "13700004002"),
            (an_administrator(district), "administrator", SCHOOL, "13700004003"),
            (an_administrator(), "publicity_panel", SCHOOL, "13700004004"),
        ]
        for by, role, path, phone in given:
            answer = await hired(kit, by, role, path, phone)
            assert answer.status == 201, (role, answer.body)
        own = set(await slips_of(kit, "staff", district, an_administrator(district)))
        school = set(await slips_of(kit, "staff", SCHOOL, an_administrator(SCHOOL)))
        assert own == {"13700004001", "13700004002", "13700004003"}
        assert school == {"13700004003", "13700004004"}
