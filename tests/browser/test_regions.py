"""Journey 5: a district officer sees which school lags behind, down to a class, and creates colleagues."""

import re
import uuid

import pytest
from demo.client import User
from demo.world import PASSWORD
from playwright.async_api import expect

from tests.browser.devices import PHONE, Device
from tests.browser.visitors import Visitors
from tests.world.builders import open_term
from tests.world.region import Region


@pytest.mark.feature("NR-04")
async def test_a_district_officer_follows_a_bar_down_to_a_school_and_a_class(visitors: Visitors, school: Region) -> None:
    await open_term(school.campus, "2026-2027", 1, ("2026-09-01", "2027-01-20"))
    officer = await visitors.new("officer")
    await officer.sign_in(school.people["district_administrator@above"])
    page = officer.page
    await expect(page).to_have_url(re.compile("/region"))
    main = page.get_by_role("main")
    await expect(main.get_by_text("学生记录齐全").first).to_be_visible()
    await officer.require_accessible()

    # The start page shows the few that lag behind most; all of them stand on the next.
    await main.get_by_role("link", name="看全部和表格").click()
    await main.get_by_role("link", name=re.compile(rf"{school.campus.plan.title}(?!\d)")).first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text(school.campus.plan.title)
    await officer.require_accessible()
    at_school = page.url
    await main.get_by_role("link", name=re.compile("级")).first.click()
    await expect(page.get_by_role("heading", level=1)).to_contain_text("级")
    await main.get_by_role("link", name=re.compile(school.campus.school_classes[0].title)).first.click()
    await expect(main.get_by_text(school.owner.plan.name).first).to_be_visible()
    await officer.require_accessible()

    # Back, reload and a sent address show the same.
    await page.reload()
    await expect(main.get_by_text(school.owner.plan.name).first).to_be_visible()
    await page.goto(at_school)
    await expect(page.get_by_role("heading", level=1)).to_contain_text(school.campus.plan.title)


@pytest.mark.feature("NR-01", "NR-06")
async def test_a_district_officer_creates_a_colleague_who_signs_in(visitors: Visitors, school: Region, device: Device) -> None:
    officer = await visitors.new("officer")
    await officer.sign_in(school.people["district_administrator@above"])
    page = officer.page
    if device is PHONE:
        await page.goto("/staff")
    else:
        await page.get_by_role("navigation").get_by_role("link", name="人员").click()
    await page.get_by_role("button", name="新增").first.click()
    dialog = page.get_by_role("dialog")
    add = dialog.get_by_role("button", name="新增")
    await expect(add).to_be_in_viewport(ratio=1)  # the dialog slides in, and a forced click does not wait
    await add.click(force=True)  # not yet: it says what is missing
    await expect(page.get_by_text("请填姓名、手机号和身份").first).to_be_visible()
    await officer.require_accessible()

    phone = f"19{uuid.uuid4().int % 10**9:09d}"
    await dialog.get_by_label("姓名").fill("孔令仪")
    await dialog.get_by_label("手机号").fill(phone)
    await dialog.get_by_text("县（区）管理员", exact=True).click()
    await dialog.get_by_role("button", name="新增").dblclick()
    await expect(dialog.get_by_text("一次性密码只显示这一次")).to_be_visible()
    password = await dialog.locator("dd").nth(1).inner_text()
    await officer.require_accessible()
    await dialog.get_by_role("button", name="记下了").click()
    await expect(page.get_by_role("main").get_by_text(phone, exact=True)).to_have_count(1)  # a double click creates one

    colleague = User(school.world.gateway, phone, password.strip(), "孔令仪")
    await colleague.first_sign_in(PASSWORD)
    other = await visitors.new("colleague")
    await other.sign_in(colleague, PASSWORD)
    await expect(other.page).to_have_url(re.compile("/region|/home|/tasks|/me"))
