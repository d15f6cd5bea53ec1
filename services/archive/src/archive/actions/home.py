"""What home screens and progress by organisation show: counts in a few statements, only of the card's scope."""

from collections.abc import Collection
from uuid import UUID

from contracts.base import LEVELS, level_of, within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory.term import under_way
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain.evaluations import ExpectedEvaluation
from archive.domain.progress import Progress, seconds_left
from archive.domain.terms import SEAL, ArchiveTerm
from archive.results import HomeCounts
from archive.store import archives, careers, evaluations, terms
from archive.store import home as store

_CLASS = 100
"""Students of a class at most whose missing evaluations are named."""
_ARCHIVES = 12


async def home(deps: ArchiveDeps, actor: Actor) -> HomeCounts:
    """The terms under way, and what this card sees of evaluations and archives."""
    async with deps.db.reading() as tx:
        current = under_way(await terms.terms_at(tx, deps.directory, actor.path), deps.now())
        if not actor.is_staff:
            return await _own(deps, tx, actor, current)
        missing = await _missing(tx, actor, current[0]) if current and actor.level == "class" else []
        below = await _progress(deps, tx, actor.path, None, None, actor.level) if actor.can("oversee") else None
        is_office = actor.can("preview_archives", "correct_archives")
        office = await store.office_work(tx, actor.path, actor.roles, actor.account_id) if is_office else None
    return HomeCounts(current, missing=missing, below=below, office=office)


async def _own(deps: ArchiveDeps, tx: Tx, actor: Actor, current: list[ArchiveTerm]) -> HomeCounts:
    """Of the student, or of the guardian's child."""
    students = sorted(actor.students)
    records = await store.record_counts(tx, students)
    return HomeCounts(
        current,
        written=await store.written_by(tx, students, [term.id for term in current]),
        records=records,
        record_terms={t.id: t for t in await terms.terms_by_id(tx, deps.directory, {row.term_id for row in records})},
        archives=await archives.page(tx, None, students, None, None, None, None, _ARCHIVES),
        career=await careers.get(tx, students[0]) if len(students) == 1 else None,
    )


async def _missing(tx: Tx, actor: Actor, term: ArchiveTerm) -> list[ExpectedEvaluation]:
    types = [e.id for e in term.evaluations(actor.path)]
    return await evaluations.page(tx, term.id, actor.path, None, types, True, None, _CLASS * max(1, len(types)))


async def progress(deps: ArchiveDeps, actor: Actor, path: str | None, school_year: str | None, number: int | None) -> Progress:
    """How far the organisations directly below one of the card's scope are, in their present term or the one named (NR-04)."""
    chosen = path or actor.path
    actor.need(chosen)
    async with deps.db.reading() as tx:
        return await _progress(deps, tx, chosen, school_year, number, "district")


async def _progress(
    deps: ArchiveDeps, tx: Tx, path: str, school_year: str | None, number: int | None, counted_from: str
) -> Progress:
    """Evaluations are counted only within a school, and where `counted_from` says so within a district: further up there are
    too many for a home screen."""
    schools = await store.school_seals(tx, path, deps.now().date(), school_year, number)
    ids = [school.term_id for school in schools]
    least = "district" if counted_from == "district" and level_of(path) == "district" else "school"
    if LEVELS.index(level_of(path)) < LEVELS.index(least):
        return Progress(path, schools, {}, (), ())
    known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, ids)}
    sizes, written = await store.class_sizes(tx, path), await store.written_counts(tx, path, ids)
    return Progress(path, schools, known, sizes, written)


async def term_of(deps: ArchiveDeps, tx: Tx, actor: Actor, term_id: UUID) -> ArchiveTerm:
    """A school's term within the card's scope, or of the school that it lies in."""
    term = await terms.term(tx, deps.directory, term_id)
    if term is None or term.backfill or not (actor.covers(term.path) or within(actor.path, term.path)):
        raise Refusal("not_found")
    return term


async def seal_progress(
    deps: ArchiveDeps, actor: Actor, term_id: UUID
) -> tuple[ArchiveTerm, store.SealProgress | None, int | None]:
    """How far the archives of a term are, and in how many seconds they will all be ready; cheap enough to be polled."""
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, actor, term_id)
        found = await store.seal_progress(tx, term_id)
    left = seconds_left(found.ready, found.archives, found.made_at, deps.now()) if found else None
    return term, found, left


def home_operations(all_terms: Collection[ArchiveTerm]) -> frozenset[str]:
    """The operations that this service carries out: evaluations, verdicts and their signatures, sealing, the career archive."""
    named = {SEAL}
    for term in all_terms:
        named |= {evaluation.operation for evaluation in term.scheme.evaluations}
        if term.verdict is not None:
            named |= {term.verdict.operation, *(step.operation for step in term.scheme.archives.term.sign_off)}
        career = term.scheme.archives.career
        named |= {career.operation} if career is not None else set()
    return frozenset(named)
