"""The accounts that a login name reaches (BJ-01, L-02): by the name itself, by a member of staff's education id, by a former
name, and for guardians by the child's education id with the suffix of the scheme."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx

from identity.actions import roles
from identity.deps import IdentityDeps
from identity.domain import eid
from identity.store import accounts, education_ids
from identity.store.accounts import Account


@dataclass(frozen=True)
class LoginName:
    """What a login name reaches; the password decides which account is meant."""

    accounts: tuple[Account, ...]
    guardians: frozenset[UUID] = frozenset()
    """The accounts of those that are reached as guardians of the student with this education id."""


async def reached(deps: IdentityDeps, tx: Tx, typed: str, now: datetime) -> LoginName:
    """The accounts of a login name. The registered guardians of a child have one account each: the name made of the
    education id is a second name of all of them, also after the child changes school."""
    found = await accounts.by_login_name(tx, typed, now)
    name = eid.guardian_name(typed)
    if name is None:
        return LoginName(tuple(found))
    path = await education_ids.path_of_student(tx, name[0])
    schemes = [] if path is None else (await roles.schemes_at(deps, tx, [path]))[path]
    if not any(scheme.accounts.education_id.guardian_suffix == name[1] for scheme in schemes):
        return LoginName(tuple(found))
    guardians = await education_ids.guardians(tx, name[0])
    return LoginName((*found, *guardians), frozenset(account.id for account in guardians))
