"""Sessions shared by tabs or ended in the middle of a form, a new version of the client: nothing is lost (journey 6)."""

import re

import pytest
from playwright.async_api import Page, Route, expect

from tests.browser.conftest import Client
from tests.browser.families import Family, a_family
from tests.browser.test_first_sign_in import PASSWORD, take_the_card, use_the_slip
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

_END = "fetch('/api/identity/sessions', { method: 'DELETE', headers: { 'Idempotency-Key': 'end' } }).then((a) => a.status)"
"""Ends the session of this browser's cookie without a word to the page, as an administrator or the end of its days does."""


async def end_session(page: Page) -> None:
    """End the session behind the page's back."""
    assert await page.evaluate(_END) == 204


async def sign_in_over(page: Page, username: str, password: str) -> None:
    """Sign in in the dialog that stands over a page."""
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("用户名").fill(username)
    await dialog.get_by_label("密码", exact=True).fill(password)
    await dialog.get_by_role("button", name="登录", exact=True).click()


async def a_parent(visitors: Visitors, school: Region, children: int = 1) -> tuple[Visitor, Family]:
    """A parent with the card of their first child."""
    family = await a_family(school, children)
    parent = await visitors.new("parent")
    await use_the_slip(parent, family)
    await take_the_card(parent, family)
    return parent, family


@pytest.mark.feature("L-19")
async def test_a_session_that_ends_in_the_middle_of_a_form_is_continued_over_it(visitors: Visitors, school: Region) -> None:
    parent, family = await a_parent(visitors, school)
    page = parent.page
    await page.goto("/me/password")
    await page.get_by_label("现在的密码", exact=True).fill(PASSWORD)
    await page.get_by_label("新密码", exact=True).fill("Rainy-Day-8")
    await end_session(page)
    await page.get_by_role("button", name="改密码").click()

    dialog = page.get_by_role("dialog", name="需要重新登录")
    await expect(dialog).to_be_visible()
    await parent.require_accessible()
    await expect(page.get_by_label("新密码", exact=True)).to_have_value("Rainy-Day-8")
    await expect(dialog.get_by_label("用户名")).to_have_value(family.username)

    # Somebody else is asked first, and may think better of it.
    other = school.people["student@class"]
    await sign_in_over(page, other.username, other.password)
    await page.get_by_role("button", name="不换，重新登录").click()
    await sign_in_over(page, family.username, PASSWORD)
    await expect(page.get_by_text("密码已改好")).to_be_visible()
    await expect(page).to_have_url(re.compile("/me$"))
    await expect(page.get_by_role("main").get_by_text(family.child.name).first).to_be_visible()


@pytest.mark.feature("L-19", "JX-16", "CS-14")
async def test_two_tabs_follow_each_other_to_another_card_and_out(visitors: Visitors, school: Region) -> None:
    parent, family = await a_parent(visitors, school, children=2)
    second = family.children[1]
    first_tab = parent.page
    await first_tab.goto("/cards/child")
    await first_tab.get_by_label("孩子的姓名").fill(second.name)
    await first_tab.get_by_label("孩子的身份证号").fill(second.id_number)
    await first_tab.get_by_label("您的身份证号").fill(second.guardian_id_number)
    await first_tab.get_by_role("button", name="领孩子的卡").click()
    await expect(first_tab).not_to_have_url(re.compile("/cards"))

    tab = await parent.context.new_page()
    await tab.goto("/me")
    await expect(tab.get_by_role("main").get_by_text(second.name).first).to_be_visible()
    await first_tab.goto("/cards")
    await first_tab.get_by_role("button", name=family.child.name).click()
    await expect(first_tab).not_to_have_url(re.compile("/cards"))
    # The other tab begins anew with the same card, without a reload.
    await expect(tab).not_to_have_url(re.compile("/me$"))
    await first_tab.goto("/me")
    await expect(first_tab.get_by_role("main").get_by_text(family.child.name).first).to_be_visible()

    await first_tab.get_by_role("main").get_by_role("button", name="退出登录").click()
    await first_tab.get_by_role("alertdialog").get_by_role("button", name="退出登录").click()
    for page in (first_tab, tab):
        await expect(page).to_have_url(re.compile("/sign-in"))
    await tab.goto("/me")
    await expect(tab).to_have_url(re.compile("/sign-in"))


