"""PDF renderer: archival PDFs that contain all text, whatever the data."""

import asyncio
import importlib
import io
import os
import re
from datetime import UTC, datetime
from pathlib import Path

import pikepdf
import pytest
from typesetting import PLAIN, PdfRenderer, PdfRendererPool, TypesettingError

MADE_AT = datetime(2026, 1, 20, tzinfo=UTC)
SLIP = """
#let data = json("data.json")
#set document(title: data.title)
#set text(font: ("Noto Serif SC", "Noto Sans SC"), lang: "zh", region: "cn")
#data.title #sys.inputs.missing
#pdf.attach("extra.json", read("extra.json", encoding: none), relationship: "source", mime-type: "application/json",
  description: "数据")
"""


def a_folder(path: Path, **templates: str) -> Path:
    """A folder of templates."""
    for name, text in {"slip": SLIP, **templates}.items():
        (path / f"{name}.typ").write_text(text)
    return path


def letters(pdf: bytes) -> str:
    """Every character in the fonts of the file, from their ToUnicode maps."""
    found = ""
    with pikepdf.open(io.BytesIO(pdf)) as document:
        for item in document.objects:
            if isinstance(item, pikepdf.Dictionary) and "/ToUnicode" in item:
                text = item.ToUnicode.read_bytes().decode("latin-1")
                shown = re.findall(r"<([0-9A-Fa-f]{4,})>\s*$", text, re.MULTILINE)
                found += "".join(bytes.fromhex(digits).decode("utf-16-be", "ignore") for digits in shown)
    return found


@pytest.mark.feature("X-10")
def test_a_page_is_archival_accessible_and_carries_letters_and_files(tmp_path: Path) -> None:
    renderer = PdfRenderer(a_folder(tmp_path))
    pdf = renderer.print("slip.typ", {"title": "账号通知单"}, {"extra.json": b'{"a":1}'}, made_at=MADE_AT)
    assert set("账号通知单") <= set(letters(pdf))
    with pikepdf.open(io.BytesIO(pdf)) as document:
        described = document.open_metadata()
        assert (described.get("pdfaid:part"), described.get("pdfaid:conformance")) == ("3", "A")
        assert described.get("pdfuaid:part") == "1"
        assert document.attachments["extra.json"].get_file().read_bytes() == b'{"a":1}'
        assert str(document.Root.Lang) == "zh-CN"
    assert pdf == renderer.print("slip.typ", {"title": "账号通知单"}, {"extra.json": b'{"a":1}'}, made_at=MADE_AT)
    clock = MADE_AT.replace(microsecond=123456)
    assert pdf == renderer.print("slip.typ", {"title": "账号通知单"}, {"extra.json": b'{"a":1}'}, made_at=clock)


@pytest.mark.feature("X-10")
def test_a_character_without_a_glyph_becomes_a_placeholder_and_the_template_knows(tmp_path: Path) -> None:
    renderer = PdfRenderer(a_folder(tmp_path))
    pdf = renderer.print("slip.typ", {"title": "晓\ue863\u200b雨\x00\ufffe"}, {"extra.json": b"{}"})
    assert {"晓", "〓", "雨", "y"} <= set(letters(pdf))
    plain = renderer.print("slip.typ", {"title": "晓雨"}, {"extra.json": b"{}"})
    assert not {"〓", "y"} & set(letters(plain))


@pytest.mark.feature("X-10")
def test_every_kind_of_character_can_be_printed(tmp_path: Path) -> None:
    renderer = PdfRenderer(a_folder(tmp_path))
    every = [chr(p) for p in range(0x20, 0x30000, 31) if not 0xD800 <= p < 0xE000]
    assert renderer.print("slip.typ", {"title": "题", "more": every}, {"extra.json": b"{}"})
    shown = SLIP + '#data.more.join(" ")'
    renderer = PdfRenderer(a_folder(tmp_path, every=shown))
    assert renderer.print("every.typ", {"title": "题", "more": every}, {"extra.json": b"{}"})


@pytest.mark.feature("X-10")
@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("gone.typ", None),
        ("bad.typ", "#let x = "),
        ("short.typ", '#json("data.json").nothing'),
        ("font.typ", '#text(font: "Gone")[字]'),
    ],
)
def test_an_invalid_template_is_refused_with_its_name(tmp_path: Path, template: str, text: str | None) -> None:
    folder = a_folder(tmp_path, **({} if text is None else {template.removesuffix(".typ"): text}))
    with pytest.raises(TypesettingError, match=template):
        PdfRenderer(folder).print(template, {"title": "题"}, standards=PLAIN)


@pytest.mark.feature("X-10")
async def test_a_pool_prints_in_its_own_process_and_outlives_a_dead_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ZP_TOKEN_KEY", "a secret")
    monkeypatch.syspath_prepend(Path(__file__).parent)
    jobs_of_tests = importlib.import_module("renderer_jobs")
    async with PdfRendererPool(a_folder(tmp_path), workers=1) as pool:
        jobs = [pool.run(PdfRenderer.print, "slip.typ", {"title": t}, {"extra.json": b"{}"}) for t in ("张", "王")]
        pages = await asyncio.gather(*jobs)
        assert [t in letters(page) for t, page in zip("张王", pages, strict=True)] == [True, True]
        with pytest.raises(TypesettingError, match=r"gone\.typ"):
            await pool.run(PdfRenderer.print, "gone.typ", {})
        number, _, settings = (await pool.run(jobs_of_tests.look_around)).decode().partition(" ")
        assert (int(number) != os.getpid(), settings) == (True, "[]")
        assert await pool.run(jobs_of_tests.die_once, tmp_path / "died") == b"alive"
        for job, reason in ((jobs_of_tests.die, "crash"), (jobs_of_tests.fail, "nothing of the sort")):
            with pytest.raises(TypesettingError, match=reason):
                await pool.run(job)
        assert await pool.run(PdfRenderer.print, "slip.typ", {"title": "张"}, {"extra.json": b"{}"})
