"""A position is declared, comes back with a reason, is corrected and confirmed (JX-11). Found by role and name only."""

import re

import pytest
from demo.client import User
from demo.world import Pupil
from playwright.async_api import Page, expect

from tests.browser.devices import Device
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

DUTIES = "每天早晨组织早读，收发作业，主持班会三次。"


def who(school: Region, device: Device) -> Pupil:
    """A pupil for each size, who has declared nothing yet."""
    own, other = school.campus.school_classes
    return own.pupils[2] if device.touch else other.pupils[0]


def teacher_of(school: Region, pupil: Pupil) -> User:
    return next(one.teacher for one in school.campus.school_classes if one.path == pupil.path)


async def pick(page: Page, label: str, title: str, device: Device) -> None:
    """One of many choices: in a sheet on the phone, by typing on a PC."""
    if device.touch:
        await page.get_by_role("button", name=re.compile(label)).click()
        await page.get_by_role("dialog").get_by_text(title, exact=True).click()
        return
    box = page.get_by_role("combobox", name=re.compile(label))
    await box.fill(title)
    await page.get_by_role("option", name=title, exact=True).click()


async def declare(student: Visitor, device: Device) -> None:
    page = student.page
    await page.goto("/positions")
    await expect(page.get_by_role("heading", name="还没有申报职务")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name="申报职务").click()
    await page.get_by_text("班级", exact=True).click()
    await page.get_by_role("button", name="申报", exact=True).click()
    await expect(page.get_by_text("处要改")).to_be_visible()
    await student.require_accessible()
    await pick(page, "^职务", "学习委员", device)
    await page.get_by_label("任职开始").fill("2026-09-01")
    await page.get_by_role("button", name="申报", exact=True).click()
    await expect(page.get_by_role("link", name=re.compile("学习委员"))).to_be_visible()


@pytest.mark.feature("JX-11")
async def test_a_student_declares_a_position_and_corrects_it_after_it_came_back(
    visitors: Visitors, school: Region, device: Device
) -> None:
    pupil = who(school, device)
    teacher = teacher_of(school, pupil)
    student = await visitors.new("student")
    await student.sign_in(pupil.user)
    page = student.page
    await declare(student, device)
    [made] = (await pupil.user.get("/records/positions"))["items"]
    await teacher.post(f"/records/positions/{made['id']}/return", {"reason_code": "incomplete", "note": "请写履职情况"})

    await page.goto("/home")
    await page.get_by_role("link", name=re.compile("职务申报 1")).click()
    await expect(page.get_by_text("已驳回")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name=re.compile("学习委员")).click()
    await expect(page.get_by_text("请写履职情况")).to_be_visible()
    await page.get_by_label("履职情况").fill(DUTIES)
    await page.get_by_role("button", name="改好再申报").click()
    await expect(page.get_by_text("待审核")).to_be_visible()
    again = (await pupil.user.get("/records/positions"))["items"][0]
    assert (again["state"], again["data"]["duties"]) == ("submitted", DUTIES)

    await teacher.post(f"/records/positions/{made['id']}/approval")
    await page.reload()
    await expect(page.get_by_text("已确认")).to_be_visible()
    await page.get_by_role("link", name=re.compile("学习委员")).click()
    await expect(page.get_by_text(DUTIES)).to_be_visible()
    await expect(page.get_by_role("button", name="改好再申报")).to_have_count(0)
    await student.require_accessible()
