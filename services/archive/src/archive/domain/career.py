"""Picking for the career archive, and when it may be sealed: by the scheme's numbers (JX-13)."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from servicekit.auth import Actor
from servicekit.refusals import Refusal
from servicekit.timetable import grade_of

from archive.domain.material import Collected
from archive.domain.terms import Term


def candidates(term: Term, records: Sequence[Collected]) -> list[Collected]:
    """Records of sealed term archives whose kind allows the career archive."""
    return [r for r in records if r.archived and term.scheme.kind(r.snapshot.kind).career]


@dataclass(frozen=True)
class StageTerm:
    """One term of a student's stage; `sealed`: the student has an archive of it, made here or backfilled."""

    title: str
    school_year: str
    number: int
    sealed: bool


def stage_terms(term: Term, path: str, sealed: Sequence[Term]) -> list[StageTerm]:
    """Every term that a student of this class has in the stage, oldest first; none where the class does not tell."""
    have = {(one.school_year, one.number) for one in sealed}
    around = int(term.school_year[:4])
    years = [f"{year}-{year + 1}" for year in range(around - 6, around + 7)]
    return [
        StageTerm(f"{year}学年第{'一二'[number - 1]}学期", year, number, (year, number) in have)
        for year in years
        if grade_of(term.scheme, path, year) is not None
        for number in (1, 2)
    ]


def term_for(terms: Sequence[Term]) -> Term:
    """The term whose timetable and rules hold: the latest that sets a window for picking, else the latest."""
    if not terms:
        raise Refusal("career_not_ready", detail="还没有学期")

    def sets_window(term: Term) -> bool:
        career = term.scheme.archives.career
        return career is not None and any(w.operation == career.operation for w in term.windows)

    return next((term for term in reversed(terms) if sets_window(term)), terms[-1])


def need_picking(term: Term, actor: Actor, at: datetime) -> None:
    """Refuse where the scheme lets nobody pick, where this card does not, or outside the window."""
    career = term.scheme.archives.career
    if career is None or career.picked_by is None or not actor.is_(career.picked_by):
        raise Refusal(
            "forbidden", detail="本方案的生涯档案不由您遴选", rule=term.scheme.rule("archive.career"), scheme=term.scheme_name
        )
    term.need_open(career.operation, actor.roles, at, actor.path, term.scheme.rule("archive.career"))


def need_within_quota(term: Term, offered: Sequence[Collected], picked: Collection[UUID]) -> None:
    """Refuse what is no candidate, and more of a kind than the scheme allows."""
    by_id = {r.snapshot.record_id: r.snapshot for r in offered}
    strange = [str(record_id) for record_id in picked if record_id not in by_id]
    if strange:
        message = "只能遴选已经归入学期档案的记录"
        raise Refusal(
            "invalid_input",
            detail=message,
            rule=term.scheme.rule("archive.career"),
            scheme=term.scheme_name,
            errors=[{"field": "record_ids", "message": message, "type": "candidate", "in": "body", "ids": strange}],
        )
    counts: dict[str, int] = {}
    for record_id in picked:
        kind = by_id[record_id].kind
        counts[kind] = counts.get(kind, 0) + 1
    for name, count in counts.items():
        if term.scheme.archives.career_left(name, count - 1) == 0:
            most = term.scheme.archives.career_left(name, 0)
            title = term.scheme.kind(name).title
            raise Refusal(
                "quota_exceeded",
                detail=f"“{title}”最多遴选{most}项，已选{count}项",
                rule=term.scheme.rule("archive.career"),
                scheme=term.scheme_name,
                field="record_ids",
                kind=name,
                most=most,
                picked=count,
            )


def need_sealable(
    term: Term, terms: Sequence[StageTerm], sealed: int, offered: Sequence[Collected], picked: Collection[UUID], anyway: bool
) -> dict[str, int] | None:
    """Refuse before the first sealed term, while terms of the stage are missing (unless told to go on `anyway`), and while
    nothing was picked though something could be. Returns what was let go: the missing terms by title."""
    career = term.scheme.archives.career
    if career is None:
        raise Refusal(
            "forbidden", detail="本方案没有生涯档案", rule=term.scheme.rule("archive.career"), scheme=term.scheme_name
        )
    missing = [one.title for one in terms if not one.sealed]
    details: dict[str, Any] = {"terms_sealed": sealed, "terms_in_stage": term.scheme.terms_in_stage, "missing": missing}
    if sealed == 0:
        raise Refusal(
            "career_not_ready",
            detail="还没有生成学期档案",
            rule=term.scheme.rule("archive.career"),
            scheme=term.scheme_name,
            **details,
        )
    if career.picked_by is not None and offered and not picked:
        raise Refusal(
            "career_not_ready",
            detail="还没有遴选代表性记录",
            rule=term.scheme.rule("archive.career"),
            scheme=term.scheme_name,
            **details,
        )
    if missing and not anyway:
        detail = f"还缺{len(missing)}个学期的档案：{'、'.join(missing)}"
        help = "请等这些学期归档或补录，或确认后不等待缺少的学期直接生成（without_missing）"
        raise Refusal(
            "career_not_ready",
            detail=detail,
            rule=term.scheme.rule("archive.career"),
            scheme=term.scheme_name,
            help=help,
            **details,
        )
    return dict.fromkeys(missing, 1) or None
