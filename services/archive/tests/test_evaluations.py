"""Self-evaluations and comments: by whom, when, how long, and by workbook (JX-12)."""

from typing import Any

import pytest
from contracts.archive import (
    ArchiveBatchAppliedV1,
    ArchiveBatchCheckedV1,
    ArchiveBatchRevertedV1,
    EvaluationWithdrawnV1,
    EvaluationWrittenV1,
)
from contracts.importer import BatchRow, BatchUndoneV1, EvaluationsCheckRequestedV1, EvaluationsCommittedV1
from servicekit.bus import RetryLater
from servicekit.http.page import pack
from servicekit.ids import new_id

from .school import COMMENT, OTHER_CLASS, SCHOOL, SEALING, SELF_TEXT, WRITING, School, a_leave, a_move, a_school


@pytest.mark.feature("JX-12", "X-13")
async def test_a_student_writes_of_themself_in_the_window_and_refusals_say_why(parts: Any) -> None:
    async with a_school(parts) as school:
        student, body = school.student(), school.ids | {"text": SELF_TEXT}
        early = await student.put("/evaluations/self", body)
        assert (early.status, early.code) == (409, "window_closed")
        assert (early.json["rule"], early.json["scheme"]) == ("JX-12", "jiangxi@2026.1")
        assert early.json["window"]["title"] == "学期自评"
        assert early.json["help"] == "请联系班主任"
        school.kit.at(WRITING)
        short = await student.put("/evaluations/self", body | {"text": "好"})
        assert (short.code, short.json["rule"], short.json["errors"][0]["field"]) == ("invalid_input", "JX-12", "text")
        assert "30" in short.json["detail"]
        assert (await student.put("/evaluations/self", body | {"text": "坏\u0000" * 40})).code == "invalid_input"
        assert (await student.put("/evaluations/self", body | {"term_id": str(new_id())})).code == "not_found"
        assert (await student.put("/evaluations/self", body | {"type": "teacher_comment"})).code == "forbidden"
        for other in (school.guardian(), school.teacher(), school.admin):
            assert (await other.put("/evaluations/self", body)).code == "forbidden"
        first = await student.put("/evaluations/self", body)
        assert (first.status, first.json["version"], first.headers["ETag"]) == (200, 1, '"1"')
        assert (await student.put("/evaluations/self", body)).code == "version_required"
        changed = body | {"text": SELF_TEXT + "下学期继续。"}
        assert (await student.put("/evaluations/self", changed, If_Match='"7"')).code == "stale_version"
        assert (await student.put("/evaluations/self", changed, If_Match='"1"')).json["version"] == 2
        assert (await student.put("/evaluations/self", changed, If_Match='"2"')).json["version"] == 2
        detail = (await school.guardian().get(f"/evaluations/{first.json['id']}")).json
        assert [v["version"] for v in detail["history"]] == [2, 1]
        assert detail["history"][1]["text"] == SELF_TEXT
        assert (await school.student(1).get(f"/evaluations/{first.json['id']}")).code == "not_found"
        assert [f.version for f in await school.kit.events(EvaluationWrittenV1)] == [1, 2]


