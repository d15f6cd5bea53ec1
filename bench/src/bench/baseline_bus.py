"""Baseline of the bus, acknowledged publishing and fetching without outbox and inbox: `python -m bench.baseline_bus`.

`POST /publish` sends `count` copies of the body, each with the headers of an event. `POST /fetch` fetches and acknowledges
`count` messages from a new durable consumer, and responds when it has them. Both run in separate processes.
"""

import asyncio
import os
import time
from uuid import uuid4

import nats
from aiohttp import web
from nats.js.api import AckPolicy, ConsumerConfig, DeliverPolicy
from servicekit.ids import new_id, utc_now

STREAM, SUBJECT = "RECORDS", "records.bench.measured.v1"
CONCURRENCY = 256


async def application() -> web.Application:
    """The server."""
    connection = await nats.connect(os.environ["BENCH_NATS"])
    stream = connection.jetstream(timeout=30)

    async def publish(request: web.Request) -> web.Response:
        count, body, begun = int(request.query["count"]), await request.read(), time.perf_counter()

        async def result(number: int) -> None:
            headers = {
                "Nats-Msg-Id": str(new_id()), "Zp-Occurred-At": utc_now().isoformat(), "Zp-Aggregate": f"bench:{number}"
            }  # fmt: skip
            await stream.publish(SUBJECT, body, stream=STREAM, headers=headers)

        for first in range(0, count, CONCURRENCY):
            await asyncio.gather(*(result(number) for number in range(first, min(count, first + CONCURRENCY))))
        return web.json_response({"seconds": time.perf_counter() - begun})

    async def fetch(request: web.Request) -> web.StreamResponse:
        left, name = int(request.query["count"]), f"bench_{uuid4().hex[:8]}"
        config = ConsumerConfig(
            durable_name=name, ack_policy=AckPolicy.EXPLICIT, deliver_policy=DeliverPolicy.NEW, filter_subject=SUBJECT,
            max_ack_pending=CONCURRENCY,
        )  # fmt: skip
        await stream.add_consumer(STREAM, config=config)
        pull = await stream.pull_subscribe_bind(name, STREAM)
        answer = web.StreamResponse()
        await answer.prepare(request)
        await answer.write(b"ready\n")
        while left:
            for message in await pull.fetch(min(CONCURRENCY, left), timeout=30):
                await message.ack()
                left -= 1
        await connection.flush()
        await answer.write(b"done\n")
        await stream.delete_consumer(STREAM, name)
        return answer

    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({})

    app = web.Application()
    app.router.add_post("/publish", publish)
    app.router.add_post("/fetch", fetch)
    app.router.add_get("/healthz", healthz)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(os.environ["BENCH_PORT"]), print=None, access_log=None)
