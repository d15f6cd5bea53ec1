"""A term of Baoshan as its source describes it: students on the phone, staff on the PC, from preparation to filing."""

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Refused, User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, now
from playwright.async_api import expect
from stack.platform import Platform

from demo import baoshan, sample_files
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.test_entry import PASTE
from tests.browser.visitors import Visitor, Visitors
from tests.world import build
from tests.world.builders import hire

LAST_YEAR = 2028
"""In it the pupils who entered in 2025 are in grade 9."""
WRONG = "成绩册上是优，不是良"
CODE = re.compile(r"[0-9A-Z]{4}(?:-[0-9A-Z]{4}){4}")


@dataclass
class Term:
    """A school of Baoshan in its term, and its people at their devices."""

    visitors: Visitors
    campus: Campus
    recorder: User
    auditor: User
    above: User
    """The auditor of the district."""

    @property
    def id(self) -> str:
        """Of the term."""
        return str(self.campus.term["id"])

    @property
    def pupils(self) -> list[Pupil]:
        """Three classmates: the last one is away."""
        return self.campus.school_classes[0].pupils

    async def at(self, user: User, *, phone: bool = False) -> Visitor:
        """Somebody signed in, staff on the PC."""
        visitor = await self.visitors.new(user.name, device=PHONE if phone else DESKTOP)
        await visitor.sign_in(user)
        return visitor

    async def enter(self, kind: str, pupil: Pupil, **data: str) -> None:
        """What the recorder enters without a screen."""
        body = {"term_id": self.id, "kind": kind, "student_id": pupil.student_id, "submit": True, "data": data}
        await self.recorder.post("/records/records", body)

    async def begin(self, phase: str) -> None:
        """Let the next phase of the timetable begin."""
        await timetable.change_timetable(self.campus, baoshan.windows(phase), phase)


@pytest_asyncio.fixture(loop_scope="session")
async def term(platform: Platform, visitors: Visitors) -> AsyncIterator[Term]:
    """The term is being prepared and filled in."""
    campus = await build.a_school_of(platform, "baoshan", baoshan.windows("fill"), LAST_YEAR, (3, 1))
    recorder = await hire(campus.administrator, "recorder", campus.path, "校录入员")
    auditor = await hire(campus.administrator, "auditor", campus.path, "校审核员")
    office = campus.staff["区管理员"]
    above = await hire(office, "auditor", office.session["card"]["path"], "区审核员")
    yield Term(visitors, campus, recorder, auditor, above)
    await campus.administrator.gateway.http.close()


@pytest.mark.feature("SH-02", "SH-03", "SH-04", "SH-05", "SH-06", "SH-07", "SH-08", "SH-09", "SH-10", "SH-11", "SH-12")
@pytest.mark.parametrize("device", [PHONE], ids=["both"])
async def test_a_term_from_preparation_to_the_stamped_summary(term: Term) -> None:
    administrator = await prepare(term)
    desk = await fill_in(term)
    student = await write(term, administrator)
    await confirm(term, student, desk)
    await publish(term, student, desk)
    await escalate(term)
    await file(term, student, administrator)


async def prepare(term: Term) -> Visitor:
    """The school turns the teachers' review of activities off, marks who is away, and fills in its contacts."""
    administrator = await term.at(term.campus.administrator)
    page = administrator.page
    await page.goto("/overview")
    way = page.get_by_role("region", name="学期准备")
    await expect(way).to_contain_text("2 项可以改")
    await way.get_by_role("link").click()
    await page.get_by_role("button", name="改为否").click()
    await expect(page.get_by_role("button", name="改为是")).to_be_visible()
    await page.get_by_role("radio", name=re.compile("1班")).check(force=True)
    away = term.pupils[2].plan.name
    await page.get_by_role("region", name="标记学生").get_by_text(away, exact=True).click()
    await administrator.require_accessible()
    dialog = page.get_by_role("dialog")
    await dialog.get_by_text("休学", exact=True).click()
    await dialog.get_by_role("button", name="标记", exact=True).click()
    await expect(page.get_by_role("button", name=f"恢复参与：{away}")).to_be_visible()
    await administrator.require_accessible()

    await page.goto("/contacts")
    line = page.get_by_role("group", name="校管理员")
    await line.get_by_label("姓名").fill("陆建国")
    await line.get_by_label("手机").fill("13800000000")
    await page.get_by_role("button", name="保存").click()
    await expect(page.get_by_text("联系信息表已保存")).to_be_visible()
    await administrator.require_accessible()
    return administrator


