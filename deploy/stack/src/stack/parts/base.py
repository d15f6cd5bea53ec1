"""The interface of a part. `stack.supervisor` keeps parts running."""

import signal
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol


@dataclass(frozen=True, repr=False)
class Command:
    """A program to run. `user` is (uid, gid) when it must not run as the caller; `grace` is seconds before kill."""

    argv: tuple[str, ...]
    env: dict[str, str] = field(default_factory=dict)
    cwd: Path | None = None
    user: tuple[int, int] | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    grace: float = 20


@dataclass(frozen=True, repr=False)
class Image:
    """A container to run instead. `inside` is the port within it, `port` the one on this machine's loopback."""

    name: str
    image: str
    inside: int
    port: int
    command: tuple[str, ...]
    probe: Callable[[], Awaitable[bool]]
    env: dict[str, str] = field(default_factory=dict)
    files: dict[Path, str] = field(default_factory=dict)


class Part(Protocol):
    """One process of the platform."""

    @property
    def name(self) -> str:
        """Also the name of its log file."""

    async def prepare(self) -> None:
        """Make folders and configuration; safe to repeat."""

    def command(self) -> Command:
        """The program to run."""

    async def probe(self) -> bool:
        """True when it answers."""
