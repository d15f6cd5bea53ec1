"""What contents are made from, for many students with one statement each."""

from collections.abc import Iterable
from datetime import date
from typing import Any
from uuid import UUID

from contracts.base import RecordSnapshot
from servicekit.db import Tx
from servicekit.directory import Student

from archive.domain.evaluations import Evaluation
from archive.domain.material import Collected, Held, Material, Released
from archive.store.evaluations import an_evaluation


def a_record(row: Any) -> Collected:
    """A record that counts, from its row."""
    said = row["release"]
    return Collected(
        snapshot=RecordSnapshot.model_validate(row["snapshot"]),
        term=row["term_title"],
        released=Released(date.fromisoformat(said["released_on"]), said["reason"]) if said else None,
        archived=row["archive_id"] is not None,
    )


async def records(tx: Tx, students: list[UUID], term_id: UUID | None) -> dict[UUID, list[Collected]]:
    """The records that count, by student; of one term, or of all."""
    rows = await tx.fetch(
        """
        SELECT c.student_id, c.snapshot, c.release, c.archive_id, t.title AS term_title
          FROM collected c JOIN directory_terms t ON t.id = c.term_id
         WHERE c.student_id = ANY($1) AND ($2::uuid IS NULL OR c.term_id = $2)
           AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = c.record_id)
         ORDER BY t.starts_on, c.record_id
        """,
        students,
        term_id,
    )
    found: dict[UUID, list[Collected]] = {}
    for row in rows:
        found.setdefault(row["student_id"], []).append(a_record(row))
    return found


async def material(tx: Tx, students: Iterable[Student], term_id: UUID | None) -> dict[UUID, Material]:
    """Everything of these students, by student; of one term, or of all."""
    known = {student.id: student for student in students}
    ids = list(known)
    kept = await records(tx, ids, term_id)
    positions: dict[UUID, list[Held]] = {}
    for row in await tx.fetch(
        "SELECT * FROM positions WHERE student_id = ANY($1) AND ($2::uuid IS NULL OR term_id = $2) ORDER BY starts_on, id",
        ids,
        term_id,
    ):
        held = Held(row["title"], row["level"], row["starts_on"], row["ends_on"], row["duties"])
        positions.setdefault(row["student_id"], []).append(held)
    evaluations: dict[UUID, list[tuple[str, Evaluation]]] = {}
    for row in await tx.fetch(
        "SELECT e.*, t.title AS term_title FROM evaluations e JOIN directory_terms t ON t.id = e.term_id "
        "WHERE e.student_id = ANY($1) AND ($2::uuid IS NULL OR e.term_id = $2) ORDER BY t.starts_on, e.id",
        ids,
        term_id,
    ):
        evaluations.setdefault(row["student_id"], []).append((row["term_title"], an_evaluation(row)))
    return {
        one: Material(
            student=known[one],
            records=tuple(kept.get(one, ())),
            positions=tuple(positions.get(one, ())),
            evaluations=tuple(evaluations.get(one, ())),
        )
        for one in ids
    }


async def lock_late(tx: Tx, term_id: UUID, students: list[UUID]) -> list[UUID]:
    """The records of these students that came, changed or went after the seal; what changes next waits its turn."""
    rows = await tx.fetch(
        "SELECT record_id FROM collected WHERE term_id = $1 AND student_id = ANY($2) AND late ORDER BY record_id FOR UPDATE",
        term_id,
        students,
    )
    return [row["record_id"] for row in rows]


async def settle(tx: Tx, records_seen: list[UUID]) -> None:
    """These waited for a correction and are dealt with; what counts no longer is in no archive any more."""
    await tx.execute(
        "UPDATE collected c SET late = false, archive_id = CASE WHEN EXISTS (SELECT 1 FROM gone g "
        "WHERE g.record_id = c.record_id) THEN NULL ELSE c.archive_id END WHERE c.record_id = ANY($1)",
        records_seen,
    )


async def claim(tx: Tx, archives: dict[UUID, list[UUID]]) -> None:
    """Note which archive each record is sealed in."""
    pairs = [(record, archive) for archive, held in archives.items() for record in held]
    await tx.execute(
        "UPDATE collected c SET archive_id = p.archive_id "
        "FROM unnest($1::uuid[], $2::uuid[]) AS p (record_id, archive_id) WHERE c.record_id = p.record_id",
        [record for record, _ in pairs],
        [archive for _, archive in pairs],
    )
