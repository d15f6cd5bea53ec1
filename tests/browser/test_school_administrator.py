"""A school administrator plans a term, watches it, settles its cases, seals it, and mends what comes up afterwards (journey 4).

The roster is imported in `test_imports`.
"""

import re
from datetime import datetime, timedelta

import pytest
import pytest_asyncio
from playwright.async_api import Locator, Page, expect
from stack.platform import Platform

from tests.browser.devices import Device
from tests.browser.offices import Office, an_office, held_back
from tests.browser.test_robust_sessions import end_session, sign_in_over
from tests.browser.visitors import Visitor, Visitors
from tests.world.builders import hire
from tests.world.region import Region

LONG = 120_000
"""Milliseconds within which archives of a small school are made."""
REASON = "经核对原始材料，情况属实，按学校规定办理。"


async def signed_in(visitors: Visitors, office: Office) -> Visitor:
    """The school administrator, signed in."""
    visitor = await visitors.new("administrator")
    await visitor.sign_in(office.campus.administrator)
    return visitor


async def drag(page: Page, bar: Locator, to: Locator) -> None:
    """Drag the right end of a bar of the time axis to the right end of another."""
    await bar.scroll_into_view_if_needed()
    source, target = await bar.bounding_box(), await to.bounding_box()
    assert source is not None
    assert target is not None
    y = source["y"] + source["height"] / 2
    await page.mouse.move(source["x"] + source["width"] - 3, y)
    await page.mouse.down()
    await page.mouse.move(target["x"] + target["width"], y, steps=8)
    await page.mouse.up()


async def set_end(page: Page, window: Locator, to: str) -> None:
    """Type the end of a window in its dialog."""
    await window.click()
    await page.get_by_role("dialog").get_by_label("结束").fill(to)
    await page.get_by_role("button", name="改好了").click()
    await expect(page.get_by_role("dialog")).to_have_count(0)


@pytest.mark.feature("X-02", "SH-01", "L-19")
async def test_a_term_is_planned_with_what_the_check_finds(visitors: Visitors, school: Region, device: Device) -> None:
    year = 2033 if device.touch else 2035
    visitor = await visitors.new("administrator")
    await visitor.sign_in(school.people["school_administrator@school"])
    page = visitor.page
    await page.goto("/terms?term=new")
    await page.get_by_label("学年").fill(f"{year}-{year + 1}")
    await page.get_by_text("第一学期", exact=True).click()
    await page.get_by_label("开学日期").fill(f"{year}-09-01")
    await expect(page.get_by_role("heading", name="没有问题")).to_be_visible()
    await expect(page.get_by_text(re.compile("^依据《.*》2026.1 版$"))).to_be_visible()
    await visitor.require_accessible()

    # A selection that lasts into publicity is an error, drawn at its place and explained with both times.
    selection = page.get_by_role("button", name=re.compile("^遴选公示"))
    publicity = page.get_by_role("button", name=re.compile("^校园公示"))
    if device.touch:
        await set_end(page, selection, f"{year}-12-20T16:00")
    else:
        await drag(page, selection, publicity)
    await expect(page.get_by_role("heading", name=re.compile("1 处错误"))).to_be_visible()
    finding = page.get_by_role("article").filter(has_text="遴选应在公示开始之前结束")
    await expect(finding.get_by_text(re.compile("^遴选公示：.*至"))).to_be_visible()
    await expect(finding.get_by_text(re.compile("^校园公示：.*至"))).to_be_visible()
    await expect(selection).to_have_accessible_name(re.compile("错误 1"))
    await visitor.require_accessible()

    # What is wrong cannot be released; what was planned outlives a reload.
    release = page.get_by_role("button", name="安排这个学期")
    await expect(release).to_have_attribute("aria-disabled", "true")
    await expect(page.get_by_text("改动存在本机")).to_be_visible()
    await page.reload()
    await expect(finding).to_be_visible()
    await expect(page.get_by_label("学年")).to_have_value(f"{year}-{year + 1}")

    # The proposal corrects it; publicity is then shortened by keys or fields, which is a warning and may stay.
    await finding.get_by_role("button", name=re.compile("“遴选公示”结束改到")).click()
    await expect(page.get_by_role("heading", name="没有问题")).to_be_visible()
    if device.touch:
        await set_end(page, publicity, f"{year}-12-27T16:00")
    else:
        await publicity.focus()
        for _ in range(6):
            await page.keyboard.press("Shift+ArrowLeft")
    await expect(page.get_by_role("heading", name="1 处提醒", exact=True)).to_be_visible()
    await expect(page.get_by_role("article").get_by_text("少于10个工作日")).to_be_visible()
    await page.get_by_role("button", name="撤回一步").click()
    if not device.touch:
        for _ in range(5):
            await page.get_by_role("button", name="撤回一步").click()
    await expect(page.get_by_role("heading", name="没有问题")).to_be_visible()

    await release.dblclick()
    await expect(page).to_have_url(re.compile("term=[0-9a-f-]{36}"))
    await expect(page.get_by_text(f"{year}—{year + 1}学年第一学期").first).to_be_visible()
    stored = await school.campus.administrator.everything("/records/terms", path=school.campus.path)
    assert [term["school_year"] for term in stored].count(f"{year}-{year + 1}") == 1


