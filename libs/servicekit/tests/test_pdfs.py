"""PDFs are judged by what they would do, and stored without what tells who made them, when, where and with what (L-16)."""

import io
import zlib
from pathlib import Path
from typing import Any

import pikepdf
import pytest
from pikepdf import Array, Dictionary, Name, Pdf, Stream, String
from PIL import Image
from servicekit.inspection import pdfs
from servicekit.inspection.inspect import inspect
from servicekit.inspection.not_accepted import NotAccepted

from .test_pictures import AUTHOR, CASES, a_picture, exif, saved

ACCEPTED = frozenset({"application/pdf"})


def a_pdf() -> Pdf:
    pdf = Pdf.new()
    pdf.add_blank_page(page_size=(300, 200))
    return pdf


def written(pdf: Pdf, **options: Any) -> bytes:
    out = io.BytesIO()
    pdf.save(out, **options)
    return out.getvalue()


def action(kind: str, **more: Any) -> Dictionary:
    return Dictionary(S=Name(kind), **more)


def script() -> Dictionary:
    return action("/JavaScript", JS=String("app.alert(1)"))


def on_opening(pdf: Pdf, what: Any) -> None:
    pdf.Root.OpenAction = what


def in_a_link(pdf: Pdf, what: Any) -> None:
    link = Dictionary(Type=Name.Annot, Subtype=Name.Link, Rect=[0, 0, 9, 9], A=what)
    pdf.pages[0].Annots = Array([pdf.make_indirect(link)])


def after_another(pdf: Pdf, what: Any) -> None:
    jump = Dictionary(S=Name.GoTo, D=Array([pdf.pages[0].obj, Name.Fit]), Next=Array([pdf.make_indirect(what)]))
    in_a_link(pdf, pdf.make_indirect(jump))


def on_a_page(pdf: Pdf, what: Any) -> None:
    pdf.pages[0].AA = Dictionary(O=pdf.make_indirect(what))


def in_the_catalogue(pdf: Pdf, what: Any) -> None:
    pdf.Root.AA = Dictionary(WC=what)


def in_an_outline(pdf: Pdf, what: Any) -> None:
    item = pdf.make_indirect(Dictionary(Title=String("1"), A=what))
    pdf.Root.Outlines = pdf.make_indirect(Dictionary(First=item, Last=item, Count=1))


def in_a_field(pdf: Pdf, what: Any) -> None:
    field = Dictionary(FT=Name.Tx, T=String("a"), Subtype=Name.Widget, Rect=[0, 0, 9, 9], AA=Dictionary(K=what))
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]))


def in_the_names(pdf: Pdf, what: Any) -> None:
    tree = pdf.make_indirect(Dictionary(Kids=Array([pdf.make_indirect(Dictionary(Names=Array([String("a"), what])))])))
    pdf.Root.Names = Dictionary(JavaScript=tree)


def in_what_no_page_uses(pdf: Pdf, what: Any) -> None:
    pdf.trailer.Hidden = pdf.make_indirect(Array([what]))


LOCATIONS = (
    on_opening, in_a_link, after_another, on_a_page, in_the_catalogue, in_an_outline, in_a_field, in_the_names,
    in_what_no_page_uses,
)  # fmt: skip


@pytest.mark.feature("L-16")
@pytest.mark.parametrize("packed", [False, True], ids=["plain", "compressed objects"])
@pytest.mark.parametrize("put", LOCATIONS)
def test_a_script_is_found_wherever_it_is(put: Any, packed: bool) -> None:
    pdf = a_pdf()
    put(pdf, script())
    mode = pikepdf.ObjectStreamMode.generate if packed else pikepdf.ObjectStreamMode.disable
    with pytest.raises(NotAccepted, match="PDF 含有脚本"):
        inspect(written(pdf, object_stream_mode=mode), ACCEPTED)


