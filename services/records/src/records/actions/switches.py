"""Reading and setting the switches of a term (SH-02)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from records import store
from records.actions.common import need_found, term_of
from records.deps import RecordsDeps
from records.domain import switches
from records.domain.record import ChangedBy
from records.domain.term import Term
from records.results import ShownSwitch


async def show(deps: RecordsDeps, actor: Actor, term_id: UUID) -> list[ShownSwitch]:
    """The switches of a term, for staff of its school and above."""
    async with deps.db.reading() as tx:
        term = await _term(deps, tx, actor, term_id)
        changes = await store.switches.last_changes(tx, term.id)
    found = []
    for switch in term.scheme.switches:
        state, change = term.switch(switch), changes.get(switch.id)
        may_set, until = switches.open_until(term, switch, state, actor, deps.now())
        found.append(
            ShownSwitch(switch, state, may_set, until, change.at if change else None, change.by_name if change else None)
        )
    return found


async def set_switch(deps: RecordsDeps, actor: Actor, term_id: UUID, name: str, value: bool) -> list[ShownSwitch]:
    """Set a switch of the term, unless a record has made it final."""
    async with deps.db.transaction() as tx:
        term = await _term(deps, tx, actor, term_id)
        switch = switches.need_switch(term, name)
        with term.refusal_context("switch", switch.operation):
            state = await store.switches.lock(tx, term.id, switch.id, switch.default)
            switches.need_may_set(term, switch, state, actor, deps.now())
            if state.value is not value:
                await store.switches.save(tx, term.id, switch.id, value, ChangedBy.of(actor), deps.now())
    return await show(deps, actor, term_id)


async def _term(deps: RecordsDeps, tx: Tx, actor: Actor, term_id: UUID) -> Term:
    term = await term_of(deps, tx, term_id)
    actor.need(term.path)
    return term


async def freeze_switches(deps: RecordsDeps, tx: Tx, term: Term, kind: str) -> Term:
    """Make final what a record of this kind depends on; the term with the values that now hold for ever.

    Whoever sets a switch at this moment either is done before, and the record follows it, or comes too late.
    """
    found = switches.frozen_by(term, kind)
    if not found:
        return term
    await store.switches.freeze(tx, term.id, [(switch.id, switch.default) for switch in found], deps.now())
    again = need_found(await deps.directory.term(tx, term.id))
    require(all(again.switch(switch).frozen_at for switch in found), "busy")
    return again
