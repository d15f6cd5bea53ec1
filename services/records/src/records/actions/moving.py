"""Terms under way that move to a newer version of their scheme, in batches, and what the move would concern (X-01)."""

from typing import Any
from uuid import UUID

from contracts.identity import SchemeAdoptedV1
from scheme import UnknownError
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from records import store
from records.actions import window_ends
from records.actions.common import save_many
from records.deps import RecordsDeps
from records.domain import moving as rules
from records.domain.scheme_changes import SchemeChange, change_of

MOVE = "move_terms"
"""The job that moves the terms of an adopted version; its key is the adoption's id."""
CARRY = "carry_over"
"""The job that carries what is open in a moved term over to its version; its key is the term's id."""
TERMS, RECORDS = 50, 500
"""In one transaction."""
_FIRST = UUID(int=0)


async def scheme_adopted(deps: RecordsDeps, tx: Tx, event: SchemeAdoptedV1) -> None:
    """Move the terms under way that the adopted version is chosen for, once it is in force (X-01)."""
    if event.state == "in_force":
        wanted = event.model_dump(mode="json", include={"path", "scheme_id", "scheme_version", "running", "besides"})
        await jobs.schedule(tx, deps.now(), MOVE, str(event.adoption_id), wanted)


async def move_terms(deps: RecordsDeps, tx: Tx, adoption_id: str, wanted: dict[str, Any]) -> None:
    """One batch of terms; then the next. A term that has the version or a newer one already stays as it is."""
    scheme, now = deps.schemes.get(wanted["scheme_id"], wanted["scheme_version"]), deps.now()
    after = UUID(wanted.get("after", str(_FIRST)))
    found = await store.terms.running(tx, wanted["path"], scheme.id, now.date(), after, TERMS)
    for term_id in found:
        if (wanted["running"] == "move") != (str(term_id) in wanted["besides"]):
            await _move(deps, tx, term_id, scheme.version)
    if len(found) == TERMS:
        await jobs.schedule(tx, now, MOVE, adoption_id, wanted | {"after": str(found[-1])})


async def _move(deps: RecordsDeps, tx: Tx, term_id: UUID, version: str) -> None:
    term = await deps.directory.lock(tx, term_id)
    event = None if term is None else rules.moved(term, deps.schemes.get(term.scheme.id, version))
    if term is None or event is None:
        return
    new = deps.directory.of_event(event)
    await deps.directory.save(tx, event)
    await outbox.add(tx, event)
    await store.positions.move_steps(tx, term_id, rules.position_steps(term, new.scheme))
    await window_ends.plan(tx, new, deps.now())
    await jobs.schedule(tx, deps.now(), CARRY, str(term_id))


async def carry_over(deps: RecordsDeps, tx: Tx, term_id: str, payload: dict[str, Any]) -> None:
    """One batch of the open records of a moved term, in the order of their ids; then the next."""
    term, now = await deps.directory.term(tx, UUID(term_id)), deps.now()
    if term is None:
        return
    states = list(rules.OPEN)  # one after the other: an index has the records of a term by state
    first = rules.OPEN[0]
    state, after, left = type(first)(payload.get("state", first)), UUID(payload.get("after", str(_FIRST))), RECORDS
    for one in states[states.index(state) :]:
        batch = await store.records.lock_unsettled(tx, term.id, one, after, left)
        changes = [change for record in batch if (change := rules.carry_over(term, record, now)) is not None]
        await save_many(tx, [(term, change) for change in changes])
        if len(batch) == left:
            await jobs.schedule(tx, now, CARRY, term_id, {"state": one.value, "after": str(batch[-1].id)})
            return
        after, left = _FIRST, left - len(batch)


async def preview(deps: RecordsDeps, actor: Actor, scheme_id: str, version: str, path: str | None) -> SchemeChange:
    """What a newer version concerns in the terms under way below an organisation, as it was counted last."""
    where = actor.path if path is None else path
    actor.need(where)
    try:
        scheme = deps.schemes.get(scheme_id, version)
    except UnknownError:
        raise Refusal("not_found") from None
    async with deps.db.reading() as tx:
        today = deps.now().date()
        numbers = await store.kind_counts.below(tx, where, scheme.id, today)
        terms = await store.kind_counts.terms(tx, where, scheme.id, today)
    return change_of(scheme, numbers, terms)
