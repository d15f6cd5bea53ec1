"""Guessing passwords is slowed down, the holder is not affected, and nobody learns which accounts exist (JX-01)."""

import asyncio
import base64
import io
import statistics
import time
from datetime import timedelta
from typing import Any

import pytest
from PIL import Image
from servicekit.ids import new_id, utc_now

from .builders import OPERATOR_PASSWORD, an_identity, sign_in, signed_in_with_password, solve_captcha

GOOD = "Sunny-Day-7"
HERE, THERE = {"X_Real_Ip": "10.0.0.9"}, {"X_Real_Ip": "10.0.0.10"}


@pytest.mark.feature("JX-01", "CS-03")
async def test_after_failures_known_and_unknown_names_need_a_captcha(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        for name in ("operator", "nobody"):
            answers = [await sign_in(kit, name, "Wrong-One-1", **HERE) for _ in range(7)]
            assert [a.code for a in answers] == ["bad_credentials"] * 5 + ["captcha_required"] * 2, name
            assert [a.json.get("captcha_next") for a in answers] == [False] * 4 + [True, None, None]
            assert {a.status for a in answers} == {401, 403}
            assert answers[-1].json["rule"] == "JX-01"
            picture = await solve_captcha(kit)
            wrong = await sign_in(kit, name, GOOD, captcha=picture | {"answer": "xxxx"}, **HERE)
            assert wrong.code == "captcha_wrong"
            used = await sign_in(kit, name, GOOD, captcha=picture, **HERE)
            assert used.code == "captcha_wrong", "a picture is good for one answer, right or wrong"
            attempt = await sign_in(kit, name, "Wrong-One-1", captcha=await solve_captcha(kit), **HERE)
            assert attempt.code == "bad_credentials"
        capitals = await solve_captcha(kit)
        capitals["answer"] = f" {capitals['answer'].upper()} "
        assert (await sign_in(kit, "operator", GOOD, captcha=capitals, **HERE)).status == 201
        assert (await sign_in(kit, "operator", GOOD, **HERE)).status == 201, "who proved themself starts anew"


@pytest.mark.feature("JX-01")
async def test_failures_of_strangers_do_not_affect_a_known_device(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        device = (await sign_in(kit, "operator", GOOD, **HERE)).json["device"]
        for n in range(15):
            await sign_in(kit, "operator", "Wrong-One-1", X_Real_Ip=f"10.1.0.{n}")
        for _ in range(5):
            await sign_in(kit, "operator", "Wrong-One-1", **HERE)
        assert (await sign_in(kit, "operator", GOOD, **THERE)).code == "captcha_required", "a new place reads a picture"
        known = await sign_in(kit, "operator", GOOD, device=device, **HERE)
        assert (known.status, known.json["device"]) == (201, device), "even behind the guesser's own address"
        forged = [device[:-1] + ("0" if device[-1] != "0" else "1"), "..", "0.a.b", device + ".x", "é.é.é"]
        for bad in forged:
            assert (await sign_in(kit, "operator", GOOD, device=bad, **HERE)).code == "captcha_required", bad
        picture = await solve_captcha(kit)
        assert (await sign_in(kit, "operator", GOOD, captcha=picture, **THERE)).status == 201, "nobody is locked out"
        own = [await sign_in(kit, "operator", "Wrong-One-1", device=device, **HERE) for _ in range(6)]
        assert own[-1].code == "captcha_required", "a stolen device guesses no faster"


@pytest.mark.feature("JX-01")
async def test_a_device_token_is_for_one_account_and_expires(parts: Any) -> None:
    async with an_identity(parts) as kit:
        tokens, now = kit.deps.tokens, utc_now()
        one, other = tokens.attempt_target("sign_in", "a"), tokens.attempt_target("sign_in", "b")
        token = tokens.new_device_token(one, now)
        assert tokens.device_id(one, token, now) is not None
        assert tokens.device_id(other, token, now) is None
        assert tokens.device_id(one, token, now + timedelta(days=400)) is None


@pytest.mark.feature("JX-01")
async def test_an_address_that_tries_many_names_needs_captchas_for_all(parts: Any) -> None:
    async with an_identity(parts, captcha_after_source=6) as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        answers = [await sign_in(kit, f"name-{n}", "Wrong-One-1", **HERE) for n in range(8)]
        assert [a.code for a in answers] == ["bad_credentials"] * 6 + ["captcha_required"] * 2
        assert (await sign_in(kit, "operator", GOOD, **HERE)).code == "captcha_required"
        assert (await sign_in(kit, "operator", GOOD, **THERE)).status == 201
        kit.at(utc_now() + timedelta(hours=2))
        assert (await sign_in(kit, "operator", GOOD, **HERE)).status == 201


@pytest.mark.feature("JX-01")
async def test_parallel_guesses_do_not_evade_the_captcha(parts: Any) -> None:
    async with an_identity(parts) as kit:
        answers = await asyncio.gather(*(sign_in(kit, "nobody", f"Wrong-{n}-x", **HERE) for n in range(12)))
        assert sorted(a.code or "" for a in answers) == ["bad_credentials"] * 5 + ["captcha_required"] * 7


@pytest.mark.feature("JX-01")
async def test_a_captcha_is_an_image_and_its_answer_is_not_stored(parts: Any) -> None:
    async with an_identity(parts) as kit:
        picture = await solve_captcha(kit)
        shown = (await kit.anonymous.post("/captchas")).json
        png = base64.b64decode(shown["image"].removeprefix("data:image/png;base64,"))
        assert Image.open(io.BytesIO(png)).size == (160, 60)
        async with kit.deps.db.reading() as tx:
            kept = str(await tx.fetch("SELECT * FROM captchas"))
            assert await tx.fetchval("SELECT count(*) FROM captchas") == 2
        assert picture["answer"] not in kept
        kit.at(utc_now() + timedelta(minutes=6))
        for _ in range(5):
            await sign_in(kit, "nobody", "Wrong-One-1", **HERE)
        late = await sign_in(kit, "nobody", "Wrong-One-1", captcha=picture, **HERE)
        assert late.code == "captcha_wrong"
        made_up = await sign_in(kit, "nobody", "Wrong-One-1", captcha={"id": str(new_id()), "answer": "a3c4"}, **HERE)
        assert made_up.code == "captcha_wrong"


@pytest.mark.feature("JX-01")
async def test_known_and_unknown_names_take_the_same_time(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD)
        took: dict[str, list[float]] = {"operator": [], "nobody": []}
        for n in range(11):
            for name, times in took.items():
                begun = time.perf_counter()
                await sign_in(kit, name, "Wrong-One-1", X_Real_Ip=f"10.2.0.{n}")
                times.append(time.perf_counter() - begun)
        known, unknown = (statistics.median(times) for times in took.values())
        assert 0.6 < known / unknown < 1.6, (known, unknown)


async def test_captchas_are_limited_to_so_many_a_minute_and_address(parts: Any) -> None:
    async with an_identity(parts) as kit:
        kit.at(utc_now())

        async def blank(_: str) -> str:
            return "data:,"

        kit.deps.captcha_images.draw = blank
        answers = [await kit.anonymous.post("/captchas", **HERE) for _ in range(121)]
        assert [a.status for a in answers] == [201] * 120 + [429]
        assert (await kit.anonymous.post("/captchas", **THERE)).status == 201
