"""Webhooks on real sockets: signed, tried again, given up, rotated, redelivered; never inside, never beyond one's place."""

import asyncio
import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from importlib.resources import files
from typing import Any

import asyncpg
import pytest
from contracts.identity import CardRevokedV1
from notify.actions.webhooks import DELIVER, adopt
from notify.adapters.webhook_client import WebhookClient
from notify.app import SERVICE
from notify_builders import CLASS, OTHER_SCHOOL, PEOPLE, SCHOOL, a_term, case_opened, inbox, submitted
from receiver import Receiver, a_receiver
from servicekit import jobs
from servicekit.ids import new_id, utc_now
from servicekit.testing import Answer, Kit, a_service, an_actor

ADMINISTRATOR = PEOPLE["administrator"]
DISTRICT = an_actor("administrator", "jx.nc.dh")
OPERATOR = an_actor("operator", "")
CASES = ["publicity.case.opened"]


@asynccontextmanager
async def a_house(parts: Any, **settings: Any) -> AsyncIterator[Kit]:
    """The service, ready to tell about a school's term; it may send to this machine. `log_of` runs its jobs."""
    given = {"webhook_loopback": True, "webhook_seconds": 0.5, "webhook_failures": 4} | settings
    async with a_service(SERVICE, parts, **given) as kit:
        await kit.receive(a_term())
        yield kit


@asynccontextmanager
async def scheduling(kit: Kit) -> AsyncIterator[None]:
    """Jobs run beside the test, as in a running service."""
    task = asyncio.create_task(kit.running.scheduler.run())
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def subscribed(kit: Kit, to: Receiver, by: Any = ADMINISTRATOR, **changed: Any) -> dict[str, Any]:
    """A subscription of the school to its cases, with its secret."""
    body = {"path": by.path, "title": "数据中台", "url": to.url, "types": CASES} | changed
    answer = await kit.as_(by).post("/webhooks", body)
    assert answer.status == 201, answer.body
    return dict(answer.json)


async def log_of(kit: Kit, hook: dict[str, Any], ends: set[str], count: int = 1, *, tick: bool = True) -> list[Any]:
    """The log once so many deliveries stand at one of these states."""
    async with asyncio.timeout(30):
        while True:
            if tick:
                await kit.tick()
            items = (await kit.as_(ADMINISTRATOR).get(f"/webhooks/{hook['webhook_id']}/deliveries")).json["items"]
            if sum(one["state"] in ends for one in items) >= count:
                return list(items)
            await asyncio.sleep(0.03)


async def retry(kit: Kit, delivery: dict[str, Any]) -> None:
    """Its pause is over."""
    kit.at(datetime.fromisoformat(delivery["next_at"]))
    assert await kit.tick() == 1


def verified(secret: str, headers: Any, body: bytes) -> bool:
    """As a receiver checks it, by the standard's words."""
    key = base64.b64decode(secret.removeprefix("whsec_"))
    content = f"{headers['webhook-id']}.{headers['webhook-timestamp']}.".encode() + body
    wanted = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    assert abs(int(headers["webhook-timestamp"]) - utc_now().timestamp()) < 60
    return f"v1,{wanted}" in headers["webhook-signature"].split(" ")


