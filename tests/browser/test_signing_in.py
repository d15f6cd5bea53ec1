"""Signing in at a browser. The pattern of a journey: docs/patterns.md."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.devices import DESKTOP, PHONE, Device
from tests.browser.visitors import Visitors
from tests.world.region import Region


@pytest.mark.feature("JX-01")
async def test_who_signs_in_stays_signed_in_when_the_page_is_loaded_again(visitors: Visitors, school: Region) -> None:
    student = await visitors.new("student")
    await student.page.goto("/")
    await expect(student.page).to_have_url(re.compile("/sign-in"))

    await student.sign_in(school.people["student@own"])
    await student.require_accessible()
    home = student.page.url
    await student.page.reload()
    await expect(student.page).to_have_url(home)
    assert student.counts["click"] == 1


@pytest.mark.feature("JX-01")
async def test_a_wrong_password_is_refused_in_chinese_and_the_name_stays(visitors: Visitors, school: Region) -> None:
    own = school.people["student@own"]
    student = await visitors.new("student")
    await student.page.goto("/sign-in")
    await student.page.get_by_label("用户名").fill(own.username)
    await student.page.get_by_label("密码", exact=True).fill("Not-My-Password-1")
    await student.page.get_by_role("button", name="登录", exact=True).click()
    await expect(student.page.get_by_role("alert").filter(has_text="密码")).to_be_visible()
    await expect(student.page.get_by_label("用户名")).to_have_value(own.username)


@pytest.mark.feature("JX-01")
async def test_who_signs_out_leaves_nothing_open(visitors: Visitors, school: Region, device: Device) -> None:
    own = school.people["student@own"]
    student = await visitors.new("student")
    await student.sign_in(own)
    other_tab = await student.context.new_page()
    await other_tab.goto("/")
    await expect(other_tab).not_to_have_url(re.compile("/sign-in"))

    if device is PHONE:
        await student.page.get_by_role("link", name="我的").click()
    else:
        await student.page.get_by_role("button", name=own.name).click()
    await student.page.get_by_role("menuitem" if device is DESKTOP else "button", name="退出登录").click()
    await student.require_accessible()
    await student.page.get_by_role("alertdialog").get_by_role("button", name="退出登录").click()
    await expect(student.page).to_have_url(re.compile("/sign-in"))
    await student.page.goto("/")
    await expect(student.page).to_have_url(re.compile("/sign-in"))
    await other_tab.reload()
    await expect(other_tab).to_have_url(re.compile("/sign-in"))


@pytest.mark.feature("BJ-02")
async def test_who_forgot_the_education_id_is_asked_for_what_the_school_knows(visitors: Visitors, device: Device) -> None:
    pupil = await visitors.new("pupil")
    await pupil.page.goto("/sign-in")
    await pupil.page.get_by_role("link", name="找回教育 ID").click()
    await expect(pupil.page.get_by_role("heading", level=1)).to_have_text("找回教育 ID")
    await pupil.page.get_by_label("姓名").fill("李小溪")
    await pupil.page.get_by_role("button", name="申请重置码").click()
    await expect(pupil.page.get_by_text("请填学校名称")).to_be_visible()
    await expect(pupil.page.get_by_text("请填身份证件号或手机号")).to_be_visible()
    await pupil.require_accessible()
