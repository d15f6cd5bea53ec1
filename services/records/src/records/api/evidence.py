"""Evidence: offer an upload, check it, get a short-lived address (JX-03)."""

from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import SIGNED_IN
from servicekit.files import Accepted, Offer, OfferView
from servicekit.http import Api, Request

from records.actions import evidence

api = Api("evidence")


class AddressView(BaseModel):
    """Where the file can be fetched for the next two minutes."""

    url: str


@api.post("/evidence", may=SIGNED_IN, rules=("JX-03",))
async def offer_evidence(request: Request, offer: Offer) -> OfferView:
    """A presigned form for uploading one image or PDF."""
    offered: OfferView = await request.deps.files.offer(request.actor.account_id, offer)
    return offered


@api.post("/evidence/{file_id}/completion", may=SIGNED_IN, status=200, rules=("JX-03",))
async def complete_evidence(request: Request, file_id: UUID) -> Accepted:
    """Check the uploaded file: size, real type, hash; make a public copy without location metadata."""
    accepted: Accepted = await request.deps.files.accept(request.actor.account_id, file_id)
    return accepted


@api.get("/evidence/{file_id}/address", may=SIGNED_IN, rules=("JX-03", "JX-18"))
async def show_evidence(request: Request, file_id: UUID, preview: bool = False) -> AddressView:
    """A download for those who may see the record it proves; `preview`: its small picture, if it has one."""
    return AddressView(url=await evidence.address(request.deps, request.actor, file_id, preview))
