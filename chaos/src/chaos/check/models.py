"""Read models equal the tables of their producers."""

from typing import Any

from chaos.check.base import Databases, Finding, differences
from chaos.check.tables import MESSAGES


async def check(databases: Databases) -> list[Finding]:
    """All checks of this module."""
    return [
        *await _people(databases),
        *await _terms(databases),
        *await _entries(databases),
        *await _collected(databases),
        *await _cases(databases),
        *await _evaluations(databases),
        *await _messages(databases),
    ]


async def _people(databases: Databases) -> list[Finding]:
    found: list[Finding] = []
    students = await databases.pairs("identity", "SELECT id::text, path::text, version FROM students")
    for service in ("records", "publicity", "archive", "importer"):
        stored = await databases.pairs(service, "SELECT id::text, path::text, version FROM directory_students")
        found += differences("models", service, "a student", stored, students)
    organisations = await databases.pairs("identity", "SELECT path::text, title, version FROM organisations")
    for service in ("records", "archive", "importer"):
        stored = await databases.pairs(service, "SELECT path::text, title, version FROM directory_organisations")
        found += differences("models", service, "an organisation", stored, organisations)
    return found


async def _terms(databases: Databases) -> list[Finding]:
    found: list[Finding] = []
    expected = await databases.pairs("records", "SELECT id::text, title, version FROM directory_terms")
    for service in ("publicity", "archive", "importer", "notify"):
        stored = await databases.pairs(service, "SELECT id::text, title, version FROM directory_terms")
        found += differences("models", service, "a term", stored, expected)
    sealed = await databases.pairs("archive", "SELECT term_id::text, 1 FROM term_states WHERE state = 'sealed'")
    stored = await databases.pairs("importer", "SELECT term_id::text, 1 FROM sealed_terms")
    return found + differences("models", "importer", "a sealed term", stored, sealed)


async def _entries(databases: Databases) -> list[Finding]:
    """publicity has an entry for every record that was ever approved, with its present content."""
    expected = await databases.pairs(
        "records",
        "SELECT r.id::text, r.title, r.student_id::text, r.term_id::text, r.data::text, r.state = 'voided' FROM records r "
        "WHERE EXISTS (SELECT FROM record_history h WHERE h.record_id = r.id AND h.action = 'approve')",
    )
    stored = await databases.pairs(
        "publicity",
        "SELECT record_id::text, title, student_id::text, term_id::text, (snapshot->'data')::text, state = 'voided' "
        "FROM entries",
    )
    return differences("models", "publicity", "an entry", stored, expected)


async def _collected(databases: Databases) -> list[Finding]:
    """archive has collected what publicity cleared."""
    expected = await databases.pairs(
        "publicity", "SELECT record_id::text, record_version, term_id::text FROM entries WHERE state = 'cleared'"
    )
    stored = await databases.pairs("archive", "SELECT record_id::text, version, term_id::text FROM collected WHERE published")
    return differences("models", "archive", "a cleared record", stored, expected)


async def _cases(databases: Databases) -> list[Finding]:
    expected = await databases.pairs("publicity", "SELECT id::text, outcome, record_id::text FROM cases")
    stored = await databases.pairs("archive", "SELECT id::text, outcome, record_id::text FROM cases")
    return differences("models", "archive", "a case", stored, expected)


async def _evaluations(databases: Databases) -> list[Finding]:
    sql = "SELECT term_id || ' ' || student_id || ' ' || {}, 1 FROM evaluations"
    expected = await databases.pairs("archive", sql.format("type"))
    stored = await databases.pairs("importer", sql.format("evaluation_type"))
    return differences("models", "importer", "an evaluation", stored, expected)


async def _messages(databases: Databases) -> list[Finding]:
    """There are as many messages of a kind as events that create one; `count` says how many events one message combines."""
    expected: dict[Any, Any] = {}
    for kind, stem in MESSAGES.items():
        newest = (await databases.versions(stem) or [stem])[-1]
        expected[kind] = await databases.value(stem.partition(".")[0], "SELECT count(*) FROM outbox WHERE subject = $1", newest)
    stored = await databases.pairs(
        "notify", "SELECT kind, sum(count)::int FROM messages WHERE kind = ANY($1) GROUP BY 1", list(MESSAGES)
    )
    return differences("models", "notify", "messages of a kind", {k: stored.get(k, 0) for k in MESSAGES}, expected)
