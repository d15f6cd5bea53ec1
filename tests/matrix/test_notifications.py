"""Who is told: nobody who complained, and of what happens only those whom it concerns."""

import asyncio

import aiohttp
import pytest

from tests.world.builders import a_file, a_record

from .callers import Callers


@pytest.mark.feature("X-08")
async def test_who_complained_is_told_to_nobody(callers: Callers) -> None:
    """The complainant is a pupil of the same class; nothing that leads to them is in what others read."""
    await callers.renew(callers.tokens)
    ids, region = callers.region.ids, callers.region
    complainants = {"open_case": "guardian@class", "closed_case": "student@class"}
    for case, who in complainants.items():
        user = region.people[who]
        words = [user.username, str(user.session["account"]["id"]), str(user.session["card"]["id"])]
        for reader in ("student@own", "guardian@own", "class_teacher@class", "school_administrator@school", "student@school"):
            for path in (
                f"/publicity/cases/{ids[case]}",
                f"/publicity/board/{ids['entry']}",
                "/publicity/cases?waiting=false",
            ):
                text = (await callers.ask(reader, "GET", path)).content.decode()
                assert not [word for word in words if word in text], (reader, path)
        own = await callers.ask(who, "GET", f"/publicity/cases/{ids[case]}")
        assert own.status == 200


async def a_waiting_record(callers: Callers) -> str:
    """One more of the owner's, which nothing else here asks about."""
    region = callers.region
    by, world = region.owner.user, region.world
    file_id = await a_file(by, 20261122)
    made = await by.post("/records/records", a_record(world, region.ids["term"], [file_id], title="直播", data__name="直播"))
    return str(made["id"])


async def test_live_streams_tell_their_own_listeners_only(callers: Callers) -> None:
    """A record is returned while everybody listens: the owner's side hears of it, nobody else."""
    region = callers.region
    record = await a_waiting_record(callers)
    received: dict[str, bytes] = {}

    async def listen(name: str, ready: asyncio.Event) -> None:
        headers = {"Authorization": f"Bearer {callers.tokens[name]}"}
        url = f"{region.world.gateway.base}/api/notify/stream"
        received[name] = b""
        try:
            async with asyncio.timeout(6), callers.http.get(url, headers=headers) as answer:
                assert answer.status == 200
                ready.set()
                async for part in answer.content.iter_any():
                    received[name] += part
        except (TimeoutError, aiohttp.ServerTimeoutError):
            return
        finally:
            ready.set()  # who could not listen fails the test below, and keeps nobody waiting

    names = ["student@own", "guardian@own", "student@class", "guardian@class", "student@school", "class_teacher@school",
             "class_teacher@other", "school_administrator@other", "principal@far", "operator"]  # fmt: skip
    await callers.renew(names)
    ready = [asyncio.Event() for _ in names]
    listening = [asyncio.create_task(listen(name, event)) for name, event in zip(names, ready, strict=True)]
    await asyncio.gather(*(event.wait() for event in ready))
    reason = {"reason_code": "incomplete", "note": "直播"}
    done = await callers.ask("class_teacher@class", "POST", f"/records/records/{record}/return", json=reason)
    assert done.status == 200, done.content
    await asyncio.gather(*listening)
    assert {name for name, text in received.items() if record.encode() in text} == {"student@own", "guardian@own"}
