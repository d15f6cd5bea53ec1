"""Statistics of results from counters, which follow each change of a class's results in its transaction (BJ-08, BJ-12)."""

from collections.abc import Collection
from dataclasses import replace
from typing import Any
from uuid import UUID

from contracts.base import level_of
from servicekit import jobs
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import reports as reports_rules
from archive.domain import statistics as rules
from archive.domain.statistics import Period, Statistics, Total
from archive.domain.terms import ArchiveTerm
from archive.results import PeriodOffer
from archive.store import statistics as store
from archive.store import terms

COUNT = "count_results"
_TERMS_AT_ONCE = 20
_PERIODS = 24
"""Terms that are offered: six years of two schemes."""


def period_of(term: ArchiveTerm) -> Period:
    """The period that a school's term is part of, of all stages."""
    return Period(term.scheme.id, term.school_year, term.number, term.scheme.version)


async def recount(tx: Tx, term: ArchiveTerm, paths: Collection[str]) -> None:
    """Count the results of classes anew, in the transaction that changed them. The same again changes nothing."""
    if not paths or term.backfill is not None:
        return
    of_stages: dict[str, list[str]] = {}
    for path in sorted(paths):
        of_stages.setdefault(term.schooling_of(path).stage, []).append(path)
    for stage, classes in sorted(of_stages.items()):
        await _recount(tx, term, replace(period_of(term), stage=stage), classes)


async def _recount(tx: Tx, term: ArchiveTerm, period: Period, classes: list[str]) -> None:
    """The same for classes of one stage."""
    named = await store.titles(tx, classes, term.path)
    before = await store.lock_classes(tx, period, classes, named)
    old, new = await store.counted(tx, period, classes), await store.in_force(tx, term.id, classes)
    totals = rules.total_changes(before, rules.totals(new, classes))
    await store.add(tx, period, rules.changes(old, new), totals, named)


async def count_all(deps: ArchiveDeps, tx: Tx, key: str, _payload: dict[str, Any]) -> None:
    """Count the results of all terms anew, some at a time; repairs counters, too. `key`: `all`, or the last term done."""
    after = None if key == "all" else UUID(key)
    found = await store.terms_with_results(tx, after, _TERMS_AT_ONCE)
    for term_id in found:
        term = await terms.term(tx, deps.directory, term_id)
        assert term is not None
        await recount(tx, term, await store.classes_with_results(tx, term_id, term.path))
    if len(found) == _TERMS_AT_ONCE:
        await jobs.schedule(tx, deps.now(), COUNT, str(found[-1]))


async def periods(deps: ArchiveDeps, actor: Actor, path: str | None) -> list[PeriodOffer]:
    """The terms of which an organisation has or will have results, newest first, with the reports that this card may have."""
    chosen = path or actor.path
    actor.need(chosen)
    async with deps.db.reading() as tx:
        of_school = [
            period_of(term)
            for term in reversed(await terms.terms_at(tx, deps.directory, chosen))
            if rules.bands_of(term.scheme) or term.scheme.reports
        ]
        counted = await store.periods(tx, chosen, _PERIODS)
    known = {(one.scheme_id, one.school_year, one.number): (students, stages) for one, students, stages in counted}
    offers = []
    for period in (of_school or [period for period, _, _ in counted])[:_PERIODS]:
        scheme = deps.schemes.get(period.scheme_id, period.version)
        students, stages = known.get((period.scheme_id, period.school_year, period.number), (0, {}))
        offers.append(PeriodOffer(scheme, period, students, reports_rules.offered(scheme, actor, level_of(chosen)), stages))
    return offers


async def read(deps: ArchiveDeps, actor: Actor, path: str | None, asked: Period) -> Statistics:
    """How many students of an organisation, and of each directly below it, have which grade (BJ-12)."""
    chosen = path or actor.path
    actor.need(chosen)
    async with deps.db.reading() as tx:
        return await of_path(deps, tx, chosen, asked)


async def of_path(deps: ArchiveDeps, tx: Tx, path: str, asked: Period) -> Statistics:
    """The same for any organisation. `asked`: without version."""
    period, term = await resolve(deps, tx, path, asked)
    scheme = deps.schemes.get(period.scheme_id, period.version)
    total, counts = await store.total(tx, period, path) or (Total(path, ""), {})
    total = replace(total, title=await _title(tx, path, total.title))
    below = await store.children(tx, period, path)
    for _, found in below:
        counts |= found
    expected = await store.participants(tx, path, term.id) if term else None
    return Statistics(scheme, period, total, [child for child, _ in below], counts, expected)


def _has_stage(term: ArchiveTerm, path: str, stage: str) -> bool:
    """May there be results of the stage: is the class's own, or does it join the first one of the school?"""
    own = term.schooling_of(path).stage
    joins = term.scheme.find_schoolings(term.schooling.stage, term.schooling.years, [stage]) is not None
    return stage == own or (level_of(path) == "school" and joins)


async def resolve(deps: ArchiveDeps, tx: Tx, path: str, asked: Period) -> tuple[Period, ArchiveTerm | None]:
    """The period with the version of its scheme, and at a school and below the term; `not_found` where there is none, and
    where the school has another stage (BJ-03)."""
    for term in await terms.terms_at(tx, deps.directory, path):
        if rules.same_period(period_of(term), asked) and (not asked.stage or _has_stage(term, path, asked.stage)):
            return replace(period_of(term), stage=asked.stage), term
    if level_of(path) not in ("school", "grade", "class"):
        for period, _, _ in await store.periods(tx, path, _PERIODS):
            if rules.same_period(period, asked):
                return replace(period, stage=asked.stage), None
    raise Refusal("not_found", detail="这个学期没有评价结果")


async def title_of(tx: Tx, period: Period, path: str) -> str:
    """How an organisation is called in titles: 初三（1）班, 海淀区."""
    found = await store.total(tx, period, path)
    return await _title(tx, path, found[0].title if found else "")


async def _title(tx: Tx, path: str, known: str) -> str:
    if level_of(path) in ("grade", "class") and (title := await terms.title_below_school(tx, path)):
        return title
    return known or await terms.title_of(tx, path)
