"""The last school year of a pupil in Changsha: families on the phone, staff and what the scheme limits to it on the PC."""

import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Refused, User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, World, hours, now, window
from playwright.async_api import Page, expect
from stack.platform import Platform

from demo import changsha
from tests.browser.devices import DESKTOP, PHONE
from tests.browser.families import enrol, siblings
from tests.browser.photos import a_photo
from tests.browser.visitors import Visitor, Visitors
from tests.world import build, terms
from tests.world.builders import a_file, hire

LAST_YEAR = 2027
"""In it the pupils who entered in 2025 are in grade 9."""
HANDSET = (
    "Mozilla/5.0 (Linux; Android 13; M2012K11AC) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Mobile Safari/537.36"
)
PASSWORD = "Sunny-Day-7"
OUTING = "参加烈士公园活动"
CLEANING = "清扫社区楼道"
DOUBT = "当天没有看到这位同学。"
ANSWER = "有活动签到表和老师的证明。"
SUMMARY = "三年来我一直坚持参加活动，也学会了倾听别人。"


@dataclass(frozen=True)
class School:
    """A class of three pupils, a term of grade 9 under way, and a member of the publicity panel."""

    campus: Campus
    panel: User

    @property
    def pupils(self) -> list[Pupil]:
        return self.campus.school_classes[0].pupils


@pytest_asyncio.fixture(loop_scope="session")
async def school(platform: Platform) -> AsyncIterator[School]:
    """The first term of grade 9: everybody may upload; its publicity is later."""
    ahead = [window("publicity", now() + hours(24), now() + hours(48))]
    campus = await build.a_school_of(platform, "changsha", ahead, LAST_YEAR, sizes=(3, 1))
    yield School(campus, await hire(campus.administrator, "publicity_panel", campus.path, "公示审核小组"))
    await campus.administrator.gateway.http.close()


async def on_a_phone(visitors: Visitors, name: str) -> Visitor:
    """Somebody at a phone that says so."""
    return await visitors.new(name, device=PHONE, user_agent=HANDSET)


async def the_initial_password_asks_who_the_child_is(parent: Visitor, school: School) -> None:
    """A parent of two children signs in as the school said, takes both cards and changes between them (CS-03, CS-13, CS-14)."""
    campus = school.campus
    children = siblings(campus.school_classes[0].title, 2)
    by = campus.administrator
    await enrol(World(by.gateway, 0, 7, by, ""), campus, children)
    phone, page = children[0].guardian_phone, parent.page
    await page.goto("/sign-in")
    await page.get_by_label("用户名").fill(phone)
    await page.get_by_label("密码", exact=True).fill(f"Pw{phone[-6:]}@")
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.get_by_label("学生姓名").fill(children[0].name)
    wrong = "女" if children[0].sex == "男" else "男"
    await page.get_by_role("radiogroup").get_by_text(wrong, exact=True).click()
    await page.get_by_role("button", name="登录", exact=True).click()
    await expect(page.get_by_text("还可以试 4 次")).to_be_visible()
    await parent.require_accessible()
    await page.get_by_role("radiogroup").get_by_text(children[0].sex, exact=True).click()
    await page.get_by_role("button", name="登录", exact=True).click()
    await page.get_by_label("新密码", exact=True).fill(PASSWORD)
    await page.get_by_role("button", name="设好密码").click()
    for child in children:
        await expect(page).to_have_url(re.compile("/cards$"))
        await page.get_by_role("link", name="为子女领卡").first.click()
        await page.get_by_label("孩子的姓名").fill(child.name)
        await page.get_by_label("孩子的身份证号").fill(child.id_number)
        await page.get_by_label("您的身份证号").fill(child.guardian_id_number)
        await page.get_by_role("button", name="领孩子的卡").click()
        await expect(page).to_have_url(re.compile("/children$"))
        if child is children[0]:
            await page.goto("/cards")
    await page.get_by_role("button", name=re.compile(children[0].name)).click()
    await expect(page.get_by_role("button", name=re.compile(f"{children[0].name}.*正在看"))).to_be_visible()
    await parent.require_accessible()


async def choose_photos(page: Page, count: int) -> None:
    """Choose photos in the album."""
    files = [{"name": f"IMG_{n}.jpg", "mimeType": "image/jpeg", "buffer": a_photo(n + 1, 600, 800)} for n in range(count)]
    async with page.expect_file_chooser() as picker:
        await page.get_by_text("相册", exact=True).click()
    await (await picker.value).set_files(files)  # type: ignore[arg-type]
    await expect(page.get_by_role("listitem").filter(has_text="已上传")).to_have_count(count)


