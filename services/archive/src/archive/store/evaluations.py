"""Evaluations with their history, and lists that include students without one."""

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.evaluations import Author, Evaluation, EvaluationVersion, ExpectedEvaluation, Part
from archive.store.rows import columns


def an_evaluation(row: Any) -> Evaluation:
    """An evaluation from its row."""
    author = Author(row["account_id"], row["author_name"], row["batch_id"])
    return from_row(Evaluation, row, author=author, parts=_parts(row))


def _parts(row: Any) -> dict[str, Part]:
    return {dimension: Part(**part) for dimension, part in row["parts"].items()}


async def lock(tx: Tx, term_id: UUID, student_ids: list[UUID], type_: str) -> dict[UUID, Evaluation]:
    """The evaluations of one type of these students, by student, locked."""
    rows = await tx.fetch(
        "SELECT * FROM evaluations WHERE term_id = $1 AND student_id = ANY($2) AND type = $3 ORDER BY id FOR UPDATE",
        term_id, student_ids, type_,
    )  # fmt: skip
    return {row["student_id"]: an_evaluation(row) for row in rows}


async def save(tx: Tx, evaluations: Iterable[Evaluation]) -> bool:
    """Save new versions, each in the history too. False where somebody saved one at the same time."""
    rows = [
        (e.id, e.term_id, e.student_id, e.path, e.type, e.text, e.author.account_id, e.author.name, e.written_at,
         e.author.batch_id, e.version, e.choice, {name: vars(part) for name, part in e.parts.items()}, e.complete)
        for e in evaluations
    ]  # fmt: skip
    done = await tx.fetch(
        """
        INSERT INTO evaluations AS e
            (id, term_id, student_id, path, type, text, account_id, author_name, written_at, batch_id, version, choice,
             parts, complete)
        SELECT id, term_id, student_id, path::ltree, type, text, account_id, author_name, written_at, batch_id, version,
               choice, parts, complete
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                      $9::timestamptz[], $10::uuid[], $11::int[], $12::text[], $13::jsonb[], $14::bool[])
            AS n (id, term_id, student_id, path, type, text, account_id, author_name, written_at, batch_id, version, choice,
                  parts, complete)
        ON CONFLICT (term_id, student_id, type) DO UPDATE SET text = excluded.text, account_id = excluded.account_id,
            author_name = excluded.author_name, written_at = excluded.written_at, batch_id = excluded.batch_id,
            path = excluded.path, version = excluded.version, choice = excluded.choice, parts = excluded.parts,
            complete = excluded.complete
         WHERE e.id = excluded.id AND e.version = excluded.version - 1
        RETURNING id
        """,
        *columns(rows, 14),
    )
    if len(done) != len(rows):
        return False
    await tx.execute(
        """
        INSERT INTO evaluation_versions (evaluation_id, version, text, account_id, author_name, written_at, batch_id, choice,
                                         parts)
        SELECT * FROM unnest($1::uuid[], $2::int[], $3::text[], $4::uuid[], $5::text[], $6::timestamptz[], $7::uuid[],
                             $8::text[], $9::jsonb[])
        """,
        *columns([(r[0], r[10], r[5], r[6], r[7], r[8], r[9], r[11], r[12]) for r in rows], 9),
    )
    return True


async def undo_import(tx: Tx, batch_id: UUID) -> tuple[list[Evaluation], list[Evaluation]]:
    """Delete what an import wrote, where nobody wrote since and the term is open: (deleted, versions to restore)."""
    removed = await tx.fetch(
        "DELETE FROM evaluations e USING term_states t WHERE t.term_id = e.term_id AND t.state = 'collecting' "
        "AND e.batch_id = $1 AND e.version = 1 RETURNING e.*",
        batch_id,
    )
    rows = await tx.fetch(
        """
        SELECT e.id, e.term_id, e.student_id, e.path, e.type, v.text, v.account_id, v.author_name, v.written_at, v.batch_id,
               e.version + 1 AS version, v.choice, v.parts,
               (SELECT count(*) FROM jsonb_object_keys(e.parts)) = (SELECT count(*) FROM jsonb_object_keys(v.parts))
                   AND e.complete AS complete
          FROM evaluations e JOIN term_states t ON t.term_id = e.term_id AND t.state = 'collecting'
          JOIN evaluation_versions v ON v.evaluation_id = e.id AND v.version = e.version - 1
         WHERE e.batch_id = $1 AND e.version > 1
           FOR UPDATE OF e
        """,
        batch_id,
    )
    return [an_evaluation(row) for row in removed], [an_evaluation(row) for row in rows]


