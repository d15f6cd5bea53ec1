"""The responses of home screens and of the progress of classes and schools."""

from datetime import date, datetime
from typing import Self
from uuid import UUID

from pydantic import BaseModel
from servicekit.auth import Actor
from servicekit.home import Home
from servicekit.mapping import from_attributes

from records.domain import home, progress
from records.domain.progress import Overview, StudentProgress
from records.results import HomeScreen
from records.views.records import RecordLine


class HomeTerm(BaseModel):
    """A term of the card's school that is under way. `today` and times of windows are in `time_zone`. `terms_per_year`: how
    many the school has."""

    id: UUID
    title: str
    school_year: str
    number: int
    starts_on: date
    ends_on: date
    time_zone: str
    scheme_id: str
    scheme_version: str
    terms_per_year: int


class HomeTile(BaseModel):
    """One dimension in numbers, as `TileView`. `reportable`: the card may report something there; else the school fills it."""

    dimension: str
    title: str
    core: bool
    confirmed: int
    reported: int
    last_reported_at: datetime | None
    reportable: bool


class NamedCount(BaseModel):
    """A dimension or kind, and how many students have a record there."""

    id: str
    title: str
    students: int


class ProgressNumbers(BaseModel):
    """Students with a record in every core dimension, in some, in none; records that wait, wait for more than a week, were
    returned, are confirmed."""

    path: str
    title: str
    level: str
    students: int
    complete: int
    partial: int
    nothing: int
    waiting: int
    waiting_long: int
    returned: int
    confirmed: int


class StudentLine(BaseModel):
    """A student of a class. `lacking`: titles of core dimensions, and of kinds of the school, in which there is nothing yet."""

    student_id: UUID
    name: str
    complete: bool
    dimensions: list[str]
    drafts: int
    waiting: int
    returned: int
    confirmed: int
    lacking: list[str]
    last_submitted_at: datetime | None


class TrendView(BaseModel):
    """A Monday of the term, or today."""

    day: date
    students: int
    complete: int


class ProgressView(BaseModel):
    """How far an organisation is in a term, counted at `counted_at`. `dimensions`: those in which every student is to have a
    record. A class has `students`, all others have `children`, those that lag behind first."""

    path: str
    title: str
    level: str
    school_year: str
    number: int
    scheme_id: str
    scheme_version: str
    counted_at: datetime
    total: ProgressNumbers
    dimensions: list[NamedCount]
    children: list[ProgressNumbers]
    students: list[StudentLine]
    trend: list[TrendView]

    @classmethod
    def of(cls, found: Overview, *, students: bool = True) -> Self:
        """The progress of an organisation; `students` false: without the students of a class."""
        scheme, have = found.scheme, found.total.dimensions
        core = [scheme.dimension(name) for name in progress.core_dimensions(scheme)]
        return from_attributes(
            cls,
            found,
            scheme_id=scheme.id,
            scheme_version=scheme.version,
            total=from_attributes(ProgressNumbers, found.total, title=found.title, level=found.level),
            dimensions=[NamedCount(id=one.id, title=one.title, students=have.get(one.id, 0)) for one in core]
            if found.total.students
            else [],
            children=[
                from_attributes(ProgressNumbers, numbers, title=child.title, level=child.level)
                for child, numbers in found.children
            ],
            students=[_student_line(found, one) for one in found.students] if students else [],
            trend=[from_attributes(TrendView, point) for point in found.trend],
        )


def _student_line(found: Overview, one: StudentProgress) -> StudentLine:
    scheme = found.scheme
    dimensions, kinds = progress.lacking(one, scheme, found.grade)
    titles = [scheme.dimension(name).title for name in dimensions] + [scheme.kind(name).title for name in kinds]
    return from_attributes(
        StudentLine, one, student_id=one.id, complete=not dimensions, dimensions=sorted(one.dimensions), lacking=titles
    )


class RecordsHome(Home):
    """The home screen. `terms`: those under way at the card's school, the present one first; the scheme is the present term's,
    or above schools the one in force there. `tiles` and `recent` are a student's or child's, `progress` is of staff cards."""

    terms: list[HomeTerm]
    scheme_id: str | None
    scheme_version: str | None
    tiles: list[HomeTile]
    recent: list[RecordLine]
    progress: ProgressView | None

    @classmethod
    def of(cls, screen: HomeScreen, actor: Actor) -> Self:
        """The home screen of a card."""
        scheme, present = screen.scheme, screen.terms[0] if screen.terms else None
        tiles = []
        if screen.tiles is not None and present is not None:
            grade = present.grade(actor.path)
            tiles = [
                from_attributes(
                    HomeTile, screen.tiles.get(one.id, home.Tile()), dimension=one.id, title=one.title, core=one.core,
                    reportable=home.reportable(present.scheme, one.id, actor.roles, grade),
                )
                for one in present.scheme.dimensions
            ]  # fmt: skip
        return cls(
            now=screen.now, next=screen.next, todo=screen.todo, counters=screen.counters,
            terms=[
                from_attributes(
                    HomeTerm, term, time_zone=term.zone.key, scheme_id=term.scheme.id, scheme_version=term.scheme.version,
                    terms_per_year=term.schooling.terms_per_year,
                )
                for term in screen.terms
            ],
            scheme_id=scheme.id if scheme else None, scheme_version=scheme.version if scheme else None, tiles=tiles,
            recent=[RecordLine.in_list(*it, reader=actor) for it in screen.recent],
            progress=ProgressView.of(screen.progress, students=False) if screen.progress else None,
        )  # fmt: skip
