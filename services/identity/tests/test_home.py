"""Home screens of people, and the lists of classes, organisations and roles."""

from datetime import timedelta
from typing import Any

import pytest
from identity.actions.counts import count_schools
from scheme import Schemes
from scheme.help import help_problems
from servicekit.counters import fold, wrong
from servicekit.ids import utc_now
from servicekit.testing import SCHEMES, Kit, an_actor

from .builders import (
    CLASS,
    OPERATOR_PASSWORD,
    SCHOOL,
    Pupil,
    a_class_teacher,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    solve_captcha,
    with_token,
)

GRADE = f"{SCHOOL}.g2025"
ADMIN = ("administrator", SCHOOL)


async def a_school(kit: Kit) -> None:
    """Three pupils in two classes; the second has no guardian; one class teacher."""
    await a_tree(kit)
    await kit.receive(a_roster(Pupil(1), Pupil(2, guardians=()), Pupil(3, class_number=2), teachers=(a_class_teacher(),)))


def todos(answer: Any) -> dict[str, int]:
    """What is to do, by id."""
    return {one["id"]: one["count"] for one in answer.json["todo"]}


def counters(answer: Any) -> dict[tuple[str, str], tuple[int, int]]:
    """The counters: (done, of) by id and organisation."""
    return {(one["id"], one["path"]): (one["done"], one["of"]) for one in answer.json["counters"]}