@pytest.mark.feature("L-16")
@pytest.mark.parametrize(
    ("kind", "more", "words"),
    [
        ("/Launch", {"F": String("cmd.exe")}, "启动程序"),
        ("/SubmitForm", {"F": String("http://example.org")}, "提交数据"),
        ("/ImportData", {"F": String("a.fdf")}, "导入数据"),
        ("/GoToR", {"F": String("\\\\host\\a.pdf"), "D": Array([0])}, "打开其他文件"),
        ("/GoToE", {"T": Dictionary(R=Name.C)}, "打开附件"),
        ("/Rendition", {"JS": String("x")}, "播放媒体"),
        ("/Movie", {}, "播放媒体"),
        ("/Sound", {}, "播放媒体"),
        ("/URI", {"URI": String("javascript:alert(1)")}, "脚本"),
        ("/URI", {"URI": String(" java\nscript:alert(1)")}, "脚本"),
        ("/URI", {"URI": String("file:///c:/windows/system32/cmd.exe")}, "不安全的链接（file:）"),
        ("/URI", {"URI": String("ms-msdt:/id PCWDiagnostic")}, "不安全的链接"),
        ("/URI", {"URI": String("\\\\host\\share\\a.exe")}, "局域网"),
    ],
)  # fmt: skip
def test_an_action_that_no_evidence_needs_is_named(kind: str, more: dict[str, Any], words: str) -> None:
    pdf = a_pdf()
    in_a_link(pdf, action(kind, **more))
    with pytest.raises(NotAccepted, match=words):
        inspect(written(pdf), ACCEPTED)


@pytest.mark.feature("L-16")
def test_a_long_script_in_a_stream_of_its_own_is_a_script() -> None:
    pdf = a_pdf()
    in_a_link(pdf, action("/JavaScript", JS=Stream(pdf, b"app.alert(1)")))
    with pytest.raises(NotAccepted, match="脚本"):
        inspect(written(pdf), ACCEPTED)


@pytest.mark.feature("L-16")
def test_an_action_is_found_that_calls_itself_something_else_or_keeps_its_name_elsewhere() -> None:
    for hidden in ("typed", "indirect", "escaped"):
        pdf = a_pdf()
        what = action("/Launch", F=String("cmd.exe"))
        if hidden == "typed":
            what.Type = Name.StructElem
        if hidden == "indirect":
            what.S = pdf.make_indirect(Name.Launch)
        in_a_link(pdf, pdf.make_indirect(what))
        data = written(pdf, object_stream_mode=pikepdf.ObjectStreamMode.disable)
        if hidden == "escaped":
            data = data.replace(b"/Launch", b"/L#61unch")
        with pytest.raises(NotAccepted, match="启动程序"):
            inspect(data, ACCEPTED)


@pytest.mark.feature("L-16")
def test_jumps_named_moves_and_links_to_the_web_are_fine() -> None:
    for what in (
        action("/GoTo", D=Array([0, Name.Fit])), action("/Named", N=Name.NextPage), action("/URI", URI=String("https://example.org/a?b=c")),
        action("/URI", URI=String("mailto:a@example.org")), action("/URI", URI=String("www.example.org")),
    ):  # fmt: skip
        pdf = a_pdf()
        in_a_link(pdf, what)
        pdf.pages[0].AA = Dictionary(O=action("/GoTo", D=Array([0, Name.Fit])))
        with pikepdf.open(io.BytesIO(inspect(written(pdf), ACCEPTED).clean)) as clean:
            assert str(clean.pages[0].Annots[0].A.S) == str(what.S)
    assert inspect((CASES / "opens_at_a_page.pdf").read_bytes(), ACCEPTED).media_type == "application/pdf"
    with pytest.raises(NotAccepted, match="脚本"):
        inspect((CASES / "script_in_a_link.pdf").read_bytes(), ACCEPTED)


@pytest.mark.feature("L-16")
@pytest.mark.parametrize("subtype", ["/RichMedia", "/3D", "/Screen", "/Movie", "/Sound"])
def test_media_that_run_are_refused(subtype: str) -> None:
    pdf = a_pdf()
    pdf.pages[0].Annots = Array([Dictionary(Type=Name.Annot, Subtype=Name(subtype), Rect=[0, 0, 9, 9])])
    with pytest.raises(NotAccepted, match=r"多媒体|三维"):
        inspect(written(pdf), ACCEPTED)


@pytest.mark.feature("L-16")
def test_a_dynamic_form_and_a_portfolio_are_refused() -> None:
    form, portfolio = a_pdf(), a_pdf()
    form.Root.AcroForm = Dictionary(Fields=Array([]), XFA=Stream(form, b"<xdp/>"))
    portfolio.Root.Collection = Dictionary(View=Name.D)
    for pdf, words in ((form, "XFA"), (portfolio, "文件包")):
        with pytest.raises(NotAccepted, match=words):
            inspect(written(pdf), ACCEPTED)


