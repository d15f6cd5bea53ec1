"""Cases: file, list, read, act (JX-08, JX-09, JX-10, X-08)."""

from datetime import date
from typing import Annotated, Literal
from uuid import UUID

from pydantic import BaseModel, ConfigDict, Field
from servicekit.auth import SIGNED_IN
from servicekit.downloads import DownloadView
from servicekit.files import Accepted, Offer, OfferView, PagesView, PictureView, Width, pages_view, picture_view
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import cases
from publicity.adapters.complainants import Complainant
from publicity.domain.cases import HIDDEN_BEFORE, ActionInput
from publicity.views import AddressView, ResultView
from publicity.views.cases import CaseClassView, CaseDetailView, CaseView, called, case_view, detail_view, result_view

api = Api("cases")

Text = Annotated[str, Field(max_length=2000, pattern=r"^[^\x00]*$")]


class Sent(BaseModel):
    """Base of request bodies; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid")


class MissingEntry(Sent):
    """What is missing in a student's report (SH-08)."""

    term_id: UUID
    student_id: UUID
    kind: str = Field(max_length=60)


class NewCase(Sent):
    """What somebody objects to: an entry, that one is missing in a report, or a published result. `case_type` where the scheme
    has several; `complaint_type` from its list."""

    entry_id: UUID | None = None
    missing: MissingEntry | None = None
    result_id: UUID | None = None
    case_type: str | None = Field(default=None, max_length=60)
    complaint_type: str | None = Field(default=None, max_length=60)
    text: Text = ""
    files: list[UUID] = Field(default=[], max_length=20)


class CaseAction(Sent):
    """One action of the present stage, with what it needs."""

    action: str = Field(max_length=60)
    reason_code: str | None = Field(default=None, max_length=60)
    text: Text | None = None
    files: list[UUID] = Field(default=[], max_length=20)
    grades: dict[Annotated[str, Field(max_length=60)], Annotated[str, Field(max_length=10)]] | None = Field(
        default=None, min_length=1, max_length=30
    )
    """Of a case about a result: the new band of each dimension that is corrected."""


class ManyActions(Sent):
    """The same action on many cases (JX-10)."""

    case_ids: list[UUID] = Field(min_length=1, max_length=200)
    action: str = Field(max_length=60)
    reason_code: str | None = Field(default=None, max_length=60)
    text: Text | None = None


class Unsealing(Sent):
    """Why somebody has to know who complained. Null only where the scheme names the complainant to those who decide (CS-10)."""

    reason: str | None = Field(default=None, min_length=5, max_length=500, pattern=r"^[^\x00]*$")


class CasePage(Page[CaseView]):
    """One page of cases."""

    hidden_before: str | None = None
    """Chinese; set where the account may have come into other hands: what became of its earlier complaints (L-17)."""
    classes: list[CaseClassView] = Field(default=[])
    """On the first page for staff: the classes of all these cases, whatever `path` is, to choose one."""


class Results(BaseModel):
    """How each went."""

    results: list[ResultView]


@api.post("/case-files", may=SIGNED_IN, rules=("JX-08",), unlinked=True)
async def offer_file(request: Request, offer: Offer) -> OfferView:
    """A form for uploading a file of a case."""
    offered: OfferView = await request.deps.files.offer(request.deps.pseudonymous(request.actor.account_id), offer)
    return offered


@api.post("/case-files/{file_id}/completion", may=SIGNED_IN, rules=("JX-08",), status=200, unlinked=True)
async def complete_file(request: Request, file_id: UUID) -> Accepted:
    """The file was sent; it is checked now."""
    return await cases.complete_file(request.deps, request.actor, file_id)


@api.get("/case-files/{file_id}/address", may=SIGNED_IN, rules=("X-08",))
async def address_file(request: Request, file_id: UUID, preview: bool = False) -> AddressView:
    """Where a case's file (`preview`: its small picture) can be fetched for 45 seconds, for its parties."""
    found = await cases.find_file(request.deps, request.actor, file_id, preview)
    return AddressView(url=request.deps.storage.address(found))


@api.post("/case-files/{file_id}/address", may=SIGNED_IN, status=200, secret=True, rules=("X-08", "L-19"))
async def offer_file_download(request: Request, file_id: UUID) -> DownloadView:
    """A case's file by a one-time address that needs no header, for its parties. Nothing stored tells who asked (X-08)."""
    view: DownloadView = request.deps.downloads.of_object(request, await cases.find_file(request.deps, request.actor, file_id))
    return view


@api.get("/case-files/{file_id}/pages", may=SIGNED_IN, rules=("X-08",))
async def show_file_pages(request: Request, file_id: UUID) -> PagesView:
    """How many pages a case's file has, if it is a PDF, and their sizes."""
    found = await cases.find_file(request.deps, request.actor, file_id)
    return await pages_view(request.deps.files.pages, found)


