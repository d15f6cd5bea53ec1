"""Headers of one's own making, methods nobody serves, other origins: they open nothing and change nothing."""

import pytest
from stack import plan

from .asking import Asker

STRANGER = "school_administrator@other"
FORGED = {
    "X-Forwarded-User": "operator", "X-Forwarded-Uri": "/healthz", "X-Forwarded-Prefix": "/x", "X-Original-URL": "/healthz",
    "X-Rewrite-URL": "/healthz", "Forwarded": "for=127.0.0.1;host=localhost", "X-Org-Path": "mx", "X-Path": "mx", "X-Role":
    "administrator", "X-User": "operator", "X-Account": "operator", "X-Students": "all", "X-Internal": "1", "X-Scope": "mx",
    "X-HTTP-Method-Override": "DELETE", "X-Method-Override": "PUT", "Host": "localhost", "Cookie": "session=operator",
}  # fmt: skip


async def test_headers_of_ones_own_making_change_nothing(asker: Asker) -> None:
    way = f"/records/records/{asker.town.things['submitted']}"
    for who in ("student@class", "class_teacher@school", STRANGER, "operator"):
        plain = await asker.ask(who, "GET", way)
        dressed = await asker.ask(who, "GET", way, headers=FORGED)
        assert (dressed.status, dressed.code) == (plain.status, plain.code), who
    assert (await asker.ask("anonymous", "GET", way, headers=FORGED)).status in (401, 404)
    mine = await asker.ask("student@own", "GET", way, headers={k: v for k, v in FORGED.items() if k != "Host"})
    assert mine.status == 200
    assert (await asker.ask("student@own", "GET", way)).status == 200, "nothing was deleted by a header"


@pytest.mark.parametrize("sent", ["x" * 5000, "<script>", "a b", "é", "../../etc", '"', "{}", "${jndi:x}"])
async def test_a_request_id_is_taken_over_only_where_it_is_harmless(asker: Asker, sent: str) -> None:
    answer = await asker.ask("student@own", "GET", "/records/records", headers={"X-Request-Id": sent})
    assert answer.status == 200
    assert answer.headers["X-Request-Id"] != sent
    assert len(answer.headers["X-Request-Id"]) <= 64


@pytest.mark.parametrize("service", plan.PATHS)
async def test_other_methods_and_other_origins_are_offered_nothing(asker: Asker, service: str) -> None:
    served: dict[str, set[str]] = {}
    for route in plan.BY_PATH[service].load().api.routes:
        served.setdefault(route.path, set()).add(route.method)
        if route.method == "GET" and route.may.anonymous:
            served[route.path].add("HEAD")
    student = asker.town.things["student"]
    for path, methods in served.items():
        where = f"/{service}" + "/".join(student if part.startswith("{") else part for part in path.split("/"))
        for method in {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"} - methods:
            origin = {"Origin": "https://evil.example", "Access-Control-Request-Method": "DELETE"}
            answer = await asker.ask("school_administrator@school", method, where, headers=origin)
            assert answer.status in (404, 405), (method, path, answer.status)
            assert method == "HEAD" or answer.code in ("method_not_allowed", "not_found"), (method, path, answer.content[:200])
            assert not [name for name in answer.headers if name.lower().startswith("access-control")]
