"""The state machines of records and positions, whole, without I/O; and what silence means."""

from datetime import UTC, date, datetime, timedelta
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from contracts.base import Window
from contracts.records import RecordApprovedV1
from records.domain import position, reviewing
from records.domain.position import Position, PositionState
from records.domain.record import SYSTEM, Record, apply_move
from records.domain.state import MOVES, Move, State
from records.domain.term import Term
from scheme import Schemes
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import an_actor

from .builders import CLASS, NOW, SCHOOL

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")


def a_record(state: State = State.SUBMITTED, **changed: Any) -> Record:
    expected: dict[str, Any] = {
        "id": new_id(), "term_id": new_id(), "student_id": new_id(), "student_name": "李晓雨", "path": CLASS,
        "dimension": "moral", "kind": "volunteer_service", "title": "志愿服务", "data": {}, "evidence": (), "state": state,
        "origin": "reported", "level": "student", "visibility": "private", "author_id": new_id(), "author_name": "李晓雨",
        "author_role": "student", "version": 3, "created_at": NOW, "submitted_at": NOW, "waits_since": NOW,
    }  # fmt: skip
    return Record(**(expected | changed))


def a_term(scheme: str, *windows: Window) -> Term:
    return Term(
        new_id(), SCHOOL, "第一学期", "2026-2027", 1, "Asia/Shanghai", date(2026, 9, 1), date(2027, 1, 31), windows, 1,
        SCHEMES.get(scheme, "2026.1"),
    )  # fmt: skip


@pytest.mark.feature("JX-04")
@pytest.mark.parametrize(("state", "move"), list(product(State, Move)))
def test_a_record_makes_the_moves_of_the_table_and_no_other(state: State, move: Move) -> None:
    record = a_record(state)
    if (state, move) in MOVES:
        change = apply_move(record, move, SYSTEM, NOW)
        assert (change.record.state, change.record.version) == (MOVES[state, move], 4)
        assert (change.history[0].from_state, change.history[0].to_state, change.history[0].version) == (
            state,
            MOVES[state, move],
            4,
        )
    else:
        with pytest.raises(Refusal) as no:
            apply_move(record, move, SYSTEM, NOW)
        assert (no.value.code, no.value.details["state"]) == ("wrong_state", state.value)
        assert move.value not in no.value.details["possible"]


@pytest.mark.feature("CS-10", "CS-11")
def test_what_is_void_stays_void_and_what_was_excluded_comes_back_by_an_appeal() -> None:
    assert [move for (state, move) in MOVES if state is State.VOIDED] == []
    assert [move for (state, move) in MOVES if state is State.EXCLUDED] == [Move.RESTORE, Move.VOID]


@pytest.mark.feature("JX-11")
@pytest.mark.parametrize(("state", "move"), list(product(PositionState, ["mend", "pass", "approve", "return"])))
def test_a_position_makes_the_moves_of_the_table_and_no_other(state: PositionState, move: str) -> None:
    one = Position(new_id(), new_id(), new_id(), "李晓雨", CLASS, {}, state, 1, NOW)
    if (state, move) in position.MOVES:
        assert position.apply_move(one, move).state is position.MOVES[state, move]
    else:
        with pytest.raises(Refusal, match="wrong_state"):
            position.apply_move(one, move)


@pytest.mark.feature("SH-07")
def test_silence_passes_a_step_at_the_end_of_its_window_and_not_before() -> None:
    ends = datetime(2026, 10, 20, 8, tzinfo=UTC)
    term = a_term("baoshan", Window(operation="confirm", starts=NOW, ends=ends))
    waits = a_record(kind="basic_course", dimension="courses", step="student", reviewer_role="student")
    assert reviewing.deadline(term, waits) == ends
    assert reviewing.after_silence(term, waits, ends - timedelta(seconds=1)) is None
    change = reviewing.after_silence(term, waits, ends)
    assert change is not None
    assert change.record.state is State.APPROVED
    assert isinstance(change.events[0], RecordApprovedV1)
    assert change.history[0].by == SYSTEM


def test_a_kind_without_review_steps_is_approved_when_it_is_handed_in() -> None:
    term = a_term("changsha")
    kind = next(kind for kind in term.scheme.kinds if not kind.review.in_force({}, last_term=False))
    draft = a_record(State.DRAFT, kind=kind.id, dimension=term.scheme.dimension_of(kind.id).id)
    change = reviewing.enter_review(term, draft, Move.SUBMIT, SYSTEM, NOW)
    assert change.record.state is State.APPROVED
    assert [line.action for line in change.history] == ["submit", "approve"]
    assert [type(event) for event in change.events] == [RecordApprovedV1]


@pytest.mark.feature("X-13", "JX-04", "SH-07")
@pytest.mark.parametrize(("scheme", "rule"), [("jiangxi", "JX-04"), ("baoshan", "SH-07")])
def test_a_refusal_cites_the_rule_of_the_deployment_the_record_is_in(scheme: str, rule: str) -> None:
    term = a_term(scheme)
    kind = next(kind for kind in term.scheme.kinds if kind.review.steps)
    role = kind.review.steps[0].role
    record = a_record(kind=kind.id, step=kind.review.steps[0].id, reviewer_role=role)
    with pytest.raises(Refusal) as no, term.refusal_context("record.review"):
        reviewing.approve(term, record, an_actor("subject_teacher", CLASS), NOW)
    assert (no.value.code, no.value.details["rule"]) == ("forbidden", rule)
    with pytest.raises(Refusal) as closed:
        term.need_open(kind.review.steps[0].operation, {"class_teacher"}, NOW, CLASS, term.scheme.rule("record.review"))
    assert closed.value.details["rule"] == rule