async def fill_in(term: Term) -> Visitor:
    """The recorder keeps the list of activities and enters a class from Excel; a third contest of a term is refused."""
    own, mate, away = term.pupils
    desk = await term.at(term.recorder)
    page = desk.page
    await page.goto("/catalogs")
    await page.get_by_label("加入条目").fill("社区志愿服务\n主题团日")
    await page.get_by_role("button", name="加入", exact=True).click()
    await expect(page.get_by_text("主题团日", exact=True)).to_be_visible()
    await desk.require_accessible()

    await page.goto("/entry")
    await page.get_by_role("radio", name=re.compile("1班")).check(force=True)
    await page.get_by_role("link", name=re.compile("^.*基础型课程成绩")).click()
    await expect(page.get_by_text("1 名学生本学期不参与填报，不在表中")).to_be_visible()
    await expect(page.get_by_text(away.plan.name)).to_have_count(0)
    await page.locator("[data-cell='0/0']").focus()
    await page.evaluate(PASTE, "语文\t良\n语文\t优\n")
    await desk.require_accessible()
    await page.get_by_role("button", name="录入 2 行").dblclick()
    await expect(page.get_by_text("已录入 2 行")).to_be_visible()

    day = now().date().isoformat()
    for number in (1, 2):
        await term.enter("sports_contest", own, name=f"校运动会第{number}项", on_day=day)
    await page.goto(f"/entry/sports_contest?class={term.campus.school_classes[0].path}")
    await expect(page.locator("[data-cell='1/0']")).to_be_visible()
    names = await page.locator("tbody th .clip").all_inner_texts()
    assert sorted(names) == sorted(pupil.plan.name for pupil in (own, mate))
    await page.locator("[data-cell='0/0']").focus()
    await page.evaluate(PASTE, f"跳绳\t{day}\t一等奖\n跳绳\t{day}\t二等奖\n")
    await page.get_by_role("button", name="录入 2 行").click()
    await expect(page.get_by_text("1 行没有录入，写的内容都在")).to_be_visible()
    await expect(page.get_by_role("listitem").filter(has_text=own.plan.name)).to_contain_text("每学期最多2条")
    await desk.require_accessible()
    return desk


