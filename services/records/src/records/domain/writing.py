"""Reporting: drafts, mending, handing in, taking back (JX-03, JX-04). The scheme's one validator checks every value."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import EvidenceRef, Origin
from contracts.records import RecordWithdrawnV1
from scheme import Kind
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal, declare

from records.domain.record import Change, Hand, Record, begin, moved, need_move
from records.domain.reviewing import enter_review
from records.domain.rules import Rules
from records.domain.sharing import Visibility, first_visibility, need_visibility
from records.domain.sight import enters, need_author
from records.domain.state import Move, State

declare("not_enrolled", 409, "该生已离校或休学，不能新增记录")

COUNTED = (State.SUBMITTED, State.RETURNED, State.APPROVED, State.AMENDING)
"""What a quota counts: everything handed in that still stands."""
_UNFINISHED = ("required", "min_length")
_TYPES = {"image": "image/", "pdf": "application/pdf", "video": "video/", "audio": "audio/"}


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody wrote; `evidence` is checked and bound to the record already."""

    title: str | None
    data: Mapping[str, Any]
    evidence: tuple[EvidenceRef, ...]
    visibility: Visibility | None = None
    """None: private; of a new record, as the scheme says."""


def draft(
    rules: Rules, record_id: UUID, student: Student, kind_id: str, given: Given, actor: Actor, now: datetime, *, whole: bool
) -> Change:
    """A new draft; nothing in it may be wrong, and only where it is to be handed in at once (`whole`) nothing missing."""
    kind = rules.kind(kind_id)
    need_enrolled(rules, student)
    if not enters(kind, actor):
        who = "、".join(rules.scheme.role_title(role) for role in kind.entry_roles)
        raise rules.refusal("forbidden", f"{kind.id}.entry_roles", help=f"“{kind.title}”由{who}填报")
    if not kind.fits_grade(rules.grade(student.path)):
        raise rules.invalid("kind", f"该年级没有“{kind.title}”", f"{kind.id}.grades")
    need_visibility(rules, given.visibility)
    data = filled(rules, kind, given, actor, now, whole=whole)
    origin: Origin = "entered" if actor.is_staff else "reported"
    return begin(
        Record(
            id=record_id,
            term_id=rules.id,
            student_id=student.id,
            student_name=student.name,
            path=student.path,
            dimension=rules.scheme.dimension_of(kind.id).id,
            kind=kind.id,
            title=given.title or kind.title_of(data),
            data=data,
            evidence=given.evidence,
            state=State.DRAFT,
            origin=origin,
            level=kind.level,
            visibility=given.visibility or first_visibility(rules, actor),
            author_id=actor.account_id,
            author_name=actor.name,
            author_role=actor.role,
            version=1,
            created_at=now,
        ),
        Hand.of(actor),
    )


def need_enrolled(rules: Rules, student: Student) -> None:
    """Who left or is suspended gets no new records; what is under way may end (BJ-04)."""
    if student.status in ("left", "suspended"):
        raise rules.refusal("not_enrolled", rules.scheme.rule("enrolment"), status=student.status, help="请联系校管理员")


def filled(rules: Rules, kind: Kind, given: Given, actor: Actor, now: datetime, *, whole: bool) -> dict[str, Any]:
    """The clean values. `whole`: nothing may be missing, evidence included (JX-03); else gaps are let through."""
    values = kind.validate_data(given.data, zone=rules.zone, today=rules.today(now), role=rules.role_of(actor))
    if isinstance(values, list) and not whole:
        wrong = [problem for problem in values if problem.code not in _UNFINISHED]
        clean = rules.clean(wrong) if wrong else dict(given.data)
    else:
        clean = rules.clean(values)
    need_evidence(rules, kind, given.evidence, whole=whole)
    return clean


