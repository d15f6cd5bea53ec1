"""A school of the county whose results are published in steps and may be objected to in two instances (X-15)."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

from contracts.archive import ResultGrade, ScoresLockedV1, StudentResult
from contracts.base import Window
from contracts.identity import StudentsEnrolledV1
from publicity_builders import a_guardian, a_term, an_enrolment
from servicekit.auth import Actor
from servicekit.testing import Answer, Kit, a_student, an_actor

COUNTY = "ah.tl.zy"
SCHOOL = f"{COUNTY}.s1"
CLASS, OTHER = f"{SCHOOL}.g2024.c01", f"{SCHOOL}.g2024.c02"
LOCKED = datetime(2027, 5, 10, 2, tzinfo=UTC)  # a Monday
IN_CLASS = LOCKED + timedelta(days=1)
IN_SCHOOL = LOCKED + timedelta(days=3)
OVER = LOCKED + timedelta(days=20)
DIMENSIONS = ("morality", "study", "health", "arts", "practice")
TEXT = "三年的体育记录都有证明，请重新评定身心健康"
ANSWER = "已复核三年的记录，维持原来的评定"


def graded(student_id: UUID, **bands: str) -> StudentResult:
    """A result with B in every dimension but those named."""
    points = {"A": 90, "B": 75, "C": 60, "D": 0}
    grades = [
        ResultGrade(dimension=d, score=Decimal(points[bands.get(d, "B")]), band=bands.get(d, "B")) for d in DIMENSIONS
    ]  # fmt: skip
    return StudentResult(student_id=student_id, grades=tuple(grades), total=None, band=None)


class County:
    """A service that heard of the school; two classes with three and one pupils."""

    def __init__(self, kit: Kit, windows: tuple[Window, ...] = ()) -> None:
        self.kit = kit
        self.term = a_term(
            scheme_id="zongyang", path=SCHOOL, number=2, title="2026—2027学年第二学期", starts_on=date(2027, 2, 20),
            ends_on=date(2027, 7, 5), windows=windows,
        )  # fmt: skip
        self.pupils = [a_student(path, name=f"学生{n}") for n, path in enumerate((CLASS, CLASS, CLASS, OTHER))]
        self.parents = [a_guardian(p.student_id, p.path) for p in self.pupils]
        self.panel = an_actor("school_panel", SCHOOL, name="学校评价小组")
        self.office = an_actor("county_office", COUNTY, name="县综评办公室")

    @property
    def query(self) -> dict[str, str]:
        """The term, as queries name it."""
        return {"term_id": str(self.term.term_id)}

    async def begin(self, *results: StudentResult) -> "County":
        """Both classes are locked; `results` of the first class, else B in everything."""
        self.kit.at(LOCKED)
        await self.kit.receive(self.term)
        enrolments = [an_enrolment(p.student_id, p.path, p.name) for p in self.pupils]
        await self.kit.receive(StudentsEnrolledV1(school=SCHOOL, students=tuple(enrolments)))
        await self.lock(CLASS, 3, *results)
        await self.lock(OTHER, 3)
        return self

    async def lock(self, path: str, version: int, *results: StudentResult) -> None:
        """The archive locked a class."""
        own = [p for p in self.pupils if p.path == path]
        found = results or tuple(graded(p.student_id) for p in own)
        await self.kit.receive(
            ScoresLockedV1(
                term_id=self.term.term_id, path=path, title=self.term.title, version=version, at=self.kit.deps.now(),
                results=found,
            )
        )  # fmt: skip

    async def board(self, by: Actor, **more: Any) -> Answer:
        """The results that somebody sees."""
        return await self.kit.as_(by).get("/results", **self.query, **more)

    async def seen(self, by: Actor) -> list[str]:
        """The names on the board, or the code of the refusal."""
        answer = await self.board(by)
        return [one["student_name"] for one in answer.json["items"]] if answer.status == 200 else [answer.code or ""]

    async def result_id(self, number: int = 0) -> str:
        """The id of a pupil's published result."""
        items = (await self.board(self.pupils[number])).json["items"]
        return next(str(one["result_id"]) for one in items if one["own"])

    async def object(self, number: int = 0, by: Actor | None = None, result_id: str | None = None, **more: Any) -> Answer:
        """An objection of a pupil to the own result."""
        about = result_id or await self.result_id(number)
        return await self.kit.as_(by or self.pupils[number]).post("/cases", {"result_id": about, "text": TEXT} | more)

    async def act(self, by: Actor, case_id: str, action: str, **more: Any) -> Answer:
        """Take an action."""
        return await self.kit.as_(by).post(f"/cases/{case_id}/actions", {"action": action, "text": ANSWER} | more)

    def parent(self, number: int = 0) -> Actor:
        """A parent of a pupil, always the same."""
        return self.parents[number]


def a_window(operation: str, starts: datetime, days: int) -> Window:
    """So many days of an operation."""
    return Window(operation=operation, starts=starts, ends=starts + timedelta(days=days))
