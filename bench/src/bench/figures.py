"""A measured figure with its goal, and its output as a table, JSON or Markdown."""

import json
import platform
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Literal

import psutil
from rich.console import Console
from rich.table import Table

from bench.rounds import Measured

type Number = float | int


@dataclass(frozen=True)
class Figure:
    """`value` is compared with `goal` (None: there is none). `low` and `high` are the worst and the best round.

    `made_of`: the measured values from which `value` was computed: rates, times, counts.
    """

    benchmark: str
    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    direction: Literal["at least", "at most"] = "at least"
    low: float | None = None
    high: float | None = None
    rounds: int = 1
    made_of: dict[str, Number | str] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Was the goal met? None if there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.direction == "at least" else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """`met`, `missed`, or empty."""
        return {True: "met", False: "missed", None: ""}[self.met]

    @property
    def wanted(self) -> str:
        """The goal with its direction and unit."""
        return "" if self.goal is None else f"{'≥' if self.direction == 'at least' else '≤'} {number(self.goal)}{self._unit}"

    @property
    def shown(self) -> str:
        """The value with its unit."""
        return f"{number(self.value)}{self._unit}"

    @property
    def spread(self) -> str:
        """The worst and best round."""
        return "" if self.low is None or self.high is None else f"{number(self.low)} to {number(self.high)} in {self.rounds}"

    @property
    def _unit(self) -> str:
        return f" {self.unit}" if self.unit else ""

    @property
    def details(self) -> str:
        """`made_of` as text."""
        return ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in self.made_of.items())


def ratio(benchmark: str, what: str, goal: float, ratios: Sequence[float], made_of: dict[str, Number | str]) -> Figure:
    """The median of the rounds' ratios, with the lowest and the highest."""
    return Figure(
        benchmark, what, median(ratios), goal=goal, low=min(ratios), high=max(ratios), rounds=len(ratios), made_of=made_of
    )


def comparison(benchmark: str, what: str, goal: float, found: Sequence[tuple[Measured, Measured]], **more: Number) -> Figure:
    """The ratio of operations a second, service over baseline. `more` is shown too."""
    made_of: dict[str, Number | str] = {
        "ours/s": median(ours.rate for ours, _ in found),
        "bare/s": median(baseline.rate for _, baseline in found),
        "ours CPU ms": median(ours.cpu for ours, _ in found),
        "bare CPU ms": median(baseline.cpu for _, baseline in found),
        "CPU ratio": median(baseline.cpu / ours.cpu for ours, baseline in found),
    }
    if all(round_.p50 for pair in found for round_ in pair):
        made_of["ours p50 ms"] = median(ours.p50 or 0 for ours, _ in found)
        made_of["bare p50 ms"] = median(baseline.p50 or 0 for _, baseline in found)
    return ratio(benchmark, what, goal, [ours.rate / baseline.rate for ours, baseline in found], {**made_of, **more})


def number(value: Number) -> str:
    """Format a number with three significant digits."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def missed(figures: Sequence[Figure], benchmarks: Sequence[str]) -> list[str]:
    """The goals of these benchmarks that were not met, in words."""
    return [
        f"{one.what}: {one.shown}, promised {one.wanted}" for one in figures if one.benchmark in benchmarks and one.met is False
    ]


COLUMNS = ("benchmark", "measured", "value", "goal", "verdict", "spread", "made of")


def _cells(figure: Figure) -> tuple[str, ...]:
    return (figure.benchmark, figure.what, figure.shown, figure.wanted, figure.verdict, figure.spread, figure.details)


def show(figures: Sequence[Figure], console: Console) -> None:
    """Print the table."""
    table = Table(*COLUMNS, title="bench")
    for figure in figures:
        table.add_row(*_cells(figure), style={True: "green", False: "red", None: ""}[figure.met])
    console.print(table)


def as_json(figures: Sequence[Figure]) -> str:
    """One line of JSON."""
    rows = [{**asdict(figure), "value": round(figure.value, 4), "met": figure.met} for figure in figures]
    return json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "figures": rows})


def machine() -> dict[str, str | int]:
    """The machine on which the figures were measured."""
    memory = round(psutil.virtual_memory().total / 2**30)
    return {
        "cores": psutil.cpu_count() or 0,
        "memory_gib": memory,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def write_markdown(figures: Sequence[Figure], command: str, file: Path) -> None:
    """Write the table for `docs/figures.md`, with the command and the machine."""
    machine_ = machine()
    head = [
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}.",
        f"{machine_['cores']} cores, {machine_['memory_gib']} GiB, Python {machine_['python']}.",
        "Rounds are paired (A B A B); the value is the median, the spread is the worst and best round.",
        "",
    ]
    rows = [f"| {' | '.join(cells)} |" for cells in (COLUMNS, ("---",) * len(COLUMNS), *map(_cells, figures))]
    file.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
