"""Taking, moving and revoking identity cards."""

from uuid import UUID

from servicekit.auth import ACCOUNT, may
from servicekit.http import Api, Request

from identity.actions import cards, staff
from identity.actions.cards import Proof
from identity.api.bearer import account_of
from identity.store.cards import Card
from identity.views.requests import CardMove, ChildCard, Line, OfferProof, OwnCard
from identity.views.responses import Cards, CardView, StaffView

api = Api("identity")


def _cards(request: Request, found: list[Card]) -> Cards:
    return Cards(cards=[CardView.of(card, request.deps.role_title) for card in found])


@api.post("/cards/own", may=ACCOUNT, rules=("JX-16",))
async def take_own_card(request: Request, asked: OwnCard) -> Cards:
    """Take one's own card. Name and ID number must be those that the school enrolled."""
    bearer = account_of(request)
    proof = Proof(asked.name, asked.id_number, "id_number", asked.document_type)
    return _cards(request, await cards.take_own(request.deps, bearer.account_id, proof, request.client))


@api.post("/cards/child", may=ACCOUNT, rules=("JX-16",))
async def take_child_card(request: Request, asked: ChildCard) -> Cards:
    """Take a child's card. The school must have registered this account's phone number for the child."""
    child = Proof(asked.child_name, asked.child_id_number, "child_id_number", asked.child_document_type)
    guardian = Proof(asked.guardian_name, asked.guardian_id_number, "guardian_id_number", asked.guardian_document_type)
    account_id = account_of(request).account_id
    return _cards(
        request, await cards.take_child(request.deps, account_id, child, guardian, asked.guardian_phone, request.client)
    )


@api.post("/me/offers/{card_id}/activate", may=ACCOUNT, rules=("L-01",), secret=True, status=200)
async def activate_offer(request: Request, card_id: UUID, proof: OfferProof) -> Cards:
    """Activate an offered or suspended staff card with the one-time password of the organisation that offers it."""
    account_id = account_of(request).account_id
    return _cards(request, await cards.activate_offer(request.deps, account_id, card_id, proof.password, request.client))


@api.delete("/cards/{card_id}", may=may("grant_staff", "run_platform"), rules=("NR-05",))
async def revoke_card(request: Request, card_id: UUID, reason: Line = "revoked") -> None:
    """Revoke a card; its tokens are refused in all services within a minute."""
    await cards.revoke(request.deps, request.actor, card_id, reason, request.client)


@api.post("/cards/{card_id}/move", may=may("grant_staff"), rules=("NR-05",), status=200)
async def move_card(request: Request, card_id: UUID, to: CardMove) -> StaffView:
    """Move a staff card to another organisation; the old card's tokens are refused in all services within a minute."""
    card = await staff.move_card(request.deps, request.actor, card_id, to.path, to.reason, request.client)
    return StaffView.of(card, request.deps.role_title)
