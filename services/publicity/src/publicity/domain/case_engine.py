"""The case engine: moves complaints and appeals along the route of the scheme (`scheme.cases`), and only along it (JX-09).

Pure. A use case loads an engine with locked rows (`actions.case_engine`), calls its methods, and saves what they changed.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import partial
from uuid import UUID

from contracts.base import Event, RecordSnapshot
from contracts.publicity import (
    AmendmentRequestedV1,
    CaseClosedV2,
    CaseDecidedV1,
    CaseEvent,
    CaseLapsedV1,
    CaseMarkedV1,
    CaseMovedV2,
    CaseOpenedV2,
    CaseUnsealedV1,
    Outcome,
)
from scheme import Action, Refused, RuleName, Stage, UnknownError, UnroutableError
from servicekit.refusals import Refusal

from publicity.domain import cases as rules
from publicity.domain.alarms import Alarm
from publicity.domain.case_outcomes import end_record_case, end_result_case, need_correction
from publicity.domain.cases import CLOCK, COMPLAINANT, OPENING, ActionInput, Case, Decision, Person, Step
from publicity.domain.clearing import cleared_events
from publicity.domain.entries import Entry, State, move
from publicity.domain.published_results import PublishedResult
from publicity.domain.terms import Term


@dataclass
class CaseEngine:
    """Entries with their terms and cases, and the changes made so far. `cases`: all open ones, and closed ones asked for.

    `now` is what is stored; `exact`, where it differs, decides whether windows are open.
    """

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
    marked: set[UUID] = field(default_factory=set)
    """Cases whose complaint was marked as malicious (SH-08)."""
    exact: datetime | None = None
    results: dict[UUID, PublishedResult] = field(default_factory=dict)
    """The published results that cases are about."""

    @property
    def asked_at(self) -> datetime:
        """The time for which windows are asked."""
        return self.exact or self.now

    def open(self, case: Case, attachments: int) -> Case:
        """Add a new case, with `stage_no` 0, and enter its first stage (JX-08)."""
        scheme = self.terms[case.term_id].scheme
        try:
            stage = scheme.cases.start(case.case_type, case.before.level)
            about = case.before
            parties = rules.parties(scheme, rules.kind_of(scheme, case), about.level, case.case_type, about.author_role)
            self.new_cases.add(case.id)
            self.put_case(replace(case, parties=parties))
            title = scheme.cases.type(case.case_type).title
            opened_by = CLOCK if case.complainant is None else COMPLAINANT
            self._add_step(case, stage, title, opened_by, None, ActionInput(OPENING, text=case.text), None)
            self._publish(CaseOpenedV2, case, complaint_type=case.complaint_type, text=case.text, attachments=attachments)
            self._count(case.entry_id, 1)
            return self.enter(self.cases[case.id], stage)
        except (UnroutableError, UnknownError):
            rule = scheme.rule("complaint.open")
            raise Refusal("wrong_state", rule=rule, detail="这类记录不能这样反馈") from None

    def round_to(self, now: datetime, case: Case | None = None) -> None:
        """Store this earlier time instead of the exact one, but later than what was stored of the case (L-17)."""
        self.exact = self.now
        last = max((at for at in (case.opened_at, case.begun_at) if at), default=None) if case else None
        self.now = now if last is None else max(now, min(self.exact, last + timedelta(microseconds=1)))

    def begin(self, case_id: UUID, stage_no: int | None = None) -> None:
        """Begin the present stage if its window is open (JX-08): notify, start the deadline, allow the amendment."""
        case = self.cases[case_id]
        if case.closed_at is not None or case.begun_at is not None or stage_no not in (None, case.stage_no):
            return
        stage = self._stage(case)
        if not self._opens(case, stage):
            return
        due_at = self._due_at(case, stage)
        case = self.put_case(replace(case, begun_at=self.now, due_at=due_at))
        if due_at is not None:
            self.alarms.append(Alarm(due_at, "deadline", case.id, case.stage_no))
        self._publish_turn(case, stage)
        if rules.asks_for_amendment(stage):
            self._publish_amendment(case, is_open=True)

    def student_moved(self, case_id: UUID) -> None:
        """Notify the staff of the student's new class, if it is their turn (BJ-04)."""
        case = self.cases[case_id]
        if case.closed_at is not None or case.decision is not None:
            return
        if case.begun_at is not None and case.waits_for[0] not in rules.PARTIES:
            self._publish_turn(case, self._stage(case))

    def act(self, case_id: UUID, action_input: ActionInput, by: Person, *, bulk: bool = False) -> Case:
        """Take an action of the present stage. Refuses what the route, the windows or the action's needs do not allow."""
        case = self.cases[case_id]
        term, stage, rule = self.terms[case.term_id], self._stage(case), partial(self._rule, case)
        if case.closed_at is not None:
            raise Refusal("wrong_state", rule=rule("complaint.move"), detail="此项已办结", outcome=case.outcome)
        role = case.acting_role(by)
        if role is None:
            titles = "、".join(term.scheme.role_title(one) for one in case.waits_for)
            detail = f"现在是“{stage.title}”，由{titles}处理"
            raise Refusal("forbidden", rule=rule("complaint.move"), detail=detail, help=titles)
        if case.decision is not None and case.decided_by(by):
            raise Refusal("wrong_state", rule=rule("complaint.move"), detail="此项已有处理结果，到时告知，不能再改")
        if stage.operation is not None and not self._is_late(case, stage):
            term.need_open(stage.operation, by.actor.roles, self.asked_at, case.path, rule("complaint.window"))
        self.begin(case_id)
        case = self.cases[case_id]
        choices = {action.id: action for action in rules.choices(case, stage) if action.bulk or not bulk}
        action = choices.get(action_input.action)
        if action is None:
            rule_id = rule("complaint.decide" if bulk else "complaint.move")
            raise term.refusal("wrong_state", rule_id, field="action", stage=stage.id, actions=list(choices))
        reason = rules.reason_of(term.scheme, action_input, rule)
        rules.need_all(term.scheme, action, action_input, case.amended, rule)
        if action_input.grades is not None:
            need_correction(self, case, action, action_input.grades, role, rule("complaint.decide"))
        account_id = None if by.pseudonym == case.complainant else by.actor.account_id
        return self._take(case, action, role, account_id, action_input, reason)

    def time_out(self, case_id: UUID, stage_no: int) -> None:
        """Apply the deadline of a stage (X-08): take the action that the scheme names, or mark the case as overdue."""
        case = self.cases[case_id]
        if case.closed_at is not None or case.stage_no != stage_no:
            return
        if case.decision is not None:  # nobody may see from the mark whether something was decided
            self.put_case(replace(case, overdue=True))
            return
        stage = self._stage(case)
        due_at = self._due_at(case, stage)
        if stage.deadline is not None and stage.deadline.after is None and due_at is not None and due_at > self.now:
            self.put_case(replace(case, due_at=due_at))  # the window was extended, or holidays announced, meanwhile
            self.alarms.append(Alarm(due_at, "deadline", case.id, stage_no))
            return
        action = stage.action(stage.deadline.action) if stage.deadline and stage.deadline.action is not None else None
        self._publish(
            CaseLapsedV1,
            case,
            stage=stage.id,
            stage_title=stage.title,
            actor=case.waits_for[0],
            due_at=case.due_at,
            action_title=action.title if action else None,
        )
        if action is None:
            self.put_case(replace(case, overdue=True))
            return
        self._take(case, action, CLOCK, None, ActionInput(action.id), action.title)

    def tell(self, case_id: UUID, stage_no: int) -> None:
        """Let a decision take effect that is told only now (CS-11). Waits on where the timetable moved."""
        case = self.cases[case_id]
        decision = case.decision
        if case.closed_at is not None or case.stage_no != stage_no or decision is None:
            return
        at = self.terms[case.term_id].told_at(case.case_type, case.path, self.asked_at)
        if at is not None:
            self.alarms.append(Alarm(at, "told", case.id, case.stage_no))
            return
        given = ActionInput(decision.action, decision.reason_code, decision.text, grades=decision.grades)
        action = self._stage(case).action(decision.action)
        case = self.put_case(replace(case, decision=None))
        self._apply(case, action, decision.role, decision.account_id, given, decision.reason, decision.at)

    def marked_malicious(self, case_id: UUID, reason: str, *, blocked: bool, lifted: bool = False) -> None:
        """Notify the complainant, and nobody else, that their complaint counts as malicious or (`lifted`) does not (SH-08)."""
        self._publish(CaseMarkedV1, self.cases[case_id], reason=reason, blocked=blocked, lifted=lifted)

    def unsealed(self, case_id: UUID, role: str, reason: str) -> None:
        """Notify the complainant that somebody of this role learnt who they are, and why (X-08)."""
        case = self.cases[case_id]
        self._publish(CaseUnsealedV1, case, role=self.terms[case.term_id].scheme.role_title(role), reason=reason)

    def amended(self, case_id: UUID, record: RecordSnapshot, turn: int = 0) -> bool:
        """Store the amended record (JX-09). False where the case does not ask for an amendment (any more).

        `turn`: the stage_no in which records allowed the amendment; 0: any. What was handed in stays what is reviewed.
        """
        case = self.cases.get(case_id)
        if case is None or case.closed_at is not None or case.begun_at is None or turn not in (0, case.stage_no):
            return False
        if not rules.asks_for_amendment(self._stage(case)):
            return False
        self.put_case(replace(case, after=record, amended_stage_no=case.stage_no))
        return True

    def void(self, entry_id: UUID, reason: str) -> None:
        """Void an entry whose record was voided, and close its cases; one that was excluded may be appealed against (CS-11)."""
        entry = self.entries[entry_id]
        if entry.state not in (State.EXCLUDED, State.VOIDED):
            self.put_entry(move(entry, "void", self.now))
        if entry.state is not State.EXCLUDED:
            self.close_rest(entry_id, "void", reason)

    def all_events(self) -> list[Event]:
        """All events, with those of cleared entries in chunks of one term and class."""
        classes: dict[tuple[UUID, str], list[Entry]] = defaultdict(list)
        for entry in self.cleared:
            classes[entry.term_id, entry.path].append(entry)
        events = list(self.events)
        for (term_id, path), entries in classes.items():
            sized = ((entry.snapshot, len(entry.snapshot.model_dump_json().encode())) for entry in entries)
            events += cleared_events(term_id, path, sized, self.now)
        return events

    def _take(
        self, case: Case, action: Action, role: str, account_id: UUID | None, action_input: ActionInput, reason: str | None
    ) -> Case:
        told_at = self.terms[case.term_id].told_at(case.case_type, case.path, self.asked_at)
        at = told_at if action.outcome is not None else None
        if at is None:
            return self._apply(case, action, role, account_id, action_input, reason, self.now)
        decision = Decision(
            action=action.id, role=role, account_id=account_id, reason_code=action_input.reason_code, text=action_input.text,
            reason=reason, at=self.now, grades=action_input.grades,
        )  # fmt: skip
        case = self.put_case(replace(case, decision=decision))
        self.alarms.append(Alarm(at, "told", case.id, case.stage_no))
        self._publish(CaseDecidedV1, case)
        return case

    def _apply(
        self,
        case: Case,
        action: Action,
        role: str,
        account_id: UUID | None,
        action_input: ActionInput,
        reason: str | None,
        at: datetime,
    ) -> Case:
        stage = self._stage(case)
        step = self.terms[case.term_id].scheme.cases.act(stage.id, action.id, case.proposed)
        if rules.asks_for_amendment(stage):
            self._publish_amendment(case, is_open=False)
        case = self.put_case(replace(case, proposed=step.proposed, last_action_title=action.title, last_reason=reason))
        self._add_step(case, stage, action.title, role, account_id, action_input, reason, at)
        if action.malicious and case.complainant is not None:
            self.marked.add(case.id)
        if step.next is not None:
            return self.enter(case, step.next)
        assert step.outcome is not None
        self.close(case, step.outcome, reason)
        if case.about == "result":
            end_result_case(self, case, action_input.grades or {}, reason or action.title)
        else:
            end_record_case(self, case, step.outcome, reason, self._rule(case, "complaint.move"))
        return self.cases[case.id]

    def enter(self, case: Case, stage: Stage) -> Case:
        """Let a case go on at a stage."""
        scheme = self.terms[case.term_id].scheme
        about = case.after or case.before
        waits_for = rules.actors(scheme, stage, rules.kind_of(scheme, case), about.level, about.author_role)
        entered = replace(
            case, stage=stage.id, stage_no=case.stage_no + 1, waits_for=waits_for, begun_at=None, due_at=None, overdue=False
        )
        self.put_case(entered)
        self.begin(case.id)
        return self.cases[case.id]

    def _due_at(self, case: Case, stage: Stage) -> datetime | None:
        """When the stage's deadline is if it began then or begins now: so long or so many working days from that, or at the
        end of its window (SH-09)."""
        if stage.deadline is None:
            return None
        if stage.deadline.after is not None:
            return self.now + stage.deadline.after
        if stage.deadline.after_working_days is not None:
            term = self.terms[case.term_id]
            return term.scheme.calendar.end_after(case.begun_at or self.now, stage.deadline.after_working_days, term.zone)
        return self.terms[case.term_id].window_ends(stage.operation, case.path) if stage.operation else None

    def _is_late(self, case: Case, stage: Stage) -> bool:
        """Is the deadline over, and do the stage's actions stay possible all the same (SH-09)?"""
        late = stage.deadline is not None and stage.deadline.late
        return late and case.due_at is not None and case.due_at <= self.asked_at

    def _opens(self, case: Case, stage: Stage) -> bool:
        """Whether the stage's window is open or over; schedules an alarm if it is still to come."""
        if stage.operation is None:
            return True
        answer = self.terms[case.term_id].ask(stage.operation, case.waits_for, self.asked_at, case.path)
        if not isinstance(answer, Refused) or answer.code not in ("window_not_open", "not_scheduled"):
            return True
        if answer.next_opening is not None:
            self.alarms.append(Alarm(answer.next_opening, "begins", case.id, case.stage_no))
        return False

    def close_rest(self, entry_id: UUID, outcome: Outcome, reason: str | None) -> None:
        """Close the other cases about an entry."""
        for case in [case for case in self.cases.values() if case.entry_id == entry_id and case.closed_at is None]:
            if case.begun_at is not None and rules.asks_for_amendment(self._stage(case)):
                self._publish_amendment(case, is_open=False)
            self.close(case, outcome, reason)

    def close(self, case: Case, outcome: Outcome, reason: str | None) -> None:
        """Close a case with an outcome, and notify both sides."""
        self.put_case(replace(case, outcome=outcome, closed_at=self.now, due_at=None, waits_for=(), decision=None))
        self._count(case.entry_id, -1)
        self._publish(CaseClosedV2, case, outcome=outcome, reason=reason)

    def _rule(self, case: Case, name: RuleName) -> str:
        scheme = self.terms[case.term_id].scheme
        return rules.rule_of(scheme, scheme.cases.type(case.case_type), name)

    def _stage(self, case: Case) -> Stage:
        return self.terms[case.term_id].scheme.cases.stage(case.stage)

    def put_case(self, case: Case) -> Case:
        """Store the changed case; its version goes up once, however often it changes."""
        version = case.version + (case.id not in self.touched_cases | self.new_cases)
        self.cases[case.id] = replace(case, version=version)
        self.touched_cases.add(case.id)
        return self.cases[case.id]

    def put_entry(self, entry: Entry) -> Entry:
        """Store the changed entry."""
        self.entries[entry.id] = entry
        self.touched_entries.add(entry.id)
        return entry

    def _count(self, entry_id: UUID, change: int) -> None:
        if entry_id in self.results:
            result = self.results[entry_id]
            self.results[entry_id] = replace(result, open_cases=result.open_cases + change)
            return
        entry = self.entries[entry_id]
        self.put_entry(replace(entry, open_cases=entry.open_cases + change))

    def _add_step(
        self,
        case: Case,
        stage: Stage,
        title: str,
        role: str,
        account_id: UUID | None,
        given: ActionInput,
        reason: str | None,
        at: datetime | None = None,
    ) -> None:
        self.steps.append(
            Step(
                case.id, case.stage_no, stage.id, stage.title, given.action, title, role, account_id, given.reason_code,
                reason, given.text, at or self.now,
            )
        )  # fmt: skip

    def _publish(self, kind: type[CaseEvent], case: Case, **details: object) -> None:
        common = {name: getattr(case, name) for name in CaseEvent.model_fields if name not in ("case_id", "at")}
        self.events.append(kind.model_validate({"case_id": case.id, "at": self.now, **common, **details}))

    def _publish_turn(self, case: Case, stage: Stage) -> None:
        self._publish(
            CaseMovedV2, case, stage=stage.id, stage_title=stage.title, actor=case.waits_for[0], actors=case.waits_for,
            action_title=case.last_action_title, reason=case.last_reason, due_at=case.due_at,
        )  # fmt: skip

    def _publish_amendment(self, case: Case, *, is_open: bool) -> None:
        about = {name: getattr(case, name) for name in ("record_id", "student_id", "term_id", "path")}
        entry = self.entries[case.entry_id]
        version = None if is_open or entry.missing else entry.snapshot.version
        self.events.append(
            AmendmentRequestedV1(
                case_id=case.id, open=is_open, turn=case.stage_no, version=version, roles=case.waits_for,
                missing=entry.snapshot if entry.missing else None, **about,
            )
        )  # fmt: skip
