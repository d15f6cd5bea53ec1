"""Waits until nothing is pending, and runs all checks. Uses no code of the services."""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from pathlib import Path

import asyncpg
import nats.errors

from chaos import journal
from chaos.check import archives, events, histories, models, stuck, writes
from chaos.check.base import Finding, open_databases
from chaos.check.events import Bus


@dataclass(frozen=True)
class Verdict:
    """The result. `answers_lost` counts writes that took effect although their response was lost with a process."""

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

    async def wait_until_quiet(self, seconds: float) -> dict[str, int]:
        """Wait until nothing is pending, twice in a row. Returns what still is when the time is over."""
        deadline, quiet_rounds = asyncio.get_running_loop().time() + seconds, 0
        remaining: dict[str, int] = {}
        while asyncio.get_running_loop().time() < deadline:
            try:
                async with open_databases(self.postgres) as databases:
                    remaining = await stuck.stuck(databases, await events.read_bus(self.nats))
            except (OSError, asyncpg.PostgresError, nats.errors.Error) as error:
                remaining = {f"cannot look: {error!r}": 1}
            quiet_rounds = quiet_rounds + 1 if not remaining else 0
            if quiet_rounds == 2:
                return {}
            await asyncio.sleep(0.3)
        return remaining

    async def check(self, remaining: dict[str, int]) -> Verdict:
        """All findings; `remaining` is what was still pending."""
        found = [Finding("stuck", name, f"{count} left") for name, count in remaining.items()]
        log = journal.read(self.logs)
        bus = await events.read_bus(self.nats, messages=True)
        async with open_databases(self.postgres) as databases:
            found += await writes.check(databases, log)
            found += await histories.check(databases)
            found += await events.check(databases, bus)
            found += await models.check(databases)
            found += await archives.check(databases, self.get, self.fetch, self.base)
            lost = len(await stuck.unanswered(databases))
            count = sum([int(await databases.value(s, "SELECT count(*) FROM outbox")) for s in databases.connections])
        return Verdict(found, bus, count, lost)