@pytest.mark.feature("X-02", "L-19")
async def test_two_administrators_who_plan_at_once_hear_of_each_other_and_lose_nothing(
    visitors: Visitors, school: Region, device: Device
) -> None:
    office = await an_office(school, 1)
    campus = office.campus
    first = await signed_in(visitors, office)
    colleague = await hire(campus.administrator, "administrator", campus.path, "另一位管理员")
    second = await visitors.new("colleague")
    await second.sign_in(colleague)

    async def shorten(visitor: Visitor, window: str) -> None:
        page = visitor.page
        await page.goto("/terms")
        bar = page.get_by_role("button", name=re.compile(f"^{window}"))
        await bar.click()
        ends = page.get_by_role("dialog").get_by_label("结束")
        value = await ends.input_value()
        await ends.fill((datetime.fromisoformat(value) - timedelta(days=1)).isoformat(timespec="minutes"))
        await page.get_by_role("button", name="改好了").click()

    async def save(visitor: Visitor) -> None:
        await visitor.page.get_by_role("button", name="保存", exact=True).click()
        dialog = visitor.page.get_by_role("dialog")
        await dialog.get_by_label("理由").fill("学校安排有变。")
        await dialog.get_by_role("button", name="保存", exact=True).click()

    await shorten(first, "教师评语")
    await shorten(second, "学期自评")
    await save(second)
    await expect(second.page.get_by_text("学期安排已保存")).to_be_visible()

    # The session of the first ends meanwhile: it is continued over the plan.
    page = first.page
    await end_session(page)
    await save(first)
    await sign_in_over(page, campus.administrator.username, campus.administrator.password)
    await expect(page.get_by_role("dialog", name="需要重新登录")).to_have_count(0)
    notice = page.get_by_role("status").filter(has_text="别人刚改了这个学期的安排")
    await expect(notice).to_be_visible()
    await first.require_accessible()
    await notice.get_by_role("button", name="合并我的改动").click()
    await save(first)
    await expect(page.get_by_text("学期安排已保存")).to_be_visible()

    term = await campus.administrator.get(f"/records/terms/{campus.term['id']}")
    before = {one["operation"]: one["ends"] for one in campus.term["windows"]}
    earlier = {one["operation"] for one in term["windows"] if one["ends"] < before[one["operation"]]}
    assert earlier == {"self_evaluate", "teacher_comment"}


@pytest.mark.feature("NR-04", "JX-10", "JX-13", "JX-14", "X-10")
async def test_a_term_is_watched_settled_sealed_with_progress_and_one_archive_corrected(
    visitors: Visitors, school: Region, platform: Platform, device: Device
) -> None:
    office = await an_office(school)
    campus, term = office.campus, office.campus.term["id"]
    visitor = await signed_in(visitors, office)
    page = visitor.page
    await watch_completion(visitor, office)
    await office.publish_and_complain(3)
    await recheck_in_bulk(visitor, office)
    await seal(visitor, office, platform, device)
    await release_misconduct(visitor, office)
    await correct(visitor, office)
    principal = await visitors.new("principal")
    await principal.sign_in(campus.staff["校长"])
    await principal.page.goto(f"/sealing?term={term}")
    await expect(principal.page.get_by_text("4 份学期档案都已封存")).to_be_visible()
    assert await principal.page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    await principal.require_accessible()
    await page.go_back()


async def watch_completion(visitor: Visitor, office: Office) -> None:
    """Numbers, then the names behind them; a person is found by name."""
    page, campus = visitor.page, office.campus
    await expect(page).to_have_url(re.compile("/overview"))
    await expect(page.get_by_text("差 4 人")).to_be_visible()
    await visitor.require_accessible()
    own = campus.school_classes[0]
    await page.get_by_role("link", name=re.compile(own.title)).first.click()
    await expect(page.get_by_text(office.warned.plan.name)).to_be_visible()
    await visitor.require_accessible()
    await page.go_back()
    await expect(page.get_by_text("差 4 人")).to_be_visible()
    await page.goto("/find")
    await page.get_by_role("searchbox").first.fill(office.warned.plan.name)
    await expect(page.get_by_text(office.warned.plan.name).first).to_be_visible()


