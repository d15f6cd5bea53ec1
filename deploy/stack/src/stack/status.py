"""Prints the state of the platform: as a table, or one line per change without a terminal."""

import time
from collections.abc import Iterable

from rich.table import Table

from stack.state import Process, State

_COLOURS = {"ready": "green", "starting": "yellow", "not ready": "red", "restarting": "red", "stopped": "dim"}


def table(state: State) -> Table:
    """A table with one line per process."""
    table_ = Table(title=f"综评 {state.gateway_url}", title_justify="left", box=None, pad_edge=False)
    for heading in ("process", "state", "pid", "up", "restarts"):
        table_.add_column(heading, justify="right" if heading in {"pid", "up", "restarts"} else "left", min_width=8)
    for process in state.processes:
        table_.add_row(
            process.name,
            f"[{_COLOURS.get(process.state, 'white')}]{process.state}[/]",
            str(process.pid or "-"),
            since(process.started),
            str(process.restarts),
        )
    return table_


def since(started: float | None) -> str:
    """The duration since `started`: `7s`, `12m`, `3h05`."""
    if started is None:
        return "-"
    seconds = max(0, int(time.time() - started))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02}"


def changes(before: Iterable[Process], after: Iterable[Process]) -> list[str]:
    """One line per process whose state has changed."""
    known = {process.name: process.state for process in before}
    return [
        f"{process.name}: {process.state}" + (f" (pid {process.pid})" if process.pid else "")
        for process in after
        if known.get(process.name, "stopped") != process.state
    ]


def addresses(url: str) -> str:
    """The URLs of the platform, as text."""
    return f"gateway  {url}\ndocs     {url}/docs\nverify   {url}/verify\nlogs     make logs, or .data/logs/"
