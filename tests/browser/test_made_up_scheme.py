"""A scheme made up here is displayed and filled in without any change to the client: every type of field, and its own words."""

import re
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from demo.client import User
from playwright.async_api import expect
from stack.platform import Platform

from tests.browser.photos import a_photo
from tests.browser.visitors import Visitors
from tests.world import build

TYPED = {
    "船名": "白帆号", "见闻": "风大浪高，远处有灯", "启航日": "2026-03-01", "返航日": "2026-03-03",
    "望见灯塔的时刻": "2026-03-02T21:30", "帆数": "３", "绕岛用时": "12'30", "值更": "90分钟",
    "夜航灯号": "双闪",
}  # fmt: skip
STORED = {
    "boat": "白帆号", "story": "风大浪高，远处有灯", "left_on": "2026-03-01", "back_on": "2026-03-03",
    "seen_at": "2026-03-02T21:30:00+08:00", "sails": 3, "speed": {"outcome": "becalmed"}, "lap": "PT12M30S", "watch": "1.5",
    "wind": "north", "night": True, "lamp": "双闪", "island": "东礁", "flag": 1,
}  # fmt: skip


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pupil(platform: Platform) -> AsyncIterator[User]:
    """The pupil of a school with the scheme in `schemes/made_up`."""
    campus = await build.a_school_of(platform, "made_up", build.open_now("hand_in", "harbour_board"))
    await campus.administrator.post("/records/catalogs/islands/items", {"titles": ["东礁", "西礁"]})
    yield campus.pupils[0].user
    await campus.administrator.gateway.http.close()


@pytest.mark.feature("X-01", "CS-06", "X-09", "X-12", "L-12", "L-13")
async def test_a_scheme_that_the_client_never_saw_is_filled_in_and_sent(visitors: Visitors, pupil: User) -> None:
    sailor = await visitors.new("sailor")
    await sailor.sign_in(pupil)
    page = sailor.page
    await page.goto("/report")
    await expect(page.get_by_role("heading", level=1)).to_have_text("投递")
    await page.get_by_role("link", name=re.compile("一次出海.*已投递")).click()
    await expect(page.get_by_text("船长批语")).to_have_count(0)
    await expect(page.get_by_role("region", name="凭证")).to_contain_text("图片，每个不超过 2MB")

    for label, value in TYPED.items():
        await page.get_by_label(label).fill(value)
    await page.get_by_text("北风", exact=True).click()
    await page.get_by_role("group", name="是否夜航").get_by_text("是", exact=True).click()
    await page.get_by_text("东礁", exact=True).click()
    await page.get_by_role("button", name="无风").click()
    await page.get_by_label("返航日").fill("2026-02-01")
    await page.get_by_label("夜航灯号").fill("")
    await page.get_by_role("button", name="投递", exact=True).click()
    for sentence in ("船旗照片不能为空", "请至少上传1份凭证", "返航不能早于启航", "夜航灯号不能为空（风向为北风时必填）"):
        await expect(page.get_by_text(sentence)).to_be_visible()
    await sailor.require_accessible()

    await page.get_by_label("返航日").fill(TYPED["返航日"])
    await page.get_by_label("夜航灯号").fill(TYPED["夜航灯号"])
    async with page.expect_file_chooser() as picker:
        await page.get_by_text(re.compile("^(相册|图片)$")).click()
    photo = {"name": "a.jpg", "mimeType": "image/jpeg", "buffer": a_photo(6, 600, 800)}
    await (await picker.value).set_files([photo])  # type: ignore[list-item]
    await page.get_by_role("radiogroup", name="船旗照片").get_by_text("照片 1", exact=True).click()
    await page.get_by_role("button", name="投递", exact=True).click()
    await expect(page.get_by_text("已投递", exact=True)).to_be_visible()
    [newest, *_] = (await pupil.get("/records/records"))["items"]
    assert (await pupil.get(f"/records/records/{newest['id']}"))["data"] == STORED

    await page.goto("/board")
    steps = page.get_by_role("region", name="公示步骤")
    await expect(steps).to_contain_text(
        "现在是“甲板公示”：本班的学生、家长和本校有关老师能看。中途通过或更正的航海日志，从那时起公示到"
    )
    await sailor.require_accessible()
