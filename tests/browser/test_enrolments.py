"""A pupil is to move: one school applies with a proof and confirms the evaluation data, the other decides (BJ-04)."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.devices import DESKTOP
from tests.browser.photos import a_photo
from tests.browser.visitors import Visitors
from tests.world.builders import hire
from tests.world.region import Region


@pytest.mark.feature("BJ-04")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_one_school_hands_over_with_a_statement_and_the_other_declines(visitors: Visitors, school: Region) -> None:
    pupil = school.campus.pupils[0]
    district, title = school.people["district_administrator@above"], "转入测试学校"
    parent = school.campus.path.rpartition(".")[0]
    await district.post("/identity/organisations", {"parent": parent, "code": "s90", "title": title})
    there = await hire(district, "administrator", f"{parent}.s90", "教务主任")
    registrar = await visitors.new("registrar")
    await registrar.sign_in(school.people["school_administrator@school"])
    page = registrar.page
    await page.goto("/people")
    await page.get_by_role("link", name="学籍异动").click()
    await page.get_by_role("link", name="申请").click()
    await page.get_by_text("转出", exact=True).click()
    await page.get_by_label(re.compile("^找学生")).fill(pupil.user.name)
    await page.get_by_text(pupil.user.name, exact=True).click()
    await page.get_by_label(re.compile("^找接收学校")).fill(title)
    await page.get_by_text(title, exact=True).click()
    await page.get_by_label("理由").fill("家庭搬迁")
    await page.locator('input[type="file"][accept="image/*"]').last.set_input_files(
        {"name": "接收函.jpg", "mimeType": "image/jpeg", "buffer": a_photo(1, 300, 400)}
    )
    await expect(page.get_by_text("1 / 6")).to_be_visible()
    await registrar.require_accessible()
    await page.get_by_role("button", name="提出申请").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text(f"转出：{pupil.user.name}")
    await expect(page.get_by_text("请核对，确认后随学生转接。")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^凭据 1"))).to_be_visible()
    await registrar.require_accessible()
    await page.get_by_role("button", name="通过", exact=True).click()
    await page.get_by_role("button", name="审批通过").click()
    await expect(page.get_by_text("等待：转入学校接收")).to_be_visible()

    other = await visitors.new("other school")
    await other.sign_in(there)
    await other.page.goto("/enrolments")
    await expect(other.page.get_by_text("待本单位审批")).to_be_visible()
    await other.page.get_by_role("link", name=re.compile(pupil.user.name)).click()
    await expect(other.page.get_by_text("转出学校已核对确认，随学生转接。")).to_be_visible()
    await expect(other.page.get_by_role("button", name=re.compile("^凭据 1"))).to_be_visible()
    await other.page.get_by_role("button", name="不通过").click()
    await other.page.get_by_label("理由").fill("没有空余学位")
    await other.page.get_by_role("button", name="审批不通过").click()
    await expect(other.page.get_by_text("没有空余学位").first).to_be_visible()
    await other.require_accessible()
