"""What home screens and progress by organisation show: counts in a few statements, only of the card's scope."""

from collections.abc import Collection
from uuid import UUID

from contracts.base import LEVELS, level_of, within
from servicekit import school_terms
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory.term import under_way
from servicekit.refusals import Refusal

from archive.actions import scores, verdicts
from archive.deps import ArchiveDeps
from archive.domain.evaluations import ExpectedEvaluation
from archive.domain.peers import PeerProgress, classmates_rules
from archive.domain.progress import ClassSize, Progress, seconds_left
from archive.domain.signed_forms import AwaitedForm, awaited
from archive.domain.terms import SEAL, ArchiveTerm
from archive.results import HomeCounts
from archive.store import archives, careers, consents, evaluations, peers, signed_forms, terms
from archive.store import home as store

_CLASS = 100
"""Students of a class at most whose missing evaluations are named."""
_ARCHIVES = 12


async def home(deps: ArchiveDeps, actor: Actor) -> HomeCounts:
    """The terms under way, and what this card sees of evaluations and archives."""
    async with deps.db.reading() as tx:
        at_school = await terms.terms_at(tx, deps.directory, actor.path)
        current = under_way(at_school, deps.now())
        if not actor.is_staff:
            return await _own(deps, tx, actor, current, at_school[-1].schooling_of(actor.path).stage if at_school else "")
        missing = await _missing(tx, actor, current[0]) if current and actor.level == "class" else []
        unfinished = await _unfinished(tx, actor, current[0]) if current and actor.level == "class" else {}
        below = await _progress(deps, tx, actor.path, None, None, actor.level) if actor.can("oversee") else None
        is_office = actor.can("preview_archives", "correct_archives")
        sheets = [(term, await scores.sheets_of(tx, actor, term)) for term in current if term.scored is not None]
        office = await store.office_work(tx, actor.path, actor.roles, actor.account_id) if is_office else None
        asked = await consents.asked_count(tx, actor.path, actor.roles) if actor.can("evaluate") else 0
    return HomeCounts(
        current, missing=missing, unfinished=unfinished, below=below, office=office, sheets=sheets, asked=asked
    )  # fmt: skip


async def _own(deps: ArchiveDeps, tx: Tx, actor: Actor, current: list[ArchiveTerm], stage: str) -> HomeCounts:
    """Of the student, or of the guardian's child; `stage`: the present one."""
    students = sorted(actor.students)
    records = await store.record_counts(tx, students)
    return HomeCounts(
        current,
        written=await store.written_by(tx, students, [term.id for term in current]),
        to_evaluate=await _own_peers(tx, actor, current),
        records=records,
        record_terms={t.id: t for t in await terms.terms_by_id(tx, deps.directory, {row.term_id for row in records})},
        archives=await archives.page(tx, None, students, None, None, None, None, _ARCHIVES),
        career=await careers.get(tx, students[0], stage) if len(students) == 1 else None,
        verdicts=[(term, row) for term in current for row in await verdicts.own(deps, tx, actor, term)],
        form=await _awaited_form(deps, tx, actor, current),
    )


async def _awaited_form(deps: ArchiveDeps, tx: Tx, actor: Actor, current: list[ArchiveTerm]) -> AwaitedForm | None:
    """The form that a guardian has to sign and to upload (NR-03)."""
    if len(actor.students) != 1 or not any(term.scheme.verification for term in current):
        return None
    student_id = actor.student_id
    printed = bool(await signed_forms.with_codes(tx, [student_id]))
    forms = await signed_forms.of_student(tx, student_id) if printed else []
    return awaited(current, actor, deps.now(), printed=printed, forms=forms)


async def _missing(tx: Tx, actor: Actor, term: ArchiveTerm) -> list[ExpectedEvaluation]:
    types = [e.id for e in term.evaluations_about(actor.path)]
    return await evaluations.page(tx, term.id, actor.path, None, types, True, None, _CLASS * max(1, len(types)))


async def _unfinished(tx: Tx, actor: Actor, term: ArchiveTerm) -> dict[str, list[PeerProgress]]:
    """The students of a class who have not evaluated every classmate, by type (CS-12)."""
    types = [e.id for e in classmates_rules(term, actor.path)]
    return {t: [one for one in await peers.progress(tx, term.id, t, actor.path) if not one.finished] for t in types}


async def _own_peers(tx: Tx, actor: Actor, current: list[ArchiveTerm]) -> dict[tuple[UUID, str], int]:
    """How many classmates the student has not evaluated and submitted, by term and type (CS-12)."""
    found: dict[tuple[UUID, str], int] = {}
    for term in current:
        for rule in classmates_rules(term, actor.path):
            classmates = await peers.class_of(tx, actor.path)
            for student_id in actor.students:
                cards = await peers.cards_by(tx, term.id, rule.id, student_id)
                ready = {one for one, card in cards.items() if card.submitted_at is not None}
                found[term.id, rule.id] = sum(1 for s in classmates if s.id != student_id and s.id not in ready)
    return found


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
    too many for a home screen; a city and a province only read counters, in one term for all schools. Those by classmates are
    counted within a school only: there is one for each pair."""
    if level_of(path) in ("province", "city"):
        term_of_schools = school_terms.shown(await school_terms.at(tx, path), deps.now().date(), school_year, number)
        below = await school_terms.below(tx, term_of_schools) if term_of_schools is not None else []
        return Progress(path, (), {}, (), (), below=below)
    schools = await store.school_seals(tx, path, deps.now().date(), school_year, number)
    ids = [school.term_id for school in schools]
    least = "district" if counted_from == "district" and level_of(path) == "district" else "school"
    if LEVELS.index(level_of(path)) < LEVELS.index(least):
        return Progress(path, schools, {}, (), ())
    known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, ids)}
    sizes, written = await store.class_sizes(tx, path, ids), await store.written_counts(tx, path, ids)
    if LEVELS.index(level_of(path)) >= LEVELS.index("school"):
        for term in known.values():
            types = [e.id for e in term.scheme.evaluations if e.about == "classmates" and _has(term, e.id, sizes)]
            written += await peers.finished_counts(tx, term.id, types, path)
    return Progress(path, schools, known, sizes, written)


def _has(term: ArchiveTerm, type: str, sizes: Collection[ClassSize]) -> bool:
    """Whether any of the classes has this evaluation in the term."""
    return any(e.id == type for unit in sizes if within(unit.path, term.path) for e in classmates_rules(term, unit.path))


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
    """The operations that this service carries out: evaluations, scores, verdicts and their signatures, sealing, the career
    archive."""
    named = {SEAL}
    for term in all_terms:
        named |= {evaluation.operation for evaluation in term.scheme.evaluations}
        if term.verdict is not None:
            named |= {term.verdict.operation, *(step.operation for step in term.scheme.archives.term.sign_off)}
        if term.scored is not None:
            named |= {part.operation for part in term.scored.parts if part.operation}
            named |= {term.scored.lock.operation, *(step.operation for step in term.scored.steps)}
            named |= {consent.operation for consent in term.scored.consents}
        career = term.scheme.archives.career
        named |= {career.operation} if career is not None else set()
    return frozenset(named)
