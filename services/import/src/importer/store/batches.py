"""Batches and what belongs to one: findings, checked rows as serialised events, chunks that were applied."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, fields
from datetime import datetime
from typing import Any
from uuid import UUID

from contracts.importer import BatchCommitted
from servicekit.db import Tx

from importer.domain import Batch, Findings, State
from importer.domain.templates import Layout

CHANNEL = "batch"
"""NOTIFY with the batch's id whenever it changed."""
_FIELDS = tuple(field.name for field in fields(Batch))
_TUPLES = ("roles", "own_students")


@dataclass(frozen=True, slots=True)
class StoredEvent:
    """A serialised event that a commit publishes: its chunk, its number of rows, its ordering key, its JSON."""

    chunk: int
    rows: int
    aggregate: str
    body: bytes

    def as_check(self, batch_id: UUID, attempt: int) -> tuple[str, bytes]:
        """Ordering key and JSON of the question what committing this chunk would do. The rows are not parsed for it."""
        return f"check:{batch_id}:{self.chunk}", self.body[:-1] + b',"attempt":%d}' % attempt

    def rows_as_json(self) -> list[dict[str, Any]]:
        """The rows as JSON; secret values are sealed in them."""
        rows: list[dict[str, Any]] = json.loads(self.body)["rows"]
        return rows

    def row_ids(self) -> list[tuple[str, int]]:
        """Sheet and number of each row."""
        return [(row["sheet"], row["row"]) for row in self.rows_as_json()]


def _batch(row: Any) -> Batch:
    return Batch(**{name: row[name] for name in _FIELDS} | {"state": State(row["state"])} | {n: tuple(row[n]) for n in _TUPLES})


async def add(tx: Tx, batch: Batch) -> None:
    """Insert a new batch."""
    await tx.execute(
        "INSERT INTO batches (id, type, title, target, path, term_id, scheme_id, scheme_version, roles, role, account_id, "
        "author_name, file_id, file_name, state, created_at, version, given, own_students) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)",
        batch.id, batch.type, batch.title, batch.target, batch.path, batch.term_id, batch.scheme_id, batch.scheme_version,
        batch.roles, batch.role, batch.account_id, batch.author_name, batch.file_id, batch.file_name, batch.state,
        batch.created_at, batch.version, batch.given, list(batch.own_students),
    )  # fmt: skip


async def save(tx: Tx, batch: Batch) -> None:
    """Save a changed batch and notify its watchers."""
    await tx.execute(
        "UPDATE batches SET state = $2, rows_read = $3, rows_bad = $4, problem_count = $5, refusal_code = $6, "
        "refusal_message = $7, answer_key = $8, chunks = $9, chunks_applied = $10, created = $11, changed = $12, "
        "unchanged = $13, not_applied = $14, checked_at = $15, committed_at = $16, applied_at = $17, undone_at = $18, "
        "removed = $19, restored = $20, kept = $21, version = $22, question_count = $23, attempt = $24, shown_attempt = $25 "
        "WHERE id = $1",
        batch.id, batch.state, batch.rows_read, batch.rows_bad, batch.problem_count, batch.refusal_code,
        batch.refusal_message, batch.answer_key, batch.chunks, batch.chunks_applied, batch.created, batch.changed,
        batch.unchanged, batch.not_applied, batch.checked_at, batch.committed_at, batch.applied_at, batch.undone_at,
        batch.removed, batch.restored, batch.kept, batch.version, batch.question_count, batch.attempt, batch.shown_attempt,
    )  # fmt: skip
    await wake(tx, batch.id)


async def wake(tx: Tx, batch_id: UUID) -> None:
    """Notify the watchers of a batch."""
    await tx.execute("SELECT pg_notify($1, $2)", CHANNEL, str(batch_id))


async def note_read(tx: Tx, batch_id: UUID, rows: int) -> None:
    """Save the progress of a check: so many rows were read."""
    await tx.execute("UPDATE batches SET rows_read = $2 WHERE id = $1 AND state = 'checking'", batch_id, rows)
    await wake(tx, batch_id)


