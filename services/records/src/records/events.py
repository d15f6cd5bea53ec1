"""The events and jobs of records, each with the use case that handles it."""

from contracts.archive import CareerSealedV1, ScoresLockedV1, ScoresUnlockedV1
from contracts.identity import EnrolmentStatementAskedV1, SchemeAdoptedV1, StudentsRemovalAskedV1
from contracts.importer import BatchUndoneV1, RecordsCheckRequestedV1, RecordsCommittedV1
from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntrySettledV1, EntryVoidedV1
from servicekit import counters, directory
from servicekit.bus import EventHandlers
from servicekit.jobs import ScheduledJobs

from records.actions import amendments, evidence, imports, locks, moving, people, progress, reviews, terms, window_ends
from records.actions.common import SILENCE, WINDOW_ENDS

on_event = EventHandlers()
on_job = ScheduledJobs()

directory.register(
    on_event,
    organisations=True,
    on_organisation=terms.follow_length,
    students=("class_title", "status"),
    on_students=people.follow,
)
on_event(RecordsCheckRequestedV1)(imports.check_import)
on_event(RecordsCommittedV1)(imports.apply_import)
on_event(BatchUndoneV1)(imports.undo_import)
on_event(StudentsRemovalAskedV1)(people.students_used)
on_event(EnrolmentStatementAskedV1)(people.state_student)
on_event(AmendmentRequestedV1)(amendments.amendment_requested)
on_event(EntryVoidedV1)(amendments.entry_voided)
on_event(EntryRestoredV1)(amendments.entry_restored)
on_event(EntrySettledV1)(amendments.entry_settled)
on_event(CareerSealedV1)(people.career_sealed)
on_event(ScoresLockedV1)(locks.scores_locked)
on_event(ScoresUnlockedV1)(locks.scores_unlocked)
on_event(SchemeAdoptedV1)(moving.scheme_adopted)

on_job(SILENCE)(reviews.silence)
on_job(WINDOW_ENDS)(window_ends.window_ended)
on_job(moving.MOVE)(moving.move_terms)
on_job(moving.CARRY)(moving.carry_over)
on_job(evidence.SWEEP)(evidence.sweep)
on_job(evidence.AUDIT)(evidence.audit)
on_job(counters.FOLD)(counters.fold)
on_job(progress.PLAN)(progress.plan)
on_job(progress.COUNT)(progress.count)
