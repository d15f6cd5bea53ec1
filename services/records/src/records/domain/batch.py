"""Imported rows become records (JX-05, JX-06, X-12). A bad row is data: it ends as a `RowProblem`, the others go on."""

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any
from uuid import UUID

from contracts.base import RowProblem
from contracts.importer import BatchRow, BatchUndoneV1, RecordsCommittedV1
from scheme import ImportType, Kind, ReviewStep, jsonable
from servicekit.directory import Student
from servicekit.ids import new_id

from records.domain.amending import void
from records.domain.record import CLOCK, Change, Hand, Record, begin
from records.domain.reviewing import enter_review, passed
from records.domain.rules import Rules
from records.domain.state import Move, State

OPEN = (State.SUBMITTED, State.RETURNED)
"""What a later workbook may change, and an undone one takes away: nobody confirmed it yet."""


_written = json.JSONEncoder(ensure_ascii=False).encode


def key_of(wanted: ImportType, data: Mapping[str, Any]) -> str:
    """What makes a row the same as an earlier one, besides student, kind and term (X-12)."""
    return _written([data.get(name) for name in wanted.same_by])


@dataclass(frozen=True, slots=True)
class Sound:
    """A row that may be taken in: about whom, its clean values, and what makes it the same as an earlier one."""

    row: BatchRow
    student: Student
    data: dict[str, Any]
    key: str

    @property
    def place(self) -> tuple[UUID, str]:
        """Two rows (or records) of a kind and term with the same place are the same."""
        return self.student.id, self.key


def judge(
    rules: Rules, event: RecordsCommittedV1, students: Mapping[UUID, Student]
) -> tuple[Kind, list[Sound], list[RowProblem]]:
    """The chunk's kind, its sound rows, and what is wrong with the others; the scheme's own validator once more (X-12)."""
    wanted = rules.scheme.import_type(event.import_type)
    kind = rules.scheme.kind(wanted.kind or "")
    sound: list[Sound] = []
    problems: list[RowProblem] = []
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        values = kind.validate_data(row.data, zone=rules.zone)
        if isinstance(values, list):
            problems += [RowProblem(row=row.row, field=p.field, code=p.code, message=p.message) for p in values]
        elif student is None:
            problems.append(RowProblem(row=row.row, code="student_unknown", message="本校没有这名学生"))
        else:
            data = jsonable(values)
            sound.append(Sound(row, student, data, key_of(wanted, data)))
    return kind, sound, problems


@dataclass
class Intake:
    """One chunk on its way in: made from what is there, fed row by row, then read."""

    rules: Rules
    event: RecordsCommittedV1
    kind: Kind
    now: datetime
    there: dict[tuple[UUID, str | None], Record]
    problems: list[RowProblem]
    seen: set[tuple[UUID, str]] = field(default_factory=set)
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    _steps: dict[str, ReviewStep | None] = field(default_factory=dict)

    def take(self, it: Sound) -> None:
        """Decide about one row: new, unchanged, changed, or a problem."""
        old = self.there.get(it.place)
        if it.place in self.seen:
            self._refuse(it.row, "duplicate_row", "与本文件中的另一行重复")
        elif old is None:
            self.new.append(self._made(it))
        elif old.data == it.data and old.state is not State.RETURNED:
            self.unchanged += 1
        elif old.state not in OPEN:
            self._refuse(it.row, "approved_already", "该生的这条记录已经确认，不能再用导入修改")
        else:
            self.changed.append(self._rewritten(it, old))
        self.seen.add(it.place)

    def _refuse(self, row: BatchRow, code: str, message: str) -> None:
        self.problems.append(RowProblem(row=row.row, code=code, message=message))

    @property
    def _by(self) -> Hand:
        return Hand(self.event.account_id, self.event.author_name, "importer")

    @cached_property
    def _dimension(self) -> str:
        return self.rules.scheme.dimension_of(self.kind.id).id

    def _step(self, path: str) -> ReviewStep | None:
        """The first review step of students at this place; a class has many rows."""
        if path not in self._steps:
            self._steps[path] = self.rules.next_step(self.kind.review, None, path)
        return self._steps[path]

    def _made(self, it: Sound) -> Change:
        """A record that waits for confirmation (JX-06); approved where the kind has no review step."""
        rules, event, kind, student = self.rules, self.event, self.kind, it.student
        step = self._step(student.path)
        record = Record(
            id=new_id(), term_id=rules.id, student_id=student.id, student_name=student.name, path=student.path,
            dimension=self._dimension, kind=kind.id, title=kind.title_of(it.data), data=it.data,
            evidence=(), state=State.SUBMITTED, step=step.id if step else None,
            reviewer_role=step.role if step else None, origin="imported", level=kind.level, visibility="private",
            author_id=event.account_id, author_name=event.author_name, author_role="importer", version=1,
            created_at=self.now, submitted_at=self.now, waits_since=self.now, batch_id=event.batch_id,
            batch_row=it.row.row, import_key=it.key,
        )  # fmt: skip
        change = begin(record, self._by, "import")
        return change if step else change.then(passed(rules, record, CLOCK, self.now))

    def _rewritten(self, it: Sound, old: Record) -> Change:
        """The same record with other values; all that it said before is kept for taking batches back, newest first."""
        before = {
            "title": old.title, "data": old.data, "batch_id": old.batch_id, "batch_row": old.batch_row,
            "before": old.before_batch,
        }  # fmt: skip
        return enter_review(
            self.rules, old, Move.REIMPORT, self._by, self.now,
            title=self.kind.title_of(it.data), data=it.data, batch_id=self.event.batch_id, batch_row=it.row.row,
            before_batch=old.before_batch if old.batch_id == self.event.batch_id else before,
        )  # fmt: skip


