"""The accounts that a plan creates, renames, or gives another login name (L-01, L-02)."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from servicekit.ids import new_id

from identity.actions.login_names import reassign_login_name
from identity.actions.roster.write_context import WriteContext
from identity.deps import IdentityDeps
from identity.domain.changed_by import ChangedBy
from identity.domain.roster.rows import Document
from identity.domain.roster.steps import AccountStep
from identity.store import accounts
from identity.store.accounts import NewAccount, NewPerson


async def write_accounts(w: WriteContext) -> None:
    """Write the account steps; afterwards every phone number of the plan has an account."""
    steps = list(w.plan.accounts.values())
    w.account_ids = {s.phone: (s.holder.account_id, s.holder.person_id) for s in steps if s.holder is not None}
    new = [step for step in steps if step.kind == "new"]
    for step in steps:
        if step.kind == "reassigned" and not await _reassign(w, step):
            new.append(step)
    await _add(w, new)
    changed = [(step, step.holder) for step in steps if step.kind == "changed" and step.holder is not None]
    await accounts.change_persons(w.tx, [_person(w, step, holder.person_id) for step, holder in changed])
    for step, holder in changed:
        w.note(0, "person_changed", account_id=holder.account_id, before={"name": holder.name}, after={"name": step.name})


async def _add(w: WriteContext, steps: Sequence[AccountStep]) -> None:
    new = [NewAccount(new_id(), step.phone, step.person_id or new_id()) for step in steps]
    persons = [_person(w, step, a.person_id) for step, a in zip(steps, new, strict=True) if step.person_id is None]
    await accounts.add_persons(w.tx, persons)
    await accounts.add_accounts(w.tx, new)
    w.account_ids |= {a.username: (a.id, a.person_id) for a in new}
    for account in new:
        w.note(0, "account_added", account_id=account.id)


def _person(w: WriteContext, step: AccountStep, person_id: UUID) -> NewPerson:
    return NewPerson(person_id, step.name, **document_columns(w.deps, step.document, person_id))


def document_columns(deps: IdentityDeps, document: Document | None, person_id: UUID) -> dict[str, Any]:
    """The columns of a person's identity document; none of them where the roster names no document."""
    if document is None:
        return {}
    sealed = None if document.number is None else deps.sealed_numbers.seal_id_number(document.number, person_id)
    return {"id_number": sealed, "index": document.index, "document_type": document.type.value}


async def _reassign(w: WriteContext, step: AccountStep) -> bool:
    """Free the number for a new account; the old one keeps its cards under another login name (L-02). True: the number
    came back to an account that had it before, which is used again."""
    back = await reassign_login_name(
        w.tx, step.phone, step.name, w.batch.path, w.now, ChangedBy(w.batch.account_id, None, w.batch.path)
    )
    w.note(0, "number_reassigned", account_id=step.holder.account_id if step.holder else None)
    if back is None:
        return False
    account = await accounts.get(w.tx, back)
    if account is None:
        return False
    w.account_ids[step.phone] = (account.id, account.person_id)
    return True
