"""`make screens`: pictures of every screen in every state at both widths in `.data/screens`, with a page to look through them.

On the platform of `make up`, as its demo people. Ends with 1 if a screen did not open, breaks the policy, throws, is wider
than the display, or is not accessible; the list stands on the page too. `--only /records` for the routes that begin so.
"""

import argparse
import asyncio
import html
import shutil
import sys
import time
from pathlib import Path

from playwright.async_api import Browser

from tests.screens import kit
from tests.screens.screens import NOBODY, ROOT, SCREENS
from tests.screens.states import STATES
from tests.screens.walk import DATA, DEVICES, Shot, Walk, running_demo, with_browser

OUT = DATA / "screens"
_STYLE = """body{font:14px sans-serif;margin:24px;background:#eceae4}section{margin-bottom:40px}
.row{display:flex;gap:12px;overflow-x:auto;align-items:flex-start}figure{margin:0;flex:none}
img{border:1px solid #bbb;background:#fff;display:block}.phone img{width:270px}.pc img{width:640px}
.wrong{color:#a00}figcaption{padding:4px 0}"""


def wanted(only: str, states: list[str]) -> list[Shot]:
    """The pictures to make: content for everybody, the other states for the first who looks at a screen."""
    shots = []
    for screen in SCREENS:
        if not screen.route.startswith(only):
            continue
        for at, person in enumerate(screen.people):
            # Who is not signed in reads nothing from the services.
            own = states if at == 0 and person != NOBODY else [state for state in states if state == "content"]
            also = ["large"] if screen.large and at == 0 and "content" in states else []
            shots += [Shot(screen, person, device, state) for device in DEVICES for state in [*own, *also]]
    return shots


def page(walk: Walk) -> str:
    """The contact sheet."""
    parts = ["<!doctype html><meta charset=utf-8><title>Screens</title>", f"<style>{_STYLE}</style><h1>Screens</h1>"]
    parts += [f"<p class=wrong>{html.escape(f'{what}: {one}')}</p>" for what, all_ in walk.problems.items() for one in all_]
    parts += [f"<p>No example in the demo: {html.escape(what)}</p>" for what in walk.missing]
    rows: dict[tuple[str, str, str], list[Shot]] = {}
    for shot in walk.done:
        rows.setdefault((shot.screen.route, shot.person, shot.device), []).append(shot)
    for (route, person, device), shots in sorted(rows.items()):
        parts.append(f"<section><h2>{html.escape(f'{route} · {person} · {device}')}</h2><div class='row {device}'>")
        for shot in shots:
            wrong = " class=wrong" if str(shot) in walk.problems else ""
            parts.append(
                f"<figure><img loading=lazy src='{shot.name}.jpg'><figcaption{wrong}>{shot.state}</figcaption></figure>"
            )
        parts.append("</div></section>")
    parts.append("<section><h2>kit</h2><div class='row pc'>")
    parts += [f"<figure><img loading=lazy src='{name}'></figure>" for name in kit.NAMES]
    return "\n".join([*parts, "</div></section>"])


async def draw(browser: Browser, asked: argparse.Namespace) -> Walk:
    """Look at the screens and keep the pictures."""
    begun = time.monotonic()

    def log(text: str) -> None:
        print(f"{time.monotonic() - begun:6.1f} s  {text}", flush=True)

    walk = Walk(browser, running_demo(asked.address, asked.data), OUT, axe=not asked.no_axe)
    await walk.look(wanted(asked.only, asked.states.split(",")), log)
    if not asked.only:
        walk.problems |= await kit.draw(browser, OUT)
        log("kit")
    return walk


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.screens", description=__doc__)
    parser.add_argument("--only", default="", help="routes that begin so")
    parser.add_argument("--states", default=",".join(STATES), help="which states")
    parser.add_argument("--no-axe", action="store_true", help="pictures only")
    parser.add_argument("--address", help="of another server of the client than the gateway's")
    parser.add_argument("--data", type=Path, default=DATA, help="the platform's data folder")
    asked = parser.parse_args()
    if not asked.only:
        shutil.rmtree(OUT, ignore_errors=True)
    OUT.mkdir(parents=True, exist_ok=True)
    walk = asyncio.run(with_browser(lambda browser: draw(browser, asked)))
    (OUT / "index.html").write_text(page(walk), encoding="utf-8")
    for what, wrong in walk.problems.items():
        print(*(f"{what}: {one}" for one in wrong), sep="\n")
    for what in walk.missing:
        print(f"no example in the demo: {what}")
    print(f"{len(walk.done)} pictures, {len(walk.problems)} with problems: {(OUT / 'index.html').relative_to(ROOT)}")
    return 1 if walk.problems else 0


if __name__ == "__main__":
    sys.exit(main())
