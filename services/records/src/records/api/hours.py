"""Practice hours and the criteria of the dimensions (CS-07)."""

from decimal import Decimal
from typing import Self
from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import SIGNED_IN
from servicekit.directory import Student
from servicekit.http import Api, Request

from records.actions import hours, terms
from records.domain.hours import Hours

api = Api("hours")


class HoursLine(BaseModel):
    """One kind in one term: `hours` of `records` that count, and `waiting_hours` of `waiting` that do not yet."""

    term_id: UUID
    term_title: str
    dimension: str
    dimension_title: str
    kind: str
    kind_title: str
    hours: Decimal
    records: int
    waiting_hours: Decimal
    waiting: int


class HoursView(BaseModel):
    """A student's hours: the sums, and the lines, newest term first. `title`: what the scheme calls them."""

    student_id: UUID
    student_name: str
    title: str
    hours: Decimal
    waiting_hours: Decimal
    lines: list[HoursLine]

    @classmethod
    def of(cls, student: Student, title: str, found: list[Hours]) -> Self:
        """The hours of a student."""
        return cls(
            student_id=student.id,
            student_name=student.name,
            title=title,
            hours=sum((one.hours for one in found), Decimal(0)),
            waiting_hours=sum((one.waiting_hours for one in found), Decimal(0)),
            lines=[_line(one) for one in found],
        )


class CriteriaView(BaseModel):
    """What is looked at in one dimension; `criteria` null: the scheme does not say. `kinds`: the titles of its kinds."""

    dimension: str
    title: str
    criteria: str | None
    kinds: list[str]


@api.get("/hours", may=SIGNED_IN, rules=("CS-07",))
async def show_hours(request: Request, student_id: UUID | None = None) -> HoursView:
    """The durations of a student's records, by term and kind; drafts are counted for the family only, as not yet counting."""
    return HoursView.of(*await hours.of_student(request.deps, request.actor, student_id))


@api.get("/terms/{term_id}/criteria", may=SIGNED_IN, rules=("CS-07",))
async def show_criteria(request: Request, term_id: UUID) -> list[CriteriaView]:
    """The criteria of the dimensions (评价标准), in the scheme's order."""
    term = await terms.show(request.deps, request.actor, term_id)
    return [
        CriteriaView(
            dimension=one.id, title=one.title, criteria=one.criteria, kinds=[kind.title for kind in one.kinds]
        )
        for one in term.scheme.dimensions
    ]  # fmt: skip


def _line(one: Hours) -> HoursLine:
    dimension = one.term.scheme.dimension_of(one.kind.id)
    return HoursLine(
        term_id=one.term.id, term_title=one.term.title, dimension=dimension.id, dimension_title=dimension.title,
        kind=one.kind.id, kind_title=one.kind.title, hours=one.hours, records=one.records,
        waiting_hours=one.waiting_hours, waiting=one.waiting,
    )  # fmt: skip
