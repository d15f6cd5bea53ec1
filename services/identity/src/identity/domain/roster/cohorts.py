"""The classes of a school by stage, and whether a row fits one: its stage, and its student's age at entry (L-06, BJ-03)."""

from dataclasses import dataclass

from contracts.base import RowProblem
from servicekit.timetable import entry_year_of, stage_of

from identity.domain.roster.classes import Classes
from identity.domain.roster.known import Known, KnownClasses
from identity.domain.roster.rows import STUDENTS, StudentRow
from identity.domain.roster.steps import Plan
from identity.domain.students import Student


@dataclass(frozen=True)
class Unusual:
    """An age that is possible; the row is applied with a warning."""

    warning: RowProblem


class Cohorts:
    """The classes of each stage while a roster is read. The school's first stage is None, as in paths and rows."""

    def __init__(self, known: Known) -> None:
        self._known = known
        self._classes: dict[str | None, Classes] = {None: _opened(known, None, KnownClasses(known.grades, known.classes))}
        self._classes |= {stage: _opened(known, stage, found) for stage, found in known.more.items()}

    def classes(self, stage: str | None) -> Classes:
        """The classes of a stage."""
        if stage not in self._classes:
            self._classes[stage] = Classes(self._known.school, stage=stage)
        return self._classes[stage]

    def finish(self, made: Plan) -> None:
        """Add new classes and their order to the plan."""
        for classes in self._classes.values():
            made.added += classes.added
            made.positions |= classes.positions
            made.organisations |= classes.by_path()

    def unknown_stage(self, row: int, stage: str | None, sheet: str) -> RowProblem | None:
        """Does the row name a stage that the school does not have?"""
        if stage is None or any(one.stage == stage for one in self._known.stages):
            return None
        message = "本校没有这一学段，请核对年级"
        return RowProblem(row=row, sheet=sheet, field="entry_year", code="stage_unknown", message=message)

    def age(self, row: StudentRow, before: Student | None) -> RowProblem | Unusual | None:
        """Is the student's age when entering the stage possible, and usual? Only where the row says something about it.

        The ages follow from the grade in which the stage begins at this school: in 5+4 years junior school begins earlier.
        """
        stage = self._known.schooling(row.stage)
        year, born = row.entry_year, row.born or (before.born if before else None)
        if stage is None or year is None or born is None:
            return None
        if before is not None and before.born == born and cohort_of(before.path) == (year, row.stage):
            return None
        age = year - born.year
        text = f"{born.year}年出生、{year}年进入本学段时 {age} 岁，请核对出生日期和入学年份（级是入学年份，届是毕业年份）"
        found = RowProblem(row=row.row, sheet=STUDENTS, field="entry_year", code="age_unlikely", message=text)
        if age not in stage.possible_ages:
            return found
        return None if age in stage.usual_ages else Unusual(found)


def cohort_of(path: str) -> tuple[int, str | None] | None:
    """Year of entry and stage of a class: 2025 of a path below `g2025`, in the school's first stage."""
    year = entry_year_of(path)
    return None if year is None else (year, stage_of(path))


def _opened(known: Known, stage: str | None, found: KnownClasses) -> Classes:
    classes = {year: list(those) for year, those in found.classes.items()}
    return Classes(known.school, dict(found.grades), classes, stage=stage)
