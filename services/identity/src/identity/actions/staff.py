"""Making staff, listing them, and giving a card another place."""

import re
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from contracts.base import Role
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions.endings import renew_tokens
from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.id_number import plain
from identity.store import accounts, cards, organisations
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.cards import Card, NewCard


@dataclass(frozen=True)
class Hired:
    """The card, and the one-time password where the account is new."""

    card: Card
    one_time: str | None


async def hire(deps: IdentityDeps, actor: Actor, name: str, phone: str, role: Role, path: str, client: str) -> Hired:
    """An account by phone number and a card (NR-01, NR-05). A number known already keeps its account and password (CS-14)."""
    authority.require_grant(actor, role, path)
    name, phone = plain(name), plain(phone)
    require(re.fullmatch(r"1[3-9][0-9]{9}", phone) is not None, "phone_invalid", field="phone")
    now, one_time = deps.now(), None
    async with deps.db.transaction() as tx:
        require(path in await organisations.named(tx, [path]), "not_found", field="path")
        await accounts.take_turns(tx, [phone])
        account = await accounts.by_username(tx, phone)
        if account is None:
            account_id, person_id = new_id(), new_id()
            await accounts.add_persons(tx, [NewPerson(person_id, name)])
            await accounts.add_accounts(tx, [NewAccount(account_id, phone, person_id)])
            one_time, mac = deps.vault.new_one_time(account_id)
            await accounts.give_one_time(tx, [(account_id, mac)], now + timedelta(days=deps.settings.one_time_days))
        else:
            account_id, person_id = account.id, account.person_id
            require(account.name == name, "phone_other_name", field="name", rule="CS-14")
        added = await cards.add(tx, [NewCard(account_id, person_id, role, path=path)])
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        card = await cards.hold(tx, added[0][0])
        detail = {"role": role, "path": path, "new_account": account is None}
        await audit(tx, now, [Note("staff_created", actor.account_id, actor.card_id, str(account_id), client, detail, (path,))])
    if card is None:
        raise Refusal("conflict")
    return Hired(card, one_time)


async def move_card(deps: IdentityDeps, actor: Actor, card_id: UUID, to: str, reason: str, client: str) -> Card:
    """The same role at another place, for whoever may grant it at both (a class teacher of another class): the old card
    ends everywhere within a minute, and the holder goes on with a new one (NR-05)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        old = await cards.hold(tx, card_id)
        if old is None or old.student_id is not None:
            raise Refusal("not_found")
        authority.require_grant(actor, old.role, old.path)
        authority.require_grant(actor, old.role, to)
        require(old.id != actor.card_id, "own_card", rule="NR-05")
        require(to in await organisations.named(tx, [to]), "not_found", field="path")
        added = await cards.add(tx, [NewCard(old.account_id, old.person_id, old.role, path=to)])
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        await cards.revoke(tx, [card_id], now, reason)
        await renew_tokens(tx, [(card_id, old.account_id)], now, "card_moved")
        card = await cards.hold(tx, added[0][0])
        detail = {"role": old.role, "from": old.path, "to": to, "reason": reason}
        note = Note("card_moved", actor.account_id, actor.card_id, str(old.account_id), client, detail, (old.path, to))
        await audit(tx, now, [note])
    if card is None:
        raise Refusal("conflict")
    return card


async def listed(deps: IdentityDeps, actor: Actor, path: str | None, after: tuple[str, UUID] | None, limit: int) -> list[Card]:
    """Staff cards in force at and below a place."""
    place = actor.path if path is None else path
    actor.need(place)
    async with deps.db.reading() as tx:
        return await cards.staff(tx, place, after, limit)
