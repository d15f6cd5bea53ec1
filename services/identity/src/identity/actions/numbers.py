"""The registrar's corrections: a student's registry number and identity document (L-03)."""

from dataclasses import replace
from uuid import UUID

from contracts.identity import StudentsEnrolledV1
from people import DocumentType, InvalidDocumentError, read_document, read_registry_number
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import masked_number
from servicekit.refusals import Refusal, require

from identity.actions.students import lock_version
from identity.deps import IdentityDeps
from identity.domain.roster.changes import document_state
from identity.domain.students import Student
from identity.store import accounts, audit, students
from identity.store.accounts import NewPerson
from identity.store.audit import NewAuditRow


async def change_registry_number(
    deps: IdentityDeps, actor: Actor, student_id: UUID, version: int, typed: str, reason: str, client: str
) -> Student:
    """Replace the registry number; the former one still finds the student in older lists."""
    number = read_registry_number(typed)
    if number is None:
        raise Refusal("registry_number_invalid", field="registry_number", rule="L-03")
    index = deps.sealed_numbers.registry_number_index(number.text)
    async with deps.db.transaction() as tx:
        await accounts.lock_names(tx, [index.hex()])
        before = await lock_version(tx, actor, student_id, version)
        require(before.registry_index != index, "already_applied", field="registry_number", rule="L-03")
        taken = await students.by_registry(tx, [index])
        require(
            not taken, "registry_number_taken", field="registry_number", rule="L-03", help="请核对；确属重号请联系上级管理员"
        )
        after = replace(
            before,
            registry_number=masked_number(number.text),
            registry_sealed=deps.sealed_numbers.seal_registry_number(number.text, student_id),
            registry_index=index,
            version=before.version + 1,
        )
        await students.add_former_numbers(tx, [before], deps.now())
        await students.forget_former_numbers(tx, [index])
        detail = {"from": before.registry_number, "to": after.registry_number, "reason": reason}
        await _save(deps, tx, actor, after, "registry_number_changed", detail, client)
    return after


async def change_document(
    deps: IdentityDeps,
    actor: Actor,
    student_id: UUID,
    version: int,
    type_: DocumentType,
    typed: str | None,
    reason: str,
    client: str,
) -> Student:
    """Correct the identity document, or record that the student has none."""
    try:
        document = read_document(type_, typed or "")
    except InvalidDocumentError:
        raise Refusal("id_number_invalid", field="id_number", rule="L-03") from None
    index = None if document.key is None else deps.sealed_numbers.id_number_index(document.key)
    async with deps.db.transaction() as tx:
        await accounts.lock_names(tx, [] if index is None else [index.hex()])
        before = await lock_version(tx, actor, student_id, version)
        holder = None if index is None else await accounts.person_of(tx, index)
        require(holder in (None, before.person_id), "id_number_taken", field="id_number", rule="L-03")
        after = replace(before, id_number_index=index, document_type=document.type.value, version=before.version + 1)
        if document.number is None:
            await accounts.clear_documents(tx, [before.person_id], document.type.value)
        else:
            sealed = deps.sealed_numbers.seal_id_number(document.number, before.person_id)
            person = NewPerson(before.person_id, before.name, None, None, sealed, index, document.type.value)
            await accounts.change_persons(tx, [person])
        detail = {"from": document_state(before), "to": document_state(after), "reason": reason}
        await _save(deps, tx, actor, after, "document_changed", detail, client)
    return after


async def _save(
    deps: IdentityDeps, tx: Tx, actor: Actor, after: Student, what: str, detail: dict[str, str], client: str
) -> None:
    await students.save(tx, [after])
    row = NewAuditRow(what, actor.account_id, actor.card_id, str(after.id), client, dict(detail), (after.path,))
    await audit.add(tx, deps.now(), [row])
    await outbox.add(tx, StudentsEnrolledV1(school=after.school, students=(after.enrolment(),)))
