"""`make figures`: measures the web client on the platform of `make up` and writes the section of `docs/figures.md`.

Some five minutes. First screens and taps as on a cheap phone (slow 4G: 1.6 Mbit/s and 150 ms; CPU four times slower); all
screens for axe and the policy; a list of 2,000 rows; Lighthouse; and the journeys that count presses, on a platform of
their own.
"""

import argparse
import asyncio
import json
import os
import re
import socket
import sys
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from textwrap import fill
from typing import Any

import psutil
from playwright.async_api import Browser, Error, Page

from tests.screens import kit
from tests.screens.screens import NOBODY, ROOT, SCREENS
from tests.screens.walk import DATA, DEVICES, Shot, Visit, Walk, output, running_demo, with_browser

PAGE = ROOT / "docs" / "figures.md"
BEGIN, END = "<!-- made by make figures -->", "<!-- end -->"
LIGHTHOUSE = "lighthouse@12.8.2"
_NETWORK = {"offline": False, "latency": 150, "downloadThroughput": 1_600_000 // 8, "uploadThroughput": 750_000 // 8}
_SHIFTS = """
window.zp = { shown: null, cls: 0, lcp: 0, taps: [] }
const see = (type, note, more = {}) => new PerformanceObserver((list) => list.getEntries().forEach(note))
  .observe({ type, buffered: true, ...more })
see('layout-shift', (e) => { if (!e.hadRecentInput) zp.cls += e.value })
see('largest-contentful-paint', (e) => { zp.lcp = e.startTime })
see('event', (e) => { if (e.interactionId) zp.taps.push(e.duration) }, { durationThreshold: 16 })
const look = () => {
  const done = document.querySelector('h1, h2') && !document.querySelector('[aria-busy=true]')
  if (!done) zp.shown = null
  else if (zp.shown === null) zp.shown = performance.now()
}
new MutationObserver(look).observe(document, { subtree: true, childList: true, attributes: true })"""
_LOOP = """(() => {
  const begun = performance.now()
  let x = 0
  for (let i = 0; i < 3e7; i++) x = (x * 31 + i) | 0
  return performance.now() - begun + (x && 0)
})()"""
FIRST_SCREENS = (
    ("signing in", NOBODY, "/sign-in"),
    ("a student's home", "学生", "/home"),
    ("a guardian's home", "家长", "/children"),
    ("a class teacher's tasks", "班主任", "/tasks"),
    ("a subject teacher's entry", "任课教师", "/entry"),
    ("a school administrator's overview", "校管理员", "/overview"),
    ("a principal's overview", "校长", "/overview"),
    ("a district's overview", "县（区）", "/region"),
)
"""What, who and where: the page on which each role starts."""
BY_LINK = (
    ("records, opened by a link", "学生", "/records"),
    ("the board, opened by a link", "公示期的学生", "/board"),
    ("the review desk, opened by a link", "班主任", "/review"),
    ("archives, opened by a link", "学生", "/my-archives"),
)
"""Further screens; nobody begins with them, so only what jumps in them has a limit."""
_SCROLL = """async () => {
  const box = [...document.querySelectorAll('*')].find((e) => e.scrollHeight > e.clientHeight + 500
    && /auto|scroll/.test(getComputedStyle(e).overflowY)) ?? document.scrollingElement
  const times = []
  let last = performance.now()
  for (let at = 0; at < 180; at++) {
    box.scrollTop += 300
    const now = await new Promise(requestAnimationFrame)
    times.push(now - last)
    last = now
  }
  times.sort((a, b) => a - b)
  return { median: times[90], worst: times[171], rows: document.querySelectorAll('tr, [role=row]').length }
}"""
_JOURNEYS = (
    "test_a_record_with_two_photos_needs_few_presses or test_fifty_records_are_reviewed_with_fifty_keys",
    r'name="taps" value="(\d+)"',
    r'name="records_per_minute" value="(\d+)"',
)


@dataclass(frozen=True)
class Row:
    """One figure. `goal`: as `web.md` says; `met`: None where there is none."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        verdict = {True: "met", False: "missed", None: ""}[self.met]
        return f"| {self.what} | {self.value} | {self.goal} | {verdict} |"


def at_most(what: str, values: list[float], most: float, unit: str, digits: int = 0) -> Row:
    """The median of some runs, and their range, against a limit."""
    middle = median(values)
    spread = f" ({min(values):.{digits}f} to {max(values):.{digits}f} in {len(values)})" if len(values) > 1 else ""
    return Row(what, f"{middle:.{digits}f} {unit}".rstrip() + spread, f"≤ {most:g} {unit}".rstrip(), middle <= most)


async def _slow(page: Page) -> Any:
    session = await page.context.new_cdp_session(page)
    await session.send("Network.enable")
    await session.send("Network.emulateNetworkConditions", _NETWORK)
    await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
    return session


async def _first(visit: Visit, session: Any, path: str, *, cold: bool) -> tuple[float, float]:
    """Seconds until the whole content of a page is shown and its largest part painted, and how much it jumped (CLS)."""
    if cold:
        await session.send("Network.clearBrowserCache")
    await visit.page.goto("about:blank")
    await visit.go(path)
    await visit.page.wait_for_function("zp.shown !== null", timeout=30_000)
    await visit.page.wait_for_timeout(600)
    seen = await visit.page.evaluate("zp")
    return max(float(seen["shown"] or 0), float(seen["lcp"])) / 1000, float(seen["cls"])


async def _alone(page: Page) -> float:
    """Milliseconds of a fixed loop, not slowed: how fast the machine is just now."""
    await page.goto("about:blank")
    return float(await page.evaluate(_LOOP))


async def first_screens(walk: Walk, runs: int) -> list[Row]:
    """How long until each first screen and some others are there, cold and warm, and how much they jump."""
    rows, alone = [], []
    for what, person, path in (*FIRST_SCREENS, *BY_LINK):
        async with walk.visit(person, "phone") as visit:
            await visit.page.context.add_init_script(_SHIFTS)
            # The page of sign-in is gone before anything is measured; requests are not intercepted.
            await visit.page.context.unroute_all()
            alone.append(await _alone(visit.page))
            session = await _slow(visit.page)
            begins = path in {one for _, _, one in FIRST_SCREENS}
            times = runs if begins else 1
            try:
                cold = [await _first(visit, session, path, cold=True) for _ in range(times)]
                warm = [await _first(visit, session, path, cold=False) for _ in range(times)]
            except (Error, RuntimeError) as error:
                rows.append(Row(what, f"not measured: {str(error).splitlines()[0]}", "", False))
                continue
        rows.append(_screen(what, cold, warm, begins=begins))
    speed = f"{median(alone):.0f} ms ({min(alone):.0f} to {max(alone):.0f} in {len(alone)})"
    return [*rows, Row("meanwhile, a fixed loop not slowed: the machine alone takes 140 ms", speed)]


def _screen(what: str, cold: list[tuple[float, float]], warm: list[tuple[float, float]], *, begins: bool) -> Row:
    times = [[seconds for seconds, _ in runs] for runs in (cold, warm)]
    jumps = median(jump for _, jump in [*cold, *warm])
    shown = ", ".join(
        f"{word} {median(some):.2f} s" + (f" ({min(some):.2f} to {max(some):.2f})" if len(some) > 1 else "")
        for word, some in zip(("cold", "warm"), times, strict=True)
    )
    goal = "2.5 s, 1.2 s, 0.05" if begins else "CLS 0.05"
    met = jumps <= 0.05 and (not begins or (median(times[0]) <= 2.5 and median(times[1]) <= 1.2))
    return Row(what, f"{shown}, CLS {jumps:.3f}", goal, met)


async def taps(walk: Walk) -> list[Row]:
    """How long a tap or a key in the form for reporting takes until the page shows it. Nothing is sent: fields are missing."""
    async with walk.visit("学生", "phone") as visit:
        page = visit.page
        await page.context.add_init_script(_SHIFTS)
        screen = next(screen for screen in SCREENS if screen.route == "/report/:kind")
        address = await visit.address(screen)
        if address is None:
            return [Row("a tap or key in the form answered", "not measured: the demo's student may not report now")]
        await page.context.unroute_all()
        await _slow(page)
        await visit.go(address)
        inputs = page.locator("main input:is([type=text], :not([type])):visible, main textarea:visible")
        for at in range(min(4, await inputs.count())):
            await inputs.nth(at).tap()
            await page.keyboard.type("12345", delay=120)
        for label in (await page.locator("main label:has(input[type=radio])").all())[:4]:
            await label.tap()
        await page.get_by_role("button", name="上报", exact=True).last.tap()
        await page.wait_for_timeout(1500)
        times = sorted(float(one) for one in await page.evaluate("zp.taps"))
    if not times:
        return [Row("a tap or key in the form answered", "under 16 ms each", "≤ 100 ms", True)]
    high = times[min(len(times) - 1, round(0.98 * (len(times) - 1)))]
    value = f"{high:.0f} ms at the 98th percentile, worst {times[-1]:.0f} ms, {len(times)} over 16 ms"
    return [Row("a tap or key in the form answered (INP)", value, "≤ 100 ms", high <= 100)]


async def long_list(browser: Browser) -> list[Row]:
    """A table of 2,000 rows on a slow phone: frames while scrolling, and memory."""
    async with kit.served() as address:
        page = await browser.new_page(**DEVICES["phone"])
        session = await page.context.new_cdp_session(page)
        await session.send("Emulation.setCPUThrottlingRate", {"rate": 4})
        await page.goto(f"{address}?rows=2000")
        await page.get_by_role("heading", level=1).wait_for()
        await page.wait_for_timeout(1000)
        seen = await page.evaluate(_SCROLL)
        await session.send("HeapProfiler.collectGarbage")
        heap = (await session.send("Runtime.getHeapUsage"))["usedSize"] / 1e6
        await page.close()
    value = (
        f"median frame {seen['median']:.1f} ms ({1000 / seen['median']:.0f} a second), 95th percentile {seen['worst']:.1f} ms"
    )
    return [
        Row("scrolling a table of 2,000 rows, CPU 4×", value),
        Row("its memory (JavaScript)", f"{heap:.1f} MB, {seen['rows']} rows in the page at a time"),
    ]


async def all_screens(walk: Walk) -> list[Row]:
    """axe and the content security policy over every screen at both widths."""
    shots = [Shot(screen, person, device, "content") for screen in SCREENS for person in screen.people for device in DEVICES]
    await walk.look(shots, lambda _: None)
    found = [one for wrong in walk.problems.values() for one in wrong]
    count = {word: sum(word in one for one in found) for word in ("axe:", "policy violated", "script:", "wider than")}
    of = f"{len(walk.done)} screens, people and widths"
    for what, wrong in walk.problems.items():
        print(*(f"{what}: {one}" for one in wrong), sep="\n", file=sys.stderr)
    rows = [
        Row(f"axe, over {of}", f"{count['axe:']} findings", "0", count["axe:"] == 0),
        Row("violations of the content security policy", str(count["policy violated"]), "0", count["policy violated"] == 0),
        Row("errors of scripts", str(count["script:"]), "0", count["script:"] == 0),
        Row("screens wider than the display", str(count["wider than"]), "0", count["wider than"] == 0),
    ]
    if others := len(found) - sum(count.values()):
        rows.append(Row("other findings (`make screens` lists them)", str(others), "0", False))
    return rows


async def journeys() -> list[Row]:
    """Presses of the two journeys that count them; they start a platform of their own and fail if there are too many."""
    wanted, of_report, of_review = _JOURNEYS
    with TemporaryDirectory() as folder:
        file = Path(folder) / "report.xml"
        options = ("-o", "junit_logging=system-out", "-o", "junit_family=xunit1", f"--junitxml={file}")
        command = (sys.executable, "-m", "pytest", "-q", "-n", "0", *options, "tests/browser", "-k", wanted)
        pipe = asyncio.subprocess.PIPE
        process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=pipe, stderr=asyncio.subprocess.STDOUT)
        text = (await process.communicate())[0].decode()
        noted = file.read_text(encoding="utf-8")
    report, review = re.findall(of_report, noted), re.findall(of_review, noted)
    if process.returncode:
        print(text[-3000:], file=sys.stderr)
    rows = [_or_none("reporting a record with two photos, taps beside typing", max(map(int, report), default=0), 7)]
    what = "reviewing 50 records by keyboard"
    if not review:
        return [*rows, Row(what, "not measured: the journey failed", "50 keys", False)]
    return [*rows, Row(what, f"50 keys, {review[0]} records a minute", "50 keys", True)]


def _or_none(what: str, count: int, most: int) -> Row:
    if not count:
        return Row(what, "not measured: the journey failed", f"≤ {most}", False)
    return Row(what, str(count), f"≤ {most}", count <= most)


async def lighthouse(address: str, port: int) -> list[Row]:
    """Lighthouse's scores of the page for signing in, in its mobile setting. It cannot sign in by itself."""
    folder = ROOT / ".tools" / "lighthouse"
    node = ("sh", "deploy/node.sh")
    try:
        if not (folder / "node_modules").exists():
            await output(*node, "npm", "install", "--no-audit", "--no-fund", "--prefix", str(folder), LIGHTHOUSE)
        command = (str(folder / "node_modules" / ".bin" / "lighthouse"), f"{address}/sign-in", f"--port={port}", "--quiet")
        report = json.loads(await output(*node, *command, "--output=json", "--output-path=stdout"))
    except RuntimeError as error:
        return [Row("Lighthouse", f"not measured: {str(error).splitlines()[-1][:120]}")]
    scores = ", ".join(f"{one['title']} {one['score'] * 100:.0f}" for one in report["categories"].values() if one["score"])
    return [Row(f"Lighthouse {report['lighthouseVersion']} of the page for signing in, mobile", scores)]


async def weights() -> tuple[list[Row], list[str]]:
    """The bytes of each screen as it is sent: the heaviest against the limits, and all as a table."""
    await output("sh", "deploy/web/build.sh")
    command = ("sh", "deploy/node.sh", "npm", "run", "--silent", "--prefix", "web", "check-build", "--", "--list")
    listed = json.loads(await output(*command, accepted=(0, 1)))
    kb = {name: (one["js"] / 1024, one["css"] / 1024) for name, one in listed.items()}
    js, css = kb["index.html"]
    further = {name: sum(one) for name, one in kb.items() if re.search(r"features/.*(Page|Overview)", name)}
    heavy = max(further, key=lambda name: further[name])
    rows = [
        Row("start on the phone, scripts, compressed", f"{js:.1f} KB", "≤ 110 KB", js <= 110),
        Row("start on the phone, styles, compressed", f"{css:.1f} KB", "≤ 25 KB", css <= 25),
        Row(f"heaviest further screen ({Path(heavy).stem})", f"{further[heavy]:.1f} KB", "≤ 35 KB", further[heavy] <= 35),
    ]
    short = {name: name.removeprefix("src/features/").removesuffix(".vue") for name in further}
    lines = [f"{short[name]} {one:.1f}" for name, one in sorted(further.items(), key=lambda item: -item[1])]
    return rows, lines


def section(rows: list[Row], weight: list[str], load: float) -> str:
    """The section of `docs/figures.md`."""
    busy = f" Other programs were at work meanwhile: load {load:.1f} at the beginning." if load > (os.cpu_count() or 1) else ""
    intro = (
        f"`make figures` on {datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, demo's data, platform on the same machine. "
        "First screens and taps: 360×740, slow 4G (1.6 Mbit/s, 150 ms) and a CPU slowed 4×. A screen is there when nothing in "
        "it is busy and its largest part is painted, whichever is later; warm: the browser has the files of before. Medians, "
        f"in brackets the range of the runs.{busy}"
    )
    table = ["| what | measured | goal | |", "|---|---|---|---|", *map(str, rows)]
    sizes = [
        "Compressed KB per screen beyond the start, which has sign-in and the homes of students, guardians and class teachers:",
        _wrapped("; ".join(weight) + "."),
    ]
    return "\n".join([BEGIN, "## The web client", _wrapped(intro), "", *table, "", *sizes, END])


def _wrapped(text: str) -> str:
    return fill(text, 128, break_long_words=False, break_on_hyphens=False)


def write(text: str) -> None:
    """Put the section in the place of the old one, or at the end."""
    page = PAGE.read_text(encoding="utf-8")
    if BEGIN in page:
        before, _, rest = page.partition(BEGIN)
        page = before + text + rest.partition(END)[2]
    else:
        page = f"{page.rstrip()}\n\n{text}\n"
    PAGE.write_text(page, encoding="utf-8")


async def measure(browser: Browser, asked: argparse.Namespace, port: int) -> list[Row]:
    """Everything that needs the demo's platform or only a browser, one after the other."""
    demo = running_demo(asked.address, asked.data)
    walk = Walk(browser, demo)
    steps: list[tuple[str, Callable[[], Awaitable[list[Row]]]]] = [
        ("first screens", lambda: first_screens(walk, asked.runs)),
        ("taps", lambda: taps(walk)),
        ("long list", lambda: long_list(browser)),
        ("Lighthouse", lambda: lighthouse(demo.address, port)),
        ("all screens", lambda: all_screens(walk)),
    ]
    rows: list[Row] = []
    for name, step in steps:
        try:
            found = await step()
        except (Error, RuntimeError) as error:
            found = [Row(name, f"not measured: {str(error).splitlines()[0][:160]}", "", False)]
        rows += found
        print(f"{datetime.now(UTC):%H:%M:%S} {name}", *map(str, found), sep="\n  ", file=sys.stderr, flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.screens.figures", description=__doc__)
    parser.add_argument("--runs", type=int, default=3, help="of each first screen, cold and warm")
    parser.add_argument("--address", help="of another server of the client than the gateway's")
    parser.add_argument("--data", type=Path, default=DATA, help="the platform's data folder")
    parser.add_argument("--no-journeys", action="store_true", help="leave out the journeys on a platform of their own")
    asked = parser.parse_args()
    load = psutil.getloadavg()[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])  # Where Lighthouse finds the browser.
    weighed, weight = asyncio.run(weights())
    rows = asyncio.run(with_browser(lambda browser: measure(browser, asked, port), f"--remote-debugging-port={port}"))
    if not asked.no_journeys:
        rows += asyncio.run(journeys())
    write(section([*weighed, *rows], weight, load))
    print(f"written into {PAGE.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
