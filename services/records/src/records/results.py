"""Results of use cases that are not domain values."""

from dataclasses import dataclass, field

from scheme import Scheme
from servicekit import home as kit

from records.domain.home import Tile
from records.domain.progress import Overview
from records.domain.record import Record
from records.domain.term import Term


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


@dataclass(frozen=True)
class Found:
    """A page of records, and how many there are by state and by kind."""

    lines: list[tuple[Term, Record, str | None]]
    states: dict[str, int]
    kinds: dict[str, int]
