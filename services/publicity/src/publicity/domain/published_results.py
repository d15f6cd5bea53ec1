"""Published results: when they are shown to whom, and what a case may make of them (X-15). Pure."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final
from uuid import UUID

from contracts.archive import StudentResult
from contracts.base import RecordSnapshot, ancestor, within
from pydantic import BaseModel, ConfigDict
from scheme import Allowed, CaseType, ScoredResult
from scheme.publicity_steps import StepTime
from scheme.result_publicity import PublicityStep, ResultPublicity
from scheme.results import Share
from servicekit.auth import Actor
from servicekit.refusals import Refusal, declare

from publicity.domain.board import ViewScope, view_scope_of
from publicity.domain.terms import Term

declare("result_not_published", 409, "评价结果没有在公示中")
declare("share_full", 409, "这一等级的名额已满")
declare("consent_needed", 409, "这一等级须经上级同意")
RULE: Final = "result"


class Grade(BaseModel):
    """The band of a dimension, by its id, and the score as people write it."""

    model_config = ConfigDict(frozen=True)

    band: str
    score: str


@dataclass(frozen=True)
class ResultClass:
    """A class whose results were locked at `version`. locked_at None: it is unlocked. settled_at: they are final."""

    term_id: UUID
    path: str
    version: int
    locked_at: datetime | None
    settled_at: datetime | None = None


@dataclass(frozen=True)
class PublishedResult:
    """A student's locked result. `grades` is by dimension ("": the result has none)."""

    id: UUID
    term_id: UUID
    student_id: UUID
    path: str
    lock_version: int
    version: int
    grades: Mapping[str, Grade]
    open_cases: int = 0

    @property
    def bands(self) -> dict[str, str]:
        """The band of each dimension."""
        return {dimension: grade.band for dimension, grade in self.grades.items()}

    def corrected(self, bands: Mapping[str, str], rule: ScoredResult) -> "PublishedResult":
        """The result with other bands, each with what a mark of it is worth, until the archive says what it adds up to."""
        changed = {name: _worth(rule, band) for name, band in bands.items() if self.bands.get(name) != band}
        return replace(self, grades={**self.grades, **changed})


def _worth(rule: ScoredResult, band: str) -> Grade:
    found = rule.band_by_id(band)
    return Grade(band=band, score=f"{found.worth.normalize():f}" if found else "")


def grades_of(result: StudentResult) -> dict[str, Grade]:
    """The grades of an event, by dimension."""
    return {one.dimension: Grade(band=one.band, score=f"{one.score.normalize():f}") for one in result.grades}


def rule_of(term: Term) -> tuple[ScoredResult, ResultPublicity] | None:
    """How the results of this term are given and published; None: they are not published."""
    result = term.scheme.result
    if not isinstance(result, ScoredResult) or result.publicity is None:
        return None
    return result, result.publicity


def steps_of(term: Term, one: ResultClass) -> tuple[StepTime[PublicityStep], ...]:
    """When each step of publicity begins and ends for this class; empty while it is not locked."""
    rule = rule_of(term)
    if rule is None or one.locked_at is None:
        return ()

    def window(operation: str) -> tuple[datetime, datetime] | None:
        starts, ends = term.edge(f"{operation}.starts", one.path), term.edge(f"{operation}.ends", one.path)
        return (starts, ends) if starts is not None and ends is not None else None

    return rule[1].times(one.locked_at, window, term.scheme.calendar, term.zone)


def step_at(term: Term, one: ResultClass, now: datetime) -> StepTime[PublicityStep] | None:
    """The step that is under way now; None: nothing of the class is published."""
    return next((step for step in steps_of(term, one) if step.starts <= now < step.ends), None)


def need_scope(term: Term, actor: Actor) -> ViewScope:
    """What the viewer may see of published results; refuses roles to which the board does not show them (X-09)."""
    scope = view_scope_of(term, actor)
    if rule_of(term) is None:
        raise Refusal("not_found")
    if "result" not in scope.shows:
        raise term.refusal("forbidden", "X-09")
    return scope


