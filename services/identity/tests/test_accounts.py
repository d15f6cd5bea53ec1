"""Password resets, disabled accounts, moved cards, and the audit trail (JX-16, NR-05)."""

import asyncio
from datetime import datetime, timedelta
from typing import Any

import pytest
from contracts.identity import CardRevokedV1, StudentMovedV1
from servicekit.auth import Actor
from servicekit.ids import new_id, utc_now
from servicekit.testing import Answer, Caller, Kit, an_actor

from .builders import (
    CLASS,
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

TEACHER = an_actor("class_teacher", CLASS, name="李老师")
WHY = {"reason": "忘记密码"}


async def a_school(kit: Kit) -> dict[str, Any]:
    """One class of two pupils, signed in with cards; the detail of the first, as staff see it."""
    await a_tree(kit)
    await kit.receive(a_roster(Pupil(1), Pupil(2), teachers=(a_class_teacher(),)))
    [found] = (await kit.as_(an_administrator()).post("/students/search", {"q": "学生1"})).json["items"]
    detail: dict[str, Any] = (await kit.as_(TEACHER).get(f"/students/{found['id']}")).json
    return detail


async def a_pupil(kit: Kit, eid: str) -> Answer:
    """The first pupil, signed in with a password and the own card."""
    session = await signed_in_with_password(kit, eid, (await slips_of(kit, "students"))[eid])
    taken_cards = await with_token(kit, session).post("/cards/own", {"name": "学生1", "id_number": an_id_number(1)})
    assert taken_cards.status == 201, taken_cards.body
    return await sign_in(kit, eid, "Sunny-Day-7")


async def request_reset(kit: Kit, **changed: Any) -> Answer:
    """Ask for a new password as the first pupil's guardian-to-be would."""
    body = {"username": "", "name": "学生1", "id_number": an_id_number(1), "captcha": await solve_captcha(kit)}
    return await kit.anonymous.post("/password-resets", body | changed)


@pytest.mark.feature("JX-16", "CS-13", "X-13")
async def test_helpers_reset_a_students_password_and_all_sessions_end(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        session = await a_pupil(kit, pupil["eid"])
        url, account = f"/students/{pupil['id']}/password-reset", f"/accounts/{pupil['account_id']}/password-reset"
        parent = an_actor("guardian", CLASS, students=(pupil["id"],))
        strangers: list[Actor] = [
            an_actor("class_teacher", f"{SCHOOL}.g2025.c02"),
            an_administrator("jx.nc.dh.s10"),
            an_actor("guardian", CLASS, students=(new_id(),)),
        ]
        for stranger in strangers:
            assert (await kit.as_(stranger).post(url, WHY)).code == "not_found", stranger
        assert (await kit.as_(an_administrator("jx.nc")).post(account, WHY)).code == "account_not_yours"
        assert (await kit.as_(an_administrator("jx.nc")).post(url, WHY)).code == "forbidden"
        assert (await with_token(kit, session).get("/students")).status == 200
        for helper in (TEACHER, parent, an_administrator()):
            given = await kit.as_(helper).post(url, WHY, Idempotency_Key="k1")
            assert (given.status, given.json["username"]) == (201, pupil["eid"])
            again = await kit.as_(helper).post(url, WHY, Idempotency_Key="k1")
            assert again.code == "already_applied", "a second click makes no second password"
            assert (await sign_in(kit, pupil["eid"], "Sunny-Day-7")).code == "bad_credentials"
            fresh = await signed_in_with_password(kit, pupil["eid"], given.json["one_time_password"])
            assert fresh.json["card"]["role"] == "student"
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await with_token(kit, session).get("/students")).code == "unauthenticated"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert renewed.code == "refresh_invalid"
        assert {f.reason for f in await kit.events(CardRevokedV1)} == {"password_reset"}
        async with kit.deps.db.reading() as tx:
            kept = str(await tx.fetch("SELECT * FROM audit")) + str(await tx.fetch("SELECT * FROM idempotency"))
        assert given.json["one_time_password"] not in kept


@pytest.mark.feature("NR-05", "JX-16")
async def test_a_class_teacher_resets_a_guardians_password_but_no_colleagues(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        head = {"name": "王校长", "phone": "13900000002", "role": "principal"}
        of_head = Pupil(2, guardian_phone="13900000002", guardian_name="王校长")
        await kit.receive(a_roster(Pupil(1), of_head, teachers=(a_class_teacher(), head)))
        teacher = kit.as_(TEACHER)
        listed = (await teacher.get("/students")).json["items"]
        guardians = {
            g["phone"]: g["account_id"] for s in listed for g in (await teacher.get(f"/students/{s['id']}")).json["guardians"]
        }
        given = await teacher.post(f"/accounts/{guardians['13800000001']}/password-reset", WHY)
        assert (given.status, given.json["username"]) == (201, "13800000001")
        await signed_in_with_password(kit, "13800000001", given.json["one_time_password"])
        refused = await teacher.post(f"/accounts/{guardians['13900000002']}/password-reset", WHY)
        assert (refused.code, "help" in refused.json) == ("account_not_yours", True)
        admin = kit.as_(an_administrator())
        assert (await admin.post(f"/accounts/{guardians['13900000002']}/password-reset", WHY)).status == 201


@pytest.mark.feature("JX-16", "JX-01")
async def test_a_forgotten_password_is_reset_with_a_code_from_a_helper(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        await a_pupil(kit, pupil["eid"])
        right = {"username": pupil["eid"]}
        wrong = [{"username": "nobody"}, right | {"name": "学生2"}, right | {"id_number": an_id_number(2)}]
        answers = [await request_reset(kit, **answers) for answers in (right, *wrong)]
        assert {(a.status, tuple(a.json)) for a in answers} == {(202, ("id", "until"))}, "what fits is told to nobody"
        no_picture = await request_reset(kit, **right, captcha={"id": str(new_id()), "answer": "a3c4"})
        assert no_picture.code == "captcha_wrong"

        teacher = kit.as_(TEACHER)
        [waiting] = (await teacher.get("/password-resets")).json["items"]
        assert (waiting["id"], waiting["username"]) == (answers[0].json["id"], pupil["eid"])
        for stranger in (an_actor("class_teacher", f"{SCHOOL}.g2025.c02"), an_administrator("jx.nc.dh.s10")):
            assert (await kit.as_(stranger).get("/password-resets")).json["items"] == []
            assert (await kit.as_(stranger).post(f"/password-resets/{waiting['id']}/code")).code == "not_found"
        assert (await teacher.post(f"/password-resets/{answers[1].json['id']}/code")).code == "not_found"
        parent = kit.as_(an_actor("guardian", CLASS, students=(pupil["id"],)))
        assert [w["id"] for w in (await parent.get("/password-resets")).json["items"]] == [waiting["id"]]

        url = f"/password-resets/{waiting['id']}/password"
        early = await kit.anonymous.post(url, {"code": "00000000", "new": "Windy-Day-9"})
        assert (early.code, early.json["rule"]) == ("reset_code_wrong", "JX-16")
        code = (await teacher.post(f"/password-resets/{waiting['id']}/code")).json["code"]
        weak = await kit.anonymous.post(url, {"code": code, "new": "short1"})
        assert weak.code == "password_too_short", "a weak password uses nothing up"
        done = [await kit.anonymous.post(url, {"code": code, "new": "Windy-Day-9"}) for _ in range(2)]
        assert [d.code if d.status > 204 else d.status for d in done] == [204, "reset_code_wrong"]
        assert (await sign_in(kit, pupil["eid"], "Windy-Day-9")).status == 201
        assert (await teacher.get("/password-resets")).json["items"] == []


@pytest.mark.feature("JX-16")
async def test_a_reset_code_allows_five_wrong_guesses_and_expires_after_half_an_hour(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        teacher = kit.as_(TEACHER)
        for late in (False, True):
            reset = (await request_reset(kit, username=pupil["eid"])).json["id"]
            code = (await teacher.post(f"/password-resets/{reset}/code")).json["code"]
            bad = f"{(int(code) + 1) % 10**8:08d}"
            if late:
                kit.at(utc_now() + timedelta(minutes=31))
            else:
                for _ in range(5):
                    await kit.anonymous.post(f"/password-resets/{reset}/password", {"code": bad, "new": "Windy-Day-9"})
            right = await kit.anonymous.post(f"/password-resets/{reset}/password", {"code": code, "new": "Windy-Day-9"})
            assert right.code == "reset_code_wrong", late
        kit.at(utc_now())
        many = [await request_reset(kit, username=pupil["eid"]) for _ in range(5)]
        assert {m.status for m in many} == {202}
        assert len((await teacher.get("/password-resets")).json["items"]) == 3


@pytest.mark.feature("NR-05")
async def test_a_disabled_account_is_refused_until_it_is_enabled_again(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        session = await signed_in_with_password(kit, "13900000001", (await slips_of(kit, "staff", SCHOOL))["13900000001"])
        account = session.json["account"]["id"]
        admin, me = kit.as_(an_administrator()), with_token(kit, session)
        assert (await kit.as_(an_administrator("jx.nc.dh.s10")).post(f"/accounts/{account}/disable", WHY)).code == "not_found"
        assert (await kit.as_(an_administrator("jx.nc")).post(f"/accounts/{account}/disable", WHY)).code == "account_not_yours"
        assert (await me.post(f"/accounts/{account}/disable", WHY)).code == "forbidden"
        assert (await admin.post(f"/accounts/{account}/disable", WHY)).status == 204
        assert (await admin.post(f"/accounts/{account}/disable", WHY)).code == "already_applied"
        assert [s["disabled"] for s in (await admin.get("/staff")).json["items"]] == [True]
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await me.get("/students")).code == "unauthenticated"
        assert (await sign_in(kit, "13900000001", "Sunny-Day-7")).code == "bad_credentials"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert renewed.code == "refresh_invalid"
        assert (await admin.post(f"/accounts/{account}/password-reset", WHY)).code == "account_disabled"
        assert (await admin.post(f"/accounts/{account}/enable", WHY)).status == 204
        assert (await sign_in(kit, "13900000001", "Sunny-Day-7")).status == 201
        [event] = await kit.events(CardRevokedV1)
        assert (str(event.card_id), event.reason) == (account, "account_disabled")
        own = an_administrator()
        assert (await kit.as_(own).post(f"/accounts/{own.account_id}/disable", WHY)).code == "not_found"


@pytest.mark.feature("NR-05")
async def test_a_teacher_moves_to_another_class_and_the_old_card_ends(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        await kit.receive(a_roster(Pupil(3, class_number=2)))
        session = await signed_in_with_password(kit, "13900000001", (await slips_of(kit, "staff", SCHOOL))["13900000001"])
        card, to = session.json["card"]["id"], {"path": f"{SCHOOL}.g2025.c02", "reason": "调班"}
        admin, teacher = kit.as_(an_administrator()), with_token(kit, session)
        assert (await kit.as_(an_administrator("jx.nc.dh.s10")).post(f"/cards/{card}/move", to)).code == "not_found"
        assert (await kit.as_(an_administrator("jx.nc")).post(f"/cards/{card}/move", to)).code == "role_not_grantable"
        assert (await admin.post(f"/cards/{card}/move", to | {"path": SCHOOL})).code == "role_misplaced"
        assert (await admin.post(f"/cards/{card}/move", to | {"path": "jx.nc.dh.s10.g1.c1"})).code == "not_found"
        assert (await admin.post(f"/cards/{card}/move", to | {"path": f"{SCHOOL}.g2025.c77"})).code == "not_found"
        moved = await admin.post(f"/cards/{card}/move", to)
        assert (moved.status, moved.json["path"]) == (200, to["path"])
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await teacher.get("/students")).code == "unauthenticated"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert renewed.json["card"]["path"] == to["path"]
        assert [s["name"] for s in (await with_token(kit, renewed).get("/students")).json["items"]] == ["学生3"]


@pytest.mark.feature("BJ-04")
async def test_a_moved_students_new_tokens_have_the_new_class(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        await kit.receive(a_roster(Pupil(3, class_number=2)))
        session = await a_pupil(kit, pupil["eid"])
        to = {"path": f"{SCHOOL}.g2025.c02", "reason": "调班"}
        moved = await kit.as_(an_administrator()).post(f"/students/{pupil['id']}/move", to, If_Match='"1"')
        assert moved.status == 200
        [event] = await kit.events(StudentMovedV1)
        assert (event.from_path, event.enrolment.path, event.enrolment.version, event.at is not None) == (
            CLASS,
            to["path"],
            2,
            True,
        )
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await with_token(kit, session).get("/students")).code == "unauthenticated"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert renewed.json["card"]["path"] == to["path"]


async def audit_trail(caller: Caller, **query: Any) -> list[dict[str, Any]]:
    """A page of the audit trail."""
    answer = await caller.get("/audit", **query)
    assert answer.status == 200, answer.body
    items: list[dict[str, Any]] = answer.json["items"]
    return items


@pytest.mark.feature("NR-05")
async def test_administrators_read_the_audit_trail_of_their_own_organisation(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        await a_tree(kit, "jx.nc.dh.s10")
        await sign_in(kit, pupil["eid"], "Wrong-One-1")
        teacher = kit.as_(TEACHER)
        await teacher.post(f"/students/{pupil['id']}/id-number", {"reason": "核对"})
        found = await audit_trail(kit.as_(an_administrator()))
        assert {"student_seen", "id_number_shown", "sign_in_failed", "roster_taken_in"} <= {e["what"] for e in found}
        assert [e["id"] for e in found] == sorted((e["id"] for e in found), reverse=True)
        [shown] = await audit_trail(kit.as_(an_administrator("jx.nc")), what="id_number_shown")
        assert (shown["title"], shown["subject"], shown["detail"]) == ("查看完整证件号", pupil["id"], {"reason": "核对"})
        assert shown["paths"] == [CLASS]
        assert an_id_number(1) not in str(found)
        assert {e["what"] for e in await audit_trail(kit.as_(an_administrator("jx.nc.dh.s10")))} <= {"organisation_created"}
        assert (await kit.as_(an_administrator("jx.nc.dh.s10")).get("/audit", path=SCHOOL)).code == "not_found"
        for role in ("class_teacher", "principal"):
            assert (await kit.as_(an_actor(role, SCHOOL)).get("/audit")).code == "forbidden"
        assert [e["what"] for e in await audit_trail(kit.as_(an_administrator()))][:1] == ["audit_read"], (
            "reading is written down"
        )


async def test_paging_through_the_audit_trail_shows_every_row_once(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        teacher = kit.as_(TEACHER)
        await asyncio.gather(*(teacher.get(f"/students/{pupil['id']}") for _ in range(60)))
        admin, seen, cursor = kit.as_(an_administrator()), [], None
        while True:
            page = (await admin.get("/audit", what="student_seen", cursor=cursor)).json
            seen += [e["id"] for e in page["items"]]
            if (cursor := page["next"]) is None:
                break
        assert len(seen) == len(set(seen)) == 61


async def test_a_double_click_on_adding_staff_creates_one_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        sent = {"name": "郑录", "phone": "13700000003", "role": "recorder", "path": SCHOOL}
        admin = kit.as_(an_administrator())
        answers = await asyncio.gather(*(admin.post("/staff", sent, Idempotency_Key="once") for _ in range(4)))
        assert sorted(a.status for a in answers) == [201, 409, 409, 409]
        assert {a.code for a in answers if a.status == 409} == {"already_applied"}
        [one] = [a for a in answers if a.status == 201]
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM accounts WHERE username = '13700000003'") == 1
            kept = str(await tx.fetch("SELECT body FROM idempotency"))
        assert one.json["one_time_password"] not in kept
        await signed_in_with_password(kit, "13700000003", one.json["one_time_password"])


def held_since(kit: Kit, session: Answer) -> datetime | None:
    """Since when the account may be in other hands, as every service reads it in the token."""
    actor = kit.running.verifier.verify(session.json["access_token"], kit.deps.now()).actor
    assert actor is not None
    return actor.held_since


@pytest.mark.feature("L-17", "L-01")
async def test_a_token_tells_since_when_somebody_else_may_be_at_the_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        pupil = await a_school(kit)
        eid, teacher = pupil["eid"], kit.as_(TEACHER)
        session = await a_pupil(kit, eid)
        assert held_since(kit, session) is None, "the first slip of a new account"
        own = await with_token(kit, session).put("/password", {"old": "Sunny-Day-7", "new": "Rainy-Day-8"})
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": own.json["refresh_token"]})
        again = await sign_in(kit, eid, "Rainy-Day-8")
        assert [held_since(kit, one) for one in (own, renewed, again)] == [None] * 3, "the holder's own change"

        before = utc_now().replace(microsecond=0)
        given = await teacher.post(f"/students/{pupil['id']}/password-reset", WHY)
        helped = await signed_in_with_password(kit, eid, given.json["one_time_password"], "Windy-Day-9")
        since = held_since(kit, helped)
        assert since is not None
        assert before <= since <= utc_now()
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": helped.json["refresh_token"]})
        chosen = await with_token(kit, helped).post("/sessions/card", {"card_id": helped.json["card"]["id"]})
        changed = await with_token(kit, helped).put("/password", {"old": "Windy-Day-9", "new": "Foggy-Day-10"})
        again = await sign_in(kit, eid, "Foggy-Day-10")
        assert [held_since(kit, one) for one in (renewed, chosen, changed, again)] == [since] * 4, "it stays"

        await asyncio.sleep(1.1)  # the claim has whole seconds
        asked = (await request_reset(kit, username=eid)).json["id"]
        code = (await teacher.post(f"/password-resets/{asked}/code")).json["code"]
        assert held_since(kit, await sign_in(kit, eid, "Foggy-Day-10")) == since, "a code that nobody has used"
        body = {"code": code, "new": "Snowy-Day-11"}
        assert (await kit.anonymous.post(f"/password-resets/{asked}/password", body)).status == 204
        later = held_since(kit, await sign_in(kit, eid, "Snowy-Day-11"))
        assert later is not None
        assert later > since
