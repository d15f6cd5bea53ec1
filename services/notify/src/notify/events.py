"""The events that notify consumes: the notification rule of each event. Handlers translate; the rules decide."""

from collections.abc import Callable
from typing import Any

from contracts.archive import (
    ArchiveBackfilledV1,
    ArchiveCorrectedV1,
    CareerSealedV1,
    ScoresCorrectedV1,
    ScoresLockedV1,
    SignedFormReturnedV1,
    SignedFormsRemindedV1,
    TermSealedV1,
)
from contracts.base import Event
from contracts.identity import (
    AccountChangedV1,
    CardRevokedV1,
    CardsChangedV1,
    ClaimOpenedV1,
    ClaimResolvedV1,
    EnrolmentApplicationMovedV1,
)
from contracts.importer import BatchEndedV1
from contracts.publicity import (
    CaseClosedV2,
    CaseDecidedV1,
    CaseLapsedV1,
    CaseMarkedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    EntryRestoredV1,
    EntryVoidedV1,
    PublicityClosedV1,
    PublicityOpenedV1,
)
from contracts.records import (
    FinalSubmissionApprovedV1,
    FinalSubmissionReturnedV1,
    FinalSubmissionSubmittedV1,
    FinalSubmissionWithdrawnV1,
    MisconductReleasedV1,
    ParticipationChangedV1,
    PositionApprovedV1,
    PositionReturnedV1,
    PositionSubmittedV1,
    RecordApprovedV1,
    RecordEvent,
    RecordReturnedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
    RecordWithdrawnV1,
)
from servicekit import directory
from servicekit.auth import note_revoked
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.directory import Term
from servicekit.jobs import ScheduledJobs

from notify.actions import messages as actions
from notify.actions import webhooks
from notify.deps import Deps
from notify.domain import Notifications, enrolment_rules, final_rules, record_rules
from notify.domain import notification_rules as rules

on_event = EventHandlers()
on_job = ScheduledJobs()

directory.register(on_event, terms=True)
on_job.lease(webhooks.DELIVER, at_once=webhooks.AT_ONCE, per_group=webhooks.PER_WEBHOOK)(webhooks.deliver)

type Rule = Callable[[Any], Notifications]
type TermRule = Callable[[Any, Term], Notifications]

RULES: dict[type[Event], Rule] = {
    AccountChangedV1: rules.account_changed,
    BatchEndedV1: rules.import_ended,
    SignedFormsRemindedV1: rules.signed_forms_reminded,
    SignedFormReturnedV1: rules.signed_form_returned,
    CardsChangedV1: rules.cards_changed,
    ClaimOpenedV1: rules.claim_opened,
    ClaimResolvedV1: rules.claim_resolved,
    EnrolmentApplicationMovedV1: enrolment_rules.application_moved,
    RecordWithdrawnV1: record_rules.withdrawn,
    MisconductReleasedV1: record_rules.released,
    FinalSubmissionWithdrawnV1: final_rules.final_withdrawn,
    FinalSubmissionReturnedV1: final_rules.final_returned,
    FinalSubmissionApprovedV1: final_rules.final_approved,
    PositionReturnedV1: rules.position_returned,
    PositionApprovedV1: rules.position_approved,
    CaseDecidedV1: rules.case_decided,
    TermSealedV1: rules.term_sealed,
    ScoresLockedV1: rules.scores_locked,
    ScoresCorrectedV1: rules.scores_corrected,
    CareerSealedV1: rules.career_sealed,
    ArchiveCorrectedV1: rules.archive_corrected,
    ArchiveBackfilledV1: rules.archive_backfilled,
}

TERM_RULES: dict[type[Event], TermRule] = {
    RecordSubmittedV1: record_rules.submitted,
    RecordReturnedV1: record_rules.returned,
    RecordApprovedV1: record_rules.approved,
    RecordVoidedV1: record_rules.voided,
    EntryVoidedV1: record_rules.entry_voided,
    EntryRestoredV1: record_rules.entry_restored,
    FinalSubmissionSubmittedV1: final_rules.final_submitted,
    PositionSubmittedV1: rules.position_submitted,
    ParticipationChangedV1: rules.participation_changed,
    PublicityOpenedV1: rules.publicity_opened,
    PublicityClosedV1: rules.publicity_closed,
    CaseOpenedV2: rules.case_opened,
    CaseMovedV2: rules.case_moved,
    CaseLapsedV1: rules.case_lapsed,
    CaseUnsealedV1: rules.case_unsealed,
    CaseMarkedV1: rules.case_marked,
    CaseClosedV2: rules.case_closed,
}
"""Rules that need the term of the event, with its scheme."""


def notify_by(event_class: type[Event], rule: Rule) -> None:
    """Register the handler of an event: save what the rule says, and send the event to webhooks that subscribed to it."""

    async def handler(deps: Deps, tx: Tx, event: Event) -> None:
        await actions.notify(deps, tx, rule(event))
        await webhooks.enqueue(deps, tx, event)

    handler.__doc__ = rule.__doc__
    on_event(event_class)(handler)


def notify_by_term(event_class: type[Event], rule: TermRule) -> None:
    """As `notify_by`, for a rule that needs the term."""

    async def handler(deps: Deps, tx: Tx, event: Any) -> None:
        term_id = event.record.term_id if isinstance(event, RecordEvent) else event.term_id
        await actions.notify(deps, tx, rule(event, await actions.term_of(deps, tx, term_id)))
        await webhooks.enqueue(deps, tx, event)

    handler.__doc__ = rule.__doc__
    on_event(event_class)(handler)


@on_event(CardRevokedV1)
async def card_revoked(deps: Deps, tx: Tx, event: CardRevokedV1) -> None:
    """Refuse the card's older tokens, and switch off the webhooks for which it answered (L-11)."""
    await note_revoked(tx, event.card_id, event.at)
    await webhooks.end_with_card(deps, tx, event)


for _event, _rule in RULES.items():
    notify_by(_event, _rule)
for _event, _term_rule in TERM_RULES.items():
    notify_by_term(_event, _term_rule)
