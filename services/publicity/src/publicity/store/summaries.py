"""Texts of students about themselves that the board shows (CS-07)."""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from servicekit.db import Tx


@dataclass(frozen=True, slots=True)
class Summary:
    """The texts of one evaluation of a term, by dimension."""

    term_id: UUID
    type: str
    texts: dict[str, str]


async def keep(tx: Tx, term_id: UUID, student_id: UUID, type_: str, version: int, texts: dict[str, str]) -> None:
    """Keep the newest version; an older one that comes later changes nothing."""
    await tx.execute(
        "INSERT INTO summaries AS s (term_id, student_id, type, version, texts) VALUES ($1, $2, $3, $4, $5) "
        "ON CONFLICT (term_id, student_id, type) DO UPDATE SET version = excluded.version, texts = excluded.texts "
        "WHERE s.version < excluded.version",
        term_id, student_id, type_, version, texts,
    )  # fmt: skip


async def of_student(tx: Tx, student_id: UUID, terms: Collection[UUID]) -> list[Summary]:
    """What a student wrote in these terms."""
    rows = await tx.fetch(
        "SELECT term_id, type, texts FROM summaries WHERE student_id = $1 AND term_id = ANY($2) ORDER BY term_id, type",
        student_id, list(terms),
    )  # fmt: skip
    return [Summary(**row) for row in rows]
