"""The result of a student's term: none, a verdict, or scores with grades (BJ-10, BJ-11, SH-11, X-15)."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import TYPE_CHECKING, Annotated, Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, EvaluationId, Id, Model, OperationId, Ref, RoleId, Text, need_unique_ids
from scheme.cases import Limits
from scheme.forms import Choice

if TYPE_CHECKING:
    from scheme.scheme import Scheme

HUNDRED = Decimal(100)


class NoResult(Model):
    """No score and no verdict (JX)."""

    type: Literal["none"]


class Band(Model):
    """A grade: scores from `at_least` up (BJ-11)."""

    id: str = Field(min_length=1, max_length=10)
    title: Text
    at_least: Decimal


class ScorePart(Model):
    """A part of the score with its weight (BJ-10); of each dimension its own, if the result is `per_dimension`.

    source: where its value comes from, 0 to 100 unless `minimum` and `maximum` say otherwise:
    `evaluation`: the choices of an evaluation, each worth `points`; of classmates the mean of what they chose.
    `score`: a number that `by` enter in the window of `operation`. `mark`: one of the bands, entered likewise.
    `adjustment`: bonuses and deductions that `by` enter one by one, each with a reason. Their sum is at least `minimum` and at
    most `maximum`, and is added without a weight.
    scorers: `one`: a student has one value, whoever of `by` enters it; `each`: everyone of `by` enters an own one, and the mean
    counts, as of subject teachers.
    decimals: how many digits after the point a value may have. reason: of an adjustment.
    """

    id: Id
    title: Text
    source: Literal["evaluation", "score", "mark", "adjustment"]
    evaluation: EvaluationId | None = None
    points: dict[Id, Decimal] = Field(default_factory=dict)
    operation: OperationId | None = None
    by: tuple[RoleId, ...] = ()
    scorers: Literal["one", "each"] = "one"
    weight: Decimal = Field(default=Decimal(0), ge=0, le=1)
    minimum: Decimal = Decimal(0)
    maximum: Decimal = HUNDRED
    decimals: int = Field(default=0, ge=0, le=1)
    reason: Limits = Limits(min=5, max=200)

    @property
    def entered(self) -> bool:
        """Whether somebody enters values, which have an author and a window."""
        return self.source in ("score", "mark")

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        takes, of = self.source == "evaluation", f"part {self.id!r}"
        if takes != (self.evaluation is not None):
            raise ContentError(
                f"{of}: `evaluation` belongs to a part with the source evaluation, and only there",
                "只有来源为 evaluation 的部分写 evaluation，而且必须写",
                "请补写或删去 evaluation，或改正 source",
                "evaluation",
            )
        if takes != bool(self.points):
            raise ContentError(
                f"{of}: `points` belong to a part with the source evaluation, and only there",
                "只有来源为 evaluation 的部分写 points，而且必须写",
                "请为该评价的每个选项写分值，或删去 points",
                "points",
            )
        if not takes and (self.operation is None or not self.by):
            raise ContentError(
                f"{of}: needs `operation` and `by`", "没有写由谁、在哪项操作的时间内填写", "请写 operation 和 by", "operation"
            )
        if self.source == "adjustment" and self.weight:
            raise ContentError(f"{of}: adjustments have no weight", "加分扣分直接计入总分，没有权重", "请删去 weight", "weight")
        if self.minimum >= self.maximum:
            raise ContentError(
                f"{of}: minimum must be below maximum", "最低分不小于最高分", "请改正 minimum 或 maximum", "minimum"
            )
        for choice, points in self.points.items():
            if not self.minimum <= points <= self.maximum:
                raise ContentError(
                    f"{of}: the points of {choice!r} must be from {self.minimum} to {self.maximum}",
                    f"选项“{choice}”的分值不在{_plain(self.minimum)}到{_plain(self.maximum)}之间",
                    "请改正分值，或改正 minimum 和 maximum",
                    "points",
                    choice,
                )
        return self

    def problem(self, value: Decimal) -> str | None:
        """A Chinese sentence when a number is out of range or has too many digits, else None."""
        if not self.minimum <= value <= self.maximum:
            return f"{self.title}：应在{_plain(self.minimum)}到{_plain(self.maximum)}之间"
        if value != round(value, self.decimals):
            return f"{self.title}：{f'最多{self.decimals}位小数' if self.decimals else '请填写整数'}"
        return None

    def capped(self, points: Iterable[Decimal]) -> Decimal:
        """What adjustments add up to, within `minimum` and `maximum`."""
        return min(self.maximum, max(self.minimum, sum(points, Decimal(0))))


class Share(Model):
    """At most this share of the students of a class, grade or school gets one of these bands (X-15).

    at_most: 0.3 is 30 %; the number of students is rounded down. dimensions: those it holds for; empty: for each of them.
    """

    bands: tuple[str, ...] = Field(min_length=1)
    at_most: Decimal = Field(gt=0, lt=1)
    of: Literal["class", "grade", "school"]
    dimensions: tuple[Annotated[Id, Ref("dimension")], ...] = ()

    def seats(self, students: int) -> int:
        """How many of so many students may get one of the bands."""
        return int(self.at_most * students)


class ResultStep(Model):
    """Somebody who checks the scores of a class, in the window of `operation`, before they are locked (BJ-10)."""

    id: Id
    title: Text
    by: RoleId
    operation: OperationId


class ResultLock(Model):
    """Who locks the scores of a class, in the window of `operation`, and who may unlock them with a reason (BJ-10)."""

    by: RoleId
    operation: OperationId
    unlocked_by: RoleId
    reason: Limits = Limits(min=5, max=200)


class ScoredResult(Model):
    """A score from 0 to 100 made of weighted parts, and its band (BJ-10, BJ-11).

    per_dimension: one score for each dimension; the total is their mean. steps: who checks them, in order: each passes them on
    or returns them with a reason to those who enter. lock: then they are locked, and only then families see them.
    returned_because: the length of the reason of a return. show: whether readers see numbers or only the bands.
    """

    type: Literal["scored"]
    parts: tuple[ScorePart, ...] = Field(min_length=1)
    bands: tuple[Band, ...] = Field(min_length=1)
    per_dimension: bool = True
    steps: tuple[ResultStep, ...] = ()
    lock: ResultLock
    returned_because: Limits = Limits(min=5, max=200)
    shares: tuple[Share, ...] = ()
    show: Literal["scores", "bands"] = "scores"

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        need_unique_ids(self.parts, "part", "parts")
        need_unique_ids(self.bands, "band", "bands")
        if sum(part.weight for part in self.parts) != 1:
            raise ContentError(
                "result: the weights of the parts must add up to 1",
                "各部分的权重之和不等于1",
                "请改正 weight，使其相加等于1（加分扣分不计）",
                "parts",
            )
        floors = [band.at_least for band in self.bands]
        if floors != sorted(set(floors), reverse=True) or floors[-1] != 0:
            raise ContentError(
                "result: bands must be in descending order and end at 0",
                "等级没有按最低分从高到低排列，或最后一级不从0开始",
                "请改正各等级的 at_least",
                "bands",
            )
        known = {band.id for band in self.bands}
        for number, share in enumerate(self.shares):
            if unknown := set(share.bands) - known:
                raise ContentError(
                    f"result: a share names {min(unknown)!r}, which is no band",
                    f"“{min(unknown)}”不是本结果的等级",
                    f"请写 bands 中的 id：{'、'.join(sorted(known))}",
                    "shares",
                    number,
                    "bands",
                )
        return self

    def part(self, name: str) -> ScorePart | None:
        """The part with this id; None: there is none."""
        return next((part for part in self.parts if part.id == name), None)

    def score(self, given: Mapping[str, Decimal]) -> Decimal | None:
        """The score, 0 to 100 with one digit, from the parts by id; None while a weighted part is missing."""
        total = Decimal(0)
        for part in self.parts:
            value = given.get(part.id)
            if value is None and part.weight:
                return None
            total += (value or Decimal(0)) * (Decimal(1) if part.source == "adjustment" else part.weight)
        return min(HUNDRED, max(Decimal(0), _to_one_digit(total)))

    def band(self, score: Decimal) -> Band:
        """The highest band that the score reaches."""
        return next(band for band in self.bands if score >= band.at_least)

    def band_by_id(self, name: str) -> Band | None:
        """The band with this id; None: there is none."""
        return next((band for band in self.bands if band.id == name), None)

    @staticmethod
    def total(scores: Sequence[Decimal | None]) -> Decimal | None:
        """The mean of the dimensions' scores with one digit; None while one is missing."""
        known = [score for score in scores if score is not None]
        return mean(known) if known and len(known) == len(scores) else None


