"""Headers of one's own making, methods nobody serves, other origins: they open nothing and change nothing."""

import pytest
from stack import plan

from .callers import Callers

STRANGER = "school_administrator@other"
FORGED = {
    "X-Forwarded-User": "operator", "X-Forwarded-Uri": "/healthz", "X-Forwarded-Prefix": "/x", "X-Original-URL": "/healthz",
    "X-Rewrite-URL": "/healthz", "Forwarded": "for=127.0.0.1;host=localhost", "X-Org-Path": "mx", "X-Path": "mx", "X-Role":
    "administrator", "X-User": "operator", "X-Account": "operator", "X-Students": "all", "X-Internal": "1", "X-Scope": "mx",
    "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "PUT", "Host": "localhost", "Cookie": "session=operator",
}  # fmt: skip


async def test_headers_of_ones_own_making_change_nothing(callers: Callers) -> None:
    url = f"/records/records/{callers.region.ids['submitted']}"
    for who in ("student@class", "class_teacher@school", STRANGER, "operator"):
        plain = await callers.ask(who, "GET", url)
        dressed = await callers.ask(who, "GET", url, headers=FORGED)
        assert (dressed.status, dressed.code) == (plain.status, plain.code), who
    assert (await callers.ask("anonymous", "GET", url, headers=FORGED)).status == 401
    mine = await callers.ask("student@own", "GET", url, headers={k: v for k, v in FORGED.items() if k != "Host"})
    assert mine.status == 200
    assert (await callers.ask("student@own", "GET", url)).status == 200, "nothing was deleted by a header"


@pytest.mark.parametrize("sent", ["x" * 5000, "<script>", "a b", "é", "../../etc", '"', "{}", "${jndi:x}"])
async def test_a_request_id_is_taken_over_only_where_it_is_harmless(callers: Callers, sent: str) -> None:
    answer = await callers.ask("student@own", "GET", "/records/records", headers={"X-Request-Id": sent})
    assert answer.status == 200
    assert answer.headers["X-Request-Id"] != sent
    assert len(answer.headers["X-Request-Id"]) <= 64


@pytest.mark.parametrize("service", plan.PATHS)
async def test_other_methods_and_other_origins_are_offered_nothing(callers: Callers, service: str) -> None:
    served: dict[str, set[str]] = {}
    for route in plan.BY_PATH[service].load().api.routes:
        served.setdefault(route.path, set()).add(route.method)
        if route.method == "GET" and route.may.anonymous:
            served[route.path].add("HEAD")
    student = callers.region.ids["student"]

    def is_an_id(path: str, method: str) -> bool:
        """Does the path also fit a route of this method that has a parameter, `/cards/{card_id}` for `/cards/own`?"""
        parts = path.split("/")
        others = [other.split("/") for other, methods in served.items() if method in methods and other != path]
        return any(
            len(other) == len(parts) and all(a == b or b.startswith("{") for a, b in zip(parts, other, strict=True))
            for other in others
        )

    for path, methods in served.items():
        where = f"/{service}" + "/".join(student if part.startswith("{") else part for part in path.split("/"))
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
            answer = await callers.ask("school_administrator@school", method, where, headers=origin)
            found = is_an_id(path, method)
            assert answer.status == (404 if found else 405), (method, path, answer.status)
            if method != "HEAD":  # its answer has no body
                assert answer.code == ("not_found" if found else "method_not_allowed"), (method, path)
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
