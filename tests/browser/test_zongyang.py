"""A published result in the county: the class sees it, a family objects, the school keeps it, the county corrects it (X-15)."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Refused, User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, hours, now, window
from demo.zongyang import APPEAL, CORRECTED, KEPT, OBJECTION, OFFICE, PANEL, seen
from playwright.async_api import Page, expect
from stack.platform import Platform

from demo import zongyang
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.visitors import Visitor, Visitors
from tests.world import build
from tests.world.builders import hire

LAST_YEAR = 2027
DIMENSIONS = ("morality", "study", "health", "arts", "practice")


@dataclass
class Term:
    """A class of two leavers whose results are locked, and its people at their devices."""

    visitors: Visitors
    campus: Campus
    panel: User
    office: User
    begun: dict[str, datetime]

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
        await timetable.change_timetable(self.campus, zongyang.windows(phase, self.begun), phase)
        self.begun[phase] = now()


@pytest_asyncio.fixture(loop_scope="session")
async def term(platform: Platform, visitors: Visitors) -> AsyncIterator[Term]:
    """Everybody has a B in everything, and it is locked."""
    over = [window("publicity", now() - hours(2), now() - hours(1))]
    campus = await build.a_school_of(platform, "zongyang", over, LAST_YEAR, (2, 1))
    panel = await hire(campus.administrator, "school_panel", campus.path, PANEL)
    county = campus.staff["区管理员"]
    office = await hire(county, "county_office", county.session["card"]["path"], OFFICE)
    body = timetable.a_term(campus.path, zongyang.windows("lock"), "", LAST_YEAR, 2)
    campus.term = await campus.administrator.post("/records/terms", body)
    made = Term(visitors, campus, panel, office, {"lock": now()})
    await until("评定开放", partial(_known, made))
    await _lock(made)
    await made.begin("class")
    yield made
    await campus.administrator.gateway.http.close()


async def _known(term: Term) -> bool | None:
    """Whether the archive has heard of the term and its students; None: not yet."""
    try:
        heads = await term.panel.everything("/archive/score-sheets", term_id=term.campus.term["id"])
    except Refused as refused:
        if refused.code != "not_found":
            raise
        return None
    return [one["students"] for one in heads] == [2, 1] or None


async def _lock(term: Term) -> None:
    """Grade the first class and lock it."""
    campus, path = term.campus, term.campus.school_classes[0].path
    scores = [{"student_id": one.student_id, "dimension": name, "value": "B"} for one in term.pupils for name in DIMENSIONS]
    body = {"term_id": campus.term["id"], "part": "panel", "scores": scores}
    done = await term.panel.put("/archive/scores", body)
    assert all(one["ok"] for one in done["results"]), done
    for by, action, version in ((term.panel, "pass", 0), (campus.administrator, "lock", 1)):
        move = {"term_id": campus.term["id"], "action": action, "sheets": [{"path": path, "version": version}]}
        [moved] = (await by.post("/archive/score-sheets/moves", move))["results"]
        assert moved["ok"], moved


async def decide(visitor: Visitor, action: str, why: str, answer: str, morality: str = "") -> None:
    """The desk of who decides: the case that waits, the grade that it is to be, the decision."""
    page = visitor.page
    await page.goto("/cases")
    await page.get_by_role("main").get_by_role("link", name=re.compile("综合素质评价结果")).click()
    await expect(page.get_by_role("radio", name=re.compile(action))).to_be_attached()
    await page.get_by_role("radio", name=re.compile(action)).check(force=True)
    if morality:
        await page.get_by_role("combobox", name="思想品德").select_option(morality)
    await page.get_by_role("textbox", name="说明").fill(why)
    await visitor.require_accessible()
    await page.get_by_role("button", name=re.compile(action)).click()
    await expect(page.get_by_text(answer).first).to_be_visible()


async def own_grade(page: Page, text: str) -> None:
    """The own result comes first on the board."""
    card = page.get_by_role("main").get_by_role("listitem").filter(has_text="（本人）")
    await expect(card.locator("dl > div").filter(has_text="思想品德")).to_contain_text(text)


@pytest.mark.feature("X-15", "X-08")
@pytest.mark.parametrize("device", [PHONE], ids=["both"])
async def test_a_family_reads_the_result_objects_appeals_and_reads_the_corrected_grade(term: Term) -> None:
    pupil, mate = term.pupils
    await until("班级公示", partial(seen, pupil.user, term.campus))
    student = await term.at(pupil.user, phone=True)
    page = student.page
    await page.goto("/board")
    await page.get_by_role("link", name="结果公示").click()
    await own_grade(page, "B 良好")
    await expect(page.get_by_role("heading", name=mate.plan.name)).to_be_visible()
    await expect(page.get_by_role("link", name="对结果有异议")).to_have_count(1)
    await student.require_accessible()
    board = page.url
    await page.get_by_role("link", name="对结果有异议").click()
    await page.get_by_label("情况说明").fill("太短")
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("请至少写 10 个字").first).to_be_visible()
    await page.get_by_label("情况说明").fill(OBJECTION)
    await student.require_accessible()
    await page.get_by_role("button", name="提交").click()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    case = page.url

    panel = await term.at(term.panel)
    await decide(panel, "异议不成立", KEPT, "维持原结果")
    await page.goto(case)
    await expect(page.get_by_text(KEPT).first).to_be_visible()
    await page.get_by_role("link", name=re.compile("向县里申诉")).click()
    await page.get_by_label("情况说明").fill(APPEAL)
    await student.require_accessible()
    await page.get_by_role("button", name="提交").click()
    await expect(page).to_have_url(re.compile("/my-cases/"))

    await decide(await term.at(term.office), "申诉成立", CORRECTED, "更正结果", "A")
    await page.goto(board)
    await own_grade(page, "A 优秀")

    async def corrected() -> dict[str, Any] | None:
        found = await pupil.user.get("/archive/scores/own", term_id=term.campus.term["id"])
        return found if "A（优秀）" in str(found["scores"]) else None

    await until("结果已更正", corrected)
    await page.goto("/my-scores")
    await expect(page.get_by_role("listitem").filter(has_text="思想品德").first).to_contain_text("A（优秀）")
