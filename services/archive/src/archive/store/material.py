"""What contents are made from, for many students with one statement each."""

from collections.abc import Collection
from datetime import date
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.db import Tx
from servicekit.directory import Student
from servicekit.mapping import from_row

from archive.domain.content import Release
from archive.domain.evaluations import Evaluation
from archive.domain.material import Collected, HeldPosition, Material, Span
from archive.domain.peers import PeerCard
from archive.store import scores as score_store
from archive.store import verdicts as verdict_store
from archive.store.evaluations import an_evaluation
from archive.store.peers import cards_about
from archive.store.rows import columns


def _record(row: Any) -> Collected:
    release = Release.model_validate(row["release"]) if row["release"] else None
    return Collected(RecordSnapshot.model_validate(row["snapshot"]), row["term_title"], release, row["archive_id"] is not None)


async def records(
    tx: Tx, students: list[UUID], span: Span | None, of_terms: list[UUID] | None = None
) -> dict[UUID, list[Collected]]:
    """The records that count, by student; of the terms of an archive, of these terms, or of all."""
    rows = await tx.fetch(
        """
        SELECT c.student_id, c.snapshot, c.release, c.archive_id, t.title AS term_title
          FROM collected c JOIN directory_terms t ON t.id = c.term_id
         WHERE c.student_id = ANY($1)
           AND ($2::uuid IS NULL OR c.term_id = $2
                OR (t.scheme_id = $3 AND t.starts_on > $4::date AND t.starts_on <= $5::date
                    AND (NOT $6 OR EXISTS (SELECT 1 FROM carried_over o WHERE o.term_id = $2 AND o.record_id = c.record_id))))
           AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = c.record_id)
           AND ($7::uuid[] IS NULL OR c.term_id = ANY($7))
         ORDER BY t.starts_on, c.record_id
        """,
        students,
        *_parameters(span),
        span is not None and span.final,
        of_terms,
    )
    found: dict[UUID, list[Collected]] = {}
    for row in rows:
        found.setdefault(row["student_id"], []).append(_record(row))
    return found


def _parameters(span: Span | None) -> tuple[UUID | None, str | None, date | None, date | None]:
    return (span.term_id, span.scheme_id, span.after, span.until) if span else (None, None, None, None)


async def material(
    tx: Tx, students: Collection[Student], span: Span | None, of_terms: list[UUID] | None = None
) -> dict[UUID, Material]:
    """Everything of these students, by student; of the terms of an archive, of these terms, or of all."""
    ids = [student.id for student in students]
    collected = await records(tx, ids, span, of_terms)
    positions: dict[UUID, list[HeldPosition]] = {}
    for row in await tx.fetch(
        "SELECT p.* FROM positions p JOIN directory_terms t ON t.id = p.term_id WHERE p.student_id = ANY($1) AND ($2::uuid IS "
        "NULL OR p.term_id = $2 OR (t.scheme_id = $3 AND t.starts_on > $4::date AND t.starts_on <= $5::date)) "
        "AND ($6::uuid[] IS NULL OR p.term_id = ANY($6)) ORDER BY p.starts_on, p.id",
        ids,
        *_parameters(span),
        of_terms,
    ):
        positions.setdefault(row["student_id"], []).append(from_row(HeldPosition, row))
    evaluations: dict[UUID, list[tuple[str, Evaluation]]] = {}
    for row in await tx.fetch(
        "SELECT e.*, t.title AS term_title FROM evaluations e JOIN directory_terms t ON t.id = e.term_id "
        "WHERE e.student_id = ANY($1) AND ($2::uuid IS NULL OR e.term_id = $2 OR (t.scheme_id = $3 "
        "AND t.starts_on > $4::date AND t.starts_on <= $5::date)) AND ($6::uuid[] IS NULL OR e.term_id = ANY($6)) "
        "ORDER BY t.starts_on, e.id",
        ids,
        *_parameters(span),
        of_terms,
    ):
        evaluations.setdefault(row["student_id"], []).append((row["term_title"], an_evaluation(row)))
    verdicts = await verdict_store.of_students(tx, span.term_id, ids) if span else {}
    confirmations = await verdict_store.confirmations(tx, span.term_id, ids) if span else {}
    locked = await score_store.locked(tx, ids, [span.term_id] if span else of_terms)
    by_classmates = await _by_classmates(tx, ids, span, of_terms)
    return {
        student.id: Material(
            student,
            verdict=verdicts.get(student.id),
            confirmation=confirmations.get(student.id),
            records=tuple(collected.get(student.id, ())),
            positions=tuple(positions.get(student.id, ())),
            evaluations=tuple(evaluations.get(student.id, ())),
            locked=tuple(locked.get(student.id, ())),
            by_classmates=tuple(by_classmates.get(student.id, ())),
        )
        for student in students
    }


