"""Compares a roster's rows with the database: who is new, who changed, which rows are invalid (X-12)."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, cast
from uuid import UUID

from contracts.base import Event, Role, RowProblem, ancestor
from contracts.importer import BatchRow

from identity.domain.students import Sex, Student

STUDENTS, TEACHERS = "students", "teachers"
_SEXES: dict[str, Sex] = {"男": "male", "女": "female", "male": "male", "female": "female"}
_AT_CLASS = ("class_teacher", "subject_teacher")


@dataclass(frozen=True)
class StudentRow:
    """One parsed row of the students' sheet. `index` is the keyed hash of the ID number."""

    row: int
    registry_number: str
    registry_index: bytes
    student_number: str | None
    name: str
    sex: Sex
    born: date
    entry_year: int
    class_number: int
    path: str
    id_number: str
    index: bytes
    guardian_name: str
    guardian_relation: str
    guardian_phone: str


@dataclass(frozen=True)
class TeacherRow:
    """One parsed row of the teachers' sheet: one role in one organisation."""

    row: int
    name: str
    phone: str
    role: Role
    entry_year: int | None
    class_number: int | None
    path: str
    id_number: str | None
    index: bytes | None


@dataclass(frozen=True)
class IdNumberHolder:
    """The person with an ID number."""

    person_id: UUID
    registries: tuple[bytes, ...] = ()
    """Keyed hashes of the person's registry numbers."""


@dataclass(frozen=True)
class AccountHolder:
    """The person behind an account, with the fields that are compared with a roster's row."""

    account_id: UUID
    person_id: UUID
    name: str
    index: bytes | None
    at_other_school: bool
    """Has cards or children at another school, so this school may not rename them."""


@dataclass
class ImportOutcome:
    """Counts, problems and events of a chunk so far."""

    created: int = 0
    changed: int = 0
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    events: list[Event] = field(default_factory=list)


def org_path(school: str, entry_year: int | None, class_number: int | None) -> str:
    """The org_path of the class, the grade, or the school itself."""
    if entry_year is None:
        return school
    grade = f"{school}.g{entry_year}"
    return grade if class_number is None else f"{grade}.c{class_number:02d}"


def read_student(
    row: BatchRow, school: str, id_number: str, index: bytes, registry_number: str, registry_index: bytes
) -> StudentRow:
    """Parse a row. Raises ValueError or KeyError for values that the import service should have rejected."""
    data: Mapping[str, Any] = row.data
    year, number = int(data["entry_year"]), int(data["class_number"])
    return StudentRow(
        row=row.row,
        registry_number=registry_number,
        registry_index=registry_index,
        student_number=None if data.get("student_number") is None else str(data["student_number"]),
        name=str(data["name"]),
        sex=_SEXES[str(data["sex"])],
        born=date.fromisoformat(str(data["born"])),
        entry_year=year,
        class_number=number,
        path=org_path(school, year, number),
        id_number=id_number,
        index=index,
        guardian_name=str(data["guardian_name"]),
        guardian_relation=str(data["guardian_relation"]),
        guardian_phone=str(data["guardian_phone"]),
    )


def read_teacher(row: BatchRow, school: str, id_number: str | None, index: bytes | None) -> TeacherRow:
    """Parse a row, like `read_student`. Only class and subject teachers get a class or grade, others the school."""
    data: Mapping[str, Any] = row.data
    role = cast(Role, data["role"])
    year = int(data["entry_year"]) if data.get("entry_year") is not None and role in _AT_CLASS else None
    number = int(data["class_number"]) if data.get("class_number") is not None and year is not None else None
    if role == "class_teacher" and number is None:
        raise ValueError("a class teacher has a class")
    path = org_path(school, year, number)
    return TeacherRow(row.row, str(data["name"]), str(data["phone"]), role, year, number, path, id_number, index)


def student_problem(row: StudentRow, known: Student | None, holder: IdNumberHolder | None, school: str) -> RowProblem | None:
    """Why the row cannot be applied: the student is at another school or has left, or the ID number is somebody else's."""
    if known is not None and ancestor(known.path, "school") != school:
        return RowProblem(
            row=row.row, field="registry_number", code="student_elsewhere", message="该学生现在其他学校就读，请办理转学"
        )
    if known is not None and known.status == "left":
        return RowProblem(row=row.row, field="registry_number", code="student_left", message="该学生已离校，请先办理转入")
    taken_by_other = holder is not None and (
        holder.person_id != known.person_id if known is not None else any(n != row.registry_index for n in holder.registries)
    )
    if taken_by_other:
        return RowProblem(row=row.row, field="id_number", code="id_number_taken", message="该身份证件号已登记在其他学籍号名下")
    return None


def differs(row: StudentRow, known: Student) -> bool:
    """Does the row change the student's personal data? A different class is not compared here: that is a move."""
    return (row.name, row.sex, row.born, row.student_number, row.index) != (
        known.name,
        known.sex,
        known.born,
        known.student_number,
        known.id_number_index,
    )


def teacher_problem(row: TeacherRow, person: AccountHolder | None, holder: IdNumberHolder | None) -> RowProblem | None:
    """Why the row cannot be applied: the phone or the ID number is somebody else's."""
    if person is not None and person.name != row.name and person.at_other_school:
        return RowProblem(row=row.row, field="phone", code="phone_other_name", message="该手机号已登记在其他姓名下")
    if holder is not None and person is not None and holder.person_id != person.person_id:
        return RowProblem(row=row.row, field="id_number", code="id_number_taken", message="该身份证件号已登记在他人名下")
    return None
