"""Sealed archives: lists, detail, download (JX-13)."""

from typing import Annotated, Literal
from uuid import UUID

from pydantic import Field
from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from archive.actions import archives as actions
from archive.views import AddressView, ArchiveDetail, ArchiveView

api = Api("archives")


@api.get("/archives", may=SIGNED_IN, rules=("JX-13",))
async def list_archives(
    request: Request,
    term_id: UUID | None = None,
    student_id: UUID | None = None,
    kind: Literal["term", "career"] | None = None,
    late: bool | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[ArchiveView]:
    """One's own archives, or those in the organisation, newest first. `late=true`: those that wait for a correction,
    because records came, changed or went after the seal."""
    after = unpack_id(cursor)
    found = await actions.page(request.deps, request.actor, term_id, student_id, kind, late, after, limit + 1)
    more = len(found) > limit
    return Page(items=[ArchiveView.of(a) for a in found[:limit]], next=pack(found[limit - 1].id) if more else None)


@api.get("/archives/{archive_id}", may=SIGNED_IN, rules=("JX-13",))
async def read_archive(request: Request, archive_id: UUID) -> ArchiveDetail:
    """One archive with its place under the root."""
    found, seal = await actions.read(request.deps, request.actor, archive_id)
    return ArchiveDetail.of_sealed(found, seal, f"{request.deps.settings.public_base}/verify/{found.code}")


@api.get("/archives/{archive_id}/address", may=SIGNED_IN, rules=("JX-13",))
async def address_of_archive(request: Request, archive_id: UUID, format: Literal["pdf", "json"] = "pdf") -> AddressView:
    """A short-lived address of the sealed PDF, or of the signed JSON."""
    url, name = await actions.address(request.deps, request.actor, archive_id, format)
    return AddressView(url=url, name=name, seconds=actions.ADDRESS_SECONDS)