@pytest.mark.feature("L-07", "NR-01")
async def test_a_class_teacher_and_the_school_see_which_accounts_nobody_uses_yet(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        teacher, admin = kit.as_(an_actor("class_teacher", CLASS)), kit.as_(an_administrator())
        home = await teacher.get("/home")
        assert todos(home) == {"students_never_signed_in": 2, "students_without_guardian": 1}
        assert counters(home) == {
            ("students_in_use", CLASS): (0, 2), ("students_with_guardian", CLASS): (1, 2), ("guardians_in_use", CLASS): (0, 2),
        }  # fmt: skip
        slips = await slips_of(kit, "students")
        await signed_in_with_password(kit, *next(iter(slips.items())))
        assert todos(await teacher.get("/home"))["students_never_signed_in"] == 1
        home = await admin.get("/home")
        assert counters(home)["class_students_in_use", CLASS] == (1, 2)
        assert counters(home)["students_in_use", SCHOOL] == (1, 3)
        assert todos(home)["staff_cards_waiting"] == 1
        assert todos(home)["classes_without_teacher"] == 2, "the teacher's card is offered only"
        [missing] = [one for one in home.json["todo"] if one["id"] == "classes_without_teacher"]
        assert missing["detail"] == "2025级 1班、2025级 2班"


@pytest.mark.feature("JX-16", "L-01")
async def test_a_guardian_sees_all_children_with_class_and_school_and_what_waits_for_the_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        phone = "13900000077"
        await kit.receive(a_roster(*(Pupil(n, guardian_phone=phone, guardian_name="李妈妈") for n in (1, 2))))
        session = await signed_in_with_password(kit, phone, (await slips_of(kit, "guardians"))[phone])
        guardian = with_token(kit, session)
        for n in (1, 2):
            child = {
                "child_name": f"学生{n}", "child_id_number": an_id_number(n), "guardian_name": "李妈妈",
                "guardian_id_number": an_id_number(50), "guardian_phone": phone,
            }  # fmt: skip
            assert (await guardian.post("/cards/child", child)).status == 201
        cards = (await guardian.get("/me")).json["cards"]
        assert {(c["role_title"], c["organisation"]) for c in cards} == {("家长", "江西实验中学 2025级 1班")}
        acting = with_token(kit, await guardian.post("/sessions/card", {"card_id": cards[0]["id"]}))
        home = (await acting.get("/home")).json
        assert [(c["name"], c["school_title"], c["class_title"]) for c in home["children"]] == [
            ("学生1", "江西实验中学", "1班"), ("学生2", "江西实验中学", "1班"),
        ]  # fmt: skip
        assert [c["card_id"] for c in home["children"]] == [c["id"] for c in cards]
        reset = f"/accounts/{session.json['account']['id']}/password-reset"
        assert (await kit.as_(an_administrator()).post(reset, {"reason": "忘记密码"})).status == 201
        again = await signed_in_with_password(kit, phone, (await slips_of(kit, "guardians"))[phone], "Rainy-Day-8")
        acting = with_token(kit, await with_token(kit, again).post("/sessions/card", {"card_id": cards[0]["id"]}))
        [notice] = [one for one in (await acting.get("/home")).json["todo"] if one["id"] == "security_notices"]
        assert (notice["count"], notice["detail"]) == (2, "江西实验中学为您的账号打印了账号条"), "the newest of two"


@pytest.mark.feature("JX-16")
async def test_a_forgotten_password_waits_on_the_home_screens_of_those_who_may_give_a_code(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        [username] = list(await slips_of(kit, "students", f"{GRADE}.c02"))
        asked = {"username": username, "name": "学生3", "id_number": an_id_number(3), "captcha": await solve_captcha(kit)}
        assert (await kit.anonymous.post("/password-resets", asked)).status == 202
        teacher, other = kit.as_(an_actor("class_teacher", f"{GRADE}.c02")), kit.as_(an_actor("class_teacher", CLASS))
        waiting = [one for one in (await teacher.get("/home")).json["todo"] if one["id"] == "password_resets"]
        assert [one["count"] for one in waiting] == [1]
        assert waiting[0]["until"] > utc_now().isoformat()
        assert "password_resets" not in todos(await other.get("/home"))
        assert todos(await kit.as_(an_administrator()).get("/home"))["password_resets"] == 1


@pytest.mark.feature("L-01")
async def test_an_offered_card_waits_on_the_home_screen_of_its_holder(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        operator = await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        assert (await with_token(kit, operator).get("/home")).json["todo"] == []
        phone, admin = "13900000001", kit.as_(an_administrator())
        await signed_in_with_password(kit, phone, (await slips_of(kit, "staff", SCHOOL))[phone])
        other = {"name": "李老师", "phone": phone, "role": "recorder", "path": "jx.nc"}
        assert (await kit.as_(an_administrator("jx.nc")).post("/staff", other)).status == 201
        session = await sign_in(kit, phone, "Sunny-Day-7")
        home = await with_token(kit, session).get("/home")
        assert todos(home)["cards_to_take"] == 1
        assert "staff_cards_waiting" not in todos(await admin.get("/home"))


@pytest.mark.feature("L-07")
async def test_classes_are_listed_in_the_schools_order_with_teachers_and_numbers(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        pupils = [Pupil(n, class_number=n, class_title=title) for n, title in ((1, "高一（10）班"), (2, "高一（9）班"))]
        teacher = a_class_teacher() | {"class_title": "高一（9）班"}
        await kit.receive(a_roster(*pupils, teachers=(teacher,)))
        phone, admin = "13900000001", kit.as_(an_administrator())
        await signed_in_with_password(kit, phone, (await slips_of(kit, "staff", SCHOOL))[phone])
        items = (await admin.get("/classes")).json["items"]
        assert [(c["title"], c["grade_title"], c["class_teachers"]) for c in items] == [
            ("高一（10）班", "2025级", []), ("高一（9）班", "2025级", ["李老师"]),
        ]  # fmt: skip
        assert items[0]["counts"] == {"students": 1, "students_in_use": 0, "with_guardian": 1, "guardians_in_use": 0}
        own = kit.as_(an_actor("class_teacher", items[1]["path"]))
        assert [c["path"] for c in (await own.get("/classes")).json["items"]] == [items[1]["path"]]
        assert (await own.get("/classes", path=SCHOOL)).code == "not_found"
        assert (await kit.as_(an_administrator("jx.nc")).get("/classes")).code == "school_needed"


@pytest.mark.feature("L-11")
async def test_a_class_teacher_sees_who_uses_the_account_and_who_has_a_guardian(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        admin = kit.as_(an_administrator())
        path = (await admin.get("/classes")).json["items"][0]["path"]
        slips = await slips_of(kit, "students", path)
        eid, password = next(iter(slips.items()))
        await signed_in_with_password(kit, eid, password)
        own = kit.as_(an_actor("class_teacher", path))
        items = (await own.get("/classes/accounts")).json["items"]
        assert sorted(one["in_use"] for one in items) == [False, True]
        assert {(one["guardians"], one["guardians_in_use"]) for one in items} == {(1, 0)}
        assert (await own.get("/classes/accounts", path=SCHOOL)).code == "not_found"
        assert (await admin.get("/classes/accounts", path=SCHOOL)).code == "one_class_needed"


@pytest.mark.feature("NR-01")
async def test_a_region_drills_down_from_districts_to_classes_with_numbers_that_say_how_old_they_are(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        admin = kit.as_(an_administrator("jx.nc"))
        [district] = (await admin.get("/organisations/below")).json["items"]
        assert (district["title"], district["schools"], district["counts"]["students"]) == ("东湖区", 1, 0)
        assert district["counted_at"] is None
        await count_schools(kit.deps)
        [district] = (await admin.get("/organisations/below")).json["items"]
        assert (district["classes"], district["counts"]["students"], district["counts"]["with_guardian"]) == (2, 3, 2)
        assert district["counted_at"] is not None
        [school] = (await admin.get("/organisations/below", path="jx.nc.dh")).json["items"]
        assert (school["path"], school["schools"], school["counts"]["students"]) == (SCHOOL, 1, 3)
        [grade] = (await admin.get("/organisations/below", path=SCHOOL)).json["items"]
        assert (grade["title"], grade["classes"], grade["counts"]["students"]) == ("2025级", 2, 3)
        classes = (await admin.get("/organisations/below", path=GRADE)).json["items"]
        assert [(c["title"], c["counts"]["students"]) for c in classes] == [("1班", 2), ("2班", 1)]
        assert (await admin.get("/organisations/below", path=CLASS)).json["items"] == []
        assert (await admin.get("/organisations/below", path="gd")).code == "not_found"
        async with kit.deps.db.transaction() as tx:
            await fold(kit.deps, tx, "", {})
            assert await wrong(tx, "accounts") == []
        [district] = (await admin.get("/organisations/below")).json["items"]
        assert (district["schools"], district["classes"], district["counts"]["students"]) == (1, 2, 3)
        home = await admin.get("/home")
        assert counters(home)["organisations_with_administrator", "jx.nc"] == (0, 1)
        assert counters(home)["students_in_use", "jx.nc"] == (0, 3)


async def test_schools_are_counted_again_when_their_numbers_are_old(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        await count_schools(kit.deps)
        await kit.receive(a_roster(Pupil(4)))
        await count_schools(kit.deps)
        admin = kit.as_(an_administrator("jx.nc"))
        assert (await admin.get("/organisations/below")).json["items"][0]["counts"]["students"] == 3
        kit.at(utc_now() + timedelta(minutes=16))
        await count_schools(kit.deps)
        assert (await admin.get("/organisations/below")).json["items"][0]["counts"]["students"] == 4


@pytest.mark.feature("NR-05", "SH-12")
async def test_the_roles_that_somebody_may_grant_are_named_as_the_scheme_does(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)

        async def offered(by: str, path: str) -> list[tuple[str, str]]:
            answer = await kit.as_(an_administrator(by)).get("/staff/roles", path=path)
            return [(one["role"], one["title"]) for one in answer.json["items"]]

        assert await offered(SCHOOL, SCHOOL) == [
            ("administrator", "校管理员"), ("principal", "校长"), ("subject_teacher", "任课教师"),
        ]  # fmt: skip
        assert await offered(SCHOOL, CLASS) == [("class_teacher", "班主任"), ("subject_teacher", "任课教师")]
        assert await offered("jx.nc.dh", SCHOOL) == [("administrator", "校管理员")]
        assert await offered("jx.nc.dh", "jx.nc.dh") == [("administrator", "县（区）管理员")]
        assert (await kit.as_(an_administrator()).get("/staff/roles", path="jx.nc")).code == "not_found"
        staff = (await kit.as_(an_administrator()).get("/staff")).json["items"]
        assert [(s["role_title"], s["organisation"]) for s in staff] == [("班主任", "江西实验中学 2025级 1班")]


@pytest.mark.feature("NR-06", "X-13")
async def test_each_role_reads_the_answers_that_its_province_gives_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)

        async def asked(role: Any, path: str) -> list[str]:
            return [one["id"] for one in (await kit.as_(an_actor(role, path)).get("/help")).json["items"]]

        student, teacher, admin = await asked("student", CLASS), await asked("class_teacher", CLASS), await asked(*ADMIN)
        assert "take_own_card" in student
        assert not {"review", "recheck"} & set(student)
        assert {"review", "slips", "complain"} <= set(teacher)
        assert {"recheck", "backfill", "slips"} <= set(admin)
        assert "progress" in await asked("administrator", "jx.nc")
        assert "progress" not in admin
        assert await asked("operator", "") == []
        contacts = {
            role: (await kit.as_(an_actor(role, CLASS)).get("/help")).json["contacts"] for role in ("student", "class_teacher")
        }
        assert contacts == {
            "student": ["先问班主任；公示和档案的问题可以再问学校管理员。"],
            "class_teacher": ["请联系学校管理员。"],
        }


@pytest.mark.feature("NR-06")
def test_help_is_written_for_every_role_of_each_deployment() -> None:
    schemes = Schemes(SCHEMES)
    assert {"jiangxi", "changsha", "baoshan", "beijing"} <= schemes.help.keys()
    for id, texts in schemes.help.items():
        assert [str(one) for one in help_problems(texts, schemes.versions(id))] == []
        assert all(texts.contacts_for([role.id]) for role in schemes.latest(id).roles), id
