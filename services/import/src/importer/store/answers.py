"""Answers of the receiving services to checks, by attempt and chunk (L-10)."""

from datetime import datetime
from uuid import UUID

from contracts.base import BatchChecked
from servicekit.db import Tx


async def add(tx: Tx, answer: BatchChecked) -> None:
    """Store an answer; once more changes nothing."""
    await tx.execute(
        "INSERT INTO batch_answers (batch_id, attempt, chunk, chunks, body) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        answer.batch_id, answer.attempt, answer.chunk, answer.chunks, answer.model_dump_json().encode(),
    )  # fmt: skip


async def are_complete(tx: Tx, batch_id: UUID, attempt: int) -> bool:
    """Whether the answers for all chunks of this attempt have come."""
    complete: bool | None = await tx.fetchval(
        "SELECT count(*) = max(chunks) FROM batch_answers WHERE batch_id = $1 AND attempt = $2", batch_id, attempt
    )
    return bool(complete)


async def load(tx: Tx, batch_id: UUID, attempt: int) -> list[BatchChecked]:
    """The answers of an attempt, by chunk."""
    rows = await tx.fetch(
        "SELECT body FROM batch_answers WHERE batch_id = $1 AND attempt = $2 ORDER BY chunk", batch_id, attempt
    )
    return [BatchChecked.model_validate_json(row["body"]) for row in rows]


async def drop_others(tx: Tx, batch_id: UUID, attempt: int) -> None:
    """Delete the answers of all other attempts."""
    await tx.execute("DELETE FROM batch_answers WHERE batch_id = $1 AND attempt <> $2", batch_id, attempt)


async def purge(tx: Tx, before: datetime) -> None:
    """Delete the answers about batches older than `before`."""
    await tx.execute("DELETE FROM batch_answers WHERE batch_id IN (SELECT id FROM batches WHERE created_at < $1)", before)
