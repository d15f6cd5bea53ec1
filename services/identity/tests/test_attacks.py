"""Attacks: unknown fields, paths that begin like one's own, roles above one's own, forged tokens."""

from datetime import timedelta
from typing import Any

import pytest
from identity.api import api
from joserfc import jwt
from joserfc.jwk import OKPKey
from servicekit.auth import ALGORITHM, TYPE, claims_of
from servicekit.ids import new_id, utc_now
from servicekit.testing import Caller, an_actor, signing_key

from .builders import SCHOOL, Pupil, a_class_teacher, a_roster, a_tree, an_administrator, an_identity, forged

NEXT = "jx.nc.dh.s10"


@pytest.mark.parametrize("route", [r for r in api.routes if r.body is not None], ids=lambda r: f"{r.method} {r.path}")
def test_request_bodies_refuse_unknown_fields(route: Any) -> None:
    assert route.body.model_config["extra"] == "forbid"
    properties = set(route.body.model_fields)
    assert properties.isdisjoint({"id", "account_id", "version", "state", "level", "one_time_password", "disabled"}), properties


@pytest.mark.feature("NR-05")
async def test_a_school_whose_path_begins_with_anothers_is_out_of_scope(parts: Any) -> None:
    async with an_identity(parts) as kit:
        for school in (SCHOOL, NEXT):
            await a_tree(kit, school)
        await kit.receive(a_roster(Pupil(1), teachers=(a_class_teacher(),)))
        await kit.receive(a_roster(Pupil(2), teachers=(a_class_teacher("13900000009", "王老师"),), school=NEXT))
        here, there = kit.as_(an_administrator(SCHOOL)), kit.as_(an_administrator(NEXT))
        for admin, name, other in ((here, "学生1", NEXT), (there, "学生2", SCHOOL)):
            assert [s["name"] for s in (await admin.get("/students")).json["items"]] == [name]
            assert len((await admin.get("/staff")).json["items"]) == 1
            for path in (other, other.rpartition(".")[0], "", "jx"):
                assert (await admin.get("/students", path=path)).code == "not_found", path
                assert (await admin.get("/staff", path=path)).code == "not_found", path
                assert (await admin.get("/audit", path=path)).code == "not_found", path
        [one] = (await there.get("/students")).json["items"]
        [card] = (await there.get("/staff")).json["items"]
        for call in (
            here.get(f"/students/{one['id']}"),
            here.post(f"/students/{one['id']}/password-reset", {"reason": "x"}),
            here.post(f"/students/{one['id']}/id-number", {"reason": "x"}),
            here.post(f"/accounts/{card['account_id']}/password-reset", {"reason": "x"}),
            here.post(f"/accounts/{card['account_id']}/disable", {"reason": "x"}),
            here.post(f"/cards/{card['card_id']}/move", {"path": SCHOOL, "reason": "x"}),
            here.delete(f"/cards/{card['card_id']}"),
            here.post("/slips", {"path": NEXT, "audience": "students"}),
        ):
            assert (await call).code == "not_found"


@pytest.mark.feature("NR-05")
async def test_nobody_grants_themselves_more_rights(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        hired = await kit.as_(an_administrator()).post(
            "/staff", {"name": "郑录", "phone": "13700000003", "role": "recorder", "path": SCHOOL}
        )
        me = {"name": "郑录", "phone": "13700000003"}
        for actor in (
            an_actor("recorder", SCHOOL),
            an_actor("principal", SCHOOL),
            an_actor("class_teacher", f"{SCHOOL}.g1.c1"),
        ):
            assert (await kit.as_(actor).post("/staff", me | {"role": "administrator", "path": SCHOOL})).code == "forbidden"
        admin = kit.as_(an_administrator())
        for path in ("jx.nc.dh", "jx.nc", "jx", ""):
            assert (await admin.post("/staff", me | {"role": "administrator", "path": path})).code == "not_found", path
            move = await admin.post(f"/cards/{hired.json['card_id']}/move", {"path": path, "reason": "x"})
            assert move.code == "not_found", path
        raised = await admin.post("/staff", me | {"role": "operator", "path": SCHOOL})
        assert raised.code == "role_misplaced"


async def test_forged_and_unsuitable_tokens_are_refused(parts: Any) -> None:
    async with an_identity(parts) as kit:
        actor, now = an_administrator(), utc_now()
        good, header = claims_of(actor.account_id, actor, now, 600), {"alg": ALGORITHM, "typ": TYPE, "kid": "test"}
        other = OKPKey.generate_key("Ed25519", {"kid": "test"}, private=True)
        public = signing_key().as_pem(private=False)

        def signed(claims: dict[str, Any], key: Any = None, **changed: Any) -> str:
            answers = header | changed
            return jwt.encode(answers, claims, key or signing_key(), algorithms=[answers["alg"]])

        old = claims_of(actor.account_id, actor, now - timedelta(hours=1), 600)
        assert (await Caller(kit.client, signed(good)).get("/students")).status == 200
        for name, token in {
            "another key": signed(good, other),
            "the public key as a shared secret": forged(header | {"alg": "HS256"}, good, public),
            "no algorithm": forged(header | {"alg": "none"}, good, None),
            "kid unknown": signed(good, kid="x"),
            "typ of an id token": signed(good, typ="JWT"),
            "another issuer": signed(good | {"iss": "https://elsewhere.example"}),
            "another audience": signed(good | {"aud": "elsewhere"}),
            "no audience": signed({k: v for k, v in good.items() if k != "aud"}),
            "no end": signed({k: v for k, v in good.items() if k != "exp"}),
            "expired": signed(old),
            "no subject": signed({k: v for k, v in good.items() if k != "sub"}),
            "a card that is no id": signed(good | {"card": "x"}),
        }.items():
            assert (await Caller(kit.client, token).get("/students")).code == "unauthenticated", name
        assert (await kit.as_(an_administrator()).get(f"/students/{new_id()}")).code == "not_found"
