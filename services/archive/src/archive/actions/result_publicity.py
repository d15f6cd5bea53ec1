"""What the publicity of results means for the archive: corrections that cases decided, and when results are final (X-15)."""

from dataclasses import replace

from contracts.archive import ScoresCorrectedV1
from contracts.publicity import ResultAmendedV1, ResultsSettledV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx

from archive.actions import statistics
from archive.actions.score_rows import rows_of
from archive.deps import ArchiveDeps
from archive.domain import score_sheets as sheets
from archive.domain.evaluations import Author
from archive.domain.scores import ANYBODY
from archive.store import result_corrections as store
from archive.store import scores, terms

DECIDED_BY = "异议处理"
"""Who corrected, in the history of a class: the case says who decided it."""


async def amend(deps: ArchiveDeps, tx: Tx, event: ResultAmendedV1) -> None:
    """Make a new version of the class's locked scores with the correction. Sent again, it changes nothing.

    While the class is unlocked the correction waits for its next lock: it counts from now on, whatever is scored.
    """
    term = await terms.share_term(tx, deps.directory, event.term_id)
    if term is None:
        raise RetryLater
    if not await store.add(tx, event):
        return
    found = (await scores.locked(tx, [event.student_id], [term.id])).get(event.student_id)
    if not found:
        return
    path = found[0].path
    sheet = (await scores.lock_sheets(tx, term.id, [path], to_change=True))[path]
    if not sheet.locked:
        return
    rows, _ = await rows_of(tx, term, path)
    own = next((row for row in rows if row.student.id == event.student_id), None)
    if own is None:
        return
    new = replace(sheet, version=sheet.version + 1)
    before = await scores.locked_at(tx, term.id, path, sheet.version)
    corrected = sheets.locked_score(term, new, own)
    others = [replace(one, version=new.version) for one in before if one.student_id != event.student_id]
    await scores.save_locked(tx, [*others, corrected])
    await scores.save_sheet(tx, new, "correct", event.reason, Author(ANYBODY, DECIDED_BY), "", event.at)
    await statistics.recount(tx, term, [path])
    await outbox.add(
        tx,
        ScoresCorrectedV1(
            term_id=term.id, path=path, title=term.title, version=new.version, case_id=event.case_id,
            result=sheets.student_result(own), reason=event.reason, at=event.at,
        ),
    )  # fmt: skip


async def settle(deps: ArchiveDeps, tx: Tx, event: ResultsSettledV1) -> None:
    """Remember that the results of a class are final: nothing of them holds the seal back any more."""
    if await terms.term(tx, deps.directory, event.term_id) is None:
        raise RetryLater
    await store.settle(tx, event)
