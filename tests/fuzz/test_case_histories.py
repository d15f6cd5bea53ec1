"""Entries and the cases about them, several at once, acted on by anybody in any order: no history that the rules forbid."""

from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import hypothesis.strategies as st
import pytest
from archive.domain import states
from archive.domain.states import Collecting, Making
from contracts.publicity import CaseClosedV2, EntriesClearedV1
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from publicity.domain.case_engine import CaseEngine
from publicity.domain.cases import ActionInput, Case, Person
from publicity.domain.entries import Entry, State, move
from publicity.domain.terms import Term
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from .cases import EXAMPLES
from .histories import CLASS, CLOSES, PEOPLE, SCHOOL, a_snapshot, jiangxi, term_dates, windows

ANYBODY = st.sampled_from(sorted(PEOPLE))
ACTIONS = st.sampled_from(["amend", "insist", "overdue", "agree", "disagree", "open", "nothing"])
WAY = {"student_handling": ("student",), "teacher_review": ("teacher",), "recheck": ("office",)}
"""JX-09, as the rule says it: who decides where, and where each decision leads."""
LEADS = {
    ("student_handling", "amend"): "teacher_review", ("student_handling", "insist"): "teacher_review",
    ("teacher_review", "agree"): "recheck", ("teacher_review", "disagree"): "student_handling",
    ("recheck", "agree"): "end", ("recheck", "disagree"): "end",
}  # fmt: skip
STEADY = settings(
    max_examples=EXAMPLES * 5, stateful_step_count=25, deadline=None, derandomize=EXAMPLES <= 6, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip


class CaseHistory(RuleBasedStateMachine):
    """After the window: up to three cases about one entry. The model: where each stands, and what it ended as."""

    def __init__(self) -> None:
        super().__init__()
        first, last = term_dates()
        term = Term(new_id(), SCHOOL, "学期", "2026-2027", 1, "Asia/Shanghai", first, last, windows(), 1, jiangxi())
        entry = Entry(new_id(), a_snapshot(term.id), State.SELECTED, automatic=False, path=CLASS)
        self.engine = CaseEngine(CLOSES + timedelta(days=1), {term.id: term}, {entry.id: entry})
        self.entry_id, self.stages = entry.id, dict[UUID, str]()
        self.amended, self.voided, self.ended = set[UUID](), False, dict[UUID, Case]()

    @property
    def entry(self) -> Entry:
        return self.engine.entries[self.entry_id]

    @precondition(lambda self: len(self.stages) < 3 and self.entry.state is State.SELECTED)
    @rule()
    def complain(self) -> None:
        kind, entry = jiangxi().cases.types[0], self.entry
        case = Case(
            id=new_id(), case_type=kind.id, entry_id=entry.id, term_id=entry.term_id, record_id=entry.record_id,
            student_id=entry.student_id, path=CLASS, title="志愿服务", complainant=new_id().hex, complaint_type="untrue",
            text="不实", one_open=True, parties=(), stage="", stage_no=0, waits_for=(), begun_at=None, before=entry.snapshot,
            opened_at=self.engine.now,
        )  # fmt: skip
        self.engine.open(case, 0)
        self.stages[case.id] = "student_handling"

    @precondition(lambda self: self.stages)
    @rule(data=st.data())
    def records_tells_an_amendment(self, data: st.DataObject) -> None:
        case_id = data.draw(st.sampled_from(sorted(self.stages)))
        self.engine.amended(case_id, self.entry.snapshot.model_copy(update={"version": 2}))
        if self.stages[case_id] == "student_handling":
            self.amended.add(case_id)

    @precondition(lambda self: self.stages)
    @rule(data=st.data(), who=ANYBODY, action=ACTIONS, reason=st.booleans())
    def act(self, data: st.DataObject, who: str, action: str, reason: bool) -> None:
        case_id = data.draw(st.sampled_from(sorted(self.stages)))
        stage = self.stages[case_id]
        lacks = (action == "disagree" and not reason) or (action == "amend" and case_id not in self.amended)
        may = who in WAY.get(stage, ()) and (stage, action) in LEADS and not lacks
        listed = jiangxi().return_reasons_for("case")[0].id if reason else None
        before = len(self.engine.events)
        try:
            self.engine.act(case_id, ActionInput(action, listed, "有同学可以证明"), Person(PEOPLE[who], new_id().hex))
        except Refusal as refusal:
            event(refusal.code)
            done = False
        else:
            done = True
        assert done == may, (stage, who, action)
        if not done:
            assert len(self.engine.events) == before, "a refusal tells nothing"
            return
        self.amended.discard(case_id)
        self.stages[case_id] = LEADS[stage, action]
        if LEADS[stage, action] == "end" and action == "disagree":
            self.voided = True
            self.stages |= dict.fromkeys(self.stages, "end")

    @rule()
    def the_record_is_voided_elsewhere(self) -> None:
        if self.entry.state is State.SELECTED and len(self.stages) == 3:
            self.engine.void(self.entry_id, "撤销导入")
            self.voided = True
            self.stages |= dict.fromkeys(self.stages, "end")

    @invariant()
    def is_as_the_model_says(self) -> None:
        still = [case_id for case_id, stage in self.stages.items() if stage != "end"]
        assert self.entry.open_cases == len(still)
        for case_id, stage in self.stages.items():
            case = self.engine.cases[case_id]
            assert (case.closed_at is None) == (stage != "end")
            assert stage == "end" or case.stage == stage
            if case.closed_at is not None:
                assert self.ended.setdefault(case_id, case) == case, "what is closed stays as it was"
        closings = [event.case_id for event in self.engine.events if isinstance(event, CaseClosedV2)]
        assert len(closings) == len(set(closings)), "a closing is told once"
        cleared = [event for event in self.engine.all_events() if isinstance(event, EntriesClearedV1)]
        wanted = State.VOIDED if self.voided else State.CLEARED if self.stages and not still else State.SELECTED
        assert self.entry.state is wanted
        assert len(cleared) == (wanted is State.CLEARED), "what is cleared is told once, and nothing else is"


class EntryHistory(RuleBasedStateMachine):
    """One entry, every move at any time, against what the rules say in a sentence each."""

    def __init__(self) -> None:
        super().__init__()
        self.entry = Entry(new_id(), a_snapshot(new_id()), State.ELIGIBLE, automatic=False, path=CLASS)
        self.was = ["eligible"]

    @rule(what=st.sampled_from(["select", "unselect", "clear", "exclude", "restore", "void", "publish", ""]))
    def go(self, what: str) -> None:
        now, state = CLOSES, self.entry.state.value
        may = {
            "select": state == "eligible", "unselect": state == "selected", "clear": state == "selected",
            "exclude": state == "selected", "restore": state == "excluded", "void": state != "voided",
        }.get(what, False)  # fmt: skip
        try:
            after = move(self.entry, what, now)
        except Refusal:
            assert not may
            return
        assert may
        assert after == replace(
            self.entry,
            state=after.state,
            version=self.entry.version + 1,
            selected_at=after.selected_at,
            ended_at=after.ended_at,
        )
        self.entry = after
        self.was.append(after.state.value)

    @invariant()
    def what_is_over_is_over(self) -> None:
        if "voided" in self.was:
            assert self.was.index("voided") == len(self.was) - 1
        if "cleared" in self.was:
            assert set(self.was[self.was.index("cleared") :]) <= {"cleared", "voided"}
            assert self.was[self.was.index("cleared") - 1] == "selected", "nothing enters the archive unpublished"


class ArchiveHistory(RuleBasedStateMachine):
    """A term and one archive of it: every step and move at any time; sealed once, ready last, never back."""

    def __init__(self) -> None:
        super().__init__()
        self.term, self.archive = Collecting.COLLECTING, Making.PLANNED
        self.made = 0

    @rule(what=st.sampled_from(["seal", "finish", "open", "reopen", "collect", ""]))
    def move_term(self, what: str) -> None:
        may = (self.term.value, what) in (("collecting", "seal"), ("sealing", "finish"))
        try:
            self.term = states.move(self.term, what)
        except Refusal:
            assert not may
        else:
            assert may

    @rule(what=st.sampled_from(["write", "place", "keep", "plan", ""]))
    def step_archive(self, what: str) -> None:
        may = self.made < 3 and what == ("write", "place", "keep")[self.made]
        try:
            self.archive = states.step(self.archive, what)
        except Refusal:
            assert not may
        else:
            assert may
            self.made += 1

    @invariant()
    def is_open_only_while_it_collects(self) -> None:
        assert self.archive.value == ("planned", "written", "placed", "ready")[self.made]
        try:
            states.need_collecting(self.term, "JX-13")
        except Refusal:
            assert self.term.value != "collecting"
        else:
            assert self.term.value == "collecting"


TestCaseHistory, TestEntryHistory, TestArchiveHistory = (
    pytest.mark.feature(feature)(machine.TestCase)
    for machine, feature in ((CaseHistory, "JX-09"), (EntryHistory, "JX-03"), (ArchiveHistory, "JX-13"))
)
for _case in (TestCaseHistory, TestEntryHistory, TestArchiveHistory):
    _case.settings = STEADY
