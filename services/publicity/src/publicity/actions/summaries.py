"""What students write about themselves for the board (CS-07)."""

from contracts.archive import EvaluationWrittenV1
from servicekit.db import Tx

from publicity.deps import Deps
from publicity.store import summaries


async def keep(_: Deps, tx: Tx, event: EvaluationWrittenV1) -> None:
    """Keep the newest texts, where the scheme shows them on the board."""
    if event.on_board is not None:
        await summaries.keep(tx, event.term_id, event.student_id, event.evaluation_type, event.version, event.on_board)
