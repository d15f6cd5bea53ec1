"""An older process meets what only a newer release knows, on the real bus and database: it waits for the new process."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from enum import StrEnum
from typing import Any, ClassVar
from uuid import UUID

import pytest
from contracts.base import Event
from contracts.identity import CardRevokedV1
from contracts.registry import EVENTS
from scheme import UnknownError
from servicekit import bus, jobs, outbox
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.http import Api
from servicekit.ids import new_id, utc_now
from servicekit.jobs import ScheduledJobs
from servicekit.service import Service
from servicekit.testing import Kit, a_service

SUBJECT = CardRevokedV1.subject


class State(StrEnum):
    """All states that this release knows."""

    OLD = "old"


class CardRevokedV2(Event):
    """What a newer release says instead."""

    subject: ClassVar[str] = "identity.card.revoked.v2"
    key: ClassVar[str] = "card_id"
    card_id: UUID


class CardRevokedLater(CardRevokedV1):
    """The same subject as a newer release has it: one field more."""

    urgent: bool = False


def unknown_scheme() -> None:
    raise UnknownError("scheme", "jiangxi 2099.1")


def unknown_role() -> None:
    raise LookupError("scheme jiangxi 2099.1 has no role 'school_psychologist'")


def unknown_state() -> None:
    State("new")


UNKNOWN: dict[str, Callable[[], None]] = {"scheme": unknown_scheme, "role": unknown_role, "state": unknown_state}


def a_toy() -> tuple[Service, set[str], list[str]]:
    """A service, what it knows by now, and what took effect."""
    on_event, on_job, known, done = EventHandlers(), ScheduledJobs(), set[str](), list[str]()

    @on_event(CardRevokedV1)
    async def on_revoked(deps: Any, tx: Tx, event: CardRevokedV1) -> None:
        if event.reason in UNKNOWN and event.reason not in known:
            known.add(event.reason)  # as if the next delivery went to a newer process
            UNKNOWN[event.reason]()
        done.append(event.reason)

    @on_job("ring")
    async def ring(deps: Any, tx: Tx, key: str, payload: dict[str, Any]) -> None:
        done.append(key)

    return Service("identity", "toy", Api("identity"), on_event, on_job), known, done


@pytest.fixture(autouse=True)
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bus, "_redelivery_delay", lambda attempts: 0.05)


def a_revocation(reason: str) -> CardRevokedV1:
    return CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason=reason)


async def publish(kit: Kit, *events: Event) -> None:
    async with kit.deps.db.transaction() as tx:
        await outbox.add(tx, *events)


async def dead(kit: Kit) -> list[tuple[str, int]]:
    async with kit.deps.db.reading() as tx:
        rows = await tx.fetch("SELECT error, tries FROM dead_letters")
    return [(row["error"], row["tries"]) for row in rows]


async def eventually(holds: Callable[[], Awaitable[bool]]) -> None:
    async with asyncio.timeout(20):
        while True:
            if await holds():
                return
            await asyncio.sleep(0.05)


@pytest.mark.parametrize("what", sorted(UNKNOWN))
async def test_an_event_that_names_what_this_process_does_not_know_yet_is_tried_again(parts: Any, what: str) -> None:
    service, known, done = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        await publish(kit, a_revocation(what))

        async def took_effect() -> bool:
            return done == [what]

        await eventually(took_effect)
        assert known == {what}
        assert await dead(kit) == []
    await parts.reset_bus()


async def test_an_event_with_a_field_of_a_newer_release_waits_until_a_process_can_read_it(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _, done = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        await publish(kit, CardRevokedLater(**a_revocation("newer").model_dump()))
        await asyncio.sleep(0.5)
        assert (done, await dead(kit)) == ([], [])
        monkeypatch.setitem(EVENTS, SUBJECT, CardRevokedLater)

        async def took_effect() -> bool:
            return done == ["newer"]

        await eventually(took_effect)
        assert await dead(kit) == []
    await parts.reset_bus()


async def test_an_older_process_keeps_a_newer_subject_in_the_consumer_and_leaves_its_events_to_the_newer_one(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    service, _, done = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        consumer = kit.running.consumer
        newer = consumer._config("IDENTITY", [SUBJECT, CardRevokedV2.subject])
        await consumer._js().add_consumer("IDENTITY", config=newer)
        await consumer.ensure()
        info = await consumer._js().consumer_info("IDENTITY", service.name)
        assert set(info.config.filter_subjects) == {SUBJECT, CardRevokedV2.subject}
        await publish(kit, CardRevokedV2(card_id=new_id()))
        await asyncio.sleep(0.5)
        assert await dead(kit) == []

        async def on_revoked(deps: Any, tx: Tx, event: CardRevokedV2) -> None:
            done.append("second version")

        monkeypatch.setitem(EVENTS, CardRevokedV2.subject, CardRevokedV2)
        monkeypatch.setitem(service.events.handlers, CardRevokedV2.subject, on_revoked)

        async def took_effect() -> bool:
            return done == ["second version"]

        await eventually(took_effect)
        assert await dead(kit) == []
    await parts.reset_bus()


async def test_what_nobody_learns_within_a_deployment_ends_as_a_dead_letter(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert (
        sum(min(60.0, 0.2 * 2**attempts) for attempts in range(1, bus._MAX_ATTEMPTS_UNKNOWN))
        > timedelta(hours=1).total_seconds()
    )
    assert bus._MAX_ATTEMPTS_UNKNOWN < bus._MAX_DELIVER
    monkeypatch.setattr(bus, "_MAX_ATTEMPTS_UNKNOWN", 4)
    service, _, done = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        await publish(kit, CardRevokedLater(**a_revocation("newer").model_dump()))

        async def buried() -> bool:
            return [attempts for _, attempts in await dead(kit)] == [4]

        await eventually(buried)
        assert done == []
    await parts.reset_bus()


async def test_a_message_that_is_no_event_in_any_release_is_a_dead_letter_at_once(parts: Any) -> None:
    service, _, done = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        async with kit.deps.db.transaction() as tx:
            await outbox.add_serialised(tx, CardRevokedV1, [("card:1", b'{"card_id": ')])
            await outbox.add_serialised(tx, CardRevokedV1, [("card:2", b'{"card_id": "x", "urgent": true}')])

        async def buried() -> bool:
            return [attempts for _, attempts in await dead(kit)] == [1, 1]

        await eventually(buried)
        assert done == []
    await parts.reset_bus()


async def test_a_job_without_a_handler_here_keeps_its_tries_for_the_process_that_has_one(parts: Any) -> None:
    service, _, done = a_toy()
    async with a_service(service, parts) as kit:
        async with kit.deps.db.transaction() as tx:
            await jobs.schedule(tx, utc_now() - timedelta(minutes=59), "newer", "a")
            await jobs.schedule(tx, utc_now(), "ring", "b")
        await kit.tick()
        async with kit.deps.db.reading() as tx:
            waits = await tx.fetchrow("SELECT tries, done_at, error FROM jobs WHERE what = 'newer'")
            assert await jobs.failed(tx, service.jobs.handlers) == 0
        assert (done, tuple(waits)) == (["b"], (0, None, None))
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET at = now() - interval '61 minutes' WHERE what = 'newer'")
            assert await jobs.failed(tx, service.jobs.handlers) == 1

        @service.jobs("newer")
        async def newer(deps: Any, tx: Tx, key: str, payload: dict[str, Any]) -> None:
            done.append(key)

        await kit.tick()
        assert done == ["b", "a"]


async def test_a_job_that_needs_a_newer_scheme_is_tried_for_longer_than_a_deployment_takes(parts: Any) -> None:
    assert sum(min(300, 2**attempts) for attempts in range(jobs.MAX_TRIES)) > timedelta(hours=1).total_seconds()
    service, _, done = a_toy()
    async with a_service(service, parts) as kit:
        known = False

        @service.jobs("newer_scheme")
        async def newer_scheme(deps: Any, tx: Tx, key: str, payload: dict[str, Any]) -> None:
            if not known:
                unknown_scheme()
            done.append(key)

        async with kit.deps.db.transaction() as tx:
            await jobs.schedule(tx, utc_now(), "newer_scheme", "a")
        await kit.tick()
        async with kit.deps.db.transaction() as tx:
            assert await tx.fetchval("SELECT tries FROM jobs") == 1
            await tx.execute("UPDATE jobs SET at = now()")
        known = True
        await kit.tick()
        assert done == ["a"]
