"""From material and scheme to a content: every code becomes the word people read, in an order that never varies."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any

from scheme import Kind, Scheme
from scheme.forms import Field
from scheme.outcomes import Section
from servicekit.directory import Student, masked_number

from archive.domain.content import (
    Axis,
    Backfilled,
    CareerArchive,
    DimensionRecords,
    Evaluated,
    Fact,
    KindRecords,
    Misconduct,
    Origin,
    Place,
    Position,
    Profile,
    Radar,
    Record,
    Release,
    Statement,
    Table,
    TableGroup,
    TermArchive,
)
from archive.domain.evaluations import Evaluation
from archive.domain.material import Collected, Frame, Held, Material, Planned, counts
from archive.domain.terms import Outside, Term

_SEX = {"male": "男", "female": "女"}
_SOURCE = {"reported": "学生填报", "imported": "学校导入", "entered": "学校录入"}
_WIDE = 7
"""A table with more columns than this is set upright, one line per field."""
_LINE = 400


def term_content(term: Term, material: Material, plan: Planned, frame: Frame) -> TermArchive:
    """One student's term (JX-13)."""
    written = [e for e in term.evaluations(material.student.path) if e.in_term_archive]
    return TermArchive(
        title=f"{material.student.name} {term.title}综合素质评价{term.scheme.archives.term.title}",
        term=term.title,
        backfill=_backfilled(term.outside),
        **_common(term, material, plan, frame, term.scheme.archives.term.sections, [(e.id, e.title) for e in written]),
    )


def career_content(term: Term, terms: Sequence[Term], material: Material, plan: Planned, frame: Frame) -> CareerArchive:
    """The chosen records of all sealed terms; `term` is the latest, whose rules hold (JX-13)."""
    career = term.scheme.archives.career
    if career is None:
        raise ValueError("the scheme has no career archive")
    first, last = min(t.starts_on for t in terms), max(t.ends_on for t in terms)
    titles = [(e.id, e.title) for e in term.scheme.evaluations if e.in_term_archive and e.text is not None]
    return CareerArchive(
        title=f"{material.student.name} 综合素质评价{career.title}",
        period=f"{_month(first)}至{_month(last)}",
        backfilled=any(t.outside for t in terms),
        **_common(term, material, plan, frame, career.sections, titles, career=True),
    )


def _common(
    term: Term,
    material: Material,
    plan: Planned,
    frame: Frame,
    sections: tuple[Section, ...],
    evaluations: list[tuple[str, str]],
    career: bool = False,
) -> dict[str, Any]:
    scheme, student = term.scheme, material.student
    sources = {section.source for section in sections}
    tables = [s for s in sections if s.source == "records" and s.kinds and all(_is_table(scheme.kind(k)) for k in s.kinds)]
    conduct = {kind for s in sections if s.source == "misconduct" for kind in s.kinds}
    elsewhere = conduct | {kind for s in tables for kind in s.kinds}
    records = sorted(material.records, key=lambda one: _order(scheme, one))
    return {
        "document_no": plan.document_no,
        "version": plan.version,
        "code": plan.code,
        "url": frame.verify_url + plan.code,
        "made_at": frame.made_at,
        "zone": term.zone.key,
        "origin": Origin(scheme=scheme.id, scheme_name=scheme.title, scheme_version=scheme.version),
        "place": Place(school=student.school_title, class_name=student.grade_title + student.class_title, region=frame.region),
        "student": _profile(student, frame.region, term.outside),
        "positions": tuple(map(_position, material.positions)) if "positions" in sources else (),
        "radar": _radar(scheme, material, frame) if "radar" in sources else None,
        "dimensions": _dimensions(scheme, records, elsewhere, career) if "records" in sources else (),
        "groups": tuple(TableGroup(title=s.title, tables=tuple(_tables(scheme, s, records))) for s in tables),
        "evaluations": _evaluated(term, material, evaluations, career) if "evaluations" in sources else (),
        "misconduct": tuple(_misconduct(scheme, r) for r in records if r.snapshot.kind in conduct),
        "replaces": plan.replaces,
    }


def _is_table(kind: Kind) -> bool:
    """Facts that enter without selection, such as scores and measurements, are read best as a table."""
    return kind.archive == "on_approval"


def _day(scheme: Scheme, one: Collected) -> str:
    field = scheme.kind(one.snapshot.kind).date_field
    return str(one.snapshot.data.get(field) or "") if field else ""


def _order(scheme: Scheme, one: Collected) -> tuple[str, str, tuple[int, ...], str, str]:
    """By term and day; rows of a table then in the scheme's order of choices (语文 before 数学), the rest by title."""
    kind, snapshot = scheme.kind(one.snapshot.kind), one.snapshot
    ranks = tuple(_rank(f, snapshot.data.get(f.id)) for f in kind.form.fields if f.choices) if _is_table(kind) else ()
    return one.term, _day(scheme, one), ranks, snapshot.title, str(snapshot.record_id)


def _rank(field: Field, value: object) -> int:
    return next((at for at, choice in enumerate(field.choices) if choice.id == value), len(field.choices))


def _backfilled(outside: Outside | None) -> Backfilled | None:
    if outside is None:
        return None
    return Backfilled(
        from_province=outside.from_province, from_school=outside.from_school, transferred_on=outside.transferred_on,
        filled_by=outside.filled_by, lacking=outside.lacking,
    )  # fmt: skip


