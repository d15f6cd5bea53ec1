"""Any order of moves by anybody at any time: a record goes only where a small model of the rules lets it."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import hypothesis.strategies as st
from contracts.records import RecordApprovedV1, RecordVoidedV1
from hypothesis import HealthCheck, event, settings
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from records.domain import amendments, reviewing, writing
from records.domain.record import Change, ChangedBy, HistoryLine, Record, RecordContent
from records.domain.term import Term
from servicekit.directory import Student
from servicekit.ids import new_id
from servicekit.refusals import Refusal

from .cases import EXAMPLES
from .histories import (
    BEGINS,
    CLASS,
    DATA,
    PEOPLE,
    PICTURE,
    REPORT_ENDS,
    REVIEW_ENDS,
    SCHOOL,
    STUDENT,
    jiangxi,
    term_dates,
    windows,
)

CASES = tuple(new_id() for _ in range(3))
ANYBODY = st.sampled_from(sorted(PEOPLE))
OWN = ("student", "guardian")
GIVEN = RecordContent("志愿服务", DATA, (PICTURE,))


def _rules() -> Term:
    first, last = term_dates()
    return Term(new_id(), SCHOOL, "学期", "2026-2027", 1, "Asia/Shanghai", first, last, windows(), 1, jiangxi())


class RecordHistory(RuleBasedStateMachine):
    """The model is `state`, `asked` (open cases) and `reviewed`: a teacher agreed to what was handed in last."""

    def __init__(self) -> None:
        super().__init__()
        self.under, self.now = _rules(), BEGINS + timedelta(days=20)
        self.state, self.asked, self.reviewed, self.approvals, self.voidings = "draft", set[UUID](), False, 0, 0
        self.history: list[HistoryLine] = []

    @initialize(whole=st.booleans())
    def new_record(self, whole: bool) -> None:
        student = Student(STUDENT, "李晓雨", CLASS, class_title="高一（1）班", status="enrolled")
        change = writing.draft(
            self.under, new_id(), student, "volunteer_service", GIVEN, PEOPLE["student"], self.now, whole=whole
        )
        self.record, self.history = change.record, [*change.history]

    def attempt(self, may: bool, act: Callable[[], Change | None]) -> bool:
        """Do it, and see that it was done exactly where the model says so."""
        before = self.record
        try:
            change = act()
        except Refusal as refusal:
            event(refusal.code)
            change = None
        if change is None:
            assert not may, f"refused: {self.state} at {self.now}"
            return False
        assert may, f"went from {before.state} to {change.record.state} at {self.now}"
        assert change.record.version == before.version + len(change.history)
        self.record = change.record
        self.history += change.history
        self.approvals -= sum(isinstance(event, RecordApprovedV1) for event in change.events)
        self.voidings -= sum(isinstance(event, RecordVoidedV1) for event in change.events)
        return True

    @rule(days=st.sampled_from([0, 1, 5, 30]))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @rule(who=ANYBODY)
    def mend(self, who: str) -> None:
        may = who in OWN and self.state in ("draft", "returned")
        self.attempt(may, lambda: writing.mend(self.under, self.record, GIVEN, PEOPLE[who], self.now))

    @rule(who=ANYBODY)
    def submit(self, who: str) -> None:
        may = who in OWN and self.state in ("draft", "returned") and self.now < REPORT_ENDS
        if self.attempt(may, lambda: writing.submit(self.under, self.record, PEOPLE[who], self.now, {})):
            self.state, self.reviewed = "submitted", False

    @rule(who=ANYBODY)
    def withdraw(self, who: str) -> None:
        may = who in OWN and self.state == "submitted"
        if self.attempt(may, lambda: writing.withdraw(self.under, self.record, PEOPLE[who], self.now)):
            self.state = "draft"

    @rule(who=ANYBODY)
    def approve(self, who: str) -> None:
        may = who == "teacher" and self.state == "submitted" and self.now < REVIEW_ENDS
        self.approvals += may
        if self.attempt(may, lambda: reviewing.approve(self.under, self.record, PEOPLE[who], self.now)):
            self.state, self.reviewed = "approved", True

    @rule(who=ANYBODY, code=st.sampled_from(["incomplete", "just_so", None]))
    def send_back(self, who: str, code: str | None) -> None:
        may = who == "teacher" and self.state == "submitted" and self.now < REVIEW_ENDS and code == "incomplete"
        if self.attempt(may, lambda: reviewing.send_back(self.under, self.record, PEOPLE[who], self.now, code, None)):
            self.state = "returned"

    @rule(case=st.sampled_from(CASES))
    def ask(self, case: UUID) -> None:
        may = self.state in ("approved", "amending") and case not in self.asked
        if self.attempt(may, lambda: amendments.request_amendment(self.record, case, self.now)):
            self.state = "amending"
            self.asked.add(case)

    @rule(case=st.sampled_from(CASES))
    def settle(self, case: UUID) -> None:
        may = self.state == "amending" and case in self.asked
        if self.attempt(may, lambda: amendments.end_amendment(self.record, case, self.now)):
            self.asked.discard(case)
            self.state = "amending" if self.asked else "approved"

    @rule(who=ANYBODY)
    def amend(self, who: str) -> None:
        may = who in OWN and self.state == "amending"
        self.attempt(may, lambda: amendments.amend(self.under, self.record, GIVEN, PEOPLE[who], self.now))

    @rule()
    def put_back(self) -> None:
        submitted = replace(self.record.content, title="交时的标题")
        may = self.state == "approved" and self.record.title != submitted.title
        self.attempt(may, lambda: amendments.restore_submitted(self.record, submitted, 1, CASES[0], self.now))

    @rule()
    def void(self) -> None:
        may = self.state not in ("draft", "voided")
        self.voidings += may
        if self.attempt(may, lambda: amendments.void(self.record, ChangedBy.of(PEOPLE["office"]), "不实", self.now)):
            self.state, self.asked = "voided", set()

    @invariant()
    def is_as_the_model_says(self) -> None:
        if not hasattr(self, "record"):
            return
        record: Record = self.record
        assert (record.state.value, set(record.cases)) == (self.state, self.asked)
        assert record.version == len(self.history)
        assert [line.version for line in self.history] == list(range(1, len(self.history) + 1))
        assert all(b.from_state is a.to_state for a, b in zip(self.history, self.history[1:], strict=False))
        assert self.reviewed or self.state not in ("approved", "amending"), "approved without a teacher"
        assert (self.approvals, self.voidings) == (0, 0), "every approval and voiding is told once"


TestRecordHistory = RecordHistory.TestCase
TestRecordHistory.settings = settings(
    max_examples=EXAMPLES * 5, stateful_step_count=25, deadline=None, derandomize=EXAMPLES <= 6, database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
