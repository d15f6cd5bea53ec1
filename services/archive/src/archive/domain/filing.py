"""How far a school is with its verdicts and signatures, and the summary that its principal signs (SH-11). Pure."""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from proof import canonical

from archive.domain.confirmations import Slip
from archive.domain.evaluations import Author
from archive.domain.terms import ArchiveTerm
from archive.domain.verdicts import JudgedStudent


@dataclass(frozen=True)
class ClassFiling:
    """Of one class: how many students get a verdict, how many have which, and how many slips are in which state.

    `revision` grows with every change of a verdict or of a slip.
    """

    path: str
    grade_title: str
    class_title: str
    students: int
    verdicts: Mapping[str, int] = field(default_factory=dict)
    slips: Mapping[str, int] = field(default_factory=dict)

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return sum(self.verdicts.values())

    @property
    def printed(self) -> int:
        """How many have a slip that is in force."""
        return sum(count for state, count in self.slips.items() if state != Slip.WITHDRAWN)

    @property
    def settled(self) -> int:
        """How many slips are signed or excused."""
        return self.slips.get(Slip.SIGNED, 0) + self.slips.get(Slip.EXCUSED, 0)


@dataclass(frozen=True)
class Upload:
    """The signed and stamped summary as it was uploaded: of which version."""

    summary_version: int
    file_id: UUID
    name: str
    media_type: str
    by: Author
    at: datetime


@dataclass(frozen=True)
class Summary:
    """A summary as it was printed. `revision`: of the data it was made from; `sha256`: of its rows, printed on it."""

    term_id: UUID
    version: int
    revision: int
    sha256: str
    content: Mapping[str, Any]
    by: Author
    made_at: datetime


@dataclass(frozen=True)
class Filing:
    """One school in one term: its classes, the newest summary, the newest upload, and the revision that counts now."""

    term: ArchiveTerm
    school_title: str
    classes: Sequence[ClassFiling]
    revision: int
    summary: Summary | None = None
    upload: Upload | None = None

    @property
    def students(self) -> int:
        """How many students get a verdict."""
        return sum(one.students for one in self.classes)

    @property
    def verdicts(self) -> dict[str, int]:
        """How many have which verdict."""
        return dict(sum((Counter(one.verdicts) for one in self.classes), Counter[str]()))

    @property
    def slips(self) -> dict[str, int]:
        """How many slips are in which state."""
        return dict(sum((Counter(one.slips) for one in self.classes), Counter[str]()))

    @property
    def judged(self) -> int:
        """How many have a verdict."""
        return sum(one.judged for one in self.classes)

    @property
    def settled(self) -> int:
        """How many slips are signed or excused."""
        return sum(one.settled for one in self.classes)

    @property
    def summary_current(self) -> bool:
        """Whether nothing changed since the newest summary was printed."""
        return self.summary is not None and self.summary.revision == self.revision

    @property
    def upload_current(self) -> bool:
        """Whether the upload is of the newest summary, and nothing changed since."""
        return (
            self.summary is not None
            and self.upload is not None
            and self.summary_current
            and self.upload.summary_version == self.summary.version
        )

    @property
    def complete(self) -> bool:
        """Whether nothing is left to do: every verdict, every signature or its reason, and the signed summary."""
        wants_summary = self.term.summary_step is not None
        signed = not self.term.slip_steps or self.settled >= self.students
        return 0 < self.students <= self.judged and signed and (not wants_summary or self.upload_current)


def need_verdicts(term: ArchiveTerm, filing: Filing | None) -> None:
    """Refuse to seal before each student has a verdict (SH-11)."""
    lacking = lacking_verdicts(filing)
    if lacking > 0:
        rule = term.need_verdict()
        raise term.refusal(
            "verdicts_missing",
            term.scheme.rule("verdict"),
            detail=f"还有{lacking}名学生没有{term.scheme.operation(rule.operation).title}的结论",
            missing=lacking,
            help=f"请联系{term.scheme.role_title(rule.by)}",
        )


def lacking_verdicts(filing: Filing | None) -> int:
    """How many students have no verdict yet; 0 where the scheme has none."""
    return max(0, filing.students - filing.judged) if filing is not None else 0


def need_filed(filing: Filing | None, without_missing: bool) -> int:
    """Refuse to seal before all confirmations and the summary are signed, unless told to go on; answers how many lack."""
    if filing is None or not filing.term.scheme.archives.term.sign_off or filing.complete or not filing.students:
        return 0
    term, lacking = filing.term, filing.students - filing.settled
    if not without_missing:
        detail = f"还有{lacking}份确认单没有签字" if lacking > 0 else "签字盖章的汇总表还没有上传"
        help = "请先完成签字和汇总表上传，或确认后不等待直接生成"
        raise term.refusal("sign_off_open", term.scheme.rule("sign_off"), detail=detail, missing=max(0, lacking), help=help)
    return max(1, lacking)


def need_all_settled(filing: Filing) -> None:
    """Refuse the summary before all verdicts are given and all slips signed, or excused with a reason (SH-11)."""
    term = filing.term
    need_verdicts(term, filing)
    if filing.students == 0:
        raise term.refusal("sign_off_open", term.scheme.rule("sign_off"), detail="本学期没有需要评价的学生", missing=0)
    lacking = filing.students - filing.settled
    if lacking > 0:
        raise term.refusal(
            "sign_off_open",
            term.scheme.rule("sign_off"),
            detail=f"还有{lacking}份确认单没有签字，也没有写明原因",
            missing=lacking,
            help="请班主任登记签字，或写明不能签字的原因",
        )


def summary_content(filing: Filing, students: Iterable[JudgedStudent]) -> dict[str, Any]:
    """What a summary says: counts by class and all students with their verdicts, class by class, in the words of the scheme."""
    term, rule = filing.term, filing.term.need_verdict()
    titles = {choice.id: choice.title for choice in rule.choices}
    rows: dict[str, list[dict[str, Any]]] = {}
    for one in students:
        assert one.verdict is not None
        slip = one.confirmation
        excused = slip is not None and slip.state is Slip.EXCUSED
        rows.setdefault(one.path, []).append(
            {
                "student_id": str(one.student_id),
                "name": one.student_name,
                "verdict": titles.get(one.verdict.choice, one.verdict.choice),
                "reason": one.verdict.reason,
                "signed": not excused,
                "note": (slip.reason or "") if excused and slip else "",
            }
        )
    return {
        "school": filing.school_title,
        "term": term.title,
        "choices": list(titles.values()),
        "classes": [
            {
                "title": one.grade_title + one.class_title,
                "students": one.students,
                "verdicts": [one.verdicts.get(name, 0) for name in titles],
                "excused": one.slips.get(Slip.EXCUSED, 0),
                "rows": rows.get(one.path, []),
            }
            for one in filing.classes
            if one.students
        ],
    }


def fingerprint_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of a summary's content as hex: the same verdicts and signatures give the same one."""
    return hashlib.sha256(canonical(dict(content))).hexdigest()


def need_uploadable(filing: Filing, version: int) -> Summary:
    """The newest summary, if it is of this version and nothing changed since it was printed; else `summary_changed`."""
    newest = filing.summary
    if newest is None or newest.version != version or not filing.summary_current:
        raise filing.term.refusal(
            "summary_changed",
            filing.term.scheme.rule("sign_off"),
            detail="这份汇总表打印以后，评价结论或签字有变动",
            help="请重新下载、打印并签字盖章后再上传",
            newest=newest.version if newest else None,
        )
    return newest
