"""Writing self-evaluations and comments, one by one or by workbook (JX-12)."""

from collections.abc import Sequence
from typing import Literal
from uuid import UUID

from contracts.archive import ArchiveBatchAppliedV1
from contracts.base import RowProblem, within
from contracts.importer import EvaluationsCommittedV1
from servicekit import outbox
from servicekit.auth import Actor
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Student, find_student, find_students
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.deps import ArchiveDeps
from archive.domain import evaluations as rules
from archive.domain.evaluations import Author, Evaluation, Version, Wanted
from archive.domain.states import still_open
from archive.domain.terms import Term
from archive.store import evaluations as store
from archive.store import terms


async def write(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID,
    student_id: UUID,
    about: Literal["self", "student"],
    wanted: str | None,
    text: str,
    seen: int | None,
) -> Evaluation:
    """Write or change an evaluation in its window; the same text again changes nothing (JX-12)."""
    now = deps.now()
    async with deps.db.transaction() as tx:
        term = await terms.share_term(tx, deps.directory, term_id)
        student = await find_student(tx, student_id)
        if term is None or student is None or not within(student.path, term.path):
            raise Refusal("not_found")
        actor.need(student.path, student.id)
        rule = rules.rule_for(term, student.path, about, actor.roles, wanted)
        rules.need_here(student, term)
        still_open(term.state, term.scheme.rule("evaluation"))
        term.need_open(rule.operation, actor.roles, now, student.path, term.scheme.rule("evaluation"))
        text = rules.need_text(term, rule, text)
        old = (await store.lock(tx, term_id, [student_id], rule.id)).get(student_id)
        rules.need_version(old, seen)
        author = Author(actor.account_id, actor.name)
        new = (
            rules.rewrite(old, text, author, now)
            if old
            else Evaluation(new_id(), term_id, student_id, student.path, rule.id, text, author, now)
        )
        if new is None:
            assert old is not None
            return old
        if not await store.save(tx, [new]):
            raise Refusal("stale_version")
        await outbox.add(tx, new.event())
    return new


async def take_batch(deps: ArchiveDeps, tx: Tx, event: EvaluationsCommittedV1) -> None:
    """Take in one chunk of imported comments; the window was asked when the batch was committed (JX-12, X-12)."""
    term = await terms.share_term(tx, deps.directory, event.term_id) if event.term_id else None
    if term is None:
        raise RetryLater
    rule = rules.imported(term, event.import_type)
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
        elif not _takes(term, event.path, student):
            wrong = "本学期的档案已经生成，或学生不在导入范围内"
        if wrong is not None or student is None:
            problems.append(RowProblem(row=row.row, field="text", code="not_taken", message=wrong or "没有这名学生"))
            continue
        before = old.get(student.id)
        written = (
            rules.rewrite(before, text, author, deps.now())
            if before
            else Evaluation(new_id(), term.id, student.id, student.path, rule.id, text, author, deps.now())
        )
        if written is None:
            unchanged += 1
        else:
            new[student.id] = written
    if new and not await store.save(tx, new.values()):
        raise RetryLater
    changed = sum(1 for one in new.values() if one.version > 1)
    applied = ArchiveBatchAppliedV1(
        batch_id=event.batch_id,
        chunk=event.chunk,
        chunks=event.chunks,
        created=len(new) - changed,
        changed=changed,
        unchanged=unchanged,
        problems=tuple(problems),
    )
    await outbox.add(tx, *(one.event() for one in new.values()), applied)


def _takes(term: Term, scope: str, student: Student | None) -> bool:
    return (
        term.state == "collecting" and student is not None and within(student.path, scope) and within(student.path, term.path)
    )


async def undo_batch(tx: Tx, batch_id: UUID) -> None:
    """Take back a workbook's comments that nobody wrote over; what stood before stands again (X-12)."""
    removed, restored = await store.undo_batch(tx, batch_id)
    if restored and not await store.save(tx, restored):
        raise RetryLater
    await outbox.add(tx, *(one.withdrawn() for one in removed), *(one.event() for one in restored))


async def page(
    deps: ArchiveDeps,
    actor: Actor,
    term_id: UUID,
    path: str | None,
    types: Sequence[str],
    pending: bool | None,
    after: list[str] | None,
    limit: int,
) -> tuple[Term, list[Wanted]]:
    """Students and their evaluations, the missing ones too; students and guardians see their own."""
    async with deps.db.reading() as tx:
        term = await terms.term(tx, deps.directory, term_id)
        if term is None or term.outside or not (within(actor.path, term.path) or actor.covers(term.path)):
            raise Refusal("not_found")
        scope = path or (actor.path if within(actor.path, term.path) else term.path)
        if actor.is_staff:
            actor.need(scope)
        wanted = [e.id for e in term.evaluations(scope) if not types or e.id in types]
        rows = await store.page(
            tx, term_id, scope, None if actor.is_staff else sorted(actor.students), wanted, pending, after, limit
        )
    return term, rows


async def history(deps: ArchiveDeps, actor: Actor, evaluation_id: UUID) -> tuple[Evaluation, list[Version]]:
    """One evaluation with all its versions, newest first."""
    async with deps.db.reading() as tx:
        found = await store.one(tx, evaluation_id)
        if found is None:
            raise Refusal("not_found")
        student = await find_student(tx, found.student_id)
        actor.need(student.path if student else found.path, found.student_id)
        return found, await store.history(tx, evaluation_id)