@pytest.mark.feature("L-19")
async def test_a_page_of_one_person_is_not_continued_by_another_who_signs_in_in_another_tab(
    visitors: Visitors, school: Region
) -> None:
    parent, family = await a_parent(visitors, school)
    other = school.people["student@class"]
    page, tab = parent.page, await parent.context.new_page()
    await tab.goto("/me/password")
    await page.goto("/me/password")
    await page.get_by_label("现在的密码", exact=True).fill(PASSWORD)
    await page.get_by_label("新密码", exact=True).fill("Rainy-Day-8")
    await end_session(page)
    await page.get_by_role("button", name="改密码").click()
    for each in (page, tab):
        await expect(each.get_by_role("dialog", name="需要重新登录")).to_be_visible()

    await sign_in_over(tab, other.username, other.password)
    await tab.get_by_role("button", name=re.compile("^换成")).click()
    await expect(tab.get_by_role("dialog")).to_have_count(0)
    asked = page.get_by_role("dialog", name="这个浏览器换了人登录")
    await expect(asked).to_be_visible()
    await parent.require_accessible()

    await sign_in_over(page, family.username, PASSWORD)
    await expect(page.get_by_text("密码已改好")).to_be_visible()
    await expect(tab.get_by_role("dialog", name="这个浏览器换了人登录")).to_be_visible()
    await tab.get_by_role("button", name=re.compile("^以 .* 继续$")).click()
    await tab.goto("/me")
    await expect(tab.get_by_role("main").get_by_text(family.child.name).first).to_be_visible()


@pytest.mark.feature("X-13")
async def test_a_page_whose_files_are_gone_loads_the_new_version_by_itself(
    visitors: Visitors, school: Region, client: Client
) -> None:
    student = await visitors.new("student")
    page = student.page
    await student.sign_in(school.people["student@own"])
    await page.goto("/me")
    help_link = page.get_by_role("main").get_by_role("link", name="帮助")
    await expect(help_link).to_be_visible()
    missed: list[str] = []

    async def gone_once(route: Route) -> None:
        if missed:
            await route.continue_()
        else:
            missed.append(route.request.url)
            await route.fulfill(status=404, body="")

    # Old files are kept for two releases; this page is older than that.
    await page.route("**/assets/HelpPage*.js", gone_once)
    async with client.version("next"):
        await help_link.click()
        await expect(page.get_by_role("heading", name="常见问题")).to_be_visible()
        await expect(page).to_have_url(re.compile("/help$"))
    assert missed


@pytest.mark.feature("X-13")
async def test_an_open_page_offers_the_new_version_and_comes_back_to_the_same_place(visitors: Visitors, school: Region) -> None:
    student = await visitors.new("student")
    page = student.page
    await page.clock.install()
    await student.sign_in(school.people["student@own"])
    await page.goto("/messages?show=unread")
    await expect(page.get_by_role("heading", name="消息", level=1)).to_be_visible()
    await page.route("**/version.json", lambda route: route.fulfill(json={"version": "next"}))
    await page.clock.fast_forward("20:00")
    notice = page.get_by_role("status").filter(has_text="有新版本")
    await expect(notice).to_be_visible()
    await student.require_accessible()
    async with page.expect_navigation():
        await notice.get_by_role("button", name="现在更新").click()
    await expect(page).to_have_url(re.compile(r"/messages\?show=unread$"))
    await expect(page.get_by_role("heading", name="消息", level=1)).to_be_visible()


@pytest.mark.feature("X-13")
async def test_without_a_network_the_page_says_so_and_nobody_is_asked_for_a_password(
    visitors: Visitors, school: Region
) -> None:
    student = await visitors.new("student")
    page = student.page
    await student.sign_in(school.people["student@own"])
    await page.goto("/me")
    await expect(page.get_by_role("main").get_by_text("9000010000010").first).to_be_visible()
    # The services are gone while the page's own files still come.
    await page.route("**/api/**", lambda route: route.abort())
    await page.reload()
    await expect(page.get_by_role("heading", name="没有连上平台")).to_be_visible()
    await student.require_accessible()
    await page.unroute("**/api/**")
    await page.get_by_role("button", name="现在重试").click()
    await expect(page).to_have_url(re.compile("/me$"))
    await expect(page.get_by_role("main").get_by_text("9000010000010").first).to_be_visible()
