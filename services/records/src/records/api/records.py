"""Writing records: report, change, submit, withdraw, amend, void, release (JX-03, JX-04, JX-09, JX-14)."""

from datetime import date
from typing import Annotated, TypedDict
from uuid import UUID

from pydantic import ConfigDict, Field, StringConstraints
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from records.actions import amendments, misconduct_release, overview, writing
from records.api.body import Body
from records.domain.record import RecordContent, Visibility
from records.views.kinds import WritableKindsView
from records.views.records import RecordView

api = Api("records")


class OutcomeIn(TypedDict):
    """A result in words in the place of a number (L-12): the id of one of the field's outcomes."""

    __pydantic_config__ = ConfigDict(extra="forbid")  # type: ignore[misc]

    outcome: Annotated[str, Field(max_length=60)]


type Value = str | int | float | bool | OutcomeIn | None
Title = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=100)]
Reason = Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=300)]


class RecordContentIn(Body):
    """The content of a form: values by field id, evidence by file id. Without a title, it is made from the data.

    `visibility`: who else sees the record; without it, private, or for a new record the scheme's default.
    """

    __qualname__ = "ContentIn"  # the name of the component in the OpenAPI document
    model_config = ConfigDict(model_title_generator=lambda cls: cls.__qualname__)

    title: Title | None = None
    data: dict[Annotated[str, Field(max_length=60)], Value] = Field(max_length=60)
    evidence: list[UUID] = Field(default=[], max_length=50)
    visibility: Visibility | None = None

    @property
    def content(self) -> RecordContent[UUID]:
        """The content for the use cases."""
        return RecordContent(self.title, self.data, tuple(self.evidence), self.visibility)


class RecordIn(RecordContentIn):
    """A new record; `submit`: submit it at once. Staff name the student."""

    term_id: UUID
    kind: str = Field(max_length=60)
    student_id: UUID | None = None
    submit: bool = False


class CategoryIn(Body):
    """The kind that the record belongs to from now on; null: a growth record without a kind."""

    kind: str | None = Field(max_length=60)


class VoidIn(Body):
    """Why the record does not count any more."""

    reason: Reason


class ReleaseIn(Body):
    """When and why misconduct is released; the scheme limits the length of the reason."""

    released_on: date
    reason: str = Field(max_length=2000)


@api.get("/terms/{term_id}/kinds", may=SIGNED_IN, rules=("JX-03", "SH-04", "X-02"))
async def show_writable_kinds(request: Request, term_id: UUID, student_id: UUID | None = None) -> WritableKindsView:
    """What this card may enter now, until when, and how many more; staff name the student."""
    found = await writing.writable_kinds(request.deps, request.actor, term_id, student_id)
    return WritableKindsView.of(found, found.term.role_of(request.actor))


@api.post("/records", may=SIGNED_IN, rules=("JX-03",))
async def report(request: Request, record: RecordIn) -> RecordView:
    """Create a draft, or submit the record at once, in the kind's window and with its evidence."""
    made = writing.report(
        request.deps, request.actor, record.term_id, record.kind, record.student_id, record.content, record.submit
    )
    return RecordView.of(*await made, reader=request.actor)


@api.get("/records/{record_id}", may=SIGNED_IN, rules=("JX-04", "JX-18"))
async def show_record(request: Request, record_id: UUID) -> RecordView:
    """One record with its history."""
    return RecordView.of(*await overview.detail(request.deps, request.actor, record_id), reader=request.actor)


@api.put("/records/{record_id}", may=SIGNED_IN, rules=("JX-04",))
async def mend(request: Request, record_id: UUID, content: RecordContentIn) -> RecordView:
    """Change a draft or a returned record (`If-Match`)."""
    return RecordView.of(
        *await writing.mend(request.deps, request.actor, record_id, request.version, content.content), reader=request.actor
    )


@api.delete("/records/{record_id}", may=SIGNED_IN, rules=("CS-04",))
async def throw_away(request: Request, record_id: UUID) -> None:
    """Delete a draft."""
    await writing.delete_draft(request.deps, request.actor, record_id, request.seen)


@api.put("/records/{record_id}/category", may=SIGNED_IN, rules=("CS-04", "CS-05"))
async def categorise(request: Request, record_id: UUID, to: CategoryIn) -> RecordView:
    """Change the kind of a draft or a returned record; values of fields with the same id and type stay."""
    return RecordView.of(
        *await writing.categorise(request.deps, request.actor, record_id, request.seen, to.kind), reader=request.actor
    )


@api.post("/records/{record_id}/submission", may=SIGNED_IN, status=200, rules=("JX-03", "JX-04"))
async def submit(request: Request, record_id: UUID) -> RecordView:
    """Submit a draft, or a returned record again."""
    return RecordView.of(*await writing.submit(request.deps, request.actor, record_id, request.seen), reader=request.actor)


@api.put("/records/{record_id}/revision", may=SIGNED_IN, rules=("SH-06",))
async def revise(request: Request, record_id: UUID, content: RecordContentIn) -> RecordView:
    """Hand in an approved record again with other content (`If-Match`), where its review allows that."""
    return RecordView.of(
        *await writing.revise(request.deps, request.actor, record_id, request.version, content.content), reader=request.actor
    )


@api.post("/records/{record_id}/withdrawal", may=SIGNED_IN, status=200, rules=("JX-04",))
async def withdraw(request: Request, record_id: UUID) -> RecordView:
    """Make a submitted record a draft again, before anybody reviewed it."""
    return RecordView.of(*await writing.withdraw(request.deps, request.actor, record_id, request.seen), reader=request.actor)


@api.put("/records/{record_id}/amendment", may=SIGNED_IN, rules=("JX-09",))
async def amend(request: Request, record_id: UUID, content: RecordContentIn) -> RecordView:
    """Change an approved record while a case asks for it (`If-Match`)."""
    return RecordView.of(
        *await amendments.amend(request.deps, request.actor, record_id, request.version, content.content), reader=request.actor
    )


@api.post("/missing-records/{record_id}", may=SIGNED_IN, rules=("SH-08", "SH-10"))
async def enter_missing(request: Request, record_id: UUID, content: RecordContentIn) -> RecordView:
    """Enter what a case found missing in a report, under the id that the case names."""
    return RecordView.of(
        *await amendments.enter_missing(request.deps, request.actor, record_id, content.content), reader=request.actor
    )


@api.post("/records/{record_id}/void", may=may("void_records"), status=200, rules=("JX-09",))
async def void(request: Request, record_id: UUID, why: VoidIn) -> RecordView:
    """Take a record out of the evaluation, with a reason."""
    return RecordView.of(
        *await amendments.void(request.deps, request.actor, record_id, request.seen, why.reason), reader=request.actor
    )


@api.post("/records/{record_id}/release", may=may("release_records"), status=200, rules=("JX-14",))
async def release(request: Request, record_id: UUID, how: ReleaseIn) -> RecordView:
    """Release a misconduct record for ever, while the student has no career archive."""
    done = misconduct_release.release_misconduct(
        request.deps, request.actor, record_id, request.seen, how.released_on, how.reason
    )
    return RecordView.of(*await done, reader=request.actor)
