"""The guardians of a roster's students: registered, changed, and removed where the school says so (L-09)."""

from collections.abc import Mapping
from uuid import UUID

from identity.actions.account_changes import tell_offered
from identity.actions.revocation import revoke_guardian_cards
from identity.actions.roster.write_context import WriteContext
from identity.domain.changed_by import ChangedBy
from identity.domain.roster.steps import GuardianStep
from identity.domain.students import Guardian, Student
from identity.store import students

SOURCE = "roster"


async def write_guardians(w: WriteContext, enrolled: Mapping[int, Student]) -> None:
    """Write the guardian steps of all students; `enrolled` are the new students, by row."""
    registered: dict[tuple[UUID, UUID], tuple[Guardian, str | None]] = {}
    removed: list[tuple[UUID, UUID]] = []
    offered: list[UUID] = []
    for step in w.plan.students:
        student = enrolled.get(step.row) or step.before
        for guardian_step in step.guardians if student is not None else ():
            if guardian_step.kind == "remove" and guardian_step.before is not None:
                before = guardian_step.before
                removed.append((before.account_id, before.student_id))
                w.note(
                    step.row, "guardian_removed", student_id=before.student_id, account_id=before.account_id,
                    before=guardian_state(before),
                )  # fmt: skip
            elif student is not None:
                guardian = _guardian(w, student.id, guardian_step)
                # two numbers of a row may be the present and the former one of one account
                registered[guardian.student_id, guardian.account_id] = guardian, _sealed(w, guardian, guardian_step)
                if guardian_step.kind == "add":
                    offered.append(guardian.account_id)
                _note(w, step.row, guardian, guardian_step)
    by = ChangedBy(w.batch.account_id, None, w.batch.path)
    found = list(registered.values())
    await students.register_guardians(w.tx, [guardian for guardian, _ in found], [number for _, number in found], SOURCE)
    await revoke_guardian_cards(w.tx, removed, w.now, by)
    await tell_offered(w.tx, offered, w.now, by)


def _guardian(w: WriteContext, student_id: UUID, step: GuardianStep) -> Guardian:
    given = step.guardian
    document = given.document
    return Guardian(
        student_id=student_id,
        account_id=step.before.account_id if step.kind == "change" and step.before else w.account_ids[given.phone][0],
        name=given.name,
        relation=given.relation,
        phone=given.phone,
        document_type=document.type.value if document else None,
        id_number_index=document.index if document else None,
    )


def _sealed(w: WriteContext, guardian: Guardian, step: GuardianStep) -> str | None:
    document = step.guardian.document
    if document is None or document.number is None:
        return None
    return w.deps.sealed_numbers.seal_guardian_number(document.number, guardian.student_id, guardian.account_id)


def _note(w: WriteContext, row: int, guardian: Guardian, step: GuardianStep) -> None:
    what = "guardian_added" if step.kind == "add" else "guardian_changed"
    before = {} if step.before is None else guardian_state(step.before)
    w.note(
        row, what, student_id=guardian.student_id, account_id=guardian.account_id, before=before,
        after=guardian_state(guardian),
    )  # fmt: skip


def guardian_state(guardian: Guardian) -> dict[str, str]:
    """What a roster may change of a registration."""
    return {"name": guardian.name, "relation": guardian.relation}
