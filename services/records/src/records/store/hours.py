"""The records with durations of one student (CS-07)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from servicekit.db import Tx

from records.domain.hours import Timed
from records.domain.state import State


async def of_student(tx: Tx, student_id: UUID, kinds: Collection[str], *, drafts: bool) -> list[Timed]:
    """A student's records of these kinds, of all terms, without voided ones. `drafts`: also the family's own drafts."""
    rows: list[Any] = await tx.fetch(
        "SELECT term_id, kind, state, data FROM records WHERE student_id = $1 AND kind = ANY($2) "
        "AND state <> 'voided' AND state <> 'excluded' "
        "AND (state <> 'draft' OR ($3 AND author_role IN ('student', 'guardian'))) ORDER BY id",
        student_id,
        sorted(kinds),
        drafts,
    )
    return [Timed(row["term_id"], row["kind"], State(row["state"]), row["data"]) for row in rows]
