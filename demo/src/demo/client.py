"""A client of the platform's public API: one gateway, and many users with a session each."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any, Self
from uuid import uuid4

import aiohttp


class Refused(Exception):  # noqa: N818  an answer
    """The platform refused a request with a problem document."""

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
    def to(cls, base: str, at_once: int = 24) -> Self:
        """A gateway client; the caller closes `http`."""
        http = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0),
            timeout=aiohttp.ClientTimeout(total=120),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return cls(base.rstrip("/"), http, asyncio.Semaphore(at_once))

    async def call(
        self,
        method: str,
        path: str,
        /,
        *,
        token: str | None = None,
        body: Any = None,
        headers: dict[str, str] | None = None,
        **query: Any,
    ) -> tuple[bytes, dict[str, str]]:
        """Send a request, up to six times. All attempts of a write have the same idempotency key, so that retrying is safe."""
        request_headers = dict(headers or {})
        if token:
            request_headers["Authorization"] = f"Bearer {token}"
        if method != "GET":
            request_headers.setdefault("Idempotency-Key", uuid4().hex)
        params = {name: str(value) for name, value in query.items() if value is not None}
        for attempt in range(6):
            async with self.slots:
                self.requests += 1
                try:
                    async with self.http.request(
                        method, f"{self.base}/api{path}", json=body, params=params, headers=request_headers
                    ) as answer:
                        content = await answer.read()
                        status, response_headers = answer.status, dict(answer.headers)
                except (aiohttp.ClientConnectionError, TimeoutError) as error:
                    content, status, response_headers = repr(error).encode(), 599, {}
            if status < 300:
                return content, response_headers
            if status in (502, 503, 504, 599) and attempt < 5:
                await asyncio.sleep(0.2 * 2**attempt)
                continue
            if status >= 500:
                self.faults.append(f"{method} {path} → {status} {content[:200]!r}")
            try:
                problem = json.loads(content)
            except ValueError:
                problem = {"code": f"http_{status}", "detail": content[:200].decode(errors="replace")}
            raise Refused(status, problem, f"{method} {path}")
        raise AssertionError("unreachable")

    async def upload(self, offer: dict[str, Any], name: str, media_type: str, data: bytes) -> None:
        """Upload a file to object storage with a presigned form."""
        for attempt in range(4):
            form = aiohttp.FormData()
            for key, value in offer["fields"].items():
                form.add_field(key, value)
            form.add_field("file", data, filename=name, content_type=media_type)
            async with self.slots:
                self.requests += 1
                async with self.http.post(offer["url"], data=form) as answer:
                    content = await answer.read()
                    if answer.status < 300:
                        return
                    status = answer.status
            if status < 500 or attempt == 3:
                raise Refused(
                    status, {"code": "upload_refused", "detail": content[:300].decode(errors="replace")}, offer["url"]
                )
            await asyncio.sleep(0.3 * 2**attempt)

    async def fetch(self, url: str) -> bytes:
        """Download from a presigned URL."""
        async with self.slots:
            self.requests += 1
            async with self.http.get(url) as answer:
                content = await answer.read()
                if answer.status != 200:
                    raise Refused(
                        answer.status, {"code": "download_refused", "detail": content[:300].decode(errors="replace")}, url
                    )
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
        self._update_session(await self._post("/identity/sessions", {"username": self.username, "password": self.password}))
        return self.session

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

    async def _post(self, path: str, body: Any) -> Any:
        content, _ = await self.gateway.call("POST", path, body=body)
        return json.loads(content)

    async def renew(self, old: str) -> None:
        """Replace the access token `old`, unless another task has done it meanwhile."""
        async with self._renewing:
            if self.session["access_token"] == old:
                self._update_session(
                    await self._post("/identity/sessions/refresh", {"refresh_token": self.session["refresh_token"]})
                )

    async def raw(
        self, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None, /, **query: Any
    ) -> tuple[bytes, dict[str, str]]:
        """Send a request with the session's token; renews the token once if it has expired."""
        token = self.session["access_token"]
        try:
            return await self.gateway.call(method, path, token=token, body=body, headers=headers, **query)
        except Refused as refused:
            if refused.status != 401:
                raise
        await self.renew(token)
        return await self.gateway.call(method, path, token=self.session["access_token"], body=body, headers=headers, **query)

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
