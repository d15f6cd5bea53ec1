"""Students."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import may
from servicekit.http import Api, Page, Request
from servicekit.http.page import LIMIT, pack

from identity.actions import students
from identity.api.staff import after_of
from identity.views.answers import IdNumber, StudentView
from identity.views.sent import Move, Name, Reason, StatusChange

api = Api("identity")
STAFF = ("administrator", "recorder", "auditor", "principal", "class_teacher", "subject_teacher")
"""Operators run the platform and see no student."""


@api.get("/students", may=may(*STAFF, "student", "guardian"))
async def list_students(
    request: Request, path: OrgPath | None = None, q: Name | None = None, cursor: str | None = None
) -> Page[StudentView]:
    """Staff: students at and below a place; `q` is part of a name or a whole number. Others: their own."""
    found = await students.listed(request.deps, request.actor, path, q, after_of(cursor), LIMIT + 1)
    items = [StudentView.of(one) for one in found[:LIMIT]]
    return Page(items=items, next=pack(items[-1].path, items[-1].id) if len(found) > LIMIT else None)


@api.get("/students/{student_id}", may=may(*STAFF, "student", "guardian"))
async def get_student(request: Request, student_id: UUID) -> StudentView:
    """One student, the ID number masked."""
    return StudentView.seen(await students.get(request.deps, request.actor, student_id, request.client))


@api.post("/students/{student_id}/id-number", may=may("school_administrator", "class_teacher"), secret=True)
async def show_id_number(request: Request, student_id: UUID, why: Reason) -> IdNumber:
    """The whole ID number and registry number, for a reason that stays in the audit trail."""
    number, registry = await students.show_id_number(request.deps, request.actor, student_id, why.reason, request.client)
    return IdNumber(id_number=number, registry_number=registry)


@api.post("/students/{student_id}/move", may=may("administrator"), rules=("BJ-04",), status=200)
async def move_student(request: Request, student_id: UUID, to: Move) -> StudentView:
    """Into another class (both within one's own place); needs `If-Match`."""
    done = await students.move(request.deps, request.actor, student_id, request.version, to.path, to.reason, request.client)
    return StudentView.of(done)


@api.post("/students/{student_id}/status", may=may("school_administrator"), rules=("BJ-04",), status=200)
async def change_status(request: Request, student_id: UUID, to: StatusChange) -> StudentView:
    """Suspend, resume, borrow, or let leave; needs `If-Match`."""
    done = await students.change_status(
        request.deps, request.actor, student_id, request.version, to.status, to.reason, request.client
    )
    return StudentView.of(done)
