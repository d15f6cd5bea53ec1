"""A term from its records to sealed archives under one root (JX-13, X-10), on real servers."""

from datetime import date, timedelta
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from archive.domain.content import TermContent
from contracts.archive import TermSealedV1
from contracts.publicity import EntriesClearedV1
from contracts.records import MisconductReleasedV1, ParticipationChangedV1, RecordVoidedV1
from proof import SealedDocument, Verdict, examine
from servicekit.ids import new_id

from .builders import read_content
from .school import BEFORE, SEALING, SIGNING, a_position, a_school, a_snapshot


@pytest.mark.feature("L-12", "JX-13")
async def test_a_result_in_words_is_sealed_and_printed_in_the_archive(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        who = school.students[0]
        data = {"exam": "final", "subject": "chinese", "score": {"outcome": "absent"}}
        await school.approve(a_snapshot(school.term, who, "exam_scores", data=data))
        await school.close(entries=0)
        await school.evaluate_all()
        made = await school.seal()
        assert (made["state"], made["progress"]["ready"]) == ("sealed", 1), made
        pdf = await school.object(await school.archive_of())
        report = examine(pdf, SIGNING.public(), made["root"])
        assert report.verdict is Verdict.GENUINE
        assert report.document is not None
        content = read_content(report.document.content)
        assert isinstance(content, TermContent)
        with pypdfium2.PdfDocument(pdf) as document:
            assert "缺考" in "".join(page.get_textpage().get_text_bounded() for page in document)
        assert [table.rows for group in content.groups for table in group.tables] == [(("期末考试", "语文", "缺考"),)]


@pytest.mark.feature("JX-13", "X-10", "JX-12", "JX-11", "JX-03")
async def test_a_term_becomes_sealed_archives_that_verify_offline_under_one_root(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        who, kit = school.students[0], school.kit
        await school.clear([a_snapshot(school.term, one) for one in school.students])
        await school.approve(a_snapshot(school.term, who, "exam_scores"))
        await school.approve(a_snapshot(school.term, who, "fitness_test"))
        await school.approve(a_snapshot(school.term, who))  # approved, never selected: stays out
        bad = await school.approve(a_snapshot(school.term, who, "misconduct"))
        await kit.receive(
            MisconductReleasedV1(
                record_id=bad.record_id, record=bad, at=BEFORE, released_on=date(2026, 12, 20), reason="此后表现良好",
                released_by="校管理员",
            )
        )  # fmt: skip
        gone = a_snapshot(school.term, who, title="作废的记录")
        await kit.receive(RecordVoidedV1(record_id=gone.record_id, record=gone, at=BEFORE, reason="不实"))
        await school.clear([gone])
        await kit.receive(a_position(school.term, who))
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
        content = read_content(report.document.content)
        assert isinstance(content, TermContent)
        assert (content.student.name, content.school_and_class.region) == (who.name, "江西省南昌市东湖区")
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
        [event] = await kit.events(TermSealedV1)
        assert (event.root, event.archives, event.path) == (made["root"], 3, school.term.path)


@pytest.mark.feature("JX-13", "X-13", "JX-08")
async def test_a_term_in_dispute_or_still_public_is_not_sealed_and_the_answer_names_what_is_missing(parts: Any) -> None:
    async with a_school(parts) as school:
        kit, url = school.kit, f"/terms/{school.term.term_id}/seal"
        record = a_snapshot(school.term, school.students[0])
        case, other = school.case(record), school.case(record)
        await school.dispute(case)
        await school.dispute(other)
        kit.at(SEALING)
        go = {"without_missing": True}
        no = await school.admin.post(url, go)
        assert (no.status, no.code, no.json["rule"], no.json["scheme"]) == (409, "term_not_ready", "JX-13", "jiangxi@2026.1")
        assert {one["what"]: one.get("count") for one in no.json["missing"]} == {"publicity_open": None, "open_cases": 2}
        await school.close(entries=1, at=SEALING)
        await school.settle(case)
        await school.settle(other, "void")
        await kit.receive(RecordVoidedV1(record_id=record.record_id, record=record, at=BEFORE, reason="不实"))
        no = await school.admin.post(url, go)
        assert [one["what"] for one in no.json["missing"]] == ["entries_on_the_way"]
        by_a_case = a_snapshot(school.term, school.students[1])
        after = EntriesClearedV1(
            term_id=school.term.term_id, path=by_a_case.path, entries=(by_a_case,), at=SEALING + timedelta(hours=1)
        )
        await kit.receive(after)
        kit.at(SEALING + timedelta(days=2))
        no = await school.admin.post(url, go)
        assert [(one["what"], one["count"]) for one in no.json["missing"]] == [("entries_on_the_way", 1)]
        await school.clear([a_snapshot(school.term, school.students[0])])
        for who in (school.teacher(), school.student(), school.guardian()):
            assert (await who.post(url, go)).code == "forbidden"
        assert (await school.stranger.post(url, go)).code == "not_found"
        assert (await school.admin.post(f"/terms/{new_id()}/seal", go)).code == "not_found"
        assert (await school.admin.post(url, go | {"surplus": 1})).code == "invalid_input"
        assert (await school.admin.post(url, go)).status == 202
        again = await school.admin.post(url, go)
        assert (again.status, again.code) == (409, "wrong_state")


@pytest.mark.feature("JX-13", "X-10")
async def test_a_crash_in_the_middle_loses_nothing_and_seals_nothing_twice(parts: Any) -> None:
    async with a_school(parts, pupils=4, chunk=2) as school:
        kit, storage = school.kit, school.kit.deps.storage
        await school.clear([a_snapshot(school.term, one) for one in school.students])
        await school.close(entries=4)
        kit.at(SEALING)
        assert (await school.admin.post(f"/terms/{school.term.term_id}/seal", {"without_missing": True})).status == 202
        write, asked = storage.write, list[str]()

        async def failing(bucket: str, key: str, data: bytes, media_type: str) -> None:
            asked.append(key)
            await write(bucket, key, data, media_type)
            if len(asked) == 1:
                raise RuntimeError("the process dies here")
            if key == asked[0]:
                raise OSError("storage kept something else than was sent")

        storage.write = failing
        await kit.tick()
        halfway = (await school.admin.get(f"/terms/{school.term.term_id}")).json
        assert (halfway["state"], halfway["root"]) == ("sealing", None)
        assert halfway["progress"]["ready"] < 4
        ready = (await school.admin.get("/archives")).json["items"]
        assert len(ready) == halfway["progress"]["ready"]
        codes = await all_codes(kit)
        storage.write = write
        await kit.tick(SEALING + timedelta(minutes=10))
        done = (await school.admin.get(f"/terms/{school.term.term_id}")).json
        assert (done["state"], done["progress"]["ready"], done["progress"]["failed"]) == ("sealed", 4, 0)
        assert await all_codes(kit) == codes
        for number in range(4):
            data = await school.object(await school.archive_of(number))
            assert examine(data, SIGNING.public(), done["root"]).verdict is Verdict.GENUINE
        assert len(await kit.events(TermSealedV1)) == 1


async def all_codes(kit: Any) -> list[str]:
    """The verification codes, in order."""
    async with kit.deps.db.reading() as tx:
        return [row["code"] for row in await tx.fetch("SELECT code FROM archives ORDER BY place")]


@pytest.mark.feature("JX-13", "JX-09")
async def test_what_comes_after_the_seal_waits_for_a_correction_and_rewrites_nothing(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        record = a_snapshot(school.term, school.students[0])
        await school.clear([record, record.model_copy(update={"version": 0, "title": "旧的一版"})])
        newer = record.model_copy(update={"version": 2, "title": "更正后的名称"})
        await school.clear([newer])
        await school.clear([record])
        await school.close(entries=1)
        await school.seal(without_missing=True)
        archive = await school.archive_of()
        before = await school.object(archive)
        document = SealedDocument.from_bytes(await school.object(archive, "json"))
        content = read_content(document.content)
        assert [r.title for d in content.dimensions for k in d.kinds for r in k.records] == ["更正后的名称"]
        last = newer.model_copy(update={"version": 3})
        await school.clear([last])
        await school.clear([a_snapshot(school.term, school.students[0])])
        assert (await school.admin.get(f"/terms/{school.term.term_id}")).json["late"] == 2
        await school.kit.tick()
        assert await school.object(await school.archive_of()) == before


@pytest.mark.feature("SH-03")
async def test_a_student_who_does_not_take_part_gets_no_archive_of_the_term(parts: Any) -> None:
    async with a_school(parts) as school:
        before = (await school.admin.get(f"/terms/{school.term.term_id}/preview")).json["students"]
        out = school.students[0]
        await school.kit.receive(
            ParticipationChangedV1(
                term_id=school.term.term_id,
                student_id=out.student_id,
                student_name=out.name,
                path=out.path,
                participates=False,
                reason="转学",
                by_name="校录入员",
                at=BEFORE,
                version=1,
            )
        )
        after = (await school.admin.get(f"/terms/{school.term.term_id}/preview")).json["students"]
        assert after == before - 1
