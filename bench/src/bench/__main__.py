"""`python -m bench [--only a,b] [--rounds N] [--seconds S] [--markdown FILE]`: run the benchmarks and print the figures."""

import argparse
import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

from rich.console import Console
from stack import testing

from bench import figures
from bench.benchmarks import approval, archives, board, bus, files, growth, home, idle, people, province, submit, workbook
from bench.environment import Environment, Options, running_environment
from bench.figures import Figure
from bench.province.routes import SERVICES

type Benchmark = Callable[[Environment], Awaitable[list[Figure]]]

LONG = ("l",)
"""Only measured where they are named: half an hour and some 25 GB."""
PROMISED = ("l",)
"""Whose goals are promises: one that is missed ends the program with an error."""
ALONE = ("records", "publicity")
"""Measured without the other services: their handling of the events is not part of the request."""
BENCHMARKS: dict[str, tuple[Benchmark, tuple[str, ...] | None]] = {
    "a": (submit.measure, ALONE),
    "b": (board.measure, ALONE),
    "h": (idle.memory, None),
    "c": (approval.measure, None),
    "d": (bus.measure, ALONE),
    "e": (workbook.measure, None),
    "f": (archives.measure, None),
    "j": (home.measure, None),
    "g": (growth.measure, ALONE),
    "k": (people.measure, ("identity",)),
    "p": (files.measure, ALONE),
    "l": (province.measure, SERVICES),
    "i": (idle.ready, ()),
}
"""In the order of measuring, each with the services it needs (None: all). Those with the same services share a platform."""


async def _run(wanted: list[str], options: Options, console: Console) -> list[Figure]:
    found: dict[str, list[Figure]] = {}
    begun = time.monotonic()

    def log(text: str) -> None:
        console.print(f"[dim]{time.monotonic() - begun:6.1f} s[/] {text}")

    in_order = [name for name in BENCHMARKS if name in wanted]
    for services in dict.fromkeys(BENCHMARKS[name][1] for name in in_order):
        async with testing.data_folder() as root, running_environment(root, options, log, services) as env:
            log(f"ready: {', '.join(services) if services else 'the whole platform'}")
            for name in in_order:
                benchmark, needs = BENCHMARKS[name]
                if needs == services:
                    found[name] = await benchmark(env)
                    log(f"{name} done")
    return [figure for name in sorted(found) for figure in found[name]]


def main() -> None:
    """Exits with 1 where a promise is missed, with an error where something could not be measured, else with 0: other goals may
    be missed."""
    parser = argparse.ArgumentParser(prog="bench", description="Ratios to baselines that are measured at the same time.")
    parser.add_argument("--only", default=",".join(name for name in BENCHMARKS if name not in LONG), help=", ".join(BENCHMARKS))
    parser.add_argument(
        "--students", type=int, default=1_000_000, help="of the province of benchmark l; 96: a small one, to try it"
    )
    parser.add_argument("--rounds", type=int, default=5, help="paired rounds of each benchmark")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of a round")
    parser.add_argument("--markdown", type=Path, help="also write a table for docs/figures.md")
    args = parser.parse_args()
    wanted = args.only.split(",")
    if unknown := set(wanted) - set(BENCHMARKS):
        parser.error(f"no such benchmark: {', '.join(sorted(unknown))}")
    console = Console(stderr=True)
    found = asyncio.run(_run(wanted, Options(args.rounds, args.seconds, students=args.students), console))
    figures.show(found, Console())
    print(figures.as_json(found))
    if args.markdown is not None:
        figures.write_markdown(found, f"make bench ARGS='--rounds {args.rounds} --seconds {args.seconds}'", args.markdown)
    if missed := figures.missed(found, PROMISED):
        raise SystemExit("\n".join(["These promises are missed:", *missed]))


if __name__ == "__main__":
    main()
