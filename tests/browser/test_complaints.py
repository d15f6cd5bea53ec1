"""From a returned record to the end of a complaint about it (journeys 1, 2, 8), and what may go wrong while one complains."""

import io
import re
from typing import Any

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.steps import timetable
from demo.world import Campus, Pupil, hours, now
from PIL import Image
from playwright.async_api import Locator, Page, Route, expect

from tests.browser.devices import DESKTOP, PHONE, Device
from tests.browser.photos import UPRIGHT, a_photo, quarters
from tests.browser.schools import a_small_school
from tests.browser.test_reporting import UPLOADED, choose, rows
from tests.browser.test_robust_sessions import end_session, sign_in_over
from tests.browser.visitors import Visitor, Visitors
from tests.world import terms
from tests.world.builders import create_record, eligible_entry
from tests.world.region import Region

TITLE = "社区敬老院志愿服务"
RETURNED = "请写清楚每次服务的时间，并补一张有你本人的照片。"
CORRECTED = "每个周六下午两点到四点到敬老院陪老人读报，负责联系院方、准备报纸和登记，一共去了四次。"
DOUBT = "敬老院的登记表上只写了两次，没有写四次，请核实。"
ANSWER = "四次都去了，登记表漏记了两次，院方开了证明。"
DECISION = "登记表和院方的证明都只有两次。"


async def open_message(visitor: Visitor, about: str) -> Page:
    """From the bell or the tab to an unread message, and on to what it is about."""
    page = visitor.page
    await page.goto("/messages?show=unread")
    message = page.get_by_role("main").get_by_role("button", name=re.compile(f"^未读：.*{about}"))
    await expect(message).to_be_visible()
    await visitor.require_accessible()
    await message.click()
    return page


