"""SQL for login names that change: a number goes to somebody else, or its holder gets a new one (L-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True)
class FormerHolder:
    """An account that had a login name before."""

    account_id: UUID
    name: str


async def former_holders(tx: Tx, username: str, now: datetime) -> list[FormerHolder]:
    """The accounts that had this login name, newest first."""
    rows = await tx.fetch(
        "SELECT f.account_id, p.name FROM former_login_names f JOIN accounts a ON a.id = f.account_id "
        "JOIN persons p ON p.id = a.person_id WHERE f.username = $1 AND f.until > $2 ORDER BY f.until DESC, f.account_id",
        username,
        now,
    )
    return [FormerHolder(row["account_id"], row["name"]) for row in rows]


async def had(tx: Tx, account_id: UUID, username: str) -> bool:
    """Is this the account's login name, or was it?"""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM accounts WHERE id = $1 AND username = $2) "
        "OR EXISTS (SELECT FROM former_login_names WHERE account_id = $1 AND username = $2)",
        account_id,
        username,
    )
    return found


async def change(tx: Tx, account_id: UUID, username: str, until: datetime) -> str:
    """Give the account another login name; the old one is kept as a former one. Returns the old name."""
    old: str = await tx.fetchval("SELECT username FROM accounts WHERE id = $1 FOR UPDATE", account_id)
    await tx.execute("UPDATE accounts SET username = $2 WHERE id = $1", account_id, username)
    await tx.execute(
        "INSERT INTO former_login_names (username, account_id, until) VALUES ($1, $2, $3) "
        "ON CONFLICT (username, account_id) DO UPDATE SET until = excluded.until",
        old,
        account_id,
        until,
    )
    await tx.execute("DELETE FROM former_login_names WHERE username = $1 AND account_id = $2", username, account_id)
    return old


async def belongs_to(tx: Tx, account_ids: Sequence[UUID], school: str) -> set[UUID]:
    """Those of the accounts that this organisation registered: a card or a guardianship in it."""
    rows = await tx.fetch(
        "SELECT account_id FROM cards WHERE account_id = ANY($1::uuid[]) AND revoked_at IS NULL AND path <@ $2::ltree "
        "UNION SELECT g.account_id FROM guardians g JOIN students s ON s.id = g.student_id "
        "WHERE g.account_id = ANY($1::uuid[]) AND g.removed_at IS NULL AND s.path <@ $2::ltree",
        list(account_ids),
        school,
    )
    return {row["account_id"] for row in rows}


async def registered_children(tx: Tx, account_id: UUID, school: str) -> list[tuple[UUID, str]]:
    """The children for whom this organisation registered the account and whose cards were never taken:
    (student, guardian's name as registered)."""
    rows = await tx.fetch(
        "SELECT g.student_id, g.name FROM guardians g JOIN students s ON s.id = g.student_id "
        "WHERE g.account_id = $1 AND g.removed_at IS NULL AND s.path <@ $2::ltree AND NOT EXISTS (SELECT FROM cards c "
        "WHERE c.account_id = g.account_id AND c.student_id = g.student_id AND c.revoked_at IS NULL)",
        account_id,
        school,
    )
    return [(row["student_id"], row["name"]) for row in rows]


async def set_registered_phone(tx: Tx, account_id: UUID, phone: str, within: str) -> None:
    """Write the new number into the guardianships of an organisation."""
    await tx.execute(
        "UPDATE guardians g SET phone = $2 FROM students s WHERE s.id = g.student_id AND g.account_id = $1 "
        "AND g.removed_at IS NULL AND s.path <@ $3::ltree",
        account_id,
        phone,
        within,
    )


async def delete_before(tx: Tx, now: datetime) -> None:
    """Delete former names whose time is over."""
    await tx.execute("DELETE FROM former_login_names WHERE until < $1", now)
