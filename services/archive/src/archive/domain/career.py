"""What a student selects for the career archive of a stage, its limits, and when it may be sealed (BJ-03, JX-13)."""

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from scheme.stages import term_title
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal
from servicekit.timetable import entry_year_of

from archive.domain.material import Collected, kind_of
from archive.domain.seals import Archive
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm


@dataclass(frozen=True)
class Career:
    """A student's selection for one stage. `version` 0: nothing was selected yet."""

    student_id: UUID
    stage: str
    record_ids: tuple[UUID, ...] = ()
    version: int = 0
    state: Collecting = Collecting.COLLECTING


@dataclass(frozen=True)
class HeldTerm:
    """A sealed term in which the student has an archive, and the class then."""

    term_id: UUID
    path: str
    school_title: str
    grade_title: str
    class_title: str


@dataclass(frozen=True)
class StudentStage:
    """A stage of a student. student: with the class there, which is an earlier one in an earlier stage; term: whose timetable
    and scheme apply; sealed: the terms with an archive, oldest first; current: the student is in this stage now."""

    stage: str
    title: str
    student: Student
    term: ArchiveTerm
    sealed: Sequence[ArchiveTerm]
    current: bool


def stages_of(
    student: Student, at_school: Sequence[ArchiveTerm], held: Sequence[HeldTerm], known: Mapping[UUID, ArchiveTerm]
) -> list[StudentStage]:
    """The stages of a student, the first one first; the one that the school has now is the last (BJ-03).

    at_school: the terms of the school, oldest first; held: as of `store.careers.held`; known: those terms by id. A stage counts
    under the scheme, the length and the class of its own school. Who repeats a stage at another school has it once.
    """
    by_stage: dict[str, list[tuple[HeldTerm, ArchiveTerm]]] = {}
    for one in held:
        term = known[one.term_id]
        by_stage.setdefault(term.schooling_of(one.path).stage, []).append((one, term))
    now = at_school[-1].schooling_of(student.path).stage if at_school else None
    found = []
    for stage, own in by_stage.items():
        if stage != now:
            last, term = next((pair for pair in reversed(own) if pair[1].backfill is None), own[-1])
            there = replace(
                student, path=last.path, school_title=last.school_title, grade_title=last.grade_title,
                class_title=last.class_title,
            )  # fmt: skip
            sealed = [term for _, term in own]
            title = term.schooling_of(last.path).title
            found.append(StudentStage(stage, title, there, term_for(sealed), sealed, current=False))
    if now is not None:
        term = term_for([term for term in at_school if term.schooling_of(student.path).stage == now])
        sealed = [term for _, term in by_stage.get(now, ())]
        found.append(StudentStage(now, term.schooling_of(student.path).title, student, term, sealed, current=True))
    return found


def chosen_stage(stages: Sequence[StudentStage], wanted: str | None) -> StudentStage:
    """The stage that was asked for; None: the present one, else the last. `not_found` where the student is not known there."""
    if not stages:
        raise Refusal("career_not_ready", detail="还没有学期")
    if wanted is None:
        return stages[-1]
    found = next((one for one in stages if one.stage == wanted), None)
    if found is None:
        raise Refusal("not_found", detail="这名学生没有这个学段的档案")
    return found


def candidates(term: ArchiveTerm, records: Sequence[Collected]) -> list[Collected]:
    """Records of sealed term archives whose kind allows the career archive."""
    return [r for r in records if r.archived and kind_of(term.scheme, r.snapshot).career]


@dataclass(frozen=True)
class StageTerm:
    """One term of a student's stage; `sealed`: the student has an archive of it, made here or backfilled."""

    title: str
    school_year: str
    number: int
    sealed: bool


@dataclass(frozen=True)
class CareerDetail:
    """A student's career archive of a stage with what may be selected for it. `archive`: the newest version, once it is ready;
    `stages`: all that the student has."""

    own: StudentStage
    stages: Sequence[StudentStage]
    career: Career
    candidates: Sequence[Collected]
    terms: Sequence[StageTerm]
    terms_sealed: int
    archive: Archive | None = None

    @property
    def student(self) -> Student:
        """With the class in this stage."""
        return self.own.student

    @property
    def term(self) -> ArchiveTerm:
        """The term whose timetable and scheme apply."""
        return self.own.term


