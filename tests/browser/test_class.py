"""A class teacher at a browser: who lacks what, slips, passwords, comments in a table and by Excel (journey 3)."""

import re
from urllib.parse import unquote
from uuid import uuid4

import pytest
from demo.steps import timetable
from demo.world import hours, now
from playwright.async_api import expect

from demo import workbooks
from tests.browser.schools import a_small_school
from tests.browser.visitors import Visitors
from tests.browser.workbook_files import PATIENCE, download, upload
from tests.world import terms
from tests.world.region import Region


@pytest.mark.feature("JX-17", "L-10", "JX-16", "JX-12")
async def test_a_class_teacher_sees_who_lacks_what_prints_slips_and_writes_comments_in_a_table_and_by_excel(
    visitors: Visitors, school: Region
) -> None:
    campus = await a_small_school(school)
    own, pupil = campus.school_classes[0], campus.school_classes[0].pupils[1]
    names = [one.plan.name for one in own.pupils]
    teacher = await visitors.new("teacher")
    page = teacher.page
    await teacher.sign_in(own.teacher)

    # From a number to the list of names, narrowed and sorted; the address has all of it.
    await expect(page.get_by_role("heading", level=1)).to_contain_text(re.compile("待办|" + own.teacher.name))
    await teacher.require_accessible()
    rings = page.get_by_role("region", name="班级进度")
    await rings.get_by_role("button", name="看表格").click()
    await expect(rings.get_by_role("cell", name="3", exact=True).first).to_be_visible()
    await rings.get_by_role("button", name="看图").click()
    dimension = await rings.get_by_role("listitem").get_by_role("link").first.inner_text()
    await rings.get_by_role("link", name=dimension).click()
    await expect(page.get_by_role("status").filter(has_text="3 人")).to_be_visible()
    await expect(page.get_by_label("缺什么")).to_have_value(dimension)
    assert dimension in unquote(page.url)
    for name in names:
        await expect(page.get_by_role("link", name=name)).to_be_visible()
    if visitors.device.touch:
        await page.get_by_label("排序").select_option(label="待审核多在前")
    else:
        await page.get_by_role("button", name="待审核").click()
        await page.get_by_role("button", name="待审核").click()
    await expect(page).to_have_url(re.compile("sort=-waiting"))
    await teacher.require_accessible()
    await page.get_by_role("link", name=pupil.plan.name).click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(pupil.plan.name)
    await teacher.require_accessible()

    # A password is reset only after a question; slips come as a PDF, once more only with new passwords.
    await page.get_by_role("link", name="重置密码").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("账号条和密码")
    await page.get_by_label("原因").fill("学生忘记密码")
    await page.get_by_role("button", name="重置密码", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="不重置").click()
    await expect(page.get_by_label("原因")).to_have_value("学生忘记密码")
    await page.get_by_role("button", name="重置密码", exact=True).click()
    await teacher.require_accessible()
    await page.get_by_role("alertdialog").get_by_role("button", name="重置密码").click()
    await expect(page.get_by_text(f"{pupil.plan.name}的一次性密码")).to_be_visible()
    await page.get_by_role("button", name="打印家长账号条").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="打印", exact=True).click()
    await expect(page.get_by_text("没有要打印的账号条")).to_be_visible()
    await page.get_by_role("button", name="打印学生账号条").click()
    slips = await download(page, page.get_by_role("alertdialog").get_by_role("button", name="打印", exact=True))
    assert slips.startswith(b"%PDF-")
    assert slips.rstrip().endswith(b"%%EOF")
    await expect(page.get_by_text("1 张账号条已生成")).to_be_visible()
    await teacher.require_accessible()

    past = now()
    await terms.change_windows(
        campus, campus.term, timetable.windows(past - hours(6), past - hours(4), past - hours(2), past + hours(48))
    )
    comment = f"待人真诚，学习踏实，乐于帮助同学。{uuid4().hex[:6]}"
    await page.goto("/comments")
    await page.get_by_label(names[0]).fill(comment)
    await page.keyboard.press("Enter")
    await expect(page.get_by_label(names[1])).to_be_focused()
    await page.keyboard.type("太短")
    await expect(page.get_by_text("草稿已保存")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label(names[0])).to_have_value(comment)
    await teacher.require_accessible()
    await page.get_by_role("button", name="保存 2 条").click()
    await expect(page.get_by_text("1 人的已保存，1 人的没有保存").first).to_be_visible()
    await expect(page.get_by_label(names[1])).to_be_focused()
    await expect(page.get_by_label(names[1])).to_have_value("太短")
    await teacher.require_accessible()

    # The rest by Excel: the template names those who have no comment yet.
    await page.get_by_role("link", name="用表格导入").click()
    await page.get_by_role("link", name="综合评语").first.click()
    form = await download(page, page.get_by_role("button", name="下载综合评语模板"))
    sheet = workbooks.data_sheet(form)
    rows = workbooks.rows_of(form, sheet, {"学籍号", "姓名"})
    heading = next(title for title in rows[0] if "评语" in title)
    assert sorted(row["姓名"] for row in rows) == sorted(names[1:])
    for row in rows:
        row[heading] = f"{row['姓名']}同学勤奋好学，关心集体，进步明显。"
    await upload(page, "综合评语.xlsx", workbooks.fill(form, {sheet: rows}))
    await page.get_by_role("button", name=re.compile(r"导入 \d 行")).click(timeout=PATIENCE)
    await expect(page.get_by_role("heading", name=re.compile(r"已导入 \d 行"))).to_be_visible(timeout=PATIENCE)
    await page.goto("/comments")
    await expect(page.get_by_text("3 / 3 人已写")).to_be_visible()
    await teacher.require_accessible()
