"""Nobody takes over an account through another organisation; docs/security.md describes the model (L-01, L-02, L-11)."""

import asyncio
from datetime import timedelta
from typing import Any
from urllib.parse import urlsplit

import pytest
from contracts.identity import AccountChangedV1
from identity.actions.revocation import revoke_guardian_cards
from identity.domain.changed_by import ChangedBy
from servicekit.ids import utc_now

from .account_builders import (
    CHILD_X,
    CHILD_Y,
    CLASS_X,
    DISTRICT,
    PARENT,
    PASSWORD,
    PHONE,
    SHARED,
    WHY,
    X,
    Y,
    two_schools,
)
from .builders import (
    Pupil,
    a_class_teacher,
    a_roster,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    solve_captcha,
    with_token,
)


@pytest.mark.feature("L-01")
async def test_a_school_that_lists_a_parents_number_gains_no_right_over_the_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        await schools.enrol(X, CHILD_X)
        account = await schools.account()
        for caller in (schools.teacher[X], schools.admin[X]):
            for body in (WHY, SHARED):
                assert (await caller.post(f"/accounts/{account}/password-reset", body)).code == "account_not_yours"
        assert (await schools.admin[X].post(f"/accounts/{account}/disable", WHY)).code == "account_not_yours"
        rename = {"phone": "13811110000", "reason": "换号"}
        assert (await schools.admin[X].post(f"/accounts/{account}/login-name", rename)).code == "account_not_yours"
        printed = await schools.admin[X].post("/slips", {"path": X, "audience": "guardians"}, Accept="application/json")
        assert PHONE not in {slip["username"] for slip in printed.json["items"]}
        me = (await with_token(kit, session).get("/me")).json
        assert [(o["role"], o["organisation"], o["card_id"]) for o in me["offers"]] == [("guardian", "江西实验中学", None)]
        assert await schools.children(session) == [f"学生{CHILD_Y}"]
        assert "学生101" not in str(me), "the offer shows no child before the proof"
        assert (await schools.take(session, CHILD_X)).status == 201
        assert await schools.unaudited() == []


