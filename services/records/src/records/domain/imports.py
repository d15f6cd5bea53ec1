"""Planning imported rows, for a check and for a commit alike, and undoing an import (JX-05, JX-06, X-12, L-10).

Bad rows become `RowProblem`s.
"""

import json
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal
from functools import cache
from types import MappingProxyType
from typing import Any
from uuid import UUID

from contracts.base import RowPlan, RowProblem, fingerprint
from contracts.importer import BatchChunk, BatchRow, BatchUndoneV1
from scheme import ImportType, Kind, jsonable
from scheme.forms import FieldError
from scheme.quotas import QuotaEntry, SharedQuota, exceeded
from servicekit.directory import Student
from servicekit.ids import new_id

from records.domain.amendments import void
from records.domain.locking import closes, explanation, who_unlocks
from records.domain.quotas import PERIODS, entry_of, quota_message, reached, shared_message
from records.domain.record import SYSTEM, Change, ChangedBy, Record, new_record
from records.domain.reviewing import enter_review, pass_step
from records.domain.state import Move, State
from records.domain.term import Term

UNCONFIRMED = (State.SUBMITTED, State.RETURNED)
"""The states in which a later workbook may change a record, and undoing an import may remove it."""
_as_json = json.JSONEncoder(ensure_ascii=False).encode


def import_key(import_type: ImportType, data: Mapping[str, Any]) -> str:
    """Identifies a row within its student, kind and term: a row with the same key changes the same record (X-12)."""
    return _as_json([data.get(name) for name in import_type.same_by])


@dataclass(frozen=True, slots=True)
class StudentRow:
    """A row whose student is known, and the key that identifies it; None if the values of the key are not valid."""

    row: BatchRow
    student: Student
    key: str | None

    @property
    def identity(self) -> tuple[UUID, str]:
        """Rows and records of one kind and term with the same identity are the same."""
        return self.student.id, self.key or ""


@dataclass(frozen=True, slots=True)
class ValidRow(StudentRow):
    """A row that can be applied: the complete values of its record, and how many of them its empty cells cleared."""

    data: dict[str, Any]
    cleared: int = 0


def read_rows(
    term: Term,
    event: BatchChunk,
    students: Mapping[UUID, Student],
    opted_out: Collection[UUID] = (),
    locked: Collection[str] = (),
) -> tuple[Kind, list[StudentRow], list[RowProblem]]:
    """The chunk's kind, its rows about known students who take part and have this kind, and the problems of the others.
    `locked`: the classes whose results are locked (BJ-07)."""
    import_type = term.scheme.import_type(event.import_type)
    kind = term.scheme.kind(import_type.kind or "")
    known: list[StudentRow] = []
    problems: list[RowProblem] = []
    for row in event.rows:
        student = students.get(row.student_id) if row.student_id else None
        if student is None:
            problems.append(RowProblem(row=row.row, code="student_unknown", message="本校没有这名学生"))
        elif student.id in opted_out:
            problems.append(RowProblem(row=row.row, code="not_participating", message="该生本学期不参与填报"))
        elif not kind.fits_grade(term.grade(student.path)):
            problems.append(RowProblem(row=row.row, code="not_this_grade", message=f"该年级没有“{kind.title}”"))
        elif student.path in locked and closes(term, kind):
            message = f"{explanation(kind)}。{who_unlocks(term)}"
            problems.append(RowProblem(row=row.row, code="result_locked", message=message))
        else:
            known.append(StudentRow(row, student, _key_of(kind, import_type, row.data, term)))
    return kind, known, problems


def _key_of(kind: Kind, import_type: ImportType, data: Mapping[str, Any], term: Term) -> str | None:
    try:
        values = {name: kind.form.field(name).parse(data.get(name), term.zone, None) for name in import_type.same_by}
    except FieldError:
        return None
    return import_key(import_type, jsonable(values))


@dataclass
class ImportPlan:
    """What applying a chunk does, whether it is only checked or committed (L-10). `rows`: by row number."""

    problems: list[RowProblem]
    new: list[Change] = field(default_factory=list)
    changed: list[Change] = field(default_factory=list)
    unchanged: int = 0
    cleared: int = 0
    rows: dict[int, RowPlan] = field(default_factory=dict)


