"""Writing self-evaluations and comments, one by one or by import (JX-12)."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from contracts.base import within
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.directory import find_student, find_students
from servicekit.ids import new_id
from servicekit.refusals import Refusal, require

from archive.deps import ArchiveDeps
from archive.domain import evaluations as rules
from archive.domain.evaluations import Author, Evaluation, EvaluationInput, EvaluationVersion, ExpectedEvaluation
from archive.domain.found import need_found
from archive.domain.states import need_collecting
from archive.domain.terms import ArchiveTerm
from archive.store import evaluations as store
from archive.store import terms


async def write(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID,
    student_id: UUID,
    about: Literal["self", "student"],
    type: str | None,
    given: EvaluationInput,
    seen: int | None,
) -> Evaluation:
    """Write or change an evaluation, or one dimension of it, in its window; the same again changes nothing (JX-12, CS-07).

    `type`: an evaluation of the scheme; None: the first that the actor writes. `seen`: the version it is based on.
    """
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        student = await find_student(tx, student_id)
        if term is None or student is None or not within(student.path, term.path):
            raise Refusal("not_found")
        actor.need(student.path, student.id)
        rule = rules.rule_for(term, student.path, about, actor.roles, type)
        rules.need_still_enrolled(student, term)
        need_collecting(term.state, term.scheme.rule("evaluation"))
        term.need_open(rule.operation, actor.roles, now, student.path, term.scheme.rule("evaluation"))
        given = rules.need_valid(term, rule, given)
        old = (await store.lock(tx, term_id, [student_id], rule.id)).get(student_id)
        rules.need_version(old, seen)
        author = Author(actor.account_id, actor.name)
        new = rules.write_all(old, new_id(), term, student, rule, [given], author, now)
        if new is None:
            assert old is not None
            return old
        if not await store.save(tx, [new]):
            raise Refusal("stale_version")
        await outbox.add(tx, new.event(on_board=rule.on_board))
    return new


@dataclass(frozen=True)
class Comment:
    """What is said about one student; `seen`: the version it is based on, None where there was none."""

    student_id: UUID
    given: EvaluationInput
    seen: int | None = None


@dataclass(frozen=True)
class CommentResult:
    """What became of one of many comments: saved, or refused."""

    student_id: UUID
    evaluation: Evaluation | None
    refusal: Refusal | None


async def write_many(
    deps: ArchiveDeps, actor: Actor, term_id: UUID, type: str | None, comments: Sequence[Comment]
) -> list[CommentResult]:
    """Write or change comments on many students in one transaction (JX-12); a refused one stays as it was."""
    now = deps.now()
    by_student = {comment.student_id: comment for comment in comments}
    author = Author(actor.account_id, actor.name)
    results: list[CommentResult] = []
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        if term is None or not (within(actor.path, term.path) or actor.covers(term.path)):
            raise Refusal("not_found")
        need_collecting(term.state, term.scheme.rule("evaluation"))
        students = await find_students(tx, sorted(by_student))
        known: dict[str, dict[UUID, Evaluation]] = {}
        written: list[Evaluation] = []
        for student_id in sorted(by_student):
            comment, student = by_student[student_id], students.get(student_id)
            try:
                if student is None or not within(student.path, term.path):
                    raise Refusal("not_found")
                actor.need(student.path, student.id)
                rule = rules.rule_for(term, student.path, "student", actor.roles, type)
                rules.need_still_enrolled(student, term)
                term.need_open(rule.operation, actor.roles, now, student.path, term.scheme.rule("evaluation"))
                given = rules.need_valid(term, rule, comment.given)
                if rule.id not in known:
                    known[rule.id] = await store.lock(tx, term_id, sorted(by_student), rule.id)
                old = known[rule.id].get(student.id)
                rules.need_version(old, comment.seen)
            except Refusal as refusal:
                results.append(CommentResult(student_id, None, refusal))
                continue
            new = rules.write_all(old, new_id(), term, student, rule, [given], author, now)
            if new is not None:
                written.append(new)
            results.append(CommentResult(student_id, new or old, None))
        if written and not await store.save(tx, written):
            raise Refusal("stale_version")
        await outbox.add(tx, *(evaluation.event() for evaluation in written))
    return results


async def page(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID,
    path: str | None,
    types: Sequence[str],
    pending: bool | None,
    after: list[str] | None,
    limit: int,
) -> tuple[ArchiveTerm, list[ExpectedEvaluation]]:
    """Students and their evaluations, missing ones included; students and guardians see their own."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.backfill or not (within(actor.path, term.path) or actor.covers(term.path)):
            raise Refusal("not_found")
        scope = path or (actor.path if within(actor.path, term.path) else term.path)
        if actor.is_staff:
            require(actor.can("see_records", "evaluate"), "not_found")
            actor.need(scope)
        expected = [
            e.id for e in term.evaluations_about(scope) if (not types or e.id in types) and rules.may_read_others(e, actor)
        ]
        rows = await store.page(
            tx, term_id, scope, None if actor.is_staff else sorted(actor.students), expected, pending, after, limit
        )
    return term, rows


async def history(deps: ArchiveDeps, actor: Actor, evaluation_id: UUID) -> tuple[Evaluation, list[EvaluationVersion]]:
    """One evaluation with all its versions, newest first."""
    async with deps.db.reading() as tx:
        found = need_found(await store.get(tx, evaluation_id))
        student = await find_student(tx, found.student_id)
        actor.need(student.path if student else found.path, found.student_id)
        if actor.is_staff and not actor.can("see_records"):
            term = need_found(await terms.term(tx, deps.directory, found.term_id))
            require(rules.may_read_others(term.scheme.evaluation(found.type), actor), "not_found")
        return found, await store.history(tx, evaluation_id)
