"""Cards follow an adopted version: a renamed role goes on, one that is gone ends, and nobody gains rights unnoticed (X-01)."""

import base64
import json
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from contracts.identity import AccountChangedV1, CardRevokedV1, CardsChangedV1
from scheme import CAPABILITIES, Schemes, words
from scheme.moved_parts import moved_roles, reasons_to_stay
from servicekit.ids import utc_now
from servicekit.testing import Answer, Caller, Kit
from stack.next_year import JIANGXI, JIANGXI_MIGRATION, NEW, released, schemes_of_next_year

from .builders import SCHOOL, an_identity, sign_in, with_token
from .test_scheme_adoptions import PROVINCE, a_province, an_administrator

pytestmark = pytest.mark.feature("X-01")
TODAY = utc_now().astimezone(ZoneInfo("Asia/Shanghai")).date()
WISH = {"path": PROVINCE, "scheme_id": "jiangxi", "scheme_version": NEW, "starts_on": TODAY.isoformat()}
GAINS = ("archives, take_archives, correct_archives]}", "archives, take_archives, correct_archives, seal]}")
RENAMED = "roles: [{old: principal, new: headmaster}]"


async def a_principal(kit: Kit, school: Caller, name: str, phone: str) -> Answer:
    """A principal of the school, signed in."""
    sent = {"name": name, "phone": phone, "role": "principal", "path": SCHOOL}
    hired = await school.post("/staff", sent)
    assert hired.status == 201, hired.json
    first = await sign_in(kit, hired.json["username"], hired.json["one_time_password"])
    answer = await with_token(kit, first).put("/password", {"new": "Sunny-Day-7"})
    assert answer.status == 200, answer.body
    return answer


async def test_a_renamed_role_goes_on_under_its_new_name_with_its_card_and_does_the_old_ones_work(
    parts: Any, tmp_path: Path
) -> None:
    folder = released(schemes_of_next_year(tmp_path))
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        kit.at(utc_now())
        school = kit.as_(an_administrator(SCHOOL))
        session = await a_principal(kit, school, "陈校", "13700000001")
        compared = (await province.get(f"/scheme-versions/jiangxi/2026.1/{NEW}")).json
        assert [(r["before"], r["after"], r["level"], r["cards"], r["units"], r["gains"]) for r in compared["roles"]] == [
            ("校长", "校长", "school", 1, 1, [])
        ]
        assert compared["stay"] == []
        assert "角色“校长”改为“校长”，身份卡随之改变" in compared["migration"]
        assert (await school.get(f"/scheme-versions/jiangxi/2026.1/{NEW}")).code == "forbidden"

        assert (await province.post("/adopted-schemes", WISH)).status == 201
        await kit.tick()
        [card] = (await school.get("/staff")).json["items"]
        assert (card["role"], card["name"]) == ("headmaster", "陈校")
        again = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert again.status == 201, again.body
        assert again.json["card"]["id"] == card["card_id"], "it is the same card, and the session goes on"
        claims = json.loads(base64.urlsafe_b64decode(again.json["access_token"].split(".")[1] + "=="))
        assert (claims["role"], claims["former_roles"]) == ("headmaster", ["principal"]), "it still acts in terms that stay"
        assert [one.what for one in await kit.events(AccountChangedV1)][-1] == "card_renamed"
        [event] = await kit.events(CardsChangedV1)
        assert (event.path, [(r.before, r.after, r.cards) for r in event.roles]) == (SCHOOL, [("校长", "校长", 1)])
        assert (await kit.events(CardRevokedV1))[-1].reason == "role_renamed"
        assert "card_renamed" in {row["what"] for row in (await school.get("/audit")).json["items"]}


async def test_a_card_of_a_role_that_is_gone_ends_and_its_holder_and_the_administrator_hear_of_it(
    parts: Any, tmp_path: Path
) -> None:
    folder = released(schemes_of_next_year(tmp_path, migration=JIANGXI_MIGRATION.replace(RENAMED, "roles: [{old: principal}]")))
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        kit.at(utc_now())
        school = kit.as_(an_administrator(SCHOOL))
        await a_principal(kit, school, "陈校", "13700000001")
        assert (await province.get(f"/scheme-versions/jiangxi/2026.1/{NEW}")).json["roles"][0]["after"] is None
        assert (await province.post("/adopted-schemes", WISH)).status == 201
        await kit.tick()
        assert (await school.get("/staff")).json["items"] == []
        [event] = await kit.events(CardsChangedV1)
        assert [(r.before, r.after, r.cards) for r in event.roles] == [("校长", None, 1)]
        assert [one.what for one in await kit.events(AccountChangedV1)][-1] == "card_retired"


async def test_a_renamed_role_gains_rights_only_where_whoever_adopts_confirms_it(parts: Any, tmp_path: Path) -> None:
    folder = released(schemes_of_next_year(tmp_path, edits=(*JIANGXI, GAINS)))
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        kit.at(utc_now())
        refused = await province.post("/adopted-schemes", WISH)
        assert (refused.code, refused.json["field"], refused.json["gains"]) == (
            "role_gains_rights", "confirmed", {"headmaster": ["seal"]},
        )  # fmt: skip
        assert (await province.post("/adopted-schemes", WISH | {"confirmed": ["class_teacher"]})).code == "role_gains_rights"
        shown = (await province.get(f"/scheme-versions/jiangxi/2026.1/{NEW}")).json["roles"]
        assert [(one["role"], one["gains"]) for one in shown] == [("headmaster", ["生成档案"])]
        assert (await province.post("/adopted-schemes", WISH | {"confirmed": ["headmaster"]})).status == 201


async def test_terms_under_way_cannot_be_moved_where_nothing_carries_over_what_is_open(parts: Any, tmp_path: Path) -> None:
    edits = (*JIANGXI, ("time_zone: Asia/Shanghai", "time_zone: Asia/Urumqi"))
    folder = released(schemes_of_next_year(tmp_path, edits=edits))
    async with an_identity(parts, schemes=folder) as kit:
        province = await a_province(kit)
        kit.at(utc_now())
        refused = await province.post("/adopted-schemes", WISH | {"running": "move"})
        assert (refused.code, refused.json["detail"]) == ("terms_must_stay", "时区改变")
        assert "保持原版本" in refused.json["help"]
        assert (await province.get(f"/scheme-versions/jiangxi/2026.1/{NEW}")).json["stay"] == ["时区改变"]
        made = await province.post("/adopted-schemes", WISH)
        assert made.status == 201
        over = await province.post(f"/adopted-schemes/{made.json['id']}/withdrawal")
        assert over.code == "adoption_over"
        assert over.json["detail"] == f"{NEW}版已从{TODAY.year}年{TODAY.month}月{TODAY.day}日起生效，不能撤回"


def test_former_roles_follow_all_migrations_and_each_capability_has_words(tmp_path: Path) -> None:
    schemes = Schemes(schemes_of_next_year(tmp_path))
    new, old = schemes.get("jiangxi", NEW), schemes.get("jiangxi", "2026.1")
    assert new.former_roles("headmaster", "school") == {"principal"}
    assert new.former_roles("class_teacher", "class") == old.former_roles("principal", "school") == frozenset()
    assert [(one.level, one.before, one.after) for one in moved_roles(new)] == [("school", "principal", "headmaster")]
    assert moved_roles(old) == []
    assert list(reasons_to_stay(old, new)) == []
    assert {words.capability(name) for name in CAPABILITIES}.isdisjoint(CAPABILITIES)
