"""The definition of an import type: its template, who may use it and when, how its rows are checked. Pure.

Definitions of a scheme's types are made in `definition_from_scheme`; the roster's is here, because every school has one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.importer import BatchRow, Target
from servicekit.directory import Term

from importer.domain import normalise, roster
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, Checked, CheckRow, CleanRow, Parsed, Template, check_rows

SECRET = frozenset({"id_number", "guardian_id_number", "registry_number"})
"""Values that are stored and sent sealed only."""
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
    """What rows are checked against: the students in scope by registry number, and date and time zone of the school."""

    students: Mapping[str, Student] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo | None = None

    @classmethod
    def of(cls, students: Iterable[Student], term: Term | None, now: datetime) -> "ReferenceData":
        """Students by registry number as workbooks have it, and the term's date and zone."""
        by_number = {normalise.code(student.registry_number): student for student in students}
        return cls(by_number, term.today(now), term.zone) if term else cls(by_number)


def _nothing(_: Parsed) -> Sequence[CellProblem]:
    return ()


@dataclass(frozen=True, slots=True)
class ImportDefinition:
    """One import type. `checks` returns the validators of its sheets; `across` finds problems that no single row shows.

    operation: its time window must be open; None: always. same_by: fields that, with the student, must be unique in a file.
    registry: the column that names the student; None where rows create students. evaluation: the type that rows become.
    """

    type: str
    title: str
    target: Target
    roles: tuple[str, ...]
    template: Template
    checks: Callable[[ReferenceData], Mapping[str, CheckRow]]
    across: Callable[[Parsed], Sequence[CellProblem]] = _nothing
    operation: str | None = None
    max_rows: int = 20_000
    registry: str | None = None
    same_by: tuple[str, ...] = ()
    prefilled: bool = False
    evaluation: str | None = None

    @property
    def about_students(self) -> bool:
        """Whether its rows name students that are known already."""
        return self.registry is not None

    def registry_numbers(self, parsed: Parsed) -> list[str]:
        """The registry numbers that a workbook names, each once."""
        return sorted({str(row.values[self.registry]) for row in parsed.rows if self.registry in row.values})

    def check(self, parsed: Parsed, reference: ReferenceData) -> Checked:
        """Every problem of a workbook, and its clean rows (X-12). Takes CPU time: call it in a thread."""
        parsed = replace(parsed, problems=(*parsed.problems, *self.across(parsed)))
        checked = check_rows(parsed, self.checks(reference))
        twice = self._duplicates(checked.rows)
        if not twice:
            return checked
        bad = {problem.row for problem in twice}
        problems = sorted((*checked.problems, *twice), key=lambda p: p.row)
        return replace(checked, rows=tuple(r for r in checked.rows if r.number not in bad), problems=tuple(problems))

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


def _others(same: Sequence[CleanRow], row: CleanRow) -> str:
    return "、".join(str(other.number) for other in same[:6] if other is not row)


ROSTER = ImportDefinition(
    type="roster",
    title=roster.TEMPLATE.title,
    target="identity",
    roles=("school_administrator",),
    template=roster.TEMPLATE,
    checks=lambda _: roster.CHECKS,
    across=roster.across_rows,
)


def batch_row(row: CleanRow, seal: Callable[[CleanRow, str], str]) -> BatchRow:
    """A clean row as it is stored and published: JSON values, the student's id apart, secret values encrypted by `seal`."""
    student_id = row.data.get(STUDENT)
    return BatchRow(
        row=row.number,
        sheet=row.sheet,
        student_id=student_id if isinstance(student_id, UUID) else None,
        data={name: _json(value) for name, value in row.data.items() if name not in SECRET and name != STUDENT},
        sealed={name: seal(row, str(value)) for name, value in row.data.items() if name in SECRET and value is not None},
    )


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
