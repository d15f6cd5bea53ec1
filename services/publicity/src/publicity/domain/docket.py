"""The case engine: entries and their open cases in hand, moved by the scheme's route and by nothing else (JX-09).

Pure. A use case loads a docket, lets it act, and saves what it touched, the steps, events and alarms it made.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from uuid import UUID

from contracts.base import Event, RecordSnapshot
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseEvent,
    CaseLapsedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    EntryRestoredV1,
    EntryVoidedV1,
    Outcome,
)
from scheme import Action, Refused, RuleName, Stage, UnknownError, UnroutableError
from servicekit.refusals import Refusal

from publicity.domain import cases as rules
from publicity.domain.cases import CLOCK, COMPLAINANT, OPENING, Case, Given, Person, Step
from publicity.domain.clearing import cleared_events
from publicity.domain.entries import Entry, State, clears, event_of, move
from publicity.domain.terms import Term


@dataclass(frozen=True)
class Alarm:
    """Wake this case at `at`, if it is still at the same station: `begins` or `deadline`."""

    at: datetime
    what: str
    case_id: UUID
    stage_no: int


@dataclass
class Docket:
    """`terms` by id; `entries` by id; `cases` by id: all open ones of these entries, and closed ones asked for."""

    now: datetime
    terms: dict[UUID, Term]
    entries: dict[UUID, Entry]
    cases: dict[UUID, Case] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)
    steps: list[Step] = field(default_factory=list)
    alarms: list[Alarm] = field(default_factory=list)
    new_cases: set[UUID] = field(default_factory=set)
    touched_cases: set[UUID] = field(default_factory=set)
    touched_entries: set[UUID] = field(default_factory=set)
    cleared: list[Entry] = field(default_factory=list)

    def open(self, case: Case, attachments: int) -> Case:
        """Take a new case in (JX-08); `case` stands before its first stage, with stage_no 0."""
        scheme = self.terms[case.term_id].scheme
        try:
            stage = scheme.cases.start(case.case_type, case.before.level)
            parties = rules.parties(scheme, scheme.kind(case.before.kind), case.before.level)
            self.new_cases.add(case.id)
            self._put(replace(case, parties=parties))
            opened = Given("", text=case.text)
            self._step(case, stage, OPENING, scheme.cases.type(case.case_type).title, COMPLAINANT, None, opened)
            self.events.append(
                self._event(CaseOpenedV2, case, complaint_type=case.complaint_type, text=case.text, attachments=attachments)
            )
            self._count(case.entry_id, 1)
            return self._enter(self.cases[case.id], stage)
        except (UnroutableError, UnknownError):
            rule = scheme.rule("complaint.open")
            raise Refusal("wrong_state", rule=rule, detail="这类记录不能这样反馈") from None

    def begin(self, case_id: UUID, stage_no: int | None = None) -> None:
        """The stage's time has come (JX-08): tell whom it waits for, start its clock, let the record be amended."""
        case = self.cases[case_id]
        if case.closed_at is not None or case.begun_at is not None or stage_no not in (None, case.stage_no):
            return
        stage = self._stage(case)
        if not self._opens(case, stage):
            return
        due_at = self.now + stage.deadline.after if stage.deadline else None
        case = self._put(replace(case, begun_at=self.now, due_at=due_at))
        if due_at is not None:
            self.alarms.append(Alarm(due_at, "deadline", case.id, case.stage_no))
        self.events.append(self._turn(case, stage))
        if rules.asks_for_amendment(stage):
            self.events.append(self._amendment(case, is_open=True))

    def relocated(self, case_id: UUID) -> None:
        """Its student is in another class now: where staff are to act, those of the new place are told (BJ-04)."""
        case = self.cases[case_id]
        stage = self._stage(case)
        if case.closed_at is None and case.begun_at is not None and case.waits_for[0] not in rules.PARTIES:
            self.events.append(self._turn(case, stage))

    def act(self, case_id: UUID, given: Given, by: Person, *, bulk: bool = False) -> Case:
        """One move by a person. Refuses by name whatever the route, the windows or the needs do not allow."""
        case = self.cases[case_id]
        term, stage, rule = self.terms[case.term_id], self._stage(case), partial(self._rule, case)
        if case.closed_at is not None:
            raise Refusal("wrong_state", rule=rule("complaint.move"), detail="此项已办结", outcome=case.outcome)
        role = case.waits_for_person(by)
        if role is None:
            titles = "、".join(term.scheme.role_title(one) for one in case.waits_for)
            detail = f"现在是“{stage.title}”，由{titles}处理"
            raise Refusal("forbidden", rule=rule("complaint.move"), detail=detail, help=titles)
        if stage.operation is not None:
            term.need_open(stage.operation, by.actor.roles, self.now, case.path, rule("complaint.window"))
        self.begin(case_id)
        case = self.cases[case_id]
        action = next((one for one in stage.choices() if one.id == given.action), None)
        if action is None or (bulk and not action.bulk):
            raise Refusal(
                "wrong_state",
                rule=rule("complaint.decide" if bulk else "complaint.move"),
                field="action",
                stage=stage.id,
                actions=[one.id for one in stage.choices() if one.bulk or not bulk],
                scheme=term.scheme_name,
            )
        reason = rules.reason_of(term.scheme, given, rule)
        rules.need_all(term.scheme, action, given, case.amended, rule)
        account_id = None if by.mark == case.complainant else by.actor.account_id
        return self._take(case, stage, action, role, account_id, given, reason)

    def time_out(self, case_id: UUID, stage_no: int) -> None:
        """The stage's deadline passed: its action is taken, or the case is marked overdue."""
        case = self.cases[case_id]
        if case.closed_at is not None or case.stage_no != stage_no:
            return
        stage = self._stage(case)
        named = stage.deadline.action if stage.deadline else None
        action = None if named is None else stage.action(named)
        lapsed = {"stage": stage.id, "stage_title": stage.title, "actor": case.waits_for[0], "due_at": case.due_at}
        self.events.append(self._event(CaseLapsedV1, case, **lapsed, action_title=action.title if action else None))
        if action is None:
            self._put(replace(case, overdue=True))
            return
        self._take(case, stage, action, CLOCK, None, Given(action.id), action.title)

    def unsealed(self, case_id: UUID, role: str, reason: str) -> None:
        """Somebody was told who complained; the complainant gets to know by whom and why (X-08)."""
        case = self.cases[case_id]
        title = self.terms[case.term_id].scheme.role_title(role)
        self.events.append(self._event(CaseUnsealedV1, case, role=title, reason=reason))

    def amended(self, case_id: UUID, record: RecordSnapshot, turn: int = 0) -> bool:
        """records told that the record was mended under this case; it may be handed on now (JX-09).

        False where the case does not ask for it (any more, in this `turn`; 0: in any): what was handed in stays what is
        reviewed.
        """
        case = self.cases.get(case_id)
        if case is None or case.closed_at is not None or case.begun_at is None or turn not in (0, case.stage_no):
            return False
        if not rules.asks_for_amendment(self._stage(case)):
            return False
        self._put(replace(case, after=record, amended_stage_no=case.stage_no))
        return True

    def void(self, entry_id: UUID, reason: str) -> None:
        """The record counts no longer, whatever its cases say: they end with it."""
        entry = self.entries[entry_id]
        if entry.state not in (State.EXCLUDED, State.VOIDED):  # an excluded one counts not already; an appeal may run
            self._put_entry(move(entry, "void", self.now))
        self._close_rest(entry_id, "void", reason)

    def said(self) -> list[Event]:
        """All events, those of cleared entries chunked by term and class."""
        classes: dict[tuple[UUID, str], list[Entry]] = defaultdict(list)
        for entry in self.cleared:
            classes[entry.term_id, entry.path].append(entry)
        more: list[Event] = []
        for (term_id, path), found in classes.items():
            sized = ((entry.snapshot, len(entry.snapshot.model_dump_json().encode())) for entry in found)
            more += cleared_events(term_id, path, sized, self.now)
        return [*self.events, *more]

    def _take(
        self, case: Case, stage: Stage, action: Action, role: str, account: UUID | None, given: Given, reason: str | None
    ) -> Case:
        step = self.terms[case.term_id].scheme.cases.act(stage.id, action.id, case.proposed)
        if rules.asks_for_amendment(stage):
            self.events.append(self._amendment(case, is_open=False))
        case = self._put(replace(case, proposed=step.proposed, last_action_title=action.title, last_reason=reason))
        self._step(case, stage, action.id, action.title, role, account, given, reason)
        if step.next is not None:
            return self._enter(case, step.next)
        assert step.outcome is not None
        return self._end(case, step.outcome, reason)

    def _enter(self, case: Case, stage: Stage) -> Case:
        scheme = self.terms[case.term_id].scheme
        waits = rules.actors(scheme, stage, scheme.kind(case.before.kind), case.before.level)
        case = self._put(
            replace(
                case, stage=stage.id, stage_no=case.stage_no + 1, waits_for=waits, begun_at=None, due_at=None, overdue=False
            )
        )
        self.begin(case.id)
        return self.cases[case.id]

    def _opens(self, case: Case, stage: Stage) -> bool:
        """Whether the stage's window is there (or past); sets an alarm where it is still to come."""
        if stage.operation is None:
            return True
        answer = self.terms[case.term_id].ask(stage.operation, case.waits_for, self.now, case.path)
        if not isinstance(answer, Refused) or answer.code not in ("window_not_open", "not_scheduled"):
            return True
        if answer.next_opening is not None:
            self.alarms.append(Alarm(answer.next_opening, "begins", case.id, case.stage_no))
        return False

    def _end(self, case: Case, outcome: Outcome, reason: str | None) -> Case:
        self._close(case, outcome, reason)
        entry = self.entries[case.entry_id]
        if outcome in ("void", "exclude") and (entry.state, outcome) != (State.EXCLUDED, "exclude"):
            entry = self._put_entry(move(entry, outcome, self.now, self._rule(case, "complaint.move")))
            told = event_of(
                EntryVoidedV1, entry, case_id=case.id, outcome=outcome, reason=reason or case.last_action_title or ""
            )
            self.events.append(told)
            self._close_rest(entry.id, outcome, reason)
        elif outcome in ("keep", "amend") and entry.state is State.EXCLUDED:
            entry = self._put_entry(move(entry, "restore", self.now, self._rule(case, "complaint.move")))
            self.events.append(event_of(EntryRestoredV1, entry, case_id=case.id, reason=reason))
        if clears(entry, self.terms[entry.term_id].over(self.now, entry.path)):
            self.cleared.append(self._put_entry(move(entry, "clear", self.now, self._rule(case, "complaint.move"))))
        return self.cases[case.id]

    def _close_rest(self, entry_id: UUID, outcome: Outcome, reason: str | None) -> None:
        for case in [one for one in self.cases.values() if one.entry_id == entry_id and one.closed_at is None]:
            stage = self._stage(case)
            if case.begun_at is not None and rules.asks_for_amendment(stage):
                self.events.append(self._amendment(case, is_open=False))
            self._close(case, outcome, reason)

    def _close(self, case: Case, outcome: Outcome, reason: str | None) -> None:
        self._put(replace(case, outcome=outcome, closed_at=self.now, due_at=None, waits_for=()))
        self._count(case.entry_id, -1)
        self.events.append(self._event(CaseClosedV2, case, outcome=outcome, reason=reason))

    def _rule(self, case: Case, name: RuleName) -> str:
        scheme = self.terms[case.term_id].scheme
        return rules.rule_of(scheme, scheme.cases.type(case.case_type), name)

    def _stage(self, case: Case) -> Stage:
        return self.terms[case.term_id].scheme.cases.stage(case.stage)

    def _put(self, case: Case) -> Case:
        """Keep the new value; the version goes up once however often it is touched."""
        version = case.version + (case.id not in self.touched_cases | self.new_cases)
        self.cases[case.id] = replace(case, version=version)
        self.touched_cases.add(case.id)
        return self.cases[case.id]

    def _put_entry(self, entry: Entry) -> Entry:
        self.entries[entry.id] = entry
        self.touched_entries.add(entry.id)
        return entry

    def _count(self, entry_id: UUID, more: int) -> None:
        entry = self.entries[entry_id]
        self._put_entry(replace(entry, open_cases=entry.open_cases + more))

    def _step(
        self,
        case: Case,
        stage: Stage,
        action: str,
        title: str,
        role: str,
        account: UUID | None,
        given: Given,
        reason: str | None = None,
    ) -> None:
        self.steps.append(
            Step(
                case.id, case.stage_no, stage.id, stage.title, action, title, role, account,
                given.reason_code, reason, given.text, self.now,
            )
        )  # fmt: skip

    def _event[F: CaseEvent](self, kind: type[F], case: Case, **more: object) -> F:
        about = ("case_type", "entry_id", "record_id", "student_id", "term_id", "path", "title", "complainant")
        return kind.model_validate(
            {"case_id": case.id, "at": self.now, **{name: getattr(case, name) for name in about}, **more}
        )

    def _turn(self, case: Case, stage: Stage) -> CaseMovedV2:
        return self._event(
            CaseMovedV2,
            case,
            stage=stage.id,
            stage_title=stage.title,
            actor=case.waits_for[0],
            action_title=case.last_action_title,
            reason=case.last_reason,
            due_at=case.due_at,
        )

    def _amendment(self, case: Case, *, is_open: bool) -> AmendmentRequestedV1:
        return AmendmentRequestedV1(
            case_id=case.id,
            record_id=case.record_id,
            student_id=case.student_id,
            term_id=case.term_id,
            path=case.path,
            open=is_open,
            turn=case.stage_no,
            version=None if is_open else self.entries[case.entry_id].snapshot.version,
        )
