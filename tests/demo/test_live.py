"""The live listener against a gateway of a few lines: it renews its token and resumes, and hides no other answer."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from demo.client import Gateway, Refused, User
from demo.live import listening


class FakeGateway:
    """Answers the stream as `answers` says: a status, or the ids of events, after which the stream ends."""

    def __init__(self, *answers: int | tuple[str, ...]) -> None:
        self.answers, self.asked, self.renewals = list(answers), list[tuple[str, str | None]](), 0
        self.all_sent = asyncio.Event()

    async def stream(self, request: web.Request) -> web.StreamResponse:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        self.asked.append((token, request.headers.get("Last-Event-ID")))
        answer = self.answers.pop(0) if self.answers else ()
        if isinstance(answer, int):
            return web.json_response({"code": "refused"}, status=answer)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for event_id in answer:
            await response.write(f'id: {event_id}\nevent: message\ndata: {{"id": "{event_id}"}}\n\n'.encode())
        if not self.answers:
            self.all_sent.set()
            await asyncio.sleep(60)
        return response

    async def refresh(self, _: web.Request) -> web.Response:
        self.renewals += 1
        return web.json_response({"access_token": f"token-{self.renewals + 1}", "refresh_token": "r"})

    @asynccontextmanager
    async def user(self) -> AsyncIterator[User]:
        app = web.Application()
        app.router.add_get("/api/notify/stream", self.stream)
        app.router.add_post("/api/identity/sessions/refresh", self.refresh)
        async with TestServer(app) as server:
            gateway = Gateway.to(str(server.make_url("")))
            async with gateway.http:
                yield User(gateway, "u", "p", session={"access_token": "token-1", "refresh_token": "r"})


async def test_a_listener_renews_a_token_that_ran_out_and_resumes_after_the_last_event() -> None:
    gateway = FakeGateway(("a", "b"), 401, ("c",))
    async with gateway.user() as user, listening(user) as [received]:
        await asyncio.wait_for(gateway.all_sent.wait(), 5)
        await asyncio.sleep(0.1)
    assert [message["id"] for message in received.messages] == ["a", "b", "c"]
    assert gateway.asked == [("token-1", None), ("token-1", "b"), ("token-2", "b")]
    assert gateway.renewals == 1


@pytest.mark.parametrize("answers", [(401, 401), (403,), (500,), (503,)])
async def test_any_other_answer_ends_the_listening_with_an_error(answers: tuple[int, ...]) -> None:
    gateway = FakeGateway(*answers, ("a",))
    async with gateway.user() as user:
        with pytest.RaisesGroup(pytest.RaisesExc(Refused, match=str(answers[-1]))):
            async with asyncio.timeout(5), listening(user):
                await asyncio.sleep(60)
