"""Judges a PDF by what it would do, and makes its clean copy (L-16). For hostile input: called in the sandbox only.

Every object of the file is looked at, those in compressed object streams and those that no page uses too. pikepdf and
pypdfium2 are imported when the first PDF comes.
"""

import io
import re
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from servicekit.inspection.not_accepted import NotAccepted
from servicekit.inspection.pictures import LARGEST_SIDE, PREVIEW_SIDE, small_jpeg

_ACTIONS = {
    "/JavaScript": "脚本", "/Launch": "启动程序的动作", "/SubmitForm": "提交数据的动作", "/ImportData": "导入数据的动作",
    "/GoToR": "打开其他文件的动作", "/GoToE": "打开附件的动作", "/Rendition": "播放媒体的动作", "/Movie": "播放媒体的动作",
    "/Sound": "播放媒体的动作", "/RichMediaExecute": "播放媒体的动作", "/GoTo3DView": "三维内容",
}  # fmt: skip
"""What an action does that no evidence needs. Jumps to a page, named moves and links to the web are fine."""
_ANNOTATIONS = {
    "/RichMedia": "多媒体内容", "/3D": "三维内容", "/Screen": "多媒体内容", "/Movie": "多媒体内容", "/Sound": "多媒体内容",
}  # fmt: skip
_SCHEMES = {"", "http", "https", "mailto", "tel"}
_PROGRAMS = (b"MZ", b"\x7fELF", b"\xfe\xed\xfa", b"\xce\xfa\xed\xfe", b"\xcf\xfa\xed\xfe", b"\xca\xfe\xba\xbe", b"dex\n",
             b"#!", b"PK\x03\x04", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\xd0\xcf\x11\xe0", b"L\0\0\0\x01\x14\x02\0", b"MSCF",
             b"ITSF", b"!<arch>")  # fmt: skip
"""First bytes of programs, and of archives and documents that may contain one."""
_PROGRAM_NAMES = re.compile(
    r"\.(exe|com|scr|pif|bat|cmd|ps1|vb|vbs|vbe|js|jse|mjs|wsf|wsh|hta|html?|xhtml|svg|lnk|msi|msp|cpl|dll|jar|apk|app|dmg|pkg|"
    r"deb|rpm|sh|py|pyc|swf|reg|url|inf|iso|img|zip|rar|7z|gz|cab|chm|docm|xlsm|pptm)\s*$", re.IGNORECASE
)  # fmt: skip
_MOST_UNPACKED = 32 * 1024 * 1024
"""Bytes of an unpacked attachment or page."""
_SEAL = re.compile(rb"\n%zp-seal: [A-Za-z0-9_.-]{1,2000}\nstartxref\s")
_PRIVATE = ("/Metadata", "/PieceInfo", "/LastModified", "/CreatorInfo")
"""Keys of any object whose values tell who made it, when and with what."""
_OF_CATALOG = ("/SpiderInfo", "/Threads", "/DSS", "/Perms", "/Legal")
_OF_ANNOTATIONS = ("/T", "/M", "/NM", "/CreationDate", "/RC", "/Popup", "/IRT", "/Subj")
_ASKED = re.compile(
    "|".join(rf"{key}(?![A-Za-z0-9])" for key in (
        *_ACTIONS, *_ANNOTATIONS, *_PRIVATE, "/JS", "/XFA", "/URI", "/EF", "/AF", "/FT", "/ByteRange", "/Annot", "/Rect",
        r"/S \d+ \d+ R", r"/Subtype \d+ \d+ R",
    )).encode()
)  # fmt: skip
"""What `_forbidden` and `_tidy` ask a dictionary for, in the text of an object; a name may stand in an object of its own."""
_FILES = frozenset({"/F", "/UF", "/DOS", "/Unix", "/Mac"})
_METADATA_IN_STREAM = re.compile(rb"\xff\xe1(..)(?:Exif\0|http://ns\.adobe\.com/)", re.DOTALL)
_BROKEN = "PDF 已损坏，请重新导出后上传"


