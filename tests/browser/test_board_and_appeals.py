"""A board by student, a signed report, the decision, and the appeal, told after publicity (CS-09 to CS-11)."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.scale import until
from demo.world import Campus, hours, now, window
from playwright.async_api import expect
from stack.platform import Platform

from tests.browser.devices import DESKTOP, PHONE
from tests.browser.visitors import Visitors
from tests.world import build, terms
from tests.world.builders import hire

TITLE = "读《平凡的世界》有感"
DOUBT = "这篇读后感和网上的一篇几乎一样。"
DECISION = "与网上的文章多处相同。"
ANSWER = "文章是我先写的，有老师批改过的手稿。"


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def campus(platform: Platform) -> AsyncIterator[Campus]:
    """A school whose board is open, with one record on it."""
    found = await build.a_school_of(platform, "changsha", build.open_now("publicity", "upload"))
    owner = found.pupils[0].user
    record = {"term_id": found.term["id"], "kind": "reading", "title": TITLE, "evidence": [], "submit": True}
    await owner.post("/records/records", record | {"data": {"name": TITLE, "body": "书里的人一直在努力，我也要这样。"}})

    async def published() -> bool | None:
        asked = {"term_id": found.term["id"]}
        shown = await terms.accepted(lambda path, body: owner.post(path, body), "/publicity/board/students", asked)
        return bool(shown) or None

    await until("材料公示", published)
    yield found
    await found.administrator.gateway.http.close()


@pytest.mark.feature("CS-09", "CS-10", "CS-11")
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_a_record_is_found_reported_excluded_and_appealed(visitors: Visitors, campus: Campus) -> None:
    owner, other = campus.pupils[0], campus.pupils[1]
    reporter = await visitors.new("reporter")
    await reporter.sign_in(other.user)
    page = reporter.page
    await page.goto("/board")
    await expect(page.get_by_text("（共 1 人）").first).to_be_visible()
    await reporter.require_accessible()
    await page.get_by_role("link", name=re.compile(f"{owner.plan.name}.*材料：1 份")).click()
    await page.get_by_role("treeitem", name=re.compile("课外阅读")).click()
    await expect(page.get_by_role("article", name=TITLE)).to_be_visible()
    await reporter.require_accessible()
    await page.get_by_role("link", name=re.compile(f"^查看.*{TITLE}")).click()
    await page.get_by_role("link", name="我要举报").click()
    await expect(page.get_by_text("您的姓名会告诉公示审核小组")).to_be_visible()
    await page.get_by_text("虚假材料", exact=True).click()
    await page.get_by_label("具体情况").fill("长" * 121)
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("最多 120 个字")).to_be_visible()
    await page.get_by_label("具体情况").fill(DOUBT)
    await page.get_by_role("button", name="提交").click()
    await expect(page).to_have_url(re.compile("/my-cases/"))

    desk = await visitors.new("panel")
    await desk.sign_in(await hire(campus.administrator, "publicity_panel", campus.path, "公示审核小组"))
    await desk.page.goto("/cases")
    await desk.page.get_by_role("main").get_by_role("link", name=re.compile(TITLE)).click()
    await expect(desk.page.get_by_text(f"举报人：{other.plan.name}")).to_be_visible()
    await desk.require_accessible()
    await desk.page.get_by_role("radio", name=re.compile("^举报成立")).check(force=True)
    await desk.page.get_by_role("textbox", name="说明").fill(DECISION)
    await desk.page.get_by_role("button", name="举报成立").click()
    await expect(desk.page.get_by_text("已提交", exact=True)).to_be_visible()

    student = await visitors.new("owner", device=PHONE)
    await student.sign_in(owner.user)
    await student.page.goto("/my-cases?list=appeals")
    await expect(student.page.get_by_text("待申诉", exact=True)).to_be_visible()
    await student.require_accessible()
    await student.page.get_by_role("link", name=re.compile("^我要申诉")).click()
    await student.page.get_by_label("情况说明").fill(ANSWER)
    await student.page.get_by_role("button", name="提交").click()
    await expect(student.page).to_have_url(re.compile("/my-cases/"))
    await student.page.goto("/my-cases?list=appeals")
    await expect(student.page.get_by_text(re.compile("^申诉待处理"))).to_be_visible()

    await desk.page.goto("/cases")
    await desk.page.get_by_role("main").get_by_role("link", name=re.compile(TITLE)).click()
    await desk.page.get_by_role("radio", name=re.compile("^申诉成功")).check(force=True)
    await desk.page.get_by_role("textbox", name="说明").fill("手稿属实。")
    await desk.page.get_by_role("button", name="申诉成功").click()
    await expect(desk.page.get_by_text("已作出处理，还没有告知")).to_be_visible()
    await student.page.reload()
    await expect(student.page.get_by_text(re.compile("^申诉待处理"))).to_be_visible()
    ended = window("publicity", now() - hours(1), now())
    await terms.change_windows(campus, campus.term, [*build.open_now("upload"), ended])

    async def succeeded() -> bool | None:
        [row] = (await owner.user.get("/publicity/appeals"))["items"]
        return row["state"] == "succeeded" or None

    await until("申诉结果告知", succeeded)
    await student.page.reload()
    await expect(student.page.get_by_text("申诉成功", exact=True)).to_be_visible()
