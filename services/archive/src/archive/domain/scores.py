"""Scores of a student's term: who enters which part, adjustments with their reason, and what they add up to (BJ-10). Pure."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from scheme import Evaluation as EvaluationRule
from scheme import ScoredResult, ScorePart
from scheme.cases import Limits
from scheme.results import Band, mean
from scheme.values import clean_text
from servicekit.refusals import Refusal

from archive.domain.evaluations import Author, Evaluation
from archive.domain.peers import PeerCard, dimensions_of
from archive.domain.terms import ArchiveTerm

RULE: Final = "result"
WHOLE = ""
"""The dimension of a score that has none."""
ANYBODY = UUID(int=0)
"""The scorer of a part of which a student has one value, whoever enters it."""


@dataclass(frozen=True)
class Score:
    """A value that somebody entered for a part and dimension ("": the result has none). `version` counts from 1."""

    term_id: UUID
    student_id: UUID
    path: str
    part: str
    dimension: str
    scorer: UUID
    value: Decimal
    author: Author
    at: datetime
    version: int = 1

    @property
    def key(self) -> tuple[UUID, str, UUID]:
        """Student, dimension and scorer, within a term and part."""
        return self.student_id, self.dimension, self.scorer


@dataclass(frozen=True)
class Adjustment:
    """A bonus (positive) or deduction (negative) with its reason; `withdrawn_at`: it no longer counts, and since when."""

    id: UUID
    term_id: UUID
    student_id: UUID
    path: str
    part: str
    dimension: str
    points: Decimal
    reason: str
    author: Author
    at: datetime
    withdrawn_at: datetime | None = None
    withdrawn_by: str | None = None
    withdrawn_because: str | None = None


@dataclass(frozen=True)
class NewScore:
    """A value as somebody enters it: a number, or the id of a band for a part of marks. `seen`: the version it is based on."""

    student_id: UUID
    value: str
    dimension: str = WHOLE
    seen: int | None = None


@dataclass(frozen=True)
class DimensionScore:
    """What the parts of a dimension are worth, by part, and the score; None while a weighted part is missing."""

    dimension: str
    values: Mapping[str, Decimal]
    score: Decimal | None
    band: Band | None


@dataclass(frozen=True)
class StudentScore:
    """The scores of a student by dimension, and the total."""

    dimensions: tuple[DimensionScore, ...]
    total: Decimal | None
    band: Band | None

    @property
    def complete(self) -> bool:
        """Whether nothing is missing."""
        return self.total is not None


@dataclass(frozen=True)
class ScoreInputs:
    """Everything that counts for one student's score."""

    evaluations: Sequence[Evaluation] = ()
    cards: Mapping[str, Sequence[PeerCard]] = field(default_factory=dict)
    """What classmates said, by type of evaluation."""
    scores: Sequence[Score] = ()
    adjustments: Sequence[Adjustment] = ()


def dimensions_in(term: ArchiveTerm, rule: ScoredResult) -> tuple[str, ...]:
    """The dimensions that have a score of their own, in the scheme's order; one "" where there are none."""
    return tuple(d.id for d in term.scheme.dimensions) if rule.per_dimension else (WHOLE,)


def need_part(term: ArchiveTerm, name: str, roles: Collection[str], adjusts: bool) -> ScorePart:
    """The part that these roles enter, or adjust; anybody else is refused."""
    part = term.need_scored().part(name)
    if part is None or (not part.entered and not adjusts) or (adjusts and part.source != "adjustment"):
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail="本方案没有这一项评分", field="part")
    if set(part.by).isdisjoint(roles):
        titles = "、".join(term.scheme.role_title(role) for role in part.by)
        raise term.refusal("forbidden", term.scheme.rule(RULE), detail=f"{part.title}由{titles}填写")
    return part


def need_dimension(term: ArchiveTerm, dimension: str) -> None:
    """Refuse a dimension that has no score of its own."""
    known = dimensions_in(term, term.need_scored())
    if dimension not in known:
        detail = "请指明维度" if known != (WHOLE,) else "评分不分维度"
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail=detail, field="dimension")


def value_of(term: ArchiveTerm, part: ScorePart, entered: str) -> Decimal:
    """The number that is stored: what was entered, or of a mark the lower end of its band. `invalid_input` otherwise."""
    rule = term.need_scored()
    if part.source == "mark":
        band = rule.band_by_id(entered)
        wrong = None if band else f"{part.title}：请选择{'、'.join(b.id for b in rule.bands)}"
        value = band.at_least if band else Decimal(0)
    else:
        value, wrong = _number(entered, part)
    if wrong is not None:
        raise _invalid(term, "value", wrong)
    return value


