"""The ground all measurements stand on: the whole platform as real processes, durable as in production, and ways into it.

Services are called directly, not through the gateway. Events of identity are told by the bus's admin; tokens are signed
with the platform's own key, as identity signs them.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import nats
from contracts.base import Event, Role
from contracts.registry import stream_of
from joserfc import jwt
from joserfc.jwk import OKPKey
from servicekit.auth import ALGORITHM, TYPE, Actor, claims_of
from servicekit.ids import new_id, utc_now
from stack import databases, plan, testing
from stack.parts.service import Web
from stack.platform import Platform
from stack.supervisor import Supervisor, tail

from bench.load import BenchError, Call, client, send


@dataclass(frozen=True)
class Options:
    """How long to look, with how many callers. `big`: by what the data is multiplied for growth."""

    rounds: int
    seconds: float
    at_once: int = 16
    big: int = 100


@dataclass
class Ground:
    """A running platform. `log` says on the screen what is going on."""

    platform: Platform
    http: aiohttp.ClientSession
    options: Options
    root: Path
    log: Callable[[str], None]
    _keys: dict[str, Any] = field(default_factory=dict)

    def url(self, service: str) -> str:
        """Where the service itself listens."""
        return f"http://127.0.0.1:{self.platform.ports.chosen[service]}"

    def pid(self, part: str) -> int:
        """Of a service or server."""
        found = self.platform.supervisors[part].pid
        if found is None:
            raise BenchError(f"{part} does not run")
        return found

    def headers(self, actor: Actor) -> dict[str, str]:
        """A token as identity would sign it, good for an hour."""
        if not self._keys:
            self._keys["jwk"] = OKPKey.import_key({**self.platform.keyring.token_signing_key, "alg": ALGORITHM})
        key = self._keys["jwk"]
        claims = claims_of(actor.account_id, actor, utc_now(), 3600)
        token = jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": key.kid}, claims, key, algorithms=[ALGORITHM])
        return {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}

    def call(self, service: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Call:
        """A request; a write gets an idempotency key of its own."""
        sent = headers if method == "GET" else headers | {"Idempotency-Key": uuid4().hex}
        return Call(method, self.url(service) + path, sent, None if body is None else json.dumps(body).encode())

    async def ask(self, service: str, method: str, path: str, headers: dict[str, str], body: Any = None) -> Any:
        """One request, parsed."""
        content = await send(self.http, self.call(service, method, path, headers, body))
        return json.loads(content) if content else None

    async def ask_raw(self, call: Call) -> bytes:
        """One request as it is."""
        return await send(self.http, call)

    @staticmethod
    def id_of(answer: bytes) -> UUID:
        """The id of what was made."""
        return UUID(json.loads(answer)["id"])

    @asynccontextmanager
    async def database(self, name: str) -> AsyncIterator[asyncpg.Connection[asyncpg.Record]]:
        """A superuser's connection to a service's database."""
        async with databases.connected(self.superuser(name)) as connection:
            yield connection

    def superuser(self, name: str) -> str:
        """URL of a database, as one who may do everything."""
        assert self.platform.endpoints is not None
        return databases.at(self.platform.endpoints.postgres, name)

    async def tell(self, events: Iterable[Event]) -> None:
        """Put events on the bus as their producers' relays would."""
        connection = await nats.connect(self.platform.nats_url(plan.ADMIN))
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

    async def until(self, service: str, sql: str, *args: object, seconds: float = 60) -> None:
        """Wait until a question to the service's database is answered with true."""
        async with self.database(service) as connection:
            for _ in range(int(seconds / 0.05)):
                if await connection.fetchval(sql, *args):
                    return
                await asyncio.sleep(0.05)
        raise BenchError(f"{service} did not come to: {sql}")

    async def wait(self, there: Callable[[], bool], what: str, seconds: float = 60) -> None:
        """Wait for something that this process is told."""
        for _ in range(int(seconds / 0.01)):
            if there():
                return
            await asyncio.sleep(0.01)
        raise BenchError(f"{what}: not within {seconds:.0f} s")

    @asynccontextmanager
    async def beside(self, module: str, env: dict[str, str], kind: str = "") -> AsyncIterator[tuple[str, int]]:
        """A process of the bench's own, `python -m bench.<module> <kind>`, with an HTTP address; yields that and its pid."""
        name = f"bench-{module}-{kind}"
        port = self.platform.ports(name)
        argv = (sys.executable, "-m", f"bench.{module}", *([kind] if kind else []))
        web = Web(name, argv, port, {"BENCH_PORT": str(port), "ZP_PORT": str(port), **env}, health="/healthz")
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
    """Somebody with a card."""
    return Actor(new_id(), new_id(), role, path, name, frozenset(students))


@asynccontextmanager
async def standing(
    root: Path, options: Options, log: Callable[[str], None], services: Sequence[str] | None = None
) -> AsyncIterator[Ground]:
    """Start everything, or these services and all servers; stop it at the end."""
    async with testing.platform(root, services=services, durable=True) as platform, client() as http:
        try:
            yield Ground(platform, http, options, root, log)
        except BaseException:
            log(await asyncio.to_thread(_complaints, root / "logs"))
            raise


def _complaints(logs: Path) -> str:
    """The last lines in which each process complained."""
    found = []
    for file in sorted(logs.glob("*.log")):
        lines = file.read_text(encoding="utf-8", errors="replace").splitlines()
        last = [line[:600] for line in lines if '"level": "info"' not in line][-3:]
        found.append("\n".join([f"== {file.name}", *last]))
    return "\n".join(found)
