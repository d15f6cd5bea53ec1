"""SQL for identity cards (身份卡): account × person × role × organisation."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import Role
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import columns, from_row


@dataclass(frozen=True)
class Card:
    """An active card. The `path` of a student's or guardian's card is the student's current class."""

    id: UUID
    account_id: UUID
    person_id: UUID
    role: Role
    path: str
    name: str
    username: str
    student_id: UUID | None
    student_name: str | None
    eid: str | None
    disabled: bool = False
    """The account is disabled."""

    def actor(self) -> Actor:
        """The actor of requests that use this card."""
        students = frozenset() if self.student_id is None else frozenset({self.student_id})
        return Actor(self.account_id, self.id, self.role, self.path, self.name, students)


@dataclass(frozen=True)
class NewCard:
    """A card to insert: staff have a path, students and guardians a student."""

    account_id: UUID
    person_id: UUID
    role: Role
    path: str | None = None
    student_id: UUID | None = None


def _card(row: Any) -> Card:
    return from_row(Card, row, path=row["org_path"], disabled=row["disabled_at"] is not None)


async def of_account(tx: Tx, account_id: UUID) -> list[Card]:
    """All active cards of an account, oldest first."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.person_id, c.role, coalesce(c.path, s.path) AS org_path, p.name, a.username, "
        "a.disabled_at, c.student_id, sp.name AS student_name, s.eid FROM cards c JOIN persons p ON p.id = c.person_id "
        "JOIN accounts a ON a.id = c.account_id LEFT JOIN students s ON s.id = c.student_id "
        "LEFT JOIN persons sp ON sp.id = s.person_id WHERE c.account_id = $1 AND c.revoked_at IS NULL ORDER BY c.id",
        account_id,
    )
    return [_card(row) for row in rows]


async def lock(tx: Tx, card_id: UUID) -> Card | None:
    """Lock an active card until the transaction ends; None if there is none."""
    row = await tx.fetchrow(
        "SELECT c.id, c.account_id, c.person_id, c.role, coalesce(c.path, s.path) AS org_path, p.name, a.username, "
        "a.disabled_at, c.student_id, sp.name AS student_name, s.eid FROM cards c JOIN persons p ON p.id = c.person_id "
        "JOIN accounts a ON a.id = c.account_id LEFT JOIN students s ON s.id = c.student_id "
        "LEFT JOIN persons sp ON sp.id = s.person_id WHERE c.id = $1 AND c.revoked_at IS NULL FOR UPDATE OF c",
        card_id,
    )
    return None if row is None else _card(row)


async def staff(tx: Tx, path: str, after: tuple[str, UUID] | None, limit: int) -> list[Card]:
    """Active staff cards in an organisation and below it, by path."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.person_id, c.role, c.path AS org_path, p.name, a.username, a.disabled_at, c.student_id, "
        "NULL AS student_name, NULL AS eid FROM cards c JOIN persons p ON p.id = c.person_id "
        "JOIN accounts a ON a.id = c.account_id WHERE c.path <@ $1::ltree AND c.student_id IS NULL AND c.revoked_at IS NULL "
        "AND ($2::text IS NULL OR (c.path, c.id) > ($2::text::ltree, $3::uuid)) ORDER BY c.path, c.id LIMIT $4",
        path,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
    )
    return [_card(row) for row in rows]


async def add(tx: Tx, new: Sequence[NewCard]) -> list[tuple[UUID, NewCard]]:
    """Insert the cards that do not exist yet; returns those with their ids."""
    ids = {new_id(): card for card in new}
    rows = await tx.fetch(
        "INSERT INTO cards (id, account_id, person_id, role, path, student_id) SELECT n.id, n.account_id, n.person_id, "
        "n.role, n.path::ltree, n.student_id "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[]) "
        "AS n (id, account_id, person_id, role, path, student_id) ON CONFLICT DO NOTHING RETURNING id",
        list(ids),
        *columns(new, "account_id", "person_id", "role", "path", "student_id"),
    )
    return [(row["id"], ids[row["id"]]) for row in rows]


async def revoke(tx: Tx, card_ids: Sequence[UUID], now: datetime, reason: str) -> None:
    """Revoke cards."""
    await tx.execute(
        "UPDATE cards SET revoked_at = $2, reason = $3 WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL",
        list(card_ids),
        now,
        reason,
    )


async def of_students(tx: Tx, student_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The active cards of students and their guardians: (card, account)."""
    rows = await tx.fetch(
        "SELECT id, account_id FROM cards WHERE student_id = ANY($1::uuid[]) AND revoked_at IS NULL", list(student_ids)
    )
    return [(row["id"], row["account_id"]) for row in rows]


async def of_guardians(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> list[tuple[UUID, UUID]]:
    """Lock the active guardians' cards of these (account, student) pairs: (card, account)."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id FROM cards c JOIN unnest($1::uuid[], $2::uuid[]) AS n (account_id, student_id) "
        "ON n.account_id = c.account_id AND n.student_id = c.student_id "
        "WHERE c.role = 'guardian' AND c.revoked_at IS NULL FOR UPDATE OF c",
        [account for account, _ in pairs],
        [student for _, student in pairs],
    )
    return [(row["id"], row["account_id"]) for row in rows]
