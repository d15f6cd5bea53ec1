"""Shows that the checker can fail: services broken on purpose, a brief load, faults that hit the mistake, then the checks."""

import asyncio
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from demo.steps import timetable
from demo.world import hours, now
from stack.parts.service import Web
from stack.supervisor import Supervisor

from chaos.check import events, histories, models, writes
from chaos.check.base import Finding, opened
from chaos.client import Caller, Lost, Refused, Unknown
from chaos.faults import Fault, Hands
from chaos.founding import Room
from chaos.journal import Journal, read
from chaos.link import Cut
from chaos.load import Load
from chaos.platform import LinkedPlatform


@dataclass(frozen=True)
class Mistake:
    """A variant, the service that has it, what is done to that service, and the finding that must come."""

    variant: str
    service: str
    faults: tuple[Fault, ...]
    caught: Callable[[Finding], bool]
    consuming: bool = True


def _kills(service: str, times: int) -> tuple[Fault, ...]:
    return tuple(Fault(service, "kill") for _ in range(times))


MISTAKES = (
    Mistake("no_inbox", "notify", (), lambda f: f.check == "models" and f.service == "notify"),
    Mistake(
        "ack_before_commit", "publicity", _kills("publicity", 2),
        lambda f: f.service == "publicity" and "took no effect" in f.what,
    ),
    Mistake(
        "drop_on_error", "archive", tuple(Fault("archive", "base", 2.0, Cut.REFUSE) for _ in range(2)),
        lambda f: f.service == "archive" and "took no effect" in f.what,
    ),
    Mistake(
        "publish_before_commit", "records", _kills("records", 2),
        lambda f: "nobody said" in f.what and "'records." in f.evidence, consuming=False,
    ),
    Mistake(
        "no_outbox", "identity", _kills("identity", 1),
        lambda f: "nobody said" in f.what and "'identity." in f.evidence, consuming=False,
    ),
)  # fmt: skip


async def swap(platform: LinkedPlatform, hands: Hands, service: str, variant: str) -> None:
    """Have a service's process replaced by a broken one."""
    supervisor = platform.supervisors[service]
    assert isinstance(supervisor, Supervisor)
    assert isinstance(supervisor.part, Web)
    supervisor.part = replace(supervisor.part, argv=(sys.executable, "-m", "chaos.broken", variant, service))
    await hands.do(Fault(service, "kill"))


