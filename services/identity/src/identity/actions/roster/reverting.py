"""Undoes what a roster made or changed, newest first; what is in use stays, with its reason (L-10)."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from uuid import UUID

from contracts.base import Event, RowProblem, ancestor
from contracts.identity import (
    IdentityBatchRevertedV1,
    OrganisationRemovedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
    StudentStatusChangedV1,
)
from servicekit import outbox
from servicekit.db import Tx

from identity.actions.revocation import revoke_tokens
from identity.deps import IdentityDeps
from identity.domain.roster.changes import Change, student_state, with_state
from identity.domain.roster.rows import STUDENTS, TEACHERS
from identity.domain.students import Student
from identity.store import accounts, audit, cards, claims, organisations, roster, roster_changes, roster_undos, students
from identity.store.accounts import NewPerson
from identity.store.audit import NewAuditRow
from identity.store.roster_undos import RosterUndo

REASON = "撤销名册"
_KEPT = {
    "taken": "身份卡已领取或账号已使用，予以保留",
    "changed": "导入之后又有变动，予以保留",
    "claimed": "另一学校对该学生提出学籍争议，予以保留",
    "records": "已有写实记录、评语或档案，予以保留",
    "card_used": "身份卡已启用，予以保留",
    "guardian_taken": "监护人已领取身份卡，予以保留",
    "number_taken": "原号码现已登记在他人名下，予以保留",
    "nothing": "没有可以撤销的改动：导入时没有变动，或导入已超过一年",
    "number_reassigned": "手机号换人不随名册撤销；如需更正，请更改账号的登录名",
}
"""Why a row stays."""


@dataclass
class Undoing:
    """What was undone so far."""

    deps: IdentityDeps
    tx: Tx
    undo: RosterUndo
    now: datetime
    removed: set[tuple[str, int]] = field(default_factory=set)
    restored: set[tuple[str, int]] = field(default_factory=set)
    kept: dict[tuple[str, int], str] = field(default_factory=dict)
    """Why rows stay."""
    events: list[Event] = field(default_factory=list)

    def keep(self, change: Change, why: str) -> None:
        """The row stays."""
        self.kept.setdefault(_row(change), why)


async def revert_changes(deps: IdentityDeps, tx: Tx, undo: RosterUndo, used: frozenset[UUID]) -> None:
    """Undo the roster. `used`: students of whom other services have data."""
    u = Undoing(deps, tx, undo, deps.now())
    changes = await roster_changes.of_batch(tx, undo.batch_id)
    if not changes:
        u.keep(Change(0, ""), "nothing")

    def of(*what: str) -> list[Change]:
        return [change for change in changes if change.what in what]

    await _claims(u, of("claim_filed"))
    await _offers(u, of("card_offered"))
    await _enrolled(u, of("student_added"), used)
    enrolled = {change.student_id for change in of("student_added")}
    guardians = of("guardian_added", "guardian_changed", "guardian_removed")
    await _guardians(u, [change for change in guardians if change.student_id not in enrolled])
    await _changed(u, of("student_changed"))
    await _accounts(u, of("account_added"), of("person_changed"))
    for change in of("number_reassigned"):
        u.keep(change, "number_reassigned")
    await _organisations(u, of("organisation_added"))
    await roster_undos.finish(tx, undo.batch_id, u.now)
    await outbox.add(tx, *u.events, _answer(u))
    detail = {"reason": undo.reason, "removed": len(u.removed), "restored": len(u.restored), "kept": len(u.kept)}
    audit_row = NewAuditRow("roster_undone", undo.account_id, subject=str(undo.batch_id), detail=detail, paths=(undo.path,))
    await audit.add(tx, u.now, [audit_row])


def _answer(u: Undoing) -> IdentityBatchRevertedV1:
    kept = tuple(
        RowProblem(row=row, sheet=sheet if row else None, code=f"undo_{why}", message=_KEPT[why])
        for (sheet, row), why in sorted(u.kept.items())
    )
    removed, restored = u.removed - set(u.kept), u.restored - u.removed - set(u.kept)
    return IdentityBatchRevertedV1(batch_id=u.undo.batch_id, removed=len(removed), restored=len(restored), kept=kept)


def _row(change: Change) -> tuple[str, int]:
    return (TEACHERS if change.what == "card_offered" else STUDENTS, change.row)


async def _claims(u: Undoing, changes: Sequence[Change]) -> None:
    still_open = await claims.of_batch(u.tx, u.undo.batch_id)
    await claims.resolve(u.tx, [c.id for c in still_open], "withdrawn", u.undo.account_id, u.undo.reason, u.now)
    u.events += [claim.resolved("withdrawn", u.undo.reason, u.now) for claim in still_open]
    ended = {claim.student_id for claim in still_open}
    for change in changes:
        if change.student_id in ended:
            u.removed.add(_row(change))
        else:
            u.keep(change, "changed")


async def _offers(u: Undoing, changes: Sequence[Change]) -> None:
    rows = []
    for change in changes:
        card_id = UUID(change.after["card_id"])
        removed = await roster_undos.remove_offer(u.tx, card_id)
        if removed is False:
            u.keep(change, "card_used")
        elif removed:
            u.removed.add(_row(change))
            if change.account_id is not None:
                await revoke_tokens(u.tx, [(card_id, change.account_id)], u.now, "roster_undone")
            detail = {"reason": REASON, "role": change.after["role"], "account": str(change.account_id)}
            rows.append(
                NewAuditRow("card_revoked", u.undo.account_id, None, str(card_id), None, detail, (change.path or u.undo.path,))
            )
    await audit.add(u.tx, u.now, rows)


async def _enrolled(u: Undoing, changes: Sequence[Change], used: frozenset[UUID]) -> None:
    """Remove students of whom nobody has anything, with their guardians; other services learn that they left."""
    by_student = {change.student_id: change for change in changes if change.student_id is not None}
    in_use = await roster_undos.students_in_use(u.tx, u.undo.batch_id, list(by_student))
    why = {student: "records" for student in used if student in by_student} | in_use
    for student_id, change in by_student.items():
        if student_id in why:
            u.keep(change, why[student_id])
    free = await students.by_ids(u.tx, [student for student in by_student if student not in why])
    removed = await roster_undos.remove_students(u.tx, [student.id for student in free])
    await roster_undos.remove_unused_accounts(u.tx, [account for account, _ in removed])
    rows = []
    for student in free:
        left = replace(student, status="left", version=student.version + 1)
        u.events.append(
            StudentStatusChangedV1(student_id=student.id, from_status=student.status, at=u.now, enrolment=left.enrolment())
        )
        u.removed.add(_row(by_student[student.id]))
        detail = {"reason": u.undo.reason, "batch": str(u.undo.batch_id)}
        rows.append(NewAuditRow("student_removed", u.undo.account_id, None, str(student.id), None, detail, (student.path,)))
    await audit.add(u.tx, u.now, rows)


async def _guardians(u: Undoing, changes: Sequence[Change]) -> None:
    pairs = [(c.student_id, c.account_id) for c in changes if c.student_id is not None and c.account_id is not None]
    now = await roster_undos.guardians_now(u.tx, pairs)
    for change in changes:
        if change.student_id is None or change.account_id is None:
            continue
        current = now.get((change.student_id, change.account_id))
        if current is None:
            continue
        same = {"name": current["name"], "relation": current["relation"]} == change.after and not current["removed"]
        if change.what == "guardian_added" and current["taken"]:
            u.keep(change, "guardian_taken")
        elif change.what == "guardian_added" and same:
            await roster_undos.delete_guardian(u.tx, change.student_id, change.account_id)
            u.restored.add(_row(change))
        elif (change.what == "guardian_changed" and same) or (change.what == "guardian_removed" and current["removed"]):
            before = change.before
            await roster_undos.restore_guardian(u.tx, change.student_id, change.account_id, before["name"], before["relation"])
            u.restored.add(_row(change))
        elif not (change.what == "guardian_added" and current["removed"]):
            u.keep(change, "changed")


async def _changed(u: Undoing, changes: Sequence[Change]) -> None:
    """Restore changed students; one who was changed again since then stays as it is."""
    for change in changes:
        student = None if change.student_id is None else await students.lock(u.tx, change.student_id)
        if student is None:
            continue
        if student_state(student) != change.after:
            u.keep(change, "changed")
            continue
        restored = with_state(student, change.before)
        if await _numbers_taken(u, student, restored):
            u.keep(change, "number_taken")
            continue
        await _restore(u, student, restored)
        u.restored.add(_row(change))


async def _numbers_taken(u: Undoing, student: Student, restored: Student) -> bool:
    """Does somebody else have the former registry number or document by now?"""
    holders = await students.by_registry(u.tx, [restored.registry_index])
    person = None if restored.id_number_index is None else await accounts.person_of(u.tx, restored.id_number_index)
    return any(holder.id != student.id for holder in holders) or person not in (None, student.person_id)


async def _restore(u: Undoing, student: Student, restored: Student) -> None:
    above = [ancestor(restored.path, "school"), ancestor(restored.path, "grade"), restored.path]
    titles = await organisations.named(u.tx, above)
    school, grade, class_ = (titles[path].title if path in titles else "" for path in above)
    restored = replace(restored, school_title=school, grade_title=grade, class_title=class_)
    if restored.id_number is None:
        await accounts.clear_documents(u.tx, [student.person_id], restored.document_type)
    person = NewPerson(
        student.person_id,
        restored.name,
        restored.sex,
        restored.born,
        restored.id_number,
        restored.id_number_index,
        restored.document_type,
    )
    await accounts.change_persons(u.tx, [person])
    if restored.registry_index != student.registry_index:
        await students.forget_former_numbers(u.tx, [restored.registry_index])
    await students.save(u.tx, [restored])
    rows = []
    if restored.registry_index != student.registry_index or restored.id_number_index != student.id_number_index:
        detail = {"from": student.registry_number, "to": restored.registry_number, "reason": REASON}
        rows.append(NewAuditRow("numbers_restored", u.undo.account_id, None, str(student.id), None, detail, (student.path,)))
    await audit.add(u.tx, u.now, rows)
    if restored.path == student.path:
        u.events.append(StudentsEnrolledV1(school=restored.school, students=(restored.enrolment(),)))
        return
    await students.add_enrolment_changes(u.tx, [(student, restored)], REASON, u.undo.account_id, u.now)
    await revoke_tokens(u.tx, await cards.of_students(u.tx, [student.id]), u.now, "student_moved")
    u.events.append(StudentMovedV1(student_id=student.id, from_path=student.path, at=u.now, enrolment=restored.enrolment()))


async def _accounts(u: Undoing, added: Sequence[Change], renamed: Sequence[Change]) -> None:
    """Remove accounts that give access to nothing, and give persons their former names, unless somebody changed them."""
    await roster_undos.remove_unused_accounts(u.tx, [c.account_id for c in added if c.account_id is not None])
    for change in renamed:
        account = None if change.account_id is None else await accounts.get(u.tx, change.account_id)
        holder = None if account is None else (await roster.account_holders(u.tx, [account.username])).get(account.username)
        own = holder is not None and holder.only_at(u.undo.path) and not holder.shared
        if account is not None and own and account.name == change.after["name"]:
            await accounts.change_persons(u.tx, [NewPerson(account.person_id, change.before["name"])])


async def _organisations(u: Undoing, changes: Sequence[Change]) -> None:
    removed = await roster_undos.remove_unused_organisations(u.tx, [c.path for c in changes if c.path is not None])
    u.events += [OrganisationRemovedV1(path=path) for path in removed]