@pytest.mark.feature("L-01")
async def test_a_reset_code_for_an_account_in_use_elsewhere_is_not_an_offering_schools_to_give(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        await schools.enrol(X, CHILD_X)
        captcha = await solve_captcha(kit)
        body = {"username": PHONE, "name": PARENT, "id_number": an_id_number(777), "captcha": captcha}
        reset = (await kit.anonymous.post("/password-resets", body)).json["id"]
        for caller in (schools.teacher[X], schools.admin[X]):
            assert (await caller.get("/password-resets")).json["items"] == []
            assert (
                await caller.post(f"/password-resets/{reset}/code", {"suspend_elsewhere": True})
            ).code == "account_not_yours"
        assert [w["id"] for w in (await schools.teacher[Y].get("/password-resets")).json["items"]] == [reset]
        code = (await schools.teacher[Y].post(f"/password-resets/{reset}/code")).json["code"]
        assert (
            await kit.anonymous.post(f"/password-resets/{reset}/password", {"code": code, "new": "Windy-Day-9"})
        ).status == 204
        again = await sign_in(kit, PHONE, "Windy-Day-9")
        assert await schools.children(again) == [f"学生{CHILD_Y}"]
        assert "reset_code_given" in await schools.notices(again)


@pytest.mark.feature("L-01")
async def test_a_staff_card_for_a_parents_number_is_only_offered_until_the_holder_enters_the_password(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        account = await schools.account()
        body = {"name": PARENT, "phone": PHONE, "role": "recorder", "path": X}
        given = await schools.admin[X].post("/staff", body)
        assert (given.status, given.json["state"]) == (201, "offered")
        password = given.json["one_time_password"]
        assert (await sign_in(kit, PHONE, password)).code == "one_time_not_for_sign_in"
        assert (await schools.admin[X].post(f"/accounts/{account}/password-reset", SHARED)).code == "account_not_yours"
        assert (await schools.admin[X].get("/staff")).json["items"][-1]["state"] in ("active", "offered")
        me = with_token(kit, session)
        [offer] = [o for o in (await me.get("/me")).json["offers"] if o["card_id"]]
        assert (offer["role"], offer["organisation"], offer["state"]) == ("recorder", "江西实验中学", "offered")
        url = f"/me/offers/{offer['card_id']}/activate"
        assert (await me.post(url, {"password": "k7wm-3xqz-9hfa"})).code == "offer_password_wrong"
        assert (await schools.teacher[Y].post(url, {"password": password})).code == "not_found"
        activated = await me.post(url, {"password": password})
        assert (activated.status, sorted(c["role"] for c in activated.json["cards"])) == (200, ["guardian", "recorder"])
        assert (await me.post(url, {"password": password})).code == "not_found", "it is active now"
        second = await schools.admin[X].post("/staff", body | {"role": "auditor"})
        assert (second.json["state"], second.json["one_time_password"]) == ("active", None), "the holder is known here"
        assert "card_offered" in await schools.notices(session)


@pytest.mark.feature("L-01")
async def test_a_slip_proves_only_what_its_own_organisation_offers(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        body = {"name": PARENT, "phone": PHONE, "role": "recorder"}
        of_x = (await schools.admin[X].post("/staff", body | {"path": X})).json["one_time_password"]
        of_y = (await schools.admin[Y].post("/staff", body | {"path": Y})).json["one_time_password"]
        session = await signed_in_with_password(kit, PHONE, of_x)
        assert [card["path"] for card in session.json["cards"]] == [X]
        refused = await sign_in(kit, PHONE, of_y)
        assert refused.code == "one_time_not_for_sign_in"
        me = with_token(kit, session)
        [offer] = (await me.get("/me")).json["offers"]
        assert (offer["organisation"], offer["state"]) == ("江西实验中学", "offered")
        activated = await me.post(f"/me/offers/{offer['card_id']}/activate", {"password": of_y})
        assert sorted(card["path"] for card in activated.json["cards"]) == [X, Y]


@pytest.mark.feature("L-01")
async def test_a_class_teachers_slip_does_not_activate_a_staff_card_of_the_school(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        printed = await schools.teacher[X].post("/slips", {"path": CLASS_X, "audience": "guardians"}, Accept="application/json")
        slip = {s["username"]: s["password"] for s in printed.json["items"]}[PHONE]
        body = {"name": PARENT, "phone": PHONE, "role": "principal", "path": X}
        offered = (await schools.admin[X].post("/staff", body)).json
        refused = await sign_in(kit, PHONE, slip)
        assert refused.code == "one_time_replaced", "it does not prove the card that the administrator offers"
        session = await signed_in_with_password(kit, PHONE, offered["one_time_password"])
        assert session.json["card"]["role"] == "principal"


@pytest.mark.feature("L-01")
async def test_a_shared_account_is_reset_by_the_common_level_and_keeps_all_cards(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        await schools.enrol(X, CHILD_X)
        assert (await schools.take(session, CHILD_X)).status == 201
        account = await schools.account()
        refused = await schools.teacher[X].post(f"/accounts/{account}/password-reset", WHY)
        assert (refused.code, refused.json["rule"], refused.json["level"]) == ("account_shared", "L-01", "district")
        assert "区县教育部门" in refused.json["help"]
        given = await schools.district.post(f"/accounts/{account}/password-reset", WHY)
        assert (given.status, given.json["cards_suspended"]) == (201, 0)
        again = await signed_in_with_password(kit, PHONE, given.json["one_time_password"], "Windy-Day-9")
        assert len(again.json["cards"]) == 2
        assert "password_reset" in [n["what"] for n in again.json["notices"]]


@pytest.mark.feature("L-01")
async def test_a_school_that_resets_a_shared_account_suspends_the_cards_elsewhere_until_proved_again(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        await schools.enrol(X, CHILD_X)
        assert (await schools.take(session, CHILD_X)).status == 201
        account = await schools.account()
        given = await schools.teacher[X].post(f"/accounts/{account}/password-reset", SHARED)
        assert (given.status, given.json["cards_suspended"]) == (201, 1)
        again = await signed_in_with_password(kit, PHONE, given.json["one_time_password"], "Windy-Day-9")
        assert await schools.children(again) == [f"学生{CHILD_X}"]
        me = (await with_token(kit, again).get("/me")).json
        [suspended] = [offer for offer in me["offers"] if offer["state"] == "suspended"]
        assert (suspended["role"], suspended["organisation"]) == ("guardian", None)
        assert f"学生{CHILD_Y}" not in str(me), "whoever reset it does not learn whose card it was"
        assert {"password_reset", "card_suspended"} <= set(await schools.notices(again))
        assert await schools.unaudited() == []
        wrong = await schools.take(again, CHILD_Y, guardian_name="赵娜")
        assert wrong.code == "person_mismatch", "the name that the school registered for the child"
        proved = await schools.take(again, CHILD_Y)
        assert (proved.status, len(proved.json["cards"])) == (201, 2)


@pytest.mark.feature("L-01")
async def test_a_suspended_staff_card_is_proved_again_with_a_slip_of_its_own_organisation(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        body = {"name": PARENT, "phone": PHONE, "role": "recorder", "path": X}
        password = (await schools.admin[X].post("/staff", body)).json["one_time_password"]
        [offer] = (await with_token(kit, session).get("/me")).json["offers"]
        await with_token(kit, session).post(f"/me/offers/{offer['card_id']}/activate", {"password": password})
        account = await schools.account()
        given = await schools.admin[Y].post(f"/accounts/{account}/password-reset", SHARED)
        again = await signed_in_with_password(kit, PHONE, given.json["one_time_password"], "Windy-Day-9")
        assert [card["role"] for card in again.json["cards"]] == ["guardian"]
        slip = await schools.slip(X, audience="staff")
        proved = await with_token(kit, again).post(f"/me/offers/{offer['card_id']}/activate", {"password": slip})
        assert sorted(card["role"] for card in proved.json["cards"]) == ["guardian", "recorder"]


@pytest.mark.feature("L-01")
async def test_a_code_may_suspend_the_cards_elsewhere_when_it_is_used(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        await schools.enrol(X, CHILD_X)
        assert (await schools.take(session, CHILD_X)).status == 201
        captcha = await solve_captcha(kit)
        body = {"username": PHONE, "name": PARENT, "id_number": an_id_number(777), "captcha": captcha}
        reset = (await kit.anonymous.post("/password-resets", body)).json["id"]
        assert (await schools.teacher[X].post(f"/password-resets/{reset}/code")).code == "account_shared"
        code = (await schools.teacher[X].post(f"/password-resets/{reset}/code", {"suspend_elsewhere": True})).json["code"]
        assert len((await with_token(kit, session).get("/me")).json["cards"]) == 2, "a code that is not used changes nothing"
        assert (
            await kit.anonymous.post(f"/password-resets/{reset}/password", {"code": code, "new": "Windy-Day-9"})
        ).status == 204
        again = await sign_in(kit, PHONE, "Windy-Day-9")
        assert await schools.children(again) == [f"学生{CHILD_X}"]
        assert await schools.unaudited() == []


@pytest.mark.feature("L-02")
async def test_a_number_that_changed_hands_brings_the_new_person_none_of_the_old_cards(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        body = {"name": "吴新", "phone": PHONE, "role": "recorder", "path": X}
        asked = await schools.admin[X].post("/staff", body)
        assert (asked.code, PARENT in str(asked.json)) == ("phone_other_name", False), "the other name is not revealed"
        given = await schools.admin[X].post("/staff", body | {"number_reassigned": True})
        assert given.status == 201
        new = await signed_in_with_password(kit, PHONE, given.json["one_time_password"], "Other-Day-5")
        assert [card["role"] for card in new.json["cards"]] == ["recorder"]
        old = await sign_in(kit, PHONE, PASSWORD)
        assert (old.status, old.json["former_login_name"], old.json["account"]["name"]) == (201, True, PARENT)
        name = old.json["account"]["username"]
        assert name != PHONE
        assert await schools.children(old) == [f"学生{CHILD_Y}"]
        assert "number_reassigned" in await schools.notices(old)
        assert (await sign_in(kit, name, PASSWORD)).json["former_login_name"] is False


@pytest.mark.feature("L-02")
async def test_a_number_comes_back_to_the_account_that_had_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        account = await schools.account()
        body = {"phone": PHONE, "role": "recorder", "number_reassigned": True}
        assert (await schools.admin[X].post("/staff", body | {"name": "吴新", "path": X})).status == 201
        assert await schools.account() != account
        back = await schools.admin[Y].post("/staff", body | {"name": PARENT, "path": Y})
        assert back.status == 201
        assert await schools.account() == account, "the school that registered this person gives the number back"
        assert (await sign_in(kit, PHONE, PASSWORD)).json["former_login_name"] is False


@pytest.mark.feature("L-02")
async def test_a_school_enters_its_parents_new_number_and_the_old_one_still_works(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        account, to = await schools.account(), {"phone": "138 1111-0000", "reason": "换了手机号"}
        assert (await schools.teacher[X].post(f"/accounts/{account}/login-name", to)).code == "not_found"
        taken = await schools.teacher[Y].post(f"/accounts/{account}/login-name", to | {"phone": "13700000009"})
        assert taken.code == "login_name_taken"
        changed = await schools.teacher[Y].post(f"/accounts/{account}/login-name", to)
        assert (changed.status, changed.json["username"]) == (200, "13811110000")
        for name in ("13811110000", PHONE):
            session = await sign_in(kit, name, PASSWORD)
            assert (session.status, session.json["account"]["username"]) == (201, "13811110000")
        assert "login_name_changed" in await schools.notices(session)
        [pupil] = (await schools.admin[Y].post("/students/search", {"q": f"学生{CHILD_Y}"})).json["items"]
        shown = (await schools.admin[Y].get(f"/students/{pupil['id']}")).json["guardians"]
        assert [g["phone"] for g in shown] == ["13811110000"]


@pytest.mark.feature("L-01", "L-09")
async def test_removing_a_guardian_revokes_audits_and_tells(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        async with kit.deps.db.transaction() as tx:
            pair = await tx.fetchrow(
                "SELECT g.account_id, g.student_id FROM guardians g JOIN accounts a ON a.id = g.account_id "
                "WHERE a.username = $1",
                PHONE,
            )
            lost = await revoke_guardian_cards(tx, [tuple(pair)], utc_now(), ChangedBy(None, None, Y))
        assert lost == 1
        assert await schools.children(session) == []
        assert await schools.unaudited() == []
        again = await sign_in(kit, PHONE, PASSWORD)
        assert "guardian_removed" in await schools.notices(again)
        assert "guardian_removed" in await schools.changes(await schools.account())
        assert (await schools.take(again, CHILD_Y)).code == "guardian_unknown"


@pytest.mark.feature("L-01")
async def test_every_change_by_others_is_told_to_the_holder_with_the_school_only(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        account, card = await schools.account(), session.json["card"]["id"]
        assert (await schools.admin[Y].post(f"/accounts/{account}/disable", WHY)).status == 204
        assert (await schools.admin[Y].post(f"/accounts/{account}/enable", WHY)).status == 204
        assert (await schools.admin[Y].delete(f"/cards/{card}", reason="核对")).status == 204
        again = await sign_in(kit, PHONE, PASSWORD)
        assert [n["what"] for n in again.json["notices"]] == ["card_revoked", "enabled", "disabled"]
        assert {n["by_title"] for n in again.json["notices"]} == {"江西实验中学"}
        events = [e for e in await kit.events(AccountChangedV1) if str(e.account_id) == account]
        assert [e.what for e in events] == ["disabled", "enabled", "card_revoked"]
        me = with_token(kit, again)
        assert (await me.put("/me/notices", {"up_to": again.json["notices"][0]["id"]})).status == 204
        assert await schools.notices(again) == []
        assert await schools.unaudited() == []


@pytest.mark.feature("L-11")
async def test_printing_says_how_many_unused_slips_it_replaces_and_signing_in_with_one_says_so(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        order = {"path": X, "audience": "guardians"}
        first = (await schools.admin[X].post("/slips", order, Accept="application/json")).json
        second = (await schools.teacher[X].post("/slips", order | {"path": CLASS_X}, Accept="application/json")).json
        assert (first["replaced"], second["replaced"]) == (0, 2)
        old, new = ({s["username"]: s["password"] for s in slips["items"]}[PHONE] for slips in (first, second))
        refused = await sign_in(kit, PHONE, old)
        assert (refused.status, refused.code, refused.json["rule"]) == (401, "one_time_replaced", "L-11")
        assert (await sign_in(kit, PHONE, "k7wm-3xqz-9hfa")).code == "bad_credentials", "only who knows the secret learns it"
        assert (await sign_in(kit, PHONE, new)).status == 201


@pytest.mark.feature("L-11", "L-19")
async def test_slips_by_a_one_time_address_are_held_where_nobody_else_can_read_them(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        made = await schools.admin[X].post("/slips/address", {"path": X, "audience": "guardians"})
        assert (made.status, made.json["replaced"]) == (201, 0)
        assert made.json["name"].startswith("账号单-")
        async with kit.deps.db.reading() as tx:
            [held] = await tx.fetch("SELECT sealed FROM held_downloads")
        assert b"%PDF" not in held["sealed"]
        pdf = await kit.anonymous.get(urlsplit(made.json["url"]).path.removeprefix("/api/identity"))
        assert (pdf.status, pdf.headers["Content-Type"], pdf.body[:5]) == (200, "application/pdf", b"%PDF-")
        assert pdf.headers["Content-Disposition"].startswith('attachment; filename="')
        elsewhere = await schools.admin[Y].post("/slips/address", {"path": X, "audience": "guardians"})
        assert elsewhere.code == "not_found"


@pytest.mark.feature("L-11", "L-01")
async def test_slips_of_another_school_are_not_replaced(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        await schools.enrol(Y, CHILD_Y)
        of_y = await schools.slip(Y)
        await schools.slip(X)
        session = await signed_in_with_password(kit, PHONE, of_y)
        assert (await schools.take(session, CHILD_Y)).status == 201


@pytest.mark.feature("L-11")
async def test_a_slip_and_a_code_end_when_their_giver_loses_the_right(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.enrol(X, CHILD_X)
        printed = await schools.teacher[X].post("/slips", {"path": CLASS_X, "audience": "guardians"}, Accept="application/json")
        slip = {s["username"]: s["password"] for s in printed.json["items"]}[PHONE]
        [teacher] = [s for s in (await schools.admin[X].get("/staff")).json["items"] if s["role"] == "class_teacher"]
        other = f"{X}.g2025.c02"
        await kit.receive(a_roster(Pupil(150, class_number=2), school=X))
        moved = await schools.admin[X].post(f"/cards/{teacher['card_id']}/move", {"path": other, "reason": "换班"})
        assert moved.status == 200, moved.body
        refused = await sign_in(kit, PHONE, slip)
        assert (refused.status, refused.code, refused.json["rule"]) == (401, "one_time_void", "L-11")

        [pupil] = (await schools.admin[Y].post("/students/search", {"q": "学生901"})).json["items"]
        captcha = await solve_captcha(kit)
        body = {"username": pupil["eid"], "name": "学生901", "id_number": an_id_number(901), "captcha": captcha}
        reset = (await kit.anonymous.post("/password-resets", body)).json["id"]
        code = (await schools.teacher[Y].post(f"/password-resets/{reset}/code")).json["code"]
        [teacher] = [s for s in (await schools.admin[Y].get("/staff")).json["items"] if s["role"] == "class_teacher"]
        assert (await schools.admin[Y].delete(f"/cards/{teacher['card_id']}", reason="离职")).status == 204
        late = await kit.anonymous.post(f"/password-resets/{reset}/password", {"code": code, "new": "Windy-Day-9"})
        assert (late.code, late.json["rule"]) == ("reset_code_wrong", "L-11")


@pytest.mark.feature("L-11")
async def test_a_students_slip_ends_when_the_student_leaves_the_class_of_its_printer(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await kit.receive(a_roster(Pupil(150, class_number=2), school=X))
        printed = await schools.teacher[X].post("/slips", {"path": CLASS_X, "audience": "students"}, Accept="application/json")
        [slip] = printed.json["items"]
        [pupil] = (await schools.admin[X].post("/students/search", {"q": "学生900"})).json["items"]
        to = {"path": f"{X}.g2025.c02", "reason": "调班"}
        assert (await schools.admin[X].post(f"/students/{pupil['id']}/move", to, If_Match='"1"')).status == 200
        assert (await sign_in(kit, slip["username"], slip["password"])).code == "one_time_void"


@pytest.mark.feature("L-01")
async def test_a_namesake_or_a_recycled_number_is_not_linked_to_single_sign_on(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        teacher = a_class_teacher(PHONE, PARENT) | {"id_number": an_id_number(555)}
        await kit.receive(a_roster(teachers=(teacher,), school=X))
        async with kit.deps.db.reading() as tx:
            index = await tx.fetchval(
                "SELECT p.id_number_index FROM persons p JOIN accounts a ON a.person_id = p.id WHERE a.username = $1", PHONE
            )
        assert index == kit.deps.sealed_numbers.id_number_index(an_id_number(777)), "a roster row changes nobody's identity"


@pytest.mark.feature("L-01")
async def test_a_disabled_account_elsewhere_shows_nothing_of_itself_to_an_offering_school(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        account = await schools.account()
        await schools.admin[X].post("/staff", {"name": PARENT, "phone": PHONE, "role": "recorder", "path": X})
        assert (await schools.admin[Y].post(f"/accounts/{account}/disable", WHY)).status == 204
        [offered] = [s for s in (await schools.admin[X].get("/staff")).json["items"] if s["account_id"] == account]
        assert (offered["state"], offered["disabled"]) == ("offered", False)
        rows = (await schools.admin[X].get("/audit", account_id=account)).json["items"]
        assert [row["what"] for row in rows] == [], "its holder's sign-ins are not the offering school's to read"


@pytest.mark.feature("L-01")
async def test_an_administrator_above_both_schools_helps_and_one_beside_them_does_not(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        await schools.enrol(X, CHILD_X)
        await schools.take(session, CHILD_X)
        url = f"/accounts/{await schools.account()}/disable"
        assert (await kit.as_(an_administrator("jx.nc.xh")).post(url, WHY)).code == "not_found"
        assert (await schools.admin[X].post(url, WHY)).code == "account_shared"
        assert (await kit.as_(an_administrator("jx.nc")).post(url, WHY)).status == 204
        assert DISTRICT.startswith("jx.nc")


@pytest.mark.feature("L-19")
async def test_two_tabs_and_a_lost_answer_do_not_sign_anybody_out(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        session = await schools.parent()
        body = {"refresh_token": session.json["refresh_token"], "device": session.json["device"]}
        tabs = await asyncio.gather(*(kit.anonymous.post("/sessions/refresh", body) for _ in range(3)))
        assert [tab.status for tab in tabs] == [201, 201, 201]
        kit.at(utc_now() + timedelta(seconds=20))
        again = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert again.status == 201, "without the device token: from the same address"
        for tab in (*tabs, again):
            fresh = await kit.anonymous.post("/sessions/refresh", {"refresh_token": tab.json["refresh_token"]})
            assert fresh.status == 201


@pytest.mark.feature("L-19")
async def test_a_refresh_token_on_another_device_or_later_ends_the_session_and_is_told(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        await schools.parent()
        for late in (False, True):
            session = await sign_in(kit, PHONE, PASSWORD)
            body = {"refresh_token": session.json["refresh_token"], "device": session.json["device"]}
            fresh = await kit.anonymous.post("/sessions/refresh", body)
            assert fresh.status == 201
            if late:
                kit.at(utc_now() + timedelta(seconds=31))
                stolen = await kit.anonymous.post("/sessions/refresh", body)
            else:
                stolen = await kit.anonymous.post("/sessions/refresh", body | {"device": "another-device"})
            assert stolen.code == "refresh_reused"
            assert await schools.children(fresh) == [], "its access token is refused, too"
            kit.at(utc_now())
            after = await kit.anonymous.post("/sessions/refresh", {"refresh_token": fresh.json["refresh_token"]})
            assert after.code == "refresh_invalid"
        again = await sign_in(kit, PHONE, PASSWORD)
        assert [n["what"] for n in again.json["notices"]] == ["refresh_token_reused"] * 2
        assert await schools.children(again) == [f"学生{CHILD_Y}"], "other sessions go on"


@pytest.mark.feature("L-19")
async def test_signing_out_ends_the_access_token_of_this_session_only(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        one = await schools.parent()
        two = await sign_in(kit, PHONE, PASSWORD)
        assert (await with_token(kit, one).delete("/sessions")).status == 204
        assert await schools.children(one) == []
        assert await schools.children(two) == [f"学生{CHILD_Y}"]
