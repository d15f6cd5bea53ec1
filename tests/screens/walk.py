"""Goes through the screens as the people of the demo, on a phone and on a PC, and notes what is wrong on the way."""

import asyncio
import json
import os
import re
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from playwright.async_api import Browser, BrowserContext, Error, Page, Request, async_playwright
from stack.state import Folder

from tests.screens.screens import NOBODY, PEOPLE, ROOT, SCREENS, Screen
from tests.screens.states import Network

DATA = ROOT / ".data"
AXE = ROOT / "web" / "node_modules" / "axe-core" / "axe.min.js"
ARGUMENTS = ["--disable-gpu", "--disable-background-networking", "--disable-component-update", "--no-first-run", "--lang=zh-CN"]
DEVICES: dict[str, dict[str, Any]] = {
    "phone": {"viewport": {"width": 360, "height": 740}, "device_scale_factor": 2, "is_mobile": True, "has_touch": True},
    "pc": {"viewport": {"width": 1280, "height": 800}},
}
AT_ONCE = 5
_REST = 0.35
_LONGEST = 20.0
_LENGTH = 4000
_WATCH = """
addEventListener('securitypolicyviolation', (e) => console.error(`policy violated: ${e.effectiveDirective} ${e.blockedURI}`))
Object.defineProperty(navigator, 'onLine', { get: () => sessionStorage.getItem('gallery-offline') !== '1' })"""
_BEGUN = "() => !!document.querySelector('h1, h2, [aria-busy=true]')"
_SETTLED = "() => !!document.querySelector('h1, h2, [role=alert]') && !document.querySelector('[aria-busy=true]')"
_RUN_AXE = """async () => (await axe.run(document, { resultTypes: ['violations'] })).violations.flatMap(
  (v) => v.nodes.map((n) => `${v.id}: ${n.target.join(' ')}`))"""
_WIDER = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
_SHUT = """[...document.querySelectorAll('[role=alert]')].map((e) => e.innerText.split('\\n')[0])
  .filter((text) => /没有打开/.test(text))"""


@dataclass
class Demo:
    """The running platform and its accounts."""

    address: str
    password: str
    accounts: dict[str, dict[str, str]]

    def username(self, person: str) -> str:
        """The account of somebody in `PEOPLE`."""
        title, position = PEOPLE[person]
        return [names[title] for names in self.accounts.values() if title in names][position]