def _profile(student: Student, region: str, outside: Outside | None) -> Profile:
    facts = [Fact(label="学校", value=student.school_title)]
    if region:
        facts.append(Fact(label="所在地", value=region))
    if outside is not None:
        facts += [Fact(label=label, value=value) for label, value in outside.profile]
    return Profile(
        name=student.name,
        sex=_SEX.get(student.sex, student.sex),
        student_no=masked_number(student.registry_number),
        facts=tuple(facts),
    )


def _position(held: Held) -> Position:
    until = f"至{_month(held.ends_on)}" if held.ends_on else "起"
    return Position(name=held.title, scope=held.level or "", period=_month(held.starts_on) + until, duties=held.duties or "")


def _month(day: date) -> str:
    return f"{day.year} 年 {day.month} 月"


def _radar(scheme: Scheme, material: Material, frame: Frame) -> Radar | None:
    picture = scheme.radar(counts(material.records))
    if not 3 <= len(picture) <= 10:
        return None
    axes = (
        Axis(dimension=scheme.dimension(name).title, value=round(float(value) * 100, 1), mean=frame.means.get(name))
        for name, value in picture.items()
    )
    return Radar(unit="活跃度", full=100, axes=tuple(axes))


def _dimensions(scheme: Scheme, records: list[Collected], elsewhere: set[str], career: bool) -> tuple[DimensionRecords, ...]:
    by_kind: dict[str, list[Collected]] = {}
    for one in records:
        by_kind.setdefault(one.snapshot.kind, []).append(one)
    found = []
    for dimension in scheme.dimensions:
        kinds = tuple(
            KindRecords(
                kind=kind.title,
                records=tuple(_record(kind, one, career) for one in by_kind[kind.id]),
                quota=scheme.archives.career_left(kind.id, 0) if career else None,
            )
            for kind in dimension.kinds
            if kind.id not in elsewhere and kind.id in by_kind
        )
        if kinds or any(kind.id not in elsewhere for kind in dimension.kinds):
            found.append(DimensionRecords(dimension=dimension.title, kinds=kinds))
    return tuple(found)


def _record(kind: Kind, one: Collected, career: bool) -> Record:
    data, own = one.snapshot.data, {kind.title_field, kind.date_field}
    short = [f for f in kind.form.fields if f.type != "long_text" and f.id not in own]
    return Record(
        title=one.snapshot.title[:_LINE],
        when=str(data.get(kind.date_field) or "") if kind.date_field else "",
        term=one.term if career else "",
        source=_SOURCE[one.snapshot.origin],
        facts=tuple(Fact(label=f.title, value=shown) for f in short if (shown := f.shown(data.get(f.id)))),
        text=_long_text(kind, data),
        evidence=len(one.snapshot.evidence),
    )


def _long_text(kind: Kind, data: dict[str, Any]) -> str:
    texts = (str(data.get(f.id) or "") for f in kind.form.fields if f.type == "long_text")
    return "\n".join(text for text in texts if text)


def _tables(scheme: Scheme, section: Section, records: Iterable[Collected]) -> Iterable[Table]:
    for name in section.kinds:
        kind = scheme.kind(name)
        rows = [one.snapshot.data for one in records if one.snapshot.kind == name]
        if rows:
            fields = [f for f in kind.form.fields if any(row.get(f.id) not in (None, "") for row in rows)]
            yield _upright(kind, fields, rows) if len(fields) > _WIDE else _flat(kind, fields, rows)


def _flat(kind: Kind, fields: list[Field], rows: list[dict[str, Any]]) -> Table:
    cells = tuple(tuple(f.shown(row.get(f.id))[:_LINE] for f in fields) for row in rows)
    return Table(title=kind.title, columns=tuple(f.title for f in fields), rows=cells)


def _upright(kind: Kind, fields: list[Field], rows: list[dict[str, Any]]) -> Table:
    shown = rows[-11:]
    heads = [str(row.get(kind.date_field) or "结果") if kind.date_field else "结果" for row in shown]
    lines = tuple((f.title, *(f.shown(row.get(f.id))[:_LINE] for row in shown)) for f in fields if f.id != kind.date_field)
    return Table(title=kind.title, columns=("项目", *heads), rows=lines)


def _evaluated(term: Term, material: Material, wanted: list[tuple[str, str]], career: bool) -> tuple[Evaluated, ...]:
    def said(e: Evaluation, title: str) -> Statement:
        written_on = term.today(e.written_at)
        return Statement(text=e.text, author=e.author.name, written_on=written_on, term=title if career else "")

    return tuple(
        Evaluated(
            title=title,
            statements=tuple(said(e, term_title) for term_title, e in material.evaluations if e.type == name),
        )
        for name, title in wanted
    )


def _misconduct(scheme: Scheme, one: Collected) -> Misconduct:
    kind, data = scheme.kind(one.snapshot.kind), one.snapshot.data
    rest = [f.shown(data.get(f.id)) for f in kind.form.fields if f.type != "long_text" and f.id != kind.date_field]
    released = one.released
    return Misconduct(
        happened_on=date.fromisoformat(day) if (day := _day(scheme, one)) else None,
        what=_long_text(kind, data) or one.snapshot.title,
        measure="，".join(text for text in rest if text)[:_LINE],
        release=Release(released_on=released.released_on, reason=released.reason) if released else None,
    )
