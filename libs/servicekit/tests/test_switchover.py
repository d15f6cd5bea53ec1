"""A database and a bus of several servers: the first is absent, becomes a standby, or dies."""

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from contracts.identity import CardRevokedV1
from pydantic import BaseModel
from servicekit import outbox
from servicekit.auth import ANYONE
from servicekit.bus import BusAddress, EventHandlers
from servicekit.db import Database, Tx, hosts_of
from servicekit.http import Api, Request
from servicekit.ids import new_id, utc_now
from servicekit.migrate import migrate
from servicekit.service import Service
from servicekit.testing import Kit, a_service
from stack import databases, ports, testing
from stack.servers import Servers

SERVICE = "identity"


class Counted(BaseModel):
    """How many events there are."""

    events: int


def a_toy() -> tuple[Service, list[str]]:
    """A service that writes an event at each POST, and the reasons of the events that it received."""
    api, on_event, received = Api(SERVICE), EventHandlers(), []

    @api.post("/events/{reason}", may=ANYONE)
    async def write(request: Request, reason: str) -> Counted:
        """Write."""
        async with request.deps.db.transaction() as tx:
            await outbox.add(tx, CardRevokedV1(card_id=new_id(), account_id=new_id(), at=utc_now(), reason=reason))
            return Counted(events=await tx.fetchval("SELECT count(*) FROM outbox"))

    @on_event(CardRevokedV1)
    async def on_revoked(deps: Any, tx: Tx, event: CardRevokedV1) -> None:
        received.append(event.reason)

    return Service(SERVICE, "toy", api, on_event), received


@asynccontextmanager
async def two_databases() -> AsyncIterator[tuple[testing.Parts, testing.Parts]]:
    """Two servers with the same users and passwords."""
    async with testing.parts(only={"postgres"}) as first, testing.data_folder(None) as folder:
        shutil.copy(first.servers.root / "secrets.json", folder)
        async with testing.parts(folder, only={"postgres"}) as second:
            yield first, second


def joined(*urls: str) -> str:
    """One address that names the hosts of all."""
    hosts = [url.rpartition("@")[2].partition("/")[0] for url in urls]
    return urls[0].replace(hosts[0], ",".join(hosts))


async def accept_writes(server: testing.Parts, accepts: bool) -> None:
    """Have a server accept writes, or refuse them as a standby does."""
    async with databases.connected(server.endpoints.postgres) as admin:
        await admin.execute(f"ALTER SYSTEM SET default_transaction_read_only = {'off' if accepts else 'on'}")
        await admin.execute("SELECT pg_reload_conf()")
    async with asyncio.timeout(10):
        while True:
            async with databases.connected(server.endpoints.postgres) as admin:
                if await admin.fetchval("SHOW default_transaction_read_only") == ("off" if accepts else "on"):
                    return


async def handled(received: list[str], reason: str) -> None:
    """Wait until an event was handled."""
    for _ in range(400):
        if reason in received:
            return
        await asyncio.sleep(0.05)
    raise AssertionError(f"{reason} was not handled")


async def posted(kit: Kit, reason: str) -> tuple[int, Any]:
    """Status and number of events; a refusal must name a time to come again."""
    answer = await kit.anonymous.post(f"/events/{reason}")
    if answer.status == 503:
        assert answer.code == "busy"
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
        return 503, None
    assert answer.status == 201, answer.body
    return 201, answer.json["events"]


def test_an_address_of_several_hosts_is_split_and_keeps_the_rest() -> None:
    assert hosts_of("postgresql://u:p%40x@one:1,two:2/records?sslmode=require") == [
        "postgresql://u:p%40x@one:1/records?sslmode=require",
        "postgresql://u:p%40x@two:2/records?sslmode=require",
    ]
    bus = BusAddress.of(["nats://records:p%40x@one:4222", "nats://records:p%40x@two:4222"])
    assert (bus.servers, bus.user, bus.password) == (["nats://one:4222", "nats://two:4222"], "records", "p@x")


