"""The case engine makes every move of every scheme's routes, and no other: no I/O."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from contracts.base import LEVELS, RecordSnapshot, Window, ancestor
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseMovedV2,
    CaseOpenedV2,
    EntriesClearedV1,
    EntryRestoredV1,
    EntryVoidedV1,
)
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import COMPLAINANT, ActionInput, Case, Person, actors, case_type_for
from publicity.domain.entries import Entry, State
from publicity.domain.terms import Term
from publicity.domain.timeline import stages_to_come
from publicity_builders import CLASS, CLOSES, HANDLING, OPENS, SHOWN, a_record, a_rules_term
from scheme import Action, CaseType, Scheme, Stage, load_all, loads
from scheme.files import load_calendars
from scheme.result_publicity import is_about_results
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.refusals import Refusal
from servicekit.testing import a_student, an_actor

SCHEMES = {scheme.id: scheme for scheme in load_all(Path(__file__).parents[3] / "schemes")}
type Start = tuple[Scheme, CaseType, str]
STARTS: list[Start] = [
    (scheme, one, level)
    for scheme in SCHEMES.values()
    for one in scheme.cases.types
    for entry in scheme.cases.entries
    if entry.type == one.id and not is_about_results(scheme, one)  # test_published_results.py
    for level in (entry.levels or ("student",))
]
EVERY_START = pytest.mark.parametrize(("scheme", "kind", "level"), STARTS, ids=[f"{s.id}-{k.id}-{at}" for s, k, at in STARTS])
ACTIONS = sorted({action.id for scheme in SCHEMES.values() for _, action in scheme.cases.moves()} | {"none"})


def a_term(scheme: Scheme) -> Term:
    """Every operation with a window has it all term long, publicity its own."""
    windows = []
    for operation in scheme.timing.operations:
        if operation.id == scheme.timing.publicity_operation:
            windows.append(Window(operation=operation.id, starts=OPENS, ends=CLOSES))
        elif operation.window != "none":
            windows.append(Window(operation=operation.id, starts=OPENS - timedelta(days=90), ends=CLOSES + timedelta(days=90)))
    return a_rules_term(scheme, windows=tuple(windows))


@dataclass
class Table:
    """A case engine with one case of a scheme, and how to act on it."""

    engine: CaseEngine
    case_id: UUID
    record: RecordSnapshot
    owner: Actor

    @property
    def case(self) -> Case:
        return self.engine.cases[self.case_id]

    @property
    def term(self) -> Term:
        return self.engine.terms[self.case.term_id]

    @property
    def entry(self) -> Entry:
        return self.engine.entries[self.case.entry_id]

    @property
    def stage(self) -> Stage:
        return self.term.scheme.cases.stage(self.case.stage)

    def actor(self, role: str) -> Person:
        """Somebody of this role, at the level that the scheme says."""
        if role == COMPLAINANT:
            return Person(an_actor("student", CLASS), self.case.complainant or "")
        return Person(self._actor(role), new_id().hex)

    def _actor(self, role: str) -> Actor:
        if role in ("student", "guardian"):
            return an_actor(role, CLASS, students=(self.record.student_id,))
        level, _, role_at_level = role.partition("_")
        if level in LEVELS and role != "class_teacher":
            return an_actor(role_at_level, ancestor(CLASS, level))
        at = next(one.at for one in self.term.scheme.roles if one.id == role)
        return an_actor(role, ancestor(CLASS, at))

    def given(self, action: str) -> ActionInput:
        """Everything that any action may need."""
        reasons = self.term.scheme.return_reasons_for("case")
        return ActionInput(action, reasons[0].id if reasons else None, "情况说明，已经核实", files=1)

    def take(self, action: Action) -> None:
        """Take an action as somebody who may, or by its deadline."""
        if action.by_clock:
            self.engine.time_out(self.case_id, self.case.stage_no)
            return
        if "amendment" in action.needs:
            self.engine.amended(self.case_id, self.record.model_copy(update={"version": 2, "title": "改过"}))
        self.engine.act(self.case_id, self.given(action.id), self.actor(self.case.waits_for[0]))


def a_table(scheme: Scheme, kind: CaseType, level: str = "student", *, now: Any = HANDLING) -> Table:
    term = a_term(scheme)
    record_kind = next((one for one in scheme.kinds if one.level == level), scheme.kinds[0])
    owner = a_student(CLASS)
    record = a_record(term.id, owner.student_id, kind=record_kind.id, level=level)
    state = State.EXCLUDED if kind.against == "outcome" else State.SELECTED
    entry = Entry(new_id(), record, state, automatic=False, path=CLASS)
    engine = CaseEngine(now, {term.id: term}, {entry.id: entry})
    case = a_case(entry, kind, now)
    engine.open(case, 0)
    return Table(engine, case.id, record, owner)


def a_case(entry: Entry, kind: CaseType, now: Any = HANDLING) -> Case:
    return Case(
        id=new_id(),
        case_type=kind.id,
        entry_id=entry.id,
        term_id=entry.term_id,
        record_id=entry.record_id,
        student_id=entry.student_id,
        path=entry.path,
        title=entry.snapshot.title,
        complainant=new_id().hex,
        complaint_type=None,
        text="不实",
        one_open=kind.one_open,
        parties=(),
        stage="",
        stage_no=0,
        waits_for=(),
        begun_at=None,
        before=entry.snapshot,
        opened_at=now,
    )


def routes(scheme: Scheme, kind: CaseType, level: str) -> Iterator[list[str]]:
    """The shortest list of actions to every stage that a case can reach, with every proposed outcome."""
    start = a_table(scheme, kind, level).case
    todo: list[list[str]] = [[]]
    seen = {(start.stage, start.proposed)}
    while todo:
        route = todo.pop(0)
        yield route
        for action in walked(scheme, kind, level, route).stage.actions:
            table = walked(scheme, kind, level, [*route, action.id])
            position = (table.case.stage, table.case.proposed)
            if table.case.closed_at is None and position not in seen:
                seen.add(position)
                todo.append([*route, action.id])


def walked(scheme: Scheme, kind: CaseType, level: str, route: list[str]) -> Table:
    table = a_table(scheme, kind, level)
    for name in route:
        table.take(table.stage.action(name))
    return table


ENDS = {"keep": State.CLEARED, "amend": State.CLEARED, "exclude": State.EXCLUDED, "void": State.VOIDED}


@pytest.mark.feature("JX-09", "CS-10", "CS-11", "SH-10", "X-01")
@EVERY_START
def test_every_move_of_the_table_leads_where_it_says(scheme: Scheme, kind: CaseType, level: str) -> None:
    seen: set[tuple[str, str]] = set()
    for route in routes(scheme, kind, level):
        for action in walked(scheme, kind, level, route).stage.actions:
            table = walked(scheme, kind, level, route)
            stage, carried, number = table.stage, action.proposes or table.case.proposed, table.case.stage_no
            seen.add((stage.id, action.id))
            table.take(action)
            step = table.engine.steps[-1]
            assert (step.stage, step.action, step.no) == (stage.id, action.id, number)
            if action.leads_to is not None:
                assert (table.case.stage, table.case.stage_no) == (action.leads_to, number + 1)
                assert (table.case.closed_at, table.case.proposed) == (None, carried)
                assert table.case.waits_for == actors(scheme, table.stage, scheme.kind(table.record.kind), level)
                moved = [event for event in table.engine.events if isinstance(event, CaseMovedV2)][-1]
                assert (moved.stage, moved.action_title) == (action.leads_to, action.title)
            else:
                outcome = carried if action.outcome == "proposed" else action.outcome
                assert table.case.outcome == outcome
                assert table.entry.state is ENDS[str(outcome)]
                assert table.entry.open_cases == 0
                closed = [event for event in table.engine.events if isinstance(event, CaseClosedV2)]
                assert [event.outcome for event in closed] == [outcome]
    assert {stage for stage, _ in seen} <= {stage.id for stage in scheme.cases.stages}
    assert seen >= {(stage, action.id) for stage in {s for s, _ in seen} for action in scheme.cases.stage(stage).actions}


def test_the_routes_cover_every_stage_of_every_scheme() -> None:
    for scheme in SCHEMES.values():
        reached = {
            walked(scheme, kind, level, route).case.stage
            for one, kind, level in STARTS
            if one is scheme
            for route in routes(scheme, kind, level)
        }
        of_results = {
            stage.id
            for one in scheme.cases.types
            if is_about_results(scheme, one)
            for stage in scheme.cases.reachable(one.id, "school")
        }
        assert reached == {stage.id for stage in scheme.cases.stages} - of_results


@pytest.mark.feature("JX-09", "SH-10")
@EVERY_START
def test_every_move_outside_the_table_and_every_other_person_is_refused(scheme: Scheme, kind: CaseType, level: str) -> None:
    for route in routes(scheme, kind, level):
        table = walked(scheme, kind, level, route)
        before = table.case
        allowed = {action.id for action in table.stage.choices()}
        right = table.actor(table.case.waits_for[0])
        for action in ACTIONS:
            if action not in allowed:
                with pytest.raises(Refusal) as refused:
                    table.engine.act(table.case_id, table.given(action), right)
                assert refused.value.code == "wrong_state"
        roles = {role.id for role in scheme.roles} | {"guardian"}
        for role in sorted(roles - set(table.case.waits_for)):
            with pytest.raises(Refusal) as refused:
                table.engine.act(table.case_id, table.given(next(iter(allowed))), table.actor(role))
            assert refused.value.code == "forbidden", role
        assert table.case == before


@pytest.mark.feature("JX-09", "JX-10")
@EVERY_START
def test_an_action_without_what_it_needs_is_refused_by_name(scheme: Scheme, kind: CaseType, level: str) -> None:
    codes = {
        "reason": "reason_required",
        "text": "reason_required",
        "amendment": "amendment_missing",
        "evidence": "file_missing",
    }
    for route in routes(scheme, kind, level):
        for action in walked(scheme, kind, level, route).stage.choices():
            table = walked(scheme, kind, level, route)
            if action.needs:
                with pytest.raises(Refusal) as refused:
                    table.engine.act(table.case_id, ActionInput(action.id), table.actor(table.case.waits_for[0]))
                assert refused.value.code == codes[action.needs[0]]


def test_a_scheme_without_cases_has_none() -> None:
    with pytest.raises(Refusal) as refused:
        case_type_for(SCHEMES["beijing"], None, excluded=False)
    assert refused.value.code == "invalid_input"


JIANGXI, CHANGSHA = SCHEMES["jiangxi"], SCHEMES["changsha"]


@pytest.mark.feature("JX-08")
def test_a_stage_begins_with_its_window_and_not_before() -> None:
    table = a_table(JIANGXI, JIANGXI.cases.types[0], now=SHOWN)
    assert table.case.begun_at is None
    assert [(alarm.what, alarm.at) for alarm in table.engine.alarms] == [("begins", CLOSES)]
    assert {type(event) for event in table.engine.events} == {CaseOpenedV2}
    with pytest.raises(Refusal) as refused:
        table.engine.act(table.case_id, table.given("insist"), table.actor("student"))
    assert refused.value.code == "window_closed"
    table.engine.now = HANDLING
    table.engine.begin(table.case_id, 1)
    table.engine.begin(table.case_id, 1)
    moved = [event for event in table.engine.events if isinstance(event, CaseMovedV2)]
    assert [(event.actor, event.due_at) for event in moved] == [("student", HANDLING + timedelta(days=5))]


@pytest.mark.feature("X-08")
def test_a_deadline_in_working_days_leaves_out_the_holiday_and_moves_when_one_is_announced_meanwhile() -> None:
    folder = Path(__file__).parents[3] / "schemes"
    text = (folder / "jiangxi" / "2026.1.yaml").read_text(encoding="utf-8")
    scheme = loads(text.replace("after: P5D", "after_working_days: 5"))
    filed = datetime(2026, 9, 29, 7, tzinfo=UTC)
    table = a_table(scheme, scheme.cases.types[0], now=SHOWN)
    moved = tuple(
        w.model_copy(update={"starts": w.starts - (CLOSES - filed), "ends": w.ends - (CLOSES - filed)})
        for w in table.term.windows
    )
    table.engine.terms[table.term.id] = replace(table.term, windows=moved)
    table.engine.now = filed
    table.engine.begin(table.case_id, 1)
    assert table.case.due_at == datetime(2026, 10, 6, 15, 59, 59, tzinfo=UTC), "the year is not on file yet"
    [coming, *_] = stages_to_come(table.term, table.case, filed)
    assert (coming.within_days, coming.within_working_days) == (None, 5)
    scheme.keep_calendar(load_calendars(folder))
    assert table.case.due_at is not None
    table.engine.now = table.case.due_at
    table.engine.time_out(table.case_id, 1)
    later = datetime(2026, 10, 12, 15, 59, 59, tzinfo=UTC)
    assert (table.case.stage, table.case.due_at) == ("student_handling", later), "30 September, 8, 9, 10 and 12 October"
    assert table.engine.alarms[-1].at == later
    table.engine.now = later
    table.engine.time_out(table.case_id, 1)
    assert table.case.stage == "teacher_review"


@pytest.mark.feature("JX-09")
def test_the_record_may_be_amended_exactly_while_a_stage_asks_for_it() -> None:
    table = walked(JIANGXI, JIANGXI.cases.types[0], "student", ["insist", "disagree"])
    asked = [event.open for event in table.engine.events if isinstance(event, AmendmentRequestedV1)]
    assert asked == [True, False, True]
    with pytest.raises(Refusal) as refused:
        table.engine.act(table.case_id, ActionInput("amend"), table.actor("student"))
    assert refused.value.code == "amendment_missing"


@pytest.mark.feature("X-08")
def test_a_deadline_takes_its_action_once_or_marks_the_case_as_overdue() -> None:
    table = a_table(JIANGXI, JIANGXI.cases.types[0])
    table.engine.time_out(table.case_id, 99)
    assert table.case.stage == "student_handling"
    table.engine.time_out(table.case_id, 1)
    assert (table.case.stage, table.case.proposed) == ("teacher_review", "keep")
    table.engine.time_out(table.case_id, 2)
    assert (table.case.stage, table.case.overdue) == ("teacher_review", True)


@pytest.mark.feature("JX-09")
def test_an_entry_with_two_cases_clears_with_the_last_and_is_voided_with_the_first() -> None:
    for ends, events in (("agree", 1), ("disagree", 0)):
        table = a_table(JIANGXI, JIANGXI.cases.types[0])
        other = table.engine.open(a_case(table.entry, JIANGXI.cases.types[0]), 0)
        for name in ("insist", "agree", ends):
            table.take(table.stage.action(name))
        second = Table(table.engine, other.id, table.record, table.owner)
        if ends == "agree":
            assert (table.entry.state, second.case.closed_at) == (State.SELECTED, None)
            for name in ("insist", "agree", "agree"):
                second.take(second.stage.action(name))
        assert second.case.outcome == ("keep" if ends == "agree" else "void")
        assert table.entry.open_cases == 0
        cleared = [event for event in table.engine.all_events() if isinstance(event, EntriesClearedV1)]
        assert len(cleared) == events


@pytest.mark.feature("CS-10", "CS-11")
def test_an_appeal_restores_an_excluded_entry() -> None:
    complaint, appeal = CHANGSHA.cases.types
    table = a_table(CHANGSHA, complaint, now=SHOWN)
    table.take(table.stage.action("uphold"))
    [voided] = [event for event in table.engine.events if isinstance(event, EntryVoidedV1)]
    assert (voided.outcome, table.entry.state) == ("exclude", State.EXCLUDED)
    case = table.engine.open(a_case(table.entry, appeal), 0)
    second = Table(table.engine, case.id, table.record, table.owner)
    second.take(second.stage.action("uphold"))
    assert (table.entry.state, second.case.closed_at) == (State.EXCLUDED, None), "it is told after publicity"
    table.engine.now = CLOSES
    table.engine.tell(case.id, second.case.stage_no)
    assert table.entry.state is State.CLEARED
    assert [type(event) for event in table.engine.events if isinstance(event, EntryRestoredV1)] == [EntryRestoredV1]


def test_a_voided_record_closes_its_cases() -> None:
    table = a_table(JIANGXI, JIANGXI.cases.types[0])
    table.engine.void(table.entry.id, "撤销导入")
    assert (table.entry.state, table.case.outcome) == (State.VOIDED, "void")
    assert not [event for event in table.engine.events if isinstance(event, EntryVoidedV1)]


@pytest.mark.feature("X-13", "JX-09", "CS-10", "CS-11")
@pytest.mark.parametrize(
    ("scheme", "number", "move", "window"),
    [(JIANGXI, 0, "JX-09", "JX-08"), (CHANGSHA, 0, "CS-10", "CS-10"), (CHANGSHA, 1, "CS-11", "CS-11")],
)
def test_a_refusal_cites_the_rule_of_the_scheme_of_the_case(scheme: Scheme, number: int, move: str, window: str) -> None:
    kind = scheme.cases.types[number]
    table = a_table(scheme, kind, now=HANDLING)
    with pytest.raises(Refusal) as stranger:
        table.engine.act(table.case_id, ActionInput("reject"), Person(an_actor("subject_teacher", CLASS), "nobody"))
    assert stranger.value.details["rule"] == move
    table.engine.now = CLOSES + timedelta(days=200)
    with pytest.raises(Refusal) as late:
        table.engine.act(table.case_id, table.given("reject"), table.actor(table.case.waits_for[0]))
    assert (late.value.code, late.value.details["rule"]) == ("window_closed", window)
