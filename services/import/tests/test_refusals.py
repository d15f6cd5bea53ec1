"""What is refused: other people's classes and schools, wrong roles, times and states, wrong and hostile files."""

import asyncio
import time
from datetime import timedelta
from io import BytesIO
from typing import Any
from zipfile import ZIP_DEFLATED, ZipFile

import aiohttp
import pytest
from contracts.archive import TermSealedV1
from contracts.identity import StudentMovedV1
from importer.actions import upkeep
from importer.adapters.upload import MEDIA_TYPE
from importer_builders import (
    CLASS,
    NEXT_CLASS,
    NOW,
    OTHER_SCHOOL,
    PUBLIC_FROM,
    SCHOOL,
    a_school,
    a_student,
    a_term,
    exam_template,
    filled,
    scores,
)
from openpyxl import load_workbook
from servicekit.ids import new_id
from servicekit.testing import an_actor


@pytest.mark.feature("JX-05", "X-12")
async def test_a_broken_workbook_comes_back_coloured_with_nothing_stored_and_mended_it_goes_through(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, three = school.students
        template = await school.template(school.teacher, "exam_scores")
        elsewhere = a_student(8, "陈同学", NEXT_CLASS)
        rows = [
            scores(one, 成绩="很好"),
            scores(two, 科目="炼金术"),
            scores(three, 姓名="李雨"),
            scores(elsewhere),
            scores(one, 科目="语文", 成绩=151),
            scores(two),
        ]
        batch = await school.checked(school.teacher, "exam_scores", filled(template, "考试成绩", rows))
        assert (batch["state"], batch["rows"], batch["rows_bad"], batch["may_commit"]) == ("checked", 6, 5, False)
        assert [(p["cell"], p["code"]) for p in batch["problems"]] == [
            ("F2", "not_result"), ("E3", "not_in_list"),
            ("B4", "name_differs"), ("A5", "student_unknown"), ("G6", "in_order"),
        ]  # fmt: skip
        refused = await school.commit(school.teacher, batch["id"])
        assert (refused.code, refused.json["rule"], refused.json["problems"]) == ("batch_has_problems", "X-12", 5)
        async with school.kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM batch_events") == 0
        assert await school.events(batch["id"]) == []
        url = (await school.teacher.get(f"/batches/{batch['id']}/answer")).json["url"]
        async with aiohttp.ClientSession() as session, session.get(url) as sent:
            assert sent.status == 200
            assert "filename*=UTF-8''%E8%80%83" in sent.headers["Content-Disposition"]
            answer = await sent.read()
        sheet = load_workbook(BytesIO(answer))["考试成绩"]
        coloured = {c.coordinate for row in sheet.iter_rows() for c in row if c.comment is not None}
        assert coloured == {"F2", "E3", "B4", "A5", "G6"}
        mended = filled(answer, "考试成绩", [scores(one), scores(two, 科目="化学"), scores(three), scores(one, 科目="物理")])
        book = load_workbook(BytesIO(mended))
        book["考试成绩"].cell(6, 6).value = 150
        out = BytesIO()
        book.save(out)
        again = await school.checked(school.teacher, "exam_scores", out.getvalue())
        assert (again["problems"], again["rows"], again["may_commit"]) == ([], 6, True)


@pytest.mark.feature("JX-05")
async def test_wrong_files_and_wrong_templates_are_refused_by_name(parts: Any) -> None:
    async with a_school(parts) as school:
        teacher = school.teacher
        other = await school.template(teacher, "basic_data")
        refused = await school.checked(teacher, "exam_scores", other)
        assert (refused["state"], refused["code"]) == ("refused", "other_template")
        assert "基本情况" in refused["message"]
        assert (await teacher.post(f"/batches/{refused['id']}/commit")).code == "wrong_state"
        assert (await teacher.get(f"/batches/{refused['id']}/answer")).code == "answer_missing"
        csv = await school.begin(teacher, "exam_scores", "学籍号,姓名\n1,2\n".encode())
        assert (csv.code, "文本文件" in csv.json["detail"]) == ("file_refused", True)
        wrong = {"name": "a.png", "media_type": "image/png", "size": 10}
        assert (await teacher.post("/uploads", wrong)).code == "file_refused"
        big = {"name": "a.xlsx", "media_type": MEDIA_TYPE, "size": 21 * 1024 * 1024}
        assert (await teacher.post("/uploads", big)).code == "file_refused"
        empty = await school.checked(teacher, "exam_scores", exam_template())
        assert (empty["state"], empty["rows"], empty["may_commit"]) == ("checked", 0, False)
        assert (await teacher.post(f"/batches/{empty['id']}/commit")).code == "batch_empty"
        unknown = {"file_id": str(new_id()), "type": "exam_scores", "term_id": str(school.term.term_id)}
        assert (await teacher.post("/batches", unknown)).code == "not_found"
        assert (await teacher.post("/batches", unknown | {"type": "no_such"})).code == "import_unknown"
        assert (await teacher.post("/batches", {"file_id": str(new_id()), "type": "exam_scores"})).code == "invalid_input"


@pytest.mark.feature("X-12")
async def test_a_hostile_file_is_refused_while_other_requests_go_on(parts: Any) -> None:
    bomb = BytesIO()
    with ZipFile(bomb, "w", ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"\0" * (100 << 20))
    async with a_school(parts) as school:
        begun = await school.begin(school.teacher, "exam_scores", bomb.getvalue())
        waiting = asyncio.create_task(school.wait(school.teacher, begun.json["id"]))
        slowest = 0.0
        while not waiting.done():
            before = time.perf_counter()
            assert (await school.teacher.get("/types")).status == 200
            slowest = max(slowest, time.perf_counter() - before)
            await asyncio.sleep(0.02)
        refused = await waiting
        assert (refused["state"], refused["code"]) == ("refused", "file_zip_bomb")
        assert slowest < 3


@pytest.mark.feature("JX-05")
async def test_nobody_imports_for_other_classes_schools_or_in_another_role(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        batch = await school.checked(school.teacher, "exam_scores", data)
        kit, term = school.kit, str(school.term.term_id)
        strangers = {
            "next class": an_actor("class_teacher", NEXT_CLASS),
            "other school": an_actor("administrator", OTHER_SCHOOL),
            "other school's class": an_actor("class_teacher", f"{OTHER_SCHOOL}.g2025.c01"),
        }
        for who, actor in strangers.items():
            caller = kit.as_(actor)
            for path in ("", "/answer", "/progress"):
                assert (await caller.get(f"/batches/{batch['id']}{path}")).code == "not_found", who
            for step in ("commit", "undo"):
                assert (await caller.post(f"/batches/{batch['id']}/{step}")).code == "not_found", who
            assert (await caller.get("/batches", path=CLASS)).code == "not_found", who
            assert (await caller.get("/batches")).json["items"] == [], who
            assert (await caller.get("/templates/exam_scores", path=CLASS, term_id=term)).code == "not_found", who
        admin = school.administrator
        assert [b["id"] for b in (await admin.get("/batches")).json["items"]] == [batch["id"]]
        assert (await admin.post(f"/batches/{batch['id']}/commit")).code == "forbidden"
        no = await admin.get("/templates/exam_scores", term_id=term)
        assert (no.code, no.json["scheme"], "班主任" in no.json["help"]) == ("forbidden", "jiangxi@2026.1", True)
        assert (await school.teacher.get("/templates/roster")).code == "forbidden"
        student = kit.as_(an_actor("student", CLASS, students=(school.students[0].student_id,)))
        assert (await student.get("/types")).code == "forbidden"
        foreign = a_term(OTHER_SCHOOL)
        await kit.receive(foreign)
        assert (await school.teacher.get("/types", term_id=foreign.term_id)).code == "not_found"


@pytest.mark.feature("JX-05", "X-13")
async def test_outside_its_window_nothing_is_checked_or_committed_and_the_refusal_says_why(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        batch = await school.checked(school.teacher, "exam_scores", data)
        school.kit.at(PUBLIC_FROM)
        for answer in (
            await school.teacher.post(f"/batches/{batch['id']}/commit"),
            await school.begin(school.teacher, "exam_scores", data),
        ):
            problem = answer.json
            assert (answer.status, problem["code"], problem["rule"], problem["scheme"]) == (
                409,
                "window_closed",
                "JX-05",
                "jiangxi@2026.1",
            )
            assert (problem["window"]["operation"], "校管理员" in problem["help"]) == ("import", True)
        school.kit.at(NOW)
        await school.kit.receive(
            TermSealedV1(term_id=school.term.term_id, path=SCHOOL, title="", root="", archives=0, version=1, at=NOW)
        )
        assert (await school.teacher.post(f"/batches/{batch['id']}/commit")).code == "term_sealed"
        school.kit.at(PUBLIC_FROM)
        types = (await school.teacher.get("/types", term_id=school.term.term_id)).json["items"]
        assert "档案" in next(t for t in types if t["type"] == "exam_scores")["closed"]


@pytest.mark.feature("X-12")
async def test_two_commits_of_the_same_class_and_type_take_turns_and_students_who_left_stop_one(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        one, two, three = [await school.checked(school.teacher, "exam_scores", data) for _ in range(3)]
        answers = await asyncio.gather(*(school.teacher.post(f"/batches/{b['id']}/commit") for b in (one, two)))
        assert sorted(a.code or "" for a in answers) == ["", "batch_running"]
        first = next(a.json["id"] for a in answers if a.status == 200)
        second = next(b["id"] for b in (one, two) if b["id"] != first)
        await school.applied(first, created=0, changed=0, unchanged=1)
        assert (await school.teacher.get(f"/batches/{first}")).json["unchanged"] == 1
        assert (await school.teacher.post(f"/batches/{second}/commit")).status == 200
        await school.applied(second)
        gone = school.students[0].model_copy(update={"path": NEXT_CLASS, "version": 2})
        await school.kit.receive(StudentMovedV1(student_id=gone.student_id, from_path=CLASS, enrolment=gone))
        assert (await school.teacher.post(f"/batches/{three['id']}/commit")).code == "batch_outdated"


async def test_a_check_whose_process_died_is_taken_up_again_and_given_up_in_the_end(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        begun = [(await school.begin(school.teacher, "exam_scores", data)).json["id"] for _ in range(2)]
        await school.kit.tick()
        await school.kit.deps.background.close()
        assert (await school.teacher.get(f"/batches/{begun[0]}")).json["state"] == "checking"
        school.kit.at(NOW + timedelta(minutes=2))
        assert (await school.wait(school.teacher, begun[0]))["state"] == "checked"
        assert (await school.wait(school.teacher, begun[1]))["rows"] == 1
        always = (await school.begin(school.teacher, "exam_scores", data)).json["id"]
        for minutes in range(4, 10, 2):
            school.kit.at(NOW + timedelta(minutes=minutes))
            await school.kit.tick()
            await school.kit.deps.background.close()
        school.kit.at(NOW + timedelta(minutes=10))
        failed = await school.wait(school.teacher, always)
        assert (failed["state"], failed["code"]) == ("failed", "fault")


@pytest.mark.feature("X-12")
async def test_progress_is_told_live_and_ends_when_nothing_more_happens(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0], 成绩="x")])
        begun = (await school.begin(school.teacher, "exam_scores", data)).json
        following = asyncio.create_task(school.teacher.get(f"/batches/{begun['id']}/progress"))
        await asyncio.sleep(0.2)
        await school.wait(school.teacher, begun["id"])
        stream = (await asyncio.wait_for(following, 20)).body.decode()
        assert stream.index('"state":"checking"') < stream.index('"state":"checked"')
        assert stream.endswith('"final":true}\n\n')
        ids = [line.removeprefix("id: ") for line in stream.splitlines() if line.startswith("id: ")]
        path = f"/batches/{begun['id']}/progress"
        resumed = (await school.teacher.call("GET", path, Last_Event_ID=ids[0])).body.decode()
        assert ids[0] not in resumed.split()
        assert f"id: {ids[-1]}\n" in resumed
        assert (await school.teacher.call("GET", path, Last_Event_ID=ids[-1])).status == 204


@pytest.mark.feature("L-10")
async def test_a_stream_opened_in_two_tabs_on_a_checked_batch_stays_open_for_the_commit(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        batch = await school.checked(school.teacher, "exam_scores", data)
        path = f"/batches/{batch['id']}/progress"
        tabs = [asyncio.create_task(school.teacher.get(path)) for _ in range(2)]
        await asyncio.sleep(0.3)
        assert not any(tab.done() for tab in tabs)
        await school.commit(school.teacher, batch["id"])
        await school.applied(batch["id"])
        for tab in tabs:
            stream = (await asyncio.wait_for(tab, 20)).body.decode()
            assert stream.index('"state":"checked"') < stream.index('"state":"applied"')
            last = [line.removeprefix("id: ") for line in stream.splitlines() if line.startswith("id: ")][-1]
            assert (await school.teacher.call("GET", path, Last_Event_ID=last)).status == 204


@pytest.mark.feature("X-12")
async def test_a_follower_that_goes_away_and_a_commit_clicked_five_times_leave_one_import(parts: Any) -> None:
    async with a_school(parts) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        begun = (await school.begin(school.teacher, "exam_scores", data)).json["id"]
        gone = asyncio.create_task(school.teacher.get(f"/batches/{begun}/progress"))
        await asyncio.sleep(0.2)
        gone.cancel()
        assert (await school.wait(school.teacher, begun))["state"] == "checked"
        clicks = [asyncio.create_task(school.teacher.post(f"/batches/{begun}/commit")) for _ in range(5)]
        await asyncio.sleep(0.005)
        clicks[0].cancel()  # the browser was closed: what it asked for is done all the same
        answers = await asyncio.gather(*clicks[1:])
        assert {(answer.status, answer.json["state"]) for answer in answers} == {(200, "rechecking")}
        await school.answer_checks(begun)
        assert len(await school.events(begun)) == 1
        assert {check.attempt for check in await school.checks(begun)} == {1, 2}
        keyed = [await school.teacher.post(f"/batches/{begun}/commit", Idempotency_Key="the-same-key") for _ in range(2)]
        assert keyed[0].body == keyed[1].body
        assert len(await school.events(begun)) == 1


async def test_old_rows_and_uploads_are_forgotten(parts: Any) -> None:
    async with a_school(parts) as school:
        good = await school.checked(
            school.teacher, "exam_scores", filled(exam_template(), "考试成绩", [scores(school.students[0])])
        )
        bad = await school.checked(
            school.teacher, "exam_scores", filled(exam_template(), "考试成绩", [scores(school.students[0], 成绩="x")])
        )
        deps = school.kit.deps
        await upkeep.sweep_files(deps)
        async with deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM files") == 0
        await upkeep.sweep_answers(deps)
        await upkeep.purge_rows(deps)
        assert (await school.teacher.get(f"/batches/{bad['id']}/answer")).status == 200
        school.kit.at(NOW + timedelta(days=91))
        await upkeep.sweep_answers(deps)
        await upkeep.purge_rows(deps)
        assert (await school.teacher.get(f"/batches/{bad['id']}/answer")).code == "answer_missing"
        seen = (await school.teacher.get(f"/batches/{bad['id']}")).json
        assert (seen["problems"], seen["problem_count"]) == ([], 1)
        async with deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM batch_events") == 0
        assert (await school.teacher.get(f"/batches/{good['id']}")).json["rows"] == 1
