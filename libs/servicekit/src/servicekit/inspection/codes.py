"""Reads the QR codes in a picture or on the first pages of a PDF (NR-03). For hostile input: called in the sandbox only."""

import io
from typing import Any

from servicekit.inspection import page_drawing
from servicekit.inspection.inspect import PDF

LONGEST_SIDE = 2600
"""Pixels: a form that fills the picture has some ten pixels a module then; more costs time only."""
MOST_PAGES = 4
"""Pages of a PDF that are looked at."""
MOST_CODES = 8
MOST_CHARACTERS = 300
"""Of one code; longer ones are nothing of ours."""


def read(data: bytes, media_type: str) -> list[str]:
    """The texts of the QR codes, each once. `data` is a clean copy, whose pixels are bounded already. Raises NotAccepted."""
    pictures = page_drawing.draw(data, 1, MOST_PAGES, 1600) if media_type == PDF else [data]
    found: dict[str, None] = {}
    for picture in pictures:
        found |= dict.fromkeys(_of_picture(picture))
    return list(found)[:MOST_CODES]


def _of_picture(data: bytes) -> list[str]:
    import zxingcpp  # most processes need it never
    from PIL import Image, ImageOps

    with Image.open(io.BytesIO(data)) as opened:
        picture: Any = ImageOps.exif_transpose(opened).convert("L")
    picture.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    results = zxingcpp.read_barcodes(picture, formats=zxingcpp.BarcodeFormats([zxingcpp.BarcodeFormat.QRCode]))
    return [result.text for result in results if len(result.text) <= MOST_CHARACTERS]
