"""A parent registers with the code of the student's form, or adds the child to an account they have (NR-01, NR-02, L-01)."""

from uuid import UUID

from people import display_name, read_phone
from servicekit.db import Tx
from servicekit.form_codes import read_code
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from identity.actions import login_attempts
from identity.deps import IdentityDeps
from identity.domain import passwords
from identity.domain.form_codes import REPRINT, FormCode, Registrant, need_unused, need_verification, registered_guardian
from identity.domain.students import Guardian, Student
from identity.domain.throttle import CaptchaAnswer, source_of
from identity.store import accounts, audit, cards, form_codes, login_names, organisations, students
from identity.store.accounts import Account, NewAccount, NewPerson
from identity.store.audit import NewAuditRow
from identity.store.cards import Card, NewCard

SOURCE = "registration_code"
_RELATION = "家长"


async def register(
    deps: IdentityDeps,
    typed_code: str,
    child_name: str,
    name: str,
    typed_phone: str,
    password: str,
    client: str,
    captcha: CaptchaAnswer | None,
) -> Account:
    """Make an account for a parent, bound to the student of the code. The phone number is its user name.

    Whom the school registered must give that name and number (L-01); an account that has a password signs in first. Wrong
    codes are counted for the address from which they come: captchas and delays follow (JX-01).
    """
    phone = read_phone(typed_phone)
    if phone is None:
        raise Refusal("phone_invalid", field="phone")
    code = _registration_code(typed_code)
    passwords.require_strong(password, personal=(name, phone))
    attempt = await login_attempts.admit(deps, "registration", source_of(client), client, None, captcha)
    kept = await deps.passwords.hash(password)
    try:
        async with deps.db.transaction() as tx:
            found, student = await _student(deps, tx, code)
            need_unused(found, None)
            await accounts.lock_names(tx, [phone])
            registered = await students.guardians(tx, [student.id])
            guardian = registered_guardian(student, registered, child_name, Registrant(name, frozenset({phone})))
            account = await _account(deps, tx, guardian, phone, name, kept)
            await _bind(deps, tx, account, student, guardian, phone, client)
            await attempt.clear(tx)
            return account
    except Refusal as refusal:
        await login_attempts.audit_failure(
            deps, NewAuditRow("registration_refused", None, client=client, detail={"code": refusal.code})
        )
        refusal.details["captcha_next"] = attempt.captcha_next
        raise


async def add_child(deps: IdentityDeps, account_id: UUID, typed_code: str, child_name: str, client: str) -> list[Card]:
    """Give an account that exists the card of the student of the code; its holder must be whom the school registered (L-01)."""
    code = _registration_code(typed_code)
    attempt = await login_attempts.count(deps, deps.tokens.attempt_target("registration", str(account_id)), client)
    try:
        async with deps.db.transaction() as tx:
            found, student = await _student(deps, tx, code)
            account = await accounts.lock(tx, account_id)
            if account is None or account.disabled:
                raise Refusal("unauthenticated")
            need_unused(found, account_id)
            registered = await students.guardians(tx, [student.id])
            phones = frozenset(
                {account.username} | {g.phone for g in registered if await login_names.had(tx, account_id, g.phone)}
            )
            by = Registrant(account.name, phones, account.person_id)
            guardian = registered_guardian(student, registered, child_name, by)
            await _bind(deps, tx, account, student, guardian, account.username, client)
            await attempt.clear(tx)
            return await cards.of_account(tx, account_id)
    except Refusal as refusal:
        row = NewAuditRow("registration_refused", account_id, client=client, detail={"code": refusal.code})
        await login_attempts.audit_failure(deps, row)
        raise


def _registration_code(typed: str) -> str:
    """The code without hyphens. A mistyped one is refused at once and counted nowhere: it is no attempt to guess."""
    read = read_code(typed)
    if read is None or read[0] != "registration":
        raise Refusal("registration_code_wrong", rule="NR-02", field="code", help=REPRINT)
    return read[1]


async def _student(deps: IdentityDeps, tx: Tx, code: str) -> tuple[FormCode, Student]:
    """The code and its student, both locked; a wrong code says nothing about any student."""
    found = await form_codes.lock_by_index(tx, deps.sealed_numbers.form_code_index(code))
    student = None if found is None else await students.lock(tx, found.student_id)
    if found is None or student is None or student.status == "left" or found.kind != "registration":
        raise Refusal("registration_code_wrong", rule="NR-02", field="code", help=REPRINT)
    school = (await organisations.named(tx, [student.school])).get(student.school)
    need_verification(deps.scheme(school.scheme_id, school.scheme_version) if school is not None else None)
    return found, student


async def _account(deps: IdentityDeps, tx: Tx, guardian: Guardian | None, phone: str, name: str, password_hash: str) -> Account:
    """The account of this number: that which the school registered for the child, if nobody uses it yet, or a new one."""
    known = (await accounts.by_login_name(tx, phone, deps.now()))[:1]
    if known:
        account = await accounts.lock(tx, known[0].id)
        free = account is not None and account.password_hash is None and not account.disabled and account.username == phone
        own = account is not None and guardian is not None and guardian.account_id == account.id
        if account is None or not free or not own or await cards.of_account(tx, account.id):
            raise Refusal("account_exists", rule="L-01", field="phone")
    else:
        require(guardian is None, "account_exists", rule="L-01", field="phone")
        new = NewAccount(new_id(), phone, new_id())
        await accounts.add_persons(tx, [NewPerson(new.person_id, display_name(name))])
        await accounts.add_accounts(tx, [new])
        account = await accounts.lock(tx, new.id)
        assert account is not None
    await accounts.set_password(tx, account.id, password_hash, deps.now())
    return account


async def _bind(
    deps: IdentityDeps, tx: Tx, account: Account, student: Student, guardian: Guardian | None, phone: str, client: str
) -> None:
    """Give the account the student's card. Repeating it changes nothing."""
    now = deps.now()
    if guardian is None:
        new = Guardian(student.id, account.id, display_name(account.name), _RELATION, phone)
        await students.register_guardians(tx, [new], [None], SOURCE)
    added = await cards.add(tx, [NewCard(account.id, account.person_id, "guardian", student_id=student.id)])
    again = await cards.suspended_of_students(tx, account.id, "guardian", [student.id])
    await cards.activate(tx, [card.id for card in again], now)
    await form_codes.use(tx, student.id, account.id, now)
    row = NewAuditRow(
        "parent_registered", account.id, added[0][0] if added else None, str(student.id), client, {}, (student.path,)
    )
    await audit.add(tx, now, [row])
