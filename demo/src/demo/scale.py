"""Runs work for many users in parallel, with a progress bar."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import asynccontextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

CONSOLE = Console(stderr=True)


async def each[T](title: str, items: Iterable[T], work: Callable[[T], Awaitable[None]], at_once: int = 16) -> None:
    """Call `work` for every item, `at_once` in parallel; the first failure cancels the others."""
    todo = list(items)
    columns = (SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=CONSOLE) as bar:
        task = bar.add_task(title, total=len(todo))
        queue = iter(todo)

        async def worker() -> None:
            for item in queue:
                await work(item)
                bar.advance(task)

        async with asyncio.TaskGroup() as group:
            for _ in range(min(at_once, len(todo))):
                group.create_task(worker())


async def until[T](title: str, look: Callable[[], Awaitable[T | None]], seconds: float = 120) -> T:
    """Call `look` until it returns something (services process events with a delay). Raises TimeoutError."""
    async with step(title):
        pause, deadline = 0.1, asyncio.get_running_loop().time() + seconds
        while True:
            found = await look()
            if found is not None:
                return found
            if asyncio.get_running_loop().time() > deadline:
                raise TimeoutError(f"{title}: nothing after {seconds:.0f} s")
            await asyncio.sleep(pause)
            pause = min(1.0, pause * 1.3)


@asynccontextmanager
async def step(title: str) -> AsyncIterator[None]:
    """Print the title and the duration of the block."""
    begun = asyncio.get_running_loop().time()
    yield
    CONSOLE.print(f"  [green]✓[/] {title} [dim]{asyncio.get_running_loop().time() - begun:.1f} s[/]")
