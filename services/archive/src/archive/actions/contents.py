"""The contents of archives from the rows of students. Used by the steps of a seal, and by a request for a correction."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students
from servicekit.timetable import grade_of

from archive.deps import ArchiveDeps
from archive.domain.compose import career_content, region_name, term_content
from archive.domain.confirmations import Confirmation
from archive.domain.content import CareerContent, Replaced, TermContent, new_code
from archive.domain.material import Collected, Material, SealContext, means, span_of, without_terms, without_unarchived
from archive.domain.repeated_years import AttendedTerm, terms_not_counting
from archive.domain.seals import Archive, Seal, as_sealed
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import Verdict
from archive.store import careers, material, seals, terms


@dataclass(frozen=True)
class ClassContents:
    """Contents in the order of their archives, and the ids of the records in each archive."""

    contents: list[TermContent | CareerContent]
    record_ids: dict[UUID, list[UUID]]


async def contents_of(
    deps: ArchiveDeps, tx: Tx, seal: Seal, planned: Sequence[Archive], path: str, replaces: Replaced | None
) -> ClassContents:
    """The contents of archives of one class under one seal. `replaces`: for the one archive of a correction."""
    known = await find_students(tx, [a.student_id for a in planned])
    students = {a.student_id: as_sealed(known[a.student_id], a) for a in planned}
    term = await terms.term(tx, deps.directory, seal.term_id) if seal.term_id else None
    region, url = region_name(await terms.titles_above(tx, path)), f"{deps.settings.public_base}/verify/"
    context = SealContext(seal.made_at, region, url, replaces=replaces)
    if seal.kind == "career":
        only = planned[0]
        return ClassContents([await _career(deps, tx, seal, only, students[only.student_id], context)], {})
    assert term is not None
    materials = await material.material(tx, students.values(), span_of(term, [path]))
    own = [without_unarchived(term.scheme, materials[a.student_id]) for a in planned]
    if not term.backfill:
        classmates = await _class(tx, term, path) if replaces else own
        context = replace(context, means=means(term.scheme, [m.records for m in classmates]))
    contents: list[TermContent | CareerContent] = [term_content(term, m, a, context) for a, m in zip(planned, own, strict=True)]
    record_ids = {a.id: [r.snapshot.record_id for r in m.records] for a, m in zip(planned, own, strict=True)}
    return ClassContents(contents, record_ids)


async def report_of(
    deps: ArchiveDeps, tx: Tx, term: ArchiveTerm, student: Student, verdict: Verdict | None, slip: Confirmation | None
) -> TermContent:
    """The content of a student's term as it would be sealed now; its code and number lead nowhere."""
    [own] = (await material.material(tx, [student], span_of(term, [student.path]))).values()
    own = replace(without_unarchived(term.scheme, own), verdict=verdict, confirmation=slip)
    draft = _draft(term, student)
    context = SealContext(deps.now(), region_name(await terms.titles_above(tx, student.path)), "")
    return term_content(term, own, draft, context)


async def tables_of(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm, path: str) -> list[TermContent]:
    """The term tables of a class as they would be sealed now, in order; their codes and numbers lead nowhere."""
    students = term.archived(await terms.students_of(tx, path, term.id))
    materials = await material.material(tx, students, span_of(term, {one.path for one in students}))
    own = [without_unarchived(term.scheme, materials[student.id]) for student in students]
    region = region_name(await terms.titles_above(tx, path))
    context = SealContext(deps.now(), region, "", means=means(term.scheme, [m.records for m in own]))
    return [term_content(term, mine, _draft(term, student), context) for student, mine in zip(students, own, strict=True)]


def _draft(term: ArchiveTerm, student: Student) -> Archive:
    nowhere = UUID(int=0)
    return Archive(
        nowhere, nowhere, "term", term.id, student.id, student.name, student.path, 0, 1, new_code(), "", student.school_title,
        term.title, grade_title=student.grade_title, class_title=student.class_title,
    )  # fmt: skip


async def _class(tx: Tx, term: ArchiveTerm, path: str) -> list[Material]:
    """The material of a whole class in a sealed term, for the means of a corrected archive."""
    ids = await seals.classmates(tx, term.id, path)
    students = await find_students(tx, ids)
    materials = await material.material(tx, students.values(), span_of(term, {one.path for one in students.values()}))
    return [without_unarchived(term.scheme, each) for each in materials.values()]


async def terms_in(deps: ArchiveDeps, tx: Tx, student_id: UUID, stage: str) -> list[UUID]:
    """The terms of a stage of which there is anything about the student (BJ-03)."""
    known = await terms.terms_by_id(tx, deps.directory, await careers.terms_of(tx, student_id))
    paths = {one.term_id: one.path for one in await careers.held(tx, student_id)}
    student = await find_student(tx, student_id)
    present = student.path if student is not None else ""
    return [term.id for term in known if term.schooling_of(paths.get(term.id, present)).stage == stage]


async def sealed_in(deps: ArchiveDeps, tx: Tx, student_id: UUID, stage: str | None) -> list[ArchiveTerm]:
    """The sealed terms of a stage in which the student has an archive, oldest first. stage empty: the career archive is of an
    older release, and of the stage of the last term."""
    paths = {one.term_id: one.path for one in await careers.held(tx, student_id)}
    known = await terms.terms_by_id(tx, deps.directory, list(paths))
    wanted = stage or (known[-1].schooling_of(paths[known[-1].id]).stage if known else "")
    return [term for term in known if term.schooling_of(paths[term.id]).stage == wanted]


async def _career(
    deps: ArchiveDeps, tx: Tx, seal: Seal, archive: Archive, student: Student, context: SealContext
) -> CareerContent:
    all_terms = await sealed_in(deps, tx, archive.student_id, seal.stage)
    last = next((t for t in reversed(all_terms) if t.backfill is None), all_terms[-1])
    stage = seal.stage or last.schooling_of(student.path).stage
    of_stage = await terms_in(deps, tx, archive.student_id, stage)
    mine = (await material.material(tx, [student], None, of_stage))[student.id]
    picked = set((await careers.get(tx, archive.student_id, stage)).record_ids)
    records = tuple(r for r in mine.records if r.archived and _belongs(last, r, picked))
    dropped = await _terms_not_counting(tx, archive.student_id, last, all_terms)
    counting = without_terms(mine, dropped, {term.title for term in all_terms if term.id in dropped})
    return career_content(last, all_terms, replace(counting, records=records), archive, context)


async def _terms_not_counting(tx: Tx, student_id: UUID, last: ArchiveTerm, sealed: Sequence[ArchiveTerm]) -> frozenset[UUID]:
    """The terms of the time that does not count of a year that the student repeated (BJ-04)."""
    classes = {held.term_id: held.path for held in await careers.held(tx, student_id)}
    attended = [
        AttendedTerm(term.id, grade_of(term.schooling, classes[term.id], term.school_year), term.school_year)
        for term in sealed
        if term.id in classes
    ]
    return terms_not_counting(last.scheme.enrolment.repeated_year, attended)


def _belongs(term: ArchiveTerm, record: Collected, picked: set[UUID]) -> bool:
    """Whether it is selected, or not for selection (misconduct), or all are taken as nobody selects (BJ-09)."""
    career = term.scheme.archives.career
    if career is None or career.picked_by is None or record.snapshot.record_id in picked:
        return True
    return any(record.snapshot.kind in s.kinds for s in career.sections if s.source != "records" or s.kinds)
