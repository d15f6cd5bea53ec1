"""The home screen, progress by organisation, and how far the making of archives is."""

from typing import Annotated
from uuid import UUID

from contracts.base import OrgPath
from pydantic import Field
from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from archive.actions import home as actions
from archive.views.home import ArchiveHome, ProgressView, TermSealView, home_view, progress_view

api = Api("home")


@api.get("/home", may=SIGNED_IN, rules=("X-02", "JX-12", "JX-13"))
async def home(request: Request) -> ArchiveHome:
    """What this card may write and seal now and until when, what is missing, its archives, and how far its organisation is."""
    found = await actions.home(request.deps, request.actor)
    return home_view(found, actions.home_operations(found.terms), request.actor, request.deps.now())


@api.get("/progress", may=may("oversee"), rules=("NR-04",))
async def show_progress(
    request: Request,
    path: OrgPath | None = None,
    school_year: Annotated[str, Field(pattern=r"^\d{4}-\d{4}$")] | None = None,
    number: Annotated[int, Field(ge=1, le=3)] | None = None,
) -> ProgressView:
    """How far evaluations and archives are in an organisation and in those directly below it (NR-04)."""
    return progress_view(await actions.progress(request.deps, request.actor, path, school_year, number))


@api.get("/terms/{term_id}/progress", may=SIGNED_IN, rules=("JX-13",))
async def show_seal_progress(request: Request, term_id: UUID) -> TermSealView:
    """How many archives of a term are made, and in how many seconds the rest will be; to be asked every few seconds."""
    term, seal, left = await actions.seal_progress(request.deps, request.actor, term_id)
    return TermSealView(
        term_id=term.id,
        title=term.title,
        state=term.state,
        done=seal.ready if seal else 0,
        of=seal.archives if seal else 0,
        seconds_left=left,
        sealed_at=seal.sealed_at if seal else None,
    )
