"""Signed forms: uploaded, matched, looked at, returned; and how far every level is (NR-03, NR-04)."""

from typing import Annotated, Literal
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field, TypeAdapter
from servicekit.auth import may
from servicekit.files import ADDRESS_SECONDS, Accepted, Offer, OfferView
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import form_counts
from archive.actions import signed_forms as actions
from archive.api.body import Sent
from archive.views import AddressView
from archive.views.signed_forms import CompletionPage, RemindedView, StudentFormView, completion_page, student_view

api = Api("signed forms")
RULES = ("NR-03",)
UPLOADERS = may("help_families", "act_as_guardian")
"""The registrar, the class teacher and the parents; which of them, the scheme says."""
FAMILY_AND_SCHOOL = may("help_families", "act_for_student")
HELPERS = may("help_families")
_PATH: TypeAdapter[str] = TypeAdapter(OrgPath)


class FormUpload(Sent):
    """Photos of one form. `student_id`: for whom (of a parent always the child); staff may leave it to the code in the picture.
    `code`: the upload code as it was typed; `by_eye`: no code can be read, and staff looked whose form it is."""

    file_ids: list[UUID] = Field(min_length=1, max_length=9)
    student_id: UUID | None = None
    code: Annotated[str | None, Field(max_length=40)] = None
    by_eye: bool = False


class ReturnReason(Sent):
    """Why the school cannot use a form."""

    reason: str = Field(min_length=2, max_length=200)


class Reminder(Sent):
    """The class, grade or school whose families are reminded."""

    path: OrgPath


@api.post("/signed-form-files", may=UPLOADERS, rules=RULES)
async def offer_form_photo(request: Request, offer: Offer) -> OfferView:
    """A place for a photo of a signed form."""
    offered: OfferView = await request.deps.files.offer(request.actor.account_id, offer)
    return offered


@api.post("/signed-form-files/{file_id}/completion", may=UPLOADERS, status=200, rules=RULES)
async def complete_form_photo(request: Request, file_id: UUID) -> Accepted:
    """Check what was uploaded."""
    accepted: Accepted = await request.deps.files.accept(request.actor.account_id, file_id)
    return accepted


@api.post("/terms/{term_id}/signed-forms", may=UPLOADERS, rules=RULES)
async def file_signed_form(request: Request, term_id: UUID, sent: FormUpload) -> StudentFormView:
    """File the photos of one form with the student whose upload code they show."""
    upload = actions.Upload(sent.file_ids, sent.student_id, sent.code, sent.by_eye)
    return student_view(await actions.file_form(request.deps, request.actor, term_id, upload))


@api.get("/terms/{term_id}/signed-forms", may=HELPERS, rules=("NR-03", "NR-04"))
async def list_signed_forms(
    request: Request,
    term_id: UUID,
    path: OrgPath | None = None,
    state: Literal["uploaded", "missing"] | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[StudentFormView]:
    """The students of a class, grade or school: who has uploaded, and who has not. Without photos."""
    key = unpack(cursor, 2)
    try:
        after = None if key is None else (_PATH.validate_python(key[0]), UUID(str(key[1])))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
    uploaded = None if state is None else state == "uploaded"
    found = await actions.listed(request.deps, request.actor, term_id, path, uploaded, after, limit + 1)
    items = [student_view(one) for one in found[:limit]]
    return Page(items=items, next=pack(items[-1].path, items[-1].student_id) if len(found) > limit else None)


@api.post("/terms/{term_id}/signed-forms/reminder", may=HELPERS, status=200, rules=("NR-04",))
async def remind_families(request: Request, term_id: UUID, sent: Reminder) -> RemindedView:
    """Remind the families whose form is missing; those of a class once a day."""
    return RemindedView(families=await actions.remind(request.deps, request.actor, term_id, sent.path))


@api.post("/signed-forms/{form_id}/return", may=HELPERS, status=200, rules=RULES)
async def return_signed_form(request: Request, form_id: UUID, sent: ReturnReason) -> StudentFormView:
    """A form cannot be used; the family is told why and uploads another one."""
    return student_view(await actions.give_back(request.deps, request.actor, form_id, sent.reason.strip()))


@api.get("/students/{student_id}/signed-forms", may=FAMILY_AND_SCHOOL, rules=RULES)
async def list_forms_of_student(request: Request, student_id: UUID) -> Page[StudentFormView]:
    """All forms of a student, also earlier ones, newest first: for the family, the class teacher and the registrar."""
    found = await actions.of_student(request.deps, request.actor, student_id)
    return Page(items=[student_view(one) for one in found], next=None)


@api.get("/students/{student_id}/signed-forms/{form_id}/photos/{number}", may=FAMILY_AND_SCHOOL, rules=RULES)
async def address_of_photo(request: Request, student_id: UUID, form_id: UUID, number: int) -> AddressView:
    """A short-lived address of a photo. That staff looked at it is written down."""
    found = await actions.find_photo(request.deps, request.actor, student_id, form_id, number)
    return AddressView(url=request.deps.storage.address(found), name=found.name, seconds=ADDRESS_SECONDS)


@api.get("/form-completion", may=may("oversee"), rules=("NR-04",))
async def show_completion(
    request: Request,
    path: OrgPath | None = None,
    school_year: Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")] | None = None,
    after: OrgPath | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> CompletionPage:
    """How many forms are uploaded in an organisation and in those directly below it: one counter each, at every level."""
    found = await form_counts.read(request.deps, request.actor, path, school_year, after, limit + 1)
    return completion_page(found, limit)
