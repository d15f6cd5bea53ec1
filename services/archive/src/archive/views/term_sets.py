"""The responses about sets of results (BJ-03, BJ-12)."""

from typing import Self
from uuid import UUID

from servicekit.directory import Student

from archive.domain.term_sets import StageSets
from archive.views.base import View


class TermSetView(View):
    """One term: its sealed archive and its result in the words of the scheme; neither: the set is missing."""

    title: str
    school_year: str
    number: int
    archive_id: UUID | None
    result: str | None
    missing: bool


class StageSetsView(View):
    """A stage with all of its terms; `career_id`: the sealed handbook of it."""

    stage: str
    title: str
    schools: list[str]
    scheme: str
    current: bool
    terms: list[TermSetView]
    career_id: UUID | None


class StudentSetsView(View):
    """A student with the stages, the first one first."""

    student_id: UUID
    name: str
    class_title: str
    stages: list[StageSetsView]

    @classmethod
    def of(cls, student: Student, stages: list[StageSets]) -> Self:
        """From the use case's result."""
        return cls(
            student_id=student.id,
            name=student.name,
            class_title=student.grade_title + student.class_title,
            stages=[StageSetsView.model_validate(stage) for stage in stages],
        )
