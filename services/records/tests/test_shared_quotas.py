"""Quotas that several kinds share, and the ledger of points, through the service."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from contracts.importer import RecordsCheckRequestedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service

from .builders import AFTER_REVIEW, a_school
from .made_up import LOG, a_log, made_up_schemes
from .test_late_amendments import asks

OTHER = LOG | {"id": "film_log", "title": "观影记录"}
HOURS = {
    "id": "hours", "title": "阅读观影时长", "kinds": ["reading_log", "film_log"], "per": "month", "max": 20, "field": "hours",
    "unit": "小时",
}  # fmt: skip
POINTS = {
    "id": "bonus", "title": "加分", "kinds": ["reading_log", "film_log"], "per": "term", "max": 5, "unit": "分",
    "beyond": "not_counted", "points": [{"kind": "reading_log", "points": 2}, {"kind": "film_log", "points": 3}],
}  # fmt: skip


@pytest.mark.feature("SH-04")
async def test_two_requests_at_once_cannot_both_use_the_rest_of_a_quota_that_kinds_share(parts: Any, tmp_path: Path) -> None:
    schemes = made_up_schemes(tmp_path, LOG, OTHER, quotas=[HOURS])
    async with a_service(SERVICE, parts, storage=True, schemes=schemes) as kit:
        school = await a_school(kit)

        async def report(kind: str, **data: Any) -> Any:
            body = {"term_id": str(school.term_id), "kind": kind, "submit": True, "evidence": [], "data": a_log(**data)}
            return await school.student.post("/records", body)

        assert (await report("reading_log")).status == 201  # 7.5 hours
        both = await asyncio.gather(*(report(kind, book=f"书{n}") for n in range(3) for kind in ("reading_log", "film_log")))
        assert sorted(answer.status for answer in both).count(201) == 1, "15 hours; 22.5 are too many"
        refused = next(answer for answer in both if answer.status != 201)
        assert (refused.code, refused.json["detail"]) == (
            "quota_exceeded", "“阅读观影时长”每月最多20小时，已有15小时，这条是7.5小时",
        )  # fmt: skip
        assert refused.json["errors"][0]["field"] == "hours"
        assert (await report("film_log", book="十月", first="2026-10-02", last="2026-10-04")).status == 201, "another month"
        assert (await report("film_log", book="短", hours_a_day="1.5")).status == 201

        kinds = (await school.student.get(f"/terms/{school.term_id}/kinds")).json["kinds"]
        [shared] = next(one for one in kinds if one["kind"] == "reading_log")["shared_quotas"]
        assert (shared["title"], shared["per"], shared["used"], shared["max"], shared["refuses"]) == (
            "阅读观影时长", "month", "7.5", "20", True,
        )  # fmt: skip

        rows = [a_log(book="乡土中国", hours_a_day="0.1", student_id=school.mate_id)]
        rows += [a_log(book=f"书{n}", student_id=school.mate_id) for n in range(3)]
        batch = school.batch(*rows, kind="reading_log")
        await kit.receive(RecordsCheckRequestedV1(**batch.model_dump(), attempt=1))
        [checked] = await kit.events(RecordsBatchCheckedV1)
        assert [(problem.row, problem.code) for problem in checked.problems] == [(10, "quota_exceeded")]
        await kit.receive(batch)
        [applied] = await kit.events(RecordsBatchAppliedV1)
        assert (applied.created, [problem.row for problem in applied.problems]) == (3, [10])


@pytest.mark.feature("BJ-10", "SH-04")
async def test_points_beyond_the_cap_are_kept_and_flagged_and_the_form_shows_what_is_left(parts: Any, tmp_path: Path) -> None:
    schemes = made_up_schemes(tmp_path, LOG, OTHER, quotas=[POINTS])
    async with a_service(SERVICE, parts, storage=True, schemes=schemes) as kit:
        school = await a_school(kit)
        found = []
        for kind, book in (("film_log", "甲"), ("reading_log", "乙"), ("reading_log", "丙")):
            body = {"term_id": str(school.term_id), "kind": kind, "submit": True, "evidence": [], "data": a_log(book=book)}
            made = await school.student.post("/records", body)
            assert made.status == 201, made.json
            [line] = (await school.teacher.get(f"/records/{made.json['id']}")).json["ledger"]
            found.append((line["amount"], line["counted"], line["flagged"], line["says"]))
        assert found == [
            ("3", "3", False, "加分3分，全部计入"),
            ("2", "2", False, "加分2分，全部计入"),
            ("2", "0", True, "加分2分，计入0分（“加分”每学期最多5分）"),
        ]
        kinds = (await school.student.get(f"/terms/{school.term_id}/kinds")).json["kinds"]
        [shared] = next(one for one in kinds if one["kind"] == "film_log")["shared_quotas"]
        assert (shared["used"], shared["max"], shared["refuses"]) == ("5", "5", False)


@pytest.mark.feature("JX-09")
async def test_a_case_may_lower_what_a_record_counts_but_not_raise_it_above_a_shared_quota(parts: Any, tmp_path: Path) -> None:
    schemes = made_up_schemes(tmp_path, LOG, OTHER, quotas=[HOURS])
    async with a_service(SERVICE, parts, storage=True, schemes=schemes) as kit:
        school = await a_school(kit)
        body = {"term_id": str(school.term_id), "kind": "reading_log", "submit": True, "evidence": []}
        made = [(await school.student.post("/records", body | {"data": a_log(book=book)})).json for book in ("甲", "乙")]
        url = f"/records/{made[0]['id']}"
        assert (await school.teacher.post(f"{url}/approval")).status == 200
        await kit.receive(asks(school, made[0]["id"], new_id()))

        async def amend(hours_a_day: str) -> Any:
            version = (await school.student.get(url)).json["version"]
            content = {"data": a_log(book="甲", hours_a_day=hours_a_day), "evidence": []}
            return await school.student.put(f"{url}/amendment", content, If_Match=f'"{version}"')

        kit.at(AFTER_REVIEW)
        refused = await amend("5")
        assert (refused.code, refused.json["detail"]) == (
            "quota_exceeded", "“阅读观影时长”每月最多20小时，已有7.5小时，这条是15小时",
        )  # fmt: skip
        assert (await amend("4")).status == 200, "12 and 7.5 hours"
        assert (await amend("1")).status == 200