@pytest.mark.feature("JX-12")
async def test_a_class_teacher_comments_on_their_own_class_and_sees_who_is_missing(parts: Any) -> None:
    async with a_school(parts, pupils=4) as school:
        school.kit.at(WRITING)
        mine, other = school.students[0], school.students[1]
        body = school.ids | {"student_id": str(mine.student_id), "text": COMMENT}
        assert (await school.teacher(OTHER_CLASS).put("/evaluations/teacher", body)).code == "not_found"
        assert (await school.student().put("/evaluations/teacher", body)).code == "forbidden"
        assert (await school.teacher().put("/evaluations/teacher", body)).status == 200
        theirs = school.ids | {"student_id": str(other.student_id), "text": COMMENT}
        assert (await school.teacher().put("/evaluations/teacher", theirs)).code == "not_found"

        async def listed(who: Any, **query: Any) -> list[tuple[str, str, bool]]:
            answer = (await who.get("/evaluations", term_id=school.term.term_id, **query)).json
            return [(i["student_id"], i["type"], i["evaluation"] is not None) for i in answer["items"]]

        missing = await listed(school.teacher(), pending="true", type="teacher_comment")
        assert missing == [(str(school.students[2].student_id), "teacher_comment", False)]
        assert await listed(school.teacher(), pending="false") == [(str(mine.student_id), "teacher_comment", True)]
        assert len(await listed(school.admin)) == 8
        pages: list[Any] = []
        cursor: str | None = None
        for _ in range(3):
            page = (await school.admin.get("/evaluations", term_id=school.term.term_id, limit=3, cursor=cursor)).json
            pages += [(i["student_id"], i["type"]) for i in page["items"]]
            cursor = page["next"]
        assert (len(pages), len(set(pages)), cursor) == (8, 8, None)
        assert len(await listed(school.admin, path=OTHER_CLASS)) == 4
        assert {row[0] for row in await listed(school.student())} == {str(mine.student_id)}
        wrong = await school.teacher().get("/evaluations", term_id=school.term.term_id, path=OTHER_CLASS)
        assert wrong.code == "not_found"
        assert (await school.stranger.get("/evaluations", term_id=school.term.term_id)).code == "not_found"
        for bad, code in (
            ({"path": f"{SCHOOL}.a b"}, "invalid_input"),
            ({"cursor": "x"}, "malformed"),
            ({"cursor": pack("a b", new_id(), "x")}, "malformed"),
            ({"pending": "maybe"}, "invalid_input"),
        ):
            answer = await school.admin.get("/evaluations", term_id=school.term.term_id, **bad)
            assert answer.code == code, bad


def a_batch(school: School, rows: tuple[BatchRow, ...], **changed: Any) -> EvaluationsCommittedV1:
    """A committed workbook of comments."""
    return EvaluationsCommittedV1(
        **{
            "batch_id": new_id(), "chunk": 1, "chunks": 1, "import_type": "teacher_comments",
            "path": SCHOOL, "term_id": school.term.term_id, "scheme_id": "jiangxi", "scheme_version": "2026.1",
            "account_id": new_id(), "author_name": "王建国", "rows": rows,
        }
        | changed
    )  # fmt: skip


