"""What notify hears. Handlers translate: a pure function of `notes` says who is told, `actions.tell` writes it."""

from collections.abc import Callable
from typing import Any
from uuid import UUID

from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    ExportReadyV1,
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
    TermChangedV1,
    TermFact,
    TermScheduledV1,
)
from servicekit.bus import Handler, Hears
from servicekit.db import Tx
from servicekit.due import Due

from notify import notes
from notify.actions import messages as actions
from notify.actions import webhooks
from notify.deps import Deps
from notify.domain import Term

hears = Hears()
due = Due()


def tells[E: Event](fact: type[E]) -> Callable[[Handler[Deps, E]], Handler[Deps, E]]:
    """As `hears`; those outside who subscribed to it are told as well."""

    def register(handler: Handler[Deps, E]) -> Handler[Deps, E]:
        async def both(deps: Deps, tx: Tx, told: E) -> None:
            await handler(deps, tx, told)
            await webhooks.post(deps, tx, told)

        hears(fact)(both)
        return handler

    return register


@due(webhooks.RETRY)
async def on_retry(_: Deps, tx: Tx, key: str, __: dict[str, Any]) -> None:
    """A delivery is to be tried again."""
    await webhooks.try_again(tx, UUID(key))


async def _on_term(_deps: Deps, tx: Tx, fact: TermFact) -> None:
    known = Term(fact.term_id, fact.path, fact.title, fact.scheme_id, fact.scheme_version, fact.time_zone, fact.version)
    await actions.know_term(tx, known)


hears(TermScheduledV1)(_on_term)
hears(TermChangedV1)(_on_term)


@tells(RecordSubmittedV1)
async def on_submitted(deps: Deps, tx: Tx, fact: RecordSubmittedV1) -> None:
    """To the reviewer of the step."""
    _, scheme = await actions.rules_of(deps, tx, fact.record.term_id)
    await actions.tell(deps, tx, notes.submitted(fact, scheme))


@tells(RecordReturnedV1)
async def on_returned(deps: Deps, tx: Tx, fact: RecordReturnedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.returned(fact))


@tells(RecordWithdrawnV1)
async def on_withdrawn(deps: Deps, tx: Tx, fact: RecordWithdrawnV1) -> None:
    """To nobody; it no longer waits."""
    await actions.tell(deps, tx, notes.withdrawn(fact))


@tells(RecordApprovedV1)
async def on_approved(deps: Deps, tx: Tx, fact: RecordApprovedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.approved(fact))


@tells(RecordVoidedV1)
async def on_voided(deps: Deps, tx: Tx, fact: RecordVoidedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.voided(fact))


@tells(MisconductReleasedV1)
async def on_released(deps: Deps, tx: Tx, fact: MisconductReleasedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.released(fact))


@tells(PositionSubmittedV1)
async def on_position_submitted(deps: Deps, tx: Tx, fact: PositionSubmittedV1) -> None:
    """To the class teacher."""
    await actions.tell(deps, tx, notes.position_submitted(fact))


@tells(PositionReturnedV1)
async def on_position_returned(deps: Deps, tx: Tx, fact: PositionReturnedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.position_returned(fact))


@tells(PositionApprovedV1)
async def on_position_approved(deps: Deps, tx: Tx, fact: PositionApprovedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.position_approved(fact))


@tells(PublicityOpenedV1)
async def on_publicity_opened(deps: Deps, tx: Tx, fact: PublicityOpenedV1) -> None:
    """To everyone of the school."""
    term, _ = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.publicity_opened(fact, term))


@tells(PublicityClosedV1)
async def on_publicity_closed(deps: Deps, tx: Tx, fact: PublicityClosedV1) -> None:
    """To everyone of the school."""
    term, _ = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.publicity_closed(fact, term))


@tells(EntryVoidedV1)
async def on_entry_voided(deps: Deps, tx: Tx, fact: EntryVoidedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.entry_voided(fact))


@tells(EntryRestoredV1)
async def on_entry_restored(deps: Deps, tx: Tx, fact: EntryRestoredV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.entry_restored(fact))


@tells(CaseOpenedV2)
async def on_case_opened(deps: Deps, tx: Tx, fact: CaseOpenedV2) -> None:
    """To the student and the class teacher."""
    _, scheme = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.case_opened(fact, scheme))


@tells(CaseMovedV2)
async def on_case_moved(deps: Deps, tx: Tx, fact: CaseMovedV2) -> None:
    """To whoever acts at the stage."""
    term, scheme = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.case_moved(fact, scheme, term))


@tells(CaseLapsedV1)
async def on_case_lapsed(deps: Deps, tx: Tx, fact: CaseLapsedV1) -> None:
    """To whoever was to act and did not."""
    term, scheme = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.case_lapsed(fact, scheme, term))


@tells(CaseUnsealedV1)
async def on_case_unsealed(deps: Deps, tx: Tx, fact: CaseUnsealedV1) -> None:
    """To the complainant."""
    _, scheme = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.case_unsealed(fact, scheme))


@tells(CaseClosedV2)
async def on_case_closed(deps: Deps, tx: Tx, fact: CaseClosedV2) -> None:
    """To both sides and the class teacher."""
    _, scheme = await actions.rules_of(deps, tx, fact.term_id)
    await actions.tell(deps, tx, notes.case_closed(fact, scheme))


@tells(TermSealedV1)
async def on_term_sealed(deps: Deps, tx: Tx, fact: TermSealedV1) -> None:
    """To everyone of the school."""
    await actions.tell(deps, tx, notes.term_sealed(fact))


@tells(CareerSealedV1)
async def on_career_sealed(deps: Deps, tx: Tx, fact: CareerSealedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.career_sealed(fact))


@tells(ArchiveCorrectedV1)
async def on_archive_corrected(deps: Deps, tx: Tx, fact: ArchiveCorrectedV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.archive_corrected(fact))


@tells(ArchiveBackfilledV1)
async def on_archive_backfilled(deps: Deps, tx: Tx, fact: ArchiveBackfilledV1) -> None:
    """To the student."""
    await actions.tell(deps, tx, notes.archive_backfilled(fact))


@tells(ExportReadyV1)
async def on_export_ready(deps: Deps, tx: Tx, fact: ExportReadyV1) -> None:
    """To whoever asked for it."""
    await actions.tell(deps, tx, notes.export_ready(fact))
