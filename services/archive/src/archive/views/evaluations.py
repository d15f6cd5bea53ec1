"""The answers to many comments at once."""

from typing import Any
from uuid import UUID

from servicekit.refusals import Refusal

from archive.domain.evaluations import Evaluation
from archive.views import EvaluationView
from archive.views.base import View


class CommentResultView(View):
    """How one comment went: saved with its version, or refused with the code, the sentence and the wrong fields."""

    student_id: UUID
    ok: bool
    evaluation: EvaluationView | None
    code: str | None
    detail: str | None
    errors: list[dict[str, Any]]

    @classmethod
    def of(cls, result: Any) -> "CommentResultView":
        """From the use case's result."""
        evaluation: Evaluation | None = result.evaluation
        refusal: Refusal | None = result.refusal
        return cls(
            student_id=result.student_id,
            ok=refusal is None,
            evaluation=EvaluationView.model_validate(evaluation) if evaluation else None,
            code=refusal.code if refusal else None,
            detail=(refusal.detail or refusal.meaning.title) if refusal else None,
            errors=refusal.details.get("errors", []) if refusal else [],
        )


class CommentResults(View):
    """In the order of the students' ids."""

    results: list[CommentResultView]
