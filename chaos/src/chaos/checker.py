"""Waits until it is quiet, and puts all checks together. No service's code is used."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats.errors

from chaos import journal
from chaos.check import archives, events, histories, models, stuck, writes
from chaos.check.base import Finding, opened
from chaos.check.events import Bus


@dataclass(frozen=True)
class Verdict:
    """What a check found. `answers_lost` counts writes that took effect while their kept answer died with a process."""

    findings: list[Finding]
    bus: Bus
    events: int
    answers_lost: int


@dataclass
class Checker:
    """`postgres` and `nats` are the superuser's and the admin's URLs of the servers themselves."""

    postgres: str
    nats: str
    logs: Path
    base: str
    get: archives.Get
    fetch: Callable[[str], Awaitable[bytes]]

    async def quiet(self, seconds: float) -> dict[str, int]:
        """Wait until nothing is on its way, twice in a row. Returns what still is when the time is over."""
        deadline, calm = asyncio.get_running_loop().time() + seconds, 0
        left: dict[str, int] = {}
        while asyncio.get_running_loop().time() < deadline:
            try:
                async with opened(self.postgres) as books:
                    left = await stuck.stuck(books, await events.look(self.nats))
            except (OSError, asyncpg.PostgresError, nats.errors.Error) as fault:
                left = {f"cannot look: {fault!r}": 1}
            calm = calm + 1 if not left else 0
            if calm == 2:
                return {}
            await asyncio.sleep(0.3)
        return left

    async def check(self, left: dict[str, int]) -> Verdict:
        """All findings; `left` is what did not come to rest."""
        found = [Finding("stuck", name, f"{count} left") for name, count in left.items()]
        said = journal.read(self.logs)
        bus = await events.look(self.nats, messages=True)
        async with opened(self.postgres) as books:
            found += await writes.check(books, said)
            found += await histories.check(books)
            found += await events.check(books, bus)
            found += await models.check(books)
            found += await archives.check(books, self.get, self.fetch, self.base)
            lost = len(await stuck.unanswered(books))
            count = sum([int(await books.value(s, "SELECT count(*) FROM outbox")) for s in books.connections])
        return Verdict(found, bus, count, lost)
