"""Tickets: what a one-time address downloads, for whom, and until when.

The token in the address is the encrypted ticket. Nothing is stored when it is issued; when it is used, its hash is. So the
rows of a service that hides who complained tell nothing about who asked for a file (X-08).
"""

import base64
import hashlib
import hmac
import os
import zlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_network
from typing import Any, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from pydantic import BaseModel

from servicekit.auth import Bearer
from servicekit.db import Database
from servicekit.files.storage import Storage, StoredObject
from servicekit.http.api import Handler, Request
from servicekit.ids import utc_now
from servicekit.refusals import Refusal
from servicekit.settings import Settings

SECONDS = 60
"""How long an address may be used for the first time, and repeated."""
REPEAT_SECONDS = 20
"""How long after its first use an address answers the same client again. The browser engine of a WebView fetches what it is
sent to, and on seeing a download gives the address to the system's download manager, which fetches it once more."""
MOST_REQUESTS = 4
"""Answers of one address: browser engine, download manager, and its attempts to go on after an interruption."""
_ABOUT = b"download"


class DownloadView(BaseModel):
    """Where the file can be fetched once, without a token, until `expires_at`; `name` is what it will be called."""

    url: str
    name: str
    expires_at: datetime


class Ticket(BaseModel):
    """What is downloaded: an object of the storage, the answer of a route, or what is held for this download."""

    bearer: Bearer
    until: datetime
    name: str
    media_type: str
    stored: StoredObject | None = None
    route: str | None = None
    arguments: dict[str, str] = {}


@dataclass(frozen=True)
class Downloads:
    """Issues and checks the one-time addresses of a service. All its processes have the same key."""

    db: Database
    address: str
    key: bytes
    storage: Storage | None = None

    @classmethod
    def of(cls, settings: Settings, db: Database, service: str, secret: str, storage: Storage | None = None) -> Self:
        """`service`: its part of `/api/<service>/`; `secret`: one that the service has already, and nobody else."""
        key = hmac.digest(secret.encode(), b"zongping downloads", "sha256")
        return cls(db, f"{settings.public_base}/api/{service}/downloads", key, storage)

    def of_object(self, request: Request, stored: StoredObject) -> DownloadView:
        """A one-time address of an object that the caller may have."""
        return self._issue(request, stored.name, stored.media_type, stored=stored)[0]

    def of_route(self, request: Request, name: str, media_type: str, handler: Handler, **arguments: Any) -> DownloadView:
        """A one-time address of what a route (`download_api` names it) answers to the caller: made when it is fetched."""
        given = {key: str(value) for key, value in arguments.items() if value is not None}
        return self._issue(request, name, media_type, route=handler.__name__, arguments=given)[0]

    async def of_bytes(self, request: Request, name: str, media_type: str, data: bytes) -> DownloadView:
        """A one-time address of bytes that exist only now. Until then they are held, readable with the token only."""
        view, token = self._issue(request, name, media_type)
        async with self.db.reading() as tx:
            await tx.execute(
                "INSERT INTO held_downloads (token_hash, sealed, expires_at) VALUES ($1, $2, $3)",
                _hash(token), AESGCM(_own_key(token)).encrypt(bytes(12), data, _ABOUT), view.expires_at,
            )  # fmt: skip
        return view

    async def held(self, token: str) -> bytes:
        """The bytes that are held for a token."""
        async with self.db.reading() as tx:
            sealed: bytes | None = await tx.fetchval("SELECT sealed FROM held_downloads WHERE token_hash = $1", _hash(token))
        if sealed is None:
            raise Refusal("download_ended")
        return AESGCM(_own_key(token)).decrypt(bytes(12), sealed, _ABOUT)

    def _issue(self, request: Request, name: str, media_type: str, **more: Any) -> tuple[DownloadView, str]:
        assert request.bearer is not None
        until = utc_now() + timedelta(seconds=SECONDS)
        ticket = Ticket(bearer=request.bearer, until=until, name=name, media_type=media_type, **more)
        packed = zlib.compress(ticket.model_dump_json(exclude_defaults=True).encode())
        nonce = os.urandom(12)
        token = base64.urlsafe_b64encode(nonce + AESGCM(self.key).encrypt(nonce, packed, _ABOUT)).decode().rstrip("=")
        return DownloadView(url=f"{self.address}/{token}", name=name, expires_at=until), token

    def opened(self, token: str) -> Ticket:
        """The ticket in a token. `not_found` if it is none of ours, `download_ended` if it is over."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
            packed = AESGCM(self.key).decrypt(raw[:12], raw[12:], _ABOUT)
            ticket = Ticket.model_validate_json(zlib.decompress(packed))  # ours: the key says so
        except (ValueError, InvalidTag):
            raise Refusal("not_found", detail="没有这个下载地址") from None
        if ticket.until <= utc_now():
            raise Refusal("download_ended")
        return ticket

    async def use(self, token: str, ticket: Ticket, source: str) -> None:
        """Use the token up. It may be repeated for some seconds, some times, from the address that was first."""
        sender = hmac.digest(_own_key(token), _network(source).encode(), "sha256")
        async with self.db.reading() as tx:
            used = await tx.fetchval(
                "INSERT INTO used_downloads AS u (token_hash, source, repeat_until, expires_at) "
                "VALUES ($1, $2, now() + make_interval(secs => $3), $4) ON CONFLICT (token_hash) DO UPDATE "
                "SET requests = u.requests + 1 WHERE u.source = $2 AND u.repeat_until > now() AND u.requests < $5 "
                "RETURNING requests",
                _hash(token), sender, float(REPEAT_SECONDS), ticket.until + timedelta(seconds=REPEAT_SECONDS), MOST_REQUESTS,
            )  # fmt: skip
        if used is None:
            raise Refusal("download_ended")


async def sweep(db: Database) -> None:
    """Delete what is over."""
    async with db.reading() as tx:
        await tx.execute("DELETE FROM used_downloads WHERE expires_at < now()")
        await tx.execute("DELETE FROM held_downloads WHERE expires_at < now()")


def _hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _network(source: str) -> str:
    """An IPv4 address; of an IPv6 address the network: a phone changes the rest as it likes."""
    try:
        return str(ip_network(f"{source}/64", strict=False)) if ":" in source else source
    except ValueError:
        return source


def _own_key(token: str) -> bytes:
    """A key that is known only to whoever has the token."""
    return hmac.digest(token.encode(), b"own key", "sha256")
