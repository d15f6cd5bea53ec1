"""How locked results are published, step by step, and what cases against them may do (X-15). Pure."""

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import Field, model_validator

from scheme.base import ContentError, Model, OperationId
from scheme.calendars import Calendar
from scheme.cases import CaseType
from scheme.publicity_steps import StepTime, TimedStep, need_wider

if TYPE_CHECKING:
    from scheme.scheme import Scheme


class PublicityStep(TimedStep):
    """One step of the publicity of results.

    It is shown in the window of `operation`; without one, or where the results are locked after it, for `working_days` from the
    lock or from the end of the step before. A timetable whose window has fewer working days is warned of.
    """

    operation: OperationId | None = None


class ResultPublicity(Model):
    """The steps in which locked results are published, each wider than the one before.

    shows: the bands only, or the scores too. Who sees them is a matter of the board's rules (item `result`).
    """

    steps: tuple[PublicityStep, ...] = Field(min_length=1)
    shows: Literal["bands", "scores"] = "bands"

    @model_validator(mode="after")
    def _widens(self) -> Self:
        need_wider(self.steps, "result")
        return self

    def times(
        self, since: datetime, window: Callable[[str], tuple[datetime, datetime] | None], calendar: Calendar, zone: ZoneInfo
    ) -> tuple[StepTime[PublicityStep], ...]:
        """When each step begins and ends for results that were locked at `since`. window: that of an operation, if it has
        one. Aware times, UTC."""
        found = []
        for step in self.steps:
            planned = window(step.operation) if step.operation is not None else None
            if planned is not None and planned[1] > since:
                starts, ends = max(since, planned[0]), planned[1]
            else:
                starts, ends = since, calendar.end_after(since, step.working_days, zone)
            found.append(StepTime(step, starts, ends))
            since = ends
        return tuple(found)


def is_about_results(scheme: "Scheme", case_type: CaseType) -> bool:
    """Whether cases of this type are about a published result: against it, or against the outcome of such a case."""
    seen = {case_type.id}
    while case_type.follows is not None and case_type.follows not in seen:
        seen.add(case_type.follows)
        case_type = scheme.cases.type(case_type.follows)
    return case_type.against == "result"


def contradictions(scheme: "Scheme") -> Iterator[ContentError]:
    """What the publicity of results and the cases against them lack."""
    publicity: ResultPublicity | None = getattr(scheme.result, "publicity", None)
    if publicity is not None:
        yield from _publicity(scheme, publicity)
    types = {one.id for one in scheme.cases.types}
    about = {one.id: one for one in scheme.cases.types if one.follows in {None, *types} and is_about_results(scheme, one)}
    for number, one in enumerate(scheme.cases.types):
        if one.against == "result" and publicity is None:
            yield ContentError(
                f"cases: {one.id!r} is against a result, but results are not published",
                f"“{one.title}”针对评价结果，本方案的结果却不公示",
                "请在 result 中补上 publicity，或改正 against",
                *("cases", "types", number, "against"),
                about=[one.id],
            )
        if one.within_working_days is not None and one.against != "outcome":
            yield ContentError(
                f"cases: {one.id!r}: `within_working_days` counts from the outcome of another case",
                f"“{one.title}”不针对另一案件的结果，不能写 within_working_days",
                "请删去 within_working_days，或写 against: outcome 和 follows",
                *("cases", "types", number, "within_working_days"),
                about=[one.id],
            )
    yield from _moves(scheme, about)


def _publicity(scheme: "Scheme", publicity: ResultPublicity) -> Iterator[ContentError]:
    if publicity.shows == "scores" and getattr(scheme.result, "show", "scores") == "bands":
        yield ContentError(
            "result: publicity shows scores, which readers of the result do not see",
            "家长和学生只看到等级，公示却展示分数",
            "请写 shows: bands，或把 result.show 改为 scores",
            *("result", "publicity", "shows"),
        )
    if not any("result" in rule.shows for rule in scheme.board.rules):
        yield ContentError(
            "result: is published, but no rule of the board shows it to anybody",
            "结果要公示，公示栏却没有让任何身份看到",
            "请在 board.rules 的 shows 中加上 result",
            *("result", "publicity"),
        )


def _moves(scheme: "Scheme", about: dict[str, CaseType]) -> Iterator[ContentError]:
    """Actions that fit the one sort of cases only: a result is kept or corrected, a record has no bands."""
    stages = {stage.id: number for number, stage in enumerate(scheme.cases.stages)}
    types = {one.id for one in scheme.cases.types}
    known = {one.id for one in scheme.cases.types if one.follows in {None, *types}}
    starts = [entry for entry in scheme.cases.entries if entry.type in known]
    reached: dict[bool, set[str]] = {True: set(), False: set()}
    for entry in starts:
        todo, seen = [entry.stage], reached[entry.type in about]
        while todo:
            name = todo.pop()
            if name in stages and name not in seen:
                seen.add(name)
                todo += [action.leads_to for action in scheme.cases.stage(name).actions if action.leads_to is not None]
    for stage, action in scheme.cases.moves():
        path = ("cases", "stages", stages[stage.id], "actions", stage.actions.index(action))
        corrects = "grades" in action.needs
        if stage.id in reached[False] and corrects:
            yield ContentError(
                f"stage {stage.id!r}, action {action.id!r}: needs bands, but records have none",
                "这一环节也办理针对记录的案件，不能要求填写更正后的等级",
                "请为针对结果的案件另设环节",
                *(*path, "needs"),
                about=[stage.id],
            )
        wrong = action.outcome not in {None, "keep", "amend"} or action.proposes is not None or "amendment" in action.needs
        if stage.id in reached[True] and (wrong or (action.outcome == "amend") != corrects):
            yield ContentError(
                f"stage {stage.id!r}, action {action.id!r}: a result is kept, or amended with `needs: [grades]`",
                "针对结果的案件只能维持原结果（keep），或更正结果（amend，并在 needs 中写 grades）",
                "请改正 outcome 和 needs",
                *(*path, "outcome"),
                about=[stage.id],
            )
        if stage.id in reached[True] and stage.actor == "author":
            yield ContentError(
                f"stage {stage.id!r}: a result has no author",
                "评价结果没有录入人，这一环节无人处理",
                "请写一个角色",
                *("cases", "stages", stages[stage.id], "actor"),
                about=[stage.id],
            )
