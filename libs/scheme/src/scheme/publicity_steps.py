"""Publicity in steps, each to a wider circle than the one before: of records and of results (X-09, X-15). Pure."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Literal
from zoneinfo import ZoneInfo

from pydantic import Field

from scheme.base import ContentError, Id, Model, Text, need_unique_ids
from scheme.calendars import Calendar

if TYPE_CHECKING:
    from scheme.scheme import Scheme

SCOPES = ("class", "grade", "school")


class TimedStep(Model):
    """One step. scope: whose members see what is published, those of the class, grade or school it is from; the staff of a
    wider organisation see it in each step. working_days: how long it lasts at least."""

    id: Id
    title: Text
    scope: Literal["class", "grade", "school"]
    working_days: int = Field(ge=1, le=60)


@dataclass(frozen=True, slots=True)
class StepTime[S: TimedStep]:
    """A step with its beginning and its end (not included)."""

    step: S
    starts: datetime
    ends: datetime


def need_wider(steps: Sequence[TimedStep], what: str) -> None:
    """Raises `ContentError` if two steps have one id, or a step is narrower than the one before."""
    need_unique_ids(steps, "step", "steps")
    reach = [SCOPES.index(step.scope) for step in steps]
    if reach != sorted(reach):
        raise ContentError(
            f"{what}: a step of publicity is narrower than the one before",
            "后一步公示的范围比前一步小",
            "请按班级、年级、学校的顺序排列",
            "steps",
        )


def divided[S: TimedStep](
    steps: Sequence[S], starts: datetime, ends: datetime, calendar: Calendar, zone: ZoneInfo
) -> tuple[StepTime[S], ...]:
    """How the steps divide one period of publicity: each lasts its working days, of which the first day is one if people work
    on it; the last step lasts until the end. A step for which no time is left is empty. Aware times, UTC."""
    found: list[StepTime[S]] = []
    since, counted = starts, starts - timedelta(days=1)
    for step in steps:
        until = ends if step is steps[-1] else min(ends, calendar.end_after(counted, step.working_days, zone))
        found.append(StepTime(step, since, max(since, until)))
        since = counted = max(since, until)
    return tuple(found)


def contradictions(scheme: "Scheme") -> Iterator[ContentError]:
    """What the steps of the board lack, or say about what there is not."""
    if scheme.board.steps and scheme.timing.publicity_operation is None:
        yield ContentError(
            "board: has steps, but nothing is published",
            "写了公示步骤，本方案却没有公示",
            "请在 timing 中写 publicity_operation，或删去 steps",
            *("board", "steps"),
        )
    shown = {item for rule in scheme.board.rules for item in rule.shows}
    against = {one.id for one in scheme.cases.types if one.against == "published"}
    for number, step in enumerate(scheme.board.steps):
        unseen = [item for item in step.shows or () if item not in shown or item == "result"]
        if unseen:
            yield ContentError(
                f"board: step {step.id!r} shows {unseen[0]!r}, which no rule of the board shows of records",
                f"“{step.title}”写了“{unseen[0]}”，board.rules 却没有让任何身份看到记录的这一项",
                "请从这一步的 shows 中删去，或先写进 board.rules",
                *("board", "steps", number, "shows"),
                about=[step.id],
            )
        other = [one for one in step.cases or () if one not in against]
        if other and other[0] in {one.id for one in scheme.cases.types}:
            yield ContentError(
                f"board: step {step.id!r} names {other[0]!r}, which is not against published records",
                f"“{step.title}”所写的“{scheme.cases.type(other[0]).title}”不针对公示中的记录",
                "请只写 against: published 的案件类型",
                *("board", "steps", number, "cases"),
                about=[step.id],
            )
