"""Imported rows become records (JX-05, JX-06): the same row again is unchanged, another one changes what nobody confirmed.

A bad row is data: it ends as a `RowProblem`, and the other rows go on.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.base import RowProblem
from contracts.importer import BatchCommittedV1, BatchRow, BatchUndoneV1
from scheme import ImportType, Kind, jsonable
from servicekit.ids import new_id

from records.domain.amending import void
from records.domain.record import Change, Hand, Record, begin
from records.domain.reviewing import enter_review
from records.domain.rules import Rules
from records.domain.state import Move, State
from records.domain.writing import Student

_OPEN = (State.SUBMITTED, State.RETURNED)


@dataclass
class TakenIn:
    """What became of a chunk."""

    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    problems: list[RowProblem] = field(default_factory=list)


def key_of(wanted: ImportType, data: Mapping[str, Any]) -> str:
    """What makes a row the same as an earlier one, besides student, kind and term (X-12)."""
    return json.dumps([data.get(name) for name in wanted.same_by], ensure_ascii=False)


def take_in(
    rules: Rules, fact: BatchCommittedV1, students: Mapping[UUID, Student], there: Sequence[Record], now: datetime
) -> TakenIn:
    """Decide about every row of a chunk. `there`: what these students have of the kind already."""
    wanted = rules.scheme.import_type(fact.import_type)
    kind = rules.kind(wanted.kind or "")
    known = {(record.student_id, record.import_key): record for record in there}
    by, done = Hand(fact.account_id, fact.author_name, "importer"), TakenIn()
    seen: set[tuple[UUID, str]] = set()
    for row in fact.rows:
        student = students.get(row.student_id) if row.student_id else None
        values = kind.validate_data(row.data, zone=rules.scheme.zone)
        if isinstance(values, list):
            done.problems += [RowProblem(row=row.row, field=p.field, code=p.code, message=p.message) for p in values]
            continue
        if student is None:
            done.problems.append(RowProblem(row=row.row, code="student_unknown", message="本校没有这名学生"))
            continue
        data = jsonable(values)
        place = (student.id, key_of(wanted, data))
        if place in seen:
            done.problems.append(RowProblem(row=row.row, code="duplicate_row", message="与本文件中的另一行重复"))
            continue
        seen.add(place)
        _one(rules, kind, fact, row, student, data, known.get(place), place[1], by, now, done)
    return done


def _one(
    rules: Rules, kind: Kind, fact: BatchCommittedV1, row: BatchRow, student: Student, data: dict[str, Any],
    old: Record | None, key: str, by: Hand, now: datetime, done: TakenIn,
) -> None:  # fmt: skip
    title = kind.title_of(data)
    if old is None:
        done.new.append(_new(rules, kind, fact, row, student, data, title, key, by, now))
    elif old.data == data and old.state is not State.RETURNED:
        done.unchanged += 1
    elif old.state not in _OPEN:
        message = "该生的这条记录已经确认，不能再用导入修改"
        done.problems.append(RowProblem(row=row.row, code="approved_already", message=message))
    else:
        before = {"title": old.title, "data": old.data, "batch_id": old.batch_id, "batch_row": old.batch_row}
        done.changed.append(
            enter_review(
                rules, old, Move.REIMPORT, by, now, title=title, data=data, batch_id=fact.batch_id, batch_row=row.row,
                before_batch=old.before_batch if old.batch_id == fact.batch_id else before,
            )
        )  # fmt: skip


def _new(
    rules: Rules, kind: Kind, fact: BatchCommittedV1, row: BatchRow, student: Student, data: dict[str, Any], title: str,
    key: str, by: Hand, now: datetime,
) -> Change:  # fmt: skip
    """A submitted record that waits for the class teacher's confirmation (JX-06); approved where no step is in force."""
    step = rules.next_step(kind.review, None, student.path)
    fresh = Record(
        id=new_id(), term_id=rules.term.id, student_id=student.id, student_name=student.name, path=student.path,
        dimension=rules.scheme.dimension_of(kind.id).id, kind=kind.id, title=title, data=data, evidence=(),
        state=State.SUBMITTED, step=step.id if step else None, reviewer_role=step.role if step else None,
        origin="imported", level=kind.level, visibility="private", author_id=fact.account_id,
        author_name=fact.author_name, author_role="importer", version=1, created_at=now, submitted_at=now,
        batch_id=fact.batch_id, batch_row=row.row, import_key=key,
    )  # fmt: skip
    return begin(fresh, by, "import")


@dataclass
class TakenBack:
    """What became of an undone batch."""

    changes: list[Change] = field(default_factory=list)
    removed: int = 0
    restored: int = 0
    kept: list[RowProblem] = field(default_factory=list)


def take_back(rules: Mapping[UUID, Rules], fact: BatchUndoneV1, made: Sequence[Record], now: datetime) -> TakenBack:
    """Rows that nobody confirmed go (or are again what they were before); the others stay and are told (X-12)."""
    by, done = Hand(fact.account_id, "撤销导入", "importer"), TakenBack()
    for record in made:
        if record.state not in _OPEN:
            problem = RowProblem(row=record.batch_row or 0, code="approved_already", message=f"“{record.title}”已确认，保留")
            done.kept.append(problem)
        elif record.before_batch is None:
            done.changes.append(void(record, by, f"撤销导入：{fact.reason}", now))
            done.removed += 1
        else:
            before = record.before_batch
            batch_id = UUID(before["batch_id"]) if before["batch_id"] else None
            done.changes.append(
                enter_review(
                    rules[record.term_id], record, Move.REIMPORT, by, now, title=before["title"], data=before["data"],
                    batch_id=batch_id, batch_row=before["batch_row"], before_batch=None,
                )
            )  # fmt: skip
            done.restored += 1
    return done
