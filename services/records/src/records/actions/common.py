"""The steps that use cases share: finding the rules, locking what the actor may see, keeping what was decided."""

from collections.abc import Iterable
from uuid import UUID

from servicekit import due, outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal, require

from records import store
from records.deps import RecordsDeps
from records.domain.record import Change, Record, need_version
from records.domain.reviewing import deadline
from records.domain.rules import Rules, Term
from records.domain.sight import need_sight

SILENCE = "silence"
"""The due row of a record that silence acts on; its key is the record's id."""


def rules_under(deps: RecordsDeps, term: Term | None) -> Rules:
    """A term with its scheme, or `not_found`."""
    if term is None:
        raise Refusal("not_found")
    return Rules(deps.schemes.get(term.scheme_id, term.scheme_version), term)


async def rules_of(deps: RecordsDeps, tx: Tx, term_id: UUID) -> Rules:
    """The rules of one term."""
    return rules_under(deps, await store.terms.get(tx, term_id))


async def rules_for(deps: RecordsDeps, tx: Tx, records: Iterable[Record]) -> dict[UUID, Rules]:
    """The rules of many records, by term."""
    found = await store.terms.many(tx, list({record.term_id for record in records}))
    return {term_id: rules_under(deps, term) for term_id, term in found.items()}


async def locked(deps: RecordsDeps, tx: Tx, actor: Actor, record_id: UUID, seen: int | None = None) -> tuple[Rules, Record]:
    """A record this card may see, held until the transaction ends, with its rules; `seen`: the version decided on."""
    record = need_sight((await store.records.lock(tx, [record_id])).get(record_id), actor)
    need_version(record, seen)
    return await rules_of(deps, tx, record.term_id), record


async def keep(tx: Tx, rules: Rules, *changes: Change) -> None:
    """Save what was decided about records of one term, and say it."""
    await keep_many(tx, [(rules, change) for change in changes])


async def keep_new(tx: Tx, rules: Rules, *changes: Change) -> None:
    """Save new records, and say it."""
    await store.records.add(tx, [change.record for change in changes])
    await _tell(tx, [(rules, change) for change in changes])


async def keep_many(tx: Tx, decided: list[tuple[Rules, Change]]) -> None:
    """Save what was decided about many records, and say it, in as many statements as for one."""
    await store.records.save(tx, [change.record for _, change in decided])
    await _tell(tx, decided)


async def _tell(tx: Tx, decided: list[tuple[Rules, Change]]) -> None:
    await store.records.write_down(tx, [line for _, change in decided for line in change.lines])
    await outbox.add(tx, *(fact for _, change in decided for fact in change.facts))
    acts = [(str(change.record.id), at) for rules, change in decided if (at := deadline(rules, change.record))]
    if acts:
        await due.put_many(tx, SILENCE, acts)


def need_term_at(rules: Rules, place: str) -> None:
    """A term of another school does not exist here."""
    inside = f"{place}.".startswith(f"{rules.term.path}.") or f"{rules.term.path}.".startswith(f"{place}.")
    require(inside or not place, "not_found")
