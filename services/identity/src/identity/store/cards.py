"""SQL for identity cards (身份卡): account × person × role × organisation. A card is offered, active, suspended or revoked;
only the view `active_cards` gives rights (L-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from contracts.base import Role
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import columns, from_row

from identity.domain.account_scope import HeldCard

type CardState = Literal["offered", "active", "suspended"]


@dataclass(frozen=True)
class Card:
    """A card that is not revoked. The `path` of a student's or guardian's card is the student's current class."""

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
    state: CardState = "active"
    organisation: str | None = None
    """The title of its organisation: of a class with school and grade; None: the whole country."""
    scheme_id: str | None = None
    scheme_version: str | None = None
    """The scheme that is in force there."""

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
    offered: bool = False
    """Gives no right until the holder proves it."""


def _card(row: Any) -> Card:
    return from_row(Card, row, path=row["org_path"], disabled=row["disabled_at"] is not None)


def _held(row: Any) -> HeldCard:
    return HeldCard(row["id"], row["account_id"], row["role"], row["org_path"], row["student_id"])


async def of_account(tx: Tx, account_id: UUID) -> list[Card]:
    """All active cards of an account, oldest first."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.person_id, c.role, coalesce(c.path, s.path) AS org_path, p.name, a.username, "
        "a.disabled_at, c.student_id, sp.name AS student_name, coalesce(s.eid, CASE WHEN c.student_id IS NULL "
        "THEN a.education_id END) AS eid, 'active' AS state, "
        "l.label AS organisation, l.scheme_id, l.scheme_version "
        "FROM active_cards c JOIN persons p ON p.id = c.person_id "
        "JOIN accounts a ON a.id = c.account_id LEFT JOIN students s ON s.id = c.student_id "
        "LEFT JOIN persons sp ON sp.id = s.person_id LEFT JOIN organisation_labels l ON l.path = coalesce(c.path, s.path) "
        "WHERE c.account_id = $1 ORDER BY c.id",
        account_id,
    )
    return [_card(row) for row in rows]


async def pending(tx: Tx, account_id: UUID) -> list[Card]:
    """The offered and the suspended cards of an account, oldest first."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.person_id, c.role, coalesce(c.path, s.path) AS org_path, p.name, a.username, "
        "a.disabled_at, c.student_id, NULL AS student_name, NULL AS eid, "
        "CASE WHEN c.activated_at IS NULL THEN 'offered' ELSE 'suspended' END AS state, "
        "l.label AS organisation, l.scheme_id, l.scheme_version "
        "FROM cards c JOIN persons p ON p.id = c.person_id JOIN accounts a ON a.id = c.account_id "
        "LEFT JOIN students s ON s.id = c.student_id LEFT JOIN organisation_labels l ON l.path = coalesce(c.path, s.path) "
        "WHERE c.account_id = $1 AND c.revoked_at IS NULL "
        "AND (c.activated_at IS NULL OR c.suspended_at IS NOT NULL) ORDER BY c.id",
        account_id,
    )
    return [_card(row) for row in rows]


async def lock(tx: Tx, card_id: UUID) -> Card | None:
    """Lock a card that is not revoked until the transaction ends; None if there is none."""
    row = await tx.fetchrow(
        "SELECT c.id, c.account_id, c.person_id, c.role, coalesce(c.path, s.path) AS org_path, p.name, a.username, "
        "a.disabled_at, c.student_id, sp.name AS student_name, s.eid, CASE WHEN c.activated_at IS NULL THEN 'offered' "
        "WHEN c.suspended_at IS NOT NULL THEN 'suspended' ELSE 'active' END AS state, "
        "l.label AS organisation, l.scheme_id, l.scheme_version FROM cards c "
        "JOIN persons p ON p.id = c.person_id JOIN accounts a ON a.id = c.account_id "
        "LEFT JOIN students s ON s.id = c.student_id LEFT JOIN organisation_labels l ON l.path = coalesce(c.path, s.path) "
        "LEFT JOIN persons sp ON sp.id = s.person_id WHERE c.id = $1 AND c.revoked_at IS NULL FOR UPDATE OF c",
        card_id,
    )
    return None if row is None else _card(row)


