"""What staff enter for students: a class in a table, one student by the form; what became of it."""

import pytest
from playwright.async_api import expect

from tests.browser.schools import a_small_school
from tests.browser.test_robust_sessions import end_session, sign_in_over
from tests.browser.visitors import Visitors
from tests.world.region import Region

COPIED = (
    "２０２６/11/18\t１６８．５\t58.2\t4.9\t5.0\t\n2026年11月18日\t999\t五十\t4.9\t5.0\t复查\n"
    "\t\t\t\t\t\n2026-11-18\t170\t60\t5.0\t5.0\t\n"
)
"""Rows of three pupils and one too many as a spreadsheet copies them, with empty cells, full width and a date in words; in the
second row, height and weight are wrong."""
PASTE = """(text) => {
  const copied = new DataTransfer()
  copied.setData('text/plain', text)
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: copied, bubbles: true, cancelable: true }))
}"""


@pytest.mark.feature("JX-05", "JX-03")
async def test_a_class_is_entered_in_a_table_with_a_check_for_each_cell_and_an_answer_for_each_row(
    visitors: Visitors, school: Region
) -> None:
    campus = await a_small_school(school)
    own = campus.school_classes[0]
    teacher = await visitors.new("teacher")
    page = teacher.page
    await teacher.sign_in(own.teacher)
    await page.goto("/entry?way=table")
    await expect(page.get_by_role("link", name="基本情况")).to_be_visible()
    await teacher.require_accessible()
    await page.get_by_role("link", name="基本情况").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("录入基本情况")
    await page.locator("[data-cell='0/0']").focus()
    await page.evaluate(PASTE, COPIED)
    await expect(page.get_by_text("多出来的 1 行没有贴上")).to_be_visible()
    await expect(page.get_by_text("身高不能大于230厘米")).to_be_visible()
    await expect(page.get_by_text("2 格要改")).to_be_visible()
    await teacher.require_accessible()

    # What is right leaves, what is wrong stays; nothing that was typed is lost, and two presses are one.
    await expect(page.get_by_text("草稿已保存")).to_be_visible()
    await page.reload()
    await expect(page.get_by_text("2 格要改")).to_be_visible()
    await page.get_by_role("button", name="录入 1 行").dblclick()
    await expect(page.get_by_text("已录入 1 行")).to_be_visible()
    wrong = page.locator("[data-cell='1/1']")
    await expect(wrong).to_be_focused()
    await teacher.require_accessible()

    # The session ends meanwhile: sign-in comes over the table, and the row is entered after it.
    await wrong.fill("170.5")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Control+a")
    await page.keyboard.type("60")
    await page.keyboard.press("Enter")
    await expect(page.locator("[data-cell='2/2']")).to_be_focused()
    await end_session(page)
    await page.keyboard.press("Control+Enter")
    await sign_in_over(page, own.teacher.username, own.teacher.password)
    await expect(page.get_by_text("已录入 2 行")).to_be_visible()
    await teacher.require_accessible()
    made = (await own.teacher.get("/records/records", mine="true"))["items"]
    assert sorted(one["student_name"] for one in made) == sorted(pupil.plan.name for pupil in own.pupils[:2])
    first = await own.teacher.get(f"/records/records/{made[-1]['id']}")
    assert first["data"]["height"] == "168.5"

    await page.goto("/entered")
    for one in made:
        await expect(page.get_by_role("link", name=one["student_name"])).to_be_visible()
    await teacher.require_accessible()


@pytest.mark.feature("JX-05")
async def test_one_student_is_found_and_their_form_opened(visitors: Visitors, school: Region) -> None:
    own = school.campus.school_classes[0]
    teacher = await visitors.new("teacher")
    page = teacher.page
    await teacher.sign_in(own.teacher)
    await page.goto("/entry?way=one")
    await page.get_by_role("searchbox").fill(own.pupils[1].plan.name)
    await teacher.require_accessible()
    await page.get_by_role("link", name=own.pupils[1].plan.name).click()
    await page.get_by_role("link", name="特色项目").click()
    await expect(page.get_by_label("项目名称")).to_be_visible()
    await expect(page.get_by_text(own.pupils[1].plan.name).first).to_be_visible()
    await teacher.require_accessible()
