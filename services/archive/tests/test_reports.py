"""Statistics and reports at a school: counters, workbooks, PDFs, restarts, and who gets what (BJ-08, BJ-12)."""

import io
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pypdfium2
import pytest
from archive.actions import reports
from archive.domain.statistics import CountKey, Period
from archive.store import reports as store
from archive.store import statistics as counts_store
from openpyxl import load_workbook
from servicekit.testing import Caller

from .scored import CLASS, DISTRICT, GRADE, OTHER, ScoredSchool, a_scored_school, staff

PERIOD: dict[str, Any] = {"scheme_id": "beijing", "school_year": "2026-2027", "number": 1}


async def ordered(school: ScoredSchool, caller: Caller, report: str, path: str, format: str) -> dict[str, Any]:
    """A report once its jobs are done."""
    answer = await caller.post("/reports", {"report": report, "path": path, "format": format, **PERIOD})
    assert answer.status == 202, answer.body
    await school.kit.tick()
    found: dict[str, Any] = (await caller.get(f"/reports/{answer.json['id']}")).json
    assert (found["state"], found["done"]) == ("ready", found["total"]), found
    return found


async def taken(caller: Caller, run: dict[str, Any]) -> bytes:
    """Its file."""
    answer = await caller.get(f"/reports/{run['id']}/file")
    assert answer.status == 200, answer.body
    return answer.body


def text_of(pdf: bytes) -> str:
    """All text of a PDF, without spaces."""
    with pypdfium2.PdfDocument(pdf) as document:
        return "".join(page.get_textpage().get_text_range() for page in document).replace("\r\n", "").replace(" ", "")


def counts(bands: Sequence[dict[str, Any]]) -> dict[str, int]:
    """Students by grade, those without left out."""
    return {band["id"]: band["students"] for band in bands if band["students"]}


