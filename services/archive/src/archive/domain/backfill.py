"""Backfill: a term that a student spent at a school of another province, filled in by the new school (JX-15)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import EvidenceRef, RecordSnapshot
from contracts.records import TermEvent
from scheme import Scheme, Schooling, UnknownError
from scheme.forms import FieldProblem
from scheme.stages import term_title
from servicekit.auth import Actor
from servicekit.directory import Student
from servicekit.refusals import Refusal
from servicekit.timetable import grade_of, scheme_name

from archive.domain.material import HeldPosition
from archive.domain.states import Collecting
from archive.domain.terms import ArchiveTerm

_PARTS = {"positions": "任职情况", "records": "写实记录"}


@dataclass(frozen=True)
class BackfilledEvaluation:
    """An evaluation written at the other school: its type in the scheme, and who wrote it."""

    type: str
    text: str
    author: str


@dataclass(frozen=True)
class BackfilledRecord:
    """A record of the backfilled term."""

    id: UUID
    kind: str
    title: str
    data: Mapping[str, Any]
    evidence: tuple[EvidenceRef, ...] = ()


@dataclass(frozen=True)
class Backfill:
    """What is filled in so far. `id` is also the id of the term that it becomes; `state` follows that term."""

    id: UUID
    student_id: UUID
    path: str
    scheme_id: str
    scheme_version: str
    time_zone: str
    school_year: str
    number: int
    starts_on: date
    ends_on: date
    from_province: str
    from_school: str
    transferred_on: date
    made_by: UUID
    made_by_name: str
    made_at: datetime
    profile: Mapping[str, Any] = field(default_factory=dict)
    positions: tuple[Mapping[str, Any], ...] = ()
    evaluations: tuple[BackfilledEvaluation, ...] = ()
    records: tuple[BackfilledRecord, ...] = ()
    version: int = 1
    state: Collecting = Collecting.COLLECTING

    @property
    def title(self) -> str:
        """2025-2026学年第一学期."""
        return term_title(self.school_year, self.number)

    @property
    def zone(self) -> ZoneInfo:
        """The school's time zone."""
        return ZoneInfo(self.time_zone)

    def today(self, now: datetime) -> date:
        """The day it is at the school."""
        return now.astimezone(self.zone).date()

    def term_event(self, schooling: Schooling) -> TermEvent:
        """The term that it becomes, for the directory."""
        return TermEvent(
            term_id=self.id, path=self.path, title=self.title, school_year=self.school_year, number=self.number,
            scheme_id=self.scheme_id, scheme_version=self.scheme_version, time_zone=self.time_zone,
            starts_on=self.starts_on, ends_on=self.ends_on, windows=(), version=1, stage=schooling.stage, years=schooling.years,
        )  # fmt: skip


@dataclass(frozen=True)
class Missing:
    """A part that is not filled in. `required`: the archive waits for it, unless it is made `without_missing`, where that
    `may_go_on`."""

    what: str
    title: str
    required: bool
    field: str | None = None
    may_go_on: bool = True


@dataclass(frozen=True)
class BackfillDetail:
    """A backfill with its student, all known of profile and positions, and what is missing."""

    backfill: Backfill
    student: Student
    scheme: Scheme
    schooling: Schooling
    profile: Mapping[str, Any]
    positions: Sequence[HeldPosition]
    missing: Sequence[Missing]


def refusal(scheme: Scheme, code: str, detail: str, **details: Any) -> Refusal:
    """A refusal that names the scheme and its rule about backfills."""
    return Refusal(code, detail=detail, rule=scheme.rule("backfill"), scheme=scheme_name(scheme), **details)


def need_right(scheme: Scheme, actor: Actor) -> None:
    """Refuse where the scheme has no backfill, or another role does it."""
    rule = scheme.archives.backfill
    if rule is None or not actor.is_(rule.by):
        raise refusal(scheme, "forbidden", "本方案没有由您进行的档案补录")


def need_no_career(scheme: Scheme, career: Collecting) -> None:
    """Refuse once a career archive of the stage exists or is being made (JX-15)."""
    if scheme.archives.blocked_by_career("backfill", career is not Collecting.COLLECTING):
        raise refusal(scheme, "backfill_not_possible", "生涯档案已经生成，不能再补录", why="career")


def need_open(backfill: Backfill, scheme: Scheme) -> None:
    """Refuse changes to what is sealed or being sealed."""
    if backfill.state is not Collecting.COLLECTING:
        detail = "补录的档案正在生成" if backfill.state is Collecting.SEALING else "补录的档案已经生成，不能再改动"
        raise Refusal("wrong_state", detail=detail, rule=scheme.rule("backfill"), state=backfill.state)


