"""SQL for password resets, for what accounts give access to, and for disabling accounts."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.domain.account_scope import AccountScope, HeldCard
from identity.domain.grants import Issuer


@dataclass(frozen=True)
class PasswordReset:
    """A requested password reset. `account_id` is None if the user name, name and ID number did not match."""

    id: UUID
    account_id: UUID | None
    asked_at: datetime
    until: datetime
    code: bytes | None
    username: str = ""
    name: str = ""
    suspends: bool = False
    given_by: UUID | None = None
    issuer: Issuer | None = None
    """Who gave the code; None: nobody yet, or a release that did not store it."""


async def scopes(tx: Tx, account_ids: Sequence[UUID]) -> dict[UUID, AccountScope]:
    """What each of these accounts gives access to."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.role, coalesce(c.path, s.path) AS path, c.student_id, true AS active "
        "FROM active_cards c LEFT JOIN students s ON s.id = c.student_id "
        "WHERE c.account_id = ANY($1::uuid[]) AND c.role <> 'student' "
        "UNION ALL SELECT c.id, c.account_id, c.role, coalesce(c.path, s.path), c.student_id, false "
        "FROM cards c LEFT JOIN students s ON s.id = c.student_id WHERE c.account_id = ANY($1::uuid[]) "
        "AND c.role <> 'student' AND c.revoked_at IS NULL AND (c.suspended_at IS NOT NULL OR c.activated_at IS NULL) "
        "UNION ALL SELECT k.id, s.account_id, 'student', s.path, s.id, true FROM students s "
        "LEFT JOIN active_cards k ON k.student_id = s.id AND k.account_id = s.account_id AND k.role = 'student' "
        "WHERE s.account_id = ANY($1::uuid[]) "
        "UNION ALL SELECT NULL, g.account_id, 'guardian', s.path, s.id, false "
        "FROM guardians g JOIN students s ON s.id = g.student_id WHERE g.account_id = ANY($1::uuid[]) "
        "AND g.removed_at IS NULL AND NOT EXISTS (SELECT FROM cards k WHERE k.account_id = g.account_id "
        "AND k.student_id = g.student_id AND k.role = 'guardian' AND k.revoked_at IS NULL)",
        list(account_ids),
    )
    held = [(HeldCard(r["id"], r["account_id"], r["role"], r["path"], r["student_id"]), r["active"]) for r in rows]
    return {
        account_id: AccountScope(
            active=tuple(card for card, active in held if active and card.account_id == account_id),
            offers=tuple(card for card, active in held if not active and card.account_id == account_id),
        )
        for account_id in account_ids
    }


async def delete_password(tx: Tx, account_id: UUID) -> None:
    """Delete the holder's password; a one-time password is stored apart."""
    await tx.execute(
        "UPDATE credentials SET password_hash = NULL, set_at = NULL, must_change = true WHERE account_id = $1", account_id
    )


async def set_disabled(tx: Tx, account_id: UUID, at: datetime | None) -> bool:
    """Disable the account, or enable it with None; False if it is so already."""
    done = await tx.fetchval(
        "UPDATE accounts SET disabled_at = $2 WHERE id = $1 AND (disabled_at IS NULL) <> ($2::timestamptz IS NULL) "
        "RETURNING true",
        account_id,
        at,
    )
    return bool(done)


async def add_reset(tx: Tx, reset: PasswordReset, client: str, limit: int) -> None:
    """Insert a reset; without the account if that has `limit` open resets already, so that the answer stays the same."""
    await tx.execute(
        "INSERT INTO password_resets (id, account_id, asked_at, until, client) SELECT $1, CASE WHEN (SELECT count(*) "
        "FROM password_resets WHERE account_id = $2 AND ended_at IS NULL AND until > $3) < $6 THEN $2::uuid END, $3, $4, $5",
        reset.id,
        reset.account_id,
        reset.asked_at,
        reset.until,
        client,
        limit,
    )


