"""Requests and responses about the versions of schemes (X-01)."""

from collections.abc import Iterable, Mapping
from datetime import date, datetime
from typing import Annotated, Literal, Self
from uuid import UUID

from contracts.base import OrgPath
from pydantic import BaseModel, Field, StringConstraints
from scheme import words
from scheme.compare import Change
from scheme.migration import Migration, Sort
from scheme.moved_parts import SORTS, title_of
from servicekit.mapping import from_attributes

from identity.domain.adoptions import Adoption, Running, State
from identity.results import Comparison, InUse
from identity.views.requests import In


class AdoptionIn(In):
    """Which version an organisation and those below it adopt from a day on. running: what terms under way do (`stay`: they keep
    theirs); besides: the terms that do the contrary. confirmed: roles whose holders gain rights by their new name."""

    path: OrgPath
    scheme_id: Annotated[str, StringConstraints(max_length=64)]
    scheme_version: Annotated[str, StringConstraints(max_length=16)]
    starts_on: date
    running: Running = "stay"
    besides: list[UUID] = Field(default=[], max_length=2000)
    confirmed: list[Annotated[str, StringConstraints(max_length=64)]] = Field(default=[], max_length=50)


class AdoptionView(BaseModel):
    """An adopted version. `withdrawable`: its day has not begun."""

    id: UUID
    path: str
    organisation: str
    scheme_id: str
    from_version: str
    scheme_version: str
    starts_on: date
    running: Running
    besides: list[UUID]
    state: Literal["planned", "withdrawn", "in_force"]
    withdrawable: bool
    by_name: str
    adopted_at: datetime
    changed_at: datetime

    @classmethod
    def of(cls, adoption: Adoption, now: datetime) -> Self:
        """An adoption as it is now."""
        return from_attributes(
            cls, adoption, state=adoption.state.value, besides=list(adoption.besides),
            withdrawable=adoption.state is State.PLANNED and adoption.begins_at > now,
        )  # fmt: skip


class VersionView(BaseModel):
    """A version of a scheme that is in use somewhere below the caller, or could be. may_adopt: the caller decides about it."""

    scheme_id: str
    title: str
    version: str
    authority: str | None
    released: bool
    may_adopt: bool


class UseView(BaseModel):
    """An organisation under a version that the one above it is not under. since: the day on which it was adopted there; null:
    from its first day on. schools: how many of its schools are under this version."""

    path: str
    title: str
    scheme_id: str
    scheme_version: str
    since: date | None
    schools: int


class VersionsView(BaseModel):
    """Versions of schemes, oldest first, and who uses which since when."""

    versions: list[VersionView]
    uses: list[UseView]

    @classmethod
    def of(cls, found: InUse) -> Self:
        """The versions in use."""
        return cls(
            versions=[
                VersionView(
                    scheme_id=one.scheme.id, title=one.scheme.title, version=one.scheme.version, released=one.released,
                    authority=one.scheme.authority.name if one.scheme.authority else None, may_adopt=one.may_adopt,
                )
                for one in found.versions
            ],
            uses=[from_attributes(UseView, one) for one in found.uses],
        )  # fmt: skip


class ChangeView(BaseModel):
    """One difference, in Chinese. effect: what it does to terms under way; null: nothing."""

    where: str
    before: str | None
    after: str | None
    effect: str | None


class ChangesView(BaseModel):
    """The differences of one part of the scheme; those with an effect first."""

    title: str
    breaking: int
    changes: list[ChangeView]


class MovedRoleView(BaseModel):
    """Cards of a role that the new version does not have: on the day they go on as `after`, or end (null). role: the id of the
    new role, for `confirmed`; gains: what their holders could do in addition, in words, which has to be confirmed."""

    level: Literal["province", "city", "district", "school", "grade", "class"]
    before: str
    after: str | None
    role: str | None
    cards: int
    units: int
    gains: list[str]


