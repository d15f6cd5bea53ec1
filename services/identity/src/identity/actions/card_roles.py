"""Cards follow an adopted version of the scheme: renamed roles go on as the new one, those that are gone end (X-01)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from contracts.base import ancestor
from contracts.identity import CardsChangedV1, MovedCards
from scheme import Scheme
from scheme.moved_parts import MovedRole, moved_roles
from servicekit import outbox
from servicekit.db import Tx

from identity.actions.account_changes import tell_holders
from identity.actions.revocation import revoke_cards, revoke_tokens
from identity.domain.account_scope import HeldCard
from identity.domain.adoptions import Adoption
from identity.domain.changed_by import ChangedBy
from identity.results import MovedRoleCount
from identity.store import audit, card_roles
from identity.store.audit import NewAuditRow

RENAMED, RETIRED = "role_renamed", "role_retired"
"""Why tokens of a card end, and why a card does."""


async def follow(tx: Tx, adoption: Adoption, scheme: Scheme, paths: Sequence[str], now: datetime) -> None:
    """Let the cards at these organisations follow the version that they have now. A card keeps its id, sessions and history.
    Its holder, and the administrators of the school or unit, are notified."""
    moved = {(one.level, one.before): one for one in moved_roles(scheme)}
    held = [(card, moved[level, card.role]) for level, card in await card_roles.lock(tx, paths, list(moved))] if moved else []
    if not held:
        return
    wanted = {card.id: one.after for card, one in held if card.id is not None and one.after is not None}
    renamed = await card_roles.rename(tx, wanted)
    groups: dict[str, list[tuple[HeldCard, MovedRole]]] = {}
    for card, one in held:
        groups.setdefault(ancestor(card.path, "school"), []).append((card, one))
    for unit, cards in groups.items():
        by = ChangedBy(None, None, unit)
        await _renamed(tx, [(card, one) for card, one in cards if card.id in renamed], now, by)
        ended = [card for card, _ in cards if card.id not in renamed]
        if ended:
            await revoke_cards(tx, ended, now, RETIRED, by, "card_retired")
        await outbox.add(tx, _changed(adoption, scheme, unit, cards, now))


async def _renamed(tx: Tx, cards: Sequence[tuple[HeldCard, MovedRole]], now: datetime, by: ChangedBy) -> None:
    if not cards:
        return
    ids: list[tuple[UUID, UUID]] = [(card.id, card.account_id) for card, _ in cards if card.id is not None]
    await revoke_tokens(tx, ids, now, RENAMED)  # those in use name the old role
    rows = [
        NewAuditRow("card_renamed", None, None, str(card.id), None,
                    {"role": card.role, "to": one.after, "account": str(card.account_id)}, (card.path,))
        for card, one in cards
    ]  # fmt: skip
    await audit.add(tx, now, rows)
    await tell_holders(tx, [card.account_id for card, _ in cards], "card_renamed", now, by)


def _changed(
    adoption: Adoption, scheme: Scheme, unit: str, cards: Iterable[tuple[HeldCard, MovedRole]], now: datetime
) -> CardsChangedV1:
    counts = Counter(_titles(scheme, one) for _, one in cards)
    parts = tuple(MovedCards(before=before, after=after, cards=number) for (before, after), number in counts.items())
    return CardsChangedV1(
        adoption_id=adoption.id, path=unit, scheme_title=scheme.title, scheme_version=scheme.version, roles=parts, at=now
    )


def _titles(scheme: Scheme, one: MovedRole) -> tuple[str, str | None]:
    before = next(role.title for known in reversed(scheme.older) for role in known.roles if role.id == one.old)
    return before, None if one.new is None else scheme.role_title(one.new)


async def counted(tx: Tx, scheme: Scheme, path: str) -> list[MovedRoleCount]:
    """What would become of the cards at and below an organisation, in numbers; also of roles of which there is none."""
    moved = moved_roles(scheme)
    found = await card_roles.count(tx, path, scheme.id, scheme.version, [(one.level, one.before) for one in moved])
    numbers = {(one.level, one.role): (one.cards, one.units) for one in found}
    return [MovedRoleCount(one, *_titles(scheme, one), *numbers.get((one.level, one.before), (0, 0))) for one in moved]
