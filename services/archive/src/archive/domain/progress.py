"""How far the organisations of a scope are with evaluations and archives. Pure."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import ceil
from uuid import UUID

from contracts.base import within
from servicekit.school_terms import SchoolTerms

from archive.domain.terms import ArchiveTerm

_LEAST_SECONDS = 1


@dataclass(frozen=True)
class SchoolSeal:
    """How far the archives of a school's term are. `archives`: how many are or will be made; `ready`: how many are."""

    term_id: UUID
    path: str
    state: str
    archives: int | None
    ready: int | None
    made_at: datetime | None
    sealed_at: datetime | None


@dataclass(frozen=True)
class ClassSize:
    """A class and how many students it has."""

    path: str
    grade_title: str
    class_title: str
    students: int


@dataclass(frozen=True)
class WrittenCount:
    """How many students of a class have an evaluation of a type."""

    path: str
    type: str
    written: int


@dataclass(frozen=True)
class RecordCount:
    """How many records of a kind a student has in a term."""

    term_id: UUID
    term_title: str
    scheme_id: str
    scheme_version: str
    kind: str
    count: int


@dataclass(frozen=True)
class EvaluationProgress:
    """An evaluation of the scheme: written for so many students, of how many."""

    type: str
    title: str
    written: int
    expected: int


@dataclass(frozen=True)
class Progress:
    """How far the organisations directly below `path` are. `terms`: those of the schools whose classes are counted.
    `below`: of a city or province, instead of `schools`, the term at those of each organisation directly below, with the items
    `sealed` (schools) and `archives` (of sealed schools)."""

    path: str
    schools: Sequence[SchoolSeal]
    terms: Mapping[UUID, ArchiveTerm]
    classes: Sequence[ClassSize]
    written: Sequence[WrittenCount]
    below: Sequence[SchoolTerms] | None = None

    @property
    def depth(self) -> int:
        """How many labels the paths of the organisations directly below have."""
        return len(self.path.split(".")) + 1

    def children(self) -> list[str]:
        """The paths of the organisations directly below, in order."""
        if self.below is not None:
            return sorted(term.path for term in self.below)
        paths = [*(school.path for school in self.schools), *(unit.path for unit in self.classes)]
        cut = {".".join(path.split(".")[: self.depth]) for path in paths if within(path, self.path)}
        classes = [unit.path for unit in self.classes if unit.path in cut]  # these have their school's order (L-07)
        return classes or sorted(path for path in cut if len(path.split(".")) == self.depth)

    def title(self, path: str) -> str | None:
        """The title of a grade or class; None: not known here."""
        for unit in self.classes:
            if unit.path == path:
                return unit.class_title
            if unit.path.rpartition(".")[0] == path:
                return unit.grade_title
        return None

    def evaluations(self, path: str) -> list[EvaluationProgress]:
        """Every evaluation that students below a path have this term (JX-12), in the scheme's order; then the verdict."""
        written, expected, titles = Counter[str](), Counter[str](), dict[str, str]()
        counts = {(row.path, row.type): row.written for row in self.written}
        for unit in self.classes:
            term = self._term_of(unit.path)
            if term is None or not within(unit.path, path):
                continue
            for name, title in term.expected(unit.path):
                titles[name] = title
                expected[name] += unit.students
                written[name] += min(unit.students, counts.get((unit.path, name), 0))
        return [EvaluationProgress(name, title, written[name], expected[name]) for name, title in titles.items()]

    def students(self, path: str) -> int:
        """How many students are below a path."""
        return sum(unit.students for unit in self.classes if within(unit.path, path))

    def schools_of(self, path: str) -> list[SchoolSeal]:
        """The schools below a path, or the school that it lies in."""
        return [school for school in self.schools if within(school.path, path) or within(path, school.path)]

    def numbers(self, path: str) -> tuple[int, int, int]:
        """How many schools there are below a path, how many are sealed, and how many archives are ready."""
        if self.below is not None:
            terms = [term for term in self.below if within(term.path, path)]
            return (
                sum(term.schools for term in terms),
                sum(term.items.get("sealed", 0) for term in terms),
                sum(term.items.get("archives", 0) for term in terms),
            )
        schools = self.schools_of(path)
        ready = sum(school.ready or 0 for school in schools if within(school.path, path))
        return len(schools), sum(school.state == "sealed" for school in schools), ready

    def _term_of(self, path: str) -> ArchiveTerm | None:
        return next((term for term in self.terms.values() if within(path, term.path)), None)


def seconds_left(ready: int, archives: int, begun_at: datetime, now: datetime) -> int | None:
    """How long the rest takes if it goes on as fast as so far, rounded up; None: nothing is ready yet."""
    if ready >= archives:
        return 0
    seconds = (now - begun_at).total_seconds()
    return max(_LEAST_SECONDS, ceil(seconds / ready * (archives - ready))) if ready and seconds > 0 else None


def by_dimension(term: ArchiveTerm, counts: Iterable[RecordCount]) -> list[tuple[str, int]]:
    """The number of records that the chart counts for each axis, by the dimension's id; those with weight 0 do not count."""
    rows = list(counts)
    found = []
    for axis in term.scheme.archives.radar.axes:
        kinds = {kind.id for kind in term.scheme.dimension(axis.dimension).kinds if axis.weights.get(kind.id, 1) != 0}
        found.append((axis.dimension, sum(row.count for row in rows if row.kind in kinds)))
    return found
