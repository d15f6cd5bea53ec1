"""Claims to students of another school: filed by rosters, seen by both schools, ended (L-10). `direct_moves` decides them."""

from collections.abc import Sequence
from uuid import UUID

from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx

from identity.actions.roster.write_context import WriteContext
from identity.deps import IdentityDeps
from identity.domain.changed_by import ChangedBy
from identity.domain.claims import Claim, Outcome
from identity.domain.students import Student
from identity.store import audit, claims
from identity.store.audit import NewAuditRow


async def file_claims(w: WriteContext) -> None:
    """File a claim for each row that names a student of another school; nothing else changes."""
    steps = [(step, step.before) for step in w.plan.students if step.kind == "claim" and step.before is not None]
    wanted = [(before.id, before.school, step.path) for step, before in steps]
    added = await claims.by_ids(w.tx, await claims.add(w.tx, wanted, w.batch.path, w.batch.batch_id, w.batch.account_id, w.now))
    rows = {before.id: step.row for step, before in steps}
    for claim in added:
        w.events.append(claim.opened())
        w.note(rows[claim.student_id], "claim_filed", student_id=claim.student_id, after={"claim_id": str(claim.id)})
        w.audit_rows.append(
            NewAuditRow(
                "claim_filed",
                w.batch.account_id,
                subject=str(claim.student_id),
                detail={"claim_id": str(claim.id)},
                paths=(claim.school, claim.held_by),
            )
        )


async def listed(
    deps: IdentityDeps, actor: Actor, path: str | None, state: str | None, before: UUID | None, limit: int
) -> list[Claim]:
    """The claims by and of the schools in an organisation of the actor's scope, newest first."""
    path = actor.path if path is None else path
    actor.need(path)
    async with deps.db.reading() as tx:
        return await claims.listed(tx, path, state, before, limit)


async def settle_moved(deps: IdentityDeps, tx: Tx, by: ChangedBy, student: Student, reason: str) -> None:
    """A student moved to a school that claims it: the claim is settled by that."""
    settled = [claim for claim in await claims.open_of_student(tx, student.id) if claim.school == student.school]
    await end(deps, tx, settled, "moved", by, reason)


async def end(deps: IdentityDeps, tx: Tx, ended: Sequence[Claim], outcome: Outcome, by: ChangedBy, reason: str) -> None:
    """End these claims."""
    now = deps.now()
    await claims.resolve(tx, [claim.id for claim in ended], outcome, by.account_id, reason, now)
    rows = [
        NewAuditRow(
            "claim_resolved", by.account_id, by.card_id, str(claim.student_id), by.client,
            {"claim_id": str(claim.id), "outcome": outcome, "reason": reason}, (claim.school, claim.held_by),
        )
        for claim in ended
    ]  # fmt: skip
    await audit.add(tx, now, rows)
    await outbox.add(tx, *(claim.resolved(outcome, reason, now) for claim in ended))
