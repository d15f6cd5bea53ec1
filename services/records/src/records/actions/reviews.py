"""Reviewing records, one by one or up to 200 at once (JX-04), and what silence does (SH-07)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from records import store
from records.actions.common import keep, keep_many, locked, rules_for, rules_of
from records.deps import RecordsDeps
from records.domain import reviewing
from records.domain.record import Change, Record, need_version
from records.domain.rules import Rules
from records.domain.sight import need_sight

type Verdict = Literal["approve", "return"]


@dataclass(frozen=True, slots=True)
class Because:
    """A return's reason from the scheme's list, and a note."""

    code: str | None = None
    note: str | None = None


@dataclass(frozen=True, slots=True)
class Result:
    """What became of one record of many: its version now, or why not."""

    record_id: UUID
    state: str | None
    version: int | None
    refusal: Refusal | None = None


async def review(
    deps: RecordsDeps, actor: Actor, record_id: UUID, seen: int | None, verdict: Verdict, because: Because
) -> tuple[Rules, Record]:
    """Pass or return the step that waits."""
    async with deps.db.transaction() as tx:
        rules, record = await locked(deps, tx, actor, record_id, seen)
        change = _decide(deps, rules, record, actor, verdict, because)
        await keep(tx, rules, change)
    return rules, change.record


async def review_many(
    deps: RecordsDeps, actor: Actor, ids: Sequence[UUID], seen: Mapping[UUID, int], verdict: Verdict, because: Because
) -> list[Result]:
    """The same for many in one transaction; each is decided for itself, and those refused say why.

    `seen`: the versions on which the reviewer decided, where the caller says them.
    """
    decided: list[tuple[Rules, Change]] = []
    results: list[Result] = []
    async with deps.db.transaction() as tx:
        found = await store.records.lock(tx, ids)
        rules_by_term = await rules_for(deps, tx, found.values())
        for record_id in dict.fromkeys(ids):
            try:
                record = need_sight(found.get(record_id), actor)
                rules = rules_by_term[record.term_id]
                change = _decide(deps, rules, record, actor, verdict, because, seen.get(record_id))
            except Refusal as no:
                results.append(Result(record_id, None, None, no))
                continue
            decided.append((rules, change))
            results.append(Result(record_id, change.record.state.value, change.record.version))
        await keep_many(tx, decided)
    return results


async def silence(deps: RecordsDeps, tx: Tx, record_id: UUID) -> None:
    """Nobody acted by the deadline (SH-07)."""
    record = (await store.records.lock(tx, [record_id])).get(record_id)
    if record is None:
        return
    rules = await rules_of(deps, tx, record.term_id)
    change = reviewing.silent(rules, record, deps.now())
    if change is not None:
        await keep(tx, rules, change)


def _decide(
    deps: RecordsDeps, rules: Rules, record: Record, actor: Actor, verdict: Verdict, because: Because, seen: int | None = None
) -> Change:
    with rules.speaking("record.review", rules.review_operation(record.kind, record.step)):
        need_version(record, seen)
        if verdict == "approve":
            return reviewing.approve(rules, record, actor, deps.now())
        return reviewing.send_back(rules, record, actor, deps.now(), because.code, because.note)
