"""Journey 2 as somebody takes it who does not see the screen: by the accessibility tree and the keyboard alone (journey 8)."""

import re

import pytest
from demo.scale import until
from playwright.async_api import expect

from tests.browser.devices import PHONE, Device
from tests.browser.photos import a_photo
from tests.browser.test_reporting import ACCOUNT, a_title, reported
from tests.browser.tree import Tree
from tests.browser.visitors import Visitors
from tests.world.builders import eligible_entry
from tests.world.region import Region

REASON = "请写清楚每次服务的时间。"


async def write_dates(tree: Tree, *dates: str) -> None:
    """Type dates (`YYYY-MM-DD`) into the parts of the date fields, in whatever order the browser's language puts them."""
    await tree.find("spinbutton")
    parts = (await tree.all("spinbutton"))[: 3 * len(dates)]
    for number, node in enumerate(parts):
        year, month, day = dates[number // 3].split("-")
        typed = {12: month, 31: day, 30: day, 29: day, 28: day}.get(int(node.properties["valuemax"]), year)
        await tree.session.send("DOM.focus", {"backendNodeId": node.element})
        await tree.page.keyboard.type(typed)


@pytest.mark.feature("JX-03", "JX-04", "JX-05", "JX-06")
@pytest.mark.parametrize("device", [PHONE], ids=str)
async def test_a_record_is_reported_returned_corrected_and_selected_without_seeing_the_screen(
    visitors: Visitors, school: Region, device: Device
) -> None:
    own, title = school.people["student@own"], a_title("听着上报")
    teacher = school.campus.school_classes[0].teacher
    student = await visitors.new("student")
    page = student.page
    tree = await Tree.of(page)
    await page.goto("/sign-in")
    await tree.write("用户名", own.username)
    await tree.write("密码", own.password)
    await tree.press("button", "登录")
    await expect(page).not_to_have_url(re.compile("/sign-in"))
    await page.goto("/report")
    await tree.press("link", "志愿服务")

    # Sent too early: what is missing is said, the focus is there, each field says what is wrong with it.
    await tree.press("button", "上报")
    await tree.announced("请至少上传1份佐证材料")
    assert (await tree.focused()).name.startswith("佐证材料")
    wrong = await tree.find("textbox", "服务项目")
    assert wrong.properties["invalid"] == "true"
    assert wrong.properties["required"]
    assert "服务项目不能为空" in wrong.properties["description"]

    async with page.expect_file_chooser() as picker:
        await tree.press("button", "图片")
    await (await picker.value).set_files([{"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_photo(6, 600, 800)}])
    await tree.announced("照片 1已上传")
    for label, value in {"服务项目": title, "服务对象": "敬老院老人", "地点": "澄湖社区敬老院", "过程与收获": ACCOUNT}.items():
        await tree.write(label, value)
    await write_dates(tree, "2026-09-12", "2026-09-19")
    await tree.write("时长", "12")
    assert (await tree.find("textbox", "服务项目")).properties["invalid"] == "false"
    await tree.press("button", "上报")
    await tree.announced("已上报")

    # Returned: the page says that a message came; the reason stands there, and beside the form.
    [record] = await reported(own, title)
    await teacher.post(f"/records/records/{record['id']}/return", {"reason_code": "incomplete", "note": REASON})
    await tree.announced("新消息：写实记录被驳回")
    await tree.press("link", "首页")
    await tree.press("link", "消息")
    await tree.press("button", title)
    await tree.find("StaticText", REASON)
    await tree.press("link", "修改")
    await tree.find("StaticText", REASON)
    assert (await tree.find("textbox", "服务项目")).value == title
    await tree.write("过程与收获", f"{ACCOUNT}九月十二日和十九日下午各去一次。")
    await tree.press("button", "上报")
    await tree.announced("已上报")

    await teacher.post(f"/records/records/{record['id']}/approval")
    await eligible_entry(school.owner, record["id"])
    await tree.press("link", "首页")
    await tree.press("link", "遴选")
    await tree.press("button", title)
    await tree.announced("已遴选")

    async def selected() -> bool | None:
        entries = await own.everything("/publicity/entries", term_id=school.ids["term"])
        return next(one["state"] == "selected" for one in entries if one["record_id"] == record["id"]) or None

    await until("已遴选", selected)
    await student.require_accessible()
