"""The final submission of a stage: what a student chooses from the material of all its terms, and the school's review of it
(CS-01, CS-08). One per student and last term; `MOVES` is the whole state machine."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.base import Event
from contracts.records import (
    FinalSubmissionApprovedV1,
    FinalSubmissionReturnedV1,
    FinalSubmissionSubmittedV1,
    FinalSubmissionWithdrawnV1,
)
from scheme import Scheme
from scheme.parts import FinalSubmission
from servicekit.auth import Actor
from servicekit.directory import Student

from records.domain.record import ChangedBy, Record
from records.domain.state import State
from records.domain.term import Term, may_act_as

COUNTS = (State.APPROVED, State.AMENDING)
"""The states of material that may be chosen."""


class FinalState(StrEnum):
    """The states of a final submission; `open`: the student is still choosing."""

    OPEN = "open"
    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


MOVES: dict[tuple[FinalState, str], FinalState] = {
    (FinalState.OPEN, "choose"): FinalState.OPEN,
    (FinalState.OPEN, "submit"): FinalState.SUBMITTED,
    (FinalState.SUBMITTED, "withdraw"): FinalState.OPEN,
    (FinalState.SUBMITTED, "approve"): FinalState.APPROVED,
    (FinalState.SUBMITTED, "return"): FinalState.RETURNED,
    (FinalState.RETURNED, "choose"): FinalState.RETURNED,
    (FinalState.RETURNED, "submit"): FinalState.SUBMITTED,
}


@dataclass(frozen=True, slots=True)
class Refused:
    """A record of a submission that the school did not let pass, and why."""

    record_id: UUID
    reason_code: str
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Final:
    """A student's final submission in a last term. `refused`: what the last review did not let pass."""

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    state: FinalState
    record_ids: tuple[UUID, ...]
    refused: tuple[Refused, ...]
    version: int
    submitted_at: datetime | None = None
    submitted_by: str | None = None
    reviewed_at: datetime | None = None
    reviewed_by: str | None = None
    reason_code: str | None = None
    note: str | None = None


type Decision = tuple[Final, Event]


def rules_of(term: Term) -> FinalSubmission:
    """The scheme's final submission; `not_found` where it has none."""
    if term.scheme.final is None:
        raise term.refusal("not_found")
    return term.scheme.final


def begin(final_id: UUID, term: Term, student: Student) -> Final:
    """An empty submission."""
    return Final(final_id, term.id, student.id, student.name, student.path, FinalState.OPEN, (), (), 0)


def may_see(final: Final, actor: Actor, schemes: Iterable[Scheme]) -> bool:
    """The family, or staff who read or review it once it was submitted: a choice under way is the family's (CS-08)."""
    if final.student_id in actor.students:
        return True
    return may_see_others(schemes, actor) and actor.covers(final.path) and final.submitted_at is not None


def may_see_others(schemes: Iterable[Scheme], actor: Actor) -> bool:
    """Does this card see what students of its organisation submitted: does it see all records, or review them (CS-08)?"""
    return actor.can("see_records") or actor.is_(*(scheme.final.reviewer for scheme in schemes if scheme.final))


def choosable(term: Term, records: Sequence[Record], terms: Mapping[UUID, Term]) -> list[Record]:
    """The records to choose from: material that counts and is publicised, of the terms that the scheme spans."""
    span, kinds = rules_of(term).span, {kind.id for kind in term.scheme.kinds}
    return [
        record
        for record in records
        if record.state in COUNTS
        and record.kind in kinds
        and _spanned(term, terms[record.term_id], span)
        and terms[record.term_id].scheme.kind(record.kind).publicity.trigger != "none"
    ]


def _spanned(term: Term, other: Term, span: str) -> bool:
    if span == "term":
        return other.id == term.id
    return other.scheme.id == term.scheme.id and other.starts_on <= term.starts_on


def choose(term: Term, final: Final, record_ids: Sequence[UUID], known: Collection[UUID], actor: Actor, now: datetime) -> Final:
    """Replace the choice. `known`: the ids that may be chosen. Refuses others, and more than the scheme allows (CS-01)."""
    rules, rule = rules_of(term), term.scheme.rule("final")
    _need_family(term, final, actor, now)
    chosen = tuple(dict.fromkeys(record_ids))
    wrong = [record_id for record_id in chosen if record_id not in known]
    if wrong:
        word = term.scheme.text("record", "记录")
        errors = [{"field": "record_ids", "message": f"有{len(wrong)}份{word}不能再选，请刷新后重选"}]
        raise term.refusal("invalid_input", rule, errors=errors, record_ids=[str(record_id) for record_id in wrong])
    if len(chosen) > rules.max:
        raise term.refusal("quota_exceeded", rule, detail=f"最多选{rules.max}份，现选了{len(chosen)}份", max=rules.max)
    return replace(_moved(term, final, "choose"), record_ids=chosen)


