"""SQL for roster imports: what is known about the people whom a roster names."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from identity.domain.organisations import Organisation
from identity.domain.roster.known import AccountHolder, DocumentHolder
from identity.domain.students import Student
from identity.store.organisations import organisation_of
from identity.store.students import student_of


async def below(tx: Tx, school: str) -> list[Organisation]:
    """The grades and classes of a school, in its own order."""
    rows = await tx.fetch(
        "SELECT * FROM organisations WHERE path <@ $1::ltree AND path <> $1::ltree ORDER BY ordering, path", school
    )
    return [organisation_of(row) for row in rows]


async def document_holders(tx: Tx, indexes: Sequence[bytes]) -> dict[bytes, DocumentHolder]:
    """The persons with these identity documents, with all their enrolments."""
    persons = await tx.fetch(
        "SELECT id, name, id_number_index, EXISTS (SELECT FROM accounts a WHERE a.person_id = p.id) AS has_account "
        "FROM persons p WHERE id_number_index = ANY($1::bytea[])",
        indexes,
    )
    rows = await tx.fetch(
        "SELECT * FROM student_details WHERE person_id = ANY($1::uuid[]) ORDER BY id", [row["id"] for row in persons]
    )
    enrolled: dict[UUID, list[Student]] = {}
    for row in rows:
        enrolled.setdefault(row["person_id"], []).append(student_of(row))
    return {
        row["id_number_index"]: DocumentHolder(row["id"], row["name"], tuple(enrolled.get(row["id"], ())), row["has_account"])
        for row in persons
    }


async def by_former_number(tx: Tx, indexes: Sequence[bytes]) -> dict[bytes, Student]:
    """The students who had these registry numbers before they were replaced."""
    rows = await tx.fetch(
        "SELECT f.registry_index AS former, s.* FROM former_registry_numbers f JOIN student_details s ON s.id = f.student_id "
        "WHERE f.registry_index = ANY($1::bytea[])",
        list(indexes),
    )
    return {row["former"]: student_of(row) for row in rows}


async def namesakes(tx: Tx, school: str, keys: Sequence[str]) -> dict[str, tuple[Student, ...]]:
    """The school's students who have these name keys."""
    rows = await tx.fetch(
        "SELECT * FROM student_details WHERE path <@ $1::ltree AND status <> 'left' AND name_key = ANY($2::text[]) ORDER BY id",
        school,
        list(keys),
    )
    found: dict[str, tuple[Student, ...]] = {}
    for row in rows:
        found[row["name_key"]] = (*found.get(row["name_key"], ()), student_of(row))
    return found


async def account_holders(tx: Tx, phones: Sequence[str]) -> dict[str, AccountHolder]:
    """The accounts with these phone numbers as login names, and what they give access to."""
    rows = await tx.fetch(
        "SELECT a.username, a.id, a.person_id, p.name, p.id_number_index, a.education_id, "
        "c.password_hash IS NOT NULL AS has_password, "
        "array(SELECT coalesce(k.path, s.path)::text FROM active_cards k LEFT JOIN students s ON s.id = k.student_id "
        "WHERE k.account_id = a.id) AS active, "
        "EXISTS (SELECT FROM accounts b WHERE b.person_id = a.person_id AND b.id <> a.id) AS shared, "
        "array(SELECT coalesce(k.path, s.path)::text FROM cards k LEFT JOIN students s ON s.id = k.student_id "
        "WHERE k.account_id = a.id AND k.revoked_at IS NULL AND (k.activated_at IS NULL OR k.suspended_at IS NOT NULL) "
        "UNION ALL SELECT s.path::text FROM guardians g JOIN students s ON s.id = g.student_id "
        "WHERE g.account_id = a.id AND g.removed_at IS NULL) AS offered, "
        "array(SELECT ARRAY[k.role, k.path::text] FROM cards k "
        "WHERE k.account_id = a.id AND k.revoked_at IS NULL AND k.student_id IS NULL) AS staff "
        "FROM accounts a JOIN persons p ON p.id = a.person_id JOIN credentials c ON c.account_id = a.id "
        "WHERE a.username = ANY($1::text[])",
        list(phones),
    )
    return {row["username"]: _holder(row) for row in rows}


def _holder(row: Any) -> AccountHolder:
    return AccountHolder(
        account_id=row["id"],
        person_id=row["person_id"],
        name=row["name"],
        index=row["id_number_index"],
        has_password=row["has_password"],
        active=tuple(row["active"]),
        offered=tuple(row["offered"]),
        education_id=row["education_id"],
        shared=row["shared"],
        staff=frozenset((role, path) for role, path in row["staff"]),
    )


async def guardian_cards(tx: Tx, student_ids: Sequence[UUID]) -> frozenset[tuple[UUID, UUID]]:
    """(student, account) of the guardians' cards of these students that are not revoked."""
    rows = await tx.fetch(
        "SELECT student_id, account_id FROM cards WHERE student_id = ANY($1::uuid[]) AND role = 'guardian' "
        "AND revoked_at IS NULL",
        list(student_ids),
    )
    return frozenset((row["student_id"], row["account_id"]) for row in rows)


async def claimed(tx: Tx, school: str, student_ids: Sequence[UUID]) -> frozenset[UUID]:
    """Those of these students whom the school claims already."""
    rows = await tx.fetch(
        "SELECT student_id FROM student_claims WHERE student_id = ANY($1::uuid[]) AND school = $2::text::ltree "
        "AND state = 'open'",
        list(student_ids),
        school,
    )
    return frozenset(row["student_id"] for row in rows)
