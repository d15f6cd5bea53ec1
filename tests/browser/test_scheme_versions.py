"""The province looks at what a new version of the scheme changes, lets a school adopt it from a day on, and takes that back."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.devices import DESKTOP, Device
from tests.browser.visitors import Visitors
from tests.world.region import Region
from tests.world.schemes import EVERY_ROLE


@pytest.mark.feature("X-01")
async def test_a_province_compares_adopts_and_withdraws_a_new_version(
    visitors: Visitors, school: Region, device: Device
) -> None:
    officer = await visitors.new("province")
    await officer.sign_in(school.people["province_administrator@above"])
    page, main = officer.page, officer.page.get_by_role("main")
    if device is DESKTOP:
        await page.get_by_role("navigation").get_by_role("link", name="方案版本").click()
    else:
        await page.goto("/scheme-versions")
    await expect(main.get_by_text("2026.1").first).to_be_visible()
    await officer.require_accessible()
    await main.get_by_role("link", name=re.compile("看改动")).click()
    await expect(page).to_have_url(re.compile(f"/scheme-versions/{EVERY_ROLE}/2026.1/2026.2"))
    await expect(main.get_by_text("类别“主题教育”停用：不能再填报，已有记录照原样可查")).to_be_visible()
    await expect(main.get_by_text("不能再填报；已有记录只按旧版本显示").first).to_be_visible()
    await expect(main.get_by_role("heading", name="涉及的记录")).to_be_visible()
    await officer.require_accessible()

    await main.get_by_text("改用新版本", exact=True).click()
    await main.get_by_role("button", name="采用", exact=True).click()
    dialog = page.get_by_role("alertdialog")
    await dialog.get_by_role("button", name="采用", exact=True).click()
    await expect(page).to_have_url(re.compile("/scheme-versions$"))
    waiting = main.get_by_text("等待生效").first
    await expect(waiting).to_be_visible()
    await main.get_by_role("button", name=re.compile("^撤回")).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="撤回", exact=True).click()
    await expect(main.get_by_text("已撤回").first).to_be_visible()
    await expect(main.get_by_role("button", name=re.compile("^撤回"))).to_have_count(0)
    await officer.require_accessible()