def submit(term: Term, final: Final, actor: Actor, now: datetime) -> Decision:
    """Submit the choice for the school's review (CS-08)."""
    _need_family(term, final, actor, now)
    if not final.record_ids:
        word = term.scheme.text("record", "记录")
        errors = [{"field": "record_ids", "message": f"请先选择{word}"}]
        raise term.refusal("invalid_input", term.scheme.rule("final"), errors=errors)
    after = replace(
        _moved(term, final, "submit"), submitted_at=now, submitted_by=actor.name, reviewed_at=None, reviewed_by=None,
        refused=(), reason_code=None, note=None,
    )  # fmt: skip
    event = FinalSubmissionSubmittedV1(**_about(term, after, now), reviewer_role=rules_of(term).reviewer)
    return after, event


def withdraw(term: Term, final: Final, actor: Actor, now: datetime) -> Decision:
    """Take it back before the school reviewed it."""
    _need_family(term, final, actor, now)
    after = replace(_moved(term, final, "withdraw"), submitted_at=None, submitted_by=None)
    return after, FinalSubmissionWithdrawnV1(**_about(term, after, now))


def approve(term: Term, final: Final, refused: Sequence[Refused], actor: Actor, now: datetime) -> Decision:
    """The school lets the submission pass, without the `refused` records: those do not count (CS-08)."""
    after = _reviewed(term, final, "approve", refused, actor, now)
    out = {one.record_id for one in refused}
    passed = tuple(record_id for record_id in after.record_ids if record_id not in out)
    return after, FinalSubmissionApprovedV1(**_about(term, after, now), record_ids=passed, refused=len(out))


def send_back(
    term: Term, final: Final, refused: Sequence[Refused], reason: tuple[str | None, str | None], actor: Actor, now: datetime
) -> Decision:
    """The school returns the submission with a reason, and says which records it would not let pass."""
    after = _reviewed(term, final, "return", refused, actor, now)
    found = term.reason(*reason, "record")
    after = replace(after, reason_code=found.id, note=reason[1])
    event = FinalSubmissionReturnedV1(**_about(term, after, now), reason_title=found.title, note=reason[1])
    return after, event


def _reviewed(
    term: Term, final: Final, move: str, refused: Sequence[Refused], actor: Actor, now: datetime
) -> Final:  # fmt: skip
    rules, rule = rules_of(term), term.scheme.rule("final.review")
    if not may_act_as(actor, rules.reviewer, final.student_id, final.path):
        raise term.refusal("forbidden", rule, help=f"请联系{term.scheme.role_title(rules.reviewer)}")
    after = _moved(term, final, move)
    term.need_open(rules.review_operation, actor.roles, now, final.path, rule)
    for one in refused:
        term.reason(one.reason_code, one.note, "record")
    strange = {one.record_id for one in refused} - set(final.record_ids)
    if strange or len({one.record_id for one in refused}) < len(refused):
        errors = [{"field": "refused", "message": "只能逐份标记本次上报的材料"}]
        raise term.refusal("invalid_input", rule, errors=errors)
    by = ChangedBy.of(actor)
    return replace(after, refused=tuple(refused), reviewed_at=now, reviewed_by=by.name, reason_code=None, note=None)


def _need_family(term: Term, final: Final, actor: Actor, now: datetime) -> None:
    rule = term.scheme.rule("final")
    if final.student_id not in actor.students:
        raise term.refusal("forbidden", rule, help=f"请联系{final.student_name}")
    term.need_open(rules_of(term).operation, actor.roles, now, final.path, rule)


def _moved(term: Term, final: Final, move: str) -> Final:
    after = MOVES.get((final.state, move))
    if after is None:
        raise term.refusal("wrong_state", term.scheme.rule("final"), state=final.state.value, move=move)
    return replace(final, state=after, version=final.version + 1)


def _about(term: Term, final: Final, now: datetime) -> dict[str, Any]:
    return {
        "submission_id": final.id, "term_id": final.term_id, "student_id": final.student_id,
        "student_name": final.student_name, "path": final.path, "title": rules_of(term).title,
        "records": len(final.record_ids), "version": final.version, "at": now,
    }  # fmt: skip
