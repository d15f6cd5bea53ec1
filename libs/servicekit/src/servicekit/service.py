"""Starts a service from its settings: database, migrations, bus, relay, scheduler, HTTP; and stops it in order.

SERVICE = Service("records", api=api, events=on_event, jobs=on_job, settings=RecordsSettings, make=Deps.make)
run(SERVICE)   # in __main__.py
"""

import argparse
import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from contracts.identity import CardRevokedV1
from nats.errors import Error as BusError
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest

from servicekit import jobs, log, metrics, outbox
from servicekit.auth import Verifier, note_revoked
from servicekit.bus import EventConsumer, EventHandlers, replay_dead
from servicekit.db import LOST, Database, Tx
from servicekit.http import Api, build
from servicekit.ids import utc_now
from servicekit.jobs import ScheduledJobs, Scheduler
from servicekit.migrate import migrate
from servicekit.outbox import Relay
from servicekit.settings import Settings
from servicekit.wakeups import Wakeups

_log = log.get(__name__)


@dataclass
class Deps:
    """The dependencies of use cases. A service with more (schemes, storage) subclasses this."""

    settings: Any
    db: Database
    wakeups: Wakeups
    now: Callable[[], datetime] = utc_now
    at_stop: list[Callable[[], None]] = field(default_factory=list)
    """Called when the service begins to stop, before it waits for running requests: streams end then."""


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
    tasks: list[asyncio.Task[None]] = field(default_factory=list)


@asynccontextmanager
async def started(service: Service, settings: Settings, *, bus: bool = True) -> AsyncIterator[Running]:
    """Everything but the listening socket. `bus=False` leaves out consumers, relay and scheduler (tests drive them)."""
    async with AsyncExitStack() as stack:
        db = await Database.connect(
            settings.database_url.get_secret_value(),
            settings.database_pool,
            seconds=settings.database_seconds,
            idle=settings.database_idle_seconds,
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
        url = settings.nats_url.get_secret_value()
        consumer = EventConsumer(service.name, db, deps, service.events, url, settings.handler_seconds, settings.grace_seconds)
        scheduler = Scheduler(db, service.jobs, deps, wakeups)
        relay = Relay(db, url, service.name, wakeups, settings.outbox_keep_days)
        running = Running(service, deps, app, consumer, scheduler, relay, verifier)
        _add_probes(running)
        loops = [wakeups.run()]
        if bus:
            await consumer.start()
            stack.push_async_callback(consumer.stop)
            loops += [relay.run(), _chores(running)]
            if service.jobs.names:  # a loop that ends is reported as a fault
                loops.append(scheduler.run())
        running.tasks = [asyncio.create_task(loop) for loop in loops]
        stack.push_async_callback(_end, running.tasks)
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
            await running.consumer.ensure()
            if turn % 6 == 0:
                await running.relay.sweep()
                for chore in running.service.chores:
                    await chore(running.deps)
        except Exception:
            _log.exception("chore_failed")


def _add_probes(running: Running) -> None:
    async def healthz(_: web.Request) -> web.Response:
        return web.json_response({"alive": True})

    async def readyz(_: web.Request) -> web.Response:
        found: dict[str, Any] = {}
        ok = True
        try:
            async with asyncio.timeout(3):
                async with running.deps.db.reading() as tx:
                    found["outbox_waiting"], found["outbox_oldest_seconds"] = await outbox.waiting(tx)
                    found["dead_letters"] = await tx.fetchval("SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL")
                found["bus_waiting"] = await running.consumer.ensure()
                found["bus_stuck_seconds"] = round(running.consumer.stuck_seconds)
        except (*LOST, BusError, AssertionError, AttributeError) as fault:
            ok, found["fault"] = False, type(fault).__name__
        stopped = [task.get_coro().__qualname__ for task in running.tasks if task.done()]  # type: ignore[union-attr]
        if stopped:
            ok, found["stopped"] = False, stopped
        return web.json_response({"ready": ok, **found}, status=200 if ok else 503)

    async def show_metrics(_: web.Request) -> web.Response:
        with contextlib.suppress(*LOST):
            async with running.deps.db.reading() as tx:
                count, age = await outbox.waiting(tx)
                metrics.OUTBOX_WAITING.set(count)
                metrics.OUTBOX_AGE.set(age)
                metrics.DEAD_LETTERS.set(await tx.fetchval("SELECT count(*) FROM dead_letters WHERE replayed_at IS NULL"))
                metrics.JOBS_FAILED.set(await jobs.failed(tx, running.service.jobs.names))
        return web.Response(body=generate_latest(), headers={"Content-Type": CONTENT_TYPE_LATEST})

    for path, handler in (("/healthz", healthz), ("/readyz", readyz), ("/metrics", show_metrics)):
        running.app.router.add_get(path, handler)


async def serve(service: Service, settings: Settings) -> None:
    """Run until SIGTERM: then stop accepting requests, finish the running ones, close the bus, then the database."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for signum in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(signum, stop.set)
    async with started(service, settings) as running:
        runner = web.AppRunner(running.app, shutdown_timeout=settings.grace_seconds / 2, access_log=None, auto_decompress=False)
        await runner.setup()
        site = web.TCPSite(runner, settings.host, settings.port)
        await site.start()
        _log.info("ready", addresses=[str(a) for a in runner.addresses])
        ends = [asyncio.create_task(stop.wait()), asyncio.create_task(running.consumer.closed.wait()), *running.tasks]
        await asyncio.wait(ends, return_when=asyncio.FIRST_COMPLETED)
        _log.info("stopping", asked=stop.is_set())
        await runner.cleanup()
    if not stop.is_set():
        raise SystemExit(1)


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
