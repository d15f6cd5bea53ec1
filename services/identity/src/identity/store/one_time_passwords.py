"""SQL for one-time passwords: one open password for each account and issuing organisation (L-01, L-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id

from identity.domain.grants import Issuer

type Ending = Literal["used", "replaced", "withdrawn"]


@dataclass(frozen=True)
class OneTimePassword:
    """A one-time password whose keyed hash somebody knows. `issuer` is None for those of the settings and old releases."""

    id: UUID
    account_id: UUID
    until: datetime
    ended_by: Ending | None
    issuer: Issuer | None


async def issue(
    tx: Tx, macs: Sequence[tuple[UUID, bytes]], issuer: Issuer | None, now: datetime, until: datetime
) -> list[UUID]:
    """Store new passwords as (account, keyed hash). They replace the open ones of the same organisation, not those of others.
    The initial password of the scheme ends, too (CS-13). Returns the accounts whose replaced password was still valid."""
    accounts = [account for account, _ in macs]
    organisation = "" if issuer is None else issuer.organisation
    replaced = await tx.fetch(
        "UPDATE one_time_passwords SET ended_at = $3, ended_by = 'replaced' WHERE account_id = ANY($1::uuid[]) "
        "AND organisation = $2::text::ltree AND ended_at IS NULL RETURNING account_id, until > $3 AS valid",
        accounts,
        organisation,
        now,
    )
    await tx.execute(
        "INSERT INTO one_time_passwords (id, account_id, mac, organisation, issuer_card, issuer_role, issuer_path, "
        "issuer_student, made_at, until) SELECT n.id, n.account_id, n.mac, $4::text::ltree, $5::uuid, $6::text, "
        "$7::text::ltree, $8::uuid, $9::timestamptz, $10::timestamptz "
        "FROM unnest($1::uuid[], $2::uuid[], $3::bytea[]) AS n (id, account_id, mac)",
        [new_id() for _ in macs],
        accounts,
        [mac for _, mac in macs],
        organisation,
        None if issuer is None else issuer.card_id,
        None if issuer is None else issuer.role,
        None if issuer is None else issuer.path,
        None if issuer is None else issuer.student_id,
        now,
        until,
    )
    await tx.execute(
        "UPDATE credentials SET initial_ended_at = $2 WHERE account_id = ANY($1::uuid[]) AND initial_ended_at IS NULL",
        accounts,
        now,
    )
    return [row["account_id"] for row in replaced if row["valid"]]


async def known(tx: Tx, macs: Sequence[bytes]) -> OneTimePassword | None:
    """The password with one of these keyed hashes, which are bound to accounts; also one that has ended."""
    row = await tx.fetchrow(
        "SELECT id, account_id, until, ended_by, issuer_card, issuer_role, issuer_path, issuer_student "
        "FROM one_time_passwords WHERE mac = ANY($1::bytea[]) ORDER BY made_at DESC LIMIT 1",
        list(macs),
    )
    if row is None:
        return None
    issuer = None
    if row["issuer_role"] is not None:
        issuer = Issuer(row["issuer_card"], row["issuer_role"], row["issuer_path"], row["issuer_student"])
    return OneTimePassword(row["id"], row["account_id"], row["until"], row["ended_by"], issuer)


async def use(tx: Tx, password_id: UUID, now: datetime) -> bool:
    """Mark it as used; False if it has ended meanwhile."""
    done = await tx.fetchval(
        "UPDATE one_time_passwords SET ended_at = $2, ended_by = 'used' WHERE id = $1 AND ended_at IS NULL AND until > $2 "
        "RETURNING true",
        password_id,
        now,
    )
    return bool(done)


async def open_issuer(tx: Tx, account_id: UUID, organisation: str, now: datetime) -> Issuer | None:
    """Who in this organisation gave the account a password that is still unused."""
    row = await tx.fetchrow(
        "SELECT issuer_card, issuer_role, issuer_path, issuer_student FROM one_time_passwords WHERE account_id = $1 "
        "AND organisation = $2::text::ltree AND ended_at IS NULL AND until > $3 AND issuer_role IS NOT NULL",
        account_id,
        organisation,
        now,
    )
    return None if row is None else Issuer(row["issuer_card"], row["issuer_role"], row["issuer_path"], row["issuer_student"])


async def end_unissued(tx: Tx, account_id: UUID, now: datetime) -> None:
    """End open passwords of which nobody knows who gave them."""
    await tx.execute(
        "UPDATE one_time_passwords SET ended_at = $2, ended_by = 'withdrawn' WHERE account_id = $1 AND ended_at IS NULL "
        "AND issuer_role IS NULL",
        account_id,
        now,
    )


async def issuer_ended(tx: Tx, card_id: UUID) -> bool:
    """Has the issuer's card been revoked or suspended, or their account disabled?"""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM cards c JOIN accounts a ON a.id = c.account_id WHERE c.id = $1 "
        "AND (c.revoked_at IS NOT NULL OR c.suspended_at IS NOT NULL OR a.disabled_at IS NOT NULL))",
        card_id,
    )
    return found


async def delete_before(tx: Tx, before: datetime) -> None:
    """Delete passwords that expired before this time; until then they are recognised."""
    await tx.execute("DELETE FROM one_time_passwords WHERE until < $1", before)
