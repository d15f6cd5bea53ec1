"""Importing through the screens: a class teacher's workbook with five wrong cells, and a school's roster (journeys 3 and 4)."""

import re
from dataclasses import replace

import pytest
from demo.people import PeopleGenerator, SchoolData
from demo.steps.roster import student_rows
from playwright.async_api import expect

from demo import workbooks
from tests.browser.schools import RUNS, a_small_school
from tests.browser.visitors import Visitor, Visitors
from tests.browser.workbook_files import PATIENCE, download, upload
from tests.world.region import Region

TESTED: dict[str, object] = {
    "测试日期": "2026-10-20",
    "体重指数（BMI）": 20.6,
    "肺活量": 3600,
    "50米跑": 8.1,
    "坐位体前屈": 12,
    "立定跳远": 186,
    "引体向上（男）/一分钟仰卧起坐（女）": 12,
    "1000米跑（男）/800米跑（女）": "3:42",
    "总分": 84.5,
    "等级": "良好",
}
WRONG: tuple[dict[str, object], ...] = (
    {"肺活量": "36OO"},
    {"50米跑": 78, "1000米跑（男）/800米跑（女）": "4.5"},
    {"测试日期": "2026-11-31", "等级": "中等"},
)


def filled(template: bytes, changed: tuple[dict[str, object], ...]) -> bytes:
    """The template of 体质测评 filled for every pupil in it; `changed`: values of the first rows that differ."""
    sheet = workbooks.data_sheet(template)
    known = {"学籍号", "姓名"}
    rows = [{name: row[name] for name in known} | TESTED for row in workbooks.rows_of(template, sheet, known)]
    for row, values in zip(rows, changed, strict=False):
        row |= values
    return workbooks.fill(template, {sheet: rows})


async def begin(visitor: Visitor, title: str) -> None:
    """From the list of types to the page of one."""
    page = visitor.page
    await page.goto("/imports")
    await visitor.require_accessible()
    await page.get_by_role("link", name=title).first.click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"导入{title}")


@pytest.mark.feature("JX-05", "X-12")
async def test_five_wrong_cells_are_shown_in_place_corrected_imported_and_undone(visitors: Visitors, school: Region) -> None:
    campus = await a_small_school(school)
    teacher = await visitors.new("teacher")
    page = teacher.page
    await teacher.sign_in(campus.school_classes[0].teacher)
    await begin(teacher, "体质测评")
    await teacher.require_accessible()
    template = await download(page, page.get_by_role("button", name="下载体质测评模板"))

    await upload(page, "体质测评.xlsx", filled(template, WRONG))
    await expect(page.get_by_role("heading", name="5 处要改，还没有导入")).to_be_visible(timeout=PATIENCE)
    for address in ("F2", "G3", "K3", "D4", "M4"):
        await expect(page.get_by_text(address, exact=True).first).to_be_visible()
    await expect(page.get_by_text("36OO", exact=True)).to_be_visible()
    await expect(page.get_by_text("只能填：优秀、良好、及格、不及格、免测")).to_be_visible()
    await teacher.require_accessible()
    if visitors.device.name == "desktop":
        for at in range(1, 6):
            await page.keyboard.press("j")
            await expect(page.get_by_text(f"第 {at} 处，共 5 处")).to_be_visible()
        await expect(page.get_by_role("cell", name="中等", exact=True)).to_be_focused()
        await page.keyboard.press("k")
        await expect(page.get_by_text("第 4 处，共 5 处：D4")).to_be_visible()

    answer = await download(page, page.get_by_role("button", name="下载标注的表格"))
    assert workbooks.count_marked_cells(answer) == 5

    await upload(page, "体质测评（改好）.xlsx", filled(template, ()))
    await expect(page.get_by_role("heading", name="没有错误，可以导入")).to_be_visible(timeout=PATIENCE)
    await teacher.require_accessible()
    await page.get_by_role("button", name="导入 3 行").click()
    await expect(page.get_by_role("heading", name="已导入 3 行")).to_be_visible(timeout=PATIENCE)
    await teacher.require_accessible()

    waiting = await campus.school_classes[0].teacher.get("/records/records", waiting="true", origin="imported")
    assert len(waiting["items"]) == 3
    await expect(page.get_by_role("link", name=re.compile("确认导入的"))).to_have_attribute(
        "href", re.compile(r"^/review\?kind=")
    )

    await expect(page.get_by_text("前可以撤销")).to_be_visible()
    await page.get_by_role("button", name="撤销这次导入").click()
    await page.get_by_role("button", name="撤销导入").click()
    await expect(page.get_by_text("这次新增的")).to_be_visible(timeout=PATIENCE)
    left = await campus.school_classes[0].teacher.get("/records/records", waiting="true", origin="imported")
    assert left["items"] == []
    await page.goto("/imports")
    await expect(page.get_by_text("已撤销")).to_be_visible()


