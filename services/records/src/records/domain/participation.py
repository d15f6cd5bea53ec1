"""Students who do not take part in a term (SH-03): who marks them, until when, and what they are left out of. Pure."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from contracts.records import ParticipationChangedV1
from scheme import Allowed, Participation
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import declare

from records.domain.term import Term

declare("participates_already", 409, "该生本学期已参与填报")


@dataclass(frozen=True, slots=True)
class Change:
    """A student was marked as not taking part, or put back."""

    at: datetime
    student_id: UUID
    version: int
    participates: bool
    reason_code: str | None
    note: str | None
    by_name: str


def participation_of(term: Term) -> Participation:
    """The scheme's rules about non-participants, or `not_found` if it has none."""
    if term.scheme.participation is None:
        raise term.refusal("not_found")
    return term.scheme.participation


def need_may_change(term: Term, student: Student, participates: bool, actor: Actor, now: datetime) -> None:
    """Refuse all but those who mark students, in the time for it; later the level above may put a student back (SH-03)."""
    rules = participation_of(term)
    if participates and actor.is_(*rules.lifted_by):
        return
    term.need_open(rules.operation, actor.roles, now, student.path, term.scheme.rule("participation"))


def may_change(term: Term, path: str, participates: bool, actor: Actor, now: datetime) -> bool:
    """Whether this card may mark a student of this class now (`participates` false), or put one back."""
    rules = term.scheme.participation
    if rules is None:
        return False
    lifts = participates and actor.is_(*rules.lifted_by)
    return lifts or isinstance(term.ask(rules.operation, actor.roles, now, path), Allowed)


def need_reason(term: Term, code: str | None) -> str:
    """The title of the reason with this code, or `invalid_input`."""
    reasons = {reason.id: reason.title for reason in participation_of(term).reasons}
    if code not in reasons:
        raise term.invalid("reason_code", "请选择不参与的原因", term.scheme.rule("participation"))
    return reasons[code]


def need_change(term: Term, before: Change | None, participates: bool) -> None:
    """Refuse to mark a student twice, or to put back one who takes part."""
    if (before.participates if before else True) is participates:
        rule = term.scheme.rule("participation")
        raise term.refusal("participates_already" if participates else "not_participating", rule)


def changed_event(
    term: Term, student: Student, before: Change | None, reason: str | None, actor: Actor, now: datetime
) -> ParticipationChangedV1:
    """The event of a change; `reason` None: the student takes part again."""
    return ParticipationChangedV1(
        term_id=term.id, student_id=student.id, student_name=student.name, path=student.path, participates=reason is None,
        reason=reason, by_name=actor.name, at=now, version=before.version + 1 if before else 1,
    )  # fmt: skip


def need_participating(term: Term, student_id: UUID, opted_out: Collection[UUID]) -> None:
    """Refuse records of a student who does not take part in the term (SH-03)."""
    if student_id in opted_out:
        rules = term.scheme.participation
        helper = term.who_can_help(rules.operation) if rules else None
        raise term.refusal("not_participating", term.scheme.rule("participation"), help=helper)
