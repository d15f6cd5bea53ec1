"""A student's profile on the phone: the photo, and a parent who resets the child's password (CS-13, CS-15)."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.world import Campus
from playwright.async_api import expect
from stack.platform import Platform

from demo import sample_files
from tests.browser.devices import PHONE
from tests.browser.visitors import Visitors
from tests.world import build


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def campus(platform: Platform) -> AsyncIterator[Campus]:
    """A school whose scheme has a photo in the profile."""
    found = await build.a_school_of(platform, "changsha", build.open_now("publicity", "upload"))
    yield found
    await found.administrator.gateway.http.close()


@pytest.mark.feature("CS-13", "CS-15")
@pytest.mark.parametrize("device", [PHONE], ids=str)
async def test_a_student_sets_the_photo_and_a_parent_resets_the_password(visitors: Visitors, campus: Campus) -> None:
    pupil = campus.pupils[0]
    student = await visitors.new("student")
    await student.sign_in(pupil.user)
    page = student.page
    await page.goto("/me")
    await page.get_by_role("link", name="个人信息").click()
    await expect(page.get_by_role("term").filter(has_text="全国学籍号")).to_be_visible()
    await student.require_accessible()
    photo = {"name": "我.jpg", "mimeType": "image/jpeg", "buffer": sample_files.photograph(7, "", "")}
    await page.get_by_label("选择头像").set_input_files(photo)
    await expect(page.get_by_role("img", name="头像的照片")).to_be_visible()
    await expect(page.get_by_role("button", name="更换")).to_be_visible()
    await student.require_accessible()

    assert pupil.guardian is not None
    parent = await visitors.new("parent")
    await parent.sign_in(pupil.guardian)
    await parent.page.goto("/me/profile")
    await expect(parent.page.get_by_role("img", name="头像的照片")).to_be_visible()
    await parent.page.get_by_role("button", name="重置孩子的密码").click()
    await parent.page.get_by_role("button", name="重置密码", exact=True).click()
    await expect(parent.page.get_by_text(re.compile("一次性密码 .*只显示这一次"))).to_be_visible()
    await parent.require_accessible()
