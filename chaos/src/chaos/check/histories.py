"""Records, cases and entries only made legal transitions, by a second copy of the transition tables (`tables`)."""

from itertools import pairwise

from chaos.check.base import Databases, Finding, grouped
from chaos.check.tables import CASE_MOVES, CASE_STARTS, CLOSED, FINAL_MOVES, HISTORY_EVENTS, OUTCOMES, RECORD_MOVES


async def check(databases: Databases) -> list[Finding]:
    """All checks of this module."""
    return [
        *await _records(databases),
        *await _cases(databases),
        *await _entries(databases),
        *await _finals(databases),
        *await _peers(databases),
        *await _score_sheets(databases),
        *await _check_events(databases),
    ]


async def _records(databases: Databases) -> list[Finding]:
    found = []
    lines = await databases.rows(
        "records", "SELECT record_id, action, from_state, to_state, version FROM record_history ORDER BY record_id, version, id"
    )
    now = await databases.pairs("records", "SELECT id, state, version FROM records")
    by_record = grouped(lines, "record_id")
    for record, (state, version) in now.items():
        history = by_record.get(record, [])
        before = None
        for line in history:
            legal = RECORD_MOVES.get((line["from_state"], line["action"]))
            if line["from_state"] != before or legal != line["to_state"]:
                what = f"{record}: {line['action']} from {line['from_state']} (was {before}) to {line['to_state']}"
                found.append(Finding("histories", "records", "an illegal transition", what))
            before = line["to_state"]
        if before != state:
            found.append(
                Finding("histories", "records", "state is not the last one of its history", f"{record}: {state}, {before}")
            )
        versions = [line["version"] for line in history]
        if any(after - before_ not in (0, 1) for before_, after in pairwise(versions)) or (
            versions and versions[-1] != version
        ):
            found.append(Finding("histories", "records", "versions with a gap", f"{record}: {versions}, now {version}"))
    found += [Finding("histories", "records", "history of no record", str(gone)) for gone in by_record.keys() - now.keys()]
    return found


async def _cases(databases: Databases) -> list[Finding]:
    found = []
    lines = await databases.rows("publicity", "SELECT case_id, no, action FROM case_steps ORDER BY case_id, no")
    known = await databases.pairs(
        "publicity",
        "SELECT c.id, c.closed_at IS NOT NULL, t.scheme_id, c.case_type, c.outcome FROM cases c "
        "JOIN directory_terms t ON t.id = c.term_id",
    )
    by_case = grouped(lines, "case_id")
    for case, (is_closed, scheme, case_type, outcome) in known.items():
        steps = by_case.get(case, [])
        numbers = [step["no"] for step in steps]
        if any(after - before_ != 1 for before_, after in pairwise(numbers)):
            found.append(Finding("histories", "publicity", "steps with a gap", f"{case}: {numbers}"))
        stage: str | None = None
        for step in steps:
            previous_stage = stage
            if previous_stage is None:
                stage = CASE_STARTS.get((scheme, case_type)) if step["action"] == "open" else None
            else:
                stage = CASE_MOVES[scheme].get((previous_stage, step["action"]))
            if stage is None:
                found.append(
                    Finding("histories", "publicity", "an illegal step", f"{case}: {step['action']} at {previous_stage}")
                )
                break
        decided = [OUTCOMES.get(scheme, {}).get((case_type, step["action"])) for step in steps]
        wanted = next((one for one in reversed(decided) if one is not None), outcome)
        if stage == CLOSED and outcome != wanted:
            found.append(Finding("histories", "publicity", "a case has another outcome", f"{case}: {outcome}, not {wanted}"))
        if is_closed != (stage == CLOSED):
            what = f"{case}: {'closed' if is_closed else 'open'}, {stage}"
            found.append(Finding("histories", "publicity", "a case is not where its steps end", what))
    found += [Finding("histories", "publicity", "steps of no case", str(gone)) for gone in by_case.keys() - known.keys()]
    return found


async def _entries(databases: Databases) -> list[Finding]:
    """Cleared entries were selected, none waits after publicity without an open case, a void outcome voids the entry."""
    rows = await databases.rows(
        "publicity",
        "SELECT e.id, e.state, e.open_cases, e.selected_at IS NOT NULL AS picked, t.closed_at IS NOT NULL AS over, "
        "(SELECT count(*) FROM cases c WHERE c.entry_id = e.id AND c.closed_at IS NULL) AS open, "
        "(SELECT count(*) FROM cases c WHERE c.entry_id = e.id AND c.outcome = 'void') AS voids "
        "FROM entries e JOIN publicity_terms t USING (term_id)",
    )
    found = []
    for row in rows:
        wrong = (
            (row["state"] == "cleared" and not (row["picked"] and row["over"]))
            or (row["state"] == "selected" and row["over"] and not row["open"])
            or (row["voids"] and row["state"] != "voided")
            or row["open_cases"] != row["open"]
        )
        if wrong:
            found.append(Finding("histories", "publicity", "an impossible entry", str(row)))
    return found


