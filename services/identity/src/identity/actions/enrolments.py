"""Changing a locked student's class or status; the callers decide whether it may be changed (BJ-04)."""

from contracts.base import ancestor
from contracts.identity import EnrolmentStatus
from servicekit import outbox
from servicekit.db import Tx
from servicekit.refusals import require

from identity.actions.revocation import revoke_tokens
from identity.deps import IdentityDeps
from identity.domain import students as domain
from identity.domain.changed_by import ChangedBy
from identity.domain.students import Student, Titles
from identity.store import audit, cards, organisations, students
from identity.store.audit import NewAuditRow


async def move_to(
    deps: IdentityDeps, tx: Tx, by: ChangedBy, before: Student, to: str, reason: str, status: EnrolmentStatus | None = None
) -> Student:
    """Move a locked student to a class, `status`: with this enrolment status; the caller has checked that it may be done."""
    ancestors = [ancestor(to, "school"), ancestor(to, "grade"), to]
    organisations_by_path = await organisations.named(tx, ancestors)
    require(len(organisations_by_path) == len(ancestors), "not_found", field="path")
    school, grade, class_ = (organisations_by_path[p].title for p in ancestors)
    after, event = domain.move(before, to, Titles(school, grade, class_), deps.now(), status)
    await save_enrolment(deps, tx, by, before, after, reason)
    await revoke_tokens(tx, await cards.of_students(tx, [before.id]), deps.now(), "student_moved")
    await outbox.add(tx, event)
    return after


async def change_status_of(
    deps: IdentityDeps, tx: Tx, by: ChangedBy, before: Student, to: EnrolmentStatus, reason: str
) -> Student:
    """Change the enrolment status of a locked student."""
    after, event = domain.change_status(before, to, deps.now())
    await save_enrolment(deps, tx, by, before, after, reason)
    await outbox.add(tx, event)
    return after


async def save_enrolment(deps: IdentityDeps, tx: Tx, by: ChangedBy, before: Student, after: Student, reason: str) -> None:
    """Save a changed class or status, with its history and audit row."""
    now = deps.now()
    assert by.account_id is not None  # also a change that takes effect later is the act of whoever approved it last
    await students.save(tx, [after])
    await students.add_enrolment_changes(tx, [(before, after)], reason, by.account_id, now)
    detail = {"from": before.path, "to": after.path, "status": after.status, "reason": reason}
    paths = tuple({before.path, after.path})
    row = NewAuditRow("enrolment_changed", by.account_id, by.card_id, str(after.id), by.client, detail, paths)
    await audit.add(tx, now, [row])
