"""Reviewing records: the step's role passes or returns, one by one or up to 200 at once (JX-04, JX-18)."""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Request

from records.actions import reviews
from records.actions.reviews import Because, Result
from records.api.body import Body
from records.views import RecordView

api = Api("reviews")


class ReturnIn(Body):
    """A reason from the scheme's list; some need a note."""

    reason_code: str | None = Field(default=None, max_length=60)
    note: str | None = Field(default=None, max_length=300)

    def because(self) -> Because:
        """As the use cases want it."""
        return Because(self.reason_code, self.note)


class ReviewsIn(ReturnIn):
    """One verdict on many records; `versions` are those decided on, as `If-Match` is for one."""

    record_ids: list[UUID] = Field(min_length=1, max_length=200)
    versions: dict[UUID, int] = Field(default={}, max_length=200)
    action: Literal["approve", "return"]


class ResultView(BaseModel):
    """What became of one of them: its state and version, or `refused` with code and sentence, as a problem says it."""

    record_id: UUID
    result: Literal["approved", "passed", "returned", "refused"]
    state: str | None = None
    version: int | None = None
    code: str | None = None
    detail: str | None = None
    said: dict[str, Any] | None = None

    @classmethod
    def of(cls, it: Result) -> Self:
        """One result."""
        if it.refusal is None:
            names: dict[str | None, Literal["approved", "returned"]] = {"approved": "approved", "returned": "returned"}
            return cls(record_id=it.record_id, result=names.get(it.state, "passed"), state=it.state, version=it.version)
        no = it.refusal
        return cls(
            record_id=it.record_id, result="refused", code=no.code, detail=no.detail or no.meaning.title, said=no.details
        )


class ResultsView(BaseModel):
    """In the order asked."""

    results: list[ResultView]


@api.post("/records/{record_id}/approval", may=SIGNED_IN, status=200, rules=("JX-04", "JX-06"))
async def approve(request: Request, record_id: UUID) -> RecordView:
    """Pass the review step that waits; the last one makes the record eligible for publicity."""
    done = reviews.review(request.deps, request.actor, record_id, request.seen, "approve", Because())
    return RecordView.of(*await done)


@api.post("/records/{record_id}/return", may=SIGNED_IN, status=200, rules=("JX-04",))
async def send_back(request: Request, record_id: UUID, why: ReturnIn) -> RecordView:
    """Return a record with a reason from the list; its author mends and hands in again."""
    done = reviews.review(request.deps, request.actor, record_id, request.seen, "return", why.because())
    return RecordView.of(*await done)


@api.post("/reviews", may=SIGNED_IN, status=200, rules=("JX-04", "JX-18"))
async def review_many(request: Request, verdicts: ReviewsIn) -> ResultsView:
    """Pass or return up to 200 records in one transaction; each result stands for itself."""
    done = reviews.review_many(
        request.deps, request.actor, verdicts.record_ids, verdicts.versions, verdicts.action, verdicts.because()
    )
    return ResultsView(results=[ResultView.of(result) for result in await done])
