"""Final submissions: the student's choice from all terms of the stage, and the school's review of it (CS-01, CS-08)."""

from collections.abc import Sequence
from dataclasses import replace
from uuid import UUID

from servicekit import outbox
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from records import store
from records.actions.common import need_found, term_of, terms_to_show
from records.actions.reviews import Reason, Verdict
from records.actions.writing import load_context
from records.deps import RecordsDeps
from records.domain import final as rules
from records.domain.final import Decision, Final, Refused
from records.domain.record import Record
from records.domain.term import Term
from records.results import FinalChoice


async def choice(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None) -> FinalChoice:
    """What the family has chosen so far, and what there is to choose from."""
    async with deps.db.reading() as tx:
        term, student = await load_context(deps, tx, actor, term_id, student_id)
        rules.rules_of(term)
        found = await store.finals.of_student(tx, term.id, student.id)
        known, terms = await _choosable(deps, tx, term, student)
    return FinalChoice(term, found or rules.begin(new_id(), term, student), known, terms, actor, deps.now())


async def choose(
    deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None, seen: int | None, record_ids: Sequence[UUID]
) -> FinalChoice:
    """Replace the choice."""
    async with deps.db.transaction() as tx:
        term, final, known, terms = await _own(deps, tx, actor, term_id, student_id, seen)
        with term.refusal_context("final", rules.rules_of(term).operation):
            final = rules.choose(term, final, record_ids, {record.id for record in known}, actor, deps.now())
        await store.finals.save(tx, final)
    return FinalChoice(term, final, known, terms, actor, deps.now())


async def submit(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None, seen: int | None) -> FinalChoice:
    """Submit the choice. What does not count any more since it was chosen has to be left out first."""
    async with deps.db.transaction() as tx:
        term, final, known, terms = await _own(deps, tx, actor, term_id, student_id, seen)
        with term.refusal_context("final", rules.rules_of(term).operation):
            final = rules.choose(term, final, final.record_ids, {record.id for record in known}, actor, deps.now())
            decision = rules.submit(term, final, actor, deps.now())
        final = await _save(tx, decision)
    return FinalChoice(term, final, known, terms, actor, deps.now())


async def withdraw(deps: RecordsDeps, actor: Actor, term_id: UUID, student_id: UUID | None, seen: int | None) -> FinalChoice:
    """Take the submission back before the school reviewed it."""
    async with deps.db.transaction() as tx:
        term, final, known, terms = await _own(deps, tx, actor, term_id, student_id, seen)
        with term.refusal_context("final", rules.rules_of(term).operation):
            decision = rules.withdraw(term, final, actor, deps.now())
        final = await _save(tx, decision)
    return FinalChoice(term, final, known, terms, actor, deps.now())


async def page(
    deps: RecordsDeps, actor: Actor, term_id: UUID | None, state: str | None, before: UUID | None, limit: int
) -> list[tuple[Term, Final, str | None]]:
    """What was submitted below the staff card's organisation, newest first, with the titles of the students' classes."""
    if not actor.is_staff or not rules.may_see_others(deps.schemes, actor):
        return []
    async with deps.db.reading() as tx:
        found = await store.finals.page(tx, actor.path, term_id, state, before, limit)
        terms = await deps.directory.terms(tx, {final.term_id for final, _ in found})
    return [(terms[final.term_id], final, title) for final, title in found]


async def show(deps: RecordsDeps, actor: Actor, final_id: UUID) -> tuple[Term, Final]:
    """One submission."""
    async with deps.db.reading() as tx:
        final = _visible(deps, await store.finals.get(tx, final_id), actor)
        return await term_of(deps, tx, final.term_id), final


async def materials(
    deps: RecordsDeps, actor: Actor, final_id: UUID, before: UUID | None, limit: int
) -> list[tuple[Term, Record]]:
    """The records of a submission, newest first, with their terms."""
    async with deps.db.reading() as tx:
        final = _visible(deps, await store.finals.get(tx, final_id), actor)
        ids = [record_id for record_id in final.record_ids if before is None or record_id < before]
        records = await store.finals.records_of(tx, sorted(ids, reverse=True)[:limit])
        terms = await terms_to_show(deps, tx, records)
    return [(terms[record.term_id], record) for record in records]


async def review(
    deps: RecordsDeps, actor: Actor, final_id: UUID, seen: int | None, verdict: Verdict, refused: Sequence[Refused],
    reason: Reason = (None, None),
) -> tuple[Term, Final]:  # fmt: skip
    """Let a submission pass, without single records, or return it (CS-08)."""
    async with deps.db.transaction() as tx:
        final = _visible(deps, await store.finals.lock(tx, final_id), actor)
        term = await term_of(deps, tx, final.term_id)
        with term.refusal_context("final.review", rules.rules_of(term).review_operation):
            _need_version(final, seen)
            if verdict == "approve":
                decision = rules.approve(term, final, refused, actor, deps.now())
            else:
                decision = rules.send_back(term, final, refused, reason, actor, deps.now())
        return term, await _save(tx, decision)


async def _own(
    deps: RecordsDeps, tx: Tx, actor: Actor, term_id: UUID, student_id: UUID | None, seen: int | None
) -> tuple[Term, Final, list[Record], dict[UUID, Term]]:
    term, student = await load_context(deps, tx, actor, term_id, student_id)
    rules.rules_of(term)
    found = await store.finals.lock_of_student(tx, term.id, student.id) or rules.begin(new_id(), term, student)
    _need_version(found, seen)
    known, terms = await _choosable(deps, tx, term, student)
    return term, replace(found, path=student.path, student_name=student.name), known, terms


async def _choosable(deps: RecordsDeps, tx: Tx, term: Term, student: Student) -> tuple[list[Record], dict[UUID, Term]]:
    records = await store.finals.material(tx, student.id)
    terms = await deps.directory.terms(tx, {record.term_id for record in records})
    return rules.choosable(term, records, terms), terms


def _visible(deps: RecordsDeps, final: Final | None, actor: Actor) -> Final:
    final = need_found(final)
    if not rules.may_see(final, actor, deps.schemes):
        raise Refusal("not_found")
    return final


def _need_version(final: Final, seen: int | None) -> None:
    current = {"record_ids": [str(record_id) for record_id in final.record_ids], "state": final.state.value}
    require(seen in (None, final.version), "stale_version", seen=seen, version=final.version, current=current)


async def _save(tx: Tx, decision: Decision) -> Final:
    final, event = decision
    await store.finals.save(tx, final)
    await outbox.add(tx, event)
    return final
