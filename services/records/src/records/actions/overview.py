"""Looking: one record with its history, lists, counts, tiles (JX-17, JX-18)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import require

from records import store
from records.actions.common import looked_at, need_term_at, rules_of, rules_shown
from records.deps import RecordsDeps
from records.domain.record import Line, Record
from records.domain.rules import Rules
from records.store.lists import Tile, Wanted


async def detail(deps: RecordsDeps, actor: Actor, record_id: UUID) -> tuple[Rules, Record, list[Line]]:
    """One record with all that happened to it."""
    async with deps.db.reading() as tx:
        record = await looked_at(tx, actor, record_id)
        rules = await rules_of(deps, tx, record.term_id)
        return rules, record, await store.records.history(tx, record_id)


async def page(
    deps: RecordsDeps, actor: Actor, wanted: Wanted, before: UUID | None, limit: int
) -> list[tuple[Rules, Record, str | None]]:
    """Records this card may see, newest first, each with the title of its student's class."""
    async with deps.db.reading() as tx:
        found = await store.lists.page(tx, actor, wanted, before, limit)
        rules = await rules_shown(deps, tx, [record for record, _ in found])
    return [(rules[record.term_id], record, class_title) for record, class_title in found]


async def counts(deps: RecordsDeps, actor: Actor, term_id: UUID, wanted: Wanted) -> dict[str, int]:
    """How many records of the same list are in each state."""
    async with deps.db.reading() as tx:
        rules = await rules_of(deps, tx, term_id)
        found = await store.lists.counts(tx, actor, wanted)
    if actor.is_staff or not found:  # own records of a school left behind stay one's own (BJ-04)
        need_term_at(rules, actor.path)
    return found


async def tiles(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None) -> tuple[Rules, dict[str, Tile]]:
    """Per dimension: confirmed, reported, the last report (JX-17)."""
    require(actor.is_staff or student_id is None or student_id in actor.students, "not_found")
    async with deps.db.reading() as tx:
        rules = await rules_of(deps, tx, term_id)
        found = await store.lists.tiles(tx, actor, term_id, student_id)
    if actor.is_staff or not found:  # own records of a school left behind stay one's own (BJ-04)
        need_term_at(rules, actor.path)
    return rules, found
