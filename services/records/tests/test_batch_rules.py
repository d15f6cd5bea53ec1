"""Imported rows without I/O: new, changed, unchanged, refused; and batches taken back in any order (X-12)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from contracts.base import RowProblem
from contracts.importer import BatchRow, BatchUndoneV1, RecordsCommittedV1
from contracts.records import RecordApprovedV1, RecordSubmittedV1, RecordVoidedV1
from records.domain import imports
from records.domain.record import Change, ChangedBy, HistoryLine, Record
from records.domain.state import State
from scheme import Chain
from scheme.kinds import Quota
from servicekit.directory import Student

from .builders import CLASS, NEXT_CLASS, NOW
from .rule_builders import STUDENT, TERM, a_record, a_term, reshaped

JX = a_term()
MATE, ACCOUNT = UUID(int=5), UUID(int=7)
FIRST, SECOND, THIRD = (UUID(int=n) for n in (31, 32, 33))
SCORE = {"exam": "midterm", "subject": "mathematics", "score": "118", "full_mark": "150"}
KEY = '["midterm", "mathematics"]'
PUPILS = {
    STUDENT: Student(STUDENT, "李晓雨", CLASS, class_title="高二（1）班", status="enrolled"),
    MATE: Student(MATE, "王小明", NEXT_CLASS, class_title="高二（2）班", status="enrolled"),
}
BY = ChangedBy(ACCOUNT, "陈老师", "importer")


def a_chunk(*rows: tuple[UUID | None, dict[str, Any]], **changed: Any) -> RecordsCommittedV1:
    expected: dict[str, Any] = {
        "batch_id": SECOND, "chunk": 1, "chunks": 1, "import_type": "exam_scores", "path": CLASS, "term_id": TERM,
        "scheme_id": "jiangxi", "scheme_version": "2026.1", "account_id": ACCOUNT, "author_name": "陈老师",
        "rows": tuple(BatchRow(row=7 + n, sheet="考试成绩", student_id=who, data=data) for n, (who, data) in enumerate(rows)),
    }  # fmt: skip
    return RecordsCommittedV1(**(expected | changed))


def taken(
    *rows: tuple[UUID | None, dict[str, Any]], existing: tuple[Record, ...] = (), term: Any = JX, **more: Any
) -> imports.ImportPlan:
    chunk = a_chunk(*rows)
    kind, rows, problems = imports.read_rows(term, chunk, PUPILS)
    return imports.plan_import(term, chunk, kind, rows, problems, existing, NOW, **more)


def imported(state: State = State.SUBMITTED, **changed: Any) -> Record:
    """A score that an earlier workbook brought."""
    expected: dict[str, Any] = {
        "kind": "exam_scores", "dimension": "academic", "title": "数学", "data": SCORE, "evidence": (), "origin": "imported",
        "level": "school", "author_id": ACCOUNT, "author_name": "陈老师", "author_role": "importer", "batch_id": FIRST,
        "batch_row": 3, "import_key": KEY,
    }  # fmt: skip
    return a_record(state, **(expected | changed))


@pytest.mark.feature("JX-06", "X-12")
def test_a_new_row_becomes_a_record_that_waits_for_confirmation() -> None:
    intake = taken((MATE, SCORE | {"exam": "期中", "score": 118}))
    [change] = intake.new
    record = change.record
    assert record == imported(
        id=record.id, student_id=MATE, student_name="王小明", path=NEXT_CLASS, version=1, created_at=NOW,
        submitted_at=NOW, waits_since=NOW, batch_id=SECOND, batch_row=7, scheme_version=JX.scheme.version,
    )  # fmt: skip
    assert change.history == (HistoryLine(record.id, NOW, BY, "import", None, State.SUBMITTED, "class_teacher", None, None, 1),)
    assert change.events == ()
    assert (intake.problems, intake.changed, intake.unchanged) == ([], [], 0)


@pytest.mark.feature("JX-06")
def test_rows_of_a_kind_without_review_are_approved_at_once() -> None:
    term = reshaped(JX, "exam_scores", review=Chain())
    [change] = taken((STUDENT, SCORE), term=term).new
    assert (change.record.state, change.record.step, change.record.reviewer_role) == (State.APPROVED, None, None)
    assert [(line.action, line.by.name) for line in change.history] == [("import", "陈老师"), ("approve", "系统")]
    expected = RecordApprovedV1(record_id=change.record.id, record=change.record.snapshot(), at=NOW, approved_by="系统")
    assert change.events == (expected,)


@pytest.mark.feature("X-12")
def test_a_bad_row_is_told_and_the_others_go_on() -> None:
    intake = taken((STUDENT, SCORE | {"score": "很高"}), (UUID(int=404), SCORE), (None, SCORE), (MATE, SCORE))
    assert intake.problems == [
        RowProblem(
            row=7,
            field="score",
            code="outcomes",
            message="成绩：“很高”是什么意思？请填写数字，或写明 缺考、缓考、免考、作弊；没有结果的留空",
        ),
        RowProblem(row=8, code="student_unknown", message="本校没有这名学生"),
        RowProblem(row=9, code="student_unknown", message="本校没有这名学生"),
    ]
    assert [change.record.student_id for change in intake.new] == [MATE]


@pytest.mark.feature("SH-04")
def test_a_workbook_brings_no_more_than_the_quota_and_may_change_what_is_there() -> None:
    term = reshaped(JX, "exam_scores", quotas=(Quota(per="term", max=2), Quota(per="year", max=3)))
    final, makeup = SCORE | {"exam": "final"}, SCORE | {"subject": "english"}
    used = {STUDENT: {"term": 1, "year": 1, "stage": 1}, MATE: {"term": 0, "year": 3, "stage": 3}}
    rows = ((STUDENT, SCORE | {"score": "99"}), (STUDENT, final), (STUDENT, makeup), (MATE, SCORE))
    intake = taken(*rows, existing=(imported(),), term=term, used=used)
    assert [change.record.data["score"] for change in intake.changed] == ["99"]
    assert [change.record.data["exam"] for change in intake.new] == ["final"]
    assert intake.problems == [
        RowProblem(row=9, code="quota_exceeded", message="“考试成绩”每学期最多2条"),
        RowProblem(row=10, code="quota_exceeded", message="“考试成绩”每学年最多3条"),
    ]


@pytest.mark.feature("X-12")
def test_the_same_row_twice_in_a_workbook_counts_once() -> None:
    intake = taken((STUDENT, SCORE), (STUDENT, SCORE | {"score": "99"}), (STUDENT, SCORE | {"exam": "final"}), (MATE, SCORE))
    assert intake.problems == [RowProblem(row=8, code="duplicate_row", message="与本文件中的另一行重复")]
    assert [(c.record.student_id, c.record.data["exam"]) for c in intake.new] == [
        (STUDENT, "midterm"),
        (STUDENT, "final"),
        (MATE, "midterm"),
    ]


@pytest.mark.feature("X-12")
@pytest.mark.parametrize(
    ("state", "score", "became"),
    [
        (State.SUBMITTED, "118", "unchanged"),
        (State.APPROVED, "118", "unchanged"),
        (State.RETURNED, "118", "changed"),
        (State.SUBMITTED, "120", "changed"),
        (State.RETURNED, "120", "changed"),
        (State.APPROVED, "120", "refused"),
        (State.AMENDING, "120", "refused"),
        (State.VOIDED, "120", "refused"),
    ],
)
def test_a_later_workbook_changes_what_nobody_confirmed_yet(state: State, score: str, became: str) -> None:
    intake = taken(
        (STUDENT, SCORE | {"score": score}), existing=(imported(state, step="class_teacher"), imported(student_id=MATE))
    )
    expected = [RowProblem(row=7, code="approved_already", message="该生的这条记录已经确认，不能再用导入修改")]
    assert (intake.unchanged, len(intake.changed), intake.problems) == {
        "unchanged": (1, 0, []), "changed": (0, 1, []), "refused": (0, 0, expected),
    }[became]  # fmt: skip
    assert intake.new == []


@pytest.mark.feature("X-12")
def test_a_changed_row_keeps_what_the_record_said_before() -> None:
    old = imported(before_batch={"title": "更早"})
    [change] = taken((STUDENT, SCORE | {"subject": "数学", "score": "120"}), existing=(old,)).changed
    before = {"title": "数学", "data": SCORE, "batch_id": FIRST, "batch_row": 3, "before": {"title": "更早"}}
    after = replace(
        old, data=SCORE | {"score": "120"}, batch_id=SECOND, batch_row=7, before_batch=before, version=4,
        submitted_at=NOW, waits_since=NOW, scheme_version=JX.scheme.version,
    )  # fmt: skip
    assert change.record == after
    assert change.history == (
        HistoryLine(old.id, NOW, BY, "reimport", State.SUBMITTED, State.SUBMITTED, "class_teacher", None, None, 4),
    )
    expected = RecordSubmittedV1(record_id=old.id, record=after.snapshot(), at=NOW, step=0, reviewer_role="class_teacher")
    assert change.events == (expected,)


@pytest.mark.feature("L-08")
def test_a_missing_column_keeps_a_value_and_an_empty_cell_clears_and_counts_it() -> None:
    data = {
        "measured_on": "2026-10-09", "height": "168.5", "weight": "55", "left_vision": "4.9", "right_vision": "4.8",
        "note": "测量时戴眼镜",
    }  # fmt: skip
    old = imported(kind="basic_data", dimension="physical", data=data, import_key="[]")
    row = BatchRow(row=7, sheet="rows", student_id=STUDENT, data={"measured_on": "2026-10-09", "weight": "56"})
    chunk = a_chunk(import_type="basic_data", rows=(row, row.model_copy(update={"data": row.data | {"note": None}})))

    def planned(at: int) -> imports.ImportPlan:
        one = chunk.model_copy(update={"rows": (chunk.rows[at],)})
        kind, rows, problems = imports.read_rows(JX, one, PUPILS)
        return imports.plan_import(JX, one, kind, rows, problems, (old,), NOW)

    kept, cleared = planned(0), planned(1)
    assert ([c.record.data for c in kept.changed], kept.cleared) == ([data | {"weight": "56"}], 0)
    expected = {name: value for name, value in (data | {"weight": "56"}).items() if name != "note"}
    assert ([c.record.data for c in cleared.changed], cleared.cleared) == ([expected], 1)


@pytest.mark.feature("X-12")
def test_a_record_changed_twice_by_one_batch_keeps_what_it_said_before_the_batch() -> None:
    old = imported(batch_id=SECOND, before_batch={"title": "更早"})
    [change] = taken((STUDENT, SCORE | {"score": "120"}), existing=(old,)).changed
    assert change.record.before_batch == {"title": "更早"}


# --- undoing


def undo(*records: Record, earlier: set[UUID] | None = None) -> imports.UndoneImport:
    event = BatchUndoneV1(
        batch_id=SECOND, import_type="exam_scores", target="records", path=CLASS, account_id=ACCOUNT, reason="传错文件"
    )
    return imports.undo_import({TERM: JX}, event, records, earlier or set(), NOW)


def before(batch_id: UUID | None, score: str, earlier: dict[str, Any] | None = None) -> dict[str, Any]:
    expected = {"title": f"数学{score}", "data": SCORE | {"score": score}, "batch_id": str(batch_id) if batch_id else None}
    return expected | {"batch_row": 2, "before": earlier}


UNDO = ChangedBy(ACCOUNT, "撤销导入", "importer")


@pytest.mark.feature("X-12")
@pytest.mark.parametrize("state", [State.SUBMITTED, State.RETURNED])
def test_undoing_a_batch_takes_away_what_it_brought(state: State) -> None:
    record = imported(state)
    done = undo(record)
    [change] = done.changes
    after = replace(record, state=State.VOIDED, step=None, reviewer_role=None, version=4)
    assert change.record == after
    line = HistoryLine(record.id, NOW, UNDO, "void", state, State.VOIDED, record.step, None, "撤销导入：传错文件", 4)
    assert change.history == (line,)
    assert change.events == (RecordVoidedV1(record_id=record.id, record=after.snapshot(), at=NOW, reason="撤销导入：传错文件"),)
    assert (done.removed, done.restored, done.kept) == (1, 0, [])


@pytest.mark.feature("X-12")
@pytest.mark.parametrize("state", [State.APPROVED, State.AMENDING, State.VOIDED])
def test_what_was_confirmed_stays_and_is_told(state: State) -> None:
    done = undo(imported(state), imported(state, batch_row=None))
    expected = [RowProblem(row=row, code="approved_already", message="“数学”已经确认，予以保留") for row in (3, 0)]
    assert (done.kept, done.changes, done.removed, done.restored) == (expected, [], 0, 0)


@pytest.mark.feature("X-12")
@pytest.mark.parametrize("batch_id", [FIRST, None])
def test_undoing_a_batch_lets_a_record_say_again_what_it_said_before(batch_id: UUID | None) -> None:
    record = imported(batch_id=SECOND, before_batch=before(batch_id, "100", before(None, "90")))
    done = undo(record, imported())
    restored: Change = done.changes[0]
    after = replace(
        record, title="数学100", data=SCORE | {"score": "100"}, batch_id=batch_id, batch_row=2,
        before_batch=before(None, "90"), submitted_at=NOW, waits_since=NOW, version=4,
    )  # fmt: skip
    assert restored.record == after
    assert restored.history[0].by == UNDO
    assert [(line.action, line.at) for line in restored.history] == [("reimport", NOW)]
    assert (done.removed, done.restored, done.kept) == (1, 1, [])


@pytest.mark.feature("X-12")
def test_what_an_undone_batch_said_is_not_said_again() -> None:
    record = imported(batch_id=THIRD, before_batch=before(SECOND, "110", before(FIRST, "100", before(None, "90"))))
    assert imports.earlier_batches([record, imported()]) == {FIRST, SECOND}
    assert undo(record, earlier={SECOND}).changes[0].record.data["score"] == "100"
    assert undo(record, earlier={FIRST, SECOND}).changes[0].record.data["score"] == "90"
    assert undo(record, earlier={FIRST}).changes[0].record.data["score"] == "110"
    gone = imported(batch_id=THIRD, before_batch=before(SECOND, "110"))
    assert undo(gone, earlier={SECOND}).removed == 1


@pytest.mark.feature("X-12")
def test_rows_are_the_same_by_the_fields_that_the_scheme_names() -> None:
    scores, basic = JX.scheme.import_type("exam_scores"), JX.scheme.import_type("basic_data")
    assert imports.import_key(scores, SCORE | {"score": "1"}) == KEY
    assert imports.import_key(scores, {"subject": "数学"}) == '[null, "数学"]'
    assert imports.import_key(basic, SCORE) == "[]"
