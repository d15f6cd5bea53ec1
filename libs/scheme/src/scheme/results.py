"""The result of a student's term: none, a verdict, or scores with grades (BJ-10, BJ-11, SH-11, X-15)."""

from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, Id, Model, OperationId, Ref, RoleId, Text, need_unique_ids
from scheme.cases import Limits
from scheme.forms import Choice
from scheme.kinds import TermFilter, applies_to_grade, applies_to_term
from scheme.result_publicity import ResultPublicity
from scheme.score_parts import HUNDRED, ScorePart, mean, plain, to_one_digit


class NoResult(Model):
    """No score and no verdict (JX)."""

    type: Literal["none"]


class Band(Model):
    """A grade: scores from `at_least` up (BJ-11). points: what it is worth where bands are averaged or weighted, in itself;
    left out: `at_least`. dimensions: those that have it, where they are graded differently, as one that is only passed or
    failed; empty: all of them, and the total."""

    id: str = Field(min_length=1, max_length=10)
    title: Text
    at_least: Decimal
    points: Decimal | None = None
    dimensions: tuple[Annotated[Id, Ref("dimension")], ...] = ()

    @property
    def worth(self) -> Decimal:
        """What a mark of this band is worth."""
        return self.at_least if self.points is None else self.points


class Share(Model):
    """At most this share of the students of a class, grade or school gets one of these bands (X-15).

    at_most: 0.3 is 30 %; the number of students is rounded down. dimensions: those it holds for; empty: for each of them.
    enforced: false only shows how many have one, and does not stop a lock.
    """

    bands: tuple[str, ...] = Field(min_length=1)
    at_most: Decimal = Field(gt=0, lt=1)
    of: Literal["class", "grade", "school"]
    dimensions: tuple[Annotated[Id, Ref("dimension")], ...] = ()
    enforced: bool = True

    def seats(self, students: int) -> int:
        """How many of so many students may get one of the bands."""
        return int(self.at_most * students)


class OverallRule(Model):
    """A total by the bands of the dimensions: this one where at `least`, and at `most`, so many dimensions have each band."""

    band: str = Field(min_length=1, max_length=10)
    least: dict[str, Annotated[int, Field(ge=0, le=20)]] = Field(default_factory=dict)
    most: dict[str, Annotated[int, Field(ge=0, le=20)]] = Field(default_factory=dict)

    def holds(self, bands: Sequence[str]) -> bool:
        """Whether a student with these bands, one for each dimension, gets it."""
        enough = all(bands.count(name) >= least for name, least in self.least.items())
        return enough and all(bands.count(name) <= most for name, most in self.most.items())


class ResultStep(Model):
    """Somebody who checks the scores of a class, in the window of `operation`, before they are locked (BJ-10)."""

    id: Id
    title: Text
    by: RoleId
    operation: OperationId


class ResultLock(Model):
    """Who locks the scores of a class, in the window of `operation`, and who may unlock them with a reason (BJ-10).

    closes: operations by which records are entered, and which are over for a class of that term while its scores are locked;
    records of the others are added at any time (BJ-07).
    """

    by: RoleId
    operation: OperationId
    unlocked_by: RoleId
    reason: Limits = Limits(min=5, max=200)
    closes: tuple[OperationId, ...] = ()


class Consent(Model):
    """Bands that need a reason for each student, and the consent of `by`, a role of the school such as its committee, or above
    it, in the window of `operation` (X-15).

    dimensions: those it holds for; empty: each. It is asked when the class is handed over, and the class is not locked before
    it is given for each student; a refusal, with its `note`, returns the class to those who enter. Families see none of this.
    """

    bands: tuple[str, ...] = Field(min_length=1)
    by: RoleId
    operation: OperationId
    dimensions: tuple[Annotated[Id, Ref("dimension")], ...] = ()
    reason: Limits = Limits(min=10, max=300)
    note: Limits = Limits(min=5, max=200)


