"""Reading students, revealing an ID number for a stated reason, moving students, changing their status (BJ-04)."""

from uuid import UUID

from contracts.base import level_of, within
from contracts.identity import EnrolmentStatus
from people import name_key, read_registry_number
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions import claims, direct_moves
from identity.actions.enrolments import change_status_of, move_to
from identity.deps import IdentityDeps
from identity.domain.changed_by import ChangedBy
from identity.domain.students import Student
from identity.results import StudentDetail
from identity.store import audit, students
from identity.store.audit import NewAuditRow

_ABOVE_SCHOOLS = ("country", "province", "city", "district")


def _open_id_number(deps: IdentityDeps, student: Student) -> str | None:
    return None if student.id_number is None else deps.sealed_numbers.open_id_number(student.id_number, student.person_id)


async def listed(
    deps: IdentityDeps, actor: Actor, path: str | None, q: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[Student]:
    """For staff: the students in an organisation of their scope. For students and guardians: their own."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await students.by_ids(tx, list(actor.students))
        path = actor.path if path is None else path
        actor.need(path)
        number = None if q is None else read_registry_number(q)
        registry = None if number is None else deps.sealed_numbers.registry_number_index(number.text)
        key = None if q is None else name_key(q) or q
        find = students.listed_above_schools if level_of(path) in _ABOVE_SCHOOLS else students.listed
        return await find(tx, path, q, key, registry, after, limit)


async def get(deps: IdentityDeps, actor: Actor, student_id: UUID, client: str) -> StudentDetail:
    """One student in scope. Reading by staff is written to the audit trail.

    Only the family, the class teacher and the school's administrator see guardians' phone numbers.
    """
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path, student_id)
        if actor.is_staff:
            paths = (found[0].path,)
            audit_row = NewAuditRow("student_seen", actor.account_id, actor.card_id, str(student_id), client, paths=paths)
            await audit.add(tx, deps.now(), [audit_row])
        sees_guardians = student_id in actor.students or actor.can("help_families")
        known = await students.guardians(tx, [student_id]) if sees_guardians else []
        return StudentDetail(found[0], _open_id_number(deps, found[0]), tuple(known), actor.is_staff)


async def show_id_number(
    deps: IdentityDeps, actor: Actor, student_id: UUID, reason: str, client: str
) -> tuple[str | None, str]:
    """The complete ID number (None: has none) and registry number; the reason is written to the audit trail."""
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path)
        number, paths = _open_id_number(deps, found[0]), (found[0].path,)
        audit_row = NewAuditRow(
            "id_number_shown", actor.account_id, actor.card_id, str(student_id), client, {"reason": reason}, paths
        )
        await audit.add(tx, deps.now(), [audit_row])
    return number, deps.sealed_numbers.open_registry_number(found[0].registry_sealed, student_id)


async def move(deps: IdentityDeps, actor: Actor, student_id: UUID, version: int, to: str, reason: str, client: str) -> Student:
    """Move a student to another class; both classes must be in the actor's scope (BJ-04).

    To another school only where nobody is in office who could approve an application.
    """
    actor.need(to)
    require(level_of(to) == "class", "not_a_class", field="path", rule="BJ-04")
    by = ChangedBy.of(actor, client)
    async with deps.db.transaction() as tx:
        before = await lock_version(tx, actor, student_id, version)
        if not within(to, before.school):
            return await direct_moves.between_schools(deps, tx, by, before, to, reason)
        after = await move_to(deps, tx, by, before, to, reason)
        await claims.settle_moved(deps, tx, by, after, reason)
    return after


async def change_status(
    deps: IdentityDeps, actor: Actor, student_id: UUID, version: int, to: EnrolmentStatus, reason: str, client: str
) -> Student:
    """Change the enrolment status (BJ-04)."""
    async with deps.db.transaction() as tx:
        before = await lock_version(tx, actor, student_id, version)
        return await change_status_of(deps, tx, ChangedBy.of(actor, client), before, to, reason)


async def lock_version(tx: Tx, actor: Actor, student_id: UUID, version: int) -> Student:
    """Lock a student in scope; refuses if it has another version by now."""
    student = await students.lock(tx, student_id)
    if student is None:
        raise Refusal("not_found")
    actor.need(student.path)
    require(student.version == version, "stale_version", version=student.version)
    return student
