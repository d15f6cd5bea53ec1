"""Sealing a backfill: it becomes a term of one student, with an archive under its own root (JX-15)."""

from uuid import UUID

from contracts.base import ancestor
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.backfills import lock_open, saved_detail
from archive.actions.sealing import WRITE, glyphs_missing, new_seal, planned_archive
from archive.deps import ArchiveDeps
from archive.domain import backfill as rules
from archive.domain.backfill import BackfillDetail
from archive.domain.evaluations import Author, Evaluation
from archive.domain.printing import need_printable, unprintable
from archive.domain.seals import document_no, student_number
from archive.domain.terms import BackfillOrigin
from archive.store import audit, backfills, evaluations, projections, seals
from archive.store.archives import former_names


async def seal(
    deps: ArchiveDeps, actor: Actor, backfill_id: UUID, seen: int | None, without_missing: bool, with_unprintable: bool
) -> BackfillDetail:
    """Make it a sealed term archive of the student, marked as backfilled; what is missing is printed on it."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        found = await lock_open(deps, tx, actor, backfill_id, seen)
        backfill, scheme, student = found.backfill, found.scheme, found.student
        rules.need_complete(found.missing, without_missing, scheme)
        need_printable(unprintable([student], await glyphs_missing(deps, [student])), with_unprintable)
        if await backfills.archived(tx, student.id, backfill.school_year, backfill.number):
            detail = f"{backfill.title}已有学期档案"
            raise Refusal("backfill_not_possible", detail=detail, rule=scheme.rule("backfill"), why="archived")
        await deps.directory.add(tx, backfill.term_event(found.schooling))
        origin = _origin(found, actor)
        await backfills.become_term(tx, backfill, origin)
        await projections.collect(tx, rules.snapshots(backfill, student, scheme), published=True)
        await backfills.add_positions(tx, backfill.id, student.id, found.positions)
        new = [
            Evaluation(
                new_id(), backfill.id, student.id, student.path, e.type, e.text,
                Author(actor.account_id, e.author or actor.name), now,
            )
            for e in backfill.evaluations
        ]  # fmt: skip
        if new and not await evaluations.save(tx, new):
            raise Refusal("stale_version")
        await _plan(deps, tx, actor, found)
        await audit.write(
            tx, now, actor, "backfill.sealed", student.path, student.id, term=backfill.title, lacking=list(origin.lacking)
        )
        return await saved_detail(deps, tx, backfill.id)


def _origin(found: BackfillDetail, actor: Actor) -> BackfillOrigin:
    backfill, known = found.backfill, {"name", "sex", "registry_number", "school", "class", "origin_school"}
    lines = tuple(
        (f.title, f.shown(found.profile.get(f.id)))
        for f in found.scheme.profile.form.fields
        if f.id not in known and found.profile.get(f.id) not in (None, "")
    )
    return BackfillOrigin(
        student_id=backfill.student_id,
        from_province=backfill.from_province,
        from_school=backfill.from_school,
        transferred_on=backfill.transferred_on,
        filled_by=actor.name,
        lacking=tuple(m.title for m in found.missing if m.required),
        profile=lines,
    )


async def _plan(deps: ArchiveDeps, tx: Tx, actor: Actor, found: BackfillDetail) -> None:
    backfill, student, now = found.backfill, found.student, deps.now()
    seal = new_seal(deps, actor, now, "term", student.path, backfill.title, term_id=backfill.id)
    school = ancestor(student.path, "school")
    number = document_no(school, backfill.school_year, f"{backfill.number}B", student_number(student.id))
    former = await former_names(tx, {student.id: student.name})
    await seals.add(tx, seal, [planned_archive(seal, student, number, former)])
    await jobs.schedule(tx, now, WRITE, f"{seal.id}|{student.path}")
