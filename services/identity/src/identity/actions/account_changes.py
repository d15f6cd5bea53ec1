"""Telling the holder of an account what others did to it (L-01)."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from contracts.base import ancestor
from contracts.identity import AccountChange, AccountChangedV1
from servicekit import outbox
from servicekit.db import Tx

from identity.domain.changed_by import ChangedBy
from identity.store import accounts, organisations, security_notices


async def tell_holders(tx: Tx, account_ids: Iterable[UUID], what: AccountChange, at: datetime, by: ChangedBy) -> None:
    """Store a notice for the next sign-in and publish `identity.account.changed`, once for each account.

    The notice has the title of the organisation that acted (a class's teacher acts for the school), and nothing about
    other people or other organisations.
    """
    holders = sorted(set(account_ids))
    if not holders:
        return
    title = None if by.path is None else await organisations.title(tx, ancestor(by.path, "school"))
    await security_notices.add(tx, holders, what, at, title)
    await outbox.add(tx, *(AccountChangedV1(account_id=account, what=what, at=at, by_title=title) for account in holders))


async def tell_offered(tx: Tx, account_ids: Iterable[UUID], at: datetime, by: ChangedBy) -> None:
    """Tell those who have a password of their own that a card was offered to them. A new account has nobody to tell yet.

    Rosters call it for guardians whom they register at an account that exists already.
    """
    await tell_holders(tx, await accounts.with_password(tx, list(account_ids)), "card_offered", at, by)
