"""Photos as phones make them become clean JPEGs; drawings stay without loss; no decoder ends the process (L-15, L-16)."""

import io
import random
import subprocess
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pillow_heif
import pytest
import pytest_asyncio
from PIL import Image, ImageCms
from servicekit.files.inspector import Inspector
from servicekit.files.media_types import is_possible, neutral_name
from servicekit.inspection.inspect import inspect
from servicekit.inspection.not_accepted import NotAccepted

ACCEPTED = frozenset({"image/jpeg", "image/png", "image/webp", "application/pdf"})
CASES = Path("tests/cases")
CASE_FILES = [path.read_bytes() for kind in ("pdf", "jpg") for path in sorted(CASES.glob(f"*.{kind}"))]
AUTHOR = "Invented Author"
pillow_heif.register_heif_opener()


def a_picture(mode: str = "RGB", size: tuple[int, int] = (64, 48)) -> Image.Image:
    """The left half red (dark, where there is no colour), the right half blue (light)."""
    picture = Image.new("RGB", size, "blue")
    picture.paste((255, 0, 0), (0, 0, size[0] // 2, size[1]))
    return picture.convert(mode)


def saved(picture: Image.Image, kind: str, **options: Any) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def exif() -> Image.Exif:
    made = Image.Exif()
    made[0x010F], made[0x013B] = "INVENTED MAKE", AUTHOR
    made.get_ifd(0x8825)[1] = "N"
    made.get_ifd(0x8825)[2] = (28.0, 40.0, 55.0)
    return made


def opened(data: bytes) -> Image.Image:
    picture = Image.open(io.BytesIO(data))
    picture.load()
    return picture


def red_and_blue(data: bytes) -> bool:
    picture = opened(data).convert("RGB")
    left, right = (picture.getpixel((x, picture.height // 2)) for x in (picture.width // 4, picture.width * 3 // 4))
    assert isinstance(left, tuple)
    assert isinstance(right, tuple)
    return left[0] > 200 > 60 > left[2] and right[2] > 200 > 60 > right[0]


@pytest.mark.feature("L-15")
def test_of_a_file_with_several_pictures_the_first_is_kept() -> None:
    data = (CASES / "multi_picture.jpg").read_bytes()
    seen = inspect(data, ACCEPTED)
    picture = opened(seen.clean)
    assert (seen.media_type, picture.format, picture.size, getattr(picture, "n_frames", 1)) == (
        "image/jpeg",
        "JPEG",
        (320, 240),
        1,
    )
    assert len(seen.clean) < len(data)
    burst = saved(a_picture(), "MPO", save_all=True, append_images=[a_picture("L").convert("RGB")])
    assert red_and_blue(inspect(burst, ACCEPTED).clean)


@pytest.mark.feature("L-15")
@pytest.mark.parametrize(
    "trailer",
    [b"SEFH" + b"\0" * 40 + b"SEFT", saved(a_picture("L"), "JPEG"), b"ftypmp42" + b"\0" * 400, b"\0" * 3000],
    ids=["Samsung's trailer", "a gain map", "a motion photo", "padding"],
)
def test_what_a_phone_writes_behind_the_picture_is_left_out(trailer: bytes) -> None:
    data = saved(a_picture(), "JPEG", quality=90) + trailer
    seen = inspect(data, ACCEPTED)
    assert red_and_blue(seen.clean)
    assert trailer not in seen.clean
    assert seen.clean.endswith(b"\xff\xd9")


@pytest.mark.feature("L-15", "L-16")
@pytest.mark.parametrize(
    ("kind", "wanted"),
    [("HEIF", "JPEG"), ("AVIF", "JPEG"), ("TIFF", "JPEG"), ("JPEG", "JPEG"), ("WEBP", "WEBP"),
     ("PNG", "PNG"), ("GIF", "PNG"), ("BMP", "PNG")],
)  # fmt: skip
def test_each_kind_of_picture_is_accepted_by_content_and_loses_its_metadata(kind: str, wanted: str) -> None:
    options = {"comment": AUTHOR.encode()} if kind == "GIF" else {"exif": exif()} if kind != "BMP" else {}
    data = saved(a_picture(), kind, **options)
    assert kind == "BMP" or AUTHOR.encode() in data
    seen = inspect(data, ACCEPTED)
    picture = opened(seen.clean)
    assert (picture.format, picture.size, seen.media_type) == (wanted, (64, 48), f"image/{wanted.lower()}")
    assert red_and_blue(seen.clean)
    assert AUTHOR.encode() not in seen.clean
    assert dict(picture.getexif()) == {}


@pytest.mark.feature("L-15")
@pytest.mark.parametrize("kind", ["GIF", "PNG", "WEBP", "AVIF", "TIFF"])
def test_of_a_moving_picture_the_first_is_kept(kind: str) -> None:
    data = saved(a_picture(), kind, save_all=True, append_images=[a_picture().rotate(180), a_picture().rotate(90)])
    picture = opened(inspect(data, ACCEPTED).clean)
    assert getattr(picture, "n_frames", 1) == 1
    assert red_and_blue(inspect(data, ACCEPTED).clean)


@pytest.mark.feature("L-15")
@pytest.mark.parametrize(
    ("mode", "kind"),
    [("CMYK", "JPEG"), ("L", "JPEG"), ("P", "PNG"), ("1", "PNG"), ("LA", "PNG"), ("RGBA", "PNG"), ("I;16", "PNG"),
     ("CMYK", "TIFF"),
     ("I;16", "TIFF"), ("F", "TIFF"), ("I", "TIFF"), ("LAB", "TIFF"), ("RGBA", "WEBP"), ("RGBA", "HEIF"), ("YCbCr", "TIFF")],
)  # fmt: skip
def test_every_mode_of_colour_becomes_one_that_screens_show(mode: str, kind: str) -> None:
    if mode in ("I;16", "I", "F"):
        picture = a_picture("L").convert("I").point(lambda value: value * 200).convert(mode)
    elif mode == "LAB":
        lab = ImageCms.createProfile("LAB")
        changed = ImageCms.profileToProfile(a_picture(), ImageCms.createProfile("sRGB"), lab, outputMode="LAB")
        assert changed is not None
        picture = changed
    else:
        picture = a_picture(mode)
    seen = inspect(saved(picture, kind), ACCEPTED)
    shown = opened(seen.clean)
    assert shown.mode in ("1", "L", "P", "RGB", "RGBA")
    left, right = (shown.convert("L").getpixel((x, 24)) for x in (16, 48))
    assert isinstance(left, int | float)
    assert isinstance(right, int | float)
    assert abs(left - 76) < 60 or mode in ("1", "I;16", "I", "F"), "as bright as red"
    assert left >= right, "red is brighter than blue"
    assert shown.convert("L").getextrema() != (0, 0)


@pytest.mark.feature("L-15")
def test_colours_of_a_wide_profile_become_those_of_the_screen_and_the_profile_goes() -> None:
    profile = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    swapped = profile.replace(b"rXYZ", b"????").replace(b"gXYZ", b"rXYZ").replace(b"????", b"gXYZ")
    other = swapped.replace("sRGB".encode("utf-16-be"), "Cam1".encode("utf-16-be")).replace(b"sRGB", b"Cam1")
    for kind in ("JPEG", "PNG"):
        seen = opened(inspect(saved(Image.new("RGB", (32, 32), (255, 0, 0)), kind, icc_profile=other), ACCEPTED).clean)
        red, green, _ = seen.convert("RGB").getpixel((9, 9))  # type: ignore[misc]
        assert green > 200 > red, "the profile's red is the screen's green"
        assert "icc_profile" not in seen.info
    broken = saved(a_picture(), "JPEG", icc_profile=b"no profile at all" * 20)
    assert red_and_blue(inspect(broken, ACCEPTED).clean)


@pytest.mark.feature("L-15")
@pytest.mark.parametrize("kind", ["baseline", "progressive"])
@pytest.mark.parametrize("lost", [1, 2, 3, 40])
def test_a_jpeg_without_its_last_bytes_is_repaired(kind: str, lost: int) -> None:
    picture = a_picture(size=(640, 480))
    whole = saved(Image.effect_noise((640, 480), 40).convert("RGB"), "JPEG", progressive=kind == "progressive")
    seen = inspect(whole[:-lost], ACCEPTED)
    assert opened(seen.clean).size == picture.size
    assert seen.clean.endswith(b"\xff\xd9")


@pytest.mark.feature("L-15")
def test_a_jpeg_that_lacks_a_large_part_is_refused_with_how_much_is_missing() -> None:
    whole = saved(Image.effect_noise((640, 480), 40).convert("RGB"), "JPEG")
    with pytest.raises(NotAccepted, match=r"图片没有上传完整，缺少约 [45]\d%"):
        inspect(whole[: len(whole) // 2], ACCEPTED)


@pytest.mark.feature("L-15")
@pytest.mark.parametrize("turn", range(9))
@pytest.mark.parametrize("kind", ["JPEG", "HEIF", "AVIF", "TIFF", "PNG", "WEBP"])
def test_a_picture_stands_upright_whatever_its_orientation_says(kind: str, turn: int) -> None:
    marked = exif()
    marked[0x0112] = turn
    seen = opened(inspect(saved(a_picture(), kind, exif=marked), ACCEPTED).clean)
    assert seen.size == ((48, 64) if turn in (5, 6, 7, 8) else (64, 48))


@pytest.mark.feature("L-15")
def test_broken_exif_costs_the_metadata_only() -> None:
    for text in (b"Exif\0\0" + b"\xff" * 60, b"Exif\0\0II*\0\x08\0\0\0\xff\xff" + b"\x12\x01\x09\0" * 30, b"Exif\0\0MM"):
        data = saved(a_picture(), "JPEG")
        segment = b"\xff\xe1" + (len(text) + 2).to_bytes(2) + text
        assert red_and_blue(inspect(data[:2] + segment + data[2:], ACCEPTED).clean)


@pytest.mark.feature("L-15")
def test_a_large_picture_is_fitted_and_a_huge_one_refused() -> None:
    wide = inspect(saved(a_picture(size=(9000, 300)), "JPEG"), ACCEPTED)
    assert opened(wide.clean).width <= 4096
    with pytest.raises(NotAccepted, match="图片尺寸过大"):
        inspect(saved(a_picture("1", size=(7000, 7000)), "PNG"), ACCEPTED)


@pytest.mark.feature("L-15")
@pytest.mark.parametrize(
    ("declared", "possible"),
    [("image/jpeg", True), ("image/jpg", True), ("IMAGE/JPEG; charset=utf-8", True), ("image/pjpeg", True), ("", True),
     (" Image/PNG ", True), ("application/octet-stream", True), ("image/heic", True), ("image/x-ms-bmp", True), ("image", True),
     ("application/x-pdf", True), ("Application/PDF;version=1.7", True), ("video/mp4", False), ("text/html", False),
     ("application/zip", False)],
)  # fmt: skip
def test_a_media_type_in_any_spelling_is_possible_where_its_kind_is_accepted(declared: str, possible: bool) -> None:
    assert is_possible(declared, ACCEPTED) is possible


@pytest.mark.feature("L-16")
def test_neutral_names_tell_kind_and_number_only() -> None:
    assert [neutral_name("image/jpeg", 1), neutral_name("application/pdf", 2)] == ["图片1.jpg", "文件2.pdf"]


@pytest_asyncio.fixture
async def inspector() -> AsyncIterator[Inspector]:
    inspector = Inspector(at_once=1)
    yield inspector
    await inspector.sandbox.close()


@pytest.mark.feature("L-15")
async def test_damaged_files_of_every_kind_are_accepted_or_refused_and_the_process_lives(inspector: Inspector) -> None:
    """Bytes changed, removed and repeated at random (the same ones each time): decoders may do as they like but die."""
    luck = random.Random(15)
    kinds = ("JPEG", "MPO", "PNG", "WEBP", "HEIF", "AVIF", "GIF", "BMP", "TIFF")
    whole = [saved(a_picture(), kind, **({} if kind in ("GIF", "BMP") else {"exif": exif()})) for kind in kinds]
    whole += CASE_FILES
    await inspector.inspect(whole[0], ACCEPTED)
    process = inspector.sandbox._free[0].process
    outcomes = set()
    for number in range(400):
        data = bytearray(whole[number % len(whole)])
        for _ in range(luck.choice((1, 2, 8, 40))):
            at = luck.randrange(len(data) or 1)
            if (how := luck.randrange(4)) == 0:
                del data[at : at + luck.randrange(1, 60)]
            elif how == 1:
                data[at:at] = data[luck.randrange(len(data) or 1) :][: luck.randrange(40)]
            elif data:
                data[min(at, len(data) - 1)] = luck.choice((0, 1, 0x7F, 0xFF, luck.randrange(256)))
        try:
            await inspector.inspect(bytes(data), ACCEPTED)
            outcomes.add("accepted")
        except NotAccepted as refused:
            outcomes.add("refused" if "安全" not in str(refused) else f"{number}: a state that nobody expected")
    assert outcomes == {"accepted", "refused"}
    assert inspector.sandbox._free[0].process is process, "one process for all of them"


@pytest.mark.feature("L-15")
@pytest.mark.parametrize("kind", ["GIF", "BMP", "TIFF", "PNG", "WEBP"])
def test_a_process_that_has_seen_no_picture_before_reads_every_format(kind: str, tmp_path: Path) -> None:
    (tmp_path / "picture").write_bytes(saved(a_picture(), kind))
    program = "import sys; from servicekit.inspection.pictures import clean; clean(open(sys.argv[1], 'rb').read(), frozenset())"
    subprocess.run([sys.executable, "-c", program, str(tmp_path / "picture")], check=True)
