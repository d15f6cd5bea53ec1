"""Writing self-evaluations and comments, one by one or by import (JX-12)."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from contracts.archive import ArchiveBatchAppliedV1, ArchiveBatchCheckedV1, ArchiveBatchRevertedV1
from contracts.base import RowPlan, RowProblem, fingerprint, within
from contracts.importer import BatchChunk, BatchUndoneV1, EvaluationsCheckRequestedV1, EvaluationsCommittedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students
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


async def check_import(deps: ArchiveDeps, tx: Tx, event: EvaluationsCheckRequestedV1) -> None:
    """Answer what committing this chunk of comments would do now; changes nothing (L-10)."""
    plan = await _plan_import(deps, tx, event)
    answer = ArchiveBatchCheckedV1(
        batch_id=event.batch_id,
        attempt=event.attempt,
        chunk=event.chunk,
        chunks=event.chunks,
        **plan.counts,
        problems=tuple(plan.problems),
        rows=tuple(plan.rows),
        fingerprint=fingerprint(*(row.model_dump() for row in plan.rows)),
    )
    await outbox.add(tx, answer)


async def apply_import(deps: ArchiveDeps, tx: Tx, event: EvaluationsCommittedV1) -> None:
    """Save imported comments, chunk by chunk; rows that cannot be saved are reported with the reason (JX-12, X-12)."""
    plan = await _plan_import(deps, tx, event)
    if plan.written and not await store.save(tx, plan.written.values()):
        raise RetryLater
    applied = ArchiveBatchAppliedV1(
        batch_id=event.batch_id, chunk=event.chunk, chunks=event.chunks, **plan.counts, problems=tuple(plan.problems)
    )
    await outbox.add(tx, *(evaluation.event() for evaluation in plan.written.values()), applied)


@dataclass
class _ImportPlan:
    """What applying a chunk does, whether it is only checked or committed. `rows`: in the order of the chunk."""

    written: dict[UUID, Evaluation] = field(default_factory=dict)
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)
    rows: list[RowPlan] = field(default_factory=list)

    @property
    def counts(self) -> dict[str, int]:
        changed = sum(1 for evaluation in self.written.values() if evaluation.version > 1)
        return {"created": len(self.written) - changed, "changed": changed, "unchanged": self.unchanged}


async def _plan_import(deps: ArchiveDeps, tx: Tx, event: BatchChunk) -> _ImportPlan:
    """Decide about every row of a chunk. What has no column in the workbook stays as it is (L-08)."""
    term = await terms.share_term(tx, deps.directory, event.term_id) if event.term_id else None
    if term is None:
        raise RetryLater
    rule = rules.import_rule(term, event.import_type)
    ids = [row.student_id for row in event.rows if row.student_id]
    students = await find_students(tx, ids)
    old = await store.lock(tx, term.id, ids, rule.id)
    author = Author(event.account_id, event.author_name, event.batch_id)
    plan = _ImportPlan()
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        before = old.get(student.id) if student else None
        given, problem = rules.imported(rule, term, row.data, before)
        if student is not None and student.left:
            problem = ("text", "该生已离校，不再评价")
        elif not _accepts(term, event.path, student):
            problem = ("text", "本学期的档案已经生成，或学生不在导入范围内")
        if problem is not None or student is None:
            at, wrong = problem or ("text", "没有这名学生")
            plan.problems.append(RowProblem(row=row.row, field=at, code="not_taken", message=wrong))
            plan.rows.append(RowPlan(outcome="problem", fingerprint="not_taken"))
            continue
        written = rules.write_all(before, new_id(), term, student, rule, given, author, deps.now())
        seen = fingerprint(before.id, before.version) if before else ""
        if written is None:
            plan.unchanged += 1
            plan.rows.append(RowPlan(outcome="unchanged", fingerprint=seen))
        else:
            plan.written[student.id] = written
            plan.rows.append(RowPlan(outcome="changed" if before else "created", fingerprint=seen))
    return plan


def _accepts(term: ArchiveTerm, scope: str, student: Student | None) -> bool:
    return (
        term.state == "collecting" and student is not None and within(student.path, scope) and within(student.path, term.path)
    )


async def undo_import(_: ArchiveDeps, tx: Tx, event: BatchUndoneV1) -> None:
    """Delete the imported comments of the batch (X-12).

    Those that nobody changed since; a version before the import is restored.
    """
    if event.target != "archive":
        return
    removed, restored = await store.undo_import(tx, event.batch_id)
    if restored and not await store.save(tx, restored):
        raise RetryLater
    kept = await store.kept_of_import(tx, event.batch_id, [e.id for e in restored])
    answer = ArchiveBatchRevertedV1(
        batch_id=event.batch_id,
        removed=len(removed),
        restored=len(restored),
        kept=tuple(
            RowProblem(row=0, code="evaluation_used", message=f"{name}的评语之后又有修改或已归档，予以保留") for name in kept
        ),
    )
    await outbox.add(tx, *(e.withdrawn() for e in removed), *(e.event() for e in restored), answer)


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
