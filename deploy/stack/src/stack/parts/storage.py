"""Object storage (SeaweedFS from a wheel): ports, identities, permissions and buckets.

Only the S3 port may be exposed. The ports of master, volume and filer, for HTTP and gRPC, ask for a certificate that only
this server has (`stack.certificates`).
"""

import asyncio
import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import aiohttp

from stack import certificates, plan
from stack.files import write_private
from stack.keyring import S3Key
from stack.parts.base import Command, Image
from stack.parts.programs import program
from stack.ports import LOOPBACK

if TYPE_CHECKING:
    from minio import Minio

IMAGE = "chrislusf/seaweedfs:4.48"
NO_ORIGIN = "http://nobody.invalid"
"""The storage allows no other origin by itself: the gateway allows the platform's own."""
_ACTIONS = {plan.Access.READ: ("Read", "List"), plan.Access.WRITE: ("Read", "List", "Write", "Tagging")}


@dataclass(frozen=True, repr=False)
class S3:
    """An S3 endpoint (URL) with credentials."""

    endpoint: str
    access_key: str
    secret_key: str

    def client(self) -> "Minio":
        """A (blocking) client."""
        from minio import Minio  # imported here because it is slow, and the servers start meanwhile

        scheme, _, host = self.endpoint.partition("://")
        return Minio(host, access_key=self.access_key, secret_key=self.secret_key, secure=scheme == "https", region="us-east-1")


@dataclass(frozen=True, repr=False)
class Storage:
    """A SeaweedFS server. `inner`: seven more free ports on loopback. `durable`: see `command`."""

    data: Path
    port: int
    inner: tuple[int, ...]
    keys: dict[str, S3Key]
    durable: bool = True
    name: str = "storage"

    async def prepare(self) -> None:
        """Write the identities, and make the certificate of the inner ports."""
        (self.data / "volumes").mkdir(parents=True, exist_ok=True)
        await asyncio.to_thread(certificates.ensure, self._certificates)
        write_private(self._identities, json.dumps(identities(self.keys), indent=1))

    def command(self) -> Command:
        """Master, volume, filer and S3 in one process.

        On SIGTERM it closes its volumes within milliseconds, but then waits 15 s for its own clients; so the grace is short.
        """
        master, master_grpc, volume, volume_grpc, filer, filer_grpc, s3_grpc = self.inner
        options = {
            "dir": self.data / "volumes",
            "ip": LOOPBACK,
            "ip.bind": LOOPBACK,
            "master.port": master,
            "master.port.grpc": master_grpc,
            "master.telemetry": "false",
            "master.volumeSizeLimitMB": 256,
            "volume.port": volume,
            "volume.port.grpc": volume_grpc,
            "volume.max": 0,
            "volume.preStopSeconds": 0,
            "filer": "true",
            "filer.port": filer,
            "filer.port.grpc": filer_grpc,
            "filer.localSocket": self.data / "filer.sock",
            "filer.disableDirListing": "true",
            "s3": "true",
            "s3.port": self.port,
            "s3.port.grpc": s3_grpc,
            "s3.port.iceberg": 0,
            "s3.port.lance": 0,
            "s3.localSocket": self.data / "s3.sock",
            "s3.config": self._identities,
            "s3.iam": "false",
            "s3.allowedOrigins": NO_ORIGIN,
            "s3.autoCreateBucket": "false",
        }
        argv = (program("weed"), "-logtostderr", "server", *(f"-{name}={value}" for name, value in options.items()))
        return Command(argv, env=_inner_tls(self._certificates), cwd=self.data, grace=2 if self.durable else 0.3)

    async def image(self) -> Image:
        """The same identities for a container, which exposes the S3 port only."""
        await self.prepare()
        outside = self.data / "container.json"
        write_private(outside, self._identities.read_text())
        outside.chmod(0o644)  # the image drops root before it reads this
        options = (
            "-filer",
            "-s3",
            "-s3.port=8333",
            "-s3.config=/etc/zp.json",
            "-s3.iam=false",
            f"-s3.allowedOrigins={NO_ORIGIN}",
            "-volume.max=0",
        )
        more = ("-master.telemetry=false", "-master.volumeSizeLimitMB=256", "-s3.autoCreateBucket=false")
        command = ("server", "-dir=/data", *options, *more)
        return Image(self.name, IMAGE, 8333, self.port, command, self.probe, files={outside: "/etc/zp.json"})

    async def probe(self) -> bool:
        """True when the S3 port answers."""
        return await alive(f"http://{LOOPBACK}:{self.port}/healthz")

    @property
    def _certificates(self) -> Path:
        return self.data / "certificates"

    @property
    def _identities(self) -> Path:
        return self.data / "identities.json"


def _inner_tls(folder: Path) -> dict[str, str]:
    """SeaweedFS's variables for mutual TLS between its own parts. The S3 port stays as it is."""
    ca, cert, key = (str(folder / name) for name in (certificates.CA, certificates.CERT, certificates.KEY))
    found = {"WEED_GRPC_CA": ca, "WEED_HTTPS_CLIENT_ENABLED": "true", "WEED_HTTPS_CLIENT_CA": ca}
    for group, members in (
        ("GRPC", ("MASTER", "VOLUME", "FILER", "S3", "CLIENT")),
        ("HTTPS", ("MASTER", "VOLUME", "FILER", "CLIENT")),
    ):
        for member in members:
            found |= {f"WEED_{group}_{member}_CERT": cert, f"WEED_{group}_{member}_KEY": key}
            if group == "HTTPS":
                found[f"WEED_{group}_{member}_CA"] = ca
    return found


def identities(keys: dict[str, S3Key]) -> dict[str, list[dict[str, Any]]]:
    """The permissions of each service, in SeaweedFS's format. There is no anonymous access."""
    rights: dict[str, list[str]] = {plan.ADMIN: ["Admin", "Read", "List", "Write", "Tagging"]}
    for service in plan.SERVICES:
        rights[service.name] = [f"{a}:{bucket}" for bucket, kind in service.buckets.items() for a in _ACTIONS[kind]]
    return {
        "identities": [
            {"name": name, "credentials": [{"accessKey": key.access, "secretKey": key.secret}], "actions": rights[name]}
            for name, key in keys.items()
        ]
    }


async def make_buckets(admin: S3) -> None:
    """Create the missing buckets of the plan. Idempotent."""

    def make() -> None:
        client = admin.client()
        present = {bucket.name for bucket in client.list_buckets()}
        for bucket in plan.BUCKETS:
            if bucket not in present:
                client.make_bucket(bucket)

    await asyncio.to_thread(make)


async def alive(url: str) -> bool:
    """True when a GET of `url` answers 200 within two seconds."""
    try:
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=2)) as session, session.get(url) as response:
            return response.status == 200
    except (aiohttp.ClientError, TimeoutError):
        return False