async def get(tx: Tx, batch_id: UUID) -> Batch | None:
    """The batch with this id."""
    row = await tx.fetchrow("SELECT * FROM batches WHERE id = $1", batch_id)
    return None if row is None else _batch(row)


async def lock(tx: Tx, batch_id: UUID) -> Batch | None:
    """The batch with this id, locked."""
    row = await tx.fetchrow("SELECT * FROM batches WHERE id = $1 FOR UPDATE", batch_id)
    return None if row is None else _batch(row)


async def page(
    tx: Tx, path: str, account_id: UUID, roles: Sequence[str], all_types: bool, before: UUID | None, limit: int
) -> list[Batch]:
    """Batches within `path`, newest first: one's own, of types that `roles` import, or all."""
    rows = await tx.fetch(
        "SELECT * FROM batches WHERE path <@ $1::ltree AND ($4 OR account_id = $2 OR roles && $3) "
        "AND ($5::uuid IS NULL OR id < $5) ORDER BY id DESC LIMIT $6",
        path, account_id, roles, all_types, before, limit,
    )  # fmt: skip
    return [_batch(row) for row in rows]


async def newest_of(tx: Tx, account_id: UUID, path: str, since: datetime) -> list[Batch]:
    """The newest batch that an account began since then of each type, organisation and term within `path`, newest first."""
    rows = await tx.fetch(
        """
        SELECT * FROM (SELECT DISTINCT ON (type, path, term_id) * FROM batches
                        WHERE account_id = $1 AND created_at >= $3 AND path <@ $2::ltree
                        ORDER BY type, path, term_id, id DESC) b
         ORDER BY id DESC LIMIT 30
        """,
        account_id,
        path,
        since,
    )
    return [_batch(row) for row in rows]


async def lock_type(tx: Tx, batch: Batch) -> UUID | None:
    """Let one commit of this type in this term (or school) run at a time. Returns another batch of the type that is being
    checked again or applied for the same organisation, or for one above or below."""
    key = f"commit:{batch.type}:{batch.term_id or batch.path}"
    await tx.execute("SELECT pg_advisory_xact_lock(hashtextextended($1, 0))", key)
    found: UUID | None = await tx.fetchval(
        "SELECT id FROM batches WHERE state IN ('committing', 'rechecking') AND type = $1 AND term_id IS NOT DISTINCT FROM $2 "
        "AND (path <@ $3::ltree OR path @> $3::ltree) AND id <> $4 LIMIT 1",
        batch.type, batch.term_id, batch.path, batch.id,
    )  # fmt: skip
    return found


async def save_findings(tx: Tx, batch_id: UUID, findings: Findings) -> None:
    """Save what a dry run found; what came of applying the rows stays."""
    await tx.execute(
        "INSERT INTO batch_findings (batch_id, problems, warnings, questions, row_warnings, differences, planned, excerpt) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT (batch_id) DO UPDATE "
        "SET problems = $2, warnings = $3, questions = $4, row_warnings = $5, differences = $6, planned = $7, excerpt = $8",
        batch_id, findings.problems, findings.warnings, findings.questions, findings.row_warnings, findings.differences,
        findings.planned, findings.excerpt,
    )  # fmt: skip


async def save_layouts(tx: Tx, batch_id: UUID, layouts: Mapping[str, Layout]) -> None:
    """Save where the columns of the workbook are, so that findings which come later can name cells."""
    found = {sheet: asdict(layout) for sheet, layout in layouts.items()}
    await tx.execute("UPDATE batch_findings SET layouts = $2 WHERE batch_id = $1", batch_id, found)


async def layouts(tx: Tx, batch_id: UUID) -> dict[str, Layout]:
    """Where the columns of the workbook are, by sheet id."""
    found = await tx.fetchval("SELECT layouts FROM batch_findings WHERE batch_id = $1", batch_id)
    return {sheet: Layout(**layout) for sheet, layout in (found or {}).items()}


