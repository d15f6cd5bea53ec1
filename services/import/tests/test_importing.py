"""From the template to facts: each import type's whole way, and what stands in it (JX-05, JX-12, X-12)."""

from typing import Any

import pytest
from contracts.archive import ArchiveBatchAppliedV1
from contracts.base import RowProblem
from contracts.identity import IdentityBatchAppliedV1
from contracts.importer import BatchUndoneV1
from contracts.records import RecordsBatchAppliedV1
from importer_builders import CLASS, COMMENTS_FROM, SCHOOL, a_school, cells, filled, scores


@pytest.mark.feature("JX-05", "X-12")
async def test_scores_go_from_the_template_to_facts_and_come_back_counted(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, _ = school.students
        template = await school.template(school.teacher, "exam_scores")
        data = filled(template, "考试成绩", [scores(one), scores(two, 成绩="88"), scores(two, 科目="外语", 成绩=120)])
        batch = await school.checked(school.teacher, "exam_scores", data)
        assert (batch["state"], batch["rows"], batch["problems"], batch["may_commit"]) == ("checked", 3, [], True)
        assert await school.facts(batch["id"]) == []
        committed = await school.teacher.post(f"/batches/{batch['id']}/commit")
        assert (committed.status, committed.json["state"]) == (200, "committing"), committed.body
        [fact] = await school.facts(batch["id"])
        assert (fact.target, fact.import_type, fact.path, fact.chunks) == ("records", "exam_scores", CLASS, 1)
        assert (fact.scheme_id, fact.scheme_version, fact.author_name) == ("jiangxi", "2026.1", "李老师")
        assert [(row.student_id, row.data) for row in fact.rows] == [
            (one.student_id, {"exam": "final", "subject": "mathematics", "score": "92.5", "full_mark": "150"}),
            (two.student_id, {"exam": "final", "subject": "mathematics", "score": "88", "full_mark": "150"}),
            (two.student_id, {"exam": "final", "subject": "english", "score": "120", "full_mark": "150"}),
        ]
        await school.applied(batch["id"])
        done = (await school.teacher.get(f"/batches/{batch['id']}")).json
        assert (done["state"], done["created"], done["chunks_applied"]) == ("applied", 3, 1)
