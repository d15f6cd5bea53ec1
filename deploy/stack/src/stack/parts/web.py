"""The static server of the web client (Caddy from a wheel). Its configuration is `deploy/web/Caddyfile`, as in production."""

from dataclasses import dataclass
from pathlib import Path

from stack.files import REPOSITORY
from stack.parts.base import Command
from stack.parts.programs import program
from stack.parts.storage import alive
from stack.ports import LOOPBACK

CADDYFILE = REPOSITORY / "deploy" / "web" / "Caddyfile"
BUILT = REPOSITORY / "web" / "dist"
"""Where `deploy/web/build.sh` puts the built client."""


@dataclass(frozen=True)
class WebServer:
    """Serves the client in the folder `client` on `port`. `data`: a folder for Caddy itself.

    `frame_ancestors`: sites that may show the client in a frame; `storage_origin`: where browsers reach the storage, if that
    is not the gateway.
    """

    data: Path
    port: int
    client: Path
    frame_ancestors: str | None = None
    storage_origin: str | None = None
    name: str = "web"

    @property
    def url(self) -> str:
        """Its URL, for the gateway."""
        return f"http://{LOOPBACK}:{self.port}"

    async def prepare(self) -> None:
        """Make Caddy's folder."""
        self.data.mkdir(parents=True, exist_ok=True)

    def command(self) -> Command:
        """Caddy with the settings that its configuration reads."""
        settings = {
            "ZP_HOST": LOOPBACK,
            "ZP_PORT": str(self.port),
            "ZP_WEB": str(self.client),
            "ZP_FRAME_ANCESTORS": self.frame_ancestors or "'none'",
            "ZP_STORAGE_ORIGIN": self.storage_origin or "",
            "XDG_DATA_HOME": str(self.data),
            "XDG_CONFIG_HOME": str(self.data),
        }
        return Command((program("caddy"), "run", f"--config={CADDYFILE}", "--adapter=caddyfile"), env=settings, grace=15)

    async def probe(self) -> bool:
        """True when it answers and the client is built."""
        return await alive(f"{self.url}/readyz")
