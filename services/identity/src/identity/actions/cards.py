"""Proving identity cards (身份卡): one's own, a child's, an offered staff card; and revoking a card (JX-16, L-01)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from uuid import UUID

from contracts.base import Role, level_of
from people import (
    DocumentType,
    InvalidDocumentError,
    display_name,
    read_document,
    read_phone,
    read_registry_number,
    same_name,
)
from scheme.roles import platform_granters
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import grants, login_attempts, roles
from identity.actions.revocation import revoke_cards
from identity.deps import IdentityDeps
from identity.domain import authority
from identity.domain.account_scope import HeldCard
from identity.domain.changed_by import ChangedBy
from identity.domain.students import Student
from identity.store import accounts, audit, cards, login_names, one_time_passwords, students
from identity.store.accounts import Account, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import Card, NewCard

_SCHOOL = "请联系学校核对登记的姓名和身份证件号"
_GUARDIAN = "请联系学校更正监护人手机号"
_SLIP = "请输入授予该身份卡的单位最近发给您的一次性密码；没有的，请向该单位索取"


@dataclass(frozen=True)
class Proof:
    """A name and the number of an identity document, as somebody typed them. A child without a document has a registry
    number instead (L-03). Without a type it is a number of 18 digits."""

    name: str
    number: str
    field: str
    document_type: DocumentType | None = None


def _indexes(deps: IdentityDeps, proof: Proof, *, child: bool) -> tuple[bytes | None, bytes | None]:
    """The keyed hashes of a document number and of a registry number; one of them is None."""
    registry = read_registry_number(proof.number) if child else None
    if registry is not None:
        return None, deps.sealed_numbers.registry_number_index(registry.text)
    return deps.sealed_numbers.id_number_index(_document_key(proof)), None


def _document_key(proof: Proof) -> str:
    try:
        key = read_document(proof.document_type, proof.number).key
    except InvalidDocumentError:
        key = None
    if key is None:
        raise Refusal("id_number_invalid", field=proof.field, rule="L-03")
    return key


async def take_own(deps: IdentityDeps, account_id: UUID, proof: Proof, client: str) -> list[Card]:
    """Give the account's holder their student card if name and number are those that the school enrolled, or activate it
    again after it was suspended. Idempotent."""
    document, registry = _indexes(deps, proof, child=True)
    async with _counted_attempt(deps, account_id, "own", client) as tx:
        account = await _account(tx, account_id)
        enrolments = [s for s in await students.of_account(tx, account_id) if s.status != "left"]
        if registry is None:
            matches = account.id_number_index == document
        else:
            matches = account.id_number_index is None and registry in {s.registry_index for s in enrolments}
        require(matches and same_name(account.name, proof.name), "person_mismatch", rule="JX-16", help=_SCHOOL)
        await _add_cards(deps, tx, account, "student", [s.id for s in enrolments], client)
        return await cards.of_account(tx, account_id)


async def take_child(
    deps: IdentityDeps, account_id: UUID, child: Proof, guardian: Proof, typed_phone: str, client: str
) -> list[Card]:
    """Give a guardian the card of a child, or activate it again after it was suspended (JX-16, L-01).

    The school must have registered this account for the child, with this phone number (or one that is or was the account's
    login name), under this guardian's name and, where the school registered one, with this identity document.
    """
    document, registry = _indexes(deps, child, child=True)
    own = deps.sealed_numbers.id_number_index(_document_key(guardian))
    require(own != document, "person_mismatch", rule="L-03", field="guardian_id_number", help="请填写监护人自己的证件号")
    async with _counted_attempt(deps, account_id, "child", client) as tx:
        account = await _account(tx, account_id)
        found = await _children(tx, document, registry)
        found = [s for s in found if same_name(s.name, child.name)]
        require(bool(found), "child_unknown", rule="JX-16", help=_SCHOOL)
        named = [g for g in await students.guardians(tx, [s.id for s in found]) if g.account_id == account_id]
        phone = read_phone(typed_phone) or typed_phone.strip()
        known = bool(named) and (phone in {g.phone for g in named} or await login_names.had(tx, account_id, phone))
        require(known, "guardian_unknown", rule="JX-16", help=_GUARDIAN, field="guardian_phone")
        registered = sorted(
            {g.student_id for g in named if same_name(g.name, guardian.name) and g.id_number_index in (None, own)}
        )
        require(bool(registered), "person_mismatch", rule="L-01", field="guardian_name", help=_SCHOOL)
        account = await _register_guardian_identity(deps, tx, account, guardian)
        await _add_cards(deps, tx, account, "guardian", registered, client)
        return await cards.of_account(tx, account_id)


async def _children(tx: Tx, document: bytes | None, registry: bytes | None) -> list[Student]:
    """The enrolments of the person with this document, or, of somebody without one, with this registry number."""
    if document is not None:
        return await students.of_person(tx, document)
    found = await students.by_registry(tx, [registry] if registry is not None else [])
    return [s for s in found if s.id_number_index is None and s.status != "left"]


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


async def _register_guardian_identity(deps: IdentityDeps, tx: Tx, account: Account, guardian: Proof) -> Account:
    """Store the guardian's name and document the first time; afterwards require the same ones."""
    name, index = display_name(guardian.name), deps.sealed_numbers.id_number_index(_document_key(guardian))
    if account.id_number_index is not None:
        same = account.id_number_index == index and same_name(account.name, name)
        require(same, "person_mismatch", rule="JX-16", field="guardian_id_number", help=_SCHOOL)
        return account
    proved = bool(await cards.of_account(tx, account.id)) or bool(await cards.pending(tx, account.id))
    require(not proved or same_name(account.name, name), "person_mismatch", rule="L-01", field="guardian_name", help=_SCHOOL)
    await accounts.lock_names(tx, [index.hex()])
    holder = await accounts.person_of(tx, index)
    if holder is None:
        document = read_document(guardian.document_type, guardian.number)
        sealed = deps.sealed_numbers.seal_id_number(document.number or "", account.person_id)
        person = NewPerson(account.person_id, name, id_number=sealed, index=index, document_type=document.type.value)
        await accounts.change_persons(tx, [person])
    else:
        known = await accounts.person_name(tx, holder)
        same = known is not None and same_name(known, name) and not proved
        require(same, "id_number_taken", rule="JX-16", field="guardian_id_number", help=_SCHOOL)
        await accounts.set_holder(tx, account.id, holder)
    return await _account(tx, account.id)


