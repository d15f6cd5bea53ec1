"""Workbooks of other systems and of schools, through the gateway and without editing them (L-04, L-12, L-13, L-14)."""

import io
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from demo.steps import batches
from demo.world import Campus, Pupil, SchoolClass, World
from openpyxl import Workbook, load_workbook
from people.documents import check_digit

from tests.world.builders import open_term
from tests.world.client import connected, refusal_code

CASES = Path("tests/cases")


@pytest_asyncio.fixture(scope="module", loop_scope="session", autouse=True)
async def client(world: World) -> AsyncIterator[None]:
    """The people of the world can call again."""
    async with connected(world):
        yield


def a_workbook(*rows: Sequence[Any], title: str = "Sheet1") -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = title
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def like(case: str, rows: Sequence[Sequence[Any]], header: int = 1) -> bytes:
    """The workbook of `tests/cases` with other rows under its headings."""
    book = load_workbook(CASES / case)
    sheet = book.worksheets[0]
    sheet.delete_rows(header + 1, sheet.max_row)
    for row in rows:
        sheet.append(list(row))
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def a_class(world: World) -> tuple[Campus, SchoolClass]:
    campus = world.campuses[-1]
    return campus, campus.school_classes[-1]


async def data_of(pupil: Pupil, term: str, kind: str) -> list[dict[str, Any]]:
    """The data of the pupil's records of a kind, as the pupil sees them."""
    found = await pupil.user.everything("/records/records", term_id=term, kind=kind, student_id=pupil.student_id)
    whole = [await pupil.user.get(f"/records/records/{record['id']}") for record in found if record["state"] != "voided"]
    return [record["data"] for record in whole]


async def a_term(campus: Campus) -> str:
    """The id of this module's own term: other modules close theirs."""
    return str((await open_term(campus, "2029-2030", 1, ("2029-09-01", "2030-01-20")))["id"])


async def name_of(campus: Campus, pupil: Pupil) -> str:
    """The pupil's present name: other modules change some."""
    return str((await campus.administrator.get(f"/identity/students/{pupil.student_id}"))["name"])


def an_id(area: str, born: str, serial: int) -> str:
    """An invented ID number with a right check digit."""
    first = f"{area}{born}{serial:03}"
    return first + check_digit(first)


@pytest.mark.feature("L-04")
async def test_the_export_of_the_national_registry_is_imported_as_a_roster_without_editing(world: World) -> None:
    campus, _ = a_class(world)
    book = load_workbook(CASES / "national_registry_export.xlsx")
    sheet = book.worksheets[0]
    titles = [str(cell.value or "") for cell in sheet[3]]
    father, mother = titles.index("姓名★", 10), titles.index("姓名★", titles.index("姓名★", 10) + 1)
    document = titles.index("身份证件号★")
    numbers = [an_id("360981", "20100305", 70 + 2 * row + 1) for row in range(2)]
    for row, number in enumerate(numbers, start=4):
        values = {
            "姓名★": f"登记生{row}", "全国学籍号": f"G{number}", "身份证件号★": number, "班级★": "国际部A班",
        }  # fmt: skip
        for title, value in values.items():
            sheet.cell(row, titles.index(title) + 1).value = value
        for start, born in ((father, "19800101"), (mother, "19810101")):
            sheet.cell(row, start + 8).value = f"1985970{7000 + row * 10 + start % 10}"
            sheet.cell(row, start + 11).value = an_id("360981", born, 100 + row)
        assert sheet.cell(row, document + 1).value == number
    out = io.BytesIO()
    book.save(out)
    by = campus.administrator
    seen = await batches.check(by, "roster", campus.path, "学籍导出.xlsx", out.getvalue())
    assert (seen["state"], seen["problems"], seen["questions"], seen["rows"]) == ("checked", [], [], 2), seen
    notices = {notice["code"]: notice["message"] for notice in seen["warnings"]}
    assert "学籍辅号" in notices["ignored_columns"]
    done = await batches.commit(by, seen, "学籍导出")
    assert (done["state"], done["created"], done["not_applied"]) == ("applied", 2, 0), done
    found = [one for one in await by.everything("/identity/students", path=campus.path) if one["name"].startswith("登记生")]
    assert sorted(one["name"] for one in found) == ["登记生4", "登记生5"]
    assert {one["class_title"] for one in found} == {"国际部A班"}


