"""Valid workbooks, damaged at random: each is read, or refused by name; never a fault, never a batch that hangs (X-12)."""

import json
import zipfile
from collections.abc import Callable
from functools import cache
from io import BytesIO
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some
from importer import domain
from importer.actions.checking import events_of_rows
from importer.adapters.workbook import Limits, WorkbookRefused, as_json, reading
from importer.domain.definition_from_scheme import definition_of
from importer.domain.definitions import ReferenceData, Student
from importer_builders import NOW, SCHEME, SEAL_KEY, a_school, a_student, a_term, exam_template, filled, scores
from servicekit.directory import Term
from servicekit.encryption import Sealer
from servicekit.ids import new_id
from spreadsheets import a_book, header, number, text

PUPILS = [a_student(1, "张晓"), a_student(2, "王明")]
DEFINITION = definition_of(SCHEME, "exam_scores", "class_teacher")
REFERENCE = ReferenceData.of(
    [Student(p.student_id, p.name, p.registry_number, p.path, "1班") for p in PUPILS], Term.from_event(a_term(), SCHEME), NOW
)
ODD = (
    b"",
    b"0",
    b"-1",
    b"1E400",
    b"NaN",
    b"99999999999",
    b"1048576",
    b"_x0000_",
    b"&#55296;",
    b"&amp;",
    b"\xff",
    "\u202e".encode(),
)
type Damage = Callable[[bytes], bytes]


@cache
def sound(number_: int) -> bytes:
    """The template filled in Excel's way, or a sheet in LibreOffice's."""
    if number_ == 0:
        return filled(exam_template(), "考试成绩", [scores(PUPILS[0]), scores(PUPILS[1], 科目="英语", 成绩=120)])
    titles = ["学籍号", "姓名", "考试", "科目", "成绩", "满分"]
    row = text("A2", PUPILS[0].registry_number) + text("B2", "张晓") + text("C2", "期末") + text("D2", "数学")
    return a_book(header(titles) + f'<row r="2">{row}{number("E2", 92.5)}{number("F2", 150)}</row>', title="考试成绩")


@some.composite
def damaged(draw: Callable[..., Any]) -> bytes:
    """A workbook damaged as a file, or (so that it still opens) in one of its parts."""
    data = sound(draw(some.integers(0, 1)))
    if draw(some.booleans()):
        return _bitten(draw, data)
    with zipfile.ZipFile(BytesIO(data)) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    name = draw(some.sampled_from([part for part in parts if part.startswith(("xl/", "["))]))
    parts[name] = _bitten(draw, parts[name]) if draw(some.booleans()) else _reworded(draw, parts[name])
    if draw(some.integers(0, 9)) == 0:
        del parts[draw(some.sampled_from(list(parts)))]
    out = BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for part, content in parts.items():
            archive.writestr(part, content)
    return out.getvalue()


def _bitten(draw: Callable[..., Any], data: bytes) -> bytes:
    at = draw(some.integers(0, len(data) - 1))
    more = draw(some.integers(0, 60))
    return draw(some.sampled_from((data[:at], data[:at] + data[at + more :], data[:at] + data[at : at + more] * 2 + data[at:])))


def _reworded(draw: Callable[..., Any], xml: bytes) -> bytes:
    """A value between quotes or tags becomes an odd one."""
    ends = [at for at, byte in enumerate(xml) if byte in b'">']
    if len(ends) < 3:
        return xml
    at = draw(some.integers(0, len(ends) - 2))
    end = xml.find(b"<" if xml[ends[at]] == ord(">") else b'"', ends[at] + 1)
    return xml[: ends[at] + 1] + draw(some.sampled_from(ODD)) + xml[end:] if end > 0 else xml


@pytest.mark.feature("X-12")
@given(data=damaged())
@settings(max_examples=250, derandomize=True, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_a_damaged_workbook_is_read_or_refused_and_what_is_read_can_be_kept_and_sent(data: bytes) -> None:
    try:
        read = reading.read(data, DEFINITION.template, Limits())
    except WorkbookRefused:
        return
    parsed = as_json.parsed_from(json.loads(json.dumps(as_json.parsed_to(read))))
    assert parsed.rows == read.rows
    checked = DEFINITION.check(parsed, REFERENCE)
    texts = [p.message for p in checked.problems] + [n.message for n in checked.warnings]
    for event in events_of_rows(Sealer(SEAL_KEY), _A_BATCH, checked.rows):
        texts.append(event.model_dump_json())
    for words in texts:
        assert "\0" not in words
        words.encode()  # PostgreSQL takes neither


@pytest.mark.feature("X-12")
async def test_damaged_workbooks_end_as_checked_or_refused_and_never_as_faults(parts: Any) -> None:
    whole = sound(0)
    with zipfile.ZipFile(BytesIO(whole)) as archive:
        sheet = next(name for name in archive.namelist() if b">92.5</v>" in archive.read(name))
    cases: dict[str, Damage] = {
        "cut in half": lambda data: data[: len(data) // 2],
        "without its end": lambda data: data[:-22],
        "a hole": lambda data: data[:400] + data[600:],
        "no sheet": lambda data: _without(data, sheet),
        "no styles": lambda data: _without(data, "xl/styles.xml"),
        "a number that is none": lambda data: _changed(data, sheet, b">92.5<", b">9O.5<"),
        "a number beyond numbers": lambda data: _changed(data, sheet, b">92.5<", b">1E999<"),
        "a string that is not there": lambda data: _changed(data, sheet, b't="inlineStr"', b't="s"'),
    }
    async with a_school(parts) as school:
        ended: dict[str, str] = {}
        for name, damage in cases.items():
            begun = await school.begin(school.teacher, "exam_scores", damage(whole))
            if begun.status != 201:
                ended[name] = str(begun.code)
            else:
                seen = await school.wait(school.teacher, begun.json["id"])
                ended[name] = seen["code"] or next((p["code"] for p in seen["problems"]), "sound")
        assert ended == {
            "cut in half": "file_damaged",
            "without its end": "file_damaged",
            "a hole": "file_damaged",
            "no sheet": "file_damaged",
            "no styles": "sound",
            "a number that is none": "file_damaged",
            "a number beyond numbers": "cell_error",
            "a string that is not there": "sound",
        }


def _without(data: bytes, name: str) -> bytes:
    return _changed(data, name, None, None)


def _changed(data: bytes, name: str, before: bytes | None, after: bytes | None) -> bytes:
    out = BytesIO()
    with zipfile.ZipFile(BytesIO(data)) as old, zipfile.ZipFile(out, "w") as new:
        for part in old.namelist():
            content = old.read(part)
            if part != name:
                new.writestr(part, content)
            elif before is not None and after is not None:
                new.writestr(part, content.replace(before, after))
    return out.getvalue()


_A_BATCH = domain.Batch(
    id=new_id(), type="exam_scores", title="考试成绩", target="records", path="jx.nc.dh.s1.g2025.c01", term_id=new_id(),
    scheme_id="jiangxi", scheme_version="2026.1", roles=("class_teacher",), role="class_teacher", account_id=new_id(),
    author_name="李老师", file_id=new_id(), file_name="成绩.xlsx", state=domain.State.CHECKING, created_at=NOW,
)  # fmt: skip
