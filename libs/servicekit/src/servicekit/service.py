"""Starts a service from its settings: database, migrations, bus, relay, scheduler, HTTP; and stops it in order.

SERVICE = Service("records", api=api, events=on_event, jobs=on_job, settings=RecordsSettings, make=Deps.make)
run(SERVICE)   # in __main__.py
"""

import argparse
import asyncio
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aiohttp import web
from contracts.identity import CardRevokedV1

from servicekit import log, outbox
from servicekit.auth import Verifier, note_revoked
from servicekit.bus import EventConsumer, EventHandlers, replay_dead
from servicekit.db import Database, Tx
from servicekit.directory.names import add_missing_name_keys
from servicekit.downloads import tickets
from servicekit.http import Api, build
from servicekit.http.server import DRAINING
from servicekit.ids import utc_now
from servicekit.jobs import ScheduledJobs, Scheduler
from servicekit.migrate import migrate
from servicekit.outbox import Relay
from servicekit.probes import Readiness, add_probes
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

_log = log.get(__name__)
_BUS_SECONDS = 3.0
"""A starting process waits so long for the bus, and then serves without it."""


@dataclass
class Deps:
    """The dependencies of use cases. A service with more (schemes, storage) subclasses this."""

    settings: Any
    db: Database
    wakeups: Wakeups
    now: Callable[[], datetime] = utc_now
    at_stop: list[Callable[[], None]] = field(default_factory=list)
    """Called when the service begins to stop, before it waits for running requests: streams end then."""

    def pseudonymous(self, account_id: UUID) -> UUID:
        """What is stored instead of the account by routes that are `unlinked`. A service with such routes defines it."""
        raise NotImplementedError


type Make = Callable[[AsyncExitStack, Settings, Database, Wakeups], Awaitable[Deps]]
"""Makes the service's Deps; pushes on the stack what has to be closed."""


async def plain(_: AsyncExitStack, settings: Settings, db: Database, wakeups: Wakeups) -> Deps:
    """Deps for a service that has no more dependencies."""
    return Deps(settings, db, wakeups)


@dataclass(frozen=True)
class Service:
    """The parts of a service. `package` has its migrations; `chores` run about once a minute."""

    name: str
    title: str
    api: Api
    events: EventHandlers = field(default_factory=EventHandlers)
    jobs: ScheduledJobs = field(default_factory=ScheduledJobs)
    settings: type[Settings] = Settings
    make: Make = plain
    package: str = ""
    chores: Sequence[Callable[[Any], Awaitable[Any]]] = ()

    def __post_init__(self) -> None:
        if CardRevokedV1.subject not in self.events.handlers:
            self.events(CardRevokedV1)(_on_card_revoked)

    @property
    def package_name(self) -> str:
        """The Python package, which is the service's name unless that is a keyword."""
        return self.package or self.name


@dataclass
class Running:
    """A started service."""

    service: Service
    deps: Deps
    app: web.Application
    consumer: EventConsumer
    scheduler: Scheduler
    relay: Relay
    verifier: Verifier
    readiness: Readiness = field(init=False)
    tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def stopped(self) -> list[str]:
        """The loops that have ended, which none does while the service works."""
        return [task.get_coro().__qualname__ for task in self.tasks if task.done()]  # type: ignore[union-attr]

    def drain(self) -> None:
        """Say that the process is not ready, and close connections after their next response."""
        self.readiness.draining = True
        self.app[DRAINING].set()


