"""SQL for upload codes and signed forms (NR-02, NR-03)."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.directory import Student, student_of
from servicekit.mapping import from_row

from archive.domain.evaluations import Author
from archive.domain.signed_forms import Photo, SignedForm


def _form(row: Any) -> SignedForm:
    return from_row(SignedForm, row, by=Author(row["account_id"], row["author_name"]), role=row["author_role"])


async def save_codes(tx: Tx, codes: Sequence[tuple[UUID, bytes, int]]) -> None:
    """Store the keyed hashes of students' upload codes; an older serial changes nothing."""
    await tx.execute(
        "INSERT INTO upload_codes AS u (student_id, code_index, serial) "
        "SELECT * FROM unnest($1::uuid[], $2::bytea[], $3::integer[]) AS n (student_id, code_index, serial) "
        "ORDER BY student_id ON CONFLICT (student_id) DO UPDATE SET code_index = excluded.code_index, serial = excluded.serial "
        "WHERE u.serial < excluded.serial",
        [one[0] for one in codes], [one[1] for one in codes], [one[2] for one in codes],
    )  # fmt: skip


async def students_by_code(tx: Tx, indexes: Collection[bytes]) -> dict[bytes, UUID]:
    """The students of these upload codes, by keyed hash."""
    rows = await tx.fetch("SELECT code_index, student_id FROM upload_codes WHERE code_index = ANY($1::bytea[])", list(indexes))
    return {row["code_index"]: row["student_id"] for row in rows}


async def with_codes(tx: Tx, student_ids: Collection[UUID]) -> set[UUID]:
    """Those of these students whose form was printed, so that it has an upload code."""
    rows = await tx.fetch("SELECT student_id FROM upload_codes WHERE student_id = ANY($1::uuid[])", list(student_ids))
    return {row["student_id"] for row in rows}


async def failures(tx: Tx, account_id: UUID) -> tuple[int, datetime | None]:
    """How many wrong codes the account typed, and when the last one."""
    row = await tx.fetchrow("SELECT failures, last_at FROM upload_code_failures WHERE account_id = $1", account_id)
    return (row["failures"], row["last_at"]) if row else (0, None)


async def count_failure(tx: Tx, account_id: UUID, now: datetime, forget: timedelta) -> None:
    """The account typed another wrong code; failures that are long past do not count."""
    await tx.execute(
        "INSERT INTO upload_code_failures AS f (account_id, failures, last_at) VALUES ($1, 1, $2) "
        "ON CONFLICT (account_id) DO UPDATE SET last_at = $2, "
        "failures = CASE WHEN f.last_at < $2 - $3::interval THEN 1 ELSE f.failures + 1 END",
        account_id, now, forget,
    )  # fmt: skip


async def uploads(tx: Tx, account_id: UUID, file_ids: Collection[UUID]) -> dict[UUID, Photo]:
    """Checked uploads of this account, by id."""
    rows = await tx.fetch(
        "SELECT id AS file_id, bucket, object_key, preview_key, name, media_type, pages FROM files "
        "WHERE id = ANY($1::uuid[]) AND owner_id = $2 AND state = 'ready'",
        list(file_ids), account_id,
    )  # fmt: skip
    return {row["file_id"]: from_row(Photo, row) for row in rows}


async def replace(tx: Tx, student_id: UUID, school_year: str, now: datetime) -> None:
    """The form in force is replaced by a newer one; it stays."""
    await tx.execute(
        "UPDATE signed_forms SET replaced_at = $3 WHERE student_id = $1 AND school_year = $2 AND replaced_at IS NULL",
        student_id, school_year, now,
    )  # fmt: skip


async def add(tx: Tx, new: SignedForm, file_ids: Sequence[UUID]) -> None:
    """Save a form with its photos."""
    await tx.execute(
        "INSERT INTO signed_forms (id, school_year, term_id, student_id, path, matched, account_id, author_name, "
        "author_role, at) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)",
        new.id, new.school_year, new.term_id, new.student_id, new.path, new.matched, new.by.account_id, new.by.name, new.role,
        new.at,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO signed_form_files (form_id, number, file_id) "
        "SELECT $1, n.number, n.file_id FROM unnest($2::uuid[]) WITH ORDINALITY AS n (file_id, number)",
        new.id, list(file_ids),
    )  # fmt: skip


