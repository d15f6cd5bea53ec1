"""After publicity: the self-evaluation, the sealed archive, the career archive, and who verifies an archive (journeys 2, 7, 8).

Everything is found by role and name, as the accessibility tree has it.
"""

import hashlib
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import pytest_asyncio
from playwright.async_api import Page, expect

from tests.browser.devices import PHONE, Device
from tests.browser.graduates import Graduates, publish_and_close
from tests.browser.visitors import Visitor, Visitors
from tests.world.region import Region

SAID = "这个学期我坚持每周去社区敬老院读报，从不敢开口到能和老人聊家常，也学会了提前安排时间，期末还把方法教给了同学。"


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def graduates(school: Region) -> AsyncIterator[Graduates]:
    """A term in which self-evaluations are written."""
    yield await publish_and_close(school)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def sealed(graduates: Graduates) -> AsyncIterator[Graduates]:
    """The same term, sealed."""
    await graduates.seal()
    yield graduates


async def open_archives(student: Visitor) -> Page:
    """From the start page to the list of archives: on the phone it stands under 我的."""
    page = student.page
    if await page.get_by_role("link", name="我的", exact=True).count():
        await page.get_by_role("link", name="我的", exact=True).click()
        await expect(page.get_by_role("heading", level=1, name="我的")).to_be_visible()
    await page.get_by_role("link", name="档案", exact=True).click()
    await expect(page.get_by_role("heading", level=1, name="档案")).to_be_visible()
    return page


async def open_archive(student: Visitor) -> Page:
    page = await open_archives(student)
    await page.get_by_role("link", name=re.compile("学期 1")).first.click()
    await expect(page.get_by_text("已签发，可核验")).to_be_visible()
    return page


@pytest.mark.feature("JX-12", "X-12", "X-13")
async def test_a_student_writes_the_self_evaluation_after_publicity(
    visitors: Visitors, graduates: Graduates, device: Device
) -> None:
    student = await visitors.new("student")
    await student.sign_in(graduates.pupil(device).user)
    page = student.page
    await page.get_by_role("link", name=re.compile("^学期自评")).first.click()
    box = page.get_by_role("textbox", name="学期自评的内容")
    await expect(box).to_be_visible()
    await expect(page.get_by_text("同学看不到")).to_be_visible()
    await student.require_accessible()

    # A reload loses nothing.
    await box.fill(SAID[:20])
    await expect(page.get_by_text("草稿已保存")).to_be_visible()
    await page.reload()
    await expect(box).to_have_value(SAID[:20])

    # Too short: it says by how much.
    await page.get_by_role("button", name="交学期自评").click()
    await expect(page.get_by_text("还差 10 字，至少 30 字")).to_be_visible()
    await expect(box).to_be_focused()
    await student.require_accessible()

    await box.fill(SAID)
    await page.get_by_role("button", name="交学期自评").click()
    await expect(page.get_by_role("button", name="保存修改")).to_be_visible()

    # It may be changed while the window is open.
    await box.fill(SAID + "下学期继续。")
    await page.get_by_role("button", name="保存修改").click()
    await expect(page.get_by_text("改好了")).to_be_visible()
    await page.reload()
    await expect(box).to_have_value(SAID + "下学期继续。")


@pytest.mark.feature("JX-13", "X-10", "L-19")
async def test_a_student_opens_downloads_and_verifies_the_archive(
    visitors: Visitors, sealed: Graduates, device: Device, tmp_path: Path
) -> None:
    student = await visitors.new("student")
    pupil = sealed.pupil(device)
    await student.sign_in(pupil.user)
    page = await open_archive(student)
    await expect(page.get_by_role("heading", level=2, name="一、基本信息")).to_be_visible()
    await expect(page.get_by_role("img", name=re.compile("各维度：思想品德 3"))).to_be_visible()
    await expect(page.get_by_text("不是分数，也不排名").first).to_be_visible()
    await expect(page.get_by_role("heading", level=2, name=re.compile("写实记录"))).to_be_visible()
    await student.require_accessible()

    # The file is the one that was signed.
    async with page.expect_download() as started:
        await page.get_by_role("button", name=re.compile("下载 PDF")).click()
    file = tmp_path / "archive.pdf"
    await (await started.value).save_as(file)
    [archive] = (await pupil.user.get("/archive/archives", kind="term"))["items"]
    assert hashlib.sha256(file.read_bytes()).hexdigest() == archive["pdf_sha256"]

    # Its pages are pictures, for phones that cannot show a PDF.
    await page.get_by_role("button", name="看 PDF 页面").click()
    await expect(page.get_by_role("dialog").get_by_role("img").first).to_be_visible()
    await page.keyboard.press("Escape")
    await expect(page.get_by_role("dialog")).to_have_count(0)

    # The code leads to the public page.
    if device.touch:
        await page.get_by_role("button", name="核验", exact=True).click()
    await expect(page.get_by_role("img", name=re.compile("核验二维码"))).to_be_visible()
    await student.require_accessible()
    async with student.context.expect_page() as opened:
        await page.get_by_role("link", name="打开核验页").click()
    verification = await opened.value
    await expect(verification.get_by_role("heading", level=1)).to_have_text("真实有效，由本平台签发")