def clean(data: bytes) -> tuple[bytes, bool]:
    """The clean copy, and whether the file is signed or sealed, so that the upload itself is proof. Raises NotAccepted."""
    import pikepdf  # see above

    try:
        with pikepdf.open(io.BytesIO(data)) as pdf:
            if len(pdf.pages) == 0:
                raise NotAccepted("PDF 没有页面")
            return _checked(pdf, data)
    except pikepdf.PasswordError:
        raise NotAccepted("PDF 设有密码，请去除密码后上传") from None
    except (pikepdf.PdfError, TypeError, ValueError, KeyError, AttributeError, RecursionError, OverflowError):
        raise NotAccepted(_BROKEN) from None


def _checked(pdf: Any, data: bytes) -> tuple[bytes, bool]:
    signed = _SEAL.search(data, max(0, len(data) - 4096)) is not None
    dictionaries = list(_dictionaries(pdf))
    found = "文件包（其中的文件请分别上传）" if "/Collection" in pdf.Root else None
    for thing in dictionaries:
        if found := found or _forbidden(thing):
            raise NotAccepted(f"PDF 含有{found}，请另存为普通 PDF（或打印为 PDF）后上传")
        signed = signed or "/ByteRange" in thing
    for thing in dictionaries:
        _tidy(thing)
    _tidy_root(pdf)
    for page in pdf.pages:
        _without_attachments(page.obj)
    out = io.BytesIO()
    pdf.save(out, deterministic_id=True, encryption=False)
    return out.getvalue(), signed


def _dictionaries(pdf: Any) -> Iterator[Any]:
    """Every stream, and every dictionary that has one of the keys or names that are asked for; direct ones inside others too.

    Most objects of a large file have none, which the text of an object tells faster than its keys.
    """
    import pikepdf  # see above

    def asked(thing: Any) -> bool:
        return isinstance(thing, pikepdf.Stream) or _ASKED.search(thing.unparse(resolved=True)) is not None

    waiting: list[tuple[Any, int]] = [(thing, 0) for thing in (pdf.trailer, *pdf.objects) if asked(thing)]
    while waiting:
        thing, depth = waiting.pop()
        if depth > 200:
            raise NotAccepted(_BROKEN)
        if isinstance(thing, pikepdf.Array):
            inside = list(thing)
        elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
            yield thing
            inside = [value for _, value in thing.items()]
        else:
            continue
        waiting.extend(
            (value, depth + 1)
            for value in inside
            if isinstance(value, pikepdf.Array | pikepdf.Dictionary) and not value.is_indirect
        )


def _forbidden(thing: Any) -> str | None:
    """What a dictionary does that is not accepted, in words; None: nothing."""
    import pikepdf  # see above

    keys = thing.keys()
    action = thing["/S"] if "/S" in keys else None
    if isinstance(action, pikepdf.Name) and (found := _ACTIONS.get(str(action))):
        return found
    if "/JS" in keys and isinstance(thing["/JS"], pikepdf.String):
        return "脚本"
    if "/Subtype" in keys and _is_annotation(thing) and (found := _ANNOTATIONS.get(str(thing["/Subtype"]))):
        return found
    if "/XFA" in keys:
        return "动态表单（XFA）"
    if "/URI" in keys and isinstance(thing["/URI"], pikepdf.String) and (found := _bad_address(str(thing["/URI"]))):
        return found
    if _attached(thing):
        name = str(thing.get("/UF", thing.get("/F", "")))
        for _, file in thing["/EF"].items():
            if found := _bad_attachment(name, file):
                return found
    return None


def _attached(thing: Any) -> bool:
    """Whether a dictionary describes an attachment: a resource may have the same name."""
    import pikepdf  # see above

    return isinstance(thing.get("/EF"), pikepdf.Dictionary) and not _FILES.isdisjoint(thing["/EF"].keys())


def _bad_address(address: str) -> str | None:
    """A link that runs a script or opens something of the reader's own machine."""
    compact = "".join(char for char in address if char > " ")
    try:
        scheme = urlsplit(compact).scheme
    except ValueError:
        return None
    if scheme in _SCHEMES:
        return "打开局域网文件的链接" if compact.startswith("\\\\") else None
    return "脚本" if scheme in ("javascript", "vbscript", "data") else f"不安全的链接（{scheme}:）"


