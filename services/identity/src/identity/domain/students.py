"""A student's class and enrolment status, and how they may change (BJ-04)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from contracts.base import ancestor, within
from contracts.identity import Enrolment, EnrolmentStatus, StudentMovedV1, StudentStatusChangedV1
from servicekit.mapping import from_attributes
from servicekit.refusals import require

type Sex = Literal["male", "female"]

STATUS_MOVES: frozenset[tuple[EnrolmentStatus, EnrolmentStatus]] = frozenset(
    {
        ("enrolled", "borrowed"),
        ("borrowed", "enrolled"),
        ("enrolled", "suspended"),
        ("suspended", "enrolled"),
        ("borrowed", "suspended"),
        ("suspended", "borrowed"),
        ("enrolled", "left"),
        ("borrowed", "left"),
        ("suspended", "left"),
    }
)
"""(from, to). A student who left comes back by a transfer into a class (`move`), not by a change of status."""


@dataclass(frozen=True)
class Student:
    """An enrolment, with the person's data and the titles of school, grade and class."""

    id: UUID
    person_id: UUID
    account_id: UUID
    name: str
    sex: Sex
    born: date | None
    registry_number: str
    """Masked."""
    registry_sealed: str
    registry_index: bytes
    student_number: str | None
    eid: str
    path: str
    status: EnrolmentStatus
    school_title: str
    grade_title: str
    class_title: str
    id_number: str | None
    """Encrypted."""
    id_number_index: bytes | None
    version: int
    document_type: str | None = None
    """`people.DocumentType` of the identity document; None: not known."""
    home: str | None = None
    """The class at the home school, while the student has borrowed a place elsewhere; None: none, or not of the platform."""

    @property
    def school(self) -> str:
        """The school's path."""
        return ancestor(self.path, "school")

    def enrolment(self) -> Enrolment:
        """The enrolment as other services receive it in events."""
        return from_attributes(Enrolment, self, student_id=self.id)


@dataclass(frozen=True)
class Guardian:
    """A guardian whom the school registered for a student. `phone` is the number that the school registered; the account may
    have another login name by now (L-02)."""

    student_id: UUID
    account_id: UUID
    name: str
    relation: str
    phone: str
    document_type: str | None = None
    id_number_index: bytes | None = None
    """Keyed hash of the document that the school registered; None: not known."""


@dataclass(frozen=True)
class Titles:
    """The titles of a student's school, grade and class."""

    school: str
    grade: str
    class_: str


def move(
    student: Student, to: str, titles: Titles, at: datetime, status: EnrolmentStatus | None = None
) -> tuple[Student, StudentMovedV1]:
    """Move the student to another class or school, `status`: with this status. A student who left is enrolled again by it; one
    who goes to another school to borrow a place keeps the present class as home (BJ-04)."""
    back = student.status == "left"
    require(back or to != student.path, "already_applied", rule="BJ-04", field="path")
    home = student.home if within(to, student.school) else student.path if status == "borrowed" else None
    after = replace(
        student,
        path=to,
        home=home,
        status=status or ("enrolled" if back else student.status),
        school_title=titles.school,
        grade_title=titles.grade,
        class_title=titles.class_,
        version=student.version + 1,
    )
    return after, StudentMovedV1(student_id=student.id, from_path=student.path, at=at, enrolment=after.enrolment())


def change_status(student: Student, to: EnrolmentStatus, at: datetime) -> tuple[Student, StudentStatusChangedV1]:
    """Suspend, resume, lend to another school, or end the enrolment, as `STATUS_MOVES` allows (BJ-04)."""
    require((student.status, to) in STATUS_MOVES, "wrong_state", rule="BJ-04", field="status", state=student.status)
    require(
        student.home is None or to in ("borrowed", "suspended"),
        "home_school_first",
        rule="BJ-04",
        field="status",
        help="该学生的学籍在另一所学校，请先申请“借读结束”",
    )
    after = replace(student, status=to, version=student.version + 1)
    return after, StudentStatusChangedV1(student_id=student.id, from_status=student.status, at=at, enrolment=after.enrolment())
