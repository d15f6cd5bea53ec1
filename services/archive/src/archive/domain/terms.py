"""How far the archives of a term are, and what is missing before it can be sealed."""

from collections import Counter
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from scheme import Evaluation, ScoredResult, VerdictResult
from scheme.outcomes import SignOff
from servicekit import directory
from servicekit.directory import Student

from archive.domain.printing import Unprintable
from archive.domain.seals import Progress, Seal
from archive.domain.states import Collecting

SEAL = "seal"
VERDICT = "verdict"
"""The verdict among what is written about students, in progress."""


@dataclass(frozen=True)
class BackfillOrigin:
    """The school at which a backfilled term was spent, who filled it in, and what is missing (JX-15)."""

    student_id: UUID
    from_province: str
    from_school: str
    transferred_on: date
    filled_by: str
    lacking: tuple[str, ...] = ()
    profile: tuple[tuple[str, str], ...] = ()
    """Further lines of the profile: label and value."""


@dataclass(frozen=True)
class ArchiveTerm(directory.Term):
    """A term and how far its archives are. `backfill`: only one student has it, from another school (JX-15)."""

    state: Collecting = Collecting.COLLECTING
    closed_at: datetime | None = None
    cleared_at_once: int | None = None
    backfill: BackfillOrigin | None = None

    def need_seal_open(self, roles: Collection[str], at: datetime) -> None:
        """Refuse outside the window for sealing, where the scheme has such an operation (JX-13)."""
        if self.scheme.find_operation(SEAL) is not None:
            self.need_open(SEAL, roles, at, self.path, self.scheme.rule("archive.term"))

    def archived(self, students: Iterable[Student]) -> list[Student]:
        """The students who get a term archive: those of the grades that the scheme names, and of an archive of the whole
        stage only those in its last term (CS-01)."""
        rule = self.scheme.archives.term
        of_stage = rule.spans == "stage"
        return [
            s
            for s in students
            if (not rule.grades or self.grade(s.path) in rule.grades) and (not of_stage or self.last_term(s.path))
        ]

    @property
    def verdict(self) -> VerdictResult | None:
        """The verdict that is given on each report (SH-11); None: the scheme has none."""
        result = self.scheme.result
        return result if isinstance(result, VerdictResult) else None

    def need_verdict(self) -> VerdictResult:
        """The same; `no_verdict` where the scheme has none."""
        found = self.verdict
        if found is None:
            raise self.refusal("no_verdict", self.scheme.rule("verdict"))
        return found

    def need_scored(self) -> ScoredResult:
        """How this term is scored (BJ-10); `no_scores` where the scheme has none."""
        found = self.scored
        if found is None:
            raise self.refusal("no_scores", self.scheme.rule("result"))
        return found

    @property
    def scored(self) -> ScoredResult | None:
        """The scores of the scheme (BJ-10); None: it has none."""
        result = self.scheme.result
        return result if isinstance(result, ScoredResult) else None

    def scored_at(self, path: str) -> ScoredResult:
        """How this class is scored in this term: with the parts that count in its grade and in this term."""
        return self.need_scored().at(self.grade(path), self.last_term(path))

    def scored_students(self, students: Iterable[Student]) -> list[Student]:
        """The students whose result is formed in this term."""
        formed: dict[str, bool] = {}
        for student in (students := list(students)):
            if student.path not in formed:
                formed[student.path] = self.scores_class(student.path)
        return [student for student in students if formed[student.path]]

    def scores_class(self, path: str) -> bool:
        """Whether a result is formed for students of this class in this term: the scheme may do so in some grades, or in the
        last term of the stage only."""
        return self.scored is not None and self.scored.formed(self.grade(path), self.last_term(path))

    def judged(self, students: Iterable[Student]) -> list[Student]:
        """The students on whose report a verdict is given: those of its grades who get an archive."""
        return [student for student in self.archived(students) if self.judges_grade(student.path)]

    def judges_grade(self, path: str) -> bool:
        """Whether students of this class get a verdict."""
        rule, archived = self.verdict, self.scheme.archives.term.grades
        grade = self.grade(path)
        return rule is not None and all(not grades or grade in grades for grades in (rule.grades, archived))

    def expected(self, path: str) -> list[tuple[str, str]]:
        """What is written about each student of this class: the evaluations, then the verdict, by id and title."""
        found = [(e.id, e.title) for e in self.evaluations(path)]
        rule = self.verdict
        if rule is not None and self.judges_grade(path):
            found.append((VERDICT, self.scheme.operation(rule.operation).title))
        return found

    @property
    def slip_steps(self) -> tuple[SignOff, ...]:
        """Who signs each student's printed confirmation, in order."""
        return tuple(step for step in self.scheme.archives.term.sign_off if step.how == "paper")

    @property
    def summary_step(self) -> SignOff | None:
        """Who signs the printed summary of the school."""
        return next((step for step in self.scheme.archives.term.sign_off if step.how == "summary"), None)

    def evaluations(self, path: str) -> tuple[Evaluation, ...]:
        """The evaluations that a student of this class has in this term, those by classmates included (JX-12, CS-12)."""
        return self.scheme.evaluations_in(self.last_term(path) or False, self.grade(path))

    def evaluations_about(self, path: str) -> tuple[Evaluation, ...]:
        """Those that one person writes about one student: all but the ones by classmates."""
        return tuple(e for e in self.evaluations(path) if e.about != "classmates")


