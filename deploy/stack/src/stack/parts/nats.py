"""NATS with JetStream from a wheel: configuration, users and permissions. `stack.provision` creates the streams."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nats
import nats.errors

from stack import plan
from stack.files import write_private
from stack.parts.base import Command, Image
from stack.parts.programs import program
from stack.ports import LOOPBACK

IMAGE = "nats:2.15"

type Json = dict[str, Any]


@dataclass(frozen=True, repr=False)
class Nats:
    """A NATS server. `durable=False` does not sync every write to disk; for tests only."""

    data: Path
    port: int
    passwords: dict[str, str]
    durable: bool = True
    name: str = "nats"

    async def prepare(self) -> None:
        """Write the configuration."""
        self.data.mkdir(parents=True, exist_ok=True)
        text = json.dumps(config(self.passwords, self.port, self.data / "jetstream", durable=self.durable), indent=1)
        write_private(self._config, text)

    def command(self) -> Command:
        """The server."""
        return Command((program("nats-server"), "-c", str(self._config)))

    async def image(self) -> Image:
        """The same configuration for a container."""
        self.data.mkdir(parents=True, exist_ok=True)
        outside = self.data / "container.conf"
        inside = config(self.passwords, 4222, Path("/data"), durable=self.durable, host="0.0.0.0")  # noqa: S104
        write_private(outside, json.dumps(inside))
        return Image(self.name, IMAGE, 4222, self.port, ("-c", "/etc/zp.conf"), self.probe, files={outside: "/etc/zp.conf"})

    async def probe(self) -> bool:
        """True when the admin can connect and JetStream answers."""
        return await answers(f"nats://{plan.ADMIN}:{self.passwords[plan.ADMIN]}@{LOOPBACK}:{self.port}")

    @property
    def _config(self) -> Path:
        return self.data / "nats.conf"


def config(passwords: dict[str, str], port: int, store: Path, *, durable: bool, host: str = LOOPBACK) -> Json:
    """The server's configuration; its format is a superset of JSON."""
    services = [name for name in passwords if name != plan.ADMIN]
    return {
        "server_name": "zongping",
        "listen": f"{host}:{port}",
        "max_payload": 1024 * 1024,
        "ping_interval": "5s",  # 2 min by default; events sent to a dead client are redelivered only after that
        "ping_max": 2,
        "jetstream": {"store_dir": str(store), "sync_interval": "always" if durable else "2m"},
        "authorization": {
            "users": [
                {"user": plan.ADMIN, "password": passwords[plan.ADMIN]},
                *({"user": n, "password": passwords[n], "permissions": permissions(n)} for n in services),
            ]
        },
    }


def permissions(service: str) -> Json:
    """The permissions of a service: publish its own events, and read any stream with one consumer that has its name."""
    return {
        "publish": {
            "allow": [
                f"{service}.>",
                "$JS.API.INFO",
                "$JS.API.STREAM.NAMES",
                "$JS.API.STREAM.INFO.>",
                f"$JS.API.CONSUMER.*.*.{service}",
                f"$JS.API.CONSUMER.*.*.{service}.>",
                f"$JS.API.CONSUMER.MSG.NEXT.*.{service}",
                f"$JS.API.CONSUMER.DURABLE.CREATE.*.{service}",
                f"$JS.ACK.*.{service}.>",
                f"$JS.ACK._.*.*.{service}.>",
            ]
        },
        "subscribe": {"allow": [f"_INBOX.{service}.>"]},
    }


async def answers(url: str) -> bool:
    """True when JetStream answers at `url`."""
    try:
        client = await nats.connect(
            url,
            connect_timeout=2,
            allow_reconnect=False,
            max_reconnect_attempts=1,  # by default a refused connection is retried for two minutes
            reconnect_time_wait=0.05,
            error_cb=_quiet,
        )
    except (OSError, nats.errors.Error, TimeoutError):
        return False
    try:
        await client.jetstream().account_info()
    except (nats.errors.Error, TimeoutError):
        return False
    finally:
        await client.close()
    return True


async def _quiet(_: Exception) -> None:
    """Do not log refused connections."""
