"""How far schools are with verdicts and signatures, their summaries and uploads (SH-11)."""

from collections.abc import Collection
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.evaluations import Author
from archive.domain.filing import ClassFiling, Summary, Upload


async def classes(tx: Tx, terms: Collection[tuple[UUID, str]], path: str | None = None) -> dict[UUID, list[ClassFiling]]:
    """Of these terms (id and the school's path) all classes, or those below `path`, with verdicts and slips counted.

    Who does not take part is not counted (SH-03).
    """
    rows = await tx.fetch(
        """
        SELECT t.id AS term_id, s.path, max(s.grade_title) AS grade_title, max(s.class_title) AS class_title, v.choice, c.state,
               count(*) AS students
          FROM unnest($1::uuid[], $2::text[]) AS t (id, path)
          JOIN directory_students s ON s.path <@ t.path::ltree AND s.status NOT IN ('left', 'suspended')
           AND ($3::ltree IS NULL OR s.path <@ $3)
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = t.id AND o.student_id = s.id AND NOT o.participates)
          LEFT JOIN verdicts v ON v.term_id = t.id AND v.student_id = s.id
          LEFT JOIN confirmations c ON c.term_id = t.id AND c.student_id = s.id
         GROUP BY t.id, s.path, v.choice, c.state
         ORDER BY class_order(s.path)
        """,
        [term_id for term_id, _ in terms], [school for _, school in terms], path,
    )  # fmt: skip
    found: dict[UUID, dict[str, dict[str, Any]]] = {}
    for row in rows:
        empty: dict[str, Any] = {
            "path": row["path"], "grade_title": row["grade_title"], "class_title": row["class_title"], "students": 0,
            "verdicts": {}, "slips": {},
        }  # fmt: skip
        one = found.setdefault(row["term_id"], {}).setdefault(row["path"], empty)
        one["students"] += row["students"]
        for counts, value in ((one["verdicts"], row["choice"]), (one["slips"], row["state"])):
            if value is not None:
                counts[value] = counts.get(value, 0) + row["students"]
    return {term_id: [ClassFiling(**one) for one in of_term.values()] for term_id, of_term in found.items()}


async def revisions(tx: Tx, term_ids: Collection[UUID]) -> dict[UUID, int]:
    """A number for each term that grows with every change of a verdict or of a slip: the sum of their versions."""
    rows = await tx.fetch(
        """
        SELECT term_id, sum(version)::bigint AS revision
          FROM (SELECT term_id, version FROM verdicts WHERE term_id = ANY($1)
                UNION ALL SELECT term_id, version FROM confirmations WHERE term_id = ANY($1)) AS both_tables
         GROUP BY term_id
        """,
        list(term_ids),
    )
    return {row["term_id"]: row["revision"] for row in rows}


def _summary(row: Any) -> Summary:
    return from_row(Summary, row, by=Author(row["account_id"], row["author_name"]))


async def newest_summaries(tx: Tx, term_ids: Collection[UUID]) -> dict[UUID, Summary]:
    """The newest summary of each term, without its content."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (term_id) term_id, version, revision, sha256, '{}'::jsonb AS content, account_id, author_name, "
        "made_at FROM summaries WHERE term_id = ANY($1) ORDER BY term_id, version DESC",
        list(term_ids),
    )
    return {row["term_id"]: _summary(row) for row in rows}


async def summary(tx: Tx, term_id: UUID, version: int) -> Summary | None:
    """One summary with its content."""
    row = await tx.fetchrow("SELECT * FROM summaries WHERE term_id = $1 AND version = $2", term_id, version)
    return _summary(row) if row else None


async def add_summary(tx: Tx, new: Summary) -> bool:
    """Save a summary; False where another process saved this version at the same time."""
    done = await tx.fetchval(
        "INSERT INTO summaries (term_id, version, revision, sha256, content, account_id, author_name, made_at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8) ON CONFLICT DO NOTHING RETURNING version",
        new.term_id, new.version, new.revision, new.sha256, new.content, new.by.account_id, new.by.name, new.made_at,
    )  # fmt: skip
    return done is not None


async def newest_uploads(tx: Tx, term_ids: Collection[UUID]) -> dict[UUID, Upload]:
    """The newest upload of each term."""
    rows = await tx.fetch(
        "SELECT DISTINCT ON (term_id) * FROM summary_uploads WHERE term_id = ANY($1) ORDER BY term_id, id DESC", list(term_ids)
    )
    return {row["term_id"]: from_row(Upload, row, by=Author(row["account_id"], row["author_name"])) for row in rows}


async def add_upload(tx: Tx, upload_id: UUID, term_id: UUID, new: Upload) -> None:
    """Save an upload."""
    await tx.execute(
        "INSERT INTO summary_uploads (id, term_id, summary_version, file_id, name, media_type, account_id, author_name, at) "
        "VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        upload_id, term_id, new.summary_version, new.file_id, new.name, new.media_type, new.by.account_id, new.by.name, new.at,
    )  # fmt: skip


async def school_terms(
    tx: Tx, path: str, schemes: Collection[tuple[str, str]], after: str | None, limit: int
) -> list[tuple[UUID, str, str]]:
    """The newest term with one of these schemes of each school below a path: id, the school's path and title; by path."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (t.path) t.id, t.path, coalesce(o.title, '') AS title
          FROM directory_terms t JOIN term_states s ON s.term_id = t.id AND s.student_id IS NULL
          JOIN unnest($2::text[], $3::text[]) AS n (id, version) ON n.id = t.scheme_id AND n.version = t.scheme_version
          LEFT JOIN directory_organisations o ON o.path = t.path
         WHERE t.path <@ $1::ltree AND ($4::text IS NULL OR t.path > $4::ltree)
         ORDER BY t.path, t.starts_on DESC, t.id DESC LIMIT $5
        """,
        path, [name for name, _ in schemes], [version for _, version in schemes], after, limit,
    )  # fmt: skip
    return [(row["id"], row["path"], row["title"]) for row in rows]


async def school_title(tx: Tx, path: str) -> str:
    """The school's title; of its students where its organisation is not known."""
    found: str | None = await tx.fetchval(
        "SELECT coalesce((SELECT title FROM directory_organisations WHERE path = $1::ltree), "
        "(SELECT school_title FROM directory_students WHERE path <@ $1::ltree LIMIT 1))",
        path,
    )
    return found or ""
