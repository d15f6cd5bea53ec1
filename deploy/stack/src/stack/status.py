"""How the state of the platform looks to a person: a table, or one line per change where there is no terminal."""

import time
from collections.abc import Iterable

from rich.table import Table

from stack.state import Process, State

_COLOURS = {"ready": "green", "starting": "yellow", "not ready": "red", "restarting": "red", "stopped": "dim"}


def table(state: State) -> Table:
    """One line per process."""
    shown = Table(title=f"综评 {state.gateway_url}", title_justify="left", box=None, pad_edge=False)
    for heading in ("process", "state", "pid", "up", "restarts"):
        shown.add_column(heading, justify="right" if heading in {"pid", "up", "restarts"} else "left", min_width=8)
    for process in state.processes:
        shown.add_row(
            process.name,
            f"[{_COLOURS.get(process.state, 'white')}]{process.state}[/]",
            str(process.pid or "-"),
            since(process.started),
            str(process.restarts),
        )
    return shown


def since(started: float | None) -> str:
    """Return a duration for people: `7s`, `12m`, `3h05`."""
    if started is None:
        return "-"
    seconds = max(0, int(time.time() - started))
    if seconds < 60:
        return f"{seconds}s"
    if seconds < 3600:
        return f"{seconds // 60}m"
    return f"{seconds // 3600}h{seconds % 3600 // 60:02}"


def changes(before: Iterable[Process], after: Iterable[Process]) -> list[str]:
    """Return one line per process whose state is another now."""
    known = {process.name: process.state for process in before}
    return [
        f"{process.name}: {process.state}" + (f" (pid {process.pid})" if process.pid else "")
        for process in after
        if known.get(process.name, "stopped") != process.state
    ]


def addresses(url: str) -> str:
    """The addresses to look at."""
    return f"gateway  {url}\ndocs     {url}/docs\nverify   {url}/verify\nlogs     make logs, or .data/logs/"
