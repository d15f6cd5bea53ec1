"""A school for tests: two classes, a term with its windows, and the events that others say about it."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any
from uuid import UUID

from archive.adapters.typesetting import TEMPLATES
from archive.app import SERVICE
from contracts.base import EvidenceRef, RecordSnapshot, Window
from contracts.identity import (
    Enrolment,
    OrganisationCreatedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
    StudentStatusChangedV1,
)
from contracts.publicity import CaseClosedV2, CaseOpenedV2, EntriesClearedV1, PublicityClosedV1
from contracts.records import PositionApprovedV1, RecordApprovedV1, TermScheduledV1
from joserfc.jwk import OKPKey
from proof import SigningKey
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import Caller, Kit, a_service, a_student, an_actor
from typesetting import PdfRendererPool

SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
OTHER_CLASS = f"{SCHOOL}.g2025.c02"
BEFORE = datetime(2026, 12, 1, tzinfo=UTC)
PUBLIC_ENDS = datetime(2027, 1, 10, tzinfo=UTC)
WRITING = datetime(2027, 1, 12, 4, tzinfo=UTC)
SEALING = datetime(2027, 1, 21, 1, tzinfo=UTC)
PICKING = datetime(2027, 1, 24, 1, tzinfo=UTC)
SELF_TEXT = "这一学期我学会了把一件事做完，从整理图书角开始，也在数学上坚持订正错题，期末有了明显的进步。"
COMMENT = "该生待人真诚，做事有始有终，希望在数学学习中多一些耐心。"
KEY = {
    k: str(v) for k, v in OKPKey.generate_key("Ed25519", {"kid": "archive-test", "alg": "EdDSA"}).as_dict(private=True).items()
}
RENDERER = PdfRendererPool(TEMPLATES, 1)
SIGNING = SigningKey.from_jwk(dict(KEY))


def a_window(operation: str, starts: datetime, days: int, hours: int = 0) -> Window:
    """A window of so many days."""
    return Window(operation=operation, starts=starts, ends=starts + timedelta(days=days, hours=hours))


WINDOWS = (
    a_window("publicity", PUBLIC_ENDS - timedelta(days=15), 15),
    a_window("self_evaluate", PUBLIC_ENDS, 10),
    a_window("teacher_comment", PUBLIC_ENDS, 10),
    a_window("seal", PUBLIC_ENDS + timedelta(days=10), 7),
    a_window("career_select", PUBLIC_ENDS + timedelta(days=13), 7),
)


def an_enrolment(number: int, path: str = CLASS, **changed: Any) -> Enrolment:
    """A pupil."""
    return Enrolment(
        **{
            "student_id": new_id(),
            "person_id": new_id(),
            "name": f"王小{'一二三四五六七八九十'[number % 10]}",
            "sex": "female" if number % 2 else "male",
            "registry_number": f"G36010220090817{number:04d}1",
            "path": path,
            "school_title": "南昌市东湖实验中学",
            "grade_title": "高一",
            "class_title": "（1）班" if path == CLASS else "（2）班",
            "status": "enrolled",
            "version": 1,
        }
        | changed
    )


def a_term(**changed: Any) -> TermScheduledV1:
    """The first term of 2026-2027."""
    return TermScheduledV1(
        **{
            "term_id": new_id(),
            "path": SCHOOL,
            "title": "2026-2027学年第一学期",
            "school_year": "2026-2027",
            "number": 1,
            "scheme_id": "jiangxi",
            "scheme_version": "2026.1",
            "time_zone": "Asia/Shanghai",
            "starts_on": date(2026, 9, 1),
            "ends_on": date(2027, 1, 31),
            "windows": WINDOWS,
            "version": 1,
        }
        | changed
    )


DATA: dict[str, dict[str, Any]] = {
    "volunteer_service": {
        "name": "社区敬老院志愿服务",
        "served": "敬老院老人",
        "starts_on": "2026-10-01",
        "ends_on": "2026-10-02",
        "hours": "4.5",
        "place": "百花洲社区",
        "account": "与同学一起陪老人读报、整理房间，学会了倾听，也更懂得坚持的意义。",
    },
    "exam_scores": {"exam": "final", "subject": "chinese", "score": "92.5", "full_mark": "150"},
    "misconduct": {"category": "warning", "happened_on": "2026-10-09", "facts": "晚自习无故缺席一次", "decided_by": "政教处"},
    "fitness_test": {
        "tested_on": "2026-11-02", "bmi": "20.6", "lung_capacity": 3600, "run_50m": "7.8", "sit_and_reach": "12.5",
        "long_jump": 215, "strength": 12, "endurance": "4:05", "total": "82.5", "grade": "good",
    },
}  # fmt: skip
DIMENSION = {"volunteer_service": "moral", "misconduct": "moral", "exam_scores": "academic", "fitness_test": "health"}


def a_snapshot(term: TermScheduledV1, who: Enrolment, kind: str = "volunteer_service", **changed: Any) -> RecordSnapshot:
    """A record as it stood."""
    imported = kind != "volunteer_service"
    evidence = EvidenceRef(
        evidence_id=new_id(), name="照片.jpg", media_type="image/jpeg", size=1, sha256="0" * 64, public_key="k"
    )
    return RecordSnapshot(
        **{
            "record_id": new_id(),
            "term_id": term.term_id,
            "student_id": who.student_id,
            "student_name": who.name,
            "path": who.path,
            "dimension": DIMENSION[kind],
            "kind": kind,
            "title": DATA[kind].get("name", "语文"),
            "data": DATA[kind],
            "evidence": () if imported else (evidence,),
            "origin": "imported" if imported else "reported",
            "level": "school" if imported else "student",
            "author_name": who.name,
            "version": 1,
        }
        | changed
    )


@dataclass
class School:
    """A service that heard of this school, and its people as callers."""

    kit: Kit
    term: TermScheduledV1
    students: list[Enrolment]
    records: list[RecordSnapshot] = field(default_factory=list)

    def student(self, number: int = 0) -> Caller:
        """A student's own card."""
        who = self.students[number]
        return self.kit.as_(a_student(who.path, who.student_id, name=who.name))

    def guardian(self, number: int = 0) -> Caller:
        """A guardian of this student."""
        who = self.students[number]
        return self.kit.as_(an_actor("guardian", who.path, students=(who.student_id,)))

    def teacher(self, path: str = CLASS) -> Caller:
        """The class teacher."""
        return self.kit.as_(self.teacher_card(path))

    @staticmethod
    def teacher_card(path: str = CLASS) -> Actor:
        """The class teacher's card."""
        return an_actor("class_teacher", path, name="王建国")

    @cached_property
    def admin(self) -> Caller:
        """The school administrator; one and the same person each time."""
        return self.kit.as_(an_actor("administrator", SCHOOL, name="校管理员"))

    @property
    def stranger(self) -> Caller:
        """The administrator of another school."""
        return self.kit.as_(an_actor("administrator", "jx.nc.dh.s2"))

    @property
    def ids(self) -> dict[str, str]:
        """The body that names the term."""
        return {"term_id": str(self.term.term_id)}

    async def clear(self, records: Sequence[RecordSnapshot]) -> None:
        """These records passed publicity."""
        self.records += records
        for path in sorted({r.path for r in records}):
            of_class = tuple(r for r in records if r.path == path)
            await self.kit.receive(EntriesClearedV1(term_id=self.term.term_id, path=path, entries=of_class, at=PUBLIC_ENDS))

    async def approve(self, record: RecordSnapshot) -> RecordSnapshot:
        """This record passed its last review."""
        await self.kit.receive(RecordApprovedV1(record_id=record.record_id, record=record, at=BEFORE, approved_by="王建国"))
        return record

    async def close(self, entries: int = 0, at: datetime = PUBLIC_ENDS) -> None:
        """Publicity is over."""
        await self.kit.receive(PublicityClosedV1(term_id=self.term.term_id, path=SCHOOL, entries=entries, in_dispute=0, at=at))

    def case(self, record: RecordSnapshot) -> dict[str, Any]:
        """What events of a case on this record share."""
        return {
            "case_id": new_id(), "case_type": "complaint", "entry_id": new_id(), "record_id": record.record_id,
            "student_id": record.student_id, "term_id": self.term.term_id, "path": record.path, "title": record.title,
            "complainant": None, "at": PUBLIC_ENDS,
        }  # fmt: skip

    async def dispute(self, case: dict[str, Any]) -> None:
        """Somebody complained."""
        await self.kit.receive(CaseOpenedV2(**case, complaint_type="untrue", text="内容不实", attachments=0))

    async def settle(self, case: dict[str, Any], outcome: str = "keep") -> None:
        """The case ended."""
        await self.kit.receive(CaseClosedV2(**case, outcome=outcome, reason=None))

    async def evaluate_all(self) -> None:
        """Everybody writes, and about everybody is written."""
        self.kit.at(WRITING)
        for number, who in enumerate(self.students):
            response = await self.student(number).put("/evaluations/self", self.ids | {"text": SELF_TEXT})
            assert response.status == 200, response.body
            body = self.ids | {"student_id": str(who.student_id), "text": COMMENT}
            assert (await self.teacher(who.path).put("/evaluations/teacher", body)).status == 200

    async def seal(self, **body: Any) -> dict[str, Any]:
        """Ask for the term's archives and let the clock do its work."""
        self.kit.at(SEALING)
        answer = await self.admin.post(f"/terms/{self.term.term_id}/seal", body)
        assert answer.status == 202, answer.body
        await self.kit.tick()
        made: dict[str, Any] = (await self.admin.get(f"/terms/{self.term.term_id}")).json
        return made

    async def archive_of(self, number: int = 0, kind: str = "term") -> dict[str, Any]:
        """The student's archive as they see it."""
        [one] = (await self.student(number).get("/archives", kind=kind)).json["items"]
        found: dict[str, Any] = (await self.student(number).get(f"/archives/{one['id']}")).json
        return found

    async def archive_of_version(self, version: int, number: int = 0, kind: str = "term") -> dict[str, Any]:
        """One version of the student's archive as they see it."""
        items = (await self.student(number).get("/archives", kind=kind)).json["items"]
        [one] = [item for item in items if item["version"] == version]
        found: dict[str, Any] = (await self.student(number).get(f"/archives/{one['id']}")).json
        return found

    async def object(self, archive: dict[str, Any], ending: str = "pdf") -> bytes:
        """The file out of the bucket."""
        async with self.kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT pdf_key, json_key FROM archives WHERE id = $1", UUID(archive["id"]))
        data: bytes = await self.kit.deps.storage.read("zp-archive", row[f"{ending}_key"])
        return data