def need_evidence(rules: Rules, kind: Kind, evidence: tuple[EvidenceRef, ...], *, whole: bool) -> None:
    """As many files as the kind asks for, of its types and sizes (JX-03)."""
    wanted, rule = kind.evidence, f"{kind.id}.evidence"
    limits = {"min": wanted.min, "max": wanted.max, "types": list(wanted.types), "max_bytes": wanted.max_bytes}

    def refused(field_name: str, message: str, rule: str = rule) -> Refusal:
        return rules.refusal("invalid_input", rule, errors=[{"field": field_name, "message": message}], limits=limits)

    if whole or len(evidence) > wanted.max:
        problem = wanted.count_problem(len(evidence))
        if problem:
            raise refused("evidence", problem, rules.scheme.rule("record.report") if len(evidence) < wanted.min else rule)
    for place, file in enumerate(evidence):
        if not any(file.media_type.startswith(_TYPES[name]) for name in wanted.types):
            raise refused(f"evidence.{place}", f"“{kind.title}”不接受这种文件")
        if file.size > wanted.max_bytes:
            raise refused(f"evidence.{place}", f"文件不能超过{wanted.max_bytes // 2**20}MB")


def mend(rules: Rules, record: Record, given: Given, actor: Actor, now: datetime) -> Change:
    """Write a draft or a returned record anew (JX-04)."""
    need_author(rules, record, actor)
    need_move(record, Move.MEND)
    need_visibility(rules, given.visibility)
    kind = rules.kind(record.kind)
    data = filled(rules, kind, given, actor, now, whole=record.state is State.RETURNED)
    return moved(
        record, Move.MEND, Hand.of(actor), now,
        title=given.title or kind.title_of(data), data=data, evidence=given.evidence,
        visibility=given.visibility or "private",
    )  # fmt: skip


def submit(
    rules: Rules, record: Record, actor: Actor, now: datetime, used: Mapping[str, int], *, checked: bool = False
) -> Change:
    """Hand in: in the kind's window, whole, within its quotas.

    `used`: the student's other records per period. `checked`: `draft` has just found the content whole.
    """
    need_author(rules, record, actor)
    need_move(record, Move.SUBMIT)
    kind = rules.kind(record.kind)
    rules.need_open(_operation(kind, record), actor.roles, now, record.path)
    data = record.data
    if not checked:
        data = filled(rules, kind, Given(record.title, data, record.evidence), actor, now, whole=True)
    need_quota(rules, kind, used)
    return enter_review(rules, record, Move.SUBMIT, Hand.of(actor), now, data=data)


def _operation(kind: Kind, record: Record) -> str:
    """Whose window counts: a returned record may have one of its own (SH-07)."""
    step = kind.review.step(record.step) if record.state is State.RETURNED and record.step else None
    return (step.mend_operation if step else None) or kind.operation


def need_quota(rules: Rules, kind: Kind, used: Mapping[str, int]) -> None:
    """Refuse one more than the scheme allows per term, year or stage (SH-04)."""
    for quota in kind.quotas:
        if quota.counts == "submitted" and used.get(quota.per, 0) >= quota.max:
            what = {"term": "每学期", "year": "每学年"}.get(quota.per, "在校期间")
            raise rules.refusal(
                "quota_exceeded",
                f"{kind.id}.quotas",
                detail=f"“{kind.title}”{what}最多{quota.max}条",
                quota={"per": quota.per, "max": quota.max, "used": used.get(quota.per, 0)},
            )


def withdraw(rules: Rules, record: Record, actor: Actor, now: datetime) -> Change:
    """Its author takes back what nobody reviewed yet."""
    need_author(rules, record, actor)
    need_move(record, Move.WITHDRAW)
    first = rules.next_step(rules.kind(record.kind).review, None, record.path)
    if record.origin == "imported":
        raise rules.refusal("wrong_state", "X-12", detail="导入的记录请通过撤销导入批次收回")
    if first is not None and record.step != first.id:
        raise rules.refusal("wrong_state", detail="记录已进入下一步审核，不能撤回")
    change = moved(record, Move.WITHDRAW, Hand.of(actor), now, step=None, reviewer_role=None, submitted_at=None)
    return change.saying(RecordWithdrawnV1(record_id=record.id, record=change.record.snapshot(), at=now))
