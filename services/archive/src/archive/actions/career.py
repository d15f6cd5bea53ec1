"""The career archive: what may be picked, picking, and sealing what was picked (JX-13)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from uuid import UUID

from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.sealing import WRITE, plan
from archive.deps import ArchiveDeps
from archive.domain import career as rules
from archive.domain.material import Collected
from archive.domain.seals import Archive, Seal
from archive.domain.states import move, still_open
from archive.domain.terms import Term
from archive.store import audit, careers, material, seals, terms
from archive.store.careers import Career


@dataclass(frozen=True)
class Look:
    """A student's career as it is. `archive` once it is ready."""

    student: Student
    term: Term
    career: Career
    candidates: Sequence[Collected]
    terms: Sequence[rules.StageTerm]
    terms_sealed: int
    archive: Archive | None = None


async def _look(deps: ArchiveDeps, tx: Tx, actor: Actor, student_id: UUID, career: Career) -> Look:
    student = await find_student(tx, student_id)
    if student is None:
        raise Refusal("not_found")
    actor.need(student.path, student.id)
    term = rules.term_for(await terms.terms_at(tx, deps.directory, student.path))
    records = (await material.records(tx, [student_id], None)).get(student_id, [])
    sealed = await terms.terms_by_id(tx, deps.directory, await careers.sealed_terms(tx, student_id))
    stage = rules.stage_terms(term, student.path, sealed)
    return Look(student, term, career, rules.candidates(term, records), stage, len(sealed))


async def look(deps: ArchiveDeps, actor: Actor, student_id: UUID) -> Look:
    """What may be picked, what is, and what came of it."""
    async with deps.db.reading() as tx:
        found = await _look(deps, tx, actor, student_id, await careers.get(tx, student_id))
        archives = await seals.of_career(tx, student_id)
    return replace(found, archive=archives[0] if archives else None)


async def select(deps: ArchiveDeps, actor: Actor, student_id: UUID, picked: Sequence[UUID], seen: int | None) -> Look:
    """Replace the selection, in its window and within the scheme's numbers; frozen once sealing began (JX-13)."""
    async with deps.db.transaction() as tx:
        found = await _look(deps, tx, actor, student_id, await careers.lock(tx, student_id))
        still_open(found.career.state, found.term.scheme.rule("archive.career"))
        rules.need_picking(found.term, actor, deps.now())
        if found.career.version > 0 and seen is None:
            raise Refusal("version_required")
        if seen is not None and seen != found.career.version:
            raise Refusal("stale_version", version=found.career.version)
        wanted = tuple(dict.fromkeys(picked))
        rules.need_within_quota(found.term, found.candidates, wanted)
        career = replace(found.career, record_ids=wanted, version=found.career.version + 1)
        await careers.save(tx, career)
    return replace(found, career=career)


async def seal(deps: ArchiveDeps, actor: Actor, student_id: UUID, without_missing: bool) -> Look:
    """Begin to seal: one archive under a root of its own. The student within the window, the school at any time."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await _look(deps, tx, actor, student_id, await careers.lock(tx, student_id))
        after = move(found.career.state, "seal", found.term.scheme.rule("archive.career"))
        if not actor.is_staff:
            rules.need_picking(found.term, actor, now)
        let_go = rules.need_sealable(
            found.term, found.terms, found.terms_sealed, found.candidates, found.career.record_ids, without_missing
        )
        one = Seal(
            id=new_id(),
            kind="career",
            term_id=None,
            student_id=student_id,
            path=found.student.path,
            title=found.student.name,
            version=1,
            state="sealing",
            asked_by=actor.account_id,
            asked_by_name=actor.name,
            made_at=now,
            without_missing=let_go,
            archives=1,
            key_id=deps.key.kid,
        )
        await seals.add(tx, one, plan(one, found.term, [found.student]))
        career = replace(found.career, state=after)
        await careers.save(tx, career)
        await jobs.schedule(tx, now, WRITE, f"{one.id}|{found.student.path}")
        await audit.write(tx, now, actor, "career.sealed", found.student.path, student_id, records=len(career.record_ids))
    return replace(found, career=career)
