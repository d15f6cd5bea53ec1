"""Malicious complaints: marked by who decides, counted per term, and taken back by whom the scheme names (SH-08).

Who complained stays sealed: the account is decrypted here to count its marks under a keyed hash, and shown to nobody.
"""

from datetime import datetime
from uuid import UUID

from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.actions import case_engine
from publicity.deps import Deps
from publicity.domain.case_engine import CaseEngine
from publicity.domain.terms import Term
from publicity.store import malicious
from publicity.store.malicious import MarkedCase


async def save_marks(deps: Deps, tx: Tx, engine: CaseEngine) -> None:
    """Save the marks of an engine, and notify each complainant of the mark and of what follows."""
    for case_id in sorted(engine.marked):
        case = engine.cases[case_id]
        person = _person(deps, case_id, case.complainant_sealed, case.term_id)
        limits = engine.terms[case.term_id].scheme.cases.malicious
        if person is None or limits is None:
            continue
        reason = case.last_reason or case.last_action_title or ""
        await malicious.add(tx, case_id, case.term_id, person, engine.now, reason)
        count = await malicious.count(tx, case.term_id, person)
        engine.marked_malicious(case_id, reason, blocked=count >= limits.limit)
    engine.marked.clear()


def _person(deps: Deps, case_id: UUID, sealed: str | None, term_id: UUID) -> str | None:
    if sealed is None:
        return None
    return deps.complainants.marked_person(deps.complainants.unseal(case_id, sealed).account_id, term_id)


async def is_blocked(deps: Deps, tx: Tx, actor: Actor, term: Term) -> bool:
    """Whether this person can complain about others' records no more in this term."""
    limits = term.scheme.cases.malicious
    if limits is None:
        return False
    return await malicious.count(tx, term.id, deps.complainants.marked_person(actor.account_id, term.id)) >= limits.limit


async def need_not_blocked(deps: Deps, tx: Tx, actor: Actor, term: Term) -> None:
    """Refuse a complaint of somebody whose complaints were marked too often in this term; says who can lift that (X-13)."""
    if await is_blocked(deps, tx, actor, term):
        raise blocked(term)


def blocked(term: Term) -> Refusal:
    """The refusal, with whom to ask."""
    limits = term.scheme.cases.malicious
    titles = "、".join(term.scheme.role_title(role) for role in limits.lifted_by) if limits else ""
    return term.refusal("complaints_blocked", term.scheme.rule("complaint.malicious"), help=titles and f"请联系{titles}")


async def lift(deps: Deps, actor: Actor, case_id: UUID, reason: str) -> None:
    """Take a mark back, with a reason (SH-08): for the roles that the scheme names. Logged; the complainant is notified."""
    async with deps.db.transaction() as tx:
        engine = await case_engine.load(deps, tx, case_ids=[case_id])
        case = engine.cases.get(case_id)
        if case is None or not actor.covers(case.path):
            raise Refusal("not_found")
        term = engine.terms[case.term_id]
        if not may_lift(term, actor):
            raise Refusal("not_found")
        if not await malicious.lift(tx, case_id, engine.now, actor, reason):
            raise term.refusal("wrong_state", term.scheme.rule("complaint.malicious"), detail="没有可以撤销的恶意认定")
        limits = term.scheme.cases.malicious
        person = _person(deps, case_id, case.complainant_sealed, case.term_id)
        count = await malicious.count(tx, case.term_id, person) if person is not None else 0
        is_still = limits is not None and count >= limits.limit
        engine.marked_malicious(case_id, reason, blocked=is_still, lifted=True)
        await case_engine.save(tx, engine)


def may_lift(term: Term, actor: Actor) -> bool:
    """Whether the scheme lets this card take marks back."""
    limits = term.scheme.cases.malicious
    return limits is not None and actor.is_(*limits.lifted_by)


async def listed(
    deps: Deps, actor: Actor, term_id: UUID | None, after: tuple[datetime, UUID] | None, limit: int
) -> tuple[list[MarkedCase], dict[UUID, Term]]:
    """One page of marked complaints that this card may take back or took back, with their terms."""
    if not actor.is_staff:
        return [], {}
    async with deps.db.reading() as tx:
        found = await malicious.page(tx, actor.path, term_id, after, limit)
        terms = await deps.directory.terms(tx, {one.term_id for one in found})
    return [one for one in found if may_lift(terms[one.term_id], actor)], terms
