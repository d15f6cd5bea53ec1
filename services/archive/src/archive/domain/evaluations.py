"""Evaluations: which one a card writes, how long it may be, whether it is complete, and its events (JX-12, CS-07)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.archive import EvaluationWithdrawnV1, EvaluationWrittenV1
from scheme import Evaluation as EvaluationRule
from scheme import UnknownError
from scheme.values import clean_text
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.terms import ArchiveTerm


@dataclass(frozen=True)
class Author:
    """Who wrote it; `batch_id`: the import it came with."""

    account_id: UUID
    name: str
    batch_id: UUID | None = None


@dataclass(frozen=True)
class Part:
    """What an evaluation says of one dimension; `choice`: the id of one of its choices."""

    text: str = ""
    choice: str | None = None


@dataclass(frozen=True)
class EvaluationInput:
    """What somebody writes: a text, a choice or both; `dimension`: of an evaluation that has one for each (CS-07)."""

    text: str = ""
    choice: str | None = None
    dimension: str | None = None


@dataclass(frozen=True)
class Evaluation:
    """One evaluation of one student in one term: a text, a choice or both, or `parts` by dimension.

    `version` counts from 1. `complete`: no dimension is missing.
    """

    id: UUID
    term_id: UUID
    student_id: UUID
    path: str
    type: str
    text: str
    author: Author
    written_at: datetime
    version: int = 1
    choice: str | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)
    complete: bool = True

    @property
    def author_name(self) -> str:
        """The author's name, as responses show it."""
        return self.author.name

    def event(self, *, on_board: bool = False) -> EvaluationWrittenV1:
        """The event that it was written; with the texts only if the scheme shows them on the board (CS-07)."""
        texts = {name: part.text for name, part in self.parts.items()} or {"": self.text}
        return EvaluationWrittenV1(**self._reference(), version=self.version, on_board=texts if on_board else None)

    def withdrawn(self) -> EvaluationWithdrawnV1:
        """The event that it was deleted with its import."""
        return EvaluationWithdrawnV1(**self._reference())

    def _reference(self) -> dict[str, Any]:
        return {
            "evaluation_id": self.id, "student_id": self.student_id, "term_id": self.term_id, "path": self.path,
            "evaluation_type": self.type,
        }  # fmt: skip


