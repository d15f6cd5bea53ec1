"""What Excel, WPS and LibreOffice do to workbooks, each on its own: it arrives as it is seen, or is named (JX-05)."""

import re
import zipfile
from io import BytesIO

import pytest
from importer.adapters.workbook import Limits, reading
from importer.domain.templates import Column, Parsed, Sheet, Template
from spreadsheets import a_book, header, number, text

SCORES = Sheet(
    "scores",
    "成绩",
    (
        Column("no", "学籍号", True, "code"),
        Column("name", "姓名", True, "name"),
        Column("score", "成绩", type="number"),
        Column("day", "日期", type="date"),
        Column("hours", "时长", type="hours"),
        Column("note", "备注"),
    ),
)
TEMPLATE = Template("scores", "成绩", 1, (SCORES,))
TITLES = ["学籍号", "姓名", "成绩", "日期", "时长", "备注"]
WHO = text("A2", "G001") + text("B2", "张三")


def read(row: str, **more: str) -> Parsed:
    """One data row under the header."""
    return reading.read(a_book(header(TITLES) + f'<row r="2">{row}</row>', **more), TEMPLATE, Limits())


def values(parsed: Parsed) -> dict[str, object]:
    assert parsed.problems == ()
    [row] = parsed.rows
    return dict(row.values)


def codes(parsed: Parsed) -> list[tuple[int, str | None, str]]:
    return [(p.row, p.column, p.code) for p in parsed.problems]


@pytest.mark.feature("JX-05")
def test_text_is_read_whole_whether_shared_rich_spoken_inline_or_behind_an_apostrophe() -> None:
    shared = (
        "<si><t>G001</t></si><si><r><t>张</t></r><r><rPr><b/></rPr><t>三</t></r></si>"
        '<si><t>备注</t><rPh sb="0" eb="2"><t>ビコウ</t></rPh></si>'
    )
    row = '<c r="A2" t="s" s="4"><v>0</v></c><c r="B2" t="s"><v>1</v></c><c r="F2" t="s"><v>2</v></c>'
    assert values(read(row, shared=shared)) == {"no": "G001", "name": "张三", "note": "备注"}
    rich = '<c r="B2" t="inlineStr"><is><r><t>张</t></r><r><t>三</t></r></is></c>'
    assert values(read(text("A2", "'g００１") + rich)) == {"no": "G001", "name": "张三"}


@pytest.mark.feature("JX-05")
def test_spaces_that_nobody_sees_do_not_count() -> None:
    row = text("A2", "\u00a0G001\u200b ") + text("B2", "\u3000张\u3000三\ufeff") + text("C2", "\u00a0９２．５\u3000")
    assert values(read(row)) == {"no": "G001", "name": "张三", "score": "92.5"}


@pytest.mark.feature("JX-05")
def test_a_formula_counts_by_what_it_shows_and_one_never_computed_is_named() -> None:
    shows = '<c r="C2"><f>40+50</f><v>90</v></c><c r="F2" t="str"><f>"a"&amp;"b"</f><v>ab</v></c>'
    assert values(read(WHO + shows)) == {"no": "G001", "name": "张三", "score": "90", "note": "ab"}
    empty = '<c r="F2" t="str"><f>IF(1,"")</f><v></v></c>'
    assert values(read(WHO + empty)) == {"no": "G001", "name": "张三"}
    assert codes(read(WHO + '<c r="C2"><f>40+50</f></c>')) == [(2, "score", "not_computed")]
    assert codes(read(WHO + '<c r="C2"><f t="shared" si="0"/><v/></c>')) == [(2, "score", "not_computed")]


@pytest.mark.feature("JX-05")
def test_last_rows_of_nothing_but_formulas_never_computed_are_named_too() -> None:
    formulas = '<c r="A{0}"><f>X1</f></c><c r="B{0}"><f>X2</f></c>'
    named = [(row, column, "not_computed") for row in (3, 4) for column in ("no", "name")]
    after = "".join(f'</row><row r="{row}">{formulas.format(row)}' for row in (3, 4))
    assert codes(read(WHO + after)) == named
    assert codes(read(formulas.format(2))) == [(2, "no", "not_computed"), (2, "name", "not_computed")]


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize("title", ["成绩&amp;&lt;1&gt;", "&#25104;&#x7EE9;"])
def test_a_sheet_is_found_again_however_its_title_is_written(title: str) -> None:
    assert codes(read(f'{WHO}<c r="C2" t="e"><v>#N/A</v></c>', title=title)) == [(2, "score", "cell_error")]


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize("error", ["#N/A", "#DIV/0!", "#REF!"])
def test_a_cell_that_shows_an_error_is_never_taken_as_empty(error: str) -> None:
    assert codes(read(f'{WHO}<c r="C2" t="e"><f>1/0</f><v>{error}</v></c>')) == [(2, "score", "cell_error")]
    alone = read(f'<c r="C2" t="e"><v>{error}</v></c>')
    assert codes(alone) == [(2, "no", "required"), (2, "name", "required"), (2, "score", "cell_error")]
    assert codes(read(f"{WHO}{number('C2', 'NaN')}")) == [(2, "score", "cell_error")]
    elsewhere = f'{WHO}<c r="K2" t="e"><v>{error}</v></c>'
    assert values(read(elsewhere)) == {"no": "G001", "name": "张三"}


