"""Sealing a term: what must be there, whose archives are made, and the first jobs (JX-13)."""

from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import within
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain.content import new_code
from archive.domain.seals import Archive, Kind, Seal, document_no
from archive.domain.states import move
from archive.domain.terms import TermDetail, missing_evaluations, need_evaluations, need_publicity_settled
from archive.store import audit, evaluations, seals, terms

WRITE = "seal_write"
BUILD_TREE = "seal_place"
PRINT = "seal_print"


async def seal_term(deps: ArchiveDeps, actor: Actor, term_id: UUID, without_missing: bool) -> Seal:
    """Begin to seal a term. Jobs do the rest, in steps that a crash does not lose (JX-13, X-10)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await terms.lock_term(tx, deps.directory, term_id)
        if term is None or term.backfill or not actor.covers(term.path):
            raise Refusal("not_found")
        after = move(term.state, "seal", term.scheme.rule("archive.term"))
        term.need_seal_open(actor.roles, now)
        need_publicity_settled(term, await terms.readiness(tx, term_id))
        students = term.archived(await terms.students_of(tx, term.path))
        if not students:
            raise term.refusal("term_not_ready", term.scheme.rule("archive.term"), detail="本学期没有需要归档的学生")
        missing = missing_evaluations(term, students, await evaluations.written(tx, term_id))
        need_evaluations(term, missing, without_missing)
        seal = new_seal(
            deps, actor, now, "term", term.path, term.title,
            term_id=term_id, without_missing=missing or None, archives=len(students),
        )  # fmt: skip
        archives = [
            planned_archive(seal, student, document_no(term.path, term.school_year, term.number, index), index)
            for index, student in enumerate(students)
        ]
        await seals.add(tx, seal, archives)
        await terms.set_state(tx, term_id, after)
        await audit.write(tx, now, actor, "term.sealed", term.path, term_id, archives=len(students), without_missing=missing)
        await jobs.schedule_many(tx, WRITE, [(f"{seal.id}|{path}", now) for path in sorted({s.path for s in students})])
    return seal


def new_seal(deps: ArchiveDeps, actor: Actor, now: datetime, kind: Kind, path: str, title: str, **details: Any) -> Seal:
    """A seal that this actor asks for, of a term or of a student's career."""
    return Seal(
        id=new_id(), kind=kind, path=path, title=title, asked_by=actor.account_id, asked_by_name=actor.name, made_at=now,
        key_id=deps.key.kid, **details,
    )  # fmt: skip


def planned_archive(seal: Seal, student: Student, number: str, leaf_index: int = 0) -> Archive:
    """A student's archive under a seal, with its document number and verification code, which never change."""
    return Archive(
        id=new_id(),
        seal_id=seal.id,
        kind=seal.kind,
        term_id=seal.term_id,
        student_id=student.id,
        student_name=student.name,
        path=student.path,
        leaf_index=leaf_index,
        version=seal.version,
        code=new_code(),
        document_no=number,
        school_title=student.school_title,
        term_title=seal.title if seal.kind == "term" else "",
        grade_title=student.grade_title,
        class_title=student.class_title,
    )


async def term_detail(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> TermDetail:
    """How far the archives of a term are."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not (actor.covers(term.path) or within(actor.path, term.path)):
            raise Refusal("not_found")
        students = term.archived(await terms.students_of(tx, term.path))
        seal = await seals.of_term(tx, term_id)
        return TermDetail(
            term,
            seal,
            progress=await seals.progress(tx, seal.id) if seal else None,
            readiness=await terms.readiness(tx, term_id),
            missing=missing_evaluations(term, students, await evaluations.written(tx, term_id)),
            students=len(students),
            late=await terms.late(tx, term_id),
        )
