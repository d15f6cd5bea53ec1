"""The environment of the benchmarks: the platform as real processes, durable as in production, and helpers to call it.

Services are called directly, not through the gateway. Events of identity are published by the bus's admin user; tokens are
signed with the platform's key, like those of identity.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import nats
from contracts.base import Event, Role
from contracts.registry import stream_of
from demo.steps.timetable import a_term
from joserfc import jwt
from joserfc.jwk import OKPKey
from servicekit.auth import ALGORITHM, TYPE, Actor, claims_of
from servicekit.ids import new_id, utc_now
from stack import databases, plan, testing
from stack.parts.service import HttpProcess
from stack.platform import Platform
from stack.supervisor import Supervisor, tail

from bench.load import BenchError, Call, client, send
from bench.school import School


@dataclass(frozen=True)
class Options:
    """Rounds, seconds a round, and parallel callers. `growth_factor`: how much the data grow in benchmark g; `students`: of the
    province of benchmark l."""

    rounds: int
    seconds: float
    concurrency: int = 16
    growth_factor: int = 100
    students: int = 1_000_000


@dataclass
class Environment:
    """A running platform. `log` prints progress."""

    platform: Platform
    http: aiohttp.ClientSession
    options: Options
    root: Path
    log: Callable[[str], None]

    def url(self, service: str) -> str:
        """The service's own URL."""
        return f"http://127.0.0.1:{self.platform.ports.chosen[service]}"

    def pid(self, part: str) -> int:
        """The process id of a service or server."""
        found = self.platform.supervisors[part].pid
        if found is None:
            raise BenchError(f"{part} does not run")
        return found

    def headers(self, actor: Actor) -> dict[str, str]:
        """Headers with an access token, valid for an hour."""
        key = OKPKey.import_key({**self.platform.keyring.token_signing_key, "alg": ALGORITHM})
        claims = claims_of(actor.account_id, actor, utc_now(), 3600)
        token = jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, service: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Call:
        """Build a request; a write gets an idempotency key."""
        sent = headers if method == "GET" else headers | {"Idempotency-Key": uuid4().hex}
        return Call(method, self.url(service) + path, sent, None if body is None else json.dumps(body).encode())

    async def request(self, service: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        """Send one request; returns the parsed response."""
        content = await send(self.http, self.call(service, method, path, headers, body))
        return json.loads(content) if content else None

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A superuser connection to a service's database."""
        async with databases.connected(self.superuser(name)) as connection:
            yield connection

    def superuser(self, name: str) -> str:
        """The superuser's URL of a database."""
        return databases.at(self.platform.endpoints.postgres, name)

    async def open_school(self, school: School, windows: list[dict[str, Any]], *services: str) -> tuple[dict[str, str], UUID]:
        """Publish a school's organisations and students, and schedule a term; `services` know both when this returns.

        Returns the headers of the school's administrator, and the term's id.
        """
        await self.publish_events(school.events())
        students = "SELECT count(*) >= $2 FROM directory_students WHERE path <@ $1::text::ltree"
        for service in {"records", *services}:
            await self.wait_until_true(service, students, school.path, len(school.students))
        admin = self.headers(an_actor("administrator", school.path, "校管理员"))
        term = await self.request("records", "POST", "/terms", admin, a_term(school.path, windows))
        for service in services:
            known = "SELECT EXISTS (SELECT FROM directory_terms WHERE id = $1::text::uuid)"
            await self.wait_until_true(service, known, term["id"])
        return admin, UUID(term["id"])

    async def publish_events(self, events: Iterable[Event]) -> None:
        """Publish events like the relays of their producers."""
        connection = await nats.connect(self.platform.endpoints.nats_url(plan.ADMIN))
        try:
            stream = connection.jetstream(timeout=20)
            for event in events:
                headers = {
                    "Nats-Msg-Id": str(new_id()), "Zp-Aggregate": event.aggregate, "Zp-Occurred-At": utc_now().isoformat()
                }  # fmt: skip
                body = event.model_dump_json().encode()
                await stream.publish(event.subject, body, stream=stream_of(event.subject), headers=headers)
        finally:
            await connection.close()

    async def wait_until_true(self, service: str, sql: str, *args: object, seconds: float = 60) -> None:
        """Wait until a query of the service's database returns true."""
        async with self.database(service) as connection:
            for _ in range(int(seconds / 0.05)):
                if await connection.fetchval(sql, *args):
                    return
                await asyncio.sleep(0.05)
        raise BenchError(f"{service}: never true: {sql}")

    async def wait_for(self, condition: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait until `condition` returns true."""
        for _ in range(int(seconds / 0.01)):
            if condition():
                return
            await asyncio.sleep(0.01)
        raise BenchError(f"{what}: not within {seconds:.0f} s")

    @asynccontextmanager
    async def start_program(self, module: str, variables: dict[str, str], kind: str = "") -> AsyncIterator[tuple[str, int]]:
        """Run `python -m bench.<module> <kind>` with an HTTP port; yields its URL and process id."""
        name = f"bench-{module}-{kind}"
        port = self.platform.ports(name)
        argv = (sys.executable, "-m", f"bench.{module}", *([kind] if kind else []))
        web = HttpProcess(name, argv, port, {"BENCH_PORT": str(port), "ZP_PORT": str(port), **variables}, health="/healthz")
        supervisor = Supervisor(web, self.root / "logs")
        await supervisor.start()
        try:
            assert supervisor.pid is not None
            yield web.url, supervisor.pid
        except BaseException:
            self.log(tail(supervisor.log))
            raise
        finally:
            await supervisor.stop()


def an_actor(role: Role, path: str, name: str = "某人", students: Iterable[UUID] = ()) -> Actor:
    """An actor with an identity card."""
    return Actor(new_id(), new_id(), role, path, name, frozenset(students))


@asynccontextmanager
async def running_environment(
    root: Path, options: Options, log: Callable[[str], None], services: Sequence[str] | None = None
) -> AsyncIterator[Environment]:
    """Start all servers and these services (None: all); stop them at the end."""
    async with testing.platform(root, services=services, durable=True) as platform, client() as http:
        try:
            yield Environment(platform, http, options, root, log)
        except BaseException:
            log(await asyncio.to_thread(_last_warnings, root / "logs"))
            raise


def _last_warnings(logs: Path) -> str:
    """The last lines above the level `info` of each process's log."""
    found = []
    for file in sorted(logs.glob("*.log")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        last = [line[:600] for line in lines if '"level": "info"' not in line][-3:]
        found.append("\n".join([f"== {file.name}", *last]))
    return "\n".join(found)
