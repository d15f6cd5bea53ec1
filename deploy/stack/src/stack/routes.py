"""The gateway's routes. Services do not trust headers of the gateway."""

from dataclasses import dataclass, field
from typing import Any

from stack import plan

type Json = dict[str, Any]

BODY_LIMIT = 4 * 1024 * 1024
"""Maximum bytes of a request to a service. Files go to the object storage, which has its own limits."""
_IDENTITY_HEADERS = ("X-Actor", "X-User", "X-Account", "X-Role", "X-Auth-Request-User", "Remote-User")
_HIDDEN = "(healthz|readyz|metrics)"
PROBLEMS = "/gateway/problems"
"""The path at which the docs process answers errors of the gateway itself with problem documents."""
_OWN_REFUSALS = ["413", "502-504"]
_READS = "(Method(`GET`) || Method(`HEAD`) || Method(`OPTIONS`))"


@dataclass(frozen=True)
class Targets:
    """URLs behind the gateway: every instance of each service, the storage's S3 port, and the docs pages."""

    services: dict[str, list[str]] = field(default_factory=dict)
    storage: str | None = None
    docs: str | None = None


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
        "safe": {"headers": {"contentTypeNosniff": True, "referrerPolicy": "no-referrer"}},
    }
    problems = ["problems"] if targets.docs else []
    for name, urls in targets.services.items():
        path = f"/api/{plan.BY_NAME[name].path}"
        services[name] = _load_balancer(urls, "/healthz")
        middlewares[f"strip-{name}"] = {"stripPrefix": {"prefixes": [path]}}
        rule = f"PathPrefix(`{path}/`) && !PathRegexp(`(?i)^{path}/+{_HIDDEN}(/|$)`)"
        before = ["safe", "drop-identity", *problems]
        routers[f"{name}-read"] = _router(name, f"{rule} && {_READS}", [*before, "again", f"strip-{name}"])
        routers[f"{name}-write"] = _router(name, f"{rule} && !{_READS}", [*before, "limit", "again", f"strip-{name}"])
    if "archive" in targets.services:
        rule = f"(Path(`/verify`) || PathPrefix(`/verify/`)) && {_READS}"
        routers["verify"] = _router("archive", rule, ["safe", "drop-identity", "again"])
    if targets.storage:
        services["storage"] = _load_balancer([targets.storage], "/healthz")
        rule = " || ".join(f"Path(`/{bucket}`) || PathPrefix(`/{bucket}/`)" for bucket in plan.BUCKETS)
        routers["storage"] = _router("storage", f"({rule}) && !Method(`DELETE`)", ["safe"])
    if targets.docs:
        services["docs"] = _load_balancer([targets.docs], "/healthz")
        rule = "Path(`/`) || Path(`/docs`) || PathPrefix(`/docs/`)"
        routers["docs"] = _router("docs", f"({rule}) && {_READS}", ["safe"])
        routers["nowhere"] = _router("docs", "PathPrefix(`/`)", ["safe", "nowhere"]) | {"priority": 1}
        middlewares["problems"] = {"errors": {"status": _OWN_REFUSALS, "service": "docs", "query": f"{PROBLEMS}/{{status}}"}}
        middlewares["nowhere"] = {"replacePath": {"path": f"{PROBLEMS}/404"}}
    return {"http": {"routers": routers, "services": services, "middlewares": middlewares}}


def _router(service: str, rule: str, middlewares: list[str]) -> Json:
    return {"entryPoints": ["web"], "rule": rule, "service": service, "middlewares": middlewares}


def _load_balancer(urls: list[str], health: str) -> Json:
    return {
        "loadBalancer": {
            "servers": [{"url": url} for url in urls],
            "healthCheck": {"path": health, "interval": "2s", "unhealthyInterval": "250ms", "timeout": "2s"},
        }
    }
