"""SQL for students and their guardians."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.mapping import columns, from_row

from identity.domain.students import Guardian, Student


def student_of(row: Any) -> Student:
    """The student of a row of `student_details`."""
    titles = {name: row[name] or "" for name in ("school_title", "grade_title", "class_title")}
    return from_row(Student, row, **titles)


async def by_registry(tx: Tx, indexes: Sequence[bytes]) -> list[Student]:
    """The students with these registry numbers (by keyed hash)."""
    rows = await tx.fetch("SELECT * FROM student_details WHERE registry_index = ANY($1::bytea[])", list(indexes))
    return [student_of(row) for row in rows]


async def by_ids(tx: Tx, ids: Sequence[UUID]) -> list[Student]:
    """The students with these ids."""
    return [student_of(row) for row in await tx.fetch("SELECT * FROM student_details WHERE id = ANY($1::uuid[])", list(ids))]


async def of_account(tx: Tx, account_id: UUID) -> list[Student]:
    """The students whose own account this is."""
    return [student_of(row) for row in await tx.fetch("SELECT * FROM student_details WHERE account_id = $1", account_id)]


async def of_person(tx: Tx, index: bytes) -> list[Student]:
    """The enrolments of the person with this ID number, without those that ended."""
    rows = await tx.fetch("SELECT * FROM student_details WHERE id_number_index = $1 AND status <> 'left'", index)
    return [student_of(row) for row in rows]


async def lock(tx: Tx, student_id: UUID) -> Student | None:
    """Lock a student until the transaction ends."""
    await tx.execute("SELECT 1 FROM students WHERE id = $1 FOR UPDATE", student_id)
    found = await by_ids(tx, [student_id])
    return found[0] if found else None


async def listed(
    tx: Tx, path: str, q: str | None, key: str | None, registry: bytes | None, after: tuple[str, UUID] | None, limit: int
) -> list[Student]:
    """Students of a school, grade or class, in the school's order of classes. `q` matches a complete EID or student number,
    `key`, its name key, part of a name, and `registry`, the keyed hash of a complete registry number, that number."""
    rows = await tx.fetch(
        "SELECT * FROM student_details WHERE path <@ $1::ltree "
        "AND ($2::text IS NULL OR strpos(coalesce(name_key, name), $7) > 0 OR eid = $2 OR registry_index = $6 "
        "OR student_number = $2) "
        "AND ($3::text IS NULL OR (ordering, path, id) > (coalesce((SELECT o.ordering FROM organisations o "
        "WHERE o.path = $3::text::ltree), $3::text::ltree), $3::text::ltree, $4::uuid)) ORDER BY ordering, path, id LIMIT $5",
        path,
        q,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
        registry,
        key,
    )
    return [student_of(row) for row in rows]


async def listed_above_schools(
    tx: Tx, path: str, q: str | None, key: str | None, registry: bytes | None, after: tuple[str, UUID] | None, limit: int
) -> list[Student]:
    """As `listed`, for levels above schools: by path, which an index has."""
    rows = await tx.fetch(
        "SELECT * FROM student_details WHERE path <@ $1::ltree "
        "AND ($2::text IS NULL OR strpos(coalesce(name_key, name), $7) > 0 OR eid = $2 OR registry_index = $6 "
        "OR student_number = $2) "
        "AND ($3::text IS NULL OR (path, id) > ($3::text::ltree, $4::uuid)) ORDER BY path, id LIMIT $5",
        path,
        q,
        None if after is None else after[0],
        None if after is None else after[1],
        limit,
        registry,
        key,
    )
    return [student_of(row) for row in rows]


async def with_plaintext_registry_number(tx: Tx, limit: int) -> list[tuple[UUID, str]]:
    """Lock students whose registry numbers were stored in clear, before ADR 5."""
    rows = await tx.fetch(
        "SELECT id, registry_number FROM students WHERE registry_sealed IS NULL ORDER BY id LIMIT $1 FOR UPDATE", limit
    )
    return [(row["id"], row["registry_number"]) for row in rows]


async def seal_registry_number(tx: Tx, sealed: Sequence[tuple[UUID, str, str, bytes]]) -> None:
    """Replace numbers in clear by (student, masked, encrypted, keyed hash)."""
    await tx.executemany(
        "UPDATE students SET registry_number = $2, registry_sealed = $3, registry_index = $4 WHERE id = $1", list(sealed)
    )


async def add(tx: Tx, new: Sequence[Student]) -> None:
    """Insert students; their persons and accounts exist already."""
    await tx.execute(
        "INSERT INTO students (id, person_id, account_id, registry_number, student_number, eid, path, status, "
        "registry_sealed, registry_index) SELECT n.id, n.person_id, n.account_id, n.registry_number, n.student_number, n.eid, "
        "n.path::ltree, n.status, n.registry_sealed, n.registry_index "
        "FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::text[], $8::text[], "
        "$9::text[], $10::bytea[]) AS n (id, person_id, account_id, registry_number, student_number, eid, path, status, "
        "registry_sealed, registry_index)",
        *columns(new, "id", "person_id", "account_id", "registry_number", "student_number", "eid"),
        *columns(new, "path", "status", "registry_sealed", "registry_index"),
    )


async def save(tx: Tx, changed: Sequence[Student]) -> None:
    """Update class, status, student number, registry number and version."""
    await tx.execute(
        "UPDATE students s SET student_number = n.student_number, path = n.path::ltree, status = n.status, "
        "registry_number = n.registry_number, registry_sealed = n.registry_sealed, registry_index = n.registry_index, "
        "version = n.version, home = n.home::ltree FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::integer[], "
        "$6::text[], $7::text[], $8::bytea[], $9::text[]) AS n (id, student_number, path, status, version, registry_number, "
        "registry_sealed, registry_index, home) WHERE s.id = n.id",
        *columns(changed, "id", "student_number", "path", "status", "version"),
        *columns(changed, "registry_number", "registry_sealed", "registry_index", "home"),
    )


async def add_former_numbers(tx: Tx, replaced: Sequence[Student], now: datetime) -> None:
    """Keep the registry numbers that these students had, sealed; a number that returns is no longer a former one."""
    await tx.execute(
        "INSERT INTO former_registry_numbers (registry_index, registry_sealed, student_id, replaced_at) "
        "SELECT n.idx, n.sealed, n.id, $4 FROM unnest($1::uuid[], $2::text[], $3::bytea[]) AS n (id, sealed, idx) "
        "WHERE n.idx IS NOT NULL "
        "ON CONFLICT (registry_index) DO UPDATE SET student_id = excluded.student_id, replaced_at = excluded.replaced_at, "
        "registry_sealed = excluded.registry_sealed",
        *columns(replaced, "id", "registry_sealed", "registry_index"),
        now,
    )


async def forget_former_numbers(tx: Tx, indexes: Sequence[bytes]) -> None:
    """These numbers are in use again."""
    await tx.execute("DELETE FROM former_registry_numbers WHERE registry_index = ANY($1::bytea[])", list(indexes))


async def add_enrolment_changes(
    tx: Tx, changes: Sequence[tuple[Student, Student]], reason: str, by_account: UUID, now: datetime
) -> None:
    """Insert history rows of (before, after) pairs."""
    await tx.executemany(
        "INSERT INTO enrolment_changes (id, student_id, from_path, to_path, from_status, to_status, reason, by_account, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        [
            (new_id(), after.id, before.path, after.path, before.status, after.status, reason, by_account, now)
            for before, after in changes
        ],
    )


async def guardians(tx: Tx, student_ids: Sequence[UUID]) -> list[Guardian]:
    """The guardians registered for these students."""
    rows = await tx.fetch(
        "SELECT g.student_id, g.account_id, g.name, g.relation, coalesce(g.phone, a.username) AS phone, "
        "g.document_type, g.id_number_index "
        "FROM guardians g JOIN accounts a ON a.id = g.account_id WHERE g.student_id = ANY($1::uuid[]) "
        "AND g.removed_at IS NULL ORDER BY g.student_id, g.made_at, g.account_id",
        list(student_ids),
    )
    return [from_row(Guardian, row) for row in rows]


async def registered_at(tx: Tx, account_id: UUID) -> list[str]:
    """The titles of schools that registered the account as a guardian and whose child's card was not taken."""
    rows = await tx.fetch(
        "SELECT DISTINCT o.title FROM guardians g JOIN students s ON s.id = g.student_id "
        "JOIN organisations o ON o.path = subpath(s.path, 0, 4) WHERE g.account_id = $1 AND g.removed_at IS NULL "
        "AND s.status <> 'left' AND NOT EXISTS (SELECT FROM cards c WHERE c.account_id = g.account_id "
        "AND c.student_id = g.student_id AND c.role = 'guardian' AND c.revoked_at IS NULL) ORDER BY o.title",
        account_id,
    )
    return [row["title"] for row in rows]


