"""Builders of terms, records, events and people. All times are relative to the publicity window."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef, RecordSnapshot, Window
from contracts.identity import Enrolment, StudentsEnrolledV1
from contracts.records import RecordAmendedV1, RecordApprovedV1, RecordVoidedV1, TermChangedV1, TermScheduledV1
from publicity.domain.terms import Term
from scheme import Scheme
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import Kit, a_student, an_actor

SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
OTHER_CLASS = f"{SCHOOL}.g2025.c02"
OTHER_SCHOOL_CLASS = "jx.nc.dh.s2.g2025.c01"
OPENS = datetime(2026, 12, 20, 0, 0, tzinfo=UTC)
CLOSES = OPENS + timedelta(days=15)
SELECTING = OPENS - timedelta(days=5)
SHOWN = OPENS + timedelta(days=3)
HANDLING = CLOSES + timedelta(hours=1)


def jiangxi_windows(opens: datetime = OPENS, closes: datetime = CLOSES) -> tuple[Window, ...]:
    """Select before publicity, handle cases after it."""

    def window(operation: str, starts: datetime, ends: datetime) -> Window:
        return Window(operation=operation, starts=starts, ends=ends)

    return (
        window("select", opens - timedelta(days=10), opens - timedelta(days=2)),
        window("publicity", opens, closes),
        window("handle_case", closes, closes + timedelta(days=20)),
        window("review_case", closes, closes + timedelta(days=20)),
        window("recheck_case", closes, closes + timedelta(days=20)),
    )


def a_term(term_id: UUID | None = None, **changed: Any) -> TermScheduledV1:
    """A term of the school under the Jiangxi scheme."""
    given: dict[str, Any] = {
        "term_id": term_id or new_id(),
        "path": SCHOOL,
        "title": "2026-2027学年第一学期",
        "school_year": "2026-2027",
        "number": 1,
        "scheme_id": "jiangxi",
        "scheme_version": "2026.1",
        "time_zone": "Asia/Shanghai",
        "starts_on": date(2026, 9, 1),
        "ends_on": date(2027, 1, 31),
        "windows": jiangxi_windows(),
        "version": 1,
    }
    return TermScheduledV1(**(given | changed))


def a_rules_term(scheme: Scheme, **changed: Any) -> Term:
    """The same term, for rules without I/O."""
    return replace(Term.from_event(a_term(), scheme), **changed)


def a_changed_term(term: TermScheduledV1, windows: tuple[Window, ...]) -> TermChangedV1:
    """The same term with another timetable."""
    fields = {name: getattr(term, name) for name in TermScheduledV1.model_fields}
    return TermChangedV1(**(fields | {"windows": windows, "version": term.version + 1, "reason": "调整"}))


def a_record(term_id: UUID, student_id: UUID | None = None, **changed: Any) -> RecordSnapshot:
    """A volunteer service record with one picture."""
    given: dict[str, Any] = {
        "record_id": new_id(),
        "term_id": term_id,
        "student_id": student_id or new_id(),
        "student_name": "李晓雨",
        "path": CLASS,
        "dimension": "moral",
        "kind": "volunteer_service",
        "title": "社区敬老院志愿服务",
        "data": {"name": "社区敬老院志愿服务", "served": "老人", "starts_on": "2026-10-01", "hours": "2.5", "secret": "不公开"},
        "evidence": (
            EvidenceRef(
                evidence_id=new_id(),
                name="照片.jpg",
                media_type="image/jpeg",
                size=10,
                sha256="0" * 64,
                public_key="202611/x.jpg",
            ),
        ),
        "origin": "reported",
        "level": "student",
        "author_name": "李晓雨",
        "version": 1,
    }
    return RecordSnapshot(**(given | changed))


def approved(record: RecordSnapshot) -> RecordApprovedV1:
    """The event that a record passed review."""
    return RecordApprovedV1(record_id=record.record_id, record=record, at=SELECTING, approved_by="王老师")


def amended(record: RecordSnapshot, case_id: UUID, **changed: Any) -> RecordAmendedV1:
    """The event that a record was amended because of a case."""
    after = record.model_copy(update={"version": record.version + 1, "title": "改过的标题", **changed})
    return RecordAmendedV1(record_id=record.record_id, record=after, at=HANDLING, case_id=case_id)


def voided(record: RecordSnapshot) -> RecordVoidedV1:
    """The event that a record was voided."""
    return RecordVoidedV1(record_id=record.record_id, record=record, at=SHOWN, reason="撤销导入")


def an_enrolment(student_id: UUID, path: str = CLASS, name: str = "李晓雨", version: int = 1) -> Enrolment:
    """A student of a class."""
    return Enrolment(
        student_id=student_id,
        person_id=new_id(),
        name=name,
        sex="female",
        registry_number="G360000000000000001",
        path=path,
        school_title="东湖一中",
        grade_title="高一",
        class_title=f"{int(path[-2:])}班",
        status="enrolled",
        version=version,
    )


def enrolled(*students: Enrolment) -> StudentsEnrolledV1:
    """The event that these students were enrolled."""
    return StudentsEnrolledV1(school=SCHOOL, students=students)


def a_guardian(student_id: UUID, path: str = CLASS) -> Actor:
    """A parent of this student."""
    return an_actor("guardian", path, students=(student_id,))


def a_teacher(path: str = CLASS) -> Actor:
    """The class teacher."""
    return an_actor("class_teacher", path, name="王老师")


def an_administrator(path: str = SCHOOL) -> Actor:
    """The school administrator."""
    return an_actor("administrator", path, name="教务处")


class House:
    """A school on a running service: a term, its people, and the steps that most tests begin with."""

    def __init__(self, kit: Kit) -> None:
        self.kit = kit
        self.term = a_term()
        self.owner = a_student(CLASS)
        self.classmate = a_student(CLASS, name="陈一鸣")
        self.teacher = a_teacher()
        self.administrator = an_administrator()

    async def begin(self) -> "House":
        """The term is scheduled; it is time to select."""
        self.kit.at(SELECTING)
        await self.kit.receive(self.term)
        await self.kit.receive(
            enrolled(an_enrolment(self.owner.student_id), an_enrolment(self.classmate.student_id, name="陈一鸣"))
        )
        return self

    async def eligible(self, student: Actor | None = None, **changed: Any) -> tuple[UUID, RecordSnapshot]:
        """An approved record and its entry's id."""
        record = a_record(self.term.term_id, (student or self.owner).student_id, **changed)
        await self.kit.receive(approved(record))
        async with self.kit.deps.db.reading() as tx:
            entry_id = await tx.fetchval("SELECT id FROM entries WHERE record_id = $1", record.record_id)
        return entry_id, record

    async def selected(self, student: Actor | None = None, **changed: Any) -> tuple[UUID, RecordSnapshot]:
        """A selected entry; the time is in the selection window."""
        entry_id, record = await self.eligible(student, **changed)
        self.kit.at(SELECTING)
        answer = await self.kit.as_(student or self.owner).post("/selections", {"entry_ids": [str(entry_id)]})
        assert answer.status == 201, answer.body
        return entry_id, record

    async def to(self, now: datetime) -> None:
        """It is `now`, and the jobs until then have run."""
        self.kit.at(now)
        await self.kit.tick()

    async def complaint(self, entry_id: UUID, by: Actor | None = None, **more: Any) -> UUID:
        """A complaint against a published entry; the time is set into the window."""
        await self.to(SHOWN)
        complaint = {"entry_id": str(entry_id), "complaint_type": "untrue", "text": "当天他并没有参加这次活动"}
        answer = await self.kit.as_(by or self.classmate).post("/cases", complaint | more)
        assert answer.status == 201, answer.body
        return UUID(answer.json["case_id"])

    async def act(self, by: Actor, case_id: UUID, action: str, **more: Any) -> Any:
        """Take an action; the answer."""
        return await self.kit.as_(by).post(f"/cases/{case_id}/actions", {"action": action, **more})

    async def state_of(self, entry_id: UUID) -> str:
        """The entry's stored state."""
        async with self.kit.deps.db.reading() as tx:
            return str(await tx.fetchval("SELECT state FROM entries WHERE id = $1", entry_id))
