"""The gateway's routes. Services do not trust headers of the gateway."""

from dataclasses import dataclass, field
from typing import Any

from stack import plan

type Json = dict[str, Any]

BODY_LIMIT = 4 * 1024 * 1024
"""Maximum bytes of a request to a service. Files go to the object storage, which has its own limits."""
_IDENTITY_HEADERS = ("X-Actor", "X-User", "X-Account", "X-Role", "X-Auth-Request-User", "Remote-User")
_HIDDEN = "(healthz|readyz|metrics|ping)"
PROBLEMS = "/gateway/problems"
"""The path at which the docs process answers errors of the gateway itself with problem documents."""
_OWN_REFUSALS = ["413", "502-504"]


@dataclass(frozen=True)
class SourceLimit:
    """Requests of one source address: `average` a second, and `burst` at once after a pause.

    Traefik forgets a source after two seconds without a request: who sends in bursts gets `burst` requests each time.
    """

    average: int
    burst: int


SIGN_IN_LIMIT = SourceLimit(average=20, burst=2000)
"""Requests that cost much: passwords, codes, tickets. A school has one address: 2,000 pupils may sign in at once when lessons
begin, and 1,200 a minute after that. Guesses of one account are limited by identity, wherever they come from."""
ANONYMOUS_LIMIT = SourceLimit(average=100, burst=3000)
"""Other requests without a token: captchas, new access tokens, verification of archives."""
DOWNLOAD_LIMIT = SourceLimit(average=50, burst=1000)
"""One-time addresses. Guesses find nothing (a token has a key of 256 bits), but each costs a decryption; a school behind one
address fetches some slips, archives and templates."""
_SIGN_IN = (
    "Method(`POST`) && (Path(`{0}/sessions`) || Path(`{0}/sessions/ticket`) || Path(`{0}/sessions/qr`) || "
    "Path(`{0}/registrations`) || PathPrefix(`{0}/password-resets`))"
)
_ANONYMOUS = {
    "identity": "Path(`{0}/captchas`) || Path(`{0}/sessions/refresh`) || (Method(`DELETE`) && Path(`{0}/sessions`)) || "
    "PathRegexp(`^{0}/(sso|sso-refusals|qr-sign-ins|[.]well-known)(/|$)`)",
    "archive": "PathPrefix(`{0}/verification`) || PathPrefix(`{0}/roots`) || Path(`{0}/keys`)",
}
"""By service: the routes that may be called without a token (`may=ANYONE`), after `/api/<path>`."""
_READS = "(Method(`GET`) || Method(`HEAD`) || Method(`OPTIONS`))"


@dataclass(frozen=True)
class Targets:
    """URLs behind the gateway: every instance of each service, the storage's S3 port, the docs pages, and the web client.

    `origin`: the platform's address as browsers see it; scripts of no other origin may use the storage.
    """

    services: dict[str, list[str]] = field(default_factory=dict)
    storage: str | None = None
    docs: str | None = None
    web: str | None = None
    origin: str | None = None


