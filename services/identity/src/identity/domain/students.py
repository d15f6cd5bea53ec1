"""A student's place and status, and how they may change (BJ-04)."""

from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Literal
from uuid import UUID

from contracts.base import ancestor
from contracts.identity import Enrolment, EnrolmentStatus, StudentMovedV1, StudentStatusChangedV1
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
"""Who left does not come back by this way, but by a transfer into a class (`move`)."""


@dataclass(frozen=True)
class Student:
    """One student's place, with the person's particulars and the titles of the way down to the class."""

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
    """Sealed."""
    id_number_index: bytes | None
    version: int

    @property
    def school(self) -> str:
        """The school's path."""
        return ancestor(self.path, "school")

    def enrolment(self) -> Enrolment:
        """The place as the others are told."""
        return Enrolment(
            student_id=self.id,
            person_id=self.person_id,
            name=self.name,
            sex=self.sex,
            registry_number=self.registry_number,
            registry_sealed=self.registry_sealed,
            path=self.path,
            school_title=self.school_title,
            grade_title=self.grade_title,
            class_title=self.class_title,
            status=self.status,
            version=self.version,
        )


@dataclass(frozen=True)
class Titles:
    """What school, grade and class of a path are called."""

    school: str
    grade: str
    class_: str


def move(student: Student, to: str, titles: Titles, at: datetime) -> tuple[Student, StudentMovedV1]:
    """Into another class or school; who left comes back so, into the old class too (BJ-04)."""
    back = student.status == "left"
    require(back or to != student.path, "already_applied", rule="BJ-04", field="path")
    after = replace(
        student,
        path=to,
        status="enrolled" if back else student.status,
        school_title=titles.school,
        grade_title=titles.grade,
        class_title=titles.class_,
        version=student.version + 1,
    )
    return after, StudentMovedV1(student_id=student.id, from_path=student.path, at=at, enrolment=after.enrolment())


def change_status(student: Student, to: EnrolmentStatus, at: datetime) -> tuple[Student, StudentStatusChangedV1]:
    """Suspended, resumed, borrowed or left (BJ-04)."""
    require((student.status, to) in STATUS_MOVES, "wrong_state", rule="BJ-04", field="status", state=student.status)
    after = replace(student, status=to, version=student.version + 1)
    return after, StudentStatusChangedV1(student_id=student.id, from_status=student.status, at=at, enrolment=after.enrolment())
