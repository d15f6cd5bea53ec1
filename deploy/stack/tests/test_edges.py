"""The edges of the platform: limits by source address, scripts of other origins, upload forms, ports inside (L-20)."""

import asyncio
import io
import re
import ssl
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, cast

import aiohttp
import asyncpg
import psutil
import pytest
import pytest_asyncio
from minio import Minio
from pydantic import SecretStr
from servicekit.files.storage import Storage
from servicekit.settings import StorageSettings
from stack import plan, testing
from stack.databases import at, connected
from stack.platform import Platform
from stack.routes import ANONYMOUS_LIMIT, SIGN_IN_LIMIT, SourceLimit, Targets, routes
from stack.supervisor import Supervisor

pytestmark = pytest.mark.feature("L-20")
SERVICE = Path(__file__).parent / "a_service.py"
PROBLEM = "application/problem+json"
CONNECTIONS = 40
ELSEWHERE = "https://evil.example"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def platform() -> AsyncIterator[Platform]:
    """A platform with small services; nobody else uses up its limits."""
    async with testing.platform(
        services=["identity", "archive"], run=lambda name: (sys.executable, str(SERVICE), name)
    ) as running:
        yield running


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(platform: Platform) -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(platform.gateway_url, connector=aiohttp.TCPConnector(limit=CONNECTIONS)) as session:
        yield session


class Flood:
    """Sends many requests, and computes how many of them a limit may let through.

    Traefik forgets an address from which nothing came for a second or two: after such a pause the whole burst is allowed again.
    A busy machine can stand still that long, so pauses between answers are counted. Requests that reach it together after a
    pause, at most one for each connection, may each be counted by a bucket of their own.
    """

    def __init__(self, web: aiohttp.ClientSession, limit: SourceLimit) -> None:
        self._web, self._limit = web, limit
        self._started = self._last = time.monotonic()
        self._bursts = 1

    @property
    def allowed(self) -> float:
        """The most requests that the limit may have let through since the start."""
        return (self._limit.burst + CONNECTIONS) * self._bursts + self._limit.average * (time.monotonic() - self._started) + 1

    def answered(self) -> None:
        now = time.monotonic()
        self._bursts += now - self._last >= 0.5
        self._last = now

    async def send(self, method: str, path: str, count: int) -> tuple[Counter[int], Any]:
        """How often each status came, and the headers and body of the last refusal."""
        return await _statuses(self._web, method, path, count, self.answered)


async def _statuses(
    web: aiohttp.ClientSession, method: str, path: str, count: int, answered: Callable[[], None]
) -> tuple[Counter[int], Any]:
    found, last = Counter[int](), None

    async def ask() -> None:
        nonlocal last
        async with web.request(method, path) as answer:
            answered()
            found[answer.status] += 1
            if answer.status == 429:
                last = (answer.headers, await answer.json(content_type=PROBLEM))

    await asyncio.gather(*(ask() for _ in range(count)))
    return found, last


async def test_a_school_behind_one_address_signs_in_at_once_and_a_flood_is_slowed_down(web: aiohttp.ClientSession) -> None:
    assert (SIGN_IN_LIMIT.burst, SIGN_IN_LIMIT.average) == (2000, 20)
    flood = Flood(web, SIGN_IN_LIMIT)
    found, _ = await flood.send("POST", "/api/identity/sessions", SIGN_IN_LIMIT.burst)
    assert found == {200: SIGN_IN_LIMIT.burst}
    more, refusal = await flood.send("POST", "/api/identity/password-resets", 4000)  # the same allowance
    assert more[200] > 0
    assert (found + more)[200] <= flood.allowed
    assert refusal is not None
    headers, problem = refusal
    assert (problem["code"], problem["title"]) == ("too_many_requests", "操作过于频繁，请稍后再试")
    assert 20 <= int(headers["Retry-After"]) <= 60
    for method, path in (("POST", "/api/identity/captchas"), ("GET", "/api/identity/students"), ("GET", "/verify/x")):
        async with web.request(method, path) as other:  # who is signed in already goes on
            assert other.status == 200, path


