"""Scores with their history, adjustments, the sheets of classes, and what was locked (BJ-10)."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from scheme.quotas import QuotaEntry
from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.evaluations import Author
from archive.domain.material import Span
from archive.domain.score_sheets import LockedScore, ScoredClass, Sheet, SheetChange, SheetMove
from archive.domain.score_values import ScoreInputs
from archive.domain.scores import Adjustment, Score
from archive.store.evaluations import an_evaluation
from archive.store.peers import cards_about
from archive.store.rows import columns


def score_of(row: Any) -> Score:
    """A score from its row."""
    return from_row(Score, row, author=Author(row["account_id"], row["author_name"], row["batch_id"]))


def adjustment_of(row: Any) -> Adjustment:
    """An adjustment from its row."""
    return from_row(Adjustment, row, author=Author(row["account_id"], row["author_name"], row["batch_id"]))


_SHARE = "SELECT * FROM score_sheets WHERE term_id = $1 AND path = ANY($2::text[]::ltree[]) ORDER BY path FOR SHARE"
_LOCK = "SELECT * FROM score_sheets WHERE term_id = $1 AND path = ANY($2::text[]::ltree[]) ORDER BY path FOR UPDATE"


async def lock_sheets(tx: Tx, term_id: UUID, paths: Collection[str], *, to_change: bool) -> dict[str, Sheet]:
    """The sheets of these classes, by path, made where there are none. Whoever enters shares them; whoever moves one has it
    alone, so that nothing is entered while a class is handed over."""
    in_order = sorted(paths)
    await tx.execute(
        "INSERT INTO score_sheets (term_id, path, step, locked, version) "
        "SELECT $1, p::ltree, 0, false, 0 FROM unnest($2::text[]) AS p ON CONFLICT DO NOTHING",
        term_id,
        in_order,
    )
    rows = await tx.fetch(_LOCK if to_change else _SHARE, term_id, in_order)
    return {row["path"]: from_row(Sheet, row) for row in rows}


async def sheets(tx: Tx, term_id: UUID, paths: Collection[str]) -> dict[str, Sheet]:
    """The sheets of these classes that there are, by path."""
    rows = await tx.fetch(
        "SELECT * FROM score_sheets WHERE term_id = $1 AND path = ANY($2::text[]::ltree[])", term_id, sorted(paths)
    )
    return {row["path"]: from_row(Sheet, row) for row in rows}


async def save_sheet(tx: Tx, sheet: Sheet, action: SheetChange, reason: str, author: Author, role: str, now: datetime) -> None:
    """Save a moved sheet, locked before, and the move."""
    await tx.execute(
        "UPDATE score_sheets SET step = $3, locked = $4, version = $5 WHERE term_id = $1 AND path = $2::ltree",
        sheet.term_id, sheet.path, sheet.step, sheet.locked, sheet.version,
    )  # fmt: skip
    await tx.execute(
        "INSERT INTO score_sheet_moves (term_id, path, version, action, step, reason, account_id, author_name, role, at) "
        "VALUES ($1, $2::ltree, $3, $4, $5, $6, $7, $8, $9, $10)",
        sheet.term_id, sheet.path, sheet.version, action, sheet.step, reason, author.account_id, author.name, role, now,
    )  # fmt: skip


async def moves(tx: Tx, term_id: UUID, path: str) -> list[SheetMove]:
    """What happened to the sheet of a class, newest first."""
    rows = await tx.fetch(
        "SELECT * FROM score_sheet_moves WHERE term_id = $1 AND path = $2::ltree ORDER BY version DESC LIMIT 100", term_id, path
    )
    return [from_row(SheetMove, row) for row in rows]


async def lock(tx: Tx, term_id: UUID, part: str, student_ids: Collection[UUID], scorer: UUID) -> dict[tuple[UUID, str], Score]:
    """The scores of a part that this scorer entered, by student and dimension, locked."""
    rows = await tx.fetch(
        "SELECT * FROM scores WHERE term_id = $1 AND part = $2 AND student_id = ANY($3) AND scorer = $4 "
        "ORDER BY student_id, dimension FOR UPDATE",
        term_id, part, sorted(student_ids), scorer,
    )  # fmt: skip
    return {(row["student_id"], row["dimension"]): score_of(row) for row in rows}


async def save(tx: Tx, scores: Iterable[Score]) -> bool:
    """Save new versions, each in the history too. False where somebody saved one at the same time."""
    rows = [
        (s.term_id, s.student_id, s.path, s.part, s.dimension, s.scorer, s.value, s.author.account_id, s.author.name, s.at,
         s.version, s.author.batch_id, s.replaced)
        for s in scores
    ]  # fmt: skip
    done = await tx.fetch(
        """
        INSERT INTO scores AS s (term_id, student_id, path, part, dimension, scorer, value, account_id, author_name, at,
                                 version, batch_id, replaced)
        SELECT term_id, student_id, path::ltree, part, dimension, scorer, value, account_id, author_name, at, version,
               batch_id, replaced
          FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::uuid[], $7::numeric[], $8::uuid[],
                      $9::text[], $10::timestamptz[], $11::int[], $12::uuid[], $13::int[])
            AS n (term_id, student_id, path, part, dimension, scorer, value, account_id, author_name, at, version,
                  batch_id, replaced)
        ON CONFLICT (term_id, student_id, part, dimension, scorer) DO UPDATE SET path = excluded.path, value = excluded.value,
            account_id = excluded.account_id, author_name = excluded.author_name, at = excluded.at, version = excluded.version,
            batch_id = excluded.batch_id, replaced = excluded.replaced
         WHERE s.version = excluded.version - 1
        RETURNING student_id
        """,
        *columns(rows, 13),
    )
    if len(done) != len(rows):
        return False
    await tx.execute(
        """
        INSERT INTO score_versions (term_id, student_id, part, dimension, scorer, value, account_id, author_name, at, version,
                                    batch_id, replaced)
        SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::numeric[], $7::uuid[], $8::text[],
                             $9::timestamptz[], $10::int[], $11::uuid[], $12::int[])
        """,
        *columns([(*row[:2], *row[3:]) for row in rows], 12),
    )
    return True


async def add_adjustment(tx: Tx, one: Adjustment) -> None:
    """Insert a bonus or deduction."""
    await tx.execute(
        "INSERT INTO adjustments (id, term_id, student_id, path, part, dimension, points, reason, account_id, author_name, at, "
        "batch_id) VALUES ($1, $2, $3, $4::ltree, $5, $6, $7, $8, $9, $10, $11, $12)",
        one.id, one.term_id, one.student_id, one.path, one.part, one.dimension, one.points, one.reason, one.author.account_id,
        one.author.name, one.at, one.author.batch_id,
    )  # fmt: skip


async def lock_adjustment(tx: Tx, adjustment_id: UUID) -> Adjustment | None:
    """One bonus or deduction, locked."""
    row = await tx.fetchrow("SELECT * FROM adjustments WHERE id = $1 FOR UPDATE", adjustment_id)
    return adjustment_of(row) if row else None


async def withdraw(tx: Tx, one: Adjustment) -> None:
    """Save that it no longer counts."""
    await tx.execute(
        "UPDATE adjustments SET withdrawn_at = $2, withdrawn_by = $3, withdrawn_because = $4 WHERE id = $1",
        one.id, one.withdrawn_at, one.withdrawn_by, one.withdrawn_because,
    )  # fmt: skip


async def given(
    tx: Tx, term_id: UUID, student_ids: Sequence[UUID], evaluations: Collection[str], *, briefly: bool = False
) -> dict[UUID, ScoreInputs]:
    """What was entered and chosen in the term of these students, by student. evaluations: the types that parts take. briefly:
    without who entered it, which is quicker for a whole school."""
    ids = list(student_ids)
    written: dict[UUID, list[Any]] = {}
    for row in await tx.fetch(
        "SELECT * FROM evaluations WHERE term_id = $1 AND student_id = ANY($2) AND type = ANY($3)",
        term_id, ids, sorted(evaluations),
    ):  # fmt: skip
        written.setdefault(row["student_id"], []).append(an_evaluation(row))
    scores: dict[UUID, list[Score]] = {}
    values = await _values(tx, term_id, ids) if briefly else {}
    if not briefly:
        for row in await tx.fetch("SELECT * FROM scores WHERE term_id = $1 AND student_id = ANY($2)", term_id, ids):
            scores.setdefault(row["student_id"], []).append(score_of(row))
    adjusted: dict[UUID, list[Adjustment]] = {}
    for row in await tx.fetch(
        "SELECT * FROM adjustments WHERE term_id = $1 AND student_id = ANY($2) ORDER BY id", term_id, ids
    ):
        adjusted.setdefault(row["student_id"], []).append(adjustment_of(row))
    about = await cards_about(tx, [term_id], ids) if evaluations else {}
    return {
        one: ScoreInputs(
            written.get(one, ()),
            {type_: cards for (_, type_), cards in about.get(one, {}).items() if type_ in evaluations},
            scores.get(one, ()),
            values.get(one, {}) if briefly else None,
            adjusted.get(one, ()),
        )
        for one in ids
    }


async def _values(tx: Tx, term_id: UUID, ids: list[UUID]) -> dict[UUID, dict[tuple[str, str], list[Decimal]]]:
    """What was entered of each student by part and dimension. Tenths come as whole numbers, which are read faster."""
    rows = await tx.fetch(
        "SELECT student_id, part, dimension, array_agg((value * 10)::int) AS tenths FROM scores "
        "WHERE term_id = $1 AND student_id = ANY($2) GROUP BY student_id, part, dimension",
        term_id, ids,
    )  # fmt: skip
    found: dict[UUID, dict[tuple[str, str], list[Decimal]]] = {}
    for student_id, part, dimension, tenths in rows:
        found.setdefault(student_id, {})[part, dimension] = [Decimal(one) / 10 for one in tenths]
    return found


async def save_locked(tx: Tx, rows: Sequence[LockedScore]) -> None:
    """Insert what was locked."""
    await tx.executemany(
        "INSERT INTO locked_scores (term_id, student_id, path, version, total, band, content, dimensions) "
        "VALUES ($1, $2, $3::ltree, $4, $5, $6, $7, $8)",
        [(r.term_id, r.student_id, r.path, r.version, r.total, r.band, r.content, r.dimensions) for r in rows],
    )


async def locked(tx: Tx, student_ids: Collection[UUID], term_ids: list[UUID] | None = None) -> dict[UUID, list[LockedScore]]:
    """The locked scores in force of these students, by student, oldest term first; of these terms, or of all."""
    rows = await tx.fetch(
        "SELECT l.*, t.title AS term_title FROM locked_scores_in_force l JOIN directory_terms t ON t.id = l.term_id "
        "WHERE l.student_id = ANY($1) AND ($2::uuid[] IS NULL OR l.term_id = ANY($2)) ORDER BY t.starts_on, l.term_id",
        list(student_ids), term_ids,
    )  # fmt: skip
    found: dict[UUID, list[LockedScore]] = {}
    for row in rows:
        found.setdefault(row["student_id"], []).append(from_row(LockedScore, row))
    return found


async def earlier(tx: Tx, student_ids: Collection[UUID], span: Span) -> list[tuple[UUID, str, str, dict[str, dict[str, str]]]]:
    """The locked scores in force of earlier terms of the stage: student, class, school year, score and band by dimension."""
    rows = await tx.fetch(
        "SELECT l.student_id, l.path::text AS path, t.school_year, l.dimensions FROM locked_scores_in_force l "
        "JOIN directory_terms t ON t.id = l.term_id WHERE l.student_id = ANY($1) AND l.term_id <> $2 AND t.scheme_id = $3 "
        "AND t.starts_on > $4::date AND t.starts_on < $5::date",
        list(student_ids), span.term_id, span.scheme_id, span.after, span.until,
    )  # fmt: skip
    return [(row["student_id"], row["path"], row["school_year"], row["dimensions"]) for row in rows]


async def recorded(tx: Tx, student_ids: Collection[UUID], kinds: Collection[str], span: Span) -> dict[UUID, list[QuotaEntry]]:
    """The archived records of these kinds in the stage as quotas see them, by student, oldest first."""
    rows = await tx.fetch(
        """
        SELECT c.student_id, c.record_id, c.kind, c.snapshot -> 'data' AS data, c.term_id, t.school_year
          FROM collected c JOIN directory_terms t ON t.id = c.term_id
         WHERE c.student_id = ANY($1) AND c.kind = ANY($2) AND t.scheme_id = $3 AND t.starts_on > $4::date
           AND t.starts_on <= $5::date AND NOT EXISTS (SELECT 1 FROM gone g WHERE g.record_id = c.record_id)
         ORDER BY c.record_id
        """,
        list(student_ids), sorted(kinds), span.scheme_id, span.after, span.until,
    )  # fmt: skip
    found: dict[UUID, list[QuotaEntry]] = {}
    for row in rows:
        entry = QuotaEntry(row["record_id"], row["kind"], row["data"], row["term_id"], row["school_year"])
        found.setdefault(row["student_id"], []).append(entry)
    return found


async def class_sizes(tx: Tx, paths: Collection[str]) -> dict[str, int]:
    """How many students these classes have who have not left."""
    rows = await tx.fetch(
        "SELECT path::text AS path, count(*) AS students FROM directory_students "
        "WHERE path = ANY($1::text[]::ltree[]) AND status <> 'left' GROUP BY path",
        sorted(paths),
    )
    return {row["path"]: row["students"] for row in rows}


async def locked_at(tx: Tx, term_id: UUID, path: str, version: int) -> list[LockedScore]:
    """What was locked of a class at a version of its sheet."""
    rows = await tx.fetch(
        "SELECT * FROM locked_scores WHERE term_id = $1 AND path = $2::ltree AND version = $3", term_id, path, version
    )
    return [from_row(LockedScore, row, term_title="") for row in rows]


async def with_locked(tx: Tx, term_id: UUID) -> frozenset[UUID]:
    """The students of a term with a locked score in force."""
    rows = await tx.fetch("SELECT student_id FROM locked_scores_in_force WHERE term_id = $1", term_id)
    return frozenset(row["student_id"] for row in rows)


async def classes(tx: Tx, term_id: UUID, path: str, after: str | None, limit: int) -> list[ScoredClass]:
    """The classes below a path that have students who take part in the term, in their school's order (L-07)."""
    rows = await tx.fetch(
        """
        SELECT s.path::text AS path, min(s.grade_title) AS grade_title, min(s.class_title) AS class_title, count(*) AS students
          FROM directory_students s
         WHERE s.path <@ $2::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = $1 AND o.student_id = s.id AND NOT o.participates)
         GROUP BY s.path HAVING $3::text IS NULL OR class_order(s.path) > (SELECT class_order($3::ltree))
         ORDER BY class_order(s.path) LIMIT $4
        """,
        term_id, path, after, limit,
    )  # fmt: skip
    return [from_row(ScoredClass, row) for row in rows]
