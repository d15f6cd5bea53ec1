"""A measured figure with its goal, and how figures are shown: a table, one line of JSON, Markdown."""

import json
import platform
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal

import psutil
from rich.console import Console
from rich.table import Table

type Number = float | int


@dataclass(frozen=True)
class Figure:
    """`value` is held against `goal` (None: told without a goal). `low` and `high`: the worst and best round.

    `said`: what the value was made of, in words that need no other source: rates, times, counts.
    """

    case: str
    what: str
    value: float
    unit: str = ""
    goal: float | None = None
    wants: Literal["at least", "at most"] = "at least"
    low: float | None = None
    high: float | None = None
    rounds: int = 1
    said: dict[str, Number | str] = field(default_factory=dict)

    @property
    def met(self) -> bool | None:
        """Was the goal met? None: there is none."""
        if self.goal is None:
            return None
        return self.value >= self.goal if self.wants == "at least" else self.value <= self.goal

    @property
    def verdict(self) -> str:
        """In one word."""
        return {True: "met", False: "missed", None: ""}[self.met]

    @property
    def wanted(self) -> str:
        """The goal with its direction."""
        return "" if self.goal is None else f"{'≥' if self.wants == 'at least' else '≤'} {number(self.goal)}{self._unit}"

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
        """What it was made of."""
        return ", ".join(f"{name} {value if isinstance(value, str) else number(value)}" for name, value in self.said.items())


def number(value: Number) -> str:
    """Three digits are enough."""
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if abs(value) < 10 else f"{value:.1f}"


def show(figures: Sequence[Figure], console: Console) -> None:
    """The table."""
    table = Table("", "measured", "value", "goal", "", "rounds", "made of", title="bench")
    for one in figures:
        style = {True: "green", False: "red", None: ""}[one.met]
        table.add_row(
            one.case, one.what, one.shown, one.wanted, f"[{style}]{one.verdict}" if style else "", one.spread, one.details
        )
    console.print(table)


def as_json(figures: Sequence[Figure]) -> str:
    """One line for machines."""
    made = [
        {
            "case": one.case, "what": one.what, "value": round(one.value, 4), "unit": one.unit, "goal": one.goal,
            "wants": one.wants, "met": one.met, "low": one.low, "high": one.high, "rounds": one.rounds, "said": one.said,
        }
        for one in figures
    ]  # fmt: skip
    return json.dumps({"at": datetime.now(UTC).isoformat(timespec="seconds"), "machine": machine(), "figures": made})


def machine() -> dict[str, str | int]:
    """What the figures were taken on."""
    memory = round(psutil.virtual_memory().total / 2**30)
    return {
        "cores": psutil.cpu_count() or 0,
        "memory_gib": memory,
        "python": platform.python_version(),
        "system": platform.system(),
    }


def write_markdown(figures: Sequence[Figure], command: str, file: Path) -> None:
    """The table for `docs/figures.md`, with its command and the machine."""
    there = machine()
    head = [
        f"`{command}`, {datetime.now(UTC):%Y-%m-%d}.",
        f"{there['cores']} cores, {there['memory_gib']} GiB, Python {there['python']}.",
        "Rounds are paired (A B A B); the value is the median, the spread is the worst and best round.",
        "",
        "| case | measured | value | goal | verdict | spread | made of |",
        "|---|---|---|---|---|---|---|",
    ]
    rows = [
        f"| {one.case} | {one.what} | {one.shown} | {one.wanted} | {one.verdict} | {one.spread} | {one.details} |"
        for one in figures
    ]
    file.write_text("\n".join([*head, *rows, ""]), encoding="utf-8")
