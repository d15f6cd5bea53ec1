"""Self-evaluations and teacher comments (JX-12)."""

from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import evaluations as actions
from archive.api.body import Sent
from archive.domain.evaluations import EvaluationInput
from archive.views import EvaluationDetail, EvaluationView, PendingView
from archive.views.evaluations import CommentResults, CommentResultView

api = Api("evaluations")
_PATH: TypeAdapter[str] = TypeAdapter(OrgPath)


class Said(Sent):
    """A text, a choice or both, as the scheme asks; `dimension`: of an evaluation that has one for each (CS-07)."""

    text: str = Field(default="", max_length=10_000)
    choice: Annotated[str, Field(max_length=60)] | None = None
    dimension: Annotated[str, Field(max_length=60)] | None = None

    @property
    def written(self) -> EvaluationInput:
        """As the use case takes it."""
        return EvaluationInput(self.text, self.choice, self.dimension)


class SelfText(Said):
    """What a student writes about themself. `type`: an evaluation of the scheme; the first one without it."""

    term_id: UUID
    type: str | None = None


class CommentText(SelfText):
    """What staff write about a student."""

    student_id: UUID


@api.put("/evaluations/self", may=may("act_as_student"), rules=("JX-12", "CS-07"))
async def write_self(request: Request, text: SelfText) -> EvaluationView:
    """Write or change one's self-evaluation, or one dimension of it, in its window. Changing takes `If-Match`."""
    actor = request.actor
    done = await actions.write(
        request.deps, actor, text.term_id, actor.student_id, "self", text.type, text.written, request.seen
    )
    return EvaluationView.model_validate(done)


@api.put("/evaluations/teacher", may=may("evaluate"), rules=("JX-12",))
async def write_comment(request: Request, text: CommentText) -> EvaluationView:
    """Write or change a comment on a student in its window. Changing takes `If-Match`."""
    done = await actions.write(
        request.deps, request.actor, text.term_id, text.student_id, "student", text.type, text.written, request.seen
    )
    return EvaluationView.model_validate(done)


class OneComment(Said):
    """A comment on one student; `version`: what it is based on, null where there was none."""

    student_id: UUID
    version: int | None = Field(default=None, ge=0)


class ManyComments(Sent):
    """Comments on many students, such as a class in a table."""

    term_id: UUID
    type: str | None = None
    comments: list[OneComment] = Field(min_length=1, max_length=200)


@api.put("/evaluations/teacher/many", may=may("evaluate"), rules=("JX-12",))
async def write_comments(request: Request, many: ManyComments) -> CommentResults:
    """Write or change comments on many students at once; the answer says how each went."""
    comments = [actions.Comment(one.student_id, one.written, one.version) for one in many.comments]
    results = await actions.write_many(request.deps, request.actor, many.term_id, many.type, comments)
    return CommentResults(results=[CommentResultView.of(result) for result in results])


@api.get("/evaluations", may=SIGNED_IN, rules=("JX-12",))
async def list_evaluations(
    request: Request,
    term_id: UUID,
    path: OrgPath | None = None,
    type: Annotated[list[str], Field(max_length=20)] | None = None,
    pending: bool | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[PendingView]:
    """Students and their evaluations, class by class; `pending=true`: only those still missing."""
    after = unpack(cursor, 3)
    if after is not None:
        _need_key(after)
    term, rows = await actions.page(request.deps, request.actor, term_id, path, type or (), pending, after, limit + 1)
    titles = {e.id: e.title for e in term.scheme.evaluations}
    items = [PendingView.model_validate(vars(row) | {"type_title": titles[row.type]}) for row in rows[:limit]]
    last = items[-1] if len(rows) > limit else None
    return Page(items=items, next=pack(last.path, last.student_id, last.type) if last else None)


def _need_key(key: list[str]) -> None:
    try:
        _PATH.validate_python(key[0])
        UUID(key[1])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/evaluations/{evaluation_id}", may=SIGNED_IN, rules=("JX-12",))
async def read_evaluation(request: Request, evaluation_id: UUID) -> EvaluationDetail:
    """One evaluation with its history."""
    found, versions = await actions.history(request.deps, request.actor, evaluation_id)
    return EvaluationDetail.model_validate(EvaluationView.model_validate(found).model_dump() | {"history": versions})
