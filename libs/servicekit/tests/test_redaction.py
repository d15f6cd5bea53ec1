"""No number of a person in a log line or an address, whoever logs it (L-20)."""

import asyncio
import json
import logging
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from contracts.identity import CardRevokedV1
from pydantic import BaseModel, ValidationError
from servicekit import log
from servicekit.auth import ANYONE
from servicekit.http import Api, Request
from servicekit.ids import new_id
from servicekit.redaction import REMOVED, has_personal_number, redacted, redacted_value
from servicekit.service import Service
from servicekit.testing import a_service

pytestmark = pytest.mark.feature("L-20")
NUMBERS = [
    "36010220100101001X",
    "36010220100101001x",
    "110105194912310021",
    "830000199201300022",
    "G36010220100101001X",
    "L360102201001010018",
    "J360102201001010018",
    "360102 20100101 0018",
    "360102-20100101-0018",
    "360102100101001",
    "３６０１０２２０１００１０１００１Ｘ",
]
OTHER_NUMBERS = ["13912345678", "+8613912345678", "139 1234 5678", "+85291234567", "H12345678", "H1234567801", "E12345678"]
SURROUNDINGS = [
    "{}",
    "id={}",
    "('{}',)",
    '{{"id_number":"{}"}}',
    "学籍号{}。",
    "/students?q={}&x=1",
    "Key (phone)=({}) already exists.",
]
KEPT = [
    "0198f3a2-7b1c-7d3e-9f00-123456789012",
    "e1234567-89ab-4cde-8f01-23456789abcd",
    "a" * 4 + "36010220100101001" + "f" * 11,
    "jx.nc.dh.s1.g2025.c01",
    "2026-11-29T22:10:18.123456Z",
    "1764453018123",
    "36010",
    "took 18000 ms",
]


@pytest.mark.parametrize("number", NUMBERS + OTHER_NUMBERS)
@pytest.mark.parametrize("around", SURROUNDINGS)
def test_a_number_is_removed_wherever_it_stands(number: str, around: str) -> None:
    text = around.format(number)
    assert number not in redacted(text)
    assert REMOVED in redacted(text)
    assert redacted_value({"found": [text], number: (1, text)}) == {"found": [redacted(text)], REMOVED: [1, redacted(text)]}


@pytest.mark.parametrize("number", NUMBERS)
def test_an_identity_or_registry_number_is_recognised_in_an_address(number: str) -> None:
    assert has_personal_number(f"/students?q={number}")
    assert has_personal_number(f"/students/{number}/x")


@pytest.mark.parametrize("text", KEPT)
def test_ids_times_and_sizes_stay(text: str) -> None:
    assert redacted(text) == text
    assert not has_personal_number(f"/x?id={text}")


PROGRAM = """
import logging, warnings
from servicekit import log
log.configure("toy", "INFO")
number, name = "36010220100101001X", chr(0x5f20) + chr(0x4e09)
log.get("ours").warning("found", value=number, deep={"a": [number]}, n=13912345678)
for name in ("asyncpg.pool", "nats.aio.client", "urllib3.connectionpool", "faststream", "minio", "aiohttp.server"):
    logging.getLogger(name).error("a library says %s", number)
try:
    raise ValueError(f"invalid input for query argument $1: {number!r}\\nDETAIL:  Key (name)=({name}) already exists.")
except ValueError:
    logging.getLogger("asyncpg").exception("with a traceback")
warnings.warn(f"a warning about {number}")
raise RuntimeError(f"uncaught {number}")
"""


def test_lines_of_libraries_warnings_and_uncaught_exceptions_are_redacted_too() -> None:
    ran = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    assert "36010220100101001X" not in ran.stdout + ran.stderr
    assert "13912345678" not in ran.stdout
    assert "张三" not in ran.stdout
    lines = [json.loads(line) for line in ran.stdout.splitlines()]
    assert {line["logger"] for line in lines} >= {"ours", "asyncpg", "nats.aio.client", "uncaught", "py.warnings"}
    assert all(line["service"] == "toy" for line in lines)


class Echo(BaseModel):
    """What was asked."""

    q: str | None


def a_toy() -> Service:
    api = Api("identity")

    @api.get("/echo/{word}", may=ANYONE)
    async def echo(request: Request, word: str, q: str | None = None) -> Echo:
        """Return it."""
        return Echo(q=q)

    @api.get("/store/{word}", may=ANYONE)
    async def store(request: Request, word: str) -> Echo:
        """A value that PostgreSQL cannot take."""
        async with request.deps.db.reading() as tx:
            await tx.fetchval("SELECT $1::uuid", word)
        return Echo(q=None)

    return Service("identity", "toy", api)


@pytest.mark.parametrize("number", NUMBERS)
async def test_a_request_with_a_number_in_its_address_is_refused_whatever_the_route(parts: Any, number: str) -> None:
    async with a_service(a_toy(), parts) as kit:
        for answer in (await kit.anonymous.get("/echo/x", q=f"a {number}"), await kit.anonymous.get(f"/echo/{number}")):
            assert (answer.status, answer.code) == (400, "number_in_address")
            assert answer.json["rule"] == "L-20"
            assert number not in answer.body.decode()
        assert (await kit.anonymous.get("/echo/x", q=str(new_id()))).status == 200


@pytest.fixture
def configured(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The logs of a service; the test run's own are restored."""
    root, server = logging.getLogger(), logging.getLogger("aiohttp.server")
    handlers, level, filters = root.handlers[:], root.level, server.filters[:]
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    log.configure("toy", "INFO")
    yield
    root.handlers[:], server.filters[:] = handlers, filters
    root.setLevel(level)
    logging.captureWarnings(False)


@pytest.mark.usefixtures("configured")
async def test_what_clients_do_wrong_is_no_error_of_ours(parts: Any, caplog: pytest.LogCaptureFixture) -> None:
    async with a_service(a_toy(), parts) as kit:
        logging.getLogger().addHandler(caplog.handler)
        assert kit.client.port is not None
        for garbage in (
            b"GET / HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00\x01", b"GET /x HTTP/1.1\r\nHost: x\r\nBad Header\r\n\r\n",
            b"POST /x HTTP/1.1\r\nHost: x\r\nContent-Length: abc\r\n\r\n",
            b"GET / HTTP/1.1\r\n" + b"a: " + b"b" * 20000 + b"\r\n\r\n",
            b"POST /x HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n",
        ):  # fmt: skip
            for before in (b"", b"GET /echo/x HTTP/1.1\r\nHost: x\r\n\r\n"):  # first on the connection, and later
                reader, writer = await asyncio.open_connection(kit.client.host, kit.client.port)
                writer.write(before + garbage)
                await writer.drain()
                writer.write_eof()
                await reader.read()
                writer.close()
        value = await kit.anonymous.get("/store/not-a-uuid-but-张三")
        assert (value.status, value.code) == (422, "invalid_input")
    assert [record for record in caplog.records if record.levelno >= logging.WARNING] == []
    assert "张三" not in caplog.text


def test_an_event_that_does_not_validate_is_reported_without_its_values() -> None:
    with pytest.raises(ValidationError) as caught:
        CardRevokedV1.model_validate({"card_id": "张三", "account_id": 1, "at": "x", "reason": [], "more": "李四"})
    assert "张三" not in repr(caught.value)
    assert "李四" not in repr(caught.value)