def with_attachment(name: str, data: bytes) -> bytes:
    pdf = a_pdf()
    pdf.attachments[name] = data
    return written(pdf)


@pytest.mark.feature("L-16")
@pytest.mark.parametrize(
    ("name", "data"),
    [("a.exe", b"x"), ("data.xml", b"MZ\x90\0"), ("x", b"\x7fELF"), ("a.JS ", b"x"), ("a.lnk", b""), ("a.txt", b"#!/bin/sh"),
     ("a.bin", b"PK\x03\x04"), ("a.docm", b""), ("a.html", b"<script>")],
)  # fmt: skip
def test_an_attached_program_is_refused_by_name_and_by_content(name: str, data: bytes) -> None:
    with pytest.raises(NotAccepted, match="附件程序"):
        inspect(with_attachment(name, data), ACCEPTED)


@pytest.mark.feature("L-16")
def test_an_attached_pdf_is_judged_too_and_data_are_left_out_of_the_copy() -> None:
    bad = a_pdf()
    on_opening(bad, script())
    with pytest.raises(NotAccepted, match="不安全的附件"):
        inspect(with_attachment("a.pdf", written(bad)), ACCEPTED)
    invoice = with_attachment("invoice.xml", f"<buyer>{AUTHOR}</buyer>".encode())
    seen = inspect(invoice, ACCEPTED)
    assert text_of(seen.clean).count(AUTHOR.encode()) == 0
    assert b"invoice.xml" not in text_of(seen.clean)
    assert seen.proof is False


@pytest.mark.feature("L-16")
def test_what_needs_a_password_is_refused_and_a_mere_restriction_goes() -> None:
    locked = written(a_pdf(), encryption=pikepdf.Encryption(owner="o", user="u"))
    with pytest.raises(NotAccepted, match="密码"):
        inspect(locked, ACCEPTED)
    restricted = written(a_pdf(), encryption=pikepdf.Encryption(owner="o", user=""))
    with pikepdf.open(io.BytesIO(inspect(restricted, ACCEPTED).clean)) as clean:
        assert not clean.is_encrypted


def text_of(data: bytes) -> bytes:
    """Everything in a PDF: its own bytes, and every stream unpacked."""
    with pikepdf.open(io.BytesIO(data)) as pdf:
        out = io.BytesIO()
        pdf.save(
            out, object_stream_mode=pikepdf.ObjectStreamMode.disable, stream_decode_level=pikepdf.StreamDecodeLevel.generalized
        )
    return data + out.getvalue()


def a_scan() -> Pdf:
    """A page whose picture, text, remarks and description name the author."""
    pdf = a_pdf()
    page = pdf.pages[0]
    photo = saved(a_picture(), "JPEG", exif=exif(), comment=AUTHOR.encode())
    jpeg2000 = saved(a_picture(), "JPEG2000")
    box = (8 + len(AUTHOR)).to_bytes(4) + b"xml " + AUTHOR.encode()
    jpeg2000 = jpeg2000[:12] + jpeg2000[12:32] + box + jpeg2000[32:]
    about: dict[str, Any] = {"Type": Name.XObject, "Subtype": Name.Image, "Width": 64, "Height": 48, "BitsPerComponent": 8}
    page.Resources = Dictionary(
        XObject=Dictionary(
            B=Stream(pdf, photo, **about, ColorSpace=Name.DeviceRGB, Filter=Name.DCTDecode),
            AF=Stream(
                pdf, zlib.compress(photo), **about, ColorSpace=Name.DeviceRGB, Filter=Array([Name.FlateDecode, Name.DCTDecode])
            ),
            T=Stream(pdf, jpeg2000, **about, Filter=Name.JPXDecode, Metadata=Stream(pdf, AUTHOR.encode())),
        )
    )
    inline = (
        b"q BI /W 64 /H 48 /CS /RGB /BPC 8 /F /DCT ID "
        + photo.replace(AUTHOR.encode() + b"\xff", b"-" * len(AUTHOR) + b"\xff")
        + b" EI Q"
    )
    page.Contents = Stream(pdf, b"q 100 0 0 90 0 0 cm /B Do /AF Do Q " + inline)
    remark = Dictionary(
        Type=Name.Annot, Subtype=Name.Text, Rect=[0, 0, 9, 9], T=String(AUTHOR), Contents=String("remark"), M=String("D:2026")
    )
    attached = Dictionary(Type=Name.Annot, Subtype=Name.FileAttachment, Rect=[0, 0, 9, 9], FS=Dictionary(
        Type=Name.Filespec, UF=String(f"{AUTHOR}.txt"), EF=Dictionary(F=Stream(pdf, AUTHOR.encode())),
    ))  # fmt: skip
    page.Annots = Array([pdf.make_indirect(remark), pdf.make_indirect(attached)])
    page.PieceInfo = Dictionary(App=Dictionary(Private=String(AUTHOR)))
    page.Metadata = Stream(pdf, AUTHOR.encode())
    page.AF = Array([Dictionary(Type=Name.Filespec, UF=String(AUTHOR))])
    pdf.Root.Metadata = Stream(pdf, AUTHOR.encode())
    pdf.Root.Threads = Array([pdf.make_indirect(Dictionary(I=Dictionary(Author=String(AUTHOR))))])
    pdf.docinfo["/Author"] = AUTHOR
    pdf.docinfo["/Producer"] = AUTHOR
    return pdf


