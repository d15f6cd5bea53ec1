"""Reviewing records, one or up to 200 at a time (JX-04, JX-18)."""

from typing import Any, Literal, Self
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Request
from servicekit.refusals import Refusal

from records.actions import reviews
from records.actions.reviews import Reason
from records.api.body import Body
from records.domain.record import Record
from records.domain.state import State
from records.views.records import RecordView

api = Api("reviews")


class ReturnIn(Body):
    """A reason of the scheme's list; some require a note."""

    reason_code: str | None = Field(default=None, max_length=60)
    note: str | None = Field(default=None, max_length=300)

    @property
    def reason(self) -> Reason:
        """The code and the note."""
        return self.reason_code, self.note


class ReviewsIn(ReturnIn):
    """One verdict on many records; `versions`: what `If-Match` is for one record."""

    record_ids: list[UUID] = Field(min_length=1, max_length=200)
    versions: dict[UUID, int] = Field(default={}, max_length=200)
    action: Literal["approve", "return"]


class ResultView(BaseModel):
    """The result for one record: its state and version, or `refused` with the code and sentence of a problem document."""

    model_config = ConfigDict(serialize_by_alias=True)

    record_id: UUID
    result: Literal["approved", "passed", "returned", "refused"]
    state: str | None = None
    version: int | None = None
    code: str | None = None
    detail: str | None = None
    context: dict[str, Any] | None = Field(default=None, serialization_alias="said")

    @classmethod
    def of(cls, record_id: UUID, outcome: Record | Refusal) -> Self:
        """The result for one record."""
        if isinstance(outcome, Refusal):
            detail = outcome.detail or outcome.meaning.title
            return cls(record_id=record_id, result="refused", code=outcome.code, detail=detail, context=outcome.details)
        names: dict[State, Literal["approved", "returned"]] = {State.APPROVED: "approved", State.RETURNED: "returned"}
        result = names.get(outcome.state, "passed")
        return cls(record_id=record_id, result=result, state=outcome.state, version=outcome.version)


class ResultsView(BaseModel):
    """In the order of the request."""

    results: list[ResultView]


@api.post("/records/{record_id}/approval", may=SIGNED_IN, status=200, rules=("JX-04", "JX-06"))
async def approve(request: Request, record_id: UUID) -> RecordView:
    """Pass the current review step; the last one makes the record eligible for publicity."""
    return RecordView.of(
        *await reviews.review(request.deps, request.actor, record_id, request.seen, "approve"), reader=request.actor
    )


@api.post("/records/{record_id}/return", may=SIGNED_IN, status=200, rules=("JX-04",))
async def send_back(request: Request, record_id: UUID, why: ReturnIn) -> RecordView:
    """Return a record with a reason of the scheme's list; its author may change and submit it again."""
    return RecordView.of(
        *await reviews.review(request.deps, request.actor, record_id, request.seen, "return", why.reason), reader=request.actor
    )


@api.post("/reviews", may=SIGNED_IN, status=200, rules=("JX-04", "JX-18"))
async def review_many(request: Request, verdicts: ReviewsIn) -> ResultsView:
    """Approve or return up to 200 records in one transaction; each is decided on its own."""
    results = await reviews.review_many(
        request.deps, request.actor, verdicts.record_ids, verdicts.versions, verdicts.action, verdicts.reason
    )
    return ResultsView(results=[ResultView.of(*result) for result in results.items()])
