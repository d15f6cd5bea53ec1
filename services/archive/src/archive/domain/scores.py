"""Scores of a student's term: who enters which part, and adjustments with their reason (BJ-10). What they add up to is in
`score_values`. Pure."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from typing import Final
from uuid import UUID

from scheme import ScoredResult, ScorePart
from scheme.cases import Limits
from scheme.values import clean_text
from servicekit.refusals import Refusal

from archive.domain.evaluations import Author
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
    replaced: int | None = None
    """The version before this one; None: there was no value, or an import that brought it was undone."""

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


def need_not_own(term: ArchiveTerm, own: Collection[UUID], student_id: UUID) -> None:
    """Refuse a student who scores themself, as a member of a group or panel (BJ-10)."""
    if student_id in own:
        detail = "不能给自己评分，请由其他成员填写"
        raise term.refusal("forbidden", term.scheme.rule(RULE), detail=detail)


def need_dimension(term: ArchiveTerm, dimension: str) -> None:
    """Refuse a dimension that has no score of its own."""
    known = dimensions_in(term, term.need_scored())
    if dimension not in known:
        detail = "请指明维度" if known != (WHOLE,) else "评分不分维度"
        raise term.refusal("invalid_input", term.scheme.rule(RULE), detail=detail, field="dimension")


def value_of(term: ArchiveTerm, part: ScorePart, entered: str, dimension: str) -> Decimal:
    """The number that is stored: what was entered, or what a band is worth. `invalid_input` otherwise."""
    if part.in_bands:
        known = term.need_scored().bands_of(dimension)
        band = next((one for one in known if one.id == entered), None)
        wrong = None if band else f"{part.title}：请选择{'、'.join(b.id for b in known)}"
        value = band.worth if band else Decimal(0)
    else:
        value, wrong = _number(entered, part)
    if wrong is not None:
        raise _invalid(term, "value", wrong)
    return value


def need_counts(term: ArchiveTerm, part: ScorePart, path: str) -> None:
    """Refuse a part that does not count in the grade of this class, or in this term."""
    if term.scored_at(path).part(part.id) is None:
        raise term.refusal("no_scores", term.scheme.rule(RULE), detail=f"这个班本学期没有“{part.title}”")


def not_asked(term: ArchiveTerm) -> Refusal:
    """The refusal of a value for a school year that has a result."""
    return _invalid(term, "value", "各学年都有结果，不需要补评")


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
    term: ArchiveTerm,
    part: ScorePart,
    path: str,
    given: NewScore,
    old: Score | None,
    author: Author,
    now: datetime,
    last: int = 0,
) -> Score | None:
    """The first or the next version of a score; None where nothing changes. Refuses a value that is none, and stale ones.
    last: the version of an earlier value that there is no longer."""
    need_dimension(term, given.dimension)
    need_counts(term, part, path)
    value = value_of(term, part, given.value, given.dimension)
    if old is None:
        if given.seen not in (None, 0):
            raise Refusal("stale_version")
        scorer = author.account_id if part.scorers == "each" else ANYBODY
        return Score(term.id, given.student_id, path, part.id, given.dimension, scorer, value, author, now, last + 1)
    if old.value == value:
        return None
    if given.seen is None:
        raise Refusal("version_required")
    if given.seen != old.version:
        raise Refusal("stale_version", version=old.version)
    return changed(old, path, value, author, now)


def changed(old: Score, path: str, value: Decimal, author: Author, now: datetime) -> Score:
    """The score with another value."""
    return replace(old, path=path, value=value, author=author, at=now, version=old.version + 1, replaced=old.version)


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
