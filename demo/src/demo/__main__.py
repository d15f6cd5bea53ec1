"""`python -m demo run [--scheme ID] [--students N]` runs a term; `load` runs one of each deployment once, to look at."""

import argparse
import asyncio
import json
import sys
import time
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

from stack import keyring, testing
from stack.state import Folder

from demo import job, state
from demo.deployments import DEPLOYMENTS, JIANGXI
from demo.scale import CONSOLE

DATA = Path(".data")


async def _run(schemes: list[str], students: int | None, data: Path, once: bool) -> int:
    async with AsyncExitStack() as resources:
        folder = Folder(data)
        running = folder.running()
        if running is None and once:
            CONSOLE.print("没有正在运行的平台；请先 make up")
            return 1
        if running is None:
            CONSOLE.print("没有正在运行的平台，临时启动一个……")
            platform = await resources.enter_async_context(testing.platform(durable=True))
            gateway, password = platform.gateway_url, platform.keyring.operator_password
            demo_state = state.DemoState(None)
        else:
            gateway, password = running.gateway_url, keyring.load_or_create(folder.secrets).operator_password
            demo_state = state.DemoState(data / "demo.json")
        wanted = [name for name in schemes if not (once and demo_state.loaded(name))]
        problems = [await _play(name, students, gateway, password, demo_state, once) for name in wanted]
        CONSOLE.print(demo_state.greeting(gateway))
        return 1 if any(problems) else 0


async def _play(
    scheme_id: str, students: int | None, gateway: str, password: str, demo_state: state.DemoState, once: bool
) -> int:
    """Run one deployment's term; returns the number of problems."""
    begun = time.monotonic()
    number, again = demo_state.begin(scheme_id)
    usual = (120 if once else 300) if scheme_id == JIANGXI.scheme_id else 24
    world = await job.run(
        gateway, number, students or usual, password, deployment=DEPLOYMENTS[scheme_id], again=again, present=once
    )
    demo_state.save_accounts(world)
    report: dict[str, Any] = {
        "scheme": scheme_id,
        **dict(sorted(world.counts.items())),
        "requests": world.gateway.requests,
        "errors": len(world.problems) + len(world.gateway.faults),
        "seconds": round(time.monotonic() - begun, 1),
    }
    for note in [*world.problems, *world.gateway.faults]:
        CONSOLE.print(f"[red]✗[/] {note}", markup=True)
    print(json.dumps(report, ensure_ascii=False))
    return int(report["errors"])


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("command", choices=("run", "load"))
    parser.add_argument("--scheme", choices=tuple(job.CHAPTERS), default=None, help="the deployment (run: jiangxi, load: all)")
    parser.add_argument("--students", type=int, default=None, help="in its schools together")
    parser.add_argument("--data", type=Path, default=DATA, help="the platform's data folder")
    args = parser.parse_args()
    once = args.command == "load"
    schemes = [args.scheme] if args.scheme else list(job.CHAPTERS) if once else [JIANGXI.scheme_id]
    if args.students is not None and args.students < 24:
        parser.error("a school needs at least a dozen pupils: --students 24")
    sys.exit(asyncio.run(_run(schemes, args.students, args.data, once)))


if __name__ == "__main__":
    main()