async def test_other_anonymous_routes_have_a_larger_limit(web: aiohttp.ClientSession) -> None:
    path, flood = "/api/archive/verification/x", Flood(web, ANONYMOUS_LIMIT)
    found, refusal = await flood.send("GET", path, ANONYMOUS_LIMIT.burst)
    assert found == {200: ANONYMOUS_LIMIT.burst}
    for _ in range(6):  # a slow machine fills the allowance up again while it sends
        more, refusal = await flood.send("GET", path, 3000)
        found += more
        if refusal is not None:
            break
    assert refusal is not None
    assert refusal[1]["code"] == "too_many_requests"
    assert found[200] <= flood.allowed


def _matches(rule: str, path: str) -> bool:
    """Whether the last group of a rule, which names the open paths, matches a path."""
    tests: dict[str, Callable[[str], bool]] = {
        "Path": lambda value: path == value,
        "PathPrefix": path.startswith,
        "PathRegexp": lambda value: re.search(value, path) is not None,
    }
    return any(tests[name](value) for name, value in re.findall(r"(Path\w*)\(`([^`]*)`\)", rule.rpartition("&& (")[2]))


@pytest.mark.parametrize("service", plan.NAMES)
def test_every_route_that_anybody_may_call_has_a_limit(service: str) -> None:
    routers = routes(Targets(services={service: ["http://x"]}))["http"]["routers"]
    limited = {
        name: router["rule"] for name, router in routers.items() if any("-limit" in one for one in router["middlewares"])
    }
    for route in plan.BY_NAME[service].load().api.routes:
        if not route.may.anonymous:
            continue
        outside = f"/api/{plan.BY_NAME[service].path}{re.sub('{[^}]*}', 'x', route.path)}"
        own = route.path.startswith("/verify") and "verify" in limited
        assert own or any(_matches(rule, outside) for rule in limited.values()), f"{outside} has no limit at the gateway"


