"""Each service has access to its own database, subjects and buckets only."""

import asyncio
import io

import asyncpg
import nats
import pytest
from minio.error import S3Error
from nats.aio.client import Client
from stack import plan
from stack.databases import at, connected
from stack.provision import provision
from stack.testing import Parts


async def test_a_service_builds_tables_in_its_own_database_with_the_extensions_it_needs(parts: Parts) -> None:
    async with connected(parts.endpoints.database_owner_url("records")) as records:
        await records.execute("CREATE TABLE t (org ltree, name text, EXCLUDE USING gist (org WITH =))")
        await records.execute("CREATE INDEX ON t USING gin (name gin_trgm_ops)")
        assert not await records.fetchval("SELECT rolsuper FROM pg_roles WHERE rolname = current_user")
        assert await records.fetchval("SHOW data_checksums") == "on"


async def test_no_service_enters_the_database_of_another(parts: Parts) -> None:
    for url in (parts.database_url("records"), parts.endpoints.database_owner_url("records")):
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await asyncpg.connect(at(url, "identity"))


async def test_the_working_role_of_a_service_cannot_create_tables(parts: Parts) -> None:
    async with connected(parts.database_url("records")) as records:
        with pytest.raises(asyncpg.InsufficientPrivilegeError):
            await records.execute("CREATE TABLE mine (id int)")


async def test_a_fresh_database_is_a_copy_of_the_one_it_should_be_like(parts: Parts) -> None:
    first = await parts.fresh_database("archive")
    async with connected(parts.owner_url("archive", first)) as connection:
        await connection.execute("CREATE TABLE migrated (id int)")
    second = await parts.fresh_database("archive", like=first)
    async with connected(parts.owner_url("archive", second)) as connection:
        assert await connection.fetchval("SELECT count(*) FROM migrated") == 0
    await parts.drop_database(first)
    with pytest.raises(asyncpg.InvalidCatalogNameError):
        await asyncpg.connect(first)


type Errors = asyncio.Queue[str]


async def _client(parts: Parts, service: str, errors: Errors | None = None) -> Client:
    async def note(error: Exception) -> None:
        if errors is not None:
            errors.put_nowait(str(error).lower())

    return await nats.connect(parts.nats_url(service), inbox_prefix=f"_INBOX.{service}".encode(), error_cb=note)


async def test_an_event_reaches_the_one_consumer_of_another_service(parts: Parts) -> None:
    records, publicity = await _client(parts, "records"), await _client(parts, "publicity")
    try:
        await records.jetstream().publish("records.record.approved.v1", b"{}")
        received = await publicity.jetstream().pull_subscribe("records.>", durable="publicity", stream="RECORDS")
        (message,) = await received.fetch(1, timeout=5)
        await message.ack_sync(timeout=5)
        assert (await publicity.jetstream().consumer_info("RECORDS", "publicity")).num_ack_pending == 0
    finally:
        await records.close()
        await publicity.close()
        await parts.reset_bus()


@pytest.mark.parametrize(
    "subject",
    ["records.record.approved.v1", "$JS.API.STREAM.DELETE.RECORDS", "$JS.API.CONSUMER.DELETE.RECORDS.publicity"],
)
async def test_the_bus_refuses_subjects_that_a_service_may_not_publish(parts: Parts, subject: str) -> None:
    errors: Errors = asyncio.Queue()
    notify = await _client(parts, "notify", errors)
    try:
        await notify.publish(subject, b"")
        assert "permissions violation" in await asyncio.wait_for(errors.get(), 5)
    finally:
        await notify.close()


async def test_a_service_cannot_subscribe_to_the_inbox_of_another(parts: Parts) -> None:
    errors: Errors = asyncio.Queue()
    notify = await _client(parts, "notify", errors)
    try:
        await notify.subscribe("_INBOX.records.>")
        assert "permissions violation" in await asyncio.wait_for(errors.get(), 5)
    finally:
        await notify.close()


async def test_streams_are_created_once_and_then_updated(parts: Parts) -> None:
    created, updated = await provision(parts.nats_url(plan.ADMIN))
    assert created == []
    assert set(updated) == {"ADVISORIES", *(name.upper() for name in plan.NAMES)}


def _put(parts: Parts, service: str, bucket: str) -> None:
    parts.s3(service).client().put_object(bucket, "a/b", io.BytesIO(b"hi"), 2)


def test_a_service_writes_to_its_bucket_and_a_reader_reads_it(parts: Parts) -> None:
    _put(parts, "records", "zp-evidence-public")
    with parts.s3("archive").client().get_object("zp-evidence-public", "a/b") as answer:
        assert answer.read() == b"hi"


@pytest.mark.parametrize(
    ("service", "bucket"),
    [
        ("publicity", "zp-evidence"),
        ("publicity", "zp-evidence-public"),
        ("records", "zp-archive"),
        ("records", "zp-photos"),
        ("identity", "zp-evidence"),
    ],
)
def test_storage_refuses_a_write_without_the_right(parts: Parts, service: str, bucket: str) -> None:
    with pytest.raises(S3Error, match="Access Denied"):
        _put(parts, service, bucket)


def test_notify_has_no_storage(parts: Parts) -> None:
    with pytest.raises(KeyError):
        parts.s3("notify")
