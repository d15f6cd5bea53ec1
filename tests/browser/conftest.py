"""The platform with the web client, and a browser, for the journeys in this folder."""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserType, async_playwright, expect
from stack import testing
from stack.files import REPOSITORY
from stack.platform import Platform

from tests.browser.devices import DESKTOP, PHONE, Device
from tests.browser.visitors import ARGUMENTS, Visitors
from tests.world import schemes

KEPT = REPOSITORY / ".data" / "browser"
BUILD = REPOSITORY / "web" / "node_modules" / ".build"
FAILED = pytest.StashKey[bool]()
PATIENCE = 20
"""Seconds until something expected counts as missing: machines are busy."""
expect.set_options(timeout=PATIENCE * 1000)


async def _run(*command: str | Path, **environment: str) -> str:
    """Run a command in the repository; returns what it prints. Raises AssertionError with its errors."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(
        *map(str, command), cwd=REPOSITORY, env=os.environ | environment, stdout=pipe, stderr=pipe
    )
    output, errors = await process.communicate()
    assert process.returncode == 0, f"{command}:\n{output.decode()}\n{errors.decode()}"
    return output.decode().strip()


@dataclass(frozen=True)
class Client:
    """The web client that the platform serves, in the folder `served`: the one of the sources."""

    served: Path
    builds: Path

    async def release(self, build: Path = BUILD) -> None:
        """Release a build."""
        await _run("sh", "deploy/node.sh", "node", "deploy/web/release.mjs", build, self.served)

    @contextlib.asynccontextmanager
    async def version(self, name: str) -> AsyncIterator[None]:
        """Release another version of the client; afterwards the one of the sources again."""
        build = self.builds / name
        await _run("sh", "deploy/web/build.sh", build, ZP_WEB_VERSION=name)
        await self.release(build)
        yield
        await self.release()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def client(tmp_path_factory: pytest.TempPathFactory) -> Client:
    """The web client as it is in the sources."""
    await _run("sh", "deploy/web/build.sh")
    made = Client(tmp_path_factory.mktemp("web") / "served", tmp_path_factory.mktemp("builds"))
    await made.release()
    return made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def platform(client: Client) -> AsyncIterator[Platform]:
    """The whole platform with the web client; its schemes are those of the other suites, and one that is made up."""
    with pytest.MonkeyPatch.context() as settings, TemporaryDirectory() as folder:
        schemes.write(Path(folder))
        shutil.copytree(Path(__file__).parent / "schemes", folder, dirs_exist_ok=True)
        settings.setenv("ZP_SCHEMES", folder)
        # Archives are made two at a time, so that small schools have progress too.
        settings.setenv("ZP_CHUNK", "2")
        async with testing.platform(client=client.served) as running:
            yield running


@dataclass(frozen=True)
class Chromium:
    """The running browser, and how to start further ones."""

    browser: Browser
    kind: BrowserType
    executable: str


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def chromium() -> AsyncIterator[Chromium]:
    """A Chromium without a window."""
    executable = await _run("sh", "deploy/chromium.sh")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=ARGUMENTS)
        yield Chromium(browser, playwright.chromium, executable)
        await browser.close()


@pytest.fixture(params=[PHONE, DESKTOP], ids=str)
def device(request: pytest.FixtureRequest) -> Device:
    """The size of the screen: each test that asks for visitors runs on a phone and on a PC."""
    return request.param


@pytest_asyncio.fixture(loop_scope="session")
async def visitors(
    request: pytest.FixtureRequest, chromium: Chromium, platform: Platform, device: Device
) -> AsyncIterator[Visitors]:
    """People at browsers. Fails at the end if a script failed or the policy was violated; see `.data/browser/` then."""
    name = re.sub(r"\W+", "-", request.node.nodeid.partition("tests/browser/")[2]).strip("-")
    people = Visitors(chromium.kind, chromium.executable, chromium.browser, platform.gateway_url, device, KEPT / name)
    yield people
    complaints = await people.close(failed=request.node.stash.get(FAILED, False))
    assert complaints == []


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """Note on the test that it failed, for `visitors`."""
    report = yield
    if report.failed:
        item.stash[FAILED] = True
    return report
