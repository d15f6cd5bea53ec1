"""Accepted writes took effect exactly once, unknown ones at most once, refused ones not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chaos.check.base import Databases, Finding
from chaos.journal import Write

CREATED = {
    "record": ("records", "title", "SELECT title, count(*) FROM records GROUP BY 1"),
    "position": ("records", "duties", "SELECT data->>'duties', count(*) FROM positions GROUP BY 1"),
    "term.schedule": ("records", "title", "SELECT title, count(*) FROM directory_terms GROUP BY 1"),
    "organisation": ("identity", "path", "SELECT path::text, count(*) FROM organisations GROUP BY 1"),
    "batch": ("importer", "name", "SELECT file_name, count(*) FROM batches GROUP BY 1"),
    "case": ("publicity", "entry", "SELECT entry_id::text, count(*) FROM cases WHERE complainant IS NOT NULL GROUP BY 1"),
    "case.missing": ("publicity", "text", "SELECT text, count(*) FROM cases GROUP BY 1"),
    "catalog": ("records", "title", "SELECT title, count(*) FROM catalog_items GROUP BY 1"),
    "adjustment": ("archive", "reason", "SELECT reason, count(*) FROM adjustments GROUP BY 1"),
}
"""Writes that create something: service, key in the log, and a query for the count by that key."""

CHANGED = {
    "term.timetable": ("records", "term", "SELECT id::text, version - 1 FROM directory_terms"),
    "position.approval": (
        "records",
        "position",
        "SELECT convert_from(body, 'utf8')::jsonb->>'position_id', count(*) FROM outbox "
        "WHERE subject = 'records.position.approved.v1' GROUP BY 1",
    ),
    "batch.commit": (
        "importer",
        "batch",
        "SELECT id::text, 1 FROM batches WHERE committed_at IS NOT NULL OR (state = 'checked' AND attempt > 1)",
    ),
    "seal": ("archive", "term", "SELECT term_id::text, count(*) FROM seals WHERE kind = 'term' GROUP BY 1"),
    "adjustment.withdrawal": ("archive", "adjustment", "SELECT id::text, (withdrawn_at IS NOT NULL)::int FROM adjustments"),
    "switch": ("records", "switch", "SELECT term_id || ' ' || switch, count(*) FROM switch_changes GROUP BY 1"),
    "summary": ("archive", "term", "SELECT term_id::text, count(*) FROM summaries GROUP BY 1"),
    "summary.upload": ("archive", "term", "SELECT term_id::text, count(*) FROM summary_uploads GROUP BY 1"),
    **{
        f"record.{sent}": (
            "records",
            "record",
            f"SELECT record_id::text, count(*) FROM record_history WHERE action = '{imported}' GROUP BY 1",
        )
        for sent, imported in (
            ("withdrawal", "withdraw"),
            ("return", "return"),
            ("mend", "mend"),
            ("amend", "amend"),
            ("category", "categorise"),
            ("revise", "revise"),
            ("enter_missing", "enter_missing"),
        )
    },
    **{
        f"case.{action}": (
            "publicity",
            "case",
            f"SELECT case_id::text, count(*) FROM case_steps WHERE action = '{action}' GROUP BY 1",
        )
        for action in (
            *("insist", "amend", "agree", "disagree"),
            *("uphold", "reject", "malicious", "delete"),
            *("accept", "withdraw"),
        )
    },
}
"""Writes that change something: service, key in the log, and a query for the number of changes by id."""


_FINAL_EVENTS = (
    "SELECT e->>'term_id' || ' ' || (e->>'student_id') AS who, what FROM (SELECT convert_from(body, 'utf8')::jsonb AS e, "
    "split_part(subject, '.', 3) AS what FROM outbox WHERE subject LIKE 'records.final_submission.%') AS events"
)
OF_STUDENTS = {
    "final.choice": (  # submitting chooses the same once more
        "records",
        "SELECT f.term_id || ' ' || f.student_id, f.version - (SELECT coalesce(sum(1 + (what = 'submitted')::int), 0) "
        f"FROM ({_FINAL_EVENTS}) AS n WHERE n.who = f.term_id || ' ' || f.student_id) FROM final_submissions f",
    ),
    **{
        f"final.{sent}": ("records", f"SELECT who, count(*) FROM ({_FINAL_EVENTS}) AS n WHERE what = '{what}' GROUP BY 1")
        for sent, what in (
            ("submission", "submitted"),
            ("withdrawal", "withdrawn"),
            ("return", "returned"),
            ("approval", "approved"),
        )
    },
    "opt_out": ("records", "SELECT term_id || ' ' || student_id, count(*) FROM participation_changes GROUP BY 1"),
    "peers.submission": (
        "archive",
        "SELECT term_id || ' ' || evaluator_id, bool_and(submitted_at IS NOT NULL)::int FROM peer_evaluations GROUP BY 1",
    ),
}
"""Writes about a student in a term: service, and a query for the number of changes by both."""


class Tally:
    """Counts the writes that were certainly done (`accepted`) and perhaps done (`possible`), by key."""

    def __init__(self) -> None:
        self.accepted: Counter[str] = Counter()
        self.possible: Counter[str] = Counter()
        self.ids: dict[str, list[str]] = defaultdict(list)

    def add(self, key: str, write: Write, *, accepted: bool | None = None) -> None:
        """Count one write for `key`; `accepted` False: the request succeeded, but perhaps not for this key."""
        self.ids[key].append(write.id)
        if write.outcome == "failed":
            return
        if write.outcome == "unknown" or accepted is False:
            self.possible[key] += 1
        else:
            self.accepted[key] += 1

    def compare(self, check: str, service: str, what: str, stored: dict[Any, Any]) -> list[Finding]:
        """Findings: fewer than accepted is a lost write, more than accepted and possible a duplicate or unrequested one."""
        found = []
        for key in self.ids:
            count, accepted = int(stored.get(key) or 0), self.accepted[key]
            if accepted <= count <= accepted + self.possible[key]:
                continue
            problem = (
                "lost" if count < accepted else "done though nobody was told so" if not accepted else "done more than once"
            )
            evidence = f"{key}: {count} there, {accepted} accepted, {self.possible[key]} unknown; log {self.ids[key][:6]}"
            found.append(Finding(check, service, f"{what} {problem}", evidence))
        return found


CHECKED = frozenset(
    {
        *CREATED,
        *CHANGED,
        *OF_STUDENTS,
        *("record.submission", "record.approval", "record.bulk_approval", "select", "evaluation"),
        *("verdict", "sign", "print", "scores", "sheet"),
        *("file.offer", "file.complete", "peers"),
    }
)
"""All kinds of writes. Files are checked with what they belong to, cards about classmates when they are submitted."""


async def check(databases: Databases, writes: Iterable[Write]) -> list[Finding]:
    """Compare all writes of the log with the tables."""
    by_what: dict[str, list[Write]] = defaultdict(list)
    for write in writes:
        by_what[write.what].append(write)
    found = [Finding("writes", "clients", "a kind of write that is not checked", what) for what in by_what.keys() - CHECKED]
    for table in (CREATED, CHANGED):
        for what, (service, key, sql) in table.items():
            tally = Tally()
            for write in by_what[what]:
                tally.add(str(write.about[key]), write)
            found += tally.compare("writes", service, what, await databases.pairs(service, sql))
    found += await _submissions(databases, by_what)
    found += await _approvals(databases, by_what)
    found += await _selections(databases, by_what)
    found += await _evaluations(databases, by_what)
    found += await _of_students(databases, by_what)
    found += await _verdicts(databases, by_what)
    found += await _scores(databases, by_what)
    found += await _batch_rows(databases, by_what)
    return found


async def _history(databases: Databases, action: str) -> dict[str, int]:
    sql = "SELECT record_id::text, count(*) FROM record_history WHERE action = $1 GROUP BY 1"
    return await databases.pairs("records", sql, action)


async def _submissions(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Handed in with its making, or afterwards."""
    ids = await databases.pairs("records", "SELECT title, id::text FROM records")
    tally = Tally()
    for write in by_what["record"]:
        if write.about["submit"] and write.about["title"] in ids:
            tally.add(ids[write.about["title"]], write)
    for write in by_what["record.submission"]:
        tally.add(write.about["record"], write)
    return tally.compare("writes", "records", "submission", await _history(databases, "submit"))