async def _finals(databases: Databases) -> list[Finding]:
    """The events of a final submission follow one another, and lead to its present state (CS-01, CS-08)."""
    rows = await databases.rows(
        "records",
        "SELECT split_part(subject, '.', 3) AS what, convert_from(body, 'utf8')::jsonb->>'submission_id' AS id, "
        "(convert_from(body, 'utf8')::jsonb->>'version')::int AS version FROM outbox "
        "WHERE subject LIKE 'records.final_submission.%' ORDER BY version",
    )
    now = await databases.pairs("records", "SELECT id::text, state, version FROM final_submissions")
    events = grouped(rows, "id")
    found = []
    for final, (state, version) in now.items():
        reached = "open"
        for event in events.get(final, []):
            reached = FINAL_MOVES.get((reached, event["what"]), f"{event['what']} after {reached}")
        last = max((event["version"] for event in events.get(final, [])), default=0)
        if reached != state or last > version:
            what = f"{final}: {state}, version {version}; its events lead to {reached}, version {last}"
            found.append(Finding("histories", "records", "a final submission is not where its events lead", what))
    return found + [Finding("histories", "records", "events of no final submission", one) for one in events.keys() - now.keys()]


async def _peers(databases: Databases) -> list[Finding]:
    """Whoever submitted said something of every classmate exactly once, and nothing of themself (CS-12)."""
    rows = await databases.rows(
        "archive",
        "SELECT p.term_id::text AS term, p.evaluator_id::text AS by, "
        "array_agg(p.student_id::text ORDER BY p.student_id) AS about, "
        "(SELECT array_agg(s.id::text ORDER BY s.id) FROM directory_students s JOIN directory_students e ON e.path = s.path "
        "WHERE e.id = p.evaluator_id AND s.id <> e.id) AS classmates, bool_and(p.submitted_at IS NOT NULL) AS submitted "
        "FROM peer_evaluations p GROUP BY 1, 2, p.evaluator_id",
    )
    return [
        Finding("histories", "archive", "not one card of each classmate", f"{row['by']} in {row['term']}: {row['about']}")
        for row in rows
        if row["submitted"] and row["about"] != row["classmates"]
    ]


async def _score_sheets(databases: Databases) -> list[Finding]:
    """Each move of a class's sheet leads from the last one, and each lock kept every student's scores (BJ-10)."""
    rows = await databases.rows(
        "archive",
        "SELECT concat_ws(' ', m.term_id, m.path) AS sheet, m.version, m.action, m.step, s.step AS now, s.locked, "
        "(SELECT count(*) FROM locked_scores l WHERE (l.term_id, l.path, l.version) = (m.term_id, m.path, m.version)) AS kept, "
        "(SELECT count(*) FROM directory_students d WHERE d.path = m.path) AS students "
        "FROM score_sheet_moves m JOIN score_sheets s USING (term_id, path) ORDER BY m.term_id, m.path, m.version",
    )
    found = []
    for sheet, moves in grouped(rows, "sheet").items():
        step, locked = 0, False
        for number, move in enumerate(moves, 1):
            legal = (move["action"] == "unlock") == locked
            step = {"pass": step + 1, "lock": step}.get(move["action"], 0)
            locked = move["action"] == "lock"
            if not legal or (move["version"], move["step"]) != (number, step):
                found.append(Finding("histories", "archive", "an illegal move of a score sheet", f"{sheet}: {move}"))
            if move["kept"] != (move["students"] if locked else 0):
                found.append(
                    Finding("histories", "archive", "a lock did not keep the scores of each student", f"{sheet}: {move}")
                )
        if (moves[-1]["now"], moves[-1]["locked"]) != (step, locked):
            found.append(Finding("histories", "archive", "a score sheet is not where its moves lead", f"{sheet}: {moves[-1]}"))
    return found


async def _check_events(databases: Databases) -> list[Finding]:
    """Each history row of a record has its event, exactly once."""
    found = []
    expected = [
        (actions, subject)
        for stem, actions in HISTORY_EVENTS.items()
        for subject in await databases.versions(stem)
        or [f"{stem}.v1"]  # never published: then there must be no such history row either
    ]
    for actions, subject in expected:
        lines = await databases.pairs(
            "records",
            "SELECT record_id::text, count(*) FROM record_history h WHERE action = ANY($1) "
            "AND NOT (action <> 'approve' AND EXISTS (SELECT FROM record_history a WHERE a.record_id = h.record_id "
            "AND a.at = h.at AND a.action = 'approve' AND a.by_id IS NULL)) GROUP BY 1",
            list(actions),
        )
        events = await databases.pairs(
            "records",
            "SELECT convert_from(body, 'utf8')::jsonb->>'record_id', count(*) FROM outbox WHERE subject = $1 GROUP BY 1",
            subject,
        )
        for record in {*lines, *events}:
            if lines.get(record, 0) != events.get(record, 0):
                what = f"{record}: {lines.get(record, 0)} times in the history, {events.get(record, 0)} times published"
                found.append(Finding("events", "records", f"{subject} does not match what happened", what))
    return found
