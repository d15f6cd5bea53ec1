"""Typed settings, read once from `ZP_*` variables. No other module reads the environment."""

from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, IPvAnyNetwork, SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict

_LOOPBACK = ("127.0.0.1", "localhost", "::1")


class Settings(BaseSettings):
    """The settings of every service. A service with more subclasses this in its own `settings.py`."""

    model_config = SettingsConfigDict(env_prefix="ZP_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = 0
    """0 takes a free port."""
    database_url: SecretStr
    """The service's own database, as its working role. May name several hosts, `...@one:5432,two:5432/...`: connections
    go to the one that accepts writes."""
    database_owner_url: SecretStr | None = None
    """The same database as the role that owns its tables. Only migrations use it. Without it the service
    starts only if `python -m <package> migrate` was run with it before."""
    database_pool: int = 12
    """Maximum connections per process."""
    database_wait_seconds: float = 3.0
    """A request waits so long for a connection; then it is answered with 503 and `Retry-After`."""
    database_seconds: float = 30.0
    """Maximum time of a statement; a database that is silent for longer counts as lost."""
    database_idle_seconds: float = 120.0
    """The server ends a transaction that is idle for so long, and releases its locks."""
    nats_url: SecretStr
    """The bus, as the service's own user. Several servers of a cluster are separated by commas."""
    public_url: AnyHttpUrl = TypeAdapter(AnyHttpUrl).validate_python("http://127.0.0.1:8080")
    """The gateway, as browsers see it; links and presigned addresses start with it."""
    trusted_hops: tuple[IPvAnyNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    """Networks of the gateways: only their header `X-Real-Ip` is believed. JSON, e.g. `["10.0.3.0/24"]`."""
    token_keys: str
    """JWKS with the public keys that sign tokens."""
    schemes: Path = Path("schemes")
    """The folder of the schemes."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    handler_seconds: float = 20.0
    """Maximum time of an event's handler; shorter than `grace_seconds`."""
    grace_seconds: float = 30.0
    """A stopping process finishes its work within this time; orchestrators wait longer (by `drain_seconds`) before they kill
    it."""
    drain_seconds: float = 5.0
    """After SIGTERM a process goes on serving for so long, but says that it is not ready: longer than gateways need to
    notice. A second SIGTERM ends the wait."""
    outbox_keep_days: int = 30
    """Published events are kept so long for a replay; at least as long as in the streams."""

    @cached_property
    def nats_servers(self) -> list[str]:
        """The addresses of the bus."""
        return [url.strip() for url in self.nats_url.get_secret_value().split(",") if url.strip()]

    @cached_property
    def public_base(self) -> str:
        """The gateway's address without a trailing slash."""
        return str(self.public_url).rstrip("/")

    @cached_property
    def origins(self) -> frozenset[str]:
        """The gateway's origin, as a browser names it in `Origin`; on this machine under all names of it."""
        url = urlsplit(self.public_base)
        names = _LOOPBACK if url.hostname in _LOOPBACK else (url.hostname,)
        port = "" if url.port is None else f":{url.port}"
        return frozenset(f"{url.scheme}://{f'[{name}]' if name and ':' in name else name}{port}" for name in names)

    def caller(self, remote: str | None, real_ip: str | None) -> str:
        """The caller's address: `real_ip` (the header `X-Real-Ip`) if the gateway sent it, else `remote`."""
        try:
            hop = ip_address(remote or "")
            trusted = any(hop in network for network in self.trusted_hops)
            return str(ip_address(real_ip)) if real_ip and trusted else str(hop)
        except ValueError:
            return remote or "-"


class StorageSettings(Settings):
    """The settings of services that use object storage."""

    s3_endpoint: AnyHttpUrl
    """The storage's address inside the cluster."""
    s3_access_key: str
    """The service's own access key."""
    s3_secret_key: SecretStr
    """The secret of the access key."""
    s3_region: str = "us-east-1"
    """The region named in signatures."""

    def endpoint(self, public: bool) -> tuple[str, bool]:
        """Host and port, and whether TLS is used: of the storage, or (`public`) of the gateway in front of it."""
        url = urlsplit(self.public_base if public else str(self.s3_endpoint))
        return url.netloc, url.scheme == "https"
