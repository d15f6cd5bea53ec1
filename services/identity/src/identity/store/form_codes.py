"""SQL for the codes of confirmation forms and the orders to print them (NR-01, NR-02)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.form_codes import CodeKind
from servicekit.mapping import columns, from_row

from identity.domain.form_codes import FormCode


@dataclass(frozen=True)
class NewCode:
    """A code to store: keyed hash and sealed text."""

    student_id: UUID
    kind: CodeKind
    code_index: bytes
    sealed: str


async def of_students(tx: Tx, student_ids: Sequence[UUID]) -> list[FormCode]:
    """The codes of these students."""
    rows = await tx.fetch("SELECT * FROM form_codes WHERE student_id = ANY($1::uuid[])", list(student_ids))
    return [from_row(FormCode, row) for row in rows]


async def lock_students(tx: Tx, student_ids: Sequence[UUID]) -> None:
    """Lock students in the order of their ids: two transactions do not make the same code twice."""
    await tx.execute("SELECT 1 FROM students WHERE id = ANY($1::uuid[]) ORDER BY id FOR NO KEY UPDATE", list(student_ids))


async def lock_by_index(tx: Tx, code_index: bytes) -> FormCode | None:
    """Lock the code with this keyed hash."""
    row = await tx.fetchrow("SELECT * FROM form_codes WHERE code_index = $1 FOR UPDATE", code_index)
    return None if row is None else from_row(FormCode, row)


async def put(tx: Tx, new: Sequence[NewCode], now: datetime) -> dict[tuple[UUID, CodeKind], int]:
    """Store new codes in the place of former ones, which nobody used then; returns their serials."""
    rows = await tx.fetch(
        "INSERT INTO form_codes AS f (student_id, kind, code_index, sealed, issued_at) "
        "SELECT n.student_id, n.kind, n.code_index, n.sealed, $5 FROM unnest($1::uuid[], $2::text[], $3::bytea[], $4::text[]) "
        "AS n (student_id, kind, code_index, sealed) "
        "ON CONFLICT (student_id, kind) DO UPDATE SET code_index = excluded.code_index, sealed = excluded.sealed, "
        "issued_at = excluded.issued_at, serial = f.serial + 1, printed_at = NULL, used_by = NULL, used_at = NULL "
        "RETURNING f.student_id, f.kind, f.serial",
        *columns(new, "student_id", "kind", "code_index", "sealed"),
        now,
    )
    return {(row["student_id"], row["kind"]): row["serial"] for row in rows}


async def mark_printed(tx: Tx, student_ids: Sequence[UUID], now: datetime) -> None:
    """The codes of these students are on paper."""
    await tx.execute("UPDATE form_codes SET printed_at = $2 WHERE student_id = ANY($1::uuid[])", list(student_ids), now)


async def use(tx: Tx, student_id: UUID, account_id: UUID, now: datetime) -> None:
    """This account registered with the student's code."""
    await tx.execute(
        "UPDATE form_codes SET used_by = $2, used_at = $3 WHERE student_id = $1 AND kind = 'registration' AND used_by IS NULL",
        student_id,
        account_id,
        now,
    )


async def names(tx: Tx, account_ids: Sequence[UUID]) -> dict[UUID, str]:
    """The names of the holders of these accounts."""
    rows = await tx.fetch(
        "SELECT a.id, p.name FROM accounts a JOIN persons p ON p.id = a.person_id WHERE a.id = ANY($1::uuid[])",
        list(account_ids),
    )
    return {row["id"]: row["name"] for row in rows}


async def is_of_roster(tx: Tx, student_id: UUID, account_id: UUID) -> bool:
    """Whether the school itself registered this guardian; otherwise the code alone made the account one."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM guardians WHERE student_id = $1 AND account_id = $2 AND removed_at IS NULL "
        "AND source <> 'registration_code')",
        student_id,
        account_id,
    )
    return found


async def is_guardian(tx: Tx, student_id: UUID, account_id: UUID) -> bool:
    """Whether the account has an active guardian's card of this student."""
    found: bool = await tx.fetchval(
        "SELECT EXISTS (SELECT FROM active_cards WHERE student_id = $1 AND account_id = $2 AND role = 'guardian')",
        student_id,
        account_id,
    )
    return found
