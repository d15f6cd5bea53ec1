"""Reporting: create, change, submit and withdraw records (JX-03, JX-04). The scheme validates every value."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime
from types import MappingProxyType
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef, Origin
from contracts.records import RecordWithdrawnV1
from scheme import FieldProblem, Kind
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import declare

from records.domain.access import need_author
from records.domain.categories import need_category, need_kind_for
from records.domain.quotas import need_quota
from records.domain.record import Change, ChangedBy, Record, RecordContent, apply_move, need_move, new_record
from records.domain.reviewing import enter_review
from records.domain.sharing import first_visibility, need_visibility
from records.domain.state import Move, State
from records.domain.term import Term

declare("kind_retired", 409, "这个类别已经停用")
declare("not_enrolled", 409, "该生已离校或休学，不能新增记录")

_UNFINISHED = ("required", "min_length", "refused")
"""Codes of what matters only when a record is handed in."""


def draft(
    term: Term,
    record_id: UUID,
    student: Student,
    kind_id: str,
    content: RecordContent[EvidenceRef],
    actor: Actor,
    now: datetime,
    *,
    whole: bool,
) -> Change:
    """A new draft. No value may be wrong; none may be missing either if it is submitted at once (`whole`)."""
    kind = term.kind(kind_id)
    need_enrolled(term, student)
    need_kind_for(term, kind, actor, student.path)
    need_visibility(term, content.visibility)
    data = validated(term, kind, content, actor, now, whole=whole or term.scheme.is_growth(kind.id))
    origin: Origin = "entered" if actor.is_staff else "reported"
    return new_record(
        Record(
            id=record_id,
            term_id=term.id,
            student_id=student.id,
            student_name=student.name,
            path=student.path,
            dimension=term.dimension_id(kind),
            kind=kind.id,
            title=content.title or kind.title_of(data),
            data=data,
            evidence=content.evidence,
            state=State.DRAFT,
            origin=origin,
            level=kind.level,
            visibility=content.visibility or first_visibility(term, actor),
            author_id=actor.account_id,
            author_name=actor.name,
            author_role=actor.role,
            version=1,
            created_at=now,
            scheme_version=term.scheme.version,
        ),
        ChangedBy.of(actor),
    )


def need_not_retired(term: Term, record: Record, kind: Kind) -> None:
    """Refuse to hand in a draft of a kind that the term's version has no more; what was returned may be completed (X-01)."""
    if term.retired and record.state is State.DRAFT:
        detail = f"“{kind.title}”在现行版本中已停用，不能再{term.scheme.text('submit', '提交')}；草稿可以删除"
        raise term.refusal("kind_retired", "X-01", detail=detail, help="请改填其他类别")


def need_enrolled(term: Term, student: Student) -> None:
    """Refuse new records of students who left or are suspended; existing ones may be completed (BJ-04)."""
    if student.status in ("left", "suspended"):
        raise term.refusal("not_enrolled", term.scheme.rule("enrolment"), status=student.status, help="请联系校管理员")


def validated(
    term: Term,
    kind: Kind,
    content: RecordContent[EvidenceRef],
    actor: Actor,
    now: datetime,
    *,
    whole: bool,
    before: Mapping[str, Any] = MappingProxyType({}),
) -> dict[str, Any]:
    """The validated values, or `invalid_input` with every problem of fields and evidence at once (X-12).

    `whole`: no value and no evidence may be missing (JX-03); otherwise only wrong ones are refused. `before`: the values so
    far: what others wrote in fields that the actor may not fill stays, whether the actor may read it or not (BJ-05).
    """
    others = kind.form.written_by_others(term.role_of(actor))
    kept = {name: value for name, value in before.items() if name in others}
    own = {name: value for name, value in content.data.items() if name not in kept or value != kept[name]}
    content = replace(content, data=own)
    return _validated(term, kind, content, actor, now, whole=whole) | kept


def _validated(
    term: Term, kind: Kind, content: RecordContent[EvidenceRef], actor: Actor, now: datetime, *, whole: bool
) -> dict[str, Any]:
    values = kind.validate_data(content.data, zone=term.zone, today=term.today(now), role=term.role_of(actor))
    evidence = evidence_problems(term, kind, content.evidence, whole=whole)
    if not isinstance(values, list):
        values = kind.image_problems(values, [file.media_type for file in content.evidence]) or values
    limits = {"limits": kind.evidence.model_dump(mode="json")} if evidence else {}
    if not isinstance(values, list):
        return term.clean(evidence or values, **limits)
    problems = [problem for problem in values if whole or problem.code not in _UNFINISHED]
    return term.clean([*problems, *evidence] or kind.form.without_settled(content.data, term.zone), **limits)


