"""What archive states of a student whose enrolment is to change, and what is due while a student is suspended (BJ-04)."""

from typing import Any

import pytest
from contracts.archive import ArchiveStatementV1
from contracts.identity import EnrolmentStatementAskedV1, StudentStatusChangedV1
from servicekit.ids import new_id

from .scored import CLASS, a_scored_school


@pytest.mark.feature("BJ-04")
async def test_evaluations_and_locked_scores_are_counted_and_a_suspended_student_owes_nothing(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.lock()
        asked = EnrolmentStatementAskedV1(application_id=new_id(), attempt=2, student_id=school.students[0].student_id)
        await school.kit.receive(asked)
        [stated] = await school.kit.events(ArchiveStatementV1)
        assert (stated.application_id, stated.attempt) == (asked.application_id, 2)
        found = {line.title: (line.term, line.count) for line in stated.lines}
        assert found["已锁定的评价结果"] == ("2026—2027学年第一学期", 1)
        assert found["评语与自评"][1] >= 1
        before = (await school.teacher.get("/evaluations", term_id=school.term_id, path=CLASS)).json["items"]
        away = school.students[1].model_copy(update={"status": "suspended", "version": school.students[1].version + 1})
        await school.kit.receive(StudentStatusChangedV1(student_id=away.student_id, enrolment=away))
        after = (await school.teacher.get("/evaluations", term_id=school.term_id, path=CLASS)).json["items"]
        assert {one["student_id"] for one in before} - {one["student_id"] for one in after} == {school.id(1)}
