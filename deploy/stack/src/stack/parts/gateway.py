"""The gateway (Traefik from a wheel). Its routes are in `stack.routes`."""

from dataclasses import dataclass
from pathlib import Path

import yaml

from stack.files import write_private
from stack.parts.base import Command
from stack.parts.programs import program
from stack.parts.storage import alive
from stack.ports import LOOPBACK
from stack.routes import Json, Targets, routes


@dataclass(frozen=True)
class Gateway:
    """The gateway. `inner` is the port of its ping and metrics, on loopback."""

    data: Path
    port: int
    inner: int
    targets: Targets
    name: str = "gateway"

    @property
    def url(self) -> str:
        """The URL for clients."""
        return f"http://{LOOPBACK}:{self.port}"

    def settings(self) -> Json:
        """The static configuration. Requests may take ten minutes (slow uploads), responses have no limit (live streams)."""
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
        """Write both configuration files."""
        self.data.mkdir(parents=True, exist_ok=True)
        write_private(self.data / "traefik.yaml", yaml.safe_dump(self.settings(), sort_keys=False))
        write_private(self.data / "routes.yaml", yaml.safe_dump(routes(self.targets), sort_keys=False))

    def command(self) -> Command:
        """Traefik; on SIGTERM it finishes running requests."""
        return Command((program("traefik"), f"--configFile={self.data / 'traefik.yaml'}"), grace=15)

    async def probe(self) -> bool:
        """True when it serves requests. The ping alone is not enough: it succeeds before the routes are loaded."""
        return await alive(f"http://{LOOPBACK}:{self.inner}/ping") and await alive(f"{self.url}/docs")
