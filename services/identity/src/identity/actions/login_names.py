"""Login names that change hands or change with their holder (L-02)."""

import secrets
from datetime import datetime, timedelta
from uuid import UUID

from people import read_phone, same_name
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import roles
from identity.actions.account_changes import tell_holders
from identity.deps import IdentityDeps
from identity.domain.account_scope import require_full
from identity.domain.changed_by import ChangedBy
from identity.store import accounts, audit, login_names, students
from identity.store.accounts import Account
from identity.store.audit import NewAuditRow

KEPT = timedelta(days=3 * 365)
"""How long the old login name still finds the account, together with its password."""


async def reassign_login_name(tx: Tx, phone: str, new_holder: str, school: str, at: datetime, by: ChangedBy) -> UUID | None:
    """A phone number belongs to another person now (L-02). Frees `phone`, so that the caller can create a new, empty account
    with it: the account that has it keeps its cards, password and sessions under a generated login name, and with the number
    and its old password its holder still gets in.

    Returns None: create an account for `phone` now. Returns an account: the number came back to somebody who had it before,
    whom this organisation registered under `new_holder`'s name; use that account, it has the number again.

    How to use it (rosters and `POST /staff`): lock the number (`accounts.lock_names`), look the account up
    (`accounts.by_username` or `roster.by_username`); where its holder has another name (`people.same_name`) and the school
    answered that the number has changed hands, call this *before* accounts are created, with `school`, the path of the
    organisation that says so, and the name of the new holder. Guardianships of that organisation under the new holder's
    name whose cards were never taken are dropped from the old account; register the new account instead. It audits
    (`number_reassigned`, subject: the old account) and tells the old holder. Without an account at `phone` it does nothing.
    """
    old = await accounts.by_username(tx, phone)
    before = [f for f in await login_names.former_holders(tx, phone, at) if same_name(f.name, new_holder)]
    known = await login_names.belongs_to(tx, [f.account_id for f in before], school)
    back = next((f.account_id for f in before if f.account_id in known), None)
    if old is not None:
        await login_names.change(tx, old.id, await _generated(tx), at + KEPT)
        mistaken = [
            (old.id, student)
            for student, name in await login_names.registered_children(tx, old.id, school)
            if same_name(name, new_holder)
        ]
        await students.remove_guardians(tx, mistaken, at)
        row = NewAuditRow("number_reassigned", by.account_id, by.card_id, str(old.id), by.client, {}, (school,))
        await audit.add(tx, at, [row])
        await tell_holders(tx, [old.id], "number_reassigned", at, by)
    if back is not None:
        await login_names.change(tx, back, phone, at + KEPT)
        await tell_holders(tx, [back], "login_name_changed", at, by)
    return back


async def _generated(tx: Tx) -> str:
    """A login name that nobody has: `u` and ten digits."""
    while True:
        name = f"u{secrets.randbelow(9 * 10**9) + 10**9}"
        if await accounts.by_username(tx, name) is None:
            return name


async def change(deps: IdentityDeps, actor: Actor, account_id: UUID, phone: str, reason: str, client: str) -> Account:
    """Change the login name of an account whose holder has a new number (L-02). For whoever has the whole account in scope.
    The old number still finds the account, until somebody else has it."""
    number, now = read_phone(phone), deps.now()
    async with deps.db.transaction() as tx:
        await accounts.lock_names(tx, [number or phone])
        account = await accounts.lock(tx, account_id)
        if account is None:
            raise Refusal("not_found")
        require(account_id != actor.account_id, "own_account", rule="NR-05")
        scope = (await roles.account_scopes(deps, tx, [account_id]))[account_id]
        require_full(actor, scope)
        require(not scope.own, "login_name_fixed", rule="JX-16")
        if number is None:
            raise Refusal("phone_invalid", field="phone", rule="L-03")
        require(account.username != number, "already_applied", rule="L-02")
        require(await accounts.by_username(tx, number) is None, "login_name_taken", field="phone", rule="L-02")
        await login_names.change(tx, account_id, number, now + KEPT)
        await login_names.set_registered_phone(tx, account_id, number, actor.path)
        detail = {"reason": reason}
        row = NewAuditRow("login_name_changed", actor.account_id, actor.card_id, str(account_id), client, detail, scope.paths)
        await audit.add(tx, now, [row])
        await tell_holders(tx, [account_id], "login_name_changed", now, ChangedBy.of(actor, client))
        changed = await accounts.get(tx, account_id)
    if changed is None:
        raise Refusal("not_found")
    return changed