async def _by_classmates(
    tx: Tx, students: list[UUID], span: Span | None, of_terms: list[UUID] | None
) -> dict[UUID, list[tuple[str, str, tuple[PeerCard, ...]]]]:
    """What classmates said of these students: (title of the term, type, cards), oldest term first."""
    rows = await tx.fetch(
        "SELECT DISTINCT t.id, t.title, t.starts_on FROM peer_evaluations p JOIN directory_terms t ON t.id = p.term_id "
        "WHERE p.student_id = ANY($1) AND ($2::uuid IS NULL OR p.term_id = $2 OR (t.scheme_id = $3 "
        "AND t.starts_on > $4::date AND t.starts_on <= $5::date)) AND ($6::uuid[] IS NULL OR p.term_id = ANY($6)) "
        "ORDER BY t.starts_on, t.id",
        students,
        *_parameters(span),
        of_terms,
    )
    titles = {row["id"]: row["title"] for row in rows}
    about = await cards_about(tx, list(titles), students)
    return {
        student_id: [
            (titles[term_id], type_, tuple(cards))
            for (term_id, type_), cards in sorted(by_term.items(), key=lambda one: (list(titles).index(one[0][0]), one[0][1]))
        ]
        for student_id, by_term in about.items()
    }


async def lock_late(tx: Tx, term_id: UUID, students: list[UUID]) -> list[UUID]:
    """The records of these students that were added, changed or removed after the seal, locked; of earlier terms those that
    an archive of the stage holds or should hold (CS-01)."""
    rows = await tx.fetch(
        """
        SELECT c.record_id FROM collected c
         WHERE c.student_id = ANY($2) AND c.late
           AND (EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id = $1)
                OR EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id = $1)
                OR (c.term_id = $1
                    AND NOT EXISTS (SELECT 1 FROM archives h WHERE h.id = c.archive_id AND h.term_id <> $1)
                    AND NOT EXISTS (SELECT 1 FROM carried_over o WHERE o.record_id = c.record_id AND o.term_id <> $1)))
         ORDER BY c.record_id FOR UPDATE OF c
        """,
        term_id,
        students,
    )
    return [row["record_id"] for row in rows]


async def clear_late(tx: Tx, record_ids: list[UUID]) -> None:
    """The new version has these late records, or no longer has those that were removed."""
    await tx.execute(
        "UPDATE collected c SET late = false, archive_id = CASE WHEN EXISTS (SELECT 1 FROM gone g "
        "WHERE g.record_id = c.record_id) THEN NULL ELSE c.archive_id END WHERE c.record_id = ANY($1)",
        record_ids,
    )


async def save_archived(tx: Tx, archives: dict[UUID, list[UUID]]) -> None:
    """Save which archive each record is sealed in: record ids by archive."""
    pairs = [(record, archive) for archive, held in archives.items() for record in held]
    await tx.execute(
        "UPDATE collected c SET archive_id = p.archive_id "
        "FROM unnest($1::uuid[], $2::uuid[]) AS p (record_id, archive_id) WHERE c.record_id = p.record_id",
        *columns(pairs, 2),
    )
