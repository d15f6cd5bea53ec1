"""The home screen, progress by organisation, and how many entries each student of a class has selected."""

from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack
from servicekit.refusals import Refusal

from publicity.actions import home as actions
from publicity.views.home import (
    ProgressView,
    PublicityHome,
    StudentSelectionView,
    home_view,
    progress_view,
)

api = Api("home")


@api.get("/home", may=SIGNED_IN, rules=("X-02",))
async def home(request: Request) -> PublicityHome:
    """What this card may select, look at and handle now and until when, what opens next, and how far its organisation is."""
    found = await actions.home(request.deps, request.actor)
    operations = frozenset[str]().union(*(actions.home_operations(term) for term in found.terms))
    return home_view(found, operations, request.actor, request.deps.now())


@api.get("/progress", may=may("oversee"), rules=("NR-04",))
async def show_progress(
    request: Request,
    path: OrgPath | None = None,
    school_year: Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")] | None = None,
    number: Annotated[int, Field(ge=1, le=3)] | None = None,
) -> ProgressView:
    """How far publicity and its cases are in an organisation and in those directly below it (NR-04)."""
    found = await actions.progress(request.deps, request.actor, path, school_year, number)
    return progress_view(found, request.deps.now())


@api.get("/selections", may=may("oversee"), rules=("JX-03",))
async def list_selections(
    request: Request,
    term_id: UUID,
    path: OrgPath | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[StudentSelectionView]:
    """Students, class by class, with how many entries each has selected, of how many; also those who have none."""
    found = await actions.selections(request.deps, request.actor, term_id, path, _after(cursor), limit + 1)
    items = [StudentSelectionView.model_validate(row, from_attributes=True) for row in found[:limit]]
    return Page(items=items, next=pack(items[-1].path, items[-1].student_id) if len(found) > limit else None)


def _after(cursor: str | None) -> tuple[str, UUID] | None:
    key = unpack(cursor, 2)
    try:
        return None if key is None else (key[0], UUID(key[1]))
    except ValueError:
        raise Refusal("malformed", field="cursor") from None
