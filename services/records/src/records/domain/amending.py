"""What publicity asks of an approved record: an amendment under a case, or its end (JX-09, CS-10, CS-11)."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Self
from uuid import UUID

from contracts.base import EvidenceRef
from contracts.records import Asked, RecordAmendedV1, RecordVoidedV1
from servicekit.auth import Actor

from records.domain.record import CLOCK, Change, Hand, Record, moved
from records.domain.rules import Rules
from records.domain.sight import may_write
from records.domain.state import Move, State
from records.domain.writing import Given, filled

NOT_TAKEN = "处理意见提交之后所作的修改未被采用，记录已恢复为提交时的内容"


@dataclass(frozen=True, slots=True)
class Content:
    """What an amendment changes of a record."""

    title: str
    data: dict[str, Any]
    evidence: tuple[EvidenceRef, ...]

    @classmethod
    def of(cls, record: Record) -> Self:
        """What a record says now."""
        return cls(record.title, record.data, record.evidence)


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


def amend(rules: Rules, record: Record, given: Given, actor: Actor, now: datetime, asked: Sequence[Asked] = ()) -> Change:
    """The student (or who wrote it) mends an approved record because a case asks for it (JX-09).

    `asked`: the turns in which its cases ask.
    """
    kind = rules.kind(record.kind)
    if record.student_id not in actor.students and not may_write(kind, record, actor):
        raise rules.refusal("forbidden", help=f"请联系{record.student_name}")
    if record.state is not State.AMENDING:
        raise rules.refusal("wrong_state", state=record.state.value, detail="没有需要修改此记录的质疑")
    data = filled(rules, kind, given, actor, now, whole=True)
    change = moved(
        record, Move.AMEND, Hand.of(actor), now,
        title=given.title or kind.title_of(data), data=data, evidence=given.evidence,
    )  # fmt: skip
    return change.saying(
        RecordAmendedV1(
            record_id=record.id, record=change.record.snapshot(), at=now, case_id=record.cases[-1], asked=tuple(asked)
        )
    )


def put_back(record: Record, content: Content, counts: int, case_id: UUID, now: datetime) -> Change | None:
    """A later change is not taken: the record says again what it said as version `counts`, which was handed in (JX-09).

    None where it says that already.
    """
    if content == Content.of(record):
        return None
    change = moved(
        record, Move.PUT_BACK, CLOCK, now, because=(None, NOT_TAKEN),
        title=content.title, data=content.data, evidence=content.evidence,
    )  # fmt: skip
    told = RecordAmendedV1(
        record_id=record.id, record=change.record.snapshot(), at=now, case_id=case_id, restores=counts
    )  # fmt: skip
    return change.saying(told)


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
