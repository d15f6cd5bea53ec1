"""While the results of a class are locked some records are over, and the portfolio is still added to (BJ-07, BJ-10)."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.archive import ScoresLockedV1, ScoresUnlockedV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1
from records.app import SERVICE
from records.domain import locking
from scheme.result_rules import contradictions
from scheme.results import ScoredResult
from servicekit.refusals import Refusal
from servicekit.testing import a_service, an_actor

from .builders import CLASS, NEXT_CLASS, NOW, a_school
from .rule_builders import a_term
from .test_imports import check

BEIJING = {"scheme_id": "beijing", "import_type": "subject_marks"}
WINDOWS = [
    {"operation": name, "starts": (NOW + timedelta(days=a)).isoformat(), "ends": (NOW + timedelta(days=b)).isoformat()}
    for name, a, b in (
        ("enter_marks", -5, 9), ("self_evaluate", 0, 5), ("peer_evaluate", 0, 5), ("teacher_evaluate", 0, 9),
        ("group_evaluate", 0, 9), ("department_review", 1, 12), ("lock", 12, 20),
    )
]  # fmt: skip
ROW = {"subject": "数学", "mark": "90"}
DEED = {
    "kind": "moral_deed", "submit": True,
    "data": {"name": "拾金不昧", "on_day": "2026-09-10", "account": "在操场捡到钱包交给老师"},
}  # fmt: skip


@pytest.mark.feature("BJ-07", "BJ-10", "X-13")
async def test_grades_of_subjects_are_refused_while_the_class_is_locked_and_the_portfolio_is_added_to_at_any_time(
    parts: Any,
) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="beijing", windows=WINDOWS)
        kinds_at = f"/terms/{school.term_id}/kinds"
        locked = {"term_id": school.term_id, "path": CLASS, "at": NOW}
        await kit.receive(ScoresLockedV1(**locked, title="", version=4))
        await kit.receive(ScoresUnlockedV1(**locked, version=3))

        batch = school.batch(ROW, **BEIJING)
        await kit.receive(check(batch))
        await kit.receive(batch)
        for answer in (*await kit.events(RecordsBatchCheckedV1), *await kit.events(RecordsBatchAppliedV1)):
            assert (answer.created, [problem.code for problem in answer.problems]) == (0, ["result_locked"])
            assert "学校管理员解锁" in answer.problems[0].message

        added = {"term_id": str(school.term_id), "student_id": str(school.student_id), **DEED}
        filed = await school.teacher.post("/records", added)
        assert (filed.status, filed.json["state"]) == (201, "submitted"), filed.json
        for caller in (school.next_teacher, kit.as_(an_actor("class_teacher", NEXT_CLASS))):
            assert (await caller.post("/records", added)).code == "not_found", "another class's teacher adds nothing"
        found = (await school.teacher.get(kinds_at, student_id=str(school.student_id))).json
        assert found["locked_at"] is not None
        assert {kind["kind"]: kind["open"] for kind in found["kinds"]}["moral_deed"]

        await kit.receive(ScoresUnlockedV1(**locked, version=5))
        await kit.receive(school.batch(ROW, **BEIJING))
        assert (await kit.events(RecordsBatchAppliedV1))[-1].created == 1
        assert (await school.teacher.get(kinds_at, student_id=str(school.student_id))).json["locked_at"] is None


@pytest.mark.feature("BJ-07", "X-13")
def test_the_refusal_names_the_rule_who_unlocks_and_what_stays_possible() -> None:
    term = a_term("beijing")
    with pytest.raises(Refusal) as refused:
        locking.need_unlocked(term, term.kind("subject_marks"), NOW)
    assert (refused.value.code, refused.value.details["rule"]) == ("result_locked", "BJ-10")
    assert refused.value.details["help"] == "确需更改时，请学校管理员解锁；成长记录仍可随时补充"
    locking.need_unlocked(term, term.kind("moral_deed"), NOW)
    locking.need_unlocked(term, term.kind("subject_marks"), None)


@pytest.mark.feature("BJ-07")
def test_a_lock_closes_only_operations_by_which_records_are_entered() -> None:
    scheme = a_term("beijing").scheme
    assert isinstance(scheme.result, ScoredResult)
    lock = scheme.result.lock.model_copy(update={"closes": ("self_evaluate",)})
    wrong = scheme.model_copy(update={"result": scheme.result.model_copy(update={"lock": lock})})
    assert [error.about for error in contradictions(wrong)] == [{"self_evaluate"}]
    assert not list(contradictions(scheme))


@pytest.mark.feature("BJ-07", "BJ-10", "X-13")
async def test_a_mark_that_waits_when_the_class_is_locked_is_returned_or_waits_for_the_unlocking_and_is_not_approved(
    parts: Any,
) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="beijing", windows=WINDOWS)
        await kit.receive(school.batch(ROW, {"subject": "语文", "mark": "88"}, **BEIJING))
        deed = {"term_id": str(school.term_id), "student_id": str(school.student_id), **DEED}
        assert (await school.teacher.post("/records", deed)).status == 201
        waiting = {line["kind"]: line for line in (await school.teacher.get("/records")).json["items"]}
        grades = [one["id"] for one in (await school.teacher.get("/records")).json["items"] if one["kind"] == "subject_marks"]
        await kit.receive(ScoresLockedV1(term_id=school.term_id, path=CLASS, at=NOW, title="", version=1))

        refused = await school.teacher.post(f"/records/{grades[0]}/approval")
        assert (refused.status, refused.code, refused.json["rule"]) == (409, "result_locked", "BJ-10")
        assert "请学校管理员解锁" in refused.json["help"]
        both = {"record_ids": [grades[0], waiting["moral_deed"]["id"]], "action": "approve"}
        results = (await school.teacher.post("/reviews", both)).json["results"]
        assert [one["result"] for one in results] == ["refused", "passed"], "the portfolio goes on"
        returned = await school.teacher.post(f"/records/{grades[1]}/return", {"reason_code": "incomplete"})
        assert returned.status == 200, returned.json
        await kit.receive(ScoresUnlockedV1(term_id=school.term_id, path=CLASS, at=NOW, version=2))
        assert (await school.teacher.post(f"/records/{grades[0]}/approval")).status == 200
