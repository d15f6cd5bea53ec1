"""Writes a plan: organisations, accounts, students, guardians, staff cards, claims. What it creates and changes is noted in
`roster_changes`, so that the roster can be undone (L-10)."""

from dataclasses import replace

from contracts.importer import RosterCommittedV1
from servicekit.db import Tx

from identity.actions.claims import file_claims
from identity.actions.roster.accounts import write_accounts
from identity.actions.roster.guardians import write_guardians
from identity.actions.roster.staff import offer_cards
from identity.actions.roster.students import change_students, enrol_students
from identity.actions.roster.write_context import WriteContext
from identity.deps import IdentityDeps
from identity.domain.roster.steps import Plan
from identity.store import audit, organisations, roster_changes


async def write_plan(deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1, plan: Plan) -> WriteContext:
    """Write everything that the plan says; the caller publishes the events of the result."""
    w = WriteContext(deps, tx, batch, plan, deps.now())
    await _organisations(w)
    await write_accounts(w)
    enrolled = await enrol_students(w)
    await change_students(w)
    await write_guardians(w, enrolled)
    await offer_cards(w)
    await file_claims(w)
    await roster_changes.add(tx, batch.batch_id, w.changes, w.now)
    await audit.add(tx, w.now, w.audit_rows)
    return w


async def _organisations(w: WriteContext) -> None:
    added = [replace(one, position=w.plan.positions.get(one.path)) for one in w.plan.added]
    await organisations.add(w.tx, added)
    ordered = await organisations.set_positions(w.tx, w.plan.positions)
    for organisation in added:
        w.events.append(organisation.event())
        w.note(0, "organisation_added", path=organisation.path)
    w.events += [organisation.event() for organisation in ordered]