async def test_only_scripts_of_the_platform_itself_may_use_the_storage(web: aiohttp.ClientSession, platform: Platform) -> None:
    outside = _signer(platform)
    platform.endpoints.s3("archive").client().put_object("zp-archive", "seen", io.BytesIO(b"x"), 1)
    address = outside.presigned_get_object("zp-archive", "seen")
    ask = {"Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    for origin, allowed in ((ELSEWHERE, None), ("null", None), (platform.gateway_url, platform.gateway_url)):
        async with web.get(address, headers={"Origin": origin}) as answer:
            assert answer.status == 200
            assert answer.headers.get("Access-Control-Allow-Origin") == allowed
        for path in ("/zp-archive", "/zp-archive/seen"):
            async with web.options(path, headers={"Origin": origin, **ask}) as preflight:
                assert preflight.headers.get("Access-Control-Allow-Origin") == allowed
                assert "Access-Control-Allow-Credentials" not in preflight.headers


def _signer(platform: Platform) -> Minio:
    access = platform.endpoints.s3("archive")
    host = platform.gateway_url.removeprefix("http://")
    return Minio(host, access.access_key, access.secret_key, secure=False, region="us-east-1")


async def test_an_upload_form_that_asks_for_a_redirect_is_refused(web: aiohttp.ClientSession, platform: Platform) -> None:
    access = platform.endpoints.s3("archive")
    url = cast(Any, access.endpoint)
    settings = StorageSettings(
        database_url=SecretStr("x"), nats_url=SecretStr("x"), token_keys="{}", public_url=cast(Any, platform.gateway_url),
        s3_endpoint=url, s3_access_key=access.access_key, s3_secret_key=SecretStr(access.secret_key),
    )  # fmt: skip
    storage, until = Storage(settings), datetime.now(UTC) + timedelta(minutes=5)

    async def sent(**changed: str) -> int:
        target, fields = storage.offer("zp-archive", "form", "image/jpeg", 100, until)
        form = aiohttp.FormData({**fields, **changed})
        form.add_field("file", io.BytesIO(b"jpeg"), filename="a.jpg", content_type="image/jpeg")
        async with web.post(target, data=form, allow_redirects=False) as answer:
            assert "Location" not in answer.headers
            return answer.status

    assert await sent() == 204
    assert await sent(success_action_redirect=f"{ELSEWHERE}/x") == 403
    # The storage takes either of two names that differ in case only, by chance: the form's own empty one or the refused one.
    assert {await sent(Success_Action_Redirect=f"{ELSEWHERE}/x") for _ in range(20)} <= {204, 403}
    assert await sent(redirect=f"{ELSEWHERE}/x") == 204  # an old name, which this storage does not follow


def _listening(platform: Platform, part: str) -> list[tuple[str, int]]:
    """Address and port of each socket on which a part's processes listen."""
    supervisor = platform.supervisors[part]
    assert isinstance(supervisor, Supervisor)
    assert supervisor.pid is not None
    process = psutil.Process(supervisor.pid)
    sockets = [one for each in (process, *process.children(recursive=True)) for one in each.net_connections("inet")]
    return sorted({(one.laddr.ip, one.laddr.port) for one in sockets if one.status == psutil.CONN_LISTEN})


async def test_everything_listens_on_this_machine_only(platform: Platform) -> None:
    for part in platform.supervisors:
        found = _listening(platform, part)
        assert found, part
        assert {address for address, _ in found} == {"127.0.0.1"}, part


async def test_the_inner_ports_of_the_storage_ask_for_a_certificate(platform: Platform) -> None:
    endpoint = int(platform.endpoints.s3().endpoint.rpartition(":")[2])
    inner = [port for _, port in _listening(platform, "storage") if port != endpoint]
    assert len(inner) == 7
    nobody = ssl.create_default_context()
    nobody.check_hostname, nobody.verify_mode = False, ssl.CERT_NONE
    owner = ssl.create_default_context()
    owner.check_hostname, owner.verify_mode = False, ssl.CERT_NONE
    folder = platform.root / "storage" / "certificates"
    owner.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    for port in inner:
        for tls, path in ((None, "/dir/status"), (None, "/dir/assign"), (nobody, "/dir/status"), (nobody, "/")):
            assert await _asked(port, path, tls) in (None, 400), (port, path, "without a key")
    assert 200 in [await _asked(port, "/dir/status", owner) for port in inner]  # the master, to who has the key
    for _, port in [one for one in _listening(platform, "storage") if one[1] == endpoint]:
        assert await _asked(port, "/zp-archive", None) == 403


async def _asked(port: int, path: str, tls: ssl.SSLContext | None) -> int | None:
    """The status of an HTTP request; None where there is no answer."""
    address = f"{'https' if tls else 'http'}://127.0.0.1:{port}{path}"
    try:
        async with (
            aiohttp.ClientSession() as one,
            one.get(address, ssl=tls or True, timeout=aiohttp.ClientTimeout(total=5)) as got,
        ):
            return got.status
    except (aiohttp.ClientError, OSError):
        return None


async def test_the_bus_asks_for_a_password_and_the_gateway_shows_no_settings(platform: Platform) -> None:
    [(_, port)] = _listening(platform, "nats")
    for credentials in (b"{}", b'{"user":"admin","pass":"wrong"}'):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"CONNECT " + credentials + b"\r\nSUB > 1\r\nPING\r\n")
        await writer.drain()
        answer = await reader.read()
        writer.close()
        await writer.wait_closed()
        assert b"Authorization Violation" in answer
        assert b"PONG" not in answer
    outer = int(platform.gateway_url.rpartition(":")[2])
    for port in [port for _, port in _listening(platform, "gateway")]:
        for path in ("/api/rawdata", "/api/http/routers", "/dashboard/", "/debug/pprof/"):
            assert await _asked(port, path, None) == 404, path
    for path in ("/ping", "/metrics"):
        assert await _asked(outer, path, None) == 404, path


async def test_the_databases_log_has_no_values(platform: Platform) -> None:
    async with connected(at(platform.endpoints.postgres, "identity")) as connection:
        await connection.execute("CREATE TEMP TABLE people (number text PRIMARY KEY)")
        await connection.execute("INSERT INTO people VALUES ($1)", "36010220100101001X")
        with pytest.raises(asyncpg.UniqueViolationError) as caught:
            await connection.execute("INSERT INTO people VALUES ($1)", "36010220100101001X")
    assert "36010220100101001X" in str(caught.value), "the client is told"
    log = (platform.root / "logs" / "postgres.log").read_text()
    assert "duplicate key value" in log
    assert "36010220100101001X" not in log


async def test_the_gateway_keeps_no_access_log(platform: Platform, web: aiohttp.ClientSession) -> None:
    async with web.get("/api/archive/records?seen=a-mark-of-this-test") as answer:
        assert answer.status == 200
    for part in ("gateway", "storage", "docs"):
        assert "a-mark-of-this-test" not in (platform.root / "logs" / f"{part}.log").read_text(), part
