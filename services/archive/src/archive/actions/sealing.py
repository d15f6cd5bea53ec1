"""Sealing a term: what must be there, whose archives are made, and the first jobs (JX-13)."""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from datetime import datetime
from functools import partial
from typing import Any
from uuid import UUID

from contracts.base import within
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from typesetting import PdfRenderer

from archive.actions import filing as filings
from archive.deps import ArchiveDeps
from archive.domain.content import new_code
from archive.domain.filing import lacking_verdicts, need_filed, need_verdicts
from archive.domain.printing import need_printable, rare_characters, unprintable
from archive.domain.score_sheets import need_locked
from archive.domain.seals import Archive, Kind, Seal, document_no
from archive.domain.states import move
from archive.domain.terms import (
    ArchiveTerm,
    Block,
    SealPreview,
    TermDetail,
    lacking_by_class,
    missing_evaluations,
    need_evaluations,
    need_publicity_settled,
)
from archive.store import audit, evaluations, peers, scores, seals, terms
from archive.store.archives import former_names

WRITE = "seal_write"
BUILD_TREE = "seal_place"
PRINT = "seal_print"


async def seal_term(deps: ArchiveDeps, actor: Actor, term_id: UUID, without_missing: bool, with_unprintable: bool) -> Seal:
    """Begin to seal a term. Jobs do the rest, in steps that a crash does not lose (JX-13, X-10)."""
    now = deps.now()
    missing_glyphs = (await _glyphs_missing(deps, term_id)) if not with_unprintable else ""
    async with deps.db.transaction() as tx:
        term = await terms.lock_term(tx, deps.directory, term_id)
        if term is None or term.backfill or not actor.covers(term.path):
            raise Refusal("not_found")
        after = move(term.state, "seal", term.scheme.rule("archive.term"))
        term.need_seal_open(actor.roles, now)
        need_publicity_settled(term, await terms.readiness(tx, term_id))
        students = term.archived(await terms.students_of(tx, term.path, term.id))
        if not students:
            raise term.refusal("term_not_ready", term.scheme.rule("archive.term"), detail="本学期没有需要归档的学生")
        missing = missing_evaluations(term, students, await _written(tx, term))
        need_evaluations(term, missing, without_missing)
        filing = await filings.of_term(tx, term)
        need_verdicts(term, filing)
        unsigned = need_filed(filing, without_missing)
        missing |= {"sign_off": unsigned} if unsigned else {}
        need_locked(term, await _unlocked(tx, term, students))
        need_printable(unprintable(students, missing_glyphs), with_unprintable)
        seal = new_seal(
            deps, actor, now, "term", term.path, term.title,
            term_id=term_id, without_missing=missing or None, archives=len(students),
        )  # fmt: skip
        former = await former_names(tx, {student.id: student.name for student in students})
        archives = [
            planned_archive(seal, student, document_no(term.path, term.school_year, term.number, index), former, index)
            for index, student in enumerate(students)
        ]
        await seals.add(tx, seal, archives)
        await terms.set_state(tx, term_id, after)
        await audit.write(tx, now, actor, "term.sealed", term.path, term_id, archives=len(students), without_missing=missing)
        await jobs.schedule_many(tx, WRITE, [(f"{seal.id}|{path}", now) for path in sorted({s.path for s in students})])
    return seal


async def _unlocked(tx: Tx, term: ArchiveTerm, students: Iterable[Student]) -> Counter[str]:
    """How many of these students lack a locked score, by class; none where no result is formed (BJ-10)."""
    if term.scored is None:
        return Counter()
    locked = await scores.with_locked(tx, term.id)
    return Counter(student.path for student in term.scored_students(students) if student.id not in locked)


async def _written(tx: Tx, term: ArchiveTerm) -> dict[str, set[UUID]]:
    """The students whose part of each evaluation is done, by type: it is written, or they evaluated every classmate (CS-12)."""
    by_classmates = [e.id for e in term.scheme.evaluations if e.about == "classmates" and e.required]
    return await evaluations.written(tx, term.id) | await peers.finished(tx, term.id, by_classmates, term.path)