@api.get("/case-files/{file_id}/pages/{page}", may=SIGNED_IN, rules=("X-08",))
async def show_file_page(request: Request, file_id: UUID, page: int, width: Width = 800) -> PictureView:
    """The address of a picture of one page."""
    found = await cases.find_file(request.deps, request.actor, file_id)
    return await picture_view(request.deps.files.pages, found, page, width)


@api.post("/cases", may=SIGNED_IN, rules=("JX-08", "X-08"), unlinked=True)
async def complain(request: Request, new: NewCase) -> CaseView:
    """Object to what is published, while the board is open; who complains stays sealed."""
    files = tuple(dict.fromkeys(new.files))
    missing = cases.Missing(**new.missing.model_dump()) if new.missing else None
    result = cases.PublishedResultId(new.result_id) if new.result_id else None
    about = new.entry_id or missing or result
    if about is None:
        raise Refusal("invalid_input", errors=[{"field": "entry_id", "message": "请选择一条记录或一个结果，或说明缺少什么"}])
    complaint = cases.Complaint(about, new.case_type, new.complaint_type, new.text, files)
    case, term = await cases.complain(request.deps, request.actor, complaint)
    return case_view(case, term, request.deps.complainants.person(request.actor))


@api.get("/cases", may=SIGNED_IN, rules=("JX-10",))
async def list_cases(
    request: Request,
    term_id: UUID | None = None,
    state: Literal["open", "closed"] | None = None,
    stage: str | None = None,
    mine: bool = False,
    waiting: bool | None = None,
    overdue: bool | None = None,
    path: str | None = None,
    cursor: str | None = None,
    limit: Annotated[int, Field(ge=1, le=200)] = LIMIT,
) -> CasePage:
    """Cases, newest day first: what waits for me (`waiting`; staff's default), my complaints (`mine`), or all I see; `path`: of
    this class, grade or school only."""
    actor = request.actor
    unfiltered = state is None and stage is None and overdue is None and not mine
    pending = waiting if waiting is not None else actor.is_staff and unfiltered
    listed = await cases.listed(
        request.deps, actor, path=path, after=_after(cursor), limit=limit + 1,
        term_id=term_id, closed=None if state is None else state == "closed", stage=stage, mine=mine, waiting=pending,
        overdue=overdue,
    )  # fmt: skip
    by = request.deps.complainants.person(actor)
    found = listed.cases
    items = [
        case_view(case, listed.terms[case.term_id], by, called(listed.titles.get(case.path), actor)) for case in found[:limit]
    ]
    classes = [CaseClassView(path=one.path, title=called(one, actor) or "", cases=one.cases) for one in listed.classes]
    last = found[limit - 1] if len(found) > limit else None
    hidden = HIDDEN_BEFORE if actor.held_since is not None and (mine or not actor.is_staff) else None
    return CasePage(items=items, next=pack(last.opened_on, last.id) if last else None, hidden_before=hidden, classes=classes)


def _after(cursor: str | None) -> tuple[date, UUID] | None:
    key = unpack(cursor, 2)
    try:
        return None if key is None else (date.fromisoformat(key[0]), UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/cases/{case_id}", may=SIGNED_IN, rules=("JX-09", "X-08"))
async def show_case(request: Request, case_id: UUID) -> CaseDetailView:
    """A case with its history, for its parties and those who act on it."""
    return detail_view(await cases.read_case(request.deps, request.actor, case_id), request.deps.now())


@api.post("/cases/{case_id}/complainant", may=SIGNED_IN, rules=("X-08",), status=200, secret=True)
async def unseal(request: Request, case_id: UUID, unsealing: Unsealing) -> Complainant:
    """Who complained, for the roles that the scheme names, with a reason. It is logged, and the complainant is notified."""
    reason = unsealing.reason.strip() if unsealing.reason is not None else None
    return await cases.unseal_complainant(request.deps, request.actor, case_id, reason)


@api.post("/cases/{case_id}/actions", may=SIGNED_IN, rules=("JX-09",), status=200, unlinked=True)
async def act(request: Request, case_id: UUID, action: CaseAction) -> CaseView:
    """Take an action at the present stage. `If-Match` is honoured where it is sent."""
    action_input = ActionInput(action.action, action.reason_code, action.text, grades=action.grades)
    files = list(dict.fromkeys(action.files))
    case, term = await cases.act(request.deps, request.actor, case_id, action_input, files, request.seen)
    return case_view(case, term, request.deps.complainants.person(request.actor))


@api.post("/case-actions", may=SIGNED_IN, rules=("JX-10",), status=200, unlinked=True)
async def act_on_many(request: Request, many: ManyActions) -> Results:
    """The same action on many cases; the answer says how each went."""
    action_input = ActionInput(many.action, many.reason_code, many.text)
    results = await cases.act_on_many(request.deps, request.actor, many.case_ids, action_input)
    return Results(results=[result_view(result) for result in results])
