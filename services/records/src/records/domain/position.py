"""Student positions (职务, JX-11): a small state machine of its own; form and chain are the scheme's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from contracts.base import Event
from contracts.records import PositionApprovedV1, PositionEvent, PositionReturnedV1, PositionSubmittedV1
from scheme import Positions
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal

from records.domain.rules import Rules, may_act_as
from records.domain.writing import need_enrolled


class PositionState(StrEnum):
    """What a position is now."""

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
    """One declared position. `data` holds the form's clean values; `since`, `until`, `duties`, `level` are their names."""

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


type Told = tuple[Position, Event | None]


def form_of(rules: Rules) -> Positions:
    """The scheme's positions, or `not_found` where it has none."""
    if rules.scheme.positions is None:
        raise rules.refusal("not_found")
    return rules.scheme.positions


def moved(position: Position, move: str, **changed: Any) -> Position:
    """Make a move of the table, or refuse with `wrong_state`."""
    after = MOVES.get((position.state, move))
    if after is None:
        possible = [name for (before, name) in MOVES if before is position.state]
        raise Refusal("wrong_state", state=position.state.value, move=move, possible=possible)
    return replace(position, **(changed | {"state": after, "version": position.version + 1}))


def declare(rules: Rules, position_id: UUID, student: Student, data: Mapping[str, Any], actor: Actor, now: datetime) -> Told:
    """A student (or guardian) declares a position; without review steps it is approved at once."""
    need_enrolled(rules, student)
    _need_declarer(rules, actor, student.path, now)
    fresh = Position(
        id=position_id, term_id=rules.id, student_id=student.id, student_name=student.name, path=student.path,
        data=_clean(rules, data, now), state=PositionState.SUBMITTED, version=1, submitted_at=now,
    )  # fmt: skip
    return _waiting(rules, fresh)


def mend(rules: Rules, position: Position, data: Mapping[str, Any], actor: Actor, now: datetime) -> Told:
    """Write it anew; it waits for its first review step again."""
    _need_declarer(rules, actor, position.path, now)
    clean = _clean(rules, data, now)
    return _waiting(rules, moved(position, "mend", data=clean, submitted_at=now, reason_code=None, note=None))


def approve(rules: Rules, position: Position, actor: Actor, now: datetime) -> Told:
    """The step's reviewer passes it."""
    _need_reviewer(rules, position, actor, "approve", now)
    step = rules.next_step(form_of(rules).review, position.step, position.path)
    if step is not None:
        return moved(position, "pass", step=step.id, reviewer_role=step.role), None
    after = moved(position, "approve", step=None, reviewer_role=None)
    return after, PositionApprovedV1(**_told(rules, after))


def send_back(rules: Rules, position: Position, actor: Actor, now: datetime, code: str | None, note: str | None) -> Told:
    """The step's reviewer returns it with a reason from the scheme's list."""
    _need_reviewer(rules, position, actor, "return", now)
    reason = rules.reason(code, note, "position")
    after = moved(position, "return", reviewer_role=None, reason_code=reason.id, note=note)
    return after, PositionReturnedV1(**_told(rules, after), reason_code=reason.id, reason_title=reason.title, note=note)


def _waiting(rules: Rules, position: Position) -> Told:
    step = rules.next_step(form_of(rules).review, None, position.path)
    if step is None:
        after = moved(position, "approve", step=None, reviewer_role=None)
        return after, PositionApprovedV1(**_told(rules, after))
    after = replace(position, step=step.id, reviewer_role=step.role)
    return after, PositionSubmittedV1(**_told(rules, after))


def _clean(rules: Rules, data: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    return rules.clean(form_of(rules).validate_data(data, zone=rules.zone, today=rules.today(now)))


def _need_declarer(rules: Rules, actor: Actor, path: str, now: datetime) -> None:
    form = form_of(rules)
    if not actor.is_(*form.declared_by):
        who = "、".join(rules.scheme.role_title(role) for role in form.declared_by)
        raise rules.refusal("forbidden", help=f"职务由{who}申报")
    rules.need_open(form.operation, actor.roles, now, path, rules.scheme.rule("position"))


def _need_reviewer(rules: Rules, position: Position, actor: Actor, move: str, now: datetime) -> None:
    if position.step is None or position.reviewer_role is None:
        moved(position, move)
        raise rules.refusal("wrong_state", state=position.state.value)
    if not may_act_as(actor, position.reviewer_role, position.student_id, position.path):
        raise rules.refusal("forbidden", help=f"请联系{rules.scheme.role_title(position.reviewer_role)}")
    rules.need_open(
        form_of(rules).review.step(position.step).operation, actor.roles, now, position.path, rules.scheme.rule("position")
    )


def title_of(rules: Rules, position: Position) -> str:
    """What the position is called: the title chosen."""
    form = form_of(rules)
    return form.form.field(form.title_field).shown(position.data.get(form.title_field))


def _told(rules: Rules, position: Position) -> dict[str, Any]:
    """The fields that all events about a position share."""
    event: dict[str, Any] = {
        "position_id": position.id, "term_id": position.term_id, "student_id": position.student_id,
        "student_name": position.student_name, "path": position.path, "title": title_of(rules, position),
        "level": level_of(rules, position), "starts_on": _day(position, "since") or rules.starts_on,
        "ends_on": _day(position, "until"), "duties": position.data.get("duties"), "version": position.version,
    }  # fmt: skip
    assert event.keys() == PositionEvent.model_fields.keys()
    return event


def level_of(rules: Rules, position: Position) -> str | None:
    """Where the position is held (班级, 校级), where the form asks for it."""
    field = next((field for field in form_of(rules).form.fields if field.id == "level"), None)
    return field.shown(position.data.get("level")) if field else None


def _day(position: Position, name: str) -> date | None:
    value = position.data.get(name)
    return date.fromisoformat(value) if value else None
