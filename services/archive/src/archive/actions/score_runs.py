"""One action locks the results of a whole grade or school: a job does it some classes at a time and survives a restart (X-15).

Every class is locked by the same rules as one alone; what is not ready is left as it is, and listed with the reason and who can
help. Where the scheme publishes results, a locked class is published by the event of its lock.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions import scores
from archive.deps import ArchiveDeps
from archive.domain import score_runs as rules
from archive.domain import score_sheets as sheets
from archive.domain.found import need_found
from archive.domain.score_runs import RunClass, ScoreRun
from archive.domain.scores import RULE
from archive.domain.terms import ArchiveTerm
from archive.store import audit, terms
from archive.store import score_runs as store
from archive.store import scores as score_store

LOCK = "lock_scores"
CLASSES = 10
"""Classes that are locked in one transaction: the shares of a school of thousands are computed once in each."""


async def begin(deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str) -> tuple[ArchiveTerm, ScoreRun]:
    """Begin to lock the classes of an organisation that are not locked. Asked again meanwhile, also for a part of them, it is
    the same run; for others it is refused until the run has ended."""
    now = deps.now()
    actor.need(path)
    async with deps.db.transaction() as tx:
        term = scores.within_term(actor, await terms.share_term(tx, deps.directory, term_id))
        rules.need_may_lock(term, actor)
        rows = await scores.classes_of(tx, term, path)
        found = await score_store.sheets(tx, term_id, [row.path for row in rows])
        versions = {row.path: found[row.path].version if row.path in found else 0 for row in rows}
        waiting = [
            RunClass(row.path, versions[row.path], f"{row.grade_title}{row.class_title}")
            for row in rows
            if row.path not in found or not found[row.path].locked
        ]
        if not waiting:
            detail = "这里的班级都已锁定，没有要办的班级"
            raise term.refusal("wrong_state", term.scheme.rule(RULE), detail=detail)
        rules.need_open_somewhere(term, actor, waiting, now)
        new = ScoreRun(new_id(), term_id, path, actor.account_id, actor.name, sorted(actor.roles), now, 0, len(waiting))
        run = await store.add(tx, new, waiting)
        rules.need_within(term, run, path)
        if run.id == new.id:
            await jobs.schedule(tx, now, LOCK, str(run.id))
            await audit.write(tx, now, actor, "scores.lock_all", path, run.id, term=str(term_id), classes=len(waiting))
    return term, run


async def step(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Lock the next classes of a run. `key`: the run. After a crash the step is repeated."""
    run = await store.lock(tx, UUID(key))
    if run is None or run.finished_at is not None:
        return
    now, term = deps.now(), need_found(await terms.share_term(tx, deps.directory, run.term_id))
    some = await store.waiting(tx, run.id, CLASSES)
    outcomes = await scores.move_classes(tx, term, run.mover, "lock", "", [(one.path, one.version) for one in some], now)
    known = {one.path: one for one in some}
    done = [_outcome(term, known[one.path], one.refusal) for one in outcomes]
    count = run.done + len(some)
    await store.save(tx, run, done, count, now if count >= run.total else None)
    if count < run.total:
        await jobs.schedule(tx, now, LOCK, key)


def _outcome(term: ArchiveTerm, one: RunClass, refusal: Refusal | None) -> RunClass:
    return replace(one, locked=True) if refusal is None else rules.refused(term, one, refusal)


async def page(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, after: UUID | None, limit: int
) -> tuple[ArchiveTerm, list[ScoreRun], Mapping[UUID, list[RunClass]]]:
    """The runs of a term in the card's scope, newest first, with what was not locked, for those who read sheets."""
    async with deps.db.reading() as tx:
        term = scores.within_term(actor, await terms.term(tx, deps.directory, term_id))
        if term.scored is None:
            raise Refusal("not_found")
        sheets.need_may_read(term, actor)
        found = await store.page(tx, term_id, actor.path, after, limit)
        return term, found, await store.refused(tx, [run.id for run in found])