async def write(term: Term, administrator: Visitor) -> Visitor:
    """A student publishes an activity without review, and a text that the teacher read twice; the switch is frozen by it."""
    own = term.pupils[0]
    student = await term.at(own.user, phone=True)
    page = student.page
    await page.goto("/report/league_activity")
    await page.get_by_text("社区志愿服务", exact=True).click()
    await page.get_by_label("日期").fill(now().date().isoformat())
    await page.get_by_label("参与情况").fill("和同学在社区图书馆整理图书，一共三个下午。")
    await student.require_accessible()
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page).to_have_url(re.compile("/records$"))
    await administrator.page.goto("/preparation")
    await expect(administrator.page.get_by_text(re.compile("已有学生填报，.*起不能再改"))).to_be_visible()

    await page.goto("/report/self_introduction")
    await page.get_by_label("标题").fill("我的初中生活")
    await page.get_by_label("正文").fill(baoshan.TEXT)
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page).to_have_url(re.compile("/records$"))
    teacher = await term.at(term.campus.school_classes[0].teacher)
    await teacher.page.goto("/review")
    await expect(teacher.page.get_by_role("article")).to_contain_text("学会了与人合作")
    await teacher.require_accessible()
    await teacher.page.get_by_role("button", name=re.compile("^通过，下一条")).click()
    await teacher.page.goto("/tasks")
    text = await _record(own.user, "self_introduction", "approved")

    await page.goto(f"/records/{text['id']}")
    await expect(page.get_by_role("link", name="提交公示")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name="再次提交").click()
    await page.get_by_label("正文").fill(f"{baoshan.TEXT}这是我改过的一稿。")
    await page.get_by_role("button", name="提交", exact=True).click()
    await _record(own.user, "self_introduction", "submitted")
    await term.campus.school_classes[0].teacher.post(f"/records/records/{text['id']}/approval")
    await page.goto("/selection")
    for name in ("我的初中生活", "社区志愿服务"):
        await page.get_by_role("button", name=re.compile(f"^提交公示.*{name}")).click()
        await expect(page.get_by_role("button", name=re.compile(f"^取消.*{name}"))).to_be_visible()
    await student.require_accessible()
    return student


async def confirm(term: Term, student: Visitor, desk: Visitor) -> None:
    """The student refuses two entries, of which the recorder corrects one, and confirms the rest; a classmate says nothing."""
    await term.begin("confirm")
    page = student.page
    await page.goto("/confirmations")
    for name in ("语文", "校运动会第2项"):
        await page.get_by_role("button", name=re.compile(f"^确认不通过.*{name}")).click()
        dialog = page.get_by_role("dialog")
        await dialog.get_by_text("与实际不符", exact=True).click()
        await dialog.get_by_label("哪里不对").fill(WRONG)
        await student.require_accessible()
        await dialog.get_by_role("button", name="确认不通过", exact=True).click()
        await expect(page.get_by_role("button", name=re.compile(f"^确认不通过.*{name}"))).to_have_count(0)
    await page.get_by_role("button", name="其余 1 条全部确认").click()
    await page.get_by_role("button", name="确认 1 条").click()
    await expect(page.get_by_text("没有要确认的信息记录")).to_be_visible()

    await desk.page.goto("/entered?state=returned")
    await desk.page.get_by_role("button", name=re.compile("语文")).click()
    await expect(desk.page.get_by_text(WRONG)).to_be_visible()
    await desk.page.get_by_label("成绩").fill("优")
    await desk.require_accessible()
    await desk.page.get_by_role("button", name="改正并提交").click()
    await expect(desk.page.get_by_text("已改正，等确认")).to_be_visible()
    await page.reload()
    await page.get_by_role("button", name=re.compile("^确认(?!不).*语文")).click()
    await expect(page.get_by_text("没有要确认的信息记录")).to_be_visible()


