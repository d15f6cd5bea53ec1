"""A signed-in phone signs a computer in by the code that the computer shows (CS-03)."""

from datetime import timedelta
from typing import Any

import pytest
from identity.domain.devices import describe_device
from servicekit.testing import Answer, Kit

from .account_builders import CHILD_Y, PASSWORD, PHONE, Y, two_schools
from .builders import an_identity, sign_in, with_token

CHROME = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36"


@pytest.mark.feature("CS-03")
def test_a_device_is_named_in_words_whatever_it_says_of_itself() -> None:
    assert describe_device(CHROME) == "Windows 电脑，Chrome 浏览器"
    assert describe_device(CHROME + " Edg/126.0") == "Windows 电脑，Edge 浏览器"
    assert describe_device("<script>") == "未知设备，未知浏览器"


def code_of(shown: Answer) -> str:
    """What a phone reads in the picture."""
    return str(shown.json["address"]).partition("#")[2]


async def show(kit: Kit) -> Answer:
    """A computer shows a code."""
    shown = await kit.anonymous.post("/qr-sign-ins", User_Agent=CHROME)
    assert shown.status == 201, shown.body
    return shown


async def collect(kit: Kit, shown: Answer, secret: str | None = None) -> Answer:
    """The computer collects its session."""
    return await kit.anonymous.post(
        "/sessions/qr", {"qr_sign_in_id": shown.json["id"], "secret": secret or shown.json["secret"]}
    )


async def state_of(kit: Kit, shown: Answer) -> str:
    asked = await kit.anonymous.post(f"/qr-sign-ins/{shown.json['id']}/state", {"secret": shown.json["secret"]})
    return str(asked.json["state"])


async def decide(kit: Kit, phone: Answer, shown: Answer, *, allow: bool = True, card: str | None = None) -> Answer:
    body = {"code": code_of(shown), "allow": allow, "card_id": card or phone.json["card"]["id"]}
    return await with_token(kit, phone).post("/qr-sign-ins/decision", body)


@pytest.mark.feature("CS-03", "L-19")
async def test_a_phone_sees_which_device_it_signs_in_and_the_account_is_told(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        phone, shown = await schools.parent(), await show(kit)
        assert shown.json["expires_in"] == 60
        asked = await with_token(kit, phone).post("/qr-sign-ins/lookup", {"code": code_of(shown)})
        assert asked.json["device"] == "Windows 电脑，Chrome 浏览器"
        assert asked.json["same_network"]
        assert await state_of(kit, shown) == "waiting"
        assert (await decide(kit, phone, shown)).status == 204
        assert await state_of(kit, shown) == "allowed"

        computer = await collect(kit, shown)
        assert computer.status == 201, computer.body
        assert computer.json["card"]["id"] == phone.json["card"]["id"]
        assert await schools.children(computer) == [f"学生{CHILD_Y}"]
        assert "signed_in_by_qr" in await schools.changes(computer.json["account"]["id"])
        assert "signed_in_by_qr" in await schools.notices(phone)
        # Single use: neither the computer nor another phone gets anything from it again.
        assert (await collect(kit, shown)).code == "qr_ended"
        assert (await decide(kit, phone, shown)).code == "qr_ended"


@pytest.mark.feature("CS-03", "L-01")
async def test_a_stolen_picture_of_the_code_signs_nobody_in(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        phone, shown, thiefs = await schools.parent(), await show(kit), await show(kit)
        assert (await collect(kit, shown)).code == "qr_ended"
        await decide(kit, phone, shown)
        for secret in (code_of(shown), thiefs.json["secret"]):
            assert (await collect(kit, shown, secret)).code == "qr_ended"
        assert (await collect(kit, thiefs)).code == "qr_ended"
        assert (await collect(kit, shown)).status == 201


@pytest.mark.feature("CS-03")
async def test_a_code_ends_after_a_minute_by_refusal_and_with_the_session_of_the_phone(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        phone, late, refused, orphan = await schools.parent(), await show(kit), await show(kit), await show(kit)
        async with kit.deps.db.transaction() as tx:
            await tx.execute(
                "UPDATE qr_sign_ins SET until = until - $1::interval WHERE id = $2", timedelta(seconds=61), late.json["id"]
            )
        assert (await decide(kit, phone, late)).code == "qr_ended"
        assert await state_of(kit, late) == "ended"

        assert (await decide(kit, phone, refused, allow=False)).status == 204
        assert await state_of(kit, refused) == "refused"
        assert (await collect(kit, refused)).code == "qr_ended"

        await decide(kit, phone, orphan)
        assert (await with_token(kit, phone).delete("/sessions")).status == 204
        assert (await collect(kit, orphan)).code == "qr_ended"


@pytest.mark.feature("CS-03", "CS-13")
async def test_only_a_phone_with_a_password_of_its_own_allows_and_only_with_its_own_cards(parts: Any) -> None:
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        phone, shown = await schools.parent(), await show(kit)
        strangers = "01900000-0000-7000-8000-000000000000"
        assert (await decide(kit, phone, shown, card=strangers)).code == "not_found"
        await schools.enrol(Y, 202, guardian_phone="13800000555", guardian_name="新家长")
        slip = await schools.slip(Y, "13800000555")
        first = await sign_in(kit, "13800000555", slip)
        body = {"code": code_of(shown), "allow": True}
        assert (await with_token(kit, first).post("/qr-sign-ins/decision", body)).code == "password_change_required"
        assert (await kit.anonymous.post("/qr-sign-ins/decision", body)).code == "unauthenticated"


@pytest.mark.feature("CS-14")
async def test_one_number_keeps_its_password_and_switches_between_a_child_a_sibling_and_a_post(parts: Any) -> None:
    """Moving up a stage or to another school: the new school registers the number; the identity is added with proof."""
    async with an_identity(parts) as kit:
        schools = await two_schools(kit)
        parent = await schools.parent()
        await schools.enrol("jx.nc.dh.s1", 101)
        me = (await with_token(kit, parent).get("/me")).json
        assert [offer["role"] for offer in me["offers"]] == ["guardian"]
        assert "card_offered" in [notice["what"] for notice in me["notices"]]
        assert await schools.children(parent) == [f"学生{CHILD_Y}"]
        assert (await schools.take(parent, 101, child_name="别人")).code == "child_unknown"
        assert (await schools.take(parent, 101)).status == 201

        hired = {"name": "周敏", "phone": PHONE, "role": "recorder", "path": "jx.nc.dh.s1"}
        given = await schools.admin["jx.nc.dh.s1"].post("/staff", hired)
        assert given.status == 201, given.body
        offer = (await with_token(kit, parent).get("/me")).json["offers"][0]["card_id"]
        proof = {"password": given.json["one_time_password"]}
        taken = await with_token(kit, parent).post(f"/me/offers/{offer}/activate", proof)
        assert taken.status == 200, taken.body

        again = await sign_in(kit, PHONE, PASSWORD)
        assert sorted(card["role"] for card in again.json["cards"]) == ["guardian", "guardian", "recorder"]
        for card in again.json["cards"]:
            switched = await with_token(kit, again).post("/sessions/card", {"card_id": card["id"]})
            assert switched.json["card"]["id"] == card["id"]
        guardian = next(card for card in again.json["cards"] if card["student_name"] == "学生101")
        as_other = await with_token(kit, again).post("/sessions/card", {"card_id": guardian["id"]})
        assert await schools.children(as_other) == ["学生101"]
