"""The codes of confirmation forms: issued when a form is first printed, listed, reset after misuse (NR-02)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.base import ancestor
from contracts.identity import UploadCode, UploadCodesIssuedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.form_codes import CodeKind, digest, new_code
from servicekit.refusals import Refusal, require

from identity.actions.revocation import revoke_cards, revoke_guardian_cards
from identity.deps import IdentityDeps
from identity.domain.changed_by import ChangedBy
from identity.domain.form_codes import FormCode, need_verification
from identity.domain.students import Student
from identity.results import StudentForm
from identity.store import audit, cards, form_codes, organisations, students
from identity.store.audit import NewAuditRow
from identity.store.form_codes import NewCode

KINDS: tuple[CodeKind, ...] = ("registration", "upload")
_EVENT = 200


async def issue(
    deps: IdentityDeps, tx: Tx, school: str, student_ids: Sequence[UUID], now: datetime
) -> dict[tuple[UUID, CodeKind], str]:
    """The codes of these students of a school, as text; those that a student does not have yet are made."""
    await form_codes.lock_students(tx, student_ids)
    known = {(one.student_id, one.kind): one for one in await form_codes.of_students(tx, student_ids)}
    missing = [(student_id, kind) for student_id in student_ids for kind in KINDS if (student_id, kind) not in known]
    found = {key: deps.sealed_numbers.open_form_code(one.sealed, one.student_id) for key, one in known.items()}
    return found | await _renew(deps, tx, school, missing, now)


async def _renew(
    deps: IdentityDeps, tx: Tx, school: str, wanted: Sequence[tuple[UUID, CodeKind]], now: datetime
) -> dict[tuple[UUID, CodeKind], str]:
    """Make these codes anew; archive is told of upload codes."""
    made = {(student_id, kind): new_code(kind) for student_id, kind in wanted}
    rows = [
        NewCode(
            student_id, kind, deps.sealed_numbers.form_code_index(code), deps.sealed_numbers.seal_form_code(code, student_id)
        )
        for (student_id, kind), code in made.items()
    ]
    serials = await form_codes.put(tx, rows, now)
    uploads = [
        UploadCode(student_id=student_id, digest=digest(code), serial=serials[student_id, kind])
        for (student_id, kind), code in made.items()
        if kind == "upload"
    ]
    for at in range(0, len(uploads), _EVENT):
        await outbox.add(tx, UploadCodesIssuedV1(school=school, codes=tuple(uploads[at : at + _EVENT])))
    return made


async def listed(deps: IdentityDeps, actor: Actor, path: str, after: tuple[str, UUID] | None, limit: int) -> list[StudentForm]:
    """The students of a class, grade or school with the state of their codes, never the codes themselves."""
    actor.need(path)
    async with deps.db.reading() as tx:
        found = [one for one in await students.listed(tx, path, None, None, None, after, limit) if one.status != "left"]
        codes = {(one.student_id, one.kind): one for one in await form_codes.of_students(tx, [one.id for one in found])}
        names = await form_codes.names(tx, sorted({one.used_by for one in codes.values() if one.used_by is not None}))
    return [
        _form(student, codes.get((student.id, "registration")), codes.get((student.id, "upload")), names) for student in found
    ]


def _form(student: Student, registration: FormCode | None, upload: FormCode | None, names: dict[UUID, str]) -> StudentForm:
    used_by = registration.used_by if registration is not None else None
    return StudentForm(student, registration, upload, names.get(used_by) if used_by is not None else None)


async def reset(
    deps: IdentityDeps, actor: Actor, student_id: UUID, kind: CodeKind, reason: str, client: str, *, misused: bool
) -> None:
    """Make a new code; the printed one is worth nothing from now on, and the form is printed again (NR-02).

    `misused`: somebody registered with it who is not the parent. That account loses the card of this student and is told so;
    a guardian whom only the code registered is no longer one.
    """
    now = deps.now()
    async with deps.db.transaction() as tx:
        student = await students.lock(tx, student_id)
        if student is None:
            raise Refusal("not_found")
        actor.need(student.path)
        school = (await organisations.named(tx, [student.school])).get(student.school)
        need_verification(deps.scheme(school.scheme_id, school.scheme_version) if school is not None else None)
        before = next((one for one in await form_codes.of_students(tx, [student_id]) if one.kind == kind), None)
        user = before.used_by if before is not None else None
        if misused:
            require(user is not None, "code_unused", rule="NR-02", field="misused")
        if misused and user is not None:
            by = ChangedBy.of(actor, client)
            if await form_codes.is_of_roster(tx, student_id, user):
                held = await cards.of_guardians(tx, [(user, student_id)])
                await revoke_cards(tx, held, now, "registration_code_misused", by)
            else:
                await revoke_guardian_cards(tx, [(user, student_id)], now, by, "registration_code_misused")
        await _renew(deps, tx, ancestor(student.path, "school"), [(student_id, kind)], now)
        detail = {"kind": kind, "reason": reason, "misused": misused, "account": str(user) if user else None}
        row = NewAuditRow("form_code_reset", actor.account_id, actor.card_id, str(student_id), client, detail, (student.path,))
        await audit.add(tx, now, [row])
