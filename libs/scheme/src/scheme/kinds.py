"""Kinds of records: who enters them, how they are reviewed, published, limited and archived."""

from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, date, tzinfo
from typing import Annotated, Literal, Self

import pydantic
from pydantic import model_validator

from scheme.base import (
    CaseTypeId,
    ContentError,
    Duration,
    Id,
    Level,
    Model,
    OperationId,
    Ref,
    RoleId,
    Text,
    WorkingDays,
    find,
    need_one_length,
    need_unique_ids,
)
from scheme.forms import Field, FieldProblem, Form
from scheme.values import Value

type Origin = Literal["reported", "imported", "entered"]
type TermFilter = Literal["every", "last", "not_last"]
type Period = Literal["term", "year", "stage", "career_archive"]
type EvidenceType = Literal["image", "pdf", "video", "audio"]
_MEDIA_TYPES: dict[EvidenceType, str] = {"image": "image/", "pdf": "application/pdf", "video": "video/", "audio": "audio/"}
_TYPE_TITLES: dict[EvidenceType, str] = {"image": "图片", "pdf": "PDF", "video": "视频", "audio": "音频"}


def applies_to_term(terms: TermFilter, last_term: bool) -> bool:
    """Whether a rule for `every` term, the `last` or the `not_last` terms of a stage applies to this one (CS-01)."""
    return terms == "every" or (terms == "last") == last_term


def applies_to_grade(grades: Collection[int], grade: int | None) -> bool:
    """Whether a rule for these grades (school years 1 to 12; empty: all) applies to this one; None: to any of them."""
    return grade is None or not grades or grade in grades


def shown_size(size: int) -> str:
    """A number of bytes for readers, rounded down: 10MB, 512KB."""
    return f"{size // 2**20}MB" if size >= 2**20 else f"{max(1, size // 2**10)}KB"


class Evidence(Model):
    """How many files prove a record, of which types, each of at most `max_bytes` (JX-03, CS-04)."""

    min: int = pydantic.Field(default=0, ge=0)
    max: int = pydantic.Field(default=9, ge=0, le=50)
    types: tuple[EvidenceType, ...] = ("image", "pdf")
    max_bytes: int = pydantic.Field(default=10 * 1024 * 1024, ge=1, le=1024**3)

    @model_validator(mode="after")
    def _ordered(self) -> Self:
        if self.min > self.max:
            raise ContentError(
                "evidence: min is above max", f"最少份数{self.min}大于最多份数{self.max}", "请改正 min 或 max", "min"
            )
        if self.max and not self.types:
            raise ContentError(
                "evidence: no type of file is allowed",
                "要求上传文件，却没有允许的文件类型",
                "请在 types 中写明，如 [image, pdf]",
                "types",
            )
        return self

    def count_problem(self, count: int, word: str = "佐证材料") -> str | None:
        """A Chinese sentence when there are too few or too many files, else None. `word`: what the scheme calls evidence."""
        if count < self.min:
            return f"请至少上传{self.min}份{word}"
        if count <= self.max:
            return None
        return f"{word}最多{self.max}份，现有{count}份" if self.max else f"这里不需要{word}"

    def problems(
        self, files: Sequence[tuple[str, int]], where: str, *, word: str = "佐证材料", whole: bool = True
    ) -> list[FieldProblem]:
        """Everything that is wrong with these files, each a media type and a size in bytes. `whole`: none may be missing.

        A problem names the field `evidence`, or `evidence.0` for the first file. where: prefix of `FieldProblem.rule`.
        """
        found: list[FieldProblem] = []
        wrong_count = self.count_problem(len(files), word)
        if wrong_count and (whole or len(files) > self.max):
            limit = "min" if len(files) < self.min else "max"
            found.append(FieldProblem("evidence", limit, wrong_count, f"{where}.{limit}"))
        if not self.max:
            return found
        for index, (media_type, size) in enumerate(files):
            if not any(media_type.startswith(_MEDIA_TYPES[name]) for name in self.types):
                types = "、".join(_TYPE_TITLES[name] for name in self.types)
                found.append(FieldProblem(f"evidence.{index}", "types", f"这里只能上传{types}", f"{where}.types"))
            if size > self.max_bytes:
                most = shown_size(self.max_bytes)
                found.append(FieldProblem(f"evidence.{index}", "max_bytes", f"文件不能超过{most}", f"{where}.max_bytes"))
        return found


class Silence(Model):
    """What happens when nobody acts: `pass`, `escalate` or `nothing` (SH-07, SH-10).

    It happens `after` the step began, or so many working days after that day, or else at the end of the step's window.
    `to`: the role that takes over; `case`: the type of case that is opened.
    """

    then: Literal["pass", "escalate", "nothing"] = "nothing"
    after: Duration | None = None
    after_working_days: WorkingDays | None = None
    to: RoleId | None = None
    case: CaseTypeId | None = None

    @model_validator(mode="after")
    def _escalates_somewhere(self) -> Self:
        if (self.then == "escalate") != (self.to is not None or self.case is not None):
            raise ContentError(
                "silence: `escalate`, and only that, needs `to` or `case`",
                "转交（escalate）必须写明转交给谁，其他做法不能写",
                "请写 then: escalate 并补上 to 或 case，或删去 to、case",
                "then",
            )
        return need_one_length(self)

    @property
    def by_window(self) -> bool:
        """Whether it happens at the end of a window."""
        return self.after is None and self.after_working_days is None


