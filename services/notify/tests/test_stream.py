"""The live stream on a real connection: pushed at once, resumed without loss, ended in time."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.identity import CardRevokedV1
from contracts.records import RecordReturnedV1
from notify.app import SERVICE
from notify.domain import Link, Notification
from notify.store import messages as store
from notify_builders import PEOPLE, STUDENT_ADDRESS, a_term, inbox, live, record_event, submitted
from servicekit.bus import handle
from servicekit.ids import new_id, utc_now
from servicekit.service import started
from servicekit.testing import a_service

STUDENT, TEACHER = PEOPLE["student"], PEOPLE["teacher"]
RETURNED: dict[str, Any] = {"reason_code": "evidence", "reason_title": "材料不清晰", "note": None}


async def _return_one(kit: Any) -> None:
    await kit.receive(record_event(RecordReturnedV1, new_id(), **RETURNED))


async def _nobody_is_left(kit: Any) -> None:
    async with asyncio.timeout(30):
        while kit.deps.streams.open:  # noqa: ASYNC110  nothing tells
            await asyncio.sleep(0.02)


async def test_a_message_is_pushed_at_once_with_the_count(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        await _return_one(kit)
        async with live(kit, STUDENT) as stream, live(kit, TEACHER) as other:
            assert stream.response.headers["Content-Type"].startswith("text/event-stream")
            assert await stream.next("unread") == (None, {"unread": 1})
            assert await other.next("unread") == (None, {"unread": 0})
            begun = utc_now()
            await _return_one(kit)
            place, message = await stream.next("message")
            assert utc_now() - begun < timedelta(seconds=1)
            assert (message["kind"], message["place"]) == ("record.returned", place)
            assert await stream.next("unread") == (None, {"unread": 2})
            await kit.as_(STUDENT).post("/messages/read", {"all": True})  # on another device
            assert await stream.next("unread") == (None, {"unread": 0})
            with pytest.raises(TimeoutError):
                await other.next("message", 0.3)
        await _nobody_is_left(kit)


async def test_a_growing_to_do_is_pushed_again_under_the_same_id(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        async with live(kit, TEACHER) as stream:
            await stream.next("unread")
            await kit.receive(submitted())
            first_place, first = await stream.next("message")
            await kit.receive(submitted())
            second_place, second = await stream.next("message")
            assert (first["id"], first["count"] + 1) == (second["id"], second["count"])
            assert str(first_place) < str(second_place)


async def test_a_stream_resumes_where_it_broke_and_loses_nothing_that_came_between(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        await kit.receive(a_term())
        late = new_id()
        async with live(kit, STUDENT) as stream:
            await stream.next("unread")
            await _return_one(kit)
            last, first = await stream.next("message")
        await _return_one(kit)
        notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
        async with kit.deps.db.transaction() as tx:  # made before what was seen last, committed after it
            await store.add(tx, late, notification, ("迟", "迟"), utc_now())
        assert last is not None
        assert str(late) < last
        async with live(kit, STUDENT, last=last) as stream:
            found = {(await stream.next("message"))[1]["id"] for _ in range(3)}
            await _return_one(kit)
            found |= {(await stream.next("message"))[1]["id"]}
        assert found == {m["id"] for m in await inbox(kit, STUDENT)}
        assert first["id"] in found
        for never in (UUID(int=0), UUID(int=2**128 - 1)):  # an id of long before anything, and of long after
            async with live(kit, STUDENT, last=str(never)) as stream:
                assert (await stream.next("unread"))[1]["unread"] == len(found)
        assert (await kit.as_(STUDENT).call("GET", "/stream", Last_Event_ID="x")).code == "malformed"
        assert (await kit.as_(STUDENT).get("/stream", after="x")).code == "invalid_input"


async def test_a_live_stream_also_sends_what_appears_behind_what_it_sent(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit, live(kit, STUDENT) as stream:
        await kit.receive(a_term())
        late = new_id()
        await stream.next("unread")
        await _return_one(kit)
        await stream.next("message")
        notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
        async with kit.deps.db.transaction() as tx:
            await store.add(tx, late, notification, ("迟", "迟"), utc_now())
            await store.wake(tx, [STUDENT_ADDRESS])
        assert (await stream.next("message"))[0] == str(late)


async def test_what_another_process_hears_is_pushed_too_even_after_the_listener_broke(parts: Any) -> None:
    async with (
        a_service(SERVICE, parts) as kit,
        started(SERVICE, kit.deps.settings, bus=False) as other,
        live(kit, STUDENT) as stream,
    ):
        await kit.receive(a_term())
        await stream.next("unread")
        for _ in range(2):
            event = record_event(RecordReturnedV1, new_id(), **RETURNED)
            body = event.model_dump_json().encode()
            await handle(other.deps.db, other.deps, SERVICE.events, event.subject, new_id(), body)
            await stream.next("message")
            async with kit.deps.db.reading() as tx:
                await tx.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                    "WHERE datname = current_database() AND query LIKE 'LISTEN%'"
                )


async def test_it_is_ready_on_the_real_bus_with_its_own_rights(parts: Any) -> None:
    async with a_service(SERVICE, parts, bus=True) as kit:
        ready = await kit.anonymous.get("/readyz")
        assert ready.status == 200, ready.body


async def test_more_than_a_page_is_resumed_whole_and_in_order(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        start = new_id()
        notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
        async with kit.deps.db.transaction() as tx:
            for _ in range(450):
                await store.add(tx, new_id(), notification, ("一", "一"), utc_now())
        async with live(kit, STUDENT, last=str(start)) as stream:
            places = [(await stream.next("message"))[0] for _ in range(450)]
            assert places == sorted(set(places), key=str)
            assert await stream.next("unread") == (None, {"unread": 450})


async def test_a_stream_ends_with_its_token_and_with_its_card(parts: Any) -> None:
    async with a_service(SERVICE, parts, heartbeat_seconds=0.1) as kit:
        async with live(kit, STUDENT, seconds=2) as short, live(kit, TEACHER) as revoked:
            assert await short.ends()
            event = CardRevokedV1(card_id=TEACHER.card_id, account_id=TEACHER.account_id, at=utc_now(), reason="moved")
            await kit.receive(event)
            await kit.running.verifier.refresh(kit.deps.db)
            assert await revoked.ends()
        await _nobody_is_left(kit)
        assert (await kit.anonymous.get("/stream")).code == "unauthenticated"


async def test_one_stream_too_many_ends_the_oldest(parts: Any) -> None:
    async with (
        a_service(SERVICE, parts, streams_per_account=2) as kit,
        live(kit, STUDENT) as first,
        live(kit, STUDENT) as second,
    ):
        await kit.receive(a_term())
        await second.next("unread")
        async with live(kit, STUDENT) as third:
            assert await first.ends()
            await _return_one(kit)
            await second.next("message")
            await third.next("message")
            assert kit.deps.streams.open == 2


async def test_a_full_process_asks_to_come_again(parts: Any) -> None:
    async with a_service(SERVICE, parts, streams_in_all=1) as kit:
        async with live(kit, STUDENT) as first:
            await first.next("unread")
            full = await kit.as_(TEACHER).get("/stream")
            assert (full.status, full.code, full.headers["Retry-After"]) == (503, "busy", "5")
        await _nobody_is_left(kit)
        async with live(kit, TEACHER) as again:
            await again.next("unread")


async def test_a_client_that_vanished_leaves_nothing_behind(parts: Any) -> None:
    async with a_service(SERVICE, parts, heartbeat_seconds=0.1) as kit:
        async with live(kit, STUDENT) as stream:
            await stream.next("unread")
            stream.response.connection.transport.abort()
        await _nobody_is_left(kit)
        async with live(kit, STUDENT) as again:
            await again.next("unread")


async def test_a_client_that_takes_nothing_is_let_go(parts: Any) -> None:
    async with a_service(SERVICE, parts, heartbeat_seconds=0.1, write_seconds=0.3) as kit:
        start = new_id()
        notification = Notification(STUDENT_ADDRESS, "career.sealed", None, Link("archive", "career", new_id()))
        async with kit.deps.db.transaction() as tx:
            for _ in range(300):
                await store.add(tx, new_id(), notification, ("长" * 30_000, "长"), utc_now())
        async with live(kit, STUDENT, last=str(start)) as stream:
            assert stream.status == 200
            await _nobody_is_left(kit)


async def test_streams_end_when_the_service_stops(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit, live(kit, STUDENT) as stream:
        await stream.next("unread")
        await kit.running.app.shutdown()
        assert await stream.ends()


async def test_a_stopping_process_ends_its_streams_and_spreads_their_return(parts: Any) -> None:
    async with a_service(SERVICE, parts) as kit:
        pauses = set()
        for _ in range(3):
            async with live(kit, STUDENT) as stream:
                await stream.next("unread")
                kit.running.drain()
                for end in list(kit.deps.at_stop):
                    end()
                rest = (await stream.response.content.read()).decode()
                retries = [int(line.removeprefix("retry: ")) for line in rest.splitlines() if line.startswith("retry: ")]
                assert 500 <= retries[-1] < 5000, rest
                pauses.add(retries[-1])
        assert len(pauses) > 1
