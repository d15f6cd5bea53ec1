"""What publicity asks of an approved record: an amendment under a case, or its end (JX-09, CS-10, CS-11)."""

from datetime import datetime
from uuid import UUID

from contracts.records import RecordAmendedV1, RecordVoidedV1
from servicekit.auth import Actor

from records.domain.record import CLOCK, Change, Hand, Record, moved
from records.domain.rules import Rules
from records.domain.sight import may_write
from records.domain.state import Move, State
from records.domain.writing import Given, filled


def ask(record: Record, case_id: UUID, now: datetime) -> Change | None:
    """A case asks for an amendment. None where the record can no longer be mended, or was asked already."""
    if record.state not in (State.APPROVED, State.AMENDING) or case_id in record.cases:
        return None
    return moved(record, Move.ASK, CLOCK, now, cases=(*record.cases, case_id))


def settle(record: Record, case_id: UUID, now: datetime) -> Change | None:
    """A case asks no longer; with the last one the record is approved again. None where it never asked."""
    if record.state is not State.AMENDING or case_id not in record.cases:
        return None
    left = tuple(case for case in record.cases if case != case_id)
    return moved(record, Move.ASK if left else Move.SETTLE, CLOCK, now, cases=left)


def amend(rules: Rules, record: Record, given: Given, actor: Actor, now: datetime) -> Change:
    """The student (or who wrote it) mends an approved record because a case asks for it (JX-09)."""
    kind = rules.kind(record.kind)
    if record.student_id not in actor.students and not may_write(kind, record, actor):
        raise rules.refusal("forbidden", "JX-09", help=f"请联系{record.student_name}")
    if record.state is not State.AMENDING:
        raise rules.refusal("wrong_state", "JX-09", state=record.state.value, detail="没有需要修改此记录的质疑")
    data = filled(rules, kind, given, actor, now, whole=True)
    change = moved(
        record, Move.AMEND, Hand.of(actor), now,
        title=given.title or kind.title_of(data), data=data, evidence=given.evidence,
    )  # fmt: skip
    return change.saying(
        RecordAmendedV1(record_id=record.id, record=change.record.snapshot(), at=now, case_id=record.cases[-1])
    )


def void(record: Record, by: Hand, reason: str, now: datetime) -> Change:
    """The record counts no longer."""
    change = moved(record, Move.VOID, by, now, because=(None, reason), cases=(), step=None, reviewer_role=None)
    return change.saying(RecordVoidedV1(record_id=record.id, record=change.record.snapshot(), at=now, reason=reason))


def void_by_case(record: Record, reason: str, now: datetime) -> Change | None:
    """A case ended against it (JX-09, CS-10). None where it is voided already."""
    return None if record.state is State.VOIDED else void(record, CLOCK, reason, now)


def restore(record: Record, reason: str | None, now: datetime) -> Change | None:
    """An appeal brought an excluded record back (CS-11). None where it counts already."""
    if record.state is not State.VOIDED:
        return None
    return moved(record, Move.RESTORE, CLOCK, now, because=(None, reason))
