"""Signing in, refreshing, passwords."""

import asyncio
from datetime import timedelta
from typing import Any

import pytest
from contracts.identity import CardRevokedV1
from identity.store import cards
from identity.store.cards import NewCard
from servicekit.auth import Verifier
from servicekit.ids import utc_now
from servicekit.testing import jwks

from .builders import (
    CLASS,
    OPERATOR_PASSWORD,
    Pupil,
    a_roster,
    a_tree,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    with_token,
)


async def test_a_one_time_password_is_valid_once_and_only_to_set_a_password(parts: Any) -> None:
    async with an_identity(parts) as kit:
        first = await sign_in(kit, "operator", OPERATOR_PASSWORD)
        assert first.status == 201
        assert first.json["must_change_password"] is True
        assert first.json["card"] is None
        assert first.json["refresh_token"] is None
        limited = with_token(kit, first)
        assert (await limited.get("/me")).json["account"]["must_change_password"] is True
        own = {"name": "平台运维", "id_number": "11010519491231002X"}
        assert (await limited.post("/cards/own", own)).code == "password_change_required"
        assert (await limited.get("/organisations")).code == "forbidden"
        assert (await sign_in(kit, "operator", OPERATOR_PASSWORD)).code == "one_time_used"
        for password, code in (("short1", "password_too_short"), ("operator", "password_too_simple")):
            assert (await limited.put("/password", {"new": password})).code == code
        fresh = await limited.put("/password", {"new": "Sunny-Day-7"})
        assert fresh.status == 200
        assert (fresh.json["card"]["role"], fresh.json["card"]["path"]) == ("operator", "")
        assert (await with_token(kit, fresh).get("/organisations")).status == 200
        assert (await limited.put("/password", {"new": "Other-Day-8"})).code == "unauthenticated"
        again = await sign_in(kit, "operator", "Sunny-Day-7")
        assert (again.status, again.json["must_change_password"]) == (201, False)


async def test_a_one_time_password_expires(parts: Any) -> None:
    async with an_identity(parts) as kit:
        kit.at(utc_now() + timedelta(days=31))
        assert (await sign_in(kit, "operator", OPERATOR_PASSWORD)).code == "one_time_expired"


async def test_of_two_parallel_sign_ins_with_one_slip_one_succeeds(parts: Any) -> None:
    async with an_identity(parts) as kit:
        answers = await asyncio.gather(*(sign_in(kit, "operator", OPERATOR_PASSWORD) for _ in range(4)))
        assert sorted(a.status for a in answers) == [201, 401, 401, 401]


async def test_refresh_tokens_rotate_and_a_used_one_ends_the_session(parts: Any) -> None:
    async with an_identity(parts) as kit:
        session = await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        first = session.json["refresh_token"]
        second = await kit.anonymous.post("/sessions/refresh", {"refresh_token": first})
        assert second.status == 201
        assert second.json["card"]["role"] == "operator"
        assert second.json["refresh_token"] != first
        kit.at(utc_now() + timedelta(seconds=31))
        reused = await kit.anonymous.post("/sessions/refresh", {"refresh_token": first})
        assert reused.code == "refresh_reused"
        after = await kit.anonymous.post("/sessions/refresh", {"refresh_token": second.json["refresh_token"]})
        assert after.code == "refresh_invalid"
        assert (await kit.anonymous.post("/sessions/refresh", {"refresh_token": "made-up"})).code == "refresh_invalid"