async def recheck_in_bulk(visitor: Visitor, office: Office) -> None:
    """All that the filter finds in one go, with an answer for each: one was decided by somebody else meanwhile."""
    page = visitor.page
    await page.goto("/cases")
    await page.get_by_role("checkbox", name="全选可以一起处理的 3 件").check()
    await page.get_by_role("button", name="一起处理 3 件").click()
    dialog = page.get_by_role("alertdialog")
    await dialog.get_by_text(re.compile("^复核通过")).click()
    await visitor.require_accessible()
    taken = (await office.cases())[0]
    action = {"action": "agree", "text": "情况属实。"}
    await office.campus.administrator.post(f"/publicity/cases/{taken['case_id']}/actions", action)
    await dialog.get_by_role("button", name="处理 3 件").dblclick()
    outcome = page.get_by_role("status").filter(has_text="2 件已处理，1 件没有")
    await expect(outcome).to_be_visible()
    await expect(outcome.get_by_role("link", name=taken["title"])).to_be_visible()
    await visitor.require_accessible()
    assert await office.cases() == []


async def seal(visitor: Visitor, office: Office, platform: Platform, device: Device) -> None:
    """What blocks is shown before; progress goes on when the page is left, without a network, and is there again."""
    page, term = visitor.page, office.campus.term["id"]
    await page.goto(f"/sealing?term={term}")
    await expect(page.get_by_text(re.compile("“生成学期档案”尚未开放")).first).to_be_visible()
    await expect(page.get_by_role("button", name="封存学期档案")).to_have_attribute("aria-disabled", "true")
    await office.may_be_sealed()
    await page.reload()
    lacking = page.get_by_role("group").filter(has_text="教师评语").first
    await lacking.get_by_text("差 3 人").click()
    await expect(lacking.get_by_text(office.warned.plan.name)).to_be_visible()
    await visitor.require_accessible()

    begun: list[str] = []
    page.on("request", lambda request: begun.append(request.url) if request.url.endswith(f"{term}/seal") else None)
    await page.get_by_role("button", name="封存学期档案").click()
    async with held_back(platform, term, 2):
        await page.get_by_role("alertdialog").get_by_role("button", name="封存", exact=True).dblclick()
        await expect(page.get_by_text("2 / 4 份")).to_be_visible()
        await expect(page.get_by_text(re.compile("约剩.*可以离开此页"))).to_be_visible()
        await visitor.require_accessible()
        # Elsewhere it is among the alerts, and leads back.
        await page.goto("/alerts" if device.touch else "/overview")
        alert = page.get_by_role("link", name=re.compile("正在生成学期档案"))
        await expect(alert).to_contain_text("2 / 4 份")
        await alert.click()
        await expect(page.get_by_text("2 / 4 份")).to_be_visible()
        await visitor.offline()
        await expect(page.get_by_text("网络断了").first).to_be_visible()
    await visitor.offline(False)
    await expect(page.get_by_text("4 份学期档案都已封存")).to_be_visible(timeout=LONG)
    await visitor.require_accessible()
    assert len(begun) == 1


async def release_misconduct(visitor: Visitor, office: Office) -> None:
    """Once and for good, with day and reason."""
    page, name = visitor.page, office.warned.plan.name
    await page.get_by_role("link", name="不良记录").click()
    row = page.get_by_role("button", name=re.compile(f"{name}.*2026-09-10"))
    await row.click()
    dialog = page.get_by_role("dialog")
    await expect(dialog.get_by_text("不能撤销")).to_be_visible()
    await dialog.get_by_label("理由").fill(REASON)
    await visitor.require_accessible()
    await dialog.get_by_role("button", name="解除", exact=True).click()
    await expect(row).to_contain_text("解除")
    await row.click()
    await expect(dialog.get_by_text(REASON)).to_be_visible()
    await expect(dialog.get_by_role("button", name="解除", exact=True)).to_have_count(0)
    await page.keyboard.press("Escape")


