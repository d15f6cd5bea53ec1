"""Evaluations, term archives and career archives (JX-12 to JX-15, SH-11)."""

from decimal import Decimal
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scheme.base import ContentError, EvaluationId, Id, KindId, Model, OperationId, Ref, RoleId, Text
from scheme.cases import Limits
from scheme.forms import Choice
from scheme.kinds import TermFilter


class Evaluation(Model):
    """A text, a choice or both that `by` writes about `about` in the window of `operation`.

    per_dimension: one for each dimension. text: its length; None: only a choice. choices: what to choose from, such as A to D.
    required: the archive waits for it, or states that it is missing (JX-12, CS-07, CS-12, BJ-11).
    about `classmates`: each of `by` evaluates everybody of the own class but themself; the evaluated one and the archive see
    only how often each choice was made, and only where at least `min_evaluators` classmates made one (CS-12).
    on_board: what students write about themselves stands on their page of the board too, for who sees fields there (CS-07).
    """

    id: Id
    title: Text
    by: tuple[RoleId, ...] = Field(min_length=1)
    about: Literal["self", "student", "classmates"]
    operation: OperationId
    required: bool = True
    per_dimension: bool = False
    text: Limits | None = None
    choices: tuple[Choice, ...] = ()
    terms: TermFilter = "every"
    grades: tuple[int, ...] = ()
    in_term_archive: bool = True
    min_evaluators: int = Field(default=5, ge=2)
    on_board: bool = False

    @model_validator(mode="after")
    def _has_content(self) -> Self:
        if self.text is None and not self.choices:
            raise ContentError(
                f"evaluation {self.id!r}: needs text or choices", "评价既没有文字也没有选项", "请补上 text 或 choices"
            )
        if self.on_board and (self.about != "self" or self.text is None):
            raise ContentError(
                f"evaluation {self.id!r}: only a text about oneself can stand on the board",
                "只有写自己的文字才能在公示栏展示",
                "请删去 on_board，或写 about: self 与 text",
                "on_board",
            )
        return self

    def problem(self, text: str | None, choice: str | None = None) -> str | None:
        """A Chinese sentence when the text or the choice does not fit, else None."""
        if self.text is not None:
            if wrong := self.text.problem(text or ""):
                return f"{self.title}：{wrong}"
        elif text:
            return f"{self.title}：不需要填写文字"
        if self.choices and choice not in {known.id for known in self.choices}:
            return f"{self.title}：请选择{'、'.join(known.title for known in self.choices)}"
        return None


class Section(Model):
    """A section of an archive. kinds: only these; empty means all that no other section names."""

    id: Id
    title: Text
    source: Literal["profile", "positions", "radar", "records", "evaluations", "misconduct", "result", "cases"]
    kinds: tuple[KindId, ...] = ()


class Axis(Model):
    """One axis of the radar chart: a dimension, and how many points fill it. weights: points per kind, else 1."""

    dimension: Annotated[Id, Ref("dimension")]
    full: Decimal = Field(gt=0)
    weights: dict[KindId, Decimal] = Field(default_factory=dict)


class Radar(Model):
    """The radar chart: archived records times weight, at most `full` for each axis. It shows activity, not quality."""

    axes: tuple[Axis, ...] = ()


class SignOff(Model):
    """Who signs, in order, in the window of `operation` (SH-11).

    paper: on a printed confirmation that each student gets; the school records that it came back. summary: on the printed
    summary of a school, of which a copy is uploaded.
    """

    id: Id
    title: Text
    by: RoleId
    how: Literal["paper", "summary"]
    operation: OperationId


class TermArchive(Model):
    """The archive of a term, generated from published and approved records (JX-13).

    spans `stage`: it is made in the last term of the stage only, from the records and evaluations of all its terms (CS-01).
    """

    title: Text
    spans: Literal["term", "stage"] = "term"
    sections: tuple[Section, ...] = Field(min_length=1)
    sign_off: tuple[SignOff, ...] = ()
    grades: tuple[int, ...] = ()


class CareerArchive(Model):
    """The archive of a school stage: records that the student selects, limited per kind (JX-13).

    max_per_kind, quotas: the limit, and exceptions by kind. picked_by, max_per_kind None: all records belong to it, as in
    a growth handbook (BJ-09). blocks: what is impossible once it exists (JX-14, JX-15).
    """

    title: Text
    operation: OperationId
    picked_by: RoleId | None = None
    max_per_kind: int | None = Field(default=None, ge=1)
    quotas: dict[KindId, int] = Field(default_factory=dict)
    sections: tuple[Section, ...] = Field(min_length=1)
    blocks: tuple[Literal["misconduct_release", "backfill"], ...] = ()


class Release(Model):
    """Release of misconduct: by whom, and the length of the reason (JX-14)."""

    by: RoleId
    reason: Limits
    operation: OperationId | None = None


class Backfill(Model):
    """The archive of a student from another province, entered by `by` (JX-15)."""

    by: RoleId
    required: tuple[Literal["profile", "positions", "records", "evaluations"], ...]
    optional_evaluations: tuple[EvaluationId, ...] = ()


class Correction(Model):
    """A new version of a wrong archive: `by` requests it with a reason; `second_by`, if set, must agree (X-10)."""

    by: Id = "school_administrator"
    second_by: RoleId | None = None
    reason: Limits = Limits(min=5, max=300)


class Archives(Model):
    """All archives of a scheme."""

    term: TermArchive
    career: CareerArchive | None = None
    release: Release | None = None
    backfill: Backfill | None = None
    correction: Correction = Correction()
    radar: Radar = Radar()

    def career_left(self, kind: str, picked: int) -> int | None:
        """How many more records of this kind may be selected (JX-13); 0 without a career archive; None: no limit."""
        if self.career is None:
            return 0
        limit = self.career.quotas.get(kind, self.career.max_per_kind)
        return None if limit is None else max(0, limit - picked)

    def blocked_by_career(self, what: Literal["misconduct_release", "backfill"], career_exists: bool) -> bool:
        """Whether an existing career archive forbids this (JX-14, JX-15)."""
        return career_exists and self.career is not None and what in self.career.blocks