async def kept_of_import(tx: Tx, batch_id: UUID, restored: list[UUID]) -> list[str]:
    """After `undo_import`: the students whose evaluations of this import stay: they were changed since, or are sealed."""
    rows = await tx.fetch(
        """
        SELECT s.name FROM evaluations e LEFT JOIN directory_students s ON s.id = e.student_id
         WHERE e.id IN (SELECT evaluation_id FROM evaluation_versions WHERE batch_id = $1) AND e.id <> ALL($2)
         ORDER BY s.path, s.id
        """,
        batch_id, restored,
    )  # fmt: skip
    return [row["name"] or "" for row in rows]


async def written(tx: Tx, term_id: UUID) -> dict[str, set[UUID]]:
    """The students who have a complete evaluation, by type."""
    rows = await tx.fetch(
        "SELECT type, array_agg(student_id) AS ids FROM evaluations WHERE term_id = $1 AND complete GROUP BY type", term_id
    )
    return {row["type"]: set(row["ids"]) for row in rows}


async def history(tx: Tx, evaluation_id: UUID) -> list[EvaluationVersion]:
    """All versions of an evaluation, newest first."""
    rows = await tx.fetch("SELECT * FROM evaluation_versions WHERE evaluation_id = $1 ORDER BY version DESC", evaluation_id)
    return [from_row(EvaluationVersion, row, parts=_parts(row)) for row in rows]


async def get(tx: Tx, evaluation_id: UUID) -> Evaluation | None:
    """One evaluation."""
    row = await tx.fetchrow("SELECT * FROM evaluations WHERE id = $1", evaluation_id)
    return an_evaluation(row) if row else None


async def page(
    tx: Tx,
    term_id: UUID,
    path: str,
    students: list[UUID] | None,
    types: list[str],
    pending: bool | None,
    after: list[str] | None,
    limit: int,
) -> list[ExpectedEvaluation]:
    """Students below `path` (or these) times evaluation types, with what was written; after the cursor's key."""
    key = after or ["", "", ""]
    rows = await tx.fetch(
        """
        SELECT s.id AS student, s.name AS student_name, s.path AS student_path, s.class_title, w.type AS expected, e.*
          FROM directory_students s CROSS JOIN unnest($4::text[]) AS w (type)
          LEFT JOIN directory_organisations c ON c.path = s.path
          LEFT JOIN evaluations e ON e.term_id = $1 AND e.student_id = s.id AND e.type = w.type
         WHERE s.path <@ $2::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = $1 AND o.student_id = s.id AND NOT o.participates)
           AND ($3::uuid[] IS NULL OR s.id = ANY($3))
           AND ($5::bool IS NULL OR (e.complete IS NOT TRUE) = $5)
           AND ($6::text = '' OR (coalesce(c.ordering, s.path), s.id, w.type)
                              > ((SELECT class_order($6::ltree)), $7::uuid, $8::text))
         ORDER BY coalesce(c.ordering, s.path), s.id, w.type
         LIMIT $9
        """,
        term_id, path, students, types, pending, key[0], key[1] or UUID(int=0), key[2], limit,
    )  # fmt: skip
    return [
        from_row(
            ExpectedEvaluation,
            row,
            student_id=row["student"],
            path=row["student_path"],
            type=row["expected"],
            evaluation=an_evaluation(row) if row["id"] else None,
        )
        for row in rows
    ]
