"""Builders for tests of notify: people of one class, events about them, a reader of live streams."""

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from contracts.publicity import (
    CaseClosedV2,
    CaseDecidedV1,
    CaseLapsedV1,
    CaseMarkedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
)
from contracts.records import PositionEvent, RecordEvent, RecordSubmittedV1, TermScheduledV1
from servicekit.auth import Actor
from servicekit.encryption import pseudonym
from servicekit.ids import new_id
from servicekit.testing import TEST_KEY, Kit, an_actor, token

SCHOOL = "jx.nc.dh.s1"
CLASS = f"{SCHOOL}.g2025.c01"
OTHER_CLASS = f"{SCHOOL}.g2025.c02"
OTHER_SCHOOL = "jx.nc.dh.s2"
TERM, STUDENT, COMPLAINANT = new_id(), new_id(), new_id()
RECORD, CASE, ENTRY, POSITION = new_id(), new_id(), new_id(), new_id()
AT = datetime(2026, 6, 1, 8, tzinfo=UTC)

STUDENT_ADDRESS = f"student:{STUDENT}"
TEACHER_ADDRESS = f"class_teacher@{CLASS}"
SCHOOL_ADDRESS = f"school_administrator@{SCHOOL}"
PSEUDONYM = pseudonym(TEST_KEY, COMPLAINANT)
COMPLAINANT_ADDRESS = f"mark:{PSEUDONYM}"

PEOPLE: dict[str, Actor] = {
    "student": an_actor("student", CLASS, students=(STUDENT,)),
    "guardian": an_actor("guardian", CLASS, students=(STUDENT,)),
    "classmate": an_actor("student", CLASS, students=(new_id(),)),
    "teacher": an_actor("class_teacher", CLASS),
    "other teacher": an_actor("class_teacher", OTHER_CLASS),
    "administrator": an_actor("administrator", SCHOOL),
    "other school": an_actor("administrator", OTHER_SCHOOL),
    "complainant": an_actor("student", OTHER_CLASS, students=(new_id(),), account_id=COMPLAINANT),
}


def a_term(term_id: UUID = TERM, *, title: str = "2025-2026学年第二学期", version: int = 1) -> TermScheduledV1:
    """The school's term under Jiangxi's scheme."""
    return TermScheduledV1(
        term_id=term_id, path=SCHOOL, title=title, school_year="2025-2026", number=2, scheme_id="jiangxi",
        scheme_version="2026.1", time_zone="Asia/Shanghai", starts_on=date(2026, 2, 20), ends_on=date(2026, 7, 10),
        windows=(), version=version,
    )  # fmt: skip


def a_record(record_id: UUID = RECORD, *, student_id: UUID = STUDENT, title: str = "敬老院志愿服务") -> RecordSnapshot:
    """A record of the student, as events carry it."""
    return RecordSnapshot(
        record_id=record_id, term_id=TERM, student_id=student_id, student_name="李晓雨", path=CLASS, dimension="moral",
        kind="volunteering", title=title, data={}, origin="reported", level="student", author_name="李晓雨", version=1,
    )  # fmt: skip


def record_event[F: RecordEvent](kind: type[F], record_id: UUID = RECORD, *, at: datetime = AT, **more: Any) -> F:
    """An event about the student's record."""
    return kind(record_id=record_id, record=a_record(record_id), at=at, **more)


def submitted(record_id: UUID | None = None, *, at: datetime = AT, role: str = "class_teacher") -> RecordSubmittedV1:
    """A (new) record waits for its reviewer."""
    return record_event(RecordSubmittedV1, record_id or new_id(), at=at, step=0, reviewer_role=role)


def position_event[F: PositionEvent](kind: type[F], *, version: int = 1, **more: Any) -> F:
    """An event about the student's position."""
    return kind(
        position_id=POSITION, term_id=TERM, student_id=STUDENT, student_name="李晓雨", path=CLASS, title="学习委员",
        level="班级", starts_on=date(2026, 3, 1), ends_on=None, duties=None, version=version, **more,
    )  # fmt: skip


