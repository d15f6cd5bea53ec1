"""Runs the platform in the foreground until SIGTERM or SIGINT, and shows its state."""

import asyncio
import signal
import time
from contextlib import AsyncExitStack
from os import getpid

from rich.console import Console
from rich.live import Live
from rich.table import Table

from stack import status
from stack.platform import Platform
from stack.state import Folder, Process, State


class Reporter:
    """Writes `stack.json` at every change, and prints it: a live table in a terminal, else one line per change."""

    def __init__(self, folder: Folder, console: Console) -> None:
        self.folder = folder
        self.console = console
        self.ready = False
        self.platform: Platform | None = None
        self._reported: list[Process] = []

    def state(self) -> State:
        """The present state."""
        assert self.platform is not None
        now = time.time()
        processes = [
            Process(
                name,
                str(supervisor.state),
                supervisor.pid,
                now - supervisor.uptime if supervisor.uptime else None,
                supervisor.restarts,
            )
            for name, supervisor in self.platform.supervisors.items()
        ]
        return State(getpid(), self.ready, self.platform.gateway_url, self.platform.ports.chosen, processes)

    def table(self) -> Table:
        """The present state as a table."""
        return status.table(self.state())

    def changed(self) -> None:
        """Write and print the state; called at every change."""
        if self.platform is None:
            return
        state = self.state()
        self.folder.write(state)
        if not self.console.is_terminal:
            for line in status.changes(self._reported, state.processes):
                self.console.print(line, highlight=False, markup=False)
        self._reported = state.processes


async def run(platform: Platform, reporter: Reporter) -> None:
    """Start, wait for SIGTERM or SIGINT, stop in order. A second signal has no effect."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    reporter.platform = platform
    platform.on_change = reporter.changed
    async with AsyncExitStack() as stack:
        if reporter.console.is_terminal:
            stack.enter_context(Live(get_renderable=reporter.table, console=reporter.console, refresh_per_second=2))
        if not await _start_or_stop(stack, platform, stop):
            return
        reporter.console.print(status.addresses(platform.gateway_url), highlight=False)
        reporter.ready = True
        reporter.changed()  # only now: `up --detach` prints what was printed until then
        await stop.wait()
        reporter.console.print("stopping")


async def _start_or_stop(stack: AsyncExitStack, platform: Platform, stop: asyncio.Event) -> bool:
    """Start the platform; returns False if it was stopped before everything was ready."""
    starting = asyncio.create_task(stack.enter_async_context(platform.running()))
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait((starting, stopping), return_when=asyncio.FIRST_COMPLETED)
    stopping.cancel()
    if not starting.done():
        starting.cancel()
        await asyncio.wait([starting])
        return False
    await starting
    return True
