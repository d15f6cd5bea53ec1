"""Verdicts with their history, printed confirmations, and lists of students with both (SH-11)."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.confirmations import Confirmation, Slip
from archive.domain.evaluations import Author
from archive.domain.verdicts import JudgedStudent, Verdict
from archive.store.rows import columns


def a_verdict(row: Any) -> Verdict:
    """A verdict from its row."""
    return from_row(Verdict, row, author=Author(row["account_id"], row["author_name"]))


def a_confirmation(row: Any) -> Confirmation:
    """A confirmation from its row."""
    return from_row(Confirmation, row, state=Slip(row["state"]), by=Author(row["account_id"], row["author_name"]))


async def lock(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, Verdict]:
    """The verdicts on these students, by student, locked: whoever judges and whoever prints go one after the other."""
    rows = await tx.fetch(
        "SELECT * FROM verdicts WHERE term_id = $1 AND student_id = ANY($2) ORDER BY student_id FOR UPDATE",
        term_id, sorted(student_ids),
    )  # fmt: skip
    return {row["student_id"]: a_verdict(row) for row in rows}


async def of_students(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, Verdict]:
    """The verdicts on these students, by student."""
    rows = await tx.fetch("SELECT * FROM verdicts WHERE term_id = $1 AND student_id = ANY($2)", term_id, list(student_ids))
    return {row["student_id"]: a_verdict(row) for row in rows}


async def save(tx: Tx, verdicts: Iterable[Verdict]) -> bool:
    """Save new versions, each in the history too. False where somebody saved one at the same time."""
    rows = [
        (v.term_id, v.student_id, v.path, v.choice, v.reason, v.author.account_id, v.author.name, v.judged_at, v.version)
        for v in verdicts
    ]
    done = await tx.fetch(
        """
        INSERT INTO verdicts AS v (term_id, student_id, path, choice, reason, account_id, author_name, judged_at, version)
        SELECT term_id, student_id, path::ltree, choice, reason, account_id, author_name, judged_at, version
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::timestamptz[],
                      $9::int[])
            AS n (term_id, student_id, path, choice, reason, account_id, author_name, judged_at, version)
        ON CONFLICT (term_id, student_id) DO UPDATE SET path = excluded.path, choice = excluded.choice,
            reason = excluded.reason, account_id = excluded.account_id, author_name = excluded.author_name,
            judged_at = excluded.judged_at, version = excluded.version
         WHERE v.version = excluded.version - 1
        RETURNING student_id
        """,
        *columns(rows, 9),
    )
    if len(done) != len(rows):
        return False
    await tx.execute(
        """
        INSERT INTO verdict_versions (term_id, student_id, version, choice, reason, account_id, author_name, judged_at)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::int[], $4::text[], $5::text[], $6::uuid[], $7::text[],
                             $8::timestamptz[])
        """,
        *columns([(r[0], r[1], r[8], r[3], r[4], r[5], r[6], r[7]) for r in rows], 8),
    )
    return True


async def history(tx: Tx, term_id: UUID, student_id: UUID) -> list[Verdict]:
    """All verdicts on a student in a term, newest first."""
    rows = await tx.fetch(
        "SELECT h.*, v.path FROM verdict_versions h JOIN verdicts v USING (term_id, student_id) "
        "WHERE h.term_id = $1 AND h.student_id = $2 ORDER BY h.version DESC",
        term_id, student_id,
    )  # fmt: skip
    return [a_verdict(row) for row in rows]


async def confirmations(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, Confirmation]:
    """The confirmations of these students, by student."""
    rows = await tx.fetch("SELECT * FROM confirmations WHERE term_id = $1 AND student_id = ANY($2)", term_id, list(student_ids))
    return {row["student_id"]: a_confirmation(row) for row in rows}


async def lock_confirmations(tx: Tx, term_id: UUID, student_ids: Collection[UUID]) -> dict[UUID, Confirmation]:
    """The same, locked."""
    rows = await tx.fetch(
        "SELECT * FROM confirmations WHERE term_id = $1 AND student_id = ANY($2) ORDER BY student_id FOR UPDATE",
        term_id, sorted(student_ids),
    )  # fmt: skip
    return {row["student_id"]: a_confirmation(row) for row in rows}


async def by_code(tx: Tx, code: str) -> Confirmation | None:
    """The confirmation in force with this code; a withdrawn one is not found."""
    row = await tx.fetchrow("SELECT * FROM confirmations WHERE code = $1 AND state <> 'withdrawn'", code)
    return a_confirmation(row) if row else None


async def save_confirmations(tx: Tx, slips: Sequence[Confirmation]) -> None:
    """Save new and changed confirmations. The caller holds the locks on their verdicts."""
    rows = [
        (c.id, c.term_id, c.student_id, c.path, c.code, c.state, c.by.account_id, c.by.name, c.at, c.printed_at, c.reason,
         c.file_id, c.version)
        for c in slips
    ]  # fmt: skip
    await tx.execute(
        """
        INSERT INTO confirmations (id, term_id, student_id, path, code, state, account_id, author_name, at, printed_at, reason,
                                   file_id, version)
        SELECT id, term_id, student_id, path::ltree, code, state, account_id, author_name, at, printed_at, reason, file_id,
               version
          FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::text[], $7::uuid[], $8::text[],
                      $9::timestamptz[], $10::timestamptz[], $11::text[], $12::uuid[], $13::int[])
            AS n (id, term_id, student_id, path, code, state, account_id, author_name, at, printed_at, reason, file_id, version)
        ON CONFLICT (term_id, student_id) DO UPDATE SET path = excluded.path, code = excluded.code, state = excluded.state,
            account_id = excluded.account_id, author_name = excluded.author_name, at = excluded.at,
            printed_at = excluded.printed_at, reason = excluded.reason, file_id = excluded.file_id, version = excluded.version
        """,
        *columns(rows, 13),
    )


async def page(
    tx: Tx,
    term_id: UUID,
    paths: list[str],
    students: list[UUID] | None,
    choice: str | None,
    judged: bool | None,
    slip: str | None,
    after: tuple[str, UUID] | None,
    limit: int,
) -> list[JudgedStudent]:
    """Students of these classes (or of them only these) who take part (SH-03), with verdict and confirmation, by class.

    `slip`: a state, or `none` for no slip in force; `after`: the key of the last row of the page before.
    """
    rows = await tx.fetch(
        """
        SELECT s.id AS student, s.name AS student_name, s.path AS student_path, s.grade_title, s.class_title, v.choice,
               v.reason AS verdict_reason, v.account_id AS judged_by, v.author_name AS judged_by_name, v.judged_at,
               v.version AS verdict_version, c.*
          FROM directory_students s
          LEFT JOIN verdicts v ON v.term_id = $1 AND v.student_id = s.id
          LEFT JOIN confirmations c ON c.term_id = $1 AND c.student_id = s.id
          LEFT JOIN directory_organisations o ON o.path = s.path
         WHERE s.path = ANY($2::text[]::ltree[]) AND s.status NOT IN ('left', 'suspended')
           AND ($3::uuid[] IS NULL OR s.id = ANY($3))
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = $1 AND o.student_id = s.id AND NOT o.participates)
           AND ($4::text IS NULL OR v.choice = $4) AND ($5::bool IS NULL OR (v.student_id IS NOT NULL) = $5)
           AND ($6::text IS NULL OR CASE WHEN $6 = 'none' THEN c.id IS NULL OR c.state = 'withdrawn' ELSE c.state = $6 END)
           AND ($7::text IS NULL OR (coalesce(o.ordering, s.path), s.id) > ((SELECT class_order($7::ltree)), $8::uuid))
         ORDER BY coalesce(o.ordering, s.path), s.id
         LIMIT $9
        """,
        term_id, paths, students, choice, judged, slip, after[0] if after else None, after[1] if after else UUID(int=0), limit,
    )  # fmt: skip
    return [_judged(row, term_id) for row in rows]


def _judged(row: Any, term_id: UUID) -> JudgedStudent:
    verdict = None
    if row["choice"] is not None:
        verdict = Verdict(
            term_id, row["student"], row["student_path"], row["choice"], row["verdict_reason"],
            Author(row["judged_by"], row["judged_by_name"]), row["judged_at"], row["verdict_version"],
        )  # fmt: skip
    return JudgedStudent(
        student_id=row["student"],
        student_name=row["student_name"],
        path=row["student_path"],
        grade_title=row["grade_title"],
        class_title=row["class_title"],
        verdict=verdict,
        confirmation=a_confirmation(row) if row["id"] else None,
    )
