"""The one address: documents, the verification page, and files that only their address opens."""

import asyncio
import io
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import aiohttp
import pytest
import pytest_asyncio
from contracts.registry import EVENTS
from demo.world import World
from jsonschema import Draft202012Validator
from stack import plan
from stack.platform import Platform
from yarl import URL

from demo import sample_files
from tests.world.client import PROBLEM, Client, access_token, connected
from tests.world.request_templates import Ids, ids_of


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def client(world: World) -> AsyncIterator[Client]:
    async with connected(world) as client:
        yield client


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def ids(client: Client, world: World) -> Ids:
    return await ids_of(world.campuses[0])


async def test_the_docs_show_every_service_and_every_event(client: Client, world: World) -> None:
    base = world.gateway.base
    start = await client.ask(None, "GET", f"{base}/docs")
    assert start.status == 200
    assert start.headers["Content-Type"].startswith("text/html")
    assert "default-src 'self'" in start.headers["Content-Security-Policy"]
    for service in plan.NAMES:
        assert f"{service}</a>" in start.content.decode()
    events = (await client.ask(None, "GET", f"{base}/docs/asyncapi.json")).json
    assert events["asyncapi"].startswith("3.")
    assert {channel["address"] for channel in events["channels"].values()} == set(EVENTS)
    problems = (await client.ask(None, "GET", f"{base}/docs/problems")).content.decode()
    for code in ("window_closed", "stale_version", "case_open_already", "batch_has_problems"):
        assert f'id="{code}"' in problems


@pytest.mark.parametrize("service", plan.PATHS)
async def test_every_service_describes_itself_and_refuses_as_it_says(client: Client, service: str) -> None:
    described = (await client.ask(None, "GET", f"/{service}/openapi.json")).json
    assert described["openapi"].startswith("3.1")
    assert described["servers"] == [{"url": f"/api/{service}"}]
    schemas, operations = described["components"]["schemas"], []
    for methods in described["paths"].values():
        operations += methods.values()
    for operation in operations:
        refused = operation["responses"]["4XX"]["content"][PROBLEM]["schema"]
        assert refused == {"$ref": "#/components/schemas/Problem"}
    text = str(described)
    assert all(f"#/components/schemas/{name}'" in text for name in schemas if name != "Problem")
    problem = Draft202012Validator(schemas["Problem"])
    for path, status in (("/nowhere", 404), ("/openapi.json/x", 404)):
        answer = await client.ask(None, "GET", f"/{service}{path}")
        assert answer.status == status
        assert answer.code in described["x-problem-codes"]
        problem.validate(answer.json)
    assert (await client.ask(None, "PATCH", f"/{service}/openapi.json", {})).code == "method_not_allowed"


