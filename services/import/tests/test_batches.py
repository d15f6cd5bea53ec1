"""The state machine of batches: every move in the table, every other one refused, chunks counted (X-12). No I/O."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from contracts.importer import BatchRow
from contracts.records import RecordsBatchAppliedV1
from importer import domain
from importer.domain import MOVES, Batch, State, Step
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

NOW = datetime(2026, 11, 1, tzinfo=UTC)
CLASS = "jx.nc.dh.s1.g2025.c01"


def a_batch(state: State = State.CHECKED, **more: Any) -> Batch:
    given: dict[str, Any] = {
        "id": new_id(), "type": "exam_scores", "title": "考试成绩", "target": "records", "path": CLASS, "term_id": new_id(),
        "scheme_id": "jiangxi", "scheme_version": "2026.1", "roles": ("class_teacher",), "role": "class_teacher",
        "account_id": new_id(), "author_name": "李老师", "file_id": new_id(), "file_name": "成绩.xlsx", "state": state,
        "created_at": NOW, "rows_read": 3,
    }  # fmt: skip
    return Batch(**(given | more))


def some_rows(count: int) -> list[BatchRow]:
    return [BatchRow(row=n + 2, sheet="rows", student_id=new_id(), data={"score": "1"}) for n in range(count)]


@pytest.mark.feature("X-12")
@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("step", get_args(Step.__value__))
def test_a_batch_moves_as_the_table_says_and_in_no_other_way(state: State, step: Step) -> None:
    batch = a_batch(state)
    if (state, step) in MOVES:
        after = domain.move(batch, step)
        assert (after.state, after.version) == (MOVES[state, step], batch.version + 1)
    else:
        with pytest.raises(Refusal) as no:
            domain.move(batch, step)
        assert (no.value.code, no.value.details["state"], no.value.details["rule"]) == ("wrong_state", state, "X-12")


@pytest.mark.feature("X-12")
def test_only_a_whole_workbook_without_problems_and_questions_is_committed() -> None:
    for batch, code in (
        (a_batch(problem_count=1, rows_bad=1), "batch_has_problems"),
        (a_batch(question_count=1, rows_bad=1), "batch_has_questions"),
        (a_batch(rows_read=0), "batch_empty"),
        (a_batch(rows_read=4), "batch_outdated"),
        (a_batch(State.APPLIED), "wrong_state"),
    ):
        with pytest.raises(Refusal) as no:
            domain.recheck(batch, 3)
        assert no.value.code == code


@pytest.mark.feature("X-12")
def test_rows_travel_in_chunks_of_five_hundred_and_the_batch_is_applied_with_the_last_one() -> None:
    checked = a_batch(rows_read=1050)
    events = domain.events_of(checked, some_rows(1050))
    assert [(f.chunk, f.chunks, len(f.rows)) for f in events] == [(1, 3, 500), (2, 3, 500), (3, 3, 50)]
    assert len({f.aggregate for f in events}) == 3
    batch = domain.commit(domain.recheck(checked, 1050), len(events), NOW)
    assert (batch.state, batch.chunks) == (State.COMMITTING, 3)
    for event in (events[1], events[0]):
        batch = domain.count_chunk(batch, answer_to(event.batch_id, event.chunk), NOW)
        assert batch.state == State.COMMITTING
    batch = domain.count_chunk(batch, answer_to(batch.id, 3), NOW)
    assert (batch.state, batch.created, batch.changed, batch.unchanged, batch.chunks_applied) == (State.APPLIED, 3, 6, 9, 3)


@pytest.mark.feature("X-12")
def test_long_rows_travel_in_smaller_chunks_and_none_is_lost() -> None:
    rows = [BatchRow(row=n, sheet="rows", data={"text": "长" * 5_000}) for n in range(2, 102)]
    events = domain.events_of(a_batch(rows_read=100), rows)
    assert [row.row for event in events for row in event.rows] == list(range(2, 102))
    assert len(events) == 4
    assert all(len(event.model_dump_json().encode()) < 500_000 for event in events)


def answer_to(batch_id: Any, chunk: int) -> RecordsBatchAppliedV1:
    return RecordsBatchAppliedV1(batch_id=batch_id, chunk=chunk, chunks=3, created=1, changed=2, unchanged=3)


@pytest.mark.feature("X-12")
def test_an_answer_that_comes_after_we_stopped_waiting_still_counts() -> None:
    batch = domain.commit(domain.recheck(a_batch(), 3), 1, NOW)
    given_up = domain.give_up(batch, "没有答复")
    assert (given_up.state, given_up.refusal_code) == (State.FAILED, "not_answered")
    done = domain.count_chunk(given_up, answer_to(batch.id, 1), NOW + timedelta(hours=1))
    assert (done.state, done.refusal_code) == (State.APPLIED, None)


@pytest.mark.feature("X-12")
def test_an_applied_batch_is_undone_until_it_is_locked() -> None:
    by = an_actor("class_teacher", CLASS)
    after, event = domain.undo_import(a_batch(State.APPLIED), by, "选错了", False, NOW)
    assert (after.state, after.undone_at, event.reason, event.account_id) == (State.UNDONE, NOW, "选错了", by.account_id)
    for batch, locked, code in (
        (a_batch(State.APPLIED), True, "batch_locked"),
        (a_batch(State.APPLIED, target="archive"), True, "batch_locked"),
        (a_batch(State.COMMITTING), False, "wrong_state"),
    ):
        with pytest.raises(Refusal) as no:
            domain.undo_import(batch, by, "选错了", locked, NOW)
        assert no.value.code == code


def test_a_batch_is_seen_by_who_made_it_who_may_import_it_and_administrators_within_their_scope() -> None:
    batch = a_batch()
    author = replace(an_actor("subject_teacher", CLASS), account_id=batch.account_id)
    for actor in (author, an_actor("class_teacher", CLASS), an_actor("administrator", "jx.nc.dh.s1")):
        domain.need_visible(batch, actor)
    for actor in (
        an_actor("subject_teacher", CLASS),
        an_actor("class_teacher", "jx.nc.dh.s1.g2025.c02"),
        an_actor("administrator", "jx.nc.dh.s2"),
    ):
        with pytest.raises(Refusal, match="not_found"):
            domain.need_visible(batch, actor)
    with pytest.raises(Refusal, match="forbidden"):
        domain.need_may_change(batch, an_actor("administrator", "jx.nc.dh.s1"), "JX-05")