class ScoredResult(Model):
    """A score from 0 to 100 made of weighted parts, and its band (BJ-10, BJ-11).

    grades, terms: the school years and terms in which a result is formed, such as the last one; in others nobody is asked for
    anything. per_dimension: one score for each dimension. overall: the mean of the dimensions as a total, none, or `counted`:
    the first of `overall_rules` that holds for the bands of the dimensions says the band of the total, which has no score.
    steps: who checks them, in order: each passes them on or returns them with a reason to those who enter. lock: then they are
    locked, and only then families see them. returned_because: the length of the reason of a return. show: whether readers see
    numbers or only the bands.
    publicity: in which steps the locked results are published; None: they are not.
    """

    type: Literal["scored"]
    grades: tuple[int, ...] = ()
    terms: TermFilter = "every"
    parts: tuple[ScorePart, ...] = Field(min_length=1)
    bands: tuple[Band, ...] = Field(min_length=1)
    per_dimension: bool = True
    overall: Literal["mean", "counted", "none"] = "mean"
    overall_rules: tuple[OverallRule, ...] = ()
    steps: tuple[ResultStep, ...] = ()
    lock: ResultLock
    returned_because: Limits = Limits(min=5, max=200)
    shares: tuple[Share, ...] = ()
    consents: tuple[Consent, ...] = ()
    show: Literal["scores", "bands"] = "scores"
    publicity: ResultPublicity | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        need_unique_ids(self.parts, "part", "parts")
        need_unique_ids(self.bands, "band", "bands")
        if not any(part.grades or part.terms != "every" for part in self.parts):
            self.need_weights("")
        for names in dict.fromkeys(band.dimensions for band in self.bands):
            for name in names or ("",):
                self._need_ladder(name)
        self._names_own_bands()
        self._has_a_total()
        if self.consents and not self.steps:
            raise ContentError(
                "result: consent is asked when a class is handed over, but there are no steps",
                "没有审核步骤，不知道何时征求同意",
                "请在 steps 中写由谁提交",
                "steps",
            )
        return self

    def need_weights(self, when: str) -> None:
        """Refuse parts whose weights do not add up to 1, or of which nothing is left without an earlier year. when: in which
        term, in Chinese."""
        if sum(part.weight for part in self.parts) != 1:
            raise ContentError(
                "result: the weights of the parts must add up to 1",
                f"{when}各部分的权重之和不等于1",
                "请改正 weight，使其相加等于1（加分扣分不计）",
                "parts",
            )
        if (
            any(p.source == "earlier" and p.weight and not p.asks for p in self.parts)
            and sum(1 for p in self.parts if p.weight) == 1
        ):
            raise ContentError(
                "result: without any earlier year, nothing is left of the score",
                f"{when}只有以前学年的结果这一部分，转入的学生没有以前的结果，就没有成绩",
                "请写 missing_year: ask 和由谁补评，或另加一个有权重的部分",
                "parts",
            )

    def _need_ladder(self, dimension: str) -> None:
        """Refuse bands of a dimension ("": of those that are not named, and the total) that leave out a score."""
        bands, above = self.bands_of(dimension), None
        where = f"维度“{dimension}”的" if dimension else ""
        for band in bands:
            at = self.bands.index(band)
            if above is not None and band.at_least >= above:
                raise ContentError(
                    f"result: the bands of {dimension or 'the result'!r} must be in descending order",
                    f"{where}等级没有按最低分从高到低排列：“{band.title}”的最低分不低于上一等级",
                    f"请写低于{plain(above)}的数",
                    *("bands", at, "at_least"),
                    about=[f"band {band.id}"],
                    root=True,
                )
            if not (band.at_least <= band.worth and (band.worth < above if above is not None else band.worth <= HUNDRED)):
                below = f"、低于{plain(above)}" if above is not None else "、不高于100"
                raise ContentError(
                    f"result: the points of band {band.id!r} are not in the band",
                    f"等级“{band.title}”的等级分不在本等级的分数之内",
                    f"请写不低于{plain(band.at_least)}{below}的数",
                    *("bands", at, "points"),
                    about=[f"band {band.id}"],
                    root=True,
                )
            above = band.at_least
        if bands[-1].at_least != 0:
            raise ContentError(
                f"result: the bands of {dimension or 'the result'!r} must end at 0",
                f"{where}最后一级“{bands[-1].title}”不从0开始，低于{plain(bands[-1].at_least)}分的没有等级",
                "请写 at_least: 0，或再加一级",
                *("bands", self.bands.index(bands[-1]), "at_least"),
                about=[f"band {bands[-1].id}"],
                root=True,
            )

    def _has_a_total(self) -> None:
        """Refuse a total that nothing makes up, or that its rules do not reach."""
        if self.overall == "none" and not self.per_dimension:
            raise ContentError(
                "result: without dimensions there is only the total",
                "不分维度时只有总评，不能不写总评",
                "请删去 overall，或写 per_dimension: true",
                "overall",
            )
        if any(band.dimensions for band in self.bands):
            if not self.per_dimension:
                raise ContentError(
                    "result: without dimensions, bands have none", "不分维度的结果，等级不能写适用的维度",
                    "请删去等级的 dimensions，或写 per_dimension: true", "bands",
                )  # fmt: skip
            if self.overall == "mean":
                raise ContentError(
                    "result: dimensions with different bands have no mean",
                    "各维度的等级不同，不能取平均作总评",
                    "请写 overall: counted 并用 overall_rules 按等级个数定总评，或写 overall: none",
                    "overall",
                )
        if (self.overall == "counted") != bool(self.overall_rules) or (self.overall == "counted" and not self.per_dimension):
            raise ContentError(
                "result: overall_rules belong to overall: counted of a result per dimension, and only there",
                "按各维度等级的个数定总评（overall: counted）时才写 overall_rules，而且必须写，结果须分维度",
                "请补写或删去 overall_rules，或改正 overall",
                "overall_rules" if self.overall_rules else "overall",
            )

    def _names_own_bands(self) -> None:
        known = {band.id for band in self.bands}
        for number, rule in enumerate(self.overall_rules):
            for key, names in (("band", {rule.band}), ("least", {*rule.least}), ("most", {*rule.most})):
                if unknown := names - known:
                    raise ContentError(
                        f"result: an overall rule names {min(unknown)!r}, which is no band",
                        f"“{min(unknown)}”不是本结果的等级",
                        f"请写 bands 中的 id：{'、'.join(sorted(known))}",
                        *("overall_rules", number, key),
                        about=[f"band {min(unknown)}"],
                    )
        listed: tuple[tuple[str, Sequence[Share | Consent]], ...] = (("shares", self.shares), ("consents", self.consents))
        for key, parts in listed:
            for number, one in enumerate(parts):
                if unknown := set(one.bands) - known:
                    raise ContentError(
                        f"result: a {key[:-1]} names {min(unknown)!r}, which is no band",
                        f"“{min(unknown)}”不是本结果的等级",
                        f"请写 bands 中的 id：{'、'.join(sorted(known))}",
                        *(key, number, "bands"),
                        about=[f"band {min(unknown)}"],
                    )

    def formed(self, grade: int | None, last_term: bool | None) -> bool:
        """Whether a class of this grade gets a result in this term, the last one of its stage or not; None: not known."""
        return applies_to_grade(self.grades, grade) and applies_to_term(self.terms, bool(last_term))

    def at(self, grade: int | None, last_term: bool | None) -> Self:
        """The result with the parts that count in this school year and term."""
        parts = tuple(part for part in self.parts if part.counts(grade, last_term))
        return self if len(parts) == len(self.parts) else self.model_copy(update={"parts": parts})

    def consent(self, dimension: str, band: str) -> Consent | None:
        """The consent that this band needs in this dimension ("": the result has none); None: it needs none."""
        return next(
            (one for one in self.consents if band in one.bands and (not one.dimensions or dimension in one.dimensions)), None
        )

    def part(self, name: str) -> ScorePart | None:
        """The part with this id; None: there is none."""
        return next((part for part in self.parts if part.id == name), None)

    def score(self, given: Mapping[str, Decimal], left_out: Collection[str] = ()) -> Decimal | None:
        """The score, 0 to 100 with one digit, from the parts by id; None while a weighted part is missing. left_out: parts that
        this student cannot have; the others weigh more."""
        weighted = weights = added = Decimal(0)
        for part in self.parts:
            value = given.get(part.id)
            if part.id in left_out:
                continue
            if part.added:
                added += value or 0
            elif part.weight:
                if value is None:
                    return None
                weights += part.weight
                weighted += value * part.weight
        if not weights:
            return None
        return min(HUNDRED, max(Decimal(0), to_one_digit(weighted / weights + added)))

    def bands_of(self, dimension: str) -> tuple[Band, ...]:
        """The bands of a dimension, the highest first; "": of the total, and of a result without dimensions."""
        return tuple(band for band in self.bands if not band.dimensions or dimension in band.dimensions)

    def of_stage(self, score: Decimal, year: int, earlier: Mapping[int, Sequence[Decimal]], dimension: str) -> Decimal | None:
        """What this term's score, in school year `year`, and the results of earlier terms of each year add up to (X-15); None:
        no part says so. earlier: scores, or what bands are worth, as the part takes them."""
        part = next((part for part in self.parts if part.with_this_term), None)
        if part is None:
            return None
        own = self.band(score, dimension).worth if part.takes == "band" else score
        terms = {**earlier, year: [*earlier.get(year, ()), own]}
        return part.of_years({one: mean(values) for one, values in terms.items() if one in part.years and values})

    def band(self, score: Decimal, dimension: str = "") -> Band:
        """The highest band of the dimension that the score reaches."""
        return next(band for band in self.bands_of(dimension) if score >= band.at_least)

    def whole(self, total: Decimal | None, bands: Sequence[Band | None]) -> Band | None:
        """The band of the total, from its score, or from the bands of the dimensions; None while one is missing."""
        if self.overall == "counted":
            known = [band.id for band in bands if band is not None]
            complete = bool(known) and len(known) == len(bands)
            rule = next((one for one in self.overall_rules if one.holds(known)), None) if complete else None
            return None if rule is None else self.band_by_id(rule.band)
        return None if total is None else self.band(total)

    def band_by_id(self, name: str) -> Band | None:
        """The band with this id; None: there is none."""
        return next((band for band in self.bands if band.id == name), None)

    def total(self, scores: Sequence[Decimal | None]) -> Decimal | None:
        """The mean of the dimensions' scores with one digit; None while one is missing, and where there is no total."""
        if self.overall != "mean":
            return None
        known = [score for score in scores if score is not None]
        return mean(known) if known and len(known) == len(scores) else None


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