async def add_applied_problems(tx: Tx, batch_id: UUID, problems: list[dict[str, Any]]) -> None:
    """Add the rows that the receiving service could not apply."""
    await tx.execute("UPDATE batch_findings SET applied = applied || $2::jsonb WHERE batch_id = $1", batch_id, problems)


async def findings(tx: Tx, batch_id: UUID) -> Findings:
    """All that is said about a batch."""
    row = await tx.fetchrow(
        "SELECT problems, questions, warnings, row_warnings, differences, applied, planned, excerpt FROM batch_findings "
        "WHERE batch_id = $1",
        batch_id,
    )
    return Findings(**row) if row else Findings()


async def save_events(tx: Tx, events: Sequence[BatchCommitted]) -> None:
    """Store the events that a commit will publish, with the students of their rows."""
    await tx.executemany(
        "INSERT INTO batch_events (batch_id, chunk, rows, students, aggregate, body) VALUES ($1, $2, $3, $4, $5, $6)",
        [
            (f.batch_id, f.chunk, len(f.rows), list({row.student_id for row in f.rows if row.student_id}), f.aggregate,
             f.model_dump_json().encode())
            for f in events
        ],
    )  # fmt: skip


async def load_events(tx: Tx, batch_id: UUID) -> list[StoredEvent]:
    """The stored events of a batch, in order."""
    found = await tx.fetch("SELECT chunk, rows, aggregate, body FROM batch_events WHERE batch_id = $1 ORDER BY chunk", batch_id)
    return [StoredEvent(**row) for row in found]


async def count_moved_students(tx: Tx, batch_id: UUID, path: str) -> int:
    """How many of the batch's students are no longer within `path`."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM (SELECT DISTINCT unnest(students) AS id FROM batch_events WHERE batch_id = $1) r "
        "WHERE NOT EXISTS (SELECT FROM directory_students s WHERE s.id = r.id AND s.path <@ $2::ltree AND s.status <> 'left')",
        batch_id, path,
    )  # fmt: skip
    return count


async def note_chunk(tx: Tx, batch_id: UUID, chunk: int) -> bool:
    """Record that a chunk was applied; False if it was recorded before."""
    new = await tx.fetchval(
        "INSERT INTO batch_chunks (batch_id, chunk) VALUES ($1, $2) ON CONFLICT DO NOTHING RETURNING true", batch_id, chunk
    )
    return bool(new)


async def object_of(tx: Tx, file_id: UUID) -> tuple[str, str] | None:
    """Bucket and key of an upload."""
    row: Any = await tx.fetchrow("SELECT bucket, object_key FROM files WHERE id = $1", file_id)
    return (row["bucket"], row["object_key"]) if row else None


async def old_answers(tx: Tx, before: datetime, limit: int) -> list[tuple[UUID, str]]:
    """Batches whose answer workbook is older than `before`."""
    found = await tx.fetch(
        "SELECT id, answer_key FROM batches WHERE answer_key IS NOT NULL AND created_at < $1 LIMIT $2", before, limit
    )
    return [(row["id"], row["answer_key"]) for row in found]


async def drop_answer(tx: Tx, batch_id: UUID) -> None:
    """The answer workbook was deleted."""
    await tx.execute("UPDATE batches SET answer_key = NULL WHERE id = $1", batch_id)


async def purge_rows(tx: Tx, before: datetime) -> None:
    """Delete rows and findings of batches older than `before`; the batch itself stays."""
    await tx.execute("DELETE FROM batch_events WHERE batch_id IN (SELECT id FROM batches WHERE created_at < $1)", before)
    await tx.execute(
        "UPDATE batch_findings SET problems = '[]', questions = '[]', warnings = '[]', row_warnings = '[]', "
        "differences = '[]', applied = '[]', layouts = NULL, excerpt = '[]' "
        "WHERE (problems <> '[]' OR questions <> '[]' OR layouts IS NOT NULL) "
        "AND batch_id IN (SELECT id FROM batches WHERE created_at < $1)",
        before,
    )
