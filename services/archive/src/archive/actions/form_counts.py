"""Keeping the counters of signed forms right, and reading them (NR-04).

`recount` compares as what students count with as what they have to count, and changes the counters by the difference, in the
transaction of the change. So it does not matter which event arrived first, or how often. Only the students are locked: uploads
in two classes, or of two students of one, never wait for each other.
"""

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from contracts.identity import Enrolment
from servicekit import counters, jobs
from servicekit.auth import Actor
from servicekit.db import Tx

from archive.deps import ArchiveDeps
from archive.domain.form_counts import Completion, Level, changes
from archive.domain.signed_forms import year_shown
from archive.domain.terms import ArchiveTerm
from archive.store import form_counts as store

COUNT = "count_forms"
_STEP = 500
"""Students that one job counts in a transaction."""


async def recount(tx: Tx, ids: Collection[UUID], today: date) -> None:
    """Count these students as they are now."""
    await store.lock_students(tx, ids)
    wanted = await store.wanted(tx, ids, today)
    counted = await store.counted(tx, ids, {one.school_year for one in wanted}, today)
    changed = set(counted) ^ set(wanted)
    if not changed:
        return
    keys = {(one.student_id, one.school_year) for one in wanted}
    gone = [one for one in counted if (one.student_id, one.school_year) not in keys]
    await store.save(tx, gone, sorted(set(wanted) - set(counted)))
    await counters.add(tx, store.FORMS, changes(counted, wanted))


async def students_changed(deps: ArchiveDeps, tx: Tx, newer: Sequence[Enrolment]) -> None:
    """Count students at their class, also those who moved or left (NR-04)."""
    ids = [one.student_id for one in newer]
    if await store.concerned(tx, ids):
        await recount(tx, ids, deps.now().date())


async def begin_round(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm) -> None:
    """Where the scheme verifies the data of the students, count those of the school."""
    if term.scheme.verification is None:
        return
    await store.save_round(tx, term.path, term.school_year, term.ends_on)
    await jobs.schedule(tx, deps.now(), COUNT, term.path)


async def count_school(deps: ArchiveDeps, tx: Tx, key: str, payload: dict[str, Any]) -> None:
    """Count the next students of a school, and go on after them. `key`: the school."""
    after = UUID(payload["after"]) if "after" in payload else None
    ids = await store.students_after(tx, key.partition("|")[0], after, _STEP)
    if len(ids) == _STEP:
        school = key.partition("|")[0]
        await jobs.schedule(tx, deps.now(), COUNT, f"{school}|{ids[-1]}", {"after": str(ids[-1])})
    if ids:
        await recount(tx, ids, deps.now().date())


async def read(
    deps: ArchiveDeps, actor: Actor, path: str | None, school_year: str | None, after: str | None, limit: int
) -> Level:
    """How far an organisation is, and those directly below it: one counter each."""
    chosen = path or actor.path
    actor.need(chosen)
    async with deps.db.reading() as tx:
        years = await store.years(tx, chosen)
        year = year_shown(years, school_year, deps.now().date())
        if year is None:
            return Level(years, None, Completion(chosen, "", 0, 0), [])
        own = await store.of_organisation(tx, chosen, year)
        below = await store.below(tx, chosen, year, after, limit)
    return Level(years, year, own, below)
