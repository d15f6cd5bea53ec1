"""The sets of results that a student has: one a term, by stage, also of stages at other schools (BJ-03, BJ-12). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import ancestor
from scheme import STAGE_TITLES, ScoredResult, VerdictResult
from scheme.stages import term_title
from servicekit.directory import Student
from servicekit.timetable import entry_year_of

from archive.domain.terms import ArchiveTerm


@dataclass(frozen=True)
class TermResult:
    """What a student has of one term: its archive, its result, or both. path: the class then; result: as families read it."""

    term: ArchiveTerm
    path: str
    school_title: str = ""
    archive_id: UUID | None = None
    result: str | None = None


@dataclass(frozen=True)
class TermSet:
    """One term of a stage. Neither archive nor result: the set is missing."""

    title: str
    school_year: str
    number: int
    archive_id: UUID | None = None
    result: str | None = None

    @property
    def missing(self) -> bool:
        """Whether there is nothing of this term yet."""
        return self.archive_id is None and self.result is None


@dataclass(frozen=True)
class StageSets:
    """A stage of a student. scheme: the version of the newest term there; current: the student is in this stage now."""

    stage: str
    title: str
    schools: tuple[str, ...]
    scheme: str
    current: bool
    terms: tuple[TermSet, ...]
    career_id: UUID | None = None


def result_of(term: ArchiveTerm, total: str | None, band: str | None, choice: str | None) -> str | None:
    """The result of a term in the words of its scheme: the band, else the score; or the verdict. None: there is none."""
    rule = term.scheme.result
    if isinstance(rule, ScoredResult):
        known = rule.band_by_id(band) if band else None
        return known.title if known is not None else total
    if isinstance(rule, VerdictResult):
        return next((one.title for one in rule.choices if one.id == choice), None)
    return None


def stages_of(
    student: Student, current: ArchiveTerm | None, held: Sequence[TermResult], careers: Sequence[tuple[UUID, str, str]] = ()
) -> list[StageSets]:
    """The stages of a student, the first one first, each with all of its terms: the student's, and those that are missing.

    current: a term of the school where the student is now; careers: the sealed handbooks with their stage (empty: not known)
    and class. Earlier terms count under the scheme version and the length of their own school.
    """
    by_stage: dict[str, list[TermResult]] = {}
    for one in sorted(held, key=lambda one: one.term.starts_on):
        by_stage.setdefault(one.term.schooling_of(one.path).stage, []).append(one)
    if current is not None:
        by_stage.setdefault(current.schooling_of(student.path).stage, [])
    return [_stage(student, current, stage, found, careers) for stage, found in by_stage.items()]


def _stage(
    student: Student,
    current: ArchiveTerm | None,
    stage: str,
    held: Sequence[TermResult],
    careers: Sequence[tuple[UUID, str, str]],
) -> StageSets:
    here = current is not None and current.schooling_of(student.path).stage == stage
    term, path = (current, student.path) if here and current is not None else (held[-1].term, held[-1].path)
    entered = entry_year_of(path)
    known = {(one.term.school_year, one.term.number): one for one in held}
    schooling = term.schooling_of(path)
    planned = schooling.all_terms(entered) if entered is not None else []
    terms = [
        TermSet(term_title(year, number), year, number, one.archive_id if one else None, one.result if one else None)
        for year, number in sorted({*planned, *known})
        for one in [known.get((year, number))]
    ]
    schools = {ancestor(one.path, "school"): one.school_title for one in held}
    if here:
        schools[ancestor(student.path, "school")] = student.school_title
    career = next((id for id, of, at in careers if of == stage or (not of and ancestor(at, "school") in schools)), None)
    return StageSets(
        stage=stage,
        title=f"{STAGE_TITLES[schooling.stage]}（{schooling.years}年，共{schooling.terms}个学期）",
        schools=tuple(title for title in schools.values() if title),
        scheme=f"{term.scheme.title}（{term.scheme.version}）",
        current=here,
        terms=tuple(terms),
        career_id=career,
    )
