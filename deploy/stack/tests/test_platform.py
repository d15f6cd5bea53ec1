"""The platform with small test services: routing by the gateway, supervision of the processes."""

import asyncio
import io
import os
import signal
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import nats
import pytest
import pytest_asyncio
from minio import Minio
from minio.datatypes import PostPolicy
from stack import hot_reload, testing
from stack.platform import Platform
from yarl import URL

SERVICE = Path(__file__).parent / "a_service.py"
AWAY = {502: "it refuses connections", 503: "the gateway knows that it is unwell"}
SERVICES = ["records", "archive", "importer", "notify"]


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def platform(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Platform]:
    client = tmp_path_factory.mktemp("client")
    (client / "index.html").write_text("<title>client</title>")
    async with testing.platform(
        services=SERVICES, scale={"records": 2}, client=client, run=lambda name: (sys.executable, str(SERVICE), name)
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(platform: Platform) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(platform.gateway_url, cookie_jar=aiohttp.DummyCookieJar()) as session:
        yield session


async def test_the_gateway_routes_each_path_to_its_service(web: aiohttp.ClientSession) -> None:
    expected = {
        "/api/records/records/1?x=1": ("records", "/records/1?x=1"),
        "/api/import/batches": ("importer", "/batches"),
        "/verify/abc": ("archive", "/verify/abc"),
    }
    for address, (service, path) in expected.items():
        async with web.get(address) as answer:
            assert answer.status == 200
            seen = await answer.json()
        assert (seen["service"], seen["path"]) == (service, path)


@pytest.mark.parametrize("address", ["/", "/sign-in", "/records/0190?tab=mine", "/verifying", "/docsify"])
async def test_what_no_other_route_takes_is_a_page_of_the_client(web: aiohttp.ClientSession, address: str) -> None:
    async with web.get(address) as answer:
        assert answer.status == 200
        assert await answer.text() == "<title>client</title>"
        assert answer.headers.getall("Referrer-Policy") == ["same-origin"]
    async with web.post(address) as answer:
        assert answer.status == 404
        assert (await answer.json(content_type="application/problem+json"))["code"] == "not_found"


async def test_the_client_may_come_from_a_development_server_meanwhile(web: aiohttp.ClientSession, platform: Platform) -> None:
    async def page() -> str:
        async with web.get("/a/page") as answer:
            return await answer.text() if answer.status == 200 else str(answer.status)

    async def until(expected: str) -> None:
        for _ in range(100):
            if expected in await page():
                return
            await asyncio.sleep(0.1)
        pytest.fail(f"no {expected}: {await page()}")

    file = platform.root / "gateway" / "routes.yaml"
    before = file.read_text()
    development, server = (f"http://127.0.0.1:{platform.ports.chosen[name]}" for name in ("notify", "web"))
    with hot_reload.routed(file, development, server):
        await until('"service": "notify"')
    assert file.read_text() == before
    await until("<title>client</title>")


async def test_every_instance_of_a_service_gets_its_share(web: aiohttp.ClientSession) -> None:
    pids = set()
    for _ in range(6):
        async with web.get("/api/records/x") as answer:
            assert answer.status == 200
            pids.add((await answer.json())["pid"])
    assert len(pids) == 2


@pytest.mark.parametrize(
    "address",
    [
        "/api/records/healthz",
        "/api/records/metrics",
        "/api/records/readyz/",
        "/api/records//metrics",
        "/api/records/x/../metrics",
        "/api/records/%6Detrics",
        "/api/records/%2Fmetrics",
        "/api/records/METRICS",
        "/api/recordsmetrics",
        "/healthz",
        "/metrics",
        "/ping",
        "/api/unknown/x",
    ],
)
async def test_paths_for_operators_are_not_reachable_from_outside(
    web: aiohttp.ClientSession, platform: Platform, address: str
) -> None:

    async with web.get(URL(f"{platform.gateway_url}{address}", encoded=True)) as answer:
        encoded_slash = "%2F" in address  # refused before the gateway looks for a service
        assert answer.status == (400 if encoded_slash else 404), await answer.text()
        assert ('"not_found"' in await answer.text()) is not encoded_slash


async def test_the_gateway_removes_identity_headers(web: aiohttp.ClientSession) -> None:
    claims = {"X-Forwarded-For": "1.2.3.4", "X-Forwarded-Host": "evil.example", "X-Actor": "root", "Remote-User": "root"}
    async with web.get("/api/records/x", headers={**claims, "Authorization": "Bearer t"}) as answer:
        assert answer.status == 200
        seen = (await answer.json())["headers"]
    assert seen["authorization"] == "Bearer t"
    assert "x-actor" not in seen
    assert "remote-user" not in seen
    assert seen["x-forwarded-for"] == "127.0.0.1"
    assert "evil" not in str(seen)


async def test_a_body_over_four_mebibytes_is_refused_before_it_reaches_a_service(web: aiohttp.ClientSession) -> None:
    async with web.post("/api/records/x", data=io.BytesIO(b"x" * (4 * 1024 * 1024))) as answer:
        assert (await answer.json())["size"] == 4 * 1024 * 1024
    async with web.post("/api/records/x", data=io.BytesIO(b"x" * (4 * 1024 * 1024 + 1))) as answer:
        assert answer.status == 413
        assert (await answer.json(content_type="application/problem+json"))["code"] == "too_large"


async def test_a_request_to_a_stopped_service_is_refused_with_busy_and_retry_after(
    web: aiohttp.ClientSession, platform: Platform
) -> None:
    pid = platform.supervisors["notify"].pid
    assert pid is not None
    os.kill(pid, signal.SIGKILL)
    async with web.post("/api/notify/x") as answer:
        assert answer.status in AWAY
        assert 1 <= int(answer.headers["Retry-After"]) <= 5
        assert (await answer.json(content_type="application/problem+json"))["code"] == "busy"
    for _ in range(200):
        if (await web.post("/api/notify/x")).status == 200:
            break
        await asyncio.sleep(0.1)
    else:
        pytest.fail("the service did not come back")


async def test_a_live_stream_arrives_while_it_is_still_open(web: aiohttp.ClientSession) -> None:
    async with web.get("/api/notify/stream", timeout=aiohttp.ClientTimeout(total=10)) as answer:
        assert answer.status == 200
        assert await answer.content.readline() == b"data: first\n"


def _outside(platform: Platform, service: str) -> Minio:
    access = platform.endpoints.s3(service)
    host = platform.gateway_url.removeprefix("http://")
    return Minio(host, access.access_key, access.secret_key, secure=False, region="us-east-1")


@pytest.mark.filterwarnings("ignore:datetime.datetime.utcnow:DeprecationWarning:minio")
async def test_files_go_to_storage_and_back_with_addresses_signed_for_the_gateway(
    web: aiohttp.ClientSession, platform: Platform
) -> None:

    signer = _outside(platform, "records")
    policy = PostPolicy("zp-evidence", datetime.now(UTC) + timedelta(minutes=5))
    policy.add_equals_condition("key", "a/1")
    policy.add_content_length_range_condition(1, 8 * 1024 * 1024)
    body = b"j" * (5 * 1024 * 1024)
    for size, status in ((len(body), 204), (9 * 1024 * 1024, 400)):
        form = aiohttp.FormData({**signer.presigned_post_policy(policy), "key": "a/1"})
        form.add_field("file", io.BytesIO(b"j" * size), filename="a.jpg")
        async with web.post("/zp-evidence/", data=form) as answer:
            assert answer.status == status, await answer.text()
    async with web.get(signer.presigned_get_object("zp-evidence", "a/1")) as answer:
        assert await answer.read() == body
    async with web.get("/zp-evidence/a/1") as answer:
        assert answer.status == 403


async def test_the_docs_pages_list_every_service_and_need_nothing_from_elsewhere(web: aiohttp.ClientSession) -> None:
    for address in ("/docs", "/docs/openapi", "/docs/asyncapi", "/docs/problems", "/docs/static/swagger-ui.css"):
        async with web.get(address) as answer:
            assert answer.status == 200, address
            assert "//cdn" not in await answer.text()
    async with web.get("/docs/openapi.js") as answer:
        assert answer.status == 200
        assert "/api/import/openapi.json" in await answer.text()
    async with web.get("/docs/asyncapi.json") as answer:
        assert answer.status == 200
        assert (await answer.json())["asyncapi"].startswith("3.")


async def _answers(web: aiohttp.ClientSession, address: str) -> bool:
    for _ in range(50):
        async with web.get(address) as answer:
            if answer.status == 200:
                return True
        await asyncio.sleep(0.1)
    return False


async def test_a_process_that_dies_is_started_again_and_the_gateway_finds_it(
    web: aiohttp.ClientSession, platform: Platform
) -> None:
    before = platform.supervisors["archive"].pid
    await platform.supervisors["archive"].crash()
    assert platform.supervisors["archive"].pid != before
    assert platform.supervisors["archive"].restarts == 1
    assert await _answers(web, "/verify/abc")


async def test_committed_events_survive_a_crash_of_the_bus(platform: Platform) -> None:
    client = await nats.connect(platform.endpoints.nats_url("records"), inbox_prefix=b"_INBOX.records")
    await client.jetstream().publish("records.record.approved.v1", b"{}")
    await client.close()
    await platform.supervisors["nats"].crash()
    client = await nats.connect(platform.endpoints.nats_url("admin"))
    assert (await client.jetstream().stream_info("RECORDS")).state.messages == 1
    await client.close()


def test_a_service_gets_only_the_variables_that_it_needs(platform: Platform) -> None:
    assert "ZP_S3_SECRET_KEY" not in platform.env("notify")
    assert "ZP_ARCHIVE_KEY" in platform.env("archive")
    assert "ZP_ARCHIVE_KEY" not in platform.env("records")
    assert '"d"' not in platform.env("records")["ZP_TOKEN_KEYS"]
    assert '"d"' in platform.env("identity")["ZP_TOKEN_SIGNING_KEY"]