async def test_what_happens_is_sent_signed_once_and_holds_ids_only(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        assert hook["secret"].startswith("whsec_")
        event = case_opened()
        await kit.receive(event)
        await kit.receive(submitted())  # not subscribed to
        [entry] = await log_of(kit, hook, {"delivered"})
        assert (entry["type"], entry["tries"], entry["status"], entry["error"]) == (CASES[0], 1, 204, None)
        [(headers, body)] = out.came
        assert verified(hook["secret"], headers, body)
        assert not verified(hook["secret"], headers, body + b" ")
        assert headers["webhook-id"] == entry["message_id"]
        notified = json.loads(body)
        assert (notified["type"], set(notified)) == (CASES[0], {"type", "timestamp", "data"})
        assert notified["data"]["case_id"] == str(event.case_id)
        shown = await kit.as_(ADMINISTRATOR).get(f"/webhooks/{hook['webhook_id']}")
        assert "secret" not in shown.json
        async with kit.deps.db.reading() as tx:
            assert hook["secret"] not in str(await tx.fetch("SELECT * FROM webhooks"))


async def test_an_address_that_fails_hangs_or_sends_elsewhere_is_tried_again_later(parts: Any) -> None:
    for does, error in (
        ("fail", "对方答复 500"),
        ("hang", "对方没有在规定时间内答复"),
        ("redirect", "对方要求转到别处，不予跟随"),
    ):
        async with a_receiver(does) as out, a_house(parts) as kit:
            hook = await subscribed(kit, out)
            now = utc_now()
            kit.at(now)
            await kit.receive(case_opened())
            [entry] = await log_of(kit, hook, {"waiting"})
            assert (entry["error"], entry["tries"]) == (error, 1)
            assert datetime.fromisoformat(entry["next_at"]) == now + timedelta(seconds=5)
            out.does = "ok"
            await retry(kit, entry)
            [entry] = await log_of(kit, hook, {"delivered"})
            assert (entry["tries"], out.elsewhere) == (2, 0)
            first, second = (headers["webhook-id"] for headers, _ in out.came)
            assert first == second, "the receiver can tell that it is the same"
            shown = await kit.as_(ADMINISTRATOR).get(f"/webhooks/{hook['webhook_id']}")
            assert (shown.json["failures"], shown.json["active"]) == (0, True)


async def test_an_endless_answer_is_not_read(parts: Any) -> None:
    async with a_receiver("drip") as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        await kit.receive(case_opened())
        [entry] = await log_of(kit, hook, {"delivered"})
        assert entry["status"] == 200


async def test_a_slow_address_does_not_hold_up_another(parts: Any) -> None:
    async with a_receiver("hang") as slow, a_receiver() as quick, a_house(parts, webhook_seconds=5.0) as kit:
        await subscribed(kit, slow)
        fine = await subscribed(kit, quick)
        async with scheduling(kit):
            for _ in range(12):
                await kit.receive(case_opened())
            await log_of(kit, fine, {"delivered"}, 12, tick=False)
        assert len(quick.came) == 12
        assert len(slow.came) == 4, "so many at once, not more"


async def test_a_long_queue_of_a_slow_address_hides_no_other(parts: Any) -> None:
    async with a_receiver("hang") as slow, a_receiver() as quick, a_house(parts, webhook_seconds=60.0) as kit:
        stuck = await subscribed(kit, slow)
        fine = await subscribed(kit, quick)
        async with kit.deps.db.transaction() as tx:
            await tx.execute(
                "WITH e AS (INSERT INTO webhook_events VALUES (uuidv7(), 'webhook.ping', '{}', now()) RETURNING id), "
                "d AS (INSERT INTO deliveries (id, webhook_id, event_id, made_at) "
                "SELECT uuidv7(), $1, e.id, now() FROM e, generate_series(1, 600) RETURNING id) "
                "INSERT INTO jobs (id, at, what, key, group_key, payload) "
                "SELECT uuidv7(), now(), $2, id::text, $3, '{}' FROM d",
                stuck["webhook_id"], DELIVER, stuck["webhook_id"],
            )  # fmt: skip
        await kit.receive(case_opened())
        async with scheduling(kit):
            await log_of(kit, fine, {"delivered"}, tick=False)
            async with asyncio.timeout(30):
                while len(slow.came) < 4:  # noqa: ASYNC110  the receiver tells nobody
                    await asyncio.sleep(0.03)
        assert len(slow.came) == 4, "so many at once, not more"


async def test_an_address_that_keeps_failing_is_switched_off_its_owner_told_and_may_begin_again(parts: Any) -> None:
    async with a_receiver("fail") as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        path = f"/webhooks/{hook['webhook_id']}"
        kit.at(utc_now())
        await kit.receive(case_opened())
        for attempts in (1, 2, 3):
            [entry] = await log_of(kit, hook, {"waiting"})
            assert entry["tries"] == attempts
            await retry(kit, entry)
        [entry] = await log_of(kit, hook, {"failed"})
        assert (entry["next_at"], entry["error"]) == (None, "对方答复 500")
        shown = (await kit.as_(ADMINISTRATOR).get(path)).json
        assert (shown["active"], shown["failures"], shown["disabled_reason"]) == (False, 4, "对方答复 500")
        [notified] = await inbox(kit, ADMINISTRATOR)
        assert (notified["kind"], notified["link"]["id"]) == ("webhook.disabled", hook["webhook_id"])
        assert "连续 4 次" in notified["body"]
        await kit.receive(case_opened())  # nothing is kept for an address that is off
        again = f"{path}/deliveries/{entry['delivery_id']}/redelivery"
        assert (await kit.as_(ADMINISTRATOR).post(again)).code == "wrong_state"
        out.does = "ok"
        changed = {"title": "数据中台", "url": out.url, "types": CASES}
        assert (await kit.as_(ADMINISTRATOR).put(path, changed)).code == "version_required"
        assert (await kit.as_(ADMINISTRATOR).put(path, changed, If_Match='"1"')).code == "stale_version"
        on = await kit.as_(ADMINISTRATOR).put(path, changed, If_Match=f'"{shown["version"]}"')
        assert (on.json["active"], on.json["failures"]) == (True, 0)
        assert (await kit.as_(ADMINISTRATOR).post(again)).status == 202
        [entry] = await log_of(kit, hook, {"delivered"})
        assert entry["tries"] == 1
        assert len(out.came) == 5


async def test_who_mends_an_address_is_not_told_that_its_failures_changed_it(parts: Any) -> None:
    async with a_receiver("fail") as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        await kit.receive(case_opened())
        await log_of(kit, hook, {"waiting"})
        mended = {"title": "数据中台", "url": out.url, "types": CASES}
        answer = await kit.as_(ADMINISTRATOR).put(f"/webhooks/{hook['webhook_id']}", mended, If_Match=f'"{hook["version"]}"')
        assert (answer.status, answer.json["failures"]) == (200, 0)


async def test_an_address_that_is_gone_is_switched_off_at_once(parts: Any) -> None:
    async with a_receiver("gone") as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        await kit.receive(case_opened())
        await log_of(kit, hook, {"failed"})
        assert (await kit.as_(ADMINISTRATOR).get(f"/webhooks/{hook['webhook_id']}")).json["active"] is False


async def test_a_new_secret_signs_beside_the_old_one_for_a_day(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        path = f"/webhooks/{hook['webhook_id']}"
        kit.at(utc_now())
        fresh = (await kit.as_(ADMINISTRATOR).post(f"{path}/secret")).json
        assert (await kit.as_(ADMINISTRATOR).post(f"{path}/test")).json["type"] == "webhook.ping"
        await log_of(kit, hook, {"delivered"})
        headers, body = out.came[0]
        assert json.loads(body)["data"] == {}
        assert verified(hook["secret"], headers, body)
        assert verified(fresh["secret"], headers, body)
        async with kit.deps.db.reading() as tx:
            await tx.execute("UPDATE webhooks SET old_until = now() - interval '1 second'")
        await kit.as_(ADMINISTRATOR).post(f"{path}/test")
        await log_of(kit, hook, {"delivered"}, 2)
        headers, body = out.came[1]
        assert verified(fresh["secret"], headers, body)
        assert not verified(hook["secret"], headers, body)


async def test_what_a_dead_process_had_in_hand_is_sent_by_the_next(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        await kit.receive(case_opened())
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET leased_until = now() + interval '1 hour'")
            await tx.execute("UPDATE deliveries SET tries = 1")
        assert await kit.tick() == 0
        assert out.came == []
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE jobs SET leased_until = now() - interval '1 second'")
        [entry] = await log_of(kit, hook, {"delivered"})
        assert entry["tries"] == 2
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM jobs") == 0, "what is done leaves no job behind"


async def test_what_the_release_before_had_still_to_send_gets_a_job_each(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        for _ in range(3):
            await kit.receive(case_opened())
        owner = await asyncpg.connect(parts.owner_url("notify", kit.deps.settings.database_url.get_secret_value()))
        async with kit.deps.db.transaction() as tx:
            await tx.execute("DELETE FROM jobs")
            later, done = await tx.fetch("SELECT id FROM deliveries ORDER BY id LIMIT 2")
            await tx.execute(
                "UPDATE deliveries SET state = 'waiting', tries = 1, next_at = now() + interval '1 hour' WHERE id = $1",
                later["id"],
            )
            await tx.execute("UPDATE deliveries SET state = 'failed' WHERE id = $1", done["id"])
            await jobs.schedule(tx, utc_now() + timedelta(hours=1), "retry_delivery", str(later["id"]))
        try:
            await owner.execute("DROP INDEX deliveries_open")
            await owner.execute(files("notify").joinpath("migrations/0005_delivery_jobs.sql").read_text())
        finally:
            await owner.close()
        await log_of(kit, hook, {"delivered"})
        assert len(out.came) == 1
        kit.at(utc_now() + timedelta(hours=2))
        entries = await log_of(kit, hook, {"delivered"}, 2)
        assert sorted((entry["state"], entry["tries"]) for entry in entries) == [
            ("delivered", 1),
            ("delivered", 2),
            ("failed", 0),
        ]
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM jobs") == 0, "nothing is left that no process knows"


async def test_a_delivery_without_a_job_is_adopted_after_a_while(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        hook = await subscribed(kit, out)
        await kit.receive(case_opened())
        async with kit.deps.db.transaction() as tx:
            await tx.execute("DELETE FROM jobs")
        await adopt(kit.deps)
        assert await kit.tick() == 0, "its process may still be about to send it"
        kit.at(utc_now() + timedelta(minutes=11))
        await adopt(kit.deps)
        await log_of(kit, hook, {"delivered"})


async def test_what_waits_for_an_address_that_is_removed_or_switched_off_is_not_sent(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        caller = kit.as_(ADMINISTRATOR)
        removed, off = await subscribed(kit, out), await subscribed(kit, out)
        await kit.receive(case_opened())
        assert (await caller.delete(f"/webhooks/{removed['webhook_id']}")).status == 204
        body = {"title": "数据中台", "url": out.url, "types": CASES, "active": False}
        assert (await caller.put(f"/webhooks/{off['webhook_id']}", body, If_Match=f'"{off["version"]}"')).status == 200
        [entry] = await log_of(kit, off, {"failed"})
        assert (entry["error"], entry["tries"], await kit.tick(), out.came) == ("已停用", 0, 0, [])


async def test_one_subscribes_at_one_s_place_and_below_and_sees_no_other(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        mine = await subscribed(kit, out)
        above = await subscribed(kit, out, DISTRICT)
        theirs = await subscribed(kit, out, DISTRICT, path=OTHER_SCHOOL)
        body = {"title": "x", "url": out.url, "types": CASES}
        for path in ("jx.nc.dh", OTHER_SCHOOL, "jx.nc.dh.s10", ""):
            assert (await kit.as_(ADMINISTRATOR).post("/webhooks", body | {"path": path})).code == "not_found"
        for who in (PEOPLE["teacher"], PEOPLE["student"], PEOPLE["guardian"], an_actor("principal", SCHOOL)):
            assert (await kit.as_(who).post("/webhooks", body | {"path": SCHOOL})).code == "forbidden"
            assert (await kit.as_(who).get("/webhooks")).code == "forbidden"
        assert (await kit.anonymous.get("/webhooks")).code == "unauthenticated"
        assert (await kit.as_(OPERATOR).post("/webhooks", body | {"path": SCHOOL})).code == "invalid_input"
        assert (
            await kit.as_(OPERATOR).post("/webhooks", body | {"path": SCHOOL, "types": ["archive.term.sealed"]})
        ).status == 201
        known = {one["type"] for one in (await kit.as_(OPERATOR).get("/webhook-types")).json["items"]}
        assert known == {"publicity.term.opened", "publicity.term.closed", "archive.term.sealed"}
        assert (await kit.as_(OPERATOR).get(f"/webhooks/{mine['webhook_id']}")).code == "not_found"
        assert (await kit.as_(OPERATOR).post(f"/webhooks/{mine['webhook_id']}/secret")).code == "not_found"
        seen = (await kit.as_(OPERATOR).get("/webhooks")).json["items"]
        assert [one["types"] for one in seen] == [["archive.term.sealed"]], "what names pupils is not an operator's"
        for stranger in (above, theirs):
            path = f"/webhooks/{stranger['webhook_id']}"
            answers: list[Answer] = [
                await kit.as_(ADMINISTRATOR).get(path),
                await kit.as_(ADMINISTRATOR).get(f"{path}/deliveries"),
                await kit.as_(ADMINISTRATOR).put(path, body, If_Match='"1"'),
                await kit.as_(ADMINISTRATOR).delete(path),
                await kit.as_(ADMINISTRATOR).post(f"{path}/secret"),
                await kit.as_(ADMINISTRATOR).post(f"{path}/test"),
            ]
            assert {answer.code for answer in answers} == {"not_found"}
        assert (await kit.as_(ADMINISTRATOR).get("/webhooks", path=OTHER_SCHOOL)).code == "not_found"
        seen = {one["webhook_id"] for one in (await kit.as_(DISTRICT).get("/webhooks")).json["items"]}
        assert {mine["webhook_id"], above["webhook_id"], theirs["webhook_id"]} <= seen
        await kit.receive(case_opened())
        await log_of(kit, mine, {"delivered"})
        assert len(out.came) == 2, "the school's and the district's, not the other school's"
        delivery = (await kit.as_(ADMINISTRATOR).get(f"/webhooks/{mine['webhook_id']}/deliveries")).json["items"][0]
        nested = f"/webhooks/{mine['webhook_id']}/deliveries/{theirs['webhook_id']}/redelivery"
        assert (await kit.as_(ADMINISTRATOR).post(nested)).code == "not_found"
        foreign = f"/webhooks/{theirs['webhook_id']}/deliveries/{delivery['delivery_id']}/redelivery"
        assert (await kit.as_(DISTRICT).post(foreign)).code == "not_found"
        assert (await kit.as_(ADMINISTRATOR).delete(f"/webhooks/{mine['webhook_id']}")).status == 204
        assert (await kit.as_(ADMINISTRATOR).get(f"/webhooks/{mine['webhook_id']}")).code == "not_found"


async def test_wrong_input_and_addresses_inside_are_refused(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts, webhook_loopback=False) as kit:
        body = {"path": SCHOOL, "title": "x", "url": "https://hooks.example.com/", "types": CASES}
        caller = kit.as_(ADMINISTRATOR)
        for wrong in ({"types": []}, {"types": ["*"]}, {"title": ""}, {"active": True}, {"url": "x"}, {"path": "a b"}):
            assert (await caller.post("/webhooks", body | wrong)).code == "invalid_input", wrong
        for url in (out.url, "https://127.0.0.1/", "https://169.254.169.254/latest", "http://hooks.example.com/"):
            refused = await caller.post("/webhooks", body | {"url": url})
            assert (refused.code, refused.json["field"]) == ("webhook_address", "url")
        assert (await caller.post("/webhooks", body)).status == 201


async def test_a_name_that_leads_inside_is_not_called(parts: Any) -> None:
    async with a_receiver() as out:
        port = out.server.port
        for name in ("2130706433", "127.1", "0x7f000001", "ip6-localhost.", "localhost."):
            async with WebhookClient(False, 2.0) as post:
                sent = await post.send(f"https://{name}:{port}/hook", b"{}", {})
                assert sent.status is None, name
                assert sent.error in ("不能使用内部网络地址", "无法连接"), (name, sent.error)
        assert out.came == []


async def test_a_subscription_of_a_class_hears_of_that_class_only(parts: Any) -> None:
    async with a_receiver() as out, a_house(parts) as kit:
        mine = await subscribed(kit, out, path=CLASS)
        await subscribed(kit, out, path=f"{SCHOOL}.g2025.c02")
        await kit.receive(case_opened())
        await log_of(kit, mine, {"delivered"})
        await asyncio.sleep(0.1)
        assert len(out.came) == 1


@pytest.mark.feature("L-11")
async def test_a_webhook_ends_with_the_card_of_its_maker_until_an_administrator_answers_for_it(parts: Any) -> None:
    successor = an_actor("administrator", SCHOOL)
    async with a_house(parts) as kit, a_receiver() as receiver:
        hook = await subscribed(kit, receiver)
        url = f"/webhooks/{hook['webhook_id']}"
        for other in (new_id(), ADMINISTRATOR.account_id):
            await kit.receive(
                CardRevokedV1(card_id=other, account_id=ADMINISTRATOR.account_id, at=utc_now(), reason="signed_out")
            )
        assert (await kit.as_(successor).get(url)).json["active"] is True, "its tokens end, not the right of its maker"
        left = CardRevokedV1(
            card_id=ADMINISTRATOR.card_id, account_id=ADMINISTRATOR.account_id, at=utc_now() - timedelta(days=1), reason="离职"
        )
        await kit.receive(left)
        found = (await kit.as_(successor).get(url)).json
        assert (found["active"], "身份卡已停用" in found["disabled_reason"]) == (False, True)
        body = {"title": "数据中台", "url": receiver.url, "types": CASES, "active": True}
        again = await kit.as_(successor).put(url, body, If_Match=f'"{found["version"]}"')
        assert again.json["active"] is True
        await kit.receive(left)
        assert (await kit.as_(successor).get(url)).json["active"] is True, "the successor answers for it now"
