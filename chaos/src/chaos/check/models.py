"""Read models equal what their producers hold; counts are equal on both sides."""

from typing import Any

from chaos.check.base import Books, Finding, same
from chaos.check.tables import MESSAGES


async def check(books: Books) -> list[Finding]:
    """All pairs of producer and consumer."""
    return [
        *await _people(books),
        *await _terms(books),
        *await _entries(books),
        *await _collected(books),
        *await _cases(books),
        *await _evaluations(books),
        *await _messages(books),
    ]


async def _people(books: Books) -> list[Finding]:
    found: list[Finding] = []
    students = await books.pairs("identity", "SELECT id::text, path::text, version FROM students")
    for service in ("records", "publicity", "archive", "importer"):
        kept = await books.pairs(service, "SELECT id::text, path::text, version FROM students")
        found += same("models", service, "a student", kept, students)
    places = await books.pairs("identity", "SELECT path::text, title, version FROM organisations")
    for service in ("records", "archive", "importer"):
        kept = await books.pairs(service, "SELECT path::text, title, version FROM organisations")
        found += same("models", service, "an organisation", kept, places)
    return found


async def _terms(books: Books) -> list[Finding]:
    found: list[Finding] = []
    truth = await books.pairs("records", "SELECT id::text, title, version FROM terms")
    for service in ("publicity", "archive", "importer", "notify"):
        key = "term_id" if service == "notify" else "id"
        kept = await books.pairs(service, f"SELECT {key}::text, title, version FROM terms")
        found += same("models", service, "a term", kept, truth)
    sealed = await books.pairs("archive", "SELECT id::text, 1 FROM terms WHERE state = 'sealed'")
    kept = await books.pairs("importer", "SELECT term_id::text, 1 FROM sealed_terms")
    return found + same("models", "importer", "a sealed term", kept, sealed)


async def _entries(books: Books) -> list[Finding]:
    """publicity has an entry of every record that was ever approved, as it stands now."""
    truth = await books.pairs(
        "records",
        "SELECT r.id::text, r.title, r.student_id::text, r.term_id::text, r.data::text, r.state = 'voided' FROM records r "
        "WHERE EXISTS (SELECT FROM record_history h WHERE h.record_id = r.id AND h.action = 'approve')",
    )
    kept = await books.pairs(
        "publicity",
        "SELECT record_id::text, title, student_id::text, term_id::text, (snapshot->'data')::text, state = 'voided' "
        "FROM entries",
    )
    return same("models", "publicity", "an entry", kept, truth)


async def _collected(books: Books) -> list[Finding]:
    """archive collected what publicity cleared."""
    truth = await books.pairs(
        "publicity", "SELECT record_id::text, record_version, term_id::text FROM entries WHERE state = 'cleared'"
    )
    kept = await books.pairs("archive", "SELECT record_id::text, version, term_id::text FROM collected WHERE published")
    return same("models", "archive", "a cleared record", kept, truth)


async def _cases(books: Books) -> list[Finding]:
    truth = await books.pairs("publicity", "SELECT id::text, outcome, record_id::text FROM cases")
    kept = await books.pairs("archive", "SELECT id::text, outcome, record_id::text FROM cases")
    return same("models", "archive", "a case", kept, truth)


async def _evaluations(books: Books) -> list[Finding]:
    sql = "SELECT term_id || ' ' || student_id || ' ' || {}, 1 FROM evaluations"
    truth = await books.pairs("archive", sql.format("type"))
    kept = await books.pairs("importer", sql.format("evaluation_type"))
    return same("models", "importer", "an evaluation", kept, truth)


async def _messages(books: Books) -> list[Finding]:
    """So many messages of a kind as events that make one; folded ones say how many they stand for."""
    there: dict[Any, Any] = {}
    for kind, stem in MESSAGES.items():
        newest = (await books.versions(stem) or [stem])[-1]
        there[kind] = await books.value(stem.partition(".")[0], "SELECT count(*) FROM outbox WHERE subject = $1", newest)
    kept = await books.pairs(
        "notify", "SELECT kind, sum(count)::int FROM messages WHERE kind = ANY($1) GROUP BY 1", list(MESSAGES)
    )
    return same("models", "notify", "messages of a kind", {k: kept.get(k, 0) for k in MESSAGES}, there)
