"""From material and scheme to the content of an archive: codes become the words people read, in a fixed order."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date, tzinfo
from typing import Any

from contracts.base import RecordSnapshot
from scheme import Evaluation as EvaluationRule
from scheme import Kind, Scheme, roles
from scheme.forms import Field
from scheme.outcomes import Section
from servicekit.directory import Student, masked_number

from archive.domain import content
from archive.domain.evaluations import Evaluation
from archive.domain.material import Collected, HeldPosition, Material, SealContext, counts, kind_of, with_retired
from archive.domain.peers import PeerCard, distributions, texts_about
from archive.domain.seals import Archive
from archive.domain.terms import ArchiveTerm, BackfillOrigin

_SEX = {"male": "男", "female": "女"}
_BY = {"student": "学生", "school": "学校", "district": "区县", "city": "市级", "province": "省级"}
_HOW = {"reported": "填报", "imported": "导入", "entered": "录入"}
_UNNAMED_REGIONS = frozenset({"市辖区", "县", "省直辖县级行政区划", "自治区直辖县级行政区划"})
"""What stands in the national list of regions between a province and its districts without being a region."""
_WIDE = 7
"""A table with more columns than this is printed with one row for each field."""
_LINE = 400


def term_content(term: ArchiveTerm, material: Material, archive: Archive, context: SealContext) -> content.TermContent:
    """One student's term (JX-13), or where the scheme says so all terms of the stage (CS-01)."""
    rule = term.scheme.archives.term
    of_stage = rule.spans == "stage"
    of_term = term.scheme.evaluations if of_stage else term.evaluations(material.student.path)
    written = [e for e in of_term if e.in_term_archive]
    name = document_name(rule.title)
    return content.TermContent(
        title=f"{material.student.name} {term.title}{name}",
        document=name,
        term=term.title,
        backfill=_backfilled(term.backfill),
        **_common(term, material, archive, context, rule.sections, written, many_terms=of_stage),
    )


def region_name(titles: Iterable[str]) -> str:
    """The region of a school from the titles of the organisations above it, province first: 江西省南昌市东湖区. A title that
    repeats what stands above it is not printed twice (上海市 and its city level, 江西省南昌市 below 江西省)."""
    name = ""
    for title in titles:
        if title.startswith(name):
            name = title
        elif title not in _UNNAMED_REGIONS:
            name += title
    return name


def document_name(title: str) -> str:
    """What stands over the document: 综合素质评价学期档案."""
    return title if title.startswith("综合素质评价") else f"综合素质评价{title}"


def career_content(
    term: ArchiveTerm, terms: Sequence[ArchiveTerm], material: Material, archive: Archive, context: SealContext
) -> content.CareerContent:
    """The selected records of all sealed terms; `term` is the latest, whose scheme applies (JX-13)."""
    career = term.scheme.archives.career
    if career is None:
        raise ValueError("the scheme has no career archive")
    first, last = min(t.starts_on for t in terms), max(t.ends_on for t in terms)
    written = [e for e in term.scheme.evaluations if e.in_term_archive]
    return content.CareerContent(
        title=f"{material.student.name} {document_name(career.title)}",
        document=document_name(career.title),
        period=f"{_month(first)}至{_month(last)}",
        backfilled=any(t.backfill for t in terms),
        **_common(term, material, archive, context, career.sections, written, many_terms=True, career=True),
    )


