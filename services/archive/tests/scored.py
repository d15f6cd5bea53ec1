"""A school of a scheme with scores: two classes, everything open, everybody evaluated themselves (BJ-10)."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from archive.app import SERVICE
from contracts.base import Window
from contracts.identity import Enrolment, OrganisationCreatedV1, StudentsEnrolledV1
from contracts.records import TermScheduledV1
from scheme import roles
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import Answer, Caller, Kit, a_service, a_student, an_actor

from .rule_builders import scheme
from .school import KEY, RENDERER

DISTRICT = "bj.bj.hd"
SCHOOL = f"{DISTRICT}.s1"
GRADE = f"{SCHOOL}.g2024"
CLASS, OTHER = f"{GRADE}.c01", f"{GRADE}.c02"
SCORING = datetime(2026, 12, 10, 8, tzinfo=UTC)
ENDS = SCORING + timedelta(days=20)
DIMENSIONS = tuple(dimension.id for dimension in scheme("beijing").dimensions)
OPERATIONS = ("self_evaluate", "teacher_evaluate", "group_evaluate", "department_review", "lock")


def staff(role: str, path: str, name: str = "某人") -> Actor:
    """Somebody of the staff with what the scheme lets the role do."""
    actor = an_actor(role, path, name=name)
    rule = roles.rule_of([scheme("beijing")], role, actor.level)
    assert rule is not None
    return replace(actor, capabilities=rule.may)


class ScoredSchool:
    """A service that heard of this school, and its people as callers."""

    def __init__(self, kit: Kit, students: list[Enrolment], term: TermScheduledV1) -> None:
        self.kit, self.students, self.term = kit, students, term
        self.term_id = str(term.term_id)
        self.teacher: Caller = kit.as_(staff("class_teacher", CLASS, name="韩老师"))
        self.group: Caller = kit.as_(staff("supervision_group", CLASS, name="评议小组"))
        self.subject: Caller = kit.as_(staff("subject_teacher", CLASS, name="物理老师"))
        self.head: Caller = kit.as_(staff("department_head", GRADE, name="年级主任"))
        self.office: Caller = kit.as_(staff("student_office", SCHOOL, name="学生处"))
        self.admin: Caller = kit.as_(staff("administrator", SCHOOL, name="管理员"))

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

    def of(self, path: str) -> list[int]:
        """The students of a class."""
        return [number for number, who in enumerate(self.students) if who.path == path]

    async def rate_oneself(self, number: int, choice: str = "b") -> None:
        """The student chooses the same in every dimension."""
        for at, dimension in enumerate(DIMENSIONS):
            body = {"term_id": self.term_id, "type": "self_rating", "dimension": dimension, "choice": choice}
            seen = {"If_Match": f'"{at}"'} if at else {}
            answer = await self.student(number).put("/evaluations/self", body, **seen)
            assert answer.status == 200, answer.body

    async def enter(
        self, caller: Caller, part: str, values: dict[int, str], *, dimension: str | None = None, **each: Any
    ) -> Any:
        """Values of a part by student, in one dimension or the same in all; how each went."""
        scores = [
            {"student_id": self.id(number), "dimension": one, "value": value, **each}
            for number, value in values.items()
            for one in ([dimension] if dimension is not None else DIMENSIONS)
        ]
        answer = await caller.put("/scores", {"term_id": self.term_id, "part": part, "scores": scores})
        return answer.json["results"] if answer.status == 200 else answer

    async def adjust(self, caller: Caller, number: int, points: str, reason: str = "组织年级爱心义卖", **more: Any) -> Answer:
        """A bonus or deduction."""
        body = {"term_id": self.term_id, "part": "bonus", "student_id": self.id(number), "dimension": "morality"}
        return await caller.post("/scores/adjustments", {**body, "points": points, "reason": reason, **more})

    async def fill(self, path: str = CLASS, group: str = "80", teacher: str = "70") -> None:
        """Everything that a class needs."""
        numbers = self.of(path)
        for number in numbers:
            await self.rate_oneself(number)
        teacher_card = self.kit.as_(staff("class_teacher", path, name="班主任"))
        group_card = self.kit.as_(staff("supervision_group", path, name="评议小组"))
        for caller, part, value in ((group_card, "group", group), (teacher_card, "teacher", teacher)):
            done = await self.enter(caller, part, dict.fromkeys(numbers, value))
            assert all(one["ok"] for one in done), done

    async def sheet(self, caller: Caller, path: str = CLASS) -> dict[str, Any]:
        """The sheet of a class as somebody sees it."""
        answer = await caller.get("/scores", term_id=self.term_id, path=path)
        assert answer.status == 200, answer.body
        found: dict[str, Any] = answer.json
        return found

    async def move(self, caller: Caller, action: str, *seen: tuple[str, int], reason: str = "") -> list[dict[str, Any]]:
        """Move sheets, and how each went."""
        body = {"action": action, "reason": reason, "sheets": [{"path": path, "version": version} for path, version in seen]}
        answer = await caller.post("/score-sheets/moves", {"term_id": self.term_id, **body})
        assert answer.status == 200, answer.body
        found: list[dict[str, Any]] = answer.json["results"]
        return found

    async def order(self, *paths: str) -> None:
        """The school puts these classes in an order of its own."""
        for position, path in enumerate(paths, 1):
            await self.kit.receive(
                OrganisationCreatedV1(
                    path=path, level="class", title=path.rpartition(".")[2], stage=None, scheme_id=None, scheme_version=None,
                    time_zone="Asia/Shanghai", version=1, position=position,
                )
            )  # fmt: skip

    async def lock(self, path: str = CLASS) -> None:
        """Hand over, check and lock a class that is complete."""
        teacher = self.kit.as_(staff("class_teacher", path, name="韩老师"))
        version = (await self.sheet(teacher, path))["version"]
        for number, (caller, action) in enumerate(((teacher, "pass"), (self.head, "pass"), (self.office, "lock"))):
            [done] = await self.move(caller, action, (path, version + number))
            assert done["ok"], done


def a_pupil(number: int, path: str) -> Enrolment:
    """A pupil with a name of their own."""
    return Enrolment(
        student_id=new_id(), person_id=new_id(), name=f"高小{'一二三四五六七八九十'[number % 10]}", sex="female",
        registry_number=f"G1101082012081{number:05d}", path=path, school_title="北京市海淀区实验学校",
        grade_title="初三", class_title="（2）班" if path == OTHER else "（1）班", status="enrolled", version=1,
    )  # fmt: skip


@asynccontextmanager
async def a_scored_school(
    parts: Any, paths: tuple[str, ...] = (CLASS, CLASS, OTHER), scheme_id: str = "beijing", **settings: Any
) -> AsyncIterator[ScoredSchool]:
    """archive with a school of the scheme that has scores, or of another one; one pupil for each path."""
    async with a_service(SERVICE, parts, storage=True, archive_key=json.dumps(KEY), **settings) as kit:
        kit.deps.renderer = RENDERER
        kit.at(SCORING)
        titles = {"bj": "北京市", "bj.bj": "北京市", DISTRICT: "海淀区", SCHOOL: "北京市海淀区实验学校"}
        for (path, title), level in zip(titles.items(), ("province", "city", "district", "school"), strict=True):
            await kit.receive(
                OrganisationCreatedV1(
                    path=path, level=level, title=title, stage="junior_secondary" if level == "school" else None,
                    scheme_id=None, scheme_version=None, time_zone="Asia/Shanghai", version=1,
                )
            )  # fmt: skip
        students = [a_pupil(number, path) for number, path in enumerate(paths)]
        opened = OPERATIONS if scheme_id == "beijing" else ()
        windows = tuple(Window(operation=name, starts=SCORING - timedelta(days=1), ends=ENDS) for name in opened)
        term = TermScheduledV1(
            term_id=new_id(), path=SCHOOL, title="2026—2027学年第一学期", school_year="2026-2027", number=1,
            scheme_id=scheme_id, scheme_version="2026.1", time_zone="Asia/Shanghai", starts_on=date(2026, 9, 1),
            ends_on=date(2027, 1, 31), windows=windows, version=1,
        )  # fmt: skip
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(students)))
        await kit.receive(term)
        yield ScoredSchool(kit, students, term)
