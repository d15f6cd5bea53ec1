"""Rules between fields and computed fields, through the service: reported, kept as a draft, imported (X-12)."""

from pathlib import Path
from typing import Any

import pytest
from contracts.importer import RecordsCheckRequestedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1
from records.app import SERVICE
from servicekit.testing import a_service

from .builders import a_school
from .made_up import LOG, a_log, made_up_schemes


@pytest.mark.feature("X-12")
async def test_computed_fields_are_never_typed_and_rules_between_fields_are_refused_in_their_own_words(
    parts: Any, tmp_path: Path
) -> None:
    async with a_service(SERVICE, parts, storage=True, schemes=made_up_schemes(tmp_path, LOG)) as kit:
        school = await a_school(kit)
        report = {"term_id": str(school.term_id), "kind": "reading_log", "submit": True, "evidence": []}
        forged = a_log(hours="99", days=1, shared=False, shared_with="没有问过的人")
        made = await school.student.post("/records", report | {"data": forged})
        assert made.status == 201, made.json
        shown = (await school.student.get(f"/records/{made.json['id']}")).json
        assert {name: shown["data"].get(name) for name in ("days", "hours", "shared_with")} == {
            "days": 3, "hours": "7.5", "shared_with": None,
        }  # fmt: skip
        [line] = (await school.teacher.get("/records", kind="reading_log")).json["items"]
        assert line["listed"]["天数"] == "3天"

        for data, field, message in (
            (a_log(shared=True), "shared_with", "交流过的请写明和谁交流"),
            (a_log(last="2026-09-21", hours_a_day="11"), "hours", "总小时数不能超过100小时"),
            (a_log(last="2026-12-21"), "days", "天数不能大于60天"),
        ):
            refused = await school.student.post("/records", report | {"data": data})
            assert (refused.code, [(e["field"], e["message"]) for e in refused.json["errors"]]) == (
                "invalid_input", [(field, message)],
            )  # fmt: skip

        unfinished = {"book": "乡土中国", "hours": "50", "shared": False, "shared_with": "同学"}
        draft = await school.student.post("/records", report | {"submit": False, "data": unfinished})
        assert (draft.status, draft.json["data"]) == (201, {"book": "乡土中国", "shared": False})
        late = await school.student.post(f"/records/{draft.json['id']}/submission")
        assert {e["field"] for e in late.json["errors"]} == {"first", "last", "hours_a_day"}


@pytest.mark.feature("X-12", "L-10")
async def test_imported_rows_and_their_dry_run_follow_the_same_rules(parts: Any, tmp_path: Path) -> None:
    async with a_service(SERVICE, parts, storage=True, schemes=made_up_schemes(tmp_path, LOG)) as kit:
        school = await a_school(kit)
        rows = [a_log(), a_log(book="边城", shared=True), a_log(book="呐喊", last="2026-09-21", hours_a_day="11")]
        batch = school.batch(*rows, kind="reading_log")
        await kit.receive(RecordsCheckRequestedV1(**batch.model_dump(), attempt=1))
        [checked] = await kit.events(RecordsBatchCheckedV1)
        found = [(problem.field, problem.message) for problem in checked.problems]
        assert found == [("shared_with", "交流过的请写明和谁交流"), ("hours", "总小时数不能超过100小时")]
        await kit.receive(batch)
        [applied] = await kit.events(RecordsBatchAppliedV1)
        assert (applied.created, len(applied.problems)) == (1, 2)
        [mine] = (await school.student.get("/records", origin="imported")).json["items"]
        assert (await school.student.get(f"/records/{mine['id']}")).json["data"]["hours"] == "7.5"
