"""Confirmation forms on screens: printed, photographed, matched by the code, and counted (NR-01 to NR-04)."""

import io
import re

import pytest
from PIL import Image
from playwright.async_api import expect
from servicekit.inspection.page_drawing import draw
from stack.platform import Platform

from demo import beijing
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.visitors import Visitors
from tests.world import build

YEAR = 2030


def a_photo(pdf: bytes) -> bytes:
    """The first page of a form, photographed askew on a table."""
    [page] = draw(pdf, 1, 1, 1500)
    turned = Image.open(io.BytesIO(page)).convert("RGB").rotate(4, expand=True, fillcolor="#8a7b66")
    made = io.BytesIO()
    turned.save(made, "JPEG", quality=70)
    return made.getvalue()


@pytest.mark.feature("NR-01", "NR-03", "NR-04", "BJ-03", "BJ-12")
@pytest.mark.parametrize("device", [PHONE], ids=["both"])
async def test_the_class_teacher_prints_forms_and_a_photo_of_one_finds_its_student(
    platform: Platform, visitors: Visitors
) -> None:
    campus = await build.a_school_of(platform, "beijing", beijing.windows("evaluate"), YEAR, (2, 1))
    school_class = campus.school_classes[0]
    other = school_class.pupils[1]
    teacher = await visitors.new("teacher", device=DESKTOP)
    await teacher.sign_in(school_class.teacher)
    await teacher.page.goto("/forms")
    await expect(teacher.page.get_by_text("2 人，已上传 0 人")).to_be_visible()
    await teacher.page.get_by_role("button", name="生成本班的").click()
    async with teacher.page.expect_download(timeout=90_000) as download:
        await teacher.page.get_by_role("button", name="下载 2 份（PDF）").click(timeout=60_000)
    await teacher.require_accessible()
    path = await (await download.value).path()
    photos = [a_photo(path.read_bytes())]

    page = teacher.page
    await page.get_by_label("确认表的照片").first.set_input_files(
        [{"name": "IMG_1.jpg", "mimeType": "image/jpeg", "buffer": photo} for photo in photos]
    )
    await expect(page.get_by_text("已对应")).to_be_visible()
    await expect(page.get_by_text("2 人，已上传 1 人")).to_be_visible()

    parent = await visitors.new("parent", device=PHONE)
    await parent.sign_in(other.guardian)
    await parent.page.get_by_role("link", name="学生基础信息确认表待签字上传").click()
    await expect(parent.page.get_by_role("heading", name="上传签好字的学生基础信息确认表")).to_be_visible()
    await parent.require_accessible()

    await page.goto("/form-completion")
    await expect(page.get_by_text("已上传", exact=True).first).to_be_visible()
    await teacher.require_accessible()

    office = await visitors.new("office", device=DESKTOP)
    await office.sign_in(campus.staff["区管理员"])
    await office.page.goto(f"/schools?path={campus.path}")
    await expect(office.page.get_by_label("学段和学制")).to_have_text(re.compile("高中 3 年"))
    await office.page.get_by_role("button", name="改学制").click()
    await office.page.get_by_role("dialog").get_by_text("初中", exact=True).click()
    await expect(office.page.get_by_text("初中（三年），6 个学期；高中（三年），6 个学期")).to_be_visible()
    await office.require_accessible()
    await office.page.get_by_role("button", name="保存").click()
    await expect(office.page.get_by_label("学段和学制")).to_have_text(re.compile("高中 3 年，初中"))
    await campus.administrator.gateway.http.close()
