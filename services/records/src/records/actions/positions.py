"""Student positions: declared, passed or returned, mended (JX-11)."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import rules_of
from records.actions.reviews import Because, Verdict
from records.actions.writing import ground
from records.deps import RecordsDeps
from records.domain import position
from records.domain.position import Position
from records.domain.rules import Rules


async def declare(
    deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None, data: Mapping[str, Any]
) -> tuple[Rules, Position]:
    """A new position of the actor's student."""
    async with deps.db.transaction() as tx:
        rules, student = await ground(deps, tx, actor, term_id, student_id)
        with rules.speaking("position", position.form_of(rules).operation):
            made, event = position.declare(rules, new_id(), student, data, actor, deps.now())
        await store.positions.add(tx, made)
        await outbox.add(tx, *([event] if event else []))
    return rules, made


async def mend(
    deps: RecordsDeps, actor: Actor, position_id: UUID, seen: int, data: Mapping[str, Any]
) -> tuple[Rules, Position]:
    """Write it anew; it waits for review again."""
    async with deps.db.transaction() as tx:
        rules, found = await _locked(deps, tx, actor, position_id, seen)
        with rules.speaking("position", position.form_of(rules).operation):
            told = position.mend(rules, found, data, actor, deps.now())
        return rules, await _keep(tx, told)


async def review(
    deps: RecordsDeps, actor: Actor, position_id: UUID, seen: int | None, verdict: Verdict, because: Because
) -> tuple[Rules, Position]:
    """Pass or return the step that waits."""
    async with deps.db.transaction() as tx:
        rules, found = await _locked(deps, tx, actor, position_id, seen)
        with rules.speaking("position", position.form_of(rules).operation):
            if verdict == "approve":
                told = position.approve(rules, found, actor, deps.now())
            else:
                told = position.send_back(rules, found, actor, deps.now(), because.code, because.note)
        return rules, await _keep(tx, told)


async def page(
    deps: RecordsDeps, actor: Actor, term_id: UUID | None, state: str | None, student_id: UUID | None,
    before: UUID | None, limit: int,
) -> list[tuple[Rules, Position]]:  # fmt: skip
    """Positions this card may see, newest first."""
    async with deps.db.reading() as tx:
        found = await store.positions.page(tx, actor, term_id, state, student_id, before, limit)
        rules = await deps.directory.terms(tx, {one.term_id for one in found})
    return [(rules[one.term_id], one) for one in found]


async def _locked(deps: RecordsDeps, tx: Tx, actor: Actor, position_id: UUID, seen: int | None) -> tuple[Rules, Position]:
    found = await store.positions.lock(tx, position_id)
    if found is None or not actor.may_see_student(found.student_id, found.path):
        raise Refusal("not_found")
    rules = await rules_of(deps, tx, found.term_id)
    with rules.speaking("position", position.form_of(rules).operation):
        require(seen in (None, found.version), "stale_version", seen=seen, version=found.version)
    return rules, found


async def _keep(tx: Tx, told: position.Told) -> Position:
    after, event = told
    await store.positions.save(tx, after)
    await outbox.add(tx, *([event] if event else []))
    return after
