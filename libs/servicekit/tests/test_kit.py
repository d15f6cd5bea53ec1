"""The kit itself, on a toy service that is all kit: HTTP, rights, idempotency, outbox, bus, inbox, scheduled jobs."""

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID

from contracts.identity import CardRevokedV1
from pydantic import BaseModel, Field
from servicekit import jobs, outbox
from servicekit.auth import ANYONE, may
from servicekit.bus import EventHandlers, RetryLater
from servicekit.db import Tx
from servicekit.http import Api, Page, Request
from servicekit.ids import new_id, utc_now
from servicekit.jobs import ScheduledJobs
from servicekit.service import Service
from servicekit.testing import a_service, a_student, an_actor, token

CLASS = "jx.nc.dh.s1.g2025.c01"


class Memo(BaseModel):
    """A text."""

    text: str = Field(max_length=10)
    version: int = 1


class Order(BaseModel):
    """All fields have a default."""

    loud: bool = False


def a_toy() -> tuple[Service, list[Any]]:
    api, on_event, on_job, received = Api("identity"), EventHandlers(), ScheduledJobs(), []

    @api.post("/notes", may=may("act_as_student"), rules=("JX-03",))
    async def write(request: Request, note: Memo) -> Memo:
        """Write a note."""
        async with request.deps.db.transaction() as tx:
            await outbox.add(tx, CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason=note.text))
        return note

    @api.post("/notes/{note_id}/ring", may=may("act_as_student"), status=202)
    async def ring_for(request: Request, note_id: UUID, order: Order) -> Order:
        """Ring."""
        return order

    @api.get("/notes/{note_id}", may=may("plan_terms"))
    async def read(request: Request, note_id: UUID, deep: bool = False) -> Page[Memo]:
        """Read a note."""
        request.actor.need(CLASS)
        return Page(items=[Memo(text=f"{deep}")])

    @api.get("/fault", may=ANYONE)
    async def fault(request: Request) -> Memo:
        """Fail."""
        raise RuntimeError("this is for the log only")

    @on_event(CardRevokedV1)
    async def on_revoked(deps: Any, tx: Tx, event: CardRevokedV1) -> None:
        received.append(event.reason)
        if event.reason == "never" or (event.reason == "later" and received.count("later") < 3):
            raise RetryLater
        await jobs.schedule(tx, utc_now() + timedelta(days=1), "effect", str(new_id()), {"reason": event.reason})

    @on_job("ring")
    async def ring(deps: Any, tx: Tx, key: str, payload: dict[str, Any]) -> None:
        received.append(key)
        if payload.get("fail") and received.count(key) < 2:
            raise RuntimeError("once")

    return Service("identity", "toy", api, on_event, on_job), received


async def test_a_call_goes_the_whole_way_and_refusals_are_problem_documents(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts) as kit:
        student, admin = kit.as_(a_student(CLASS)), kit.as_(an_actor("administrator", "jx.nc.dh.s1"))
        assert (await student.post("/notes", {"text": "好"})).status == 201
        assert (await kit.anonymous.post("/notes", {"text": "好"})).code == "unauthenticated"
        assert (await admin.post("/notes", {"text": "好"})).code == "forbidden"
        wrong = await student.post("/notes", {"text": "x" * 11})
        assert (wrong.status, wrong.code, wrong.json["errors"][0]["field"]) == (422, "invalid_input", "text")
        assert wrong.headers["Content-Type"].startswith("application/problem+json")
        assert (await student.call("POST", "/notes", {"text": "好"}, Content_Type="text/plain")).code == "unsupported_media"
        seen = await admin.get(f"/notes/{new_id()}", deep="true")
        assert seen.json["items"][0]["text"] == "True"
        assert (await admin.get("/notes/not-an-id")).code == "not_found"
        assert (await admin.get(f"/notes/{new_id()}", depth="1")).code == "invalid_input"
        other = kit.as_(an_actor("administrator", "jx.nc.dh.s2"))
        assert (await other.get(f"/notes/{new_id()}")).code == "not_found"
        assert (await kit.anonymous.call("HEAD", "/fault")).status == 500
        assert (await admin.call("HEAD", f"/notes/{new_id()}")).status == 405
        lost = await kit.anonymous.get("/fault")
        assert (lost.status, lost.code) == (500, "fault")
        assert b"log only" not in lost.body
        paths = (await kit.anonymous.get("/openapi.json")).json["paths"]
        assert paths["/notes"]["post"]["x-may"] == ["act_as_student"]