async def lock_open_reset(tx: Tx, reset_id: UUID, now: datetime) -> PasswordReset | None:
    """Lock an open reset until the transaction ends; None if there is none."""
    row = await tx.fetchrow(
        "SELECT r.*, a.username, p.name FROM password_resets r LEFT JOIN accounts a ON a.id = r.account_id "
        "LEFT JOIN persons p ON p.id = a.person_id WHERE r.id = $1 AND r.ended_at IS NULL AND r.until > $2 FOR UPDATE OF r",
        reset_id,
        now,
    )
    return None if row is None else _reset(row)


async def open_resets(
    tx: Tx, path: str, students: Sequence[UUID], after: UUID | None, now: datetime, limit: int
) -> list[PasswordReset]:
    """Open resets, oldest first, of accounts that belong to `path` or below; if `students` is not empty, only of theirs."""
    rows = await tx.fetch(
        "SELECT r.*, a.username, p.name FROM password_resets r JOIN accounts a ON a.id = r.account_id "
        "JOIN persons p ON p.id = a.person_id WHERE r.ended_at IS NULL AND r.until > $4 AND ($3::uuid IS NULL OR r.id > $3) "
        "AND (EXISTS (SELECT FROM students s WHERE s.account_id = a.id AND (s.id = ANY($2::uuid[]) "
        "OR (cardinality($2::uuid[]) = 0 AND s.path <@ $1::ltree))) "
        "OR (cardinality($2::uuid[]) = 0 AND (EXISTS (SELECT FROM cards c WHERE c.account_id = a.id "
        "AND c.revoked_at IS NULL AND c.path <@ $1::ltree) OR EXISTS (SELECT FROM guardians g JOIN students s "
        "ON s.id = g.student_id WHERE g.account_id = a.id AND g.removed_at IS NULL AND s.path <@ $1::ltree)))) "
        "ORDER BY r.id LIMIT $5",
        path,
        list(students),
        after,
        now,
        limit,
    )
    return [_reset(row) for row in rows]


async def set_code(tx: Tx, reset_id: UUID, code: bytes, by: UUID, issuer: Issuer, until: datetime, suspends: bool) -> None:
    """Store a code; it replaces an older one. `suspends`: using it suspends the cards out of the issuer's scope."""
    await tx.execute(
        "UPDATE password_resets SET code = $2, given_by = $3, until = $4, tries = 0, given_card = $5, given_role = $6, "
        "given_path = $7::text::ltree, given_student = $8, suspends = $9 WHERE id = $1",
        reset_id,
        code,
        by,
        until,
        issuer.card_id,
        issuer.role,
        issuer.path,
        issuer.student_id,
        suspends,
    )


async def count_wrong_code(tx: Tx, reset_id: UUID, limit: int, now: datetime) -> None:
    """Count a wrong code; after `limit` the reset is over."""
    await tx.execute(
        "UPDATE password_resets SET tries = tries + 1, ended_at = CASE WHEN tries + 1 >= $2 THEN $3::timestamptz END "
        "WHERE id = $1",
        reset_id,
        limit,
        now,
    )


async def end_open_resets(tx: Tx, account_id: UUID, now: datetime) -> None:
    """End all open resets of this account."""
    await tx.execute("UPDATE password_resets SET ended_at = $2 WHERE account_id = $1 AND ended_at IS NULL", account_id, now)


async def delete_resets_before(tx: Tx, before: datetime) -> None:
    """Delete resets that expired before this time; the audit trail still has them."""
    await tx.execute("DELETE FROM password_resets WHERE until < $1", before)


def _reset(row: Any) -> PasswordReset:
    issuer = (
        Issuer(row["given_card"], row["given_role"], row["given_path"], row["given_student"]) if row["given_role"] else None
    )
    return from_row(PasswordReset, row, username=row["username"] or "", name=row["name"] or "", issuer=issuer)
