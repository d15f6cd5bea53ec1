"""Initial passwords that everybody can work out: what they open, and what else the first sign-in asks (CS-03, CS-13)."""

from typing import Any

import pytest
from identity.domain.initial_passwords import Link, StudentAnswer, accounts_rule, knows_student
from pydantic import ValidationError
from scheme import Scheme
from scheme.accounts import Accounts, InitialPassword
from servicekit.testing import Answer, Kit

from .builders import Pupil, a_class_teacher, a_roster, an_administrator, an_id_number, an_identity, slips_of, with_token
from .test_roles_of_schemes import CHANGSHA, two_schools

INITIAL = InitialPassword(prefix="Pw", last=6, suffix="@", roles=("student", "guardian"))
RULE = Accounts(initial_password=INITIAL, first_sign_in=("name", "sex"))
PHONE = "13800000321"
PUPIL = Pupil(1, "李小溪", PHONE, "李雷")
RIGHT = {"name": "李小溪", "sex": "female"}


def a_link(role: str = "guardian", name: str = "李小溪", sex: str | None = "female") -> Link:
    return Link(role, name, sex, "any", "2026.1")


def a_scheme(rule: Accounts) -> Scheme:
    return Scheme.model_construct(accounts=rule)


@pytest.mark.feature("CS-13")
def test_the_initial_password_is_prefix_the_last_characters_of_the_user_name_and_suffix() -> None:
    assert INITIAL.of(PHONE) == "Pw000321@"
    assert INITIAL.of("12345") is None
    linked = [(a_link(), a_scheme(RULE))]
    found = accounts_rule(linked, PHONE, "Pw000321@")
    assert found is not None
    assert found.rule == RULE
    assert accounts_rule(linked, PHONE, "pw000321@") is None


@pytest.mark.feature("CS-13", "L-01")
def test_a_school_that_hands_out_slips_is_not_overruled_by_another() -> None:
    both = [(a_link(), a_scheme(RULE)), (a_link(name="李小海"), a_scheme(Accounts()))]
    assert accounts_rule(both, PHONE, "Pw000321@") is None
    assert accounts_rule([], PHONE, "Pw000321@") is None
    assert accounts_rule([(a_link(), None)], PHONE, "Pw000321@") is None


@pytest.mark.feature("CS-03")
def test_name_and_sex_must_be_those_of_one_student() -> None:
    children = [a_link(), a_link(name="李大山", sex="male"), a_link(name="李无", sex=None)]
    assert knows_student(StudentAnswer("李 小溪", "female"), children, RULE)
    assert knows_student(StudentAnswer("李大山", "male"), children, RULE)
    assert not knows_student(StudentAnswer("李大山", "female"), children, RULE)
    assert not knows_student(StudentAnswer("李无", None), children, RULE)
    assert not knows_student(StudentAnswer("王五", "male"), children, RULE)


@pytest.mark.feature("CS-13")
def test_a_scheme_cannot_let_an_initial_password_in_without_the_students_name() -> None:
    with pytest.raises(ValidationError, match="name"):
        Accounts(initial_password=INITIAL, first_sign_in=("sex",))


async def enter(kit: Kit, username: str = PHONE, student: dict[str, str] | None = None) -> Answer:
    return await kit.anonymous.post(
        "/sessions", {"username": username, "password": f"Pw{username[-6:]}@", **({"student": student} if student else {})}
    )


async def a_school(kit: Kit, *pupils: Pupil) -> None:
    await two_schools(kit)
    await kit.receive(a_roster(*(pupils or (PUPIL,)), school=CHANGSHA))


