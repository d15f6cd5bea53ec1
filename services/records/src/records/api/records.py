"""Writing records: report, mend, hand in, take back, amend, and what an administrator ends (JX-03, JX-04, JX-09, JX-14)."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field, StringConstraints
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from records.actions import cases, endings, overview, writing
from records.actions.writing import Written
from records.api.body import Body
from records.views import RecordView

api = Api("records")
type Value = str | int | float | bool | None
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class ContentIn(Body):
    """What a form holds: values by field id, evidence by file id. Without a title, the kind's title field is it.

    `visibility`: who else sees it; without it, a new record begins as the scheme says and another one becomes private.
    """

    title: Title | None = None
    data: dict[Annotated[str, Field(max_length=60)], Value] = Field(max_length=60)
    evidence: list[UUID] = Field(default=[], max_length=50)
    visibility: Literal["private", "class", "school"] | None = None

    def written(self) -> Written:
        """As the use cases want it; a file named twice counts once."""
        return Written(self.title, self.data, list(dict.fromkeys(self.evidence)), self.visibility)


class RecordIn(ContentIn):
    """A new record; `submit` hands it in at once. Staff name the student."""

    term_id: UUID
    kind: str = Field(max_length=60)
    student_id: UUID | None = None
    submit: bool = False


class VoidIn(Body):
    """Why the record counts no longer."""

    reason: Reason


class ReleaseIn(Body):
    """When and why misconduct is released; how long the reason is, the scheme says."""

    released_on: date
    reason: str = Field(max_length=2000)


@api.post("/records", may=SIGNED_IN, rules=("JX-03",))
async def report(request: Request, record: RecordIn) -> RecordView:
    """Report: a draft, or handed in at once, in the kind's window and with its evidence."""
    made = writing.report(
        request.deps, request.actor, record.term_id, record.kind, record.student_id, record.written(), record.submit
    )
    return RecordView.of(*await made)


@api.get("/records/{record_id}", may=SIGNED_IN, rules=("JX-04", "JX-18"))
async def show_record(request: Request, record_id: UUID) -> RecordView:
    """One record with its history."""
    return RecordView.of(*await overview.detail(request.deps, request.actor, record_id))


@api.put("/records/{record_id}", may=SIGNED_IN, rules=("JX-04",))
async def mend(request: Request, record_id: UUID, content: ContentIn) -> RecordView:
    """Mend a draft or a returned record (`If-Match`)."""
    return RecordView.of(*await writing.mend(request.deps, request.actor, record_id, request.version, content.written()))


@api.delete("/records/{record_id}", may=SIGNED_IN, rules=("CS-04",))
async def throw_away(request: Request, record_id: UUID) -> None:
    """Delete a draft."""
    await writing.throw_away(request.deps, request.actor, record_id, request.seen)


@api.post("/records/{record_id}/submission", may=SIGNED_IN, status=200, rules=("JX-03", "JX-04"))
async def submit(request: Request, record_id: UUID) -> RecordView:
    """Hand in a draft or a mended record."""
    return RecordView.of(*await writing.submit(request.deps, request.actor, record_id, request.seen))


@api.post("/records/{record_id}/withdrawal", may=SIGNED_IN, status=200, rules=("JX-04",))
async def withdraw(request: Request, record_id: UUID) -> RecordView:
    """Take a submitted record back to a draft."""
    return RecordView.of(*await writing.withdraw(request.deps, request.actor, record_id, request.seen))


@api.put("/records/{record_id}/amendment", may=SIGNED_IN, rules=("JX-09",))
async def amend(request: Request, record_id: UUID, content: ContentIn) -> RecordView:
    """Mend an approved record while a case asks for it (`If-Match`)."""
    return RecordView.of(*await cases.amend(request.deps, request.actor, record_id, request.version, content.written()))


@api.post("/records/{record_id}/void", may=may("school_administrator"), status=200, rules=("JX-09",))
async def void(request: Request, record_id: UUID, why: VoidIn) -> RecordView:
    """Take a record out of the evaluation, with a reason."""
    return RecordView.of(*await endings.void(request.deps, request.actor, record_id, request.seen, why.reason))


@api.post("/records/{record_id}/release", may=may("school_administrator"), status=200, rules=("JX-14",))
async def release(request: Request, record_id: UUID, how: ReleaseIn) -> RecordView:
    """Release misconduct, for good, while no career archive exists."""
    done = endings.release_misconduct(request.deps, request.actor, record_id, request.seen, how.released_on, how.reason)
    return RecordView.of(*await done)