def reaches(step: StepTime[PublicityStep], path: str, actor: Actor, scope: ViewScope) -> bool:
    """Whether a step shows the results of this class to the viewer: to members of the class, grade or school that it is for,
    and to staff of an organisation that the class lies in."""
    inside = within(actor.path, ancestor(path, step.step.scope)) or (actor.is_staff and actor.covers(path))
    return inside and within(path, scope.path)


def title_of(term: Term) -> str:
    """What a case against a result is called in lists."""
    return f"{term.title}{term.scheme.text('result', '评价结果')}"


def snapshot_of(term: Term, result: PublishedResult, name: str) -> RecordSnapshot:
    """What stands for the record in a case about a result: whose it is, without a kind."""
    return RecordSnapshot(
        record_id=result.id, term_id=result.term_id, student_id=result.student_id, student_name=name, path=result.path,
        dimension="", kind="", title=title_of(term), data={}, origin="entered", level="school", author_name="",
        version=max(1, result.version),
    )  # fmt: skip


def need_grades(term: Term, before: Mapping[str, str], bands: Mapping[str, str], role: str, cited: str) -> None:
    """Refuse a correction that names what the result does not have, or changes nothing, and one that gives a band to which
    another role has to consent: only that role itself decides for it."""
    rule = rule_of(term)
    errors = [
        {"field": f"grades.{dimension}", "message": "请选择更正后的等级"}
        for dimension, band in bands.items()
        if rule is None or dimension not in before or band not in {known.id for known in rule[0].bands_of(dimension)}
    ]
    if errors:
        raise term.refusal("invalid_input", cited, errors=errors)
    if all(before[dimension] == band for dimension, band in bands.items()):
        detail = "更正后的等级与原结果相同；不作更正时，请选择维持原结果"
        raise term.refusal("invalid_input", cited, detail=detail, errors=[{"field": "grades", "message": detail}])
    for dimension, band in bands.items():
        consent = rule[0].consent(dimension, band) if rule and before[dimension] != band else None
        if consent is not None and consent.by != role:
            found, by = rule[0].band_by_id(band) if rule else None, term.scheme.role_title(consent.by)
            detail = f"{found.title if found else band}须经{by}同意，只能由{by}更正"
            raise term.refusal("consent_needed", cited, detail=detail, help=f"请联系{by}")


def shares_touched(term: Term, before: Mapping[str, str], after: Mapping[str, str]) -> list[tuple[Share, str]]:
    """The shares of which a correction takes one more seat, each with the dimension (X-15)."""
    rule = rule_of(term)
    return [
        (share, dimension)
        for share in (rule[0].shares if rule else ())
        for dimension, band in after.items()
        if (not share.dimensions or dimension in share.dimensions)
        and band in share.bands
        and before.get(dimension) not in share.bands
        and share.enforced
    ]


def need_seat(term: Term, share: Share, dimension: str, students: int, taken: int) -> None:
    """Refuse a correction for which the share has no seat left: `taken` of `students` have one of its bands without it."""
    if taken < share.seats(students):
        return
    rule = rule_of(term)
    titles = "、".join(band.title for band in rule[0].bands if band.id in share.bands) if rule else ""
    where = {"class": "班级", "grade": "年级", "school": "学校"}[share.of]
    name = f"{term.scheme.dimension(dimension).title} " if dimension else ""
    detail = (
        f"{name}{titles}：{where}已锁定{students}人，最多{share.seats(students)}人，现有{taken}人，没有空余名额；"
        "不能更正为这一等级"
    )
    raise term.refusal("share_full", term.scheme.rule(RULE), detail=detail)


def objection_types(term: Term) -> list[CaseType]:
    """The case types by which people object to a published result."""
    return [one for one in term.scheme.cases.types if one.against == "result" and not one.by_clock]


def objection_type(term: Term, actor: Actor, student_id: UUID, now: datetime, path: str) -> CaseType | None:
    """The case type by which this viewer may object to this student's result now; None: they may not."""
    own = student_id in actor.students
    return next(
        (
            one
            for one in objection_types(term)
            if (own or one.others_too)
            and (not one.opened_by or actor.is_(*one.opened_by))
            and (one.operation is None or isinstance(term.ask(one.operation, actor.roles, now, path), Allowed))
        ),
        None,
    )
