"""How far students, classes and schools are in a term, and keeping count of it (JX-18, NR-04)."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from contracts.base import level_of
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.ids import first_id
from servicekit.refusals import Refusal

from records import store
from records.actions.common import need_found, scheme_at
from records.deps import RecordsDeps
from records.domain.progress import LONG, Child, Overview, Progress, below, by_class, core_dimensions, lowest_first
from records.domain.term import Term

PLAN = "plan_progress"
"""The job that finds the terms whose classes must be counted again."""
COUNT = "count_progress"
"""The job that counts the classes of one term (its key)."""
_AFTER_THE_END = timedelta(days=60)
"""Terms are counted until so long after their last day: reviews and imports end later."""
_AT_LEAST_EVERY = timedelta(days=1)
_FEW = 20


async def plan_counting(deps: RecordsDeps) -> None:
    """Schedule the planning of counts. May be called repeatedly."""
    async with deps.db.transaction() as tx:
        await jobs.repeat(tx, PLAN, "", timedelta(seconds=deps.settings.progress_seconds))


async def plan(deps: RecordsDeps, tx: Tx, _key: str, _payload: dict[str, Any]) -> None:
    """Have the classes of terms counted in which something happened, and of all others once a day."""
    now, pause = deps.now(), timedelta(seconds=deps.settings.progress_seconds)
    day = now.date() + timedelta(days=1)  # it is tomorrow already somewhere
    changed_after = first_id(now - 3 * pause - timedelta(minutes=1))
    found = await store.progress.to_count(tx, day, now.date() - _AFTER_THE_END, changed_after, now - _AT_LEAST_EVERY)
    await jobs.schedule_many(tx, COUNT, [(str(term_id), now) for term_id in found])


async def count(deps: RecordsDeps, tx: Tx, term_id: str, _payload: dict[str, Any]) -> None:
    """Count the classes of a term and keep the numbers."""
    term = await deps.directory.term(tx, UUID(term_id))
    if term is not None:
        now = deps.now()
        await store.kind_counts.count(tx, term.id, now)
        classes = await _classes(tx, term, term.path, now)
        total, day = Progress.sum(term.path, classes), term.today(now)
        before = Progress.sum(term.path, (await store.progress.of_classes(tx, term.id, term.path))[0])
        of_day = await store.progress.of_day(tx, term.id, day)
        await store.progress.save(tx, term.id, term.school_year, term.number, classes, total, day, now)
        await store.progress.add(tx, (term.school_year, term.number), day, before, total, of_day)


async def _classes(tx: Tx, term: Term, path: str, now: datetime) -> list[Progress]:
    students = await store.progress.of_students(tx, path, term.id, now - LONG)
    return by_class(students, core_dimensions(term.scheme))


async def show(deps: RecordsDeps, actor: Actor, path: str | None, school_year: str | None, number: int | None) -> Overview:
    """How far an organisation of the card is in a term; of a class each student, else each organisation directly below.

    Without `school_year` and `number`, in the term under way.
    """
    path = actor.path if path is None else path
    actor.need(path)
    async with deps.db.reading() as tx:
        return need_found(await overview(deps, tx, path, (school_year, number) if school_year and number else None))


async def overview(deps: RecordsDeps, tx: Tx, path: str, when: tuple[str, int] | None) -> Overview | None:
    """The progress of an organisation; None: no term has begun there."""
    if level_of(path) in ("school", "grade", "class"):
        term = await _term_at(deps, tx, path, when)
        return None if term is None else await of_term(deps, tx, term, path)
    return await _above_schools(deps, tx, path, when)


async def _term_at(deps: RecordsDeps, tx: Tx, path: str, when: tuple[str, int] | None) -> Term | None:
    if when is None:
        return next(iter(await deps.directory.current(tx, path, deps.now())), None)
    found = await store.terms.of_school(tx, deps.directory, path, *when)
    if found is None:
        raise Refusal("not_found")
    return found


async def of_term(deps: RecordsDeps, tx: Tx, term: Term, path: str) -> Overview:
    """The progress of a class, grade or school in a term; a class is counted now, the others as the job counted them last."""
    now, title = deps.now(), await store.progress.title(tx, path)
    if level_of(path) == "class":
        students = await store.progress.of_students(tx, path, term.id, now - LONG)
        total = Progress.of(path, students, core_dimensions(term.scheme))
        class_title = next((one.class_title for one in students), title or "")
        return _overview(term, path, title or class_title, total, now, students=students)
    classes, counted_at = await store.progress.of_classes(tx, term.id, path)
    if counted_at is None:
        classes, counted_at = await _classes(tx, term, path, now), now
    children = _with_titles(await store.progress.children(tx, path), below(classes, path))
    trend = (
        await store.progress.trend(tx, term.path, term.school_year, term.number, term.today(now)) if path == term.path else []
    )
    total = Progress.sum(path, classes)
    return _overview(term, path, title or "", total, counted_at, children=children, trend=trend)


def _overview(term: Term, path: str, title: str, total: Progress, counted_at: datetime, **more: Any) -> Overview:
    return Overview(
        path=path, title=title, level=level_of(path), school_year=term.school_year, number=term.number, scheme=term.scheme,
        total=total, counted_at=counted_at, grade=term.grade(path), **more,
    )  # fmt: skip


def _with_titles(known: list[Child], found: dict[str, Progress]) -> list[tuple[Child, Progress]]:
    """Every organisation below with its progress: also one without students yet, or one that was removed."""
    unknown = [Child(path, "", level_of(path)) for path in sorted(found.keys() - {child.path for child in known})]
    return lowest_first((child, found.get(child.path, Progress(child.path))) for child in [*known, *unknown])


async def _above_schools(deps: RecordsDeps, tx: Tx, path: str, when: tuple[str, int] | None) -> Overview | None:
    now, found_scheme = deps.now(), await scheme_at(deps, tx, path)
    if found_scheme is None:
        return None
    scheme, zone = found_scheme
    today = now.astimezone(zone).date()
    when = when or await store.progress.newest_term(tx, path, today)
    if when is None:
        return None
    found = await store.progress.above_schools(tx, path, *when)
    counted_at = await store.progress.counted_at(tx) if found else None
    if not found:
        found = await _counted_now(deps, tx, path, *when)
    return Overview(
        path=path, title=await store.progress.title(tx, path) or "", level=level_of(path), school_year=when[0],
        number=when[1], scheme=scheme, total=Progress.sum(path, found), counted_at=counted_at or now,
        children=_with_titles(await store.progress.children(tx, path), {one.path: one for one in found}),
        trend=await store.progress.trend(tx, path, *when, today),
    )  # fmt: skip


async def _counted_now(deps: RecordsDeps, tx: Tx, path: str, school_year: str, number: int) -> list[Progress]:
    """The progress of the organisations below, counted now as the job has not counted them yet. Of a few schools only."""
    terms = await store.terms.below(tx, deps.directory, path, school_year, number, _FEW + 1)
    if len(terms) > _FEW:
        return []
    classes = [one for term in terms for one in await _classes(tx, term, term.path, deps.now())]
    return list(below(classes, path).values())
