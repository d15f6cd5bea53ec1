"""Files that mean harm, or are something else than their name says, are refused by name and fast (X-12)."""

import json
import signal
import subprocess
import sys
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import asdict, replace
from io import BytesIO
from pathlib import Path

import pytest
from importer.adapters.workbook import Limits, WorkbookRefused
from importer.adapters.workbook.magic_bytes import require_zip
from importer.adapters.workbook.sandbox import READING, STOPPED, WORKER, WorkbookSandbox
from importer.domain.templates import Column, Sheet, Template
from openpyxl import Workbook, load_workbook
from servicekit.sandbox import framing
from servicekit.sandbox.pool import command

TEMPLATE = Template("scores", "考试成绩", 1, (Sheet("scores", "成绩", (Column("no", "学号"), Column("name", "姓名"))),))
FIRST = "xl/worksheets/sheet1.xml"
NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def a_workbook(rows: int = 3) -> bytes:
    book = Workbook()
    sheet = book.worksheets[0]
    sheet.title = "成绩"
    sheet.append(["学号", "姓名"])
    for number in range(rows):
        sheet.append([f"2025{number:04}", "张三"])
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def with_part(name: str, content: bytes, data: bytes | None = None) -> bytes:
    out = BytesIO()
    with (
        zipfile.ZipFile(BytesIO(data or a_workbook())) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        for part in old.infolist():
            if part.filename != name:
                new.writestr(part.filename, old.read(part))
        new.writestr(name, content)
    return out.getvalue()


def with_change(name: str, before: bytes, after: bytes) -> bytes:
    data = a_workbook()
    with zipfile.ZipFile(BytesIO(data)) as old:
        content = old.read(name)
    assert before in content
    return with_part(name, content.replace(before, after), data)


def a_sheet(rows: str) -> bytes:
    xml = f'<?xml version="1.0" encoding="UTF-8"?><worksheet xmlns="{NAMESPACE}"><sheetData>{rows}</sheetData></worksheet>'
    return with_part(FIRST, xml.encode())


def an_entity_bomb() -> bytes:
    bomb = b'<!DOCTYPE lol [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    return with_change(FIRST, b"<worksheet", bomb + b"<worksheet")


def a_long_string_in_every_cell() -> bytes:
    """300 KB that become 2 GB when each cell gets a copy of its own."""
    cells = "".join(f'<row r="{n}">{"<c t='s'><v>0</v></c>" * 10}</row>' for n in range(1, 7000))
    string = f'<sst xmlns="{NAMESPACE}"><si><t>{"长" * 10_000}</t></si></sst>'
    return with_part("xl/sharedStrings.xml", string.encode(), a_sheet(cells))


def a_bomb_that_lies_about_its_size() -> bytes:
    data = bytearray(with_part("xl/media/a.xml", b" " * (60 << 20)))
    at = data.rfind(b"PK\x01\x02")
    data[at + 24 : at + 28] = (1000).to_bytes(4, "little")
    return bytes(data)


def an_encrypted_file() -> bytes:
    return bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 1000 + "EncryptedPackage".encode("utf-16-le") + b"\0" * 1000


HOSTILE: dict[str, tuple[str, Callable[[], bytes]]] = {
    "zip bomb": ("file_zip_bomb", lambda: with_part("xl/media/a.xml", b"\0" * (52 << 20))),
    "bomb below the size limit": ("file_zip_bomb", lambda: with_part("xl/media/a.xml", b" " * (40 << 20))),
    "bomb that lies about its size": ("file_damaged", a_bomb_that_lies_about_its_size),
    "thousands of parts": ("file_zip_bomb", lambda: _many_parts(3000)),
    "merged over the whole sheet": (
        "merge_too_large",
        lambda: with_change(
            FIRST, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A1:XFD1048576"/></mergeCells>'
        ),
    ),
    "far cell": ("far_cell", lambda: a_sheet('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>')),
    "far cell without references": (
        "too_heavy",
        lambda: a_sheet(f'<row r="1048576">{"<c><v>1</v></c>" * 16000}</row><row r="1"><c><v>1</v></c></row>'),
    ),
    "more rows than allowed": (
        "too_many_rows",
        lambda: a_sheet("".join(f'<row r="{n}"><c r="A{n}"><v>1</v></c></row>' for n in range(1, 25_000))),
    ),
    "entity bomb": ("file_unsafe_xml", an_entity_bomb),
    "outside document type": (
        "file_unsafe_xml",
        lambda: with_change(FIRST, b"<worksheet", b'<!DOCTYPE a SYSTEM "file:a"><worksheet'),
    ),
    "one long string in every cell": ("too_heavy", a_long_string_in_every_cell),
    "xml in another encoding": (
        "file_unsafe_xml",
        lambda: with_part(FIRST, '<?xml version="1.0" encoding="UTF-16"?><!DOCTYPE a>'.encode("utf-16")),
    ),
    "macros": ("file_has_macros", lambda: with_part("xl/vbaProject.bin", b"x")),
    "link to another file": ("file_has_links", lambda: with_part("xl/externalLinks/externalLink1.xml", b"<a/>")),
    "external relationship": (
        "file_has_links",
        lambda: with_part(
            "xl/worksheets/_rels/sheet1.xml.rels",
            b'<Relationships><Relationship Id="r1" Type="a/oleObject" Target="b:c" TargetMode="External"/></Relationships>',
        ),
    ),
    "truncated": ("file_damaged", lambda: a_workbook()[:-500]),
    "broken xml": ("file_damaged", lambda: with_part("xl/workbook.xml", b"<workbook><sheets>")),
    "html renamed": ("file_is_html", lambda: "<html><table><tr><td>学号</td></tr></table></html>".encode()),
    "csv renamed": ("file_is_text", lambda: "学号,姓名\n20250001,张三\n".encode("gb18030")),
    "old xls": ("file_is_xls", lambda: bytes.fromhex("d0cf11e0a1b11ae1") + b"\0" * 2000),
    "password": ("file_encrypted", an_encrypted_file),
    "picture": ("file_not_workbook", lambda: b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"),
    "another zip": ("file_not_workbook", lambda: _many_parts(3)),
    "nothing": ("file_empty", lambda: b""),
    "zip in a zip": ("file_not_workbook", lambda: _nested(3)),
    "workbook in a workbook": ("file_has_macros", lambda: with_part("xl/embeddings/a.xlsx", a_workbook())),
    "billion laughs in the strings": (
        "file_unsafe_xml",
        lambda: with_part("xl/sharedStrings.xml", b'<!DOCTYPE l [<!ENTITY a "ha">]><sst><si><t>&a;</t></si></sst>'),
    ),
    "one string of 40 MB": ("file_zip_bomb", lambda: with_part("xl/sharedStrings.xml", _strings("长" * 13_000_000))),
    "columns merged whole": ("merge_too_large", lambda: _merged("A:XFD")),
    "thousands of wide merges": ("merge_too_large", lambda: _merged(*(f"A{n}:XFD{n}" for n in range(1, 5000)))),
    "a workbook as binary": ("file_not_workbook", lambda: with_names({"xl/workbook.xml": "xl/workbook.bin"})),
    "two parts of one name": ("file_damaged", lambda: _twice("xl/workbook.xml")),
    "connection to a database": ("file_has_links", lambda: with_part("xl/connections.xml", b"<connections/>")),
    "encrypted entries": ("file_encrypted", lambda: _flagged(1)),
    "one long name of an attribute": (
        "file_damaged",
        lambda: with_part("xl/workbook.xml", b"<workbook><sheets><sheet " + b"a" * 300_000 + b">"),
    ),
    "a cell of many types that never ends": ("file_damaged", lambda: a_sheet(f'<row r="2"><c {'t="e" #' * 50_000}</row>')),
}


def _nested(depth: int) -> bytes:
    data = a_workbook()
    for _ in range(depth):
        out = BytesIO()
        with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
            new.writestr("成绩.xlsx", data)
        data = out.getvalue()
    return data


def _strings(text: str) -> bytes:
    return f'<sst xmlns="{NAMESPACE}"><si><t>{text}</t></si></sst>'.encode()


def _merged(*ranges: str) -> bytes:
    merges = "".join(f'<mergeCell ref="{cells}"/>' for cells in ranges)
    return with_change(FIRST, b"</sheetData>", f"</sheetData><mergeCells>{merges}</mergeCells>".encode())


def with_names(changed: dict[str, str]) -> bytes:
    """A workbook some of whose parts are called otherwise."""
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(a_workbook())) as old, zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new:
        for part in old.namelist():
            new.writestr(changed.get(part, part), old.read(part))
    return out.getvalue()


def _twice(name: str) -> bytes:
    out = BytesIO(a_workbook())
    with warnings.catch_warnings(), zipfile.ZipFile(out, "a") as archive:
        warnings.simplefilter("ignore")
        archive.writestr(name, b"<workbook/>")
    return out.getvalue()


def _flagged(bit: int) -> bytes:
    """Every entry of the directory says that it is encrypted."""
    data = bytearray(a_workbook())
    at = data.find(b"PK\x01\x02")
    while at >= 0:
        data[at + 8] |= bit
        at = data.find(b"PK\x01\x02", at + 4)
    return bytes(data)


def _many_parts(count: int) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(out, "w") as new:
        for number in range(count):
            new.writestr(f"word/{number}.xml", b"<a/>")
    return out.getvalue()


_MEASURE = """
import json, os, subprocess, sys
worker = subprocess.Popen(sys.argv[1:], stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
out, errors = worker.communicate(sys.stdin.buffer.read())
used = os.times()
import resource
peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
message = {"code": worker.returncode, "peak": peak, "cpu": used.children_user + used.children_system}
sys.stdout.buffer.write(json.dumps(message).encode() + b"\\n" + out)
"""
"""A small process of its own around the worker: what a process forks from counts as its memory too."""


def measured(data: bytes) -> tuple[WorkbookRefused, int, float]:
    """Why the worker refuses a file, the most memory it had (in MB), and the seconds of processor time it took."""
    job = {"do": "read", "template": asdict(TEMPLATE), "limits": asdict(Limits())}
    line, env = command(WORKER)
    ran = subprocess.run(
        [sys.executable, "-c", _MEASURE, *line],
        input=framing.pack({"job": job, "limits": asdict(READING), "last": True}, data),
        capture_output=True,
        env=env,
        check=True,
    )
    message, _, out = ran.stdout.partition(b"\n")
    found = json.loads(message)
    frame = framing.read(BytesIO(out))
    if frame is None:
        assert found["code"] < 0, "a worker without an answer was killed"
        refused = WorkbookRefused(STOPPED["cpu" if found["code"] == -signal.SIGXCPU else "crash"])
    elif "stopped" in (head := frame[0]):
        refused = WorkbookRefused(STOPPED[head["stopped"]])
    else:
        refused = WorkbookRefused(head["answer"]["refused"], **head["answer"]["values"])
    return refused, found["peak"] // 1024, found["cpu"]


@pytest.mark.feature("X-12", "JX-05")
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_file_is_refused_by_name_within_two_seconds_and_300_mb(name: str) -> None:
    code, build = HOSTILE[name]
    found, peak, cpu = verdict(build())
    assert found.code == code
    assert found.message.endswith("。")
    assert peak <= 300, "MB"
    assert cpu <= 2, "seconds of processor time; some tenths on a quiet machine"


def verdict(data: bytes) -> tuple[WorkbookRefused, int, float]:
    """Why a file is refused, and what it cost."""
    try:
        require_zip(data)
    except WorkbookRefused as refused:
        return refused, 0, 0.0
    return measured(data)


@pytest.mark.feature("X-12")
async def test_a_reader_that_hangs_is_killed_at_its_time_limit() -> None:
    slow = WorkbookSandbox(reading=replace(READING, wall=0.01))
    with pytest.raises(WorkbookRefused) as refused:
        await slow.read(a_workbook(), TEMPLATE)
    assert refused.value.code == "too_slow"


@pytest.mark.feature("X-12")
async def test_a_dimension_that_lies_is_read_all_the_same() -> None:
    data = with_change(FIRST, b'<dimension ref="A1:B4"', b'<dimension ref="A1"')
    assert len((await WorkbookSandbox().read(data, TEMPLATE)).rows) == 3


@pytest.mark.feature("X-12")
async def test_a_hundred_thousand_unused_strings_cost_little() -> None:
    strings = "".join(f"<si><t>{text}</t></si>" for text in ("学号", "姓名", *range(100_000)))
    header = '<row r="1"><c r="A1" t="s"><v>0</v></c><c r="B1" t="s"><v>1</v></c></row>'
    data = a_sheet(header + '<row r="2"><c r="A2" t="s"><v>100001</v></c></row>')
    data = with_part("xl/sharedStrings.xml", f'<sst xmlns="{NAMESPACE}">{strings}</sst>'.encode(), data)
    assert [row.values for row in (await WorkbookSandbox().read(data, TEMPLATE)).rows] == [{"no": "99999"}]


@pytest.mark.feature("X-12")
async def test_far_cells_that_are_only_formatted_do_no_harm() -> None:
    data = with_change(FIRST, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576" s="0"/></row></sheetData>')
    assert len((await WorkbookSandbox().read(data, TEMPLATE)).rows) == 3


@pytest.mark.feature("X-12")
async def test_parts_whose_names_climb_out_of_the_archive_reach_no_file(tmp_path: Path) -> None:
    aim = tmp_path / "aim.xml"
    climbing = f"{'../' * 20}{str(aim).lstrip('/')}"
    data = with_part(climbing, b"<a/>", with_part("xl/worksheets/../../../evil.xml", b"<a/>"))
    assert len((await WorkbookSandbox().read(data, TEMPLATE)).rows) == 3
    assert not aim.exists()


@pytest.mark.feature("X-12")
async def test_metadata_without_an_honest_title_is_shown_as_text() -> None:
    book = load_workbook(BytesIO(a_workbook()))
    metadata = json.dumps({"template": "other", "title": "坏\u0000\ud800题\n" + "长" * 100})
    book.create_sheet("_zongping")["A1"] = metadata
    out = BytesIO()
    book.save(out)
    with pytest.raises(WorkbookRefused) as refused:
        await WorkbookSandbox().read(out.getvalue(), TEMPLATE)
    assert refused.value.code == "other_template"
    assert "坏题" in refused.value.message
    assert len(refused.value.message) < 100
