"""Student positions (职务, JX-11) with their own state machine; form and review chain are in the scheme."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.base import Event
from contracts.records import PositionApprovedV1, PositionEvent, PositionReturnedV1, PositionSubmittedV1
from scheme import Positions, Scheme
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal

from records.domain.term import Term, may_act_as
from records.domain.writing import need_enrolled


class PositionState(StrEnum):
    """The states of a position."""

    SUBMITTED = "submitted"
    RETURNED = "returned"
    APPROVED = "approved"


MOVES: dict[tuple[PositionState, str], PositionState] = {
    (PositionState.SUBMITTED, "mend"): PositionState.SUBMITTED,
    (PositionState.SUBMITTED, "pass"): PositionState.SUBMITTED,
    (PositionState.SUBMITTED, "approve"): PositionState.APPROVED,
    (PositionState.SUBMITTED, "return"): PositionState.RETURNED,
    (PositionState.RETURNED, "mend"): PositionState.SUBMITTED,
}


@dataclass(frozen=True, slots=True)
class Position:
    """One declared position. `data` has the validated values of the form; known fields: `since`, `until`, `duties`, `level`."""

    id: UUID
    term_id: UUID
    student_id: UUID
    student_name: str
    path: str
    data: dict[str, Any]
    state: PositionState
    version: int
    submitted_at: datetime
    step: str | None = None
    reviewer_role: str | None = None
    reason_code: str | None = None
    note: str | None = None


type Decision = tuple[Position, Event | None]


def form_of(term: Term) -> Positions:
    """The scheme's positions, or `not_found` if it has none."""
    if term.scheme.positions is None:
        raise term.refusal("not_found")
    return term.scheme.positions


def apply_move(position: Position, move: str, **changed: Any) -> Position:
    """Make a move of the table, or refuse with `wrong_state`."""
    after = MOVES.get((position.state, move))
    if after is None:
        possible = [name for (before, name) in MOVES if before is position.state]
        raise Refusal("wrong_state", state=position.state.value, move=move, possible=possible)
    return replace(position, **(changed | {"state": after, "version": position.version + 1}))


def declare(term: Term, position_id: UUID, student: Student, data: Mapping[str, Any], actor: Actor, now: datetime) -> Decision:
    """A student (or guardian) declares a position; without review steps it is approved at once."""
    need_enrolled(term, student)
    _need_declarer(term, actor, student.path, now)
    fresh = Position(
        id=position_id, term_id=term.id, student_id=student.id, student_name=student.name, path=student.path,
        data=_clean(term, data, now), state=PositionState.SUBMITTED, version=1, submitted_at=now,
    )  # fmt: skip
    return _waiting(term, fresh)


def may_see_others(schemes: Iterable[Scheme], actor: Actor) -> bool:
    """Does this card see positions: a family its own, staff if they see all records or review positions (JX-11)?"""
    reviewers = {step.role for scheme in schemes if scheme.positions for step in scheme.positions.review.steps}
    return not actor.is_staff or actor.can("see_records") or actor.is_(*reviewers)


def mend(term: Term, position: Position, data: Mapping[str, Any], actor: Actor, now: datetime) -> Decision:
    """Replace the data; the position waits for its first review step again."""
    _need_declarer(term, actor, position.path, now)
    clean = _clean(term, data, now)
    return _waiting(term, apply_move(position, "mend", data=clean, submitted_at=now, reason_code=None, note=None))


def approve(term: Term, position: Position, actor: Actor, now: datetime) -> Decision:
    """The reviewer passes the current step."""
    _need_reviewer(term, position, actor, "approve", now)
    step = term.next_step(form_of(term).review, position.step, position.path)
    if step is not None:
        return apply_move(position, "pass", step=step.id, reviewer_role=step.role), None
    after = apply_move(position, "approve", step=None, reviewer_role=None)
    return after, PositionApprovedV1(**_event_fields(term, after))


def send_back(term: Term, position: Position, actor: Actor, now: datetime, code: str | None, note: str | None) -> Decision:
    """The reviewer returns the position with a reason of the scheme's list."""
    _need_reviewer(term, position, actor, "return", now)
    reason = term.reason(code, note, "position")
    after = apply_move(position, "return", reviewer_role=None, reason_code=reason.id, note=note)
    return after, PositionReturnedV1(**_event_fields(term, after), reason_code=reason.id, reason_title=reason.title, note=note)


def _waiting(term: Term, position: Position) -> Decision:
    step = term.next_step(form_of(term).review, None, position.path)
    if step is None:
        after = apply_move(position, "approve", step=None, reviewer_role=None)
        return after, PositionApprovedV1(**_event_fields(term, after))
    after = replace(position, step=step.id, reviewer_role=step.role)
    return after, PositionSubmittedV1(**_event_fields(term, after))


def _clean(term: Term, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return term.clean(form_of(term).validate_data(data, zone=term.zone, today=term.today(now)))


def _need_declarer(term: Term, actor: Actor, path: str, now: datetime) -> None:
    form = form_of(term)
    if not actor.is_(*form.declared_by):
        who = "、".join(term.scheme.role_title(role) for role in form.declared_by)
        raise term.refusal("forbidden", help=f"职务由{who}申报")
    term.need_open(form.operation, actor.roles, now, path, term.scheme.rule("position"))


def _need_reviewer(term: Term, position: Position, actor: Actor, move: str, now: datetime) -> None:
    if position.step is None or position.reviewer_role is None:
        apply_move(position, move)
        raise term.refusal("wrong_state", state=position.state.value)
    if not may_act_as(actor, position.reviewer_role, position.student_id, position.path):
        raise term.refusal("forbidden", help=f"请联系{term.scheme.role_title(position.reviewer_role)}")
    term.need_open(
        form_of(term).review.step(position.step).operation, actor.roles, now, position.path, term.scheme.rule("position")
    )


def title_of(term: Term, position: Position) -> str:
    """The title of the position."""
    form = form_of(term)
    return form.form.field(form.title_field).shown(position.data.get(form.title_field))


def _event_fields(term: Term, position: Position) -> dict[str, Any]:
    """The fields that all events about a position have."""
    form = form_of(term)
    since, until = form.days(position.data)
    duties = position.data.get(form.duties_field) if form.duties_field else None
    event: dict[str, Any] = {
        "position_id": position.id, "term_id": position.term_id, "student_id": position.student_id,
        "student_name": position.student_name, "path": position.path, "title": title_of(term, position),
        "level": level_of(term, position), "starts_on": since or term.starts_on,
        "ends_on": until, "duties": duties, "version": position.version,
    }  # fmt: skip
    assert event.keys() == PositionEvent.model_fields.keys()
    return event


def level_of(term: Term, position: Position) -> str | None:
    """The level of the position (班级, 校级); None: the form does not ask for it."""
    form = form_of(term)
    return form.shown(form.level_field, position.data)