def mean(values: Sequence[Decimal]) -> Decimal:
    """The mean with one digit, halves rounded up. At least one value."""
    return _to_one_digit(sum(values, Decimal(0)) / len(values))


def _to_one_digit(value: Decimal) -> Decimal:
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def _plain(value: Decimal) -> str:
    return f"{value.normalize():f}"


class VerdictResult(Model):
    """A verdict that one role gives on the report: 合格 or 不合格 (SH-11).

    reason_for: the choices that need a reason, of the length `reason`; they are given one by one, never in bulk.
    """

    type: Literal["verdict"]
    choices: tuple[Choice, ...] = Field(min_length=2)
    by: RoleId
    operation: OperationId
    grades: tuple[int, ...] = ()
    reason_for: tuple[Id, ...] = ()
    reason: Limits = Limits(min=5, max=300)

    @model_validator(mode="after")
    def _names_own_choices(self) -> Self:
        if unknown := set(self.reason_for) - {choice.id for choice in self.choices}:
            raise ContentError(
                f"result: reason_for names {min(unknown)!r}, which is no choice",
                f"“{min(unknown)}”不是本结果的选项",
                "请写 choices 中的 id",
                "reason_for",
            )
        return self

    def choice(self, name: str) -> Choice | None:
        """The choice with this id; None: there is none."""
        return next((choice for choice in self.choices if choice.id == name), None)

    def problem(self, choice: str, reason: str) -> str | None:
        """A Chinese sentence when the choice is none, or its reason is missing, too long or not wanted; else None."""
        chosen = self.choice(choice)
        if chosen is None:
            return f"请选择{'、'.join(known.title for known in self.choices)}"
        if choice in self.reason_for:
            return self.reason.problem(reason)
        return f"{chosen.title}不需要填写理由" if reason else None


