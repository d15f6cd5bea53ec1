"""What no row can say: ids that do not belong together, fields that are not the sender's, tricks with paths and headers."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from stack import plan
from yarl import URL

from .asking import Asker
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
                if isinstance(row.body, dict) and row.allowed and row.does == "write":
                    who = sorted(people(row.allowed) & people(row.only or row.allowed))[0]
                    yield pytest.param(service, route, row, who, id=f"{service} {route} {row}")


@pytest.mark.parametrize(("service", "route", "row", "who"), list(writes()))
async def test_a_field_that_is_not_the_senders_to_set_is_refused_by_name(
    asker: Asker, service: str, route: str, row: Any, who: str
) -> None:
    method, path, sent = asker.request(service, route, row)

    async def one(name: str, value: Any) -> None:
        body = {**sent["json"], name: value}
        answer = await asker.ask(who, method, path, **{**sent, "json": body})
        assert (answer.status, answer.code) == (422, "invalid_input"), (name, answer.status, answer.content[:300])
        assert name in answer.fields, (name, answer.content[:300])

    await asyncio.gather(*(one(name, value) for name, value in EXTRA.items() if name not in sent["json"]))


async def test_parts_that_do_not_belong_together_are_not_found(asker: Asker) -> None:
    things = asker.town.things
    seen = {"If-Match": f'"{things["version"]}"'}
    text = "不应成功的文字，长度超过三十个字，是拿别人的编号和自己的编号拼在一起发出来的，不应当被保存下来。"
    mixed: list[tuple[str, str, str, Any, tuple[str, ...]]] = [
        ("student@own", "POST", "/records/records", {"term_id": things["other_term"], "kind": "volunteer_service", "data": {}},
         ("not_found",)),
        ("student@own", "POST", "/records/positions", {"term_id": things["other_term"], "data": {}}, ("not_found",)),
        ("class_teacher@other", "POST", "/records/records",
         {"term_id": things["other_term"], "student_id": things["student"], "kind": "volunteer_service", "data": {}},
         ("not_found", "forbidden")),
        ("student@class", "PUT", f"/records/records/{things['returned']}", {"data": {}, "evidence": []}, ("not_found",)),
        ("student@class", "POST", "/publicity/selections", {"entry_ids": [things["eligible_entry"]]}, ("not_found",)),
        ("class_teacher@other", "PUT", "/archive/evaluations/teacher",
         {"term_id": things["other_term"], "student_id": things["student"], "text": text}, ("not_found",)),
        ("class_teacher@class", "PUT", "/archive/evaluations/teacher",
         {"term_id": things["other_term"], "student_id": things["student"], "text": text}, ("not_found",)),
        ("class_teacher@class", "POST", "/import/batches",
         {"file_id": things["unsent_upload"], "type": "exam_scores", "path": things["path"], "term_id": things["other_term"]},
         ("not_found",)),
        ("class_teacher@class", "POST", "/import/batches",
         {"file_id": things["unsent_upload"], "type": "exam_scores", "path": things["other_path"], "term_id": things["term"]},
         ("not_found",)),
        ("school_administrator@school", "POST", f"/identity/students/{things['student']}/move",
         {"path": things["other_path"], "reason": "不应成功"}, ("not_found", "stale_version")),
        ("guardian@class", "GET", f"/records/tiles?term_id={things['term']}&student_id={things['student']}", None,
         ("not_found",)),
    ]  # fmt: skip
    for who, method, path, body, codes in mixed:
        more = {} if body is None else {"json": body, "headers": {**seen, "If-Match": '"99"'} if "move" in path else seen}
        answer = await asker.ask(who, method, path, **more)
        assert answer.code in codes, (who, method, path, answer.status, answer.content[:300])


async def test_of_many_at_once_the_strangers_are_not_found_and_nothing_else_is_told(asker: Asker) -> None:
    things = asker.town.things
    for who in ("class_teacher@school", "class_teacher@other", "school_administrator@far"):
        body: dict[str, Any] = {"record_ids": [things["submitted"], things["draft"], things["voided"]], "action": "approve"}
        told = (await asker.ask(who, "POST", "/records/reviews", json=body)).json["results"]
        assert {one["code"] for one in told} == {"not_found"}
        assert {one["state"] for one in told} == {None}
        body = {"case_ids": [things["open_case"], things["closed_case"]], "action": "agree"}
        told = (await asker.ask(who, "POST", "/publicity/case-actions", json=body)).json["results"]
        assert {one["code"] for one in told} == {"not_found"}


PATHS = (
    "/api/records/records/{}/", "/api/records//records/{}", "/api/records/./records/{}", "/api/records/x/../records/{}",
    "/api/identity/../records/records/{}", "/api/records/records%2F{}", "/api/records/%2e%2e/records/records/{}",
    "/api/records/records/%2e/{}", "/api/records/records/{}%2f", "/api/records/records/{}%00", "/api/records/records/{}%20",
    "/api/records/records/{};a=b", "/api/records/records/{}%3f", "/api/records/%72ecords/{}", "/API/records/records/{}",
    "/api/records/records/{}%252f..", "/api/records/records/{}?record_id=1", "/api/records/records/{}#x",
    "//api/records/records/{}",
)  # fmt: skip


@pytest.mark.parametrize("path", PATHS)
async def test_no_spelling_of_an_address_opens_it_to_others(asker: Asker, path: str) -> None:
    url = URL(asker.town.world.gateway.base + path.format(asker.town.things["submitted"]), encoded=True)
    for who in ("student@class", "class_teacher@school", STRANGER, "operator", "anonymous"):
        headers = {} if who == "anonymous" else {"Authorization": f"Bearer {asker.tokens[who]}"}
        for method in ("GET", "HEAD", "DELETE"):
            async with asker.http.request(method, url, headers=headers, allow_redirects=False) as answer:
                assert answer.status in (301, 308, 400, 401, 403, 404, 405, 422), (who, method, answer.status)
                assert asker.town.things["title"] not in await answer.text()
