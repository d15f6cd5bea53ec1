"""What home screens and progress by organisation show: counts in a few statements, only of the card's scope."""

from uuid import UUID

from contracts.base import level_of, within
from servicekit import school_terms
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.deps import Deps
from publicity.domain.published_results import rule_of
from publicity.domain.terms import Term
from publicity.results import HomeCounts, Progress
from publicity.store import home as store
from publicity.store import terms
from publicity.store.cases import CaseViewer
from publicity.store.home import CaseCount, SchoolTerm, StudentSelection


async def home(deps: Deps, actor: Actor) -> HomeCounts:
    """The terms under way, what waits for the card, its students' entries, and for those who oversee others their progress."""
    viewer = CaseViewer(
        deps.complainants.person(actor).pseudonym, actor.roles, actor.students, actor.path if actor.is_staff else None
    )
    async with deps.db.reading() as tx:
        current = await deps.directory.current(tx, actor.path, deps.now())
        cases = await store.open_cases(tx, viewer)
        entries = [] if actor.is_staff else await store.entry_counts(tx, actor.students)
        missing = {case.term_id for case in cases} - {term.id for term in current}
        known = {term.id: term for term in current} | (await deps.directory.terms(tx, missing) if missing else {})
        below = await _progress(deps, tx, actor.path, None, None) if actor.can("oversee") else None
        if not known and below is not None and any(case.overdue for case in below.cases):
            term_id = await store.term_of_overdue(tx, actor.path)
            known = await deps.directory.terms(tx, {term_id}) if term_id is not None else known
    return HomeCounts(current, known, cases, entries, below)


async def progress(deps: Deps, actor: Actor, path: str | None, school_year: str | None, number: int | None) -> Progress:
    """How far the organisations directly below one of the card's scope are, in their present term or the one named."""
    chosen = path or actor.path
    actor.need(chosen)
    async with deps.db.reading() as tx:
        return await _progress(deps, tx, chosen, school_year, number)


async def _progress(deps: Deps, tx: Tx, path: str, school_year: str | None, number: int | None) -> Progress:
    if level_of(path) in ("province", "city"):
        return await _above_districts(deps, tx, path, school_year, number)
    schools = await store.school_terms(tx, path, deps.now().date(), school_year, number)
    depth = len(path.split(".")) + 1
    if level_of(path) == "district":
        return Progress(path, schools, None, await _cases_of_schools(tx, path, schools), [], {})
    cases = await store.case_counts(tx, path, depth, [school.term_id for school in schools])
    own = next((school for school in schools if within(path, school.path)), None)
    selections = await store.selection_counts(tx, path, depth, own.term_id) if own else []
    titles = await terms.titles_of_units(tx, path) if own else {}
    return Progress(path, schools, own, cases, selections, titles)


async def _cases_of_schools(tx: Tx, path: str, schools: list[SchoolTerm]) -> list[CaseCount]:
    """The cases of each school of a district in its own term."""
    terms = {school.path: (school.school_year, school.number) for school in schools}
    return [
        cases
        for when in sorted(set(terms.values()))
        for cases in await store.case_counters(tx, path, *when)
        if terms.get(cases.path) == when
    ]


async def _above_districts(deps: Deps, tx: Tx, path: str, school_year: str | None, number: int | None) -> Progress:
    """The progress of a city or province from counters, in one term for all schools: O(organisations directly below)."""
    term = school_terms.shown(await school_terms.at(tx, path), deps.now().date(), school_year, number)
    if term is None:
        return Progress(path, [], None, [], [], {}, below=[])
    cases = await store.case_counters(tx, path, term.school_year, term.number)
    return Progress(path, [], None, cases, [], {}, below=await school_terms.below(tx, term))


async def selections(
    deps: Deps, actor: Actor, term_id: UUID, path: str | None, after: tuple[str, UUID] | None, limit: int
) -> list[StudentSelection]:
    """The students of a class with how many entries each has selected (JX-03), for staff."""
    async with deps.db.reading() as tx:
        term = await deps.directory.term(tx, term_id)
        chosen = path or (actor.path if term is not None and within(actor.path, term.path) else term.path if term else "")
        if term is None or not within(chosen, term.path):
            raise Refusal("not_found")
        actor.need(chosen)
        return await store.selections_by_student(tx, term_id, chosen, after, limit)


def home_operations(term: Term) -> frozenset[str]:
    """The operations of a scheme that this service carries out: selecting, the board, the steps in which results are published,
    complaints and the stages of cases. Not those of cases that depend on a result or an outcome and on no time (X-15)."""
    scheme, publicity = term.scheme, rule_of(term)
    named = {
        scheme.timing.publicity_operation,
        scheme.board.operation,
        *(kind.publicity.operation for kind in scheme.kinds if kind.publicity.trigger == "selected"),
        *(step.operation for step in (publicity[1].steps if publicity is not None else ())),
        *(one.operation for one in scheme.cases.types if one.operation and not scheme.operation(one.operation).timeless),
        *(stage.operation for stage in scheme.cases.stages),
    }
    return frozenset(name for name in named if name is not None)