async def _add_cards(deps: IdentityDeps, tx: Tx, account: Account, role: Role, student_ids: list[UUID], client: str) -> None:
    wanted = [NewCard(account.id, account.person_id, role, student_id=student_id) for student_id in student_ids]
    added = await cards.add(tx, wanted)
    path_of = {card.student_id: card.path for card in await cards.of_account(tx, account.id)}
    again = await cards.suspended_of_students(tx, account.id, role, student_ids)
    await cards.activate(tx, [card.id for card in again], deps.now())
    audit_rows = [
        NewAuditRow("card_taken", account.id, card, str(new.student_id), client, {"role": role}, (path_of[new.student_id],))
        for card, new in added
    ]
    audit_rows += [
        NewAuditRow(
            "card_activated", account.id, card.id, str(card.id), client, {"role": role, "was": "suspended"}, (card.path,)
        )
        for card in again
    ]
    await audit.add(tx, deps.now(), audit_rows)


async def activate_offer(deps: IdentityDeps, account_id: UUID, card_id: UUID, typed: str, client: str) -> list[Card]:
    """Activate an offered or suspended staff card with the password of a slip, or of the answer of `POST /staff`, of the
    organisation that offers it (L-01). Activates the other offers that the same giver may grant, too."""
    now = deps.now()
    async with deps.db.reading() as tx:
        pending = {card.id for card in await cards.pending(tx, account_id) if card.student_id is None}
    require(card_id in pending, "not_found")
    async with _counted_attempt(deps, account_id, "offer", client) as tx:
        account = await _account(tx, account_id)
        given = await one_time_passwords.known(tx, deps.tokens.one_time_digests(account_id, typed))
        if given is None:
            raise Refusal("offer_password_wrong", field="password", rule="L-01", help=_SLIP)
        grants.require_unended(given, now)
        found = await grants.provable(deps, tx, account, given)
        require(card_id in {card.id for card in found}, "offer_password_wrong", field="password", rule="L-01", help=_SLIP)
        require(await one_time_passwords.use(tx, given.id, now), "one_time_used", rule="JX-01")
        await grants.activate(tx, account, found, now, client)
        return await cards.of_account(tx, account_id)


async def revoke(deps: IdentityDeps, actor: Actor, card_id: UUID, reason: str, client: str) -> None:
    """Revoke a card, in this service at once and in all services within a minute. Staff cards: whoever may grant them;
    students' and guardians' cards: their school's administrator.

    Whoever is still registered may take the card again with proof; a guardianship ends by 移除 in a roster (L-09).
    """
    now = deps.now()
    async with deps.db.transaction() as tx:
        card = await cards.lock(tx, card_id)
        if card is None:
            raise Refusal("not_found")
        if card.student_id is None:
            rule = await roles.rule_at(deps, tx, card.role, card.path)
            granted_by = platform_granters(card.role, level_of(card.path)) if rule is None else rule.granted_by
            if not authority.may_grant(actor, card.path, granted_by):
                actor.need(card.path)
                raise Refusal("role_not_grantable", rule="NR-05", help="请联系上一级管理员")
        else:
            require(actor.level == "school" and actor.covers(card.path), "not_found")
        require(card.id != actor.card_id, "own_card", rule="NR-05")
        held = HeldCard(card.id, card.account_id, card.role, card.path, card.student_id)
        await revoke_cards(tx, [held], now, reason, ChangedBy.of(actor, client))
