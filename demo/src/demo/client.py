"""A client of the platform's public API: one gateway, and many users with a session each."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp

NO_ANSWER = 0
"""The status of a refusal that is none: no response came."""

ATTEMPTS = 10


class Refused(Exception):  # noqa: N818  an answer
    """The platform refused a request with a problem document, or its answer was not understood or never came."""

    def __init__(self, status: int, problem: dict[str, Any], where: str) -> None:
        super().__init__(f"{where} → {status} {problem.get('code')}: {problem.get('detail')} {problem.get('errors') or ''}")
        self.status, self.problem = status, problem

    @property
    def code(self) -> str:
        """The refusal's code."""
        return str(self.problem.get("code"))


@dataclass
class Gateway:
    """The gateway. Counts requests and records 5xx responses; `slots` bounds the number of parallel requests."""

    base: str
    http: aiohttp.ClientSession
    slots: asyncio.Semaphore
    requests: int = 0
    faults: list[str] = field(default_factory=list)

    @classmethod
    def to(cls, base: str, at_once: int = 24, **more: Any) -> Self:
        """A gateway client; the caller closes `http`."""
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=120),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return cls(base.rstrip("/"), http, asyncio.Semaphore(at_once), **more)

    async def retry[T](self, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Call `attempt(number)` up to ten times in half a minute, until it is not refused for the moment: a machine may be
        busy with other things while the demo is loaded. Attempts are numbered from 1."""
        for number in range(1, ATTEMPTS + 1):
            try:
                return await attempt(number)
            except Refused as refused:
                of_storage = refused.code == "http_500"  # a service's 500 has a problem document and is not temporary
                if not (refused.status in (NO_ANSWER, 502, 503, 504) or of_storage) or number == ATTEMPTS:
                    if refused.status >= 500 or refused.status == NO_ANSWER:
                        self.faults.append(str(refused))
                    raise
            await asyncio.sleep(min(0.1 * 2**number, 5))
        raise AssertionError("unreachable")

    def timeout(self, number: int) -> aiohttp.ClientTimeout:  # noqa: ARG002
        """The timeout of an attempt."""
        return self.http.timeout

    async def request(self, number: int, method: str, url: str, **options: Any) -> tuple[bytes, dict[str, str]]:
        """Send one request, the attempt `number`. Returns the content and the headers; raises Refused."""
        where = f"{method} {url.removeprefix(self.base)}"
        async with self.slots:
            self.requests += 1
            try:
                async with self.http.request(method, url, timeout=self.timeout(number), **options) as answer:
                    content = await answer.read()
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                raise Refused(NO_ANSWER, {"code": "no_answer", "detail": repr(error)}, where) from None
        if answer.status < 300:
            return content, dict(answer.headers)
        try:
            problem = dict(json.loads(content))
        except (ValueError, TypeError):
            problem = {"code": f"http_{answer.status}", "detail": content[:300].decode(errors="replace")}
        raise Refused(answer.status, problem, where)

    async def upload(self, offer: dict[str, Any], name: str, media_type: str, data: bytes) -> None:
        """Upload a file to object storage with a presigned form."""

        async def attempt(number: int) -> None:
            form = aiohttp.FormData()
            for key, value in offer["fields"].items():
                form.add_field(key, value)
            form.add_field("file", data, filename=name, content_type=media_type)
            await self.request(number, "POST", offer["url"], data=form)

        await self.retry(attempt)

    async def fetch(self, url: str) -> bytes:
        """Download from a presigned URL."""
        content, _ = await self.retry(lambda number: self.request(number, "GET", url))
        return content


@dataclass
class User:
    """A user with an account: signs in, renews the session, sends requests."""

    gateway: Gateway
    username: str
    password: str
    name: str = ""
    session: dict[str, Any] = field(default_factory=dict)
    _renewing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sign_in(self) -> dict[str, Any]:
        """Sign in; returns the session."""
        return await self._open_session("/identity/sessions", {"username": self.username, "password": self.password})

    async def first_sign_in(self, password: str) -> None:
        """Sign in with the slip's one-time password and set a password."""
        session = await self.sign_in()
        if session["must_change_password"]:
            self._update_session(await self.put("/identity/password", {"old": self.password, "new": password}))
        self.password = password

    async def use(self, card_id: str) -> None:
        """Switch to an identity card."""
        self._update_session(await self.post("/identity/sessions/card", {"card_id": card_id}))

    def _update_session(self, session: dict[str, Any]) -> None:
        """Store a session response. Choosing a card returns no refresh token: the present one stays valid."""
        self.session |= {name: value for name, value in session.items() if name != "refresh_token" or value is not None}

    async def _open_session(self, path: str, body: dict[str, str]) -> dict[str, Any]:
        key = {"Idempotency-Key": uuid4().hex}
        url = f"{self.gateway.base}/api{path}"
        content, _ = await self.gateway.retry(lambda number: self.gateway.request(number, "POST", url, json=body, headers=key))
        self._update_session(json.loads(content))
        return self.session

    async def renew(self, old: str) -> None:
        """Replace the access token `old`, unless another task has done it meanwhile."""
        async with self._renewing:
            if self.session["access_token"] == old:
                await self._open_session("/identity/sessions/refresh", {"refresh_token": self.session["refresh_token"]})

    async def send(
        self, number: int, method: str, path: str, body: Any, headers: dict[str, str], /, **query: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Send a request once, the attempt `number`, with the session's token; renews the token once if it has expired."""
        params = {name: str(value) for name, value in query.items() if value is not None}

        async def request() -> tuple[bytes, dict[str, str]]:
            sent = headers | {"Authorization": f"Bearer {self.session['access_token']}"}
            url = f"{self.gateway.base}/api{path}"
            return await self.gateway.request(number, method, url, json=body, params=params, headers=sent)

        token = self.session["access_token"]
        try:
            return await request()
        except Refused as refused:
            if refused.status != 401:
                raise
        await self.renew(token)
        return await request()

    async def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, /, **query: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Send a request until it is answered. All attempts of a write have the same idempotency key, so retrying is safe."""
        keyed = {} if method == "GET" else {"Idempotency-Key": uuid4().hex}
        sent = keyed | (headers or {})
        return await self.gateway.retry(lambda number: self.send(number, method, path, body, sent, **query))

    async def _json(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, /, **query: Any
    ) -> Any:
        content, _ = await self.raw(method, path, body, headers, **query)
        return json.loads(content) if content else None

    async def get(self, path: str, /, **query: Any) -> Any:
        """GET; returns the parsed response."""
        return await self._json("GET", path, **query)

    async def everything(self, path: str, /, **query: Any) -> list[Any]:
        """All items of a paged list."""
        found: list[Any] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def post(self, path: str, body: Any = None, **headers: str) -> Any:
        """POST; returns the parsed response."""
        return await self._json("POST", path, {} if body is None else body, headers)

    async def put(self, path: str, body: Any, version: int | None = None) -> Any:
        """PUT; returns the parsed response. `version` is sent as If-Match."""
        return await self._json("PUT", path, body, {} if version is None else {"If-Match": f'"{version}"'})

    async def send_file(self, uploads_path: str, name: str, media_type: str, data: bytes) -> str:
        """Request an upload, upload, complete it. Returns the file's id."""
        offer = await self.post(uploads_path, {"name": name, "media_type": media_type, "size": len(data)})
        await self.gateway.upload(offer, name, media_type, data)
        done = await self.post(f"{uploads_path}/{offer['file_id']}/completion")
        return str(done["file_id"])