async def publish(term: Term, student: Visitor, desk: Visitor) -> None:
    """The reports are published; appeals about wrong and about missing data are handled, mended and checked."""
    await term.begin("publish")
    own, mate, away = term.pupils
    await until("报告里有该有的", lambda: _published(mate.user, term, own, 4))
    reader = await term.at(mate.user, phone=True)
    await reader.page.goto("/board")
    await expect(reader.page.get_by_text(away.plan.name)).to_have_count(0)
    await reader.page.get_by_role("link", name=re.compile(own.plan.name)).click()
    await expect(reader.page.get_by_text("这是我改过的一稿", exact=False)).to_be_visible()
    await expect(reader.page.get_by_text("校运动会第2项")).to_have_count(0)
    await reader.require_accessible()

    page = student.page
    await page.goto("/board")
    await page.get_by_role("link", name=re.compile(own.plan.name)).click()
    await page.get_by_role("link", name=re.compile("校运动会第1项")).click()
    await page.get_by_text("错录", exact=True).click()
    await page.get_by_label("具体情况").fill("我得的是二等奖，没有录入奖项")
    await student.require_accessible()
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    wrong = page.url.rpartition("/")[2]
    await page.goto(f"/board/reports/{own.student_id}?term={term.id}")
    await page.get_by_role("link", name="纪实报告里少了数据").click()
    await page.get_by_text(re.compile("^校级艺术活动")).click()
    await page.get_by_label("少了什么").fill("九月的校合唱节，我参加了班级合唱")
    await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    missing = page.url.rpartition("/")[2]

    auditor = await term.at(term.auditor)
    for case_id, heading in ((wrong, "校运动会第1项"), (missing, "缺少：校级艺术活动")):
        await auditor.page.goto(f"/cases/{case_id}")
        await expect(auditor.page.get_by_role("heading", level=1)).to_have_text(heading)
        await act(auditor, "受理，退回修改", "请核实后修改")

    at = desk.page
    await at.goto(f"/cases/{wrong}")
    await at.get_by_role("radio", name=re.compile("^修改")).check(force=True)
    await at.get_by_role("link", name="修改", exact=True).click()
    await at.get_by_label("奖项").fill("二等奖")
    await at.get_by_role("button", name="改好了").click()
    await expect(at).to_have_url(re.compile(f"/cases/{wrong}"))
    await at.get_by_role("button", name="提交修改").click()
    await expect(at.get_by_text("已提交", exact=True)).to_be_visible()
    await at.goto(f"/cases/{missing}")
    await at.get_by_role("radio", name=re.compile("^修改")).check(force=True)
    await at.get_by_label("名称").fill("校合唱节")
    await at.get_by_label("日期").fill(now().date().isoformat())
    await desk.require_accessible()
    await at.get_by_role("button", name="补录").click()
    await at.get_by_role("button", name="提交修改").click()
    await expect(at.get_by_text("已提交", exact=True)).to_be_visible()

    for case_id in (wrong, missing):
        await auditor.page.goto(f"/cases/{case_id}")
        await act(auditor, "审核通过")
        await expect(auditor.page.get_by_text("已办结").first).to_be_visible()
    await page.goto(f"/board/reports/{own.student_id}?term={term.id}")
    await expect(page.get_by_text("校合唱节").first).to_be_visible()
    await expect(page.get_by_text("二等奖").first).to_be_visible()


async def act(visitor: Visitor, action: str, text: str | None = None) -> None:
    """Take an action on the case that is open at a PC: the record, the case and its way are beside each other."""
    page = visitor.page
    for name in ("经过", "您的处理"):
        await expect(page.get_by_role("region", name=name)).to_be_visible()
    await page.get_by_role("radio", name=re.compile(f"^{action}")).check(force=True)
    if text is not None:
        await page.get_by_role("textbox", name="说明").fill(text)
    await visitor.require_accessible()
    await page.get_by_role("button", name=action).click()
    await expect(page.get_by_text("已提交", exact=True)).to_be_visible()


async def escalate(term: Term) -> None:
    """What the school left uncorrected waits at the district's auditor by itself."""
    above = await term.at(term.above)
    page = above.page
    await page.goto("/cases")
    waiting = page.get_by_role("main").get_by_role("link", name=re.compile("校运动会第2项"))
    await expect(waiting).to_be_visible()
    await above.require_accessible()
    await waiting.click()
    await expect(page.get_by_text(WRONG).first).to_be_visible()
    await act(above, "数据属实，维持", "经核对裁判记录，数据属实")
    await expect(page.get_by_text("已办结").first).to_be_visible()


