"""What a principal reads at a browser."""

import re

import pytest
from playwright.async_api import expect

from tests.browser.visitors import Visitors
from tests.world.region import Region


@pytest.mark.feature("NR-04")
async def test_a_principal_reads_the_overview_down_to_a_class(visitors: Visitors, school: Region) -> None:
    visitor = await visitors.new("principal")
    await visitor.sign_in(school.people["principal@school"])
    page = visitor.page
    await expect(page).to_have_url(re.compile("/overview"))
    await expect(page.get_by_text("条待审核")).to_be_visible()
    await visitor.require_accessible()
    own = school.campus.school_classes[0]
    await page.get_by_role("link", name=re.compile(own.title)).first.click()
    await expect(page.get_by_text(school.owner.plan.name)).to_be_visible()
    await visitor.require_accessible()
