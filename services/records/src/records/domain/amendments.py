"""What cases of publicity change in records: amendments, voiding, restoring (JX-09, CS-10, CS-11)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from uuid import UUID

from contracts.base import EvidenceRef
from contracts.records import Asked, RecordAmendedV1, RecordVoidedV1
from servicekit.auth import Actor
from servicekit.directory import Student

from records.domain.access import may_write
from records.domain.quotas import need_quota
from records.domain.record import SYSTEM, Change, ChangedBy, Record, RecordContent, apply_move, new_record
from records.domain.state import Move, State
from records.domain.term import Term
from records.domain.writing import draft, validated

FAMILY = frozenset({"student", "guardian"})
NOT_TAKEN = "处理意见提交之后所作的修改未被采用，记录已恢复为提交时的内容"


def request_amendment(record: Record, case_id: UUID, now: datetime) -> Change | None:
    """A case asks for an amendment. None if the record cannot be amended any more, or this case asked already."""
    if record.state not in (State.APPROVED, State.ESCALATED, State.AMENDING) or case_id in record.cases:
        return None
    return apply_move(record, Move.ASK, SYSTEM, now, cases=(*record.cases, case_id))


def end_amendment(record: Record, case_id: UUID, now: datetime) -> Change | None:
    """A case does not ask any more; after the last one the record is approved again. None if it never asked."""
    if record.state is not State.AMENDING or case_id not in record.cases:
        return None
    left = tuple(case for case in record.cases if case != case_id)
    return apply_move(record, Move.ASK if left else Move.SETTLE, SYSTEM, now, cases=left)


def amend(
    term: Term,
    record: Record,
    content: RecordContent[EvidenceRef],
    actor: Actor,
    now: datetime,
    asked: Sequence[Asked] = (),
    roles: Collection[str] = (),
) -> Change:
    """The student or the author changes an approved record because a case asks for it (JX-09).

    `asked`: the turns of the cases that ask. `roles`: of whom they ask it, if they tell: a student does not amend what the
    school has to (SH-10).
    """
    kind = term.kind(record.kind)
    family = record.student_id in actor.students and (not roles or not FAMILY.isdisjoint(roles))
    if not family and not may_write(kind, record, actor):
        raise term.refusal("forbidden", help=f"请联系{record.author_name if roles else record.student_name}")
    if record.state is not State.AMENDING:
        raise term.refusal("wrong_state", state=record.state.value, detail="没有需要修改此记录的质疑")
    data = validated(term, kind, content, actor, now, whole=True, before=record.data)
    change = apply_move(
        record, Move.AMEND, ChangedBy.of(actor), now,
        title=content.title or kind.title_of(data), data=data, evidence=content.evidence,
    )  # fmt: skip
    return change.with_events(
        RecordAmendedV1(
            record_id=record.id, record=change.record.snapshot(), at=now, case_id=record.cases[-1], asked=tuple(asked)
        )
    )


def enter_missing(
    term: Term,
    record_id: UUID,
    student: Student,
    kind_id: str,
    content: RecordContent[EvidenceRef],
    actor: Actor,
    now: datetime,
    asked: Asked,
    used: Mapping[str, int],
) -> Change:
    """Enter what a case found missing in a student's report, within its quotas (SH-08); the case goes on with it.

    `used`: number of the student's records of the kind per period.
    """
    made = draft(term, record_id, student, kind_id, content, actor, now, whole=True).record
    need_quota(term, term.kind(kind_id), used)
    record = replace(made, state=State.AMENDING, cases=(asked.case_id,), submitted_at=now, visibility="private")
    event = RecordAmendedV1(record_id=record_id, record=record.snapshot(), at=now, case_id=asked.case_id, asked=(asked,))
    return new_record(record, ChangedBy.of(actor), Move.ENTER_MISSING.value).with_events(event)


def restore_submitted(
    record: Record, content: RecordContent[EvidenceRef], version: int, case_id: UUID, now: datetime
) -> Change | None:
    """Give the record the content of `version`, which its author submitted last: later changes came too late (JX-09).

    None if it has this content already.
    """
    if content == record.content:
        return None
    change = apply_move(
        record, Move.PUT_BACK, SYSTEM, now, because=(None, NOT_TAKEN),
        title=content.title, data=content.data, evidence=content.evidence,
    )  # fmt: skip
    event = RecordAmendedV1(
        record_id=record.id, record=change.record.snapshot(), at=now, case_id=case_id, restores=version
    )  # fmt: skip
    return change.with_events(event)


def void(record: Record, by: ChangedBy, reason: str, now: datetime) -> Change:
    """The record does not count any more."""
    change = apply_move(record, Move.VOID, by, now, because=(None, reason), cases=(), step=None, reviewer_role=None)
    return change.with_events(RecordVoidedV1(record_id=record.id, record=change.record.snapshot(), at=now, reason=reason))


def void_by_case(record: Record, reason: str, now: datetime) -> Change | None:
    """A case voids the record (JX-09). None if it is void already."""
    return None if record.state is State.VOIDED else void(record, SYSTEM, reason, now)


def exclude(record: Record, reason: str, now: datetime) -> Change | None:
    """A case excludes the record: it does not count, and stays for an appeal (CS-10). None if it does not count already.

    Nobody has to be told: those who store the record know it from the case."""
    if record.state not in (State.APPROVED, State.AMENDING):
        return None
    return apply_move(record, Move.EXCLUDE, SYSTEM, now, because=(None, reason), cases=())


def settle(record: Record, now: datetime) -> Change | None:
    """The case about a record that its student had refused ended in its favour (SH-10). None if it counts already."""
    if record.state is not State.ESCALATED:
        return None
    return apply_move(record, Move.SETTLE, SYSTEM, now, because=(None, "问题处理办结，计入报告"))


def restore(record: Record, reason: str | None, now: datetime) -> Change | None:
    """An appeal lets an excluded record count again (CS-11). None if it is not excluded."""
    if record.state is not State.EXCLUDED:
        return None
    return apply_move(record, Move.RESTORE, SYSTEM, now, because=(None, reason))
