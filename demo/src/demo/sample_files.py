"""Sample evidence files: photographs (JPEG with GPS metadata), scans (PNG) and PDF documents."""

import io
import random
from functools import cache
from pathlib import Path
from typing import Any

from PIL import Image, ImageDraw, ImageFont
from pylopdf_fonts_zh_cn import sans_path

_GPS = 0x8825


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    return ImageFont.truetype(str(Path(sans_path())), size)


def _certificate(rng: random.Random, name: str, title: str) -> Image.Image:
    image = Image.new("RGB", (640, 452), (253, 250, 240))
    draw = ImageDraw.Draw(image)
    red = (168 + rng.randrange(40), 32, 32)
    draw.rectangle((14, 14, 626, 438), outline=red, width=5)
    draw.rectangle((24, 24, 616, 428), outline=(196, 160, 84), width=2)
    draw.text((320, 84), "荣誉证书", font=_font(48), fill=red, anchor="mm")
    draw.text((70, 160), f"{name} 同学：", font=_font(26), fill=(30, 30, 30))
    draw.text((70, 210), f"在“{title[:16]}”中表现突出，", font=_font(24), fill=(30, 30, 30))
    draw.text((70, 252), "特发此证，以资鼓励。", font=_font(24), fill=(30, 30, 30))
    draw.text((560, 350), f"编号 {rng.randrange(10**7):07d}", font=_font(18), fill=(90, 90, 90), anchor="rm")
    draw.ellipse((430, 296, 530, 396), outline=red, width=4)
    return image


def _saved(image: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    image.save(out, kind, **options)
    return out.getvalue()


def photograph(seed: int, name: str, title: str) -> bytes:
    """A JPEG with GPS metadata, like a phone's."""
    exif = Image.Exif()
    exif[_GPS] = {1: "N", 2: (28.0, 41.0, 30.0), 3: "E", 4: (115.0, 52.0, 20.0)}
    return _saved(_certificate(random.Random(seed), name, title), "JPEG", quality=80, exif=exif)


def scan(seed: int, name: str, title: str) -> bytes:
    """A PNG."""
    return _saved(_certificate(random.Random(seed), name, title).quantize(32), "PNG")


def letter(seed: int, name: str, title: str) -> bytes:
    """A PDF of one page."""
    return _saved(_certificate(random.Random(seed), name, title), "PDF")


def evidence(seed: int, name: str, title: str) -> tuple[str, str, bytes]:
    """(name, media type, bytes) of an evidence file: by `seed` a photograph, a scan or a PDF."""
    match seed % 10:
        case 0 | 1:
            return f"证明-{seed}.pdf", "application/pdf", letter(seed, name, title)
        case 2 | 3:
            return f"扫描件-{seed}.png", "image/png", scan(seed, name, title)
        case _:
            return f"照片-{seed}.jpg", "image/jpeg", photograph(seed, name, title)