def plan_import(
    term: Term,
    event: BatchChunk,
    kind: Kind,
    rows: Sequence[StudentRow],
    problems: list[RowProblem],
    existing: Sequence[Record],
    now: datetime,
    used: Mapping[UUID, Mapping[str, int]] = MappingProxyType({}),
    entries: Mapping[UUID, Sequence[QuotaEntry]] = MappingProxyType({}),
) -> ImportPlan:
    """Decide about every row of a chunk. `existing`: the records with the same identities. A column that the workbook does not
    have leaves the record's value, an empty cell clears it (L-08). `used`: by student, how many records of this kind count
    per term, year and stage; a new row beyond a quota is a problem (SH-04). `entries`: by student, the records of
    the kinds that share a quota with this one; a row that exceeds it, new or changed, is a problem, too."""
    plan = ImportPlan(problems)
    by = ChangedBy(event.account_id, event.author_name, "importer")
    records = {(record.student_id, record.import_key): record for record in existing}
    seen: set[tuple[UUID, str]] = set()
    create = _creator(term, event, kind, by, now)
    counts = {student: Counter(own) for student, own in used.items()}
    shared = {student: list(own) for student, own in entries.items()}

    def beyond(valid: ValidRow, old: Record | None) -> tuple[SharedQuota, Decimal, Decimal] | None:
        """What refuses a row; a row that is allowed counts for the ones after it."""
        others = [one for one in shared.get(valid.student.id, []) if old is None or one.record_id != old.id]
        entry = entry_of(term, old.id if old else new_id(), kind.id, valid.data)
        found = exceeded(term.scheme, entry, others)
        if found is None and valid.student.id in shared:
            shared[valid.student.id] = [*others, entry]
        return found

    for row in rows:
        old = records.get(row.identity)
        valid = _validated(term, kind, row, old)
        if isinstance(valid, list):
            problems += valid
            continue
        number = row.row.row
        if valid.identity in seen:
            problems.append(RowProblem(row=number, code="duplicate_row", message="与本文件中的另一行重复"))
        elif old is None and (quota := reached(kind, counts.get(valid.student.id, {}))):
            problems.append(RowProblem(row=number, code="quota_exceeded", message=quota_message(kind, quota)))
        elif (old is None or old.data != valid.data) and (found := beyond(valid, old)):
            problems.append(RowProblem(row=number, code="quota_exceeded", message=shared_message(found)))
        elif old is None:
            counts.setdefault(valid.student.id, Counter()).update(PERIODS)
            plan.new.append(create(valid))
            plan.rows[number] = RowPlan(outcome="created", fingerprint=fingerprint(valid.student.path))
        elif old.data == valid.data and old.state is not State.RETURNED:
            plan.unchanged += 1
            plan.rows[number] = RowPlan(outcome="unchanged", fingerprint=fingerprint(old.id))
        elif old.state not in UNCONFIRMED:
            problems.append(RowProblem(row=number, code="approved_already", message="该生的这条记录已经确认，不能再用导入修改"))
        else:
            plan.changed.append(_rewrite(term, event, kind, valid, old, by, now))
            plan.cleared += valid.cleared
            plan.rows[number] = RowPlan(outcome="changed", fingerprint=fingerprint(old.id, old.version))
        seen.add(valid.identity)
    problems.sort(key=lambda problem: problem.row)
    for problem in problems:
        plan.rows.setdefault(problem.row, RowPlan(outcome="problem", fingerprint=problem.code))
    return plan


def _validated(term: Term, kind: Kind, row: StudentRow, old: Record | None) -> ValidRow | list[RowProblem]:
    """The record's complete values by the validator of forms (X-12), or what is wrong with them."""
    kept = {item.id: old.data[item.id] for item in kind.form.fields if item.id in old.data} if old else {}
    given = {name: value for name, value in (kept | row.row.data).items() if value is not None}
    values = kind.validate_data(given, zone=term.zone)
    if isinstance(values, list):
        return [RowProblem(row=row.row.row, field=p.field, code=p.code, message=p.message) for p in values]
    cleared = sum(value is None and kept.get(name) is not None for name, value in row.row.data.items())
    return ValidRow(row.row, row.student, row.key, jsonable(values), cleared)


