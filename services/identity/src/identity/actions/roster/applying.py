"""Writes the plan of a chunk: organisations, accounts, students, guardians, staff cards (X-12)."""

from contracts.base import RowPlan, fingerprint
from contracts.identity import IdentityBatchAppliedV1, IdentityBatchCheckedV1
from contracts.importer import RosterCheckRequestedV1, RosterCommittedV1
from servicekit import outbox
from servicekit.db import Tx

from identity.actions.roster import planning
from identity.actions.roster.write_plan import write_plan
from identity.deps import IdentityDeps
from identity.domain.roster.steps import Plan
from identity.store import audit, roster_undos
from identity.store.audit import NewAuditRow


async def check_roster(deps: IdentityDeps, tx: Tx, batch: RosterCheckRequestedV1) -> None:
    """Answer the dry run of a chunk with the plan; nothing is written but the answer (L-10)."""
    plan = await planning.plan_to_show(deps, tx, batch)
    rows = [plan.rows[row.sheet, row.row] for row in batch.rows]
    plans = tuple(RowPlan(outcome=r.outcome, fingerprint=deps.sealed_numbers.fingerprint(r.text())) for r in rows)
    answer = IdentityBatchCheckedV1(
        batch_id=batch.batch_id,
        attempt=batch.attempt,
        chunk=batch.chunk,
        chunks=batch.chunks,
        created=plan.rows_with("created"),
        changed=plan.rows_with("changed"),
        unchanged=plan.rows_with("unchanged"),
        problems=tuple(plan.problems),
        questions=tuple(plan.questions),
        warnings=tuple(plan.warnings),
        counts=plan.counts,
        rows=plans,
        fingerprint=fingerprint(plan.counts, *(row.fingerprint for row in plans)),
    )
    await outbox.add(tx, answer)


async def apply_roster(deps: IdentityDeps, tx: Tx, batch: RosterCommittedV1) -> None:
    """Apply the valid rows and report the others in `identity.batch.applied` (X-12), in the inbox's transaction. A roster
    that was undone meanwhile is not applied."""
    if await roster_undos.exists(tx, batch.batch_id):
        return
    plan = await planning.plan_to_apply(deps, tx, batch)
    written = await write_plan(deps, tx, batch, plan)
    await outbox.add(tx, *written.events, _answer(batch, plan))
    detail = {
        "path": batch.path,
        "chunk": batch.chunk,
        "created": plan.rows_with("created"),
        "changed": plan.rows_with("changed"),
        "problems": len(plan.problems) + len(plan.questions),
        "counts": plan.counts,
    }
    audit_row = NewAuditRow(
        "roster_taken_in", batch.account_id, subject=str(batch.batch_id), detail=detail, paths=(batch.path,)
    )
    await audit.add(tx, deps.now(), [audit_row])


def _answer(batch: RosterCommittedV1, plan: Plan) -> IdentityBatchAppliedV1:
    return IdentityBatchAppliedV1(
        batch_id=batch.batch_id,
        chunk=batch.chunk,
        chunks=batch.chunks,
        created=plan.rows_with("created"),
        changed=plan.rows_with("changed"),
        unchanged=plan.rows_with("unchanged"),
        problems=tuple(sorted([*plan.problems, *plan.questions], key=lambda problem: problem.row)),
    )
