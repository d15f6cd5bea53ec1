"""Every accepted write exactly once, an unknown one at most once, a refused one not at all."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Any
from uuid import UUID

from chaos.check.base import Books, Finding
from chaos.journal import Write

MADE = {
    "record": ("records", "title", "SELECT title, count(*) FROM records GROUP BY 1"),
    "position": ("records", "duties", "SELECT data->>'duties', count(*) FROM positions GROUP BY 1"),
    "term.schedule": ("records", "title", "SELECT title, count(*) FROM terms GROUP BY 1"),
    "organisation": ("identity", "path", "SELECT path::text, count(*) FROM organisations GROUP BY 1"),
    "batch": ("importer", "name", "SELECT file_name, count(*) FROM batches GROUP BY 1"),
    "case": ("publicity", "entry", "SELECT entry_id::text, count(*) FROM cases GROUP BY 1"),
}
"""What makes a new thing: which service, what of the log names it, how many there are by that name."""

DONE = {
    "term.timetable": ("records", "term", "SELECT id::text, version - 1 FROM terms"),
    "position.approval": (
        "records",
        "position",
        "SELECT convert_from(body, 'utf8')::jsonb->>'position_id', count(*) FROM outbox "
        "WHERE subject = 'records.position.approved.v1' GROUP BY 1",
    ),
    "batch.commit": ("importer", "batch", "SELECT id::text, 1 FROM batches WHERE committed_at IS NOT NULL"),
    "seal": ("archive", "term", "SELECT term_id::text, count(*) FROM seals WHERE kind = 'term' GROUP BY 1"),
    **{
        f"record.{sent}": (
            "records",
            "record",
            f"SELECT record_id::text, count(*) FROM record_history WHERE action = '{kept}' GROUP BY 1",
        )
        for sent, kept in (("withdrawal", "withdraw"), ("return", "return"), ("mend", "mend"), ("amend", "amend"))
    },
    **{
        f"case.{action}": (
            "publicity",
            "case",
            f"SELECT case_id::text, count(*) FROM case_steps WHERE action = '{action}' GROUP BY 1",
        )
        for action in ("insist", "amend", "agree", "disagree")
    },
}
"""What changes a thing: how often it happened, by the thing's id."""


class Tally:
    """How often clients know, and may think, that something was done."""

    def __init__(self) -> None:
        self.sure: Counter[str] = Counter()
        self.maybe: Counter[str] = Counter()
        self.ids: dict[str, list[str]] = defaultdict(list)

    def add(self, name: str, write: Write, *, sure: bool | None = None) -> None:
        """Count one write for the thing `name`; `sure` False: it came through, but perhaps not to this thing."""
        self.ids[name].append(write.id)
        if write.end == "failed":
            return
        if write.end == "unknown" or sure is False:
            self.maybe[name] += 1
        else:
            self.sure[name] += 1

    def against(self, check: str, service: str, what: str, there: dict[Any, Any]) -> list[Finding]:
        """Findings: fewer than sure is a lost write, more than sure and maybe a doubled or an uncalled-for one."""
        found = []
        for name in self.ids:
            count, sure = int(there.get(name) or 0), self.sure[name]
            if sure <= count <= sure + self.maybe[name]:
                continue
            problem = "lost" if count < sure else "done though nobody was told so" if not sure else "done more than once"
            evidence = f"{name}: {count} there, {sure} accepted, {self.maybe[name]} unknown; log {self.ids[name][:6]}"
            found.append(Finding(check, service, f"{what} {problem}", evidence))
        return found


async def check(books: Books, writes: Iterable[Write]) -> list[Finding]:
    """All writes of the log against what is there."""
    by_what: dict[str, list[Write]] = defaultdict(list)
    for write in writes:
        by_what[write.what].append(write)
    found: list[Finding] = []
    for table in (MADE, DONE):
        for what, (service, name, sql) in table.items():
            tally = Tally()
            for write in by_what[what]:
                tally.add(str(write.about[name]), write)
            found += tally.against("writes", service, what, await books.pairs(service, sql))
    found += await _submissions(books, by_what)
    found += await _approvals(books, by_what)
    found += await _selections(books, by_what)
    found += await _evaluations(books, by_what)
    found += await _batch_rows(books, by_what)
    return found


async def _history(books: Books, action: str) -> dict[str, int]:
    sql = "SELECT record_id::text, count(*) FROM record_history WHERE action = $1 GROUP BY 1"
    return await books.pairs("records", sql, action)


async def _submissions(books: Books, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Handed in with its making, or afterwards."""
    ids = await books.pairs("records", "SELECT title, id::text FROM records")
    tally = Tally()
    for write in by_what["record"]:
        if write.about["submit"] and write.about["title"] in ids:
            tally.add(ids[write.about["title"]], write)
    for write in by_what["record.submission"]:
        tally.add(write.about["record"], write)
    return tally.against("writes", "records", "submission", await _history(books, "submit"))


async def _approvals(books: Books, by_what: dict[str, list[Write]]) -> list[Finding]:
    """One by one, or in bulk, where the answer says what became of each."""
    tally = Tally()
    for write in by_what["record.approval"]:
        tally.add(write.about["record"], write)
    for write in by_what["record.bulk_approval"]:
        results = {one["record_id"]: one["result"] for one in write.ids.get("results", ())}
        for record in write.about["records"]:
            if write.end == "ok" and results and results.get(record) != "approved":
                continue
            tally.add(record, write, sure=False if not results else None)
    return tally.against("writes", "records", "approval", await _history(books, "approve"))


async def _selections(books: Books, by_what: dict[str, list[Write]]) -> list[Finding]:
    tally = Tally()
    for write in by_what["select"]:
        for entry in write.about["entries"]:
            tally.add(entry, write)
    sql = (
        "SELECT convert_from(body, 'utf8')::jsonb->>'entry_id', count(*) FROM outbox "
        "WHERE subject = 'publicity.entry.selected.v1' GROUP BY 1"
    )
    return tally.against("writes", "publicity", "selection", await books.pairs("publicity", sql))


async def _evaluations(books: Books, by_what: dict[str, list[Write]]) -> list[Finding]:
    tally = Tally()
    for write in by_what["evaluation"]:
        tally.add(f"{write.about['term']} {write.about['student']} {write.about['type']}", write)
    sql = "SELECT term_id || ' ' || student_id || ' ' || type, version FROM evaluations"
    return tally.against("writes", "archive", "evaluation", await books.pairs("archive", sql))


async def _batch_rows(books: Books, by_what: dict[str, list[Write]]) -> list[Finding]:
    """Every row of a committed workbook is one record, and import's own count says so."""
    found = []
    there = await books.pairs("records", "SELECT batch_id, count(*) FROM records WHERE batch_id IS NOT NULL GROUP BY 1")
    kept = await books.pairs("importer", "SELECT id, created, unchanged + changed, state FROM batches")
    for write in by_what["batch.commit"]:
        batch = UUID(write.about["batch"])
        if write.end != "ok":
            continue
        created, again, state = kept.get(batch, (0, 0, "missing"))
        if there.get(batch, 0) + again != write.about["rows"] or there.get(batch, 0) != created or state != "applied":
            what = f"{write.about['rows']} sent, {there.get(batch, 0)} stored, import says {created} created, {state}"
            found.append(Finding("writes", "importer", "rows of a batch", f"{batch}: {what}"))
    return found
