"""Positions: declared by the student, passed or returned by the class teacher (JX-11)."""

from typing import Any

import pytest
from contracts.records import PositionApprovedV1, PositionReturnedV1, PositionSubmittedV1
from records.app import SERVICE
from servicekit.testing import a_service

from .builders import AFTER_REPORTING, a_school

MONITOR = {"level": "班级", "title": "班长", "since": "2026-09-05", "duties": "组织班会，协助老师管理班级"}


@pytest.mark.feature("JX-11", "JX-18")
async def test_a_position_is_declared_returned_mended_and_passed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        made = await school.student.post("/positions", {"term_id": str(school.term_id), "data": MONITOR})
        assert (made.status, made.json["title"], made.json["level"], made.json["state"]) == (201, "班长", "班级", "submitted")
        url = f"/positions/{made.json['id']}"
        waiting = await school.teacher.get("/positions", state="submitted", term_id=school.term_id)
        assert [one["id"] for one in waiting.json["items"]] == [made.json["id"]]
        assert (await school.teacher.post(f"{url}/return", {"reason_code": "wrong_kind"})).code == "reason_required"
        back = await school.teacher.post(f"{url}/return", {"reason_code": "not_held"})
        assert (back.json["state"], back.json["reason_title"]) == ("returned", "未担任该职务")
        vice = {"data": MONITOR | {"title": "vice_monitor"}}
        assert (await school.student.put(url, vice)).code == "version_required"
        assert (await school.student.put(url, vice, If_Match='"1"')).code == "stale_version"
        again = await school.student.put(url, vice, If_Match='"2"')
        assert (again.json["title"], again.json["state"], again.json["reason_code"]) == ("副班长", "submitted", None)
        done = await school.teacher.post(f"{url}/approval")
        assert (done.json["state"], done.headers["Etag"]) == ("approved", '"4"')
        assert (await school.teacher.post(f"{url}/approval")).code == "wrong_state"
        assert [event.version for event in await kit.events(PositionSubmittedV1)] == [1, 3]
        assert [event.reason_code for event in await kit.events(PositionReturnedV1)] == ["not_held"]
        [event] = await kit.events(PositionApprovedV1)
        assert (event.title, event.level, str(event.starts_on), event.ends_on) == ("副班长", "班级", "2026-09-05", None)


@pytest.mark.feature("JX-11", "X-13")
async def test_a_position_is_refused_outside_its_list_its_window_and_its_people(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        sent = {"term_id": str(school.term_id), "data": MONITOR}
        odd = await school.student.post("/positions", sent | {"data": MONITOR | {"title": "校长"}})
        assert (odd.code, odd.json["errors"][0]["field"]) == ("invalid_input", "title")
        assert (await school.teacher.post("/positions", sent | {"student_id": str(school.student_id)})).code == "forbidden"
        assert (await school.mate.post("/positions", sent | {"student_id": str(school.student_id)})).code == "not_found"
        made = await school.guardian.post("/positions", sent)
        url = f"/positions/{made.json['id']}/approval"
        assert (await school.student.post(url)).code == "forbidden"
        assert (await school.next_teacher.post(url)).code == "not_found"
        assert (await school.mate.get("/positions")).json["items"] == []
        kit.at(AFTER_REPORTING)
        late = await school.teacher.post(url)
        assert (late.code, late.json["rule"], late.json["window"]["operation"]) == ("window_closed", "JX-11", "review_position")
        assert (await school.student.post("/positions", sent)).json["window"]["operation"] == "declare_position"
