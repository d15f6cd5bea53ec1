"""Taking, moving and revoking identity cards."""

from uuid import UUID

from servicekit.auth import ACCOUNT, may
from servicekit.http import Api, Request

from identity.actions import cards, staff
from identity.api.bearer import account_of
from identity.store.cards import Card
from identity.views.requests import CardMove, ChildCard, Line, OwnCard
from identity.views.responses import Cards, CardView, StaffView

api = Api("identity")


def _cards(found: list[Card]) -> Cards:
    return Cards(cards=[CardView.of(card) for card in found])


@api.post("/cards/own", may=ACCOUNT, rules=("JX-16",))
async def take_own_card(request: Request, asked: OwnCard) -> Cards:
    """Take one's own card. Name and ID number must be those that the school enrolled."""
    bearer = account_of(request)
    return _cards(await cards.take_own(request.deps, bearer.account_id, asked.name, asked.id_number, request.client))


@api.post("/cards/child", may=ACCOUNT, rules=("JX-16",))
async def take_child_card(request: Request, asked: ChildCard) -> Cards:
    """Take a child's card. The school must have registered this account's phone number for the child."""
    child = (asked.child_name, asked.child_id_number)
    guardian = (asked.guardian_name, asked.guardian_id_number, asked.guardian_phone)
    return _cards(await cards.take_child(request.deps, account_of(request).account_id, child, guardian, request.client))


@api.delete("/cards/{card_id}", may=may("administrator", "operator"), rules=("NR-05",))
async def revoke_card(request: Request, card_id: UUID, reason: Line = "revoked") -> None:
    """Revoke a card; its tokens are refused in all services within a minute."""
    await cards.revoke(request.deps, request.actor, card_id, reason, request.client)


@api.post("/cards/{card_id}/move", may=may("administrator"), rules=("NR-05",), status=200)
async def move_card(request: Request, card_id: UUID, to: CardMove) -> StaffView:
    """Move a staff card to another organisation; the old card's tokens are refused in all services within a minute."""
    return StaffView.of(await staff.move_card(request.deps, request.actor, card_id, to.path, to.reason, request.client))
