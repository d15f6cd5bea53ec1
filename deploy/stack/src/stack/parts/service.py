"""A process with an HTTP port and a health endpoint: a service or the docs pages."""

from dataclasses import dataclass, field

from stack.parts.base import Command
from stack.parts.storage import alive
from stack.ports import LOOPBACK


@dataclass(frozen=True, repr=False)
class HttpProcess:
    """`argv` listens on `port`; it is ready when `health` answers 200."""

    name: str
    argv: tuple[str, ...]
    port: int
    env: dict[str, str] = field(default_factory=dict)
    health: str = "/readyz"

    @property
    def url(self) -> str:
        """Its URL."""
        return f"http://{LOOPBACK}:{self.port}"

    async def prepare(self) -> None:
        """Nothing to prepare."""

    def command(self) -> Command:
        """The command. `grace` is longer than a service needs to finish running requests and handlers."""
        return Command(self.argv, env=self.env, grace=40)

    async def probe(self) -> bool:
        """True when the health endpoint answers 200."""
        return await alive(f"{self.url}{self.health}")