@pytest.mark.feature("L-16")
def test_the_clean_copy_shows_the_same_and_tells_nothing_about_its_author() -> None:
    data = written(a_scan())
    assert text_of(data).count(AUTHOR.encode()) > 9
    clean = inspect(data, ACCEPTED).clean
    for secret in (AUTHOR, "INVENTED MAKE", "D:2026"):
        assert secret.encode() not in text_of(clean)
        assert secret.encode("utf-16-be") not in text_of(clean)
    assert pdfs.first_page(clean) == pdfs.first_page(data)
    with pikepdf.open(io.BytesIO(clean)) as pdf:
        assert "/Info" not in pdf.trailer
        assert [str(one.Contents) for one in pdf.pages[0].Annots] == ["remark"]  # type: ignore[attr-defined]
        for picture in pdf.pages[0].Resources.XObject.values():
            Image.open(io.BytesIO(picture.read_raw_bytes())).load()


@pytest.mark.feature("L-16")
def test_the_scan_that_named_its_author_is_clean() -> None:
    data = (CASES / "scan_with_author_and_position.pdf").read_bytes()
    clean = text_of(inspect(data, ACCEPTED).clean)
    assert b"Invented" in data
    for secret in (b"Invented", b"INVENTED", b"13800000000", b"Exif"):
        assert secret not in clean


@pytest.mark.feature("L-16")
def test_a_signed_pdf_is_marked_as_proof_and_its_copy_does_not_name_the_signer() -> None:
    pdf = a_pdf()
    signature = pdf.make_indirect(
        Dictionary(Type=Name.Sig, Name=String(AUTHOR), ByteRange=Array([0, 1, 2, 3]), Contents=String("x"))
    )
    field = Dictionary(FT=Name.Sig, T=String("s"), Subtype=Name.Widget, Rect=[0, 0, 9, 9], V=signature)
    pdf.Root.AcroForm = Dictionary(Fields=Array([pdf.make_indirect(field)]), SigFlags=3)
    seen = inspect(written(pdf), ACCEPTED)
    assert seen.proof
    assert AUTHOR.encode() not in text_of(seen.clean)


@pytest.mark.feature("L-16")
def test_a_stored_pdf_that_would_be_refused_today_is_drawn() -> None:
    pdf = a_scan()
    on_opening(pdf, script())
    drawn = pdfs.drawn(written(pdf))
    assert inspect(drawn, ACCEPTED).media_type == "application/pdf"
    with pikepdf.open(io.BytesIO(drawn)) as made:
        assert len(made.pages) == 1
    assert AUTHOR.encode() not in text_of(drawn)
    with pytest.raises(NotAccepted):
        pdfs.drawn(b"%PDF-1.7 nothing")


@pytest.mark.feature("L-16")
def test_a_page_that_unpacks_to_far_more_than_it_is_is_refused() -> None:
    pdf = a_pdf()
    pdf.pages[0].Contents = Stream(pdf, zlib.compress(b" " * (40 * 2**20)), Filter=Name.FlateDecode)
    with pytest.raises(NotAccepted, match="过于复杂"):
        inspect(written(pdf, compress_streams=False), ACCEPTED)


@pytest.mark.feature("L-16")
def test_what_a_scanner_writes_before_the_header_does_not_hide_a_pdf() -> None:
    assert inspect(b"\r\n@PJL\r\n" + written(a_pdf()), ACCEPTED).clean.startswith(b"%PDF-")
    assert Path("tests/cases").is_dir()
