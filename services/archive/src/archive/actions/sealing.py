"""Asking for a term's archives: is everything there, who gets one, and the first steps put on the clock (JX-13)."""

from collections.abc import Iterable
from uuid import UUID

from contracts.base import within
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain.content import new_code
from archive.domain.seals import Archive, Progress, Seal, document_no
from archive.domain.states import move
from archive.domain.terms import Readiness, Term, missing_evaluations, need_evaluations, need_settled
from archive.store import audit, evaluations, seals, terms

WRITE = "seal_write"
PLACE = "seal_place"
PRINT = "seal_print"


async def seal_term(deps: ArchiveDeps, actor: Actor, term_id: UUID, without_missing: bool) -> Seal:
    """Begin to seal a term. The work goes on by the clock, in steps that a crash does not lose (JX-13, X-10)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await terms.lock_term(tx, deps.directory, term_id)
        if term is None or term.outside or not actor.covers(term.path):
            raise Refusal("not_found")
        after = move(term.state, "seal", term.scheme.rule("archive.term"))
        term.need_seal_open(actor.roles, now)
        need_settled(term, await terms.readiness(tx, term_id))
        students = term.archived(await terms.students_of(tx, term.path))
        if not students:
            raise Refusal(
                "term_not_ready",
                detail="本学期没有需要归档的学生",
                rule=term.scheme.rule("archive.term"),
                scheme=term.scheme_name,
            )
        missing = missing_evaluations(term, students, await evaluations.written(tx, term_id))
        need_evaluations(term, missing, without_missing)
        seal = Seal(
            id=new_id(),
            kind="term",
            term_id=term_id,
            student_id=None,
            path=term.path,
            title=term.title,
            version=1,
            state="sealing",
            asked_by=actor.account_id,
            asked_by_name=actor.name,
            made_at=now,
            without_missing=missing or None,
            archives=len(students),
            key_id=deps.key.kid,
        )
        await seals.add(tx, seal, plan(seal, term, students))
        await terms.set_state(tx, term_id, after)
        await audit.write(tx, now, actor, "term.sealed", term.path, term_id, archives=len(students), without_missing=missing)
        await jobs.schedule_many(tx, WRITE, [(f"{seal.id}|{path}", now) for path in sorted({s.path for s in students})])
    return seal


def plan(seal: Seal, term: Term, students: Iterable[Student]) -> list[Archive]:
    """Every student's archive with its number and code, which never change afterwards."""
    number = term.number if seal.kind == "term" else None
    return [
        Archive(
            id=new_id(),
            seal_id=seal.id,
            kind=seal.kind,
            term_id=seal.term_id,
            student_id=student.id,
            student_name=student.name,
            path=student.path,
            place=place,
            version=seal.version,
            code=new_code(),
            document_no=document_no(term.path, term.school_year, number, place)
            if seal.kind == "term"
            else document_no(term.path, term.school_year, None, int(student.id.hex[-5:], 16)),
            school_title=student.school_title,
            term_title=term.title if seal.kind == "term" else "",
            grade_title=student.grade_title,
            class_title=student.class_title,
        )
        for place, student in enumerate(students)
    ]


async def look(
    deps: ArchiveDeps, actor: Actor, term_id: UUID
) -> tuple[Term, Seal | None, Progress | None, Readiness, dict[str, int], int, int]:
    """How far a term is: seal, progress, readiness, missing evaluations, students, records too late for the seal."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.outside or not (actor.covers(term.path) or within(actor.path, term.path)):
            raise Refusal("not_found")
        students = term.archived(await terms.students_of(tx, term.path))
        seal = await seals.of_term(tx, term_id)
        return (
            term,
            seal,
            await seals.progress(tx, seal.id) if seal else None,
            await terms.readiness(tx, term_id),
            missing_evaluations(term, students, await evaluations.written(tx, term_id)),
            len(students),
            await terms.late(tx, term_id),
        )