def _case(case_id: UUID, at: datetime) -> dict[str, Any]:
    return {
        "case_id": case_id, "case_type": "complaint", "entry_id": ENTRY, "record_id": RECORD, "student_id": STUDENT,
        "term_id": TERM, "path": CLASS, "title": "敬老院志愿服务", "complainant": PSEUDONYM, "at": at,
    }  # fmt: skip


def case_opened(case_id: UUID = CASE) -> CaseOpenedV2:
    """Somebody complains."""
    return CaseOpenedV2(**_case(case_id, AT), complaint_type="untrue", text="我是二班的，当天他没去", attachments=1)


def case_moved(
    actor: str, stage: str, case_id: UUID = CASE, *, hours: int = 1, reason: str | None = "照片不是当天的。"
) -> CaseMovedV2:
    """The case is now with `actor`."""
    at = AT + timedelta(hours=hours)
    return CaseMovedV2(
        **_case(case_id, at), stage="x", stage_title=stage, actor=actor, action_title="审核驳回", reason=reason,
        due_at=AT + timedelta(days=5),
    )  # fmt: skip


def case_closed(outcome: str = "void", case_id: UUID = CASE) -> CaseClosedV2:
    """The case is over."""
    return CaseClosedV2.model_validate(
        _case(case_id, AT + timedelta(days=6)) | {"outcome": outcome, "reason": "无法证明参加过该活动"}
    )


def case_lapsed(actor: str, stage: str, taken: str | None = None) -> CaseLapsedV1:
    """The case waited in vain for `actor`."""
    at = AT + timedelta(days=5)
    return CaseLapsedV1(**_case(CASE, at), stage="x", stage_title=stage, actor=actor, action_title=taken, due_at=at)


def case_unsealed() -> CaseUnsealedV1:
    """The principal was told who complained."""
    return CaseUnsealedV1(**_case(CASE, AT), role="校长", reason="涉嫌恶意质疑，需要核实")


def case_decided() -> CaseDecidedV1:
    """The panel decided; it is told later."""
    return CaseDecidedV1(**_case(CASE, AT))


def case_marked(*, blocked: bool = False, lifted: bool = False) -> CaseMarkedV1:
    """A complaint counts as malicious, or no longer."""
    return CaseMarkedV1(**_case(CASE, AT), reason="内容是编造的", blocked=blocked, lifted=lifted)


async def inbox(kit: Kit, actor: Actor, **query: Any) -> list[Any]:
    """What this person reads, newest first."""
    answer = await kit.as_(actor).get("/messages", **query)
    assert answer.status == 200, answer.body
    items: list[Any] = answer.json["items"]
    return items


async def unread(kit: Kit, actor: Actor) -> int:
    """The person's unread count."""
    count: int = (await kit.as_(actor).get("/unread")).json["unread"]
    return count


class Live:
    """The client's end of a stream."""

    def __init__(self, response: Any) -> None:
        self.response = response
        self.status: int = response.status

    async def next(self, event: str, seconds: float = 5.0) -> tuple[str | None, Any]:
        """The id and data of the next event of this name; EOFError where the stream ends before."""
        async with asyncio.timeout(seconds):
            while True:
                found = await self._block()
                if found.get("event") == event:
                    return found.get("id"), json.loads(found["data"])

    async def ends(self, seconds: float = 5.0) -> bool:
        """Does the server end the stream by itself?"""
        async with asyncio.timeout(seconds):
            while True:
                try:
                    await self._block()
                except EOFError:
                    return True

    async def _block(self) -> dict[str, str]:
        found: dict[str, str] = {}
        while line := (await self.response.content.readline()).decode():
            if line == "\n":
                return found
            name, _, value = line.rstrip("\n").partition(": ")
            found[name] = value
        raise EOFError


@asynccontextmanager
async def live(kit: Kit, actor: Actor, *, last: str | None = None, seconds: int = 900) -> AsyncIterator[Live]:
    """A stream opened by this person, with a token good for so many seconds."""
    headers = {"Authorization": f"Bearer {token(actor, seconds=seconds)}"} | ({"Last-Event-ID": last} if last else {})
    async with kit.client.get("/stream", headers=headers) as response:
        assert response.status == 200, await response.text()
        yield Live(response)
