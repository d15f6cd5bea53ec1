"""Evaluations by classmates. Only counts, and a student's own cards, leave this module's table (CS-12)."""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.directory import Student, student_of
from servicekit.mapping import from_row

from archive.domain.peers import PeerCard, PeerProgress
from archive.domain.progress import WrittenCount
from archive.store.rows import columns


def _card(row: Any) -> PeerCard:
    return from_row(PeerCard, row, choices=tuple(row["choices"]), texts=tuple(row["texts"]))


async def class_of(tx: Tx, path: str) -> list[Student]:
    """The students of one class who have not left and are not suspended, by name and id."""
    rows = await tx.fetch(
        "SELECT * FROM directory_students WHERE path = $1::ltree AND status NOT IN ('left', 'suspended') "
        "ORDER BY name_key, name, id",
        path,
    )
    return [student_of(row) for row in rows]


async def cards_by(tx: Tx, term_id: UUID, type_: str, evaluator_id: UUID) -> dict[UUID, PeerCard]:
    """One student's cards about others, by student."""
    rows = await tx.fetch(
        "SELECT * FROM peer_evaluations WHERE term_id = $1 AND type = $2 AND evaluator_id = $3", term_id, type_, evaluator_id
    )
    return {row["student_id"]: _card(row) for row in rows}


async def save(tx: Tx, term_id: UUID, type_: str, evaluator_id: UUID, cards: Collection[PeerCard]) -> bool:
    """Save one student's cards. False where one was submitted meanwhile."""
    in_order = sorted(cards, key=lambda card: card.student_id)
    rows = [
        (c.student_id, {"choices": list(c.choices), "texts": list(c.texts)}, c.written_at, c.submitted_at) for c in in_order
    ]
    done = await tx.fetch(
        """
        INSERT INTO peer_evaluations AS p (term_id, type, evaluator_id, student_id, choices, texts, written_at, submitted_at)
        SELECT $1, $2, $3, n.student_id, ARRAY(SELECT jsonb_array_elements_text(n.said -> 'choices')),
               ARRAY(SELECT jsonb_array_elements_text(n.said -> 'texts')), n.written_at, n.submitted_at
          FROM unnest($4::uuid[], $5::jsonb[], $6::timestamptz[], $7::timestamptz[])
            AS n (student_id, said, written_at, submitted_at)
        ON CONFLICT (term_id, type, evaluator_id, student_id) DO UPDATE SET choices = excluded.choices,
            texts = excluded.texts, written_at = excluded.written_at, submitted_at = excluded.submitted_at
         WHERE p.submitted_at IS NULL
        RETURNING student_id
        """,
        term_id,
        type_,
        evaluator_id,
        *columns(rows, 4),
    )
    return len(done) == len(rows)


async def cards_about(
    tx: Tx, term_ids: Collection[UUID], student_ids: Collection[UUID]
) -> dict[UUID, dict[tuple[UUID, str], list[PeerCard]]]:
    """What was said about students, by student, then by term and type; without who said it."""
    rows = await tx.fetch(
        "SELECT term_id, type, student_id, choices, texts, written_at, submitted_at FROM peer_evaluations "
        "WHERE student_id = ANY($2) AND term_id = ANY($1)",
        list(term_ids),
        list(student_ids),
    )
    found: dict[UUID, dict[tuple[UUID, str], list[PeerCard]]] = {}
    for row in rows:
        found.setdefault(row["student_id"], {}).setdefault((row["term_id"], row["type"]), []).append(_card(row))
    return found


async def progress(tx: Tx, term_id: UUID, type_: str, path: str) -> list[PeerProgress]:
    """How many classmates each student below a path has evaluated and submitted, class by class."""
    rows = await tx.fetch(
        """
        WITH pupils AS MATERIALIZED (
            SELECT id, name, name_key, path, grade_title, class_title, count(*) OVER (PARTITION BY path) - 1 AS expected
              FROM directory_students WHERE path <@ $3::ltree AND status NOT IN ('left', 'suspended')),
        given AS (
            SELECT p.evaluator_id, count(*) AS given
              FROM peer_evaluations p JOIN pupils e ON e.id = p.evaluator_id
              JOIN pupils s ON s.id = p.student_id AND s.path = e.path
             WHERE p.term_id = $1 AND p.type = $2 AND p.submitted_at IS NOT NULL
             GROUP BY p.evaluator_id)
        SELECT u.id AS student_id, u.name AS student_name, u.path, u.grade_title, u.class_title, u.expected,
               coalesce(g.given, 0) AS given
          FROM pupils u LEFT JOIN given g ON g.evaluator_id = u.id
         ORDER BY class_order(u.path), u.name_key, u.name, u.id
        """,
        term_id,
        type_,
        path,
    )
    return [from_row(PeerProgress, row) for row in rows]


async def finished(tx: Tx, term_id: UUID, types: Sequence[str], path: str) -> dict[str, set[UUID]]:
    """The students below a path who have evaluated every classmate, by type."""
    return {type_: {one.student_id for one in await progress(tx, term_id, type_, path) if one.finished} for type_ in types}


async def finished_counts(tx: Tx, term_id: UUID, types: Sequence[str], path: str) -> list[WrittenCount]:
    """How many students of each class below a path have evaluated every classmate, by type."""
    counts: dict[tuple[str, str], int] = {}
    for type_ in types:
        for one in await progress(tx, term_id, type_, path):
            counts[one.path, type_] = counts.get((one.path, type_), 0) + one.finished
    return [WrittenCount(path=at, type=type_, written=count) for (at, type_), count in counts.items()]
