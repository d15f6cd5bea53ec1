"""A parent's phone signs a computer in by the QR code that the computer shows (CS-03)."""

import pytest
from playwright.async_api import expect

from tests.browser.devices import DESKTOP, PHONE
from tests.browser.families import a_family
from tests.browser.test_first_sign_in import take_the_card, use_the_slip
from tests.browser.visitors import Visitors
from tests.world.region import Region


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("CS-03")
async def test_a_phone_signs_a_computer_in_and_sees_which_one(visitors: Visitors, school: Region) -> None:
    family = await a_family(school)
    parent = await visitors.new("parent")
    await use_the_slip(parent, family)
    await take_the_card(parent, family)

    computer = await visitors.new("computer", device=DESKTOP)
    await computer.page.goto("/sign-in")
    await computer.page.get_by_role("tab", name="扫码登录").click()
    await expect(computer.page.get_by_role("img", name="登录用的二维码")).to_be_visible()
    await computer.require_accessible()
    shown = computer.page.locator("[data-address]")
    code = str(await shown.get_attribute("data-address")).partition("#")[2]

    await parent.page.goto(f"/qr-sign-in#{code}")
    await expect(parent.page.get_by_text("让这台设备登录您的账号？")).to_be_visible()
    await expect(parent.page.get_by_text("Chrome 浏览器")).to_be_visible()
    await parent.require_accessible()
    await parent.page.get_by_role("button", name="确认登录").click()
    await expect(parent.page.get_by_text("已确认，电脑上马上登录")).to_be_visible()
    await computer.page.wait_for_url(lambda url: "/sign-in" not in url)
    await computer.page.goto("/me")
    await expect(computer.page.get_by_role("main").get_by_text(family.child.name).first).to_be_visible()
