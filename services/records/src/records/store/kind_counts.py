"""How many records of each kind the terms have: counted by a job, summed up for a district."""

from datetime import date, datetime
from uuid import UUID

from servicekit.db import Tx
from servicekit.mapping import from_row

from records.domain.scheme_changes import MOST_TERMS, KindCount, RunningTerm

_COUNT = """
INSERT INTO kind_counts (term_id, kind, step, drafts, waiting, returned, finished, counted_at)
SELECT $1, kind, CASE WHEN state IN ('submitted', 'returned') THEN coalesce(step, '') ELSE '' END,
       count(*) FILTER (WHERE state = 'draft'), count(*) FILTER (WHERE state = 'submitted'),
       count(*) FILTER (WHERE state = 'returned'), count(*) FILTER (WHERE state NOT IN ('draft', 'submitted', 'returned')), $2
  FROM records WHERE term_id = $1 GROUP BY 2, 3
"""


async def count(tx: Tx, term_id: UUID, now: datetime) -> None:
    """Count the records of a term and keep the numbers."""
    await tx.execute("DELETE FROM kind_counts WHERE term_id = $1", term_id)
    await tx.execute(_COUNT, term_id, now)


_BELOW = """
SELECT t.scheme_version, k.kind, k.step, sum(k.drafts)::integer AS drafts, sum(k.waiting)::integer AS waiting,
       sum(k.returned)::integer AS returned, sum(k.finished)::integer AS finished, array_agg(DISTINCT t.path::text) AS schools
  FROM directory_terms t JOIN kind_counts k ON k.term_id = t.id
 WHERE t.path <@ $1::text::ltree AND t.scheme_id = $2 AND t.ends_on >= $3
 GROUP BY t.scheme_version, k.kind, k.step ORDER BY t.scheme_version, k.kind, k.step
"""


async def below(tx: Tx, path: str, scheme_id: str, today: date) -> list[KindCount]:
    """The records in the terms under way or to come below an organisation, by version, kind and step."""
    rows = await tx.fetch(_BELOW, path, scheme_id, today)
    return [from_row(KindCount, row, schools=frozenset(row["schools"])) for row in rows]


_TERMS = """
SELECT t.id, t.path, coalesce(o.title, t.path::text) AS school, t.title, t.starts_on, t.ends_on, t.scheme_version,
       coalesce(k.open_records, 0)::integer AS open_records, k.counted_at
  FROM directory_terms t LEFT JOIN directory_organisations o ON o.path = t.path
  LEFT JOIN LATERAL (SELECT sum(drafts + waiting + returned) AS open_records, min(counted_at) AS counted_at
                       FROM kind_counts WHERE term_id = t.id) k ON true
 WHERE t.path <@ $1::text::ltree AND t.scheme_id = $2 AND t.ends_on >= $3 ORDER BY t.path, t.starts_on LIMIT $4
"""


async def terms(tx: Tx, path: str, scheme_id: str, today: date) -> list[RunningTerm]:
    """The terms under way or to come below an organisation, by school, as many as are listed."""
    rows = await tx.fetch(_TERMS, path, scheme_id, today, MOST_TERMS)
    return [from_row(RunningTerm, row) for row in rows]
