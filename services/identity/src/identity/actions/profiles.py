"""A student's profile and its photo (CS-15). The family and staff in scope see it; nobody else, also no classmate."""

from uuid import UUID

from scheme import Scheme
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.files import StoredObject
from servicekit.refusals import Refusal

from identity.deps import IdentityDeps
from identity.domain import profiles as domain
from identity.domain.students import Student
from identity.results import ProfileDetail
from identity.store import accounts, audit, organisations, photos, students
from identity.store.audit import NewAuditRow


async def _in_scope(
    deps: IdentityDeps, tx: Tx, actor: Actor, student_id: UUID, *, lock: bool = False
) -> tuple[Student, Scheme]:
    found = await students.lock(tx, student_id) if lock else next(iter(await students.by_ids(tx, [student_id])), None)
    if found is None:
        raise Refusal("not_found")
    actor.need(found.path, student_id)
    school = (await organisations.named(tx, [found.school])).get(found.school)
    scheme = None if school is None else deps.scheme(school.scheme_id, school.scheme_version)
    if scheme is None:
        raise Refusal("not_found")
    return found, scheme


def _row(action: str, actor: Actor, student: Student, client: str) -> NewAuditRow:
    return NewAuditRow(action, actor.account_id, actor.card_id, str(student.id), client, paths=(student.path,))


async def _detail(deps: IdentityDeps, tx: Tx, actor: Actor, student: Student, scheme: Scheme) -> ProfileDetail:
    photo = await photos.get(tx, student.id)
    account = await accounts.get(tx, student.account_id)
    number = None if student.id_number is None else deps.sealed_numbers.open_id_number(student.id_number, student.person_id)
    shown = domain.lines(scheme, student, number, "" if account is None else account.username)
    return ProfileDetail(student.id, shown, scheme.profile.photo, photo, domain.may_change_photo(scheme, actor, photo))


async def read(deps: IdentityDeps, actor: Actor, student_id: UUID, client: str) -> ProfileDetail:
    """The profile of a student in scope; reading by staff is written to the audit trail."""
    async with deps.db.transaction() as tx:
        student, scheme = await _in_scope(deps, tx, actor, student_id)
        if actor.is_staff:
            await audit.add(tx, deps.now(), [_row("student_seen", actor, student, client)])
        return await _detail(deps, tx, actor, student, scheme)


async def find_photo(deps: IdentityDeps, actor: Actor, student_id: UUID, preview: bool) -> StoredObject:
    """The photo of a student in scope, or its small picture; `not_found` where there is none."""
    async with deps.db.reading() as tx:
        await _in_scope(deps, tx, actor, student_id)
        photo = await photos.get(tx, student_id)
    if photo is None:
        raise Refusal("not_found")
    if preview and photo.preview_key is not None:
        return StoredObject(photo.bucket, photo.preview_key, f"{photo.name}.jpg", "image/jpeg", inline=True)
    return StoredObject(photo.bucket, photo.object_key, photo.name, photo.media_type, inline=True)


async def set_photo(deps: IdentityDeps, actor: Actor, student_id: UUID, file_id: UUID, client: str) -> ProfileDetail:
    """Make a checked upload of this account the student's photo; the one before is deleted. Repeating it changes nothing."""
    async with deps.db.transaction() as tx:
        student, scheme = await _in_scope(deps, tx, actor, student_id, lock=True)
        domain.need_may_change_photo(scheme, actor, await photos.get(tx, student_id))
        holder, now = photos.holder(student_id), deps.now()
        await deps.photos.attach(tx, actor.account_id, [file_id], holder)
        await deps.photos.release(tx, holder, [file_id])
        await photos.put(tx, student_id, file_id, actor.is_staff, actor.account_id, now)
        await audit.add(tx, now, [_row("photo_set", actor, student, client)])
        return await _detail(deps, tx, actor, student, scheme)


async def remove_photo(deps: IdentityDeps, actor: Actor, student_id: UUID, client: str) -> None:
    """Delete the student's photo, if there is one."""
    async with deps.db.transaction() as tx:
        student, scheme = await _in_scope(deps, tx, actor, student_id, lock=True)
        photo = await photos.get(tx, student_id)
        domain.need_may_change_photo(scheme, actor, photo)
        if photo is not None:
            await photos.remove(tx, [student_id])
            await audit.add(tx, deps.now(), [_row("photo_removed", actor, student, client)])
