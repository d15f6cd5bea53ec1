"""SQL for orders to print confirmation forms, class by class (NR-01)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row


@dataclass(frozen=True)
class FormPrint:
    """An order: the forms of a class, grade or school, or of one student. `full_numbers`: whoever ordered it may see ID
    numbers in full."""

    id: UUID
    path: str
    student_id: UUID | None
    account_id: UUID
    full_numbers: bool
    title: str
    classes: int
    made_at: datetime


async def classes_with_students(tx: Tx, path: str) -> list[tuple[str, int]]:
    """The classes below a path in the school's order, with how many students are enrolled."""
    rows = await tx.fetch(
        "SELECT path, count(*) AS students FROM student_details WHERE path <@ $1::ltree AND status <> 'left' "
        "GROUP BY ordering, path ORDER BY ordering, path",
        path,
    )
    return [(row["path"], row["students"]) for row in rows]


async def students_of_class(tx: Tx, path: str) -> list[UUID]:
    """The students of a class by their numbers at school, then by name."""
    rows = await tx.fetch(
        "SELECT id FROM student_details WHERE path = $1::text::ltree AND status <> 'left' ORDER BY student_number, name, id",
        path,
    )
    return [row["id"] for row in rows]


async def add(tx: Tx, new: FormPrint, classes: Sequence[str]) -> None:
    """Store an order and its parts."""
    await tx.execute(
        "INSERT INTO form_prints (id, path, student_id, account_id, full_numbers, title, classes, made_at) "
        "VALUES ($1, $2::text::ltree, $3, $4, $5, $6, $7, $8)",
        new.id,
        new.path,
        new.student_id,
        new.account_id,
        new.full_numbers,
        new.title,
        new.classes,
        new.made_at,
    )
    await tx.execute(
        "INSERT INTO form_print_parts (print_id, path, position) SELECT $1, n.path::ltree, n.position "
        "FROM unnest($2::text[]) WITH ORDINALITY AS n (path, position)",
        new.id,
        list(classes),
    )


async def get(tx: Tx, print_id: UUID) -> FormPrint | None:
    """One order."""
    row = await tx.fetchrow("SELECT * FROM form_prints WHERE id = $1", print_id)
    return None if row is None else from_row(FormPrint, row)


async def progress(tx: Tx, print_id: UUID) -> tuple[int, int]:
    """How many classes are rendered, and how many forms those are."""
    row = await tx.fetchrow(
        "SELECT count(sealed) AS classes, coalesce(sum(forms), 0)::integer AS forms FROM form_print_parts WHERE print_id = $1",
        print_id,
    )
    return (0, 0) if row is None else (row["classes"], row["forms"])


async def save_part(tx: Tx, print_id: UUID, path: str, forms: int, sealed: bytes) -> None:
    """Store the encrypted PDF of a class."""
    await tx.execute(
        "UPDATE form_print_parts SET forms = $3, sealed = $4 WHERE print_id = $1 AND path = $2::text::ltree",
        print_id,
        path,
        forms,
        sealed,
    )


async def parts(tx: Tx, print_id: UUID) -> list[tuple[str, bytes]]:
    """The rendered classes in order: path and encrypted PDF."""
    rows = await tx.fetch(
        "SELECT path, sealed FROM form_print_parts WHERE print_id = $1 AND sealed IS NOT NULL ORDER BY position", print_id
    )
    return [(row["path"], row["sealed"]) for row in rows]


async def delete_before(tx: Tx, before: datetime) -> None:
    """Delete orders with their PDFs."""
    await tx.execute("DELETE FROM form_prints WHERE made_at < $1", before)
