"""Typed settings, read once from `ZP_*` variables. The only place that looks at the environment."""

from functools import cached_property
from ipaddress import ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from pydantic import AnyHttpUrl, IPvAnyNetwork, SecretStr, TypeAdapter
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What every service needs. A service with more settings subclasses this in its own `settings.py`."""

    model_config = SettingsConfigDict(env_prefix="ZP_", frozen=True, extra="ignore")

    host: str = "127.0.0.1"
    """The address to listen on."""
    port: int = 0
    """0 takes a free port."""
    database_url: SecretStr
    """The service's own database, as the role it works as."""
    database_owner_url: SecretStr | None = None
    """The same database as the role that owns its tables. Only migrations use it; without it the service starts only
    where `python -m <package> migrate` has been run (with it) before."""
    database_pool: int = 12
    """Connections at most, per process."""
    database_seconds: float = 30.0
    """A statement may take this long; a database that is silent for longer counts as lost."""
    database_idle_seconds: float = 120.0
    """The server ends a transaction in which nothing was asked for so long, and frees what it locked."""
    nats_url: SecretStr
    """The bus, as the service's own user."""
    public_url: AnyHttpUrl = TypeAdapter(AnyHttpUrl).validate_python("http://127.0.0.1:8080")
    """The gateway, as browsers see it; links and presigned addresses start with it."""
    trusted_hops: tuple[IPvAnyNetwork, ...] = (ip_network("127.0.0.0/8"), ip_network("::1/128"))
    """Where gateways call from: only they may say (`X-Real-Ip`) whose request it is. JSON, e.g. `["10.0.3.0/24"]`."""
    token_keys: str
    """JWKS with the public keys that sign tokens."""
    schemes: Path = Path("schemes")
    """The folder of the schemes."""
    log_level: str = "INFO"
    """DEBUG, INFO, WARNING or ERROR."""
    handler_seconds: float = 20.0
    """An event's handler may take this long; it is shorter than `grace_seconds`."""
    grace_seconds: float = 30.0
    """A stopping process finishes what it began within this time; orchestrators wait longer before they kill."""
    outbox_keep_days: int = 30
    """Published events stay so long for a replay; never shorter than the streams keep theirs."""

    @cached_property
    def public_base(self) -> str:
        """The gateway's address without a trailing slash."""
        return str(self.public_url).rstrip("/")

    def caller(self, remote: str | None, said: str | None) -> str:
        """The caller's address: what the gateway says it is, where the gateway is who calls; else who calls."""
        try:
            hop = ip_address(remote or "")
            trusted = any(hop in network for network in self.trusted_hops)
            return str(ip_address(said)) if said and trusted else str(hop)
        except ValueError:
            return remote or "-"


class StorageSettings(Settings):
    """For services that own or read a bucket."""

    s3_endpoint: AnyHttpUrl
    """The storage, as the service reaches it."""
    s3_access_key: str
    """The service's own access key."""
    s3_secret_key: SecretStr
    """Its secret."""
    s3_region: str = "us-east-1"
    """The region named in signatures."""

    def endpoint(self, public: bool) -> tuple[str, bool]:
        """Host and port, and whether TLS is spoken: of the storage itself, or of the gateway in front of it."""
        url = urlsplit(self.public_base if public else str(self.s3_endpoint))
        return url.netloc, url.scheme == "https"


def read[S: Settings](kind: type[S], **given: Any) -> S:
    """Read a service's settings; what is missing is named, and values are never shown."""
    return kind(**given)
