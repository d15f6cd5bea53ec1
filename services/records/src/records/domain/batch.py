"""Imported rows become records (JX-05, JX-06, X-12). A bad row is data: it ends as a `RowProblem`, the others go on."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RowProblem
from contracts.importer import BatchCommittedV1, BatchRow, BatchUndoneV1
from scheme import ImportType, jsonable
from servicekit.ids import new_id

from records.domain.amending import void
from records.domain.record import CLOCK, Change, Hand, Record, begin
from records.domain.reviewing import enter_review, passed
from records.domain.rules import Rules
from records.domain.state import Move, State
from records.domain.writing import Student

OPEN = (State.SUBMITTED, State.RETURNED)
"""What a later workbook may change, and an undone one takes away: nobody confirmed it yet."""


def key_of(wanted: ImportType, data: Mapping[str, Any]) -> str:
    """What makes a row the same as an earlier one, besides student, kind and term (X-12)."""
    return json.dumps([data.get(name) for name in wanted.same_by], ensure_ascii=False)


@dataclass
class Intake:
    """One chunk on its way in: made from what is there, fed row by row, then read."""

    rules: Rules
    fact: BatchCommittedV1
    students: Mapping[UUID, Student]
    now: datetime
    there: dict[tuple[UUID, str | None], Record]
    seen: set[tuple[UUID, str]] = field(default_factory=set)
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)

    def take(self, row: BatchRow) -> None:
        """Decide about one row: new, unchanged, changed, or a problem."""
        wanted = self.rules.scheme.import_type(self.fact.import_type)
        kind = self.rules.kind(wanted.kind or "")
        student = self.students.get(row.student_id) if row.student_id else None
        values = kind.validate_data(row.data, zone=self.rules.scheme.zone)
        if isinstance(values, list):
            self.problems += [RowProblem(row=row.row, field=p.field, code=p.code, message=p.message) for p in values]
            return
        if student is None:
            self._refuse(row, "student_unknown", "本校没有这名学生")
            return
        data = jsonable(values)
        place = (student.id, key_of(wanted, data))
        old = self.there.get(place)
        if place in self.seen:
            self._refuse(row, "duplicate_row", "与本文件中的另一行重复")
        elif old is None:
            self.new.append(self._made(row, student, kind.id, data, place[1]))
        elif old.data == data and old.state is not State.RETURNED:
            self.unchanged += 1
        elif old.state not in OPEN:
            self._refuse(row, "approved_already", "该生的这条记录已经确认，不能再用导入修改")
        else:
            self.changed.append(self._rewritten(row, old, data))
        self.seen.add(place)

    def _refuse(self, row: BatchRow, code: str, message: str) -> None:
        self.problems.append(RowProblem(row=row.row, code=code, message=message))

    @property
    def _by(self) -> Hand:
        return Hand(self.fact.account_id, self.fact.author_name, "importer")

    def _made(self, row: BatchRow, student: Student, kind_id: str, data: dict[str, Any], key: str) -> Change:
        """A record that waits for confirmation (JX-06); approved where the kind has no review step."""
        rules, fact, kind = self.rules, self.fact, self.rules.kind(kind_id)
        step = rules.next_step(kind.review, None, student.path)
        record = Record(
            id=new_id(), term_id=rules.term.id, student_id=student.id, student_name=student.name, path=student.path,
            dimension=rules.scheme.dimension_of(kind.id).id, kind=kind.id, title=kind.title_of(data), data=data,
            evidence=(), state=State.SUBMITTED, step=step.id if step else None,
            reviewer_role=step.role if step else None, origin="imported", level=kind.level, visibility="private",
            author_id=fact.account_id, author_name=fact.author_name, author_role="importer", version=1,
            created_at=self.now, submitted_at=self.now, waits_since=self.now, batch_id=fact.batch_id,
            batch_row=row.row, import_key=key,
        )  # fmt: skip
        change = begin(record, self._by, "import")
        return change if step else change.then(passed(rules, record, CLOCK, self.now))

    def _rewritten(self, row: BatchRow, old: Record, data: dict[str, Any]) -> Change:
        """The same record with other values; what it said before is kept for taking the batch back."""
        before = {"title": old.title, "data": old.data, "batch_id": old.batch_id, "batch_row": old.batch_row}
        return enter_review(
            self.rules, old, Move.REIMPORT, self._by, self.now,
            title=self.rules.kind(old.kind).title_of(data), data=data, batch_id=self.fact.batch_id, batch_row=row.row,
            before_batch=old.before_batch if old.batch_id == self.fact.batch_id else before,
        )  # fmt: skip


def take_in(
    rules: Rules, fact: BatchCommittedV1, students: Mapping[UUID, Student], there: Sequence[Record], now: datetime
) -> Intake:
    """Decide about every row of a chunk. `there`: what these students have of the kind in this term."""
    intake = Intake(rules, fact, students, now, {(record.student_id, record.import_key): record for record in there})
    for row in fact.rows:
        intake.take(row)
    return intake


@dataclass
class TakenBack:
    """What became of an undone batch."""

    changes: list[Change] = field(default_factory=list)
    removed: int = 0
    restored: int = 0
    kept: list[RowProblem] = field(default_factory=list)


def take_back(rules: Mapping[UUID, Rules], fact: BatchUndoneV1, made: Sequence[Record], now: datetime) -> TakenBack:
    """Rows that nobody confirmed go, or say again what they said before; the others stay and are told (X-12)."""
    by, done = Hand(fact.account_id, "撤销导入", "importer"), TakenBack()
    for record in made:
        if record.state not in OPEN:
            message = f"“{record.title}”已经确认，予以保留"
            done.kept.append(RowProblem(row=record.batch_row or 0, code="approved_already", message=message))
        elif record.before_batch is None:
            done.changes.append(void(record, by, f"撤销导入：{fact.reason}", now))
            done.removed += 1
        else:
            done.changes.append(_as_before(rules[record.term_id], record, record.before_batch, by, now))
            done.restored += 1
    return done


def _as_before(rules: Rules, record: Record, before: dict[str, Any], by: Hand, now: datetime) -> Change:
    return enter_review(
        rules, record, Move.REIMPORT, by, now, title=before["title"], data=before["data"],
        batch_id=UUID(before["batch_id"]) if before["batch_id"] else None, batch_row=before["batch_row"],
        before_batch=None,
    )  # fmt: skip
