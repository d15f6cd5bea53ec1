"""Writing self-evaluations and comments, one by one or by import (JX-12)."""

from collections.abc import Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from contracts.archive import ArchiveBatchAppliedV1
from contracts.base import RowProblem, within
from contracts.importer import BatchUndoneV1, EvaluationsCommittedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import evaluations as rules
from archive.domain.evaluations import Author, Evaluation, EvaluationVersion, ExpectedEvaluation
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
    text: str,
    seen: int | None,
) -> Evaluation:
    """Write or change an evaluation in its window; the same text again changes nothing (JX-12).

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
        text = rules.need_text(term, rule, text)
        old = (await store.lock(tx, term_id, [student_id], rule.id)).get(student_id)
        rules.need_version(old, seen)
        author = Author(actor.account_id, actor.name)
        new = _next(old, term, student, rule.id, text, author, now)
        if new is None:
            assert old is not None
            return old
        if not await store.save(tx, [new]):
            raise Refusal("stale_version")
        await outbox.add(tx, new.event())
    return new


def _next(
    old: Evaluation | None, term: ArchiveTerm, student: Student, type: str, text: str, author: Author, now: datetime
) -> Evaluation | None:
    """The first or the next version; None where the text is the same."""
    if old:
        return rules.rewrite(old, text, author, now)
    return Evaluation(new_id(), term.id, student.id, student.path, type, text, author, now)


async def apply_import(deps: ArchiveDeps, tx: Tx, event: EvaluationsCommittedV1) -> None:
    """Write the imported comments (JX-12).

    One chunk of them; the window was checked when the import was committed (X-12).
    """
    term = await terms.share_term(tx, deps.directory, event.term_id) if event.term_id else None
    if term is None:
        raise RetryLater
    rule = rules.import_rule(term, event.import_type)
    ids = [row.student_id for row in event.rows if row.student_id]
    students = await find_students(tx, ids)
    old = await store.lock(tx, term.id, ids, rule.id)
    author = Author(event.account_id, event.author_name, event.batch_id)
    new: dict[UUID, Evaluation] = {}
    problems: list[RowProblem] = []
    unchanged = 0
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        text, wrong = rules.clean(rule, str(row.data.get("text") or ""))
        if student is not None and student.left:
            wrong = "该生已离校，不再评价"
        elif not _accepts(term, event.path, student):
            wrong = "本学期的档案已经生成，或学生不在导入范围内"
        if wrong is not None or student is None:
            problems.append(RowProblem(row=row.row, field="text", code="not_taken", message=wrong or "没有这名学生"))
            continue
        written = _next(old.get(student.id), term, student, rule.id, text, author, deps.now())
        if written is None:
            unchanged += 1
        else:
            new[student.id] = written
    if new and not await store.save(tx, new.values()):
        raise RetryLater
    changed = sum(1 for evaluation in new.values() if evaluation.version > 1)
    applied = ArchiveBatchAppliedV1(
        batch_id=event.batch_id,
        chunk=event.chunk,
        chunks=event.chunks,
        created=len(new) - changed,
        changed=changed,
        unchanged=unchanged,
        problems=tuple(problems),
    )
    await outbox.add(tx, *(evaluation.event() for evaluation in new.values()), applied)


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
    await outbox.add(tx, *(e.withdrawn() for e in removed), *(e.event() for e in restored))


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
            actor.need(scope)
        expected = [e.id for e in term.evaluations(scope) if not types or e.id in types]
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
        return found, await store.history(tx, evaluation_id)
