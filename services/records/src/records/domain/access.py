"""Who may see a record and who may write it. A record that a card may not see is `not_found`."""

from scheme import Kind
from servicekit.auth import Actor
from servicekit.refusals import require

from records.domain.record import Record
from records.domain.state import State
from records.domain.term import Term


def may_see(record: Record, actor: Actor, home: str | None = None) -> bool:
    """Own records, or, for staff, those of their organisation. A draft is seen only by the family or by its author.

    `home`: the student's present class, if known: staff of a new school see the earlier records too (BJ-04).
    """
    if record.state is State.DRAFT and not record.by_family:
        return record.author_id == actor.account_id and actor.covers(record.path)
    if record.state is State.DRAFT:
        return record.student_id in actor.students
    return actor.may_see_student(record.student_id, record.path) or (home is not None and actor.covers(home))


def need_visible(record: Record | None, actor: Actor, home: str | None = None) -> Record:
    """The record, or `not_found`."""
    require(record is not None and may_see(record, actor, home), "not_found")
    assert record is not None
    return record


def may_write(kind: Kind, record: Record, actor: Actor) -> bool:
    """The family writes its own records; staff those that they, or others who may enter this kind there, entered."""
    if record.by_family:
        return record.student_id in actor.students
    return actor.covers(record.path) and (record.author_id == actor.account_id or may_enter(kind, actor))


def may_enter(kind: Kind, actor: Actor) -> bool:
    """May this card enter records of this kind (SH-04, BJ-06)?"""
    return any(kind.may_enter(role) for role in actor.roles)


def need_author(term: Term, record: Record, actor: Actor) -> None:
    """Refuse cards that may see the record but not write it."""
    if not may_write(term.kind(record.kind), record, actor):
        raise term.refusal("forbidden", f"{record.kind}.entry_roles", help=f"请联系填报人{record.author_name}")
