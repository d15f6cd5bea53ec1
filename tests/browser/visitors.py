"""People at a browser. Each has a context of their own, and everything is noted that must not happen in any journey."""

import asyncio
import os
import re
import shutil
import signal
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from demo.client import User
from playwright.async_api import Browser, BrowserContext, BrowserType, ConsoleMessage, Page, Response, expect
from stack.files import REPOSITORY

from tests.browser.devices import Device

ARGUMENTS = [
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
    *(["--no-sandbox"] if os.getuid() == 0 else []),
]
AXE = REPOSITORY / "web" / "node_modules" / "axe-core" / "axe.min.js"
_LATENCY, _DOWN, _UP, _CPU = 150, 1_600_000 // 8, 750_000 // 8, 4
"""Slow 4G (ms, bytes a second) and a phone's CPU (times slower)."""
_WATCH = """
addEventListener('securitypolicyviolation', (e) =>
  console.error(`policy violated: ${e.effectiveDirective} ${e.blockedURI} ${e.sourceFile}:${e.lineNumber}`))
for (const type of ['click', 'keydown'])
  addEventListener(type, (e) => { if (e.isTrusted && !e.repeat) zpCount(type) }, true)
"""
_RUN_AXE = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.flatMap(
  (v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')} (${n.failureSummary.split('\\n').slice(1).join(';').trim()})`))"""


@dataclass
class Visitor:
    """One person at one device. `page`: the page that they look at; `context` has further ones (tabs)."""

    name: str
    context: BrowserContext
    page: Page
    complaints: list[str] = field(default_factory=list)
    """What must not happen: errors of scripts, violations of the policy, answers of services that failed."""
    counts: Counter[str] = field(default_factory=Counter)
    """How often the person pressed something (`click`, with a finger too) or a key (`keydown`)."""
    profile: Path | None = None

    async def sign_in(self, user: User, password: str | None = None) -> None:
        """Sign in with the page for that. Leaves the person at the page where signing in ends."""
        await self.page.goto("/sign-in")
        await self.page.get_by_label("用户名").fill(user.username)
        await self.page.get_by_label("密码", exact=True).fill(password or user.password)
        await self.page.get_by_role("button", name="登录", exact=True).click()
        await expect(self.page).not_to_have_url(re.compile("/sign-in"))

    async def sign_in_if_asked(self, user: User) -> None:
        """As `sign_in`, unless the browser still has its session."""
        form = self.page.get_by_label("用户名")
        await self.page.goto("/")
        await expect(form.or_(self.page.get_by_role("navigation")).first).to_be_visible()
        if await form.is_visible():
            await self.sign_in(user)

    async def require_accessible(self, page: Page | None = None) -> None:
        """Asserts that axe finds nothing on the page as it is now."""
        page = page or self.page
        if not await page.evaluate("'axe' in window"):
            await page.evaluate(await asyncio.to_thread(AXE.read_text, encoding="utf-8"))
        found = await page.evaluate(_RUN_AXE)
        assert found == [], f"{self.name} at {page.url}:\n" + "\n".join(found)

    async def on_a_slow_phone(self, page: Page | None = None) -> None:
        """From now on: slow 4G, and a CPU four times slower."""
        session = await self.context.new_cdp_session(page or self.page)
        await session.send("Network.enable")
        network = {"offline": False, "latency": _LATENCY, "downloadThroughput": _DOWN, "uploadThroughput": _UP}
        await session.send("Network.emulateNetworkConditions", network)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": _CPU})

    async def offline(self, gone: bool = True) -> None:
        """Take the network away, or give it back."""
        await self.context.set_offline(gone)

    def watch(self, page: Page) -> None:
        """Note what must not happen on this page; done for every page of the context."""
        page.on("console", self._console)
        page.on("pageerror", lambda error: self.complaints.append(f"{page.url}: {error}"))
        page.on("response", self._response)

    def _console(self, message: ConsoleMessage) -> None:
        # Chromium writes a line for every refused or failed request. Refusals are part of journeys.
        if message.type in ("error", "warning") and not message.text.startswith("Failed to load resource"):
            self.complaints.append(f"{message.page and message.page.url}: {message.text}")

    def _response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.request.method} {response.url}: {response.status}")


@dataclass
class Visitors:
    """The people of one test, at devices of one size. `folder`: what is kept of a failure."""

    chromium: BrowserType
    executable: str
    browser: Browser
    address: str
    device: Device
    folder: Path
    present: list[Visitor] = field(default_factory=list)

    async def new(self, name: str, *, own_browser: bool = False, device: Device | None = None, **options: Any) -> Visitor:
        """Somebody who has never been here.

        `own_browser`: with a browser process and a profile on disk, which `kill` and `again` need. `device`: another than the
        test's; `options`: further ones of a Playwright context.
        """
        options = {"base_url": self.address} | (device or self.device).options() | options
        if own_browser:
            self.folder.mkdir(parents=True, exist_ok=True)
            profile = self.folder / f"profile-{name}"
            return await self._watched(name, await self._with_profile(profile, options), profile)
        return await self._watched(name, await self.browser.new_context(**options), None)

    async def kill(self, visitor: Visitor) -> None:
        """End the browser of this person at once, as an empty battery does."""
        closed = asyncio.Event()
        visitor.context.on("close", lambda _: closed.set())
        for process in psutil.process_iter(["cmdline"]):
            if f"--user-data-dir={visitor.profile}" in (process.info["cmdline"] or ()) and "--type=" not in str(process.info):
                process.send_signal(signal.SIGKILL)
        await asyncio.wait_for(closed.wait(), 20)

    async def again(self, visitor: Visitor, **options: Any) -> Visitor:
        """The same person with the same browser's data, after `kill`.

        Chromium writes IndexedDB to the disk at once, cookies half a minute later: whoever was there longer is
        still signed in.
        """
        assert visitor.profile is not None
        options = {"base_url": self.address} | self.device.options() | options
        self.present.remove(visitor)
        made = await self._watched(visitor.name, await self._with_profile(visitor.profile, options), visitor.profile)
        made.counts, made.complaints = visitor.counts, visitor.complaints
        return made

    async def close(self, *, failed: bool) -> list[str]:
        """Close all contexts. Returns the complaints; if there are any, or `failed`, keeps a trace and a picture of each."""
        complaints = [f"{visitor.name}: {text}" for visitor in self.present for text in visitor.complaints]
        for visitor in self.present:
            await self._leave(visitor, keep=failed or bool(complaints))
        for profile in self.folder.glob("profile-*"):
            await asyncio.to_thread(shutil.rmtree, profile, ignore_errors=True)
        return complaints

    async def _leave(self, visitor: Visitor, *, keep: bool) -> None:
        if keep:
            self.folder.mkdir(parents=True, exist_ok=True)
            for number, page in enumerate(visitor.context.pages):
                await page.screenshot(path=self.folder / f"{visitor.name}-{number}.png", timeout=10_000)
            await visitor.context.tracing.stop(path=self.folder / f"{visitor.name}.zip")
        else:
            await visitor.context.tracing.stop()
        await visitor.context.close()

    async def _with_profile(self, profile: Path, options: dict[str, Any]) -> BrowserContext:
        return await self.chromium.launch_persistent_context(
            str(profile), executable_path=self.executable, args=ARGUMENTS, **options
        )

    async def _watched(self, name: str, context: BrowserContext, profile: Path | None) -> Visitor:
        await context.tracing.start(snapshots=True)
        page = context.pages[0] if context.pages else await context.new_page()
        visitor = Visitor(name, context, page, profile=profile)
        await context.expose_binding("zpCount", lambda _, kind: visitor.counts.update([kind]))
        await context.add_init_script(_WATCH)
        visitor.watch(page)
        context.on("page", visitor.watch)
        self.present.append(visitor)
        return visitor
