"""Builders for tests of records: a school with students and a term under Jiangxi's scheme, and things in it."""

import io
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import aiohttp
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentsEnrolledV1
from contracts.importer import BatchRow, RecordsCommittedV1
from PIL import Image
from servicekit.ids import new_id
from servicekit.testing import Caller, Kit, an_actor

SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
NEXT_CLASS = f"{SCHOOL}.g2025.c02"
OTHER_SCHOOL = "jx.nc.dh.s2"
TERM_BEGINS = date(2026, 9, 1)
NOW = datetime(2026, 10, 10, 8, tzinfo=UTC)
"""Reporting and review are open."""
AFTER_REPORTING = datetime(2026, 12, 10, 8, tzinfo=UTC)
"""Reporting is over, review goes on."""
AFTER_REVIEW = datetime(2026, 12, 20, 8, tzinfo=UTC)


def an_organisation(path: str, level: str, *, scheme: str | None = None, version: str | None = None) -> OrganisationCreatedV1:
    """An organisation as identity tells it."""
    return OrganisationCreatedV1(
        path=path, level=level, title=path.rpartition(".")[2], stage="senior_secondary", scheme_id=scheme,
        scheme_version=version, time_zone="Asia/Shanghai", version=1,
    )  # fmt: skip


def an_enrolment(student_id: UUID, path: str = CLASS, *, name: str = "李晓雨", version: int = 1) -> Enrolment:
    """A student's place as identity tells it."""
    return Enrolment(
        student_id=student_id, person_id=new_id(), name=name, sex="female", registry_number=f"G{student_id.int % 10**18}",
        path=path, school_title="东湖实验中学", grade_title="高二", class_title="高二（1）班",
        status="enrolled", version=version,
    )  # fmt: skip


@dataclass
class School:
    """A school in a running service; callers by role."""

    kit: Kit
    term_id: UUID
    student_id: UUID = field(default_factory=new_id)
    mate_id: UUID = field(default_factory=new_id)

    def __post_init__(self) -> None:
        self.student = self.kit.as_(an_actor("student", CLASS, name="李晓雨", students=(self.student_id,)))
        self.mate = self.kit.as_(an_actor("student", CLASS, name="王小明", students=(self.mate_id,)))
        self.guardian = self.kit.as_(an_actor("guardian", CLASS, name="李雨父", students=(self.student_id,)))
        self.teacher = self.kit.as_(an_actor("class_teacher", CLASS, name="陈老师"))
        self.next_teacher = self.kit.as_(an_actor("class_teacher", NEXT_CLASS, name="周老师"))
        self.admin = self.kit.as_(an_actor("administrator", SCHOOL, name="校管理员"))
        self.stranger = self.kit.as_(an_actor("administrator", OTHER_SCHOOL, name="外校管理员"))

    async def file(self, by: Caller | None = None, *, name: str = "证明.png") -> str:
        """The id of a checked image that really is in storage."""
        return await upload(by or self.student, name=name)

    async def draft(self, by: Caller | None = None, *, submit: bool = False, evidence: int = 1, **changed: Any) -> Any:
        """A record as it was answered."""
        by = by or self.student
        files = [await self.file(by) for _ in range(evidence)]
        answer = await by.post("/records", a_report(self.term_id, **({"evidence": files, "submit": submit} | changed)))
        assert answer.status == 201, answer.json
        return answer.json

    async def submitted(self, by: Caller | None = None, **changed: Any) -> Any:
        """A record that waits for the class teacher."""
        return await self.draft(by, submit=True, **changed)

    async def approved(self, by: Caller | None = None, **changed: Any) -> Any:
        """A record that the class teacher confirmed."""
        record = await self.submitted(by, **changed)
        answer = await self.teacher.post(f"/records/{record['id']}/approval")
        assert answer.status == 200, answer.json
        return answer.json

    def batch(self, *rows: dict[str, Any], kind: str = "exam_scores", chunk: int = 1, **changed: Any) -> RecordsCommittedV1:
        """A chunk of an imported workbook; rows are about the student unless they say `student_id`."""
        made = tuple(
            BatchRow(row=7 + n, sheet=kind, student_id=row.pop("student_id", self.student_id), data=row)
            for n, row in enumerate(dict(row) for row in rows)
        )
        values = {
            "batch_id": new_id(), "chunk": chunk, "chunks": 1, "import_type": kind, "path": CLASS,
            "term_id": self.term_id, "scheme_id": "jiangxi", "scheme_version": "2026.1", "account_id": new_id(),
            "author_name": "陈老师", "rows": made,
        }  # fmt: skip
        return RecordsCommittedV1.model_validate(values | changed)