@asynccontextmanager
async def a_school(parts: Any, pupils: int = 2, **settings: Any) -> AsyncIterator[School]:
    """archive with a school of so many students in two classes, and a term."""
    given: dict[str, Any] = {"archive_key": json.dumps(KEY)} | settings
    async with a_service(SERVICE, parts, storage=True, **given) as kit:
        kit.deps.renderer = RENDERER
        kit.at(BEFORE)
        for level, path, title in (
            ("province", "jx", "江西省"),
            ("city", "jx.nc", "南昌市"),
            ("district", "jx.nc.dh", "东湖区"),
        ):
            await kit.receive(
                OrganisationCreatedV1(
                    path=path, level=level, title=title, stage=None, scheme_id=None, scheme_version=None,
                    time_zone="Asia/Shanghai", version=1,
                )
            )  # fmt: skip
        students = [an_enrolment(n, CLASS if n % 2 == 0 else OTHER_CLASS) for n in range(pupils)]
        term = a_term()
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(students)))
        await kit.receive(term)
        yield School(kit, term, students)


def a_position(term: TermScheduledV1, who: Enrolment) -> PositionApprovedV1:
    """A passed position."""
    return PositionApprovedV1(
        position_id=new_id(), term_id=term.term_id, student_id=who.student_id, student_name=who.name, path=who.path,
        title="学习委员", level="班级", starts_on=date(2026, 9, 1), ends_on=None, duties="组织晚自习答疑", version=1,
    )  # fmt: skip


def a_move(before: Enrolment, after: Enrolment) -> StudentMovedV1:
    """A student changed class."""
    return StudentMovedV1(student_id=before.student_id, from_path=before.path, enrolment=after)


def a_leave(after: Enrolment) -> StudentStatusChangedV1:
    """A student left."""
    return StudentStatusChangedV1(student_id=after.student_id, enrolment=after)
