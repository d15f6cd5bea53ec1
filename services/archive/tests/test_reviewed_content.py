"""The archive holds what publicity cleared after review, in whatever order events come (JX-09, JX-13)."""

from itertools import permutations
from typing import Any

import pytest
from archive.actions import projections
from archive.app import SERVICE
from contracts.base import Event
from contracts.publicity import CaseClosedV2, CaseOpenedV2, EntriesClearedV1
from contracts.records import RecordAmendedV1, RecordApprovedV1

from .school import BEFORE, PUBLIC_ENDS, a_school, a_snapshot


@pytest.mark.feature("JX-09")
def test_amendments_reach_the_archive_through_publicity_only() -> None:
    assert RecordAmendedV1.subject not in SERVICE.events.handlers
    assert EntriesClearedV1.subject in SERVICE.events.handlers


@pytest.mark.feature("JX-09", "JX-13")
@pytest.mark.parametrize("kind", ["volunteer_service", "exam_scores"])
async def test_the_reviewed_version_is_what_is_kept_in_any_order_of_events(parts: Any, kind: str) -> None:
    async with a_school(parts, pupils=1) as school:
        wanted: dict[Any, tuple[int, str]] = {}
        for order in permutations(range(4)):
            record = a_snapshot(school.term, school.students[0], kind)
            reviewed = record.model_copy(update={"version": 4, "title": "审核后的名称"})
            case = school.case(record)
            events: list[Event] = [
                RecordApprovedV1(record_id=record.record_id, record=record, at=BEFORE, approved_by="王建国"),
                CaseOpenedV2(**case, complaint_type="untrue", text="内容不实", attachments=0),
                CaseClosedV2(**case, outcome="amend", reason=None),
                EntriesClearedV1(term_id=school.term.term_id, path=record.path, entries=(reviewed,), at=PUBLIC_ENDS),
            ]
            for index in (*order, *order):
                await school.kit.receive(events[index])
            wanted[record.record_id] = (4, "审核后的名称")
        async with school.kit.deps.db.reading() as tx:
            rows = await tx.fetch("SELECT record_id, version, snapshot->>'title' AS title FROM collected")
        assert {row["record_id"]: (row["version"], row["title"]) for row in rows} == wanted


async def test_an_approval_of_a_kind_that_waits_for_publicity_sends_no_statement(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        ordinary, score = (a_snapshot(school.term, school.students[0], kind) for kind in ("volunteer_service", "exam_scores"))
        approvals = [
            RecordApprovedV1(record_id=record.record_id, record=record, at=BEFORE, approved_by="王建国")
            for record in (ordinary, score)
        ]
        await school.kit.receive(approvals[0])  # the first one of a term reads the term
        no_transaction: Any = None
        await projections.record_approved(school.kit.deps, no_transaction, approvals[0])
        await school.kit.receive(approvals[1])
        async with school.kit.deps.db.reading() as tx:
            assert [row["record_id"] for row in await tx.fetch("SELECT record_id FROM collected")] == [score.record_id]