def running_demo(address: str | None, data: Path) -> Demo:
    """The platform that `make up` started. Raises SystemExit if there is none."""
    running = Folder(data).running()
    try:
        stored = json.loads((data / "demo.json").read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise SystemExit("No demo to look at: run `make up` first") from None
    if address is None and running is None:
        raise SystemExit("The platform does not run: run `make up` first")
    return Demo(address or str(running and running.gateway_url), stored["password"], stored["accounts"])


@dataclass(frozen=True)
class Shot:
    """One picture: `person` at `device` looking at `screen` in `state`."""

    screen: Screen
    person: str
    device: str
    state: str

    @property
    def name(self) -> str:
        """Of the picture's file."""
        return f"{self.screen.name}.{self.person}.{self.state}.{self.device}".replace("（", "").replace("）", "")

    def __str__(self) -> str:
        return f"{self.screen.route} {self.person} {self.state} {self.device}"


@dataclass
class Visit:
    """One person at one device: a page, its requests that are under way, and what went wrong since it was last asked."""

    context: BrowserContext
    page: Page
    network: Network
    pending: set[Request] = field(default_factory=set)
    last: float = 0
    complaints: list[str] = field(default_factory=list)
    found: dict[str, str | None] = field(default_factory=dict)

    def watch(self) -> None:
        """Note requests, and errors of scripts and of the policy."""
        self.page.on("request", self._begun)
        self.page.on("requestfinished", self._ended)
        self.page.on("requestfailed", self._ended)
        self.page.on("pageerror", lambda error: self.complaints.append(f"script: {error}"))
        self.page.on("console", lambda message: self._said(message.type, message.text))

    def _begun(self, request: Request) -> None:
        self.last = time.monotonic()
        if not request.url.endswith("/stream"):
            self.pending.add(request)

    def _ended(self, request: Request) -> None:
        self.last = time.monotonic()
        self.pending.discard(request)

    def _said(self, kind: str, text: str) -> None:
        # Chromium writes a line for every request that failed; those are made to fail here.
        if kind in ("error", "warning") and not text.startswith("Failed to load resource"):
            self.complaints.append(f"console: {text[:300]}")

    async def settled(self, *, loading: bool = False) -> bool:
        """Wait until nothing is asked and nothing is busy any more; while `loading`, until nothing new is asked."""
        end = time.monotonic() + _LONGEST
        while time.monotonic() < end:
            quiet = time.monotonic() - self.last > _REST and (loading or not self.pending)
            if quiet and await self.page.evaluate(_BEGUN if loading else _SETTLED):
                return True
            await asyncio.sleep(0.05)
        return False

    async def go(self, address: str, *, loading: bool = False) -> bool:
        """Open an address and wait until it has come to rest."""
        self.pending.clear()
        self.last = time.monotonic()
        await self.page.goto(address, wait_until="commit")
        return await self.settled(loading=loading)

    async def address(self, screen: Screen) -> str | None:
        """The address of a screen. If it depends on what there is, a link to it is looked for; None if there is none."""
        if screen.via is None:
            return screen.route
        if screen.route not in self.found:
            await self.network.turn("content")
            self.found[screen.route] = await self._link(screen, screen.via)
        return self.found[screen.route]

    async def _link(self, screen: Screen, via: str) -> str | None:
        if not via.startswith("/"):
            return re.sub(r":\w+", via, screen.route)
        source = next((other for other in SCREENS if other.route == via), None)
        start = await self.address(source) if source else via
        if start is None:
            return None
        await self.go(start)
        if found := next((link for link in await self._links() if screen.matches(link)), None):
            return found
        # Whether somebody may do something with a thing is known on the thing's own page.
        above = next((one for one in SCREENS if screen.route.startswith(f"{one.route}/") and ":" in one.route), None)
        for link in [link for link in await self._links() if above and above.matches(link)][:12]:
            await self.go(link)
            if found := next((link for link in await self._links() if screen.matches(link)), None):
                return found
        return None

    async def _links(self) -> list[str]:
        links = await self.page.eval_on_selector_all("a[href]", "all => all.map((one) => one.getAttribute('href'))")
        return [str(link) for link in links]


@dataclass
class Walk:
    """Looks at screens. `problems`: what is wrong, by the picture that shows it."""

    browser: Browser
    demo: Demo
    pictures: Path | None = None
    axe: bool = True
    problems: dict[str, list[str]] = field(default_factory=dict)
    missing: list[str] = field(default_factory=list)
    done: list[Shot] = field(default_factory=list)

    @asynccontextmanager
    async def visit(self, person: str, device: str, *, large: bool = False) -> AsyncIterator[Visit]:
        """Somebody at a device, signed in."""
        options = {"locale": "zh-CN", "timezone_id": "Asia/Shanghai", "reduced_motion": "reduce"}
        context = await self.browser.new_context(base_url=self.demo.address, **DEVICES[device], **options)
        try:
            await context.add_init_script(_WATCH + ("\nlocalStorage.setItem('zp-large', '1')" if large else ""))
            visit = Visit(context, await context.new_page(), Network())
            visit.watch()
            if person != NOBODY:
                await sign_in(visit.page, self.demo.username(person), self.demo.password)
                await visit.settled()
            await visit.network.watch(context)
            yield visit
        finally:
            await context.close()

    async def look(self, shots: list[Shot], log: Callable[[str], None]) -> None:
        """Look at screens: several people at once, each at one after the other."""
        slots = asyncio.Semaphore(AT_ONCE)
        groups: dict[tuple[str, str, bool], list[Shot]] = {}
        for shot in shots:
            groups.setdefault((shot.person, shot.device, shot.state == "large"), []).append(shot)

        async def one(person: str, device: str, large: bool, wanted: list[Shot]) -> None:
            async with slots:
                try:
                    async with self.visit(person, device, large=large) as visit:
                        for shot in wanted:
                            await self._try(visit, shot)
                except Error as error:
                    self.problems[f"{person} {device}"] = [f"could not sign in: {str(error).splitlines()[0]}"]
                log(f"{person} {device}{' large' if large else ''}: {len(wanted)} screens")

        await asyncio.gather(*(one(*key, wanted) for key, wanted in groups.items()))

    async def _try(self, visit: Visit, shot: Shot) -> None:
        try:
            wrong = await self._shoot(visit, shot)
        except Error as error:
            wrong = [str(error).splitlines()[0]]
        wrong += visit.complaints
        visit.complaints.clear()
        if wrong:
            self.problems[str(shot)] = wrong

    async def _shoot(self, visit: Visit, shot: Shot) -> list[str]:
        address = await visit.address(shot.screen)
        if address is None:
            if shot.state == "content":
                self.missing.append(str(shot))
            return []
        visit.complaints.clear()
        state = "content" if shot.state == "large" else shot.state
        await visit.network.turn(state)
        if visit.page.url != "about:blank":
            await visit.page.evaluate(f"sessionStorage.setItem('gallery-offline', '{int(state == 'offline')}')")
        rested = await visit.go(address, loading=state == "loading")
        wrong = [] if rested else ["did not come to rest"]
        path = urlsplit(visit.page.url).path
        if path != urlsplit(address).path:
            wrong.append(f"led to {path}")
        if state == "content":
            wrong += [str(text) for text in await visit.page.evaluate(_SHUT)]
        if (wider := await visit.page.evaluate(_WIDER)) > 0:
            wrong.append(f"{wider} px wider than the screen")
        if self.pictures is not None:
            await self._picture(visit.page, shot, self.pictures / f"{shot.name}.jpg")
        if self.axe:
            if not await visit.page.evaluate("'axe' in window"):
                await visit.page.evaluate(AXE.read_text(encoding="utf-8"))
            wrong += [f"axe: {finding}" for finding in await visit.page.evaluate(_RUN_AXE)]
        self.done.append(shot)
        return wrong

    async def _picture(self, page: Page, shot: Shot, file: Path) -> None:
        """Of the whole page on the phone: as on a display that is long enough, so that what is fixed lies at the bottom."""
        size = page.viewport_size
        if shot.device == "phone" and shot.state in ("content", "large") and size:
            length = int(await page.evaluate("document.documentElement.scrollHeight"))
            await page.set_viewport_size({"width": size["width"], "height": min(max(length, size["height"]), _LENGTH)})
        await page.screenshot(path=file, type="jpeg", quality=82, animations="disabled")
        if size:
            await page.set_viewport_size(size)


async def sign_in(page: Page, username: str, password: str) -> None:
    """Sign in with the page for that; ends when another page is shown."""
    await page.goto("/sign-in")
    await page.get_by_label("用户名").fill(username)
    await page.get_by_label("密码", exact=True).fill(password)
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.wait_for_url(re.compile(r"^(?!.*/sign-in)"), timeout=60_000)


async def output(*command: str, accepted: tuple[int, ...] = (0,)) -> str:
    """Run a command in the repository; returns what it prints. Raises RuntimeError with its errors."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=pipe)
    out, errors = await process.communicate()
    if process.returncode not in accepted:
        raise RuntimeError(f"{' '.join(command)}: {errors.decode()[-2000:]}")
    return out.decode().strip()


async def with_browser[T](work: Callable[[Browser], Awaitable[T]], *further: str) -> T:
    """Do something with a Chromium."""
    executable = await output("sh", "deploy/chromium.sh")
    arguments = [*ARGUMENTS, *further, *(["--no-sandbox"] if os.getuid() == 0 else [])]
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=executable, args=arguments)
        try:
            return await work(browser)
        finally:
            await browser.close()
