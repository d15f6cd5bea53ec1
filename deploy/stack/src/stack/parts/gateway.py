"""The gateway (Traefik from its wheel): starts it. Which address leads where: `stack.routes`."""

from dataclasses import dataclass
from pathlib import Path

import aiohttp
import yaml

from stack.files import write_private
from stack.parts.base import Command
from stack.parts.programs import program
from stack.parts.storage import alive
from stack.ports import LOOPBACK
from stack.routes import Json, Targets, routes


@dataclass(frozen=True)
class Gateway:
    """One address for everything. `inner` is the port of its own ping and metrics, for this machine only."""

    data: Path
    port: int
    inner: int
    targets: Targets
    name: str = "gateway"

    @property
    def url(self) -> str:
        """What clients put before every path."""
        return f"http://{LOOPBACK}:{self.port}"

    def settings(self) -> Json:
        """What Traefik reads once. Reading a slow upload may take ten minutes; writing (a live stream) is not timed."""
        return {
            "global": {"checkNewVersion": False, "sendAnonymousUsage": False},
            "log": {"level": "INFO", "format": "json", "noColor": True},
            "entryPoints": {
                "web": {
                    "address": f"{LOOPBACK}:{self.port}",
                    "transport": {"respondingTimeouts": {"readTimeout": "600s", "idleTimeout": "180s"}},
                    "http": {
                        "maxHeaderBytes": 65536,
                        "encodedCharacters": {
                            "allowEncodedSlash": False,
                            "allowEncodedBackSlash": False,
                            "allowEncodedNullCharacter": False,
                            "allowEncodedSemicolon": False,
                        },
                    },
                },
                "traefik": {"address": f"{LOOPBACK}:{self.inner}"},
            },
            "ping": {},
            "metrics": {"prometheus": {"entryPoint": "traefik"}},
            "providers": {"file": {"filename": str(self.data / "routes.yaml"), "watch": True}},
        }

    async def prepare(self) -> None:
        """Write both files."""
        self.data.mkdir(parents=True, exist_ok=True)
        write_private(self.data / "traefik.yaml", yaml.safe_dump(self.settings(), sort_keys=False))
        write_private(self.data / "routes.yaml", yaml.safe_dump(routes(self.targets), sort_keys=False))

    def command(self) -> Command:
        """Traefik; SIGTERM lets running requests end first."""
        return Command((program("traefik"), f"--configFile={self.data / 'traefik.yaml'}"), grace=15)

    async def probe(self) -> bool:
        """True when it takes requests and knows where they go: it answers its ping before it has read the routes."""
        return await alive(f"http://{LOOPBACK}:{self.inner}/ping") and await self._routed()

    async def _routed(self) -> bool:
        timeout = aiohttp.ClientTimeout(total=2)
        try:
            async with aiohttp.ClientSession(timeout=timeout) as session, session.get(f"{self.url}/docs") as answer:
                return answer.status == 200
        except (aiohttp.ClientError, TimeoutError):
            return False
