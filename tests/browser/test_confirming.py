"""From the confirmation on the phone to an appeal about missing data that is mended (SH-07, SH-08, SH-10)."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio
from demo.client import Refused, User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, now
from playwright.async_api import expect
from stack.platform import Platform

from demo import baoshan
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.visitors import Visitors
from tests.world import build
from tests.world.builders import hire

WRONG = "成绩册上是优，不是良"


@dataclass(frozen=True)
class School:
    """A school of Baoshan with a pupil, its recorder and its auditor."""

    campus: Campus
    pupil: User
    recorder: User
    auditor: User


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def baoshan_school(platform: Platform) -> AsyncIterator[School]:
    """The recorder has entered two results of the pupil; the confirmation has begun."""
    campus = await build.a_school_of(platform, "baoshan", baoshan.windows("fill"))
    recorder = await hire(campus.administrator, "recorder", campus.path, "录入员")
    auditor = await hire(campus.administrator, "auditor", campus.path, "审核员")
    pupil = campus.pupils[0]
    for name in ("语文", "数学"):
        await recorder.post(
            "/records/records",
            {
                "term_id": campus.term["id"], "kind": "basic_course", "student_id": pupil.student_id, "submit": True,
                "data": {"name": name, "mark": "良"},
            },
        )  # fmt: skip
    await timetable.change_timetable(campus, baoshan.windows("confirm"), "确认")
    yield School(campus, pupil.user, recorder, auditor)
    await campus.administrator.gateway.http.close()


@pytest.mark.feature("SH-07", "SH-08", "SH-10")
@pytest.mark.parametrize("device", [PHONE], ids=str)
async def test_a_student_refuses_an_entry_and_appeals_about_what_is_missing(visitors: Visitors, baoshan_school: School) -> None:
    school, campus = baoshan_school, baoshan_school.campus
    student = await visitors.new("student")
    await student.sign_in(school.pupil)
    page = student.page
    await page.goto("/confirmations")
    await page.get_by_role("button", name=re.compile("^确认不通过.*语文")).click()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("与实际不符", exact=True).click()
    await dialog.get_by_label("哪里不对").fill(WRONG)
    await student.require_accessible()
    await dialog.get_by_role("button", name="确认不通过", exact=True).click()
    await expect(page.get_by_role("button", name=re.compile("^确认不通过.*语文"))).to_have_count(0)
    await page.get_by_role("button", name="其余 1 条全部确认").click()
    await page.get_by_role("button", name="确认 1 条").click()
    await expect(page.get_by_text("没有要确认的信息记录")).to_be_visible()

    recorder = await visitors.new("recorder", device=DESKTOP)
    await recorder.sign_in(school.recorder)
    desk = recorder.page
    await desk.goto("/entered?state=returned")
    await desk.get_by_role("button", name=re.compile("语文")).click()
    await expect(desk.get_by_text(WRONG)).to_be_visible()
    await desk.get_by_label("成绩").fill("优")
    await recorder.require_accessible()
    await desk.get_by_role("button", name="改正并提交").click()
    await expect(desk.get_by_text("已改正，等确认")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name="其余 1 条全部确认").click()
    await page.get_by_role("button", name="确认 1 条").click()
    await expect(page.get_by_text("没有要确认的信息记录")).to_be_visible()

    await timetable.change_timetable(campus, baoshan.windows("publish"), "公示")
    own, term = campus.pupils[0].student_id, campus.term["id"]

    async def published() -> bool | None:
        try:
            report = await school.pupil.get(f"/publicity/board/reports/{own}", term_id=term)
        except Refused:  # publicity has not heard of the new timetable yet
            return None
        return sum(len(part["entries"]) for part in report["sections"]) == 2 or None

    await until("两条都在报告里", published)
    await page.goto("/board")
    await page.get_by_role("link", name=re.compile(campus.pupils[0].plan.name)).click()
    await expect(page.get_by_text("优", exact=True)).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name="纪实报告里少了数据").click()
    await page.get_by_text(re.compile("^校级艺术活动")).click()
    await page.get_by_label("少了什么").fill("九月的校合唱节，我参加了班级合唱")
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    case_id = page.url.rpartition("/")[2]

    auditor = await visitors.new("auditor", device=DESKTOP)
    await auditor.sign_in(school.auditor)
    await auditor.page.goto(f"/cases/{case_id}")
    await expect(auditor.page.get_by_role("heading", level=1)).to_have_text("缺少：校级艺术活动")
    await auditor.page.get_by_text("受理，退回修改", exact=True).first.click()
    await auditor.page.get_by_role("textbox", name="说明").fill("请核实后补录")
    await auditor.require_accessible()
    await auditor.page.get_by_role("button", name="受理，退回修改").click()
    await expect(auditor.page.get_by_text("已提交", exact=True)).to_be_visible()

    await desk.goto(f"/cases/{case_id}")
    await desk.get_by_text("修改", exact=True).first.click()
    await desk.get_by_label("名称").fill("校合唱节")
    await desk.get_by_label("日期").fill(now().date().isoformat())
    await recorder.require_accessible()
    await desk.get_by_role("button", name="补录").click()
    await desk.get_by_role("button", name="提交修改").click()
    await expect(desk.get_by_text("已提交", exact=True)).to_be_visible()
    await auditor.page.reload()
    await auditor.page.get_by_text("审核通过").first.click()
    await auditor.page.get_by_role("button", name="审核通过").click()
    await expect(auditor.page.get_by_text("已办结").first).to_be_visible()
    await page.goto(f"/board/reports/{own}?term={term}")
    await expect(page.get_by_text("校合唱节").first).to_be_visible()
