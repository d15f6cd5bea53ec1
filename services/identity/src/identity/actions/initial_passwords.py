"""Signing in for the first time with an initial password that follows from the user name (CS-03, CS-13, BJ-01).

Everybody can work such a password out, so it opens nothing by itself: the same request must say who the student is. Wrong
answers are few, and the card of a student still needs its own proof afterwards (L-01).
"""

from dataclasses import dataclass

from scheme.accounts import Accounts
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import login_attempts
from identity.actions.named_accounts import LoginName
from identity.deps import IdentityDeps
from identity.domain.initial_passwords import Link, StudentAnswer, accounts_rule, knows_student
from identity.store import accounts, initial_passwords
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow

_SLIP = "请向班主任或学校索取账号单，用账号单上的一次性密码登录"


@dataclass(frozen=True)
class InitialSignIn:
    """An account whose initial password was typed."""

    account: Account
    rule: Accounts
    rule_id: str
    linked: tuple[Link, ...]
    ended: bool
    """It was right once, and does not count any more."""


async def find(
    deps: IdentityDeps, tx: Tx, found: LoginName, username: str, typed: str, answer: StudentAnswer | None
) -> InitialSignIn | None:
    """The account of this user name, if `typed` is its initial password: it never had a password or a card. Where a student's
    guardians share the login name, the one whose phone number is answered; without such an answer the first one (BJ-01)."""
    waiting = [a for a in found.accounts if a.password_hash is None and (a.username == username or a.id in found.guardians)]
    matched = [one for a in waiting if (one := await _of_account(deps, tx, a, username, typed)) is not None]
    known = (one for one in matched if answer is not None and knows_student(answer, one.linked, one.rule))
    return next(known, next(iter(matched), None))


async def _of_account(deps: IdentityDeps, tx: Tx, account: Account, username: str, typed: str) -> InitialSignIn | None:
    state, linked = await initial_passwords.state(tx, account.id), await initial_passwords.links(tx, account.id)
    schemes = [deps.scheme(link.scheme_id, link.scheme_version) for link in linked]
    matched = accounts_rule(list(zip(linked, schemes, strict=True)), username, typed)
    if state is None or state.had_card or matched is None or matched.rule.initial_password is None:
        return None
    rule = matched.rule
    known = next(scheme for scheme in schemes if scheme is not None)
    valid_for = matched.rule.initial_password.valid_for
    ended = state.ended or state.failures >= rule.attempts or state.made_at + valid_for <= deps.now()
    return InitialSignIn(account, rule, known.rule("first_sign_in"), matched.linked, ended)


async def check(deps: IdentityDeps, found: InitialSignIn, answer: StudentAnswer | None, client: str) -> None:
    """Refuse with `student_check_required` (`fields`: what to ask), `student_check_wrong` (`attempts_left`) or
    `initial_password_ended`. An answer counts as wrong before it is looked at, also where the request is refused."""
    require(not found.ended, "initial_password_ended", rule=found.rule_id, help=_SLIP)
    if answer is None:
        raise Refusal("student_check_required", rule=found.rule_id, field="student", fields=list(found.rule.first_sign_in))
    async with deps.db.transaction(apart=True) as tx:
        left = await initial_passwords.count_failure(tx, found.account.id, found.rule.attempts)
    require(left is not None, "initial_password_ended", rule=found.rule_id, help=_SLIP)
    if not knows_student(answer, found.linked, found.rule):
        if left == 0:
            await login_attempts.audit_failure(deps, NewAuditRow("initial_password_ended", found.account.id, client=client))
            raise Refusal("initial_password_ended", rule=found.rule_id, help=_SLIP)
        raise Refusal("student_check_wrong", rule=found.rule_id, field="student", attempts_left=left, help=_SLIP)


async def use(deps: IdentityDeps, tx: Tx, found: InitialSignIn) -> Account:
    """It was good for this one sign-in. Returns the account, locked."""
    account, state = await accounts.lock(tx, found.account.id), await initial_passwords.state(tx, found.account.id)
    usable = account is not None and state is not None and not state.had_card
    if account is None or not usable or not await initial_passwords.end(tx, account.id, deps.now()):
        raise Refusal("initial_password_ended", rule=found.rule_id, help=_SLIP)
    return account