def _common(
    term: ArchiveTerm,
    material: Material,
    archive: Archive,
    context: SealContext,
    sections: tuple[Section, ...],
    evaluations: list[EvaluationRule],
    many_terms: bool,
    career: bool = False,
) -> dict[str, Any]:
    scheme, student = term.scheme, material.student
    scored = term.scored is not None and (many_terms or term.scores_class(student.path))
    sections = tuple(s for s in sections if s.source != "result" or term.verdict is not None or scored)
    sources = {section.source for section in sections}
    tables = table_sections(scheme, sections)
    conduct = {kind for s in sections if s.source == "misconduct" for kind in s.kinds}
    in_other_sections = conduct | {kind for s in tables for kind in s.kinds}
    records = sorted(material.records, key=lambda record: _order(scheme, record))
    under_dimensions = [e for e in evaluations if _under_dimensions(e) and "records" in sources]
    others = [e for e in evaluations if e not in under_dimensions]
    summaries = _summaries(term, material, under_dimensions, many_terms)
    return {
        "document_no": archive.document_no,
        "version": archive.version,
        "code": archive.code,
        "url": context.verify_url + archive.code,
        "made_at": context.made_at,
        "zone": term.zone.key,
        "origin": content.Origin(scheme=scheme.id, scheme_name=scheme.title, scheme_version=scheme.version),
        "school_and_class": content.SchoolAndClass(
            school=student.school_title, class_name=student.grade_title + student.class_title, region=context.region
        ),
        "student": _profile(student, term.schooling.title, context.region, term.backfill),
        "positions": tuple(map(_position, material.positions)) if "positions" in sources else (),
        "radar": _radar(scheme, material, context) if "radar" in sources else None,
        "dimensions": _dimensions(scheme, records, in_other_sections, summaries, many_terms, career, term.zone)
        if "records" in sources
        else (),
        "groups": tuple(
            content.TableGroup(title=s.title, tables=tuple(_tables(scheme, s, records, term.zone))) for s in tables
        ),
        "evaluations": _evaluated(term, material, others, many_terms) if "evaluations" in sources else (),
        "misconduct": tuple(_misconduct(scheme, r, term.zone) for r in records if r.snapshot.kind in conduct),
        "replaces": context.replaces,
        "former_name": archive.former_name,
        "sections": tuple(content.SectionHead(title=s.title, source=s.source) for s in sections),
        "result": _result(term, material) if "result" in sources else None,
        "scores": _scores(term, material, many_terms) if "result" in sources else (),
    }


def _under_dimensions(rule: EvaluationRule) -> bool:
    """Whether it is printed with the records of its dimension: a text or a choice for each, of one author (CS-07)."""
    return rule.per_dimension and rule.about != "classmates"


def table_sections(scheme: Scheme, sections: Iterable[Section]) -> list[Section]:
    """The sections of records that are printed as tables."""
    return [s for s in sections if s.source == "records" and s.kinds and all(_is_table(scheme.kind(k)) for k in s.kinds)]


def _is_table(kind: Kind) -> bool:
    """Whether the kind is printed as a table: what is archived without selection, such as scores and measurements."""
    return kind.archive == "on_approval"


def _day(scheme: Scheme, record: Collected) -> str:
    field = kind_of(scheme, record.snapshot).date_field
    return str(record.snapshot.data.get(field) or "") if field else ""


def _order(scheme: Scheme, record: Collected) -> tuple[str, str, tuple[int, ...], str, str]:
    """By term and day; rows of a table then in the scheme's order of choices (语文 before 数学), the rest by title."""
    kind, snapshot = kind_of(scheme, record.snapshot), record.snapshot
    ranks = tuple(_rank(f, snapshot.data.get(f.id)) for f in kind.form.fields if f.choices) if _is_table(kind) else ()
    return record.term, _day(scheme, record), ranks, snapshot.title, str(snapshot.record_id)


def _rank(field: Field, value: object) -> int:
    return next((at for at, choice in enumerate(field.choices) if choice.id == value), len(field.choices))


def _backfilled(origin: BackfillOrigin | None) -> content.Backfilled | None:
    if origin is None:
        return None
    return content.Backfilled(**{name: getattr(origin, name) for name in content.Backfilled.model_fields})


def _profile(student: Student, stage: str, region: str, origin: BackfillOrigin | None) -> content.Profile:
    details = [content.Detail(label="学校", value=student.school_title), content.Detail(label="学段", value=stage)]
    if region:
        details.append(content.Detail(label="所在地", value=region))
    if origin is not None:
        details += [content.Detail(label=label, value=value) for label, value in origin.profile]
    return content.Profile(
        name=student.name,
        sex=_SEX.get(student.sex, student.sex),
        student_no=masked_number(student.registry_number),
        details=tuple(details),
    )


def _position(held: HeldPosition) -> content.Position:
    until = f"至{_month(held.ends_on)}" if held.ends_on else "起"
    return content.Position(
        name=held.title, scope=held.level or "", period=_month(held.starts_on) + until, duties=held.duties or ""
    )


def _month(day: date) -> str:
    return f"{day.year} 年 {day.month} 月"


def _radar(scheme: Scheme, material: Material, context: SealContext) -> content.Radar | None:
    chart = scheme.radar(counts(material.records))
    if not 3 <= len(chart) <= 10:
        return None
    axes = (
        content.Axis(dimension=scheme.dimension(name).title, value=round(float(value) * 100, 1), mean=context.means.get(name))
        for name, value in chart.items()
    )
    return content.Radar(unit="活跃度", full=100, axes=tuple(axes))


