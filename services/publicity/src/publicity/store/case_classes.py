"""The classes that cases are about."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from uuid import UUID

from contracts.base import within
from servicekit.db import Tx

from publicity.store.cases import CaseViewer


@dataclass(frozen=True, slots=True)
class CaseClass:
    """A class with how many cases are about its students."""

    path: str
    school: str
    """Its path."""
    school_title: str
    grade_title: str
    class_title: str
    cases: int = 0

    def title(self, seen_from: str) -> str:
        """As people of this organisation call it: with its school from above."""
        own = f"{self.grade_title}{self.class_title}"
        return own if within(seen_from, self.school) else f"{self.school_title} {own}".strip()


async def classes(
    tx: Tx, viewer: CaseViewer, *, term_id: UUID | None, closed: bool | None, stage: str | None, waiting: bool,
    overdue: bool | None, most: int,
) -> list[CaseClass]:  # fmt: skip
    """The classes of the newest `most` cases that wait for the viewer or that they may see, in order."""
    filters = (term_id, closed, stage, most, viewer.pseudonym, overdue)
    scope = (list(viewer.students), viewer.path, list(viewer.roles))
    rows = await tx.fetch(_WAITING if waiting else _VISIBLE, *filters, *scope)
    counts = {row["path"]: row["cases"] for row in rows}
    titles = await class_titles(tx, counts)
    return [replace(titles[path], cases=count) for path, count in counts.items() if path in titles]


async def class_titles(tx: Tx, paths: Collection[str]) -> dict[str, CaseClass]:
    """What these classes are called, by path."""
    rows = await tx.fetch(
        "SELECT path::text AS path, subpath(path::ltree, 0, -2)::text AS school, school_title, grade_title, class_title "
        "FROM class_titles WHERE path::text = ANY($1)",
        list(paths),
    )
    return {row["path"]: CaseClass(**row) for row in rows}


_WAITING = """
SELECT path::text AS path, count(*) AS cases FROM (
  SELECT path FROM cases
   WHERE closed_at IS NULL AND begun_at IS NOT NULL AND decision IS NULL
     AND (('complainant' = ANY(waits_for) AND complainant = $5)
          OR (waits_for && $9::text[] AND (student_id = ANY($7) OR path <@ $8::ltree)))
     AND ($1::uuid IS NULL OR term_id = $1) AND ($2::bool IS NULL OR (closed_at IS NOT NULL) = $2)
     AND ($3::text IS NULL OR stage = $3) AND ($6::bool IS NULL OR overdue = $6)
   ORDER BY opened_on DESC, id DESC LIMIT $4
) found GROUP BY path ORDER BY class_order(found.path)
"""
_VISIBLE = """
SELECT path::text AS path, count(*) AS cases FROM (
  SELECT path FROM cases
   WHERE (complainant = $5 OR student_id = ANY($7) OR (path <@ $8::ltree AND parties && $9::text[]))
     AND ($1::uuid IS NULL OR term_id = $1) AND ($2::bool IS NULL OR (closed_at IS NOT NULL) = $2)
     AND ($3::text IS NULL OR stage = $3) AND ($6::bool IS NULL OR (overdue AND (decision IS NULL OR $8::ltree IS NULL)) = $6)
   ORDER BY opened_on DESC, id DESC LIMIT $4
) found GROUP BY path ORDER BY class_order(found.path)
"""
