"""Reporting a record at a browser: forms of the scheme, photos, drafts, bad networks (JX-03, JX-04, X-12, X-13, L-15)."""

import asyncio
import io
import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from demo.client import User
from PIL import Image
from playwright.async_api import Locator, Page, expect

from tests.browser.devices import PHONE, Device
from tests.browser.photos import UPRIGHT, a_photo, quarters
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

NAME = "社区敬老院志愿服务"
ACCOUNT = "每个周六下午到社区敬老院陪老人读报，负责联系院方、准备报纸和登记。"
UPLOADED = re.compile("已上传")
SLOW = 90_000
"""Milliseconds for a slow phone to make a large photo small."""


async def open_form(visitor: Visitor, kind: str = "志愿服务") -> Page:
    """From the tab for reporting to the form of a kind."""
    page = visitor.page
    await page.get_by_role("navigation", name="主导航").get_by_role("link", name="上报").click()
    await expect(page.get_by_role("heading", level=1, name="上报")).to_be_visible()
    await page.get_by_role("link", name=kind, exact=True).click()
    await expect(page.get_by_role("button", name="上报", exact=True)).to_be_visible()
    return page


async def fill(page: Page, **changes: str) -> None:
    """Fill in the form of voluntary service; `changes` by field id, as its label says."""
    values = {
        "服务项目": NAME, "服务对象": "敬老院老人", "开始日期": "2026-09-12", "结束日期": "2026-09-19", "时长": "12",
        "地点": "澄湖社区敬老院", "过程与收获": ACCOUNT,
    } | changes  # fmt: skip
    for label, value in values.items():
        await page.get_by_label(label).fill(value)


async def choose(page: Page, *photos: bytes) -> None:
    """Choose photos in the album, as the picker of the system hands them over."""
    files = [{"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": data} for n, data in enumerate(photos)]
    async with page.expect_file_chooser() as picker:
        await page.get_by_text(re.compile("^(相册|图片)$")).click()
    await (await picker.value).set_files(files)  # type: ignore[arg-type]


def a_title(words: str) -> str:
    """A title that no other record has."""
    return f"{words} {uuid4().hex[:6]}"


def rows(page: Page) -> Locator:
    """The rows of the files."""
    return page.get_by_role("region", name="佐证材料").get_by_role("listitem")


async def send(page: Page) -> None:
    await page.get_by_role("button", name="上报", exact=True).click()


async def sent(page: Page) -> None:
    await expect(page.get_by_text("已上报", exact=True)).to_be_visible()


async def reported(user: User, title: str) -> list[dict[str, Any]]:
    """The whole records of this title, newest first."""
    await user.sign_in()
    found = (await user.get("/records/records", limit="200"))["items"]
    return [await user.get(f"/records/records/{one['id']}") for one in found if one["title"] == title]


async def picture(user: User, evidence_id: str) -> bytes:
    address = await user.get(f"/records/evidence/{evidence_id}/address")
    return await user.gateway.fetch(address["url"])


@pytest.mark.feature("JX-03", "L-15")
async def test_two_large_rotated_photos_survive_a_line_that_drops_twice_and_a_killed_browser(
    visitors: Visitors, school: Region
) -> None:
    own, title = school.people["student@own"], a_title("断网也不丢")
    student = await visitors.new("student", own_browser=True)
    await student.sign_in(own)
    page = await open_form(student)
    await student.on_a_slow_phone()
    photos = [a_photo(6, 3000, 4000, grain=30), a_photo(8, 3000, 4000, grain=30)]
    assert min(map(len, photos)) > 3_000_000
    await choose(page, *photos)
    await fill(page, 服务项目=title)
    for _ in range(2):
        sending = rows(page).filter(has=page.get_by_role("progressbar")).first
        await expect(sending).to_be_visible(timeout=SLOW)
        await student.offline()
        await expect(rows(page).filter(has_text="还在本机").first).to_be_visible()
        await student.offline(gone=False)
    await expect(page.get_by_text("草稿已保存")).to_be_visible()
    await visitors.kill(student)

    student = await visitors.again(student)
    page = student.page
    await student.sign_in_if_asked(own)
    await page.goto("/report")
    await page.get_by_role("link", name=re.compile("志愿服务.*草稿")).click()
    await expect(page.get_by_label("服务项目")).to_have_value(title)
    await expect(page.get_by_label("过程与收获")).to_have_value(ACCOUNT)
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(2, timeout=SLOW)
    await send(page)
    await sent(page)

    [record] = await reported(own, title)
    assert record["state"] == "submitted"
    assert len(record["evidence"]) == 2
    for file in record["evidence"]:
        data = await picture(own, file["evidence_id"])
        assert quarters(data) == {name: name for name in UPRIGHT}
        assert max(Image.open(io.BytesIO(data)).size) == 2560


@pytest.mark.feature("L-15")
@pytest.mark.parametrize("device", [PHONE], ids=str)
async def test_a_photo_is_turned_once_whatever_its_camera_wrote(visitors: Visitors, school: Region, device: Device) -> None:
    assert device is PHONE
    own, title = school.people["student@own"], a_title("八个方向的照片")
    student = await visitors.new("student")
    await student.sign_in(own)
    page = await open_form(student)
    await choose(page, *(a_photo(orientation) for orientation in range(1, 9)))
    await fill(page, 服务项目=title)
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(8)
    await send(page)
    await sent(page)
    [record] = await reported(own, title)
    pictures = await asyncio.gather(*(picture(own, file["evidence_id"]) for file in record["evidence"]))
    wrong = [n for n, data in enumerate(pictures, 1) if quarters(data) != {name: name for name in UPRIGHT}]
    assert wrong == []
    assert {Image.open(io.BytesIO(data)).size for data in pictures} == {(1707, 2560)}