def stage_terms(term: ArchiveTerm, path: str, sealed: Sequence[ArchiveTerm]) -> list[StageTerm]:
    """Every term that a student of this class has in the stage, oldest first; none where its grade is not known."""
    have = {(s.school_year, s.number) for s in sealed}
    entered = entry_year_of(path)
    terms = term.schooling_of(path).all_terms(entered) if entered is not None else []
    return [StageTerm(term_title(year, number), year, number, (year, number) in have) for year, number in terms]


def term_for(terms: Sequence[ArchiveTerm]) -> ArchiveTerm:
    """The term whose timetable and scheme apply: the latest with a window for the selection, else the latest."""
    if not terms:
        raise Refusal("career_not_ready", detail="还没有学期")

    def sets_window(term: ArchiveTerm) -> bool:
        career = term.scheme.archives.career
        return career is not None and any(w.operation == career.operation for w in term.windows)

    return next((term for term in reversed(terms) if sets_window(term)), terms[-1])


def need_picking(term: ArchiveTerm, actor: Actor, at: datetime) -> None:
    """Refuse where the scheme lets nobody select, where this card must not, and outside the window."""
    career = term.scheme.archives.career
    if career is None or career.picked_by is None or not actor.is_(career.picked_by):
        raise term.refusal("forbidden", term.scheme.rule("archive.career"), detail="本方案的生涯档案不由您遴选")
    term.need_open(career.operation, actor.roles, at, actor.path, term.scheme.rule("archive.career"))


def need_within_career_limit(term: ArchiveTerm, offered: Sequence[Collected], picked: Collection[UUID]) -> None:
    """Refuse records that are no candidates, and more of a kind than the career archive may have (JX-13)."""
    by_id = {r.snapshot.record_id: r.snapshot for r in offered}
    strange = [str(record_id) for record_id in picked if record_id not in by_id]
    if strange:
        message = "只能遴选已经归入学期档案的记录"
        errors = [{"field": "record_ids", "message": message, "type": "candidate", "in": "body", "ids": strange}]
        raise term.refusal("invalid_input", term.scheme.rule("archive.career"), detail=message, errors=errors)
    counts = Counter(by_id[record_id].kind for record_id in picked)
    for name, count in counts.items():
        if term.scheme.archives.career_left(name, count - 1) == 0:
            most = term.scheme.archives.career_left(name, 0)
            title = next(kind_of(term.scheme, one).title for one in by_id.values() if one.kind == name)
            raise term.refusal(
                "quota_exceeded",
                term.scheme.rule("archive.career"),
                detail=f"“{title}”最多遴选{most}项，已选{count}项",
                field="record_ids",
                kind=name,
                most=most,
                picked=count,
            )


def need_sealable(
    term: ArchiveTerm,
    terms: Sequence[StageTerm],
    sealed: int,
    offered: Sequence[Collected],
    picked: Collection[UUID],
    anyway: bool,
) -> dict[str, int] | None:
    """Refuse before the first sealed term, while terms of the stage are missing (unless told to go on `anyway`), and while
    nothing is selected though something could be. Returns the missing terms by title, if any."""
    career, rule = term.scheme.archives.career, term.scheme.rule("archive.career")
    if career is None:
        raise term.refusal("forbidden", rule, detail="本方案没有生涯档案")
    missing = [stage_term.title for stage_term in terms if not stage_term.sealed]
    details: dict[str, Any] = {"terms_sealed": sealed, "terms_in_stage": len(terms) or term.schooling.terms, "missing": missing}
    if sealed == 0:
        raise term.refusal("career_not_ready", rule, detail="还没有生成学期档案", **details)
    if career.picked_by is not None and offered and not picked:
        raise term.refusal("career_not_ready", rule, detail="还没有遴选代表性记录", **details)
    if missing and not anyway:
        detail = f"还缺{len(missing)}个学期的档案：{'、'.join(missing)}"
        help = "请等这些学期归档或补录，或确认后不等待缺少的学期直接生成"
        raise term.refusal("career_not_ready", rule, detail=detail, help=help, **details)
    return dict.fromkeys(missing, 1) or None
