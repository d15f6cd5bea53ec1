"""The printed archives: everything on the page, signed inside, sealed outside."""

import io
from datetime import date
from typing import Any

import pikepdf
import pytest
from archive.adapters.typesetting import TEMPLATES, render
from archive.domain.content import Evaluated, GivenVerdict, SectionHead, Statement, TermContent, as_content, new_code
from proof import SigningKey, Tree, Verdict, examine, pdf, sign
from pydantic import ValidationError
from typesetting import PdfRenderer

from .builders import a_career_archive, a_term_archive, an_empty_term_archive, read_content

KEY = SigningKey.generate()
RENDERER = PdfRenderer(TEMPLATES)


def printed(archive: Any) -> bytes:
    """The archive as handed out: signed, in a tree, rendered, sealed."""
    content = as_content(archive)
    document = sign(content, KEY)
    document = document.with_proof(Tree([document.leaf(), b"a classmate"]).inclusion(0))
    return pdf.seal(render(RENDERER, content["kind"], content, document.to_bytes()), KEY)


def statement(text: str) -> Evaluated:
    """One teacher's comment."""
    return Evaluated(title="教师评语", statements=(Statement(text=text, author="王建国"),))


def outline(data: bytes) -> list[str]:
    """The first-level bookmarks."""
    with pikepdf.open(io.BytesIO(data)) as document, document.open_outline() as found:
        return [item.title for item in found.root]


def pages(data: bytes) -> int:
    """How many pages there are."""
    with pikepdf.open(io.BytesIO(data)) as document:
        return len(document.pages)


@pytest.mark.feature("JX-13", "X-10")
def test_a_term_archive_is_archival_small_and_genuine() -> None:
    data = printed(a_term_archive(15))
    report = examine(data, KEY.public())
    assert report.verdict is Verdict.GENUINE
    assert report.document is not None
    assert read_content(report.document.content) == a_term_archive(15)
    assert len(data) < 200_000
    assert any("写实记录" in title for title in outline(data))
    with pikepdf.open(io.BytesIO(data)) as document:
        assert document.open_metadata().get("pdfaid:part") == "3"
        assert str(document.Root.AF[0].AFRelationship) == "/Source"
        assert not document.check_pdf_syntax()


@pytest.mark.feature("JX-13", "X-10")
def test_a_changed_digit_on_the_page_or_in_the_data_is_told() -> None:
    data = bytearray(printed(an_empty_term_archive()))
    data[len(data) // 3] ^= 1
    assert examine(bytes(data), KEY.public()).verdict is Verdict.ALTERED_FILE
    forged = as_content(a_term_archive(1, evaluations=()))
    true = sign(as_content(a_term_archive(1)), KEY)
    mixed = render(RENDERER, "term", forged, true.model_copy(update={"content": forged}).to_bytes())
    assert examine(mixed, KEY.public()).verdict is Verdict.ALTERED_DATA


@pytest.mark.feature("JX-13")
def test_sixty_records_and_long_texts_flow_over_pages() -> None:
    few = printed(a_term_archive(5))
    many = printed(a_term_archive(60))
    assert pages(many) > pages(few) + 3
    assert pages(printed(a_term_archive(1, evaluations=(statement("成长的路很长，" * 900),)))) > pages(few)


@pytest.mark.feature("JX-13", "X-06")
def test_an_archive_of_which_nothing_is_known_still_has_every_section() -> None:
    assert len(outline(printed(an_empty_term_archive()))) == 8


@pytest.mark.feature("JX-13", "JX-15")
def test_a_career_archive_is_printed_from_its_own_template() -> None:
    data = printed(a_career_archive().model_copy(update={"backfilled": True}))
    assert examine(data, KEY.public()).verdict is Verdict.GENUINE
    assert any("代表性写实记录" in title for title in outline(data))


@pytest.mark.feature("X-10")
def test_what_students_write_is_text_and_never_markup() -> None:
    wild = '#panic("x") = 标题 *粗* $x$ \\ "引" <b> @a `raw` // 注 /* 😀 𠮷'
    data = printed(a_term_archive(1, evaluations=(statement(wild),)))
    assert examine(data, KEY.public()).verdict is Verdict.GENUINE
    assert len(outline(data)) == 7


@pytest.mark.feature("X-10")
def test_a_content_holds_what_it_names_and_nothing_else() -> None:
    content = as_content(a_term_archive(1))
    assert read_content(content) == a_term_archive(1)
    with pytest.raises(ValidationError):
        read_content(content | {"surplus": 1})
    with pytest.raises(ValidationError):
        read_content(content | {"code": "1234"})
    codes = {new_code() for _ in range(50)}
    assert len(codes) == 50
    assert all(TermContent.model_validate(content | {"code": code}) for code in codes)


@pytest.mark.feature("SH-11", "JX-13")
def test_an_archive_is_printed_in_its_schemes_sections_and_signed_on_the_confirmation_where_it_has_a_verdict() -> None:
    heads = (("学生信息", "profile"), ("信息记录", "records"), ("综合评价", "result"))
    sections = tuple(SectionHead(title=title, source=source) for title, source in heads)
    given = GivenVerdict(title="校长评价", verdict="合格", author="陆校长", given_on=date(2022, 4, 14))
    data = printed(a_term_archive(3, sections=sections, document="综合素质评价纪实报告", result=given))
    assert outline(data) == ["一、 学生信息", "二、 信息记录", "三、 综合评价"]
    assert pages(data) <= pages(printed(a_term_archive(3)))
