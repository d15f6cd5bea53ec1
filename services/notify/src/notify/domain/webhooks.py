"""Webhooks: what is sent, to which addresses, how it is signed, and when it is sent again.

Signed as Standard Webhooks say: HMAC-SHA256 over `id.timestamp.body`, headers `webhook-id`, `-timestamp`, `-signature`.
What goes out holds ids and places, never a name, a text or an account: who may read more asks the API.
"""

import base64
import hashlib
import hmac
import ipaddress
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

from contracts.base import Event
from pydantic_core import to_json
from servicekit.refusals import Refusal, declare

declare("webhook_address", 422, "回调地址不可用")

SECRET_BYTES = 32
PREFIX = "whsec_"
PAUSES = tuple(
    timedelta(seconds=seconds) for seconds in (5, 60, 300, 1800, 7200, 5 * 3600, 10 * 3600, 14 * 3600, 20 * 3600, 24 * 3600)
)
"""After the first, second ... failed try; after the last of them it is given up."""
ROTATION = timedelta(hours=24)
"""So long an old secret signs beside the new one."""
PING = "webhook.ping"

_SCHOOL = ("path", "term_id", "entries", "in_dispute", "version", "root", "archives")
_PUPIL = ("path", "term_id", "student_id", "record_id", "entry_id", "kind", "version", "archive_id", "position_id")
_CASE = (*_PUPIL, "case_id", "case_type", "stage", "outcome")
TYPES: dict[str, tuple[str, tuple[str, ...]]] = {
    "publicity.term.opened": ("公示开始", _SCHOOL),
    "publicity.term.closed": ("公示结束", _SCHOOL),
    "archive.term.sealed": ("学期档案已生成", _SCHOOL),
    "records.record.submitted": ("记录已上报", _PUPIL),
    "records.record.returned": ("记录被退回", _PUPIL),
    "records.record.approved": ("记录审核通过", _PUPIL),
    "records.record.voided": ("记录作废", _PUPIL),
    "records.misconduct.released": ("不良记录解除", _PUPIL),
    "records.position.approved": ("职务通过", _PUPIL),
    "publicity.entry.voided": ("公示条目作废", _CASE),
    "publicity.entry.restored": ("公示条目恢复", _CASE),
    "publicity.case.opened": ("公示异常提出", _CASE),
    "publicity.case.moved": ("公示异常流转", _CASE),
    "publicity.case.lapsed": ("公示异常逾期", _CASE),
    "publicity.case.closed": ("公示异常办结", _CASE),
    "archive.career.sealed": ("生涯档案已生成", _PUPIL),
}
"""What can be subscribed to: its title, and the fields that are sent."""
OF_SCHOOLS = frozenset(name for name, (_, fields) in TYPES.items() if fields is _SCHOOL)
"""What names no pupil: all that operators may subscribe to."""


@dataclass(frozen=True)
class Webhook:
    """A subscription: what happens at `path` or below, of these types, is sent to `url`."""

    id: UUID
    path: str
    title: str
    url: str
    types: tuple[str, ...]
    active: bool
    failures: int
    """Tries that failed since the last that did not."""
    disabled_reason: str | None
    made_by: UUID
    secret: str
    """Sealed."""
    old_secret: str | None
    old_until: datetime | None
    made_at: datetime
    version: int


def public_event(event: Event) -> tuple[str, str, bytes, datetime | None] | None:
    """Type, org_path, `data` object and time of what is sent for an event; None: nothing is sent."""
    name = event.subject.rpartition(".")[0]
    if name not in TYPES:
        return None
    held: dict[str, Any] = dict(event)
    if (record := held.pop("record", None)) is not None:
        held = {**dict(record), **held}
    data = {field: held[field] for field in TYPES[name][1] if held.get(field) is not None}
    return name, str(held["path"]), to_json(data), held.get("at")


def body_of(name: str, at: datetime, data: bytes) -> bytes:
    """The payload, as it is signed and sent."""
    return b'{"type":' + to_json(name) + b',"timestamp":' + to_json(at) + b',"data":' + data + b"}"


def new_secret() -> str:
    """A fresh signing secret, as it is shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(SECRET_BYTES)).decode()


def signature(all_secrets: Iterable[str], message_id: str, at: int, body: bytes) -> str:
    """One `v1` signature for each secret, so that a receiver may change over in its own time."""
    content = f"{message_id}.{at}.".encode() + body
    keys = (base64.b64decode(secret.removeprefix(PREFIX)) for secret in all_secrets)
    return " ".join("v1," + base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode() for key in keys)


def next_attempt(attempts: int, now: datetime) -> datetime | None:
    """When to try again after so many failed attempts; None: never."""
    return now + PAUSES[attempts - 1] if attempts <= len(PAUSES) else None


def need_types(types: Iterable[str], role: str) -> None:
    """Refuse what cannot be subscribed to by this role."""
    known = OF_SCHOOLS if role == "operator" else frozenset(TYPES)
    if wrong := sorted(set(types) - known):
        raise Refusal("invalid_input", errors=[{"field": "types", "message": f"不能订阅：{'、'.join(wrong)}"}])


def need_address(url: str, loopback: bool) -> None:
    """Refuse an address that nobody may be sent to: not https, with a password, or inside. Names are looked at again, as
    addresses, whenever something is sent. `loopback`: this machine itself may be named, also without TLS (tests)."""
    try:
        parts = urlsplit(url)
        host, _ = parts.hostname, parts.port
    except ValueError:
        raise Refusal("webhook_address", field="url", detail="地址格式不正确") from None
    if not host or not url.isascii() or any(sign.isspace() for sign in url):
        raise Refusal("webhook_address", field="url", detail="地址格式不正确")
    if parts.username is not None or parts.password is not None or parts.fragment:
        raise Refusal("webhook_address", field="url", detail="地址中不能带用户名、密码或片段")
    literal = _address(host)
    inside = host == "localhost" or host.endswith((".localhost", ".local", ".internal"))
    at_home = literal.is_loopback if literal is not None else host == "localhost"
    if loopback and at_home and parts.scheme in ("http", "https"):
        return
    if parts.scheme != "https":
        raise Refusal("webhook_address", field="url", detail="只接受 https 地址")
    if inside or (literal is not None and not reachable(str(literal), loopback=False)):
        raise Refusal("webhook_address", field="url", detail="不能使用内部网络地址")


def reachable(address: str, loopback: bool) -> bool:
    """May something be sent to this IP address? Only to public ones; addresses that carry another are judged by it."""
    found = _address(address.partition("%")[0])
    if found is None:
        return False
    if isinstance(found, ipaddress.IPv6Address):
        carried = found.ipv4_mapped or found.sixtofour or (found.teredo[1] if found.teredo else None)
        if found in ipaddress.IPv6Network("64:ff9b::/96") or found in ipaddress.IPv6Network("::/96"):
            carried = ipaddress.IPv4Address(int(found) & 0xFFFFFFFF) if not found.is_loopback else None
        if carried is not None:
            return reachable(str(carried), loopback)
    if found.is_loopback:
        return loopback
    return found.is_global and not (found.is_multicast or found.is_reserved or found.is_unspecified)


def _address(host: str) -> ipaddress.IPv4Address | ipaddress.IPv6Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None
