"""Students."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack
from servicekit.refusals import require

from identity.actions import numbers, students
from identity.api.staff import after_of
from identity.views.requests import DocumentChange, Move, Reason, RegistryNumberChange, StatusChange, StudentSearch
from identity.views.responses import IdNumber, StudentView

api = Api("identity")
"""Operators run the platform and see no students."""


@api.get("/students", may=may("see_students", "act_for_student"))
async def list_students(
    request: Request, path: OrgPath | None = None, q: str | None = None, cursor: str | None = None
) -> Page[StudentView]:
    """For staff: the students in a part of the tree. Others: their own. `q` is refused: `POST /students/search` searches."""
    require(q is None, "search_by_post", rule="L-20", field="q", use="POST /students/search")
    return await _page(request, path, None, cursor)


@api.post("/students/search", may=may("see_students", "act_for_student"), status=200)
async def search_students(request: Request, search: StudentSearch) -> Page[StudentView]:
    """Students as in the list; `q` is part of a name or a complete number, which is why it is in the body (L-20)."""
    return await _page(request, search.path, search.q, search.cursor)


async def _page(request: Request, path: str | None, q: str | None, cursor: str | None) -> Page[StudentView]:
    found = await students.listed(request.deps, request.actor, path, q, after_of(cursor), LIMIT + 1)
    items = [StudentView.of(student) for student in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].path, items[-1].id) if len(found) > LIMIT else None)


@api.get("/students/{student_id}", may=may("see_students", "act_for_student"))
async def get_student(request: Request, student_id: UUID) -> StudentView:
    """One student, with masked ID number."""
    return StudentView.of_detail(await students.get(request.deps, request.actor, student_id, request.client))


@api.post("/students/{student_id}/id-number", may=may("see_personal_numbers"), secret=True)
async def show_id_number(request: Request, student_id: UUID, why: Reason) -> IdNumber:
    """The complete ID number and registry number; the reason is written to the audit trail."""
    number, registry = await students.show_id_number(request.deps, request.actor, student_id, why.reason, request.client)
    return IdNumber(id_number=number, registry_number=registry)


@api.post("/students/{student_id}/move", may=may("move_students"), rules=("BJ-04",), status=200)
async def move_student(request: Request, student_id: UUID, to: Move) -> StudentView:
    """Move a student to another class, both in the caller's scope; needs `If-Match`."""
    student = await students.move(request.deps, request.actor, student_id, request.version, to.path, to.reason, request.client)
    return StudentView.of(student)


@api.post("/students/{student_id}/status", may=may("correct_students"), rules=("BJ-04",), status=200)
async def change_status(request: Request, student_id: UUID, to: StatusChange) -> StudentView:
    """Change the enrolment status: suspended, enrolled again, borrowed or left; needs `If-Match`."""
    student = await students.change_status(
        request.deps, request.actor, student_id, request.version, to.status, to.reason, request.client
    )
    return StudentView.of(student)


@api.post("/students/{student_id}/registry-number", may=may("correct_students"), rules=("L-03",), status=200)
async def change_registry_number(request: Request, student_id: UUID, to: RegistryNumberChange) -> StudentView:
    """Replace or correct the national registry number; needs `If-Match`. The reason is written to the audit trail."""
    student = await numbers.change_registry_number(
        request.deps, request.actor, student_id, request.version, to.registry_number, to.reason, request.client
    )
    return StudentView.of(student)


@api.post("/students/{student_id}/document", may=may("correct_students"), rules=("L-03",), status=200)
async def change_document(request: Request, student_id: UUID, to: DocumentChange) -> StudentView:
    """Correct the identity document, or record that there is none; needs `If-Match`. The reason is audited."""
    student = await numbers.change_document(
        request.deps, request.actor, student_id, request.version, to.document_type, to.id_number, to.reason, request.client
    )
    return StudentView.of(student).model_copy(update={"document_type": student.document_type})
