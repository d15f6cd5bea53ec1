"""Builders for tests of import: a school with a class, a term with its windows, filled workbooks, batches on their way."""

import asyncio
import base64
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any

import aiohttp
from contracts.archive import ArchiveBatchCheckedV1
from contracts.base import BatchApplied, BatchChecked, RowPlan, Window, ancestor, fingerprint, level_of
from contracts.identity import Enrolment, IdentityBatchCheckedV1, OrganisationCreatedV1, StudentsEnrolledV1
from contracts.importer import CHECKS, COMMITTED, BatchCheck, BatchCommitted
from contracts.records import RecordsBatchAppliedV1, RecordsBatchCheckedV1, TermScheduledV1
from importer.adapters.upload import MEDIA_TYPE
from importer.adapters.workbook import blank
from importer.app import SERVICE
from importer.domain.definition_from_scheme import definition_of
from openpyxl import load_workbook
from scheme import Schemes
from servicekit.ids import new_id
from servicekit.testing import Answer, Caller, Kit, a_service, an_actor

SEAL_KEY = base64.urlsafe_b64encode(b"s" * 32).decode()
SCHOOL, OTHER_SCHOOL = "jx.nc.dh.s1", "jx.nc.dh.s2"
CLASS, NEXT_CLASS = f"{SCHOOL}.g2025.c01", f"{SCHOOL}.g2025.c02"
NOW = datetime(2026, 11, 1, 4, tzinfo=UTC)
PUBLIC_FROM = NOW + timedelta(days=10)
COMMENTS_FROM = NOW + timedelta(days=20)


def a_place(path: str, title: str) -> OrganisationCreatedV1:
    return OrganisationCreatedV1(
        path=path, level=level_of(path), title=title, stage="senior_secondary", scheme_id="jiangxi",
        scheme_version="2026.1", time_zone="Asia/Shanghai", version=1,
    )  # fmt: skip


def a_student(number: int, name: str, path: str = CLASS, **more: Any) -> Enrolment:
    given: dict[str, Any] = {
        "student_id": new_id(),
        "person_id": new_id(),
        "name": name,
        "sex": "female",
        "registry_number": f"G36010220100101{number:04}",
        "path": path,
        "school_title": "示例中学",
        "grade_title": "高二",
        "class_title": "高二（1）班",
        "status": "enrolled",
        "version": 1,
    }
    return Enrolment(**(given | more))


def a_window(operation: str, starts: datetime, days: int) -> Window:
    return Window(operation=operation, starts=starts, ends=starts + timedelta(days=days))


def a_term(path: str = SCHOOL, now: datetime = NOW, **more: Any) -> TermScheduledV1:
    """A Jiangxi term whose import window is open `now`."""
    given: dict[str, Any] = {
        "term_id": new_id(),
        "path": path,
        "title": "2026年秋季学期",
        "school_year": "2026-2027",
        "number": 1,
        "scheme_id": "jiangxi",
        "scheme_version": "2026.1",
        "time_zone": "Asia/Shanghai",
        "starts_on": date(2026, 9, 1),
        "ends_on": date(2027, 1, 20),
        "windows": (
            a_window("import", now - timedelta(days=1), 5),
            a_window("publicity", PUBLIC_FROM, 10),
            a_window("teacher_comment", COMMENTS_FROM, 5),
        ),
        "version": 1,
    }
    return TermScheduledV1(**(given | more))


@dataclass
class School:
    """A running import service that has heard of a school, its class and its term; it is `NOW` there."""

    kit: Kit
    term: TermScheduledV1
    students: list[Enrolment] = field(default_factory=list)
    answered: set[tuple[str, int, int]] = field(default_factory=set)
    """Checks that were answered: batch, attempt, chunk."""

    @property
    def teacher(self) -> Caller:
        return self.kit.as_(self._teacher)

    @property
    def administrator(self) -> Caller:
        return self.kit.as_(an_actor("administrator", SCHOOL, name="教务处"))

    def __post_init__(self) -> None:
        self._teacher = an_actor("class_teacher", CLASS, name="李老师")

    async def template(self, who: Caller, type_: str, **query: Any) -> bytes:
        term = None if type_ == "roster" else self.term.term_id
        answer = await who.get(f"/templates/{type_}", term_id=term, **query)
        assert answer.status == 200, answer.body
        return answer.body

    async def upload(self, who: Caller, data: bytes, name: str = "成绩.xlsx") -> str:
        """Offer and send a file; its id."""
        offer = await who.post("/uploads", {"name": name, "media_type": MEDIA_TYPE, "size": max(1, len(data))})
        assert offer.status == 201, offer.body
        form = aiohttp.FormData()
        for key, value in offer.json["fields"].items():
            form.add_field(key, value)
        form.add_field("file", data, filename="x.xlsx", content_type=MEDIA_TYPE)
        async with aiohttp.ClientSession() as session, session.post(offer.json["url"], data=form) as sent:
            assert sent.status < 300, await sent.text()
        return str(offer.json["file_id"])

    async def begin(self, who: Caller, type_: str, data: bytes, **more: Any) -> Answer:
        """Upload and begin the dry run."""
        wanted = {"file_id": await self.upload(who, data), "type": type_, **more}
        if type_ != "roster":
            wanted.setdefault("term_id", str(self.term.term_id))
        return await who.post("/batches", wanted)

    async def checked(self, who: Caller, type_: str, data: bytes, **more: Any) -> dict[str, Any]:
        """Upload, and wait for the end of the dry run."""
        begun = await self.begin(who, type_, data, **more)
        assert (begun.status, begun.json["state"]) == (201, "checking"), begun.body
        return await self.wait(who, begun.json["id"])

    async def wait(self, who: Caller, batch_id: str, **answer: Any) -> dict[str, Any]:
        """The batch once it is no longer being checked; the receiving service's answer is as in `answer_checks`."""
        async with asyncio.timeout(30):
            while True:
                await self.kit.tick()
                await self.answer_checks(batch_id, **answer)
                seen = await who.get(f"/batches/{batch_id}")
                if seen.json["state"] != "checking":
                    found: dict[str, Any] = seen.json
                    return found
                await asyncio.sleep(0.05)

    async def checks(self, batch_id: str) -> list[BatchCheck]:
        """The receiving service is asked about these chunks."""
        return [event for kind in CHECKS.values() for event in await self.kit.events(kind) if str(event.batch_id) == batch_id]

    async def answer_checks(self, batch_id: str, **more: Any) -> None:
        """Let the receiving service answer what it is asked about: every row will be created."""
        for event in await self.checks(batch_id):
            if (key := (batch_id, event.attempt, event.chunk)) not in self.answered:
                self.answered.add(key)
                await self.kit.receive(an_answer(event, **more))

    async def commit(self, who: Caller, batch_id: str, **answer: Any) -> Answer:
        """Commit; the receiving service answers the check that precedes it. The batch afterwards, or the refusal."""
        asked = await who.post(f"/batches/{batch_id}/commit")
        if asked.status != 200:
            return asked
        await self.answer_checks(batch_id, **answer)
        return await who.get(f"/batches/{batch_id}")

    async def events(self, batch_id: str) -> list[BatchCommitted]:
        return [
            event for kind in COMMITTED.values() for event in await self.kit.events(kind) if str(event.batch_id) == batch_id
        ]

    async def applied(self, batch_id: str, kind: type[BatchApplied] = RecordsBatchAppliedV1, **more: Any) -> None:
        """Let the receiving service answer for all chunks: every row created. It answers a check before that."""
        await self.answer_checks(batch_id)
        for event in await self.events(batch_id):
            given = {"created": len(event.rows), "changed": 0, "unchanged": 0} | more
            await self.kit.receive(kind(batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, **given))


