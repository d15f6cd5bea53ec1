"""Runs one service on a real database for a test, which calls it, delivers events, reads its outbox and sets its time.

async with a_service(SERVICE, parts) as kit:
    student = kit.as_(a_student(...))
    answer = await student.post("/records", {...})
    assert answer.status == 201
    [event] = await kit.events(RecordSubmittedV1)
"""

import base64
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any, Protocol
from uuid import UUID

from aiohttp.test_utils import TestClient, TestServer
from contracts.base import Event, Role
from joserfc import jwt
from joserfc.jwk import OKPKey

from servicekit.auth import ALGORITHM, TYPE, Actor, claims_of
from servicekit.bus import handle
from servicekit.db import Database
from servicekit.ids import new_id, utc_now
from servicekit.migrate import migrate
from servicekit.service import Running, Service, started

TEST_KEY = base64.urlsafe_b64encode(b"t" * 32).decode()
"""The key for encryption and pseudonyms in tests."""


class PartsLike(Protocol):
    """The servers of a test (`stack.testing.Parts`)."""

    async def fresh_database(self, service: str) -> str: ...
    def owner_url(self, service: str, url: str) -> str: ...
    async def drop_database(self, url: str) -> None: ...
    def nats_url(self, service: str) -> str: ...
    def s3(self, service: str) -> Any: ...


@cache
def signing_key() -> OKPKey:
    """The key that signs tokens in this test run."""
    return OKPKey.generate_key("Ed25519", {"kid": "test", "use": "sig", "alg": ALGORITHM}, private=True)


def jwks() -> str:
    """Its public key, for the setting `token_keys`."""
    return json.dumps({"keys": [signing_key().as_dict(private=False)]})


def token(actor: Actor, *, now: datetime | None = None, seconds: int = 900, **changed: Any) -> str:
    """A token as identity signs it, with `changed` claims."""
    claims = claims_of(actor.account_id, actor, now or utc_now(), seconds) | changed
    return jwt.encode({"alg": ALGORITHM, "typ": TYPE, "kid": "test"}, claims, signing_key(), algorithms=[ALGORITHM])


def an_actor(
    role: Role, path: str, *, name: str = "某人", students: tuple[UUID, ...] = (), account_id: UUID | None = None
) -> Actor:
    """An actor with a card of this role at this organisation."""
    return Actor(account_id or new_id(), new_id(), role, path, name, frozenset(students))


def a_student(path: str, student_id: UUID | None = None, *, name: str = "李晓雨") -> Actor:
    """A student of this class."""
    return an_actor("student", path, name=name, students=(student_id or new_id(),))


@dataclass(frozen=True)
class Answer:
    """A response."""

    status: int
    headers: Mapping[str, str]
    """Case-insensitive."""
    body: bytes

    @property
    def json(self) -> Any:
        """The parsed body."""
        return json.loads(self.body)

    @property
    def code(self) -> str | None:
        """The refusal's code."""
        return self.json.get("code") if self.status >= 400 else None


