"""Student positions: declare, review, change (JX-11)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import term_of
from records.actions.reviews import Reason, Verdict
from records.actions.writing import load_context
from records.deps import RecordsDeps
from records.domain import position as positions
from records.domain.position import Position
from records.domain.term import Term


async def declare(
    deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None, data: Mapping[str, Any]
) -> tuple[Term, Position]:
    """Declare a position of the actor's student."""
    async with deps.db.transaction() as tx:
        term, student = await load_context(deps, tx, actor, term_id, student_id)
        with term.refusal_context("position", positions.form_of(term).operation):
            decision = positions.declare(term, new_id(), student, data, actor, deps.now())
        return term, await _save(tx, decision)


async def mend(deps: RecordsDeps, actor: Actor, position_id: UUID, seen: int, data: Mapping[str, Any]) -> tuple[Term, Position]:
    """Replace its data; it waits for review again."""
    async with deps.db.transaction() as tx:
        term, position = await _locked(deps, tx, actor, position_id, seen)
        with term.refusal_context("position", positions.form_of(term).operation):
            decision = positions.mend(term, position, data, actor, deps.now())
        return term, await _save(tx, decision)


async def review(
    deps: RecordsDeps, actor: Actor, position_id: UUID, seen: int | None, verdict: Verdict, reason: Reason = (None, None)
) -> tuple[Term, Position]:
    """Approve or return the current review step."""
    async with deps.db.transaction() as tx:
        term, position = await _locked(deps, tx, actor, position_id, seen)
        with term.refusal_context("position", positions.form_of(term).operation):
            if verdict == "approve":
                decision = positions.approve(term, position, actor, deps.now())
            else:
                decision = positions.send_back(term, position, actor, deps.now(), *reason)
        return term, await _save(tx, decision)


async def page(
    deps: RecordsDeps, actor: Actor, term_id: UUID | None, state: str | None, student_id: UUID | None,
    before: UUID | None, limit: int,
) -> list[tuple[Term, Position]]:  # fmt: skip
    """Positions that this card may see, newest first."""
    if not positions.may_see_others(deps.schemes, actor):
        return []
    async with deps.db.reading() as tx:
        found = await store.positions.page(tx, actor, term_id, state, student_id, before, limit)
        terms = await deps.directory.terms(tx, {position.term_id for position in found})
    return [(terms[position.term_id], position) for position in found]


async def _locked(deps: RecordsDeps, tx: Tx, actor: Actor, position_id: UUID, seen: int | None) -> tuple[Term, Position]:
    position = await store.positions.lock(tx, position_id)
    require(positions.may_see_others(deps.schemes, actor), "not_found")
    if position is None or not actor.may_see_student(position.student_id, position.path):
        raise Refusal("not_found")
    term = await term_of(deps, tx, position.term_id)
    with term.refusal_context("position", positions.form_of(term).operation):
        current = {"data": position.data, "state": position.state.value}
        require(seen in (None, position.version), "stale_version", seen=seen, version=position.version, current=current)
    return term, position


async def _save(tx: Tx, decision: positions.Decision) -> Position:
    position, event = decision
    await store.positions.save(tx, position)
    if event is not None:
        await outbox.add(tx, event)
    return position