async def file(term: Term, student: Visitor, administrator: Visitor) -> None:
    """The principal judges, the school prints and records what came back signed, and the stamped summary is uploaded."""
    await term.begin("file")
    own, mate, away = term.pupils
    principal = await term.at(term.campus.staff["校长"])
    page = principal.page
    await page.goto("/verdicts")
    await expect(page.get_by_text("已评 0 / 3 人")).to_be_visible()
    await expect(page.get_by_text(away.plan.name)).to_have_count(0)
    await principal.require_accessible()
    await page.get_by_role("region", name="学生").get_by_role("link", name=re.compile(own.plan.name)).click()
    await page.get_by_role("button", name="不合格", exact=True).click()
    await page.get_by_label("理由").fill("多次严重违纪，经教育未改正")
    await page.get_by_role("button", name="评为不合格").click()
    await expect(page.get_by_text("已评 1 / 3 人")).to_be_visible()
    rest = [mate.student_id, term.campus.school_classes[1].pupils[0].student_id]
    verdicts = [{"student_id": one, "choice": "pass"} for one in rest]
    await term.campus.staff["校长"].put("/archive/verdicts", {"term_id": term.id, "verdicts": verdicts})

    desk = administrator.page
    await desk.goto("/signatures")
    await desk.get_by_role("link", name=re.compile("1班")).first.click()
    async with desk.expect_download() as download:
        await desk.get_by_role("button", name="打印全班确认单").click()
    code = await asyncio.to_thread(_code_of, own.plan.name, await (await download.value).path())
    await desk.get_by_role("button", name=re.compile(f"已签.*{own.plan.name}")).click()
    await expect(desk.get_by_text("已签 1 / 3 人")).to_be_visible()
    await administrator.require_accessible()
    await student.page.goto(f"/confirmation/{code}")
    await expect(student.page.get_by_text("已收到签好字的确认单")).to_be_visible()
    await expect(student.page.get_by_text("校合唱节").first).to_be_visible()
    await student.require_accessible()

    url = f"/archive/terms/{term.id}/confirmations"
    await term.campus.administrator.post(url, {"path": term.campus.school_classes[1].path})
    changes = [{"action": "sign", "student_id": one} for one in rest]
    await term.campus.administrator.post(f"{url}/changes", {"changes": changes})
    await page.goto("/signatures")
    async with page.expect_download():
        await page.get_by_role("button", name="下载汇总表").click()
    await page.get_by_role("button", name="上传签字盖章的汇总表").click()
    photo = sample_files.photograph(9, term.campus.plan.title, "汇总表")
    scan: Any = {"name": "汇总表.jpg", "mimeType": "image/jpeg", "buffer": photo}
    await page.get_by_role("dialog").locator("input[type=file]").first.set_input_files(scan)
    await page.get_by_role("button", name="上传", exact=True).click()
    await expect(page.get_by_text("本学期归档签字已经完成")).to_be_visible()
    await principal.require_accessible()


async def _record(user: User, kind: str, state: str) -> dict[str, Any]:
    """The student's record of this kind, once it is in this state and publicity knows it."""

    async def found() -> dict[str, Any] | None:
        rows = await user.everything("/records/records", state=state)
        one = next((row for row in rows if row["kind"] == kind), None)
        if one is None or state != "approved":
            return one
        entries = await user.everything("/publicity/entries", state="eligible")
        return one if any(entry["record_id"] == one["id"] for entry in entries) else None

    return await until(f"{kind} {state}", found)


async def _published(user: User, term: Term, pupil: Pupil, entries: int) -> bool | None:
    """Whether a report has so many entries on the board."""
    try:
        report = await user.get(f"/publicity/board/reports/{pupil.student_id}", term_id=term.id)
    except Refused:  # publicity has not heard of the new timetable yet
        return None
    return sum(len(part["entries"]) for part in report["sections"]) == entries or None


def _code_of(name: str, file: Path) -> str:
    """The code on the printed confirmation of a student, which is in its QR code, too."""
    import pypdfium2  # type: ignore[import-untyped]

    with pypdfium2.PdfDocument(file) as document:
        texts = [page.get_textpage().get_text_bounded() for page in document]
    [found] = [code for text in texts if name in text for code in CODE.findall(text)]
    return str(found)
