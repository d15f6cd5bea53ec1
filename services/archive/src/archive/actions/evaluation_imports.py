"""Evaluations by workbook (JX-12, BJ-06)."""

from contracts.base import within
from contracts.importer import BatchChunk, BatchUndoneV1
from servicekit import outbox
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Student, find_students, opted_out
from servicekit.ids import new_id

from archive.deps import ArchiveDeps
from archive.domain import evaluations as rules
from archive.domain.evaluations import Author
from archive.domain.imports import ImportPlan
from archive.domain.terms import ArchiveTerm
from archive.store import evaluations as store


async def plan(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm, event: BatchChunk) -> ImportPlan:
    """Decide about every row of a chunk. What has no column in the workbook stays as it is (L-08)."""
    rule = rules.import_rule(term, event.import_type)
    ids = [row.student_id for row in event.rows if row.student_id]
    students = await find_students(tx, ids)
    out = await opted_out(tx, term.id, ids)
    old = await store.lock(tx, term.id, ids, rule.id)
    author = Author(event.account_id, event.author_name, event.batch_id)
    found = ImportPlan()
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        before = old.get(student.id) if student else None
        given, problem = rules.imported(rule, term, row.data, before)
        if student is not None and student.left:
            problem = ("text", "该生已离校，不再评价")
        elif not _accepts(term, event.path, student):
            problem = ("text", "本学期的档案已经生成，或学生不在导入范围内")
        elif student is not None and student.id in out:
            problem = ("text", "该生不参加本学期的评价")
        elif event.role is not None and event.role not in rule.by:
            problem = ("text", f"{rule.title}由{'、'.join(term.scheme.role_title(role) for role in rule.by)}填写")
        if problem is not None or student is None:
            found.refuse(row.row, *(problem or ("text", "没有这名学生")))
            found.add("problem", ["not_taken"])
            continue
        written = rules.write_all(before, new_id(), term, student, rule, given, author, deps.now())
        seen = [before.id, before.version] if before else []
        if written is not None:
            found.evaluations[student.id] = written
        found.add("unchanged" if written is None else "changed" if before else "created", seen)
    return found


def _accepts(term: ArchiveTerm, scope: str, student: Student | None) -> bool:
    return (
        term.state == "collecting" and student is not None and within(student.path, scope) and within(student.path, term.path)
    )


async def save(tx: Tx, found: ImportPlan) -> None:
    """Save what a plan writes."""
    if not await store.save(tx, found.evaluations.values()):
        raise RetryLater
    await outbox.add(tx, *(evaluation.event() for evaluation in found.evaluations.values()))


async def undo(tx: Tx, event: BatchUndoneV1) -> tuple[int, int, list[str]]:
    """Delete the evaluations of a batch that nobody changed since; a version before the import is restored. How many, and the
    students whose evaluation stays."""
    removed, restored = await store.undo_import(tx, event.batch_id)
    if restored and not await store.save(tx, restored):
        raise RetryLater
    kept = await store.kept_of_import(tx, event.batch_id, [e.id for e in restored])
    await outbox.add(tx, *(e.withdrawn() for e in removed), *(e.event() for e in restored))
    return len(removed), len(restored), kept