@dataclass
class Drill:
    """One drill on a platform that was found sound. Its log is apart from that of the run."""

    platform: LinkedPlatform
    hands: Hands
    load: Load
    postgres: str
    nats: str

    async def run(
        self, mistakes: tuple[Mistake, ...] = MISTAKES, name: str = "drill", seconds: float = 8.0
    ) -> tuple[dict[str, bool], list[Finding]]:
        """Which mistakes were caught, and all that was found. `name` is only this drill's."""
        await asyncio.gather(*(swap(self.platform, self.hands, m.service, m.variant) for m in mistakes))
        over = asyncio.Event()
        busy = [asyncio.create_task(self._school(room, name, over)) for room in self.load.rooms]
        begun = time.monotonic()
        for consuming in (True, False):  # a dead producer says nothing that a consumer could lose
            await asyncio.gather(*(self._hit(m) for m in mistakes if m.consuming is consuming))
        await asyncio.sleep(max(0.0, seconds - (time.monotonic() - begun)))
        over.set()
        await asyncio.gather(*busy)
        await self.hands.heal()
        await self.hands.all_ready(60)
        found = await self._look()
        return {m.variant: any(m.caught(finding) for finding in found) for m in mistakes}, found

    async def _hit(self, mistake: Mistake) -> None:
        for fault in mistake.faults:
            await self._flow()
            await self.hands.do(fault)

    async def _flow(self) -> None:
        """Wait until writes come through: only then is there something to lose."""
        counts = self.load.rooms[0].teacher.net.counts
        begun = counts.get("writes_ok", 0)
        for _ in range(200):
            if counts.get("writes_ok", 0) >= begun + 8:
                return
            await asyncio.sleep(0.1)

    async def _look(self) -> list[Finding]:
        """Wait until nothing moves, but not for what will never come; then all checks that need no archive."""
        for _ in range(40):
            bus = await events.look(self.nats)
            if not sum(bus.waiting.values()):
                break
            await asyncio.sleep(0.5)
        async with opened(self.postgres) as books:
            bus = await events.look(self.nats, messages=True)
            return [
                *await events.check(books, bus),
                *await models.check(books),
                *await histories.check(books),
                *await writes.check(books, read(self.load.logs)),
            ]

    async def _school(self, room: Room, name: str, over: asyncio.Event) -> None:
        """Writes that need no waiting: terms and their timetables, grades, positions and their approval."""
        name = f"{name}-{room.code}"
        journal = Journal(self.load.logs / f"{name}.jsonl", name)
        term = await _term(journal, room, name)
        workers = [self._positions(journal, room, pupil, term, over) for pupil in room.pupils]
        workers += [self._timetables(journal, room, term, over), self._grades(journal, room, over)]
        await asyncio.gather(*workers)
        journal.close()

    async def _positions(self, journal: Journal, room: Room, pupil: Caller, term: str, over: asyncio.Event) -> None:
        fields = {f["id"]: f for f in room.scheme["positions"]["form"]["fields"]}
        turn = 0
        while not over.is_set():
            turn += 1
            duties = f"演练 {journal.client} {pupil.username} {turn}"
            data = {
                "level": fields["level"]["choices"][0]["id"],
                "title": fields["title"]["choices"][0]["id"],
                "since": "2026-09-01",
                "duties": duties,
            }
            body = {"term_id": term, "data": data}
            made = await _one(journal, pupil, "position", {"duties": duties}, "POST", "/records/positions", body)
            if made:
                path = f"/records/positions/{made['id']}/approval"
                await _one(journal, room.teacher, "position.approval", {"position": made["id"]}, "POST", path)

    async def _timetables(self, journal: Journal, room: Room, term: str, over: asyncio.Event) -> None:
        admin, path = room.administrator, f"/records/terms/{term}"
        while not over.is_set():
            known = await admin.get(path)
            windows = timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72))
            body = {"windows": windows, "reason": "演练"}
            await _one(
                journal, admin, "term.timetable", {"term": term}, "PUT", f"{path}/timetable", body, version=known["version"]
            )

    async def _grades(self, journal: Journal, room: Room, over: asyncio.Event) -> None:
        turn = 0
        while not over.is_set():
            turn += 1
            code = f"{journal.client.replace('-', '_')}_{turn}"
            body = {"parent": room.campus.path, "code": code, "title": f"演练 {turn}"}
            about = {"path": f"{room.campus.path}.{code}"}
            await _one(journal, room.administrator, "organisation", about, "POST", "/identity/organisations", body)
            await asyncio.sleep(0.3)


async def _term(journal: Journal, room: Room, name: str) -> str:
    """A term far away, for the drill alone."""
    year = 2060 + len(name)
    body: dict[str, Any] = {
        "path": room.campus.path,
        "title": f"演练 {name}",
        "school_year": f"{year}-{year + 1}",
        "number": 1,
        "starts_on": f"{year}-09-01",
        "ends_on": f"{year + 1}-01-20",
        "windows": timetable.windows(now() - hours(1), now() + hours(48), now() + hours(72)),
    }
    made = await room.administrator.write(journal, "term.schedule", {"title": body["title"]}, "POST", "/records/terms", body)
    if made is None:
        known = await room.administrator.everything("/records/terms", path=room.campus.path)
        made = next(term for term in known if term["title"] == body["title"])
    return str(made["id"])


async def _one(
    journal: Journal, by: Caller, what: str, about: dict[str, Any], method: str, path: str, body: Any = None, **more: Any
) -> Any:
    try:
        return await by.write(journal, what, about, method, path, body, must=False, **more)
    except (Refused, Unknown, Lost):
        return None
