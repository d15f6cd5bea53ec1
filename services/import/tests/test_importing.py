"""From the template to events: each import type's whole way, and what stands in the events (JX-05, JX-12, X-12)."""

import asyncio
from datetime import timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from contracts.archive import ArchiveBatchAppliedV1, EvaluationWithdrawnV1, EvaluationWrittenV1
from contracts.base import RowProblem
from contracts.identity import Enrolment, IdentityBatchAppliedV1, IdentityBatchRevertedV1
from contracts.importer import BatchUndoneV1
from contracts.records import RecordsBatchRevertedV1
from importer.store.reference_data import class_list
from importer_builders import (
    CLASS,
    COMMENTS_FROM,
    NEXT_CLASS,
    PUBLIC_FROM,
    SCHOOL,
    SEAL_KEY,
    a_place,
    a_school,
    a_term,
    a_window,
    cells,
    exam_template,
    filled,
    saved,
    scores,
)
from openpyxl import load_workbook
from people.documents import check_digit
from servicekit.encryption import Sealer
from servicekit.ids import new_id

ID_NUMBER = "36010220100917001" + check_digit("36010220100917001")
COMMENT = "该生勤奋好学，团结同学，热心班级工作。"


def misconduct(student: Enrolment) -> dict[str, Any]:
    return {
        "学籍号": student.registry_number, "姓名": student.name, "类别": "警告", "发生日期": "2026-10-08",
        "事实经过": "在教学楼内追逐打闹。", "处理单位": "学校政教处",
    }  # fmt: skip


def special_project(student: Enrolment) -> dict[str, Any]:
    return {
        "学籍号": student.registry_number, "姓名": student.name, "项目名称": "景德镇陶瓷工艺传承", "项目类别": "非遗传承",
        "开始日期": "2026-09-10", "结束日期": "2026-10-20", "成果": "完成青花瓷盘一件，在校艺术节展出。",
    }  # fmt: skip


