"""Contents under all four schemes: no rule of a province is in the code, and the order never varies."""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from archive.domain.compose import _fields, _long_text, term_content
from archive.domain.content import as_content
from archive.domain.material import Collected, Material, SealContext
from archive.domain.terms import ArchiveTerm
from contracts.base import RecordSnapshot
from proof import canonical
from scheme import Form, Kind, Scheme, Schemes
from servicekit.directory import Student
from servicekit.ids import new_id

from .rule_builders import an_archive

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
AT = datetime(2027, 1, 21, 1, tzinfo=UTC)
WHO = Student(
    new_id(),
    "李晓雨",
    "jx.nc.dh.s1.g2025.c01",
    "某校",
    "某年级",
    "（1）班",
    sex="female",
    registry_number="G360102200908170011",
)
ARCHIVE = an_archive()


def a_term_of(scheme: Scheme) -> ArchiveTerm:
    """A term under this scheme."""
    return ArchiveTerm(
        id=new_id(), path="jx.nc.dh.s1", title="2026-2027学年第一学期", school_year="2026-2027", number=1,
        time_zone="Asia/Shanghai", starts_on=date(2026, 9, 1), ends_on=date(2027, 1, 31), windows=(), version=1, scheme=scheme,
    )  # fmt: skip


def some_data(kind: Kind) -> dict[str, Any]:
    """A value for each field."""
    by_type: dict[str, Any] = {"date": "2026-11-02", "datetime": "2026-11-02T08:00:00+08:00", "integer": 3, "boolean": True}
    return {
        f.id: f.choices[0].id
        if f.choices
        else by_type.get(f.type, "12.5" if f.type in ("decimal", "duration_hours") else "甲乙丙丁")
        for f in kind.form.fields
    }


def a_record_of(scheme: Scheme, kind: Kind, title: str) -> Collected:
    """A record of this kind."""
    snapshot = RecordSnapshot(
        record_id=new_id(), term_id=new_id(), student_id=WHO.id, student_name=WHO.name, path=WHO.path,
        dimension=scheme.dimension_of(kind.id).id, kind=kind.id, title=title, data=some_data(kind), origin=kind.origin,
        level=kind.level, author_name=WHO.name, version=1,
    )  # fmt: skip
    return Collected(snapshot, "2026-2027学年第一学期")


@pytest.mark.feature("JX-13", "JX-02", "X-10")
@pytest.mark.parametrize("scheme", tuple(SCHEMES), ids=lambda s: s.id)
def test_every_kind_of_every_scheme_is_found_in_the_archive_exactly_once(scheme: Scheme) -> None:
    records = [a_record_of(scheme, kind, f"{kind.title}之记录") for kind in scheme.kinds]
    context = SealContext(AT, "江西省", "https://zp.example/verify/")
    made = term_content(a_term_of(scheme), Material(WHO, tuple(records)), ARCHIVE, context)
    shown = [k.kind for d in made.dimensions for k in d.kinds] + [t.title for g in made.groups for t in g.tables]
    named = {kind for s in scheme.archives.term.sections if s.source == "misconduct" for kind in s.kinds}
    assert sorted(shown) == sorted(kind.title for kind in scheme.kinds if kind.id not in named)
    assert len(made.misconduct) == len(named)
    again = term_content(a_term_of(scheme), Material(WHO, tuple(reversed(records))), ARCHIVE, context)
    assert canonical(as_content(made)) == canonical(as_content(again))


@pytest.mark.feature("JX-13")
def test_scores_stand_in_the_order_in_which_the_scheme_lists_the_subjects() -> None:
    scheme = next(scheme for scheme in SCHEMES if scheme.id == "jiangxi")
    kind = scheme.kind("exam_scores")
    subjects = next(f for f in kind.form.fields if f.id == "subject").choices[:5]
    records = []
    for choice in reversed(subjects):
        one = a_record_of(scheme, kind, choice.title)
        data = {**one.snapshot.data, "subject": choice.id}
        records.append(Collected(one.snapshot.model_copy(update={"data": data}), one.term))
    context = SealContext(AT, "江西省", "https://zp.example/verify/")
    made = term_content(a_term_of(scheme), Material(WHO, tuple(records)), ARCHIVE, context)
    table = next(t for g in made.groups for t in g.tables if t.title == kind.title)
    at = table.columns.index("科目")
    assert [row[at] for row in table.rows] == [choice.title for choice in subjects] == ["语文", "数学", "英语", "物理", "化学"]


@pytest.mark.feature("BJ-05")
def test_an_archive_has_no_value_that_families_may_not_read() -> None:
    scheme = next(scheme for scheme in SCHEMES if scheme.id == "beijing")
    kind = scheme.kind("moral_deed")
    for read_by, there in ((("class_teacher",), False), (("class_teacher", "guardian"), True), ((), True)):
        fields = [f.model_copy(update={"read_by": read_by}) if f.id == "teacher_note" else f for f in kind.form.fields]
        shown = kind.model_copy(update={"form": Form(fields=tuple(fields))})
        note = {"name": "拾金不昧", "on_day": "2026-11-02", "account": "交给老师", "teacher_note": "家访时谈到的情况"}
        assert ("家访时谈到的情况" in _long_text(shown, note)) is there
        assert [f.id for f in _fields(shown) if f.id == "teacher_note"] == ["teacher_note"] * there
