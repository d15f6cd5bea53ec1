"""Changes of enrolment: applications, approved on both sides with the evaluation data (BJ-04)."""

from typing import Annotated
from uuid import UUID

from pydantic import StringConstraints
from servicekit.auth import may
from servicekit.downloads import DownloadView
from servicekit.files import Accepted, Offer, OfferView, PagesView, PictureView, Width, pages_view, picture_view
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack

from identity.actions import enrolment_applications as actions
from identity.actions.enrolment_applications import ApplicationInput
from identity.api.claims import before_of
from identity.views.enrolments import (
    EnrolmentApplication,
    EnrolmentApplicationDetailView,
    EnrolmentApplicationView,
    EnrolmentApproval,
    EvidenceAddress,
    NamedSchoolView,
)
from identity.views.requests import Reason

api = Api("identity")
RULES = ("BJ-04",)


@api.get("/enrolment-applications", may=may("move_students", "act_for_student"), rules=RULES)
async def list_applications(
    request: Request, under_way: bool | None = None, cursor: str | None = None
) -> Page[EnrolmentApplicationView]:
    """For staff: applications from and to their schools, newest first. Families: those about the student."""
    found = await actions.listed(request.deps, request.actor, under_way, before_of(cursor), LIMIT + 1)
    items = [EnrolmentApplicationView.of(application) for application in found[:LIMIT]]
    return Page(items=items, next=pack(str(items[-1].id)) if len(found) > LIMIT else None)


@api.get("/enrolment-applications/{application_id}", may=may("move_students", "act_for_student"), rules=RULES)
async def get_application(request: Request, application_id: UUID) -> EnrolmentApplicationDetailView:
    """One application: its approvals, its history, and the statement of the evaluation data for those who may see it."""
    return EnrolmentApplicationDetailView.of_detail(await actions.get(request.deps, request.actor, application_id))


@api.post("/enrolment-files", may=may("move_students"), rules=RULES)
async def offer_enrolment_file(request: Request, offer: Offer) -> OfferView:
    """A presigned form for uploading one image or PDF that proves an application."""
    offered: OfferView = await request.deps.enrolment_files.offer(request.actor.account_id, offer)
    return offered


@api.post("/enrolment-files/{file_id}/completion", may=may("move_students"), status=200, rules=(*RULES, "L-15", "L-16"))
async def complete_enrolment_file(request: Request, file_id: UUID) -> Accepted:
    """Check the uploaded file by its content; what is stored is its clean copy, without metadata."""
    accepted: Accepted = await request.deps.enrolment_files.accept(request.actor.account_id, file_id)
    return accepted


@api.get("/enrolment-applications/{application_id}/files/{file_id}/address", may=may("move_students"), rules=RULES)
async def show_enrolment_file(request: Request, application_id: UUID, file_id: UUID, preview: bool = False) -> EvidenceAddress:
    """The clean copy of a file that proves an application, for those who approve it; `preview`: its small picture."""
    found = await actions.find_evidence(request.deps, request.actor, application_id, file_id, preview=preview)
    return EvidenceAddress(url=request.deps.storage.address(found))


@api.post(
    "/enrolment-applications/{application_id}/files/{file_id}/address",
    may=may("move_students"),
    status=200,
    secret=True,
    rules=(*RULES, "L-19"),
)
async def offer_enrolment_file_download(request: Request, application_id: UUID, file_id: UUID) -> DownloadView:
    """The same file by a one-time address that needs no header, for programs that cannot send one (WebViews)."""
    found = await actions.find_evidence(request.deps, request.actor, application_id, file_id)
    view: DownloadView = request.deps.downloads.of_object(request, found)
    return view


@api.get("/enrolment-applications/{application_id}/files/{file_id}/pages", may=may("move_students"), rules=RULES)
async def show_enrolment_pages(request: Request, application_id: UUID, file_id: UUID) -> PagesView:
    """How many pages the file has, if it is a PDF, and their sizes."""
    found = await actions.find_evidence(request.deps, request.actor, application_id, file_id)
    return await pages_view(request.deps.enrolment_files.pages, found)


@api.get("/enrolment-applications/{application_id}/files/{file_id}/pages/{page}", may=may("move_students"), rules=RULES)
async def show_enrolment_page(
    request: Request, application_id: UUID, file_id: UUID, page: int, width: Width = 800
) -> PictureView:
    """The address of a picture of one page."""
    found = await actions.find_evidence(request.deps, request.actor, application_id, file_id)
    return await picture_view(request.deps.enrolment_files.pages, found, page, width)


@api.get("/schools-to-receive", may=may("move_students"), rules=RULES)
async def find_schools(
    request: Request, q: Annotated[str, StringConstraints(strip_whitespace=True, min_length=2, max_length=60)]
) -> Page[NamedSchoolView]:
    """Schools with these words in their title, at most twenty."""
    found = await actions.schools_named(request.deps, q)
    return Page(items=[NamedSchoolView.of(school) for school in found])


@api.post("/enrolment-applications", may=may("move_students"), rules=RULES)
async def apply(request: Request, sent: EnrolmentApplication) -> EnrolmentApplicationDetailView:
    """Apply for a change of an own student, or to receive one of another school: for schools."""
    wanted = ApplicationInput(**sent.model_dump(exclude={"files"}), files=tuple(sent.files))
    return EnrolmentApplicationDetailView.of_detail(await actions.apply(request.deps, request.actor, wanted, request.client))


@api.post("/enrolment-applications/{application_id}/approval", may=may("move_students"), rules=RULES, status=200)
async def approve(request: Request, application_id: UUID, sent: EnrolmentApproval) -> EnrolmentApplicationDetailView:
    """Give the approval that is waited for; needs `If-Match`. The last one changes the enrolment, on its day."""
    detail = await actions.approve(
        request.deps, request.actor, application_id, request.version, sent.statement, sent.path, sent.remark, request.client
    )
    return EnrolmentApplicationDetailView.of_detail(detail)


@api.post("/enrolment-applications/{application_id}/rejection", may=may("move_students"), rules=RULES, status=200)
async def reject(request: Request, application_id: UUID, sent: Reason) -> EnrolmentApplicationDetailView:
    """Refuse it for the side that is waited for; needs `If-Match`."""
    detail = await actions.reject(request.deps, request.actor, application_id, request.version, sent.reason, request.client)
    return EnrolmentApplicationDetailView.of_detail(detail)


@api.post("/enrolment-applications/{application_id}/withdrawal", may=may("move_students"), rules=RULES, status=200)
async def withdraw(request: Request, application_id: UUID, sent: Reason) -> EnrolmentApplicationDetailView:
    """Take it back, for the school that applied; needs `If-Match`."""
    detail = await actions.withdraw(request.deps, request.actor, application_id, request.version, sent.reason, request.client)
    return EnrolmentApplicationDetailView.of_detail(detail)


@api.post("/enrolment-applications/{application_id}/statement", may=may("move_students"), rules=RULES, status=200)
async def ask_again(request: Request, application_id: UUID) -> EnrolmentApplicationDetailView:
    """Ask for a newer statement of the evaluation data before it is confirmed."""
    return EnrolmentApplicationDetailView.of_detail(await actions.ask_again(request.deps, request.actor, application_id))