def _dimensions(
    scheme: Scheme,
    records: list[Collected],
    in_other_sections: set[str],
    summaries: Mapping[str, list[content.Summary]],
    many_terms: bool,
    career: bool,
    zone: tzinfo,
) -> tuple[content.DimensionRecords, ...]:
    by_kind: dict[str, list[Collected]] = {}
    for record in records:
        by_kind.setdefault(record.snapshot.kind, []).append(record)
    found = list[content.DimensionRecords]()
    for dimension, of_dimension in with_retired(scheme, by_kind):
        kinds = tuple(
            content.KindRecords(
                kind=kind.title,
                records=tuple(record_content(kind_of(scheme, one.snapshot), one, many_terms, zone) for one in by_kind[kind.id]),
                quota=scheme.archives.career_left(kind.id, 0) if career else None,
            )
            for kind in of_dimension
            if kind.id not in in_other_sections and kind.id in by_kind
        )
        own_summaries = tuple(summaries.get(dimension.id, ()))
        if kinds or own_summaries or any(kind.id not in in_other_sections for kind in of_dimension):
            found.append(content.DimensionRecords(dimension=dimension.title, kinds=kinds, summaries=own_summaries))
    return tuple(found)


def _summaries(
    term: ArchiveTerm, material: Material, rules: Collection[EvaluationRule], many_terms: bool
) -> dict[str, list[content.Summary]]:
    """What was written about each dimension, by its id, oldest term first."""
    found: dict[str, list[content.Summary]] = {}
    for rule in rules:
        for term_title, evaluation in material.evaluations:
            for dimension, part in evaluation.parts.items() if evaluation.type == rule.id else ():
                summary = content.Summary(
                    title=rule.title,
                    text=part.text,
                    choice=_choice(rule, part.choice),
                    author=evaluation.author.name,
                    written_on=term.today(evaluation.written_at),
                    term=term_title if many_terms else "",
                )
                found.setdefault(dimension, []).append(summary)
    return found


def _choice(rule: EvaluationRule, choice: str | None) -> str:
    return next((known.title for known in rule.choices if known.id == choice), "")


def record_content(kind: Kind, record: Collected, many_terms: bool, zone: tzinfo) -> content.Record:
    """A record as archives print it."""
    data, own = record.snapshot.data, {kind.title_field, kind.date_field}
    short = [f for f in _fields(kind) if f.type != "long_text" and f.id not in own]
    return content.Record(
        title=record.snapshot.title[:_LINE],
        when=str(data.get(kind.date_field) or "") if kind.date_field else "",
        term=record.term if many_terms else "",
        source=_source(record.snapshot),
        details=tuple(content.Detail(label=f.title, value=shown) for f in short if (shown := f.shown(data.get(f.id), zone))),
        text=_long_text(kind, data),
        evidence=len(record.snapshot.evidence),
    )


def _source(snapshot: RecordSnapshot) -> str:
    """Who wrote the record (SH-04): 学生填报, 学校导入, 区县录入. What is not the student's own report comes from the school at
    least."""
    level = "school" if snapshot.level == "student" and snapshot.origin != "reported" else snapshot.level
    return _BY[level] + _HOW[snapshot.origin]


def _fields(kind: Kind) -> list[Field]:
    """The fields that archives have. They are given to families: what families may not read is in none (BJ-05)."""
    hidden = kind.form.hidden_from(roles.FAMILY)
    return [field for field in kind.form.fields if field.id not in hidden]


def _long_text(kind: Kind, data: dict[str, Any]) -> str:
    asked = [field for field in _fields(kind) if field.type == "long_text"]
    texts = [(field.title, text) for field in asked if (text := str(data.get(field.id) or ""))]
    return "\n".join(f"{title}：{text}" if len(asked) > 1 else text for title, text in texts)


def _tables(scheme: Scheme, section: Section, records: Iterable[Collected], zone: tzinfo) -> Iterable[content.Table]:
    for name in section.kinds:
        kind = scheme.kind(name)
        rows = [record.snapshot.data for record in records if record.snapshot.kind == name]
        if rows:
            fields = [f for f in _fields(kind) if any(row.get(f.id) not in (None, "") for row in rows)]
            yield _transposed(kind, fields, rows, zone) if len(fields) > _WIDE else _flat(kind, fields, rows, zone)


