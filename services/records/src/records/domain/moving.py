"""A term that moves to a newer version of its scheme, and the open records in it (X-01). Pure.

What is finished is read under the version under which it was written. What is open goes on under the term's version, as the
migration says; records of a kind that was retired are finished under their own.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime

from contracts.base import Window
from contracts.records import RecordSubmittedV1, TermChangedV1
from scheme import Scheme
from scheme.migration import Sort, carry, order

from records.domain.record import SYSTEM, Change, Record, apply_move
from records.domain.scheduling import changed
from records.domain.state import Move, State
from records.domain.term import Term

_OF_WINDOWS: tuple[Sort, Sort] = ("operations", "roles")
OPEN = (State.DRAFT, State.SUBMITTED, State.RETURNED)


def as_written(term: Term, record: Record) -> tuple[Term, Record]:
    """The term as the record's version knows it; an open record is carried over to the term's version."""
    if (after := carried(term, record)) is not None:
        return term, after
    return term.as_of(record.scheme_version, record.kind, record.data), record


def carried(term: Term, record: Record) -> Record | None:
    """An open record under the term's version, not yet saved; None: it stays as it is."""
    scheme = term.scheme
    written = scheme.as_of(record.scheme_version, record.kind, record.data)
    if record.state not in OPEN or order(written.version) >= order(scheme.version):
        return None
    found = carry(scheme.migrations_from(written.version), record.kind, record.data, record.step)
    if found is None or not scheme.has_kind(found.kind):
        return None
    kind = scheme.kind(found.kind)
    step = next((one for name in (found.step, record.step) for one in kind.review.steps if one.id == name), None)
    if record.step is not None and step is None:
        return None
    role = record.reviewer_role
    if step is not None and record.step is not None and role == written.kind(record.kind).review.step(record.step).role:
        role = step.role  # else another role took the step over, or nobody has to act
    return replace(
        record, kind=kind.id, dimension=term.dimension_id(kind), level=kind.level, data=found.data,
        step=step.id if step else None, reviewer_role=role, scheme_version=scheme.version,
    )  # fmt: skip


def carry_over(term: Term, record: Record, now: datetime) -> Change | None:
    """The change that carries an open record over to the term's version; None: it stays as it is, or is there already."""
    after = carried(term, record)
    if after is None:
        return None
    names = ("kind", "dimension", "level", "data", "step", "reviewer_role", "scheme_version")
    note = f"改用{term.scheme.version}版"
    values = {name: getattr(after, name) for name in names}
    change = apply_move(record, Move.CARRY_OVER, SYSTEM, now, because=(record.reason_code, note), **values)
    if after.state is State.SUBMITTED and after.step and after.reviewer_role and after.reviewer_role != record.reviewer_role:
        steps = [one.id for one in term.scheme.kind(after.kind).review.steps]
        event = RecordSubmittedV1(
            record_id=record.id, record=change.record.snapshot(), at=now, step=steps.index(after.step),
            reviewer_role=after.reviewer_role,
        )  # fmt: skip
        return change.with_events(event)
    return change


def moved(term: Term, scheme: Scheme) -> TermChangedV1 | None:
    """The event of a term that moves to a newer version of its scheme, without windows of operations and roles that are no
    longer there; None: it has this version or a newer one already."""
    if term.scheme.id != scheme.id or order(term.scheme.version) >= order(scheme.version):
        return None
    operations, roles = (scheme.moved(of, term.scheme.version) for of in _OF_WINDOWS)
    carried_over = (carried_window(window, operations, roles) for window in term.windows)
    windows = tuple(kept for window in carried_over if window is not None and (kept := _kept(window, scheme)) is not None)
    reason = f"改用{scheme.title}{scheme.version}版"
    event = changed(term, windows, reason)
    return event.model_copy(update={"scheme_version": scheme.version})


def position_steps(term: Term, scheme: Scheme) -> dict[str, str]:
    """By step of declared positions that the new version does not have: the one at which they go on (JX-11)."""
    if term.scheme.positions is None or scheme.positions is None:
        return {}
    kept = {step.id for step in scheme.positions.review.steps}
    found: dict[str, str] = {}
    for step in term.scheme.positions.review.steps:
        name = step.id
        for one in scheme.migrations_from(term.scheme.version):
            name = one.step("", name)
        if step.id not in kept and name in kept:
            found[step.id] = name
    return found


def carried_window(window: Window, operations: Mapping[str, str | None], roles: Mapping[str, str | None]) -> Window | None:
    """A window under the new ids of its operation and roles; None: its operation, or everybody whom it is for, is given up."""
    operation = operations.get(window.operation, window.operation)
    named = tuple(new for role in window.roles if (new := roles.get(role, role)) is not None)
    if operation is None or (window.roles and not named):
        return None
    return window.model_copy(update={"operation": operation, "roles": named})


def _kept(window: Window, scheme: Scheme) -> Window | None:
    operation = scheme.find_operation(window.operation)
    roles = tuple(role for role in window.roles if operation is not None and role in operation.roles)
    if operation is None or (window.roles and not roles):
        return None
    return window.model_copy(update={"roles": roles})