@dataclass(frozen=True)
class Caller:
    """Calls the service with one token, or without."""

    client: "TestClient[Any, Any]"
    token: str | None

    async def call(self, method: str, path: str, body: Any = None, *, query: Any = None, **headers: str) -> Answer:
        """Send a request. Header names have `_` for `-`."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token is not None:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        async with self.client.request(method, path, json=body, params=query, headers=sent) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, /, **query: Any) -> Answer:
        """GET with a query."""
        return await self.call("GET", path, query={k: str(v) for k, v in query.items() if v is not None})

    async def post(self, path: str, body: Any = None, **headers: str) -> Answer:
        """POST JSON."""
        return await self.call("POST", path, {} if body is None else body, **headers)

    async def put(self, path: str, body: Any, **headers: str) -> Answer:
        """PUT JSON."""
        return await self.call("PUT", path, body, **headers)

    async def delete(self, path: str, **headers: str) -> Answer:
        """DELETE."""
        return await self.call("DELETE", path, **headers)


@dataclass
class Kit:
    """A running service in a test."""

    running: Running
    client: "TestClient[Any, Any]"
    _now: datetime | None = field(default=None)

    @property
    def deps(self) -> Any:
        """The service's own Deps."""
        return self.running.deps

    def as_(self, actor: Actor) -> Caller:
        """Call with this actor's token."""
        return Caller(self.client, token(actor))

    @property
    def anonymous(self) -> Caller:
        """Call without a token."""
        return Caller(self.client, None)

    def at(self, now: datetime) -> None:
        """Set the service's clock. Tokens are checked with the real time."""
        self._now = now
        self.deps.now = lambda: now

    async def receive(self, event: Event, event_id: UUID | None = None) -> bool:
        """Deliver an event as the bus does. False if this event id was received before."""
        body = event.model_dump_json().encode()
        return await handle(self.deps.db, self.deps, self.running.service.events, event.subject, event_id or new_id(), body)

    async def events[E: Event](self, kind: type[E]) -> list[E]:
        """The events of this class in the outbox, oldest first."""
        async with self.deps.db.reading() as tx:
            rows = await tx.fetch("SELECT body FROM outbox WHERE subject = $1 ORDER BY seq", kind.subject)
        return [kind.model_validate_json(row["body"]) for row in rows]

    async def tick(self, now: datetime | None = None) -> int:
        """Run all jobs that start until `now` (default: the service's time); returns how many."""
        done = 0
        while await self.running.scheduler.once(now or self._now or utc_now() + timedelta(milliseconds=1)):
            done += 1
        return done


SCHEMES = Path(__file__).parents[4] / "schemes"


def schemes_for_the_last_term(folder: Path, scheme: str, operation: str) -> Path:
    """A folder for the setting `schemes`: this scheme, with an operation for the last term of the stage only."""
    text = (SCHEMES / scheme / "2026.1.yaml").read_text(encoding="utf-8")
    line = f"    - {{id: {operation}, title: "
    assert text.count(line) == 1, operation
    (folder / scheme).mkdir()
    changed = text.replace(line, f"    - {{id: {operation}, terms: last, title: ")
    (folder / scheme / "2026.1.yaml").write_text(changed, encoding="utf-8")
    return folder


@asynccontextmanager
async def an_older_database(parts: PartsLike, package: str, *, kit: int, own: int) -> AsyncIterator[Database]:
    """A database of an older release: migrations up to number `kit` of servicekit and `own` of the service."""
    db = await Database.connect(await parts.fresh_database(package), 2)
    try:
        await migrate(db, package, parts.owner_url(package, db.url), last={"servicekit": kit, package: own})
        yield db
    finally:
        await db.close()


@asynccontextmanager
async def a_service(
    service: Service, parts: PartsLike, *, url: str | None = None, bus: bool = False, storage: bool = False, **settings: Any
) -> AsyncIterator[Kit]:
    """Start a service on a database of its own, or on the one at `url`, which is dropped afterwards.

    `bus=True` starts consumers, relay and scheduler too.
    """
    url = url or await parts.fresh_database(service.package_name)
    given: dict[str, Any] = {
        "database_url": url,
        "database_owner_url": parts.owner_url(service.package_name, url),
        "database_pool": 6,
        "nats_url": parts.nats_url(service.package_name),
        "token_keys": jwks(),
        "schemes": SCHEMES,
        **dict.fromkeys(("case_key", "mark_key", "webhook_key"), TEST_KEY),
        "complaint_seconds": 0,
    }
    if storage:
        access = parts.s3(service.package_name)
        given |= {"s3_endpoint": access.endpoint, "s3_access_key": access.access_key, "s3_secret_key": access.secret_key}
        given["public_url"] = access.endpoint
    try:
        async with (
            started(service, service.settings(**(given | settings)), bus=bus) as running,
            TestClient(TestServer(running.app)) as client,
        ):
            yield Kit(running, client)
    finally:
        await parts.drop_database(url)
