"""The definition of an import type: its template, who may use it and when, how its rows are checked. Pure.

Definitions of a scheme's types are made in `definition_from_scheme`; the roster's is here, because every school has one.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.importer import BatchRow, Target
from scheme import Scheme, Schooling, WorkbookLayout
from scheme.rule_names import RuleName
from servicekit.directory import Term
from servicekit.refusals import Refusal

from importer.domain import normalise, roster, roster_rows
from importer.domain.entry_years import LENGTHS, SchoolStages, Stage
from importer.domain.known_layouts import KnownLayout, known_layout
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Checked, CheckRow, CleanRow, Column, Notice, Parsed, Template, check_rows

SECRET = ("id_number", "registry_number")
"""Values whose names end so are stored and sent sealed only."""
STUDENT = "student_id"
"""The field of a clean row that has the student's id."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student with the decrypted registry number."""

    id: UUID
    name: str
    registry_number: str
    path: str
    class_title: str


@dataclass(frozen=True, slots=True)
class ReferenceData:
    """What rows are checked against: the students in scope by registry number, date and time zone of the school, and the
    columns that each sheet of the workbook has (L-08). `school`: its stages and lengths, for years of entry (L-06, BJ-03)."""

    students: Mapping[str, Student] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo | None = None
    columns: Mapping[str, frozenset[str]] = field(default_factory=dict)
    school: SchoolStages = field(default_factory=SchoolStages)
    grades: frozenset[str] = frozenset()
    """What the workbook has for grades and years of entry, in all rows of a roster."""

    @classmethod
    def of(cls, students: Iterable[Student], term: Term | None, now: datetime) -> "ReferenceData":
        """Students by registry number as workbooks have it, and the term's date and zone."""
        by_number = {normalise.code(student.registry_number): student for student in students}
        return cls(by_number, term.today(now), term.zone) if term else cls(by_number)

    @classmethod
    def of_school(cls, stage: str | None, zone: str, now: datetime, known: Sequence[Schooling] = ()) -> "ReferenceData":
        """What a roster is checked against. known: the school's stages with their lengths, as its scheme has them."""
        first: Stage | None = next((one for one in LENGTHS if one == stage), None)
        return cls(today=now.astimezone(ZoneInfo(zone)).date(), zone=ZoneInfo(zone), school=SchoolStages(first, tuple(known)))


def _nothing(_: Parsed) -> Sequence[CellProblem]:
    return ()


def _unchanged(rows: Sequence[CleanRow]) -> tuple[CleanRow, ...]:
    return tuple(rows)


@dataclass(frozen=True, slots=True)
class ImportDefinition:
    """One import type. `checks` returns the validators of its sheets; `across` finds problems that no single row shows;
    `complete` adds to clean rows what only all of them together show.

    operation: its time window must be open; None: always. same_by: fields that, with the student, must be unique in a file.
    registry: the column that names the student; None where rows create students. evaluation: the type that rows become.
    rule: the name by which refusals cite the scheme. by_name: students are found by code or name among all of the organisation.
    parts: of the scored result, that the role enters with this workbook (BJ-06).
    together: see `events_of`.
    """

    type: str
    title: str
    target: Target
    roles: tuple[str, ...]
    template: Template
    checks: Callable[[ReferenceData], Mapping[str, CheckRow]]
    across: Callable[[Parsed], Sequence[CellProblem]] = _nothing
    complete: Callable[[Sequence[CleanRow]], tuple[CleanRow, ...]] = _unchanged
    operation: str | None = None
    max_rows: int = 20_000
    registry: str | None = None
    same_by: tuple[str, ...] = ()
    prefilled: bool = False
    evaluation: str | None = None
    rule: RuleName = "import"
    by_name: bool = False
    parts: tuple[str, ...] = ()
    together: str | None = None

    @property
    def about_students(self) -> bool:
        """Whether its rows name students that are known already."""
        return self.registry is not None

    def registry_numbers(self, parsed: Parsed) -> list[str]:
        """The registry numbers that a workbook names, each once."""
        if self.by_name:
            return []
        return sorted({str(row.values[self.registry]) for row in parsed.rows if self.registry in row.values})

    def check(self, parsed: Parsed, reference: ReferenceData) -> Checked:
        """Every problem of a workbook, and its clean rows (X-12). Takes CPU time: call it in a thread."""
        parsed = replace(parsed, problems=(*parsed.problems, *self.across(parsed)))
        parsed = replace(parsed, warnings=(*parsed.warnings, *_results_in_words(parsed, self.template)))
        columns = {sheet: frozenset(layout.columns) for sheet, layout in parsed.layouts.items()}
        checked = check_rows(parsed, self.checks(replace(reference, columns=columns, grades=self._grades(parsed))))
        twice = self._duplicates(checked.rows)
        if not twice:
            return replace(checked, rows=self.complete(checked.rows))
        bad = {problem.row for problem in twice}
        problems = sorted((*checked.problems, *twice), key=lambda p: p.row)
        return replace(checked, rows=tuple(r for r in checked.rows if r.number not in bad), problems=tuple(problems))

    def _grades(self, parsed: Parsed) -> frozenset[str]:
        if self.about_students:
            return frozenset()
        return frozenset(str(row.values[name]) for row in parsed.rows for name in ("entry_year", "grade") if name in row.values)

    def _duplicates(self, rows: Sequence[CleanRow]) -> list[CellProblem]:
        """Rows that are equal in other words (期中, 期中考试); equal cells are found while reading."""
        if self.registry is None:
            return []
        seen: dict[tuple[object, ...], list[CleanRow]] = {}
        for row in rows:
            seen.setdefault(tuple(row.data.get(name) for name in (STUDENT, *self.same_by)), []).append(row)
        columns = {column.id: column.title for sheet in self.template.sheets for column in sheet.columns}
        titles = "、".join(columns[name] for name in (self.registry, *self.same_by))
        return [
            CellProblem(
                row.number,
                self.registry,
                "duplicate",
                message_of("duplicate", rows=_others(same, row), titles=titles),
                row.sheet,
            )
            for same in seen.values()
            if len(same) > 1
            for row in same
        ]


