"""Addresses, notifications and terms. Who is notified is in `notification_rules`, the wording in `texts`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot, ancestor
from scheme import Scheme
from servicekit.auth import Actor

OVERLAP = timedelta(seconds=60)
"""The `place` of a message is a UUIDv7 made before its transaction ends, so a message may become visible after newer ones, but
never so much later: a handler is stopped long before."""

FAMILY = ("student", "guardian")


def addresses_of(actor: Actor, pseudonym: str) -> list[str]:
    """The addresses of a token: its account, the account's pseudonym (for messages to a complainant, X-08; stored as `mark:`),
    its students, its roles at its organisation, everyone at its organisation and above."""
    found = [f"account:{actor.account_id}", f"mark:{pseudonym}", *(f"student:{student}" for student in sorted(actor.students))]
    if actor.is_staff:
        found += [f"{role}@{actor.path}" for role in sorted(actor.roles)]
    return found + [f"everyone@{path}" for path in _upwards(actor.path)]


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def address_for(role: str, scheme: Scheme, path: str, student_id: UUID, complainant: str | None = None) -> str:
    """The address of a party of a case or of a role of the scheme, for an event at `path`.

    The scheme says at which level a role is: `class_teacher@<class>`, `school_administrator@<school>`. `author`: only in events
    of older releases, which did not say who entered the record. Raises LookupError for a role that the scheme does not know.
    """
    if role == "complainant" and complainant is not None:
        return f"mark:{complainant}"
    if role in (*FAMILY, "author"):
        return f"student:{student_id}"
    for version in (scheme, *reversed(scheme.older)):  # what is finished under an older version names its roles
        for known in version.roles:
            if known.id == role:
                return f"{role}@{ancestor(path, known.at)}"
    raise LookupError(f"scheme {scheme.id} {scheme.version} has no role {role!r}")


def author_address(record: RecordSnapshot, scheme: Scheme) -> str:
    """The address of who entered a record and may correct it: the student, or the staff who enter this kind (SH-07).

    Where several roles of staff may enter it, the account that did.
    """
    staff = [role for kind in scheme.kinds if kind.id == record.kind for role in kind.entry_roles if role not in FAMILY]
    if record.origin == "reported" and record.author_role in (None, *FAMILY):
        return f"student:{record.student_id}"
    if len(staff) == 1 or (staff and record.author_id is None):
        return address_for(staff[0], scheme, record.path, record.student_id)
    return f"account:{record.author_id}" if record.author_id is not None else f"student:{record.student_id}"


def place_at(when: datetime) -> UUID:
    """The lowest UUIDv7 of that millisecond: every message made later has a higher one."""
    return UUID(int=(max(0, int(when.timestamp() * 1000)) << 80) | (7 << 76) | (2 << 62))


def rank_of(when: datetime) -> int:
    """A time in microseconds, which orders the events about one record, position or case."""
    return int(when.timestamp() * 1_000_000)


@dataclass(frozen=True)
class Link:
    """What a message opens: a page of a service and its id."""

    service: str
    thing: str
    id: UUID


@dataclass(frozen=True)
class Notification:
    """A message to one address. `facts` fill the text of `kind` and are shown to its readers: no secrets.

    folds: joins an unread message of the same kind, which then counts. thing: what has to be handled; it counts until then,
    and `rank` orders its events. once: sent to this address only once, whichever event comes first.
    """

    address: str
    kind: str
    path: str | None
    link: Link
    facts: dict[str, Any] = field(default_factory=dict)
    folds: bool = False
    thing: UUID | None = None
    rank: int = 0
    once: str | None = None


@dataclass(frozen=True)
class Handled:
    """A record, position or case that no longer has to be handled."""

    kind: str
    thing: UUID
    rank: int


@dataclass(frozen=True)
class Notifications:
    """The messages that an event causes, and what it ends."""

    new: tuple[Notification, ...] = ()
    handled: tuple[Handled, ...] = ()
