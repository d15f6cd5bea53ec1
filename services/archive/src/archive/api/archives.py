"""Sealed archives: lists, detail, download (JX-13)."""

from typing import Literal
from uuid import UUID

from servicekit.auth import SIGNED_IN
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, pack, unpack
from servicekit.refusals import Refusal

from archive.actions import archives as actions
from archive.views import AddressView, ArchiveDetail, ArchiveView

api = Api("archives")


@api.get("/archives", may=SIGNED_IN, rules=("JX-13",))
async def list_archives(
    request: Request,
    term_id: UUID | None = None,
    student_id: UUID | None = None,
    kind: Literal["term", "career"] | None = None,
    cursor: Cursor | None = None,
) -> Page[ArchiveView]:
    """One's own archives, or those in the organisation, newest first."""
    found = await actions.page(request.deps, request.actor, term_id, student_id, kind, _after(cursor), LIMIT + 1)
    more = len(found) > LIMIT
    return Page(items=[ArchiveView.of(a) for a in found[:LIMIT]], next=pack(found[LIMIT - 1].id) if more else None)


def _after(cursor: Cursor | None) -> UUID | None:
    key = unpack(cursor, 1)
    try:
        return UUID(key[0]) if key else None
    except ValueError:
        raise Refusal("malformed", field="cursor") from None


@api.get("/archives/{archive_id}", may=SIGNED_IN, rules=("JX-13",))
async def read_archive(request: Request, archive_id: UUID) -> ArchiveDetail:
    """One archive with its place under the root."""
    found, seal = await actions.one(request.deps, request.actor, archive_id)
    return ArchiveDetail(
        **ArchiveView.of(found).model_dump(),
        root=seal.root,
        proof=found.proof,
        key_id=seal.key_id,
        sealed_at=seal.sealed_at,
        verify_url=f"{request.deps.settings.public_base}/verify/{found.code}",
    )


@api.get("/archives/{archive_id}/address", may=SIGNED_IN, rules=("JX-13",))
async def address_of_archive(request: Request, archive_id: UUID, format: Literal["pdf", "json"] = "pdf") -> AddressView:
    """A short-lived address of the sealed PDF, or of the signed JSON."""
    url, name = await actions.address(request.deps, request.actor, archive_id, format)
    return AddressView(url=url, name=name, seconds=actions.SECONDS)
