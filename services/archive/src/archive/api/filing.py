"""Printed confirmations and their signatures, the summary, and how far schools are (SH-11)."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.files import ADDRESS_SECONDS, Accepted, Offer, OfferView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import confirmations
from archive.actions import filing as actions
from archive.actions.confirmations import SlipChange
from archive.api.body import Sent
from archive.api.verdicts import READERS
from archive.views import AddressView
from archive.views.verdicts import (
    FilingRow,
    FilingView,
    SlipOutcomes,
    SlipOutcomeView,
    SlipsDownload,
    SummaryDownload,
    confirmation_view,
    filing_row,
    filing_view,
)

api = Api("filing")
RULES = ("SH-11",)
KEEPERS = may("take_archives")
"""Who prints confirmations and records signatures; in which window, the scheme says."""
OFFICE = may("preview_archives", "correct_archives")
"""Who oversees schools."""
_PATH: TypeAdapter[str] = TypeAdapter(OrgPath)


class SlipOrder(Sent):
    """The confirmations of a class, or of one of its students."""

    path: OrgPath
    student_id: UUID | None = None


class Change(Sent):
    """What happened to the slip of a student, or to the one with this code. `reason`: of an excuse or a withdrawal;
    `file_id`: the scanned page."""

    action: Literal["sign", "excuse", "undo", "withdraw"]
    student_id: UUID | None = None
    code: Annotated[str | None, Field(max_length=60)] = None
    reason: str = Field(default="", max_length=1_000)
    file_id: UUID | None = None


class Changes(Sent):
    """What happened to several slips."""

    changes: list[Change] = Field(min_length=1, max_length=100)


class SignedSummary(Sent):
    """The signed and stamped summary, and which version it is."""

    version: int = Field(ge=1)
    file_id: UUID


@api.get("/filings", may=OFFICE, rules=RULES)
async def list_filings(
    request: Request,
    path: OrgPath | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[FilingRow]:
    """How far the schools of an organisation are with verdicts, signatures and summaries, in the order of their paths."""
    key = unpack(cursor, 1)
    try:
        after = None if key is None else _PATH.validate_python(key[0])
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    found = await actions.page(request.deps, request.actor, path, after, limit + 1)
    items = [filing_row(one) for one in found[:limit]]
    return Page(items=items, next=pack(items[-1].path) if len(found) > limit else None)


@api.get("/terms/{term_id}/filing", may=may("oversee"), rules=RULES)
async def read_filing(request: Request, term_id: UUID) -> FilingView:
    """How far a school is, class by class, or a class teacher's own class; and what this card may do now."""
    return filing_view(await actions.read(request.deps, request.actor, term_id), request.actor, request.deps.now())


@api.post("/terms/{term_id}/confirmations", may=KEEPERS, rules=(*RULES, "L-19"), status=200, secret=True)
async def print_confirmations(request: Request, term_id: UUID, order: SlipOrder) -> SlipsDownload:
    """Print the confirmations of a class by a one-time address; from then on their verdicts stand. Who has one gets the same
    again."""
    made = await confirmations.print_slips(request.deps, request.actor, term_id, order.path, order.student_id)
    view = await request.deps.downloads.of_bytes(request, made.name, "application/pdf", made.pdf)
    return SlipsDownload(**dict(view), slips=made.slips, waiting=made.waiting)


@api.post("/terms/{term_id}/confirmations/changes", may=KEEPERS, status=200, rules=RULES)
async def record_confirmations(request: Request, term_id: UUID, sent: Changes) -> SlipOutcomes:
    """Record which confirmations came back signed and why others do not, or withdraw them; the answer says how each went."""
    changes = [SlipChange(c.action, c.student_id, c.code, c.reason, c.file_id) for c in sent.changes]
    results = await confirmations.record(request.deps, request.actor, term_id, changes)
    return SlipOutcomes(
        results=[
            SlipOutcomeView(
                student_id=one.student_id,
                student_name=one.student_name,
                ok=one.refusal is None,
                confirmation=confirmation_view(one.slip),
                code=one.refusal.code if one.refusal else None,
                detail=(one.refusal.detail or one.refusal.meaning.title) if one.refusal else None,
                help=one.refusal.details.get("help") if one.refusal else None,
            )
            for one in results
        ]
    )


@api.get("/terms/{term_id}/confirmations/{student_id}/scan", may=READERS, rules=RULES)
async def address_of_scan(request: Request, term_id: UUID, student_id: UUID) -> AddressView:
    """A short-lived address of the scanned page of a confirmation."""
    found = await confirmations.find_scan(request.deps, request.actor, term_id, student_id)
    return AddressView(url=request.deps.storage.address(found), name=found.name, seconds=ADDRESS_SECONDS)


@api.post("/terms/{term_id}/summary", may=may("judge"), rules=(*RULES, "L-19"), status=200, secret=True)
async def print_summary(request: Request, term_id: UUID) -> SummaryDownload:
    """The summary of all verdicts and signatures, to be signed and stamped, by a one-time address."""
    made = await actions.print_summary(request.deps, request.actor, term_id)
    view = await request.deps.downloads.of_bytes(request, made.name, "application/pdf", made.pdf)
    return SummaryDownload(**dict(view), version=made.summary.version, sha256=made.summary.sha256)


@api.post("/terms/{term_id}/summary/upload", may=may("judge"), status=200, rules=RULES)
async def upload_summary(request: Request, term_id: UUID, signed: SignedSummary) -> FilingView:
    """Attach the signed and stamped summary; refused where anything changed since it was printed."""
    filing = await actions.upload(request.deps, request.actor, term_id, signed.version, signed.file_id)
    return filing_view(filing, request.actor, request.deps.now())


@api.get("/terms/{term_id}/summary/file", may=OFFICE, rules=RULES)
async def address_of_summary(request: Request, term_id: UUID) -> AddressView:
    """A short-lived address of the signed summary that was uploaded last."""
    found = await actions.find_upload(request.deps, request.actor, term_id)
    return AddressView(url=request.deps.storage.address(found), name=found.name, seconds=ADDRESS_SECONDS)


@api.post(
    "/terms/{term_id}/summary/file/address",
    may=OFFICE,
    status=200,
    secret=True,
    rules=(*RULES, "L-19"),
)
async def offer_summary_download(request: Request, term_id: UUID) -> DownloadView:
    """The same by a one-time address that needs no header."""
    found = await actions.find_upload(request.deps, request.actor, term_id)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.post("/filing-files", may=KEEPERS, rules=RULES)
async def offer_filing_file(request: Request, offer: Offer) -> OfferView:
    """A place for a scanned confirmation or the signed summary."""
    offered: OfferView = await request.deps.files.offer(request.actor.account_id, offer)
    return offered


@api.post("/filing-files/{file_id}/completion", may=KEEPERS, status=200, rules=RULES)
async def complete_filing_file(request: Request, file_id: UUID) -> Accepted:
    """Check what was uploaded."""
    accepted: Accepted = await request.deps.files.accept(request.actor.account_id, file_id)
    return accepted
