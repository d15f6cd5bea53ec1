"""How many entries a student may still select, by the scheme's quotas per term, year and stage (JX-03, SH-04)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from scheme.kinds import Period

from publicity.domain.entries import Entry
from publicity.domain.terms import Term


@dataclass(frozen=True)
class SelectedCount:
    """How many entries of a kind a student has selected in one term."""

    student_id: UUID
    kind: str
    term_id: UUID
    school_year: str
    count: int


def need_quota(entries: Sequence[Entry], terms: dict[UUID, Term], selected: Iterable[SelectedCount]) -> None:
    """Refuse with `quota_exceeded` unless all these entries fit into the quotas besides the `selected` ones."""
    counts_before = list(selected)
    added = Counter((entry.student_id, entry.kind, entry.term_id) for entry in entries)
    for (student_id, kind_id, term_id), more in added.items():
        term = terms[term_id]
        same = [row for row in counts_before if row.student_id == student_id and row.kind == kind_id]
        counts: dict[Period, int] = {
            "term": sum(row.count for row in same if row.term_id == term_id),
            "year": sum(row.count for row in same if row.school_year == term.school_year),
            "stage": sum(row.count for row in same),
        }
        kind = term.scheme.kind(kind_id)
        left = kind.quota_left(counts, "selected")
        if left is not None and more > left:
            detail = f"“{kind.title}”还可选 {left} 条，现选了 {more} 条"
            rule = term.scheme.rule("select")
            raise term.refusal("quota_exceeded", rule, detail=detail, field="entry_ids", kind=kind_id, left=left)
