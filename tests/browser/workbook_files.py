"""Workbooks at a browser: download a template, choose a file."""

import asyncio
from pathlib import Path

from demo.steps.batches import XLSX
from playwright.async_api import Locator, Page

PATIENCE = 90_000
"""Milliseconds: a check starts a process of its own, on a busy machine."""


async def download(page: Page, button: Locator) -> bytes:
    """What the button downloads."""
    async with page.expect_download(timeout=PATIENCE) as started:
        await button.click()
    file = await (await started.value).path()
    return await asyncio.to_thread(Path(file).read_bytes)


async def upload(page: Page, name: str, data: bytes) -> None:
    """Choose a workbook in the page's field for files."""
    field = page.locator("input[type=file]")
    await field.set_input_files({"name": name, "mimeType": XLSX, "buffer": data})
