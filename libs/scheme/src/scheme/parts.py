"""The smaller parts of a scheme: roles, reasons, positions, the board, switches, import types, catalogs, drafts."""

from collections.abc import Mapping
from datetime import UTC, date, tzinfo
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from scheme.base import CaseTypeId, ContentError, EvaluationId, Id, KindId, Level, Model, OperationId, Ref, RoleId, Text
from scheme.forms import FieldProblem, Form
from scheme.kinds import Chain, Kind
from scheme.publicity_steps import TimedStep, need_wider
from scheme.roles import Capability
from scheme.values import Value

type OrgLevel = Literal["class", "grade", "school", "district", "city", "province"]
type Scope = Literal["own", "class", "grade", "school"]
type BoardItem = Literal[
    "student_name", "student_sex", "class", "grade", "kind", "title", "fields", "evidence", "dates", "cases", "counts", "result"
]


class Role(Model):
    """A role that the scheme's rules name, and the level of the organisation where it is held (SH-12).

    also_at: other levels where it is held. granted_by: the roles that appoint its holders, in the same organisation or from one
    above it; empty: the administrators of the organisation, and of administrators also those above. may: what its holders
    may do (`scheme.roles.CAPABILITIES`); None: what the platform gives a role of this name, nothing to one it does not know.
    """

    id: Id
    title: Text
    at: OrgLevel
    also_at: tuple[OrgLevel, ...] = ()
    granted_by: tuple[Id, ...] = ()
    may: tuple[Capability, ...] | None = None

    @property
    def levels(self) -> tuple[OrgLevel, ...]:
        """All levels where it is held."""
        return (self.at, *self.also_at)


class ReturnReason(Model):
    """A reason for returning something (JX-04, JX-10). note: a note is required too."""

    id: Id
    title: Text
    used_for: tuple[Literal["record", "case", "position"], ...] = ("record", "case", "position")
    note: bool = False


class Positions(Model):
    """Positions of students: their form and review chain (JX-11).

    The form's fields with the title and the first day; if it has them, with the level, the last day and the duties.
    """

    form: Form
    title_field: Id
    since_field: Id
    level_field: Id | None = None
    until_field: Id | None = None
    duties_field: Id | None = None
    operation: OperationId
    declared_by: tuple[RoleId, ...] = ("student",)
    review: Chain = Chain()

    @model_validator(mode="after")
    def _fields_fit(self) -> Self:
        types = {field.id: field.type for field in self.form.fields}
        for name in ("title_field", "since_field", "level_field", "until_field", "duties_field"):
            field = getattr(self, name)
            if field is not None and field not in types:
                raise ContentError(
                    f"positions: {field!r} is not in the form",
                    f"表单中没有“{field}”这个字段",
                    f"请写表单中某个字段的 id：{'、'.join(types)}",
                    name,
                    about=[field],
                )
        for name, field in (("since_field", self.since_field), ("until_field", self.until_field)):
            if field is not None and types[field] != "date":
                raise ContentError(
                    f"positions: {field!r} must be a field of type date",
                    f"所指字段“{field}”的类型不是 date",
                    "请改指日期字段",
                    name,
                )
        return self

    def validate_data(
        self, data: Mapping[str, object], *, zone: tzinfo = UTC, today: date | None = None
    ) -> dict[str, Value] | list[FieldProblem]:
        """Clean values by field id, or every problem."""
        return self.form.validate_data(data, "positions", zone=zone, today=today)

    def shown(self, name: str | None, data: Mapping[str, object]) -> str | None:
        """The readable value of one of these fields; None where the form does not ask for it, or nothing is filled in."""
        return (self.form.field(name).shown(data.get(name)) or None) if name is not None else None

    def days(self, data: Mapping[str, object]) -> tuple[date | None, date | None]:
        """The first and the last day, as far as they are filled in."""
        since, until = (data.get(name) if name is not None else None for name in (self.since_field, self.until_field))
        return (date.fromisoformat(str(since)) if since else None, date.fromisoformat(str(until)) if until else None)