def _bad_attachment(name: str, file: Any) -> str | None:
    """An attached program, or an attachment that may contain one. Other attachments are left out of the clean copy."""
    import pikepdf  # see above

    if not isinstance(file, pikepdf.Stream):
        return None
    try:
        head = _unpacked(file)
    except (zlib.error, pikepdf.PdfError):
        return f"无法检查的附件（{name}）"
    if _PROGRAM_NAMES.search(name) or head.startswith(_PROGRAMS):
        return f"附件程序或压缩包（{name}）"
    if b"%PDF-" in head[:1024]:
        try:
            clean(head)
        except NotAccepted:
            return f"不安全的附件（{name}）"
    return None


def _unpacked(stream: Any) -> bytes:
    """A stream's content, whatever size it declares; NotAccepted where it is too large."""
    raw: bytes = stream.read_raw_bytes()
    names = _filters(stream)
    if names == ["/FlateDecode"] and "/DecodeParms" not in stream:
        raw = zlib.decompressobj().decompress(raw, _MOST_UNPACKED)
    elif names:
        raw = bytes(stream.read_bytes())
    if len(raw) >= _MOST_UNPACKED:
        raise NotAccepted("PDF 过于复杂，请打印为 PDF 后上传")
    return raw


def _filters(stream: Any) -> list[str]:
    import pikepdf  # see above

    found = stream.get("/Filter", [])
    return [str(name) for name in found] if isinstance(found, pikepdf.Array | list) else [str(found)]


def _tidy(thing: Any) -> None:
    """Remove who, when, where and with what from one dictionary, and from the picture or the text of a stream."""
    import pikepdf  # see above

    keys = thing.keys()
    gone = [key for key in _PRIVATE if key in keys]
    if _attached(thing):
        gone += ["/EF"]
    if "/AF" in keys and _names_files(thing["/AF"]):
        gone += ["/AF"]
    if "/FT" in keys and str(thing["/FT"]) == "/Sig":
        gone += [key for key in ("/V",) if key in keys]  # a signature does not fit the copy, and it names the signer
    elif "/Subtype" in keys and _is_annotation(thing) and str(thing["/Subtype"]) != "/Widget":
        gone += [key for key in _OF_ANNOTATIONS if key in keys]
    for key in gone:
        del thing[key]
    if not isinstance(thing, pikepdf.Stream):
        return
    names = _filters(thing)
    if "/DCTDecode" in names or "/JPXDecode" in names:
        _tidy_picture(thing, names)
    elif str(thing.get("/Subtype", "")) != "/Image" and str(thing.get("/Type", "")) not in ("/XRef", "/ObjStm"):
        try:
            content = _unpacked(thing)
        except (pikepdf.PdfError, zlib.error):
            return
        if _METADATA_IN_STREAM.search(content):  # a picture inside the text of a page
            thing.write(_METADATA_IN_STREAM.sub(_blank, content))


def _blank(found: re.Match[bytes]) -> bytes:
    """The first bytes of a metadata segment, without what tells readers that it is one."""
    return b"\xff\xfe" + found[1] + bytes(len(found[0]) - 4)


def _names_files(value: Any) -> bool:
    import pikepdf  # see above

    inside = list(value) if isinstance(value, pikepdf.Array) else [value]
    return all(isinstance(one, pikepdf.Dictionary) and ("/EF" in one or "/UF" in one or "/F" in one) for one in inside)


def _is_annotation(thing: Any) -> bool:
    return "/Subtype" in thing and ("/Rect" in thing or str(thing.get("/Type", "")) == "/Annot")


def _tidy_picture(stream: Any, names: list[str]) -> None:
    """Remove the metadata of a JPEG or JPEG 2000 inside a PDF, without touching the picture."""
    import pikepdf  # see above

    raw: bytes = stream.read_raw_bytes()
    if names[:-1] == ["/FlateDecode"]:
        raw = zlib.decompress(raw)
    elif names[:-1]:
        raise NotAccepted("PDF 中的图片编码特殊，请打印为 PDF 后上传")
    made = _jpeg_without_metadata(raw) if names[-1] == "/DCTDecode" else _jpeg2000_without_metadata(raw)
    parameters = stream.get("/DecodeParms")
    if isinstance(parameters, pikepdf.Array) and len(parameters) > 0:
        parameters = parameters[len(parameters) - 1]
    last = parameters if isinstance(parameters, pikepdf.Dictionary) else None
    stream.write(made, filter=pikepdf.Name(names[-1]), decode_parms=last)


