"""Journey 3 without a pointer (journey 8): a class teacher reaches and does everything by keys, and the focus is never lost."""

import asyncio
import re

import pytest
from demo.steps import timetable
from demo.steps.batches import XLSX
from demo.world import hours, now
from playwright.async_api import Locator, Page, expect

from tests.browser.devices import DESKTOP, Device
from tests.browser.schools import a_small_school
from tests.browser.test_imports import WRONG, filled
from tests.browser.visitors import Visitors
from tests.browser.workbook_files import PATIENCE
from tests.world import terms
from tests.world.region import Region

_FOCUS = """() => {
  const one = document.activeElement
  if (!one || one === document.body) return 'nothing has the focus'
  const marked = (it) => {
    const { outlineStyle, boxShadow } = getComputedStyle(it)
    return outlineStyle !== 'none' || boxShadow !== 'none'
  }
  const heading = /^(H[1-6]|MAIN)$/.test(one.tagName)
  if (heading || [one, one.parentElement, one.parentElement.parentElement].some(marked)) return ''
  return `the focus cannot be seen on ${one.outerHTML.slice(0, 200)}`
}"""
"""What is wrong with the focus. A heading that takes it, so that readers of the screen hear it, shows nothing."""
_PASTE = """(texts) => {
  const copied = new DataTransfer()
  copied.setData('text/plain', texts.join('\\n') + '\\n')
  copied.setData('text/html', `<table>${texts.map((text) => `<tr><td>${text}</td></tr>`).join('')}</table>`)
  document.activeElement.dispatchEvent(new ClipboardEvent('paste', { clipboardData: copied, bubbles: true, cancelable: true }))
}"""


async def focus_is_kept(page: Page) -> None:
    """Asserts that something has the focus, soon, and shows it."""
    for _ in range(20):
        if not (wrong := await page.evaluate(_FOCUS)):
            return
        await asyncio.sleep(0.1)
    raise AssertionError(f"{page.url}: {wrong}")


async def reach(page: Page, target: Locator, key: str = "Tab") -> None:
    """Go to a control with the tab key; the focus is seen all the way."""
    await expect(target).to_be_visible()
    wanted = await target.element_handle()
    for _ in range(80):
        await page.keyboard.press(key)
        if await page.evaluate("document.activeElement === document.body"):
            continue  # After the last control the browser's own bars have the focus.
        assert not (wrong := await page.evaluate(_FOCUS)), f"{page.url}: {wrong}"
        if await page.evaluate("(wanted) => document.activeElement === wanted", wanted):
            return
    raise AssertionError(f"{page.url}: {target} cannot be reached")


async def choose_file(page: Page, control: Locator, name: str, data: bytes) -> None:
    """Open the chooser of files at a control and take this one."""
    await reach(page, control)
    async with page.expect_file_chooser() as chooser:
        await page.keyboard.press("Enter")
    await (await chooser.value).set_files({"name": name, "mimeType": XLSX, "buffer": data})


