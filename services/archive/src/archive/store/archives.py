"""Ready archives: lists, one by its id, its verification code or a file's fingerprint."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from contracts.base import LEVELS
from people import same_name
from servicekit.db import Tx
from servicekit.directory import Student, student_of

from archive.domain.seals import Archive
from archive.store.seals import an_archive


async def page(
    tx: Tx,
    path: str | None,
    students: list[UUID] | None,
    term_id: UUID | None,
    kind: str | None,
    late: bool | None,
    after: UUID | None,
    limit: int,
) -> list[Archive]:
    """Ready archives below a path or filed there, or of these students, newest first; `after`: the last id of the page before.

    `late`: only newest versions that lack records added, changed or removed since; False: only those that are up to date.
    """
    rows = await tx.fetch(
        """
        SELECT * FROM archives a
         WHERE state = 'ready' AND ($1::ltree IS NULL OR path <@ $1 OR filed_at <@ $1)
           AND ($2::uuid[] IS NULL OR student_id = ANY($2))
           AND ($3::uuid IS NULL OR term_id = $3) AND ($4::text IS NULL OR kind = $4) AND ($5::uuid IS NULL OR id < $5)
           AND ($7::bool IS NULL OR (superseded_by IS NULL AND $7 = EXISTS (
               SELECT 1 FROM collected c WHERE c.student_id = a.student_id AND c.late AND a.term_id IS NOT NULL
                  AND (EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id = a.term_id)
                       OR EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id = a.term_id)
                       OR (c.term_id = a.term_id
                           AND NOT EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id <> a.term_id)
                           AND NOT EXISTS (SELECT 1 FROM carried_over o
                                       WHERE o.record_id = c.record_id AND o.term_id <> a.term_id))))))
         ORDER BY id DESC LIMIT $6
        """,
        path, students, term_id, kind, after, limit, late,
    )  # fmt: skip
    return [an_archive(row) for row in rows]


async def newest(tx: Tx, term_id: UUID, path: str) -> list[Archive]:
    """The ready archives of a term below a path that no newer version replaced, class by class."""
    rows = await tx.fetch(
        "SELECT * FROM archives WHERE term_id = $1 AND path <@ $2::ltree AND state = 'ready' AND superseded_by IS NULL "
        "ORDER BY class_order(path), document_no, id",
        term_id, path,
    )  # fmt: skip
    return [an_archive(row) for row in rows]


async def students_with_archives(tx: Tx, path: str) -> list[Student]:
    """The students below a path who have a ready archive, by class and registry number."""
    rows = await tx.fetch(
        "SELECT * FROM directory_students s WHERE path <@ $1::ltree "
        "AND EXISTS (SELECT FROM archives a WHERE a.student_id = s.id AND a.state = 'ready') "
        "ORDER BY class_order(path), registry_number, id",
        path,
    )
    return [student_of(row) for row in rows]


async def get(tx: Tx, archive_id: UUID) -> Archive | None:
    """One ready archive."""
    row = await tx.fetchrow("SELECT * FROM archives WHERE id = $1 AND state = 'ready'", archive_id)
    return an_archive(row) if row else None


async def by_code(tx: Tx, code: str) -> Any:
    """A ready archive with its seal and the version that counts now, by its verification code; None where there is none."""
    return await tx.fetchrow(
        """
        SELECT a.*, s.root, s.archives AS under_root, s.sealed_at, s.key_id, t.time_zone, b.backfill IS NOT NULL AS backfilled,
               coalesce(nullif(a.stage, ''), t.stage, o.stage) AS stage_then,
               coalesce(t.scheme_id, l.scheme_id) AS scheme_id, coalesce(t.scheme_version, l.scheme_version) AS scheme_version,
               n.code AS newest_code, n.version AS newest_version, n.ready_at AS newest_ready_at
          FROM archives a
          JOIN seals s ON s.id = a.seal_id
          LEFT JOIN directory_terms t ON t.id = a.term_id
          LEFT JOIN term_states b ON b.term_id = a.term_id
          LEFT JOIN directory_organisations o ON o.path = subpath(a.path, 0, least(nlevel(a.path), $2))
          LEFT JOIN LATERAL (
               SELECT scheme_id, scheme_version FROM directory_terms d
                WHERE t.id IS NULL AND a.path <@ d.path AND d.starts_on <= s.made_at::date
                ORDER BY d.starts_on DESC LIMIT 1) l ON true
          LEFT JOIN LATERAL (
               SELECT code, version, ready_at FROM archives b
                WHERE b.student_id = a.student_id AND b.kind = a.kind AND b.term_id IS NOT DISTINCT FROM a.term_id
                  AND b.stage IS NOT DISTINCT FROM a.stage
                  AND b.state = 'ready' AND b.version > a.version AND a.superseded_by IS NOT NULL
                ORDER BY b.version DESC LIMIT 1) n ON true
         WHERE a.code = $1 AND a.state = 'ready'
        """,
        code, LEVELS.index("school"),
    )  # fmt: skip


async def code_of(tx: Tx, sha256: str) -> str | None:
    """The verification code of the archive whose PDF or JSON has this fingerprint."""
    found: str | None = await tx.fetchval(
        "SELECT code FROM archives WHERE (pdf_sha256 = $1 OR json_sha256 = $1) AND state = 'ready'", sha256
    )
    return found


async def former_names(tx: Tx, students: Mapping[UUID, str]) -> dict[UUID, str]:
    """Of students (id and present name) who had another name on an earlier archive: the newest of those names (L-18)."""
    rows = await tx.fetch(
        "SELECT student_id, student_name FROM archives WHERE student_id = ANY($1) GROUP BY student_id, student_name "
        "ORDER BY max(id::text)",
        list(students),
    )
    return {
        row["student_id"]: row["student_name"]
        for row in rows
        if not same_name(row["student_name"], students[row["student_id"]])
    }
