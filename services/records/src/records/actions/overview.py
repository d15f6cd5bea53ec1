"""Reading: one record with its history, lists, counts, tiles (JX-17, JX-18)."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from uuid import UUID

from scheme.quotas import LedgerLine
from servicekit.auth import Actor
from servicekit.refusals import require

from records import store
from records.actions.common import find_record, need_term_at, term_of, terms_to_show
from records.deps import RecordsDeps
from records.domain.access import seen_kinds
from records.domain.moving import as_written
from records.domain.quotas import COUNTED, ledger_lines, shared_kinds
from records.domain.record import HistoryLine, Record
from records.domain.state import State
from records.domain.term import Term
from records.results import Found
from records.store.lists import RecordFilters, Tile


async def detail(deps: RecordsDeps, actor: Actor, record_id: UUID) -> tuple[Term, Record, list[HistoryLine], list[LedgerLine]]:
    """One record with its history, and with what it counts in quotas that keep what exceeds them."""
    async with deps.db.reading() as tx:
        record = await find_record(deps, tx, actor, record_id)
        term, record = as_written(await term_of(deps, tx, record.term_id), record)
        history = await store.records.history(tx, record_id)
        own = actor.is_staff or record.student_id in actor.students
        kinds = shared_kinds(term.scheme, [record.kind], beyond="not_counted") if own else frozenset[str]()
        entries = await store.records.quota_entries(tx, [record.student_id], kinds, COUNTED) if kinds else {}
    return term, record, history, ledger_lines(term, record, entries.get(record.student_id, []))


async def page(
    deps: RecordsDeps, actor: Actor, filters: RecordFilters, before: UUID | None, limit: int
) -> list[tuple[Term, Record, str | None]]:
    """Records that this card may see, newest first, each with the title of its student's class."""
    async with deps.db.reading() as tx:
        found = await store.lists.page(tx, actor, seen_kinds(deps.schemes, actor), filters, before, limit)
        terms = await terms_to_show(deps, tx, [record for record, _ in found])
    return [(terms[record.term_id], record, class_title) for record, class_title in found]


async def counts(deps: RecordsDeps, actor: Actor, term_id: UUID, filters: RecordFilters) -> dict[str, int]:
    """The number of records of the same list by state."""
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
        found = await store.lists.counts(tx, actor, seen_kinds(deps.schemes, actor), filters)
    if actor.is_staff or not found:  # students see their own records of an earlier school (BJ-04)
        need_term_at(term, actor.path)
    return _by_state(found)


def _by_state(found: Mapping[tuple[str, str], int]) -> dict[str, int]:
    numbers = Counter[str]()
    for (state, _), count in found.items():
        numbers[state] += count
    return dict(numbers)


async def search(deps: RecordsDeps, actor: Actor, filters: RecordFilters, before: UUID | None, limit: int) -> Found:
    """Records that this card may see, with counts for each filter: by state and by kind, as if the other one alone were set."""
    async with deps.db.reading() as tx:
        found = await store.lists.page(tx, actor, seen_kinds(deps.schemes, actor), filters, before, limit)
        terms = await terms_to_show(deps, tx, [record for record, _ in found])
        numbers = await store.lists.counts(tx, actor, seen_kinds(deps.schemes, actor), replace(filters, kind=None))
    states = _by_state({(state, kind): n for (state, kind), n in numbers.items() if filters.kind in (None, kind)})
    wanted = State.SUBMITTED if filters.waiting else filters.state
    kinds = _by_state({(kind, state): n for (state, kind), n in numbers.items() if wanted in (None, state)})
    lines = [(terms[record.term_id], record, class_title) for record, class_title in found]
    return Found(lines, states, kinds)


async def tiles(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None) -> tuple[Term, dict[str, Tile]]:
    """By dimension: how many records are confirmed and reported, and when the last one was submitted (JX-17)."""
    require(actor.is_staff or student_id is None or student_id in actor.students, "not_found")
    async with deps.db.reading() as tx:
        term = await term_of(deps, tx, term_id)
        found = await store.lists.tiles(tx, actor, seen_kinds(deps.schemes, actor), term_id, student_id)
    if actor.is_staff or not found:  # students see their own records of an earlier school (BJ-04)
        need_term_at(term, actor.path)
    return term, found
