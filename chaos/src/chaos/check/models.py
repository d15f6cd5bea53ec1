"""Read models equal the tables of their producers."""

from typing import Any

from chaos.check.base import Databases, Finding, differences
from chaos.check.tables import MESSAGES, MESSAGES_IF, ON_BOARD, WITHOUT_PUBLICITY


async def check(databases: Databases) -> list[Finding]:
    """All checks of this module."""
    return [
        *await _people(databases),
        *await _terms(databases),
        *await _entries(databases),
        *await _collected(databases),
        *await _cases(databases),
        *await _evaluations(databases),
        *await _participation(databases),
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
    """publicity has an entry for every record that was ever approved, escalated or found missing, with its present content; one
    that was never entered has version 0. Not of schemes that publicise nothing."""
    expected = await databases.pairs(
        "records",
        "SELECT r.id::text, r.title, r.student_id::text, r.term_id::text, r.data::text, r.state = 'voided', "
        "r.state = 'excluded' FROM records r JOIN directory_terms t ON t.id = r.term_id WHERE t.scheme_id <> ALL($1) "
        "AND EXISTS (SELECT FROM record_history h WHERE h.record_id = r.id "
        "AND h.action IN ('approve', 'unmended', 'enter_missing'))",
        list(WITHOUT_PUBLICITY),
    )
    stored = await databases.pairs(
        "publicity",
        "SELECT record_id::text, title, student_id::text, snapshot->>'term_id', (snapshot->'data')::text, state = 'voided', "
        "state = 'excluded' FROM entries WHERE record_version > 0",
    )
    return differences("models", "publicity", "an entry", stored, expected)


async def _collected(databases: Databases) -> list[Finding]:
    """archive has collected what publicity cleared, and leaves out what a case then took away."""
    expected = await databases.pairs(
        "publicity", "SELECT record_id::text, record_version, snapshot->>'term_id' FROM entries WHERE state = 'cleared'"
    )
    stored = await databases.pairs(
        "archive",
        "SELECT record_id::text, version, term_id::text FROM collected c "
        "WHERE published AND NOT EXISTS (SELECT FROM gone g WHERE g.record_id = c.record_id)",
    )
    return differences("models", "archive", "a cleared record", stored, expected)


async def _cases(databases: Databases) -> list[Finding]:
    expected = await databases.pairs("publicity", "SELECT id::text, outcome, record_id::text FROM cases")
    stored = await databases.pairs("archive", "SELECT id::text, outcome, record_id::text FROM cases")
    return differences("models", "archive", "a case", stored, expected)


async def _evaluations(databases: Databases) -> list[Finding]:
    sql = "SELECT term_id || ' ' || student_id || ' ' || {}, 1 FROM evaluations"
    expected = await databases.pairs("archive", sql.format("type"))
    stored = await databases.pairs("importer", sql.format("evaluation_type"))
    found = differences("models", "importer", "an evaluation", stored, expected)
    sql = "SELECT term_id || ' ' || student_id || ' ' || type, version FROM {} WHERE type = ANY($1)"
    expected = await databases.pairs("archive", sql.format("evaluations"), list(ON_BOARD))
    stored = await databases.pairs("publicity", sql.format("summaries"), list(ON_BOARD))
    return found + differences("models", "publicity", "a summary", stored, expected)


async def _participation(databases: Databases) -> list[Finding]:
    """publicity and archive know who takes part, in the version that was changed last (SH-03)."""
    sql = "SELECT term_id || ' ' || student_id, participates, version FROM {} ORDER BY version"
    expected = await databases.pairs("records", sql.format("participation_changes"))
    found: list[Finding] = []
    for service in ("records", "publicity", "archive"):
        stored = await databases.pairs(service, sql.format("directory_opt_outs"))
        found += differences("models", service, "who takes part", stored, expected)
    return found


async def _messages(databases: Databases) -> list[Finding]:
    """There are as many messages of a kind as events that create one; `count` says how many events one message combines."""
    expected: dict[Any, Any] = {}
    for kind, stem in MESSAGES.items():
        newest = (await databases.versions(stem) or [stem])[-1]
        field, within, values = MESSAGES_IF.get(kind, ("", False, ()))
        expected[kind] = await databases.value(
            stem.partition(".")[0],
            "SELECT count(*) FROM outbox WHERE subject = $1 "
            "AND (coalesce(convert_from(body, 'utf8')::jsonb #>> string_to_array($2, ','), '') = ANY($3)) = $4",
            newest,
            field,
            list(values),
            within,
        )
    stored = await databases.pairs(
        "notify", "SELECT kind, sum(count)::int FROM messages WHERE kind = ANY($1) GROUP BY 1", list(MESSAGES)
    )
    return differences("models", "notify", "messages of a kind", {k: stored.get(k, 0) for k in MESSAGES}, expected)
