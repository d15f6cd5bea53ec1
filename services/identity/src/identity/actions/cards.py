"""Taking one's own identity card (身份卡) or a child's, and revoking a card (JX-16)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from uuid import UUID

from contracts.base import Role
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import login_attempts
from identity.actions.revocation import revoke_tokens
from identity.deps import IdentityDeps
from identity.domain import authority, id_number
from identity.store import accounts, audit, cards, students
from identity.store.accounts import Account, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import Card, NewCard

_SCHOOL = "请联系学校核对登记的姓名和身份证件号"
_GUARDIAN = "请联系学校更正监护人手机号"


async def take_own(deps: IdentityDeps, account_id: UUID, name: str, typed_number: str, client: str) -> list[Card]:
    """Give the account's holder their student card if name and ID number are those that the school enrolled. Idempotent."""
    index = deps.sealed_numbers.id_number_index(id_number.read(typed_number, "id_number"))
    async with _counted_attempt(deps, account_id, "own", client) as tx:
        account = await _account(tx, account_id)
        matches = account.id_number_index == index and account.name == id_number.plain(name)
        require(matches, "person_mismatch", rule="JX-16", help=_SCHOOL)
        enrolments = [s for s in await students.of_account(tx, account_id) if s.status != "left"]
        await _add_cards(deps, tx, account, "student", [s.id for s in enrolments], client)
        return await cards.of_account(tx, account_id)


async def take_child(
    deps: IdentityDeps, account_id: UUID, child: tuple[str, str], guardian: tuple[str, str, str], client: str
) -> list[Card]:
    """Give a guardian the card of a child: `child` is (name, ID number), `guardian` (name, ID number, phone).

    The phone must be this account's user name, and the school must have registered it for the child.
    """
    child_index = deps.sealed_numbers.id_number_index(id_number.read(child[1], "child_id_number"))
    own_number = id_number.read(guardian[1], "guardian_id_number")
    async with _counted_attempt(deps, account_id, "child", client) as tx:
        account = await _account(tx, account_id)
        found = [s for s in await students.of_person(tx, child_index) if s.name == id_number.plain(child[0])]
        require(bool(found), "child_unknown", rule="JX-16", help=_SCHOOL)
        named = await students.guardians(tx, [s.id for s in found])
        registered = sorted({g.student_id for g in named if g.account_id == account_id})
        matches = bool(registered) and id_number.plain(guardian[2]) == account.username
        require(matches, "guardian_unknown", rule="JX-16", help=_GUARDIAN, field="guardian_phone")
        account = await _register_guardian_identity(deps, tx, account, id_number.plain(guardian[0]), own_number)
        await _add_cards(deps, tx, account, "guardian", registered, client)
        return await cards.of_account(tx, account_id)


@asynccontextmanager
async def _counted_attempt(deps: IdentityDeps, account_id: UUID, card: str, client: str) -> AsyncIterator[Tx]:
    """A transaction for a proof of identity: counted before, and written to the audit trail if it is refused."""
    target = deps.tokens.attempt_target("cards", str(account_id))
    attempt = await login_attempts.count(deps, target, client)
    try:
        async with deps.db.transaction() as tx:
            yield tx
            await attempt.clear(tx)
    except Refusal as refusal:
        await login_attempts.audit_failure(
            deps, NewAuditRow("card_refused", account_id, client=client, detail={"card": card, "code": refusal.code})
        )
        raise


async def _account(tx: Tx, account_id: UUID) -> Account:
    account = await accounts.lock(tx, account_id)
    if account is None or account.disabled:
        raise Refusal("unauthenticated")
    return account


async def _register_guardian_identity(deps: IdentityDeps, tx: Tx, account: Account, name: str, number: str) -> Account:
    """Store the guardian's name and ID number the first time; afterwards require the same ones."""
    index = deps.sealed_numbers.id_number_index(number)
    if account.id_number_index is not None:
        same = account.id_number_index == index and account.name == name
        require(same, "person_mismatch", rule="JX-16", field="guardian_id_number", help=_SCHOOL)
        return account
    staff = any(card.student_id is None for card in await cards.of_account(tx, account.id))
    require(not staff or account.name == name, "person_mismatch", rule="JX-16", field="guardian_name", help=_SCHOOL)
    await accounts.lock_names(tx, [index.hex()])
    holder = await accounts.person_of(tx, index)
    if holder is None:
        sealed = deps.sealed_numbers.seal_id_number(number, account.person_id)
        await accounts.change_persons(tx, [NewPerson(account.person_id, name, id_number=sealed, index=index)])
    else:
        known = await accounts.person_name(tx, holder)
        require(known == name and not staff, "id_number_taken", rule="JX-16", field="guardian_id_number", help=_SCHOOL)
        await accounts.set_holder(tx, account.id, holder)
    return await _account(tx, account.id)


async def _add_cards(deps: IdentityDeps, tx: Tx, account: Account, role: Role, student_ids: list[UUID], client: str) -> None:
    wanted = [NewCard(account.id, account.person_id, role, student_id=student_id) for student_id in student_ids]
    added = await cards.add(tx, wanted)
    audit_rows = [
        NewAuditRow("card_taken", account.id, card, str(new.student_id), client, {"role": role}) for card, new in added
    ]
    await audit.add(tx, deps.now(), audit_rows)


async def revoke(deps: IdentityDeps, actor: Actor, card_id: UUID, reason: str, client: str) -> None:
    """Revoke a card, in this service at once and in all services within a minute. Staff cards: whoever may grant them;
    students' and guardians' cards: their school's administrator."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        card = await cards.lock(tx, card_id)
        if card is None:
            raise Refusal("not_found")
        if card.student_id is None:
            if not authority.may_grant(actor, card.role, card.path):
                actor.need(card.path)
                raise Refusal("role_not_grantable", rule="NR-05", help="请联系上一级管理员")
        else:
            require(actor.level == "school" and actor.covers(card.path), "not_found")
        require(card.id != actor.card_id, "own_card", rule="NR-05")
        await cards.revoke(tx, [card_id], now, reason)
        await revoke_tokens(tx, [(card_id, card.account_id)], now, reason)
        audit_row = NewAuditRow(
            "card_revoked", actor.account_id, actor.card_id, str(card_id), client, {"reason": reason}, (card.path,)
        )
        await audit.add(tx, now, [audit_row])
