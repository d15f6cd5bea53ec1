"""A client that expects the worst: it logs before it sends, and knows what it does not know.

An answer is a success, or a refusal in a problem document of ours (then nothing was done), or it tells nothing: lost
connections, timeouts, 5xx, and whatever a gateway says by itself. What told nothing is sent again under the same
`Idempotency-Key`, until it is known or the client loses interest.
"""

import asyncio
import json
import random
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp

from chaos.journal import Journal

PROBLEM = "application/problem+json"
AGAIN = frozenset({"busy", "in_progress", "fault", "throttled", "too_many"})
"""Codes that say: not now."""
LONGEST = 45.0
DONE_BEFORE = "already_applied"
"""The write took effect under this key, and its answer died with the process that made it."""


class Refused(Exception):  # noqa: N818  an answer
    """A refusal of the platform's own."""

    def __init__(self, status: int, problem: dict[str, Any], where: str) -> None:
        super().__init__(f"{where} → {status} {problem.get('code')}: {problem.get('detail')}")
        self.status, self.code, self.problem = status, str(problem.get("code")), problem


class Unknown(Exception):  # noqa: N818  an answer that is none
    """Nobody said how it ended."""


class Lost(Exception):  # noqa: N818  a verdict
    """A read or a write that must come to an end did not, in all the time there was."""


@dataclass
class Net:
    """The way to the gateway that all clients share."""

    base: str
    http: aiohttp.ClientSession
    seconds: float
    """Patience for the first try; each further one gets half as much again, up to `LONGEST`."""
    random: random.Random
    patience: float = 300.0
    """Seconds after which a write that must end counts as lost."""
    counts: dict[str, int] = field(default_factory=dict)

    def count(self, what: str) -> None:
        """One more."""
        self.counts[what] = self.counts.get(what, 0) + 1

    def limit(self, tries: int) -> aiohttp.ClientTimeout:
        """How long this try may take: who retries as fast as before keeps a slow server slow."""
        return aiohttp.ClientTimeout(total=min(LONGEST, self.seconds * 1.5 ** (tries - 1)))

    async def once(
        self,
        method: str,
        url: str,
        token: str | None,
        body: Any,
        headers: dict[str, str],
        query: dict[str, Any],
        tries: int = 1,
    ) -> tuple[int, Any]:
        """One try. Raises Unknown and Refused."""
        sent = dict(headers)
        if token:
            sent["Authorization"] = f"Bearer {token}"
        self.count("requests")
        where = f"{method} {url.removeprefix(self.base)}"
        try:
            async with self.http.request(
                method, url, json=body, params=query, headers=sent, timeout=self.limit(tries)
            ) as answer:
                content = await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as fault:
            raise Unknown(f"{where}: {fault!r}") from None
        kind = answer.content_type
        if answer.status < 300:
            return answer.status, json.loads(content) if kind == "application/json" and content else content
        if kind != PROBLEM:
            raise Unknown(f"{where}: {answer.status} {content[:80]!r}")
        problem = json.loads(content)
        if answer.status >= 500 or problem.get("code") in AGAIN:
            raise Unknown(f"{where}: {answer.status} {problem.get('code')}")
        raise Refused(answer.status, problem, where)


