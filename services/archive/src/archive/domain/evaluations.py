"""Evaluations: which one a card writes, how long it may be, and its events (JX-12)."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.archive import EvaluationWithdrawnV1, EvaluationWrittenV1
from scheme import Evaluation as EvaluationRule
from scheme import UnknownError
from scheme.values import clean_text
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

    @property
    def author_name(self) -> str:
        """The author's name, as responses show it."""
        return self.author.name

    def event(self) -> EvaluationWrittenV1:
        """The event that it was written; without the text."""
        return EvaluationWrittenV1(**self._reference(), version=self.version)

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
    """An earlier text, or the present one."""

    version: int
    text: str
    author_name: str
    written_at: datetime


def rule_for(
    term: ArchiveTerm, path: str, about: Literal["self", "student"], roles: Collection[str], type: str | None
) -> EvaluationRule:
    """The evaluation that these roles write about a student of this class; the first unless `type` names one."""
    mine = [e for e in term.evaluations(path) if e.about == about and not set(e.by).isdisjoint(roles)]
    found = next((e for e in mine if type is None or e.id == type), None)
    if found is None:
        raise term.refusal("forbidden", term.scheme.rule("evaluation"), detail="本方案没有由您填写的这项评价")
    return found


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


def clean(rule: EvaluationRule, text: str) -> tuple[str, str | None]:
    """The text as it is saved, and a Chinese sentence where it does not fit the scheme."""
    try:
        text = clean_text(text)
    except ValueError as wrong:
        return text, f"{rule.title}：{wrong}"
    return text, rule.problem(text)


def need_text(term: ArchiveTerm, rule: EvaluationRule, text: str) -> str:
    """The clean text, or `invalid_input` naming the limit of the scheme."""
    text, wrong = clean(rule, text)
    if wrong is not None:
        errors = [{"field": "text", "message": wrong, "type": "length", "in": "body"}]
        raise term.refusal("invalid_input", term.scheme.rule("evaluation"), detail=wrong, field="text", errors=errors)
    return text


def rewrite(old: Evaluation, text: str, author: Author, now: datetime) -> Evaluation | None:
    """The next version; None where nothing changed."""
    if text == old.text:
        return None
    return replace(old, text=text, author=author, written_at=now, version=old.version + 1)


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