@pytest.mark.feature("CS-03", "CS-13")
async def test_an_initial_password_needs_the_student_and_is_good_for_one_sign_in(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        asked = await enter(kit)
        assert (asked.status, asked.code, asked.json["fields"]) == (403, "student_check_required", ["name", "sex"])
        assert asked.json["rule"] == "CS-03"
        wrong = await enter(kit, student={"name": "李小溪", "sex": "male"})
        assert (wrong.code, wrong.json["attempts_left"]) == ("student_check_wrong", 4)

        first = await enter(kit, student=RIGHT)
        assert first.status == 201, first.body
        assert first.json["must_change_password"]
        assert first.json["refresh_token"] is None
        assert (await with_token(kit, first).get("/students")).code == "forbidden"
        again = await enter(kit, student=RIGHT)
        assert again.code == "initial_password_ended"
        assert again.json["help"]

        session = await with_token(kit, first).put("/password", {"new": "Sunny-Day-7"})
        assert session.status == 200, session.body
        assert session.json["cards"] == []
        assert (await with_token(kit, session).get("/students")).code == "forbidden"
        assert (await enter(kit, student=RIGHT)).code == "bad_credentials"
        # The check opened the account. A child still needs the proof of every deployment (L-01).
        child = {"child_name": "李小溪", "child_id_number": an_id_number(1), "guardian_name": "李雷", "guardian_phone": PHONE}
        taken = await with_token(kit, session).post("/cards/child", child | {"guardian_id_number": an_id_number(900)})
        assert taken.status == 201, taken.body
        async with kit.deps.db.reading() as tx:
            assert not await tx.fetchval("SELECT EXISTS (SELECT FROM audit WHERE detail::text LIKE '%Pw000321@%')")


@pytest.mark.feature("CS-03")
async def test_after_five_wrong_answers_the_initial_password_ends_and_a_slip_signs_in(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        left = []
        for sex in ("male",) * 4:
            left.append((await enter(kit, student={"name": "李小溪", "sex": sex})).json["attempts_left"])
        assert left == [4, 3, 2, 1]
        assert (await enter(kit, student={"name": "李小溪", "sex": "male"})).code == "initial_password_ended"
        async with kit.deps.db.transaction() as tx:
            await tx.execute("DELETE FROM failures")
        assert (await enter(kit, student=RIGHT)).code == "initial_password_ended"
        slip = (await slips_of(kit, "guardians", CHANGSHA, an_administrator(CHANGSHA)))[PHONE]
        assert (await kit.anonymous.post("/sessions", {"username": PHONE, "password": slip})).status == 201


@pytest.mark.feature("CS-13", "L-11")
async def test_a_slip_ends_the_initial_password_and_a_teachers_account_never_has_one(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        teacher = "13900000001"
        await kit.receive(a_roster(Pupil(2), teachers=(a_class_teacher(teacher),), school=CHANGSHA))
        assert (await enter(kit, teacher)).code == "bad_credentials"
        await slips_of(kit, "guardians", CHANGSHA, an_administrator(CHANGSHA))
        assert (await enter(kit, student=RIGHT)).code == "initial_password_ended"


@pytest.mark.feature("CS-13")
async def test_a_student_begins_with_the_initial_password_and_a_parent_gives_a_new_one(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        async with kit.deps.db.reading() as tx:
            eid, student = await tx.fetchrow("SELECT eid, id FROM students")  # type: ignore[misc]
        first = await enter(kit, eid, RIGHT)
        assert first.status == 201, first.body
        own = await with_token(kit, first).put("/password", {"new": "Cloudy-Day-8"})
        parent = await with_token(kit, await enter(kit, student=RIGHT)).put("/password", {"new": "Sunny-Day-7"})
        child = {"child_name": "李小溪", "child_id_number": an_id_number(1), "guardian_name": "李雷", "guardian_phone": PHONE}
        reset = f"/students/{student}/password-reset"
        assert (await with_token(kit, parent).post(reset, {"reason": "忘记密码"})).code == "forbidden"
        await with_token(kit, parent).post("/cards/child", child | {"guardian_id_number": an_id_number(900)})
        parent = await kit.anonymous.post("/sessions", {"username": PHONE, "password": "Sunny-Day-7"})
        done = await with_token(kit, parent).post(reset, {"reason": "忘记密码"})
        assert done.status == 201, done.body
        # A password that everybody can work out does not come back with the reset.
        assert (await enter(kit, eid, RIGHT)).code == "initial_password_ended"
        given = {"username": eid, "password": done.json["one_time_password"]}
        assert (await kit.anonymous.post("/sessions", given)).json["must_change_password"]
        assert own.status == 200
