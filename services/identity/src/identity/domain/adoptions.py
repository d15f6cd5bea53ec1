"""Adopting a version of a scheme for an organisation from a date (X-01). Pure.

An organisation is under the newest version that was adopted for it or for one above it: a school that tries a version out
ahead of the others is never taken back by what its province adopts later, in whatever order the dates come.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time
from enum import StrEnum
from typing import Any, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

from contracts.base import level_of
from contracts.identity import SchemeAdoptedV1
from scheme import STAGE_TITLES, Scheme
from scheme.migration import order
from scheme.moved_parts import moved_roles, reasons_to_stay
from servicekit.auth import Actor
from servicekit.mapping import from_attributes
from servicekit.refusals import Refusal, declare, require

from identity.domain.organisations import Organisation

RULE = "X-01"
type Running = Literal["stay", "move"]

for _code, _status, _title in (
    ("version_not_released", 409, "这个版本还没有发布，不能采用"),
    ("version_not_newer", 409, "这个单位已经在用这个版本，或更新的版本"),
    ("other_scheme", 409, "这个单位用的不是这个方案"),
    ("other_stage", 409, "这个版本没有一些学校的学段或学制"),
    ("adoption_planned", 409, "这个单位已有等待生效的新版本"),
    ("adoption_over", 409, "已经生效或已经撤回，不能再撤回"),
    ("terms_must_stay", 409, "进行中的学期不能改用这个版本"),
    ("role_gains_rights", 409, "改了名称的角色会得到原来没有的权限，须先确认"),
):
    declare(_code, _status, _title)


class State(StrEnum):
    """What became of an adoption."""

    PLANNED = "planned"
    WITHDRAWN = "withdrawn"
    IN_FORCE = "in_force"


@dataclass(frozen=True, slots=True)
class Wish:
    """What somebody wants to adopt. running: what terms under way do; besides: the terms that do the contrary. confirmed: roles
    of the new version whose holders may do more than under the name that they had before."""

    path: str
    scheme_id: str
    version: str
    starts_on: date
    running: Running
    besides: tuple[UUID, ...] = ()
    confirmed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Adoption:
    """An adopted version. `version` counts the states of the adoption itself; `by_name` is who adopted it."""

    id: UUID
    path: str
    organisation: str
    scheme_id: str
    from_version: str
    scheme_version: str
    starts_on: date
    begins_at: datetime
    running: Running
    besides: tuple[UUID, ...]
    state: State
    version: int
    by_name: str
    adopted_at: datetime
    changed_at: datetime

    def event(self) -> SchemeAdoptedV1:
        """The event that other services receive."""
        return from_attributes(SchemeAdoptedV1, self, adoption_id=self.id, state=self.state.value, at=self.changed_at)


def need_may_adopt(actor: Actor, scheme: Scheme, path: str) -> None:
    """Only the level whose authority the scheme is decides about its versions (X-01)."""
    actor.need(path)
    level = scheme.authority.level if scheme.authority else None
    if level is not None and level_of(actor.path) != level:
        title = {"province": "省", "city": "市", "district": "县（区）"}[level]
        raise refusal("forbidden", scheme, detail=f"何时改用新版本由{title}级管理员决定", help=f"请联系{title}级管理员")


def adopted(id: UUID, actor: Actor, organisation: Organisation, wanted: Scheme, wish: Wish, now: datetime) -> Adoption:
    """The planned adoption, or why it cannot be. `wanted`: the released version."""
    level = level_of(organisation.path)
    if level not in ("province", "city", "district", "school"):
        raise refusal("invalid_input", wanted, errors=[{"field": "path", "message": "请选择学校或上级单位"}])
    require(organisation.scheme_id == wanted.id, "other_scheme", field="scheme_id", rule=RULE, scheme=organisation.scheme_id)
    current = organisation.scheme_version or wanted.version
    if order(wanted.version) <= order(current):
        raise refusal("version_not_newer", wanted, current=current, help="请选择更新的版本")
    zone = ZoneInfo(organisation.time_zone)
    if wish.starts_on < now.astimezone(zone).date():
        raise refusal("invalid_input", wanted, errors=[{"field": "starts_on", "message": "请选择今天或以后的日期"}])
    begins_at = datetime.combine(wish.starts_on, time(), zone).astimezone(UTC)
    return Adoption(
        id, organisation.path, organisation.title, wanted.id, current, wanted.version, wish.starts_on, begins_at, wish.running,
        wish.besides, State.PLANNED, 1, actor.name, now, now,
    )  # fmt: skip


def need_lengths(wanted: Scheme, schools: Iterable[tuple[str | None, int | None, Sequence[str]]]) -> None:
    """Refuse a version that lacks a stage or length of a school there, given as (stage, years, further stages) (BJ-12)."""
    lacking = [(stage, years) for stage, years, more in schools if wanted.find_schoolings(stage, years, more) is None]
    if lacking:
        titles: Mapping[str, str] = {str(stage): title for stage, title in STAGE_TITLES.items()}
        named = [f"{titles.get(stage or '', '')}{f'（{years}年）' if years else ''}" for stage, years in lacking]
        detail = f"这个版本没有{'、'.join(named)}，下面有这样的学校"
        raise refusal("other_stage", wanted, field="version", detail=detail, help="请先更改这些学校的学制，或更正方案")


def need_can_move(wanted: Scheme, used: Iterable[Scheme], wish: Wish) -> None:
    """Refuse to move terms under way from one of the used versions, where nothing could carry over what is open in them."""
    if wish.running == "stay" and not wish.besides:
        return
    reasons = list(dict.fromkeys(why for old in used for why in reasons_to_stay(old, wanted)))
    if reasons:
        help_ = "请选“保持原版本”，不选例外；进行中的学期到结束都按原来的规定"
        raise refusal("terms_must_stay", wanted, field="running", detail=f"{'；'.join(reasons)}", help=help_)


def need_confirmed(wanted: Scheme, wish: Wish) -> None:
    """Refuse that cards of a renamed role may do more than before, unless whoever adopts confirmed just this role."""
    gaining = [one for one in moved_roles(wanted) if one.gains and one.new not in wish.confirmed]
    if gaining:
        titles = "、".join(dict.fromkeys(f"“{wanted.role_title(one.new or '')}”" for one in gaining))
        detail = f"原角色的持有人改任{titles}后会多出权限，须逐项确认"
        gains = {one.new: list(one.gains) for one in gaining}
        raise refusal("role_gains_rights", wanted, field="confirmed", detail=detail, gains=gains, help="请核对权限后勾选确认")


def withdrawn(adoption: Adoption, scheme: Scheme, now: datetime) -> Adoption:
    """The adoption taken back, before its day begins."""
    if adoption.state is State.WITHDRAWN:
        raise refusal("adoption_over", scheme, state=adoption.state.value, detail="这次采用已经撤回", help="可以重新采用")
    if adoption.state is not State.PLANNED or adoption.begins_at <= now:
        day = f"{adoption.starts_on.year}年{adoption.starts_on.month}月{adoption.starts_on.day}日"
        detail = f"{adoption.scheme_version}版已从{day}起生效，不能撤回"
        help_ = "请把更正写进更新的版本，发布后另行采用"
        raise refusal("adoption_over", scheme, state=State.IN_FORCE.value, detail=detail, help=help_)
    return replace(adoption, state=State.WITHDRAWN, version=adoption.version + 1, changed_at=now)


def in_force(adoption: Adoption, now: datetime) -> Adoption:
    """The adoption once every organisation follows it."""
    return replace(adoption, state=State.IN_FORCE, version=adoption.version + 1, changed_at=now)


def refusal(code: str, scheme: Scheme, **details: Any) -> Refusal:
    """A refusal that names the rule and the scheme's version."""
    return Refusal(code, rule=RULE, scheme=f"{scheme.id}@{scheme.version}", **details)
