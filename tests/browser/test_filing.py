"""What a principal does at the end: judge reports, and see who has signed (SH-11)."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.world import Campus
from playwright.async_api import expect
from stack.platform import Platform

from demo import baoshan
from tests.browser.devices import DESKTOP
from tests.browser.visitors import Visitors
from tests.world import build

LAST_YEAR = 2028
"""In it the pupils who entered in 2025 are in grade 9."""


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def leaving(platform: Platform) -> AsyncIterator[Campus]:
    """A school whose pupils are judged now."""
    campus = await build.a_school_of(platform, "baoshan", baoshan.windows("file"), LAST_YEAR)
    yield campus
    await campus.administrator.gateway.http.close()


@pytest.mark.feature("SH-11")
@pytest.mark.parametrize("device", [DESKTOP], ids=["desktop"])
async def test_a_principal_judges_reports_and_the_school_prints_and_records_the_confirmations(
    visitors: Visitors, leaving: Campus
) -> None:
    principal = await visitors.new("principal")
    await principal.sign_in(leaving.staff["校长"])
    page = principal.page
    await page.goto("/verdicts")
    first, second = (one.pupils[0].plan.name for one in leaving.school_classes)
    await expect(page.get_by_role("article")).to_contain_text(first)
    await expect(page.get_by_text("已评 0 / 2 人")).to_be_visible()
    await principal.require_accessible()
    await page.get_by_role("button", name="不合格", exact=True).click()
    await page.get_by_label("理由").fill("多次严重违纪，经教育未改正")
    await page.get_by_role("button", name="评为不合格").click()
    await expect(page.get_by_text("已评 1 / 2 人")).to_be_visible()
    await page.get_by_role("button", name="合格", exact=True).click()
    await expect(page.get_by_text("改过 1 次")).to_be_visible()
    await page.get_by_role("button", name="2班").click()
    await expect(page.get_by_role("article")).to_contain_text(second)
    await page.get_by_role("button", name="合格", exact=True).click()
    await expect(page.get_by_text("已评 2 / 2 人")).to_be_visible()

    await page.goto("/signatures")
    await expect(page.get_by_role("region", name="汇总表")).to_be_visible()
    await principal.require_accessible()
    await page.get_by_role("link", name=re.compile("1班")).first.click()
    async with page.expect_download() as download:
        await page.get_by_role("button", name="打印全班确认单").click()
    assert (await download.value).suggested_filename.endswith(".pdf")
    await expect(page.get_by_text("待签字", exact=True).last).to_be_visible()
    await page.get_by_role("button", name=re.compile(f"已签.*{first}")).click()
    await expect(page.get_by_text("已签 1 / 2 人")).to_be_visible()
    await principal.require_accessible()
