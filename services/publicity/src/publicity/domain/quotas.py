"""How many entries a student may still select, by the scheme's quotas per term, year and stage (JX-03, SH-04)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from scheme.kinds import Kind, Period

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
        kind = term.scheme.kind_as_of(None, kind_id)
        left = left_to_select(term, kind, [(row.term_id, row.school_year, row.count) for row in same])
        if left is not None and more > left:
            detail = f"“{kind.title}”还可选 {left} 条，现选了 {more} 条"
            rule = term.scheme.rule("select")
            raise term.refusal("quota_exceeded", rule, detail=detail, field="entry_ids", kind=kind_id, left=left)


def left_to_select(term: Term, kind: Kind, selected: Iterable[tuple[UUID, str, int]]) -> int | None:
    """How many more of a kind a student may select in a term; None: no quota. `selected`: term, school year and count."""
    rows = list(selected)
    counts: dict[Period, int] = {
        "term": sum(count for term_id, _, count in rows if term_id == term.id),
        "year": sum(count for _, school_year, count in rows if school_year == term.school_year),
        "stage": sum(count for _, _, count in rows),
    }
    return kind.quota_left(counts, "selected")