@pytest.mark.feature("JX-05", "X-12")
async def test_scores_go_from_the_template_to_events_and_come_back_counted(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, _ = school.students
        template = await school.template(school.teacher, "exam_scores")
        rows = [scores(one), scores(two, 成绩="88"), scores(two, 科目="外语", 成绩=120)]
        batch = await school.checked(school.teacher, "exam_scores", filled(template, "考试成绩", rows))
        assert (batch["state"], batch["rows"], batch["problems"], batch["may_commit"]) == ("checked", 3, [], True)
        assert await school.events(batch["id"]) == []
        committed = await school.commit(school.teacher, batch["id"])
        assert (committed.status, committed.json["state"]) == (200, "committing"), committed.body
        [event] = await school.events(batch["id"])
        assert (event.target, event.import_type, event.path, event.chunks) == ("records", "exam_scores", CLASS, 1)
        assert (event.scheme_id, event.scheme_version, event.author_name) == ("jiangxi", "2026.1", "李老师")
        assert {"credits": None, "note": None}.items() <= event.rows[0].data.items(), "an empty cell is null (L-08)"
        assert [(row.student_id, {k: v for k, v in row.data.items() if v is not None}) for row in event.rows] == [
            (one.student_id, {"exam": "final", "subject": "mathematics", "score": "92.5", "full_mark": "150"}),
            (two.student_id, {"exam": "final", "subject": "mathematics", "score": "88", "full_mark": "150"}),
            (two.student_id, {"exam": "final", "subject": "english", "score": "120", "full_mark": "150"}),
        ]
        await school.applied(batch["id"])
        done = (await school.teacher.get(f"/batches/{batch['id']}")).json
        assert (done["state"], done["created"], done["chunks_applied"]) == ("applied", 3, 1)
        assert (await school.teacher.post(f"/batches/{batch['id']}/commit")).json["state"] == "applied"
        assert len(await school.events(batch["id"])) == 1


@pytest.mark.feature("JX-05")
async def test_every_type_of_the_scheme_has_a_template_that_can_be_filled_and_imported(parts: Any) -> None:
    async with a_school(parts) as school:
        one = school.students[0]
        types = (await school.teacher.get("/types", term_id=school.term.term_id)).json["items"]
        assert {t["type"]: t["open"] for t in types} == {
            "misconduct": True, "exam_scores": True, "basic_data": True, "fitness_test": True, "special_projects": True,
            "teacher_comments": False,
        }  # fmt: skip
        wanted: dict[str, tuple[str, dict[str, Any]]] = {
            "misconduct": ("不良记录", misconduct(one)),
            "special_projects": ("特色项目", special_project(one)),
            "basic_data": ("基本情况", {"测量日期": "2026/10/9", "身高": 168.5, "体重": "55"}),
            "fitness_test": ("体质测评", {"50米跑": 8, "等级": "良好"}),
        }
        for type_, (sheet, row) in wanted.items():
            template = await school.template(school.teacher, type_)
            headings = {str(title).strip("*") for title in cells(template, sheet)[0]}
            extra = {title: value for title, value in _required(template, sheet).items() if title not in row}
            data = filled(template, sheet, [{k: v for k, v in (extra | row).items() if k in headings}])
            batch = await school.checked(school.teacher, type_, data)
            assert batch["problems"] == [], (type_, batch["problems"])
            assert (await school.commit(school.teacher, batch["id"])).status == 200
            [event] = await school.events(batch["id"])
            assert (event.import_type, [r.student_id for r in event.rows]) == (type_, [one.student_id]), type_


def _required(template: bytes, sheet: str) -> dict[str, Any]:
    """The example of each column that is required, perhaps depending on another, from the guide."""
    guide = cells(template, load_workbook(BytesIO(template)).sheetnames[0])
    return {str(r[0]): r[4] for r in guide if len(r) > 4 and r[4] and (r[1] == "必填" or "必填" in str(r[3]))}


@pytest.mark.feature("JX-05", "L-07")
async def test_a_prefilled_template_lists_the_class_and_has_a_chinese_name(parts: Any) -> None:
    async with a_school(parts) as school:
        answer = await school.teacher.get("/templates/basic_data", term_id=school.term.term_id)
        offered = await school.teacher.post(f"/templates/basic_data/address?term_id={school.term.term_id}")
        by_address = await school.kit.anonymous.get(urlsplit(offered.json["url"]).path.removeprefix("/api/import"))
        named = by_address.headers["Content-Disposition"]
        assert (by_address.status, named) == (200, answer.headers["Content-Disposition"]), "by a one-time address"
        assert by_address.body[:4] == answer.body[:4] == b"PK\x03\x04"
        assert "filename*=UTF-8''%E5%9F%BA%E6%9C%AC%E6%83%85%E5%86%B5-" in answer.headers["Content-Disposition"]
        rows = cells(answer.body, "基本情况")
        assert [row[:2] for row in rows[1:]] == [[s.registry_number, s.name] for s in school.students]
        assert any("示例中学" in row for row in cells(answer.body, "填写说明"))
        async with school.kit.deps.db.reading() as tx:
            assert [one.path for one in await class_list(tx, SCHOOL, 10)] == [CLASS] * 3 + [NEXT_CLASS]
        for path, position in ((NEXT_CLASS, 1), (CLASS, 2)):
            await school.kit.receive(a_place(path, "").model_copy(update={"position": position, "version": 2}))
        async with school.kit.deps.db.reading() as tx:
            listed = await class_list(tx, SCHOOL, 10)
        assert [one.path for one in school.kit.deps.registry.opened(listed)] == [NEXT_CLASS] + [CLASS] * 3, (
            "in the school's order"
        )


@pytest.mark.feature("JX-12")
async def test_comments_are_asked_for_those_pending_and_sent_to_the_archive(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, three = school.students
        closed = await school.begin(school.teacher, "teacher_comments", b"PK")
        assert (closed.code, closed.json["rule"], closed.json["scheme"]) == ("window_closed", "JX-12", "jiangxi@2026.1")
        school.kit.at(COMMENTS_FROM)
        written = EvaluationWrittenV1(
            evaluation_id=new_id(), student_id=one.student_id, term_id=school.term.term_id, path=CLASS,
            evaluation_type="teacher_comment", version=1,
        )  # fmt: skip
        await school.kit.receive(written)
        await school.kit.receive(EvaluationWithdrawnV1(**written.model_dump(exclude={"version", "on_board"})))
        again = await school.template(school.teacher, "teacher_comments")
        assert [row[1] for row in cells(again, "综合评语")[1:]] == [one.name, two.name, three.name]
        await school.kit.receive(written)
        template = await school.template(school.teacher, "teacher_comments")
        assert [row[1] for row in cells(template, "综合评语")[1:]] == [two.name, three.name]
        short = await school.checked(school.teacher, "teacher_comments", filled(template, "综合评语", [{"评语": "好"}]))
        assert [(p["row"], p["field"]) for p in short["problems"]] == [(2, "text")]
        batch = await school.checked(school.teacher, "teacher_comments", filled(template, "综合评语", [{"评语": COMMENT}]))
        assert (batch["rows"], [w["code"] for w in batch["warnings"]]) == (1, ["untouched_rows"])
        await school.commit(school.teacher, batch["id"])
        [event] = await school.events(batch["id"])
        assert (event.target, [(r.student_id, r.data) for r in event.rows]) == (
            "archive",
            [(two.student_id, {"text": COMMENT})],
        )
        await school.applied(batch["id"], ArchiveBatchAppliedV1)
        school.kit.at(COMMENTS_FROM + timedelta(days=6))
        assert (await school.teacher.post(f"/batches/{batch['id']}/undo")).code == "batch_locked"
        school.kit.at(COMMENTS_FROM)
        assert (await school.teacher.post(f"/batches/{batch['id']}/undo", {"reason": "写错了"})).json["state"] == "undone"
        [answer] = await school.kit.events(BatchUndoneV1)
        assert (answer.target, answer.reason) == ("archive", "写错了")


@pytest.mark.feature("X-12", "CS-13")
async def test_a_roster_travels_with_its_id_numbers_sealed_and_its_problems_come_back(parts: Any) -> None:
    async with a_school(parts) as school:
        admin = school.administrator
        book = load_workbook(BytesIO(await school.template(admin, "roster")))
        student = {
            "全国学籍号": f"G{ID_NUMBER}", "姓名": "张晓晓", "性别": "男", "身份证件号": ID_NUMBER,
            "入学年份": "2025", "班级": "3班", "监护人姓名": "张大山", "监护人关系": "父亲", "监护人手机号": "13800000000",
        }  # fmt: skip
        data = filled(saved(book), "学生", [student])
        data = filled(data, "教师", [{"姓名": "李老师", "手机号": "13900000000", "角色": "任课教师"}])
        batch = await school.checked(admin, "roster", data)
        assert (batch["problems"], batch["rows"]) == ([], 2)
        await school.commit(admin, batch["id"])
        [event] = await school.events(batch["id"])
        assert (event.target, event.path, event.term_id) == ("identity", SCHOOL, None)
        pupil, teacher = event.rows
        assert [(r.sheet, r.row, r.student_id) for r in event.rows] == [("students", 2, None), ("teachers", 2, None)]
        assert (pupil.data["entry_year"], pupil.data["class_title"], pupil.data["born"]) == (2025, "3班", "2010-09-17")
        assert (teacher.data["role"], teacher.sealed) == ("subject_teacher", {})
        assert "id_number" not in pupil.data
        about = f"batch:{batch['id']}:students:2"
        assert Sealer(SEAL_KEY).open(pupil.sealed["id_number"], about) == ID_NUMBER
        async with school.kit.deps.db.reading() as tx:
            kept = await tx.fetch("SELECT convert_from(body, 'UTF8') AS text FROM batch_events")
        assert not any(ID_NUMBER in row["text"].replace(f"G{ID_NUMBER}", "") for row in kept)
        problem = RowProblem(row=2, field="registry_number", code="student_elsewhere", message="该学生现在其他学校就读")
        await school.applied(batch["id"], IdentityBatchAppliedV1, created=1, problems=(problem,))
        done = (await admin.get(f"/batches/{batch['id']}")).json
        assert (done["state"], done["created"], done["not_applied"]) == ("applied", 1, 1)
        assert [p["code"] for p in done["applied_problems"]] == ["student_elsewhere"]
        assert (await admin.post(f"/batches/{batch['id']}/undo")).json["state"] == "undone"
        stays = RowProblem(row=2, sheet="students", code="card_active", message="家长已领卡，予以保留")
        await school.kit.receive(IdentityBatchRevertedV1(batch_id=event.batch_id, removed=1, restored=0, kept=(stays,)))
        after = (await admin.get(f"/batches/{batch['id']}")).json
        assert (after["removed"], after["kept"], after["applied_problems"][-1]["code"]) == (1, 1, "card_active")


@pytest.mark.feature("X-12")
async def test_an_applied_batch_can_be_undone_until_publicity_opens(parts: Any) -> None:
    async with a_school(parts) as school:
        template = await school.template(school.teacher, "exam_scores")
        made = []
        for student in school.students[:2]:
            batch = await school.checked(school.teacher, "exam_scores", filled(template, "考试成绩", [scores(student)]))
            assert (await school.teacher.post(f"/batches/{batch['id']}/undo")).code == "wrong_state"
            await school.commit(school.teacher, batch["id"])
            await school.applied(batch["id"])
            made.append(batch["id"])
        answer = await school.teacher.post(f"/batches/{made[0]}/undo", {"reason": "选错了考试"})
        assert (answer.status, answer.json["state"]) == (200, "undone")
        assert (await school.teacher.post(f"/batches/{made[0]}/undo")).json["state"] == "undone"
        [event] = await school.kit.events(BatchUndoneV1)
        assert (str(event.batch_id), event.reason, event.target) == (made[0], "选错了考试", "records")
        stays = RowProblem(row=2, code="built_upon", message="已经确认，不能撤销")
        await school.kit.receive(RecordsBatchRevertedV1(batch_id=event.batch_id, removed=0, restored=0, kept=(stays,)))
        seen = (await school.teacher.get(f"/batches/{made[0]}")).json
        assert (seen["removed"], seen["kept"], seen["applied_problems"][0]["code"]) == (0, 1, "built_upon")
        school.kit.at(PUBLIC_FROM)
        assert (await school.teacher.post(f"/batches/{made[1]}/undo")).code == "batch_locked"


@pytest.mark.feature("JX-05")
async def test_with_bus_and_clock_a_workbook_goes_its_way_by_itself(parts: Any) -> None:
    async with a_school(parts, bus=True) as school:
        data = filled(exam_template(), "考试成绩", [scores(school.students[0])])
        begun = (await school.begin(school.teacher, "exam_scores", data)).json["id"]
        following = asyncio.create_task(school.teacher.get(f"/batches/{begun}/progress"))
        assert (await school.wait(school.teacher, begun))["state"] == "checked"
        await asyncio.sleep(0.3)
        assert not following.done(), "the stream ended before the commit"
        assert (await school.teacher.post(f"/batches/{begun}/commit")).json["state"] == "rechecking"
        await school.answer_checks(begun)
        await school.applied(begun)
        sent = (await asyncio.wait_for(following, 20)).body.decode()
        assert sent.index('"state":"checked"') < sent.index('"state":"applied"')
        assert (await school.kit.anonymous.get("/readyz")).status == 200


@pytest.mark.feature("BJ-06", "X-12", "L-05")
async def test_scores_come_by_a_workbook_that_lists_the_class_with_what_it_has(parts: Any) -> None:
    async with a_school(parts) as school:
        one, two, _ = school.students
        now = school.kit.deps.now()
        school.term = a_term(
            scheme_id="beijing", windows=(a_window("teacher_evaluate", now - timedelta(days=1), 5),), title="另一学期"
        )
        await school.kit.receive(school.term)
        types = (await school.teacher.get("/types", term_id=school.term.term_id)).json["items"]
        [mine] = [type_ for type_ in types if type_["parts"]]
        assert (mine["type"], mine["parts"], mine["columns"][0]) == ("teacher_scores", ["teacher"], "value.teacher.morality")
        query = f"term_id={school.term.term_id}&path={CLASS}"
        stranger = str(new_id())
        values = {"value.teacher.morality": "85", "student.seen": "1.0.0.0.0.0"}
        rows = [{"student_id": str(one.student_id), "values": values}, {"student_id": stranger}]
        for wrong in ("value.group.morality", "student.name"):
            bad = [{"student_id": stranger, "values": {wrong: "1"}}]
            refused = await school.teacher.post(f"/templates/teacher_scores/filled?{query}", {"rows": bad})
            assert refused.code == "invalid_input"
        asked = await school.teacher.post(f"/templates/teacher_scores/filled?{query}", {"rows": rows})
        assert asked.status == 200, asked.body
        book = (await school.kit.anonymous.get(urlsplit(asked.json["url"]).path.removeprefix("/api/import"))).body
        found = cells(book, "班主任评分")
        assert [row[1:4] for row in found[1:]] == [[one.name, one.class_title, 85]]
        again = filled(book, "班主任评分", [{"道德品质": 90}, {"姓名": f" {two.name} ", "审美与表现": "77"}])
        batch = await school.checked(school.teacher, "teacher_scores", again, path=CLASS)
        assert (batch["state"], batch["rows"], batch["problems"]) == ("checked", 2, [])
        await school.commit(school.teacher, batch["id"])
        [event] = await school.events(batch["id"])
        assert (event.target, event.role, event.path) == ("archive", "class_teacher", CLASS)
        first = next(row for row in event.rows if row.student_id == one.student_id)
        assert (first.data["value.teacher.morality"], first.data["value.teacher.health"]) == ("90", None)
        assert (first.data["seen"]["value.teacher.morality"], first.data["class_path"]) == (1, CLASS)
        assert "registry" not in event.model_dump_json()
        formula = load_workbook(BytesIO(again))
        formula["班主任评分"]["D2"] = "=99+1"
        late = await school.checked(school.teacher, "teacher_scores", saved(formula), path=CLASS)
        assert [(p["cell"], p["code"]) for p in late["problems"]] == [("D2", "not_computed")]
