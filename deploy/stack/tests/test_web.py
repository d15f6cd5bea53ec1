"""The web server: caching, compressed files, missing files, security headers, and what a release leaves behind."""

import json
import os
import re
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import pytest
import pytest_asyncio
from stack import ports
from stack.files import REPOSITORY
from stack.parts.web import WebServer
from stack.supervisor import Supervisor

FILES = {
    "index.html": "<title>new</title>",
    "index.html.etag": '"plain"',
    "index.html.br": "compressed page",
    "index.html.br.etag": '"compressed"',
    "icon.svg": "<svg/>",
    "assets/app-1a2b.js": "plain",
    "assets/app-1a2b.js.br": "brotli",
    "assets/app-1a2b.js.gz": "gzip",
    "assets/app-1a2b.css": "css",
    "releases.json": "[]",
}


def a_build(folder: Path, files: dict[str, str]) -> Path:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text(content)
    return folder


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def web(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[aiohttp.ClientSession]:
    folder = tmp_path_factory.mktemp("web")
    client = a_build(folder / "client", FILES)
    server = WebServer(folder / "data", ports.pick(), client, "https://portal.example", "https://files.example")
    supervisor = Supervisor(server, folder / "logs")
    await supervisor.start()
    async with aiohttp.ClientSession(server.url, auto_decompress=False, skip_auto_headers=["Accept-Encoding"]) as session:
        yield session
    await supervisor.stop()


async def test_assets_are_kept_for_a_year_and_compressed_as_the_browser_can(web: aiohttp.ClientSession) -> None:
    accepted = {"br, gzip": ("br", "brotli"), "gzip": ("gzip", "gzip"), "identity": (None, "plain")}
    for encodings, (encoding, content) in accepted.items():
        async with web.get("/assets/app-1a2b.js", headers={"Accept-Encoding": encodings}) as answer:
            assert answer.status == 200
            assert (answer.headers.get("Content-Encoding"), await answer.text()) == (encoding, content)
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
            assert answer.headers["Content-Type"] == "text/javascript; charset=utf-8"
            assert answer.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/", "/index.html", "/sign-in", "/records/0190/", "/icon.svg"])
async def test_everything_else_is_asked_for_again_each_time(web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(path) as answer:
        assert answer.status == 200
        assert answer.headers["Cache-Control"] == "no-cache"
        etag = answer.headers["ETag"]
    async with web.get(path, headers={"If-None-Match": etag}) as answer:
        assert answer.status == 304


async def test_a_page_has_the_etag_of_its_content_on_every_server(web: aiohttp.ClientSession) -> None:
    for encodings, etag in (("br", '"compressed"'), ("identity", '"plain"')):
        async with web.get("/a/page", headers={"Accept-Encoding": encodings}) as answer:
            assert (answer.status, answer.headers["ETag"]) == (200, etag)


@pytest.mark.parametrize(
    "path", ["/assets/app-0000.js", "/assets/", "/assets/a/page", "/logo.png", "/releases.json", "/index.html.etag"]
)
async def test_a_missing_file_is_never_answered_with_a_page(web: aiohttp.ClientSession, path: str) -> None:
    async with web.get(path) as answer:
        assert answer.status == 404
        assert "<title>" not in await answer.text()
        assert answer.headers["Cache-Control"] == "no-store"


async def test_no_page_runs_or_loads_what_is_not_of_this_origin(web: aiohttp.ClientSession) -> None:
    async with web.get("/") as answer:
        assert answer.status == 200
        policy = dict(part.split(maxsplit=1) for part in answer.headers["Content-Security-Policy"].split("; "))
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert answer.headers["Referrer-Policy"] == "same-origin"
        assert answer.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert policy.pop("default-src") == "'none'"
    assert policy.pop("base-uri") == "'none'"
    assert policy.pop("frame-ancestors") == "https://portal.example"
    assert policy.pop("img-src") == "'self' blob: https://files.example"
    assert policy.pop("connect-src") == "'self' https://files.example"
    assert set(policy.values()) == {"'self'"}
    assert {"script-src", "style-src", "font-src", "manifest-src", "form-action"} <= set(policy)


async def test_it_is_ready_when_a_client_is_there(web: aiohttp.ClientSession, tmp_path: Path) -> None:
    async with web.get("/readyz") as answer:
        assert answer.status == 200
    server = WebServer(tmp_path, ports.pick(), tmp_path / "nothing")
    supervisor = Supervisor(server, tmp_path)
    with pytest.raises(Exception, match="not ready"):
        await supervisor.start(timeout=2)


def _release(build: Path, served: Path) -> None:
    script = REPOSITORY / "deploy" / "web" / "release.mjs"
    command = ["sh", str(REPOSITORY / "deploy" / "node.sh"), "node", str(script), str(build), str(served)]
    subprocess.run(command, check=True, env=os.environ, timeout=120)


def test_a_page_from_before_the_release_finds_its_assets_for_two_releases(tmp_path: Path) -> None:
    served, assets = tmp_path / "served", {}
    for number in range(4):
        files = {"index.html": f"{number}", f"assets/app-{number}.js": "", "assets/same.js": "", "index.html.etag": f"{number}"}
        extra = {"index.html.br": "small", "old.txt": ""} if number == 2 else {}
        _release(a_build(tmp_path / str(number), files | extra), served)
        _release(tmp_path / str(number), served)  # the same again is no further release
        assets[number] = sorted(path.name for path in (served / "assets").iterdir())
    assert assets[2] == ["app-0.js", "app-1.js", "app-2.js", "same.js"]
    assert assets[3] == ["app-1.js", "app-2.js", "app-3.js", "same.js"]
    assert (served / "index.html").read_text() == "3"
    # What has a fixed name is that of the newest release alone: Caddy would prefer an old compressed page to the new one.
    assert sorted(path.name for path in served.glob("*.*")) == ["index.html", "index.html.etag", "releases.json"]
    assert len(json.loads((served / "releases.json").read_text())) == 3


def test_the_node_that_deploy_finds_is_new_enough() -> None:
    command = ["sh", str(REPOSITORY / "deploy" / "node.sh"), "node", "--version"]
    version = subprocess.run(command, check=True, capture_output=True, text=True, timeout=120).stdout
    found = re.match(r"v(\d+)\.(\d+)", version)
    assert found
    assert (int(found[1]), int(found[2])) >= (20, 19)
