"""A scheme: the rules of one deployment as one frozen value, with the look-ups that services need. No I/O."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from functools import cached_property
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import pydantic
from pydantic import PrivateAttr, StringConstraints, ValidationInfo, field_validator, model_validator

from scheme.accounts import Accounts
from scheme.base import ContentError, ContradictionsError, Id, Model, Text, UnknownError, UnknownSchemeError, find
from scheme.calendars import Calendar, CalendarYear, calendar_of
from scheme.cases import Route
from scheme.consistency import contradictions
from scheme.enrolments import Enrolments
from scheme.forms import Field
from scheme.kinds import Dimension, Kind, applies_to_grade, applies_to_term
from scheme.migration import Migration, Sort, chain, follow, order
from scheme.moved_parts import part_ids
from scheme.operations import Operation, Timing
from scheme.outcomes import Archives, Evaluation
from scheme.parts import (
    Authority,
    Board,
    Catalog,
    Contacts,
    Drafts,
    FinalSubmission,
    ImportType,
    Participation,
    Positions,
    Profile,
    ReturnReason,
    Role,
    Switch,
)
from scheme.quotas import SharedQuota
from scheme.reports import Report
from scheme.results import NoResult, Result
from scheme.roles import held_as, known
from scheme.rule_names import PlatformRule, RuleId, RuleName
from scheme.stages import Schooling, SchoolStage, schooling_of, schoolings_of
from scheme.verification import Verification

Version = Annotated[str, StringConstraints(pattern=r"^\d{4}\.\d{1,3}$")]
"""Year and number: 2026.1"""


class Scheme(Model):
    """One version of one deployment's rules. Validation refuses contradictions.

    school_stages: those of the schools that the rules are for, with their terms and the lengths of schools (BJ-12).
    """

    id: Id
    version: Version
    title: Text
    school_stages: tuple[SchoolStage, ...] = pydantic.Field(min_length=1)
    time_zone: str = "Asia/Shanghai"
    authority: Authority | None = None
    texts: dict[Id, Text] = pydantic.Field(default_factory=dict)
    rules: dict[RuleName, RuleId] = pydantic.Field(default_factory=dict)
    roles: tuple[Role, ...] = pydantic.Field(min_length=1)
    catalogs: tuple[Catalog, ...] = ()
    dimensions: tuple[Dimension, ...] = pydantic.Field(min_length=1)
    positions: Positions | None = None
    profile: Profile
    timing: Timing
    switches: tuple[Switch, ...] = ()
    participation: Participation | None = None
    return_reasons: tuple[ReturnReason, ...] = ()
    board: Board = Board()
    cases: Route = Route()
    evaluations: tuple[Evaluation, ...] = ()
    result: Result = NoResult(type="none")
    archives: Archives
    imports: tuple[ImportType, ...] = ()
    drafts: Drafts | None = None
    contacts: Contacts | None = None
    final: FinalSubmission | None = None
    accounts: Accounts = Accounts()
    enrolment: Enrolments = Enrolments()
    quotas: tuple[SharedQuota, ...] = ()
    verification: Verification | None = None
    reports: tuple[Report, ...] = ()

    @field_validator("time_zone")
    @classmethod
    def _known_zone(cls, name: str) -> str:
        try:
            ZoneInfo(name)
        except (ZoneInfoNotFoundError, ValueError):
            raise ContentError(f"there is no time zone {name!r}", f"没有“{name}”这个时区", "请写 Asia/Shanghai") from None
        return name

    @model_validator(mode="after")
    def _has_no_contradictions(self, info: ValidationInfo) -> Self:
        """The checker collects them in the context `contradictions`, and goes on."""
        found = list(contradictions(self))
        if info.context is not None:
            info.context["contradictions"] = found
        elif found:
            raise ContradictionsError(found)
        return self

    _years: tuple[CalendarYear, ...] = PrivateAttr(default=())

    def keep_calendar(self, years: Iterable[CalendarYear]) -> None:
        """Count with the calendars of these years, which are read beside the scheme."""
        self._years = tuple(years)
        self.__dict__.pop("calendar", None)

    _family: Mapping[str, "Scheme"] = PrivateAttr(default_factory=dict)
    _migrations: Mapping[tuple[str, str], Migration] = PrivateAttr(default_factory=dict)

    def keep_family(self, family: Mapping[str, "Scheme"], migrations: Mapping[tuple[str, str], Migration]) -> None:
        """Know the other versions of this scheme, by version in their order, and the migrations between them."""
        self._family, self._migrations = family, migrations
        self.__dict__.pop("_moved_roles", None)

    @property
    def older(self) -> "list[Scheme]":
        """The older versions of this scheme, oldest first."""
        return [one for one in self._family.values() if order(one.version) < order(self.version)]

    def migrations_from(self, version: str) -> list[Migration]:
        """What leads from an older version to this one, oldest first; empty for the same version and for newer ones."""
        if order(version) >= order(self.version):
            return []
        return chain(self._migrations, list(self._family), version, self.version)

    def as_of(self, version: str | None, kind: str, fields: Iterable[str] = ()) -> "Scheme":
        """The version under which a record of this kind was written. None: written before records named their version; it is
        the newest one not after this that has the kind with these fields. Where none is known, this version. Raises
        `UnknownSchemeError` for a version that is newer than all that this process has: others have it already."""
        if version == self.version:
            return self
        if version is not None and version in self._family:
            return self._family[version]
        if version is not None and self._family and order(version) > max(map(order, self._family)):
            raise UnknownSchemeError(f"{self.id} {version}")
        having = [one for one in (self, *reversed(self.older)) if one.has_kind(kind)]
        wanted = set(fields)
        whole = (one for one in having if wanted <= {field.id for field in one.kind(kind).form.fields})
        return next(whole, having[0] if having else self)

    def kind_as_of(self, version: str | None, kind: str, fields: Iterable[str] = ()) -> Kind:
        """The kind as the version knows it under which a record of it was written (`as_of`). Raises `UnknownError`."""
        return self.as_of(version, kind, fields).kind(kind)

    def moved(self, of: Sort, version: str | None = None) -> dict[str, str | None]:
        """By id of a part of this sort that only an older version has: the one that stands for it here; None: it is given up.
        version: the older one; None: all of them, of which the newest counts (X-01)."""
        kept = part_ids(self, of)
        found: dict[str, str | None] = {}
        for old in self.older:
            if version not in (None, old.version):
                continue
            leads = self.migrations_from(old.version)
            for name in part_ids(old, of) - kept:
                new = follow(leads, of, name)
                found[name] = new if new in kept else None
        return found

    def former_roles(self, role: str, level: str) -> frozenset[str]:
        """How older versions called what a card of this role at this level holds: it does their work in terms that stay under
        them (X-01)."""
        own = known(self, role, level)
        if own is None:
            return frozenset()
        old = [name for name, new in self._moved_roles.items() if new == own.id]
        return frozenset([*old, *(held_as(name, level) for name in old)])

    @cached_property
    def _moved_roles(self) -> dict[str, str | None]:
        return self.moved("roles")

    def has_kind(self, name: str) -> bool:
        """Whether this version has the kind, also that of growth records."""
        return name in self._kinds or self.is_growth(name)

    @cached_property
    def calendar(self) -> Calendar:
        """The working days of this scheme's region; without its files, Monday to Friday of unknown years."""
        return calendar_of(self._years, self.timing.calendar)

    @cached_property
    def zone(self) -> ZoneInfo:
        """The time zone of this scheme."""
        return ZoneInfo(self.time_zone)

    def rule(self, name: RuleName | PlatformRule) -> str:
        """The id that a refusal cites for this rule, such as CS-10; the name itself where the deployment gives none."""
        return self.rules.get(name, name)  # type: ignore[arg-type]

    def text(self, word: str, default: str = "") -> str:
        """This deployment's word for a term of the glossary, such as `record`: 写实记录 or 实证材料."""
        return self.texts.get(word, default or word)

    @cached_property
    def kinds(self) -> tuple[Kind, ...]:
        """All kinds in the order of the file."""
        return tuple(kind for dimension in self.dimensions for kind in dimension.kinds)

    @cached_property
    def _kinds(self) -> dict[str, tuple[Dimension, Kind]]:
        return {kind.id: (dimension, kind) for dimension in self.dimensions for kind in dimension.kinds}

    def kind(self, name: str) -> Kind:
        """The kind with this id, also that of growth records (CS-04). Raises `UnknownError`."""
        if self.drafts is not None and self.drafts.kind is not None and self.is_growth(name):
            return self.drafts.kind
        return self._kind_and_dimension(name)[1]

    def dimension_of(self, kind: str) -> Dimension:
        """The dimension a kind belongs to (JX-02). Raises `UnknownError`, also for the kind of growth records."""
        return self._kind_and_dimension(kind)[0]

    def _kind_and_dimension(self, kind: str) -> tuple[Dimension, Kind]:
        if kind not in self._kinds:
            raise UnknownError("kind", kind)
        return self._kinds[kind]

    def is_growth(self, kind: str) -> bool:
        """Whether this is the kind of growth records that belong to no dimension yet (CS-04)."""
        return self.drafts is not None and self.drafts.kind is not None and self.drafts.kind.id == kind

    def dimension(self, name: str) -> Dimension:
        """The dimension with this id. Raises `UnknownError`."""
        return find(self.dimensions, name, "dimension")

    def kinds_for(self, role: str, grade: int | None = None) -> tuple[Kind, ...]:
        """The kinds that this role enters for students of this grade (SH-04, BJ-06)."""
        return tuple(kind for kind in self.kinds if kind.may_enter(role) and kind.fits_grade(grade))

    def roles_concerned(self, kind: Kind) -> frozenset[str]:
        """Roles that enter records of this kind, review them or what is chosen of them, or decide cases about them (JX-04,
        CS-08, SH-04, SH-10)."""
        found = {*kind.entry_roles, *(role for step in kind.review.steps for role in (step.role, step.silence.to) if role)}
        if kind.publicity.trigger != "none":
            found |= self.cases.actors(kind.level) | ({self.final.reviewer} if self.final else set())
        return frozenset(found)

    @cached_property
    def grades(self) -> tuple[int, ...]:
        """The school years that schools of any stage and length have, in order."""
        lengths = (length for stage in self.school_stages for length in stage.lengths)
        return tuple(sorted({grade for one in lengths for grade in range(one.first_grade, one.last_grade + 1)}))

    @cached_property
    def last_grades(self) -> frozenset[int]:
        """The school years in which schools of any stage and length end."""
        return frozenset(length.last_grade for stage in self.school_stages for length in stage.lengths)

    def find_schooling(self, stage: str | None, years: int | None) -> Schooling | None:
        """The stage and length of a school; None where this scheme does not admit them. stage None: its first; years None: the
        usual length."""
        return schooling_of(self.school_stages, stage, years)

    def find_schoolings(self, stage: str | None, years: int | None, others: Sequence[str]) -> tuple[Schooling, ...] | None:
        """All stages of a school that has several, lowest first; None where this scheme does not admit them."""
        return schoolings_of(self.school_stages, stage, years, others)

    def schooling(self, stage: str | None = None, years: int | None = None) -> Schooling:
        """The same; the nearest that the scheme admits where a school has another. Never fails: old terms stay readable."""
        for found in (self.find_schooling(stage, years), self.find_schooling(stage, None)):
            if found is not None:
                return found
        usual = self.find_schooling(None, None)
        assert usual is not None
        return usual

    def find_operation(self, name: str) -> Operation | None:
        """The operation with this id, or None."""
        return next((operation for operation in self.timing.operations if operation.id == name), None)

    def operation(self, name: str) -> Operation:
        """The operation with this id. Raises `UnknownError`."""
        return find(self.timing.operations, name, "operation")

    def operations_in(self, last_term: bool, grade: int | None = None) -> tuple[Operation, ...]:
        """The operations of a term, last or not, for a grade (CS-01, SH-01)."""
        return tuple(
            operation
            for operation in self.timing.operations
            if applies_to_term(operation.terms, last_term) and applies_to_grade(operation.grades, grade)
        )

    def role_title(self, name: str) -> str:
        """The Chinese name of a role, or the id when the scheme does not know it."""
        return next((role.title for role in self.roles if role.id == name), name)

    def import_type(self, name: str) -> ImportType:
        """The import type with this id (JX-05). Raises `UnknownError`."""
        return find(self.imports, name, "import type")

    def import_fields(self, name: str) -> tuple[tuple[str, Field], ...]:
        """Headings and fields of a workbook's columns after the student's (JX-05); empty for evaluations."""
        chosen = self.import_type(name)
        if chosen.kind is None:
            return ()
        form = self.kind(chosen.kind).form
        if not chosen.columns:
            return tuple((field.title, field) for field in form.fields)
        fields = ((column, form.field(column.field)) for column in chosen.columns)
        return tuple((column.title or field.title, field) for column, field in fields)

    def evaluation(self, name: str) -> Evaluation:
        """The evaluation with this id. Raises `UnknownError`."""
        return find(self.evaluations, name, "evaluation")

    def evaluations_in(self, last_term: bool, grade: int | None = None) -> tuple[Evaluation, ...]:
        """The evaluations of a term, last or not, for a grade (CS-12, SH-05)."""
        return tuple(
            evaluation
            for evaluation in self.evaluations
            if applies_to_term(evaluation.terms, last_term) and applies_to_grade(evaluation.grades, grade)
        )

    def return_reason(self, name: str) -> ReturnReason:
        """The return reason with this code (JX-04). Raises `UnknownError`."""
        return find(self.return_reasons, name, "return reason")

    def return_reasons_for(self, use: Literal["record", "case", "position"]) -> tuple[ReturnReason, ...]:
        """The reasons to choose from when returning a record, a case or a position (JX-04, JX-10, JX-11)."""
        return tuple(reason for reason in self.return_reasons if use in reason.used_for)

    def catalog(self, name: str) -> Catalog:
        """The list with this id (SH-04). Raises `UnknownError`."""
        return find(self.catalogs, name, "catalog")

    def switch(self, name: str) -> Switch:
        """The school switch with this id (SH-02). Raises `UnknownError`."""
        return find(self.switches, name, "switch")

    def switch_defaults(self) -> dict[str, bool]:
        """The value of every school switch until a school sets it."""
        return {switch.id: switch.default for switch in self.switches}

    def public_fields(self, kind: str, role: str, scope: str) -> tuple[Field, ...]:
        """The fields of a published record that this role sees on the board; `scope` as in `Board.shows` (X-09)."""
        if "fields" not in self.board.shows(role, scope):
            return ()
        return tuple(field for field in self.kind(kind).form.fields if field.public)

    def radar(self, counts: Mapping[str, int]) -> dict[str, Decimal]:
        """The value of each axis of the radar chart, 0 to 1 with two digits, from the archived records per kind."""
        values: dict[str, Decimal] = {}
        for axis in self.archives.radar.axes:
            kinds = self.dimension(axis.dimension).kinds
            points = sum((axis.weights.get(kind.id, Decimal(1)) * counts.get(kind.id, 0) for kind in kinds), Decimal(0))
            values[axis.dimension] = min(Decimal(1), round(points / axis.full, 2))
        return values
