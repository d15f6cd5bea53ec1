"""What no row can say: ids that do not belong together, fields that are not the sender's, tricks with paths and headers."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from stack import plan
from yarl import URL

from .callers import Callers
from .rows import people, table

EXTRA: dict[str, Any] = {
    "id": "01900000-0000-7000-8000-000000000000", "owner_id": "01900000-0000-7000-8000-000000000000", "state": "approved",
    "org": "mx", "version": 99, "account_id": "01900000-0000-7000-8000-000000000000", "author_role": "administrator",
    "students": [], "level": "province", "is_admin": True, "approved_at": "2026-01-01T00:00:00Z", "__proto__": {},
}  # fmt: skip
"""Fields that somebody would like to set."""
STRANGER = "school_administrator@other"


def writes() -> Iterator[Any]:
    """Every row that sends a body, with somebody who may send it."""
    for service in plan.PATHS:
        for route, rows in table(service).items():
            for row in rows:
                takes_json = row.then != "unsupported_media"  # a form with a file has other fields than JSON
                if isinstance(row.body, dict) and row.allowed and row.does == "write" and takes_json:
                    who = sorted(people(row.allowed) & people(row.only or row.allowed))[0]
                    yield pytest.param(service, route, row, who, id=f"{service} {route} {row}")


@pytest.mark.parametrize(("service", "route", "row", "who"), list(writes()))
async def test_a_field_that_is_not_the_senders_to_set_is_refused_by_name(
    callers: Callers, service: str, route: str, row: Any, who: str
) -> None:
    method, path, sent = callers.request(service, route, row)

    async def one(name: str, value: Any) -> None:
        body = {**sent["json"], name: value}
        answer = await callers.ask(who, method, path, **{**sent, "json": body})
        assert (answer.status, answer.code) == (422, "invalid_input"), (name, answer.status, answer.content[:300])
        assert name in answer.fields, (name, answer.content[:300])

    await asyncio.gather(*(one(name, value) for name, value in EXTRA.items() if name not in sent["json"]))


async def test_parts_that_do_not_belong_together_are_not_found(callers: Callers) -> None:
    ids = callers.region.ids
    seen = {"If-Match": f'"{ids["version"]}"'}
    text = "不应成功的文字，长度超过三十个字，是拿别人的编号和自己的编号拼在一起发出来的，不应当被保存下来。"
    mixed: list[tuple[str, str, str, Any]] = [
        ("student@own", "POST", "/records/records", {"term_id": ids["other_term"], "kind": "volunteer_service", "data": {}}),
        ("student@own", "POST", "/records/positions", {"term_id": ids["other_term"], "data": {}}),
        ("class_teacher@other", "POST", "/records/records",
         {"term_id": ids["other_term"], "student_id": ids["student"], "kind": "volunteer_service", "data": {}}),
        ("student@class", "PUT", f"/records/records/{ids['returned']}", {"data": {}, "evidence": []}),
        ("student@class", "POST", "/publicity/selections", {"entry_ids": [ids["eligible_entry"]]}),
        ("class_teacher@other", "PUT", "/archive/evaluations/teacher",
         {"term_id": ids["other_term"], "student_id": ids["student"], "text": text}),
        ("class_teacher@class", "PUT", "/archive/evaluations/teacher",
         {"term_id": ids["other_term"], "student_id": ids["student"], "text": text}),
        ("class_teacher@class", "POST", "/import/batches",
         {"file_id": ids["unsent_upload"], "type": "exam_scores", "path": ids["path"], "term_id": ids["other_term"]}),
        ("class_teacher@class", "POST", "/import/batches",
         {"file_id": ids["unsent_upload"], "type": "exam_scores", "path": ids["other_path"], "term_id": ids["term"]}),
        ("school_administrator@school", "POST", f"/identity/students/{ids['student']}/move",
         {"path": ids["other_path"], "reason": "不应成功"}),
        ("guardian@class", "GET", f"/records/tiles?term_id={ids['term']}&student_id={ids['student']}", None),
    ]  # fmt: skip
    for who, method, path, body in mixed:
        more = {} if body is None else {"json": body, "headers": {**seen, "If-Match": '"99"'} if "move" in path else seen}
        answer = await callers.ask(who, method, path, **more)
        assert (answer.status, answer.code) == (404, "not_found"), (who, method, path, answer.content[:300])


async def test_of_many_at_once_the_strangers_are_not_found_and_nothing_else_is_told(callers: Callers) -> None:
    ids = callers.region.ids
    for who in ("class_teacher@school", "class_teacher@other", "school_administrator@far"):
        body: dict[str, Any] = {"record_ids": [ids["submitted"], ids["draft"], ids["voided"]], "action": "approve"}
        results = (await callers.ask(who, "POST", "/records/reviews", json=body)).json["results"]
        assert {one["code"] for one in results} == {"not_found"}
        assert {one["state"] for one in results} == {None}
        body = {"case_ids": [ids["open_case"], ids["closed_case"]], "action": "agree"}
        results = (await callers.ask(who, "POST", "/publicity/case-actions", json=body)).json["results"]
        assert {one["code"] for one in results} == {"not_found"}


PATHS = (
    "/api/records//records/{}", "/api/records/./records/{}", "/api/records/x/../records/{}",
    "/api/identity/../records/records/{}", "/api/records/%2e%2e/records/records/{}", "/api/records/records/%2e/{}",
    "/api/records/records/{}%20", "/api/records/records/{};a=b", "/api/records/records/{}%3f", "/api/records/%72ecords/{}",
    "/api/records/records/{}%252f..", "/api/records/records/{}#x", "//api/records/records/{}",
)  # fmt: skip
"""Spellings that lead to the route, which then refuses."""
NOWHERE = {
    "/api/records/records/{}/": 404, "/API/records/records/{}": 404,
    "/api/records/records%2F{}": 400, "/api/records/records/{}%2f": 400, "/api/records/records/{}%00": 400,
}  # fmt: skip
"""Spellings that lead to no route, or that the gateway refuses."""
AS_ROUTED = {"operator": 403, "anonymous": 401}
CALLERS = ("student@class", "class_teacher@school", STRANGER, "operator", "anonymous")
METHODS = ("GET", "HEAD", "DELETE")


async def statuses(callers: Callers, path: str) -> dict[tuple[str, str], int]:
    """The status for each caller and method; no answer shows the record."""
    url = URL(callers.region.world.gateway.base + path.format(callers.region.ids["submitted"]), encoded=True)
    found = {}
    for who in CALLERS:
        headers = {} if who == "anonymous" else {"Authorization": f"Bearer {callers.tokens[who]}"}
        for method in METHODS:
            async with callers.http.request(method, url, headers=headers, allow_redirects=False) as answer:
                assert callers.region.ids["title"] not in await answer.text()
                found[who, method] = answer.status
    return found


@pytest.mark.parametrize("path", PATHS)
async def test_no_spelling_of_an_address_opens_it_to_others(callers: Callers, path: str) -> None:
    expected = {(who, method): 405 if method == "HEAD" else AS_ROUTED.get(who, 404) for who in CALLERS for method in METHODS}
    assert await statuses(callers, path) == expected


@pytest.mark.parametrize("path", NOWHERE)
async def test_a_spelling_that_leads_nowhere_is_refused_to_everybody(callers: Callers, path: str) -> None:
    assert set((await statuses(callers, path)).values()) == {NOWHERE[path]}


async def test_a_query_does_not_replace_the_id_in_the_path(callers: Callers) -> None:
    found = await statuses(callers, "/api/records/records/{}?record_id=1")
    assert found == {
        (who, method): 405 if method == "HEAD" else AS_ROUTED.get(who, 422) for who in CALLERS for method in METHODS
    }