async def test_signing_out_and_changing_the_password_end_sessions(parts: Any) -> None:
    async with an_identity(parts) as kit:
        one = await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        two = await sign_in(kit, "operator", "Sunny-Day-7")
        assert (await with_token(kit, two).delete("/sessions")).status == 204
        gone = await kit.anonymous.post("/sessions/refresh", {"refresh_token": two.json["refresh_token"]})
        assert gone.code == "refresh_invalid"
        three = await sign_in(kit, "operator", "Sunny-Day-7")
        caller = with_token(kit, three)
        assert (await caller.put("/password", {"old": "Wrong-One-1", "new": "Rainy-Day-8"})).code == "wrong_password"
        assert (await caller.put("/password", {"old": "Sunny-Day-7", "new": "Sunny-Day-7"})).code == "password_unchanged"
        fresh = await caller.put("/password", {"old": "Sunny-Day-7", "new": "Rainy-Day-8"})
        assert fresh.status == 200
        await kit.running.verifier.refresh(kit.deps.db)
        for old in (one, three):
            assert (await with_token(kit, old).get("/me")).code == "unauthenticated"
            refused = await kit.anonymous.post("/sessions/refresh", {"refresh_token": old.json["refresh_token"]})
            assert refused.code == "refresh_invalid"
        assert (await with_token(kit, fresh).get("/me")).status == 200
        ended, changed = await kit.events(CardRevokedV1)
        assert (str(ended.account_id), ended.reason) == (two.json["account"]["id"], "signed_out")
        assert (changed.card_id, changed.reason) == (changed.account_id, "password_changed")
        assert (await sign_in(kit, "operator", "Sunny-Day-7")).code == "bad_credentials"


async def test_no_secret_is_stored_for_repeated_requests(parts: Any) -> None:
    async with an_identity(parts) as kit:
        first = await sign_in(kit, "operator", OPERATOR_PASSWORD)
        changed = await with_token(kit, first).put("/password", {"new": "Sunny-Day-7"}, Idempotency_Key="k1")
        assert changed.status == 200
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM idempotency") == 0


@pytest.mark.feature("BJ-10")
async def test_the_token_of_a_group_card_names_the_student_whose_account_it_is(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1)))
        [(username, one_time)] = (await slips_of(kit, "students")).items()
        session = await signed_in_with_password(kit, username, one_time)
        own = {"name": "学生1", "id_number": an_id_number(1)}
        assert (await with_token(kit, session).post("/cards/own", own)).status == 201
        async with kit.deps.db.transaction() as tx:
            [holder] = await tx.fetch("SELECT account_id, person_id FROM cards WHERE role = 'student'")
            await cards.add(tx, [NewCard(holder["account_id"], holder["person_id"], "subject_teacher", CLASS)])
        held = {card["role"]: card for card in (await with_token(kit, session).get("/me")).json["cards"]}
        group = await with_token(kit, session).post("/sessions/card", {"card_id": held["subject_teacher"]["id"]})
        student = await with_token(kit, session).post("/sessions/card", {"card_id": held["student"]["id"]})
        verifier = Verifier(jwks())
        member, pupil = (verifier.verify(one.json["access_token"], utc_now()).actor for one in (group, student))
        assert member is not None
        assert pupil is not None
        assert (member.own_students, member.students) == (pupil.students, frozenset())
        assert len(pupil.students) == 1
        assert pupil.own_students == frozenset()


async def test_the_audit_trail_grows_and_cannot_be_changed(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1)))
        [(username, one_time)] = (await slips_of(kit, "students")).items()
        await sign_in(kit, username, "Wrong-One-1")
        await signed_in_with_password(kit, username, one_time)
        async with kit.deps.db.reading() as tx:
            found = [r["what"] for r in await tx.fetch("SELECT what FROM audit ORDER BY id")]
            text = str(await tx.fetch("SELECT * FROM audit"))
            for change in ("UPDATE audit SET what = 'x'", "DELETE FROM audit", "TRUNCATE audit"):
                with pytest.raises(Exception, match="permission denied"):
                    await tx.execute(change)
        expected = ["slips_printed", "sign_in_failed", "signed_in", "password_changed"]
        assert [w for w in found if w in expected] == expected
        assert one_time not in text


async def test_the_published_keys_have_no_private_part(parts: Any) -> None:
    async with an_identity(parts) as kit:
        [key] = (await kit.anonymous.get("/.well-known/jwks.json")).json["keys"]
        assert (key["kid"], key["alg"], "d" in key) == ("test", "Ed25519", False)
