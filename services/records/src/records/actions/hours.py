"""The practice hours of a student (CS-07)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.directory import Student, find_student
from servicekit.refusals import Refusal

from records import store
from records.actions.common import need_found, scheme_at
from records.deps import RecordsDeps
from records.domain import hours
from records.domain.hours import Hours


async def of_student(deps: RecordsDeps, actor: Actor, student_id: UUID | None) -> tuple[Student, str, list[Hours]]:
    """The student of the card, or for staff one in scope: what the scheme calls the hours, and their sums by term and kind."""
    if student_id is None:
        if actor.is_staff:
            raise Refusal("invalid_input", errors=[{"field": "student_id", "message": "请选择学生"}])
        student_id = actor.student_id
    async with deps.db.reading() as tx:
        student = need_found(await find_student(tx, student_id))
        actor.need_reading(student.path, student.id)
        records = await store.hours.of_student(tx, student.id, hours.timed_kinds(deps.schemes), drafts=not actor.is_staff)
        terms = await deps.directory.terms(tx, {record.term_id for record in records})
        named = await scheme_at(deps, tx, student.path)
    scheme = named[0] if named else next((term.scheme for term in terms.values()), None)
    return student, scheme.text("hours", "实践时长") if scheme else "实践时长", hours.sums(records, terms)
