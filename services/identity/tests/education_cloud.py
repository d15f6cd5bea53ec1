"""A small OpenID Connect provider on loopback. Tests can change its claims, headers and keys."""

import base64
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from aiohttp import web
from aiohttp.test_utils import TestServer
from joserfc import jwt
from joserfc.jwk import RSAKey

from .builders import forged

CLIENT, SECRET = "zongping", "between-us"


@dataclass
class Cloud:
    """The provider. `claims_changed` changes claims of the next id tokens; `header` and `key` how they are signed."""

    issuer: str = ""
    key: Any = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "cloud-1"}, private=True))
    published: list[Any] = field(default_factory=list)
    claims_changed: dict[str, Any] = field(default_factory=dict)
    header: dict[str, Any] = field(default_factory=dict)
    person_claims: dict[str, Any] = field(default_factory=dict)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def provider(self, **changed: Any) -> dict[str, Any]:
        """Its entry in identity's settings."""
        named = {"id": "jxedu", "title": "江西省教育云", "issuer": self.issuer, "client_id": CLIENT, "client_secret": SECRET}
        return named | changed

    def sign_in(self, address: str) -> tuple[str, str]:
        """Sign in at the address to which the browser was redirected; returns (code, state) for the callback."""
        query = {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}
        assert query["code_challenge_method"] == "S256"
        assert query["response_type"] == "code"
        code = f"code-{len(self.codes)}"
        self.codes[code] = query
        return code, query["state"]

    def id_token(self, query: dict[str, str]) -> str:
        """The id token for a sign-in."""
        now = int(time.time())
        claims = {
            "iss": self.issuer,
            "aud": CLIENT,
            "iat": now,
            "exp": now + 300,
            "nonce": query["nonce"],
            **self.person_claims,
        }
        claims = {name: value for name, value in (claims | self.claims_changed).items() if value is not None}
        header = {"alg": "RS256", "kid": "cloud-1"} | self.header
        if header["alg"] == "none":
            return forged(header, claims, None)
        if header["alg"] == "HS256":
            return forged(header, claims, self.key.as_pem(private=False))
        return jwt.encode(header, claims, self.key, algorithms=[header["alg"]])


@asynccontextmanager
async def a_cloud() -> AsyncIterator[Cloud]:
    """A running provider."""
    cloud = Cloud()

    async def metadata(_: web.Request) -> web.Response:
        endpoints = {
            name: f"{cloud.issuer}/{name.removesuffix('_endpoint').removesuffix('_uri')}"
            for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")
        }
        return web.json_response({"issuer": cloud.issuer, **endpoints})

    async def jwks(_: web.Request) -> web.Response:
        return web.json_response({"keys": [key.as_dict(private=False) for key in cloud.published or [cloud.key]]})

    async def token(request: web.Request) -> web.Response:
        form = await request.post()
        query = cloud.codes.pop(str(form["code"]), None)
        verifier = hashlib.sha256(str(form["code_verifier"]).encode()).digest()
        proved = query and base64.urlsafe_b64encode(verifier).decode().rstrip("=") == query["code_challenge"]
        basic = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        if not query or not proved or request.headers["Authorization"] != f"Basic {basic}":
            return web.json_response({"error": "invalid_grant"}, status=400)
        assert form["redirect_uri"] == query["redirect_uri"]
        return web.json_response({"access_token": "x", "token_type": "Bearer", "id_token": cloud.id_token(query)})

    app = web.Application()
    app.router.add_get("/.well-known/openid-configuration", metadata)
    app.router.add_get("/jwks", jwks)
    app.router.add_post("/token", token)
    async with TestServer(app) as server:
        cloud.issuer = str(server.make_url("")).rstrip("/")
        yield cloud
