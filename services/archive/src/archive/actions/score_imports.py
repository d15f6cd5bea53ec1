"""Scores and adjustments by workbook (BJ-06): the rows of a class are written in one transaction with its sheet shared."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import cast
from uuid import UUID

from contracts.base import RowOutcome, RowProblem, within
from contracts.importer import BatchChunk, BatchUndoneV1, EvaluationsCheckRequestedV1
from scheme import ImportType
from servicekit.bus import RetryLater
from servicekit.db import Tx
from servicekit.directory import Student, find_students, opted_out
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from archive.actions.score_rows import earlier_results
from archive.deps import ArchiveDeps
from archive.domain import score_imports as imports
from archive.domain import score_sheets as sheets
from archive.domain import scores as rules
from archive.domain.evaluations import Author
from archive.domain.imports import ImportPlan
from archive.domain.score_imports import Importer, KnownScores
from archive.domain.score_sheets import Sheet
from archive.domain.scores import ANYBODY
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm
from archive.store import audit, score_imports, terms
from archive.store import scores as store

_REASON = 200
"""Characters of a stored reason at most."""


async def plan(deps: ArchiveDeps, tx: Tx, term: ArchiveTerm, import_type: ImportType, event: BatchChunk) -> ImportPlan:
    """Decide about every row of a chunk; an empty cell changes nothing, and is counted (BJ-06)."""
    ids = [row.student_id for row in event.rows if row.student_id]
    students = {
        id_: one
        for id_, one in (await find_students(tx, ids)).items()
        if within(one.path, event.path) and within(one.path, term.path)
    }
    by = Importer(Author(event.account_id, event.author_name, event.batch_id), event.role, event.own_students, deps.now())
    out = await opted_out(tx, term.id, ids)
    paths = {student.path for student in students.values()}
    if isinstance(event, EvaluationsCheckRequestedV1):
        found_sheets = await store.sheets(tx, term.id, paths)
    else:
        found_sheets = await store.lock_sheets(tx, term.id, paths, to_change=False)
    known = await _known(tx, term, import_type, by, list(students.values()))
    found = ImportPlan()
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        try:
            _need_enterable(term, student, by, out, found_sheets)
        except Refusal as refusal:
            found.refuse(row.row, None, refusal.detail or refusal.meaning.title)
            found.add("problem", ["not_taken"])
            continue
        assert student is not None
        result = imports.plan_row(term, import_type, student.id, student.path, row.data, known[student.id], by)
        found.counts += Counter(cells_empty=result.empty)
        found.warnings += [RowProblem(row=row.row, field=at, code="score", message=says) for at, says in result.warnings]
        for at, says in result.problems:
            found.refuse(row.row, at, says)
        if not result.problems:
            found.scores += result.scores
            found.adjustments += (made := [replace(one, id=new_id()) for one in result.adjustments])
            found.counts += Counter(scores_changed=result.changed)
            before = known[student.id]
            known[student.id] = replace(before, adjustments=[*before.adjustments, *made])
        found.add(cast(RowOutcome, result.outcome), result.seen)
    return found


def _need_enterable(
    term: ArchiveTerm, student: Student | None, by: Importer, out: frozenset[UUID], found: Mapping[str, Sheet]
) -> None:
    """Refuse students of others, those who left or take no part, oneself, and sheets that were handed over or locked."""
    if student is None:
        raise Refusal("not_found", detail="学生不在导入范围内")
    rules.need_not_own(term, by.own, student.id)
    if student.left:
        raise term.refusal("wrong_state", term.scheme.rule(rules.RULE), detail="该生已离校，不再评价", state="left")
    if student.id in out:
        raise term.refusal("not_participating", term.scheme.rule("participation"))
    sheets.need_enterable(term, found.get(student.path) or Sheet(term.id, student.path))


async def _known(
    tx: Tx, term: ArchiveTerm, import_type: ImportType, by: Importer, students: Sequence[Student]
) -> dict[UUID, KnownScores]:
    """What there is of these students in the parts of the workbook."""
    parts, ids = imports.parts_of(term, import_type), [student.id for student in students]
    scorers = {part.id: by.author.account_id if part.scorers == "each" else ANYBODY for part in parts if part.entered}
    scores = await score_imports.lock(tx, term.id, ids, scorers) if scorers else {}
    history = await score_imports.history(tx, term.id, ids, scorers) if scorers else {}
    adjusted = await score_imports.adjustments(tx, term.id, ids) if len(scorers) < len(parts) else {}
    earlier = await earlier_results(tx, term, students) if any(part.asks for part in parts) else {}
    return {
        one: KnownScores(
            {(score.part, score.dimension): score for score in scores.get(one, ())},
            history.get(one, {}),
            adjusted.get(one, ()),
            earlier.get(one, ()),
        )
        for one in ids
    }


async def save(deps: ArchiveDeps, tx: Tx, found: ImportPlan, event: BatchChunk) -> None:
    """Save what a plan enters, with a line in the audit trail for each class and each adjustment."""
    author = Author(event.account_id, event.author_name, event.batch_id)
    if found.scores and not await store.save(tx, found.scores):
        raise RetryLater
    for one in found.adjustments:
        await store.add_adjustment(tx, one)
        await audit.write(
            tx, one.at, author, "score.adjusted", one.path, one.student_id,
            term=str(one.term_id), part=one.part, dimension=one.dimension, points=str(one.points), batch=str(event.batch_id),
        )  # fmt: skip
    for path, count in Counter(score.path for score in found.scores).items():
        await audit.write(
            tx, deps.now(), author, "scores.imported", path, None,
            term=str(event.term_id), batch=str(event.batch_id), values=count,
        )  # fmt: skip


@dataclass
class Undone:
    """How many values and adjustments were removed or restored, and the students with some that stay."""

    removed: int = 0
    restored: int = 0
    kept: list[str] = field(default_factory=list)


async def undo(deps: ArchiveDeps, tx: Tx, event: BatchUndoneV1) -> Undone:
    """Take back what a batch entered in classes whose sheet is still open, where nobody changed it since; adjustments are
    withdrawn with the reason and stay visible (BJ-06, X-12)."""
    found, handled = Undone(), list[tuple[UUID, str, str]]()
    by = Author(event.account_id, event.author_name, event.batch_id)
    for term_id, paths in (await score_imports.sheets_of_batch(tx, event.batch_id)).items():
        term = await terms.share_term(tx, deps.directory, term_id)
        if term is None or term.state is not Collecting.COLLECTING:
            continue
        locked = await store.lock_sheets(tx, term_id, paths, to_change=False)
        open_ = [path for path in paths if locked[path].open]
        removed, restored = await score_imports.undo_scores(tx, event.batch_id, term_id, open_)
        if restored and not await store.save(tx, restored):
            raise RetryLater
        because = f"撤销导入：{event.reason}"[:_REASON]
        withdrawn = await score_imports.undo_adjustments(
            tx, event.batch_id, term_id, open_, event.author_name, because, deps.now()
        )
        handled += [(score.student_id, score.part, score.dimension) for score in (*removed, *restored)]
        found.removed += len(removed) + len(withdrawn)
        found.restored += len(restored)
        for path in open_:
            await audit.write(
                tx, deps.now(), by, "scores.import_undone", path, None, term=str(term_id), batch=str(event.batch_id)
            )
    found.kept = await score_imports.kept(tx, event.batch_id, handled)
    return found
