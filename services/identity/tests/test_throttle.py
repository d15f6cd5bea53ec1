"""Guessing passwords: what it costs the guesser, what it never costs the holder, and what nobody learns by it (JX-01)."""

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

from .builders import OPERATOR_PASSWORD, an_identity, read_picture, settled, sign_in

GOOD = "Sunny-Day-7"
HERE, THERE = {"X_Real_Ip": "10.0.0.9"}, {"X_Real_Ip": "10.0.0.10"}


@pytest.mark.feature("JX-01")
async def test_after_failures_a_picture_is_asked_for_alike_for_known_and_unknown_names(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await settled(kit, "operator", OPERATOR_PASSWORD)
        for name in ("operator", "nobody"):
            said = [await sign_in(kit, name, "Wrong-One-1", **HERE) for _ in range(7)]
            assert [a.code for a in said] == ["bad_credentials"] * 5 + ["captcha_required"] * 2, name
            assert [a.json.get("captcha_next") for a in said] == [False] * 4 + [True, None, None]
            assert {a.status for a in said} == {401, 403}
            assert said[-1].json["rule"] == "JX-01"
            picture = await read_picture(kit)
            wrong = await sign_in(kit, name, GOOD, captcha=picture | {"answer": "xxxx"}, **HERE)
            assert wrong.code == "captcha_wrong"
            used = await sign_in(kit, name, GOOD, captcha=picture, **HERE)
            assert used.code == "captcha_wrong", "a picture is good for one answer, right or wrong"
            tried = await sign_in(kit, name, "Wrong-One-1", captcha=await read_picture(kit), **HERE)
            assert tried.code == "bad_credentials"
        capitals = await read_picture(kit)
        capitals["answer"] = f" {capitals['answer'].upper()} "
        assert (await sign_in(kit, "operator", GOOD, captcha=capitals, **HERE)).status == 201
        assert (await sign_in(kit, "operator", GOOD, **HERE)).status == 201, "who proved themself starts anew"


@pytest.mark.feature("JX-01")
async def test_strangers_failures_do_not_reach_a_device_that_signed_in_before(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await settled(kit, "operator", OPERATOR_PASSWORD)
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
        picture = await read_picture(kit)
        assert (await sign_in(kit, "operator", GOOD, captcha=picture, **THERE)).status == 201, "nobody is locked out"
        own = [await sign_in(kit, "operator", "Wrong-One-1", device=device, **HERE) for _ in range(6)]
        assert own[-1].code == "captcha_required", "a stolen device guesses no faster"


@pytest.mark.feature("JX-01")
async def test_a_device_of_one_account_is_no_device_of_another_and_grows_old(parts: Any) -> None:
    async with an_identity(parts) as kit:
        vault, now = kit.deps.vault, utc_now()
        one, other = vault.target("sign_in", "a"), vault.target("sign_in", "b")
        token = vault.new_device(one, now)
        assert vault.device_of(one, token, now) is not None
        assert vault.device_of(other, token, now) is None
        assert vault.device_of(one, token, now + timedelta(days=400)) is None


@pytest.mark.feature("JX-01")
async def test_one_address_that_tries_many_names_reads_pictures_for_all(parts: Any) -> None:
    async with an_identity(parts, captcha_after_source=6) as kit:
        await settled(kit, "operator", OPERATOR_PASSWORD)
        said = [await sign_in(kit, f"name-{n}", "Wrong-One-1", **HERE) for n in range(8)]
        assert [a.code for a in said] == ["bad_credentials"] * 6 + ["captcha_required"] * 2
        assert (await sign_in(kit, "operator", GOOD, **HERE)).code == "captcha_required"
        assert (await sign_in(kit, "operator", GOOD, **THERE)).status == 201
        kit.at(utc_now() + timedelta(hours=2))
        assert (await sign_in(kit, "operator", GOOD, **HERE)).status == 201


@pytest.mark.feature("JX-01")
async def test_many_guesses_at_once_do_not_slip_past_the_picture(parts: Any) -> None:
    async with an_identity(parts) as kit:
        said = await asyncio.gather(*(sign_in(kit, "nobody", f"Wrong-{n}-x", **HERE) for n in range(12)))
        assert sorted(a.code or "" for a in said) == ["bad_credentials"] * 5 + ["captcha_required"] * 7


@pytest.mark.feature("JX-01")
async def test_a_picture_is_an_image_and_its_answer_is_kept_nowhere(parts: Any) -> None:
    async with an_identity(parts) as kit:
        picture = await read_picture(kit)
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
        await settled(kit, "operator", OPERATOR_PASSWORD)
        took: dict[str, list[float]] = {"operator": [], "nobody": []}
        for n in range(11):
            for name, times in took.items():
                begun = time.perf_counter()
                await sign_in(kit, name, "Wrong-One-1", X_Real_Ip=f"10.2.0.{n}")
                times.append(time.perf_counter() - begun)
        known, unknown = (statistics.median(times) for times in took.values())
        assert 0.6 < known / unknown < 1.6, (known, unknown)


async def test_pictures_are_drawn_for_one_address_so_often_a_minute(parts: Any) -> None:
    async with an_identity(parts) as kit:
        kit.at(utc_now())

        async def blank(_: str) -> str:
            return "data:,"

        kit.deps.pictures.draw = blank
        said = [await kit.anonymous.post("/captchas", **HERE) for _ in range(121)]
        assert [a.status for a in said] == [201] * 120 + [429]
        assert (await kit.anonymous.post("/captchas", **THERE)).status == 201