def province_name(title: str) -> str:
    """The name without its suffix: 江西省 and 江西 are one province."""
    for suffix in ("维吾尔自治区", "壮族自治区", "回族自治区", "自治区", "特别行政区", "省", "市"):
        if title.endswith(suffix) and len(title) > len(suffix) + 1:
            return title.removesuffix(suffix)
    return title


def need_other_province(
    backfill: Backfill,
    scheme: Scheme,
    schooling: Schooling,
    home: str,
    own: Sequence[ArchiveTerm],
    today: date,
    archived: bool,
) -> None:
    """Refuse a term not spent in another province, before the transfer and within the stage, or already archived.

    `schooling`: of the school; `home`: its province; `own`: its terms; `archived`: this term of the student has an archive.
    """

    def no(why: str, detail: str) -> Refusal:
        return refusal(scheme, "backfill_not_possible", detail, why=why)

    first, last = backfill.school_year.split("-")
    if int(last) != int(first) + 1:  # else one year could be filled in under many names
        raise wrong(scheme, [("school_year", "学年应为相邻的两年，如2025-2026")])
    if backfill.number > schooling.terms_per_year:
        raise wrong(scheme, [("number", f"每学年有{schooling.terms_per_year}个学期")])
    if home and province_name(backfill.from_province.strip()) == province_name(home):
        raise no("same_province", f"只有从外省转入的学生才能补录；{home}内转学的档案随学籍转来")
    if backfill.transferred_on > today:
        raise no("not_yet", "转入日期不能晚于今天")
    if backfill.starts_on >= backfill.ends_on or backfill.starts_on >= backfill.transferred_on:
        raise no("after_transfer", "只能补录转入之前的学期")
    if grade_of(schooling, backfill.path, backfill.school_year) is None:
        raise no("not_in_stage", f"{backfill.school_year}学年不在该生本学段内")
    if archived:
        raise no("archived", f"{backfill.title}已有学期档案")
    for term in own:
        if (term.school_year, term.number) == (
            backfill.school_year,
            backfill.number,
        ) and backfill.transferred_on <= term.ends_on:
            raise no("own_term", f"{term.title}在本校就读，由本校正常归档")


def profile_of(student: Student, backfill: Backfill, scheme: Scheme) -> dict[str, Any]:
    """The profile: what is known of the student, and what was filled in."""
    known: dict[str, Any] = {
        "name": student.name,
        "sex": student.sex,
        "registry_number": student.registry_number,
        "school": student.school_title,
        "class": student.grade_title + student.class_title,
        "origin_school": backfill.from_school,
    }
    names = {f.id for f in scheme.profile.form.fields}
    return {name: value for name, value in {**backfill.profile, **known}.items() if name in names and value not in (None, "")}


def missing(backfill: Backfill, student: Student, positions: int, scheme: Scheme) -> list[Missing]:
    """What is not filled in, parts that the scheme requires first (JX-15). `positions`: how many there are."""
    rule = scheme.archives.backfill
    required = set(rule.required) if rule else set()
    found = [
        Missing("profile", field.title, "profile" in required, field.id)
        for field in scheme.profile.form.missing(profile_of(student, backfill, scheme))
    ]
    if not positions:
        found.append(Missing("positions", _PARTS["positions"], "positions" in required))
    if not backfill.records:
        found.append(Missing("records", _PARTS["records"], "records" in required, may_go_on="records" not in required))
    written = {evaluation.type for evaluation in backfill.evaluations}
    optional = set(rule.optional_evaluations) if rule else set()
    for evaluation in scheme.evaluations:
        is_text = evaluation.text is not None and not evaluation.per_dimension and evaluation.about != "classmates"
        if evaluation.in_term_archive and is_text and evaluation.id not in written:
            needed = "evaluations" in required and evaluation.id not in optional
            found.append(Missing("evaluations", evaluation.title, needed, evaluation.id))
    return sorted(found, key=lambda m: not m.required)


def need_complete(lacking: Sequence[Missing], without_missing: bool, scheme: Scheme) -> None:
    """Refuse while required parts are missing, unless `without_missing`; at least one record is needed in any case."""
    required = [m for m in lacking if m.required]
    if not required or (without_missing and all(m.may_go_on for m in required)):
        return
    raise refusal(
        scheme,
        "backfill_incomplete",
        "还缺：" + "、".join(m.title for m in required),
        missing=[vars(m) for m in required],
        help="请补齐，或确认后不等待缺少的内容直接生成；写实记录至少一条",
    )


