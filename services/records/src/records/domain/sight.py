"""Who may see and who may write a record. What one may not see does not exist."""

from scheme import Kind
from servicekit.auth import Actor
from servicekit.refusals import require

from records.domain.record import Record
from records.domain.rules import Rules
from records.domain.state import State


def may_see(record: Record, actor: Actor, home: str | None = None) -> bool:
    """Own records, or those of students in the staff card's place; a draft only its own side.

    home: where the student is now, where that is known: history goes along to a new school (BJ-04).
    """
    if record.state is State.DRAFT and not record.from_home:
        return record.author_id == actor.account_id and actor.covers(record.path)
    if record.state is State.DRAFT:
        return record.student_id in actor.students
    return actor.may_see_student(record.student_id, record.path) or (home is not None and actor.covers(home))


def need_sight(record: Record | None, actor: Actor, home: str | None = None) -> Record:
    """The record, or `not_found`."""
    require(record is not None and may_see(record, actor, home), "not_found")
    assert record is not None
    return record


def may_write(kind: Kind, record: Record, actor: Actor) -> bool:
    """The student's side writes what came from it; staff what they, or others who enter this kind there, wrote."""
    if record.from_home:
        return record.student_id in actor.students
    return actor.covers(record.path) and (record.author_id == actor.account_id or enters(kind, actor))


def enters(kind: Kind, actor: Actor) -> bool:
    """Does this card enter records of this kind (SH-04, BJ-06)?"""
    return any(kind.may_enter(role) for role in actor.roles)


def need_author(rules: Rules, record: Record, actor: Actor) -> None:
    """Refuse those who see the record but do not write it."""
    if not may_write(rules.kind(record.kind), record, actor):
        raise rules.refusal("forbidden", f"{record.kind}.entry_roles", help=f"请联系填报人{record.author_name}")
