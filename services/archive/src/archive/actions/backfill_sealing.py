"""Sealing a backfill: it becomes a term that one student has, with an archive under a root of its own (JX-15)."""

from uuid import UUID

from contracts.base import ancestor
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.backfills import looked, still_open
from archive.actions.sealing import WRITE
from archive.deps import ArchiveDeps
from archive.domain import backfill as rules
from archive.domain.backfill import Look
from archive.domain.content import new_code
from archive.domain.evaluations import Author, Evaluation
from archive.domain.seals import Archive, Seal, document_no
from archive.domain.terms import Outside
from archive.store import audit, backfills, evaluations, heard, seals


async def seal(deps: ArchiveDeps, actor: Actor, backfill_id: UUID, seen: int | None, without_missing: bool) -> Look:
    """Make it a sealed term archive of the student, marked as backfilled. What is lacking is printed on it."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await still_open(deps, tx, actor, backfill_id, seen)
        one, scheme, student = found.backfill, found.scheme, found.student
        rules.need_complete(found.missing, without_missing, scheme)
        if await backfills.archived(tx, student.id, one.school_year, one.number):
            raise Refusal(
                "backfill_not_possible", detail=f"{one.title}已有学期档案", rule=scheme.rule("backfill"), why="archived"
            )
        await deps.directory.add(tx, one.term_event())
        await backfills.become_term(tx, one, _outside(found, actor))
        await heard.collect(tx, rules.snapshots(one, student, scheme), published=True)
        await backfills.add_positions(tx, one.id, student.id, found.positions)
        by = actor.account_id
        said = [
            Evaluation(new_id(), one.id, student.id, student.path, s.type, s.text, Author(by, s.author or actor.name), now)
            for s in one.evaluations
        ]  # fmt: skip
        if said and not await evaluations.save(tx, said):
            raise Refusal("stale_version")
        await _plan(deps, tx, actor, found)
        lacking = [m.title for m in found.missing if m.required]
        await audit.write(tx, now, actor, "backfill.sealed", student.path, student.id, term=one.title, lacking=lacking)
        fresh = await backfills.get(tx, one.id)
        assert fresh is not None
        return await looked(deps, tx, fresh)


def _outside(found: Look, actor: Actor) -> Outside:
    one, known = found.backfill, {"name", "sex", "registry_number", "school", "class", "origin_school"}
    lines = tuple(
        (f.title, f.shown(found.profile.get(f.id)))
        for f in found.scheme.profile.form.fields
        if f.id not in known and found.profile.get(f.id) not in (None, "")
    )
    return Outside(
        student_id=one.student_id,
        from_province=one.from_province,
        from_school=one.from_school,
        transferred_on=one.transferred_on,
        filled_by=actor.name,
        lacking=tuple(m.title for m in found.missing if m.required),
        profile=lines,
    )


async def _plan(deps: ArchiveDeps, tx: Tx, actor: Actor, found: Look) -> None:
    one, student, now = found.backfill, found.student, deps.now()
    seal = Seal(
        id=new_id(), kind="term", term_id=one.id, student_id=None, path=student.path, title=one.title, version=1,
        state="sealing", asked_by=actor.account_id, asked_by_name=actor.name, made_at=now, without_missing=None, archives=1,
        key_id=deps.key.kid,
    )  # fmt: skip
    number = document_no(ancestor(student.path, "school"), one.school_year, f"{one.number}B", int(student.id.hex[-5:], 16))
    archive = Archive(
        id=new_id(), seal_id=seal.id, kind="term", term_id=one.id, student_id=student.id, student_name=student.name,
        path=student.path, place=0, version=1, code=new_code(), document_no=number, school_title=student.school_title,
        term_title=one.title, grade_title=student.grade_title, class_title=student.class_title,
    )  # fmt: skip
    await seals.add(tx, seal, [archive])
    await jobs.schedule(tx, now, WRITE, f"{seal.id}|{student.path}")
