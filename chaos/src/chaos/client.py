"""A client that logs every write before it sends it, and retries writes whose outcome is unknown.

A write succeeded, or was refused with a problem document of the platform (then nothing was done), or its outcome is
unknown: lost connections, timeouts, 5xx, errors of the gateway itself. An unknown write is sent again with the same
`Idempotency-Key` until its outcome is known or the client gives up.
"""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from chaos.journal import Journal

PROBLEM_MEDIA_TYPE = "application/problem+json"
RETRY_CODES = frozenset({"busy", "in_progress", "fault", "throttled", "too_many"})
"""Codes after which the same request is sent again."""
MAX_TIMEOUT_SECONDS = 45.0
ALREADY_APPLIED = "already_applied"
"""The write took effect under this key, but its response was lost with the process."""


class Refused(Exception):  # noqa: N818  an answer
    """The platform refused the request."""

    def __init__(self, status: int, problem: dict[str, Any], request_line: str) -> None:
        super().__init__(f"{request_line} → {status} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.code, self.problem = status, str(problem.get("code")), problem


class Unknown(Exception):  # noqa: N818  an answer that is none
    """The outcome of a request is unknown."""


class Lost(Exception):  # noqa: N818  a verdict
    """A request that has to succeed did not within `max_wait_seconds`."""


@dataclass
class Net:
    """The HTTP session that all clients share."""

    base: str
    http: aiohttp.ClientSession
    seconds: float
    """Timeout of the first attempt; each further one gets half as much again, up to `MAX_TIMEOUT_SECONDS`."""
    random: random.Random
    max_wait_seconds: float = 300.0
    """Seconds after which a request that has to succeed is given up."""
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """Increment a counter."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def timeout_of(self, attempts: int) -> aiohttp.ClientTimeout:
        """The timeout of an attempt. It grows, because retrying at the same pace would keep a slow server slow."""
        return aiohttp.ClientTimeout(total=min(MAX_TIMEOUT_SECONDS, self.seconds * 1.5 ** (attempts - 1)))

    async def request_once(
        self,
        method: str,
        url: str,
        token: str | None,
        body: Any,
        headers: dict[str, str],
        query: dict[str, Any],
        attempts: int = 1,
    ) -> tuple[int, Any]:
        """Send a request once. Raises Unknown and Refused."""
        sent = dict(headers)
        if token:
            sent["Authorization"] = f"Bearer {token}"
        self.count("requests")
        request_line = f"{method} {url.removeprefix(self.base)}"
        try:
            async with self.http.request(
                method, url, json=body, params=query, headers=sent, timeout=self.timeout_of(attempts)
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise Unknown(f"{request_line}: {error!r}") from None
        kind = answer.content_type
        if answer.status < 300:
            return answer.status, json.loads(content) if kind == "application/json" and content else content
        if kind != PROBLEM_MEDIA_TYPE:
            raise Unknown(f"{request_line}: {answer.status} {content[:80]!r}")
        problem = json.loads(content)
        if answer.status >= 500 or problem.get("code") in RETRY_CODES:
            raise Unknown(f"{request_line}: {answer.status} {problem.get('code')}")
        raise Refused(answer.status, problem, request_line)


@dataclass
class Caller:
    """A user with an account and an identity card."""

    net: Net
    username: str
    password: str
    card: str | None = None
    """The card to use if the account has several."""
    token: str = ""
    student_id: str = ""
    path: str = ""
    _signing: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def sign_in(self, old: str = "") -> None:
        """Get a token, unless somebody got a newer one than `old` meanwhile."""
        async with self._signing:
            if self.token != old:
                return
            session = await self._until("POST", "/identity/sessions", {"username": self.username, "password": self.password})
            self.token = session["access_token"]
            if self.card and (session.get("card") or {}).get("id") != self.card:
                chosen = await self._until("POST", "/identity/sessions/card", {"card_id": self.card})
                self.token = chosen["access_token"]

    async def _until(self, method: str, path: str, body: Any = None, /, **query: Any) -> Any:
        """Try without a log until there is an answer: reads, and sessions, of which any number may be made."""
        deadline = asyncio.get_running_loop().time() + self.net.max_wait_seconds
        why, attempts = "", 0
        while asyncio.get_running_loop().time() < deadline:
            attempts += 1
            try:
                _, answer = await self.net.request_once(
                    method, f"{self.net.base}/api{path}", self.token or None, body, {}, _query_strings(query), attempts
                )
            except Unknown as error:
                why = str(error)
                await asyncio.sleep(0.2 + self.net.random.random() * 0.4)
            else:
                return answer
        raise Lost(why)

    async def get(self, path: str, /, **query: Any) -> Any:
        """Read."""
        token = self.token
        try:
            return await self._until("GET", path, **query)
        except Refused as refused:
            if refused.status != 401:
                raise
        await self.sign_in(token)
        return await self._until("GET", path, **query)

    async def everything(self, path: str, /, **query: Any) -> list[dict[str, Any]]:
        """All items of a paged list."""
        found: list[dict[str, Any]] = []
        cursor: str | None = None
        while True:
            page = await self.get(path, cursor=cursor, **query)
            found += page["items"]
            cursor = page["next"]
            if cursor is None:
                return found

    async def write(
        self,
        journal: Journal,
        what: str,
        about: dict[str, Any],
        method: str,
        path: str,
        body: Any = None,
        *,
        version: int | None = None,
        must: bool = True,
    ) -> Any:
        """Send a write and log it. Returns the response; None if the write was done but its response is lost.

        Raises Refused (not done), Unknown (given up; only with `must=False`), Lost.
        """
        key = uuid4().hex
        headers = {"Idempotency-Key": key} | ({"If-Match": f'"{version}"'} if version is not None else {})
        write_id = journal.log_intent(what, about, {"method": method, "path": path, "key": key, "who": self.username})
        deadline = asyncio.get_running_loop().time() + self.net.max_wait_seconds
        attempts = 0
        while True:
            attempts += 1
            token = self.token
            try:
                status, answer = await self.net.request_once(
                    method, f"{self.net.base}/api{path}", token, body if body is not None else {}, headers, {}, attempts
                )
            except Refused as refused:
                if refused.status == 401:
                    await self.sign_in(token)
                    continue
                if refused.code == ALREADY_APPLIED:
                    self._log_outcome(journal, write_id, "ok", refused.status, attempts, ALREADY_APPLIED)
                    return None
                self._log_outcome(journal, write_id, "failed", refused.status, attempts, refused.code)
                raise
            except Unknown as error:
                journal.log_attempt(write_id, 0, str(error))
                self.net.count("tries_without_answer")
                gives_up = not must and self.net.random.random() < 0.3
                if gives_up or asyncio.get_running_loop().time() > deadline:
                    self._log_outcome(journal, write_id, "unknown", 0, attempts)
                    raise Unknown(str(error)) if gives_up else Lost(f"{what}: {error}") from None
                await asyncio.sleep(0.15 + self.net.random.random() * 0.5)
            else:
                logged = _logged_fields(answer)
                self._log_outcome(journal, write_id, "ok", status, attempts, None, **logged)
                return answer

    def _log_outcome(
        self, journal: Journal, write_id: str, outcome: str, status: int, attempts: int, code: str | None = None, **logged: Any
    ) -> None:
        journal.log_outcome(write_id, outcome, status, attempts, code, **logged)
        self.net.count(f"writes_{outcome}")
        if outcome != "unknown" and attempts > 1:
            self.net.count("unknown_resolved")

    async def upload_evidence(self, journal: Journal, uploads_path: str, name: str, media_type: str, data: bytes) -> str:
        """Request an upload, upload, complete it; returns the file's id."""
        about = {"name": name, "size": len(data)}
        offer = None
        while offer is None:  # a lost response had the only upload form: request another
            body = {"name": name, "media_type": media_type, "size": len(data)}
            offer = await self.write(journal, "file.offer", about, "POST", uploads_path, body)
        await self.upload(offer, name, media_type, data)
        await self.write(journal, "file.complete", about, "POST", f"{uploads_path}/{offer['file_id']}/completion")
        return str(offer["file_id"])

    async def upload(self, offer: dict[str, Any], name: str, media_type: str, data: bytes) -> None:
        """Upload a file with a presigned form; retries until it succeeds."""
        deadline, attempts = asyncio.get_running_loop().time() + self.net.max_wait_seconds, 0
        while True:
            attempts += 1
            form = aiohttp.FormData()
            for key, value in offer["fields"].items():
                form.add_field(key, value)
            form.add_field("file", data, filename=name, content_type=media_type)
            why = ""
            try:
                async with self.net.http.post(offer["url"], data=form, timeout=self.net.timeout_of(attempts)) as answer:
                    why = f"{answer.status} {(await answer.read())[:200]!r}"
                    if answer.status < 300:
                        return
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = repr(error)
            self.net.count("uploads_again")
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"upload of {name}: {why}")
            await asyncio.sleep(0.3)

    async def fetch(self, url: str) -> bytes:
        """Download from a presigned URL."""
        deadline = asyncio.get_running_loop().time() + self.net.max_wait_seconds
        while True:
            try:
                async with self.net.http.get(url, timeout=aiohttp.ClientTimeout(total=30)) as answer:
                    content = await answer.read()
                    if answer.status == 200:
                        return content
                    why = f"{answer.status} {content[:200]!r}"
            except (aiohttp.ClientError, TimeoutError, OSError) as error:
                why = repr(error)
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"download: {why}")
            await asyncio.sleep(0.3)


def _logged_fields(answer: Any) -> dict[str, Any]:
    """The fields of a response that are logged: ids, and the results of a bulk action."""
    if not isinstance(answer, dict):
        return {}
    return {name: value for name, value in answer.items() if name in ("id", "results") or name.endswith("_id")}


def _query_strings(query: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}
