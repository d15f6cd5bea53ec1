"""The audit trail. Append-only: the service's database role may only insert, and a trigger refuses changes by any role."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import from_row


@dataclass(frozen=True)
class NewAuditRow:
    """An action to write down: what, by whom, to whom. Must not contain secrets or ID numbers.

    `paths`: the org_paths whose administrators may read the row; default: those of the acting account's active cards and own
    enrolments, or, where it has none, of those that offer it a card. An offer shows nothing of an account in use (L-01).
    """

    what: str
    account_id: UUID | None
    card_id: UUID | None = None
    subject: str | None = None
    client: str | None = None
    detail: dict[str, Any] = field(default_factory=dict)
    paths: tuple[str, ...] = ()


@dataclass(frozen=True)
class AuditRow:
    """A row as it is read, with the name of whoever acted."""

    id: UUID
    at: datetime
    what: str
    account_id: UUID | None
    name: str | None
    card_id: UUID | None
    role: str | None
    subject: str | None
    client: str | None
    detail: dict[str, Any]
    paths: tuple[str, ...]


async def add(tx: Tx, now: datetime, notes: Sequence[NewAuditRow]) -> None:
    """Insert rows, in the transaction of the action itself."""
    await tx.executemany(
        "INSERT INTO audit (id, at, what, account_id, card_id, subject, client, detail, paths) "
        "VALUES ($1, $2, $3, $4::uuid, $5, $6, $7, $8, CASE WHEN cardinality($9::text[]) > 0 THEN $9::text[]::ltree[] "
        "WHEN EXISTS (SELECT FROM active_cards WHERE account_id = $4) OR EXISTS (SELECT FROM students WHERE account_id = $4) "
        "THEN array(SELECT coalesce(c.path, s.path) FROM active_cards c LEFT JOIN students s ON s.id = c.student_id "
        "WHERE c.account_id = $4 UNION SELECT path FROM students WHERE account_id = $4) "
        "ELSE array(SELECT path FROM cards WHERE account_id = $4 AND revoked_at IS NULL AND path IS NOT NULL "
        "UNION SELECT s.path FROM guardians g JOIN students s ON s.id = g.student_id "
        "WHERE g.account_id = $4 AND g.removed_at IS NULL) END)",
        [(new_id(), now, n.what, n.account_id, n.card_id, n.subject, n.client, n.detail, list(n.paths)) for n in notes],
    )


async def listed(
    tx: Tx, path: str, what: str | None, account_id: UUID | None, subject: str | None, before: UUID | None, limit: int
) -> list[AuditRow]:
    """The rows of an organisation and below it, newest first; of other organisations that they concern nothing is shown."""
    rows = await tx.fetch(
        "SELECT n.id, n.at, n.what, n.account_id, p.name, n.card_id, c.role, n.subject, n.client, n.detail, "
        "array(SELECT o::text FROM unnest(n.paths) o WHERE o <@ $1::ltree) AS org_paths "
        "FROM audit n LEFT JOIN accounts a ON a.id = n.account_id "
        "LEFT JOIN persons p ON p.id = a.person_id LEFT JOIN cards c ON c.id = n.card_id "
        "WHERE n.paths <@ $1::ltree AND ($2::text IS NULL OR n.what = $2) AND ($3::uuid IS NULL OR n.account_id = $3) "
        "AND ($4::text IS NULL OR n.subject = $4) AND ($5::uuid IS NULL OR n.id < $5) ORDER BY n.id DESC LIMIT $6",
        path,
        what,
        account_id,
        subject,
        before,
        limit,
    )
    return [from_row(AuditRow, row, paths=tuple(row["org_paths"])) for row in rows]


async def has_signed_in(tx: Tx, account_id: UUID) -> bool:
    """Has anybody ever signed in to the account?"""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM audit WHERE account_id = $1 AND what = 'signed_in')", account_id
    )
    return found