@pytest.mark.feature("BJ-08", "BJ-12", "BJ-03")
async def test_locking_and_unlocking_a_class_counts_at_every_level(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        district = school.kit.as_(staff("administrator", DISTRICT))
        assert (await district.get("/statistics", path=DISTRICT, **PERIOD)).code == "not_found"
        await school.fill()
        await school.fill(OTHER, group="95", teacher="95")
        await school.lock()
        await school.lock(OTHER)
        found = (await district.get("/statistics", path=DISTRICT, **PERIOD)).json
        assert (found["title"], found["classes"], found["students"], found["expected"]) == ("海淀区", 2, 3, None)
        assert [counts(one["bands"]) for one in found["dimensions"]] == [{"A": 1, "B": 2}] * 7
        assert [(unit["title"], counts(unit["bands"])) for unit in found["units"]] == [
            ("北京市海淀区实验学校", {"A": 1, "B": 2})
        ]
        of_grade = (await school.head.get("/statistics", path=GRADE, **PERIOD)).json
        assert [(u["title"], counts(u["bands"])) for u in of_grade["units"]] == [("（1）班", {"B": 2}), ("（2）班", {"A": 1})]
        assert of_grade["expected"] == 3
        assert found == (await district.get("/statistics", path=DISTRICT, stage="junior_secondary", **PERIOD)).json | {
            "period": found["period"]
        }
        assert (await school.head.get("/statistics", path=GRADE, stage="primary", **PERIOD)).code == "not_found"
        senior, other = Period("beijing", "2026-2027", 1, "2026.1", "senior_secondary"), f"{DISTRICT}.s9.g2026.c01"
        async with school.kit.deps.db.transaction() as tx:
            await counts_store.lock_classes(tx, senior, [other], {})
            key = CountKey(other, "", "A")
            await counts_store.add(tx, senior, {key: 5}, {other: (1, 5)}, {f"{DISTRICT}.s9": "高中学校"})
        of_all, of_seniors, of_juniors = [
            (await district.get("/statistics", path=DISTRICT, **PERIOD, **stage)).json
            for stage in ({}, {"stage": "senior_secondary"}, {"stage": "junior_secondary"})
        ]
        assert [one["students"] for one in (of_all, of_seniors, of_juniors)] == [8, 5, 3]
        assert [[unit["title"] for unit in one["units"]] for one in (of_seniors, of_juniors)] == [
            ["高中学校"], ["北京市海淀区实验学校"]
        ]  # fmt: skip
        assert (counts(of_seniors["dimensions"][-1]["bands"]), of_seniors["period"][-2:]) == ({"A": 5}, "高中")
        async with school.kit.deps.db.transaction() as tx:
            await counts_store.add(tx, senior, {key: -5}, {other: (-1, -5)}, {})
        [done] = await school.move(school.admin, "unlock", (OTHER, 3), reason="两名同学的加分需要核对")
        assert done["ok"], done
        found = (await district.get("/statistics", path=DISTRICT, **PERIOD)).json
        assert (found["classes"], found["students"], counts(found["dimensions"][-1]["bands"])) == (1, 2, {"B": 2})
        [period] = (await district.get("/statistics/periods", path=DISTRICT)).json["items"]
        assert (period["students"], [one["id"] for one in period["reports"]]) == (2, ["summary"])
        assert period["stages"] == [{"id": "junior_secondary", "title": "初中", "students": 2}]


@pytest.mark.feature("BJ-08")
async def test_a_detail_table_has_every_locked_student_with_parts_scores_and_grades(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.adjust(school.group, 0, "5")
        await school.lock()
        run = await ordered(school, school.head, "detail", GRADE, "xlsx")
        assert run["name"] == "评价明细表-初三-2026—2027学年第一学期.xlsx"
        sheet = load_workbook(io.BytesIO(await taken(school.head, run))).worksheets[0]
        heads = [sheet.cell(4, column).value for column in (1, 2, 3, 4, 5)]
        assert heads == ["序号", "班级", "姓名", "性别", "道德品质"]
        assert [sheet.cell(5, column).value for column in range(5, 11)] == [
            "学生自评", "小组评议", "班主任评分", "加分扣分", "得分", "等级",
        ]  # fmt: skip
        first = [cell.value for cell in sheet[6]]
        assert first[:10] == [1, "初三（1）班", "高小一", "女", 70, 80, 70, 5, 78, "B（良好）"]
        assert first[-2:] == [73.8, "B（良好）"]
        assert sheet.max_row == 7, "the other class is not locked"
        assert "尚未锁定、没有列入的班级：初三（2）班" in str(sheet["A3"].value)
        pdf = text_of(await taken(school.head, await ordered(school, school.head, "detail", GRADE, "pdf")))
        assert "高小二" in pdf
        assert "78" in pdf
        assert "尚未锁定" in pdf
        assert "高小三" not in pdf


@pytest.mark.feature("BJ-08")
async def test_a_summary_has_figures_and_charts_and_names_nobody(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.lock()
        district = school.kit.as_(staff("administrator", DISTRICT, name="区教委"))
        book = load_workbook(io.BytesIO(await taken(district, await ordered(school, district, "summary", DISTRICT, "xlsx"))))
        sheet = book.worksheets[0]
        assert len(book.worksheets) == 8
        assert [cell.value for cell in sheet[12]][:6] == ["总评", 2, 0, 0, 2, 1]
        assert len(sheet._charts) == 1
        pdf = text_of(await taken(district, await ordered(school, district, "summary", DISTRICT, "pdf")))
        assert "评价等第汇总表" in pdf
        assert "北京市海淀区实验学校" in pdf
        assert "高小" not in pdf
        assert all("高小" not in str(cell.value) for one in book for row in one.rows for cell in row)


@pytest.mark.feature("BJ-08", "BJ-12")
async def test_the_term_tables_of_a_class_are_one_pdf(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.lock()
        run = await ordered(school, school.teacher, "term_tables", CLASS, "pdf")
        pdf = text_of(await taken(school.teacher, run))
        assert pdf.count("尚未归档，没有数字签名") == 2
        assert "高小一" in pdf
        assert "高小二" in pdf
        assert "73" in pdf


@pytest.mark.feature("BJ-08")
async def test_a_report_survives_a_crash_in_the_middle_and_is_made_once(parts: Any, monkeypatch: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.lock()
        await school.kit.tick()
        order = {"report": "detail", "path": GRADE, "format": "xlsx", **PERIOD}
        run = (await school.head.post("/reports", order)).json
        again = (await school.head.post("/reports", order)).json
        assert (again["id"], run["total"]) == (run["id"], 3)
        assert await school.kit.running.scheduler.once(school.kit.deps.now())
        assert (await school.head.get(f"/reports/{run['id']}")).json["done"] == 1

        async def crash(*_: Any) -> list[Any]:
            raise OSError("the process is gone")

        with monkeypatch.context() as broken:
            broken.setattr(store, "results", crash)
            assert await school.kit.running.scheduler.once(school.kit.deps.now())
        now = (await school.head.get(f"/reports/{run['id']}")).json
        assert (now["state"], now["done"]) == ("making", 1), "what was done stays done, the rest waits"
        school.kit.at(school.kit.deps.now() + timedelta(minutes=10))
        await school.kit.tick()
        done = (await school.head.get(f"/reports/{run['id']}")).json
        assert (done["state"], done["done"]) == ("ready", 3)
        sheet = load_workbook(io.BytesIO(await taken(school.head, done))).worksheets[0]
        assert sheet.max_row == 7


@pytest.mark.feature("BJ-08", "X-13")
async def test_a_report_is_for_who_asked_and_may_have_it_when_it_is_downloaded(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.fill()
        await school.lock()
        teacher = staff("class_teacher", CLASS, name="韩老师")
        own, stranger = school.kit.as_(teacher), school.kit.as_(staff("class_teacher", OTHER))
        district = school.kit.as_(staff("administrator", DISTRICT))
        order = {"report": "detail", "path": CLASS, "format": "xlsx", **PERIOD}
        assert (await stranger.post("/reports", order)).code == "not_found"
        assert (await school.kit.as_(staff("administrator", "bj.bj.cy")).post("/reports", order)).code == "not_found"
        refused = await district.post("/reports", {**order, "path": DISTRICT})
        assert (refused.code, refused.json["rule"]) == ("forbidden", "BJ-08")
        assert (await district.post("/reports", order)).code == "forbidden", "the district sees no names"
        assert (await school.subject.post("/reports", order)).code == "forbidden"
        assert (await school.student().post("/reports", order)).code == "forbidden"
        run = await ordered(school, own, "detail", CLASS, "xlsx")
        url = f"/reports/{run['id']}"
        for other in (stranger, district, school.head, school.admin):
            assert [(await other.get(path)).code for path in (url, f"{url}/file")] == ["not_found"] * 2
            assert (await other.get("/reports")).json["items"] == []
        moved = school.kit.as_(replace(teacher, path=OTHER))
        assert (await moved.get(f"{url}/file")).code == "not_found", "the same person with another class"
        assert (await moved.get("/reports")).json["items"] == []
        assert len(await taken(own, run)) == run["size"]
        school.kit.at(school.kit.deps.now() + timedelta(days=8))
        assert (await own.get(f"{url}/file")).code == "not_found"
        await reports.sweep(school.kit.deps)
        key = f"reports/{run['id'].replace('-', '')}.xlsx"
        assert await school.kit.deps.storage.stat(school.kit.deps.settings.bucket, key) is None
        async with school.kit.deps.db.reading() as tx:
            what = await tx.fetch("SELECT what FROM audit WHERE what LIKE 'report.%' ORDER BY at, id")
        assert [row["what"] for row in what] == ["report.ordered", "report.taken"]