@asynccontextmanager
async def started(service: Service, settings: Settings, *, bus: bool = True) -> AsyncIterator[Running]:
    """Everything but the listening socket. `bus=False` leaves out consumers, relay and scheduler (tests drive them)."""
    async with AsyncExitStack() as stack:
        db = await Database.connect(
            settings.database_url.get_secret_value(),
            settings.database_pool,
            seconds=settings.database_seconds,
            idle=settings.database_idle_seconds,
            wait=settings.database_wait_seconds,
        )
        stack.push_async_callback(db.close)
        owner = settings.database_owner_url
        for name in await migrate(db, service.package_name, owner.get_secret_value() if owner else None):
            _log.info("migrated", name=name)
        wakeups = Wakeups(db)
        deps = await service.make(stack, settings, db, wakeups)
        verifier = Verifier(settings.token_keys)
        await verifier.refresh(db)
        app = build(service.api, deps, verifier, service.title)

        async def stopping(_: web.Application) -> None:
            for call in deps.at_stop:
                call()

        app.on_shutdown.append(stopping)
        bus_servers = settings.nats_servers
        consumer = EventConsumer(
            service.name, db, deps, service.events, bus_servers, settings.handler_seconds, settings.grace_seconds
        )
        scheduler = Scheduler(db, service.jobs, deps, wakeups)
        relay = Relay(db, bus_servers, service.name, wakeups, settings.outbox_keep_days)
        running = Running(service, deps, app, consumer, scheduler, relay, verifier)
        running.readiness = Readiness(db, running.stopped)
        add_probes(app, db, running.readiness, service.jobs.names)
        loops = [wakeups.run()]
        if bus:
            stack.push_async_callback(consumer.stop)
            loops += [consumer.run(), relay.run(), _chores(running)]
            if service.jobs.names:  # a loop that ends is reported as a fault
                loops.append(scheduler.run())
        running.tasks = [asyncio.create_task(loop) for loop in loops]
        stack.push_async_callback(_end, running.tasks)
        if bus:  # usually all works when the process is ready; without the bus it serves all the same
            await _first([asyncio.create_task(consumer.started.wait()), *running.tasks], _BUS_SECONDS)
        yield running


async def _on_card_revoked(_deps: Any, tx: Tx, event: CardRevokedV1) -> None:
    """Refuse the card's older tokens."""
    await note_revoked(tx, event.card_id, event.at)


async def _end(tasks: list[asyncio.Task[None]]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)


async def _chores(running: Running) -> None:
    """Maintenance. Exceptions are logged."""
    turn = 0
    while True:
        await asyncio.sleep(10)
        turn += 1
        try:
            await running.verifier.refresh(running.deps.db)
            await running.consumer.watch()
            if turn % 6 == 0:
                await running.relay.sweep()
                await add_missing_name_keys(running.deps.db)
                await tickets.sweep(running.deps.db)
                for chore in running.service.chores:
                    await chore(running.deps)
        except Exception:
            _log.exception("chore_failed")


async def serve(service: Service, settings: Settings) -> None:
    """Run until SIGTERM: then go on serving as not ready until gateways have noticed, stop accepting requests, end streams,
    finish the running requests, close the bus, then the database. A second signal shortens the first step."""
    stop, hurry = asyncio.Event(), asyncio.Event()

    def on_signal() -> None:
        (hurry if stop.is_set() else stop).set()

    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, on_signal)
    async with started(service, settings) as running:
        runner = web.AppRunner(running.app, shutdown_timeout=settings.grace_seconds / 2, access_log=None, auto_decompress=False)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        _log.info("ready", addresses=[str(a) for a in runner.addresses])
        faults = [asyncio.create_task(running.consumer.closed.wait()), *running.tasks]
        await _first([asyncio.create_task(stop.wait()), *faults])
        running.drain()
        _log.info("stopping", asked=stop.is_set())
        if stop.is_set():
            await _first([asyncio.create_task(hurry.wait()), *faults], settings.drain_seconds)
        await runner.cleanup()
    if not stop.is_set():
        raise SystemExit(1)


async def _first(tasks: list[asyncio.Task[Any]], seconds: float | None = None) -> None:
    await asyncio.wait(tasks, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)


async def _tool(service: Service, settings: Settings, command: str, days: int) -> str:
    async with started(service, settings, bus=False) as running:
        match command:
            case "replay":
                return f"{await outbox.replay(running.deps.db, days)} events will be published again"
            case "replay-dead":
                good, bad = await replay_dead(running.deps.db, running.deps, service.events)
                return f"{good} dead letters took effect, {bad} failed again"
            case _:
                return "migrated"


def run(service: Service) -> None:
    """`python -m <package> [serve | migrate | replay --days N | replay-dead]`."""
    parser = argparse.ArgumentParser(prog=service.package_name, description=service.title)
    parser.add_argument("command", nargs="?", default="serve", choices=("serve", "migrate", "replay", "replay-dead"))
    parser.add_argument("--days", type=int, default=30, help="replay events published within so many days")
    args = parser.parse_args()
    settings = service.settings()
    log.configure(service.name, settings.log_level)
    if args.command == "serve":
        asyncio.run(serve(service, settings))
    else:
        print(asyncio.run(_tool(service, settings, args.command, args.days)))  # noqa: T201