Result = Annotated[NoResult | ScoredResult | VerdictResult, Field(discriminator="type")]


def contradictions(scheme: "Scheme") -> Iterator[ContentError]:
    """What a score takes from an evaluation that does not give it: choices that have no points, or another division."""
    result = scheme.result
    if not isinstance(result, ScoredResult):
        return
    evaluations = {evaluation.id: evaluation for evaluation in scheme.evaluations}
    for number, part in enumerate(result.parts):
        evaluation = evaluations.get(part.evaluation or "")
        if evaluation is None:
            continue
        at = ("result", "parts", number)
        choices = {choice.id for choice in evaluation.choices}
        for choice in sorted(choices - part.points.keys()):
            yield ContentError(
                f"result, part {part.id!r}: gives no points for {choice!r} of evaluation {evaluation.id!r}",
                f"没有为评价“{evaluation.title}”的选项“{choice}”写分值",
                f"请在 points 中补写 {choice}",
                *at,
                "points",
            )
        for choice in sorted(part.points.keys() - choices) if choices else ():
            yield ContentError(
                f"result, part {part.id!r}: gives points for {choice!r}, which is no choice of evaluation {evaluation.id!r}",
                f"“{choice}”不是评价“{evaluation.title}”的选项",
                f"请写该评价的选项：{'、'.join(sorted(choices))}",
                *at,
                "points",
                choice,
            )
        if not choices:
            yield ContentError(
                f"result, part {part.id!r}: evaluation {evaluation.id!r} has no choices that could be worth points",
                f"评价“{evaluation.title}”没有等级可选，不能折算成分数",
                "请换成有 choices 的评价，或改用 source: score 由教师直接评分",
                *at,
                "evaluation",
            )
        elif evaluation.per_dimension != result.per_dimension:
            yield ContentError(
                f"result, part {part.id!r}: evaluation {evaluation.id!r} and the result: both per dimension, or neither",
                f"评价“{evaluation.title}”与结果的分维度设置不一致",
                "请使两处的 per_dimension 相同",
                *at,
                "evaluation",
            )
