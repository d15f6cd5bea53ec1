"""What the outcome of a case does to the record or the result that it is about (CS-11, SH-10, X-15). Pure."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from contracts.publicity import EntryRestoredV1, EntrySettledV1, EntryVoidedV1, Outcome, ResultAmendedV1
from scheme import Action
from servicekit.refusals import Refusal

from publicity.domain import published_results as published
from publicity.domain.entries import State, clears, event_of, move

if TYPE_CHECKING:
    from publicity.domain.case_engine import CaseEngine
    from publicity.domain.cases import Case


def end_record_case(engine: CaseEngine, case: Case, outcome: Outcome, reason: str | None, rule: str) -> None:
    """Apply an outcome to the entry, and to the entry's other cases."""
    entry = engine.entries[case.entry_id]
    if outcome in ("void", "exclude") and (entry.state, outcome) != (State.EXCLUDED, "exclude"):
        entry = engine.put_entry(move(entry, outcome, engine.now, rule))
        why = reason or engine.cases[case.id].last_action_title or ""
        if not entry.missing:
            engine.events.append(event_of(EntryVoidedV1, entry, case_id=case.id, outcome=outcome, reason=why))
        engine.close_rest(entry.id, outcome, reason)
    elif outcome in ("keep", "amend") and entry.state is State.EXCLUDED:
        entry = engine.put_entry(move(entry, "restore", engine.now, rule))
        engine.events.append(event_of(EntryRestoredV1, entry, case_id=case.id, reason=reason))
    elif entry.state is State.WITHHELD and entry.missing:
        entry = engine.put_entry(move(entry, "void", engine.now, rule))  # nothing is missing: there is no record
    elif entry.state is State.WITHHELD:
        entry = engine.put_entry(move(entry, "settle", engine.now, rule))
        engine.events.append(event_of(EntrySettledV1, entry, case_id=case.id))
    if clears(entry, engine.terms[entry.term_id].over(engine.asked_at, entry.path)):
        engine.cleared.append(engine.put_entry(move(entry, "clear", engine.now, rule)))


def need_correction(engine: CaseEngine, case: Case, action: Action, grades: dict[str, str], role: str, rule: str) -> None:
    """Refuse bands with an action that takes none, and bands that the result cannot get (X-15)."""
    term = engine.terms[case.term_id]
    if "grades" not in action.needs or case.about != "result":
        raise Refusal("invalid_input", rule=rule, errors=[{"field": "grades", "message": "这一处理不更正等级"}])
    published.need_grades(term, engine.results[case.entry_id].bands, grades, role, rule)


def end_result_case(engine: CaseEngine, case: Case, grades: dict[str, str], reason: str) -> None:
    """Put other bands into the result, if the decision says so; the archive makes a new version of it (X-15)."""
    result, term = engine.results[case.entry_id], engine.terms[case.term_id]
    changed = {name: band for name, band in grades.items() if result.bands.get(name) != band}
    rule = published.rule_of(term)
    if not changed or rule is None:
        return
    result = result.corrected(changed, rule[0])
    engine.results[result.id] = result
    engine.put_case(replace(engine.cases[case.id], grades_after=result.bands))
    engine.events.append(
        ResultAmendedV1(
            case_id=case.id, term_id=case.term_id, student_id=case.student_id, path=case.path, grades=changed,
            reason=reason, at=engine.now,
        )
    )  # fmt: skip
