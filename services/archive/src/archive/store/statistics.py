"""Counters of results: counted anew for a class where its results change, added to all organisations above (BJ-08).

What a class is counted with stands in `result_totals` and `result_counts`, and is locked meanwhile; what is read, of classes,
too, are the counters of servicekit.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from uuid import UUID

from scheme import STAGE_TITLES
from servicekit import counters
from servicekit.counters import Key
from servicekit.db import Tx
from servicekit.mapping import from_row

from archive.domain.statistics import CountKey, Period, Total
from archive.store.rows import columns

RESULTS = "results"
"""The name of the counters; items are a dimension and a band, `|` between them, and these two."""
_CLASSES, _STUDENTS = "classes", "students"


async def titles(tx: Tx, classes: Collection[str], school: str) -> dict[str, str]:
    """The titles of these classes of a school and of all organisations above them, by path, as far as they are known."""
    above = await tx.fetch("SELECT path::text AS path, title FROM directory_organisations WHERE path @> $1::ltree", school)
    found = {row["path"]: row["title"] for row in above}
    for row in await tx.fetch(
        "SELECT DISTINCT ON (path) path::text AS path, school_title, grade_title, class_title FROM directory_students "
        "WHERE path = ANY($1::text[]::ltree[]) ORDER BY path, id",
        list(classes),
    ):
        found[row["path"]] = row["class_title"]
        found.setdefault(row["path"].rpartition(".")[0], row["grade_title"])
        found.setdefault(school, row["school_title"])
    return found


async def lock_classes(tx: Tx, period: Period, paths: Sequence[str], named: Mapping[str, str]) -> dict[str, int]:
    """How many students of these classes are counted, by path, locked; made where there are none. named: titles by path."""
    await _make(tx, period, [(path, named.get(path, "")) for path in sorted(paths)])
    rows = await tx.fetch(
        """
        SELECT path::text AS path, students FROM result_totals
         WHERE path = ANY($1::text[]::ltree[]) AND scheme_id = $2 AND school_year = $3 AND number = $4
         ORDER BY path FOR UPDATE
        """,
        list(paths), period.scheme_id, period.school_year, period.number,
    )  # fmt: skip
    return {row["path"]: row["students"] for row in rows}


async def _make(tx: Tx, period: Period, rows: Sequence[tuple[str, str]]) -> None:
    """Rows without students where there are none; `rows`: path and title."""
    made = [(path, path.rpartition(".")[0], title) for path, title in rows]
    await tx.execute(
        """
        INSERT INTO result_totals (path, parent, title, scheme_id, school_year, number, scheme_version)
        SELECT path::ltree, parent::ltree, title, $4, $5, $6, $7
          FROM unnest($1::text[], $2::text[], $3::text[]) AS n (path, parent, title) ORDER BY path::ltree
            ON CONFLICT DO NOTHING
        """,
        *columns(made, 3), period.scheme_id, period.school_year, period.number, period.version,
    )  # fmt: skip


async def counted(tx: Tx, period: Period, paths: Collection[str]) -> dict[CountKey, int]:
    """With what these classes are counted."""
    rows = await tx.fetch(
        "SELECT path::text AS path, dimension, band, students FROM result_counts "
        "WHERE path = ANY($1::text[]::ltree[]) AND scheme_id = $2 AND school_year = $3 AND number = $4 AND students <> 0",
        list(paths), period.scheme_id, period.school_year, period.number,
    )  # fmt: skip
    return {CountKey(row["path"], row["dimension"], row["band"]): row["students"] for row in rows}


async def in_force(tx: Tx, term_id: UUID, paths: Collection[str]) -> dict[CountKey, int]:
    """How many students of these classes have which locked grade or verdict in a term."""
    rows = await tx.fetch(
        """
        SELECT l.path::text AS path, x.dimension, x.band, count(*)::int AS students
          FROM locked_scores_in_force l
         CROSS JOIN LATERAL (SELECT '' AS dimension, l.band
                              UNION ALL
                             SELECT d.key, d.value ->> 'band' FROM jsonb_each(l.dimensions) d WHERE d.key <> '') x
         WHERE x.band IS NOT NULL AND l.term_id = $1 AND l.path = ANY($2::text[]::ltree[]) GROUP BY 1, 2, 3
         UNION ALL
        SELECT path::text, '', choice, count(*)::int FROM verdicts
         WHERE term_id = $1 AND path = ANY($2::text[]::ltree[]) GROUP BY 1, 3
        """,
        term_id, list(paths),
    )  # fmt: skip
    return {CountKey(row["path"], row["dimension"], row["band"]): row["students"] for row in rows}


async def add(
    tx: Tx,
    period: Period,
    counts: Mapping[CountKey, int],
    totals: Mapping[str, tuple[int, int]],
    named: Mapping[str, str],
) -> None:
    """Add to the counters of locked classes and of all organisations above, of all stages and of the one of the period.
    totals: classes and students, by class."""
    await _make_above(tx, period, totals, named)
    await tx.execute(
        """
        UPDATE result_totals t SET classes = t.classes + n.classes, students = t.students + n.students, scheme_version = $7
          FROM unnest($1::text[], $2::int[], $3::int[]) AS n (path, classes, students)
         WHERE t.path = n.path::ltree AND t.scheme_id = $4 AND t.school_year = $5 AND t.number = $6
        """,
        *columns([(path, *change) for path, change in totals.items()], 3),
        period.scheme_id, period.school_year, period.number, period.version,
    )  # fmt: skip
    await tx.execute(
        """
        INSERT INTO result_counts AS c (path, scheme_id, school_year, number, dimension, band, students)
        SELECT path::ltree, $5, $6, $7, dimension, band, students
          FROM unnest($1::text[], $2::text[], $3::text[], $4::int[]) AS n (path, dimension, band, students)
         ORDER BY path::ltree, dimension, band
            ON CONFLICT (path, scheme_id, school_year, number, dimension, band)
            DO UPDATE SET students = c.students + excluded.students
        """,
        *columns([(*key, change) for key, change in counts.items()], 4),
        period.scheme_id, period.school_year, period.number,
    )  # fmt: skip
    added: dict[Key, int] = {}
    for key in (_key(replace(period, stage="")), _key(period)):
        added |= {Key(key, one.path, f"{one.dimension}|{one.band}"): change for one, change in counts.items()}
        for path, (classes, students) in totals.items():
            added |= {Key(key, path, _CLASSES): classes, Key(key, path, _STUDENTS): students}
    await counters.add(tx, RESULTS, added)


async def _make_above(tx: Tx, period: Period, paths: Collection[str], named: Mapping[str, str]) -> None:
    """Rows of the organisations above these classes, where there are none; the newest version of the scheme counts. Those that
    are there are not locked."""
    above = {path[:at] for path in paths for at, letter in enumerate(path) if letter == "."}
    rows = await tx.fetch(
        "SELECT path::text AS path, string_to_array(scheme_version, '.')::int[] < string_to_array($5, '.')::int[] AS older "
        "FROM result_totals WHERE path = ANY($1::text[]::ltree[]) AND scheme_id = $2 AND school_year = $3 AND number = $4",
        list(above), period.scheme_id, period.school_year, period.number, period.version,
    )  # fmt: skip
    await _make(tx, period, [(path, named.get(path, "")) for path in sorted(above - {row["path"] for row in rows})])
    if older := sorted(row["path"] for row in rows if row["older"]):
        await tx.execute(
            "UPDATE result_totals SET scheme_version = $5 WHERE path = ANY($1::text[]::ltree[]) AND scheme_id = $2 "
            "AND school_year = $3 AND number = $4",
            older, period.scheme_id, period.school_year, period.number, period.version,
        )  # fmt: skip


async def periods(tx: Tx, path: str, limit: int) -> list[tuple[Period, int, dict[str, int]]]:
    """The terms in which an organisation has results, newest first, each with how many students have one, in all and by stage
    (BJ-03)."""
    rows = await tx.fetch(
        "SELECT scheme_id, school_year, number, scheme_version AS version FROM result_totals WHERE path = $1::ltree "
        "ORDER BY school_year DESC, number DESC, scheme_id LIMIT $2",
        path, limit,
    )  # fmt: skip
    students = await counters.periods(tx, RESULTS, path, _STUDENTS)
    found = [from_row(Period, row, stage="") for row in rows]
    stages = {period: {id: students.get(_key(replace(period, stage=id)), 0) for id in STAGE_TITLES} for period in found}
    return [
        (period, students.get(_key(period), 0), {str(id): count for id, count in stages[period].items() if count})
        for period in found
    ]


async def total(tx: Tx, period: Period, path: str) -> tuple[Total, dict[CountKey, int]] | None:
    """How many students of an organisation have a result, and which; None: none ever had one."""
    row = await tx.fetchrow(
        """
        SELECT coalesce(o.title, t.title) AS title
          FROM result_totals t LEFT JOIN directory_organisations o ON o.path = t.path
         WHERE t.path = $1::ltree AND t.scheme_id = $2 AND t.school_year = $3 AND t.number = $4
        """,
        path, period.scheme_id, period.school_year, period.number,
    )  # fmt: skip
    return _counted(path, row["title"], await counters.read(tx, RESULTS, _key(period), path)) if row else None


async def children(tx: Tx, period: Period, path: str) -> list[tuple[Total, dict[CountKey, int]]]:
    """The same of the organisations directly below, in order; of a stage those that have results in it."""
    rows = await tx.fetch(
        """
        SELECT t.path::text AS path, coalesce(o.title, t.title) AS title
          FROM result_totals t LEFT JOIN directory_organisations o ON o.path = t.path
         WHERE t.parent = $1::ltree AND t.scheme_id = $2 AND t.school_year = $3 AND t.number = $4 ORDER BY class_order(t.path)
        """,
        path, period.scheme_id, period.school_year, period.number,
    )  # fmt: skip
    found = await counters.below(tx, RESULTS, _key(period), path)
    return [
        _counted(row["path"], row["title"], found.get(row["path"], {}))
        for row in rows
        if not period.stage or row["path"] in found
    ]


def _key(period: Period) -> str:
    """Of the counters; the one of a stage ends in it."""
    all_stages = f"{period.scheme_id}|{period.school_year}|{period.number}"
    return f"{all_stages}|{period.stage}" if period.stage else all_stages


def _counted(path: str, title: str, counts: Mapping[str, int]) -> tuple[Total, dict[CountKey, int]]:
    total = Total(path, title, counts.get(_CLASSES, 0), counts.get(_STUDENTS, 0))
    split = [(item.partition("|"), count) for item, count in counts.items() if count]
    return total, {CountKey(path, dimension, band): count for (dimension, bar, band), count in split if bar}


async def classes_with_results(tx: Tx, term_id: UUID, path: str) -> list[str]:
    """The classes of a term below a path that ever had a result, in order."""
    rows = await tx.fetch(
        """
        SELECT path::text AS path FROM score_sheets WHERE term_id = $1 AND path <@ $2::ltree
         UNION SELECT DISTINCT path::text FROM verdicts WHERE term_id = $1 AND path <@ $2::ltree ORDER BY 1
        """,
        term_id, path,
    )  # fmt: skip
    return [row["path"] for row in rows]


async def terms_with_results(tx: Tx, after: UUID | None, limit: int) -> list[UUID]:
    """Terms with results, in the order of their ids."""
    rows = await tx.fetch(
        """
        SELECT id FROM directory_terms t
         WHERE ($1::uuid IS NULL OR id > $1)
           AND (EXISTS (SELECT FROM score_sheets s WHERE s.term_id = t.id)
                OR EXISTS (SELECT FROM verdicts v WHERE v.term_id = t.id))
         ORDER BY id LIMIT $2
        """,
        after, limit,
    )  # fmt: skip
    return [row["id"] for row in rows]


async def participants(tx: Tx, path: str, term_id: UUID) -> int:
    """How many students below a path take part in a term (SH-03)."""
    count: int = await tx.fetchval(
        "SELECT count(*) FROM directory_students s WHERE path <@ $1::ltree AND status <> 'left' "
        "AND NOT EXISTS (SELECT FROM directory_opt_outs o "
        "WHERE o.term_id = $2 AND o.student_id = s.id AND NOT o.participates)",
        path, term_id,
    )  # fmt: skip
    return count