async def lock(tx: Tx, form_id: UUID) -> SignedForm | None:
    """One form, locked."""
    row = await tx.fetchrow("SELECT * FROM signed_forms WHERE id = $1 FOR UPDATE", form_id)
    return _form(row) if row else None


async def give_back(tx: Tx, form_id: UUID, by: str, reason: str, now: datetime) -> None:
    """The school cannot use it."""
    await tx.execute(
        "UPDATE signed_forms SET returned_at = $2, returned_by = $3, reason = $4 WHERE id = $1", form_id, now, by, reason
    )


async def of_student(tx: Tx, student_id: UUID) -> list[SignedForm]:
    """All forms of a student, newest first."""
    rows = await tx.fetch("SELECT * FROM signed_forms WHERE student_id = $1 ORDER BY at DESC, id DESC", student_id)
    return [_form(row) for row in rows]


async def in_force(tx: Tx, student_ids: Collection[UUID], school_year: str) -> dict[UUID, SignedForm]:
    """The forms in force of these students in a school year, by student."""
    rows = await tx.fetch(
        "SELECT * FROM signed_forms WHERE student_id = ANY($1::uuid[]) AND school_year = $2 AND replaced_at IS NULL",
        list(student_ids), school_year,
    )  # fmt: skip
    return {row["student_id"]: _form(row) for row in rows}


async def photos(tx: Tx, form_ids: Collection[UUID]) -> dict[UUID, list[Photo]]:
    """The photos of forms in their order, by form."""
    rows = await tx.fetch(
        "SELECT p.form_id, f.id AS file_id, f.bucket, f.object_key, f.preview_key, f.name, f.media_type, f.pages "
        "FROM signed_form_files p JOIN files f ON f.id = p.file_id WHERE p.form_id = ANY($1::uuid[]) "
        "ORDER BY p.form_id, p.number",
        list(form_ids),
    )
    found: dict[UUID, list[Photo]] = {}
    for row in rows:
        found.setdefault(row["form_id"], []).append(from_row(Photo, row))
    return found


async def begin_reminders(tx: Tx, paths: Collection[str], school_year: str, now: datetime, pause: timedelta) -> set[str]:
    """Write down that the families of these classes are reminded now; returns the classes that were not within the pause."""
    rows = await tx.fetch(
        """
        INSERT INTO form_reminders AS r (path, school_year, at)
        SELECT path, $2, $3 FROM unnest($1::text[]::ltree[]) AS n (path) ORDER BY path
            ON CONFLICT (path, school_year) DO UPDATE SET at = excluded.at WHERE r.at <= $3 - $4::interval
        RETURNING path::text
        """,
        list(paths), school_year, now, pause,
    )  # fmt: skip
    return {row["path"] for row in rows}


async def students_of(
    tx: Tx, path: str, school_year: str, uploaded: bool | None, after: tuple[str, UUID] | None, limit: int
) -> list[Student]:
    """The students below a path who have to hand in a form, by class and name's order of ids; with or without one."""
    rows = await tx.fetch(
        "SELECT s.* FROM form_students c JOIN directory_students s ON s.id = c.student_id "
        "LEFT JOIN directory_organisations o ON o.path = s.path "
        "WHERE s.path <@ $1::ltree AND c.school_year = $2 AND ($3::boolean IS NULL OR c.uploaded = $3) "
        "AND ($4::text IS NULL OR (coalesce(o.ordering, s.path), s.id) > ((SELECT class_order($4::text::ltree)), $5::uuid)) "
        "ORDER BY coalesce(o.ordering, s.path), s.id LIMIT $6",
        path, school_year, uploaded, None if after is None else after[0], None if after is None else after[1], limit,
    )  # fmt: skip
    return [student_of(row) for row in rows]
