"""Changing a locked student's class or status; the callers decide whether the actor may (BJ-04)."""

from contracts.base import ancestor
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import require

from identity.actions.revocation import revoke_tokens
from identity.deps import IdentityDeps
from identity.domain import students as domain
from identity.domain.students import Student, Titles
from identity.store import audit, cards, organisations, students
from identity.store.audit import NewAuditRow


async def move_to(deps: IdentityDeps, tx: Tx, actor: Actor, before: Student, to: str, reason: str, client: str) -> Student:
    """Move a locked student to a class; the caller has checked that the actor may."""
    ancestors = [ancestor(to, "school"), ancestor(to, "grade"), to]
    organisations_by_path = await organisations.named(tx, ancestors)
    require(len(organisations_by_path) == len(ancestors), "not_found", field="path")
    school, grade, class_ = (organisations_by_path[p].title for p in ancestors)
    after, event = domain.move(before, to, Titles(school, grade, class_), deps.now())
    await save_enrolment(deps, tx, actor, before, after, reason, client)
    await revoke_tokens(tx, await cards.of_students(tx, [before.id]), deps.now(), "student_moved")
    await outbox.add(tx, event)
    return after


async def save_enrolment(
    deps: IdentityDeps, tx: Tx, actor: Actor, before: Student, after: Student, reason: str, client: str
) -> None:
    """Save a changed class or status, with its history and audit row."""
    now = deps.now()
    await students.save(tx, [after])
    await students.add_enrolment_changes(tx, [(before, after)], reason, actor.account_id, now)
    detail = {"from": before.path, "to": after.path, "status": after.status, "reason": reason}
    paths = tuple({before.path, after.path})
    await audit.add(
        tx, now, [NewAuditRow("enrolment_changed", actor.account_id, actor.card_id, str(after.id), client, detail, paths)]
    )