def _number(entered: str, part: ScorePart) -> tuple[Decimal, str | None]:
    try:
        value = Decimal(entered)
        if not value.is_finite():
            raise ValueError
    except (ArithmeticError, ValueError):
        return Decimal(0), f"{part.title}：请填写数字"
    return value, part.problem(value)


def _invalid(term: ArchiveTerm, field_: str, message: str) -> Refusal:
    errors = [{"field": field_, "message": message, "type": "score", "in": "body"}]
    return term.refusal("invalid_input", term.scheme.rule(RULE), detail=message, field=field_, errors=errors)


def enter(
    term: ArchiveTerm, part: ScorePart, path: str, given: NewScore, old: Score | None, author: Author, now: datetime
) -> Score | None:
    """The first or the next version of a score; None where nothing changes. Refuses a value that is none, and stale ones."""
    need_dimension(term, given.dimension)
    value = value_of(term, part, given.value)
    if old is None:
        if given.seen not in (None, 0):
            raise Refusal("stale_version")
        scorer = author.account_id if part.scorers == "each" else ANYBODY
        return Score(term.id, given.student_id, path, part.id, given.dimension, scorer, value, author, now)
    if old.value == value:
        return None
    if given.seen is None:
        raise Refusal("version_required")
    if given.seen != old.version:
        raise Refusal("stale_version", version=old.version)
    return replace(old, path=path, value=value, author=author, at=now, version=old.version + 1)


def clean_reason(term: ArchiveTerm, limits: Limits, text: str) -> str:
    """The reason as it is stored; `invalid_input` where it is too short or too long."""
    try:
        reason, wrong = clean_text(text).strip(), None
    except ValueError as problem:
        reason, wrong = "", str(problem)
    wrong = wrong or limits.problem(reason)
    if wrong is not None:
        raise _invalid(term, "reason", f"理由：{wrong}")
    return reason


def need_points(term: ArchiveTerm, part: ScorePart, entered: str) -> Decimal:
    """The points of one adjustment: not nothing, and alone within the limits of the part."""
    value, wrong = _number(entered, part)
    if wrong is None and value == 0:
        wrong = f"{part.title}：分值不能为0"
    if wrong is not None:
        raise _invalid(term, "points", wrong)
    return value


def score_of(term: ArchiveTerm, given: ScoreInputs) -> StudentScore:
    """What a student's parts add up to, dimension by dimension, and the total (BJ-10)."""
    rule = term.need_scored()
    found = []
    for dimension in dimensions_in(term, rule):
        values = {part.id: value for part in rule.parts if (value := _part(term, part, dimension, given)) is not None}
        score = rule.score(values)
        found.append(DimensionScore(dimension, values, score, None if score is None else rule.band(score)))
    total = rule.total([one.score for one in found])
    return StudentScore(tuple(found), total, None if total is None else rule.band(total))


def _part(term: ArchiveTerm, part: ScorePart, dimension: str, given: ScoreInputs) -> Decimal | None:
    if part.source == "adjustment":
        points = [
            a.points for a in given.adjustments if (a.part, a.dimension) == (part.id, dimension) and a.withdrawn_at is None
        ]
        return part.capped(points) if points else None
    if part.source == "evaluation":
        evaluation = term.scheme.evaluation(part.evaluation or "")
        points = list(_points(term, part, evaluation, dimension, given))
        if evaluation.about == "classmates" and len(points) < evaluation.min_evaluators:
            return None  # so few that the mean would tell what one of them chose (CS-12)
    else:
        points = [s.value for s in given.scores if (s.part, s.dimension) == (part.id, dimension)]
    return mean(points) if points else None


def _points(
    term: ArchiveTerm, part: ScorePart, evaluation: EvaluationRule, dimension: str, given: ScoreInputs
) -> Iterable[Decimal]:
    """What the choices of an evaluation are worth: of its author, or of each classmate."""
    choices: list[str | None]
    if evaluation.about == "classmates":
        at = dimensions_of(term.scheme, evaluation).index(dimension)
        choices = [card.choices[at] for card in given.cards.get(evaluation.id, ()) if at < len(card.choices)]
    else:
        mine = [e for e in given.evaluations if e.type == evaluation.id]
        choices = [(e.parts[dimension].choice if dimension in e.parts else None) if dimension else e.choice for e in mine]
    return (part.points[choice] for choice in choices if choice is not None and choice in part.points)
