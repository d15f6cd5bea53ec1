"""Evaluations: which one a card writes, how long it may be, and the event that it was written (JX-12)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.archive import EvaluationWithdrawnV1, EvaluationWrittenV1
from scheme import Evaluation as Rule
from scheme import UnknownError
from scheme.values import clean_text
from servicekit.directory import Student
from servicekit.refusals import Refusal

from archive.domain.terms import Term


@dataclass(frozen=True)
class Author:
    """Who wrote it; `batch_id` where it came with a workbook."""

    account_id: UUID
    name: str
    batch_id: UUID | None = None


@dataclass(frozen=True)
class Evaluation:
    """One text about one student in one term. `version` counts from 1."""

    id: UUID
    term_id: UUID
    student_id: UUID
    path: str
    type: str
    text: str
    author: Author
    written_at: datetime
    version: int = 1

    def event(self) -> EvaluationWrittenV1:
        """What others are told; the text stays here."""
        return EvaluationWrittenV1(
            evaluation_id=self.id,
            student_id=self.student_id,
            term_id=self.term_id,
            path=self.path,
            evaluation_type=self.type,
            version=self.version,
        )

    def withdrawn(self) -> EvaluationWithdrawnV1:
        """What others are told when it goes away with its batch."""
        return EvaluationWithdrawnV1(
            evaluation_id=self.id,
            student_id=self.student_id,
            term_id=self.term_id,
            path=self.path,
            evaluation_type=self.type,
        )


@dataclass(frozen=True)
class Wanted:
    """One evaluation that a student should have, and what there is."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    type: str
    evaluation: Evaluation | None


@dataclass(frozen=True)
class Version:
    """What once stood."""

    version: int
    text: str
    author_name: str
    written_at: datetime


def rule_for(term: Term, path: str, about: Literal["self", "student"], roles: Collection[str], wanted: str | None) -> Rule:
    """The evaluation that these roles write about a student of this class; the first unless `wanted` names one."""
    mine = [e for e in term.evaluations(path) if e.about == about and not set(e.by).isdisjoint(roles)]
    found = next((e for e in mine if wanted is None or e.id == wanted), None)
    if found is None:
        raise Refusal(
            "forbidden", detail="本方案没有由您填写的这项评价", rule=term.scheme.rule("evaluation"), scheme=term.scheme_name
        )
    return found


def need_here(student: Student, term: Term) -> None:
    """Nobody is evaluated who has left: their evaluations are no longer pending either."""
    if student.left:
        raise Refusal(
            "wrong_state",
            detail="该生已离校，不再评价",
            rule=term.scheme.rule("evaluation"),
            scheme=term.scheme_name,
            state="left",
        )


def imported(term: Term, import_type: str) -> Rule:
    """The evaluation that an import type of the scheme fills. Raises `UnknownError`."""
    named = term.scheme.import_type(import_type).evaluation
    if named is None:
        raise UnknownError("evaluation", import_type)
    return term.scheme.evaluation(named)


def clean(rule: Rule, text: str) -> tuple[str, str | None]:
    """The text as it is kept, and a Chinese sentence where it does not fit."""
    try:
        text = clean_text(text)
    except ValueError as wrong:
        return text, f"{rule.title}：{wrong}"
    return text, rule.problem(text)


def need_text(term: Term, rule: Rule, text: str) -> str:
    """The clean text, or `invalid_input` naming the limit of the scheme."""
    text, wrong = clean(rule, text)
    if wrong is not None:
        errors = [{"field": "text", "message": wrong, "type": "length", "in": "body"}]
        raise Refusal(
            "invalid_input",
            detail=wrong,
            rule=term.scheme.rule("evaluation"),
            scheme=term.scheme_name,
            field="text",
            errors=errors,
        )
    return text


def rewrite(old: Evaluation, text: str, author: Author, now: datetime) -> Evaluation | None:
    """The next version; None where nothing changed."""
    if text == old.text:
        return None
    return replace(old, text=text, author=author, written_at=now, version=old.version + 1)


def need_version(old: Evaluation | None, seen: int | None) -> None:
    """An edit says which version it saw; a first writing needs to say nothing."""
    if old is None:
        if seen not in (None, 0):
            raise Refusal("stale_version")
        return
    if seen is None:
        raise Refusal("version_required")
    if seen != old.version:
        raise Refusal("stale_version", version=old.version)