@dataclass(frozen=True)
class ExpectedEvaluation:
    """An evaluation that a student should have; None: not written yet."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    type: str
    evaluation: Evaluation | None


@dataclass(frozen=True)
class EvaluationVersion:
    """What it said earlier, or says now."""

    version: int
    text: str
    author_name: str
    written_at: datetime
    choice: str | None = None
    parts: Mapping[str, Part] = field(default_factory=dict)


def rule_for(
    term: ArchiveTerm, path: str, about: Literal["self", "student"], roles: Collection[str], type: str | None
) -> EvaluationRule:
    """The evaluation that these roles write about a student of this class; the first unless `type` names one."""
    mine = [e for e in term.evaluations(path) if e.about == about and not set(e.by).isdisjoint(roles)]
    found = next((e for e in mine if type is None or e.id == type), None)
    if found is None:
        raise term.refusal("forbidden", term.scheme.rule("evaluation"), detail="本方案没有由您填写的这项评价")
    return found


def may_read_others(rule: EvaluationRule, actor: Actor) -> bool:
    """Staff who do not see all records read the evaluations that their role writes (JX-12); families read what is theirs."""
    return not actor.is_staff or actor.can("see_records") or actor.is_(*rule.by)


def need_still_enrolled(student: Student, term: ArchiveTerm) -> None:
    """Refuse a student who has left the school."""
    if student.left:
        raise term.refusal("wrong_state", term.scheme.rule("evaluation"), detail="该生已离校，不再评价", state="left")


def import_rule(term: ArchiveTerm, import_type: str) -> EvaluationRule:
    """The evaluation that an import type of the scheme fills. Raises `UnknownError`."""
    named = term.scheme.import_type(import_type).evaluation
    if named is None:
        raise UnknownError("evaluation", import_type)
    return term.scheme.evaluation(named)


def clean(
    rule: EvaluationRule, dimensions: Collection[str], given: EvaluationInput
) -> tuple[EvaluationInput, list[dict[str, str]]]:
    """What is saved, and one error for each wrong field: the dimension, the text, the choice."""
    if rule.per_dimension and given.dimension not in dimensions:
        return given, [_error("dimension", f"{rule.title}：请指明维度")]
    if not rule.per_dimension and given.dimension is not None:
        return given, [_error("dimension", f"{rule.title}：不分维度")]
    try:
        given = replace(given, text=clean_text(given.text))
    except ValueError as wrong:
        return given, [_error("text", f"{rule.title}：{wrong}")]
    errors = []
    a_choice = rule.choices[0].id if rule.choices else None
    if (wrong_text := rule.problem(given.text, a_choice)) is not None:
        errors.append(_error("text", wrong_text))
    known: set[str | None] = {choice.id for choice in rule.choices} or {None}
    if given.choice not in known:
        titles = "、".join(choice.title for choice in rule.choices)
        errors.append(_error("choice", f"{rule.title}：{f'请选择{titles}' if titles else '没有可选的等级'}"))
    return given, errors


def _error(field_: str, message: str) -> dict[str, str]:
    return {"field": field_, "message": message, "type": "length" if field_ == "text" else "choice", "in": "body"}


def need_valid(term: ArchiveTerm, rule: EvaluationRule, given: EvaluationInput) -> EvaluationInput:
    """What is saved, or `invalid_input` naming the limits of the scheme."""
    given, errors = clean(rule, [dimension.id for dimension in term.scheme.dimensions], given)
    if errors:
        raise term.refusal(
            "invalid_input",
            term.scheme.rule("evaluation"),
            detail=errors[0]["message"],
            field=errors[0]["field"],
            errors=errors,
        )
    return given


def _with(old: Evaluation, term: ArchiveTerm, given: EvaluationInput, author: Author, now: datetime) -> Evaluation:
    new = replace(old, author=author, written_at=now)
    if given.dimension is None:
        return replace(new, text=given.text, choice=given.choice)
    parts = {**old.parts, given.dimension: Part(given.text, given.choice)}
    return replace(new, parts=parts, complete=all(dimension.id in parts for dimension in term.scheme.dimensions))


def imported(
    rule: EvaluationRule, term: ArchiveTerm, data: Mapping[str, object], before: Evaluation | None
) -> tuple[list[EvaluationInput], tuple[str, str] | None]:
    """What a row of a workbook says: columns `text` and `mark`, or one of each for every dimension (`text.moral`), with what it
    has no column for as it was; and the first column that is wrong with a Chinese sentence."""
    dimensions = [dimension.id for dimension in term.scheme.dimensions]
    found, problem = [], None
    for dimension in dimensions if rule.per_dimension else [None]:
        ending = f".{dimension}" if dimension else ""
        known = before.parts.get(dimension, Part()) if before and dimension else before
        text = data.get(f"text{ending}", known.text if known else None)
        choice = data.get(f"mark{ending}", known.choice if known else None)
        given, errors = clean(rule, dimensions, EvaluationInput(str(text or ""), str(choice) if choice else None, dimension))
        found.append(given)
        if errors and problem is None:
            column = "mark" if errors[0]["field"] == "choice" else "text"
            problem = (f"{column}{ending}", errors[0]["message"])
    return found, problem


def write_all(
    old: Evaluation | None,
    id: UUID,
    term: ArchiveTerm,
    student: Student,
    rule: EvaluationRule,
    given: Collection[EvaluationInput],
    author: Author,
    now: datetime,
) -> Evaluation | None:
    """One version with everything that is given; None where it says the same already."""
    start = old or Evaluation(id, term.id, student.id, student.path, rule.id, "", author, now, version=0)
    new = start
    for each in given:
        new = replace(_with(new, term, each, author, now), version=start.version + 1)
    if old is not None and (new.text, new.choice, dict(new.parts)) == (old.text, old.choice, dict(old.parts)):
        return None
    return new


def need_version(old: Evaluation | None, seen: int | None) -> None:
    """Refuse a change without the version it is based on, or based on an older one. A first text needs none."""
    if old is None:
        if seen not in (None, 0):
            raise Refusal("stale_version")
        return
    if seen is None:
        raise Refusal("version_required")
    if seen != old.version:
        raise Refusal("stale_version", version=old.version)
