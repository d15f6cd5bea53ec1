"""A batch's way in full: what each step changes, refuses and says (X-12, L-10)."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from contracts.base import RowProblem
from contracts.importer import BatchRow, BatchUndoneV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1
from importer import domain
from importer.domain import MOVES, Found, State
from servicekit.refusals import Refusal
from servicekit.testing import an_actor
from test_batches import CLASS, NOW, a_batch, some_rows


@contextmanager
def refused(code: str, **details: Any) -> Iterator[None]:
    """What is inside is refused with this code, and has exactly these details."""
    with pytest.raises(Refusal) as no:
        yield
    assert (no.value.code, no.value.details) == (code, details), f"{no.value.code} {no.value.details}"


@pytest.mark.feature("X-12")
def test_a_batch_is_checked_again_and_committed_whole() -> None:
    again = domain.recheck(a_batch(rows_read=1, attempt=1), 1)
    assert (again.state, again.attempt) == (State.RECHECKING, 2)
    with refused("batch_has_problems", rule="X-12", problems=2):
        domain.recheck(a_batch(problem_count=2), 3)
    with refused("batch_has_questions", rule="L-10", questions=1):
        domain.recheck(a_batch(question_count=1), 3)
    with refused("batch_empty", rule="X-12"):
        domain.recheck(a_batch(rows_read=0), 0)
    with refused("batch_outdated", rule="X-12"):
        domain.recheck(a_batch(rows_read=3), 2)
    batch = a_batch(rows_read=3, attempt=1, shown_attempt=1)
    done = domain.commit(domain.recheck(batch, 3), 2, NOW)
    assert (done.state, done.chunks, done.committed_at, done.version) == (State.COMMITTING, 2, NOW, 3)
    assert (done.attempt, done.shown_attempt) == (2, 2)
    assert (a_batch(rows_bad=1).rows_good, batch.not_applied, batch.created, batch.chunks_applied) == (2, 0, 0, 0)


@pytest.mark.feature("X-12")
def test_what_a_check_found_or_why_it_ended_is_kept() -> None:
    checking = a_batch(State.CHECKING)
    found = domain.found(checking, Found(rows=9, bad_rows=2, problems=3, questions=1), "key", NOW)
    assert (found.state, found.rows_read, found.rows_bad, found.problem_count, found.question_count) == (
        State.CHECKED, 9, 2, 3, 1,
    )  # fmt: skip
    assert (found.answer_key, found.checked_at, found.may_commit, found.final) == ("key", NOW, False, True)
    asked = domain.ask(checking, 9)
    assert (asked.state, asked.rows_read, asked.attempt) == (State.CHECKING, 9, 1)
    with refused("wrong_state", rule="L-10", state="checked"):
        domain.ask(a_batch(), 9)
    back = domain.not_answered(a_batch(State.RECHECKING), "没有答复")
    assert (back.state, back.refusal_code, back.refusal_message) == (State.CHECKED, "not_answered", "没有答复")
    no = domain.refuse(checking, "file_empty", "文件是空的", NOW)
    assert (no.state, no.refusal_code, no.refusal_message, no.checked_at) == (State.REFUSED, "file_empty", "文件是空的", NOW)
    failed = domain.fail(checking, "无法检查", NOW)
    assert (failed.state, failed.refusal_code, failed.refusal_message, failed.checked_at) == (
        State.FAILED,
        "fault",
        "无法检查",
        NOW,
    )
    late = domain.give_up(a_batch(State.COMMITTING), "没有答复")
    assert (late.state, late.refusal_code, late.refusal_message) == (State.FAILED, "not_answered", "没有答复")
    with refused("wrong_state", rule="X-12", state="applied", step="find"):
        domain.found(a_batch(State.APPLIED), Found(rows=1), None, NOW)


@pytest.mark.feature("X-12")
def test_a_chunk_tells_whose_rows_it_holds() -> None:
    batch, rows = a_batch(rows_read=2), some_rows(2)
    [event] = domain.events_of(batch, rows)
    assert event.model_dump(exclude={"rows"}) == {
        "batch_id": batch.id, "chunk": 1, "chunks": 1, "target": "records", "import_type": "exam_scores", "path": CLASS,
        "term_id": batch.term_id, "scheme_id": "jiangxi", "scheme_version": "2026.1", "account_id": batch.account_id,
        "author_name": "李老师", "role": "class_teacher", "own_students": (),
    }  # fmt: skip
    assert event.rows == tuple(rows)
    long = [BatchRow(row=n, sheet="rows", data={"text": "长" * 90_000}) for n in (2, 3)]
    assert [[row.row for row in one.rows] for one in domain.events_of(batch, long)] == [[2], [3]]


@pytest.mark.feature("X-12")
def test_answers_are_counted_and_the_last_one_applies_the_batch() -> None:
    problems = tuple(RowProblem(row=row, code="x", message="x") for row in (2, 2, 3))
    batch = a_batch(State.COMMITTING, chunks=2, refusal_code="x", refusal_message="x")

    def answer(chunk: int) -> RecordsBatchAppliedV1:
        return RecordsBatchAppliedV1(
            batch_id=batch.id, chunk=chunk, chunks=2, created=1, changed=2, unchanged=3, problems=problems
        )

    first = domain.count_chunk(batch, answer(1), NOW)
    assert (first.state, first.chunks_applied, first.not_applied, first.version) == (State.COMMITTING, 1, 2, 2)
    last = domain.count_chunk(first, answer(2), NOW + timedelta(hours=1))
    assert (last.created, last.changed, last.unchanged, last.not_applied, last.version) == (2, 4, 6, 4, 3)
    assert (last.state, last.refusal_code, last.refusal_message, last.applied_at) == (
        State.APPLIED, None, None, NOW + timedelta(hours=1),
    )  # fmt: skip
    late = domain.count_chunk(a_batch(State.UNDONE, chunks=1), answer(1), NOW)
    assert (late.state, late.applied_at) == (State.UNDONE, None)


@pytest.mark.feature("X-12")
def test_an_undo_is_told_and_its_answer_says_what_stays() -> None:
    by, batch = an_actor("class_teacher", CLASS), a_batch(State.APPLIED)
    after, event = domain.undo_import(batch, by, "选错了", False, NOW)
    assert (after.state, after.undone_at, after.version) == (State.UNDONE, NOW, 2)
    assert event == BatchUndoneV1(
        batch_id=batch.id, target="records", import_type="exam_scores", path=CLASS, account_id=by.account_id,
        author_name=by.name, reason="选错了",
    )  # fmt: skip
    _, roster = domain.undo_import(a_batch(State.APPLIED, target="identity"), by, "x", False, NOW)
    assert roster.target == "identity"
    with refused("batch_locked", rule="X-12"):
        domain.undo_import(batch, by, "x", True, NOW)
    kept = (RowProblem(row=2, code="x", message="x"),)
    answer = RecordsBatchRevertedV1(batch_id=batch.id, removed=3, restored=1, kept=kept)
    done = domain.note_undo_result(after, answer)
    assert (done.removed, done.restored, done.kept, done.version) == (3, 1, 1, 3)
    with refused("forbidden", rule="JX-05"):
        domain.need_may_change(batch, an_actor("administrator", CLASS), "JX-05")


def test_batches_are_stored_under_these_states_and_move_by_this_table() -> None:
    assert {f"{state} {step}": after for (state, step), after in MOVES.items()} == {
        "checking refuse": "refused", "checking find": "checked", "checking fail": "failed", "checked recheck": "rechecking",
        "rechecking commit": "committing", "rechecking find": "checked", "rechecking not_answered": "checked",
        "committing apply": "applied", "committing give_up": "failed", "failed apply": "applied", "applied undo": "undone",
    }  # fmt: skip
    assert set(State) - domain.FINAL == {State.CHECKING, State.RECHECKING, State.COMMITTING}
    assert domain.sees_all(an_actor("administrator", CLASS))
    assert not domain.sees_all(an_actor("principal", CLASS))
