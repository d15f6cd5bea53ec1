"""Who may see a record and who may write it. A record that a card may not see is `not_found`."""

from collections.abc import Iterable
from dataclasses import replace

from scheme import Kind, Scheme
from servicekit.auth import Actor
from servicekit.refusals import require

from records.domain.record import Record
from records.domain.state import State
from records.domain.term import Term

type Kinds = frozenset[str] | None
"""The kinds whose records of others a card may see; None: every kind."""


def seen_kinds(schemes: Iterable[Scheme], actor: Actor) -> Kinds:
    """Staff who may not see all records see those of the kinds that they enter, review or judge (JX-18, SH-12)."""
    if not actor.is_staff or actor.can("see_records"):
        return None
    return frozenset(
        kind.id for scheme in schemes for kind in scheme.kinds if not actor.roles.isdisjoint(scheme.roles_concerned(kind))
    )


def may_see(record: Record, actor: Actor, kinds: Kinds, home: str | None = None) -> bool:
    """Own records, or, for staff, those of their organisation, of these kinds. A draft is seen only by the family or by its
    author.

    `home`: the student's present class, if known: staff of a new school see the earlier records too (BJ-04).
    """
    if record.state is State.DRAFT and not record.by_family:
        return record.author_id == actor.account_id and actor.covers(record.path)
    if record.state is State.DRAFT:
        return record.student_id in actor.students
    if kinds is not None and record.kind not in kinds and record.author_id != actor.account_id:
        return False
    return actor.may_see_student(record.student_id, record.path) or (home is not None and actor.covers(home))


def need_visible(record: Record | None, actor: Actor, kinds: Kinds, home: str | None = None) -> Record:
    """The record, or `not_found`."""
    require(record is not None and may_see(record, actor, kinds, home), "not_found")
    assert record is not None
    return record


def readable(term: Term, record: Record, actor: Actor) -> Record:
    """The record without the values that this card may not read (BJ-05). Whatever is sent to a client passes here."""
    own = term.as_of(record.scheme_version, record.kind, record.data)
    hidden = own.kind(record.kind).form.hidden_from(actor.roles)
    if hidden.isdisjoint(record.data):
        return record
    return replace(record, data={name: value for name, value in record.data.items() if name not in hidden})


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