@dataclass(frozen=True)
class SealReadiness:
    """What a term waits for: open cases, cleared entries that have not arrived yet (`on_the_way`), and locked classes whose
    results are not final (`results_open`), which counts where results are published (X-15)."""

    open_cases: int
    on_the_way: int
    results_open: int = 0


@dataclass(frozen=True)
class TermDetail:
    """How far the archives of a term are; `late`: records that were added, changed or removed after the seal."""

    term: ArchiveTerm
    seal: Seal | None
    progress: Progress | None
    readiness: SealReadiness
    missing: Mapping[str, int]
    students: int
    late: int
    unprintable: Sequence[Unprintable] = ()
    without_verdict: int = 0
    """Students whose report is not judged yet (SH-11)."""


@dataclass(frozen=True)
class Block:
    """What stands in the way of a seal; `may_go_on`: the school may seal in spite of it."""

    what: str
    message: str
    may_go_on: bool = False


@dataclass(frozen=True)
class ClassMissing:
    """Students of a class who lack a required evaluation."""

    path: str
    grade_title: str
    class_title: str
    type: str
    students: Sequence[Student]


@dataclass(frozen=True)
class SealPreview:
    """What a seal would find now: what stands in its way, and what is missing, class by class."""

    term: ArchiveTerm
    students: int
    classes: int
    blocks: Sequence[Block]
    missing: Sequence[ClassMissing]


def lacking_by_class(
    term: ArchiveTerm, students: Iterable[Student], written: Mapping[str, Collection[UUID]]
) -> list[ClassMissing]:
    """The students who lack a required evaluation, by class and evaluation. `written` is by type."""
    by_class: dict[str, list[Student]] = {}
    for student in students:
        by_class.setdefault(student.path, []).append(student)
    found = []
    for path, own in sorted(by_class.items()):
        for evaluation in term.evaluations(path):
            lacking = [student for student in own if student.id not in written.get(evaluation.id, ())]
            if evaluation.required and evaluation.in_term_archive and lacking:
                found.append(ClassMissing(path, own[0].grade_title, own[0].class_title, evaluation.id, lacking))
    return found


def need_publicity_settled(term: ArchiveTerm, known: SealReadiness) -> None:
    """Refuse while publicity is open, cases are open, or cleared entries are still on their way (JX-13)."""
    missing: list[dict[str, Any]] = []
    if term.scheme.timing.publicity_operation is not None and term.closed_at is None:
        missing.append({"what": "publicity_open", "message": "公示尚未结束"})
    if known.open_cases:
        message = f"还有{known.open_cases}件公示异常没有处理完"
        missing.append({"what": "open_cases", "count": known.open_cases, "message": message})
    if known.on_the_way:
        message = f"还有{known.on_the_way}条公示通过的记录正在送达，请稍后再试"
        missing.append({"what": "entries_on_the_way", "count": known.on_the_way, "message": message})
    if term.scored is not None and term.scored.publicity is not None and known.results_open:
        message = f"还有{known.results_open}个班的结果公示或异议没有结束"
        missing.append({"what": "results_published", "count": known.results_open, "message": message})
    if missing:
        detail = "；".join(str(problem["message"]) for problem in missing)
        raise term.refusal("term_not_ready", term.scheme.rule("archive.term"), detail=detail, missing=missing)


def missing_evaluations(
    term: ArchiveTerm, students: Iterable[Student], written: Mapping[str, Collection[UUID]]
) -> dict[str, int]:
    """How many students lack each required evaluation; only those that lack any are named. `written` is by type."""
    counts: Counter[str] = Counter()
    of_class: dict[str, tuple[Evaluation, ...]] = {}
    for student in students:
        if student.path not in of_class:
            of_class[student.path] = term.evaluations(student.path)
        for evaluation in of_class[student.path]:
            if evaluation.required and evaluation.in_term_archive and student.id not in written.get(evaluation.id, ()):
                counts[evaluation.id] += 1
    return dict(counts)


def need_evaluations(term: ArchiveTerm, missing: Mapping[str, int], without_missing: bool) -> None:
    """Refuse while evaluations are missing, unless told to go on without them (JX-12)."""
    if missing and not without_missing:
        named = {name: {"title": term.scheme.evaluation(name).title, "count": count} for name, count in missing.items()}
        detail = "；".join(f"{each['title']}还缺{each['count']}份" for each in named.values())
        raise term.refusal(
            "evaluations_missing",
            term.scheme.rule("evaluation"),
            detail=detail,
            missing=named,
            help="请联系班主任补齐，或确认后不等待缺少的评价直接生成",
        )
