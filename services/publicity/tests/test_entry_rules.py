"""Moves of entries, and quotas: no I/O."""

import itertools
from pathlib import Path
from typing import Any

import pytest
from publicity.domain.clearing import MOST_ENTRIES, cleared_events
from publicity.domain.entries import MOVES, Entry, State, clears, may_unselect, move, new_entry
from publicity.domain.quotas import SelectedCount, need_quota
from publicity.domain.terms import Term
from publicity_builders import CLASS, CLOSES, SHOWN, a_record, a_rules_term
from scheme import Scheme, load
from servicekit.ids import new_id
from servicekit.refusals import Refusal

SCHEMES = Path(__file__).parents[3] / "schemes"
JIANGXI = load(SCHEMES / "jiangxi" / "2026.1.yaml")


def an_entry(state: State = State.ELIGIBLE, *, scheme: Scheme = JIANGXI, **changed: Any) -> Entry:
    record = a_record(new_id(), **changed)
    return Entry(new_id(), record, state, automatic=False, path=record.path)


def a_term_value(scheme: Scheme = JIANGXI, term_id: Any = None) -> Term:
    return a_rules_term(scheme, id=term_id or new_id())


@pytest.mark.feature("JX-03")
@pytest.mark.parametrize(("state", "what"), list(itertools.product(State, sorted({what for _, what in MOVES}))))
def test_an_entry_makes_the_moves_of_the_table_and_no_other(state: State, what: str) -> None:
    entry = an_entry(state)
    if (state, what) in MOVES:
        after = move(entry, what, SHOWN)
        assert (after.state, after.version) == (MOVES[state, what], 2)
        return
    with pytest.raises(Refusal) as refused:
        move(entry, what, SHOWN, "JX-03")
    assert refused.value.code == "wrong_state"
    assert refused.value.details["rule"] == "JX-03"


def test_voided_entries_stay_voided_and_cleared_ones_never_return_to_the_board() -> None:
    assert not any(state is State.VOIDED for state, _ in MOVES)
    assert {after for (state, _), after in MOVES.items() if state is State.CLEARED} == {State.VOIDED}


@pytest.mark.feature("JX-13")
@pytest.mark.parametrize("state", list(State))
@pytest.mark.parametrize("cases", [0, 1])
@pytest.mark.parametrize("over", [True, False])
def test_only_selected_entries_without_open_cases_clear_after_publicity(state: State, cases: int, over: bool) -> None:
    entry = Entry(new_id(), a_record(new_id()), state, automatic=False, path=CLASS, open_cases=cases)
    assert clears(entry, over) is (state is State.SELECTED and cases == 0 and over)


@pytest.mark.feature("JX-03", "CS-06")
def test_the_scheme_decides_which_kinds_are_selected_automatically_by_students_or_never() -> None:
    changsha = load(SCHEMES / "changsha" / "2026.1.yaml")
    beijing = load(SCHEMES / "beijing" / "2026.1.yaml")
    record = a_record(new_id())

    def made(scheme: Scheme, *, still_open: bool = True) -> Entry | None:
        return new_entry(new_id(), record, scheme.kinds[0], SHOWN, still_open=still_open)

    waiting, automatic, late = made(JIANGXI), made(changsha), made(changsha, still_open=False)
    assert waiting is not None
    assert automatic is not None
    assert late is not None
    assert (waiting.state, automatic.state, late.state) == (State.ELIGIBLE, State.SELECTED, State.ELIGIBLE)
    assert made(beijing) is None
    with pytest.raises(Refusal) as refused:
        may_unselect(automatic, changsha)
    assert refused.value.details["rule"] == "CS-06"


def with_quotas(*quotas: dict[str, Any]) -> Scheme:
    data = JIANGXI.model_dump(mode="python")
    for dimension in data["dimensions"]:
        for kind in dimension["kinds"]:
            if kind["id"] == "volunteer_service":
                kind["quotas"] = quotas
    return Scheme.model_validate(data)


@pytest.mark.feature("JX-03", "SH-04")
@pytest.mark.parametrize(
    ("per", "same_term", "same_year", "fits"),
    [("term", 1, 9, True), ("term", 2, 0, False), ("year", 1, 0, True), ("year", 1, 1, False), ("stage", 0, 2, False)],
)
def test_a_quota_counts_the_entries_selected_in_its_period(per: str, same_term: int, same_year: int, fits: bool) -> None:
    entry = an_entry()
    term = a_term_value(with_quotas({"per": per, "max": 2, "counts": "selected"}), entry.term_id)
    used = [
        SelectedCount(entry.student_id, entry.kind, entry.term_id, "2026-2027", same_term),
        SelectedCount(entry.student_id, entry.kind, new_id(), "2026-2027", same_year),
        SelectedCount(new_id(), entry.kind, entry.term_id, "2026-2027", 9),
    ]
    if fits:
        need_quota([entry], {term.id: term}, used)
        return
    with pytest.raises(Refusal) as refused:
        need_quota([entry], {term.id: term}, used)
    assert refused.value.code == "quota_exceeded"
    assert refused.value.details["scheme"] == "jiangxi@2026.1"


@pytest.mark.feature("JX-13")
def test_events_about_cleared_entries_stay_below_the_size_limit_of_the_bus() -> None:
    record = a_record(new_id())
    many = list(cleared_events(record.term_id, CLASS, [(record, 1000)] * 250, CLOSES))
    assert [len(event.entries) for event in many] == [MOST_ENTRIES, MOST_ENTRIES, 50]
    heavy = list(cleared_events(record.term_id, CLASS, [(record, 200_000)] * 5, CLOSES))
    assert [len(event.entries) for event in heavy] == [2, 2, 1]
    assert list(cleared_events(record.term_id, CLASS, [], CLOSES)) == []