class BoardRule(Model):
    """What a role sees on the board, of its own entries, its class, its grade or its school (X-09)."""

    role: RoleId
    scope: Scope
    shows: tuple[BoardItem, ...]


class BoardStep(TimedStep):
    """One step of the publicity of records. shows: at most these items of what the board's rules show a role, while it lasts
    (X-09); None: all of them. cases: the types of case against published records that may be opened in it; None: all."""

    shows: tuple[BoardItem, ...] | None = None
    cases: tuple[CaseTypeId, ...] | None = None


class Board(Model):
    """The publicity board: an allow-list per role; an unknown role or scope sees nothing (JX-07, SH-08, X-09).

    steps: in which the time of `timing.publicity_operation` is divided, each to a wider circle; empty: the rules hold all the
    time.

    The item `fields` means the fields of a record that are `public`, `result` the published results. lists: what its first
    page lists; students are grouped by `group_by`. tabs_by_term: a student's page has a tab for each term. earlier_terms:
    while it is open, it also shows what was published in earlier terms of the stage (CS-09).
    """

    operation: OperationId | None = None
    rules: tuple[BoardRule, ...] = ()
    group_by: Literal["class", "grade", "none"] = "class"
    tabs_by_term: bool = False
    lists: Literal["entries", "students"] = "entries"
    earlier_terms: bool = False
    search: tuple[Literal["name", "kind", "title"], ...] = ("name",)
    steps: tuple[BoardStep, ...] = ()

    @model_validator(mode="after")
    def _widens(self) -> Self:
        need_wider(self.steps, "board")
        return self

    def rule(self, role: str) -> BoardRule | None:
        """What this role may see; None: nothing."""
        return next((rule for rule in self.rules if rule.role == role), None)

    def shows(self, role: str, scope: str) -> frozenset[BoardItem]:
        """The items that a role sees of an entry; `scope`: the nearest of own, class, grade and school that they share.

        Empty where that is too far, or the role or scope is unknown.
        """
        rule = self.rule(role)
        reach = ("own", "class", "grade", "school")
        if rule is None or scope not in reach or reach.index(scope) > reach.index(rule.scope):
            return frozenset()
        return frozenset(rule.shows)


class Switch(Model):
    """A setting of a school, which the first record of `frozen_by_kinds` makes final (SH-02)."""

    id: Id
    title: Text
    default: bool = True
    set_by: RoleId
    operation: OperationId | None = None
    frozen_by_kinds: tuple[KindId, ...] = ()


class OptOutReason(Model):
    """Why a student does not take part in a term."""

    id: Id
    title: Text


class Participation(Model):
    """Students who do not take part in a term (SH-03): `operation` is the one in whose time they are marked and put back.

    lifted_by: roles that may still put a student back after that, as a marking may be an error.
    """

    operation: OperationId
    reasons: tuple[OptOutReason, ...] = Field(min_length=1)
    lifted_by: tuple[RoleId, ...] = ()


class ImportColumn(Model):
    """A column of the workbook: the field it fills and its heading where that differs from the field's title."""

    field: Id
    title: Text | None = None


