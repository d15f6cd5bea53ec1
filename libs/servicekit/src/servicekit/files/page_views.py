"""Response shapes of files and of the pages of PDFs, the same in every service."""

from collections.abc import Iterable
from typing import Annotated

from contracts.base import EvidenceRef
from pydantic import BaseModel, Field

from servicekit.files.media_types import neutrally_named
from servicekit.files.pages import WIDTHS, Pages
from servicekit.files.storage import ADDRESS_SECONDS, StoredObject
from servicekit.inspection.page_drawing import fitted

type Width = Annotated[int, Field(ge=1, le=10_000)]
"""Pixels that a viewer has (of the device, not of the page's style)."""


class EvidenceItem(EvidenceRef):
    """A file of a record as a viewer needs it: `number` in its order, from 1; `preview`: it has a small picture."""

    number: int
    preview: bool


class PageView(BaseModel):
    """A page that is drawn, with the size in pixels of its largest picture, so that a viewer can leave room for it."""

    page: int
    width: int
    height: int


class PagesView(BaseModel):
    """How many pages a PDF has, and those that are drawn: all, unless it is very long."""

    pages: int
    drawn: list[PageView]


class PictureView(BaseModel):
    """Where the picture of a page (WebP) can be fetched for `seconds`, and its size in pixels."""

    url: str
    width: int
    height: int
    seconds: int


def evidence_items(evidence: Iterable[EvidenceRef]) -> list[EvidenceItem]:
    """The files of a record under neutral names, in their order."""
    return [
        EvidenceItem(**dict(file), number=number, preview=file.preview_key is not None)
        for number, file in enumerate(neutrally_named(evidence), 1)
    ]


async def pages_view(pages: Pages, source: StoredObject) -> PagesView:
    """The pages of a PDF; `no_pages` for other files."""
    found = await pages.measured(source)
    sizes = [fitted(size, WIDTHS[-1]) for size in found.sizes]
    drawn = [PageView(page=number, width=width, height=height) for number, (width, height) in enumerate(sizes, 1)]
    return PagesView(pages=found.pages, drawn=drawn)


async def picture_view(pages: Pages, source: StoredObject, page: int, width: int) -> PictureView:
    """The picture of a page for a viewer with so many pixels: the smallest that is sharp there. Made at the first look."""
    chosen = next((one for one in WIDTHS if one >= width), WIDTHS[-1])
    found, picture = await pages.measured(source), await pages.picture(source, page, chosen)
    across, down = fitted(found.sizes[page - 1], chosen)
    return PictureView(url=pages.storage.address(picture), width=across, height=down, seconds=ADDRESS_SECONDS)