CHECKED: dict[str, type[BatchChecked]] = {
    "identity": IdentityBatchCheckedV1,
    "records": RecordsBatchCheckedV1,
    "archive": ArchiveBatchCheckedV1,
}


def an_answer(event: BatchCheck, **more: Any) -> BatchChecked:
    """What the receiving service answers to a check: every row will be created."""
    rows = tuple(RowPlan(outcome="created", fingerprint="") for _ in event.rows)
    given: dict[str, Any] = {"created": len(rows), "changed": 0, "unchanged": 0, "rows": rows, "fingerprint": fingerprint(rows)}
    asked = {"batch_id": event.batch_id, "attempt": event.attempt, "chunk": event.chunk, "chunks": event.chunks}
    return CHECKED[event.target](**(asked | given | more))


@asynccontextmanager
async def a_school(parts: Any, *, bus: bool = False) -> AsyncIterator[School]:
    """A school with one class of three and a class of one next door; another school with a class of one.

    It is `NOW` there; with `bus` it is now, and everything goes on by itself.
    """
    async with a_service(SERVICE, parts, bus=bus, storage=True, seal_key=SEAL_KEY) as kit:
        if not bus:
            kit.at(NOW)
        school = School(kit, a_term(now=kit.deps.now()), [a_student(1, "张晓"), a_student(2, "王明"), a_student(3, "李雨桐")])
        grade = ancestor(CLASS, "grade")
        named = {SCHOOL: "示例中学", grade: "高二", CLASS: "1班", NEXT_CLASS: "2班", OTHER_SCHOOL: "别的中学"}
        for path, title in named.items():
            await kit.receive(a_place(path, title))
        next_door = a_student(8, "陈同学", NEXT_CLASS)
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(*school.students, next_door)))
        elsewhere = a_student(9, "赵同学", f"{OTHER_SCHOOL}.g2025.c01")
        await kit.receive(StudentsEnrolledV1(school=OTHER_SCHOOL, students=(elsewhere,)))
        await kit.receive(school.term)
        yield school


SCHEME = Schemes(Path(__file__).parents[3] / "schemes").latest("jiangxi")


@cache
def exam_template() -> bytes:
    """The empty template of 考试成绩, made in this process."""
    return blank.write(definition_of(SCHEME, "exam_scores", "class_teacher").template, {})


def filled(template: bytes, sheet: str, rows: Sequence[Mapping[str, Any]]) -> bytes:
    """A template filled as a teacher does: values under the headings, from the first row on; the rest stays."""
    book = load_workbook(BytesIO(template))
    target = book[sheet]
    columns = {str(cell.value).strip("*"): cell.column for cell in target[1] if cell.value}
    for number, row in enumerate(rows, start=2):
        for title, value in row.items():
            target.cell(number, columns[title]).value = value
    return saved(book)


def saved(book: Any) -> bytes:
    out = BytesIO()
    book.save(out)
    return out.getvalue()


def cells(data: bytes, sheet: str) -> list[list[Any]]:
    """What stands in a sheet."""
    return [[cell.value for cell in row] for row in load_workbook(BytesIO(data))[sheet].iter_rows()]


def scores(student: Enrolment, **more: Any) -> dict[str, Any]:
    """One row of 考试成绩."""
    row = {"学籍号": student.registry_number, "姓名": student.name, "考试": "期末", "科目": "数学", "成绩": 92.5, "满分": 150}
    return row | more
