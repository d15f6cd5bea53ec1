"""Sends webhooks: the only module that connects to addresses which users enter. The rules are in `domain`.

A name is resolved once, judged, and connected to at the address that was judged. Redirects are not followed, answers
are not read, and the error of a failed delivery does not quote them.
"""

import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from servicekit.refusals import Refusal

from notify.domain.webhooks import need_address, reachable

_AT_ONCE = 32


class PrivateAddressError(OSError):
    """The name leads to an address that nothing may be sent to."""


class PublicResolver(AbstractResolver):
    """Resolves names to public addresses only."""

    def __init__(self, loopback: bool) -> None:
        self._loopback = loopback
        self._resolver = ThreadedResolver()

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        """The addresses of a name; PrivateAddressError where one of them is not public."""
        found = await self._resolver.resolve(host, port, family)
        if not all(reachable(one["host"], self._loopback) for one in found):
            raise PrivateAddressError(host)
        return found

    async def close(self) -> None:
        """Nothing is held."""
        await self._resolver.close()


@dataclass(frozen=True)
class DeliveryResult:
    """How a try ended: the status that came back, or why none did."""

    status: int | None
    error: str | None

    @property
    def ok(self) -> bool:
        """Was it taken?"""
        return self.status is not None and 200 <= self.status < 300


class WebhookClient:
    """An HTTP client for addresses that are not ours."""

    def __init__(self, loopback: bool, seconds: float) -> None:
        self._loopback = loopback
        self._session = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                resolver=PublicResolver(loopback), use_dns_cache=False, limit=_AT_ONCE, force_close=True
            ),
            timeout=aiohttp.ClientTimeout(total=seconds),
            cookie_jar=aiohttp.DummyCookieJar(),
            raise_for_status=False,
            auto_decompress=False,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    async def send(self, url: str, body: bytes, headers: Mapping[str, str]) -> DeliveryResult:
        """POST it once. Never raises for what the other side does."""
        try:
            need_address(url, self._loopback)
            async with self._session.post(url, data=body, headers=headers, allow_redirects=False) as answer:
                if 300 <= answer.status < 400:
                    return DeliveryResult(answer.status, "对方要求转到别处，不予跟随")
                ok = 200 <= answer.status < 300
                return DeliveryResult(answer.status, None if ok else f"对方答复 {answer.status}")
        except Refusal as refused:
            return DeliveryResult(None, refused.detail)
        except TimeoutError:
            return DeliveryResult(None, "对方没有在规定时间内答复")
        except aiohttp.ClientSSLError:
            return DeliveryResult(None, "对方的证书不可信")
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            inside = isinstance(fault, PrivateAddressError) or isinstance(fault.__cause__, PrivateAddressError)
            return DeliveryResult(None, "不能使用内部网络地址" if inside else "无法连接")
