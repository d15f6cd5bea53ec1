"""Results of use cases that are not domain values."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from scheme import Catalog, Scheme, Switch
from servicekit import home as kit
from servicekit.auth import Actor
from servicekit.directory import Student

from records.domain.final import Final
from records.domain.home import Tile
from records.domain.progress import Overview
from records.domain.quotas import WritableKind
from records.domain.record import Record
from records.domain.switches import SwitchState
from records.domain.term import Term
from records.store.participation import OptOut


@dataclass
class HomeScreen:
    """What a home screen shows. `scheme` None: nobody has named one for the card's organisation."""

    terms: list[Term]
    scheme: Scheme | None
    now: list[kit.HomeWindow]
    next: list[kit.HomeWindow]
    todo: list[kit.Todo] = field(default_factory=list)
    counters: list[kit.Counter] = field(default_factory=list)
    tiles: dict[str, Tile] | None = None
    recent: list[tuple[Term, Record, str | None]] = field(default_factory=list)
    progress: Overview | None = None


@dataclass(frozen=True, slots=True)
class ShownSwitch:
    """A switch of a term, who set it last, and whether this card may set it now and until when."""

    switch: Switch
    state: SwitchState
    may_set: bool
    until: datetime | None
    changed_at: datetime | None = None
    changed_by: str | None = None


@dataclass(frozen=True, slots=True)
class ShownOptOut:
    """A student who does not take part, why, and whether this card may put them back now."""

    opt_out: OptOut
    reason: str
    may_put_back: bool


@dataclass(frozen=True, slots=True)
class ShownCatalog:
    """A list, and whether this card keeps that of its organisation."""

    catalog: Catalog
    keeps: bool


@dataclass(frozen=True)
class Writable:
    """What a card may enter for a student; nothing if the student does not take part. `offered`: by list, its items.
    `locked_at`: since when the results of the class are locked, where that ends some of it (BJ-07)."""

    term: Term
    student: Student
    kinds: list[WritableKind]
    offered: dict[str, set[str]]
    participates: bool
    locked_at: datetime | None = None


@dataclass(frozen=True)
class Found:
    """A page of records, and how many there are by state and by kind."""

    lines: list[tuple[Term, Record, str | None]]
    states: dict[str, int]
    kinds: dict[str, int]


@dataclass(frozen=True)
class FinalChoice:
    """A family's final submission, the records that may be chosen, newest first, and the terms of those records."""

    term: Term
    final: Final
    known: list[Record]
    terms: dict[UUID, Term]
    actor: Actor
    now: datetime
