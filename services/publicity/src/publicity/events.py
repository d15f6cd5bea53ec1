"""Handlers of events and of scheduled jobs."""

from typing import Any
from uuid import UUID

from contracts.archive import EvaluationWrittenV1, ScoresCorrectedV1, ScoresLockedV1, ScoresUnlockedV1
from contracts.identity import EnrolmentStatementAskedV1
from contracts.records import (
    FinalSubmissionApprovedV1,
    RecordAmendedV1,
    RecordApprovedV1,
    RecordEscalatedV1,
    RecordSubmittedV1,
    RecordVoidedV1,
)
from servicekit import counters, directory
from servicekit.bus import EventHandlers
from servicekit.db import Tx
from servicekit.jobs import ScheduledJobs

from publicity.actions import cases, entries, moving, published_results, students, summaries, terms
from publicity.deps import Deps
from publicity.domain.case_engine import CaseEngine
from publicity.domain.terms import Term

on_event = EventHandlers()
on_job = ScheduledJobs()


async def _on_term(deps: Deps, tx: Tx, term: Term) -> None:
    """Plan what depends on the timetable."""
    await moving.follow_term(deps, tx, term)
    await published_results.reschedule(deps, tx, term)


directory.register(
    on_event,
    organisations=True,
    students=("grade_title", "class_title", "status"),
    terms=True,
    on_students=students.save_titles,
    on_moved=students.move_open_work,
    on_term=_on_term,
    opt_outs=True,
    on_participation=entries.follow_participation,
)


on_event(RecordApprovedV1)(entries.apply_approval)
on_event(RecordSubmittedV1)(entries.apply_submission)
on_event(RecordEscalatedV1)(entries.apply_escalation)
on_event(RecordAmendedV1)(entries.apply_amendment)
on_event(RecordVoidedV1)(entries.apply_voiding)
on_event(FinalSubmissionApprovedV1)(entries.apply_final)
on_event(EvaluationWrittenV1)(summaries.keep)
on_event(ScoresLockedV1)(published_results.publish)
on_event(ScoresUnlockedV1)(published_results.withdraw)
on_event(ScoresCorrectedV1)(published_results.correct)
on_event(EnrolmentStatementAskedV1)(students.state_student)


on_job(counters.FOLD)(counters.fold)


@on_job(terms.OPEN)
async def on_opening(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Open publicity (JX-07)."""
    await terms.open_publicity(deps, tx, UUID(key))


@on_job(terms.CLOSE)
async def on_closing(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Clear entries and close publicity (JX-13)."""
    await terms.close_publicity(deps, tx, UUID(key))


@on_job(terms.BEGINS)
async def on_stage_begins(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Begin a stage of a case, as its window opens (JX-08)."""
    await cases.run_alarm(deps, tx, key, CaseEngine.begin)


@on_job(terms.DEADLINE)
async def on_deadline(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Apply the deadline of a stage of a case (X-08)."""
    await cases.run_alarm(deps, tx, key, CaseEngine.time_out)


@on_job(terms.TOLD)
async def on_told(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Let a decision take effect that is told only now (CS-11)."""
    await cases.run_alarm(deps, tx, key, CaseEngine.tell)


@on_job(terms.HELD_UNTIL)
async def on_pass_on(deps: Deps, tx: Tx, key: str, _: dict[str, Any]) -> None:
    """Pass on what a complainant did (L-17)."""
    await cases.pass_on(deps, tx, UUID(key))


@on_job(terms.SETTLE)
async def on_settling(deps: Deps, tx: Tx, key: str, __: dict[str, Any]) -> None:
    """Settle the results of a class, if their publicity is over (X-15)."""
    term_id, _, path = key.partition("|")
    await published_results.settle(deps, tx, UUID(term_id), path)
