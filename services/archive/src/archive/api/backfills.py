"""Backfilling the terms of a student from another province: the school administrator only (JX-15)."""

from datetime import date
from typing import Annotated, Any
from uuid import UUID

from pydantic import Field
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.files import (
    ADDRESS_SECONDS,
    Accepted,
    Offer,
    OfferView,
    PagesView,
    PictureView,
    Width,
    pages_view,
    picture_view,
)
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from archive.actions import backfill_sealing
from archive.actions import backfills as actions
from archive.api.body import Sent
from archive.domain.backfill import BackfilledEvaluation
from archive.views import AddressView
from archive.views.backfills import BackfillRow, BackfillView

api = Api("backfills")
SCHOOL = may("backfill")
RULES = ("JX-15",)
Line = Annotated[str, Field(min_length=1, max_length=60, pattern=r"^[^\x00-\x1f]*\S[^\x00-\x1f]*$")]
Form = Annotated[dict[str, Any], Field(max_length=60)]


class NewBackfill(Sent):
    """Which term of which student, and where it was spent. Without dates the school year's usual ones hold."""

    student_id: UUID
    school_year: Annotated[str, Field(pattern=r"^20\d\d-20\d\d$")]
    number: Annotated[int, Field(ge=1, le=3)]
    from_province: Line
    from_school: Line
    transferred_on: date
    starts_on: date | None = None
    ends_on: date | None = None


class SaidElsewhere(Sent):
    """A comment as it was written elsewhere; `author`: who wrote it."""

    type: Annotated[str, Field(max_length=60)]
    text: Annotated[str, Field(max_length=10_000)]
    author: Annotated[str, Field(max_length=40, pattern=r"^[^\x00-\x1f]*$")] = ""


class Filling(Sent):
    """What is written by hand; a part that is not named stays as it is."""

    profile: Form | None = None
    positions: Annotated[list[Form], Field(max_length=20)] | None = None
    evaluations: Annotated[list[SaidElsewhere], Field(max_length=20)] | None = None


class NewRecord(Sent):
    """One record, filed under its kind; `evidence`: ids of checked files."""

    kind: Annotated[str, Field(max_length=60)]
    data: Form
    evidence: Annotated[list[UUID], Field(max_length=50)] = Field(default_factory=list)


class BackfillOrder(Sent):
    """`without_missing`: go on though required things are missing; it is printed on the archive.
    `with_unprintable`: go on though the name has characters that cannot be printed."""

    without_missing: bool = False
    with_unprintable: bool = False


@api.post("/backfills", may=SCHOOL, rules=RULES)
async def begin_backfill(request: Request, new: NewBackfill) -> BackfillView:
    """Begin: profile and positions fill themselves in, and the answer says what is missing."""
    origin = new.model_dump(exclude={"student_id", "school_year", "number"}, exclude_none=True)
    detail = await actions.begin(request.deps, request.actor, new.student_id, new.school_year, new.number, origin)
    return BackfillView.of_detail(detail)