async def test_what_is_read_comes_packed_and_a_stream_at_once(client: Client, world: World) -> None:
    pupil = world.campuses[0].pupils[0].user
    home = await pupil.get("/records/home")
    path = f"/records/schemes/{home['scheme_id']}/{home['scheme_version']}"
    packed = await client.ask(pupil, "GET", path, headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    plain = await client.ask(pupil, "GET", path, headers={"Accept-Encoding": "identity"})
    assert "Content-Encoding" not in plain.headers
    assert packed.content == plain.content
    # The browser's copy of either stays good.
    again = await client.ask(pupil, "GET", path, headers={"If-None-Match": packed.headers["ETag"], "Accept-Encoding": "gzip"})
    assert again.status == 304
    token = {"Authorization": f"Bearer {await access_token(pupil)}", "Accept-Encoding": "gzip"}
    async with client.http.get(f"{world.gateway.base}/api/notify/stream", headers=token) as stream:
        assert (stream.status, "Content-Encoding" in stream.headers) == (200, False)
        assert await asyncio.wait_for(stream.content.readline(), 10)


@pytest.mark.feature("X-10")
async def test_the_verification_page_is_for_anybody_and_runs_nothing_strange(client: Client, world: World, ids: Ids) -> None:
    base, pupil = world.gateway.base, world.campuses[0].pupils[0]
    code = (await pupil.user.get(f"/archive/archives/{ids['archive']}"))["code"]
    page = await client.ask(None, "GET", f"{base}/verify/{code}")
    assert page.status == 200
    shown = page.content.decode()
    assert "核验" in shown
    assert pupil.plan.name not in shown
    assert pupil.plan.id_number not in shown
    policy = page.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert page.headers["Referrer-Policy"] == "no-referrer"
    assert (await client.ask(None, "GET", f"{base}/verify/{code.lower().replace('-', '')}")).status == 200
    assert (await client.ask(None, "GET", f"/archive/verification/{code}")).json["code"] == code


@pytest.mark.parametrize(
    "code", ["0000-0000-0000-0000-0000", "x", "<script>alert(1)</script>", "%00", "a" * 3000, "综评", "..", "' or 1=1 --"]
)
async def test_an_unknown_code_gets_a_page_that_says_so_and_repeats_nothing(client: Client, world: World, code: str) -> None:
    url = URL(f"{world.gateway.base}/verify").with_query(code=code)
    async with client.http.get(url) as answer:
        text = await answer.text()
        assert answer.status == 404
        assert answer.content_type == "text/html"
        assert "<script>alert" not in text
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
    asked = await client.ask(None, "GET", "/archive/verification/0000-0000-0000-0000-0000")
    assert (asked.status, asked.code) == (404, "not_found")


async def test_the_root_and_the_keys_are_public(client: Client, world: World) -> None:
    for campus in world.campuses:
        found = (await client.ask(None, "GET", f"/archive/roots/{campus.term['id']}")).json
        assert found["root"] == campus.sealed["root"]
        assert found["archives"] == len(campus.pupils)
    keys = (await client.ask(None, "GET", "/archive/keys")).json["keys"]
    assert keys
    assert not any("d" in key for key in keys)


@pytest.mark.feature("JX-03")
async def test_a_file_opens_by_its_address_only_and_is_saved_not_shown(client: Client, world: World, ids: Ids) -> None:
    pupil = world.campuses[0].pupils[0].user
    address = URL((await pupil.get(f"/records/evidence/{ids['evidence']}/address"))["url"], encoded=True)
    assert str(address).startswith(world.gateway.base)
    async with client.http.get(address) as answer:
        assert answer.status == 200
        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert int(address.query["X-Amz-Expires"]) <= 300
    signature = address.query["X-Amz-Signature"]
    for wrong in (
        address.with_query(None),
        address.update_query({"X-Amz-Signature": signature[::-1]}),
        address.update_query({"X-Amz-Expires": "604800"}),
        address.update_query({"response-content-disposition": "inline"}),
        address.update_query({"response-content-type": "text/html"}),
        address.with_path(address.path[:-8] + "00000000").with_query(address.query),
    ):
        assert await _status(client, "GET", wrong) == 403, wrong
    for method, status in (("PUT", 403), ("POST", 405), ("DELETE", 404)):
        assert await _status(client, method, address) == status, method
    assert await _status(client, "GET", address) == 200


async def _status(client: Client, method: str, url: URL) -> int:
    async with client.http.request(method, url, data=b"" if method != "GET" else None) as answer:
        return answer.status


async def test_an_address_is_good_for_its_time_only(platform: Platform, client: Client, world: World, ids: Ids) -> None:
    pupil = world.campuses[0].pupils[0].user
    address = URL((await pupil.get(f"/records/evidence/{ids['evidence']}/address"))["url"])
    _, bucket, key = address.path.split("/", 2)
    storage = platform.endpoints.s3("records").client()

    def signed(minutes_ago: int) -> URL:
        asked = datetime.now(UTC) - timedelta(minutes=minutes_ago)
        url = storage.get_presigned_url("GET", bucket, key, expires=timedelta(minutes=5), request_date=asked)
        return URL(url, encoded=True)

    assert await _status(client, "GET", signed(4)) == 200
    assert await _status(client, "GET", signed(6)) == 403


@pytest.mark.parametrize("bucket", plan.BUCKETS)
async def test_storage_tells_nothing_to_those_without_an_address(client: Client, world: World, bucket: str) -> None:
    base = f"{world.gateway.base}/"
    for url in ("", "/", "/?list-type=2", "/?policy", "/x", "/x?acl"):
        async with client.http.get(URL(f"{base}{bucket}{url}", encoded=True)) as answer:
            assert answer.status == 403, url
            assert b"<Contents>" not in await answer.read()
    assert await _status(client, "PUT", URL(f"{base}{bucket}/mine.txt")) == 403


@pytest.mark.feature("JX-03")
async def test_an_upload_is_bound_to_what_was_offered(client: Client, world: World) -> None:
    pupil = world.campuses[0].pupils[0].user
    photo = sample_files.photograph(77, "某人", "活动")
    asked = {"name": "照片.jpg", "media_type": "image/jpeg", "size": len(photo)}

    async def sent(changed: dict[str, str], content: bytes = photo) -> int:
        offer: dict[str, Any] = await pupil.post("/records/evidence", asked)
        form = aiohttp.FormData()
        for name, value in {**offer["fields"], **changed}.items():
            form.add_field(name, value)
        form.add_field("file", io.BytesIO(content), filename="照片.jpg", content_type="image/jpeg")
        async with client.http.post(offer["url"], data=form) as answer:
            return answer.status

    assert await sent({}) == 204
    assert await sent({"key": "mine.jpg"}) == 403
    assert await sent({"Content-Type": "text/html"}) == 403
    assert await sent({"x-amz-signature": "0" * 64}) == 403
    assert await sent({}, b"\xff\xd8\xff" + b"0" * (10 * 2**20)) == 400
    assert await sent({}, b"") == 400