async def a_school(kit: Kit, *, scheme: str = "jiangxi", now: datetime = NOW, **term: Any) -> School:
    """A school that has heard of its students and scheduled the usual term of its scheme."""
    kit.at(now)
    await kit.receive(an_organisation("jx", "province", scheme=scheme, version="2026.1"))
    await kit.receive(an_organisation(SCHOOL, "school"))
    admin = kit.as_(an_actor("administrator", SCHOOL))
    answer = await admin.post("/terms", a_term(**term))
    assert answer.status == 201, answer.json
    school = School(kit, UUID(answer.json["id"]))
    mate = an_enrolment(school.mate_id, name="王小明")
    await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(an_enrolment(school.student_id), mate)))
    return school


def a_term(**changed: Any) -> dict[str, Any]:
    """A term to schedule, with the scheme's usual windows."""
    values = {"title": "2026-2027学年第一学期", "school_year": "2026-2027", "number": 1}
    return values | {"starts_on": TERM_BEGINS.isoformat(), "ends_on": "2027-01-31"} | changed


BAOSHAN = (
    ("set_switches", 1, 5), ("opt_out", 1, 5), ("school_fill", 5, 20), ("district_fill", 5, 20), ("confirm", 20, 25),
    ("mend_refused", 20, 26), ("publicity", 26, 34), ("handle_case", 26, 40), ("judge", 40, 45), ("sign", 45, 50),
)  # fmt: skip
"""A term of Baoshan's: operations with their first and last day, counted from the term's first."""


def baoshan_windows() -> list[dict[str, Any]]:
    """Windows to send for a Baoshan term."""
    first = datetime(2026, 9, 1, 8, tzinfo=UTC)
    return [
        {"operation": name, "starts": (first + timedelta(days=a)).isoformat(), "ends": (first + timedelta(days=b)).isoformat()}
        for name, a, b in BAOSHAN
    ]


def a_report(term_id: UUID, **changed: Any) -> dict[str, Any]:
    """A whole report of volunteer service, without its evidence."""
    data = {
        "name": "社区敬老院志愿服务", "served": "敬老院老人", "starts_on": "2026-09-12", "ends_on": "2026-09-13",
        "hours": "4.5", "place": "东湖区敬老院",
        "account": "和同学一起为老人读报、打扫房间，学会了耐心倾听，也更懂得尊重长辈。",
    }  # fmt: skip
    values = {"term_id": str(term_id), "kind": "volunteer_service"}
    return values | changed | {"data": data | changed.get("data", {})}


def a_score(**changed: Any) -> dict[str, Any]:
    """One row of exam scores."""
    return {"exam": "midterm", "subject": "mathematics", "score": "118", "full_mark": "150"} | changed


def a_picture() -> bytes:
    """A small PNG."""
    out = io.BytesIO()
    Image.new("RGB", (24, 16), (180, 30, 30)).save(out, "PNG")
    return out.getvalue()


async def upload(by: Caller, data: bytes | None = None, *, name: str = "证明.png", media_type: str = "image/png") -> str:
    """Offer, post to storage, have it checked."""
    content = data or a_picture()
    offer = await by.post("/evidence", {"name": name, "media_type": media_type, "size": len(content)})
    assert offer.status == 201, offer.json
    form = aiohttp.FormData()
    for key, value in offer.json["fields"].items():
        form.add_field(key, value)
    form.add_field("file", content, filename=name, content_type=media_type)
    async with aiohttp.ClientSession() as session, session.post(offer.json["url"], data=form) as sent:
        assert sent.status == 204, await sent.text()
    answer = await by.post(f"/evidence/{offer.json['file_id']}/completion")
    assert answer.status == 200, answer.json
    return str(offer.json["file_id"])
