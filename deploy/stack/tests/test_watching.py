"""A supervisor restarts processes with backoff, and kills those that do not stop."""

import asyncio
import signal
import sys
import time
from pathlib import Path

import pytest
from stack.parts.base import Command
from stack.supervisor import StartError, Supervisor


class Script:
    """A part that runs a few lines of Python; ready as soon as it runs."""

    name = "script"

    def __init__(self, code: str, grace: float = 5) -> None:
        self._command = Command((sys.executable, "-c", code), grace=grace)

    async def prepare(self) -> None:
        """Nothing to do."""

    def command(self) -> Command:
        return self._command

    async def probe(self) -> bool:
        return True


FOREVER = "import time; time.sleep(600)"
STUBBORN = f"import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); {FOREVER}"


async def test_a_killed_process_comes_back_with_another_pid(tmp_path: Path) -> None:
    supervisor = Supervisor(Script(FOREVER), tmp_path)
    await supervisor.start()
    before = supervisor.pid
    await supervisor.crash(timeout=10)
    assert supervisor.pid not in (None, before)
    assert supervisor.restarts == 1
    await supervisor.stop()
    assert supervisor.state.value == "stopped"
    assert supervisor.pid is None


async def test_a_process_that_ignores_its_signal_is_killed_after_its_grace(tmp_path: Path) -> None:
    supervisor = Supervisor(Script(STUBBORN, grace=0.3), tmp_path)
    await supervisor.start()
    await _said(supervisor, "deaf")
    async with asyncio.timeout(5):
        await supervisor.stop()
    assert supervisor.pid is None


async def test_a_process_that_ends_while_starting_is_reported_with_its_last_words(tmp_path: Path) -> None:
    class Never(Script):
        async def probe(self) -> bool:
            return False

    with pytest.raises(StartError, match="no such thing"):
        await Supervisor(Never("raise SystemExit('no such thing')"), tmp_path).start(timeout=10)


async def test_a_process_dies_with_its_starter(tmp_path: Path) -> None:
    """Linux only: the kernel passes the signal on, even when the starter had no time to."""
    code = f"""
import asyncio, pathlib, sys
from stack.supervisor import spawn
from stack.parts.base import Command
async def main():
    child = await spawn(Command((sys.executable, "-c", {FOREVER!r})), pathlib.Path({str(tmp_path / "log")!r}))
    print(child.pid, flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""
    starter = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE)
    assert starter.stdout is not None
    child = int(await starter.stdout.readline())
    starter.send_signal(signal.SIGKILL)
    await starter.wait()
    assert await asyncio.to_thread(_gone, child)


def _gone(pid: int) -> bool:
    for _ in range(100):
        if not Path(f"/proc/{pid}").exists():
            return True
        time.sleep(0.05)
    return False


async def _said(supervisor: Supervisor, word: str) -> None:
    async with asyncio.timeout(10):
        while word not in supervisor.log.read_text():  # noqa: ASYNC110 - another process writes it
            await asyncio.sleep(0.02)