def evidence_problems(term: Term, kind: Kind, evidence: tuple[EvidenceRef, ...], *, whole: bool) -> list[FieldProblem]:
    """Other numbers, types or sizes of files than the kind allows (JX-03), by field: `evidence`, `evidence.0`."""
    files = [(file.media_type, file.size) for file in evidence]
    word = term.scheme.text("evidence", "佐证材料")
    return kind.evidence.problems(files, f"{kind.id}.evidence", word=word, whole=whole)


def mend(term: Term, record: Record, content: RecordContent[EvidenceRef], actor: Actor, now: datetime) -> Change:
    """Replace the content of a draft or a returned record (JX-04)."""
    need_author(term, record, actor)
    need_move(record, Move.MEND)
    need_visibility(term, content.visibility)
    kind = term.kind(record.kind)
    whole = record.state is State.RETURNED or term.scheme.is_growth(kind.id)
    data = validated(term, kind, content, actor, now, whole=whole, before=record.data)
    return apply_move(
        record, Move.MEND, ChangedBy.of(actor), now,
        title=content.title or kind.title_of(data), data=data, evidence=content.evidence,
        visibility=content.visibility or "private",
    )  # fmt: skip


def submit(
    term: Term, record: Record, actor: Actor, now: datetime, used: Mapping[str, int], *, checked: bool = False
) -> Change:
    """Submit a complete record in the kind's window and within its quotas.

    `used`: number of the student's other records per period. `checked`: `draft` has validated the content just now.
    """
    need_author(term, record, actor)
    need_move(record, Move.SUBMIT)
    kind = term.kind(record.kind)
    need_not_retired(term, record, kind)
    need_category(term, record)
    term.need_open(_operation(kind, record), actor.roles, now, record.path)
    data = record.data
    if not checked:
        data = validated(term, kind, record.content, actor, now, whole=True, before=record.data)
    need_quota(term, kind, used)
    return enter_review(term, record, Move.SUBMIT, ChangedBy.of(actor), now, data=data)


def revise(term: Term, record: Record, content: RecordContent[EvidenceRef], actor: Actor, now: datetime) -> Change:
    """Hand in an approved record again with other content, in the kind's window, if its review allows that (SH-06).

    It waits for its review anew; until that has passed, publicity does not take it.
    """
    need_author(term, record, actor)
    need_move(record, Move.REVISE)
    kind = term.kind(record.kind)
    if not kind.review.revisable:
        raise term.refusal("wrong_state", detail=f"“{kind.title}”{term.scheme.text('approve', '审核')}通过后不能再改")
    term.need_open(kind.operation, actor.roles, now, record.path)
    data = validated(term, kind, content, actor, now, whole=True, before=record.data)
    return enter_review(
        term, record, Move.REVISE, ChangedBy.of(actor), now,
        title=content.title or kind.title_of(data), data=data, evidence=content.evidence,
    )  # fmt: skip


def _operation(kind: Kind, record: Record) -> str:
    """The operation whose window applies: returned records may have their own (SH-07)."""
    step = kind.review.step(record.step) if record.state is State.RETURNED and record.step else None
    return (step.mend_operation if step else None) or kind.operation


def withdraw(term: Term, record: Record, actor: Actor, now: datetime) -> Change:
    """The author takes back a record that nobody reviewed yet."""
    need_author(term, record, actor)
    need_move(record, Move.WITHDRAW)
    first = term.next_step(term.kind(record.kind).review, None, record.path)
    if record.origin == "imported":
        raise term.refusal("wrong_state", "X-12", detail="导入的记录请通过撤销导入批次收回")
    if first is not None and record.step != first.id:
        raise term.refusal("wrong_state", detail="记录已进入下一步审核，不能撤回")
    change = apply_move(record, Move.WITHDRAW, ChangedBy.of(actor), now, step=None, reviewer_role=None, submitted_at=None)
    return change.with_events(RecordWithdrawnV1(record_id=record.id, record=change.record.snapshot(), at=now))