def _jpeg_without_metadata(data: bytes) -> bytes:
    """A JPEG without comments and application segments (but Adobe's, which tells the colours), and without what follows it."""
    out, at = bytearray(data[:2]), 2
    while at + 4 <= len(data) and data[at] == 0xFF:
        marker = data[at + 1]
        if marker == 0xFF:  # fill
            at += 1
            continue
        if marker == 0xDA:  # the picture: in its data no 0xFF is followed by 0xD9
            end = data.find(b"\xff\xd9", at)
            return bytes(out) + (data[at : end + 2] if end >= 0 else data[at:])
        length = 2 + int.from_bytes(data[at + 2 : at + 4])
        if not ((0xE0 <= marker <= 0xEF and marker != 0xEE) or marker == 0xFE):
            out += data[at : at + length]
        at += length
    return bytes(out) + data[at:]


def _jpeg2000_without_metadata(data: bytes) -> bytes:
    """A JP2 file without its XML and UUID boxes; a bare codestream as it is."""
    if data[4:8] != b"jP  ":
        return data
    out, at = bytearray(), 0
    while at + 8 <= len(data):
        length, kind = int.from_bytes(data[at : at + 4]), data[at + 4 : at + 8]
        if length == 1:
            length = int.from_bytes(data[at + 8 : at + 16])
        if length == 0 or length > len(data) - at:
            length = len(data) - at
        if kind not in (b"xml ", b"uuid", b"uinf", b"jp2i"):
            out += data[at : at + length]
        at += max(length, 8)
    return bytes(out)


def _tidy_root(pdf: Any) -> None:
    """Remove what belongs to the whole file: document information, attachments, signatures' flags."""
    import pikepdf  # see above

    if "/Info" in pdf.trailer:
        del pdf.trailer["/Info"]
    root = pdf.Root
    for key in _OF_CATALOG:
        if key in root:
            del root[key]
    if isinstance(names := root.get("/Names"), pikepdf.Dictionary):
        for key in ("/EmbeddedFiles", "/IDS", "/URLS", "/AlternatePresentations", "/Renditions", "/JavaScript"):
            if key in names:
                del names[key]
    if isinstance(form := root.get("/AcroForm"), pikepdf.Dictionary) and "/SigFlags" in form:
        del form["/SigFlags"]


def _without_attachments(page: Any) -> None:
    """Remove the annotations of a page that are attachments or remarks in a window of their own."""
    import pikepdf  # see above

    if "/B" in page:  # the beads of the threads
        del page["/B"]
    annotations = page.get("/Annots")
    if isinstance(annotations, pikepdf.Array):
        gone = ("/FileAttachment", "/Popup")
        page["/Annots"] = pikepdf.Array(
            [annotation for annotation in annotations if str(annotation.get("/Subtype", "")) not in gone]
        )


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
    return small_jpeg(picture)


def drawn(data: bytes) -> bytes:
    """The pages as pictures, in a new PDF: what remains of a stored file that would be refused today. Raises NotAccepted."""
    import pypdfium2  # see above

    pictures = []
    try:
        with pypdfium2.PdfDocument(data) as pdf:
            for page in pdf:
                scale = min(2.0, LARGEST_SIDE / max(*page.get_size(), 1.0))
                pictures.append(page.render(scale=scale, draw_annots=False).to_pil().convert("RGB"))
    except (pypdfium2.PdfiumError, ValueError, OverflowError):
        raise NotAccepted(_BROKEN) from None
    if not pictures:
        raise NotAccepted("PDF 没有页面")
    out = io.BytesIO()
    pictures[0].save(out, "PDF", save_all=True, append_images=pictures[1:], resolution=144)
    return clean(out.getvalue())[0]
