"""Makes the clean copy of a picture: the first picture, upright, in sRGB, without any metadata (L-15, L-16).

CPU-heavy, and for hostile input: called in the sandbox only. Pillow is imported when the first picture comes.
"""

import io
import warnings
from typing import TYPE_CHECKING, Any

from servicekit.inspection.not_accepted import NotAccepted

if TYPE_CHECKING:
    from PIL import Image

LARGEST_SIDE = 4096
PREVIEW_SIDE = 480
_GREY = (128, 128, 128)
"""What the JPEG decoder draws where data are missing."""
_MOST_MISSING = 0.1
"""Part of the rows that a repaired JPEG may lack."""
_STEPS = {"JPEG": 220_000_000, "HEIF": 64_000_000, "AVIF": 64_000_000}
"""Maximum pixels. JPEG is decoded in steps, so that the largest pictures of phones need no more memory than others."""
_MOST_PIXELS = 36_000_000
_CLEAN = {"PNG": "PNG", "GIF": "PNG", "BMP": "PNG", "WEBP": "WEBP"}
"""The format of the clean copy, by the format of the upload; JPEG for all others. Drawings stay without loss."""
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png", "WEBP": "image/webp"}
_HEADER = 65536
"""Bytes at the beginning of a HEIC file among which its properties are."""
_TURNS = {2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}
"""EXIF orientation → `Image.Transpose`."""


def is_picture(data: bytes) -> bool:
    """Whether the first bytes are those of a picture that can be opened."""
    heads = (b"\xff\xd8\xff", b"\x89PNG\r\n\x1a\n", b"GIF87a", b"GIF89a", b"BM", b"II*\0", b"MM\0*")
    return data.startswith(heads) or data[4:8] == b"ftyp" or (data[:4] == b"RIFF" and data[8:12] == b"WEBP")


def clean(data: bytes, accepted: frozenset[str]) -> tuple[str, bytes, bytes, tuple[int, int]]:
    """Media type and bytes of the clean copy, a small JPEG for lists, and width and height. Raises NotAccepted."""
    with warnings.catch_warnings(action="ignore"):  # about malformed metadata, which goes anyway
        image, kind = _decoded(data)
    wanted = _CLEAN.get(kind, "JPEG")
    if _MEDIA_TYPES[wanted] not in accepted:
        wanted = "JPEG"
    return _MEDIA_TYPES[wanted], _encoded(image, wanted), _encoded(_fitted(image, PREVIEW_SIDE), "JPEG"), image.size


def small_jpeg(image: "Image.Image") -> bytes:
    """A small JPEG of a picture, for lists."""
    return _encoded(_fitted(image, PREVIEW_SIDE), "JPEG")


def _decoded(data: bytes) -> tuple["Image.Image", str]:
    """The first picture, upright and at most `LARGEST_SIDE` wide and high, and the format of the file."""
    try:
        image = _open(data)
        try:
            _load(image)
        except OSError:
            if image.format != "JPEG":
                raise
            image = _open(data + b"\xff\xd9")  # ends the data, so that the decoder gives what there is
            _load(image)
            _need_most_rows(image)
        kind, turn, profile = image.format or "", _TURNS.get(_orientation(image, data)), image.info.get("icc_profile")
        plain = _plain(image)
        if max(plain.size) > LARGEST_SIDE:
            plain = _fitted(plain, LARGEST_SIDE)
        plain = _in_srgb(plain, profile)
        return plain if turn is None else plain.transpose(turn), kind  # type: ignore[arg-type]
    except (OSError, ValueError, SyntaxError, EOFError, TypeError, KeyError, IndexError, AttributeError, RuntimeError):
        raise NotAccepted("图片已损坏，无法打开，请重新拍摄或另存后上传") from None


def _open(data: bytes) -> "Image.Image":
    from PIL import Image, JpegImagePlugin  # see above

    Image.MAX_IMAGE_PIXELS = None  # checked below, before decoding, with a message for users
    file = io.BytesIO(data)
    if data.startswith(b"\xff\xd8"):  # not through `Image.open`, which would look for the further pictures of the file
        image: Image.Image = JpegImagePlugin.JpegImageFile(file)
    else:
        if data[4:8] == b"ftyp":
            import pillow_heif  # see above

            pillow_heif.register_heif_opener(thumbnails=False)
            image = Image.open(file, formats=("HEIF", "AVIF"))
        else:
            image = Image.open(file, formats=("PNG", "WEBP", "GIF", "BMP", "TIFF"))
    if image.width * image.height > _STEPS.get(image.format or "", _MOST_PIXELS):
        raise NotAccepted(f"图片尺寸过大（{image.width}×{image.height}），请缩小后上传")
    return image


