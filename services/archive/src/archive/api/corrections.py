"""Correcting sealed archives, and the second signature (X-10)."""

from typing import Annotated
from uuid import UUID

from pydantic import Field
from servicekit.auth import may
from servicekit.http import Api, Cursor, Page, Request
from servicekit.http.page import LIMIT, MOST, pack, unpack_id

from archive.actions import corrections as actions
from archive.api.body import Sent
from archive.domain.corrections import Correcting
from archive.views import CorrectionRow, CorrectionView

api = Api("corrections")
RemarkText = Annotated[str, Field(max_length=1000, pattern=r"^[^\x00]*$")]


class Why(Sent):
    """Why the archive is to be corrected; it is printed on the new version."""

    reason: RemarkText


class Remark(Sent):
    """What the second signer has to say."""

    note: RemarkText | None = None


@api.post("/archives/{archive_id}/correction", may=may("seal"), status=202, rules=("X-10", "JX-13"))
async def correct_archive(request: Request, archive_id: UUID, why: Why) -> CorrectionView:
    """Ask for a new version of a sealed archive. `If-Match`, where given, is the version that was seen."""
    return CorrectionView.model_validate(await actions.ask(request.deps, request.actor, archive_id, why.reason, request.seen))


@api.get("/corrections", may=may("correct_archives"), rules=("X-10",))
async def list_corrections(
    request: Request,
    state: Correcting | None = None,
    archive_id: UUID | None = None,
    cursor: Cursor | None = None,
    limit: Annotated[int, Field(ge=1, le=MOST)] = LIMIT,
) -> Page[CorrectionRow]:
    """Corrections in one's organisation, newest first; `state=waiting`: those that need a second signature."""
    found = await actions.page(request.deps, request.actor, state, archive_id, unpack_id(cursor), limit + 1)
    more = len(found) > limit
    return Page(
        items=[CorrectionRow.of(one) for one in found[:limit]], next=pack(found[limit - 1].correction.id) if more else None
    )


@api.get("/corrections/{correction_id}", may=may("correct_archives"), rules=("X-10",))
async def read_correction(request: Request, correction_id: UUID) -> CorrectionView:
    """One correction."""
    return CorrectionView.model_validate(await actions.read(request.deps, request.actor, correction_id))


@api.post("/corrections/{correction_id}/approval", may=may("correct_archives"), status=202, rules=("X-10",))
async def approve_correction(request: Request, correction_id: UUID, remark: Remark) -> CorrectionView:
    """The second signature: the new version is made now."""
    return CorrectionView.model_validate(await actions.answer(request.deps, request.actor, correction_id, True, remark.note))


@api.post("/corrections/{correction_id}/decline", may=may("correct_archives"), status=200, rules=("X-10",))
async def decline_correction(request: Request, correction_id: UUID, remark: Remark) -> CorrectionView:
    """No second signature: the archive stays as it is."""
    return CorrectionView.model_validate(await actions.answer(request.deps, request.actor, correction_id, False, remark.note))
