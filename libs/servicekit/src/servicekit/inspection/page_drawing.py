"""Pictures of the pages of a PDF. For hostile input: called in the sandbox only."""

import io
from typing import Any

from servicekit.inspection.not_accepted import NotAccepted

MOST_PAGES = 200
"""Pages of one PDF that are drawn; who wants to read more of a file downloads it."""
MOST_RATIO = 4.0
"""A page is at most so many times as high as it is wide, else it is drawn narrower."""
_UNDRAWN = "此页无法显示，请下载后查看"
_LEAST = 1.0


def fitted(size: tuple[float, float], width: int) -> tuple[int, int]:
    """Width and height in pixels of a page of this size in points, drawn for a viewer of this width."""
    across, down = max(size[0], _LEAST), max(size[1], _LEAST)
    scale = min(width / across, MOST_RATIO * width / down)
    return max(1, round(across * scale)), max(1, round(down * scale))


def measure(data: bytes) -> tuple[int, list[tuple[float, float]]]:
    """How many pages a PDF has, and the sizes in points of those that are drawn. Raises NotAccepted."""
    with _opened(data) as pdf:
        count = len(pdf)
        sizes = [pdf.get_page_size(n) for n in range(min(count, MOST_PAGES))]
    return count, [(round(across, 2), round(down, 2)) for across, down in sizes]


def draw(data: bytes, first: int, last: int, width: int) -> list[bytes]:
    """Pages `first` to `last` (the first page is 1), each as a WebP. Raises NotAccepted."""
    made = []
    with _opened(data) as pdf:
        for number in range(first, min(last, len(pdf), MOST_PAGES) + 1):
            page = pdf[number - 1]
            size = page.get_size()
            across, down = fitted(size, width)
            picture = page.render(scale=max(across / max(size[0], _LEAST), 1 / max(size[1], _LEAST))).to_pil().convert("RGB")
            if picture.size != (across, down):  # pdfium rounds up
                picture = picture.resize((across, down))
            out = io.BytesIO()
            picture.save(out, "WEBP", quality=76, method=1)
            made.append(out.getvalue())
            page.close()
    return made


def _opened(data: bytes) -> Any:
    import pypdfium2  # type: ignore[import-untyped]  # most processes need it never

    try:
        return pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError:
        raise NotAccepted(_UNDRAWN) from None
