"""Every name prints: characters of all planes as far as there are fonts, and what is missing is known before (L-18)."""

import io
from pathlib import Path

import pikepdf
import pytest
from typesetting import PdfRenderer, __main__, fonts
from typesetting.fonts import PLACEHOLDER, missing, printable

from .test_pdf_renderer import letters

PAGE = """
#import "fonts.typ": sans, serif
#let data = json("data.json")
#set document(title: "名单")
#set text(font: serif, lang: "zh", region: "cn")
#data.names.join("、")
#text(font: sans, data.names.join("、"))
"""
NAMES = {
    "扩展 A": "张㑇", "扩展 B": "王𠀀𪛖", "扩展 C": "李𪜀𫜴", "扩展 D": "陈𫝀", "扩展 E": "赵𫠠𬺡𬭎", "扩展 F": "周𬺰𮯠",
    "扩展 G": "吴\U00030000", "扩展 H": "郑\U00031350", "兼容": "冯\uf900\U0002f800", "带声调": "Lǐ Xiǎoyǔ",
    "间隔号": "买买提·阿不都", "藏文": "\u0f56\u0f40\u0fb2", "蒙古文": "\u182a\u1820\u1832", "维吾尔文": "\u0626\u0627\u0644",
    "彝文": "\ua000\ua04c", "傈僳文": "\ua4e1\ua4f2", "傣文": "\u1956\u1965", "苗文": "\U00016f00", "西夏文": "\U00017000",
    "符号": "😀",
}  # fmt: skip


@pytest.mark.feature("L-18")
@pytest.mark.parametrize("name", NAMES.values(), ids=NAMES)
def test_a_name_prints_in_both_typefaces_and_as_a_picture(tmp_path: Path, name: str) -> None:
    (tmp_path / "page.typ").write_text(PAGE)
    assert missing(name) == ""
    renderer = PdfRenderer(tmp_path)
    pdf = renderer.print("page.typ", {"names": [name]})
    shown = letters(pdf)
    assert {char for char in name if not char.isspace()} <= set(shown)
    assert PLACEHOLDER not in shown
    with pikepdf.open(io.BytesIO(pdf)) as document:
        assert document.open_metadata().get("pdfaid:part") == "3"
    pictures = [renderer.pictures("page.typ", {"names": [one]})[0] for one in (name, "")]
    assert pictures[0] != pictures[1]


@pytest.mark.feature("L-18")
def test_private_use_and_unassigned_characters_are_missing_and_so_is_what_no_font_has(tmp_path: Path) -> None:
    unknown = "\ue863\U000f0001\ufffe\u0378\U0002ee5d\ud800"
    assert missing(f"张{unknown}三{unknown}") == unknown
    assert printable(f"张{unknown[0]}") == f"张{PLACEHOLDER}"
    assert missing("张\u200b三\u0000〓葛\U000e0100") == "", "what is left out or stands for another is not missing"
    (tmp_path / "page.typ").write_text(PAGE)
    assert PdfRenderer(tmp_path).missing("张\ue863三").decode() == "\ue863"


@pytest.mark.feature("L-18")
def test_without_the_fonts_for_rare_characters_everything_else_prints(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "_RARE", tmp_path / "none")
    fonts.covered.cache_clear()
    fonts._drawable.cache_clear()
    (tmp_path / "page.typ").write_text(PAGE)
    try:
        assert fonts.missing("张三\U00030000") == "\U00030000"
        assert {"张", "三", PLACEHOLDER} <= set(letters(PdfRenderer(tmp_path).print("page.typ", {"names": ["张三\U00030000"]})))
    finally:
        fonts.covered.cache_clear()
        fonts._drawable.cache_clear()


@pytest.mark.feature("L-18")
def test_the_list_of_missing_characters_names_every_block(capsys: pytest.CaptureFixture[str]) -> None:
    __main__.main()
    shown = capsys.readouterr().out
    for block in ("基本汉字", "扩展 A", "扩展 B", "扩展 C", "扩展 D", "扩展 E", "扩展 F"):
        assert f"{block}：缺 0 /" in shown
    assert "扩展 I：缺 622 / 622  2EBF0–2EE5D" in shown
    assert list(__main__.ranges([1, 2, 3, 7])) == ["0001–0003", "0007"]
