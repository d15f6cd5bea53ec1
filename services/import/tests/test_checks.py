"""One validator: the dry run shows what the receiving service answers, and a commit asks it again (L-10)."""

from datetime import timedelta
from io import BytesIO
from typing import Any
from uuid import UUID

import aiohttp
import pytest
from contracts.base import RowPlan, RowProblem, fingerprint
from contracts.importer import RecordsCommittedV1
from contracts.records import RecordsBatchCheckedV1
from importer.actions import asking
from importer.domain.checks import differences, same_plan, summed_up, with_guardian_columns
from importer_builders import NOW, School, a_school, an_answer, exam_template, filled, scores
from openpyxl import load_workbook

BATCH = UUID(int=1)
CREATED, CHANGED = RowPlan(outcome="created", fingerprint="a"), RowPlan(outcome="changed", fingerprint="b")


def a_checked(chunk: int = 1, rows: tuple[RowPlan, ...] = (CREATED, CREATED), **more: Any) -> RecordsBatchCheckedV1:
    given: dict[str, Any] = {
        "batch_id": BATCH, "attempt": 1, "chunk": chunk, "chunks": 2, "created": 1, "changed": 2, "unchanged": 3, "rows": rows,
        "fingerprint": fingerprint(*(row.model_dump() for row in rows)),
    }  # fmt: skip
    return RecordsBatchCheckedV1(**(given | more))


def rows_of(chunk: int) -> list[tuple[str, int]]:
    return [("rows", 10 * chunk), ("rows", 10 * chunk + 1)]


@pytest.mark.feature("L-10", "L-08", "L-09")
def test_the_answers_of_all_chunks_are_summed_up_and_their_effects_are_said_in_words() -> None:
    problem = RowProblem(row=9, code="x", message="x")
    found = summed_up([
        a_checked(2, counts={"access_lost": 1, "values_cleared": 2}, problems=(problem,)),
        a_checked(1, counts={"access_lost": 2}, questions=(problem.model_copy(update={"row": 3}),)),
    ])  # fmt: skip
    assert (found.created, found.changed, found.unchanged, found.bad_rows) == (2, 4, 6, 2)
    assert [(notice.code, notice.message) for notice in found.notices] == [
        ("values_cleared", "空白单元格将清除 2 项已有内容。"),
        ("access_lost", "3 名家长将失去对孩子的访问权。"),
    ]


@pytest.mark.feature("L-10")
def test_a_later_check_that_differs_names_the_rows_and_the_counts() -> None:
    before = [a_checked(1), a_checked(2, counts={"moved": 1})]
    assert same_plan(before, [a_checked(2, counts={"moved": 1}), a_checked(1)])
    now = [a_checked(1, rows=(CREATED, CHANGED)), a_checked(2, rows=(CREATED.model_copy(update={"fingerprint": "z"}), CREATED))]
    assert not same_plan(before, now)
    assert [(one.row, one.message) for one in differences(before, now, rows_of)] == [
        (11, "检查时为“新增”，现在为“更新”。"),
        (20, "仍为“新增”，但检查之后有关数据有变动。"),
        (0, "检查之后有变动，检查时为 1，现在：0 名学生将调整班级。"),
    ]
    whole = differences([a_checked(1, rows=())], [a_checked(1, rows=(), fingerprint="other")], rows_of)
    assert [(one.row, one.message) for one in whole] == [(10, "检查之后，第 10 至 11 行的有关数据有变动。")]


@pytest.mark.feature("L-10", "L-09")
def test_a_finding_about_a_guardian_is_shown_in_the_columns_that_name_them() -> None:
    question = RowProblem(sheet="students", row=2, field="guardian_1_phone", code="phone_other_name", message="x")
    found = summed_up([a_checked(questions=(question, question.model_copy(update={"row": 3})))])
    rows = [
        {"sheet": "students", "row": 2, "data": {"guardians": [{"slot": 2}]}},
        {"sheet": "students", "row": 3, "data": {"guardians": [{}]}},
    ]
    named = with_guardian_columns(found, rows).questions
    assert [(one.row, one.field) for one in named] == [(2, "guardian_2_phone"), (3, "guardian_1_phone")]


async def a_batch_of(school: School, count: int = 1) -> str:
    """A batch with scores of so many students that is being checked; the service was not asked yet."""
    rows = [scores(student) for student in school.students[:count]]
    begun = await school.begin(school.teacher, "exam_scores", filled(exam_template(), "考试成绩", rows))
    return str(begun.json["id"])