@pytest.mark.feature("JX-12", "X-12")
async def test_comments_come_by_workbook_once_and_can_be_taken_back(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        school.kit.at(WRITING)
        one, two, three = school.students
        body = school.ids | {"student_id": str(one.student_id), "text": "旧评语：还需要更加努力才行。"}
        assert (await school.teacher().put("/evaluations/teacher", body)).status == 200
        rows = (
            BatchRow(row=2, sheet="综合评语", student_id=one.student_id, data={"text": COMMENT}),
            BatchRow(row=3, sheet="综合评语", student_id=two.student_id, data={"text": COMMENT}),
            BatchRow(row=4, sheet="综合评语", student_id=three.student_id, data={"text": "短"}),
            BatchRow(row=5, sheet="综合评语", student_id=new_id(), data={"text": COMMENT}),
        )
        batch = a_batch(school, rows)
        await school.kit.receive(batch)
        [applied] = await school.kit.events(ArchiveBatchAppliedV1)
        assert (applied.created, applied.changed, applied.unchanged) == (1, 1, 0)
        assert [(p.row, p.field) for p in applied.problems] == [(4, "text"), (5, "text")]
        await school.kit.receive(a_batch(school, rows[:2]))
        assert (await school.kit.events(ArchiveBatchAppliedV1))[-1].unchanged == 2
        with pytest.raises(RetryLater):
            await school.kit.receive(a_batch(school, rows, term_id=new_id()))

        event = BatchUndoneV1(
            batch_id=batch.batch_id, target="archive", import_type="teacher_comments", path=SCHOOL, account_id=new_id(),
            reason="导错了",
        )  # fmt: skip
        await school.kit.receive(event)
        [answer] = await school.kit.events(ArchiveBatchRevertedV1)
        assert (answer.removed, answer.restored, answer.kept) == (1, 1, ())
        [gone] = await school.kit.events(EvaluationWithdrawnV1)
        assert (gone.student_id, gone.evaluation_type) == (two.student_id, "teacher_comment")
        listed = (await school.admin.get("/evaluations", term_id=school.term.term_id, type="teacher_comment")).json["items"]
        texts = {item["student_id"]: item["evaluation"] and item["evaluation"]["text"] for item in listed}
        assert texts == {
            str(one.student_id): "旧评语：还需要更加努力才行。",
            str(two.student_id): None,
            str(three.student_id): None,
        }


def a_check(batch: EvaluationsCommittedV1, attempt: int = 1) -> EvaluationsCheckRequestedV1:
    """The question what committing the workbook would do."""
    return EvaluationsCheckRequestedV1(**batch.model_dump(), attempt=attempt)


@pytest.mark.feature("L-10", "L-08")
async def test_a_check_of_comments_answers_what_the_commit_then_does_and_changes_nothing(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        school.kit.at(WRITING)
        one, two, three = school.students
        body = school.ids | {"student_id": str(one.student_id), "text": "旧评语：还需要更加努力才行。"}
        assert (await school.teacher().put("/evaluations/teacher", body)).status == 200
        rows = (
            BatchRow(row=2, sheet="综合评语", student_id=one.student_id, data={"text": COMMENT}),
            BatchRow(row=3, sheet="综合评语", student_id=two.student_id, data={"text": COMMENT}),
            BatchRow(row=4, sheet="综合评语", student_id=three.student_id, data={"text": "短"}),
        )
        batch = a_batch(school, rows)
        for attempt in (1, 2):
            await school.kit.receive(a_check(batch, attempt))
        first, second = await school.kit.events(ArchiveBatchCheckedV1)
        assert (first.attempt, second.attempt) == (1, 2)
        assert first.model_copy(update={"attempt": 2}) == second, "the first check changed something"
        assert [row.outcome for row in first.rows] == ["changed", "created", "problem"]
        await school.kit.receive(batch)
        [applied] = await school.kit.events(ArchiveBatchAppliedV1)
        assert (applied.created, applied.changed, applied.unchanged, applied.problems) == (
            first.created, first.changed, first.unchanged, first.problems,
        )  # fmt: skip
        await school.kit.receive(a_check(batch, 3))
        third = (await school.kit.events(ArchiveBatchCheckedV1))[-1]
        assert ([row.outcome for row in third.rows], third.fingerprint == first.fingerprint) == (
            ["unchanged", "unchanged", "problem"], False,
        )  # fmt: skip
        without_text = (BatchRow(row=2, sheet="综合评语", student_id=one.student_id, data={}),)
        await school.kit.receive(a_batch(school, without_text))
        assert (await school.kit.events(ArchiveBatchAppliedV1))[-1].unchanged == 1


@pytest.mark.feature("X-12", "L-10")
async def test_undoing_comments_names_those_that_stay_because_they_were_changed_since(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        school.kit.at(WRITING)
        one, two = school.students
        rows = tuple(
            BatchRow(row=2 + n, sheet="综合评语", student_id=who.student_id, data={"text": COMMENT})
            for n, who in enumerate((one, two))
        )
        batch = a_batch(school, rows)
        await school.kit.receive(batch)
        body = school.ids | {"student_id": str(one.student_id), "text": COMMENT + "进步明显。"}
        assert (await school.teacher().put("/evaluations/teacher", body, If_Match='"1"')).status == 200
        event = BatchUndoneV1(
            batch_id=batch.batch_id, target="archive", import_type="teacher_comments", path=SCHOOL, account_id=new_id(),
            reason="导错了",
        )  # fmt: skip
        await school.kit.receive(event)
        [answer] = await school.kit.events(ArchiveBatchRevertedV1)
        assert (answer.removed, answer.restored) == (1, 0)
        assert [(kept.code, one.name in kept.message) for kept in answer.kept] == [("evaluation_used", True)]


@pytest.mark.feature("JX-12", "JX-13", "X-13")
async def test_missing_evaluations_hold_the_seal_up_unless_the_school_says_so(parts: Any) -> None:
    async with a_school(parts) as school:
        await school.close()
        school.kit.at(WRITING)
        assert (await school.student().put("/evaluations/self", school.ids | {"text": SELF_TEXT})).status == 200
        url = f"/terms/{school.term.term_id}"
        early = await school.admin.post(f"{url}/seal")
        assert (early.code, early.json["rule"], early.json["window"]["operation"]) == ("window_closed", "JX-13", "seal")
        school.kit.at(SEALING)
        no = await school.admin.post(f"{url}/seal")
        assert (no.status, no.code, no.json["rule"]) == (409, "evaluations_missing", "JX-12")
        assert no.json["missing"]["self_evaluation"] == {"title": "学期自评", "count": 1}
        assert no.json["missing"]["teacher_comment"]["count"] == 2
        assert (await school.admin.get(url)).json["missing"] == {"self_evaluation": 1, "teacher_comment": 2}
        made = await school.seal(without_missing=True)
        assert made["without_missing"] == {"self_evaluation": 1, "teacher_comment": 2}
        school.kit.at(WRITING)
        late = await school.student(1).put("/evaluations/self", school.ids | {"text": SELF_TEXT})
        assert (late.code, late.json["rule"]) == ("wrong_state", "JX-12")


@pytest.mark.feature("JX-12", "BJ-04")
async def test_pending_evaluations_go_along_with_a_student_who_changes_class_and_end_with_one_who_leaves(parts: Any) -> None:
    async with a_school(parts) as school:
        school.kit.at(WRITING)
        who, old, new = school.students[0], school.teacher(), school.teacher(OTHER_CLASS)
        body = school.ids | {"student_id": str(who.student_id), "text": COMMENT}
        first = (await old.put("/evaluations/teacher", body)).json
        moved = who.model_copy(update={"path": OTHER_CLASS, "class_title": "（2）班", "version": 2})
        await school.kit.receive(a_move(who, moved))

        async def pending(teacher: Any, type_: str) -> list[str]:
            query = {"term_id": school.term.term_id, "pending": "true", "type": type_}
            return [item["student_id"] for item in (await teacher.get("/evaluations", **query)).json["items"]]

        assert await pending(old, "self_evaluation") == []
        assert str(who.student_id) in await pending(new, "self_evaluation")
        assert str(who.student_id) not in await pending(new, "teacher_comment")
        assert (await old.get(f"/evaluations/{first['id']}")).code == "not_found"
        assert (await new.get(f"/evaluations/{first['id']}")).json["text"] == COMMENT
        changed = body | {"text": COMMENT + "新班级表现良好。"}
        assert (await old.put("/evaluations/teacher", changed, If_Match='"1"')).code == "not_found"
        assert (await new.put("/evaluations/teacher", changed, If_Match='"1"')).json["version"] == 2
        gone = moved.model_copy(update={"status": "left", "version": 3})
        await school.kit.receive(a_leave(gone))
        assert str(who.student_id) not in await pending(new, "self_evaluation")
        no = await new.put("/evaluations/teacher", body, If_Match='"2"')
        assert (no.status, no.code, no.json["rule"]) == (409, "wrong_state", "JX-12")
        rows = (BatchRow(row=2, sheet="综合评语", student_id=who.student_id, data={"text": COMMENT}),)
        await school.kit.receive(a_batch(school, rows))
        assert "离校" in (await school.kit.events(ArchiveBatchAppliedV1))[-1].problems[0].message
