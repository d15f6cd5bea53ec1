"""Faults: a schedule that depends on a seed, and the injector that carries it out."""

import asyncio
import contextlib
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

import asyncpg
import psutil
from stack import plan
from stack.supervisor import State, Supervisor

from chaos.link import Cut, Link
from chaos.platform import LinkedPlatform

SERVERS = ("postgres", "nats", "storage", "gateway")
PARTS = (*plan.NAMES, *SERVERS)
PAUSE, LONG_PAUSE = 4.0, 11.0
"""Seconds: longer than a client's timeout, and longer than the bus waits for an acknowledgement."""
MIN_SECONDS_BETWEEN_FAULTS = 0.3
"""Between two faults of one sequence."""
SECONDS_BETWEEN_SINGLE_FAULTS = 0.7
"""Between two faults that come one at a time: clients get on meanwhile."""
SERVER_GROUPS = (("postgres", "storage"), ("nats", "gateway"))
"""At most one server of each group is down at the same time."""


@dataclass(frozen=True)
class Fault:
    """One fault of one part. `kind`: kill, pause, cut (all connections), relay (only the connections to the bus), base (only
    those to the database), backend (kill one PostgreSQL backend, which makes PostgreSQL recover)."""

    part: str
    kind: str
    seconds: float = 0.0
    cut: Cut = Cut.REFUSE

    def __str__(self) -> str:
        how = f" ({self.cut})" if self.kind in ("cut", "relay", "base") else ""
        return f"{self.kind} {self.part}{how}" + (f" {self.seconds:.1f} s" if self.seconds else "")


def schedule(seed: int, minutes: float | None) -> list[list[Fault]]:
    """Sequences of faults that run in parallel: two for servers, three for services. Without minutes every part and kind
    once."""
    rng = random.Random(f"faults {seed}")
    sequences = []
    for parts, kinds in ((SERVER_GROUPS[0], ()), (SERVER_GROUPS[1], ()), (plan.NAMES, ("relay",))):
        every = [(part, kind) for part in parts for kind in ("kill", "pause", "cut", *kinds)]
        every += [("postgres", "backend")] if "postgres" in parts else []
        sequence: list[tuple[str, str]] = []
        for _ in range(1 if minutes is None else int(minutes * 6) + 1):  # one round takes more than ten seconds
            rng.shuffle(every)
            sequence += (
                every if minutes is None else [(p, "base" if k == "relay" and rng.random() < 0.5 else k) for p, k in every]
            )
        sequences.append([_fault(rng, part, kind) for part, kind in sequence])
    first_servers, second_servers, services = sequences
    if minutes is None:  # one pause long enough for the bus to deliver again
        number = next(n for n, fault in enumerate(services) if fault.kind == "pause")
        services[number] = Fault(services[number].part, "pause", LONG_PAUSE)
    return [first_servers, second_servers, *(services[number::3] for number in range(3))]


def single_faults(seed: int) -> Iterator[Fault]:
    """Short faults without end, to come one at a time while terms end, in the parts through which all that is decided goes."""
    rng = random.Random(f"single faults {seed}")
    every = [(part, kind) for part in ("records", "publicity", "archive", "notify") for kind in ("kill", "relay", "base")]
    every += [("postgres", "backend"), ("nats", "kill"), ("gateway", "cut"), ("storage", "cut")]
    while True:
        rng.shuffle(every)
        for part, kind in every:
            seconds = 0.0 if kind in ("kill", "backend") else rng.uniform(0.5, 1.2)
            yield Fault(part, kind, seconds, rng.choice((Cut.REFUSE, Cut.HOLE)))  # noticed within seconds


def _fault(rng: random.Random, part: str, kind: str) -> Fault:
    if kind in ("kill", "backend"):
        return Fault(part, kind)
    if kind == "pause":
        return Fault(part, kind, LONG_PAUSE if part in plan.NAMES and rng.random() < 0.2 else PAUSE)
    return Fault(part, kind, rng.uniform(0.6, 2.0), rng.choice(list(Cut)))


