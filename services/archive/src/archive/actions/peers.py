"""Evaluating classmates, card by card or a whole class, and how far a class is with it (CS-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from contracts.base import within
from scheme import Allowed
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.directory import Student, find_student
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import peers as rules
from archive.domain.peers import Distribution, NewCard, PeerCard, PeerProgress, PeerSheet
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm
from archive.store import peers as store
from archive.store import terms


@dataclass(frozen=True)
class CardResult:
    """What became of one card: saved, or refused."""

    student_id: UUID
    card: PeerCard | None
    refusal: Refusal | None


async def sheet(deps: ArchiveDeps, actor: Actor, term_id: UUID, type: str | None) -> PeerSheet:
    """The student's classmates and what this student said of them."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        return (await _sheet(deps, tx, actor, term, type))[1]


async def save(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, type: str | None, cards: Sequence[NewCard]
) -> tuple[PeerSheet, list[CardResult]]:
    """Save cards about classmates, each for itself: a refused one stays as it was; the same again changes nothing."""
    now = deps.now()
    results: list[CardResult] = []
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        me, found = await _sheet(deps, tx, actor, term, type)
        _need_open(deps, actor, me, found)
        classmates = {student.id for student in found.classmates}
        saved: dict[UUID, PeerCard] = {}
        for new in {card.student_id: card for card in cards}.values():
            old = found.cards.get(new.student_id)
            try:
                rules.need_classmate(found.term, me, new.student_id, classmates)
                card = rules.next_card(found.term, found.rule, old, new, now)
            except Refusal as refusal:
                results.append(CardResult(new.student_id, None, refusal))
                continue
            if card is not None:
                saved[new.student_id] = card
            results.append(CardResult(new.student_id, card or old, None))
        if saved and not await store.save(tx, found.term.id, found.rule.id, me.id, saved.values()):
            raise Refusal("stale_version")
        after = await _sheet(deps, tx, actor, found.term, found.rule.id)
    return after[1], results


async def submit(deps: ArchiveDeps, actor: Actor, term_id: UUID, type: str | None) -> PeerSheet:
    """Make the cards final, once every classmate has one. Whoever joins the class later follows."""
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        me, found = await _sheet(deps, tx, actor, term, type)
        _need_open(deps, actor, me, found)
        cards = rules.submit(found, deps.now())
        if cards and not await store.save(tx, found.term.id, found.rule.id, me.id, cards):
            raise Refusal("stale_version")
        return (await _sheet(deps, tx, actor, found.term, found.rule.id))[1]


def _need_open(deps: ArchiveDeps, actor: Actor, me: Student, found: PeerSheet) -> None:
    rule = found.term.scheme.rule(rules.RULE)
    need_collecting(found.term.state, rule)
    found.term.need_open(found.rule.operation, actor.roles, deps.now(), me.path, rule)


async def _sheet(
    deps: ArchiveDeps, tx: Tx, actor: Actor, term: ArchiveTerm | None, type: str | None
) -> tuple[Student, PeerSheet]:
    me = await find_student(tx, actor.student_id)
    if term is None or me is None or me.left or not within(me.path, term.path):
        raise Refusal("not_found")
    actor.need(me.path, me.id)
    rule = rules.classmates_rule(term, me.path, type)
    if actor.roles.isdisjoint(rule.by):
        raise term.refusal("forbidden", term.scheme.rule(rules.RULE), detail="本方案没有由您填写的这项评价")
    classmates = rules.classmates_of(me, await store.class_of(tx, me.path))
    cards = await store.cards_by(tx, term.id, rule.id, me.id)
    answer = term.ask(rule.operation, actor.roles, deps.now(), me.path)
    is_open = isinstance(answer, Allowed) and term.state == "collecting"
    until = answer.until if isinstance(answer, Allowed) and is_open else None
    return me, PeerSheet(term, rule, classmates, cards, is_open, until)


async def result(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, student_id: UUID, type: str | None
) -> tuple[ArchiveTerm, str, tuple[Distribution, ...], tuple[str, ...]]:
    """How often each choice was made about a student, once nothing can change: (term, type, distributions, texts)."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        student = await find_student(tx, student_id)
        if term is None or student is None or not within(student.path, term.path):
            raise Refusal("not_found")
        actor.need_reading(student.path, student.id)
        rule = rules.classmates_rule(term, student.path, type)
        rules.need_over(term, rule, student.path, deps.now())
        cards = (await store.cards_about(tx, [term.id], [student.id])).get(student.id, {}).get((term.id, rule.id), [])
    return term, rule.id, rules.distributions(term.scheme, rule, cards), rules.texts_about(rule, cards)


async def progress(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str | None, type: str | None
) -> tuple[ArchiveTerm, str, list[PeerProgress]]:
    """Who has finished, of the classes below a path that have such an evaluation: (term, type, students class by class)."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not (within(actor.path, term.path) or actor.covers(term.path)):
            raise Refusal("not_found")
        scope = path or (actor.path if within(actor.path, term.path) else term.path)
        actor.need(scope)
        wanted = [e.id for e in term.scheme.evaluations if e.about == "classmates" and (type is None or e.id == type)]
        if not wanted or not within(scope, term.path):
            raise Refusal("not_found")
        rows = await store.progress(tx, term.id, wanted[0], scope)
    has = {at: any(e.id == wanted[0] for e in rules.classmates_rules(term, at)) for at in {row.path for row in rows}}
    return term, wanted[0], [row for row in rows if has[row.path]]