class ImportType(Model):
    """A workbook that is filled for many students (JX-05, JX-12, CS-13, BJ-06): records of `kind`, an `evaluation`, or `parts`
    of the scored result: parts whose values are entered, with a column for each part and dimension, or one part of adjustments,
    with a row for each bonus or deduction.

    student_columns: identify the student. same_by: the fields that, with student and term, identify a row in later
    imports; empty: one row per student and term. columns: empty means all fields of the kind's form. prefilled: the
    template lists the students without a row.
    """

    id: Id
    title: Text
    kind: KindId | None = None
    evaluation: EvaluationId | None = None
    parts: tuple[Annotated[Id, Ref("score part")], ...] = ()
    operation: OperationId = "import"
    roles: tuple[RoleId, ...] = Field(min_length=1)
    student_columns: tuple[ImportColumn, ...] = (
        ImportColumn(field="registry_number", title="学籍号"),
        ImportColumn(field="name", title="姓名"),
    )
    same_by: tuple[Id, ...] = ()
    columns: tuple[ImportColumn, ...] = ()
    prefilled: bool = False
    max_rows: int = Field(default=20_000, ge=1, le=100_000)

    @model_validator(mode="after")
    def _one_target(self) -> Self:
        named = [key for key in ("kind", "evaluation", "parts") if getattr(self, key)]
        if len(named) != 1:
            raise ContentError(
                f"import type {self.id!r}: needs either kind, evaluation or parts",
                "导入要么导入记录（kind），要么导入评语（evaluation），要么导入评分（parts）",
                "请只写 kind、evaluation、parts 中的一个",
                named[-1] if named else "",
            )
        if self.parts and (self.same_by or self.columns):
            raise ContentError(
                f"import type {self.id!r}: the columns of scores follow from the parts",
                "评分表格的列由 parts 决定",
                "请删去 same_by 和 columns",
                "same_by" if self.same_by else "columns",
            )
        return self


class Catalog(Model):
    """A list that staff maintain, the choices of fields of type `catalog` (SH-04: 团队德育 projects per level)."""

    id: Id
    title: Text
    kept_by: dict[Level, RoleId]


class Visibility(Model):
    """Who sees a growth record that is not submitted (CS-04)."""

    id: Id
    title: Text
    scope: Literal["own", "class", "school"]


class Drafts(Model):
    """Growth records: who may see them besides their student, and who does by default (CS-04).

    kind: the form of a growth record that belongs to no kind yet. It is in no dimension, and never submitted: whoever selects
    such a record as material gives it another kind first. None: every draft has a kind from the beginning.
    """

    visibilities: tuple[Visibility, ...] = Field(min_length=1)
    default_visibility: Annotated[Id, Ref("visibility")]
    kind: Kind | None = None

    def visibility_title(self, scope: str) -> str | None:
        """What the scheme calls this scope (own, class, school); None: it does not have it."""
        return next((it.title for it in self.visibilities if it.scope == scope), None)


class FinalSubmission(Model):
    """The last selection of a stage: from the material of all its terms (`span: stage`) or of the last one (`term`) the student
    chooses and submits what is evaluated, and the school reviews it (CS-01, CS-08).

    Only what the school let pass is publicised in the last term; material of earlier terms is publicised there once more.
    operation: the one in whose window the student chooses and submits. reviewer, review_operation: who reviews in which window.
    max: the most records of a submission.
    """

    title: Text
    span: Literal["term", "stage"] = "stage"
    operation: OperationId
    reviewer: RoleId
    review_operation: OperationId
    max: int = Field(default=300, ge=1, le=1000)


class ProfilePhoto(Model):
    """The student's photo in the profile (CS-15). changed_by: the roles that may set and remove it; what staff set, only staff
    replace."""

    title: Text
    changed_by: tuple[RoleId, ...] = Field(min_length=1)


class Profile(Model):
    """Profile fields of a student; a backfill reports required ones that are missing (JX-15, CS-15).

    The platform fills the fields called `name`, `sex`, `registry_number`, `school`, `class` and `origin_school` with what it
    knows.
    """

    form: Form
    photo: ProfilePhoto | None = None


class ContactLine(Model):
    """A line of the contact sheet: a function in the school's work with the platform, such as 校审核员 (SH-12)."""

    id: Id
    title: Text


class Contacts(Model):
    """The contact sheet that every school keeps and the district collects (SH-12): its title and its lines in order."""

    title: Text
    lines: tuple[ContactLine, ...] = Field(min_length=1)


class Authority(Model):
    """Who approved the scheme, when, and the document that it follows. level: whose administrator adopts its versions; None:
    any above schools."""

    name: Text
    level: Literal["province", "city", "district"] | None = None
    signed_on: date | None = None
    document: Text | None = None
