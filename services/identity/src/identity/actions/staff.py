"""Adding staff, listing them, and moving a card to another organisation."""

from datetime import datetime, timedelta
from uuid import UUID

from contracts.base import Role, ancestor, level_of
from people import display_name, read_phone, same_name
from scheme.roles import held_as, rule_of, staff_roles
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import education_ids, roles
from identity.actions.login_names import reassign_login_name
from identity.actions.revocation import revoke_cards
from identity.actions.staff_offers import offer_staff_cards
from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.account_scope import HeldCard
from identity.domain.changed_by import ChangedBy
from identity.domain.grants import Issuer
from identity.domain.roles import title
from identity.results import NewStaffResult
from identity.store import accounts, audit, cards, one_time_passwords, organisations
from identity.store.accounts import Account, NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import Card, NewCard

_OTHER_NAME = "请核对姓名和手机号；如果这个号码已换人使用，请注明“手机号已换人”后再提交"


async def add_staff(
    deps: IdentityDeps, actor: Actor, name: str, phone: str, role: Role, path: str, client: str, *, number_reassigned: bool
) -> NewStaffResult:
    """Offer a card to the account with this phone number, or create the account (NR-01, NR-05, L-01).

    The answer has a one-time password with which the holder signs in (new account) or activates the card; None where one
    of this organisation is still unused, or where its holder is known here and the card is active at once. A number under
    another name is refused, unless it now belongs to somebody else (`number_reassigned`, L-02).
    """
    role = held_as(role, level_of(path))
    async with deps.db.reading() as tx:
        rule = authority.require_grant(actor, await roles.rule_at(deps, tx, role, path), path)
    name = display_name(name)
    number = read_phone(phone)
    if number is None:
        raise Refusal("phone_invalid", field="phone", rule="L-03")
    now, by, issuer, one_time = deps.now(), ChangedBy.of(actor, client), Issuer.of(actor), None
    async with deps.db.transaction() as tx:
        require(path in await organisations.named(tx, [path]), "not_found", field="path")
        await accounts.lock_names(tx, [number])
        account = await _account(tx, number, name, actor, now, by, number_reassigned=number_reassigned)
        await education_ids.give_to_staff(deps, tx, [account.id], path)
        [*added] = await offer_staff_cards(tx, [NewCard(account.id, account.person_id, role, path=path)], now, by)
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        card_id, new = added[0]
        given = await one_time_passwords.open_issuer(tx, account.id, issuer.organisation, now)
        held = HeldCard(card_id, account.id, role, path, granted_by=rule.granted_by)
        if new.offered and (given is None or not given.may_activate(held)):
            one_time, mac = deps.tokens.new_one_time_password(account.id)
            until = now + timedelta(days=deps.settings.one_time_days)
            await one_time_passwords.issue(tx, [(account.id, mac)], issuer, now, until)
        card = await cards.lock(tx, card_id)
        detail = {"role": role, "path": path, "offered": new.offered}
        row = NewAuditRow("staff_created", actor.account_id, actor.card_id, str(account.id), client, detail, (path,))
        await audit.add(tx, now, [row])
    if card is None:
        raise Refusal("conflict")
    return NewStaffResult(card, one_time)


async def _account(
    tx: Tx, phone: str, name: str, actor: Actor, now: datetime, by: ChangedBy, *, number_reassigned: bool
) -> Account:
    """The account with this number and name; creates it where the number is free."""
    found = await accounts.by_username(tx, phone)
    if found is not None and not same_name(found.name, name):
        require(number_reassigned, "phone_other_name", field="name", rule="L-02", help=_OTHER_NAME)
        back = await reassign_login_name(tx, phone, name, ancestor(actor.path, "school"), now, by)
        found = None if back is None else await accounts.get(tx, back)
    if found is None:
        new = NewAccount(new_id(), phone, new_id())
        await accounts.add_persons(tx, [NewPerson(new.person_id, name)])
        await accounts.add_accounts(tx, [new])
        found = await accounts.get(tx, new.id)
    if found is None:
        raise Refusal("conflict")
    return found


async def move_card(deps: IdentityDeps, actor: Actor, card_id: UUID, to: str, reason: str, client: str) -> Card:
    """Replace a card by one with the same role in another organisation, e.g. a class teacher's by one for another class. The
    actor must be allowed to grant both; the old card is revoked in all services within a minute (NR-05)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        old = await cards.lock(tx, card_id)
        if old is None or old.student_id is not None:
            raise Refusal("not_found")
        for path in (old.path, to):
            authority.require_grant(actor, await roles.rule_at(deps, tx, old.role, path), path)
        require(old.id != actor.card_id, "own_card", rule="NR-05")
        require(to in await organisations.named(tx, [to]), "not_found", field="path")
        added = await cards.add(tx, [NewCard(old.account_id, old.person_id, old.role, path=to, offered=old.state != "active")])
        require(bool(added), "already_applied", rule="NR-05", detail="此人已有这一身份卡")
        held = HeldCard(card_id, old.account_id, old.role, old.path)
        await revoke_cards(tx, [held], now, "card_moved", ChangedBy.of(actor, client))
        card = await cards.lock(tx, added[0][0])
        detail = {"role": old.role, "from": old.path, "to": to, "reason": reason}
        audit_row = NewAuditRow(
            "card_moved", actor.account_id, actor.card_id, str(old.account_id), client, detail, (old.path, to)
        )
        await audit.add(tx, now, [audit_row])
    if card is None:
        raise Refusal("conflict")
    return card


async def roles_to_grant(deps: IdentityDeps, actor: Actor, path: str) -> list[tuple[Role, str]]:
    """The roles that the actor may grant at an organisation (NR-05), each with the name that the scheme there gives it."""
    if actor.role != "operator":
        actor.need(path)
    async with deps.db.reading() as tx:
        require(path in await organisations.named(tx, [path]), "not_found", field="path")
        schemes = (await roles.schemes_at(deps, tx, [path]))[path]
    found: list[tuple[Role, str]] = []
    for role in staff_roles(schemes, level_of(path)):
        rule = rule_of(schemes, role, level_of(path))
        if rule is not None and authority.may_grant(actor, path, rule.granted_by):
            found.append((role, title(schemes, role, path)))
    return found


async def listed(deps: IdentityDeps, actor: Actor, path: str | None, after: tuple[str, UUID] | None, limit: int) -> list[Card]:
    """Staff cards in an organisation and below it: offered, active and suspended ones."""
    path = actor.path if path is None else path
    actor.need(path)
    async with deps.db.reading() as tx:
        return await cards.staff(tx, path, after, limit)