class ReviewStep(Model):
    """One review step: the reviewing role, the operation whose window it needs, and what happens if nobody reviews.

    switch: a school switch that turns the step off (SH-02). silence: see `Silence`; where it passes the step, so does a
    record that is corrected after the step's window. unmended: what happens when a returned record is not corrected in
    the window of `mend_operation`: it escalates into a case (SH-07, SH-10). revisable: its author may hand in an approved
    record again, instead of publishing it (SH-06).
    """

    id: Id
    title: Text
    role: RoleId
    operation: OperationId = "review"
    silence: Silence = Silence()
    switch: Annotated[Id, Ref("switch")] | None = None
    terms: TermFilter = "every"
    mend_operation: OperationId | None = None
    unmended: Silence = Silence()
    revisable: bool = False


class Chain(Model):
    """Review steps in order; without any, a submitted record is approved at once."""

    steps: tuple[ReviewStep, ...] = ()

    @model_validator(mode="after")
    def _distinct(self) -> Self:
        need_unique_ids(self.steps, "review step", "steps")
        for number, step in enumerate(self.steps):
            if step.unmended.then == "pass" or step.unmended.to is not None or not step.unmended.by_window:
                raise ContentError(
                    f"review step {step.id!r}: `unmended` is a case at the end of its window, or nothing",
                    "逾期未修改时只能在开放时间结束后转为案件，或不变",
                    "请只写 then: escalate 与 case",
                    "steps",
                    number,
                    "unmended",
                )
            if step.unmended.then == "escalate" and step.mend_operation is None:
                raise ContentError(
                    f"review step {step.id!r}: `unmended` needs a mend_operation, whose window ends",
                    "写了逾期未修改的做法，却没有写修改所用的操作",
                    "请补上 mend_operation",
                    "steps",
                    number,
                    "unmended",
                )
        return self

    @property
    def revisable(self) -> bool:
        """May the author hand in an approved record again (SH-06)?"""
        return any(step.revisable for step in self.steps)

    def in_force(self, switches: Mapping[str, bool] | None = None, last_term: bool = False) -> tuple[ReviewStep, ...]:
        """The steps that apply with these school switches (by id) in this term."""
        on = switches or {}
        return tuple(
            step
            for step in self.steps
            if applies_to_term(step.terms, last_term) and (step.switch is None or on.get(step.switch, True))
        )

    def next_step(
        self, done: str | None, switches: Mapping[str, bool] | None = None, last_term: bool = False
    ) -> ReviewStep | None:
        """The step after `done` (None: the first one). None: no step is left, the record is approved.

        Raises `UnknownError` for a step that is not in the chain.
        """
        left = self.steps if done is None else self.steps[self.steps.index(self.step(done)) + 1 :]
        return next((step for step in self.in_force(switches, last_term) if step in left), None)

    def step(self, name: str) -> ReviewStep:
        """The step with this id. Raises `UnknownError`."""
        return find(self.steps, name, "review step")


class Publicity(Model):
    """What is published, the record or the whole report, and what starts it (JX-03, CS-06, SH-08).

    operation: the one in whose window students select, if `trigger` is `selected`.
    """

    unit: Literal["record", "report"] = "record"
    trigger: Literal["selected", "automatic", "none"] = "selected"
    operation: OperationId = "select"


class Quota(Model):
    """At most `max` records of a kind per period. `counts`: which records count, the submitted or the selected ones."""

    per: Period
    max: int = pydantic.Field(ge=0)
    counts: Literal["submitted", "selected"] = "submitted"


