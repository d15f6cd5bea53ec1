"""A term from its records to sealed archives under one root (JX-13, X-10), on real servers."""

from datetime import date
from typing import Any

import pytest
from archive.content import TermArchive, of_content
from contracts.archive import TermSealedV1
from contracts.records import MisconductReleasedV1, RecordVoidedV1
from proof import SealedDocument, Verdict, examine

from .school import BEFORE, SIGNING, a_position, a_school, a_snapshot


@pytest.mark.feature("JX-13", "X-10", "JX-12", "JX-11", "JX-03")
async def test_a_term_becomes_sealed_archives_that_verify_offline_under_one_root(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        who, kit = school.students[0], school.kit
        await school.clear([a_snapshot(school.term, one) for one in school.students])
        await school.approve(a_snapshot(school.term, who, "exam_scores"))
        await school.approve(a_snapshot(school.term, who, "fitness_test"))
        await school.approve(a_snapshot(school.term, who))  # approved, never selected: stays out
        bad = await school.approve(a_snapshot(school.term, who, "misconduct"))
        await kit.hear(
            MisconductReleasedV1(
                record_id=bad.record_id, record=bad, at=BEFORE, released_on=date(2026, 12, 20), reason="此后表现良好",
                released_by="校管理员",
            )
        )  # fmt: skip
        gone = a_snapshot(school.term, who, title="作废的记录")
        await kit.hear(RecordVoidedV1(record_id=gone.record_id, record=gone, at=BEFORE, reason="不实"))
        await school.clear([gone])
        await kit.hear(a_position(school.term, who))
        await school.close(entries=4)
        await school.evaluate_all()
        made = await school.seal()
        assert (made["state"], made["progress"]["ready"], made["late"]) == ("sealed", 3, 0), made

        archive = await school.archive_of()
        data = await school.object(archive)
        report = examine(data, SIGNING.public(), made["root"])
        assert report.verdict is Verdict.GENUINE
        assert report.proof is not None
        assert (report.proof.size, report.proof.root) == (3, made["root"])
        assert report.document is not None
        content = of_content(report.document.content)
        assert isinstance(content, TermArchive)
        assert (content.student.name, content.place.region) == (who.name, "江西省南昌市东湖区")
        assert "0817" not in content.student.student_no
        assert [r.title for d in content.dimensions for k in d.kinds for r in k.records] == ["社区敬老院志愿服务"]
        assert [(g.title, [t.title for t in g.tables]) for g in content.groups] == [
            ("考试成绩", ["考试成绩"]),
            ("身体基本情况与体质测评", ["体质测评"]),
        ]
        assert [(e.title, len(e.statements)) for e in content.evaluations] == [("学期自评", 1), ("教师评语", 1)]
        assert content.misconduct[0].release is not None
        assert content.positions[0].name == "学习委员"
        assert content.radar is not None
        assert content.url.endswith(f"/verify/{content.code}")
        document = SealedDocument.from_bytes(await school.object(archive, "json"))
        assert document == report.document
        [fact] = await kit.facts(TermSealedV1)
        assert (fact.root, fact.archives, fact.path) == (made["root"], 3, school.term.path)
