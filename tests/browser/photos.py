"""Photos as cameras write them: the pixels as the sensor lies, and the orientation beside them."""

import io
import random

from PIL import Image

UPRIGHT = {"top left": (200, 40, 40), "top right": (40, 160, 60), "bottom left": (40, 60, 200), "bottom right": (220, 190, 40)}
"""The colours of a photo's quarters when it stands upright."""
_STORED = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_90,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_270,
}
"""EXIF orientation → how the upright photo becomes what the sensor saw."""


def a_photo(orientation: int, width: int = 2000, height: int = 3000, *, grain: int = 0) -> bytes:
    """A JPEG that stands upright once it is turned as its EXIF says. `grain`: noise, which makes the file large."""
    upright = Image.new("RGB", (width, height))
    for number, colour in enumerate(UPRIGHT.values()):
        upright.paste(colour, (number % 2 * width // 2, number // 2 * height // 2, width, height))
    if grain:
        noise = Image.frombytes("L", (width, height), random.Random(orientation).randbytes(width * height))
        upright = Image.blend(upright, noise.convert("RGB"), grain / 100)
    stored = upright.transpose(_STORED[orientation]) if orientation in _STORED else upright
    exif = Image.Exif()
    exif[0x0112] = orientation
    exif[0x010F], exif[0x013B] = "手机", "拍照的人"  # maker and artist, which nobody who sees the photo should learn
    file = io.BytesIO()
    stored.save(file, "JPEG", quality=92, exif=exif.tobytes())
    return file.getvalue()


def quarters(data: bytes) -> dict[str, str]:
    """Which colour is in which quarter of a picture: `{"top left": "top left", …}` if it stands upright."""
    picture = Image.open(io.BytesIO(data)).convert("RGB")
    found = {}
    for number, name in enumerate(UPRIGHT):
        at = (int(picture.width * (0.25 + number % 2 * 0.5)), int(picture.height * (0.25 + number // 2 * 0.5)))
        around = picture.crop((at[0] - 20, at[1] - 20, at[0] + 20, at[1] + 20)).resize((1, 1), Image.Resampling.BOX)
        seen = around.getpixel((0, 0))
        assert isinstance(seen, tuple)
        found[name] = min(UPRIGHT, key=lambda one: sum((a - b) ** 2 for a, b in zip(UPRIGHT[one], seen, strict=True)))
    return found
