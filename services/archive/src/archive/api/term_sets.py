"""The sets of results of students: by term and stage (BJ-03, BJ-12)."""

from uuid import UUID

from contracts.base import OrgPath
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Page, Request

from archive.actions import term_sets as actions
from archive.views.term_sets import StudentSetsView

api = Api("term-sets")


@api.get("/term-sets", may=may("see_records"), rules=("BJ-03", "BJ-12"))
async def list_sets_of_class(request: Request, path: OrgPath) -> Page[StudentSetsView]:
    """The students of a class with what they have of each term. One page: a class is small."""
    found = await actions.of_class(request.deps, request.actor, path)
    return Page(items=[StudentSetsView.of(student, stages) for student, stages in found], next=None)


@api.get("/term-sets/{student_id}", may=SIGNED_IN, rules=("BJ-03", "BJ-12"))
async def read_sets_of_student(request: Request, student_id: UUID) -> StudentSetsView:
    """What a student has of each term of each stage, also at earlier schools under the scheme of that time."""
    return StudentSetsView.of(*await actions.of_student(request.deps, request.actor, student_id))