async def a_growth_record_becomes_material(student: Visitor) -> None:
    """Two growth records: one stays and changes its category, one is selected and sent (CS-04 to CS-06)."""
    page = student.page
    await page.goto("/growth")
    await page.get_by_role("link", name="写成长记录").click()
    await page.get_by_label("标题").fill(OUTING)
    await page.get_by_label("内容").fill("和同学一起到烈士公园，听讲解，打扫纪念塔前的广场。")
    await page.get_by_role("button", name=re.compile("分类|请选择")).click()
    await page.get_by_role("dialog").get_by_text("校园活动", exact=True).click()
    await choose_photos(page, 2)
    await page.get_by_text("学校公开", exact=True).click()
    await student.require_accessible()
    await page.get_by_role("button", name="发表").dblclick()
    card = page.get_by_role("article", name=OUTING)
    await expect(card).to_have_count(1)
    await expect(card.get_by_role("button", name=re.compile("张图片"))).to_have_count(2)
    await expect(card.get_by_text("学校公开")).to_be_visible()
    await student.require_accessible()
    await card.get_by_role("button", name=re.compile("^修改分类")).click()
    await page.get_by_role("dialog").get_by_role("button", name="社会实践活动").click()
    await expect(page.get_by_text("分类已修改")).to_be_visible()
    await card.get_by_role("button", name=re.compile("^选为综评材料")).click()
    await expect(page.get_by_label("活动名称")).to_have_value(OUTING)
    await page.get_by_label("活动地点").fill("烈士公园")
    await page.get_by_label("活动开始时间").fill("2026-10-01T08:00")
    await page.get_by_label("活动结束时间").fill("2026-10-01T20:00")
    await page.get_by_label("活动时长").fill("12小时0分钟")
    await student.require_accessible()
    await page.get_by_role("button", name="上传", exact=True).click()
    await expect(page.get_by_text("已上传", exact=True)).to_be_visible()
    await page.goto("/growth")
    await expect(page.get_by_role("article", name=OUTING).get_by_text("已选为综评材料")).to_be_visible()
    await page.get_by_role("link", name="时长").click()
    await expect(page.get_by_text("已计入 12 小时").first).to_be_visible()
    await student.require_accessible()
    await page.goto("/criteria")
    await expect(page.get_by_role("heading", level=2)).to_have_count(5)
    await student.require_accessible()


async def classmates_read_it(mate: Visitor) -> None:
    """The class circle and the school circle have what their author shows them, and nothing can be done with it (CS-04)."""
    for circle in ("class", "school"):
        await mate.page.goto(f"/growth?feed={circle}")
        card = mate.page.get_by_role("article", name=OUTING)
        await expect(card.get_by_text("2026-10-01 08:00")).to_be_visible()
        await expect(card.get_by_role("button", name=re.compile("^删除|^选为"))).to_have_count(0)
    await mate.require_accessible()


async def a_summary_is_written(student: Visitor) -> None:
    """The summary of one dimension after the other (CS-07)."""
    page = student.page
    await page.goto("/self-evaluation")
    for dimension in ("思想品德", "学业水平"):
        await page.get_by_label(re.compile(f"^{dimension}——维度综述")).fill(f"{SUMMARY}{dimension}")
        await page.get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_role("link", name=re.compile("学业水平 ✓"))).to_be_visible()
    await student.require_accessible()


async def shown(school: School, term: dict[str, Any], students: int) -> None:
    """Waits until the board of a term shows so many students."""
    by = school.pupils[0].user

    async def published() -> bool | None:
        try:
            found = await by.post("/publicity/board/students", {"term_id": term["id"]})
        except Refused:  # publicity has not heard of the new timetable yet
            return None
        return len(found["items"]) == students or None

    await until("材料公示", published)


async def the_first_term_is_publicised(school: School) -> None:
    """What was selected in the first term is publicised by itself, and passes (CS-06)."""
    campus = school.campus
    await terms.change_windows(campus, campus.term, [window("publicity", now() - hours(1), now() + hours(24))])
    await shown(school, campus.term, 1)
    await terms.change_windows(campus, campus.term, [window("publicity", now() - hours(1), now())])


async def last_term(school: School) -> None:
    """The last term begins. Everybody has material of their own in it, and the others have submitted theirs finally."""
    campus = school.campus
    body = timetable.a_term(campus.path, changsha.windows("submit"), "", LAST_YEAR, 2)
    campus.term = await campus.administrator.post("/records/terms", body)
    entered = {"name": CLEANING, "body": "和邻居一起清扫了三层楼道。", "place": "社区", "hours": "2"}
    data = entered | {"starts_at": "2026-11-01T08:00", "ends_at": "2026-11-01T10:00"}
    for pupil in school.pupils:
        picture = await a_file(pupil.user)
        body = {"term_id": campus.term["id"], "kind": "public_welfare", "submit": True, "data": data, "evidence": [picture]}
        await pupil.user.post("/records/records", body)
        if pupil is not school.pupils[0]:
            path = f"/records/terms/{campus.term['id']}/final-selection"
            chosen = await pupil.user.everything(f"{path}/materials")
            await pupil.user.put(path, {"record_ids": [one["id"] for one in chosen]})
            await pupil.user.post(f"{path}/submission")