async def staff(tx: Tx, path: str, after: tuple[str, UUID] | None, limit: int) -> list[Card]:
    """Staff cards in an organisation and below it, by path: offered, active and suspended ones. Whether the account is
    disabled is known only to organisations in which it has an active card."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.person_id, c.role, c.path AS org_path, p.name, a.username, "
        "CASE WHEN c.activated_at IS NOT NULL AND c.suspended_at IS NULL THEN a.disabled_at END AS disabled_at, c.student_id, "
        "NULL AS student_name, NULL AS eid, CASE WHEN c.activated_at IS NULL THEN 'offered' "
        "WHEN c.suspended_at IS NOT NULL THEN 'suspended' ELSE 'active' END AS state, "
        "l.label AS organisation, l.scheme_id, l.scheme_version FROM cards c "
        "JOIN persons p ON p.id = c.person_id JOIN accounts a ON a.id = c.account_id "
        "LEFT JOIN organisation_labels l ON l.path = c.path "
        "WHERE c.path <@ $1::ltree AND c.student_id IS NULL AND c.revoked_at IS NULL "
        "AND ($2::text IS NULL OR (c.path, c.id) > ($2::text::ltree, $3::uuid)) ORDER BY c.path, c.id LIMIT $4",
        path,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
    )
    return [_card(row) for row in rows]


async def add(tx: Tx, new: Sequence[NewCard]) -> list[tuple[UUID, NewCard]]:
    """Insert the cards that do not exist yet, active or offered; returns those with their ids."""
    ids = {new_id(): card for card in new}
    rows = await tx.fetch(
        "INSERT INTO cards (id, account_id, person_id, role, path, student_id, activated_at) SELECT n.id, n.account_id, "
        "n.person_id, n.role, n.path::ltree, n.student_id, CASE WHEN NOT n.offered THEN now() END "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::boolean[]) "
        "AS n (id, account_id, person_id, role, path, student_id, offered) ON CONFLICT DO NOTHING RETURNING id",
        list(ids),
        *columns(new, "account_id", "person_id", "role", "path", "student_id", "offered"),
    )
    return [(row["id"], ids[row["id"]]) for row in rows]


async def revoke(tx: Tx, card_ids: Sequence[UUID | None], now: datetime, reason: str) -> None:
    """Revoke cards."""
    await tx.execute(
        "UPDATE cards SET revoked_at = $2, reason = $3 WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL",
        list(card_ids),
        now,
        reason,
    )


async def staff_of(tx: Tx, account_ids: Sequence[UUID]) -> set[tuple[UUID, str]]:
    """Where these accounts have active staff cards: (account, school or unit above)."""
    rows = await tx.fetch(
        "SELECT DISTINCT account_id, subpath(path, 0, least(4, nlevel(path))) AS org FROM active_cards "
        "WHERE account_id = ANY($1::uuid[]) AND student_id IS NULL AND nlevel(path) > 0",
        list(account_ids),
    )
    return {(row["account_id"], row["org"]) for row in rows}


async def suspend(tx: Tx, card_ids: Sequence[UUID | None], now: datetime) -> None:
    """Suspend active cards."""
    await tx.execute(
        "UPDATE cards SET suspended_at = $2 WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL AND suspended_at IS NULL",
        list(card_ids),
        now,
    )


async def activate(tx: Tx, card_ids: Sequence[UUID | None], now: datetime) -> None:
    """The holder proved these offered or suspended cards."""
    await tx.execute(
        "UPDATE cards SET activated_at = $2, suspended_at = NULL WHERE id = ANY($1::uuid[]) AND revoked_at IS NULL",
        list(card_ids),
        now,
    )


async def suspended_of_students(tx: Tx, account_id: UUID, role: Role, student_ids: Sequence[UUID]) -> list[HeldCard]:
    """Lock the account's suspended cards of this role for these students."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.role, s.path AS org_path, c.student_id FROM cards c "
        "JOIN students s ON s.id = c.student_id "
        "WHERE c.account_id = $1 AND c.role = $2 AND c.student_id = ANY($3::uuid[]) AND c.revoked_at IS NULL "
        "AND c.suspended_at IS NOT NULL FOR UPDATE OF c",
        account_id,
        role,
        list(student_ids),
    )
    return [_held(row) for row in rows]


async def of_students(tx: Tx, student_ids: Sequence[UUID]) -> list[tuple[UUID, UUID]]:
    """The active cards of students and their guardians: (card, account)."""
    rows = await tx.fetch(
        "SELECT id, account_id FROM cards WHERE student_id = ANY($1::uuid[]) AND revoked_at IS NULL", list(student_ids)
    )
    return [(row["id"], row["account_id"]) for row in rows]


async def of_guardians(tx: Tx, pairs: Sequence[tuple[UUID, UUID]]) -> list[HeldCard]:
    """Lock the guardians' cards of these (account, student) pairs that are not revoked."""
    rows = await tx.fetch(
        "SELECT c.id, c.account_id, c.role, s.path AS org_path, c.student_id FROM cards c "
        "JOIN unnest($1::uuid[], $2::uuid[]) AS n (account_id, student_id) "
        "ON n.account_id = c.account_id AND n.student_id = c.student_id JOIN students s ON s.id = c.student_id "
        "WHERE c.role = 'guardian' AND c.revoked_at IS NULL FOR UPDATE OF c",
        [account for account, _ in pairs],
        [student for _, student in pairs],
    )
    return [_held(row) for row in rows]


async def roles_at(tx: Tx, path: str) -> list[str]:
    """The roles to which somebody is appointed at exactly this organisation, also where they have not signed in yet."""
    rows = await tx.fetch(
        "SELECT DISTINCT c.role FROM cards c JOIN accounts a ON a.id = c.account_id WHERE c.path = $1::text::ltree "
        "AND c.revoked_at IS NULL AND a.disabled_at IS NULL ORDER BY c.role",
        path,
    )
    return [row["role"] for row in rows]
