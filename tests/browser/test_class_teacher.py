"""A class teacher at a browser: reviews by key and by finger, and all that a filter finds at once (JX-04)."""

import re
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from demo.client import User
from demo.steps import batches
from demo.world import Pupil
from playwright.async_api import Page, expect

from demo import workbooks
from tests.browser.devices import DESKTOP, PHONE, Device
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

REVIEWED, RETURNED = 50, 3
PROJECTS = "special_projects"
NOTE = "成绩和试卷上的不一样，请核对后再导入。"


async def records_to_confirm(school: Region, least: int) -> tuple[User, str]:
    """Imports projects of the owner's class until so many records wait. Returns the class teacher and the term's id."""
    chosen = school.campus.school_classes[0]
    teacher, term = chosen.teacher, school.ids["term"]
    while True:
        found = await teacher.post("/records/records/search", {"waiting": True, "limit": 1})
        if found["states"]["submitted"] >= least:
            return teacher, term
        rows = [_project(school, pupil, number) for pupil in chosen.pupils for number in range(20)]
        form = await batches.template(teacher, PROJECTS, chosen.path, term)
        book = workbooks.fill(form, {workbooks.data_sheet(form): rows})
        await batches.commit(teacher, await batches.check(teacher, PROJECTS, chosen.path, "特色.xlsx", book, term), "特色")


def _project(school: Region, pupil: Pupil, number: int) -> dict[str, Any]:
    """A row of the workbook of projects, by the titles of its columns."""
    titles = {field["id"]: field["title"] for field in school.world.kind(PROJECTS)["form"]["fields"]}
    data = {
        "name": f"非遗剪纸 {number} {uuid4().hex[:6]}",
        "project_type": "非遗传承",
        "starts_on": "2026-03-10",
        "ends_on": "2026-05-10",
        "outcome": "完成作品一件，在学校艺术节展出。",
    }
    return {
        "学籍号": pupil.plan.registry_number,
        "姓名": pupil.plan.name,
        **{titles[name]: value for name, value in data.items()},
    }


async def states(teacher: User) -> dict[str, int]:
    """How many records of the class are in each state."""
    found: dict[str, Any] = await teacher.post("/records/records/search", {"limit": 1})
    return dict(found["states"])


async def waits_for(visitor: Visitor, path: str, heading: str | re.Pattern[str]) -> Page:
    """Opens a page and waits for its heading."""
    await visitor.page.goto(path)
    await expect(visitor.page.get_by_role("heading", level=1)).to_have_text(heading)
    return visitor.page


async def the_record(page: Page) -> None:
    """Waits until the record that is to be judged is on the screen with its content."""
    await expect(page.locator("article[aria-busy]")).to_have_count(0)
    await expect(page.locator("article h2")).to_be_visible()


async def current(page: Page) -> str | None:
    """The id of the record that is open, by the address after the first decision."""
    found = re.search("record=([0-9a-f-]+)", page.url)
    return found and found[1]


@pytest.mark.feature("JX-04", "JX-05")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_fifty_records_are_reviewed_with_fifty_keys_and_three_returned_with_reasons(
    visitors: Visitors, school: Region, device: Device, record_property: Callable[[str, object], None]
) -> None:
    own, _ = await records_to_confirm(school, REVIEWED + RETURNED + 2)
    before = await states(own)
    teacher = await visitors.new("teacher")
    await teacher.sign_in(own)
    page = await waits_for(teacher, "/review", "审核")
    await the_record(page)
    await teacher.require_accessible()
    pressed, clicked, began = teacher.counts["keydown"], teacher.counts["click"], time.monotonic()
    for _ in range(REVIEWED):
        was = await current(page)
        await page.keyboard.press("a")
        await page.wait_for_function("(was) => new URL(location).searchParams.get('record') !== was", arg=was)
        await the_record(page)
    record_property("records_per_minute", round(REVIEWED / (time.monotonic() - began) * 60))
    assert teacher.counts["keydown"] - pressed == REVIEWED
    assert teacher.counts["click"] == clicked

    for _ in range(RETURNED):
        was = await current(page)
        await page.keyboard.press("r")
        await expect(page.get_by_role("radiogroup", name="驳回理由")).to_be_visible()
        await page.keyboard.press("1")
        await page.keyboard.type(NOTE)
        await page.keyboard.press("Control+Enter")
        await page.wait_for_function("(was) => new URL(location).searchParams.get('record') !== was", arg=was)
        await the_record(page)
    await teacher.require_accessible()

    # The last one is taken back before it is sent; then everything has been sent.
    await page.keyboard.press("u")
    await expect(page.get_by_text(re.compile("已驳回|几秒后发出|正在发出"))).not_to_have_count(0)
    await page.keyboard.press("r")
    await page.keyboard.press("1")
    await page.keyboard.type(NOTE)
    await page.keyboard.press("Control+Enter")
    await expect(page.locator(".toast")).to_have_count(0, timeout=30_000)
    after = await states(own)
    assert after["approved"] - before["approved"] == REVIEWED
    assert after["returned"] - before["returned"] == RETURNED
    returned = await own.get("/records/records", state="returned", limit=RETURNED)
    assert all(one["note"] == NOTE for one in [await own.get(f"/records/records/{r['id']}") for r in returned["items"]])


@pytest.mark.feature("JX-04")
@pytest.mark.parametrize("device", [PHONE], ids=str)
async def test_decisions_on_a_phone_can_be_taken_back_and_survive_a_tunnel_and_a_reload(
    visitors: Visitors, school: Region, device: Device
) -> None:
    own, _ = await records_to_confirm(school, 6)
    before = await states(own)
    teacher = await visitors.new("teacher")
    await teacher.sign_in(own)
    page = await waits_for(teacher, "/review", "审核")
    await the_record(page)
    await teacher.require_accessible()
    await page.get_by_role("button", name="确认，下一条").click()
    await page.get_by_role("button", name="撤回").click()
    await expect(page.get_by_role("button", name="撤回")).to_have_count(0)

    await the_record(page)
    await teacher.offline()
    await page.get_by_role("button", name="确认，下一条").click()
    await expect(page.get_by_text("存在本机，联网后自动发出")).to_be_visible()
    await teacher.offline(gone=False)
    await page.reload()
    await expect(page.locator(".toast")).to_have_count(0, timeout=40_000)
    after = await states(own)
    assert after["approved"] - before["approved"] == 1


@pytest.mark.feature("JX-04")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_all_that_a_filter_finds_is_decided_in_one_go_and_what_a_colleague_decided_is_told(
    visitors: Visitors, school: Region, device: Device
) -> None:
    own, _ = await records_to_confirm(school, 4)
    teacher = await visitors.new("teacher")
    await teacher.sign_in(own)
    page = await waits_for(teacher, "/review", "审核")
    await the_record(page)
    # A colleague is faster with the first one.
    first = (await own.post("/records/records/search", {"waiting": True, "limit": 1}))["items"][0]
    await own.post("/records/reviews", {"action": "approve", "record_ids": [first["id"]]})
    await page.keyboard.press("a")
    await expect(page.get_by_role("alert").filter(has_text="1 条没有处理")).to_be_visible(timeout=30_000)
    await page.get_by_role("button", name="知道了").click()

    await page.get_by_role("button", name=re.compile("处理筛选出的全部")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("button", name=re.compile(r"确认 \d+ 条")).click()
    await expect(dialog.get_by_role("heading", name="处理好了")).to_be_visible(timeout=60_000)
    await teacher.require_accessible()
    await dialog.get_by_role("button", name="好", exact=True).click()
    assert (await states(own))["submitted"] == 0