async def test_after_a_switchover_writes_go_to_the_new_primary_and_nobody_sees_a_fault() -> None:
    service, _ = a_toy()
    async with two_databases() as (first, second):
        for server in (first, second):
            db = await Database.connect(server.database_url(SERVICE), 1)
            await migrate(db, SERVICE, server.endpoints.database_owner_url(SERVICE))
            await db.close()
        await accept_writes(second, False)
        url = joined(first.database_url(SERVICE), second.database_url(SERVICE))
        owner = joined(first.endpoints.database_owner_url(SERVICE), second.endpoints.database_owner_url(SERVICE))
        async with a_service(service, first, url=url, database_owner_url=owner) as kit:
            assert await asyncio.gather(*(posted(kit, "before") for _ in range(6)))
            assert (await kit.anonymous.get("/readyz")).status == 200

            await accept_writes(second, True)
            await accept_writes(first, False)  # alive, and all connections to it are good
            found = [await posted(kit, "after") for _ in range(20)]
            assert found[-1] == (201, sum(status == 201 for status, _ in found))  # in the second server's own rows
            assert sum(status == 503 for status, _ in found) <= 2

            await accept_writes(second, False)
            await asyncio.sleep(1.1)
            ready = await kit.anonymous.get("/readyz")
            assert (ready.status, ready.json["fault"]) == (503, "database: ReadOnlySQLTransactionError")
            assert {status for status, _ in [await posted(kit, "nowhere") for _ in range(3)]} == {503}
            await accept_writes(second, True)
            await asyncio.sleep(1.1)
            assert (await kit.anonymous.get("/readyz")).status == 200
            assert (await posted(kit, "again"))[0] == 201
            await accept_writes(first, True)


async def test_a_server_that_ends_all_connections_is_asked_again_and_nobody_sees_a_fault(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts) as kit:
        await asyncio.gather(*(posted(kit, "before") for _ in range(6)))
        async with databases.connected(parts.endpoints.postgres) as admin:
            await admin.fetch(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1", kit.deps.db.url.rpartition("/")[2]
            )
        found = await asyncio.gather(*(posted(kit, "after") for _ in range(12)))
        assert {status for status, _ in found} <= {201, 503}
        assert (await posted(kit, "last"))[0] == 201


@asynccontextmanager
async def a_second_bus(first: testing.Parts, port: int) -> AsyncIterator[None]:
    """A server at this port with the same users and the same empty streams."""
    async with testing.data_folder(None) as folder:
        servers = Servers(folder, first.servers.keyring, durable=False, port=lambda _: port, only=frozenset({"nats"}))
        async with servers.running():
            yield


async def test_the_bus_is_found_where_the_first_server_is_absent_and_where_the_one_in_use_dies() -> None:
    service, received = a_toy()
    async with testing.parts(only={"postgres", "nats"}) as base:
        present, port = base.nats_url(SERVICE), ports.pick()
        absent = f"{present.rpartition(':')[0]}:{port}"
        async with a_service(service, base, bus=True, nats_url=f"{absent}, {present}") as kit, asyncio.timeout(60):
            assert (await posted(kit, "one"))[0] == 201
            await handled(received, "one")
            async with a_second_bus(base, port):
                await base.servers.supervisors["nats"].stop()
                assert (await posted(kit, "two"))[0] == 201  # the outbox keeps it
                assert (await kit.anonymous.get("/readyz")).status == 200
                await handled(received, "two")


async def test_a_service_starts_and_serves_without_the_bus_and_says_so_in_a_metric(parts: Any) -> None:
    service, _ = a_toy()
    async with a_service(service, parts, bus=True, nats_url=f"nats://u:p@127.0.0.1:{ports.pick()}") as kit:
        assert (await posted(kit, "waits"))[0] == 201
        assert (await kit.anonymous.get("/readyz")).status == 200
        assert "zp_bus_connected 0.0" in (await kit.anonymous.get("/metrics")).body.decode()
