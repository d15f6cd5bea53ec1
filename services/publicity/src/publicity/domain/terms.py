"""The publicity windows of a term: when the board opens and closes, for all or for a grade (JX-07, SH-09)."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property

from scheme import Allowed, Kind
from scheme.operations import edge_at
from scheme.parts import BoardStep
from scheme.publicity_steps import StepTime, divided
from servicekit import directory

_STAGE_YEARS = 6
"""The longest stage, in years."""


@dataclass(frozen=True)
class Term(directory.Term):
    """A term with the times of its publicity."""

    @cached_property
    def opens_at(self) -> datetime | None:
        """When publicity begins; None where the scheme or the timetable has none."""
        return self._edge("starts", None)

    @cached_property
    def closes_at(self) -> datetime | None:
        """When the last publicity window ends."""
        return self._edge("ends", None)

    @cached_property
    def closings(self) -> tuple[datetime, ...]:
        """The times at which publicity ends for some grade or for all; the last is `closes_at` (SH-09)."""
        grades = {grade for window in self.timetable for grade in window.grades}
        ends = {self._edge("ends", grade) for grade in grades} | {self.closes_at}
        return tuple(sorted(at for at in ends if at is not None))

    def opens_for(self, path: str) -> datetime | None:
        """When publicity begins for this class."""
        return self._edge("starts", self.grade(path))

    def over(self, now: datetime, path: str) -> bool:
        """Whether publicity has ended for this class: with its grade's own window, else with the term's."""
        closes = self._edge("ends", self.grade(path)) or self.closes_at
        return closes is not None and closes <= now

    def edge(self, edge: str, path: str) -> datetime | None:
        """When an edge such as `publicity.ends` is for this class: of its grade's own windows, else of the term's."""
        return edge_at(self.timetable, edge, self.grade(path)) or edge_at(self.timetable, edge)

    def told_at(self, case_type: str, path: str, now: datetime) -> datetime | None:
        """When a decision in a case of this type is told, if not at once (CS-11)."""
        edge = self.scheme.cases.type(case_type).told_after
        at = self.edge(edge, path) if edge is not None else None
        return at if at is not None and at > now else None

    def published(self, now: datetime, path: str | None = None) -> bool:
        """Whether entries of this class (None: of any without a grade's own window) are published now."""
        operation, grade = self.scheme.timing.publicity_operation, self.grade(path or self.path)
        return operation is not None and any(
            window.concerns(operation, grade=grade) and window.starts <= now < window.ends for window in self.timetable
        )

    def steps(self, path: str) -> tuple[StepTime[BoardStep], ...]:
        """When the steps of publicity are for this class; none where the scheme has none, or publicity has no time."""
        found, grade = self.scheme.board.steps, self.grade(path)
        starts, ends = self._edge("starts", grade) or self.opens_at, self._edge("ends", grade) or self.closes_at
        if not found or starts is None or ends is None:
            return ()
        return divided(found, starts, ends, self.scheme.calendar, self.zone)

    def step_at(self, path: str, now: datetime) -> StepTime[BoardStep] | None:
        """The step that is under way for this class; None: none is."""
        return next((one for one in self.steps(path) if one.starts <= now < one.ends), None)

    def tracks(self, path: str) -> list[tuple[int | None, tuple[StepTime[BoardStep], ...]]]:
        """The steps of publicity as they concern this organisation: of its grade, or of each grade where they differ."""
        grade, own = self.grade(path), {one: self.steps(one) for one in self._grades if self.grade(one) is not None}
        if grade is not None or len({steps for steps in own.values() if steps}) < 2:
            steps = self.steps(path)
            return [(None, steps)] if steps else []
        return [(self.grade(one), steps) for one, steps in sorted(own.items(), reverse=True) if steps]

    def awaits_final(self, path: str) -> bool:
        """Is only material publicised in this term that the class's students submitted finally (CS-01)?"""
        return self.scheme.final is not None and bool(self.last_term(path))

    @cached_property
    def final_grades(self) -> tuple[str, ...]:
        """The paths of the grades of which that is true."""
        return tuple(path for path in self._grades if self.awaits_final(path))

    @cached_property
    def _grades(self) -> tuple[str, ...]:
        year = int(self.school_year[:4])
        return tuple(f"{self.path}.g{cohort}" for cohort in range(year - _STAGE_YEARS, year + 1))

    def board_ends(self, roles: Collection[str], path: str, now: datetime) -> datetime | None:
        """Until when these roles may look at the board; None: it is closed, or nothing closes it."""
        operation = self.scheme.board.operation or self.scheme.timing.publicity_operation
        answer = self.ask(operation, roles, now, path) if operation else None
        return answer.until if isinstance(answer, Allowed) else None

    def report_kinds(self, path: str) -> tuple[Kind, ...]:
        """The kinds that a student of this class has in the report that is published as a whole (SH-08); none: no reports."""
        return tuple(
            kind
            for kind in self.scheme.kinds
            if kind.publicity.unit == "report" and kind.publicity.trigger != "none" and kind.fits_grade(self.grade(path))
        )

    def window_ends(self, operation: str, path: str) -> datetime | None:
        """When the last window of this operation ends for this class (SH-09)."""
        return edge_at(self.timetable, f"{operation}.ends", self.grade(path))

    def shown_grades(self, now: datetime) -> tuple[str, ...] | None:
        """The paths of the grades whose publicity is open; None: no window names a grade, so all are alike."""
        operation = self.scheme.timing.publicity_operation
        if not any(window.grades for window in self.timetable if window.operation == operation):
            return None
        return tuple(path for path in self._grades if self.grade(path) is not None and self.published(now, path))

    def _edge(self, which: str, grade: int | None) -> datetime | None:
        operation = self.scheme.timing.publicity_operation
        return None if operation is None else edge_at(self.timetable, f"{operation}.{which}", grade)
