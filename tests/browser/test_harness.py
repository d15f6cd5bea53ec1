"""What every journey relies on: that nothing wrong in a browser passes unnoticed, and that a browser can end and come back."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.conftest import Client
from tests.browser.devices import PHONE, Device
from tests.browser.visitors import Visitors

_OPEN = """const open = () => new Promise((done) => {
  const request = indexedDB.open('harness', 1)
  request.onupgradeneeded = () => request.result.createObjectStore('texts')
  request.onsuccess = () => done(request.result)
})
const ended = (request) => new Promise((done) => { request.onsuccess = () => done(request.result) })"""
STORE = f"""async () => {{ {_OPEN}
await ended((await open()).transaction('texts', 'readwrite').objectStore('texts').put('kept', 1)) }}"""
READ = f"""async () => {{ {_OPEN}
return ended((await open()).transaction('texts').objectStore('texts').get(1)) }}"""
pytestmark = pytest.mark.parametrize("device", [PHONE], ids=str)


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("document.body.append(Object.assign(document.createElement('script'), {textContent: 'x = 1'}))", "script-src"),
        ("document.body.setAttribute('style', 'color: red')", "style-src"),
        ("fetch('http://127.0.0.1:9/').catch(() => 1)", "connect-src"),
        ("document.body.append(Object.assign(new Image(), {src: 'data:image/png;base64,AAAA'}))", "img-src"),
        ("console.error('told by the page')", "told by the page"),
        ("setTimeout(() => { throw new Error('thrown by the page') })", "thrown by the page"),
    ],
)
async def test_what_is_wrong_in_a_page_fails_its_journey(
    visitors: Visitors, device: Device, script: str, expected: str
) -> None:
    anybody = await visitors.new("anybody")
    await anybody.page.goto("/sign-in")
    # Playwright's own scripts are outside the policy, so the page does it itself.
    await anybody.page.evaluate(script)
    for _ in range(50):
        if any(expected in complaint for complaint in anybody.complaints):
            break
        await asyncio.sleep(0.1)
    assert any(expected in complaint for complaint in anybody.complaints), anybody.complaints
    anybody.complaints.clear()


async def test_axe_finds_what_is_not_accessible(visitors: Visitors, device: Device) -> None:
    anybody = await visitors.new("anybody")
    await anybody.page.goto("/sign-in")
    await anybody.page.get_by_role("button", name="登录", exact=True).wait_for()
    await anybody.page.evaluate("document.querySelector('main').append(document.createElement('button'))")
    with pytest.raises(AssertionError, match="button-name"):
        await anybody.require_accessible()


async def test_a_browser_that_is_killed_still_has_what_was_stored(visitors: Visitors, device: Device) -> None:
    student = await visitors.new("student", own_browser=True)
    await student.page.goto("/sign-in")
    await student.page.evaluate(STORE)
    await visitors.kill(student)
    student = await visitors.again(student)
    await student.page.goto("/sign-in")
    assert await student.page.evaluate(READ) == "kept"


async def test_a_page_from_before_a_release_still_finds_its_parts(visitors: Visitors, device: Device, client: Client) -> None:
    anybody = await visitors.new("anybody")
    await anybody.page.goto("/sign-in")
    async with client.version("next"):
        await anybody.page.get_by_role("link", name="忘记密码").click()
        await expect(anybody.page.get_by_role("heading", level=1)).to_contain_text("密码")
        await anybody.page.goto("/version.json")
        await expect(anybody.page.get_by_text("next")).to_be_visible()