def _flat(kind: Kind, fields: list[Field], rows: list[dict[str, Any]], zone: tzinfo) -> content.Table:
    cells = tuple(tuple(f.shown(row.get(f.id), zone)[:_LINE] for f in fields) for row in rows)
    return content.Table(title=kind.title, columns=tuple(f.title for f in fields), rows=cells)


def _transposed(kind: Kind, fields: list[Field], rows: list[dict[str, Any]], zone: tzinfo) -> content.Table:
    shown = rows[-11:]
    heads = [str(row.get(kind.date_field) or "结果") if kind.date_field else "结果" for row in shown]
    lines = tuple(
        (f.title, *(f.shown(row.get(f.id), zone)[:_LINE] for row in shown)) for f in fields if f.id != kind.date_field
    )
    return content.Table(title=kind.title, columns=("项目", *heads), rows=lines)


def _evaluated(
    term: ArchiveTerm, material: Material, rules: Collection[EvaluationRule], many_terms: bool
) -> tuple[content.Evaluated, ...]:
    def statement(rule: EvaluationRule, e: Evaluation, title: str) -> content.Statement:
        written_on = term.today(e.written_at)
        return content.Statement(
            text=e.text, author=e.author.name, written_on=written_on, term=title if many_terms else "",
            choice=_choice(rule, e.choice),
        )  # fmt: skip

    return tuple(
        content.Evaluated(
            title=rule.title,
            statements=tuple(
                statement(rule, e, term_title) for term_title, e in material.evaluations if e.type == rule.id and not e.parts
            ),
            by_classmates=tuple(
                _by_classmates(term.scheme, rule, cards, term_title if many_terms else "")
                for term_title, type_, cards in material.by_classmates
                if type_ == rule.id
            ),
        )
        for rule in rules
    )


def _by_classmates(scheme: Scheme, rule: EvaluationRule, cards: Sequence[PeerCard], term_title: str) -> content.ByClassmates:
    """The numbers of each choice, where enough classmates made one (CS-12)."""
    if len(cards) < rule.min_evaluators:
        note = f"评价的同学不足{rule.min_evaluators}人，不显示结果"
        return content.ByClassmates(term=term_title, evaluators=len(cards), note=note)
    return content.ByClassmates(
        term=term_title,
        evaluators=len(cards),
        choices=tuple(choice.title for choice in rule.choices),
        dimensions=tuple(
            content.ChoiceCounts(
                dimension=scheme.dimension(one.dimension).title if one.dimension else "",
                counts=tuple(each.count for each in one.counts),
            )
            for one in distributions(scheme, rule, cards)
            if one.counts
        ),
        texts=texts_about(rule, cards),
    )


def _result(term: ArchiveTerm, material: Material) -> content.GivenVerdict | None:
    """The verdict that was given (SH-11); None where there is none."""
    given, rule = material.verdict, term.verdict
    if given is None or rule is None:
        return None
    chosen, slip = rule.choice(given.choice), material.confirmation
    how = "" if slip is None else slip.words(term)
    return content.GivenVerdict(
        title=term.scheme.operation(rule.operation).title,
        verdict=chosen.title if chosen else given.choice,
        reason=given.reason,
        author=given.author.name,
        given_on=term.today(given.judged_at),
        signed=tuple(content.Detail(label=step.title, value=how) for step in term.slip_steps) if how else (),
    )


def _scores(term: ArchiveTerm, material: Material, many_terms: bool) -> tuple[content.Table, ...]:
    """The locked scores as tables (BJ-10); those of several terms each under the title of its own."""
    return tuple(
        content.Table(
            title=one.term_title if many_terms else term.title,
            columns=tuple(one.content["columns"]),
            rows=tuple(tuple(row) for row in one.content["rows"]),
        )
        for one in material.locked
    )


def _misconduct(scheme: Scheme, record: Collected, zone: tzinfo) -> content.Misconduct:
    kind, data = kind_of(scheme, record.snapshot), record.snapshot.data
    rest = [f.shown(data.get(f.id), zone) for f in _fields(kind) if f.type != "long_text" and f.id != kind.date_field]
    return content.Misconduct(
        happened_on=date.fromisoformat(day) if (day := _day(scheme, record)) else None,
        what=_long_text(kind, data) or record.snapshot.title,
        measure="，".join(text for text in rest if text)[:_LINE],
        release=record.release,
    )