async def all_terms_are_submitted_on_a_pc(student: Visitor, computer: Visitor, panel: Visitor) -> None:
    """The phone says that it takes a PC; there both terms' material is chosen, the school reviews it (CS-01, CS-02, CS-08)."""
    await student.page.goto("/final-selection")
    await expect(student.page.get_by_text("“最终上报”暂需使用电脑端操作").first).to_be_visible()
    await expect(student.page.get_by_role("checkbox").first).to_be_disabled()
    await student.require_accessible()
    page = computer.page
    await page.goto("/final-selection")
    await page.get_by_role("button", name=re.compile("全选.*第一学期")).click()
    await page.get_by_role("checkbox", name=re.compile(CLEANING)).check()
    await expect(page.get_by_text("共选 2 份，最多 300 份")).to_be_visible()
    await computer.require_accessible()
    await page.get_by_role("button", name="最终上报", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="最终上报").click()
    await expect(page.get_by_text("等待学校审核", exact=True)).to_be_visible()

    desk = panel.page
    await desk.goto("/final-submissions")
    await expect(desk.get_by_role("main").get_by_role("link", name=re.compile("份实证材料"))).to_have_count(3)
    await panel.require_accessible()
    waiting = desk.get_by_role("main").get_by_role("link", name=re.compile("份实证材料"))
    for left in (3, 2, 1):
        await expect(waiting).to_have_count(left)
        await waiting.first.click()
        await desk.get_by_role("button", name=re.compile(f"^{CLEANING}")).click()
        await expect(desk.get_by_text("和邻居一起清扫了三层楼道。")).to_be_visible()
        await panel.require_accessible()
        await desk.get_by_role("button", name="全部通过").dblclick()
        await expect(desk).to_have_url(re.compile("/final-submissions$"))
    await page.reload()
    await expect(page.get_by_text("学校审核通过")).to_be_visible()


async def the_board_is_open(school: School) -> None:
    """Publicity of the last term begins."""
    await terms.change_windows(school.campus, school.campus.term, changsha.windows("publish"))
    await shown(school, school.campus.term, 3)


async def a_material_is_reported(school: School, phone: Visitor, computer: Visitor) -> None:
    """On the board by student, tabs by term, the directory; the phone shows it, the PC reports it (CS-02, CS-09, CS-10)."""
    owner = school.pupils[0].plan.name
    page = computer.page
    await page.goto("/board")
    await expect(page.get_by_text("（共 3 人）").first).to_be_visible()
    await page.get_by_role("searchbox").fill(owner)
    await expect(page.get_by_role("main").get_by_role("link", name=re.compile("材料："))).to_have_count(1)
    await computer.require_accessible()
    await page.get_by_role("link", name=re.compile(f"{owner}.*材料：2 份")).click()
    await expect(page.get_by_role("link", name=re.compile("全部.*2"))).to_be_visible()
    await page.get_by_role("treeitem", name=re.compile("^思想品德")).click()
    await expect(page.get_by_role("article").filter(has_text="思想品德——维度综述")).to_contain_text(SUMMARY)
    await page.get_by_role("treeitem", name=re.compile("公益活动.*1")).click()
    card = page.get_by_role("article", name=CLEANING)
    await expect(card.get_by_text("2026-11-01 08:00")).to_be_visible()
    await computer.require_accessible()
    await card.get_by_role("link", name=re.compile("^查看")).click()
    await expect(page).to_have_url(re.compile("/board/[^/]+$"))
    await phone.page.goto(page.url)
    await expect(phone.page.get_by_text("“举报”暂需使用电脑端操作")).to_be_visible()
    await phone.require_accessible()
    await page.get_by_role("link", name="我要举报").click()
    await expect(page.get_by_text("您的姓名会告诉公示审核小组")).to_be_visible()
    await page.get_by_text("虚假材料", exact=True).click()
    await page.get_by_label("具体情况").fill("长" * 121)
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("最多 120 个字")).to_be_visible()
    await page.get_by_label("具体情况").fill(DOUBT)
    await page.get_by_role("button", name="提交").click()
    await expect(page).to_have_url(re.compile("/my-cases/"))


async def decide(panel: Visitor, action: str, why: str, answer: str) -> None:
    """The panel's desk: the case that waits, the decision, and what is said then."""
    desk = panel.page
    await desk.goto("/cases")
    await desk.get_by_role("main").get_by_role("link", name=re.compile(CLEANING)).click()
    await expect(desk.get_by_role("radio", name=re.compile(f"^{action}"))).to_be_attached()
    await panel.require_accessible()
    await desk.get_by_role("radio", name=re.compile(f"^{action}")).check(force=True)
    await desk.get_by_role("textbox", name="说明").fill(why)
    await desk.get_by_role("button", name=action).click()
    await expect(desk.get_by_text(answer)).to_be_visible()