@pytest.mark.feature("JX-04", "JX-05", "JX-12", "L-11", "X-12")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_a_class_teacher_needs_no_pointer(visitors: Visitors, school: Region, device: Device) -> None:
    campus = await a_small_school(school)
    own = campus.school_classes[0]
    visitor = await visitors.new("teacher")
    page = visitor.page
    await visitor.sign_in(own.teacher)
    heading = page.get_by_role("heading", level=1)
    rail = page.get_by_role("navigation").first

    await reach(page, rail.get_by_role("link", name="导入"))
    await page.keyboard.press("Enter")
    await expect(heading).to_be_focused()
    await reach(page, page.get_by_role("link", name="体质测评").first)
    await page.keyboard.press("Enter")
    await reach(page, page.get_by_role("button", name="下载体质测评模板"))
    async with page.expect_download(timeout=PATIENCE) as started:
        await page.keyboard.press("Enter")
    template = await asyncio.to_thread((await (await started.value).path()).read_bytes)
    await choose_file(page, page.locator("input[type=file]"), "体质测评.xlsx", filled(template, WRONG))
    await expect(page.get_by_role("heading", name="5 处要改，还没有导入")).to_be_visible(timeout=PATIENCE)
    for at in range(1, 6):
        await page.keyboard.press("j")
        await expect(page.get_by_text(f"第 {at} 处，共 5 处")).to_be_visible()
        await focus_is_kept(page)
    await choose_file(page, page.get_by_role("button", name="重新上传"), "体质测评（改好）.xlsx", filled(template, ()))
    await expect(page.get_by_role("heading", name="没有错误，可以导入")).to_be_visible(timeout=PATIENCE)
    await focus_is_kept(page)
    await reach(page, page.get_by_role("button", name="导入 3 行"))
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="已导入 3 行")).to_be_visible(timeout=PATIENCE)
    await focus_is_kept(page)

    # The desk: one key confirms, one returns with a reason; what the filter finds goes in one go.
    await reach(page, page.get_by_role("link", name=re.compile("确认导入的")))
    await page.keyboard.press("Enter")
    await expect(page.locator("article h2")).to_be_visible()
    await expect(page.locator("article[aria-busy]")).to_have_count(0)
    await page.keyboard.press("r")
    await focus_is_kept(page)
    await page.keyboard.press("Escape")
    await focus_is_kept(page)
    await page.keyboard.press("r")
    await page.keyboard.press("1")
    await page.keyboard.type("等级和总分不一致，请核对。")
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text(re.compile("已驳回"))).not_to_have_count(0)
    await focus_is_kept(page)
    await reach(page, page.get_by_role("button", name=re.compile("处理筛选出的全部")), "Shift+Tab")
    await page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    await reach(page, dialog.get_by_role("button", name=re.compile(r"确认 \d 条")))
    await page.keyboard.press("Enter")
    await expect(dialog.get_by_role("heading", name="处理好了")).to_be_visible(timeout=PATIENCE)
    await focus_is_kept(page)
    await page.keyboard.press("Escape")
    await expect(dialog).to_have_count(0)
    await focus_is_kept(page)
    states = (await own.teacher.post("/records/records/search", {"limit": 1}))["states"]
    assert (states["approved"], states["returned"], states["submitted"]) == (2, 1, 0)

    await reach(page, rail.get_by_role("link", name="班级"), "Shift+Tab")
    await page.keyboard.press("Enter")
    sorter = page.get_by_role("button", name="已确认")
    await reach(page, sorter)
    await page.keyboard.press("Enter")
    await expect(page).to_have_url(re.compile("sort=confirmed"))
    await expect(sorter).to_be_focused()
    await reach(page, page.get_by_role("link", name="账号条和密码"), "Shift+Tab")
    await page.keyboard.press("Enter")
    slips = page.get_by_role("button", name="打印学生账号条")
    await reach(page, slips)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("alertdialog")).to_be_visible()
    await focus_is_kept(page)
    await page.keyboard.press("Escape")
    await expect(slips).to_be_focused()

    past = now()
    windows = timetable.windows(past - hours(6), past - hours(4), past - hours(2), past + hours(48))
    await terms.change_windows(campus, campus.term, windows)
    await page.goto("/comments")
    texts = [f"{pupil.plan.name}待人真诚，学习踏实，乐于助人。" for pupil in own.pupils]
    areas = [page.get_by_label(pupil.plan.name) for pupil in own.pupils]
    await reach(page, areas[0])
    await page.evaluate(_PASTE, texts)
    for area, text in zip(areas, texts, strict=True):
        await expect(area).to_have_value(text)
    await page.keyboard.press("Enter")
    await expect(areas[1]).to_be_focused()
    await page.keyboard.press("Control+Home")
    await page.keyboard.press("ArrowUp")
    await expect(areas[0]).to_be_focused()
    await page.keyboard.press("Control+Enter")
    await expect(page.get_by_text("3 人的已保存").first).to_be_visible()
    await expect(areas[0]).to_be_focused()
    await visitor.require_accessible()
