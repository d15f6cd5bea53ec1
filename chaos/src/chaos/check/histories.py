"""Only legal histories: each thing's own lines, move by move, against our own copy of the tables."""

from itertools import pairwise

from chaos.check.base import Books, Finding, grouped
from chaos.check.tables import CASE, CLOSED, HISTORY_EVENTS, RECORD


async def check(books: Books) -> list[Finding]:
    """Records, cases, entries."""
    return [*await _records(books), *await _cases(books), *await _entries(books), *await _said(books)]


async def _records(books: Books) -> list[Finding]:
    found = []
    lines = await books.rows(
        "records", "SELECT record_id, action, from_state, to_state, version FROM record_history ORDER BY record_id, version, id"
    )
    now = await books.pairs("records", "SELECT id, state, version FROM records")
    by_record = grouped(lines, "record_id")
    for record, (state, version) in now.items():
        history = by_record.get(record, [])
        before = None
        for line in history:
            legal = RECORD.get((line["from_state"], line["action"]))
            if line["from_state"] != before or legal != line["to_state"]:
                what = f"{record}: {line['action']} from {line['from_state']} (was {before}) to {line['to_state']}"
                found.append(Finding("histories", "records", "an illegal move", what))
            before = line["to_state"]
        if before != state:
            found.append(Finding("histories", "records", "state is not where its history ends", f"{record}: {state}, {before}"))
        versions = [line["version"] for line in history]
        if any(after - one not in (0, 1) for one, after in pairwise(versions)) or (versions and versions[-1] != version):
            found.append(Finding("histories", "records", "versions with a gap", f"{record}: {versions}, now {version}"))
    found += [Finding("histories", "records", "history of no record", str(gone)) for gone in by_record.keys() - now.keys()]
    return found


async def _cases(books: Books) -> list[Finding]:
    found = []
    lines = await books.rows("publicity", "SELECT case_id, no, action FROM case_steps ORDER BY case_id, no")
    closed = await books.pairs("publicity", "SELECT id, closed_at IS NOT NULL FROM cases")
    by_case = grouped(lines, "case_id")
    for case, over in closed.items():
        steps = by_case.get(case, [])
        numbers = [step["no"] for step in steps]
        if any(after - one != 1 for one, after in pairwise(numbers)):
            found.append(Finding("histories", "publicity", "steps with a gap", f"{case}: {numbers}"))
        stage: str | None = None
        for step in steps:
            at, stage = stage, CASE.get((stage, step["action"]))
            if stage is None:
                found.append(Finding("histories", "publicity", "an illegal step", f"{case}: {step['action']} at {at}"))
                break
        if over != (stage == CLOSED):
            what = f"{case}: {'closed' if over else 'open'}, {stage}"
            found.append(Finding("histories", "publicity", "a case is not where its steps end", what))
    found += [Finding("histories", "publicity", "steps of no case", str(gone)) for gone in by_case.keys() - closed.keys()]
    return found


async def _entries(books: Books) -> list[Finding]:
    """States that need a past: cleared ones were selected, none waits after the end without a case, a void case voids."""
    rows = await books.rows(
        "publicity",
        "SELECT e.id, e.state, e.open_cases, e.selected_at IS NOT NULL AS picked, t.closed_at IS NOT NULL AS over, "
        "(SELECT count(*) FROM cases c WHERE c.entry_id = e.id AND c.closed_at IS NULL) AS open, "
        "(SELECT count(*) FROM cases c WHERE c.entry_id = e.id AND c.outcome = 'void') AS voids "
        "FROM entries e JOIN terms t ON t.id = e.term_id",
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
            found.append(Finding("histories", "publicity", "an entry that cannot be", str(row)))
    return found


async def _said(books: Books) -> list[Finding]:
    """Each line of a record's history said its event, once."""
    found = []
    said = [
        (actions, subject)
        for stem, actions in HISTORY_EVENTS.items()
        for subject in await books.versions(stem) or [f"{stem}.v1"]  # never said at all: then nothing may have happened
    ]
    for actions, subject in said:
        lines = await books.pairs(
            "records", "SELECT record_id::text, count(*) FROM record_history WHERE action = ANY($1) GROUP BY 1", list(actions)
        )
        events = await books.pairs(
            "records",
            "SELECT convert_from(body, 'utf8')::jsonb->>'record_id', count(*) FROM outbox WHERE subject = $1 GROUP BY 1",
            subject,
        )
        for record in {*lines, *events}:
            if lines.get(record, 0) != events.get(record, 0):
                what = f"{record}: {lines.get(record, 0)} times done, {events.get(record, 0)} times said"
                found.append(Finding("events", "records", f"{subject} does not match what happened", what))
    return found
