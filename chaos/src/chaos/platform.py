"""The platform of `stack`, with a link of ours before every server, for each service apart, and before the gateway."""

import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

from stack import keyring, plan
from stack.platform import Platform

from chaos.link import Link

VARIABLES = {
    "ZP_DATABASE_URL": "postgres",
    "ZP_DATABASE_OWNER_URL": "postgres",
    "ZP_NATS_URL": "nats",
    "ZP_S3_ENDPOINT": "storage",
}
SERVERS = ("postgres", "nats", "storage")
IMPATIENT = {"ZP_HANDLER_SECONDS": "5", "ZP_DATABASE_SECONDS": "6", "ZP_DATABASE_IDLE_SECONDS": "20"}
"""Times shorter than in production, so that pauses of some seconds are longer than they. The bus delivers an event again
after twice a handler's time."""
CLIENTS = "clients-gateway"


@dataclass
class LinkedPlatform(Platform):
    """Services reach servers through `links` (`records-nats`), clients the gateway through `clients-gateway`."""

    links: dict[str, Link] = field(default_factory=dict)

    async def open_links(self) -> None:
        """Make every link; where it leads is filled in when the server's address is known."""
        names = [CLIENTS, *(f"{service}-{server}" for service in plan.NAMES for server in SERVERS)]
        for name in names:
            link = Link(name)
            await link.open(frozenset(other.port for other in self.links.values()))
            self.links[name] = link
        self.public_url = f"http://127.0.0.1:{self.links[CLIENTS].port}"

    def env(self, service: str) -> dict[str, str]:
        """As the platform's own, with the links' addresses."""
        env = super().env(service)
        for variable, server in VARIABLES.items():
            if variable in env:
                env[variable] = self.links[f"{service}-{server}"].lead(env[variable])
        return env | IMPATIENT

    @property
    def front(self) -> str:
        """Where clients go."""
        assert self.public_url is not None
        return self.public_url

    def of(self, part: str) -> list[Link]:
        """The links that end at a service, at a server, or at the gateway."""
        return [link for name, link in self.links.items() if part in name.split("-", 1)]


@contextlib.asynccontextmanager
async def platform(folder: Path, *, durable: bool = True) -> AsyncIterator[LinkedPlatform]:
    """Start everything, linked; data under `folder`, which stays."""
    whole = LinkedPlatform(folder, keyring.keep(folder / "secrets.json"), durable=durable)
    await whole.open_links()
    try:
        async with whole.running():
            whole.links[CLIENTS].lead(whole.gateway_url)
            yield whole
    finally:
        for link in whole.links.values():
            await link.close()
