"""The review chain: waiting, passing, returning, and what silence means (JX-04, SH-07). The chain is the scheme's."""

from datetime import datetime
from typing import Any

from contracts.records import RecordApprovedV1, RecordReturnedV1, RecordSubmittedV1
from scheme import ReviewStep
from scheme.timetable import silence_due
from servicekit.auth import Actor

from records.domain.record import CLOCK, Change, Hand, Record, moved, need_move
from records.domain.rules import Rules, may_act_as
from records.domain.state import Move, State


def enter_review(rules: Rules, record: Record, move: Move, by: Hand, now: datetime, **changed: Any) -> Change:
    """The first review step waits for its role; a kind without steps is approved at once."""
    step = rules.next_step(rules.kind(record.kind).review, None, record.path)
    fresh: dict[str, Any] = {"submitted_at": now, "reason_code": None, "note": None, **_at(step, now), **changed}
    waiting = moved(record, move, by, now, **fresh)
    if step is None:
        return waiting.then(_approved(waiting.record, CLOCK, now))
    return waiting.saying(_submitted(rules, waiting.record, now))


def passed(rules: Rules, record: Record, by: Hand, now: datetime, note: str | None = None) -> Change:
    """The step at hand is passed: the next one waits, or the record is approved (JX-03)."""
    need_move(record, Move.APPROVE)
    step = rules.next_step(rules.kind(record.kind).review, record.step, record.path)
    if step is None:
        return _approved(record, by, now, note)
    change = moved(record, Move.PASS, by, now, because=(None, note), **_at(step, now))
    return change.saying(_submitted(rules, change.record, now))


def approve(rules: Rules, record: Record, actor: Actor, now: datetime) -> Change:
    """The step's reviewer agrees (JX-04)."""
    need_reviewer(rules, record, actor, Move.APPROVE, now)
    return passed(rules, record, Hand.of(actor), now)


def send_back(rules: Rules, record: Record, actor: Actor, now: datetime, code: str | None, note: str | None) -> Change:
    """The step's reviewer returns the record, with a reason from the scheme's list (JX-04)."""
    need_reviewer(rules, record, actor, Move.RETURN, now)
    reason = rules.reason(code, note, "record")
    change = moved(record, Move.RETURN, Hand.of(actor), now, because=(reason.id, note), reviewer_role=None)
    event = RecordReturnedV1(
        record_id=record.id, record=change.record.snapshot(), at=now,
        reason_code=reason.id, reason_title=reason.title, note=note,
    )  # fmt: skip
    return change.saying(event)


def need_reviewer(rules: Rules, record: Record, actor: Actor, move: Move, now: datetime) -> None:
    """Only the role of the step that waits, for its own students, in the step's window."""
    need_move(record, move)
    assert record.step is not None
    assert record.reviewer_role is not None
    if not may_act_as(actor, record.reviewer_role, record.student_id, record.path):
        raise rules.refusal("forbidden", help=f"请联系{rules.scheme.role_title(record.reviewer_role)}")
    step = rules.kind(record.kind).review.step(record.step)
    rules.need_open(step.operation, actor.roles, now, record.path, rules.scheme.rule("record.review"))


def deadline(rules: Rules, record: Record) -> datetime | None:
    """When silence takes effect for a record that waits (SH-07); None: never."""
    if record.state is not State.SUBMITTED or record.step is None or record.waits_since is None:
        return None
    step = rules.kind(record.kind).review.step(record.step)
    if record.reviewer_role != step.role:
        return None
    return silence_due(
        rules.scheme, rules.timetable, step.operation, step.role, record.waits_since, step.silence, rules.grade(record.path)
    )


def silent(rules: Rules, record: Record, now: datetime) -> Change | None:
    """Nobody acted by the deadline: pass, hand over, or (None) leave it (SH-07)."""
    at = deadline(rules, record)
    if at is None or at > now or record.step is None:
        return None
    silence = rules.kind(record.kind).review.step(record.step).silence
    if silence.then == "pass":
        return passed(rules, record, CLOCK, now, note="逾期未处理，视为通过")
    if silence.to is None:
        return None
    change = moved(record, Move.ESCALATE, CLOCK, now, reviewer_role=silence.to)
    return change.saying(_submitted(rules, change.record, now))


def _at(step: ReviewStep | None, now: datetime) -> dict[str, Any]:
    return {"step": step.id if step else None, "reviewer_role": step.role if step else None, "waits_since": now}


def _submitted(rules: Rules, record: Record, now: datetime) -> RecordSubmittedV1:
    steps = [step.id for step in rules.kind(record.kind).review.steps]
    assert record.step is not None
    assert record.reviewer_role is not None
    return RecordSubmittedV1(
        record_id=record.id, record=record.snapshot(), at=now, step=steps.index(record.step), reviewer_role=record.reviewer_role
    )


def _approved(record: Record, by: Hand, now: datetime, note: str | None = None) -> Change:
    change = moved(record, Move.APPROVE, by, now, because=(None, note), step=None, reviewer_role=None)
    return change.saying(RecordApprovedV1(record_id=record.id, record=change.record.snapshot(), at=now, approved_by=by.name))