@dataclass
class Caller:
    """Somebody with an account and an identity card."""

    net: Net
    username: str
    password: str
    card: str | None = None
    """The card to use, where the account has several."""
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
        deadline = asyncio.get_running_loop().time() + self.net.patience
        why, tries = "", 0
        while asyncio.get_running_loop().time() < deadline:
            tries += 1
            try:
                _, answer = await self.net.once(
                    method, f"{self.net.base}/api{path}", self.token or None, body, {}, _plain(query), tries
                )
            except Unknown as fault:
                why = str(fault)
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
        """Write, logged. Returns the answer; None where it was done but its answer is lost.

        Raises Refused (not done), Unknown (given up: only where it need not come to an end), Lost.
        """
        key = uuid4().hex
        headers = {"Idempotency-Key": key} | ({"If-Match": f'"{version}"'} if version is not None else {})
        made = journal.intend(what, about, {"method": method, "path": path, "key": key, "who": self.username})
        deadline = asyncio.get_running_loop().time() + self.net.patience
        tries = 0
        while True:
            tries += 1
            token = self.token
            try:
                status, answer = await self.net.once(
                    method, f"{self.net.base}/api{path}", token, body if body is not None else {}, headers, {}, tries
                )
            except Refused as refused:
                if refused.status == 401:
                    await self.sign_in(token)
                    continue
                if refused.code == DONE_BEFORE:
                    self._end(journal, made, "ok", refused.status, tries, DONE_BEFORE)
                    return None
                self._end(journal, made, "failed", refused.status, tries, refused.code)
                raise
            except Unknown as fault:
                journal.tried(made, 0, str(fault))
                self.net.count("tries_without_answer")
                gives_up = not must and self.net.random.random() < 0.3
                if gives_up or asyncio.get_running_loop().time() > deadline:
                    self._end(journal, made, "unknown", 0, tries)
                    raise Unknown(str(fault)) if gives_up else Lost(f"{what}: {fault}") from None
                await asyncio.sleep(0.15 + self.net.random.random() * 0.5)
            else:
                ids = _told(answer)
                self._end(journal, made, "ok", status, tries, None, **ids)
                return answer

    def _end(self, journal: Journal, made: str, end: str, status: int, tries: int, code: str | None = None, **ids: Any) -> None:
        journal.ended(made, end, status, tries, code, **ids)
        self.net.count(f"writes_{end}")
        if end != "unknown" and tries > 1:
            self.net.count("unknown_resolved")

    async def send_file(self, journal: Journal, room: str, name: str, media_type: str, data: bytes) -> str:
        """Offer, upload, check: the file's id. Not logged apart: a record without its proof is not accepted."""
        about = {"name": name, "size": len(data)}
        offer = None
        while offer is None:  # an answer that died holds the only form: ask for another
            body = {"name": name, "media_type": media_type, "size": len(data)}
            offer = await self.write(journal, "file.offer", about, "POST", room, body)
        await self.upload(offer, name, media_type, data)
        await self.write(journal, "file.complete", about, "POST", f"{room}/{offer['file_id']}/completion")
        return str(offer["file_id"])

    async def upload(self, offer: dict[str, Any], name: str, media_type: str, data: bytes) -> None:
        """Send a file with a presigned form, until it is there."""
        deadline, tries = asyncio.get_running_loop().time() + self.net.patience, 0
        while True:
            tries += 1
            form = aiohttp.FormData()
            for key, value in offer["fields"].items():
                form.add_field(key, value)
            form.add_field("file", data, filename=name, content_type=media_type)
            why = ""
            try:
                async with self.net.http.post(offer["url"], data=form, timeout=self.net.limit(tries)) as answer:
                    why = f"{answer.status} {(await answer.read())[:200]!r}"
                    if answer.status < 300:
                        return
            except (aiohttp.ClientError, TimeoutError, OSError) as fault:
                why = repr(fault)
            self.net.count("uploads_again")
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"upload of {name}: {why}")
            await asyncio.sleep(0.3)

    async def fetch(self, url: str) -> bytes:
        """Download from a presigned address."""
        deadline = asyncio.get_running_loop().time() + self.net.patience
        while True:
            try:
                async with self.net.http.get(url, timeout=aiohttp.ClientTimeout(total=30)) as answer:
                    content = await answer.read()
                    if answer.status == 200:
                        return content
                    why = f"{answer.status} {content[:200]!r}"
            except (aiohttp.ClientError, TimeoutError, OSError) as fault:
                why = repr(fault)
            if asyncio.get_running_loop().time() > deadline:
                raise Lost(f"download: {why}")
            await asyncio.sleep(0.3)


def _told(answer: Any) -> dict[str, Any]:
    """What of an answer goes into the log: ids, and what became of each thing of a bulk."""
    if not isinstance(answer, dict):
        return {}
    return {name: value for name, value in answer.items() if name in ("id", "results") or name.endswith("_id")}


def _plain(query: dict[str, Any]) -> dict[str, str]:
    return {name: str(value) for name, value in query.items() if value is not None}