async def the_author_appeals(school: School, student: Visitor, panel: Visitor) -> None:
    """待申诉, 申诉待处理, and after publicity 申诉成功 (CS-11)."""
    page = student.page
    await page.goto("/my-cases?list=appeals")
    await expect(page.get_by_text("待申诉", exact=True)).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name=re.compile("^我要申诉")).click()
    await page.get_by_label("情况说明").fill(ANSWER)
    await page.get_by_role("button", name="提交").click()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    await decide(panel, "申诉成功", "手续齐全，材料属实。", "已作出处理，还没有告知")
    await page.goto("/my-cases?list=appeals")
    await expect(page.get_by_text(re.compile("^申诉待处理"))).to_be_visible()
    await terms.change_windows(school.campus, school.campus.term, changsha.windows("evaluate"))

    async def succeeded() -> bool | None:
        [row] = (await school.pupils[0].user.get("/publicity/appeals"))["items"]
        return row["state"] == "succeeded" or None

    await until("申诉结果告知", succeeded)
    await page.reload()
    await expect(page.get_by_text("申诉成功", exact=True)).to_be_visible()


async def everybody_is_evaluated(student: Visitor, computer: Visitor, teacher: Visitor) -> None:
    """Card after card on the phone, a table on the PC, each submitted once; the teacher sees who is done (CS-12)."""
    page = student.page
    await page.goto("/peer-evaluation")
    for number in range(4):
        await expect(page.get_by_text(f"{number + 1} / 4", exact=True)).to_be_visible()
        for group in await page.get_by_role("radiogroup").all():
            await group.get_by_text("AB"[number % 2], exact=True).click()
        if number == 0:
            await student.require_accessible()
        await page.get_by_role("button", name="保存" if number == 3 else "下一位", exact=True).click()
    await page.get_by_role("button", name="提交", exact=True).click()
    await page.get_by_role("alertdialog").get_by_role("button", name="提交", exact=True).click()
    await expect(page.get_by_text("全班都评完了，已提交，不能再改")).to_be_visible()
    await student.require_accessible()

    await computer.page.goto("/peer-evaluation")
    await computer.page.get_by_role("gridcell").first.get_by_role("button").focus()
    await computer.page.keyboard.type("a" * 20)
    await expect(computer.page.get_by_text("已保存", exact=True)).to_have_count(4)
    await computer.require_accessible()
    await computer.page.get_by_role("button", name="提交", exact=True).click()
    await computer.page.get_by_role("alertdialog").get_by_role("button", name="提交", exact=True).click()
    await expect(computer.page.get_by_text("全班都评完了，已提交，不能再改")).to_be_visible()

    await teacher.page.goto("/class")
    await teacher.page.get_by_role("link", name="学生互评进度").click()
    await expect(teacher.page.get_by_text("2 / 5 人完成").first).to_be_visible()
    await teacher.require_accessible()


@pytest.mark.feature(
    "CS-01", "CS-02", "CS-03", "CS-04", "CS-05", "CS-07", "CS-08", "CS-09", "CS-10", "CS-11", "CS-12", "CS-13", "CS-14"
)
@pytest.mark.parametrize("device", [DESKTOP], ids=str)
async def test_families_on_the_phone_and_staff_on_the_pc_go_through_the_last_year(visitors: Visitors, school: School) -> None:
    own, mate = school.pupils[0].user, school.pupils[1].user
    await the_initial_password_asks_who_the_child_is(await on_a_phone(visitors, "parent"), school)
    student, friend = await on_a_phone(visitors, "student"), await on_a_phone(visitors, "friend")
    await student.sign_in(own)
    await a_growth_record_becomes_material(student)
    await friend.sign_in(mate)
    await classmates_read_it(friend)
    await a_summary_is_written(student)

    await the_first_term_is_publicised(school)
    await last_term(school)
    computer, panel = await visitors.new("computer"), await visitors.new("panel")
    await computer.sign_in(own)
    await panel.sign_in(school.panel)
    await all_terms_are_submitted_on_a_pc(student, computer, panel)

    await the_board_is_open(school)
    reporter = await visitors.new("reporter")
    await reporter.sign_in(mate)
    await a_material_is_reported(school, friend, reporter)
    await decide(panel, "举报成立", "当天的签到表上没有这位同学。", "已提交")
    await the_author_appeals(school, student, panel)

    teacher = await visitors.new("teacher")
    await teacher.sign_in(school.campus.school_classes[0].teacher)
    await everybody_is_evaluated(student, reporter, teacher)
