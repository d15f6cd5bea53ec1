"""A school of a scheme with a verdict: pupils of the judged grade in two classes and one of a lower grade (SH-11)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, date, datetime
from typing import Any

import aiohttp
from archive.app import SERVICE
from contracts.base import Window
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentsEnrolledV1
from contracts.publicity import EntriesClearedV1, PublicityClosedV1
from contracts.records import TermScheduledV1
from servicekit.ids import new_id
from servicekit.testing import Caller, Kit, a_service, a_student, an_actor

from .school import KEY, RENDERER, a_snapshot

DISTRICT = "sh.sh.bs"
SCHOOL = f"{DISTRICT}.s1"
CLASS, OTHER = f"{SCHOOL}.g2018.c01", f"{SCHOOL}.g2018.c02"
LOWER = f"{SCHOOL}.g2019.c01"
TITLE = "上海市宝山区实验学校"
FILING = datetime(2022, 4, 13, 0, tzinfo=UTC)
"""The first moment of the source's 归档签字阶段: 2022-04-13 08:00 in Shanghai."""
JUDGING = datetime(2022, 4, 14, 2, tzinfo=UTC)
OVER = datetime(2022, 5, 10, 8, tzinfo=UTC)
REASON = "综合表现未达到学校规定的要求"


def windows() -> tuple[Window, ...]:
    """Those of the source that archive asks about."""
    publicity = Window(
        operation="publicity", starts=datetime(2022, 3, 30, 0, tzinfo=UTC), ends=datetime(2022, 4, 7, 8, tzinfo=UTC)
    )
    both = {"starts": FILING, "ends": OVER, "grades": ("9",)}
    return publicity, Window(operation="judge", **both), Window(operation="sign", **both)


class FilingSchool:
    """A service that heard of this school, and its people as callers."""

    def __init__(self, kit: Kit, students: list[Enrolment], term: TermScheduledV1) -> None:
        self.kit, self.students, self.term = kit, students, term
        self.principal: Caller = kit.as_(an_actor("principal", SCHOOL, name="陆校长"))
        self.admin: Caller = kit.as_(an_actor("administrator", SCHOOL, name="校管理员"))
        self.teacher: Caller = kit.as_(an_actor("class_teacher", CLASS, name="王建国"))
        self.district: Caller = kit.as_(an_actor("administrator", DISTRICT, name="区管理员"))
        self.url = f"/terms/{term.term_id}"

    def student(self, number: int = 0) -> Caller:
        """A student's own card."""
        who = self.students[number]
        return self.kit.as_(a_student(who.path, who.student_id, name=who.name))

    def guardian(self, number: int = 0) -> Caller:
        """A guardian of this student."""
        who = self.students[number]
        return self.kit.as_(an_actor("guardian", who.path, students=(who.student_id,)))

    def id(self, number: int) -> str:
        """A student's id."""
        return str(self.students[number].student_id)

    async def judge(self, *numbers: int, choice: str = "pass", reason: str = "", version: int | None = None) -> Any:
        """The principal's verdicts on these students, and how each went, in this order."""
        each = {"choice": choice, "reason": reason, "version": version}
        body = {"term_id": str(self.term.term_id), "verdicts": [{"student_id": self.id(n), **each} for n in numbers]}
        answer = await self.principal.put("/verdicts", body)
        assert answer.status == 200, answer.body
        by_id = {one["student_id"]: one for one in answer.json["results"]}
        return [by_id[self.id(n)] for n in numbers]

    async def rows(self, caller: Caller, **query: Any) -> list[dict[str, Any]]:
        """The list of verdicts as somebody sees it, in the order of the students."""
        answer = await caller.get("/verdicts", term_id=self.term.term_id, **query)
        assert answer.status == 200, answer.body
        order = [str(s.student_id) for s in self.students]
        return sorted(answer.json["items"], key=lambda one: order.index(one["student_id"]))

    async def print(self, path: str = CLASS, caller: Caller | None = None, **body: Any) -> Any:
        """Print the confirmations of a class."""
        return await (caller or self.admin).post(f"{self.url}/confirmations", {"path": path, **body})

    async def change(self, caller: Caller, *changes: dict[str, Any]) -> list[dict[str, Any]]:
        """What happened to slips, and how each went."""
        answer = await caller.post(f"{self.url}/confirmations/changes", {"changes": list(changes)})
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json["results"]
        return found

    async def code(self, number: int) -> str:
        """The code on a student's slip, as only the paper has it."""
        async with self.kit.deps.db.reading() as tx:
            found: str = await tx.fetchval(
                "SELECT code FROM confirmations WHERE student_id = $1", self.students[number].student_id
            )
        return found

    async def filing(self, caller: Caller | None = None) -> dict[str, Any]:
        """How far the school is."""
        answer = await (caller or self.principal).get(f"{self.url}/filing")
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def all_signed(self) -> None:
        """Everybody is judged 合格, and every confirmation came back signed."""
        judged = [n for n, who in enumerate(self.students) if who.path != LOWER]
        await self.judge(*judged)
        for path in (CLASS, OTHER):
            assert (await self.print(path)).status == 200
        done = await self.change(self.admin, *({"action": "sign", "student_id": self.id(n)} for n in judged))
        assert all(one["ok"] for one in done)


