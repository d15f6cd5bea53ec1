"""Sealing a term, and how far it is (JX-13)."""

from uuid import UUID

from servicekit.auth import SIGNED_IN, may
from servicekit.http import Api, Request

from archive.actions import sealing
from archive.api.body import Sent
from archive.views import TermView
from archive.views.sealing import SealPreviewView, preview_view

api = Api("terms")


class SealOrder(Sent):
    """`without_missing`: go on though evaluations are missing; it is recorded who said so and how many.
    `with_unprintable`: go on though names have characters that cannot be printed; 〓 is printed for them."""

    without_missing: bool = False
    with_unprintable: bool = False


@api.post("/terms/{term_id}/seal", may=may("seal"), status=202, rules=("JX-13", "JX-12", "X-10", "L-18"))
async def seal_term(request: Request, term_id: UUID, order: SealOrder) -> TermView:
    """Begin to make, sign and seal the term's archives; `GET /terms/{term_id}` shows how far it is."""
    await sealing.seal_term(request.deps, request.actor, term_id, order.without_missing, order.with_unprintable)
    return TermView.of(await sealing.term_detail(request.deps, request.actor, term_id))


@api.get("/terms/{term_id}/preview", may=may("preview_archives"), rules=("JX-12", "JX-13", "L-18"))
async def preview_seal(request: Request, term_id: UUID) -> SealPreviewView:
    """What stands in the way of sealing, and who lacks which evaluation, class by class."""
    return preview_view(await sealing.preview(request.deps, request.actor, term_id))


@api.get("/terms/{term_id}", may=SIGNED_IN, rules=("JX-13",))
async def read_term(request: Request, term_id: UUID) -> TermView:
    """What is missing before the seal, progress while sealing, root and counts after."""
    return TermView.of(await sealing.term_detail(request.deps, request.actor, term_id))