class ComparisonView(BaseModel):
    """Two versions of a scheme: what changed, the parts with effects first; what the migration says of open things; the cards
    that change; and why terms under way cannot move to it, if so."""

    scheme_id: str
    title: str
    from_version: str
    to_version: str
    breaking: int
    groups: list[ChangesView]
    migration: list[str]
    roles: list[MovedRoleView]
    stay: list[str]

    @classmethod
    def of(cls, found: Comparison) -> Self:
        """The differences, grouped."""
        groups: dict[str, list[Change]] = {}
        for change in found.changes:
            if change.path != ("version",):
                groups.setdefault(change.where.split(" › ")[0], []).append(change)
        views = [_group(title, changes) for title, changes in groups.items()]
        return cls(
            scheme_id=found.new.id,
            title=found.new.title,
            from_version=found.old.version,
            to_version=found.new.version,
            breaking=sum(view.breaking for view in views),
            groups=sorted(views, key=lambda view: view.breaking == 0),
            migration=[line for one in found.new.migrations_from(found.old.version) for line in _said(one, found)],
            roles=[
                MovedRoleView(
                    level=one.role.level, before=one.before, after=one.after, role=one.role.new, cards=one.cards,
                    units=one.units, gains=[words.capability(gain) for gain in one.role.gains],
                )
                for one in found.roles
            ],
            stay=list(found.stay),
        )  # fmt: skip


_ENTERED: Mapping[Sort, tuple[str, str]] = {
    "operations": ("改为{}，已排的时间不变", "取消，已排的时间不再有效"),
    "dimensions": ("改为{}，未锁定的分数随之转过去", "取消，未锁定的分数不再计入"),
    "evaluations": ("改为{}，已写的内容随之转过去", "取消，已写的内容不进入档案"),
    "parts": ("改为{}，已填的分数随之转过去", "取消，已填的分数不再计入"),
    "bands": ("改为{}", "取消"),
    "result_steps": ("改为{}，停在这一步的班级接着办理", "取消，停在这一步的班级须重新送审"),
}
"""What a migration says of what was entered under a part: what goes on, and what is given up."""


def _group(title: str, changes: Iterable[Change]) -> ChangesView:
    views = [
        ChangeView(where=one.where, before=before, after=after, effect=one.breaks)
        for one in changes
        for before, after in [one.texts]
    ]
    views.sort(key=lambda view: view.effect is None)
    return ChangesView(title=title, breaking=sum(view.effect is not None for view in views), changes=views)


def _said(one: Migration, found: Comparison) -> Iterable[str]:
    """What a migration does with what is open, in sentences."""

    def kind(name: str) -> str:
        return next((scheme.kind(name).title for scheme in (found.old, found.new) if scheme.has_kind(name)), name)

    def field(kind_id: str, name: str) -> str:
        fields = found.old.kind(kind_id).form.fields if found.old.has_kind(kind_id) else ()
        return next((known.title for known in fields if known.id == name), name)

    for name in one.retired:
        yield f"类别“{kind(name)}”停用：不能再填报，已有记录照原样可查"
    for moved in one.kinds:
        yield f"类别“{kind(moved.old)}”的草稿和待审记录改为“{kind(moved.new)}”"
    for moved_field in one.fields:
        title = field(moved_field.kind, moved_field.old)
        what = "内容转到新的字段" if moved_field.new else "不再填写"
        yield f"类别“{kind(moved_field.kind)}”的“{title}”：草稿和待审记录中的这一项{what}"
    both = [found.old, found.new]
    for choice in one.choices:
        what = "选项改为对应的新选项" if choice.new else "须重选"
        yield f"类别“{kind(choice.kind)}”的“{field(choice.kind, choice.field)}”：{what}"
    for step in one.steps:
        yield f"停在审核步骤“{_step(found, step.old)}”的记录转到“{_step(found, step.new)}”"
    for case_type in one.case_types:
        old, new = title_of(both, "case_types", case_type.old), title_of(both, "case_types", case_type.new)
        yield f"未办结的“{old}”按“{new}”接着办理"
    for stage in one.stages:
        yield f"停在环节“{_stage(found, stage.old)}”的{words.sort('case type')}转到“{_stage(found, stage.new)}”"
    for role in one.roles:
        what = f"改为“{found.new.role_title(role.new)}”，身份卡随之改变" if role.new else "不再设置，身份卡到时停用"
        yield f"角色“{found.old.role_title(role.old)}”{what}"
    for of, (goes_on, given_up) in _ENTERED.items():
        for part in getattr(one, of):
            after = title_of([found.new], of, part.new) if part.new else ""
            what = goes_on.format(f"“{after}”") if part.new else given_up
            yield f"{SORTS[of]}“{title_of([found.old, found.new], of, part.old)}”{what}"


def _step(found: Comparison, name: str) -> str:
    steps = (step for scheme in (found.new, found.old) for kind in scheme.kinds for step in kind.review.steps)
    return next((step.title for step in steps if step.id == name), name)


def _stage(found: Comparison, name: str) -> str:
    stages = (stage for scheme in (found.new, found.old) for stage in scheme.cases.stages)
    return next((stage.title for stage in stages if stage.id == name), name)
