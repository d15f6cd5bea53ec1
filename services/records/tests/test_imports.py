"""Imported rows: records that wait for confirmation, seen by the student too (JX-05, JX-06, X-12)."""

import asyncio
from typing import Any
from uuid import UUID

import asyncpg
import pytest
from contracts.importer import BatchUndoneV1, RecordsCheckRequestedV1, RecordsCommittedV1
from contracts.records import (
    RecordApprovedV1,
    RecordsBatchAppliedV1,
    RecordsBatchCheckedV1,
    RecordsBatchRevertedV1,
    RecordVoidedV1,
)
from records.app import SERVICE
from servicekit.bus import RetryLater
from servicekit.ids import new_id
from servicekit.testing import a_service

from .builders import a_school, a_score


def undo(batch: RecordsCommittedV1) -> BatchUndoneV1:
    return BatchUndoneV1(
        batch_id=batch.batch_id, target=batch.target, import_type=batch.import_type, path=batch.path,
        account_id=batch.account_id, reason="选错了文件",
    )  # fmt: skip


@pytest.mark.feature("JX-06")
async def test_imported_rows_wait_for_the_teacher_and_the_student_sees_them(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await kit.receive(school.batch(a_score(), a_score(subject="physics"), a_score(student_id=school.mate_id)))
        [applied] = await kit.events(RecordsBatchAppliedV1)
        assert (applied.created, applied.changed, applied.unchanged, applied.problems) == (3, 0, 0, ())
        mine = (await school.student.get("/records", origin="imported")).json["items"]
        assert {(line["title"], line["state"], line["author_name"]) for line in mine} == {
            ("数学", "submitted", "陈老师"),
            ("物理", "submitted", "陈老师"),
        }
        assert mine[0]["listed"]["成绩"] == "118分"
        assert (await school.student.post(f"/records/{mine[0]['id']}/approval")).code == "forbidden"
        assert (await school.student.put(f"/records/{mine[0]['id']}", {"data": {}}, If_Match='"1"')).code == "forbidden"
        waiting = (await school.teacher.get("/records", state="submitted", kind="exam_scores")).json["items"]
        ids = [line["id"] for line in waiting]
        done = await school.teacher.post("/reviews", {"record_ids": ids, "action": "approve"})
        assert {result["result"] for result in done.json["results"]} == {"approved"}
        assert {event.record.origin for event in await kit.events(RecordApprovedV1)} == {"imported"}


@pytest.mark.feature("JX-06", "X-12")
async def test_the_same_rows_again_change_only_what_differs_and_nothing_confirmed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await kit.receive(school.batch(a_score(), a_score(subject="physics"), a_score(subject="history")))
        lines = {line["title"]: line for line in (await school.teacher.get("/records")).json["items"]}
        await school.teacher.post(f"/records/{lines['历史']['id']}/approval")
        await kit.receive(
            school.batch(a_score(), a_score(subject="物理", score="99"), a_score(subject="history", score="1"), a_score())
        )
        applied = (await kit.events(RecordsBatchAppliedV1))[-1]
        assert (applied.created, applied.changed, applied.unchanged) == (0, 1, 1)
        assert [(problem.row, problem.code) for problem in applied.problems] == [
            (9, "approved_already"),
            (10, "duplicate_row"),
        ]
        physics = (await school.student.get(f"/records/{lines['物理']['id']}")).json
        assert (physics["data"]["score"], physics["version"]) == ("99", 2)
        assert [line["action"] for line in physics["history"]] == ["import", "reimport"]
        assert len((await school.teacher.get("/records")).json["items"]) == 3


def check(batch: RecordsCommittedV1, attempt: int = 1) -> RecordsCheckRequestedV1:
    """The question what committing this chunk would do."""
    return RecordsCheckRequestedV1(**batch.model_dump(), attempt=attempt)


@pytest.mark.feature("L-10")
async def test_a_check_answers_what_the_commit_then_does_and_changes_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await kit.receive(school.batch(a_score(), a_score(subject="physics"), a_score(subject="history")))
        lines = {line["title"]: line for line in (await school.teacher.get("/records")).json["items"]}
        await school.teacher.post(f"/records/{lines['历史']['id']}/approval")
        batch = school.batch(
            a_score(), a_score(subject="physics", score="99"), a_score(subject="history", score="1"), a_score(subject="biology")
        )
        for attempt in (1, 2):
            await kit.receive(check(batch, attempt))
        first, second = await kit.events(RecordsBatchCheckedV1)
        assert first.model_copy(update={"attempt": 2}) == second, "the first check changed something"
        assert [row.outcome for row in first.rows] == ["unchanged", "changed", "problem", "created"]
        assert len((await school.teacher.get("/records")).json["items"]) == 3
        await kit.receive(batch)
        applied = (await kit.events(RecordsBatchAppliedV1))[-1]
        assert (applied.created, applied.changed, applied.unchanged, applied.problems) == (
            first.created, first.changed, first.unchanged, first.problems,
        )  # fmt: skip


@pytest.mark.feature("L-10")
async def test_the_fingerprint_of_a_check_changes_with_what_a_commit_would_do(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        batch = school.batch(a_score(), a_score(student_id=school.mate_id))
        await kit.receive(check(batch))
        await kit.receive(school.batch(a_score(student_id=school.mate_id, score="1")))
        await kit.receive(check(batch, 2))
        first, second = await kit.events(RecordsBatchCheckedV1)
        assert first.fingerprint != second.fingerprint
        assert [a == b for a, b in zip(first.rows, second.rows, strict=True)] == [True, False]


@pytest.mark.feature("X-12")
async def test_bad_rows_are_told_and_the_good_ones_taken(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await kit.receive(school.batch(a_score(score="151"), a_score(subject="physics"), a_score(subject="physics", score="3")))
        [applied] = await kit.events(RecordsBatchAppliedV1)
        assert applied.created == 1
        assert [(p.row, p.field, p.code) for p in applied.problems] == [
            (7, "full_mark", "in_order"),
            (9, None, "duplicate_row"),
        ]


@pytest.mark.feature("X-12")
async def test_a_batch_is_taken_in_once_and_waits_for_students_not_heard_of(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        event, batch = new_id(), school.batch(a_score())
        assert [await kit.receive(batch, event), await kit.receive(batch, event)] == [True, False]
        with pytest.raises(RetryLater):
            await kit.receive(school.batch(a_score(student_id=new_id())))
        assert len(await kit.events(RecordsBatchAppliedV1)) == 1


@pytest.mark.feature("X-12")
async def test_an_undone_batch_takes_back_what_nobody_confirmed_and_says_what_stays(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        await kit.receive(school.batch(a_score(score="90")))
        second = school.batch(a_score(score="91"), a_score(subject="physics"), a_score(subject="history"))
        await kit.receive(second)
        lines = {line["title"]: line["id"] for line in (await school.teacher.get("/records")).json["items"]}
        await school.teacher.post(f"/records/{lines['历史']}/approval")
        await kit.receive(undo(second))
        [expected] = await kit.events(RecordsBatchRevertedV1)
        assert (expected.removed, expected.restored, [kept.row for kept in expected.kept]) == (1, 1, [9])
        [gone] = await kit.events(RecordVoidedV1)
        assert (gone.record_id, gone.reason) == (UUID(lines["物理"]), "撤销导入：选错了文件")
        assert (await school.student.get(f"/records/{lines['数学']}")).json["data"]["score"] == "90"
        assert (await school.student.get(f"/records/{lines['历史']}")).json["state"] == "approved"
        late = school.batch(a_score(subject="biology"), batch_id=second.batch_id, chunk=2)
        await kit.receive(late)
        assert "生物" not in {line["title"] for line in (await school.teacher.get("/records")).json["items"]}
        await kit.receive(school.batch(a_score(subject="physics")))
        assert (await kit.events(RecordsBatchAppliedV1))[-1].created == 1


@pytest.mark.feature("X-12")
async def test_batches_upon_batches_are_taken_back_one_by_one_in_any_order(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)

        async def expected() -> str | None:
            lines = (await school.teacher.get("/records", state="submitted")).json["items"]
            return (await school.teacher.get(f"/records/{lines[0]['id']}")).json["data"]["score"] if lines else None

        def three() -> list[RecordsCommittedV1]:
            return [school.batch(a_score(score=score)) for score in ("90", "91", "92")]

        batches = three()
        for one in batches:
            await kit.receive(one)
        for one, left in ((batches[2], "91"), (batches[1], "90"), (batches[0], None)):
            await kit.receive(undo(one))
            assert await expected() == left
        batches = three()
        for one in batches:
            await kit.receive(one)
        for one, left in ((batches[1], "92"), (batches[0], "92"), (batches[2], None)):
            await kit.receive(undo(one))
            assert await expected() == left, "what a batch said that was taken back comes never again"


@pytest.mark.feature("X-12")
async def test_two_batches_that_make_the_same_record_at_once_end_as_one_record(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        batches = [(new_id(), school.batch(a_score(score=score))) for score in ("90", "91", "92")]

        async def receive(event_id: UUID, event: RecordsCommittedV1) -> None:
            while True:  # as the bus does
                try:
                    await kit.receive(event, event_id)
                except asyncpg.UniqueViolationError:
                    continue
                return

        await asyncio.gather(*(receive(event_id, event) for event_id, event in batches))
        applied = await kit.events(RecordsBatchAppliedV1)
        assert sorted((a.created, a.changed) for a in applied) == [(0, 1), (0, 1), (1, 0)]
        assert len((await school.teacher.get("/records")).json["items"]) == 1