@api.get("/backfills", may=SCHOOL, rules=RULES)
async def list_backfills(
    request: Request,
    student_id: UUID | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[BackfillRow]:
    """The backfills in one's organisation, newest first."""
    found = await actions.page(request.deps, request.actor, student_id, unpack_id(cursor), limit + 1)
    more = len(found) > limit
    return Page(items=[BackfillRow.of(one) for one in found[:limit]], next=pack(found[limit - 1].id) if more else None)


@api.get("/backfills/{backfill_id}", may=SCHOOL, rules=RULES)
async def read_backfill(request: Request, backfill_id: UUID) -> BackfillView:
    """One backfill, with what is missing."""
    return BackfillView.of_detail(await actions.read(request.deps, request.actor, backfill_id))


@api.put("/backfills/{backfill_id}", may=SCHOOL, rules=RULES)
async def fill_backfill(request: Request, backfill_id: UUID, filling: Filling) -> BackfillView:
    """Write what did not fill itself in; comments are optional. Takes `If-Match`."""
    written = filling.evaluations
    evaluations = None if written is None else [BackfilledEvaluation(e.type, e.text, e.author) for e in written]
    detail = await actions.fill(
        request.deps, request.actor, backfill_id, request.version, filling.profile, filling.positions, evaluations
    )
    return BackfillView.of_detail(detail)


@api.delete("/backfills/{backfill_id}", may=SCHOOL, rules=RULES)
async def give_up_backfill(request: Request, backfill_id: UUID) -> None:
    """Give it up while it is not sealed. Takes `If-Match`."""
    await actions.give_up(request.deps, request.actor, backfill_id, request.version)


@api.post("/backfills/{backfill_id}/records", may=SCHOOL, rules=RULES)
async def add_backfilled_record(request: Request, backfill_id: UUID, record: NewRecord) -> BackfillView:
    """“+”: add a record, checked by its kind's form, with evidence where the kind wants it."""
    files = list(dict.fromkeys(record.evidence))
    detail = await actions.add_record(request.deps, request.actor, backfill_id, record.kind, record.data, files)
    return BackfillView.of_detail(detail)


@api.delete("/backfills/{backfill_id}/records/{record_id}", may=SCHOOL, status=200, rules=RULES)
async def remove_backfilled_record(request: Request, backfill_id: UUID, record_id: UUID) -> BackfillView:
    """Take a record out again."""
    return BackfillView.of_detail(await actions.remove_record(request.deps, request.actor, backfill_id, record_id))


@api.post("/backfills/{backfill_id}/seal", may=SCHOOL, status=202, rules=RULES)
async def seal_backfill(request: Request, backfill_id: UUID, order: BackfillOrder) -> BackfillView:
    """Make it a sealed term archive, marked as backfilled. `If-Match` where given."""
    return BackfillView.of_detail(
        await backfill_sealing.seal(
            request.deps, request.actor, backfill_id, request.seen, order.without_missing, order.with_unprintable
        )
    )


@api.post("/backfill-files", may=SCHOOL, rules=RULES)
async def offer_backfill_file(request: Request, offer: Offer) -> OfferView:
    """A place for a file that proves a record."""
    offered: OfferView = await request.deps.files.offer(request.actor.account_id, offer)
    return offered


@api.post("/backfill-files/{file_id}/completion", may=SCHOOL, status=200, rules=RULES)
async def complete_backfill_file(request: Request, file_id: UUID) -> Accepted:
    """Check what was uploaded."""
    accepted: Accepted = await request.deps.files.accept(request.actor.account_id, file_id)
    return accepted


@api.get("/backfills/{backfill_id}/evidence/{evidence_id}/address", may=SCHOOL, rules=RULES)
async def address_of_backfill_file(
    request: Request, backfill_id: UUID, evidence_id: UUID, preview: bool = False, original: bool = False
) -> AddressView:
    """A short-lived address of a file of this backfill; `preview`: its small picture; `original`: the upload itself, if that
    is signed or sealed."""
    found = await actions.find_evidence(
        request.deps, request.actor, backfill_id, evidence_id, preview=preview, original=original
    )
    return AddressView(url=request.deps.storage.address(found), name=found.name, seconds=ADDRESS_SECONDS)


@api.post(
    "/backfills/{backfill_id}/evidence/{evidence_id}/address", may=SCHOOL, status=200, secret=True, rules=(*RULES, "L-19")
)
async def offer_backfill_download(
    request: Request, backfill_id: UUID, evidence_id: UUID, original: bool = False
) -> DownloadView:
    """The same file by a one-time address that needs no header."""
    found = await actions.find_evidence(request.deps, request.actor, backfill_id, evidence_id, original=original)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/backfills/{backfill_id}/evidence/{evidence_id}/pages", may=SCHOOL, rules=RULES)
async def show_backfill_pages(request: Request, backfill_id: UUID, evidence_id: UUID) -> PagesView:
    """How many pages the file has, if it is a PDF, and their sizes."""
    found = await actions.find_evidence(request.deps, request.actor, backfill_id, evidence_id)
    return await pages_view(request.deps.files.pages, found)


@api.get("/backfills/{backfill_id}/evidence/{evidence_id}/pages/{page}", may=SCHOOL, rules=RULES)
async def show_backfill_page(
    request: Request, backfill_id: UUID, evidence_id: UUID, page: int, width: Width = 800
) -> PictureView:
    """The address of a picture of one page."""
    found = await actions.find_evidence(request.deps, request.actor, backfill_id, evidence_id)
    return await picture_view(request.deps.files.pages, found, page, width)
