"""The demo's client, with more patience and a log: every write is logged before it is sent.

A write succeeded, or was refused with a problem document of the platform (then nothing was done), or its outcome is
unknown: lost connections, timeouts, 5xx, errors of the gateway itself. An unknown write is sent again with the same
`Idempotency-Key` until its outcome is known or the client gives up.
"""

import asyncio
import itertools
import json
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any
from uuid import uuid4

import aiohttp
from demo.client import NO_ANSWER, Gateway, Refused, User

from chaos.journal import Journal

RETRY_CODES = frozenset({"busy", "in_progress", "fault", "throttled", "too_many"})
"""Codes after which the same request is sent again."""
MAX_TIMEOUT_SECONDS = 45.0
MAX_WAIT_SECONDS = 300.0
"""Seconds after which a request that has to succeed is given up."""
ALREADY_APPLIED = "already_applied"
"""The write took effect under this key, but its response was lost with the process."""


class Unknown(Exception):  # noqa: N818  an answer that is none
    """The outcome of a write is unknown, and the client gave up."""


class Lost(Exception):  # noqa: N818  a verdict
    """A request that has to succeed did not within `MAX_WAIT_SECONDS`."""


@dataclass
class Net(Gateway):
    """The gateway under faults: a request is sent again until its outcome is known."""

    seconds: float = 3.0
    """Timeout of the first attempt; each further one gets half as much again, up to `MAX_TIMEOUT_SECONDS`."""
    rng: random.Random = field(default_factory=random.Random)
    counts: Counter[str] = field(default_factory=Counter)

    def timeout(self, number: int) -> aiohttp.ClientTimeout:
        """The timeout of an attempt. It grows, because retrying at the same pace would keep a slow server slow."""
        return aiohttp.ClientTimeout(total=min(MAX_TIMEOUT_SECONDS, self.seconds * 1.5 ** (number - 1)))

    async def retry[T](self, attempt: Callable[[int], Awaitable[T]]) -> T:
        """Call `attempt(number)` until its outcome is known. Raises Lost, and Refused."""
        deadline = asyncio.get_running_loop().time() + MAX_WAIT_SECONDS
        for number in itertools.count(1):
            try:
                return await attempt(number)
            except Refused as refused:
                if not is_unknown(refused):
                    raise
                self.counts["tries_without_answer"] += 1
                if asyncio.get_running_loop().time() > deadline:
                    raise Lost(str(refused)) from None
            await asyncio.sleep(0.2 + self.rng.random() * 0.4)
        raise AssertionError("unreachable")


def is_unknown(refused: Refused) -> bool:
    """May the request have been carried out? Then it is sent again. `http_...`: the answer is no problem document."""
    return (
        refused.status == NO_ANSWER or refused.status >= 500 or refused.code in RETRY_CODES or refused.code.startswith("http_")
    )


@dataclass
class Caller(User):
    """A user whose writes are logged."""

    gateway: Net
    student_id: str = ""

    async def renew(self, old: str) -> None:
        """Sign in again instead: the response to a renewal may be lost, and with it the refresh token."""
        async with self._renewing:
            if self.session["access_token"] == old:
                await self.sign_in()

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
        key, attempts = uuid4().hex, 0
        headers = {"Idempotency-Key": key} | ({"If-Match": f'"{version}"'} if version is not None else {})
        write_id = journal.log_intent(what, about, {"method": method, "path": path, "key": key, "who": self.username})

        async def attempt(number: int) -> Any:
            nonlocal attempts
            attempts = number
            try:
                return await self.send(number, method, path, body if body is not None else {}, headers)
            except Refused as refused:
                if is_unknown(refused):
                    journal.log_attempt(write_id, refused.status, str(refused))
                    if not must and self.gateway.rng.random() < 0.3:
                        raise Unknown(str(refused)) from None
                raise

        def log(outcome: str, code: str | None = None, **logged: Any) -> None:
            journal.log_outcome(write_id, outcome, attempts, code, **logged)
            self.gateway.counts[f"writes_{outcome}"] += 1
            self.gateway.counts["unknown_resolved"] += outcome != "unknown" and attempts > 1

        try:
            content, _ = await self.gateway.retry(attempt)
        except Refused as refused:
            if refused.code == ALREADY_APPLIED:
                log("ok", ALREADY_APPLIED)
                return None
            log("failed", refused.code)
            raise
        except (Unknown, Lost):
            log("unknown")
            raise
        response = json.loads(content) if content else {}
        named = response if isinstance(response, dict) else {}
        log("ok", **{name: value for name, value in named.items() if name in ("id", "results") or name.endswith("_id")})
        return response

    async def offer_upload(self, journal: Journal, uploads_path: str, name: str, media_type: str, data: bytes) -> str:
        """Request an upload, and upload the file. Returns its id."""
        body = {"name": name, "media_type": media_type, "size": len(data)}
        offer = None
        while offer is None:  # a lost response had the only upload form: request another
            offer = await self.write(journal, "file.offer", {"name": name, "size": len(data)}, "POST", uploads_path, body)
        await self.gateway.upload(offer, name, media_type, data)
        return str(offer["file_id"])

    async def upload_evidence(self, journal: Journal, uploads_path: str, name: str, media_type: str, data: bytes) -> str:
        """Request an upload, upload, complete it; returns the file's id."""
        file_id = await self.offer_upload(journal, uploads_path, name, media_type, data)
        about = {"name": name, "size": len(data)}
        await self.write(journal, "file.complete", about, "POST", f"{uploads_path}/{file_id}/completion")
        return file_id