def _creator(term: Term, event: BatchChunk, kind: Kind, by: ChangedBy, now: datetime) -> Callable[[ValidRow], Change]:
    """Creates records that wait for confirmation (JX-06), or are approved if the kind has no review step."""
    dimension = term.scheme.dimension_of(kind.id).id
    first_step = cache(lambda path: term.next_step(kind.review, None, path))  # a class has many rows

    def create(valid: ValidRow) -> Change:
        student, step = valid.student, first_step(valid.student.path)
        record = Record(
            id=new_id(), term_id=term.id, student_id=student.id, student_name=student.name, path=student.path,
            dimension=dimension, kind=kind.id, title=kind.title_of(valid.data), data=valid.data, evidence=(),
            state=State.SUBMITTED, step=step.id if step else None, reviewer_role=step.role if step else None,
            origin="imported", level=kind.level, visibility="private", author_id=event.account_id,
            author_name=by.name, author_role=by.role, version=1, created_at=now, submitted_at=now, waits_since=now,
            batch_id=event.batch_id, batch_row=valid.row.row, import_key=valid.key, scheme_version=term.scheme.version,
        )  # fmt: skip
        change = new_record(record, by, "import")
        return change if step else change.followed_by(pass_step(term, record, SYSTEM, now))

    return create


def _rewrite(term: Term, event: BatchChunk, kind: Kind, valid: ValidRow, old: Record, by: ChangedBy, now: datetime) -> Change:
    """Change the record to the new values. All earlier ones are kept, newest first, for undoing imports."""
    before = {
        "title": old.title, "data": old.data, "batch_id": old.batch_id, "batch_row": old.batch_row,
        "before": old.before_batch,
    }  # fmt: skip
    return enter_review(
        term, old, Move.REIMPORT, by, now,
        title=kind.title_of(valid.data), data=valid.data, batch_id=event.batch_id, batch_row=valid.row.row,
        before_batch=old.before_batch if old.batch_id == event.batch_id else before, scheme_version=term.scheme.version,
    )  # fmt: skip


@dataclass
class UndoneImport:
    """What became of the records of an undone import."""

    changes: list[Change] = field(default_factory=list)
    removed: int = 0
    restored: int = 0
    kept: list[RowProblem] = field(default_factory=list)


def undo_import(
    terms: Mapping[UUID, Term], event: BatchUndoneV1, records: Sequence[Record], undone_batches: Collection[UUID], now: datetime
) -> UndoneImport:
    """Void or restore the records that nobody confirmed; the others stay and are reported (X-12).

    `undone`: the imports that were undone earlier; their content is not restored.
    """
    by, result = ChangedBy(event.account_id, "撤销导入", "importer"), UndoneImport()
    for record in records:
        before = _newest_valid(record.before_batch, undone_batches)
        if record.state not in UNCONFIRMED:
            message = f"“{record.title}”已经确认，予以保留"
            result.kept.append(RowProblem(row=record.batch_row or 0, code="approved_already", message=message))
        elif before is None:
            result.changes.append(void(record, by, f"撤销导入：{event.reason}", now))
            result.removed += 1
        else:
            restored = enter_review(
                terms[record.term_id], record, Move.REIMPORT, by, now, title=before["title"], data=before["data"],
                batch_id=UUID(before["batch_id"]) if before["batch_id"] else None, batch_row=before["batch_row"],
                before_batch=before.get("before"),
            )  # fmt: skip
            result.changes.append(restored)
            result.restored += 1
    return result


def earlier_batches(records: Sequence[Record]) -> set[UUID]:
    """The imports from which these records had their earlier contents."""
    found: set[UUID] = set()
    for record in records:
        before = record.before_batch
        while before is not None:
            if before["batch_id"]:
                found.add(UUID(before["batch_id"]))
            before = before.get("before")
    return found


def _newest_valid(before: dict[str, Any] | None, undone_batches: Collection[UUID]) -> dict[str, Any] | None:
    """The newest earlier content that is not from an undone import."""
    while before is not None and before["batch_id"] and UUID(before["batch_id"]) in undone_batches:
        before = before.get("before")
    return before
