"""Counts for home screens and for progress by organisation: numbers only, no entry and no case (X-08)."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from servicekit import counters
from servicekit.db import Tx

from publicity.store.cases import CaseViewer

CASES = "cases"
"""The name of the counter, to which triggers add; a period is the school year and number of a term."""


@dataclass(frozen=True)
class EntryCount:
    """How many entries of a kind are in a state, in one term of one school year."""

    term_id: UUID
    school_year: str
    kind: str
    state: str
    count: int


async def entry_counts(tx: Tx, student_ids: Collection[UUID]) -> list[EntryCount]:
    """The entries of these students by term, kind and state."""
    rows = await tx.fetch(
        """
        SELECT e.term_id, t.school_year, e.kind, e.state, count(*)
          FROM entries e JOIN directory_terms t ON t.id = e.term_id
         WHERE e.student_id = ANY($1)
         GROUP BY e.term_id, t.school_year, e.kind, e.state
        """,
        list(student_ids),
    )
    return [EntryCount(**row) for row in rows]


@dataclass(frozen=True)
class OpenCases:
    """Open cases at one stage of a term that matter to the viewer: `waiting` for them (the first is due at `due_at`), of these
    `late`; waiting for them once a window opens (`not_begun`); and complained by themself (`mine`)."""

    term_id: UUID
    stage: str
    waiting: int
    late: int
    due_at: datetime | None
    not_begun: int
    mine: int


async def open_cases(tx: Tx, viewer: CaseViewer) -> list[OpenCases]:
    """The open cases that a viewer began, or that wait for them, by term and stage."""
    rows = await tx.fetch(
        """
        SELECT term_id, stage, count(*) FILTER (WHERE acts AND begun_at IS NOT NULL) AS waiting,
               count(*) FILTER (WHERE acts AND overdue) AS late,
               min(due_at) FILTER (WHERE acts) AS due_at,
               count(*) FILTER (WHERE acts AND begun_at IS NULL) AS not_begun,
               count(*) FILTER (WHERE complainant = $1) AS mine
          FROM (SELECT term_id, stage, begun_at, overdue, due_at, complainant,
                       coalesce(('complainant' = ANY(waits_for) AND complainant = $1)
                                OR (waits_for && $2::text[] AND (student_id = ANY($3) OR path <@ $4::ltree)), false) AS acts
                  FROM cases
                 WHERE closed_at IS NULL AND (decision IS NULL OR complainant = $1 OR student_id = ANY($3))
                   AND (complainant = $1 OR (waits_for && $2::text[] AND (student_id = ANY($3) OR path <@ $4::ltree)))) c
         GROUP BY term_id, stage
        """,
        viewer.pseudonym,
        list(viewer.roles),
        list(viewer.students),
        viewer.path,
    )
    return [OpenCases(**row) for row in rows]


async def term_of_overdue(tx: Tx, path: str) -> UUID | None:
    """The term of some overdue case of an organisation, whose scheme says what cases are called."""
    found: UUID | None = await tx.fetchval(
        "SELECT term_id FROM cases WHERE closed_at IS NULL AND overdue AND path <@ $1::text::ltree LIMIT 1", path
    )
    return found


@dataclass(frozen=True)
class SchoolTerm:
    """The term of one school that progress is about, and when its board opens and closes."""

    term_id: UUID
    school_year: str
    number: int
    path: str
    opens_at: datetime | None
    closes_at: datetime | None


async def school_terms(tx: Tx, path: str, today: date, school_year: str | None, number: int | None) -> list[SchoolTerm]:
    """The present term of each school below `path`, or of the school that it lies in; or the one that is named."""
    rows = await tx.fetch(
        """
        SELECT DISTINCT ON (t.path) t.id AS term_id, t.school_year, t.number, t.path, p.opens_at, p.closes_at
          FROM directory_terms t LEFT JOIN publicity_terms p ON p.term_id = t.id
         WHERE (t.path <@ $1::ltree OR t.path @> $1::ltree)
           AND ($3::text IS NULL OR t.school_year = $3) AND ($4::integer IS NULL OR t.number = $4)
         ORDER BY t.path, t.starts_on <= $2 DESC, t.starts_on DESC, t.id DESC
        """,
        path,
        today,
        school_year,
        number,
    )
    return [SchoolTerm(**row) for row in rows]


@dataclass(frozen=True)
class CaseCount:
    """Cases of one organisation: how many were opened, how many are open, and of these how many are overdue."""

    path: str
    cases: int
    open: int
    overdue: int


async def case_counts(tx: Tx, path: str, depth: int, term_ids: Collection[UUID]) -> list[CaseCount]:
    """Cases of these terms below `path`, by the organisation of `depth` labels that they lie in."""
    rows = await tx.fetch(
        """
        SELECT subpath(path, 0, least(nlevel(path), $2)) AS path, count(*) AS cases,
               count(*) FILTER (WHERE closed_at IS NULL) AS open,
               count(*) FILTER (WHERE closed_at IS NULL AND overdue) AS overdue
          FROM cases WHERE term_id = ANY($3) AND path <@ $1::ltree
         GROUP BY 1
        """,
        path,
        depth,
        list(term_ids),
    )
    return [CaseCount(**row) for row in rows]


def _case_count(path: str, items: Mapping[str, int]) -> CaseCount:
    return CaseCount(path, items.get("cases", 0), items.get("open", 0), items.get("overdue", 0))


async def case_counters(tx: Tx, path: str, school_year: str, number: int) -> list[CaseCount]:
    """Cases of the organisations directly below a district, city or province in a term."""
    found = await counters.below(tx, CASES, f"{school_year}|{number}", path)
    return [_case_count(child, items) for child, items in found.items()]


@dataclass(frozen=True)
class SelectionCount:
    """Students of one organisation, and how many of them have selected an entry in the term."""

    path: str
    students: int
    selecting: int


async def selection_counts(tx: Tx, path: str, depth: int, term_id: UUID) -> list[SelectionCount]:
    """Students below `path`, which lies in the term's school, by the organisation of `depth` labels that they lie in.

    Selected entries are read from the board's index alone.
    """
    rows = await tx.fetch(
        """
        WITH chosen AS (
            SELECT student_id FROM entries WHERE term_id = $3 AND state = 'selected'
             UNION SELECT student_id FROM entries WHERE term_id = $3 AND state IN ('cleared', 'excluded'))
        SELECT subpath(s.path, 0, least(nlevel(s.path), $2)) AS path, count(*) AS students, count(c.student_id) AS selecting
          FROM directory_students s LEFT JOIN chosen c ON c.student_id = s.id
         WHERE s.path <@ $1::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = $3 AND o.student_id = s.id AND NOT o.participates)
         GROUP BY 1
        """,
        path,
        depth,
        term_id,
    )
    return [SelectionCount(**row) for row in rows]


@dataclass(frozen=True)
class StudentSelection:
    """One student of a class: entries that are selected, of how many that may be."""

    student_id: UUID
    student_name: str
    path: str
    class_title: str
    selected: int
    eligible: int


async def selections_by_student(
    tx: Tx, term_id: UUID, path: str, after: tuple[str, UUID] | None, limit: int
) -> list[StudentSelection]:
    """The students below a path, class by class, also those who have no entry; after a sort key."""
    rows = await tx.fetch(
        """
        SELECT s.id AS student_id, s.name AS student_name, s.path, s.class_title,
               count(e.id) FILTER (WHERE e.state IN ('selected', 'cleared', 'excluded')) AS selected,
               count(e.id) FILTER (WHERE e.state <> 'voided') AS eligible
          FROM directory_students s LEFT JOIN entries e ON e.student_id = s.id AND e.term_id = $1
          LEFT JOIN directory_organisations o ON o.path = s.path
         WHERE s.path <@ $2::ltree AND s.status NOT IN ('left', 'suspended')
           AND NOT EXISTS (SELECT FROM directory_opt_outs o
                            WHERE o.term_id = $1 AND o.student_id = s.id AND NOT o.participates)
           AND ($3::ltree IS NULL OR (coalesce(o.ordering, s.path), s.id) > ((SELECT class_order($3::ltree)), $4::uuid))
         GROUP BY s.id, s.name, s.path, s.class_title, o.ordering ORDER BY coalesce(o.ordering, s.path), s.id LIMIT $5
        """,
        term_id,
        path,
        *(after or (None, None)),
        limit,
    )
    return [StudentSelection(**row) for row in rows]
