"""Addresses, notes, terms. Who is told what is in `notes`, the words are in `texts`."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import ancestor
from scheme import Scheme
from servicekit.auth import Actor

OVERLAP = timedelta(seconds=60)
"""Places are made before their transaction ends, so a message may appear behind newer ones, but never this far behind:
a handler is stopped long before."""


def addresses_of(actor: Actor, mark: str) -> list[str]:
    """The addresses a token holds: its account, the account's mark (what a complainant is told goes there, X-08), its
    students, its roles at its place, everyone at and above its place."""
    found = [f"account:{actor.account_id}", f"mark:{mark}", *(f"student:{student}" for student in sorted(actor.students))]
    if actor.is_staff:
        found += [f"{role}@{actor.path}" for role in sorted(actor.roles)]
    return found + [f"everyone@{path}" for path in _upwards(actor.path)]


def _upwards(path: str) -> Iterator[str]:
    while path:
        yield path
        path = path.rpartition(".")[0]
    yield ""


def address_for(role: str, scheme: Scheme, path: str, student_id: UUID, complainant: str | None = None) -> str:
    """Where to reach a party of a case or a role of the scheme, for something that happened at `path`.

    A role sits where the scheme says: `class_teacher@<class>`, `school_administrator@<school>`. Raises LookupError
    for a role that the scheme does not know.
    """
    if role == "complainant" and complainant is not None:
        return f"mark:{complainant}"
    if role in ("student", "guardian", "author"):
        return f"student:{student_id}"
    for known in scheme.roles:
        if known.id == role:
            return f"{role}@{ancestor(path, known.at)}"
    raise LookupError(f"scheme {scheme.id} {scheme.version} has no role {role!r}")


def place_at(when: datetime) -> UUID:
    """The lowest UUIDv7 of that millisecond: everything made later stands above it."""
    return UUID(int=(max(0, int(when.timestamp() * 1000)) << 80) | (7 << 76) | (2 << 62))


def rank_of(when: datetime) -> int:
    """A moment as a number that orders the events about one thing: microseconds."""
    return int(when.timestamp() * 1_000_000)


@dataclass(frozen=True)
class Link:
    """What to open: a thing of a service."""

    service: str
    thing: str
    id: UUID


@dataclass(frozen=True)
class Notification:
    """One thing to tell one address. `facts` fill the words of `kind` and are shown to its readers: nothing sealed in it.

    folds: joins an unread message of the same kind, which then counts. thing: a to-do; it counts until handled, and
    `rank` orders what is heard about it. once: told to this address only once, whichever event says it first.
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
    """Something that waits no longer."""

    kind: str
    thing: UUID
    rank: int


@dataclass(frozen=True)
class Notifications:
    """All that follows from one event."""

    notes: tuple[Notification, ...] = ()
    handled: tuple[Handled, ...] = ()
