"""The review chain: approve, return, and what happens when nobody acts in time (JX-04, SH-07). The scheme has the chain."""

from datetime import datetime
from typing import Any

from contracts.records import RecordApprovedV1, RecordEscalatedV1, RecordReturnedV1, RecordSubmittedV1
from scheme import Refused, ReviewStep
from scheme.timetable import silence_due
from servicekit.auth import Actor

from records.domain.record import SYSTEM, Change, ChangedBy, Record, apply_move, need_move
from records.domain.state import Move, State
from records.domain.term import Term, may_act_as


def enter_review(term: Term, record: Record, move: Move, by: ChangedBy, now: datetime, **changed: Any) -> Change:
    """Let the record wait for its first review step; a kind without steps is approved at once."""
    step = term.next_step(term.kind(record.kind).review, None, record.path)
    fresh: dict[str, Any] = {"submitted_at": now, "reason_code": None, "note": None, **_waiting_for(step, now), **changed}
    waiting = apply_move(record, move, by, now, **fresh)
    if step is None:
        return waiting.followed_by(_approved(waiting.record, SYSTEM, now))
    if record.state is State.RETURNED and _is_over(term, record, step, now):
        return waiting.followed_by(pass_step(term, waiting.record, SYSTEM, now, note="确认时间已过，改正后视为通过"))
    return waiting.with_events(_submitted(term, waiting.record, now))


def _is_over(term: Term, record: Record, step: ReviewStep, now: datetime) -> bool:
    """Is nobody going to answer any more, where silence passes the step (SH-07)?"""
    answer = term.ask(step.operation, (step.role,), now, record.path)
    by_window = step.silence.then == "pass" and step.silence.by_window
    return by_window and isinstance(answer, Refused) and answer.code == "window_closed"


def pass_step(term: Term, record: Record, by: ChangedBy, now: datetime, note: str | None = None) -> Change:
    """Pass the current review step: the next one waits, or the record is approved (JX-03)."""
    need_move(record, Move.APPROVE)
    step = term.next_step(term.kind(record.kind).review, record.step, record.path)
    if step is None:
        return _approved(record, by, now, note)
    change = apply_move(record, Move.PASS, by, now, because=(None, note), **_waiting_for(step, now))
    return change.with_events(_submitted(term, change.record, now))


def approve(term: Term, record: Record, actor: Actor, now: datetime) -> Change:
    """The reviewer passes the current step (JX-04)."""
    need_reviewer(term, record, actor, Move.APPROVE, now)
    return pass_step(term, record, ChangedBy.of(actor), now)


def send_back(term: Term, record: Record, actor: Actor, now: datetime, code: str | None, note: str | None) -> Change:
    """The reviewer returns the record with a reason of the scheme's list (JX-04)."""
    need_reviewer(term, record, actor, Move.RETURN, now)
    reason = term.reason(code, note, "record")
    change = apply_move(record, Move.RETURN, ChangedBy.of(actor), now, because=(reason.id, note), reviewer_role=None)
    event = RecordReturnedV1(
        record_id=record.id, record=change.record.snapshot(), at=now,
        reason_code=reason.id, reason_title=reason.title, note=note,
    )  # fmt: skip
    return change.with_events(event)


def need_reviewer(term: Term, record: Record, actor: Actor, move: Move, now: datetime) -> None:
    """Refuse all but the role of the current step, for its own students, in the step's window."""
    need_move(record, move)
    assert record.step is not None
    assert record.reviewer_role is not None
    if not may_act_as(actor, record.reviewer_role, record.student_id, record.path):
        raise term.refusal("forbidden", help=f"请联系{term.scheme.role_title(record.reviewer_role)}")
    step = term.kind(record.kind).review.step(record.step)
    term.need_open(step.operation, actor.roles, now, record.path, term.scheme.rule("record.review"))