@pytest.mark.feature("L-10")
async def test_the_dry_run_shows_the_problems_of_the_service_that_applies_and_colours_their_cells(parts: Any) -> None:
    async with a_school(parts) as school:
        batch_id = await a_batch_of(school, 2)
        problem = RowProblem(row=3, field="score", code="approved_already", message="该生的这条记录已经确认")
        warning = RowProblem(row=2, code="look", message="请核对")
        seen = await school.wait(
            school.teacher, batch_id, problems=(problem,), warnings=(warning,), counts={"values_cleared": 1}
        )
        assert (seen["state"], seen["rows_bad"], seen["problem_count"], seen["may_commit"]) == ("checked", 1, 1, False)
        assert [(p["row"], p["cell"], p["code"]) for p in seen["problems"]] == [(3, "F3", "approved_already")]
        assert [(w["row"], w["code"]) for w in seen["row_warnings"]] == [(2, "look")]
        assert seen["planned"]["counts"] == {"values_cleared": 1}
        assert "空白单元格将清除 1 项已有内容。" in [w["message"] for w in seen["warnings"]]
        [shown] = (await school.teacher.get(f"/batches/{batch_id}/sheets")).json["sheets"]
        assert [(row["row"], "F" in row["cells"]) for row in shown["rows"]] == [(3, True)]
        assert (shown["sheet"], shown["name"]) == ("考试成绩", "考试成绩")
        assert (await school.teacher.post(f"/batches/{batch_id}/commit")).code == "batch_has_problems"
        url = (await school.teacher.get(f"/batches/{batch_id}/answer")).json["url"]
        async with aiohttp.ClientSession() as session, session.get(url) as sent:
            assert sent.status == 200
            sheet = load_workbook(BytesIO(await sent.read()))["考试成绩"]
        assert {c.coordinate for row in sheet.iter_rows() for c in row if c.comment is not None} == {"F3"}


@pytest.mark.feature("L-10")
async def test_a_question_of_the_service_waits_for_the_schools_answer_in_the_workbook(parts: Any) -> None:
    async with a_school(parts) as school:
        question = RowProblem(row=2, code="phone_other_name", message="该手机号已有账号，姓名不同。是否已换人？")
        seen = await school.wait(school.teacher, await a_batch_of(school), questions=(question,))
        assert (seen["problem_count"], seen["question_count"], seen["may_commit"]) == (0, 1, False)
        assert [q["code"] for q in seen["questions"]] == ["phone_other_name"]
        assert (await school.teacher.post(f"/batches/{seen['id']}/commit")).code == "batch_has_questions"


@pytest.mark.feature("L-10")
async def test_a_problem_of_the_workbook_is_shown_without_asking_the_service(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0], 成绩="x")])
        seen = await school.checked(school.teacher, "exam_scores", data)
        assert (len(seen["problems"]), seen["planned"]) == (1, None)
        assert await school.checks(seen["id"]) == []


@pytest.mark.feature("L-10")
async def test_a_dry_run_that_is_out_of_date_is_computed_again_and_its_differences_are_shown(parts: Any) -> None:
    async with a_school(parts) as school:
        seen = await school.wait(school.teacher, await a_batch_of(school, 2))
        assert seen["planned"] == {"created": 2, "changed": 0, "unchanged": 0, "counts": {}}
        rows = (CREATED.model_copy(update={"fingerprint": ""}), CHANGED)
        now: dict[str, Any] = {"created": 1, "changed": 1, "rows": rows, "fingerprint": fingerprint("other")}
        back = (await school.commit(school.teacher, seen["id"], **now)).json
        assert (back["state"], back["may_commit"]) == ("checked", True)
        assert [(d["row"], d["message"]) for d in back["differences"]] == [(3, "检查时为“新增”，现在为“更新”。")]
        assert (back["planned"]["created"], back["planned"]["changed"]) == (1, 1)
        assert await school.events(seen["id"]) == []
        done = (await school.commit(school.teacher, seen["id"], **now)).json
        assert done["state"] == "committing"
        assert len(await school.kit.events(RecordsCommittedV1)) == 1


@pytest.mark.feature("L-10")
async def test_answers_to_an_earlier_attempt_or_twice_or_of_another_service_change_nothing(parts: Any) -> None:
    async with a_school(parts) as school:
        seen = await school.wait(school.teacher, await a_batch_of(school))
        [first] = await school.checks(seen["id"])
        await school.teacher.post(f"/batches/{seen['id']}/commit")
        for late in (an_answer(first, fingerprint="late"), an_answer(first)):
            await school.kit.receive(late)
        foreign = first.model_copy(update={"target": "archive", "attempt": 2})
        await school.kit.receive(an_answer(foreign))
        assert (await school.teacher.get(f"/batches/{seen['id']}")).json["state"] == "rechecking"
        await school.answer_checks(seen["id"])
        [_, second] = await school.checks(seen["id"])
        await school.kit.receive(an_answer(second, fingerprint="again"))
        assert (await school.teacher.get(f"/batches/{seen['id']}")).json["state"] == "committing"
        assert len(await school.events(seen["id"])) == 1


@pytest.mark.feature("L-10")
async def test_without_an_answer_in_time_a_check_fails_and_a_commit_goes_back_with_a_clear_text(parts: Any) -> None:
    async with a_school(parts) as school:
        batch_id = await a_batch_of(school)
        while not await school.checks(batch_id):
            await school.kit.tick()
        school.kit.at(NOW + asking.CHECK_WITHIN + timedelta(seconds=1))
        await school.kit.tick()
        failed = (await school.teacher.get(f"/batches/{batch_id}")).json
        assert (failed["state"], "没有答复" in failed["message"]) == ("failed", True)
        school.kit.at(NOW)
        seen = await school.wait(school.teacher, await a_batch_of(school))
        assert (await school.teacher.post(f"/batches/{seen['id']}/commit")).json["state"] == "rechecking"
        school.kit.at(NOW + asking.CHECK_WITHIN + timedelta(seconds=1))
        await school.kit.tick()
        back = (await school.teacher.get(f"/batches/{seen['id']}")).json
        assert (back["state"], back["code"], back["may_commit"]) == ("checked", "not_answered", True)
        done = (await school.commit(school.teacher, seen["id"])).json
        assert (done["state"], done["code"]) == ("committing", None)
