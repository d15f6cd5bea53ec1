"""What the screens of imports show: wrong cells in their place, how far it is, until when it can be undone (X-12, X-02)."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.importer import BatchEndedV1
from importer.domain import State
from importer_builders import CLASS, PUBLIC_FROM, a_school, exam_template, filled, scores
from servicekit.testing import a_student, an_actor
from test_batches import NOW, a_batch

FIVE_WRONG = (
    {"成绩": "9O"},
    {"成绩": 999, "科目": "外语"},
    {"考试": "月考"},
    {"科目": "玄学"},
    {"学籍号": "G360000000000000099"},
)


@pytest.mark.feature("X-12", "L-20")
async def test_every_wrong_cell_is_shown_where_it_stands_with_its_text_and_what_is_allowed(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, _ = school.students
        rows = [scores(two), *(scores(one, **wrong) for wrong in FIVE_WRONG)]
        batch = await school.checked(school.teacher, "exam_scores", filled(exam_template(), "考试成绩", rows))
        url = f"/batches/{batch['id']}"
        [sheet] = (await school.teacher.get(f"{url}/sheets")).json["sheets"]
        columns = {column["title"]: column for column in sheet["columns"]}
        assert (sheet["first_row"], sheet["last_row"]) == (2, 7)
        assert [row["row"] for row in sheet["rows"]] == [3, 4, 5, 6, 7]
        assert "期末" in columns["考试"]["allowed"]
        score = columns["成绩"]["column"]
        assert [sheet["rows"][at]["cells"][score] for at in (0, 1)] == ["9O", "999"]
        number = columns["学籍号"]["column"]
        assert sheet["rows"][4]["cells"][number] == "••••0099"
        assert one.registry_number not in str(sheet)
        first = (await school.teacher.get(f"{url}/problems", limit=3)).json
        second = (await school.teacher.get(f"{url}/problems", limit=3, cursor=first["next"])).json
        found = first["items"] + second["items"]
        assert [(one["kind"], one["row"]) for one in found] == [("problem", row) for row in (3, 4, 5, 6, 7)]
        assert (found[0]["cell"], found[0]["column"], second["next"]) == (f"{score}3", score, None)
        assert [one["code"] for one in found] == [one["code"] for one in batch["problems"]]
        for part in ("sheets", "problems"):
            assert (await school.kit.as_(an_actor("class_teacher", CLASS[:-1] + "9")).get(f"{url}/{part}")).code == "not_found"


@pytest.mark.feature("X-12")
async def test_an_applied_batch_says_until_when_it_can_be_undone(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        batch = await school.checked(school.teacher, "exam_scores", data)
        assert (await school.commit(school.teacher, batch["id"])).status == 200
        await school.applied(batch["id"])
        done = (await school.teacher.get(f"/batches/{batch['id']}")).json
        ended = [(event.state, event.title, event.rows, event.wrong) for event in await school.kit.events(BatchEndedV1)]
        assert ended == [(state, "考试成绩", 1, 0) for state in ("checked", "applied")]
        assert done["may_undo"] is True
        assert done["undo_until"] is not None
        assert done["undo_until"] == PUBLIC_FROM.isoformat().replace("+00:00", "Z")
        seen = (await school.administrator.get(f"/batches/{batch['id']}")).json
        assert (seen["may_undo"], seen["undo_until"]) == (False, done["undo_until"])
        school.kit.at(PUBLIC_FROM)
        late = (await school.teacher.get(f"/batches/{batch['id']}")).json
        assert late["may_undo"] is False
        assert (await school.teacher.post(f"/batches/{batch['id']}/undo", {})).code == "batch_locked"


@pytest.mark.feature("X-02", "JX-05")
async def test_the_home_screen_says_what_may_be_imported_until_when_and_which_files_wait(parts: Any) -> None:
    async with a_school(parts) as school:
        home = (await school.teacher.get("/home")).json
        assert [window["operation"] for window in home["now"]] == ["import"]
        assert home["todo"] == []
        wrong = filled(exam_template(), "考试成绩", [scores(school.students[0], 成绩=999)])
        await school.checked(school.teacher, "exam_scores", wrong)
        [todo] = (await school.teacher.get("/home")).json["todo"]
        assert (todo["id"], todo["count"], todo["detail"]) == ("batches_to_correct", 1, "考试成绩")
        right = await school.checked(
            school.teacher, "exam_scores", filled(exam_template(), "考试成绩", [scores(school.students[0])])
        )
        home = (await school.teacher.get("/home")).json
        assert [todo["id"] for todo in home["todo"]] == ["batches_to_commit"]  # the newest of its type counts
        assert [batch["id"] for batch in home["batches"]] == [right["id"]]
        assert (await school.administrator.get("/home")).json["batches"] == []
        empty = (await school.kit.as_(a_student(CLASS)).get("/home")).json
        assert empty == {"now": [], "next": [], "todo": [], "counters": [], "batches": []}


@pytest.mark.feature("X-12")
def test_the_rest_of_a_commit_is_estimated_from_the_chunks_so_far() -> None:
    batch = a_batch(State.COMMITTING, chunks=10, chunks_applied=4, committed_at=NOW)
    assert batch.seconds_left(NOW + timedelta(seconds=20)) == 30
    assert a_batch(State.COMMITTING, chunks=10, committed_at=NOW).seconds_left(NOW + timedelta(seconds=20)) is None
    assert a_batch(State.APPLIED, chunks=10, chunks_applied=10, committed_at=NOW).seconds_left(NOW) is None
