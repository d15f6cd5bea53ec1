"""SQL for education ids: whose they are, whether they are in use, and lists of them (BJ-01, BJ-02)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import Role
from servicekit.db import Tx
from servicekit.mapping import from_row

from identity.store.accounts import Account

MOST_GUARDIANS = 8


@dataclass(frozen=True)
class ListedId:
    """One line of an exported list: of a student (with the class) or a member of staff (with role and organisation)."""

    account_id: UUID
    name: str
    education_id: str | None
    path: str
    about: str
    """The class; of staff the titles of the organisation."""
    role: Role | None = None
    guardians: tuple[str, ...] = ()
    """Names and relations of a student's registered guardians."""


async def path_of_student(tx: Tx, eid: str) -> str | None:
    """The class of the student with this education id."""
    path: str | None = await tx.fetchval("SELECT path::text FROM students WHERE eid = $1", eid)
    return path


async def guardians(tx: Tx, eid: str) -> list[Account]:
    """The accounts of the registered guardians of the student with this education id, first registered first."""
    rows = await tx.fetch(
        "SELECT a.*, p.name, p.id_number, p.id_number_index, c.password_hash, c.must_change, c.held_since "
        "FROM students s JOIN guardians g ON g.student_id = s.id JOIN accounts a ON a.id = g.account_id "
        "JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id "
        "WHERE s.eid = $1 AND g.removed_at IS NULL ORDER BY g.made_at, g.account_id LIMIT $2",
        eid,
        MOST_GUARDIANS,
    )
    return [from_row(Account, row, disabled=row["disabled_at"] is not None) for row in rows]


async def in_use(tx: Tx, ids: Collection[str]) -> frozenset[str]:
    """Those of these education ids that a student or a member of staff has."""
    rows = await tx.fetch(
        "SELECT eid AS id FROM students WHERE eid = ANY($1::text[]) UNION SELECT username FROM accounts "
        "WHERE username = ANY($1::text[]) UNION SELECT education_id FROM accounts WHERE education_id = ANY($1::text[])",
        list(ids),
    )
    return frozenset(row["id"] for row in rows)


async def without(tx: Tx, account_ids: Sequence[UUID]) -> list[UUID]:
    """Lock those of the accounts that have no education id yet."""
    rows = await tx.fetch(
        "SELECT id FROM accounts WHERE id = ANY($1::uuid[]) AND education_id IS NULL ORDER BY id FOR UPDATE", list(account_ids)
    )
    return [row["id"] for row in rows]


async def give(tx: Tx, given: Sequence[tuple[UUID, str]]) -> None:
    """Store the education ids of members of staff; one that is there never changes."""
    await tx.execute(
        "UPDATE accounts a SET education_id = n.eid FROM unnest($1::uuid[], $2::text[]) AS n (id, eid) "
        "WHERE a.id = n.id AND a.education_id IS NULL",
        [account_id for account_id, _ in given],
        [text for _, text in given],
    )


async def of_students(tx: Tx, path: str, limit: int) -> list[ListedId]:
    """The students of an organisation, in the school's order of classes."""
    rows = await tx.fetch(
        "SELECT s.account_id, s.name, s.eid AS education_id, s.path, concat_ws(' ', s.grade_title, s.class_title) AS about, "
        "array(SELECT g.name || '（' || g.relation || '）' FROM guardians g WHERE g.student_id = s.id "
        "AND g.removed_at IS NULL ORDER BY g.made_at, g.account_id) AS guardians "
        "FROM student_details s WHERE s.path <@ $1::ltree AND s.status <> 'left' ORDER BY s.ordering, s.path, s.name_key, s.id "
        "LIMIT $2",
        path,
        limit,
    )
    return [from_row(ListedId, row, role=None, guardians=tuple(row["guardians"])) for row in rows]


async def of_staff(tx: Tx, path: str, limit: int) -> list[ListedId]:
    """The staff of a school, a row for each card that is not revoked."""
    rows = await tx.fetch(
        "SELECT c.account_id, p.name, a.education_id, c.path, coalesce(l.label, '') AS about, c.role "
        "FROM cards c JOIN accounts a ON a.id = c.account_id JOIN persons p ON p.id = c.person_id "
        "LEFT JOIN organisation_labels l ON l.path = c.path "
        "WHERE c.path <@ $1::ltree AND c.student_id IS NULL AND c.revoked_at IS NULL AND c.activated_at IS NOT NULL "
        "AND c.suspended_at IS NULL ORDER BY p.name_key, c.account_id, c.path LIMIT $2",
        path,
        limit,
    )
    return [from_row(ListedId, row, guardians=()) for row in rows]