@dataclass
class FaultInjector:
    """Carries out faults and counts them by (part, kind). Two sequences never touch the same part at the same time."""

    platform: LinkedPlatform
    done: Counter[tuple[str, str]] = field(default_factory=Counter)
    log: list[str] = field(default_factory=list)
    _over: bool = False
    _begins: asyncio.Event = field(default_factory=asyncio.Event)
    _locks: dict[str, asyncio.Lock] = field(default_factory=dict)
    _stopped: set[psutil.Process] = field(default_factory=set)

    async def run(self, schedule: list[list[Fault]], seconds: float | None) -> None:
        """Run all sequences until they end or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await asyncio.gather(*(self._run_sequence(sequence) for sequence in schedule))

    async def run_while(self, needed: Callable[[], bool], upcoming: Iterator[Fault], seconds: float) -> int:
        """Carry out one fault after the other while they are needed and the time is not over. Returns how many."""
        count, deadline = 0, asyncio.get_running_loop().time() + seconds
        while needed() and asyncio.get_running_loop().time() < deadline:
            await self.inject(next(upcoming))
            await asyncio.sleep(SECONDS_BETWEEN_SINGLE_FAULTS)
            count += 1
        return count

    async def next_fault(self) -> None:
        """Wait until the next fault begins; when all are over, this returns at once."""
        if not self._over:
            await self._begins.wait()

    def end(self) -> None:
        """No more faults come: nobody has to wait for one."""
        self._over = True
        self._begins.set()

    async def _run_sequence(self, sequence: list[Fault]) -> None:
        for fault in sequence:
            async with self._locks.setdefault(fault.part, asyncio.Lock()):
                await self.inject(fault)
            await asyncio.sleep(MIN_SECONDS_BETWEEN_FAULTS)

    async def inject(self, fault: Fault) -> None:
        """Carry out one fault to its end; a killed process has been restarted when this returns."""
        self.log.append(f"{asyncio.get_running_loop().time():.2f} {fault}")
        self.done[fault.part, fault.kind] += 1
        self._begins.set()
        self._begins = asyncio.Event()
        match fault.kind:
            case "kill":
                await self._kill(fault.part)
            case "pause":
                await self._pause(fault)
            case "backend":
                await self._kill_backend()
            case _:
                await self._cut(fault)

    def _supervisor(self, part: str) -> Supervisor:
        supervisor = self.platform.supervisors[part]
        assert isinstance(supervisor, Supervisor)
        return supervisor

    async def _kill(self, part: str) -> None:
        supervisor = self._supervisor(part)
        before = supervisor.restarts
        supervisor.kill()
        while supervisor.restarts == before or supervisor.state is not State.READY:
            if supervisor.restarts > before and part not in ("postgres", "nats") and self._server_is_down():
                return  # it becomes ready once its server is; `all_ready` waits for that
            await asyncio.sleep(0.05)

    def _server_is_down(self) -> bool:
        return any(self._supervisor(part).state is not State.READY for part in ("postgres", "nats"))

    async def _pause(self, fault: Fault) -> None:
        pid = self._supervisor(fault.part).pid
        if pid is None:
            return
        try:
            process = psutil.Process(pid)
            members = {process, *process.children(recursive=True)}  # PostgreSQL's backends have process groups of their own
        except psutil.NoSuchProcess:
            return
        self._stopped |= members
        try:
            for member in members:
                with contextlib.suppress(psutil.NoSuchProcess):
                    member.suspend()
            await asyncio.sleep(fault.seconds)
        finally:
            _resume(members)
            self._stopped -= members

    async def _kill_backend(self) -> None:
        connection = await _connected(self.platform.endpoints.postgres)
        if connection is None:
            return
        try:
            victim = await connection.fetchval(
                "SELECT pid FROM pg_stat_activity WHERE backend_type = 'client backend' AND datname = 'records' "
                "ORDER BY backend_start DESC LIMIT 1"
            )
        finally:
            await connection.close()
        if victim is not None:
            with contextlib.suppress(ProcessLookupError):
                os.kill(victim, signal.SIGKILL)
        await asyncio.sleep(1.0)

    def _links(self, fault: Fault) -> list[Link]:
        match fault.kind:
            case "relay":
                return [self.platform.links[f"{fault.part}-nats"]]
            case "base":
                return [self.platform.links[f"{fault.part}-postgres"]]
            case _:
                return self.platform.links_of(fault.part)

    async def _cut(self, fault: Fault) -> None:
        links = self._links(fault)
        try:
            for link in links:
                await link.cut(fault.cut)
            await asyncio.sleep(fault.seconds)
        finally:
            for link in links:
                await link.restore()

    async def heal(self) -> None:
        """Undo all cuts and pauses."""
        _resume(self._stopped)
        self._stopped.clear()
        for link in self.platform.links.values():
            await link.restore()

    async def all_ready(self, seconds: float) -> list[str]:
        """Wait until every process is ready; returns those that are not."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            down = [name for name, supervisor in self.platform.supervisors.items() if supervisor.state is not State.READY]
            if not down or asyncio.get_running_loop().time() > deadline:
                return down
            await asyncio.sleep(0.1)


async def _connected(url: str) -> Any:
    """A connection; None if there is none within some seconds."""
    for _ in range(50):
        with contextlib.suppress(OSError, asyncpg.PostgresError):
            return await asyncpg.connect(url, timeout=10)
        await asyncio.sleep(0.2)
    return None


def _resume(processes: Iterable[psutil.Process]) -> None:
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.resume()
