"""What an import type is, wherever it comes from: its workbook, who may use it when, and how its rows are judged. Pure.

A plan of a scheme's type is made in `from_scheme`; the roster's is here, because every school has one.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.importer import Target
from servicekit.directory import Term

from importer.domain import normal, roster
from importer.domain.sheets import CellProblem, Checked, CheckRow, CleanRow, Parsed, Template, check_rows
from importer.domain.texts import say

SECRET = frozenset({"id_number", "guardian_id_number", "registry_number"})
"""Values that are stored and sent sealed only."""
STUDENT = "student_id"
"""Under this name a clean row says which student it is about."""


@dataclass(frozen=True, slots=True)
class Student:
    """A student as heard from identity."""

    id: UUID
    name: str
    registry_number: str
    path: str
    class_title: str


@dataclass(frozen=True, slots=True)
class Known:
    """What rows are judged against: the students in scope by registry number, the day it is at the school, and its clock."""

    students: Mapping[str, Student] = field(default_factory=dict)
    today: date | None = None
    zone: ZoneInfo | None = None

    @classmethod
    def of(cls, students: Iterable[Student], term: Term | None, now: datetime) -> "Known":
        """Students by the number as a workbook's cell has it."""
        by_number = {normal.code(student.registry_number): student for student in students}
        return cls(by_number, term.today(now), term.zone) if term else cls(by_number)


def _nothing(_: Parsed) -> Sequence[CellProblem]:
    return ()


@dataclass(frozen=True, slots=True)
class Plan:
    """One import type. `checks` gives the validators of its sheets; `across` finds what no single row shows.

    operation: whose window must be open; None: always. same_by: with the student, the values that a file may hold only
    once. registry: the column that names the student; None where rows make students. evaluation: what its rows become.
    """

    type: str
    title: str
    target: Target
    roles: tuple[str, ...]
    template: Template
    checks: Callable[[Known], Mapping[str, CheckRow]]
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

    def judge(self, parsed: Parsed, known: Known) -> Checked:
        """Every problem of a workbook, and its clean rows (X-12). Takes CPU time: call it in a thread."""
        parsed = replace(parsed, problems=(*parsed.problems, *self.across(parsed)))
        checked = check_rows(parsed, self.checks(known))
        twice = self._twice(checked.rows)
        if not twice:
            return checked
        bad = {problem.row for problem in twice}
        problems = sorted((*checked.problems, *twice), key=lambda p: p.row)
        return replace(checked, rows=tuple(r for r in checked.rows if r.number not in bad), problems=tuple(problems))

    def _twice(self, rows: Sequence[CleanRow]) -> list[CellProblem]:
        """Rows that say the same thing in other words (期中, 期中考试); the same words are found while reading."""
        if self.registry is None:
            return []
        seen: dict[tuple[object, ...], list[CleanRow]] = {}
        for row in rows:
            seen.setdefault(tuple(row.data.get(name) for name in (STUDENT, *self.same_by)), []).append(row)
        columns = {column.id: column.title for sheet in self.template.sheets for column in sheet.columns}
        titles = "、".join(columns[name] for name in (self.registry, *self.same_by))
        return [
            CellProblem(
                row.number, self.registry, "duplicate", say("duplicate", rows=_others(same, row), titles=titles), row.sheet
            )
            for same in seen.values()
            if len(same) > 1
            for row in same
        ]


def _others(same: Sequence[CleanRow], row: CleanRow) -> str:
    return "、".join(str(other.number) for other in same[:6] if other is not row)


ROSTER = Plan(
    type="roster",
    title=roster.TEMPLATE.title,
    target="identity",
    roles=("school_administrator",),
    template=roster.TEMPLATE,
    checks=lambda _: roster.CHECKS,
    across=roster.across_rows,
)


@dataclass(frozen=True, slots=True)
class AcceptedRow:
    """A row ready to be sent. `secrets` are to be sealed before it is stored anywhere."""

    sheet: str
    number: int
    student_id: UUID | None
    data: dict[str, Any]
    secrets: dict[str, str]


def accepted(row: CleanRow) -> AcceptedRow:
    """A validator's clean values as they are stored: JSON, with student and secrets apart."""
    student_id = row.data.get(STUDENT)
    return AcceptedRow(
        row.sheet,
        row.number,
        student_id if isinstance(student_id, UUID) else None,
        {name: _json(value) for name, value in row.data.items() if name not in SECRET and name != STUDENT},
        {name: str(value) for name, value in row.data.items() if name in SECRET and value is not None},
    )


def _json(value: object) -> object:
    return value.isoformat() if isinstance(value, date | datetime) else value
