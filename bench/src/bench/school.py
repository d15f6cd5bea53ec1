"""Schools as events: organisations, students, and terms whose windows are open now."""

import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from contracts.base import Event, level_of
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentsEnrolledV1
from demo.steps.timetable import windows
from demo.world import window
from servicekit.ids import new_id

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


@dataclass(frozen=True)
class School:
    """A school with one class of many students."""

    path: str
    scheme: str
    stage: str
    students: tuple[Enrolment, ...]

    @property
    def school_class(self) -> str:
        """The org_path of its class."""
        return f"{self.path}.g2025.c01"

    def events(self) -> Iterable[Event]:
        """The events that identity would publish."""
        labels = self.school_class.split(".")
        for depth in range(1, len(labels) + 1):
            path = ".".join(labels[:depth])
            yield OrganisationCreatedV1(
                path=path, level=level_of(path), title=labels[depth - 1], stage=self.stage,
                scheme_id=self.scheme if depth == 1 else None, scheme_version="2026.1" if depth == 1 else None,
                time_zone="Asia/Shanghai", version=1,
            )  # fmt: skip
        for first in range(0, len(self.students), 200):
            yield StudentsEnrolledV1(school=self.path, students=self.students[first : first + 200])


def a_school(path: str, scheme: str, stage: str, students: int) -> School:
    """A school with `students` students."""
    return School(path, scheme, stage, tuple(_student(path, number) for number in range(students)))


def _student(path: str, number: int) -> Enrolment:
    return Enrolment(
        student_id=new_id(), person_id=new_id(), name=f"李晓{'雨明华文东'[number % 5]}", sex="female",
        registry_number=f"G36{zlib.crc32(path.encode()) % 10**8:08}{number:08}", path=f"{path}.g2025.c01",
        school_title="量测中学", grade_title="高二", class_title="高二（1）班", status="enrolled", version=1,
    )  # fmt: skip


def reporting_windows() -> list[dict[str, Any]]:
    """Windows of a Jiangxi term in which reporting, review and import are open now."""
    now = datetime.now(UTC)
    return windows(now - DAY, now + 10 * DAY, now + 30 * DAY, now + 40 * DAY)


def publishing_windows() -> list[dict[str, Any]]:
    """Windows of a Jiangxi term in which publicity is open now."""
    now = datetime.now(UTC)
    return windows(now - 30 * DAY, now - DAY, now + 20 * DAY, now + 30 * DAY)


def sealing_windows() -> list[dict[str, Any]]:
    """Windows of a Jiangxi term that can be sealed now."""
    now = datetime.now(UTC)
    return windows(now - 60 * DAY, now - 40 * DAY, now - 20 * DAY, now - HOUR)


_BAOSHAN = (
    ("set_switches", -9, -5), ("opt_out", -9, -5), ("school_fill", -5, 20), ("district_fill", -5, 20), ("confirm", 20, 25),
    ("mend_refused", 20, 26), ("publicity", 26, 40), ("handle_case", 26, 45), ("judge", 45, 50), ("sign", 50, 55),
)  # fmt: skip


def commenting_windows() -> list[dict[str, Any]]:
    """Windows of a Jiangxi term after publicity, in which comments are written now."""
    now = datetime.now(UTC)
    return windows(now - 60 * DAY, now - 40 * DAY, now - 20 * DAY, now + 20 * DAY)


def filling_windows() -> list[dict[str, Any]]:
    """Windows of a Baoshan term in which the school's recorder enters records now, with quotas and a confirmation period."""
    now = datetime.now(UTC)
    return [window(name, now + first * DAY, now + last * DAY) for name, first, last in _BAOSHAN]