class Kind(Model):
    """A kind of record with its form, review, publicity, limits and archiving.

    origin: `reported` by its student, `imported` from a workbook, `entered` by staff. level: data level (SH-10).
    operation: the one in whose window it is entered. archive: `published` records only, `on_approval` without
    publicity (JX-05, e.g. scores), or `never`. career: may be selected for the career archive (JX-13). grades: school
    years 1 to 12 that have this kind; empty means all. releasable: misconduct that can be released (JX-14).
    nothing_to_report: a student may declare that there is none (X-06). duration_field: hours for the practice view
    (CS-07). activity_field: the choice by which lists of records are filtered (JX-18).
    """

    id: Id
    title: Text
    origin: Origin = "reported"
    entry_roles: tuple[RoleId, ...] = pydantic.Field(default=("student",), min_length=1)
    level: Level = "student"
    operation: OperationId = "report"
    title_field: Id
    form: Form
    evidence: Evidence = Evidence(max=0)
    review: Chain = Chain()
    publicity: Publicity = Publicity()
    archive: Literal["published", "on_approval", "never"] = "published"
    career: bool = True
    quotas: tuple[Quota, ...] = ()
    grades: tuple[int, ...] = ()
    releasable: bool = False
    nothing_to_report: bool = False
    duration_field: Id | None = None
    date_field: Id | None = None
    activity_field: Id | None = None

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        types = {field.id: field.type for field in self.form.fields}
        for name, required in (
            ("title_field", None),
            ("duration_field", "duration_hours"),
            ("date_field", "date"),
            ("activity_field", "choice"),
        ):
            field = getattr(self, name)
            if field is not None and field not in types:
                raise ContentError(
                    f"kind {self.id!r}: {name} names {field!r}, which is not in the form",
                    f"表单中没有“{field}”这个字段",
                    f"请写表单中某个字段的 id：{'、'.join(types)}",
                    name,
                    about=[field],
                )
            if field is not None and required is not None and types[field] != required:
                raise ContentError(
                    f"kind {self.id!r}: {name} must be a field of type {required}",
                    f"所指字段“{field}”的类型不是 {required}",
                    f"请改指类型为 {required} 的字段",
                    name,
                )
        images = [field for field in self.form.fields if field.type == "image"]
        if images and (self.evidence.max < len(images) or "image" not in self.evidence.types):
            raise ContentError(
                f"kind {self.id!r}: an image field names one of the record's files, and the kind takes too few pictures",
                f"有{len(images)}个图片字段，而佐证材料不允许上传这么多图片",
                f"请在 evidence 的 types 中写 image，并使 max 不小于{len(images)}",
                "evidence",
            )
        if len({(quota.per, quota.counts) for quota in self.quotas}) < len(self.quotas):
            raise ContentError(
                f"kind {self.id!r}: two quotas for one period", "同一期间写了两条数量限制", "请合并为一条", "quotas"
            )
        return self

    def validate_data(
        self, data: Mapping[str, object], *, zone: tzinfo = UTC, today: date | None = None, role: str | None = None
    ) -> dict[str, Value] | list[FieldProblem]:
        """Clean values by field id, or every problem; see `Form.validate_data`."""
        return self.form.validate_data(data, self.id, zone=zone, today=today, role=role)

    def image_problems(self, values: Mapping[str, object], media_types: Sequence[str]) -> list[FieldProblem]:
        """What is wrong with the image fields: each names a picture among the record's files, and no two the same.

        values: clean values. media_types: of the files, in order.
        """
        found: list[FieldProblem] = []
        named = set[object]()
        for field in self.form.fields:
            number = values.get(field.id)
            if field.type != "image" or not isinstance(number, int):
                continue
            if number > len(media_types) or not media_types[number - 1].startswith("image/"):
                message = f"{field.title}：请从已上传的图片中选择"
                found.append(FieldProblem(field.id, "image", message, f"{self.id}.{field.id}.type"))
            elif number in named:
                message = f"{field.title}：这张图片已用于另一项"
                found.append(FieldProblem(field.id, "image", message, f"{self.id}.{field.id}.type"))
            named.add(number)
        return found

    def title_of(self, values: Mapping[str, object]) -> str:
        """The title of a record in lists: the readable value of its title field, after the kind's title if it is a date;
        without a value, the kind's title."""
        field = self.form.field(self.title_field)
        shown = field.shown(values.get(self.title_field))
        if field.type == "date" and shown:
            return f"{self.title} {shown}"
        return shown or self.title

    def listed(self) -> tuple[Field, ...]:
        """The fields shown in lists."""
        return tuple(field for field in self.form.fields if field.listed)

    def fits_grade(self, grade: int | None) -> bool:
        """Whether students of this school year (1 to 12) have this kind; None: of any."""
        return applies_to_grade(self.grades, grade)

    def may_enter(self, role: str) -> bool:
        """Whether this role enters records of this kind (SH-04, BJ-06)."""
        return role in self.entry_roles

    def quota(self, per: Period, counts: Literal["submitted", "selected"] = "submitted") -> Quota | None:
        """The quota of this period, if there is one."""
        return next((quota for quota in self.quotas if quota.per == per and quota.counts == counts), None)

    def quota_left(self, used: Mapping[Period, int], counts: Literal["submitted", "selected"] = "submitted") -> int | None:
        """How many more are possible (at least 0) if so many are used per period (CS-04, SH-04); None: no limit."""
        left = [
            max(0, quota.max - used.get(quota.per, 0))
            for quota in self.quotas
            if quota.counts == counts and quota.per != "career_archive"
        ]
        return min(left, default=None)


class Dimension(Model):
    """A dimension with its kinds. core: not an extra such as 特色项目 (JX-02). criteria: 评价标准 (CS-07)."""

    id: Id
    title: Text
    core: bool = True
    criteria: Text | None = None
    kinds: tuple[Kind, ...] = pydantic.Field(min_length=1)
