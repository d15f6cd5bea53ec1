"""Attempts of a school, its staff and strangers to get at another school's child or at a parent's account (L-01, L-02)."""

from typing import Any

import pytest
from contracts.identity import IdentityBatchAppliedV1

from .account_builders import (
    CHILD_X,
    CHILD_Y,
    CLASS_X,
    CLASS_Y,
    DISTRICT,
    PARENT,
    PARENT_NUMBER,
    PASSWORD,
    PHONE,
    SHARED,
    WHY,
    X,
    Y,
    two_schools,
)
from .builders import MISSING, Pupil, a_class_teacher, a_roster, an_id_number, an_identity, an_undo, sign_in, with_token
from .builders import signed_in_with_password as claim


@pytest.mark.feature("L-01", "L-02")
async def test_a_false_change_of_hands_at_one_school_gives_the_new_account_nothing_at_the_other(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        body = {"name": "吴新", "phone": PHONE, "role": "recorder", "path": X, "number_reassigned": True}
        given = (await schools.admin[X].post("/staff", body)).json["one_time_password"]
        for answer in ({}, {"number_reassigned": False}):
            guardian = {"name": PARENT, "relation": "母亲", "phone": PHONE} | answer
            await kit.receive(a_roster(Pupil(CHILD_Y, guardians=(guardian,)), school=Y))
        stranger = await claim(kit, PHONE, given, "Other-Day-5")
        assert (await with_token(kit, stranger).get("/me")).json["offers"] == []
        assert (await schools.take(stranger, CHILD_Y)).code == "guardian_unknown"
        assert await schools.children(await sign_in(kit, PHONE, PASSWORD)) == [f"学生{CHILD_Y}"]


@pytest.mark.feature("L-10")
@pytest.mark.parametrize("name", [MISSING, "别的名字"])
async def test_a_number_alone_tells_a_school_neither_the_name_nor_the_school_of_a_pupil(parts: Any, name: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(Y, CHILD_Y)
        for given in ({"id_number": an_id_number(999)}, {"document_type": "none"}, {"registry": "G360102201001099999"}):
            await kit.receive(a_roster(Pupil(CHILD_Y, **given, changed={"name": name}), school=X))
        assert (await schools.admin[X].get("/claims")).json["items"] == []
        found = [p for e in await kit.events(IdentityBatchAppliedV1) for p in e.problems]
        assert len(found) == 3
        assert f"学生{CHILD_Y}" not in str(found)
        await kit.receive(a_roster(Pupil(CHILD_Y, document_type="none"), school=X))
        assert [c["student_name"] for c in (await schools.admin[X].get("/claims")).json["items"]] == [f"学生{CHILD_Y}"]


@pytest.mark.feature("L-01", "L-03")
async def test_a_school_changes_no_name_or_document_of_a_person_by_sharing_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        await kit.receive(a_roster(Pupil(500, name=PARENT, id_number=PARENT_NUMBER, sex="男"), school=X))
        assert (await kit.events(IdentityBatchAppliedV1))[-1].problems[0].code == "id_number_taken"
        phone, document = "13911110000", {"id_number": PARENT_NUMBER}
        await kit.receive(a_roster(teachers=(a_class_teacher(phone, PARENT) | document,), school=X))
        for changed in ({"name": "假名"}, {"id_number": an_id_number(998)}):
            teacher = a_class_teacher(phone, PARENT) | document | changed | {"number_reassigned": False}
            await kit.receive(a_roster(teachers=(teacher,), school=X))
        me = (await with_token(kit, await sign_in(kit, PHONE, PASSWORD)).get("/me")).json["account"]
        assert (me["name"], me["id_number"][-4:]) == (PARENT, PARENT_NUMBER[-4:])


@pytest.mark.feature("L-02")
async def test_a_row_for_a_teacher_does_not_tell_the_name_of_a_strangers_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        row = a_class_teacher(PHONE, "随便") | {"number_reassigned": False}
        await kit.receive(a_roster(teachers=(row,), school=X))
        assert [p.code for p in (await kit.events(IdentityBatchAppliedV1))[-1].problems] == ["phone_other_name"]
        seen = str((await schools.admin[X].get("/staff")).json)
        slips = await schools.admin[X].post("/slips", {"path": X, "audience": "staff"}, Accept="application/json")
        assert (PARENT in seen + str(slips.json), PHONE in seen) == (False, False)


@pytest.mark.feature("L-01")
async def test_a_holder_whom_one_school_lets_down_is_helped_by_the_level_above(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        await schools.enrol(X, CHILD_X)
        assert (await schools.take(await sign_in(kit, PHONE, PASSWORD), CHILD_X)).status == 201
        account = await schools.account()
        taken = await schools.teacher[X].post(f"/accounts/{account}/password-reset", SHARED)
        await claim(kit, PHONE, taken.json["one_time_password"], "Insider-Day-5")
        assert (await schools.admin[Y].post(f"/accounts/{account}/password-reset", WHY)).code == "account_not_yours"
        given = await schools.district.post(f"/accounts/{account}/password-reset", WHY)
        assert given.status == 201, given.body
        assert (await sign_in(kit, PHONE, "Insider-Day-5")).status == 401
        session = await claim(kit, PHONE, given.json["one_time_password"])
        assert "password_reset" in await schools.notices(session)
        assert (await schools.take(session, CHILD_Y)).status == 201


@pytest.mark.feature("L-01")
async def test_an_offer_is_no_right_over_an_account_that_another_school_offers_to(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(Y, CHILD_Y)
        await schools.enrol(X, CHILD_X)
        account, slip = await schools.account(), await schools.slip(Y)
        for claimed in (False, True):
            if claimed:
                await claim(kit, PHONE, slip)
            for caller in (schools.teacher[X], schools.admin[X]):
                assert (await caller.post(f"/accounts/{account}/password-reset", SHARED)).code == "account_not_yours"
                rename = {"phone": "13811110000", "reason": "换号"}
                assert (await caller.post(f"/accounts/{account}/login-name", rename)).code == "account_not_yours"
            assert (await schools.admin[X].post(f"/accounts/{account}/disable", WHY)).code == "account_not_yours"
            slips = await schools.admin[X].post("/slips", {"path": X, "audience": "guardians"}, Accept="application/json")
            assert (PHONE in {s["username"] for s in slips.json["items"]}) is not claimed, "each prints its own slips"
        given = await schools.district.post(f"/accounts/{account}/password-reset", WHY)
        assert given.status == 201, "who forgets the password before taking a card turns to the level above"


@pytest.mark.feature("L-01")
async def test_a_class_teacher_suspends_no_card_of_a_level_above(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        phone, name = "13700000009", "区管理员"
        await schools.enrol(X, CHILD_X, guardian_phone=phone, guardian_name=name)
        session = await sign_in(kit, phone, PASSWORD)
        assert (await schools.take(session, CHILD_X, guardian_phone=phone, guardian_name=name)).status == 201
        account = await schools.account(phone)
        refused = await schools.teacher[X].post(f"/accounts/{account}/password-reset", SHARED)
        assert (refused.code, refused.json["may_suspend_elsewhere"]) == ("account_shared", False)
        assert (await schools.district.get("/staff")).status == 200
        assert DISTRICT in {card["path"] for card in (await sign_in(kit, phone, PASSWORD)).json["cards"]}


@pytest.mark.feature("L-01")
async def test_the_audit_trail_of_one_school_shows_nothing_of_the_other(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        await schools.enrol(Y, CHILD_Y)
        session = await claim(kit, PHONE, await schools.slip(X))
        assert (await schools.take(session, CHILD_X)).status == 201
        assert (await schools.take(session, CHILD_Y)).status == 201
        cards = {card["path"]: card["id"] for card in (await with_token(kit, session).get("/me")).json["cards"]}
        chosen = await with_token(kit, session).post("/sessions/card", {"card_id": cards[CLASS_Y]})
        assert chosen.status == 201
        shared = await schools.teacher[X].post(f"/accounts/{await schools.account()}/password-reset", SHARED)
        assert shared.status == 201
        rows = str((await schools.admin[X].get("/audit")).json["items"])
        assert (CLASS_X in rows, Y in rows, cards[CLASS_Y] in rows) == (True, False, False)


@pytest.mark.feature("L-02")
async def test_nobody_crowds_a_holder_out_by_reassigning_the_number_again_and_again(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        for n in range(7):
            body = {"name": f"吴新{'甲乙丙丁戊己庚'[n]}", "phone": PHONE, "role": "recorder", "path": X}
            given = await schools.admin[X].post("/staff", body | {"number_reassigned": True})
            await claim(kit, PHONE, given.json["one_time_password"], f"Other-Day-{n}")
        assert await schools.children(await sign_in(kit, PHONE, PASSWORD)) == [f"学生{CHILD_Y}"]


@pytest.mark.feature("L-03")
async def test_a_guardian_does_not_register_the_childs_number_as_their_own(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(Y, CHILD_Y)
        session = await claim(kit, PHONE, await schools.slip(Y))
        mistyped = await schools.take(session, CHILD_Y, guardian_id_number=an_id_number(CHILD_Y))
        assert (mistyped.code, mistyped.json["field"]) == ("person_mismatch", "guardian_id_number")
        assert (await schools.take(session, CHILD_Y)).status == 201


@pytest.mark.feature("L-01", "L-10")
async def test_undoing_a_roster_does_not_rename_a_holder_whom_another_school_knows_by_now(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X, guardian_name="周民")
        corrected = a_roster(Pupil(CHILD_X, guardian_phone=PHONE, guardian_name=PARENT), school=X)
        await kit.receive(corrected)
        await schools.parent()
        await kit.receive(an_undo(corrected))
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT done_at IS NOT NULL FROM roster_undos WHERE batch_id = $1", corrected.batch_id)
        assert (await sign_in(kit, PHONE, PASSWORD)).json["account"]["name"] == PARENT
