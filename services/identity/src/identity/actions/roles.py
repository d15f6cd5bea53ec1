"""What holds for a role at an organisation, by the schemes in force there: its capabilities, who grants it, its name."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from uuid import UUID

from contracts.base import Role, level_of
from scheme import Capability, RoleRule, Scheme, roles
from servicekit.auth import Actor
from servicekit.db import Tx

from identity.deps import IdentityDeps
from identity.domain.account_scope import AccountScope, HeldCard
from identity.store import organisations, password_resets
from identity.store.cards import Card

_PLATFORM = ("operator", *roles.FAMILY)
"""Roles whose rights no scheme changes."""


async def schemes_at(deps: IdentityDeps, tx: Tx, paths: Iterable[str]) -> dict[str, list[Scheme]]:
    """The schemes in force at each of these organisations, its own first; above schools also those of organisations below."""
    asked = sorted(set(paths))
    found: dict[str, list[Scheme]] = {path: [] for path in asked}
    for path, id, version in await organisations.scheme_keys(tx, asked):
        scheme = deps.scheme(id, version)
        if scheme is not None:
            found[path].append(scheme)
    return found


async def rule_at(deps: IdentityDeps, tx: Tx, role: Role, path: str) -> RoleRule | None:
    """The rule of a staff role at an organisation; None: there is no such role."""
    return roles.rule_of((await schemes_at(deps, tx, [path]))[path], role, level_of(path))


async def granted_by(deps: IdentityDeps, tx: Tx, actor: Actor) -> frozenset[tuple[Role, str]]:
    """The staff roles that this card appoints in its organisation and below, each with the level of the organisation (NR-05).

    Above schools several schemes may be in force: a role that one of them lets the card appoint counts; who it is about is
    asked again for each card (`with_granters`).
    """
    schemes = (await schemes_at(deps, tx, [actor.path]))[actor.path]
    alone = [[scheme] for scheme in schemes] or [[]]
    return frozenset(
        (role, level)
        for level in roles.LEVELS
        for some in alone
        for role in {*roles.staff_roles(some, level), *roles.staff_roles([], level)}
        if (rule := roles.rule_of(some, role, level)) is not None and actor.is_(*rule.granted_by)
    )


async def capabilities(deps: IdentityDeps, tx: Tx, role: Role, path: str) -> frozenset[Capability]:
    """What a card with this role at this organisation may do now."""
    schemes = {} if role in _PLATFORM else await schemes_at(deps, tx, [path])
    return _capabilities(schemes.get(path, []), role, path)


async def capabilities_of(deps: IdentityDeps, tx: Tx, cards: Sequence[Card]) -> dict[UUID, frozenset[Capability]]:
    """What each of these cards may do now, by its id."""
    staff = [card.path for card in cards if card.role not in _PLATFORM]
    schemes = await schemes_at(deps, tx, staff) if staff else {}
    return {card.id: _capabilities(schemes.get(card.path, []), card.role, card.path) for card in cards}


def _capabilities(schemes: Sequence[Scheme], role: Role, path: str) -> frozenset[Capability]:
    if role in _PLATFORM:
        return roles.platform_capabilities(role, level_of(path))
    rule = roles.rule_of(schemes, role, level_of(path))
    return frozenset() if rule is None else rule.may


async def former_roles(deps: IdentityDeps, tx: Tx, role: Role, path: str) -> frozenset[str]:
    """How older versions of the schemes at an organisation called a staff role (X-01)."""
    if role in _PLATFORM:
        return frozenset()
    schemes = (await schemes_at(deps, tx, [path]))[path]
    return frozenset().union(*(scheme.former_roles(role, level_of(path)) for scheme in schemes))


async def with_granters(deps: IdentityDeps, tx: Tx, held: Sequence[HeldCard]) -> list[HeldCard]:
    """These cards, the staff cards with the roles that grant them."""
    staff = [card for card in held if card.student_id is None]
    known = await schemes_at(deps, tx, [card.path for card in staff]) if staff else {}
    return [card if card.student_id is not None else _with_granters(card, known[card.path]) for card in held]


def _with_granters(card: HeldCard, schemes: Sequence[Scheme]) -> HeldCard:
    rule = roles.rule_of(schemes, card.role, level_of(card.path))
    return replace(card, granted_by=frozenset() if rule is None else rule.granted_by)


async def account_scopes(deps: IdentityDeps, tx: Tx, account_ids: Sequence[UUID]) -> dict[UUID, AccountScope]:
    """What each of these accounts gives access to, with who grants each staff card."""
    scopes = await password_resets.scopes(tx, account_ids)
    cards = [card for scope in scopes.values() for card in (*scope.active, *scope.offers)]
    granted = iter(await with_granters(deps, tx, cards))
    return {
        account_id: AccountScope(
            active=tuple(next(granted) for _ in scope.active), offers=tuple(next(granted) for _ in scope.offers)
        )
        for account_id, scope in scopes.items()
    }