async def test_a_body_may_be_omitted_if_every_field_has_a_default(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts) as kit:
        student, path = kit.as_(a_student(CLASS)), f"/notes/{new_id()}/ring"
        response = await student.call("POST", path, Idempotency_Key="r1")
        assert (response.status, response.json) == (202, {"loud": False})
        assert (await student.post(path, {"loud": True})).json == {"loud": True}
        assert (await student.call("POST", path, Content_Type="text/plain")).code == "unsupported_media"
        assert (await student.call("POST", path, Content_Type="application/json")).code == "invalid_input"
        assert (await student.call("POST", "/notes")).code == "unsupported_media"
        paths = (await kit.anonymous.get("/openapi.json")).json["paths"]
        asked = {path: of["post"]["requestBody"]["required"] for path, of in paths.items() if "post" in of}
        assert asked == {"/notes": True, "/notes/{note_id}/ring": False}


async def test_tokens_that_are_not_ours_are_refused(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts) as kit:
        actor = a_student(CLASS)
        good = token(actor)
        head, body, signature = good.split(".")
        bad = (
            token(actor, aud="other"),
            token(actor, iss="other"),
            token(actor, exp=1),
            f"{head}.{body}.",
            f"{head}.{body[:-4]}AAAA.{signature}",
            "e30.e30.",
        )
        for sent in bad:
            answer = await kit.anonymous.call("POST", "/notes", {"text": "好"}, Authorization=f"Bearer {sent}")
            assert answer.code == "unauthenticated", sent
        await kit.receive(CardRevokedV1(card_id=actor.card_id, account_id=actor.account_id, at=utc_now(), reason="moved"))


async def test_the_same_key_writes_once_and_answers_alike(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts) as kit:
        student = kit.as_(a_student(CLASS))
        answers = await asyncio.gather(*(student.post("/notes", {"text": "一"}, Idempotency_Key="k1") for _ in range(5)))
        assert {a.status for a in answers} == {201}
        assert len({a.body for a in answers}) == 1
        assert len(await kit.events(CardRevokedV1)) == 1
        assert (await student.post("/notes", {"text": "二"}, Idempotency_Key="k1")).code == "idempotency_mismatch"


async def test_events_travel_over_the_bus_and_take_effect_once(parts: Any) -> None:
    service, received = a_toy()
    async with a_service(service, parts, bus=True) as kit:
        async with kit.deps.db.transaction() as tx:
            for reason in ("one", "two", "later"):
                event = CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason=reason)
                await tx.execute("SELECT 1")
                await outbox.add(tx, event)
            await outbox.add_serialised(tx, CardRevokedV1, [("card:poison", b"no event")])
        async with asyncio.timeout(20):
            while True:
                async with kit.deps.db.reading() as tx:
                    dead = await tx.fetchval("SELECT count(*) FROM dead_letters")
                    done = await tx.fetchval("SELECT count(*) FROM inbox")
                    effects = await tx.fetch("SELECT payload ->> 'reason' AS reason FROM jobs WHERE what = 'effect'")
                if dead == 1 and done == 3:
                    break
                await asyncio.sleep(0.05)
        assert sorted(row["reason"] for row in effects) == ["later", "one", "two"]  # however often they were tried
        assert received.count("later") >= 3
        ready = await kit.anonymous.get("/readyz")
        assert ready.status == 200, ready.body


async def test_an_event_that_is_never_ended_shows_as_stuck_and_work_that_failed_every_try_is_counted(parts: Any) -> None:
    async with a_service(a_toy()[0], parts, bus=True) as kit:
        async with kit.deps.db.transaction() as tx:
            await outbox.add(tx, CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason="never"))
        for _ in range(200):
            if await kit.running.consumer.ensure():
                break
            await asyncio.sleep(0.05)
        await asyncio.sleep(1.1)
        await kit.running.consumer.watch()
        assert kit.running.consumer.stuck_seconds >= 1
        async with kit.deps.db.transaction() as tx:
            await jobs.schedule(tx, utc_now(), "ring", "lost")
            await tx.execute("UPDATE jobs SET tries = 50")
        shown = (await kit.anonymous.get("/metrics")).body.decode()
        assert "zp_jobs_failed 1.0" in shown
        assert "zp_bus_waiting 1.0" in shown
        assert "zp_bus_connected 1.0" in shown
    await parts.reset_bus()


async def test_an_event_received_twice_takes_effect_once(parts: Any) -> None:
    service, received = a_toy()
    async with a_service(service, parts) as kit:
        event = CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason="x")
        event_id = new_id()
        assert await kit.receive(event, event_id) is True
        assert await kit.receive(event, event_id) is False
        assert received == ["x"]


async def test_jobs_are_done_once_and_again_after_a_failure(parts: Any) -> None:
    service, received = a_toy()
    async with a_service(service, parts) as kit:
        async with kit.deps.db.transaction() as tx:
            await jobs.schedule(tx, utc_now(), "ring", "a")
            await jobs.schedule(tx, utc_now(), "ring", "b", {"fail": True})
        await kit.tick()
        assert sorted(received) == ["a", "b"]
        await asyncio.sleep(1.1)
        await kit.tick()
        assert received.count("a") == 1
        assert received.count("b") == 2
