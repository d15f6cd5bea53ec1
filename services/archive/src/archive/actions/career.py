"""The career archive of a stage: what may be selected, the selection, and sealing it (BJ-03, JX-13)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from contracts.base import ancestor
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student
from servicekit.refusals import Refusal

from archive.actions.contents import terms_in
from archive.actions.sealing import WRITE, glyphs_missing, new_seal, planned_archive
from archive.deps import ArchiveDeps
from archive.domain import career as rules
from archive.domain.career import CareerDetail, StudentStage
from archive.domain.found import need_found
from archive.domain.printing import need_printable, unprintable
from archive.domain.seals import document_no, student_number
from archive.domain.states import move, need_collecting
from archive.store import audit, careers, material, seals, terms
from archive.store.archives import former_names


async def stages_of(deps: ArchiveDeps, tx: Tx, student: Student) -> list[StudentStage]:
    """The stages of a student, the first one first (BJ-03)."""
    held = await careers.held(tx, student.id)
    known = await terms.terms_by_id(tx, deps.directory, [one.term_id for one in held])
    at_school = await terms.terms_at(tx, deps.directory, student.path)
    return rules.stages_of(student, at_school, held, {term.id: term for term in known})


async def _detail(deps: ArchiveDeps, tx: Tx, actor: Actor, student_id: UUID, stage: str | None, *, lock: bool) -> CareerDetail:
    """A stage of a student in the card's scope now. lock: nobody else changes its career archive."""
    student = await _at_home(tx, need_found(await find_student(tx, student_id)))
    actor.need_reading(student.path, student.id, "seal")
    stages = await stages_of(deps, tx, student)
    own = rules.chosen_stage(stages, stage)
    career = await (careers.lock if lock else careers.get)(tx, student_id, own.stage)
    records = (await material.records(tx, [student_id], None, await terms_in(deps, tx, student_id, own.stage))).get(
        student_id, []
    )
    planned = rules.stage_terms(own.term, own.student.path, own.sealed)
    return CareerDetail(own, stages, career, rules.candidates(own.term, records), planned, len(own.sealed))


async def _at_home(tx: Tx, student: Student) -> Student:
    """The student as a pupil of the home school, which files and seals the career of whoever borrows a place (BJ-04)."""
    if student.home == "":
        return student
    school, grade = ancestor(student.home, "school"), ancestor(student.home, "grade")
    return replace(
        student,
        path=student.home,
        home="",
        school_title=await terms.title_of(tx, school),
        grade_title=await terms.title_of(tx, grade),
        class_title=await terms.title_of(tx, student.home),
    )


async def read(deps: ArchiveDeps, actor: Actor, student_id: UUID, stage: str | None) -> CareerDetail:
    """What may be selected, what is selected, and the archive once it is ready. stage None: the present one."""
    async with deps.db.reading() as tx:
        found = await _detail(deps, tx, actor, student_id, stage, lock=False)
        archives = await seals.of_career(tx, student_id, found.own.stage)
    return replace(found, archive=archives[0] if archives else None)


async def select(
    deps: ArchiveDeps, actor: Actor, student_id: UUID, stage: str | None, picked: Sequence[UUID], seen: int | None
) -> CareerDetail:
    """Replace the selection, in its window and within the limit of each kind; not once sealing began (JX-13)."""
    async with deps.db.transaction() as tx:
        found = await _detail(deps, tx, actor, student_id, stage, lock=True)
        need_collecting(found.career.state, found.term.scheme.rule("archive.career"))
        rules.need_picking(found.term, actor, deps.now())
        if found.career.version > 0 and seen is None:
            raise Refusal("version_required")
        if seen is not None and seen != found.career.version:
            raise Refusal("stale_version", version=found.career.version)
        record_ids = tuple(dict.fromkeys(picked))
        rules.need_within_career_limit(found.term, found.candidates, record_ids)
        career = replace(found.career, record_ids=record_ids, version=found.career.version + 1)
        await careers.save(tx, career)
    return replace(found, career=career)


async def seal(
    deps: ArchiveDeps, actor: Actor, student_id: UUID, stage: str | None, without_missing: bool, with_unprintable: bool
) -> CareerDetail:
    """Begin to seal a stage: one archive with its own root. The student within the window, the school at any time; an earlier
    stage is sealed by the school where the student is now, in the name of the school then (BJ-03)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await _detail(deps, tx, actor, student_id, stage, lock=True)
        after = move(found.career.state, "seal", found.term.scheme.rule("archive.career"))
        if not actor.is_staff:
            rules.need_picking(found.term, actor, now)
        missing = rules.need_sealable(
            found.term, found.terms, found.terms_sealed, found.candidates, found.career.record_ids, without_missing
        )
        student, term = found.student, found.term
        need_printable(unprintable([student], await glyphs_missing(deps, [student])), with_unprintable)
        former = await former_names(tx, {student.id: student.name})
        new = new_seal(
            deps, actor, now, "career", student.path, student.name,
            student_id=student_id, stage=found.own.stage, without_missing=missing,
        )  # fmt: skip
        number = document_no(term.path, term.school_year, None, student_number(student_id))
        await seals.add(tx, new, [planned_archive(new, student, number, former)])
        career = replace(found.career, state=after)
        await careers.save(tx, career)
        await jobs.schedule(tx, now, WRITE, f"{new.id}|{student.path}")
        await audit.write(
            tx, now, actor, "career.sealed", student.path, student_id,
            stage=found.own.stage, records=len(career.record_ids),
        )  # fmt: skip
    return replace(found, career=career)
