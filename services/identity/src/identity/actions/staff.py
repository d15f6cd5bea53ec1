"""Adding staff, listing them, and moving a card to another organisation."""

import re
from datetime import timedelta
from uuid import UUID

from contracts.base import Role
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions.revocation import revoke_tokens
from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.id_number import plain
from identity.results import NewStaffResult
from identity.store import accounts, audit, cards, organisations
from identity.store.accounts import NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import Card, NewCard


async def add_staff(
    deps: IdentityDeps, actor: Actor, name: str, phone: str, role: Role, path: str, client: str
) -> NewStaffResult:
    """Create an account (the phone number is the user name) and a card (NR-01, NR-05). An existing account with that number
    gets the card and keeps its password (CS-14)."""
    authority.require_grant(actor, role, path)
    name, phone = plain(name), plain(phone)
    require(re.fullmatch(r"1[3-9][0-9]{9}", phone) is not None, "phone_invalid", field="phone")
    now, one_time = deps.now(), None
    async with deps.db.transaction() as tx:
        require(path in await organisations.named(tx, [path]), "not_found", field="path")
        await accounts.lock_names(tx, [phone])
        account = await accounts.by_username(tx, phone)
        if account is None:
            account_id, person_id = new_id(), new_id()
            await accounts.add_persons(tx, [NewPerson(person_id, name)])
            await accounts.add_accounts(tx, [NewAccount(account_id, phone, person_id)])
            one_time, mac = deps.tokens.new_one_time_password(account_id)
            await accounts.give_one_time(tx, [(account_id, mac)], now + timedelta(days=deps.settings.one_time_days))
        else:
            account_id, person_id = account.id, account.person_id
            require(account.name == name, "phone_other_name", field="name", rule="CS-14")
        added = await cards.add(tx, [NewCard(account_id, person_id, role, path=path)])
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        card = await cards.lock(tx, added[0][0])
        detail = {"role": role, "path": path, "new_account": account is None}
        await audit.add(
            tx, now, [NewAuditRow("staff_created", actor.account_id, actor.card_id, str(account_id), client, detail, (path,))]
        )
    if card is None:
        raise Refusal("conflict")
    return NewStaffResult(card, one_time)


async def move_card(deps: IdentityDeps, actor: Actor, card_id: UUID, to: str, reason: str, client: str) -> Card:
    """Replace a card by one with the same role in another organisation, e.g. a class teacher's by one for another class. The
    actor must be allowed to grant both; the old card is revoked in all services within a minute (NR-05)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        old = await cards.lock(tx, card_id)
        if old is None or old.student_id is not None:
            raise Refusal("not_found")
        authority.require_grant(actor, old.role, old.path)
        authority.require_grant(actor, old.role, to)
        require(old.id != actor.card_id, "own_card", rule="NR-05")
        require(to in await organisations.named(tx, [to]), "not_found", field="path")
        added = await cards.add(tx, [NewCard(old.account_id, old.person_id, old.role, path=to)])
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        await cards.revoke(tx, [card_id], now, reason)
        await revoke_tokens(tx, [(card_id, old.account_id)], now, "card_moved")
        card = await cards.lock(tx, added[0][0])
        detail = {"role": old.role, "from": old.path, "to": to, "reason": reason}
        audit_row = NewAuditRow(
            "card_moved", actor.account_id, actor.card_id, str(old.account_id), client, detail, (old.path, to)
        )
        await audit.add(tx, now, [audit_row])
    if card is None:
        raise Refusal("conflict")
    return card


async def listed(deps: IdentityDeps, actor: Actor, path: str | None, after: tuple[str, UUID] | None, limit: int) -> list[Card]:
    """Active staff cards in an organisation and below it."""
    path = actor.path if path is None else path
    actor.need(path)
    async with deps.db.reading() as tx:
        return await cards.staff(tx, path, after, limit)
