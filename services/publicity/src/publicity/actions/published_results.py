"""Results are published in steps once a class is locked, and settled when publicity and cases are over (X-15).

Reading them is like reading the board: only while they are published, only what the scheme shows, and every look is logged.
"""

from uuid import UUID

from contracts.archive import ScoresCorrectedV1, ScoresLockedV1, ScoresUnlockedV1
from contracts.base import ancestor, within
from contracts.publicity import ResultsSettledV1
from servicekit import jobs, outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.refusals import Refusal

from publicity.actions import malicious
from publicity.actions.terms import SETTLE, class_key
from publicity.deps import Deps
from publicity.domain import appeals
from publicity.domain import published_results as rules
from publicity.domain.case_engine import CaseEngine
from publicity.domain.published_results import PublishedResult, ResultClass
from publicity.domain.terms import Term
from publicity.results import ResultBoard, ResultItem
from publicity.store import cases
from publicity.store import published_results as store


async def publish(deps: Deps, tx: Tx, event: ScoresLockedV1) -> None:
    """Publish the results of a class that was locked, if the scheme says so."""
    term = await deps.directory.term(tx, event.term_id)
    if term is None:
        raise RetryLater
    one = ResultClass(event.term_id, event.path, event.version, event.at)
    if rules.rule_of(term) is None or not await store.save_class(tx, one):
        return
    await store.add(tx, one, event.results)
    await jobs.schedule(tx, rules.steps_of(term, one)[-1].ends, SETTLE, class_key(term.id, event.path))


async def withdraw(_: Deps, tx: Tx, event: ScoresUnlockedV1) -> None:
    """Publish the results of the class no longer; open cases go on, and are decided once it is locked again."""
    await store.save_class(tx, ResultClass(event.term_id, event.path, event.version, None))


async def correct(_: Deps, tx: Tx, event: ScoresCorrectedV1) -> None:
    """Show the result as the archive corrected it."""
    await store.correct(tx, event.term_id, event.version, event.result)


async def settle(deps: Deps, tx: Tx, term_id: UUID, path: str) -> None:
    """Say that the results of a class are final, once publicity is over and nobody may object or appeal any more.

    Each case that is closed asks again.
    """
    term, now = (await deps.directory.hold(tx, [term_id])).get(term_id), deps.now()
    one = await store.lock_class(tx, term_id, path)
    if term is None or one is None or one.locked_at is None or one.settled_at is not None:
        return
    known = await store.cases_of(tx, term_id, path)
    at = appeals.settled_after(term, one, await cases.not_appealed(tx, term_id, path), now)
    if at is not None:
        await jobs.schedule(tx, at, SETTLE, class_key(term_id, path))
        return
    if known.open:
        return
    await store.settle(tx, one, now)
    await outbox.add(
        tx, ResultsSettledV1(term_id=term_id, path=path, version=one.version, amended=known.amended, at=now)
    )  # fmt: skip


async def reschedule(deps: Deps, tx: Tx, term: Term) -> None:
    """Ask again when the results of the term's classes are final: its timetable changed."""
    if rules.rule_of(term) is not None:
        open_ = [one for one in await store.locked_classes(tx, term.id, term.path) if one.settled_at is None]
        await jobs.schedule_many(tx, SETTLE, [(class_key(term.id, one.path), deps.now()) for one in open_])


async def read_board(
    deps: Deps, actor: Actor, term_id: UUID, path: str | None, after: tuple[str, UUID] | None, limit: int
) -> ResultBoard:
    """One page of published results, logged (X-09). A class of which nothing is published to the viewer is left out."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await deps.directory.term(tx, term_id)
        if term is None:
            raise Refusal("not_found")
        scope = rules.need_scope(term, actor)
        if path is not None and not within(path, scope.path):
            raise Refusal("not_found")
        steps = {}
        for one in await store.locked_classes(tx, term_id, path or scope.path):
            step = rules.step_at(term, one, now)
            if step is not None and rules.reaches(step, one.path, actor, scope):
                steps[one.path] = step
        if not steps:
            raise term.refusal("window_closed", term.scheme.rule("board"), detail="现在没有正在公示的评价结果")
        rows = await store.log_and_read_page(tx, term_id, sorted(steps), scope.students, after, limit, actor, now)
        blocked = await malicious.is_blocked(deps, tx, actor, term)
    items = []
    for row in rows:
        result = row.result
        may = rules.objection_type(term, actor, result.student_id, now, result.path)
        own = result.student_id in actor.students
        items.append(ResultItem(row, steps[result.path], own, may if own or not blocked else None))
    return ResultBoard(term, scope, items)


async def find_open(deps: Deps, tx: Tx, actor: Actor, result_id: UUID) -> tuple[PublishedResult, Term]:
    """A result that is published to this viewer now, or is their own and published to anybody; else `not_found`."""
    found = await store.find(tx, result_id)
    term = await deps.directory.term(tx, found[0].term_id) if found else None
    if found is None or term is None:
        raise Refusal("not_found")
    result, one = found
    step = rules.step_at(term, one, deps.now())
    if result.student_id in actor.students:
        if step is None:
            raise term.refusal("result_not_published", term.scheme.rule("complaint.open"))
        return result, term
    scope = rules.need_scope(term, actor)
    if step is None or scope.students is not None or not rules.reaches(step, result.path, actor, scope):
        raise Refusal("not_found")
    return result, term


async def need_seats(tx: Tx, engine: CaseEngine, case_id: UUID) -> None:
    """Refuse a decision that gives a band of which its share has no seat left, or about a class that is not locked (X-15)."""
    case = engine.cases[case_id]
    after = case.grades_after or (case.decision.grades if case.decision is not None else None)
    if case.about != "result" or not after:
        return
    term = engine.terms[case.term_id]
    found = await store.find(tx, case.entry_id)
    if found is None:
        detail = "这个班的成绩已解锁，重新锁定后才能更正"
        raise term.refusal("wrong_state", term.scheme.rule(rules.RULE), detail=detail)
    before = found[0]
    touched = rules.shares_touched(term, before.bands, after)
    if touched:
        await store.hold_shares(tx, term.id)
    for share, dimension in touched:
        scope = ancestor(before.path, share.of)
        students, taken = await store.seats_taken(tx, term.id, scope, dimension, share.bands, before.id)
        rules.need_seat(term, share, dimension, students, taken)
