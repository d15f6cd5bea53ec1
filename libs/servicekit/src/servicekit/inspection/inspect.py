"""Determines what a file is, by its content only, and makes the clean copy that is stored (L-15, L-16).

Pure and CPU-heavy: called in its own process. Libraries are imported when a file needs them: most processes never do.
"""

import hashlib
from dataclasses import dataclass

from servicekit.inspection import pdfs, pictures
from servicekit.inspection.not_accepted import NotAccepted

PDF = "application/pdf"
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@dataclass(frozen=True)
class Inspected:
    """A checked file: type, clean copy with its SHA-256, and a small JPEG for lists (None: there is none).

    `proof`: the upload itself is signed or sealed, which no copy can be. `size`: width and height in pixels of a picture.
    `page_sizes`: of a PDF, in points, of the pages that are drawn; `pages` may be more.
    """

    media_type: str
    sha256: str
    clean: bytes
    preview: bytes | None = None
    proof: bool = False
    size: tuple[int, int] | None = None
    pages: int | None = None
    page_sizes: tuple[tuple[float, float], ...] = ()


def inspect(data: bytes, accepted: frozenset[str]) -> Inspected:
    """Determine the type, refuse those not `accepted`, and make the clean copy. Raises NotAccepted."""
    preview, proof, size = None, False, None
    if pictures.is_picture(data):
        media_type, clean, preview, size = pictures.clean(data, accepted)
    elif b"%PDF-" in data[:1024]:  # scanners write something before it
        media_type = PDF
        clean, proof = pdfs.clean(data)
    elif data.startswith(b"PK\x03\x04"):
        media_type, clean = WORKBOOK, data
    else:
        raise NotAccepted(f"无法识别的文件（{_guess(data)}），请上传图片或 PDF")
    if media_type not in accepted:
        raise NotAccepted(f"不接受这种文件（{media_type}）")
    return Inspected(media_type, hashlib.sha256(clean).hexdigest(), clean, preview, proof, size)


def _guess(data: bytes) -> str:
    import puremagic  # see above

    try:
        return str(puremagic.from_string(data[:4096], mime=True)) or "未知类型"
    except (puremagic.PureError, ValueError):
        return "未知类型"
