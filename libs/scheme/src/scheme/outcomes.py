"""Evaluations, results and archives: what a term and a stage leave behind (JX-12 to JX-15, BJ-10, SH-11)."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field as Given
from pydantic import model_validator

from scheme.base import Id, Model, Text
from scheme.cases import Limits
from scheme.forms import Choice
from scheme.kinds import Terms


class Evaluation(Model):
    """Words, marks or both that `by` writes about `about` in the window of `operation`.

    per_dimension: one per dimension. text: its length, None when only marks are given. marks: the choices of a mark.
    required: the archive waits for it (or says that it is missing) (JX-12, CS-07, CS-12, BJ-11).
    """

    id: Id
    title: Text
    by: tuple[Id, ...] = Given(min_length=1)
    about: Literal["self", "student", "classmates"]
    operation: Id
    required: bool = True
    per_dimension: bool = False
    text: Limits | None = None
    marks: tuple[Choice, ...] = ()
    terms: Terms = "every"
    grades: tuple[int, ...] = ()
    in_term_archive: bool = True

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if self.text is None and not self.marks:
            raise ValueError(f"evaluation {self.id!r}: it needs text or marks")
        return self

    def problem(self, text: str | None, mark: str | None = None) -> str | None:
        """A Chinese sentence when the text or the mark does not fit, else None."""
        if self.text is not None:
            wrong = self.text.problem(text or "")
            if wrong:
                return f"{self.title}：{wrong}"
        elif text:
            return f"{self.title}：不需要填写文字"
        if self.marks and mark not in {choice.id for choice in self.marks}:
            return f"{self.title}：请选择{'、'.join(choice.title for choice in self.marks)}"
        return None


class ScorePart(Model):
    """A part of the score, each from 0 to 100, with its weight (BJ-10). evaluation: where it comes from."""

    id: Id
    title: Text
    source: Literal["evaluation", "group", "adjustment"]
    evaluation: Id | None = None
    operation: Id
    by: tuple[Id, ...]
    weight: Decimal = Given(ge=0, le=1)
    minimum: Decimal = Decimal(0)
    maximum: Decimal = Decimal(100)


class Band(Model):
    """A grade band: from `at_least` up (BJ-11)."""

    id: str = Given(min_length=1, max_length=10)
    title: Text
    at_least: Decimal


class NoResult(Model):
    """Events only (JX)."""

    type: Literal["none"] = "none"


class ScoredResult(Model):
    """A weighted score with bands (BJ-10, BJ-11). Adjustments (weight 0 ... bonus and deduction) are added as they are.

    per_dimension: one score for each dimension and the mean of them as the whole.
    """

    type: Literal["scored"]
    parts: tuple[ScorePart, ...] = Given(min_length=1)
    bands: tuple[Band, ...] = Given(min_length=1)
    per_dimension: bool = True
    locked_by: Id | None = None

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        if sum(part.weight for part in self.parts if part.source != "adjustment") != 1:
            raise ValueError("result: the weights of the parts must add up to 1")
        floors = [band.at_least for band in self.bands]
        if floors != sorted(set(floors), reverse=True) or floors[-1] != 0:
            raise ValueError("result: bands go from the best down to the one that begins at 0")
        return self

    def score(self, given: Mapping[str, Decimal]) -> Decimal | None:
        """The score, 0 to 100 with one digit, from the parts by id; None while a weighted part is missing."""
        total = Decimal(0)
        for part in self.parts:
            value = given.get(part.id)
            if value is None and part.source != "adjustment":
                return None
            if value is not None and not part.minimum <= value <= part.maximum:
                raise ValueError(f"{part.title}应在{part.minimum}到{part.maximum}之间")
            total += (value or Decimal(0)) * (Decimal(1) if part.source == "adjustment" else part.weight)
        return min(Decimal(100), max(Decimal(0), round(total, 1)))

    def band(self, score: Decimal) -> Band:
        """The best band that the score reaches."""
        return next(band for band in self.bands if score >= band.at_least)


class VerdictResult(Model):
    """A verdict that one role gives on the report: 合格 or 不合格 (SH-11)."""

    type: Literal["verdict"]
    choices: tuple[Choice, ...] = Given(min_length=2)
    by: Id
    operation: Id
    grades: tuple[int, ...] = ()


Result = Annotated[NoResult | ScoredResult | VerdictResult, Given(discriminator="type")]


class Section(Model):
    """A section of an archive. kinds: only these kinds; empty means all that no other section names."""

    id: Id
    title: Text
    source: Literal["profile", "positions", "radar", "records", "evaluations", "misconduct", "result", "cases"]
    kinds: tuple[Id, ...] = ()


class Axis(Model):
    """One axis of the radar picture: a dimension, and how many points fill it. weights: points per kind, else 1."""

    dimension: Id
    full: Decimal = Given(gt=0)
    weights: dict[Id, Decimal] = Given(default_factory=dict)


class Radar(Model):
    """How the picture of the dimensions is computed: archived records times weight, capped at `full`. A picture of
    activity, not a mark."""

    axes: tuple[Axis, ...] = ()


class SignOff(Model):
    """Who signs a finished archive, on paper or online, in order (SH-11)."""

    id: Id
    title: Text
    by: Id
    how: Literal["paper", "online"]
    operation: Id | None = None


class TermArchive(Model):
    """The archive of a term, made automatically from what is published and approved (JX-13)."""

    title: Text
    sections: tuple[Section, ...] = Given(min_length=1)
    sign_off: tuple[SignOff, ...] = ()
    grades: tuple[int, ...] = ()


class CareerArchive(Model):
    """The archive of the stage: records the student picks, at most so many per kind (JX-13).

    picked_by and max_per_kind None: all records are in it, as in a growth handbook (BJ-09).
    quotas: exceptions per kind. blocks: what is no longer possible once it exists (JX-14, JX-15).
    """

    title: Text
    operation: Id = "career_select"
    picked_by: Id | None = None
    max_per_kind: int | None = Given(default=None, ge=1)
    quotas: dict[Id, int] = Given(default_factory=dict)
    sections: tuple[Section, ...] = Given(min_length=1)
    blocks: tuple[Literal["misconduct_release", "backfill"], ...] = ()
    sign_off: tuple[SignOff, ...] = ()


class Release(Model):
    """Release of misconduct: by whom, and how long the reason is (JX-14)."""

    by: Id
    reason: Limits
    operation: Id | None = None


class Backfill(Model):
    """The archive of a student from another province, filled by `by` (JX-15)."""

    by: Id
    required: tuple[Literal["profile", "positions", "records", "evaluations"], ...]
    optional_evaluations: tuple[Id, ...] = ()


class Correction(Model):
    """A sealed archive found wrong: `by` asks for a new version with a reason; `second_by` has to agree, if named (X-10)."""

    by: Id = "school_administrator"
    second_by: Id | None = None
    reason: Limits = Limits(min=5, max=300)


class Archives(Model):
    """All archives of a scheme. career None: the scheme has none."""

    term: TermArchive
    career: CareerArchive | None = None
    release: Release | None = None
    backfill: Backfill | None = None
    correction: Correction = Correction()
    radar: Radar = Radar()

    def career_left(self, kind: str, picked: int) -> int | None:
        """How many more records of this kind may be picked (JX-13); 0 without a career archive, None is no limit."""
        if self.career is None:
            return 0
        most = self.career.quotas.get(kind, self.career.max_per_kind)
        return None if most is None else max(0, most - picked)

    def blocked_by_career(self, what: Literal["misconduct_release", "backfill"], career_exists: bool) -> bool:
        """Whether an existing career archive forbids this (JX-14, JX-15)."""
        return career_exists and self.career is not None and what in self.career.blocks
