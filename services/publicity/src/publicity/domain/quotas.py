"""How many entries a student may still select, by the scheme's quotas per term, year and stage (JX-03, SH-04)."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from scheme.kinds import Period
from servicekit.refusals import Refusal

from publicity.domain.entries import Entry
from publicity.domain.terms import Term


@dataclass(frozen=True)
class Used:
    """So many entries of a kind this student has selected in one term."""

    student_id: UUID
    kind: str
    term_id: UUID
    school_year: str
    count: int


def need_room(entries: Sequence[Entry], terms: dict[UUID, Term], used: Iterable[Used]) -> None:
    """Refuse with `quota_exceeded` when these entries do not all fit."""
    known = list(used)
    wanted = Counter((entry.student_id, entry.kind, entry.term_id) for entry in entries)
    for (student_id, kind_id, term_id), more in wanted.items():
        term = terms[term_id]
        mine = [row for row in known if row.student_id == student_id and row.kind == kind_id]
        counts: dict[Period, int] = {
            "term": sum(row.count for row in mine if row.term_id == term_id),
            "year": sum(row.count for row in mine if row.school_year == term.school_year),
            "stage": sum(row.count for row in mine),
        }
        kind = term.scheme.kind(kind_id)
        left = kind.quota_left(counts, "selected")
        if left is not None and more > left:
            raise Refusal(
                "quota_exceeded",
                detail=f"“{kind.title}”还可选 {left} 条，现选了 {more} 条",
                rule=term.scheme.rule("select"),
                field="entry_ids",
                scheme=term.scheme_name,
                kind=kind_id,
                left=left,
            )
