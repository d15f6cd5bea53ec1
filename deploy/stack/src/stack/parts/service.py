"""One process of a service, or of the docs pages: anything that speaks HTTP and has a health address."""

from dataclasses import dataclass, field

from stack.parts.base import Command
from stack.parts.storage import alive
from stack.ports import LOOPBACK


@dataclass(frozen=True, repr=False)
class Web:
    """`argv` listens on `port`; it is ready when `health` answers 200."""

    name: str
    argv: tuple[str, ...]
    port: int
    env: dict[str, str] = field(default_factory=dict)
    health: str = "/readyz"

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://{LOOPBACK}:{self.port}"

    async def prepare(self) -> None:
        """A service prepares itself."""

    def command(self) -> Command:
        """Its grace is longer than the time a service takes to finish what it began."""
        return Command(self.argv, env=self.env, grace=40)

    async def probe(self) -> bool:
        """True when it says that it is ready."""
        return await alive(f"{self.url}{self.health}")
