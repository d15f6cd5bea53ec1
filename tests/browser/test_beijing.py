"""Scores in Beijing as its source describes them: class teacher, group, department and student office, and the family."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from demo.client import User
from demo.steps import timetable
from demo.world import Campus, Pupil
from playwright.async_api import Page, expect
from stack.platform import Platform

from demo import beijing, workbooks
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.test_entry import PASTE
from tests.browser.visitors import Visitor, Visitors
from tests.browser.workbook_files import PATIENCE, download, upload
from tests.world import build
from tests.world.builders import hire

YEAR = 2028
RETURNED = "两名同学的加分需要核对"
BONUS = "组织年级爱心义卖活动"


@dataclass
class Term:
    """A school of Beijing in its term, and its people at their devices."""

    visitors: Visitors
    campus: Campus
    group: User
    head: User
    office: User

    @property
    def pupils(self) -> list[Pupil]:
        """Two classmates."""
        return self.campus.school_classes[0].pupils

    async def at(self, user: User, *, phone: bool = False) -> Visitor:
        """Somebody signed in, staff on the PC."""
        visitor = await self.visitors.new(user.name, device=PHONE if phone else DESKTOP)
        await visitor.sign_in(user)
        return visitor

    async def begin(self, phase: str) -> None:
        """Let the next phase of the timetable begin."""
        await timetable.change_timetable(self.campus, beijing.windows(phase), phase)


@pytest_asyncio.fixture(loop_scope="session")
async def term(platform: Platform, visitors: Visitors) -> AsyncIterator[Term]:
    """Everybody has evaluated themselves; scores may be entered."""
    campus = await build.a_school_of(platform, "beijing", beijing.windows("evaluate"), YEAR, (2, 1))
    path = campus.school_classes[0].path
    group = await hire(campus.administrator, "supervision_group", path, "评议小组")
    head = await hire(campus.administrator, "department_head", path.rpartition(".")[0], "年级主任")
    office = await hire(campus.administrator, "student_office", campus.path, "学生处")
    made = Term(visitors, campus, group, head, office)
    await asyncio.gather(*(_rate(campus, pupil) for pupil in made.pupils))
    yield made
    await campus.administrator.gateway.http.close()


async def _rate(campus: Campus, pupil: Pupil) -> None:
    administrator = campus.administrator
    scheme = await administrator.get("/records/schemes/beijing/2026.1")
    version = None
    for dimension in scheme["dimensions"]:
        body = {"term_id": campus.term["id"], "type": "self_rating", "dimension": dimension["id"], "choice": "b"}
        version = (await pupil.user.put("/archive/evaluations/self", body, version=version))["version"]


async def _paste(page: Any, cell: str, text: str) -> None:
    await page.get_by_label(cell, exact=True).focus()
    await page.evaluate(PASTE, text)


async def _by_workbook(page: Page, first: str, second: str) -> None:
    """The teacher fills the missing cell in the workbook of the class, and imports it (BJ-06)."""
    template = await download(page, page.get_by_role("button", name="下载班主任评分表格"))
    rows = workbooks.rows_of(template, "班主任评分", {"姓名", "公民素养"})
    assert {row["姓名"]: (row["道德品质"], row["公民素养"]) for row in rows} == {first: (88, 88), second: (72, None)}
    await page.get_by_role("link", name="上传班主任评分表格").click()
    rows = [row | ({"公民素养": 80} if row["姓名"] == second else {"公民素养": None}) for row in rows]
    await upload(page, "评分.xlsx", workbooks.fill(template, {"班主任评分": rows}))
    await expect(page.get_by_role("heading", name="没有错误，可以导入")).to_be_visible(timeout=PATIENCE)
    await expect(page.get_by_text("1 个空白单元格：已有的评分保持不变。")).to_be_visible()
    await page.get_by_role("button", name="导入 2 行").click()
    await page.get_by_role("alertdialog").get_by_role("button", name="导入 2 行").click()
    await expect(page.get_by_role("heading", name="已导入 2 行")).to_be_visible(timeout=PATIENCE)
    await page.goto("/scores")
    await expect(page.get_by_label(f"{second}，公民素养", exact=True)).to_have_value("80")


@pytest.mark.feature("BJ-10", "BJ-11", "X-13", "BJ-06")
@pytest.mark.parametrize("device", [PHONE], ids=["both"])
async def test_a_class_is_scored_checked_locked_and_read_by_the_family(term: Term) -> None:
    first, second = (pupil.plan.name for pupil in term.pupils)
    rows = ["\t".join(["88"] * 6), "\t".join(["72", "180", *["72"] * 4])]
    teacher = await term.at(term.campus.school_classes[0].teacher)
    page = teacher.page
    await page.goto("/scores")
    await _paste(page, f"{first}，道德品质", "\n".join(rows))
    await expect(page.get_by_text("1 格要改，11 格还没有保存")).to_be_visible()
    await page.reload()
    await expect(page.get_by_label(f"{second}，公民素养", exact=True)).to_have_value("180")
    await page.get_by_role("button", name="保存 12 格").click()
    await expect(page.get_by_text("1 格要改")).to_be_visible()
    await page.get_by_label(f"{second}，公民素养", exact=True).fill("")
    await _by_workbook(page, first, second)
    await teacher.require_accessible()
    await page.get_by_role("button", name=first).click()
    await page.get_by_role("dialog").get_by_role("button", name="历年记录").click()
    await expect(page.get_by_role("dialog").get_by_role("region", name="审美与表现")).to_contain_text("没有记录")
    await page.get_by_role("dialog").get_by_role("button", name="关闭").last.click()
    await page.get_by_role("button", name="提交", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="通过").click()
    await expect(page.get_by_text("小组评议还缺2人", exact=False)).to_be_visible()
    await page.get_by_role("button", name="取消").click()

    group = await term.at(term.group, phone=True)
    await group.page.goto("/scores")
    await _paste(group.page, f"{first}，道德品质", "\n".join("\t".join(["80"] * 6) for _ in range(2)))
    await group.page.get_by_role("button", name="保存 12 格").click()
    await expect(group.page.get_by_text("已全部保存")).to_be_visible()
    await group.page.get_by_role("button", name=first).click()
    dialog = group.page.get_by_role("dialog")
    await dialog.get_by_label("分值").fill("5")
    await dialog.get_by_label("理由").fill(BONUS)
    await group.require_accessible()
    await dialog.get_by_role("button", name="记分").click()
    await expect(dialog.get_by_text(f"道德品质：{BONUS}")).to_be_visible()

    await page.reload()
    await page.get_by_role("button", name="提交", exact=True).click()
    await page.get_by_role("dialog").get_by_role("button", name="通过").click()
    await expect(page.get_by_text("待年级审核").first).to_be_visible()

    await term.begin("check")
    head = await term.at(term.head)
    await head.page.goto("/scores")
    await expect(head.page.get_by_role("row", name=re.compile(first))).to_contain_text("82.8 A")
    await head.page.get_by_role("button", name="通过", exact=True).click()
    await head.page.get_by_role("dialog").get_by_role("button", name="通过").click()
    await expect(head.page.get_by_text("待汇总锁定").first).to_be_visible()

    await term.begin("lock")
    office = await term.at(term.office)
    await office.page.goto("/scores")
    await office.page.get_by_role("button", name="退回", exact=True).click()
    await office.page.get_by_role("dialog").get_by_label("理由").fill("无")
    await office.page.get_by_role("dialog").get_by_role("button", name="退回").click()
    await expect(office.page.get_by_role("dialog").get_by_text("理由", exact=False).first).to_be_visible()
    await office.page.get_by_role("dialog").get_by_role("button", name="取消").click()
    await office.page.get_by_role("button", name="锁定", exact=True).click()
    await office.page.get_by_role("dialog").get_by_role("button", name="锁定").click()
    await expect(office.page.get_by_text("已锁定").first).to_be_visible()
    await office.require_accessible()
    await office.page.goto("/score-consents")
    await expect(office.page.get_by_text("没有等待同意的等级")).to_be_visible()

    family = await term.at(term.pupils[0].user, phone=True)
    await family.page.goto("/my-scores")
    await expect(family.page.get_by_role("listitem").filter(has_text="总评")).to_contain_text("A（优秀）")
    await expect(family.page.get_by_text(f"道德品质：{BONUS}")).to_be_visible()
    await family.require_accessible()
