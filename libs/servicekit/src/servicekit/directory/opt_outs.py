"""Students who do not take part in a term (SH-03). An older version changes nothing."""

from collections.abc import Collection
from uuid import UUID

from contracts.records import ParticipationChangedV1

from servicekit.db import Tx

_SAVE = """
INSERT INTO directory_opt_outs AS o (term_id, student_id, participates, version) VALUES ($1, $2, $3, $4)
ON CONFLICT (term_id, student_id) DO UPDATE SET participates = $3, version = $4 WHERE o.version < $4
RETURNING true
"""


async def save_participation(tx: Tx, event: ParticipationChangedV1) -> bool:
    """Save whether a student takes part; False if this or a newer change is stored already."""
    return bool(await tx.fetchval(_SAVE, event.term_id, event.student_id, event.participates, event.version))


async def opted_out(tx: Tx, term_id: UUID, students: Collection[UUID]) -> frozenset[UUID]:
    """Those of these students who do not take part in the term."""
    rows = await tx.fetch(
        "SELECT student_id FROM directory_opt_outs WHERE term_id = $1 AND student_id = ANY($2) AND NOT participates",
        term_id,
        list(students),
    )
    return frozenset(row["student_id"] for row in rows)
