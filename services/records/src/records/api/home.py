"""The home screen of each role in one request, and the progress of an organisation (JX-17, JX-18, NR-04)."""

from typing import Annotated

from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from records.actions import home, progress
from records.api.terms import SchoolYear
from records.views.home import ProgressView, RecordsHome

api = Api("home")
STAFF = may("see_progress")


@api.get("/home", may=SIGNED_IN, rules=("X-02", "JX-17", "JX-18"))
async def show_home(request: Request) -> RecordsHome:
    """What this card may do now, until when, and what comes next; what waits for it; how far its students are."""
    return RecordsHome.of(await home.show(request.deps, request.actor), request.actor)


@api.get("/progress", may=STAFF, rules=("JX-18", "NR-04"))
async def show_progress(
    request: Request,
    path: OrgPath | None = None,
    school_year: SchoolYear | None = None,
    number: Annotated[int, Field(ge=1, le=3)] | None = None,
) -> ProgressView:
    """How far an organisation is in a term (default: the present): of a class each student, else what lies directly below."""
    return ProgressView.of(await progress.show(request.deps, request.actor, path, school_year, number))
