"""The events that archive consumes, and its scheduled jobs."""

from contracts import identity, importer, publicity, records
from servicekit import counters, directory
from servicekit.bus import EventHandlers
from servicekit.jobs import ScheduledJobs

from archive.actions import (
    form_counts,
    handbook_runs,
    imports,
    projections,
    reports,
    result_publicity,
    score_runs,
    signed_forms,
    statistics,
    steps,
)
from archive.actions.sealing import BUILD_TREE, PRINT, WRITE

on_event = EventHandlers()
on_job = ScheduledJobs()

directory.register(
    on_event,
    organisations=True,
    students=("school_title", "grade_title", "class_title", "status", "sex", "registry_number", "home"),
    terms=True,
    on_students=form_counts.students_changed,
    on_term=projections.begin_term,
    opt_outs=True,
)
on_event(records.RecordApprovedV1)(projections.record_approved)
on_event(records.RecordVoidedV1)(projections.record_voided)
on_event(records.MisconductReleasedV1)(projections.misconduct_released)
on_event(records.PositionApprovedV1)(projections.position_approved)
on_event(publicity.EntriesClearedV1)(projections.entries_cleared)
on_event(publicity.EntryVoidedV1)(projections.entry_voided)
on_event(publicity.EntryRestoredV1)(projections.entry_restored)
on_event(publicity.PublicityClosedV1)(projections.publicity_closed)
on_event(publicity.CaseOpenedV2)(projections.case_opened)
on_event(publicity.CaseClosedV2)(projections.case_closed)
on_event(publicity.ResultAmendedV1)(result_publicity.amend)
on_event(publicity.ResultsSettledV1)(result_publicity.settle)
on_event(importer.EvaluationsCheckRequestedV1)(imports.check)
on_event(importer.EvaluationsCommittedV1)(imports.apply)
on_event(importer.BatchUndoneV1)(imports.undo)
on_event(identity.UploadCodesIssuedV1)(signed_forms.codes_issued)
on_event(identity.StudentsRemovalAskedV1)(projections.students_used)
on_event(identity.EnrolmentStatementAskedV1)(projections.state_student)

on_job(counters.FOLD)(counters.fold)
on_job(form_counts.COUNT)(form_counts.count_school)
on_job(WRITE)(steps.write)
on_job(BUILD_TREE)(steps.build_tree)
on_job(PRINT)(steps.print_chunk)
on_job(reports.MAKE)(reports.step)
on_job(handbook_runs.MAKE)(handbook_runs.step)
on_job(score_runs.LOCK)(score_runs.step)
on_job(statistics.COUNT)(statistics.count_all)
