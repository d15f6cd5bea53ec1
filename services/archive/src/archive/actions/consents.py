"""Writing reasons for bands, and the consent of the level above (X-15)."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from contracts.base import within
from servicekit.auth import Actor
from servicekit.db import Tx
from servicekit.refusals import Refusal

from archive.actions.score_rows import rows_of
from archive.deps import ArchiveDeps
from archive.domain import consents as rules
from archive.domain.consents import Answer, BandConsent, Key, NewReason
from archive.domain.evaluations import Author
from archive.domain.scores import need_not_own
from archive.domain.terms import ArchiveTerm
from archive.results import AskedConsent, DecisionOutcome, ReasonOutcome
from archive.store import audit, terms
from archive.store import consents as store
from archive.store import scores as score_store

type Position = tuple[str, UUID, UUID, str]
"""Class, term, student and dimension: where a page ends."""
type Asked = tuple[UUID, UUID, str, int]
"""Term, student, dimension and the version that was looked at."""


async def write_reasons(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, path: str, new: Sequence[NewReason]
) -> list[ReasonOutcome]:
    """Write or change reasons for bands in one class; a refused one stays as it was. In the given order."""
    now, author = deps.now(), Author(actor.account_id, actor.name)
    outcomes: list[ReasonOutcome] = []
    async with deps.db.transaction() as tx:
        term = await _shared(deps, tx, actor, term_id)
        actor.need(path)
        if not within(path, term.path) or not term.scores_class(path):
            raise Refusal("not_found")
        [sheet] = (await score_store.lock_sheets(tx, term_id, [path], to_change=False)).values()
        rules.need_may_write(term, sheet, actor.roles, now)
        rows, _ = await rows_of(tx, term, path)
        needed = {one.key: one for one in rules.needed(term, rows)}
        known, here = await store.lock(tx, term_id, {one.student_id for one in new}), {row.student.id for row in rows}
        changed: dict[Key, BandConsent] = {}
        for one in new:
            key = (one.student_id, one.dimension)
            try:
                if one.student_id not in here:
                    raise Refusal("not_found")
                need_not_own(term, actor.own_students, one.student_id)
                before = changed.get(key) or known.get(key)
                saved = rules.write(term, needed.get(key), one, before, author, now)
            except Refusal as refusal:
                outcomes.append(ReasonOutcome(one, None, refusal))
                continue
            if saved is not None:
                changed[key] = saved
            outcomes.append(ReasonOutcome(one, saved or before, None))
        await store.save(tx, changed.values(), author, now)
    return outcomes


async def asked(deps: ArchiveDeps, actor: Actor, after: Position | None, limit: int) -> list[AskedConsent]:
    """What waits for this card's answer, class by class."""
    async with deps.db.reading() as tx:
        rows = await store.asked(tx, actor.path, actor.roles, after, limit)
        known = {term.id: term for term in await terms.terms_by_id(tx, deps.directory, {row[0].term_id for row in rows})}
    return [AskedConsent(known[row[0].term_id], *row) for row in rows]


async def answer(deps: ArchiveDeps, actor: Actor, what: Answer, note: str, seen: Sequence[Asked]) -> list[DecisionOutcome]:
    """Consent to, or refuse, what was asked; a refusal returns the class to those who enter. Each for itself."""
    now, author = deps.now(), Author(actor.account_id, actor.name)
    outcomes: list[DecisionOutcome] = []
    async with deps.db.transaction() as tx:
        by_term: dict[UUID, list[Asked]] = {}
        for one in seen:
            by_term.setdefault(one[0], []).append(one)
        for term_id, some in sorted(by_term.items()):
            outcomes += await _answer(deps, tx, actor, what, note, term_id, some, author, now)
    order = {(term_id, (student_id, dimension)): at for at, (term_id, student_id, dimension, _) in enumerate(seen)}
    return sorted(outcomes, key=lambda one: order[one.term_id, one.key])


async def _answer(
    deps: ArchiveDeps,
    tx: Tx,
    actor: Actor,
    what: Answer,
    note: str,
    term_id: UUID,
    seen: Sequence[Asked],
    author: Author,
    now: datetime,
) -> list[DecisionOutcome]:
    """The answers about one term."""
    try:
        term = await _shared(deps, tx, actor, term_id)
        term.need_scored()
    except Refusal as refusal:
        return [DecisionOutcome(term_id, (student, dimension), None, refusal) for _, student, dimension, _ in seen]
    ids = {student_id for _, student_id, _, _ in seen}
    paths = {one for one in await store.paths(tx, term_id, ids) if actor.covers(one) and within(one, term.path)}
    sheets = await score_store.lock_sheets(tx, term_id, paths, to_change=True)
    known = await store.lock(tx, term_id, ids)
    outcomes: list[DecisionOutcome] = []
    decided: list[BandConsent] = []
    for _, student_id, dimension, version in seen:
        held = known.get((student_id, dimension))
        try:
            if held is None or held.path not in sheets or not actor.covers(held.path):
                raise Refusal("not_found")
            if held.version != version:
                raise Refusal("stale_version", version=held.version)
            new = rules.decide(term, held, sheets[held.path], what, note, actor.roles, actor.name, now)
        except Refusal as refusal:
            outcomes.append(DecisionOutcome(term_id, (student_id, dimension), None, refusal))
            continue
        known[new.key] = new
        decided.append(new)
        outcomes.append(DecisionOutcome(term_id, new.key, new, None))
    await store.save(tx, decided, author, now)
    for one in decided:
        await audit.write(
            tx, now, actor, f"scores.consent_{one.state}", one.path, one.student_id,
            term=str(term_id), dimension=one.dimension, band=one.band,
        )  # fmt: skip
    for path in sorted({one.path for one in decided if one.state == "refused"}):
        sheet = rules.sent_back(sheets[path])
        role = next(one.role for one in decided if one.path == path)
        await score_store.save_sheet(tx, sheet, "return", decided[0].note, author, role, now)
        left = await store.of_class(tx, term_id, path)
        await store.save(tx, rules.stop_asking(left.values(), now), author, now)
    return outcomes


async def _shared(deps: ArchiveDeps, tx: Tx, actor: Actor, term_id: UUID) -> ArchiveTerm:
    """The term of a school for a card of it, below it or above it, which nobody seals meanwhile; else `not_found`."""
    term = await terms.share_term(tx, deps.directory, term_id)
    if term is None or term.backfill is not None or not (within(actor.path, term.path) or actor.covers(term.path)):
        raise Refusal("not_found")
    return term
