"""A parent with a paper slip: first sign-in, password, the child's card. Journey 1's first half, and the same in large type."""

import re

import pytest
from playwright.async_api import Page, expect

from tests.browser.families import Family, a_family
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

PASSWORD = "Sunny-Day-7"


async def use_the_slip(parent: Visitor, family: Family) -> None:
    """From the start page to the list of cards, with a password of one's own."""
    page = parent.page
    await page.goto("/")
    await page.get_by_role("link", name="第一次登录").click()
    await expect(page.get_by_text("只能用一次")).to_be_visible()
    await expect(page.get_by_text("至少 8 位")).to_be_visible()
    await parent.require_accessible()
    # As people type from paper: the phone's capital letter, blanks for hyphens.
    await page.get_by_label("用户名").fill(f" {family.username[:3]} {family.username[3:7]} {family.username[7:]}")
    await page.get_by_label("账号单上的一次性密码").fill(family.slip.replace("-", " ").capitalize())
    await page.get_by_label("新密码", exact=True).fill("12345678")
    await page.get_by_role("button", name="设好密码并登录").click()
    await expect(page.get_by_text("密码至少含字母、数字、符号中的两类")).to_be_visible()
    await expect(page.get_by_text("再设好自己的密码就行")).to_be_visible()
    await page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="设好密码并登录").click()
    await expect(page).to_have_url(re.compile("/cards$"))


async def take_the_card(parent: Visitor, family: Family) -> None:
    """The child's card, after one slip of the pen."""
    page, child = parent.page, family.child
    await expect(page.get_by_role("heading", name="领身份卡")).to_be_visible()
    await parent.require_accessible()
    await page.get_by_role("link", name="为子女领卡").first.click()
    await page.get_by_label("孩子的姓名").fill(child.name)
    await page.get_by_label("孩子的身份证号").fill(child.id_number[:-2])
    await expect(page.get_by_label("手机号")).to_have_value(family.username)
    await page.get_by_label("您的身份证号").fill(child.guardian_id_number)
    await page.get_by_role("button", name="领孩子的卡").click()
    wrong = page.get_by_label("孩子的身份证号")
    await expect(wrong).to_have_attribute("aria-invalid", "true")
    await expect(wrong).to_be_focused()
    await expect(page.get_by_text("身份证件号不正确")).to_be_visible()
    await parent.require_accessible()
    await wrong.fill(child.id_number)
    await page.get_by_role("button", name="领孩子的卡").click()
    await expect(page).not_to_have_url(re.compile("/cards"))


async def require_whose_card(page: Page, family: Family) -> None:
    """The account page names the child and the role."""
    await page.goto("/me")
    await expect(page.get_by_role("main").get_by_text(family.child.name).first).to_be_visible()
    await expect(page.get_by_role("main").get_by_text("家长").first).to_be_visible()


@pytest.mark.feature("JX-01", "JX-16", "CS-13", "L-03")
async def test_a_parent_signs_in_with_a_slip_sets_a_password_and_takes_the_childs_card(
    visitors: Visitors, school: Region
) -> None:
    family = await a_family(school)
    parent = await visitors.new("parent")
    await use_the_slip(parent, family)
    await take_the_card(parent, family)
    await require_whose_card(parent.page, family)
    await parent.require_accessible()
    assert parent.counts["click"] <= 6

    # The next time the slip is worth nothing, and the password is enough.
    again = await visitors.new("again")
    await again.page.goto("/sign-in")
    await again.page.get_by_label("用户名").fill(family.username)
    await again.page.get_by_label("密码", exact=True).fill(family.slip)
    await again.page.get_by_role("button", name="登录", exact=True).click()
    await expect(again.page.get_by_text("此一次性密码已经用过")).to_be_visible()
    await again.page.get_by_label("密码", exact=True).fill(PASSWORD)
    await again.page.get_by_role("button", name="登录", exact=True).click()
    await expect(again.page).not_to_have_url(re.compile("/sign-in"))
    await require_whose_card(again.page, family)


@pytest.mark.feature("JX-01", "JX-16")
async def test_the_same_in_large_type_chosen_before_signing_in(visitors: Visitors, school: Region) -> None:
    family = await a_family(school)
    parent = await visitors.new("parent")
    await parent.page.goto("/sign-in")
    await parent.page.get_by_role("button", name="大字版").click()
    await use_the_slip(parent, family)
    await take_the_card(parent, family)
    await require_whose_card(parent.page, family)
    await parent.require_accessible()
    size = "parseFloat(getComputedStyle(document.documentElement).fontSize)"
    assert await parent.page.evaluate(size) == 20
    assert await parent.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut at the side"


@pytest.mark.feature("JX-16")
async def test_who_forgot_the_password_gets_a_code_from_the_class_teacher(visitors: Visitors, school: Region) -> None:
    family = await a_family(school)
    parent = await visitors.new("parent")
    await use_the_slip(parent, family)
    await take_the_card(parent, family)

    page = (lost := await visitors.new("lost")).page
    await page.goto("/sign-in")
    await page.get_by_role("link", name="忘记密码").first.click()
    await expect(page.get_by_role("img", name=re.compile("图中的字"))).to_be_visible()
    await lost.require_accessible()
    await page.get_by_role("button", name="申请重置码").click()
    await expect(page.get_by_label("用户名")).to_be_focused()
    await page.get_by_label("用户名").fill(family.username)
    await page.get_by_label("姓名", exact=True).fill(family.child.guardian_name)
    await page.get_by_label("身份证件号").fill(family.child.guardian_id_number)
    await page.get_by_role("textbox", name="图中的字").fill("????")
    await page.get_by_role("button", name="申请重置码").click()
    await expect(page.get_by_text("验证码不正确或已过期，请看新的图片")).to_be_visible()
    await expect(page.get_by_label("姓名", exact=True)).to_have_value(family.child.guardian_name)