def take_in(
    rules: Rules,
    event: RecordsCommittedV1,
    kind: Kind,
    rows: Sequence[Sound],
    problems: list[RowProblem],
    there: Sequence[Record],
    now: datetime,
) -> Intake:
    """Decide about every sound row of a chunk. `there`: the records at their places."""
    intake = Intake(rules, event, kind, now, {(record.student_id, record.import_key): record for record in there}, problems)
    for row in rows:
        intake.take(row)
    return intake


@dataclass
class TakenBack:
    """What became of an undone batch."""

    changes: list[Change] = field(default_factory=list)
    removed: int = 0
    restored: int = 0
    kept: list[RowProblem] = field(default_factory=list)


def take_back(
    rules: Mapping[UUID, Rules], event: BatchUndoneV1, made: Sequence[Record], undone: Collection[UUID], now: datetime
) -> TakenBack:
    """Rows that nobody confirmed go, or say again what they said before; the others stay and are told (X-12).

    `undone`: the batches taken back earlier; what they said is not said again.
    """
    by, done = Hand(event.account_id, "撤销导入", "importer"), TakenBack()
    for record in made:
        before = _standing(record.before_batch, undone)
        if record.state not in OPEN:
            message = f"“{record.title}”已经确认，予以保留"
            done.kept.append(RowProblem(row=record.batch_row or 0, code="approved_already", message=message))
        elif before is None:
            done.changes.append(void(record, by, f"撤销导入：{event.reason}", now))
            done.removed += 1
        else:
            done.changes.append(_as_before(rules[record.term_id], record, before, by, now))
            done.restored += 1
    return done


def earlier(made: Sequence[Record]) -> set[UUID]:
    """The batches that said something of these records before."""
    found: set[UUID] = set()
    for record in made:
        before = record.before_batch
        while before is not None:
            if before["batch_id"]:
                found.add(UUID(before["batch_id"]))
            before = before.get("before")
    return found


def _standing(before: dict[str, Any] | None, undone: Collection[UUID]) -> dict[str, Any] | None:
    """The newest earlier values that still count."""
    while before is not None and before["batch_id"] and UUID(before["batch_id"]) in undone:
        before = before.get("before")
    return before


def _as_before(rules: Rules, record: Record, before: dict[str, Any], by: Hand, now: datetime) -> Change:
    return enter_review(
        rules, record, Move.REIMPORT, by, now, title=before["title"], data=before["data"],
        batch_id=UUID(before["batch_id"]) if before["batch_id"] else None, batch_row=before["batch_row"],
        before_batch=before.get("before"),
    )  # fmt: skip