def _load(image: "Image.Image") -> None:
    image.draft(None, (LARGEST_SIDE, LARGEST_SIDE))  # JPEG only: decodes at a half, a quarter or an eighth
    image.load()


def _need_most_rows(image: "Image.Image") -> None:
    """Refuse a JPEG that lacks more than its last bytes."""
    from PIL import Image, ImageChops  # see above

    seen = image.convert("RGB")
    box = ImageChops.difference(seen, Image.new("RGB", seen.size, _GREY)).getbbox()
    missing = 1 - (box[3] if box else 0) / seen.height
    if missing > _MOST_MISSING:
        raise NotAccepted(f"图片没有上传完整，缺少约 {missing:.0%}，请重新上传")


def _orientation(image: "Image.Image", data: bytes) -> int:
    """The orientation that the decoder has not applied yet, as in EXIF."""
    if image.format == "HEIF":  # the decoder follows the file's own turns; some writers only have EXIF's
        turned = b"irot" in data[:_HEADER] or b"imir" in data[:_HEADER]
        return 1 if turned else int(image.info.get("original_orientation") or 1)
    try:
        return int(image.getexif().get(0x0112, 1))
    except Exception:  # EXIF written by devices is often malformed, and Pillow raises whatever comes; the picture counts
        return 1


def _plain(image: "Image.Image") -> "Image.Image":
    """The picture in a mode that the encoders and the colour conversion know: 1, L, P, RGB, RGBA or CMYK."""
    if "transparency" in image.info or image.mode in ("LA", "La", "PA", "RGBa"):
        return image.convert("RGBA")
    if image.mode in ("1", "L", "P", "RGB", "RGBA", "CMYK"):
        return image
    if image.mode in ("F", "I") or image.mode.startswith("I;"):  # more than 8 bits: the brightest pixel is white
        grey = image.convert("F")
        _, most = grey.getextrema()
        factor = 255 / most if most > 255 else 1.0  # type: ignore[operator]
        return grey.point(lambda value: value * factor).convert("L")
    return image.convert("RGB")


def _in_srgb(image: "Image.Image", profile: bytes | None) -> "Image.Image":
    """The picture in the colour space that every screen assumes. A profile names its device, so it cannot stay."""
    from PIL import ImageCms  # see above

    mode = "RGBA" if image.mode == "RGBA" else "RGB"
    if profile and image.mode not in ("1", "P"):
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            if "sRGB" not in ImageCms.getProfileDescription(source):
                made = ImageCms.profileToProfile(image, source, ImageCms.createProfile("sRGB"), outputMode=mode)
                image = made or image
        except (ImageCms.PyCMSError, OSError, ValueError, TypeError):
            pass  # a profile that does not fit: the colours as they are
    return image.convert("RGB") if image.mode == "CMYK" else image


def _fitted(image: "Image.Image", side: int) -> "Image.Image":
    """A copy that fits into a square."""
    plain = image.convert("RGBA" if image.mode == "RGBA" else "RGB")
    plain.thumbnail((side, side))
    return plain


def _encoded(image: "Image.Image", kind: str) -> bytes:
    """The file, with nothing in it but the picture."""
    from PIL import Image  # see above

    out = io.BytesIO()
    if kind == "JPEG" and image.mode == "RGBA":
        background = Image.new("RGB", image.size, "white")
        background.paste(image, mask=image.getchannel("A"))
        image = background
    options: dict[str, Any] = {"quality": 88} if kind != "PNG" else {}
    plain = image if kind == "PNG" or (kind == "WEBP" and image.mode == "RGBA") else image.convert("RGB")
    plain.info = {}  # comments, XMP, EXIF, which may contain the position; Pillow would write some of them
    plain.encoderinfo = {}
    plain.save(out, kind, **options)
    return out.getvalue()
