"""The events that identity consumes, and its jobs."""

from contracts.archive import ArchiveStatementV1, ArchiveStudentsUsedV1, TermSealedV1
from contracts.base import StudentStatement, StudentsUsed
from contracts.identity import CardRevokedV1
from contracts.importer import BatchUndoneV1, RosterCheckRequestedV1, RosterCommittedV1
from contracts.publicity import PublicityStatementV1
from contracts.records import RecordsStatementV1, RecordsStudentsUsedV1
from servicekit import counters
from servicekit.auth import note_revoked
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from identity.actions import adoptions, enrolment_applications, form_prints, organisations
from identity.actions.roster import applying, undoing
from identity.deps import IdentityDeps

on_event = EventHandlers()
on_job = ScheduledJobs()
on_job(counters.FOLD)(counters.fold)
on_job(adoptions.ADOPT)(adoptions.take_effect)
on_job(form_prints.RENDER)(form_prints.render)


@on_event(RosterCommittedV1)
async def on_batch_committed(deps: IdentityDeps, tx: Tx, event: RosterCommittedV1) -> None:
    """Apply one chunk of a roster import that passed all checks (X-12)."""
    await applying.apply_roster(deps, tx, event)


@on_event(RosterCheckRequestedV1)
async def on_check_requested(deps: IdentityDeps, tx: Tx, event: RosterCheckRequestedV1) -> None:
    """Answer what committing one chunk of a roster would do (L-10)."""
    await applying.check_roster(deps, tx, event)


@on_event(BatchUndoneV1)
async def on_import_undone(deps: IdentityDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Undo a roster: ask records and archive about its students first (L-10)."""
    await undoing.undo_roster(deps, tx, event)


async def on_students_used(deps: IdentityDeps, tx: Tx, event: StudentsUsed) -> None:
    """Take the roster back once all have answered which of its students they have data of (L-10)."""
    await undoing.answered(deps, tx, event)


for _answer in (RecordsStudentsUsedV1, ArchiveStudentsUsedV1):
    on_event(_answer)(on_students_used)


async def on_stated(deps: IdentityDeps, tx: Tx, event: StudentStatement) -> None:
    """Store what evaluation data a service has of a student whose enrolment is to change (BJ-04)."""
    await enrolment_applications.stated(deps, tx, event)


for _statement in (RecordsStatementV1, PublicityStatementV1, ArchiveStatementV1):
    on_event(_statement)(on_stated)


on_event(TermSealedV1)(organisations.term_sealed)


@on_event(CardRevokedV1)
async def on_card_revoked(_deps: IdentityDeps, tx: Tx, event: CardRevokedV1) -> None:
    """Refuse the card's tokens in this process too: the event may come from another process of identity."""
    await note_revoked(tx, event.card_id, event.at)


on_job(enrolment_applications.DUE)(enrolment_applications.past_due)
on_job(enrolment_applications.EFFECT)(enrolment_applications.take_effect)
