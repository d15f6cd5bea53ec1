"""A part of a score: where its value comes from, who enters it, and what it counts (BJ-10, X-15). Pure."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import ROUND_HALF_UP, Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, EvaluationId, Id, Model, OperationId, Ref, RoleId, Text
from scheme.cases import Limits
from scheme.kinds import TermFilter, applies_to_grade, applies_to_term

HUNDRED = Decimal(100)


class ScorePart(Model):
    """A part of the score with its weight (BJ-10); of each dimension its own, if the result is `per_dimension`.

    source: where its value comes from, 0 to 100 unless `minimum` and `maximum` say otherwise:
    `evaluation`: the choices of an evaluation, each worth `points`; of classmates the mean of what they chose. In a class with
    fewer classmates than the evaluation's `min_evaluators` it is left out, and the other parts weigh more; `small_class:
    counted` takes all classmates instead, two at least.
    `score`: a number that `by` enter in the window of `operation`. `mark`: one of the bands, entered likewise.
    `adjustment`: bonuses and deductions that `by` enter one by one, each with a reason. Their sum is at least `minimum` and at
    most `maximum`, and is added without a weight.
    `earlier`: locked results of earlier terms of the stage, the mean of each school year weighted with `years`; `takes` their
    scores, or the points of their bands. A year without a result, as of students who moved in: `rescale` gives its weight to
    the others (without any, the part is left out); `ask`: `by` enter what counts in its place.
    with_this_term: it has no weight of its own; what the other parts make in this term counts in its year too, and the result
    is what the years add up to.
    `records`: what the shared `quotas` count of the student's archived records of the dimension, this term's or the stage's
    (`span`), added to `base`, within `minimum` and `maximum`; without a weight it is added to the score as it is.

    scorers: `one`: a student has one value, whoever of `by` enters it; `each`: everyone of `by` enters an own one, as of
    subject teachers or a panel. resolve: what counts of them, once `min_scorers` entered one: the mean (of marks: of the bands'
    points), the value of more than half of them, or the one on which all agree.
    decimals: how many digits after the point a value may have. reason: of an adjustment.
    grades, terms: the school years and terms in which it counts, as a final grade from all years does in the last term only;
    the weights of those that count together add up to 1.
    """

    id: Id
    title: Text
    source: Literal["evaluation", "score", "mark", "adjustment", "earlier", "records"]
    evaluation: EvaluationId | None = None
    points: dict[Id, Decimal] = Field(default_factory=dict)
    small_class: Literal["left_out", "counted"] = "left_out"
    operation: OperationId | None = None
    by: tuple[RoleId, ...] = ()
    scorers: Literal["one", "each"] = "one"
    resolve: Literal["mean", "majority", "agreed"] = "mean"
    min_scorers: int = Field(default=1, ge=1, le=50)
    years: dict[int, Decimal] = Field(default_factory=dict)
    takes: Literal["score", "band"] = "score"
    missing_year: Literal["rescale", "ask"] = "rescale"
    with_this_term: bool = False
    quotas: tuple[Annotated[Id, Ref("quota")], ...] = ()
    span: Literal["term", "stage"] = "term"
    base: Decimal = Decimal(0)
    weight: Decimal = Field(default=Decimal(0), ge=0, le=1)
    minimum: Decimal = Decimal(0)
    maximum: Decimal = HUNDRED
    decimals: int = Field(default=0, ge=0, le=1)
    reason: Limits = Limits(min=5, max=200)
    grades: tuple[int, ...] = ()
    terms: TermFilter = "every"

    def counts(self, grade: int | None, last_term: bool | None) -> bool:
        """Whether it counts in this school year and term, the last one of the stage or not; None: not known."""
        return applies_to_grade(self.grades, grade) and applies_to_term(self.terms, bool(last_term))

    @property
    def entered(self) -> bool:
        """Whether somebody enters values, which have an author and a window; of earlier years only where one is missing."""
        return self.source in ("score", "mark") or self.asks

    @property
    def asks(self) -> bool:
        """Whether somebody enters what counts for a school year without a result."""
        return self.source == "earlier" and self.missing_year == "ask"

    @property
    def in_bands(self) -> bool:
        """Whether the values that are entered are bands, not numbers."""
        return self.source == "mark" or (self.source == "earlier" and self.takes == "band")

    @property
    def added(self) -> bool:
        """Whether it is added to the weighted parts as it is."""
        return self.source == "adjustment" or (self.source == "records" and not self.weight)

    @model_validator(mode="after")
    def _fits_its_source(self) -> Self:
        of = f"part {self.id!r}"
        self._need_own_keys(of)
        if self.source not in ("evaluation", "earlier", "records") and not (self.operation and self.by):
            raise ContentError(
                f"{of}: needs `operation` and `by`", "没有写由谁、在哪项操作的时间内填写", "请写 operation 和 by", "operation"
            )
        if self.asks != bool(self.operation and self.by) and self.source == "earlier":
            raise ContentError(
                f"{of}: `operation` and `by` belong to missing_year ask, and only there",
                "缺少学年结果时由人补评（missing_year: ask）才写 operation 和 by，而且必须写",
                "请补写或删去 operation 和 by，或改正 missing_year",
                "missing_year",
            )
        if self.with_this_term and self.terms != "last":
            raise ContentError(
                f"{of}: with_this_term belongs to the last term",
                "只有毕业学期才连同本学期合成各学年（with_this_term）",
                "请写 terms: last，或删去 with_this_term",
                "with_this_term",
            )
        if self.with_this_term and (self.weight or self.asks):
            raise ContentError(
                f"{of}: with_this_term goes without a weight and without missing_year ask",
                "连本学期一起合成各学年（with_this_term）的部分没有权重，缺的学年由其余学年分担",
                "请删去 weight 和 missing_year，使其他部分的权重相加等于1",
                "with_this_term",
            )
        if self.source == "adjustment" and self.weight:
            raise ContentError(f"{of}: adjustments have no weight", "加分扣分直接计入总分，没有权重", "请删去 weight", "weight")
        if self.scorers == "one" and (self.resolve != "mean" or self.min_scorers > 1):
            raise ContentError(
                f"{of}: `resolve` and `min_scorers` belong to scorers each",
                "只有每人各评（scorers: each）时才写 resolve 和 min_scorers",
                "请写 scorers: each，或删去 resolve 和 min_scorers",
                "scorers",
            )
        if self.years and sum(self.years.values()) != 1:
            raise ContentError(
                f"{of}: the weights of the years must add up to 1",
                "各学年的权重之和不等于1",
                "请改正 years，使其相加等于1",
                "years",
            )
        if self.minimum >= self.maximum:
            raise ContentError(
                f"{of}: minimum must be below maximum", "最低分不小于最高分", "请改正 minimum 或 maximum", "minimum"
            )
        for choice, points in self.points.items():
            if not self.minimum <= points <= self.maximum:
                raise ContentError(
                    f"{of}: the points of {choice!r} must be from {self.minimum} to {self.maximum}",
                    f"选项“{choice}”的分值不在{plain(self.minimum)}到{plain(self.maximum)}之间",
                    "请改正分值，或改正 minimum 和 maximum",
                    "points",
                    choice,
                )
        return self

    def _need_own_keys(self, of: str) -> None:
        """Refuse keys of another source, and sources without their keys."""
        for key, source, required in (
            ("evaluation", "evaluation", True),
            ("points", "evaluation", True),
            ("small_class", "evaluation", False),
            ("years", "earlier", True),
            ("takes", "earlier", False),
            ("missing_year", "earlier", False),
            ("with_this_term", "earlier", False),
            ("quotas", "records", True),
            ("span", "records", False),
            ("base", "records", False),
        ):
            given = getattr(self, key) != type(self).model_fields[key].get_default(call_default_factory=True)
            if given == (self.source == source) or (not given and not required):
                continue
            verb = "belong" if key in ("points", "years", "quotas") else "belongs"
            raise ContentError(
                f"{of}: `{key}` {verb} to a part with the source {source}, and only there",
                f"只有来源为 {source} 的部分写 {key}{'，而且必须写' if required else ''}",
                f"请{'补写或' if required else ''}删去 {key}，或改正 source",
                key if given else "source",
            )

    def problem(self, value: Decimal) -> str | None:
        """A Chinese sentence when a number is out of range or has too many digits, else None."""
        if not self.minimum <= value <= self.maximum:
            return f"{self.title}：应在{plain(self.minimum)}到{plain(self.maximum)}之间"
        if value != round(value, self.decimals):
            return f"{self.title}：{f'最多{self.decimals}位小数' if self.decimals else '请填写整数'}"
        return None

    def capped(self, points: Iterable[Decimal]) -> Decimal:
        """What adjustments or records add up to, from `base`, within `minimum` and `maximum`."""
        return min(self.maximum, max(self.minimum, sum(points, self.base)))

    def resolved(self, values: Sequence[Decimal]) -> Decimal | None:
        """What counts of the values that were entered; None: too few of them, or those who entered them do not agree."""
        if not values or len(values) < self.min_scorers:
            return None
        if self.resolve == "mean":
            return mean(values)
        most = max(values, key=values.count)
        agreed = values.count(most) == len(values) if self.resolve == "agreed" else 2 * values.count(most) > len(values)
        return most if agreed else None

    def of_years(self, values: Mapping[int, Decimal], entered: Decimal | None = None) -> Decimal | None:
        """What the results of the school years add up to; None: nothing, or nothing yet. entered: what counts for each year
        without one, where the part `asks`."""
        known = {year: weight for year, weight in self.years.items() if year in values}
        total, weights = (
            sum((values[year] * weight for year, weight in known.items()), Decimal(0)),
            sum(known.values(), Decimal(0)),
        )
        if weights < 1 and self.asks:
            return None if entered is None else to_one_digit(total + (1 - weights) * entered)
        return to_one_digit(total / weights) if weights else None


def mean(values: Sequence[Decimal]) -> Decimal:
    """The mean with one digit, halves rounded up. At least one value."""
    return to_one_digit(sum(values, Decimal(0)) / len(values))


def to_one_digit(value: Decimal) -> Decimal:
    """With one digit after the point, halves rounded up."""
    return value.quantize(Decimal("0.1"), ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """A number without trailing zeros."""
    return f"{value.normalize():f}"