async def correct(student: Visitor) -> None:
    """The reason is read, the form opens with what was there and with the reason, and the record is reported again."""
    page = await open_message(student, "驳回")
    await expect(page.get_by_role("status").filter(has_text=f"驳回的理由：内容填写不完整{RETURNED}")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("link", name="修改").click()
    await expect(page.get_by_label("服务项目")).to_have_value(TITLE)
    await expect(page.get_by_text("驳回的理由：内容填写不完整")).to_be_visible()
    await expect(page.get_by_text(RETURNED)).to_be_visible()
    await choose(page, a_photo(6, 600, 800))
    await page.get_by_label("过程与收获").fill(CORRECTED)
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(1)
    await student.require_accessible()
    await page.get_by_role("button", name="上报", exact=True).click()
    await expect(page.get_by_text("已上报", exact=True)).to_be_visible()
    await expect(page.get_by_text("待审核").first).to_be_visible()


async def select(student: Visitor) -> None:
    """The approved record is selected; the page says how many may be."""
    page = student.page
    await page.goto("/selection")
    kind = page.get_by_role("region", name="志愿服务")
    await expect(kind.get_by_text("已选 0 条，条数不限")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("button", name=re.compile(f"^遴选.*{TITLE}")).click()
    await expect(page.get_by_text("已遴选", exact=True).first).to_be_visible()
    await expect(kind.get_by_text("已选 1 条，条数不限")).to_be_visible()


async def open_form(parent: Visitor, pupil: Pupil) -> Page:
    """From the home over the board and the record to the form of the complaint."""
    page = parent.page
    await page.goto("/")
    await page.get_by_role("main").get_by_role("link", name=re.compile("^校园公示")).click()
    await expect(page.get_by_role("heading", level=1, name="校园公示栏")).to_be_visible()
    entry = page.get_by_role("article").filter(has_text=pupil.plan.name)
    await expect(entry).to_be_visible()
    await parent.require_accessible()
    await entry.get_by_role("link", name=re.compile(f"^查看全部.*{TITLE}")).click()
    await expect(page.get_by_text(CORRECTED)).to_be_visible()
    await parent.require_accessible()
    await page.get_by_role("link", name="信息有误，立即反馈").click()
    await expect(page.get_by_label("具体情况")).to_be_visible()
    return page


async def write(page: Page, photo: bytes | None = None) -> None:
    """Fill in the form of a complaint."""
    await page.get_by_text("内容夸大", exact=True).click()
    await page.get_by_label("具体情况").fill(DOUBT)
    if photo:
        await choose(page, photo)
        await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(1, timeout=60_000)


async def complain(parent: Visitor, pupil: Pupil) -> str:
    """Object to a record with a photo. Returns the id of the case."""
    page = await open_form(parent, pupil)
    await expect(page.get_by_text("您的身份会封存")).to_be_visible()
    await expect(page.get_by_text("看不到您是谁")).to_be_visible()
    await page.get_by_role("button", name="提交").click()
    box = page.get_by_label("具体情况")
    await expect(box).to_be_focused()
    await expect(box).to_have_attribute("aria-invalid", "true")
    await expect(page.get_by_text("请至少写 5 个字")).to_be_in_viewport()
    await write(page, a_photo(6, 2000, 3000, grain=5))
    await parent.require_accessible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_text("处理结果会发消息告诉您")).to_be_visible()
    await expect(page.get_by_text("您的身份已封存")).to_be_visible()
    await parent.require_accessible()
    await page.goto("/my-cases")
    await expect(page.get_by_role("main").get_by_role("link", name=re.compile(TITLE))).to_be_visible()
    await page.get_by_role("main").get_by_role("link", name=re.compile(TITLE)).click()
    await expect(page.get_by_text(DOUBT)).to_be_visible()
    return page.url.rpartition("/")[2]


async def insist(student: Visitor, device: Device) -> None:
    """Answer a complaint: nothing is said about who complained; the record stays, with evidence."""
    page = await open_message(student, "请处理质疑")
    await expect(page.get_by_text(DOUBT)).to_be_visible()
    await expect(page.get_by_text("质疑人身份已封存")).to_be_visible()
    await student.require_accessible()
    form: Page | Locator = page
    if device.touch:
        await page.get_by_role("button", name="坚持原记录并说明").click()
        form = page.get_by_role("dialog")
    else:
        await page.get_by_role("radio", name=re.compile("^坚持原记录并说明")).check(force=True)
    await form.get_by_role("button", name="坚持原记录并说明").click()
    await expect(page.get_by_text("请写明说明")).to_be_visible()
    await expect(page.get_by_role("textbox", name="说明")).to_be_focused()
    await page.get_by_role("textbox", name="说明").fill(ANSWER)
    await choose(page, a_photo(8, 600, 800))
    await expect(rows(page).filter(has_text=UPLOADED)).to_have_count(1)
    await student.require_accessible()
    await form.get_by_role("button", name="坚持原记录并说明").dblclick()
    await expect(page.get_by_text("已提交", exact=True)).to_be_visible()
    await expect(page.get_by_text("等班主任处理").first).to_be_visible()
    await expect(page.get_by_text(ANSWER)).to_be_visible()
    await student.require_accessible()


async def decide(office: Visitor, pupil: Pupil) -> None:
    """The administrator finds the case on the desk and voids the record with a reason."""
    page = office.page
    await page.goto("/cases")
    await page.get_by_role("main").get_by_role("link", name=re.compile(pupil.plan.name)).click()
    for text in (DOUBT, ANSWER):
        await expect(page.get_by_text(text)).to_be_visible()
    await office.require_accessible()
    await page.get_by_role("radio", name=re.compile("^复核不通过，作废")).check(force=True)
    await page.get_by_role("button", name="复核不通过，作废").click()
    await expect(page.get_by_text("请选择理由")).to_be_visible()
    await page.get_by_role("radio", name="内容与事实不符").check(force=True)
    await page.get_by_role("textbox", name="说明").fill(DECISION)
    await office.require_accessible()
    await page.get_by_role("button", name="复核不通过，作废").click()
    await expect(page.get_by_text("已提交", exact=True)).to_be_visible()
    await expect(page.get_by_text("已办结").first).to_be_visible()


async def read_outcome(visitor: Visitor, outcome: str, reason: str) -> None:
    """A message leads to the outcome and its reason; afterwards nothing is unread."""
    page = await open_message(visitor, "质疑(处理结果|有结果了)")
    await expect(page.get_by_role("status").filter(has_text=f"已办结：{outcome}")).to_be_visible()
    await expect(page.get_by_text(reason).first).to_be_visible()
    await expect(page.get_by_text("对结果有疑问，请联系")).to_be_visible()
    await expect(page.get_by_text("质疑人：")).to_have_count(0)
    await visitor.require_accessible()


async def move(campus: Campus, opens: Any, closes: Any) -> None:
    """Move publicity."""
    await terms.change_windows(campus, campus.term, timetable.windows(opens - hours(2), opens, closes))


async def begun(user: User, case_id: str) -> None:
    """Wait until a case waits for this person."""

    async def waits() -> bool | None:
        return (await user.get(f"/publicity/cases/{case_id}"))["waits_for_me"] or None

    await until("转入处理", waits)


async def returned(school: Region, campus: Campus, pupil: Pupil) -> str:
    """A record of this pupil that the class teacher returned with a reason; its id."""
    record = await create_record(school.world, pupil, campus.term["id"], title=TITLE, data__name=TITLE)
    teacher = campus.school_classes[0].teacher
    reason = {"reason_code": "incomplete", "note": RETURNED}
    await teacher.post(f"/records/records/{record['id']}/return", reason)
    return str(record["id"])


@pytest.mark.feature("JX-04", "JX-05", "JX-06", "JX-07", "JX-08", "JX-09", "JX-10", "L-15", "X-08")
async def test_a_returned_record_is_corrected_selected_objected_to_and_decided(
    visitors: Visitors, school: Region, device: Device
) -> None:
    campus = await a_small_school(school, 4)
    pupil, neighbour, other, elder = campus.school_classes[0].pupils
    teacher = campus.school_classes[0].teacher
    record_id = await returned(school, campus, pupil)
    student = await visitors.new("student")
    await student.sign_in(pupil.user)
    await correct(student)
    await teacher.post(f"/records/records/{record_id}/approval")
    await eligible_entry(pupil, record_id)
    await select(student)
    extra = await create_record(school.world, other, campus.term["id"], title=TITLE, data__name=TITLE, data__account=CORRECTED)
    await teacher.post(f"/records/records/{extra['id']}/approval")
    entry = await eligible_entry(other, extra["id"])
    await other.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"]]})

    await move(campus, now(), now() + hours(24))
    await until("公示栏开放", lambda: shown(pupil.user, campus))
    await student.page.goto("/board")
    await expect(student.page.get_by_role("article").filter(has_text=pupil.plan.name)).to_contain_text("自己的记录")
    parent = await visitors.new("parent")
    assert neighbour.guardian is not None
    assert elder.guardian is not None
    await parent.sign_in(neighbour.guardian)
    case_id = await complain(parent, pupil)
    in_large = None
    if device.touch:  # journey 8: the same in large type
        in_large = await visitors.new("in-large-type")
        await in_large.page.goto("/sign-in")
        await in_large.page.get_by_role("button", name="大字版").click()
        await in_large.sign_in(elder.guardian)
        second = await complain(in_large, other)
        assert await in_large.page.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing is cut"

    await move(campus, now() - hours(1), now())
    await begun(pupil.user, case_id)
    await insist(student, device)
    await the_photo_tells_nothing(pupil.user, case_id)
    case_ids = [case_id]
    if in_large:
        await other.user.post(f"/publicity/cases/{second}/actions", {"action": "insist", "text": ANSWER})
        case_ids.append(second)
    for one in case_ids:
        await teacher.post(f"/publicity/cases/{one}/actions", {"action": "agree"})
    if in_large:
        await campus.administrator.post(f"/publicity/cases/{second}/actions", {"action": "agree", "text": ANSWER})
    office = await visitors.new("office", device=DESKTOP)
    await office.sign_in(campus.administrator)
    await decide(office, pupil)

    await read_outcome(parent, "作废", DECISION)
    await read_outcome(student, "作废", DECISION)
    if in_large:
        await read_outcome(in_large, "保留原记录", ANSWER)


async def shown(user: User, campus: Campus) -> bool | None:
    """Whether the board is open for this person; None if not."""
    return await terms.accepted(lambda path, _: user.get(path, term_id=campus.term["id"]), "/publicity/board", None)


async def the_photo_tells_nothing(user: User, case_id: str) -> None:
    """The photo of a complaint stands upright, and says neither where nor with what it was taken."""
    case = await user.get(f"/publicity/cases/{case_id}")
    [photo] = [file for file in case["files"] if file["with_complaint"]]
    address = await user.get(f"/publicity/case-files/{photo['file_id']}/address")
    data = await user.gateway.fetch(address["url"])
    assert quarters(data) == {name: name for name in UPRIGHT}
    assert not dict(Image.open(io.BytesIO(data)).getexif())


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def board(school: Region) -> Campus:
    """An open board with a record of each pupil but the last."""
    campus = await a_small_school(school, 5)
    for pupil in campus.school_classes[0].pupils[:4]:
        changed = {"title": TITLE, "data__name": TITLE, "data__account": CORRECTED}
        record = await create_record(school.world, pupil, campus.term["id"], **changed)
        await campus.school_classes[0].teacher.post(f"/records/records/{record['id']}/approval")
        entry = await eligible_entry(pupil, record["id"])
        await pupil.user.post("/publicity/selections", {"entry_ids": [entry["entry_id"]]})
    await move(campus, now(), now() + hours(24))
    await until("公示栏开放", lambda: shown(campus.pupils[0].user, campus))
    return campus


async def at_the_form(visitors: Visitors, campus: Campus, pupil: Pupil) -> tuple[Visitor, User]:
    """The parent of the last pupil, at the form of a complaint about a record of `pupil`."""
    user = campus.school_classes[0].pupils[4].guardian
    assert user is not None
    parent = await visitors.new("parent")
    await parent.sign_in(user)
    await open_form(parent, pupil)
    return parent, user


async def complaints(user: User, pupil: Pupil) -> int:
    """How many complaints about this pupil's records this person made."""
    mine = await user.everything("/publicity/cases", mine="true")
    return sum(case["student_id"] == pupil.student_id for case in mine)


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("JX-08")
async def test_a_double_press_complains_once_and_the_way_back_does_not_lead_to_the_form(
    visitors: Visitors, board: Campus, device: Device
) -> None:
    pupil = board.school_classes[0].pupils[0]
    parent, user = await at_the_form(visitors, board, pupil)
    page = parent.page
    await write(page)
    await page.get_by_role("button", name="提交").dblclick()
    await expect(page).to_have_url(re.compile("/my-cases/"))
    await page.go_back()
    await expect(page.get_by_text(CORRECTED)).to_be_visible()
    await expect(page.get_by_role("link", name="信息有误，立即反馈")).to_have_count(0)
    assert await complaints(user, pupil) == 1


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("JX-08", "L-19", "X-13")
async def test_a_lost_answer_and_a_session_that_ends_lose_no_complaint_and_make_no_second_one(
    visitors: Visitors, board: Campus, device: Device
) -> None:
    pupil = board.school_classes[0].pupils[1]
    parent, user = await at_the_form(visitors, board, pupil)
    page, sent = parent.page, []

    async def lose(route: Route) -> None:
        sent.append(route.request.headers["idempotency-key"])
        if len(sent) == 1:  # the service has it, the answer is lost
            await route.fetch()
            await route.abort("internetdisconnected")
        elif len(sent) == 2:  # the token is too old by now
            await route.fulfill(status=401, json={"title": "需要登录", "status": 401, "code": "unauthenticated"})
        else:
            await route.continue_()

    await write(page)
    await page.route("**/api/publicity/cases", lose)
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("alert").filter(has_text="再提交一次不会重复")).to_be_visible()
    await expect(page.get_by_label("具体情况")).to_have_value(DOUBT)
    await parent.require_accessible()
    await end_session(page)
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("dialog", name="需要重新登录")).to_be_visible()
    await sign_in_over(page, user.username, user.password)
    await expect(page).to_have_url(re.compile("/my-cases/"))
    await expect(page.get_by_text(DOUBT)).to_be_visible()
    assert len(set(sent)) == 1
    assert await complaints(user, pupil) == 1


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("JX-08", "L-15")
async def test_files_that_cannot_be_taken_are_told_and_another_tab_keeps_what_is_written(
    visitors: Visitors, board: Campus, device: Device
) -> None:
    pupil = board.school_classes[0].pupils[2]
    parent, user = await at_the_form(visitors, board, pupil)
    page = parent.page
    await write(page)
    await choose(page, b"\xff\xd8" + bytes(30 * 2**20))
    await expect(page.get_by_role("alert").filter(has_text="文件不能超过30")).to_be_visible()
    await choose(page, b"no picture at all")
    await expect(rows(page).filter(has_text="没传上去")).to_have_count(1)
    await parent.require_accessible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("alert").filter(has_text="1 个文件没有传上去，请重试或删掉")).to_be_visible()
    await page.get_by_role("button", name=re.compile("照片 1$")).last.click()
    await expect(page.get_by_text("草稿已保存")).to_be_visible()

    tab = await parent.context.new_page()
    await tab.goto(page.url)
    await expect(tab.get_by_label("具体情况")).to_have_value(DOUBT)
    await expect(page.get_by_text("这份草稿也在另一个标签页里打开")).to_be_visible()
    await tab.get_by_role("button", name="提交").click()
    await expect(tab).to_have_url(re.compile("/my-cases/"))
    await expect(page.get_by_text("这份草稿已在另一个标签页里发出或删掉")).to_be_visible()
    await page.get_by_role("button", name="提交").click()
    await expect(page.get_by_role("alert").or_(page.get_by_text(DOUBT)).first).to_be_visible()
    assert await complaints(user, pupil) == 1


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("JX-09")
async def test_an_amended_record_leads_back_to_its_case_and_is_handed_in_there(
    visitors: Visitors, board: Campus, device: Device
) -> None:
    pupil, parent = board.school_classes[0].pupils[3], board.school_classes[0].pupils[4].guardian
    assert parent is not None
    [entry] = await pupil.user.everything("/publicity/entries", term_id=board.term["id"])
    complaint = {"entry_id": entry["entry_id"], "complaint_type": "exaggerated", "text": DOUBT, "files": []}
    case_id = (await parent.post("/publicity/cases", complaint))["case_id"]
    await move(board, now() - hours(1), now())
    await begun(pupil.user, case_id)
    student = await visitors.new("student")
    await student.sign_in(pupil.user)
    page = student.page
    await page.goto(f"/my-cases/{case_id}")
    await page.get_by_role("button", name="修改记录").click()
    await page.get_by_role("dialog").get_by_role("link", name="修改记录").click()
    await page.get_by_label("过程与收获").fill(CORRECTED.replace("四次", "两次"))
    await page.get_by_role("button", name="改好了").click()
    await expect(page).to_have_url(re.compile(f"/my-cases/{case_id}$"))
    await expect(page.get_by_text("记录已经改好，还要在这里提交")).to_be_visible()
    await student.require_accessible()
    await page.get_by_role("button", name="提交修改").click()
    await page.get_by_role("dialog").get_by_role("button", name="提交修改").click()
    await expect(page.get_by_text("等班主任处理")).to_be_visible()