def _results_in_words(parsed: Parsed, template: Template) -> Iterator[Notice]:
    """How many cells hold which result in words (L-12): they count as such, never as 0."""
    for sheet in template.sheets:
        columns = [column for column in sheet.columns if column.outcomes]
        rows = parsed.of(sheet.id) if columns else ()
        found = Counter(
            title for row in rows for c in columns if (title := c.outcomes.get(str(row.values.get(c.id)))) is not None
        )
        if found:
            listed = "、".join(f"{title} {count} 处" for title, count in found.most_common())
            yield Notice("results_in_words", message_of("results_in_words", listed=listed), sheet.id)


def _others(same: Sequence[CleanRow], row: CleanRow) -> str:
    return "、".join(str(other.number) for other in same[:6] if other is not row)


def may_be_given(definition: ImportDefinition) -> list[Column]:
    """The columns whose value for all rows a form may give: those about no single student (L-04)."""
    template = definition.template
    wanted = {name for layout in template.layouts for name in layout.from_text}
    wanted |= {per.maximum for layout in template.layouts if (per := layout.one_column_per) and per.maximum}
    return [column for column in template.sheets[0].columns if column.id in wanted]


def need_known_columns(definition: ImportDefinition, given: Mapping[str, str]) -> None:
    """Refuse values for columns that the template does not have, and for those that name the student."""
    columns = {column.id for column in definition.template.sheets[0].columns if not column.id.startswith("student.")}
    known = columns if definition.about_students else set()
    wrong = [name for name in given if name not in known]
    errors = [{"field": f"values.{name}", "message": "没有这一列，或不能统一填写", "in": "body"} for name in wrong]
    if errors:
        raise Refusal("invalid_input", rule="L-04", errors=errors)


def fillable(definition: ImportDefinition) -> list[str]:
    """The columns of a workbook of scores that its caller fills in; which student a row is about, is filled in here."""
    if not definition.by_name:
        return []
    columns = definition.template.offered.sheets[0].columns
    return [one.id for one in columns if one.id.startswith("value.") or one.id in ("student.seen", "student.known")]


def need_offered_columns(definition: ImportDefinition, known: Mapping[UUID, Mapping[str, str]]) -> None:
    """Refuse rows for a template that is not filled by the caller, and columns that it does not have."""
    unknown = {name for values in known.values() for name in values} - set(fillable(definition))
    wrong = ["rows"] if not definition.by_name else [f"rows.{name}" for name in sorted(unknown)]
    if wrong:
        errors = [{"field": name, "message": "这种模板没有这一列，或不能预填", "in": "body"} for name in wrong[:20]]
        raise Refusal("invalid_input", rule="L-04", errors=errors)


def with_layouts(definition: ImportDefinition, layouts: Iterable[WorkbookLayout]) -> ImportDefinition:
    """The definition with the known layouts whose columns its template has (L-04)."""
    template = definition.template
    found: list[KnownLayout] = []
    for layout in layouts:
        if not layout.reads(definition.type, template.scheme or None):
            continue
        sheet = next((sheet for sheet in template.sheets if sheet.id == layout.sheet), template.sheets[0])
        columns = {column.id for column in sheet.columns}
        per = layout.one_column_per
        needed = {*layout.from_text, *(computed.to for computed in layout.computed)}
        needed |= {per.name, per.value, *((per.maximum,) if per.maximum else ())} if per else set()
        if needed <= columns:
            found.append(known_layout(layout.model_dump()))
    return replace(definition, template=replace(template, layouts=tuple(found)))


def roster_for(scheme: Scheme | None) -> ImportDefinition:
    """The roster of a school with this scheme, whose staff have the roles that it names."""
    return ROSTER if scheme is None else _roster(scheme)


def _roster(scheme: Scheme | None) -> ImportDefinition:
    return ImportDefinition(
        type="roster",
        title=roster.TEMPLATE.title,
        target="identity",
        roles=("school_administrator",),
        template=roster.template_for(scheme),
        checks=lambda reference: roster_rows.checks(
            reference.school,
            reference.today or datetime.now(ZoneInfo("Asia/Shanghai")).date(),
            reference.columns,
            reference.grades,
            scheme,
        ),
        across=roster_rows.across_rows,
        complete=roster_rows.with_class_order,
    )


ROSTER = _roster(None)
"""The roster of a school without a scheme."""


def batch_row(row: CleanRow, seal: Callable[[CleanRow, str], str]) -> BatchRow:
    """A clean row as it is stored and published: JSON values, the student's id apart, secret values encrypted by `seal`."""
    student_id = row.data.get(STUDENT)
    return BatchRow(
        row=row.number,
        sheet=row.sheet,
        student_id=student_id if isinstance(student_id, UUID) else None,
        data={name: _json(value) for name, value in row.data.items() if not name.endswith(SECRET) and name != STUDENT},
        sealed={name: seal(row, str(value)) for name, value in row.data.items() if name.endswith(SECRET) and value is not None},
    )


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