@pytest.mark.feature("L-04", "L-12", "L-13")
async def test_the_national_fitness_sheet_is_imported_without_editing(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    pupil, exempt = school_class.pupils[:2]
    boy = pupil.plan.sex == "男"
    sexed = [None, "3'45", None, 8] if boy else ["3’45”", None, 40, None]
    rows = [
        ["41", "1", school_class.title, pupil.plan.registry_number, "1", pupil.plan.name, "1" if boy else "2", "2010-03-05",
         None, 170, 60, 3500, 7.5, 220, 12, *sexed],
        ["41", "1", school_class.title, exempt.plan.registry_number, "1", exempt.plan.name, None, None, None,
         "免测", None, *["免测"] * 4, None, "免测", None, "免测"],
    ]  # fmt: skip
    data = like("national_fitness_upload.xlsx", rows)
    seen = await batches.check(school_class.teacher, "fitness_test", school_class.path, "体测.xlsx", data, term)
    assert (seen["problems"], seen["questions"], seen["rows"], seen["may_commit"]) == ([], [], 2, True), seen
    assert {"known_layout", "ignored_columns"} <= {notice["code"] for notice in seen["warnings"]}
    done = await batches.commit(school_class.teacher, seen, "体测")
    assert (done["state"], done["created"], done["not_applied"]) == ("applied", 2, 0)
    [stored] = await data_of(pupil, term, "fitness_test")
    assert stored["endurance"] == "PT3M45S"
    assert (stored["bmi"], stored["run_50m"], stored["strength"]) == ("20.8", "PT7.5S", 8 if boy else 40)
    [without] = await data_of(exempt, term, "fitness_test")
    assert [without[name] for name in ("bmi", "endurance")] == [{"outcome": "exempt"}] * 2


@pytest.mark.feature("L-04", "L-12")
async def test_a_wide_score_sheet_stores_words_as_results_and_asks_about_signs(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    one, two = school_class.pupils[-2:]
    names = [await name_of(campus, pupil) for pupil in (one, two)]
    first = [one.plan.registry_number, names[0], school_class.title, "缺考", 100, 100, 1]
    second = [two.plan.registry_number, names[1], school_class.title, "/", 0, None, None]
    asked = await batches.check(
        school_class.teacher,
        "exam_scores",
        school_class.path,
        "成绩.xlsx",
        like("score_sheet_wide.xlsx", [first, second]),
        term,
    )
    assert not asked["may_commit"]
    assert [(found["cell"], found["code"]) for found in asked["questions"]] == [("D3", "result_unclear")]
    assert asked["problems"] == []
    second[3] = "免考"
    seen = await batches.check(
        school_class.teacher,
        "exam_scores",
        school_class.path,
        "成绩.xlsx",
        like("score_sheet_wide.xlsx", [first, second]),
        term,
    )
    assert (seen["problems"], seen["questions"], seen["rows"]) == ([], [], 4), seen
    done = await batches.commit(school_class.teacher, seen, "成绩")
    assert (done["state"], done["created"]) == ("applied", 4)
    results = {data["subject"]: data["score"] for data in await data_of(one, term, "exam_scores") if data["exam"] == "final"}
    assert results == {"chinese": {"outcome": "absent"}, "mathematics": "100"}
    others = {data["subject"]: data["score"] for data in await data_of(two, term, "exam_scores") if data["exam"] == "final"}
    assert others == {"chinese": {"outcome": "exempt"}, "mathematics": "0"}
    waiting = await school_class.teacher.everything("/records/records", term_id=term, kind="exam_scores", state="submitted")
    assert "缺考" in {record["listed"]["成绩"] for record in waiting}


@pytest.mark.feature("L-04")
async def test_an_exam_that_the_sheet_does_not_name_is_given_with_the_upload(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    pupil = school_class.pupils[0]
    teacher = school_class.teacher
    data = a_workbook(["学籍号", "姓名", "历史(100)"], [pupil.plan.registry_number, pupil.plan.name, 88])
    asked = await batches.check(teacher, "exam_scores", school_class.path, "表.xlsx", data, term)
    assert [question["code"] for question in asked["questions"]] == ["value_needed"]
    types = (await teacher.get("/import/types", term_id=term))["items"]
    offered = next(one for one in types if one["type"] == "exam_scores")["values"]
    assert [value["id"] for value in offered] == ["exam", "full_mark"]
    offer = await teacher.post("/import/uploads", {"name": "表.xlsx", "media_type": batches.XLSX, "size": len(data)})
    await teacher.gateway.upload(offer, "表.xlsx", batches.XLSX, data)
    body = {"file_id": offer["file_id"], "type": "exam_scores", "path": school_class.path, "term_id": term}
    batch = await teacher.post("/import/batches", body | {"values": {"exam": "期中考试"}})
    seen = await batches.wait_for_state(teacher, batch["id"], "检查", ("refused", "checked", "failed"))
    assert (seen["problems"], seen["questions"], seen["may_commit"]) == ([], [], True), seen
    await batches.commit(teacher, seen, "历史成绩")
    stored = [data for data in await data_of(pupil, term, "exam_scores") if data["subject"] == "history"]
    assert stored == [{"exam": "midterm", "subject": "history", "score": "88", "full_mark": "100"}]


@pytest.mark.feature("L-04")
async def test_an_unknown_sheet_gets_one_answer(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    data = a_workbook(["学生学籍号", "名字", "分数"], ["G1", "甲", 1])
    seen = await batches.check(school_class.teacher, "exam_scores", school_class.path, "表.xlsx", data, term)
    assert len(seen["problems"]) == 1
    assert "“学生学籍号”→“学籍号”" in seen["problems"][0]["message"]


@pytest.mark.feature("L-14")
async def test_a_picture_in_a_cell_is_named_and_not_stored(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    data = (CASES / "wps_picture_in_cell.xlsx").read_bytes()
    seen = await batches.check(school_class.teacher, "exam_scores", school_class.path, "表.xlsx", data, term)
    assert ("I2", "picture") in {(problem["cell"], problem["code"]) for problem in seen["problems"]}


@pytest.mark.feature("L-12")
async def test_a_form_takes_a_result_in_words_and_refuses_unknown_ones(world: World) -> None:
    campus, school_class = a_class(world)
    term = await a_term(campus)
    scheme = await school_class.teacher.get("/records/schemes/jiangxi/2026.1")
    fields = {
        field["id"]: field
        for dimension in scheme["dimensions"]
        for kind in dimension["kinds"]
        if kind["id"] == "exam_scores"
        for field in kind["form"]["fields"]
    }
    assert [outcome["title"] for outcome in fields["score"]["outcomes"]] == ["缺考", "缓考", "免考", "作弊"]
    data = {"exam": "level_exam", "subject": "music", "score": {"outcome": "deferred"}}
    body = {"term_id": term, "kind": "exam_scores", "student_id": school_class.pupils[1].student_id, "data": data}
    made = await school_class.teacher.post("/records/records", body)
    assert made["data"]["score"] == {"outcome": "deferred"}
    for wrong in ({"outcome": "lost"}, {"outcome": "absent", "more": "x"}, "/"):
        again = school_class.teacher.post("/records/records", body | {"data": data | {"score": wrong}})
        assert await refusal_code(again) == "invalid_input", wrong
