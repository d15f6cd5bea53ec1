"""Determines what a file is, by its content only. Pure and CPU-heavy: called in its own process.

Pillow, pikepdf, pypdfium2 and puremagic are imported when a file needs them: most processes never do.
"""

import hashlib
import io
from dataclasses import dataclass
from typing import Any

_MOST_PIXELS = {"JPEG": 220_000_000, "PNG": 36_000_000, "WEBP": 36_000_000}
"""JPEG is decoded in steps, so that the largest pictures of phones need no more memory than others."""
_PUBLIC_SIDE = 4096
PREVIEW_SIDE = 480
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotAccepted(Exception):  # noqa: N818  not a fault
    """The file is refused; the message is for users."""


@dataclass(frozen=True)
class Inspected:
    """A checked file: type, SHA-256, the copy that others may see (None: the file itself), and a small JPEG of an image
    for lists. `first_page` makes that of a PDF."""

    media_type: str
    sha256: str
    public: bytes | None
    preview: bytes | None = None


def inspect(data: bytes, accepted: frozenset[str]) -> Inspected:
    """Determine the type, refuse those not `accepted`, and remove position and other metadata from images."""
    sha = hashlib.sha256(data).hexdigest()
    head = data[:8]
    preview: bytes | None = None
    if head.startswith(b"%PDF-"):
        media_type, public = _pdf(data)
    elif head.startswith(b"PK\x03\x04"):
        media_type, public = _WORKBOOK, None
    else:
        media_type, public, preview = _image(data)
    if media_type not in accepted:
        raise NotAccepted(f"不接受这种文件（{media_type}）")
    return Inspected(media_type, sha, public, preview)


def _image(data: bytes) -> tuple[str, bytes, bytes]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # see above

    Image.MAX_IMAGE_PIXELS = None  # checked below, before decoding, with a message for users
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_IMAGES)) as image:
            kind = image.format or ""
            if image.width * image.height > _MOST_PIXELS[kind]:
                raise NotAccepted(f"图片尺寸过大（{image.width}×{image.height}），请缩小后上传")
            image.draft(None, (_PUBLIC_SIDE, _PUBLIC_SIDE))
            image.load()
            small = image.copy() if max(image.size) <= _PUBLIC_SIDE else _fitted(image, _PUBLIC_SIDE)
            small.info = image.info
        upright = ImageOps.exif_transpose(small)
        profile = upright.info.get("icc_profile")
        upright.info = {}  # removes comments, XMP and EXIF, which may contain the location
        return _IMAGES[kind], _as(upright, kind, profile), _as(_fitted(upright, PREVIEW_SIDE), "JPEG", None)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, EOFError):
        raise NotAccepted(f"无法识别的文件（{_guess(data)}），请上传图片或 PDF") from None


def _fitted(image: Any, side: int) -> Any:
    """A copy that fits into a square."""
    plain = image.convert("RGBA" if "A" in image.getbands() or "transparency" in image.info else "RGB")
    plain.thumbnail((side, side))
    return plain


def _as(image: Any, kind: str, profile: bytes | None) -> bytes:
    from PIL import Image  # see above

    out = io.BytesIO()
    if kind == "PNG":
        image.save(out, "PNG", icc_profile=profile)
        return out.getvalue()
    if image.mode == "RGBA":
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image.getchannel("A"))
        image = background
    image.convert("RGB").save(out, kind, quality=88, icc_profile=profile if image.mode == "RGB" else None)
    return out.getvalue()


def _pdf(data: bytes) -> tuple[str, bytes | None]:
    import pikepdf  # see above

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) == 0:
                raise NotAccepted("PDF 没有页面")
            names = pdf.Root.get("/Names", pikepdf.Dictionary())
            if "/OpenAction" in pdf.Root or "/AA" in pdf.Root or "/JavaScript" in names or "/EmbeddedFiles" in names:
                raise NotAccepted("PDF 含有脚本或附件，请另存为普通 PDF")
    except pikepdf.PasswordError:
        raise NotAccepted("PDF 设有密码，请去除密码后上传") from None
    except (pikepdf.PdfError, TypeError, ValueError, KeyError, RecursionError):
        raise NotAccepted("PDF 已损坏") from None
    return "application/pdf", None


def first_page(data: bytes) -> bytes | None:
    """A small JPEG of a PDF's first page; None where it cannot be drawn."""
    import pypdfium2  # type: ignore[import-untyped]  # see above

    try:
        with pypdfium2.PdfDocument(data) as pdf:
            page = pdf[0]
            width, height = page.get_size()
            scale = min(4.0, PREVIEW_SIDE / max(width, height, 1.0))
            picture = page.render(scale=scale, draw_annots=False).to_pil().convert("RGB")
    except (pypdfium2.PdfiumError, ValueError, IndexError, ZeroDivisionError, OverflowError):
        return None
    return _as(_fitted(picture, PREVIEW_SIDE), "JPEG", None)


def _guess(data: bytes) -> str:
    import puremagic  # see above

    try:
        return str(puremagic.from_string(data[:4096], mime=True)) or "未知类型"
    except (puremagic.PureError, ValueError):
        return "未知类型"
