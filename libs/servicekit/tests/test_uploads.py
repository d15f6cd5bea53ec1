"""What uploads are and what they cost: pictures without places, previews, hostile files (JX-03, X-09)."""

import io
import struct
import zlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any

import pikepdf
import pytest
import pytest_asyncio
from PIL import Image, PngImagePlugin
from servicekit.files.inspector import LIMITS, Inspector
from servicekit.inspection.inspect import inspect
from servicekit.inspection.not_accepted import NotAccepted

ACCEPTED = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
PLACE = "GPSLatitude 28.6821N"


def a_photograph(kind: str) -> bytes:
    """40 × 20, lying on its side by EXIF, the left half red; the place is in EXIF, XMP and comments."""
    picture = Image.new("RGB", (40, 20), "blue")
    picture.paste((255, 0, 0), (0, 0, 20, 20))
    exif = Image.Exif()
    exif[0x0112] = 6
    exif[0x010E] = PLACE
    exif.get_ifd(0x8825)[1] = "N"
    exif.get_ifd(0x8825)[2] = (28.0, 40.0, 55.0)
    more: dict[str, Any] = {"exif": exif}
    if kind == "PNG":
        texts = PngImagePlugin.PngInfo()
        texts.add_itxt("XML:com.adobe.xmp", PLACE)
        texts.add_text("Comment", PLACE)
        more["pnginfo"] = texts
    else:
        more["xmp"] = PLACE.encode()
    if kind == "JPEG":
        more["comment"] = PLACE.encode()
    out = io.BytesIO()
    picture.save(out, kind, **more)
    return out.getvalue()


def a_bomb(side: int, rows: int = 100) -> bytes:
    """A small PNG that says it is huge, and is as far as its rows go."""
    row = b"\0" * (side * 3 + 1)
    packed = zlib.compress(row * rows, 1)
    head = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    chunks = ((b"IHDR", head), (b"IDAT", packed), (b"IEND", b""))
    made = (struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks)
    return b"\x89PNG\r\n\x1a\n" + b"".join(made)


def a_pdf(side: float = 400) -> bytes:
    out = io.BytesIO()
    with pikepdf.new() as pdf:
        pdf.add_blank_page(page_size=(side, side))
        pdf.save(out)
    return out.getvalue()


@pytest.mark.feature("JX-03", "X-09")
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_the_stored_copy_tells_no_place_and_stands_upright(kind: str) -> None:
    data = a_photograph(kind)
    assert PLACE.encode() in data
    seen = inspect(data, ACCEPTED)
    assert seen.preview is not None
    for copy in (seen.clean, seen.preview):
        assert PLACE.encode() not in copy
        with Image.open(io.BytesIO(copy)) as image:
            assert (dict(image.getexif()), image.info.get("xmp"), image.info.get("comment")) == ({}, None, None)
            assert image.size == (20, 40), "turned as the camera was held"
            red, _, blue = image.convert("RGB").getpixel((10, 4))  # type: ignore[misc]
            assert red > blue


@pytest_asyncio.fixture
async def inspector() -> AsyncIterator[Inspector]:
    inspector = Inspector(at_once=1)
    yield inspector
    await inspector.sandbox.close()


@pytest.mark.feature("JX-03")
async def test_hostile_and_broken_files_are_refused_in_words_and_the_next_one_is_served(inspector: Inspector) -> None:
    page = b"<html><script>alert(1)</script></html>"
    for data, words in (
        (a_bomb(50_000), "图片尺寸过大（50000×50000），请缩小后上传"),
        (page, "无法识别的文件（text/html）"),
        (b"\xff\xd8\xff\xe0" + page, "图片已损坏，无法打开"),
        (a_photograph("JPEG")[:300], "图片已损坏，无法打开"),
        (a_photograph("PNG")[:90], "图片已损坏，无法打开"),
        (b"%PDF-1.7\n" + page, "PDF 已损坏"),
        (b"PK\x03\x04" + page, "不接受这种文件"),
    ):
        with pytest.raises(NotAccepted, match=words[:12]):
            await inspector.inspect(data, ACCEPTED)
    seen = await inspector.inspect(a_photograph("WEBP"), ACCEPTED)
    assert (seen.media_type, bool(seen.preview)) == ("image/webp", True)


@pytest.mark.feature("JX-03")
async def test_a_pdf_gets_a_small_picture_of_its_first_page_and_a_killed_worker_costs_one_file(inspector: Inspector) -> None:
    seen = await inspector.inspect(a_pdf(14_400), ACCEPTED)
    assert (seen.media_type, seen.clean[:5], seen.proof) == ("application/pdf", b"%PDF-", False)
    assert seen.preview is not None
    with Image.open(io.BytesIO(seen.preview)) as image:
        assert (image.format, max(image.size)) == ("JPEG", 480)

    inspector.limits = replace(LIMITS, cpu=0)
    with pytest.raises(NotAccepted, match="打开时间过长"):
        await inspector.inspect(a_bomb(5900, 5900), ACCEPTED)
    inspector.limits = replace(LIMITS, wall=0.0001)
    with pytest.raises(OSError, match="too busy"):
        await inspector.inspect(a_photograph("JPEG"), ACCEPTED)
    inspector.limits = LIMITS
    assert (await inspector.inspect(a_photograph("JPEG"), ACCEPTED)).media_type == "image/jpeg"
    inspector.sandbox._free[0].process.kill()
    assert (await inspector.inspect(a_photograph("PNG"), ACCEPTED)).media_type == "image/png", "a dead worker is replaced"