def routes(targets: Targets) -> Json:
    """Traefik's routers, services and middlewares.

    Each service has two routers: reading requests pass directly (live streams), writing requests go through the size limit,
    which buffers the whole request. Paths for operators (health, metrics) are not routed.
    """
    routers: Json = {}
    services: Json = {}
    middlewares: Json = {
        "drop-identity": {"headers": {"customRequestHeaders": dict.fromkeys(_IDENTITY_HEADERS, "")}},
        "limit": {"buffering": {"maxRequestBodyBytes": BODY_LIMIT, "memRequestBodyBytes": 1024 * 1024}},
        "again": {"retry": {"attempts": 3, "initialInterval": "100ms"}},
        # A scheme has 100 KB, a list of a class 50; on a slow network that is what people wait for. Nothing else is packed:
        # files are already, and the live stream would be held back. Reading requests only: no answer with a token among them.
        "packed": {"compress": {"encodings": ["gzip"], "includedContentTypes": ["application/json"]}},
        "safe": {"headers": {"contentTypeNosniff": True, "referrerPolicy": "no-referrer"}},
        "sign-in-limit": _limit(SIGN_IN_LIMIT),
        "anonymous-limit": _limit(ANONYMOUS_LIMIT),
        "download-limit": _limit(DOWNLOAD_LIMIT),
        # The date of a case's file would tell when somebody filed it.
        "undated": {"headers": {"customResponseHeaders": {"Last-Modified": ""}}},
        "own-origin": {
            "headers": {
                "accessControlAllowOriginList": [targets.origin] if targets.origin else [],
                "accessControlAllowMethods": ["GET", "HEAD", "POST"],
                "accessControlAllowHeaders": ["Content-Type", "Range"],
                "accessControlMaxAge": 600,
                "addVaryHeader": True,
            }
        },
    }
    problems = ["problems"] if targets.docs else []
    for name, urls in targets.services.items():
        path = f"/api/{plan.BY_NAME[name].path}"
        services[name] = _load_balancer(urls, "/readyz")
        middlewares[f"strip-{name}"] = {"stripPrefix": {"prefixes": [path]}}
        rule = f"PathPrefix(`{path}/`) && !PathRegexp(`(?i)^{path}/+{_HIDDEN}(/|$)`)"
        before = ["safe", "drop-identity", *problems]
        routers[f"{name}-read"] = _router(name, f"{rule} && {_READS}", ["packed", *before, "again", f"strip-{name}"])
        routers[f"{name}-write"] = _router(name, f"{rule} && !{_READS}", [*before, "limit", "again", f"strip-{name}"])
        for limit, pattern in _limited(name):
            refused = ["too-many"] if targets.docs else []
            chain = [*before, *refused, limit, "limit", "again", f"strip-{name}"]
            routers[f"{name}-{limit}"] = _router(name, f"{rule} && ({pattern.format(path)})", chain) | {"priority": 1000}
        # Not through "limit", which would write a whole download to the disk before it sends the first byte.
        chain = [*before, *(["too-many"] if targets.docs else []), "download-limit", "again", f"strip-{name}"]
        downloads = _router(name, f"{rule} && {_READS} && (PathPrefix(`{path}/downloads/`))", chain)
        routers[f"{name}-download"] = downloads | {"priority": 1000}
    if "archive" in targets.services:
        rule = f"(Path(`/verify`) || PathPrefix(`/verify/`)) && {_READS}"
        refused = ["too-many"] if targets.docs else []
        routers["verify"] = _router("archive", rule, ["safe", "drop-identity", *refused, "anonymous-limit", "again"])
    if targets.storage:
        services["storage"] = _load_balancer([targets.storage], "/healthz")
        rule = " || ".join(f"Path(`/{bucket}`) || PathPrefix(`/{bucket}/`)" for bucket in plan.BUCKETS)
        routers["storage"] = _router("storage", f"({rule}) && !Method(`DELETE`)", ["safe", "own-origin", "undated"])
    if targets.docs:
        services["docs"] = _load_balancer([targets.docs], "/healthz")
        routers["docs"] = _router("docs", f"(Path(`/docs`) || PathPrefix(`/docs/`)) && {_READS}", ["safe"])
        routers["nowhere"] = _router("docs", "PathPrefix(`/`)", ["safe", "nowhere"]) | {"priority": 1}
        middlewares["problems"] = {"errors": {"status": _OWN_REFUSALS, "service": "docs", "query": f"{PROBLEMS}/{{status}}"}}
        middlewares["too-many"] = {"errors": {"status": ["429"], "service": "docs", "query": f"{PROBLEMS}/{{status}}"}}
        middlewares["nowhere"] = {"replacePath": {"path": f"{PROBLEMS}/404"}}
    if targets.web:
        services["web"] = _load_balancer([targets.web], "/readyz")
        # What no other route takes, except the paths for operators. The web server sends headers of its own.
        rule = f"PathPrefix(`/`) && !PathPrefix(`/api`) && !PathRegexp(`(?i)^/+{_HIDDEN}(/|$)`) && {_READS}"
        routers["web"] = _router("web", rule, [*problems, "again"]) | {"priority": 2}
    return {"http": {"routers": routers, "services": services, "middlewares": middlewares}}


def _limited(service: str) -> list[tuple[str, str]]:
    """The limit and the rule of each group of a service's routes that are open to anybody."""
    sign_in = [("sign-in-limit", _SIGN_IN)] if service == "identity" else []
    return [*sign_in, *([("anonymous-limit", _ANONYMOUS[service])] if service in _ANONYMOUS else [])]


def _limit(limit: SourceLimit) -> Json:
    """Traefik's limiter by source address; of an IPv6 address the network of 64 bits counts."""
    by_address = {"ipStrategy": {"ipv6Subnet": 64}}
    return {"rateLimit": {"average": limit.average, "burst": limit.burst, "period": "1s", "sourceCriterion": by_address}}


def _router(service: str, rule: str, middlewares: list[str]) -> Json:
    return {"entryPoints": ["web"], "rule": rule, "service": service, "middlewares": middlewares}


def _load_balancer(urls: list[str], health: str) -> Json:
    """A load balancer that asks each process every two seconds: a stopping one must serve for longer than that."""
    return {
        "loadBalancer": {
            "servers": [{"url": url} for url in urls],
            "healthCheck": {"path": health, "interval": "2s", "unhealthyInterval": "250ms", "timeout": "2s"},
        }
    }