@pytest.mark.feature("JX-05", "X-12")
async def test_files_that_cannot_be_read_are_refused_with_what_to_do(visitors: Visitors, school: Region) -> None:
    teacher = await visitors.new("teacher")
    page = teacher.page
    await teacher.sign_in(school.people["class_teacher@class"])
    await begin(teacher, "体质测评")
    old = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(2000)
    for name, data, says in (
        ("成绩.xls", old, "旧版 Excel 文件"),
        ("成绩.csv", "姓名,成绩\n张三,90\n".encode("gbk"), "另存为"),
        ("照片.jpg", b"\xff\xd8\xff\xe0" + bytes(500), "请使用下载的模板填写"),
    ):
        await upload(page, name, data)
        await expect(page.get_by_role("alert").filter(has_text=says)).to_be_visible(timeout=PATIENCE)
        await teacher.require_accessible()

    await begin(teacher, "基本情况")
    other = await download(page, page.get_by_role("button", name="下载基本情况模板"))
    await begin(teacher, "体质测评")
    await upload(page, "基本情况.xlsx", other)
    refused = page.get_by_role("alert")
    await expect(refused.filter(has_text="什么都没有导入")).to_be_visible(timeout=PATIENCE)
    await expect(refused.filter(has_text="请重新下载")).to_be_visible()
    await teacher.require_accessible()


@pytest.mark.feature("NR-01", "X-12", "L-10")
async def test_a_school_administrator_imports_the_roster_and_sees_before_what_it_will_do(
    visitors: Visitors, school: Region
) -> None:
    campus = await a_small_school(school, 1)
    office = await visitors.new("office")
    page = office.page
    await office.sign_in(campus.administrator)
    await begin(office, "学校名册")
    form = await download(page, page.get_by_role("button", name="下载学校名册模板"))
    run = next(RUNS)
    maker = PeopleGenerator(run, run)
    new = [maker.student(number, 2025, "9班") for number in (901, 902)]
    wrong = [replace(new[0], id_number=new[0].id_number[:-1] + ("0" if new[0].id_number[-1] != "0" else "1")), new[1]]
    plan = campus.plan

    await upload(page, "名册.xlsx", workbooks.fill(form, {"学生": student_rows(SchoolData(plan.code, plan.title, wrong))}))
    await expect(page.get_by_role("heading", name="1 处要改，还没有导入")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("校验位不正确")).to_be_visible()
    assert new[0].id_number[:14] not in await page.content()
    await office.require_accessible()

    await upload(page, "名册.xlsx", workbooks.fill(form, {"学生": student_rows(SchoolData(plan.code, plan.title, new))}))
    await expect(page.get_by_role("heading", name="没有错误，可以导入")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("将新建 1 个班级").first).to_be_visible()
    await page.get_by_role("button", name="导入 2 行").click()
    asked = page.get_by_role("alertdialog").or_(page.get_by_role("dialog"))
    await expect(asked.get_by_text("将新建 1 个班级")).to_be_visible()
    await office.require_accessible()
    await asked.get_by_role("button", name="导入 2 行").click()
    await expect(page.get_by_role("heading", name="已导入 2 行")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("可以撤销")).to_be_visible()
    await office.require_accessible()
