"""The state of a running platform for other commands (status, demo, down): a lock and `stack.json`."""

import contextlib
import fcntl
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import IO

from stack.files import write_private


class AlreadyRunningError(Exception):
    """Another process holds the lock of this data folder."""


@dataclass(frozen=True)
class Process:
    """A process. `started` is in seconds since the epoch, None while it does not run."""

    name: str
    state: str
    pid: int | None
    started: float | None
    restarts: int


@dataclass(frozen=True)
class State:
    """The content of `stack.json`. `ready`: everything was ready once. `ports` are used again at the next start."""

    pid: int
    ready: bool
    gateway_url: str
    ports: dict[str, int]
    processes: list[Process] = field(default_factory=list)


@dataclass(frozen=True)
class Folder:
    """A data folder, by default `.data`."""

    root: Path

    @property
    def secrets(self) -> Path:
        """The file of `stack.keyring`."""
        return self.root / "secrets.json"

    @property
    def logs(self) -> Path:
        """The folder with one log file per process."""
        return self.root / "logs"

    def read(self) -> State | None:
        """The state of the running or the last platform; None if there never was one."""
        try:
            content = json.loads((self.root / "stack.json").read_text())
        except FileNotFoundError:
            return None
        return State(**{**content, "processes": [Process(**process) for process in content["processes"]]})

    def write(self, state: State) -> None:
        """Write the state atomically."""
        write_private(self.root / "stack.json", json.dumps(asdict(state), indent=1))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Lock the folder. Raises AlreadyRunningError. The kernel releases the lock when the process ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock_file() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyRunningError(str(self.root)) from error
            yield

    def running(self) -> State | None:
        """The state of the running platform; None when none runs."""
        if not self.root.exists():
            return None
        with self._lock_file() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return self.read()
        return None

    def _lock_file(self) -> IO[str]:
        return os.fdopen(os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600), "r+")
