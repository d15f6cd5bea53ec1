"""`python -m demo run [--students N]` runs a school term; `python -m demo load` does it once, to have data to look at."""

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
from demo.scale import CONSOLE

DATA = Path(".data")


async def _run(students: int, data: Path, once: bool) -> int:
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
        if once and demo_state.loaded:
            CONSOLE.print(demo_state.greeting(gateway))
            return 0
        begun = time.monotonic()
        world = await job.run(gateway, demo_state.begin(), students, password, present=once)
        demo_state.save_accounts(world)
        report: dict[str, Any] = {
            **dict(sorted(world.counts.items())),
            "requests": world.gateway.requests,
            "errors": len(world.problems) + len(world.gateway.faults),
            "seconds": round(time.monotonic() - begun, 1),
        }
        for note in [*world.problems, *world.gateway.faults]:
            CONSOLE.print(f"[red]✗[/] {note}", markup=True)
        CONSOLE.print(demo_state.greeting(gateway))
        print(json.dumps(report, ensure_ascii=False))
        return 1 if report["errors"] else 0


def main() -> None:
    """Parse the arguments and run."""
    parser = argparse.ArgumentParser(prog="demo", description=__doc__)
    parser.add_argument("command", choices=("run", "load"))
    parser.add_argument("--students", type=int, default=None, help="in two schools together (run: 300, load: 120)")
    parser.add_argument("--data", type=Path, default=DATA, help="the platform's data folder")
    args = parser.parse_args()
    once = args.command == "load"
    students = args.students or (120 if once else 300)
    if students < 24:
        parser.error("a school needs at least a dozen pupils: --students 24")
    sys.exit(asyncio.run(_run(students, args.data, once)))


if __name__ == "__main__":
    main()