def new_seal(deps: ArchiveDeps, actor: Actor, now: datetime, kind: Kind, path: str, title: str, **details: Any) -> Seal:
    """A seal that this actor asks for, of a term or of a student's career."""
    return Seal(
        id=new_id(), kind=kind, path=path, title=title, asked_by=actor.account_id, asked_by_name=actor.name, made_at=now,
        key_id=deps.key.kid, **details,
    )  # fmt: skip


def planned_archive(seal: Seal, student: Student, number: str, former: Mapping[UUID, str], leaf_index: int = 0) -> Archive:
    """A student's archive under a seal, with its document number and verification code, which never change.

    `former`: as of `store.archives.former_names`.
    """
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
        former_name=former.get(student.id),
        stage=seal.stage,
        filed_at=student.home or None,
    )


async def _glyphs_missing(deps: ArchiveDeps, term_id: UUID) -> str:
    """The characters in names of the term's students that cannot be printed (L-18)."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        students = term.archived(await terms.students_of(tx, term.path, term.id)) if term else []
    return await glyphs_missing(deps, students)


async def glyphs_missing(deps: ArchiveDeps, students: Iterable[Student]) -> str:
    """The characters in these students' names and classes that cannot be printed; asks a renderer about rare ones only."""
    rare = rare_characters(students)
    return (await deps.renderer.run(PdfRenderer.missing, rare)).decode() if rare else ""


async def preview(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> SealPreview:
    """What sealing the term would find now (JX-12, JX-13, L-18); changes nothing."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not actor.covers(term.path):
            raise Refusal("not_found")
        students = term.archived(await terms.students_of(tx, term.path, term.id))
        missing = lacking_by_class(term, students, await _written(tx, term))
        ready = await terms.readiness(tx, term_id)
        filing = await filings.of_term(tx, term)
        unlocked = await _unlocked(tx, term, students)
    unprinted = unprintable(students, await glyphs_missing(deps, students))

    def check() -> Iterator[Callable[[], object]]:
        yield partial(move, term.state, "seal", term.scheme.rule("archive.term"))
        yield partial(term.need_seal_open, actor.roles, deps.now())
        yield partial(need_publicity_settled, term, ready)
        yield partial(need_verdicts, term, filing)
        yield partial(need_locked, term, unlocked)

    blocks = []
    for need in check():
        try:
            need()
        except Refusal as refusal:
            blocks.append(Block(refusal.code, refusal.detail or refusal.meaning.title))
    if not students:
        blocks.append(Block("term_not_ready", "本学期没有需要归档的学生"))
    for name in dict.fromkeys(one.type for one in missing):
        count = sum(len(one.students) for one in missing if one.type == name)
        blocks.append(Block("evaluations_missing", f"{term.scheme.evaluation(name).title}还缺{count}份", may_go_on=True))
    try:
        need_filed(filing, without_missing=False)
    except Refusal as refusal:
        blocks.append(Block(refusal.code, refusal.detail or refusal.meaning.title, may_go_on=True))
    if unprinted:
        blocks.append(Block("unprintable", f"{len(unprinted)}名学生的姓名或班级中有打印不出的字", may_go_on=True))
    return SealPreview(term, len(students), len({student.path for student in students}), blocks, missing)


async def term_detail(deps: ArchiveDeps, actor: Actor, term_id: UUID) -> TermDetail:
    """How far the archives of a term are, and until it is sealed whose name cannot be printed."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not (actor.covers(term.path) or within(actor.path, term.path)):
            raise Refusal("not_found")
        students = term.archived(await terms.students_of(tx, term.path, term.id))
        seal = await seals.of_term(tx, term_id)
        detail = TermDetail(
            term,
            seal,
            progress=await seals.progress(tx, seal.id) if seal else None,
            readiness=await terms.readiness(tx, term_id),
            missing=missing_evaluations(term, students, await _written(tx, term)),
            students=len(students),
            late=await terms.late(tx, term_id),
            without_verdict=lacking_verdicts(await filings.of_term(tx, term)),
        )
    if seal is not None or not actor.is_staff:
        return detail
    return replace(detail, unprintable=unprintable(students, await glyphs_missing(deps, students)))
