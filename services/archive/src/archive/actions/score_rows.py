"""What the scores of classes are made of, read with a few statements however many students there are (BJ-10, X-15)."""

from collections.abc import Sequence
from dataclasses import replace
from decimal import Decimal
from typing import Literal
from uuid import UUID

from scheme.quotas import QuotaEntry
from servicekit.db import Tx
from servicekit.directory import Student
from servicekit.timetable import grade_of, stage_of

from archive.domain import score_sheets as sheets
from archive.domain import score_values as values
from archive.domain.material import whole_stage
from archive.domain.moving import renamed
from archive.domain.score_sheets import ShareCount, SheetRow
from archive.domain.score_values import EarlierResult, ScoreInputs
from archive.domain.terms import ArchiveTerm
from archive.store import result_corrections, terms
from archive.store import scores as store


async def rows_of(
    tx: Tx, term: ArchiveTerm, path: str, *, briefly: bool = False
) -> tuple[list[SheetRow], dict[UUID, ScoreInputs]]:
    """The students below a path whose result is formed, with their scores, and what these are made of, by student. briefly:
    without who entered what. A band that a case decided comes before what was scored (X-15)."""
    students = term.scored_students(await terms.students_of(tx, path, term.id))
    given = await _inputs(tx, term, students, briefly)
    found = await result_corrections.in_force(tx, term.id, given)
    decided = {one: renamed(term.scheme, grades) for one, grades in found.items()}
    rows = []
    for student in students:
        score = values.score_of(term, given[student.id], student.path)
        rows.append(SheetRow(student, values.corrected(term, score, decided.get(student.id, {}))))
    return rows, given


async def _inputs(tx: Tx, term: ArchiveTerm, students: Sequence[Student], briefly: bool) -> dict[UUID, ScoreInputs]:
    rule, ids = term.need_scored(), [student.id for student in students]
    types = {part.evaluation for part in rule.parts if part.evaluation}
    given = await store.given(tx, term.id, ids, types, briefly=briefly)
    if any(term.scheme.evaluation(type_).about == "classmates" for type_ in types):
        sizes = await store.class_sizes(tx, {student.path for student in students})
        given |= {s.id: replace(given[s.id], classmates=sizes.get(s.path, 1) - 1) for s in students}
    if any(part.years for part in rule.parts):
        earlier = await earlier_results(tx, term, students)
        given |= {one: replace(given[one], earlier=earlier.get(one, ())) for one in ids}
    quotas = values.quotas_counted(rule)
    if quotas:
        kinds = {kind for quota in term.scheme.quotas if quota.id in quotas for kind in quota.kinds}
        records: dict[UUID, list[QuotaEntry]] = {}
        for of_stage in _by_stage(students):
            span = whole_stage(term, {student.path for student in of_stage})
            records |= await store.recorded(tx, [student.id for student in of_stage], kinds, span)
        given |= {one: replace(given[one], records=values.known_records(term, records.get(one, ()))) for one in ids}
    return given


def _by_stage(students: Sequence[Student]) -> list[list[Student]]:
    """Students of one stage each: a school may have several."""
    found: dict[str | None, list[Student]] = {}
    for student in students:
        found.setdefault(stage_of(student.path), []).append(student)
    return list(found.values())


async def earlier_results(tx: Tx, term: ArchiveTerm, students: Sequence[Student]) -> dict[UUID, list[EarlierResult]]:
    """The locked results of earlier terms of the stage, by student."""
    found: dict[UUID, list[EarlierResult]] = {}
    stages = {student.id: term.schooling_of(student.path) for student in students}
    span = whole_stage(term, {student.path for student in students})
    for student_id, path, school_year, dimensions in await store.earlier(tx, list(stages), span):
        schooling = term.schooling_of(path)
        grade = grade_of(schooling, path, school_year) if schooling.stage == stages[student_id].stage else None
        if grade is not None:
            found.setdefault(student_id, []).extend(
                EarlierResult(grade, school_year, dimension, Decimal(held["score"]), held["band"])
                for dimension, held in dimensions.items()
            )
    return found


async def shares_of(
    tx: Tx, term: ArchiveTerm, path: str, rows: list[SheetRow], known: dict[str, list[SheetRow]]
) -> list[ShareCount]:
    """How the shares stand that concern this class: of itself, of its grade and of its school (X-15). known: by path, the rows
    of grades and the school that were read already; those read here are added."""
    found = []
    scopes: dict[Literal["class", "grade", "school"], str] = {
        "class": path, "grade": path.rpartition(".")[0], "school": term.path,
    }  # fmt: skip
    for of, scope in scopes.items():
        if any(share.of == of for share in term.need_scored().shares):
            if scope != path and scope not in known:
                known[scope], _ = await rows_of(tx, term, scope, briefly=True)
            found += sheets.share_counts(term, of, [row.score for row in known.get(scope, rows)])
    return found