def clean_record(
    scheme: Scheme,
    schooling: Schooling,
    backfill: Backfill,
    kind_id: str,
    data: Mapping[str, Any],
    files: Sequence[str],
    today: date,
) -> dict[str, Any]:
    """The form's clean values of a record of this kind, or every problem: the validator of reports and imports (JX-15).

    files: the media types of its files, in order.
    """
    try:
        kind = scheme.kind(kind_id)
    except UnknownError:
        raise wrong(scheme, [("kind", "没有这一类别")]) from None
    if kind.archive == "never" or not kind.fits_grade(grade_of(schooling, backfill.path, backfill.school_year)):
        raise wrong(scheme, [("kind", f"“{kind.title}”不归入本学期的档案")])
    clean = kind.validate_data(data, zone=backfill.zone, today=today)
    problems = _problems("data", clean if isinstance(clean, list) else kind.image_problems(clean, files))
    if problem := kind.evidence.count_problem(len(files)):
        problems.append(("evidence", problem))
    day = clean.get(kind.date_field) if kind.date_field and not isinstance(clean, list) else None
    if kind.date_field and isinstance(day, date) and not backfill.starts_on <= day <= backfill.ends_on:
        problems.append((f"data.{kind.date_field}", f"{kind.form.field(kind.date_field).title}不在{backfill.title}之内"))
    if problems or isinstance(clean, list):
        raise wrong(scheme, problems)
    quota = kind.quota("term")
    if quota is not None and sum(r.kind == kind_id for r in backfill.records) >= quota.max:
        raise refusal(scheme, "quota_exceeded", f"“{kind.title}”每学期最多{quota.max}项", kind=kind_id, most=quota.max)
    return dict(clean)


def clean_position(scheme: Scheme, index: int, data: Mapping[str, Any], today: date, zone: ZoneInfo) -> dict[str, Any]:
    """The clean values of a position, or every problem."""
    if scheme.positions is None:
        raise wrong(scheme, [("positions", "本方案没有职务")])
    clean = scheme.positions.validate_data(data, zone=zone, today=today)
    if isinstance(clean, list):
        raise wrong(scheme, _problems(f"positions.{index}", clean))
    return dict(clean)


def clean_profile(scheme: Scheme, data: Mapping[str, Any], today: date, zone: ZoneInfo) -> dict[str, Any]:
    """The clean values of the profile fields that were filled in, or every problem. Missing ones are no problem."""
    known = {field.id: field for field in scheme.profile.form.fields}
    problems = [(f"profile.{name}", "没有这一项") for name in data if name not in known]
    clean: dict[str, Any] = {}
    for name, value in data.items():
        if name in known and value not in (None, ""):
            try:
                clean[name] = known[name].parse(value, zone, today)
            except ValueError as bad:
                problems.append((f"profile.{name}", str(bad)))
    if problems:
        raise wrong(scheme, problems)
    return clean


def need_each_once(scheme: Scheme, types: Sequence[str]) -> None:
    """Refuse a second evaluation of one type (JX-12)."""
    twice = [index for index, type in enumerate(types) if type in types[:index]]
    if twice:
        raise wrong(scheme, [(f"evaluations.{index}.type", "这项评价已填写") for index in twice])


def _problems(where: str, found: Sequence[FieldProblem]) -> list[tuple[str, str]]:
    return [(f"{where}.{problem.field}", problem.message) for problem in found]


def wrong(scheme: Scheme, problems: Sequence[tuple[str, str]]) -> Refusal:
    """`invalid_input` with every field and its problem."""
    errors = [{"field": name, "message": message, "type": "form", "in": "body"} for name, message in problems]
    return refusal(scheme, "invalid_input", problems[0][1], errors=errors)


def snapshots(backfill: Backfill, student: Student, scheme: Scheme) -> list[RecordSnapshot]:
    """The records as the archive collects them: entered by the school."""
    return [
        RecordSnapshot(
            record_id=r.id,
            term_id=backfill.id,
            student_id=student.id,
            student_name=student.name,
            path=student.path,
            dimension=scheme.dimension_of(r.kind).id,
            kind=r.kind,
            title=r.title,
            data=dict(r.data),
            evidence=r.evidence,
            origin="entered",
            level="school",
            author_name=backfill.made_by_name,
            version=1,
        )
        for r in backfill.records
    ]
