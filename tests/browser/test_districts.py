"""A planner reads the authority's workbook; a recorder of the district enters for a chosen school (SH-01, SH-04)."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.client import User
from demo.steps import organisations
from demo.world import Campus, World
from playwright.async_api import expect
from stack.platform import Platform

from demo import baoshan
from tests.browser.devices import DESKTOP
from tests.browser.visitors import Visitors
from tests.world import build
from tests.world.builders import hire
from tests.world.sheets import XLSX, the_source_as_a_workbook


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def campus(platform: Platform) -> AsyncIterator[Campus]:
    """A school of Baoshan while its data are filled in."""
    found = await build.a_school_of(platform, "baoshan", baoshan.windows("fill"))
    yield found
    await found.administrator.gateway.http.close()


@pytest.mark.feature("SH-01")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_the_authoritys_workbook_is_chosen_checked_and_taken_into_the_plan(visitors: Visitors, campus: Campus) -> None:
    planner = await visitors.new("planner")
    await planner.sign_in(campus.administrator)
    page = planner.page
    await page.goto("/terms")
    await page.get_by_role("button", name="读入安排表").click()
    dialog = page.get_by_role("dialog")
    file = {"name": "工作安排.xlsx", "mimeType": XLSX, "buffer": the_source_as_a_workbook()}
    await dialog.locator("input[type=file]").set_input_files(file)  # type: ignore[arg-type]
    ninth, below = (dialog.get_by_role("region", name=f"读到的安排{title}") for title in ("附件1", "附件2"))
    await expect(ninth.get_by_text("9年级，读到 10 项时间")).to_be_visible()
    await expect(below.get_by_text("6、7、8年级，读到 8 项时间")).to_be_visible()
    await expect(ninth.get_by_text("2022年4月12日 16:00")).to_be_visible()
    await expect(dialog.get_by_text("用到安排里以后，检查发现 0 处错误、1 处提醒")).to_be_visible()
    await expect(dialog.get_by_text(re.compile("^提醒：“预确认不参与学生”（7年级）"))).to_be_visible()
    await planner.require_accessible()
    await dialog.get_by_role("button", name="用到安排里").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="撤回一步")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("^问题处理"))).to_have_count(2)  # grade 9, and grades 6 to 8


@pytest.mark.feature("SH-04")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_a_recorder_of_the_district_enters_in_the_grid_of_a_class_of_the_chosen_school(
    visitors: Visitors, platform: Platform, campus: Campus
) -> None:
    gateway = campus.administrator.gateway
    district = campus.path.rpartition(".")[0]
    password = platform.keyring.operator_password
    world = World(gateway, 1, 1, User(gateway, "operator", password, "平台运维"), password)
    await organisations.sign_in_operator(world)
    province = await hire(world.operator, "administrator", campus.path.partition(".")[0], "省管理员二")
    office = await hire(province, "administrator", district, "区管理员二")
    recorder = await visitors.new("recorder")
    await recorder.sign_in(await hire(office, "recorder", district, "区录入员"))
    page = recorder.page
    await page.goto("/entry?way=table")
    for name in ("学校", "班级"):
        await page.get_by_role("group", name=name).locator("label").first.click()
    await recorder.require_accessible()
    await page.get_by_role("link", name=re.compile("学业水平考试结果")).click()
    await page.locator("[data-cell='0/0']").fill("信息科技")
    await page.locator("[data-cell='0/1']").fill("合格")
    await page.get_by_role("button", name="录入 1 行").click()
    await expect(page.get_by_text("已录入 1 行")).to_be_visible()
    [entered] = await campus.pupils[0].user.everything("/records/records", term_id=campus.term["id"], origin="entered")
    assert (entered["kind"], entered["title"]) == ("district_exam", "信息科技")
