"""A scene for the state machines: one term under Jiangxi's scheme, its people, and a report of volunteering. No I/O."""

from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path
from uuid import UUID

from contracts.base import EvidenceRef, RecordSnapshot, Role, Window
from scheme import Scheme, load_all
from servicekit.auth import Actor
from servicekit.ids import new_id

SCHOOL = "jx.nc.dh.s1"
CLASS, BESIDE = f"{SCHOOL}.g2025.c01", f"{SCHOOL}.g2025.c02"
BEGINS = datetime(2026, 9, 1, tzinfo=UTC)
REPORT_ENDS, REVIEW_ENDS = BEGINS + timedelta(days=60), BEGINS + timedelta(days=70)
OPENS, CLOSES = BEGINS + timedelta(days=80), BEGINS + timedelta(days=95)
STUDENT, MATE = new_id(), new_id()
DATA = {
    "name": "社区敬老院志愿服务", "served": "敬老院老人", "starts_on": "2026-09-01", "ends_on": "2026-09-01", "hours": "4.5",
    "place": "东湖区敬老院", "account": "和同学一起为老人读报、打扫房间，学会了耐心倾听，也更懂得尊重长辈。",
}  # fmt: skip
PICTURE = EvidenceRef(evidence_id=new_id(), name="照片.jpg", media_type="image/jpeg", size=10, sha256="0" * 64, public_key="x")


@cache
def jiangxi() -> Scheme:
    """The scheme that the histories run under."""
    return next(one for one in load_all(Path(__file__).parents[2] / "schemes") if one.id == "jiangxi")


def windows() -> tuple[Window, ...]:
    """Report, review, publicity, then handling, one after the other."""
    times = {
        "report": (BEGINS, REPORT_ENDS), "review": (BEGINS, REVIEW_ENDS), "select": (BEGINS, OPENS),
        "publicity": (OPENS, CLOSES), "handle_case": (CLOSES, CLOSES + timedelta(days=30)),
        "review_case": (CLOSES, CLOSES + timedelta(days=30)), "recheck_case": (CLOSES, CLOSES + timedelta(days=30)),
    }  # fmt: skip
    return tuple(Window(operation=name, starts=starts, ends=ends) for name, (starts, ends) in times.items())


def a_person(role: Role, path: str, *students: UUID) -> Actor:
    """Somebody with a card."""
    return Actor(new_id(), new_id(), role, path, "某人", frozenset(students))


PEOPLE = {
    "student": a_person("student", CLASS, STUDENT),
    "guardian": a_person("guardian", CLASS, STUDENT),
    "mate": a_person("student", CLASS, MATE),
    "teacher": a_person("class_teacher", CLASS),
    "other_teacher": a_person("class_teacher", BESIDE),
    "office": a_person("administrator", SCHOOL),
    "district": a_person("administrator", "jx.nc.dh"),
    "subject": a_person("subject_teacher", CLASS),
}


def a_snapshot(term_id: UUID) -> RecordSnapshot:
    """The report as events tell it."""
    return RecordSnapshot(
        record_id=new_id(), term_id=term_id, student_id=STUDENT, student_name="李晓雨", path=CLASS, dimension="moral",
        kind="volunteer_service", title="志愿服务", data={}, origin="reported", level="student", author_name="李", version=1,
    )  # fmt: skip


def term_dates() -> tuple[date, date]:
    """First and last day."""
    return date(2026, 9, 1), date(2027, 1, 31)