async def correct(visitor: Visitor, office: Office) -> None:
    """The archive of the released pupil is corrected; both versions can be read, the old one says that it was replaced."""
    page, name = visitor.page, office.warned.plan.name
    term = office.campus.term["id"]
    await page.goto(f"/sealing?part=archives&late=1&term={term}")
    await page.get_by_role("button", name=f"{name}的档案").click()
    await page.get_by_role("menuitem", name="更正这一份").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_label("为什么更正").fill(REASON)
    await dialog.get_by_role("button", name="更正", exact=True).click()
    await expect(dialog).to_have_count(0)
    await page.get_by_role("link", name="更正", exact=True).click()
    row = page.get_by_role("link", name=re.compile(name))
    await expect(row).to_contain_text("已更正", timeout=LONG)
    await expect(row).to_contain_text(REASON)
    await visitor.require_accessible()
    await row.click()
    versions = page.get_by_role("navigation", name="各版")
    await expect(versions.get_by_text("第 2 版")).to_be_visible()
    await expect(page.get_by_text(f"更正原因：{REASON}").first).to_be_visible()
    await visitor.require_accessible()
    await versions.get_by_role("link", name="第 1 版").click()
    await expect(page.get_by_text("已被新版取代")).to_be_visible()
    await visitor.require_accessible()


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def transfers(school: Region) -> Office:
    """A school with pupils who came from elsewhere."""
    return await an_office(school, 2)


@pytest.mark.feature("JX-15")
async def test_a_transferred_students_term_is_backfilled(visitors: Visitors, transfers: Office, device: Device) -> None:
    visitor = await signed_in(visitors, transfers)
    page = visitor.page
    pupil = transfers.campus.pupils[0 if device.touch else 1]
    await page.goto("/sealing?part=backfills")
    await page.get_by_role("button", name="补录一个学期").click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_role("searchbox").fill(pupil.plan.name)
    await dialog.get_by_text(pupil.plan.name, exact=True).click()
    await dialog.get_by_label("学年").fill("2025-2026")
    await dialog.get_by_text("第二学期").click()
    await dialog.get_by_label("转出省份").fill("浙江省")
    await dialog.get_by_label("转出学校").fill("澄湖县第一中学")
    await dialog.get_by_label("转入日期").fill("2026-08-20")
    await visitor.require_accessible()
    await dialog.get_by_role("button", name="开始补录").dblclick()
    await expect(page.get_by_text(re.compile("还缺 \\d+ 项"))).to_be_visible()
    # An archive without any record cannot be made; the other things may be missing.
    await expect(page.get_by_role("button", name="封存", exact=True)).to_have_attribute("aria-disabled", "true")
    await visitor.require_accessible()

    # A comment that is being written outlives a reload.
    row = page.get_by_role("listitem").filter(has_text="教师评语")
    await row.get_by_role("button", name="填写").click()
    await dialog.get_by_label("内容").fill("该生在原校表现良好，乐于助人，学习认真，积极参加集体活动，是班级的好帮手。")
    await page.wait_for_timeout(800)
    await page.reload()
    await row.get_by_role("button", name="填写").click()
    await expect(dialog.get_by_label("内容")).to_have_value(re.compile("^该生在原校"))
    await dialog.get_by_label("写的人").fill("王老师")
    await dialog.get_by_role("button", name="保存", exact=True).click()
    await expect(row).to_contain_text("该生在原校")

    profile = page.get_by_role("listitem").filter(has_text="基本信息")
    await profile.get_by_role("button", name="填写").click()
    await dialog.get_by_label("出生日期").fill("2010-03-05")
    await dialog.get_by_label("民族").fill("汉族")
    await dialog.get_by_text("共青团员", exact=True).click()
    await visitor.require_accessible()
    await dialog.get_by_role("button", name="保存", exact=True).click()
    await expect(dialog).to_have_count(0)
    await expect(page.get_by_text("还缺 2 项")).to_be_visible()

    await page.get_by_role("button", name="加一条").click()
    await visitor.require_accessible()
    await dialog.get_by_text("基本情况", exact=True).click()
    await dialog.get_by_role("button", name="填写").click()
    await page.get_by_label("测量日期").fill("2026-05-11")
    for label, value in (("身高", "168.5"), ("体重", "54"), ("左眼视力", "4.9"), ("右眼视力", "5.0")):
        await page.get_by_label(label).fill(value)
    await visitor.require_accessible()
    await page.get_by_role("button", name="加上").click()
    await expect(page.get_by_role("region", name="写实记录").get_by_role("listitem")).to_contain_text("基本情况")
    await page.get_by_role("button", name="封存", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="封存", exact=True).dblclick()
    await expect(page.get_by_text("已封存为学期档案").first).to_be_visible(timeout=LONG)
    await visitor.require_accessible()
