"""Records, cases and entries only made legal transitions, by a second copy of the transition tables (`tables`)."""

from itertools import pairwise

from chaos.check.base import Databases, Finding, grouped
from chaos.check.tables import CASE_MOVES, CLOSED, HISTORY_EVENTS, RECORD_MOVES


async def check(databases: Databases) -> list[Finding]:
    """All checks of this module."""
    return [*await _records(databases), *await _cases(databases), *await _entries(databases), *await _check_events(databases)]


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
    closed = await databases.pairs("publicity", "SELECT id, closed_at IS NOT NULL FROM cases")
    by_case = grouped(lines, "case_id")
    for case, is_closed in closed.items():
        steps = by_case.get(case, [])
        numbers = [step["no"] for step in steps]
        if any(after - before_ != 1 for before_, after in pairwise(numbers)):
            found.append(Finding("histories", "publicity", "steps with a gap", f"{case}: {numbers}"))
        stage: str | None = None
        for step in steps:
            previous_stage, stage = stage, CASE_MOVES.get((stage, step["action"]))
            if stage is None:
                found.append(
                    Finding("histories", "publicity", "an illegal step", f"{case}: {step['action']} at {previous_stage}")
                )
                break
        if is_closed != (stage == CLOSED):
            what = f"{case}: {'closed' if is_closed else 'open'}, {stage}"
            found.append(Finding("histories", "publicity", "a case is not where its steps end", what))
    found += [Finding("histories", "publicity", "steps of no case", str(gone)) for gone in by_case.keys() - closed.keys()]
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
            "records", "SELECT record_id::text, count(*) FROM record_history WHERE action = ANY($1) GROUP BY 1", list(actions)
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
