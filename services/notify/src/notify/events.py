"""What notify hears. Handlers translate: a pure function of `notes` says who is told, `actions.tell` writes it."""

import functools
from collections.abc import Callable

from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    TermSealedV1,
)
from contracts.base import Event
from contracts.publicity import (
    CaseClosedV2,
    CaseLapsedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    EntryRestoredV1,
    EntryVoidedV1,
    PublicityClosedV1,
    PublicityOpenedV1,
)
from contracts.records import (
    MisconductReleasedV1,
    PositionApprovedV1,
    PositionReturnedV1,
    PositionSubmittedV1,
    RecordApprovedV1,
    RecordReturnedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
    RecordWithdrawnV1,
)
from servicekit import directory
from servicekit.bus import EventHandlers, Handler
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from notify.actions import messages as actions
from notify.actions import webhooks
from notify.deps import Deps
from notify.domain import notification_rules as notes

on_event = EventHandlers()
on_job = ScheduledJobs()


def tells[E: Event](event: type[E]) -> Callable[[Handler[Deps, E]], Handler[Deps, E]]:
    """As `on_event`; webhooks that subscribed to the event get it as well."""

    def register(handler: Handler[Deps, E]) -> Handler[Deps, E]:
        @functools.wraps(handler)
        async def both(deps: Deps, tx: Tx, told: E) -> None:
            await handler(deps, tx, told)
            await webhooks.enqueue(deps, tx, told)

        on_event(event)(both)
        return handler

    return register


on_job.lease(webhooks.DELIVER, at_once=webhooks.AT_ONCE, per_group=webhooks.PER_WEBHOOK)(webhooks.deliver)


directory.register(on_event, terms=True)


@tells(RecordSubmittedV1)
async def on_submitted(deps: Deps, tx: Tx, event: RecordSubmittedV1) -> None:
    """Notify the reviewer of the step."""
    term = await actions.term_of(deps, tx, event.record.term_id)
    await actions.tell(deps, tx, notes.submitted(event, term.scheme))


@tells(RecordReturnedV1)
async def on_returned(deps: Deps, tx: Tx, event: RecordReturnedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.returned(event))


@tells(RecordWithdrawnV1)
async def on_withdrawn(deps: Deps, tx: Tx, event: RecordWithdrawnV1) -> None:
    """Notify nobody; withdraw what the reviewer was sent."""
    await actions.tell(deps, tx, notes.withdrawn(event))


@tells(RecordApprovedV1)
async def on_approved(deps: Deps, tx: Tx, event: RecordApprovedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.approved(event))


@tells(RecordVoidedV1)
async def on_voided(deps: Deps, tx: Tx, event: RecordVoidedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.voided(event))


@tells(MisconductReleasedV1)
async def on_released(deps: Deps, tx: Tx, event: MisconductReleasedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.released(event))


@tells(PositionSubmittedV1)
async def on_position_submitted(deps: Deps, tx: Tx, event: PositionSubmittedV1) -> None:
    """Notify the reviewer of the first step."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.position_submitted(event, term.scheme))


@tells(PositionReturnedV1)
async def on_position_returned(deps: Deps, tx: Tx, event: PositionReturnedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.position_returned(event))


@tells(PositionApprovedV1)
async def on_position_approved(deps: Deps, tx: Tx, event: PositionApprovedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.position_approved(event))


@tells(PublicityOpenedV1)
async def on_publicity_opened(deps: Deps, tx: Tx, event: PublicityOpenedV1) -> None:
    """Notify everyone of the school."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.publicity_opened(event, term))


@tells(PublicityClosedV1)
async def on_publicity_closed(deps: Deps, tx: Tx, event: PublicityClosedV1) -> None:
    """Notify everyone of the school."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.publicity_closed(event, term))


@tells(EntryVoidedV1)
async def on_entry_voided(deps: Deps, tx: Tx, event: EntryVoidedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.entry_voided(event))


@tells(EntryRestoredV1)
async def on_entry_restored(deps: Deps, tx: Tx, event: EntryRestoredV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.entry_restored(event))


@tells(CaseOpenedV2)
async def on_case_opened(deps: Deps, tx: Tx, event: CaseOpenedV2) -> None:
    """Notify the student and the class teacher."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.case_opened(event, term.scheme))


@tells(CaseMovedV2)
async def on_case_moved(deps: Deps, tx: Tx, event: CaseMovedV2) -> None:
    """Notify whoever acts at the stage."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.case_moved(event, term.scheme, term))


@tells(CaseLapsedV1)
async def on_case_lapsed(deps: Deps, tx: Tx, event: CaseLapsedV1) -> None:
    """Notify whoever was to act and did not."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.case_lapsed(event, term.scheme, term))


@tells(CaseUnsealedV1)
async def on_case_unsealed(deps: Deps, tx: Tx, event: CaseUnsealedV1) -> None:
    """Notify the complainant."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.case_unsealed(event, term.scheme))


@tells(CaseClosedV2)
async def on_case_closed(deps: Deps, tx: Tx, event: CaseClosedV2) -> None:
    """Notify both sides and those the scheme names."""
    term = await actions.term_of(deps, tx, event.term_id)
    await actions.tell(deps, tx, notes.case_closed(event, term.scheme))


@tells(TermSealedV1)
async def on_term_sealed(deps: Deps, tx: Tx, event: TermSealedV1) -> None:
    """Notify everyone of the school."""
    await actions.tell(deps, tx, notes.term_sealed(event))


@tells(CareerSealedV1)
async def on_career_sealed(deps: Deps, tx: Tx, event: CareerSealedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.career_sealed(event))


@tells(ArchiveCorrectedV1)
async def on_archive_corrected(deps: Deps, tx: Tx, event: ArchiveCorrectedV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.archive_corrected(event))


@tells(ArchiveBackfilledV1)
async def on_archive_backfilled(deps: Deps, tx: Tx, event: ArchiveBackfilledV1) -> None:
    """Notify the student."""
    await actions.tell(deps, tx, notes.archive_backfilled(event))