async def register_guardians(tx: Tx, found: Sequence[Guardian], sealed: Sequence[str | None], source: str) -> None:
    """Insert or update registered guardians; `sealed`: the number of each one's document, None leaves it as it is."""
    await tx.execute(
        "INSERT INTO guardians (student_id, account_id, name, relation, phone, document_type, id_number_index, id_number, "
        "source) SELECT n.student_id, n.account_id, n.name, n.relation, n.phone, n.document_type, n.idx, n.sealed, $9 "
        "FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::text[], $7::bytea[], $8::text[]) "
        "AS n (student_id, account_id, name, relation, phone, document_type, idx, sealed) "
        "ON CONFLICT (student_id, account_id) DO UPDATE SET name = excluded.name, relation = excluded.relation, "
        "phone = excluded.phone, document_type = coalesce(excluded.document_type, guardians.document_type), "
        "id_number = coalesce(excluded.id_number, guardians.id_number), "
        "id_number_index = coalesce(excluded.id_number_index, guardians.id_number_index), "
        "source = excluded.source, removed_at = NULL",
        *columns(found, "student_id", "account_id", "name", "relation", "phone", "document_type", "id_number_index"),
        list(sealed),
        source,
    )


async def remove_guardians(tx: Tx, pairs: Sequence[tuple[UUID, UUID]], now: datetime) -> None:
    """Mark these (account, student) pairs as removed."""
    await tx.execute(
        "UPDATE guardians g SET removed_at = $3 FROM unnest($1::uuid[], $2::uuid[]) AS n (account_id, student_id) "
        "WHERE g.account_id = n.account_id AND g.student_id = n.student_id",
        [account for account, _ in pairs],
        [student for _, student in pairs],
        now,
    )
