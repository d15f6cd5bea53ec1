"""What a file really is. Pure and CPU-heavy: called in a thread. Decides by content, never by name or claim.

Pillow, pikepdf and puremagic are loaded by the first file that needs them: most processes never see one.
"""

import hashlib
import io
from dataclasses import dataclass

_MOST_PIXELS = 60_000_000
_IMAGES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class NotAccepted(Exception):  # noqa: N818  an answer
    """The file is not what it should be; the message is for people."""


@dataclass(frozen=True)
class Inspected:
    """A checked file: its real type and fingerprint, and the copy that others may see (None: the file as it is)."""

    media_type: str
    sha256: str
    public: bytes | None


def inspect(data: bytes, accepted: frozenset[str]) -> Inspected:
    """Tell the real type, refuse what is not `accepted`, and strip position and other metadata from images."""
    sha = hashlib.sha256(data).hexdigest()
    head = data[:8]
    if head.startswith(b"%PDF-"):
        media_type, public = _pdf(data)
    elif head.startswith(b"PK\x03\x04"):
        media_type, public = _WORKBOOK, None
    else:
        media_type, public = _image(data)
    if media_type not in accepted:
        raise NotAccepted(f"不接受这种文件（{media_type}）")
    return Inspected(media_type, sha, public)


def _image(data: bytes) -> tuple[str, bytes | None]:
    from PIL import Image, ImageOps, UnidentifiedImageError  # see above

    Image.MAX_IMAGE_PIXELS = _MOST_PIXELS
    try:
        with Image.open(io.BytesIO(data), formats=tuple(_IMAGES)) as image:
            kind = image.format or ""
            if image.width * image.height > _MOST_PIXELS:
                raise NotAccepted("图片尺寸过大")
            image.load()
            upright = ImageOps.exif_transpose(image)
            out = io.BytesIO()
            if kind == "PNG":
                upright.save(out, "PNG")
            else:
                upright.convert("RGB").save(out, kind, quality=88)
    except (UnidentifiedImageError, OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise NotAccepted(f"无法识别的文件（{_guess(data)}），请上传图片或 PDF") from None
    return _IMAGES[kind], out.getvalue()


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
    except pikepdf.PdfError:
        raise NotAccepted("PDF 已损坏") from None
    return "application/pdf", None


def _guess(data: bytes) -> str:
    import puremagic  # see above

    try:
        return str(puremagic.from_string(data[:4096], mime=True)) or "未知类型"
    except (puremagic.PureError, ValueError):
        return "未知类型"
