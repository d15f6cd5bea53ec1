"""What a running platform tells other commands (status, demo, down) about itself: a lock and one file."""

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
    """Somebody holds the lock of this data folder."""


@dataclass(frozen=True)
class Process:
    """One line of the status. `started` is seconds since the epoch, None while it does not run."""

    name: str
    state: str
    pid: int | None
    started: float | None
    restarts: int


@dataclass(frozen=True)
class State:
    """The content of `stack.json`. `ready` turns true once everything was ready; ports are kept for the next start."""

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
        """Made once; mode 600."""
        return self.root / "secrets.json"

    @property
    def logs(self) -> Path:
        """One file per process."""
        return self.root / "logs"

    def read(self) -> State | None:
        """Return what the running, or the last, platform said; None if there never was one."""
        try:
            said = json.loads((self.root / "stack.json").read_text())
        except FileNotFoundError:
            return None
        return State(**{**said, "processes": [Process(**process) for process in said["processes"]]})

    def write(self, state: State) -> None:
        """Say it to others, whole or not at all."""
        write_private(self.root / "stack.json", json.dumps(asdict(state), indent=1))

    @contextlib.contextmanager
    def locked(self) -> Iterator[None]:
        """Hold the folder. Raises AlreadyRunningError. The lock goes with the process, however it ends."""
        self.root.mkdir(parents=True, exist_ok=True)
        with self._lock_file() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise AlreadyRunningError(str(self.root)) from error
            yield

    def running(self) -> State | None:
        """Return what the running platform says; None when none runs."""
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