async def _approvals(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Single and bulk approvals; the answer to a bulk approval has the result for each record."""
    tally = Tally()
    for write in by_what["record.approval"]:
        tally.add(write.about["record"], write)
    for write in by_what["record.bulk_approval"]:
        results = {item["record_id"]: item["result"] for item in write.ids.get("results", ())}
        for record in write.about["records"]:
            if write.outcome == "ok" and results and results.get(record) not in ("approved", "passed"):
                continue
            tally.add(record, write, accepted=False if not results else None)
    sql = (  # nobody asked for those of the clock (SH-07)
        "SELECT record_id::text, count(*) FROM record_history "
        "WHERE action IN ('approve', 'pass') AND by_id IS NOT NULL GROUP BY 1"
    )
    return tally.compare("writes", "records", "approval", await databases.pairs("records", sql))


async def _selections(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    tally = Tally()
    for write in by_what["select"]:
        for entry in write.about["entries"]:
            tally.add(entry, write)
    sql = (
        "SELECT convert_from(body, 'utf8')::jsonb->>'entry_id', count(*) FROM outbox "
        "WHERE subject = 'publicity.entry.selected.v1' GROUP BY 1"
    )
    return tally.compare("writes", "publicity", "selection", await databases.pairs("publicity", sql))


async def _evaluations(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    tally = Tally()
    for write in by_what["evaluation"]:
        tally.add(f"{write.about['term']} {write.about['student']} {write.about['type']}", write)
    sql = "SELECT term_id || ' ' || student_id || ' ' || type, version FROM evaluations"
    return tally.compare("writes", "archive", "evaluation", await databases.pairs("archive", sql))


async def _of_students(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    found = []
    for what, (service, sql) in OF_STUDENTS.items():
        tally = Tally()
        for write in by_what[what]:
            tally.add(f"{write.about['term']} {write.about['student']}", write)
        found += tally.compare("writes", service, what, await databases.pairs(service, sql))
    return found


async def _verdicts(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Verdicts and signatures: the answer has the result for each student. A confirmation's first version is its print."""
    verdicts, slips = Tally(), Tally()
    for tally, what, key in ((verdicts, "verdict", "verdict"), (slips, "sign", "slip")):
        for write in by_what[what]:
            results = write.ids.get("results", ())
            if write.outcome != "ok" or not results or results[0]["ok"]:
                tally.add(write.about[key], write, accepted=None if results else False)
    for write in by_what["print"]:
        for student in write.about["students"]:
            slips.add(student, write)
    sql = "SELECT term_id || ' ' || student_id, version FROM {}"
    return [
        *verdicts.compare("writes", "archive", "verdict", await databases.pairs("archive", sql.format("verdicts"))),
        *slips.compare("writes", "archive", "confirmation", await databases.pairs("archive", sql.format("confirmations"))),
    ]


async def _scores(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Values and moves of sheets: the answer has the result for each value, and for each class (BJ-10)."""
    values, moves = Tally(), Tally()
    for write in by_what["scores"]:
        results = [one["ok"] for one in write.ids.get("results", ())]
        for number, key in enumerate(write.about["scores"]):
            if write.outcome != "ok" or not results or results[number]:
                values.add(key, write, accepted=None if results else False)
    for write in by_what["sheet"]:
        results = write.ids.get("results", ())
        if write.outcome != "ok" or not results or results[0]["ok"]:
            moves.add(write.about["sheet"], write, accepted=None if results else False)
    of_values = "SELECT concat_ws(' ', term_id, student_id, part, dimension), count(*) FROM score_versions GROUP BY 1"
    of_moves = "SELECT concat_ws(' ', term_id, path, action), count(*) FROM score_sheet_moves GROUP BY 1"
    return [
        *values.compare("writes", "archive", "score", await databases.pairs("archive", of_values)),
        *moves.compare("writes", "archive", "move of a score sheet", await databases.pairs("archive", of_moves)),
    ]


async def _batch_rows(databases: Databases, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Every row of a committed workbook is one record, and the import service counted the same. One that was out of date
    when it was committed is checked again and has none."""
    found = []
    stored = await databases.pairs("records", "SELECT batch_id, count(*) FROM records WHERE batch_id IS NOT NULL GROUP BY 1")
    imported = await databases.pairs("importer", "SELECT id, created, unchanged + changed, state FROM batches")
    for write in by_what["batch.commit"]:
        batch = UUID(write.about["batch"])
        if write.outcome != "ok":
            continue
        created, again, state = imported.get(batch, (0, 0, "missing"))
        if state == "checked" and not stored.get(batch, 0):
            continue
        if stored.get(batch, 0) + again != write.about["rows"] or stored.get(batch, 0) != created or state != "applied":
            what = f"{write.about['rows']} sent, {stored.get(batch, 0)} stored, import says {created} created, {state}"
            found.append(Finding("writes", "importer", "rows of a batch", f"{batch}: {what}"))
    return found