def deadline(term: Term, record: Record) -> datetime | None:
    """When the scheme acts because nobody reviewed a waiting record (SH-07); None: never."""
    if record.state is not State.SUBMITTED or record.step is None or record.waits_since is None:
        return None
    step = term.kind(record.kind).review.step(record.step)
    if record.reviewer_role != step.role:
        return None
    return silence_due(
        term.scheme, term.timetable, step.operation, step.role, record.waits_since, step.silence, term.grade(record.path),
        term.zone,
    )  # fmt: skip


def own_deadline(term: Term, record: Record) -> datetime | None:
    """The `deadline` that only this record has; None: it has none, or that of all records of the window (`Term.acted_at`)."""
    at = deadline(term, record)
    if at is None or record.step is None:
        return None
    return None if term.kind(record.kind).review.step(record.step).silence.by_window else at


def after_silence(term: Term, record: Record, now: datetime) -> Change | None:
    """Nobody reviewed the record by the deadline: pass the step, hand it to another role, or (None) do nothing (SH-07)."""
    at = deadline(term, record)
    if at is None or at > now or record.step is None:
        return None
    silence = term.kind(record.kind).review.step(record.step).silence
    if silence.then == "pass":
        return pass_step(term, record, SYSTEM, now, note="逾期未处理，视为通过")
    if silence.to is None:
        return None
    change = apply_move(record, Move.ESCALATE, SYSTEM, now, reviewer_role=silence.to)
    return change.with_events(_submitted(term, change.record, now))


def mend_deadline(term: Term, record: Record) -> datetime | None:
    """When a returned record becomes a case because nobody corrected it (SH-10); None: never.

    That is the end of the window in which any of the roles that enter the kind may correct it.
    """
    if record.state is not State.RETURNED or record.step is None or record.waits_since is None:
        return None
    kind = term.kind(record.kind)
    step = kind.review.step(record.step)
    if step.mend_operation is None:
        return None
    grade, ends = term.grade(record.path), list[datetime]()
    for role in set(kind.entry_roles).intersection(term.scheme.operation(step.mend_operation).roles):
        at = silence_due(term.scheme, term.timetable, step.mend_operation, role, record.waits_since, step.unmended, grade)
        ends += [] if at is None else [at]
    return max(ends, default=None)


def after_mending(term: Term, record: Record, now: datetime) -> Change | None:
    """Nobody corrected a returned record by the deadline: it becomes a case (SH-10). None: it is not time, or never."""
    at = mend_deadline(term, record)
    if at is None or at > now or record.step is None:
        return None
    case_type = term.kind(record.kind).review.step(record.step).unmended.case
    assert case_type is not None
    reason = term.scheme.return_reason(record.reason_code).title if record.reason_code else ""
    change = apply_move(record, Move.UNMENDED, SYSTEM, now, because=(None, "逾期未改正，转为问题处理"), step=None)
    return change.with_events(
        RecordEscalatedV1(
            record_id=record.id, record=change.record.snapshot(), at=now, case_type=case_type,
            reason="：".join(part for part in (reason, record.note) if part),
        )
    )  # fmt: skip


def after_window(term: Term, record: Record, now: datetime) -> Change | None:
    """What the scheme does with a record whose window ended and nobody acted (SH-07, SH-10); None: nothing."""
    return after_silence(term, record, now) or after_mending(term, record, now)


def _waiting_for(step: ReviewStep | None, now: datetime) -> dict[str, Any]:
    return {"step": step.id if step else None, "reviewer_role": step.role if step else None, "waits_since": now}


def _submitted(term: Term, record: Record, now: datetime) -> RecordSubmittedV1:
    steps = [step.id for step in term.kind(record.kind).review.steps]
    assert record.step is not None
    assert record.reviewer_role is not None
    return RecordSubmittedV1(
        record_id=record.id, record=record.snapshot(), at=now, step=steps.index(record.step), reviewer_role=record.reviewer_role
    )


def _approved(record: Record, by: ChangedBy, now: datetime, note: str | None = None) -> Change:
    change = apply_move(record, Move.APPROVE, by, now, because=(None, note), step=None, reviewer_role=None)
    return change.with_events(
        RecordApprovedV1(record_id=record.id, record=change.record.snapshot(), at=now, approved_by=by.name)
    )
