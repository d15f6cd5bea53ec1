"""The platform of `stack`, with a link (`link.Link`) between each service and each server, and before the gateway."""

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
SHORT_TIMEOUTS = {"ZP_HANDLER_SECONDS": "5", "ZP_DATABASE_SECONDS": "6", "ZP_DATABASE_IDLE_SECONDS": "20"}
"""Timeouts shorter than in production, so that pauses of some seconds exceed them. The bus delivers an event again after
twice the handler's timeout."""
CLIENTS = "clients-gateway"


@dataclass
class LinkedPlatform(Platform):
    """Services reach servers through `links` (`records-nats`), clients the gateway through `clients-gateway`."""

    links: dict[str, Link] = field(default_factory=dict)

    async def open_links(self) -> None:
        """Open every link; `env` sets their targets when the servers' addresses are known."""
        names = [CLIENTS, *(f"{service}-{server}" for service in plan.NAMES for server in SERVERS)]
        for name in names:
            link = Link(name)
            await link.open(frozenset(other.port for other in self.links.values()))
            self.links[name] = link
        self.public_url = f"http://127.0.0.1:{self.links[CLIENTS].port}"

    def env(self, service: str) -> dict[str, str]:
        """The service's environment, with the links' addresses."""
        env = super().env(service)
        for variable, server in VARIABLES.items():
            if variable in env:
                env[variable] = self.links[f"{service}-{server}"].point_to(env[variable])
        return env | SHORT_TIMEOUTS

    @property
    def front(self) -> str:
        """The URL for clients."""
        assert self.public_url is not None
        return self.public_url

    def links_of(self, part: str) -> list[Link]:
        """The links of a service, of a server, or of the gateway."""
        return [link for name, link in self.links.items() if part in name.split("-", 1)]


@contextlib.asynccontextmanager
async def platform(folder: Path, *, durable: bool = True) -> AsyncIterator[LinkedPlatform]:
    """Start everything, with links; the data stay in `folder`."""
    linked = LinkedPlatform(folder, keyring.load_or_create(folder / "secrets.json"), durable=durable)
    await linked.open_links()
    try:
        async with linked.running():
            linked.links[CLIENTS].point_to(linked.gateway_url)
            yield linked
    finally:
        for link in linked.links.values():
            await link.close()
