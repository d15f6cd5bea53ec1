"""Looking: one record with its history, lists, counts, tiles (JX-17, JX-18)."""

from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import require

from records import store
from records.actions.common import need_term_at, rules_for, rules_of
from records.deps import RecordsDeps
from records.domain.record import Line, Record
from records.domain.rules import Rules
from records.domain.sight import need_sight
from records.store.lists import Tile, Wanted


async def detail(deps: RecordsDeps, actor: Actor, record_id: UUID) -> tuple[Rules, Record, list[Line]]:
    """One record with all that happened to it."""
    async with deps.db.reading() as tx:
        record = need_sight(await store.records.get(tx, record_id), actor)
        rules = await rules_of(deps, tx, record.term_id)
        return rules, record, await store.records.history(tx, record_id)


async def page(
    deps: RecordsDeps, actor: Actor, wanted: Wanted, before: UUID | None, limit: int
) -> list[tuple[Rules, Record, str | None]]:
    """Records this card may see, newest first, each with the title of its student's class."""
    async with deps.db.reading() as tx:
        records = await store.lists.page(tx, actor, wanted, before, limit)
        rules = await rules_for(deps, tx, records)
        students = await store.people.students(tx, list({record.student_id for record in records}))
    titles = {student.id: student.class_title for student in students.values()}
    return [(rules[record.term_id], record, titles.get(record.student_id)) for record in records]


async def counts(deps: RecordsDeps, actor: Actor, term_id: UUID, path: str | None) -> dict[str, int]:
    """How many records this card sees in each state."""
    async with deps.db.reading() as tx:
        need_term_at(await rules_of(deps, tx, term_id), actor.path)
        return await store.lists.counts(tx, actor, term_id, path)


async def tiles(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None) -> tuple[Rules, dict[str, Tile]]:
    """Per dimension: confirmed, reported, the last report (JX-17)."""
    require(actor.is_staff or student_id is None or student_id in actor.students, "not_found")
    async with deps.db.reading() as tx:
        rules = await rules_of(deps, tx, term_id)
        need_term_at(rules, actor.path)
        return rules, await store.lists.tiles(tx, actor, term_id, student_id)
