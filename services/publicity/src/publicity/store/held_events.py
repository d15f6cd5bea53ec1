"""Events of what complainants did, until they are passed on (L-17). The rows say nothing about the time."""

from collections.abc import Collection, Sequence
from uuid import UUID

from contracts.base import Event
from servicekit import outbox
from servicekit.db import Tx


async def add(tx: Tx, case_id: UUID, events: Sequence[Event]) -> None:
    """Hold events back, after those of the case that are held back already."""
    await tx.execute(
        "INSERT INTO held_events (case_id, no, subject, aggregate, body) "
        "SELECT $1, e.no + coalesce((SELECT max(no) FROM held_events WHERE case_id = $1), 0), e.subject, e.aggregate, e.body "
        "FROM unnest($2::text[], $3::text[], $4::bytea[]) WITH ORDINALITY AS e (subject, aggregate, body, no)",
        case_id,
        [event.subject for event in events],
        [event.aggregate for event in events],
        [event.model_dump_json().encode() for event in events],
    )


async def release(tx: Tx, case_ids: Collection[UUID]) -> None:
    """Move the events of these cases to the outbox."""
    rows = await tx.fetch(
        "WITH gone AS (DELETE FROM held_events WHERE case_id = ANY($1) RETURNING case_id, no, subject, aggregate, body) "
        "SELECT subject, aggregate, body FROM gone ORDER BY case_id, no",
        list(case_ids),
    )
    if rows:
        await outbox.add_rows(tx, outbox.OutboxRows.of_serialised(tuple(row) for row in rows))