@pytest.mark.parametrize("device", [PHONE], ids=str)
@pytest.mark.feature("X-10")
async def test_a_university_employee_sees_on_a_phone_whether_an_archive_is_genuine(
    visitors: Visitors, sealed: Graduates, device: Device, tmp_path: Path
) -> None:
    student = await visitors.new("student")
    pupil = sealed.pupil(device)
    await student.sign_in(pupil.user)
    page = await open_archive(student)
    await page.get_by_role("button", name="核验", exact=True).click()
    label = await page.get_by_role("img", name=re.compile("核验二维码")).get_attribute("aria-label")
    assert label is not None
    printed = urlsplit(label.rpartition(" ")[2]).path
    async with page.expect_download() as started:
        await page.get_by_role("button", name=re.compile("下载 PDF")).click()
    genuine = tmp_path / "archive.pdf"
    await (await started.value).save_as(genuine)

    # The QR code on paper, without an account: genuine, with no more than is needed to compare.
    employee = await visitors.new("employee")
    page = employee.page
    await page.goto(printed)
    await expect(page.get_by_role("heading", level=1)).to_have_text("真实有效，由本平台签发")
    await expect(page.get_by_text(pupil.plan.name)).to_have_count(0)
    await expect(page.get_by_text(f"{pupil.plan.name[0]}*")).to_be_visible()
    await employee.require_accessible()

    # The file that was handed in.
    chooser = page.get_by_label("选择要核验的文件")
    await chooser.set_input_files(genuine)
    await expect(page.get_by_text("真实：这就是签发的原件，没有任何改动。")).to_be_visible()
    altered = tmp_path / "altered.pdf"
    altered.write_bytes(genuine.read_bytes().replace(b"%%EOF", b"% \n%%EOF"))
    await chooser.set_input_files(altered)
    await expect(page.get_by_text("文件被改动过")).to_be_visible()
    invented = tmp_path / "invented.json"
    invented.write_text(json.dumps({"content": {"code": "0000-1111-2222-3333-4444"}}, separators=(",", ":")), encoding="utf-8")
    await chooser.set_input_files(invented)
    await expect(page.get_by_text("伪造的文件")).to_be_visible()

    # Paper with a code that nobody issued.
    await page.goto("/verify/0000-1111-2222-3333-4444")
    await expect(page.get_by_role("heading", level=1)).to_have_text("没有找到这份档案")
    await expect(page.get_by_text("手中的档案可能是伪造的")).to_be_visible()
    await employee.require_accessible()


@pytest.mark.feature("JX-13")
async def test_a_student_selects_for_the_career_archive_within_its_limits_and_has_it_made(
    visitors: Visitors, sealed: Graduates, device: Device
) -> None:
    student = await visitors.new("student")
    await student.sign_in(sealed.pupil(device).user)
    page = await open_archives(student)
    await page.get_by_role("link", name=re.compile("进生涯档案的记录")).click()
    boxes = page.get_by_role("checkbox")
    await expect(boxes).to_have_count(3)
    await expect(page.get_by_text("已选 0 / 2 条")).to_be_visible()
    await student.require_accessible()
    rows = page.get_by_role("listitem").filter(has=page.get_by_role("checkbox"))
    for number in range(3):
        await rows.nth(number).click()
    await expect(page.get_by_text("最多 2 条，先去掉一条再选").first).to_be_visible()
    await expect(page.get_by_text("已选 2 / 2 条")).to_be_visible()
    await page.get_by_role("button", name="保存", exact=True).click()
    await expect(page.get_by_text("还没有保存")).to_have_count(0)

    # For good: it says what is missing and that there is no way back.
    await page.get_by_role("button", name="生成生涯档案").click()
    dialog = page.get_by_role("alertdialog")
    await expect(dialog.get_by_text("还缺 5 个学期的档案")).to_be_visible()
    await expect(dialog.get_by_text("生成后不能再改")).to_be_visible()
    await student.require_accessible()
    await dialog.get_by_role("button", name="生成", exact=True).click()
    await expect(page.get_by_text("已签发，可核验")).to_be_visible(timeout=60_000)
    await expect(page.get_by_role("heading", level=1, name="生涯档案")).to_be_visible()
