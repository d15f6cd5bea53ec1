"""Reading students, showing an ID number with a reason, moving them, changing their status (BJ-04)."""

from dataclasses import dataclass
from uuid import UUID

from contracts.base import ancestor, level_of
from contracts.identity import EnrolmentStatus
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from identity.actions.endings import renew_tokens
from identity.deps import IdentityDeps
from identity.domain import students as rules
from identity.domain.students import Student, Titles
from identity.store import cards, organisations, students
from identity.store.audit import Note
from identity.store.audit import write as audit
from identity.store.students import Guardian


@dataclass(frozen=True)
class Seen:
    """A student as one reader sees them: the ID number masked or None, guardians where the reader may know them."""

    student: Student
    id_number: str | None
    guardians: tuple[Guardian, ...] = ()
    by_staff: bool = False


def _open(deps: IdentityDeps, student: Student) -> str | None:
    return None if student.id_number is None else deps.vault.open_id(student.id_number, student.person_id)


async def listed(
    deps: IdentityDeps, actor: Actor, path: str | None, q: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[Student]:
    """Staff: the students at and below a place of theirs. Students and guardians: their own."""
    async with deps.db.reading() as tx:
        if not actor.is_staff:
            return [] if after else await students.by_ids(tx, list(actor.students))
        place = actor.path if path is None else path
        actor.need(place)
        registry = None if q is None else deps.vault.registry_index(q)
        return await students.listed(tx, place, q, registry, after, limit)


async def get(deps: IdentityDeps, actor: Actor, student_id: UUID, client: str) -> Seen:
    """One student in scope; staff who look are written down.

    Guardians' phone numbers are for the family, the class teacher and the school's administrator.
    """
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path, student_id)
        if actor.is_staff:
            paths = (found[0].path,)
            note = Note("student_seen", actor.account_id, actor.card_id, str(student_id), client, paths=paths)
            await audit(tx, deps.now(), [note])
        near = student_id in actor.students or actor.is_("class_teacher", "school_administrator")
        known = await students.guardians(tx, [student_id]) if near else []
        return Seen(found[0], _open(deps, found[0]), tuple(known), actor.is_staff)


async def show_id_number(deps: IdentityDeps, actor: Actor, student_id: UUID, reason: str, client: str) -> tuple[str, str]:
    """The whole ID number and registry number, which takes a reason and leaves an audit row."""
    async with deps.db.transaction() as tx:
        found = await students.by_ids(tx, [student_id])
        if not found:
            raise Refusal("not_found")
        actor.need(found[0].path)
        number, paths = _open(deps, found[0]), (found[0].path,)
        if number is None:
            raise Refusal("not_found")
        note = Note("id_number_shown", actor.account_id, actor.card_id, str(student_id), client, {"reason": reason}, paths)
        await audit(tx, deps.now(), [note])
    return number, deps.vault.open_registry(found[0].registry_sealed, student_id)


async def move(deps: IdentityDeps, actor: Actor, student_id: UUID, version: int, to: str, reason: str, client: str) -> Student:
    """Into another class; both places within the actor's own (BJ-04)."""
    actor.need(to)
    require(level_of(to) == "class", "not_a_class", field="path", rule="BJ-04")
    async with deps.db.transaction() as tx:
        before = await _held(tx, actor, student_id, version)
        way = [ancestor(to, "school"), ancestor(to, "grade"), to]
        places = await organisations.named(tx, way)
        require(len(places) == len(way), "not_found", field="path")
        school, grade, class_ = (places[step].title for step in way)
        after, event = rules.move(before, to, Titles(school, grade, class_), deps.now())
        await _save(deps, tx, actor, before, after, reason, client)
        await renew_tokens(tx, await cards.of_students(tx, [student_id]), deps.now(), "student_moved")
        await outbox.add(tx, event)
    return after


async def change_status(
    deps: IdentityDeps, actor: Actor, student_id: UUID, version: int, to: EnrolmentStatus, reason: str, client: str
) -> Student:
    """Suspended, resumed, borrowed or left (BJ-04)."""
    async with deps.db.transaction() as tx:
        before = await _held(tx, actor, student_id, version)
        after, event = rules.change_status(before, to, deps.now())
        await _save(deps, tx, actor, before, after, reason, client)
        await outbox.add(tx, event)
    return after


async def _held(tx: Tx, actor: Actor, student_id: UUID, version: int) -> Student:
    student = await students.hold(tx, student_id)
    if student is None:
        raise Refusal("not_found")
    actor.need(student.path)
    require(student.version == version, "stale_version", version=student.version)
    return student


async def _save(deps: IdentityDeps, tx: Tx, actor: Actor, before: Student, after: Student, reason: str, client: str) -> None:
    now = deps.now()
    await students.save(tx, [after])
    await students.note_change(tx, [(before, after)], reason, actor.account_id, now)
    detail = {"from": before.path, "to": after.path, "status": after.status, "reason": reason}
    paths = tuple({before.path, after.path})
    await audit(tx, now, [Note("enrolment_changed", actor.account_id, actor.card_id, str(after.id), client, detail, paths)])