@pytest.mark.feature("JX-05")
def test_percentages_are_refused_as_they_are_seen() -> None:
    for cell, seen in ((number("C2", 0.985, 2), "98.5%"), (number("C2", 0.5, 3), "50%"), (text("C2", "98.5%"), "98.5%")):
        parsed = read(WHO + cell)
        assert codes(parsed) == [(2, "score", "percent")]
        assert seen in parsed.problems[0].message
    only_formatted = '<c r="C3" s="2"/><c r="D3" s="3"/>'
    assert len(read(f'{WHO}</row><row r="3">{only_formatted}').rows) == 1


@pytest.mark.feature("JX-05")
def test_days_count_from_where_the_workbook_counts_them() -> None:
    assert values(read(WHO + number("D2", 46266, 1)))["day"] == "2026-09-01"
    assert values(read(WHO + number("D2", 46266)))["day"] == "2026-09-01"
    old_mac = '<workbookPr date1904="1"/>'
    assert values(read(WHO + number("D2", 44804, 1), book=old_mac))["day"] == "2026-09-01"
    assert values(read(WHO + number("D2", 44804), book=old_mac))["day"] == "2026-09-01"
    assert values(read(WHO + '<c r="D2" t="d"><v>2026-09-01T00:00:00</v></c>'))["day"] == "2026-09-01"


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize("typed", ["9/1/2026", "1.9.2026", "01-09-26"])
def test_a_date_that_may_be_two_days_is_not_guessed(typed: str) -> None:
    parsed = read(WHO + text("D2", typed))
    assert codes(parsed) == [(2, "day", "date_unclear")]
    assert typed in parsed.problems[0].message


@pytest.mark.feature("JX-05")
def test_a_number_that_lost_its_digits_is_told_so_however_it_is_stored() -> None:
    for cell in (number("A2", "3.60121201009170017E+17"), number("A2", "360121201009170000"), text("A2", "3.60E+17")):
        parsed = read(cell + text("B2", "张三"))
        assert codes(parsed) == [(2, "no", "scientific")]
        assert "已丢失" in parsed.problems[0].message


@pytest.mark.feature("JX-05")
def test_a_header_below_a_merged_title_after_empty_rows_and_columns_is_found() -> None:
    rows = f'<row r="3">{text("C3", "2026年秋季学期成绩")}</row><row r="5">'
    rows += text("C5", "学籍号") + text("D5", "姓名") + text("E5", "成绩") + "</row>"
    rows += (
        f'<row r="8">{text("C8", "G001")}{text("D8", "张三")}{number("E8", 90)}</row><row r="9000"><c r="C9000" s="1"/></row>'
    )
    merges = '<mergeCells count="2"><mergeCell ref="C3:H3"/><mergeCell ref="E5:E7"/></mergeCells>'
    parsed = reading.read(a_book(rows, after=merges), TEMPLATE, Limits())
    assert [(row.number, row.values) for row in parsed.rows] == [(8, {"no": "G001", "name": "张三", "score": "90"})]


@pytest.mark.feature("JX-05")
def test_hidden_rows_and_columns_are_read_and_the_rows_are_told() -> None:
    rows = header(TITLES) + f'<row r="2">{WHO}</row>'
    rows += f'<row r="3" spans="1:6" hidden="1">{text("A3", "G002")}{text("B3", "李四")}{number("C3", 80)}</row>'
    rows += '<row r="4" hidden="1"/>'
    columns = '<cols><col min="3" max="3" width="0" hidden="1" customWidth="1"/></cols>'
    parsed = reading.read(a_book(rows, before=f'<dimension ref="A1"/>{columns}'), TEMPLATE, Limits())
    assert [row.values.get("score") for row in parsed.rows] == [None, "80"]
    assert {notice.code: notice.message for notice in parsed.warnings}["hidden_rows"].startswith("有 1 行")


@pytest.mark.feature("JX-05")
def test_cells_and_rows_without_references_are_counted() -> None:
    cell = '<c t="inlineStr"><is><t>{}</t></is></c>'
    rows = "".join(f"<row>{''.join(cell.format(word) for word in row)}</row>" for row in (TITLES, ["G001", "张三"]))
    parsed = reading.read(a_book(rows), TEMPLATE, Limits())
    assert [row.values for row in parsed.rows] == [{"no": "G001", "name": "张三"}]


@pytest.mark.feature("JX-05")
def test_parts_written_with_a_prefix_for_every_name_are_read_with_their_marks() -> None:
    plain = a_book(header(TITLES) + f'<row r="2">{WHO}<c r="C2" t="e"><v>#N/A</v></c></row>')
    prefixed = _with_prefix(plain)
    assert codes(reading.read(prefixed, TEMPLATE, Limits())) == [(2, "score", "cell_error")]


def _with_prefix(data: bytes) -> bytes:
    """The same sheet as some tools write it: <x:row> for <row>."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part.endswith("sheet1.xml"):
                content = re.sub(rb"<(/?)(?=[a-z])", rb"<\1x:", content).replace(b"xmlns=", b"xmlns:x=")
            new.writestr(part, content)
    return out.getvalue()