@pytest.mark.feature("JX-03", "X-12", "X-13")
async def test_what_is_missing_or_wrong_is_said_where_it_is_and_takes_the_focus(visitors: Visitors, school: Region) -> None:
    student = await visitors.new("student")
    await student.sign_in(school.people["student@own"])
    page = await open_form(student)
    await expect(page.get_by_text(re.compile("截止"))).to_be_visible()
    await page.get_by_label("结束日期").fill("2026-09-01")
    await page.get_by_label("开始日期").fill("2026-09-12")
    await page.get_by_label("时长").fill("300")
    await page.get_by_label("服务项目").focus()
    await expect(page.get_by_text("结束日期不能早于开始日期")).to_be_visible()
    await expect(page.get_by_text("时长不能大于200小时")).to_be_visible()
    await send(page)
    await expect(page.get_by_text("请至少上传1份佐证材料")).to_be_visible()
    await expect(page.get_by_text("服务项目不能为空")).to_be_visible()
    await expect(page.get_by_role("region", name="佐证材料")).to_be_focused()
    await student.require_accessible()
    await choose(page, a_photo(1, 600, 800))
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(1)
    await send(page)
    await expect(page.get_by_label("服务项目")).to_be_focused()


@pytest.mark.feature("JX-03")
async def test_a_record_with_two_photos_needs_few_presses_and_a_double_press_sends_it_once(
    visitors: Visitors, school: Region, record_property: Callable[[str, object], None]
) -> None:
    own, title = school.people["student@own"], a_title("只点几下")
    student = await visitors.new("student")
    await student.sign_in(own)
    before = student.counts["click"]
    page = await open_form(student)
    await choose(page, a_photo(6, 600, 800), a_photo(3, 600, 800))
    await fill(page, 服务项目=title)
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(2)
    pressed = student.counts["click"] - before + 1
    record_property("taps", pressed)
    assert pressed <= 7
    await page.get_by_role("button", name="上报", exact=True).dblclick()
    await sent(page)
    await page.go_back()
    await expect(page.get_by_role("heading", name="还没发出")).not_to_be_visible()
    await page.get_by_role("link", name="志愿服务", exact=True).click()
    await expect(page.get_by_label("服务项目")).to_have_value("")
    assert len(await reported(own, title)) == 1


@pytest.mark.feature("JX-03")
async def test_a_form_that_is_sent_without_a_network_waits_and_goes_by_itself(visitors: Visitors, school: Region) -> None:
    own, title = school.people["student@own"], a_title("没有网络时上报")
    student = await visitors.new("student")
    await student.sign_in(own)
    page = await open_form(student)
    await student.offline()
    await choose(page, a_photo(1, 600, 800))
    await fill(page, 服务项目=title)
    await send(page)
    await expect(page.get_by_text(re.compile("等待网络|文件传完就发出"))).to_be_visible()
    assert await reported(own, title) == []
    await student.offline(gone=False)
    await sent(page)
    assert len(await reported(own, title)) == 1


@pytest.mark.feature("JX-03")
async def test_two_tabs_with_one_draft_do_not_overwrite_each_other(visitors: Visitors, school: Region) -> None:
    student = await visitors.new("student")
    await student.sign_in(school.people["student@own"])
    first = await open_form(student, "体育锻炼")
    await first.get_by_label("锻炼项目").fill("每周晨跑")
    await expect(first.get_by_text("草稿已保存")).to_be_visible()
    second = await student.context.new_page()
    await second.goto(first.url)
    await expect(second.get_by_label("锻炼项目")).to_have_value("每周晨跑")
    await expect(first.get_by_text("这份草稿也在另一个标签页里打开")).to_be_visible()
    await second.get_by_label("锻炼项目").fill("每周夜跑")
    await expect(first.get_by_label("锻炼项目")).to_have_value("每周夜跑")
    # A reload right after the last key.
    await second.get_by_label("锻炼项目").fill("每周夜跑三次")
    await second.reload()
    await expect(second.get_by_label("锻炼项目")).to_have_value("每周夜跑三次")


@pytest.mark.feature("JX-04")
async def test_a_draft_that_somebody_else_changed_meanwhile_is_compared_and_nothing_is_lost(
    visitors: Visitors, school: Region
) -> None:
    own, guardian = school.people["student@own"], school.people["guardian@own"]
    await own.sign_in()
    await guardian.sign_in()
    draft = await own.get(f"/records/records/{school.ids['draft']}")
    student = await visitors.new("student")
    await student.sign_in(own)
    page = student.page
    await page.goto(f"/records/{draft['id']}/edit")
    await page.get_by_label("地点").fill("学生写的地点")
    changed = {"data": draft["data"] | {"place": "家长写的地点"}, "evidence": [it["evidence_id"] for it in draft["evidence"]]}
    await guardian.put(f"/records/records/{draft['id']}", changed, draft["version"])
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("这条记录在别处改过")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("group", name="地点").get_by_text("学生写的地点").click()
    await page.get_by_role("button", name="按选择继续").click()
    await page.get_by_role("button", name="保存草稿").click()
    await expect(page.get_by_text("已保存到平台")).to_be_visible()
    after = await own.get(f"/records/records/{draft['id']}")
    assert after["data"]["place"] == "学生写的地点"