async def uploaded(caller: Caller, content: bytes, name: str, media_type: str, to: str = "filing-files") -> str:
    """Upload a file for the filing and have it checked; its id."""
    offer = (await caller.post(f"/{to}", {"name": name, "media_type": media_type, "size": len(content)})).json
    form = aiohttp.FormData()
    for key, value in offer["fields"].items():
        form.add_field(key, value)
    form.add_field("file", content, filename=name)
    async with aiohttp.ClientSession() as session, session.post(offer["url"], data=form) as response:
        assert response.status in (200, 201, 204), await response.text()
    done = await caller.post(f"/{to}/{offer['file_id']}/completion")
    assert done.status == 200, done.body
    return str(done.json["file_id"])


def a_pupil(number: int, path: str) -> Enrolment:
    """A pupil with a name of their own."""
    return Enrolment(
        student_id=new_id(), person_id=new_id(), name=f"沈小{'一二三四五六七八九十'[number % 10]}", sex="male",
        registry_number=f"G3101132006081{number:05d}", path=path, school_title=TITLE,
        grade_title="八年级" if path == LOWER else "九年级", class_title="（2）班" if path == OTHER else "（1）班",
        status="enrolled", version=1,
    )  # fmt: skip


@asynccontextmanager
async def a_filing_school(parts: Any, paths: tuple[str, ...] = (CLASS, CLASS, OTHER, LOWER)) -> AsyncIterator[FilingSchool]:
    """archive with a school of the scheme that has a verdict, after publicity; one pupil for each path."""
    async with a_service(SERVICE, parts, storage=True, archive_key=json.dumps(KEY)) as kit:
        kit.deps.renderer = RENDERER
        kit.at(JUDGING)
        titles = {"sh": "上海市", "sh.sh": "上海市", DISTRICT: "宝山区", SCHOOL: TITLE}
        for (path, title), level in zip(titles.items(), ("province", "city", "district", "school"), strict=True):
            await kit.receive(
                OrganisationCreatedV1(
                    path=path, level=level, title=title, stage="junior_secondary" if level == "school" else None,
                    scheme_id=None, scheme_version=None, time_zone="Asia/Shanghai", version=1,
                )
            )  # fmt: skip
        students = [a_pupil(number, path) for number, path in enumerate(paths)]
        term = TermScheduledV1(
            term_id=new_id(), path=SCHOOL, title="2021学年第一学期", school_year="2021-2022", number=1,
            scheme_id="baoshan", scheme_version="2026.1", time_zone="Asia/Shanghai", starts_on=date(2021, 9, 1),
            ends_on=date(2022, 5, 31), windows=windows(), version=1,
        )  # fmt: skip
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(students)))
        await kit.receive(term)
        shown = a_snapshot(term, students[0]).model_copy(
            update={
                "kind": "sports_contest", "dimension": "health", "title": "校运动会男子 1500 米", "origin": "entered",
                "data": {"name": "校运动会男子 1500 米", "on_day": "2021-10-20", "award": "二等奖"}, "level": "school",
            }
        )  # fmt: skip
        await kit.receive(EntriesClearedV1(term_id=term.term_id, path=CLASS, entries=(shown,), at=windows()[0].ends))
        await kit.receive(PublicityClosedV1(term_id=term.term_id, path=SCHOOL, entries=1, in_dispute=0, at=windows()[0].ends))
        yield FilingSchool(kit, students, term)
