"""The parts of two versions of a scheme, beside each other: which are gone, why terms under way cannot move, and what cards of
a renamed role may do that they could not do before (X-01). Pure."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from scheme.base import HasId
from scheme.migration import Sort
from scheme.results import ScoredResult, VerdictResult
from scheme.roles import Capability, held_as, platform_capabilities

if TYPE_CHECKING:
    from scheme.parts import Role
    from scheme.scheme import Scheme

SORTS: Mapping[Sort, str] = {
    "roles": "角色",
    "case_types": "案件类型",
    "stages": "环节",
    "operations": "操作",
    "dimensions": "维度",
    "evaluations": "评价",
    "parts": "评分部分",
    "bands": "等级",
    "result_steps": "成绩审核步骤",
}
"""The sorts of parts of which a migration says what becomes of each that is gone, and what they are called."""


def parts_of(scheme: "Scheme", of: Sort) -> Sequence[HasId]:
    """The parts of this sort; empty where the scheme has none."""
    result = scheme.result
    scored = result if isinstance(result, ScoredResult) else None
    match of:
        case "roles":
            return scheme.roles
        case "case_types":
            return scheme.cases.types
        case "stages":
            return scheme.cases.stages
        case "operations":
            return scheme.timing.operations
        case "dimensions":
            return scheme.dimensions
        case "evaluations":
            return scheme.evaluations
        case "parts":
            return scored.parts if scored else ()
        case "result_steps":
            return scored.steps if scored else ()
        case "bands":
            return scored.bands if scored else result.choices if isinstance(result, VerdictResult) else ()


def part_ids(scheme: "Scheme", of: Sort) -> set[str]:
    """The ids of the parts of this sort."""
    return {part.id for part in parts_of(scheme, of)}


def title_of(schemes: Sequence["Scheme"], of: Sort, name: str) -> str:
    """What the first of these schemes that has the part calls it; the id where none has it."""
    found = (part for scheme in schemes for part in parts_of(scheme, of) if part.id == name)
    return next((str(getattr(part, "title", name)) for part in found), name)


def reasons_to_stay(old: "Scheme", new: "Scheme") -> Iterator[str]:
    """Why terms under way under one version cannot move to the other, whatever its migration says; none where they can."""
    if old.result.type != new.result.type:
        yield "结果的种类改变"
    elif getattr(old.result, "per_dimension", None) != getattr(new.result, "per_dimension", None):
        yield "评分由分维度改为不分维度，或由不分维度改为分维度"
    if old.time_zone != new.time_zone:
        yield "时区改变"
    after = {stage.id: stage for stage in new.school_stages}
    for stage in old.school_stages:
        kept = after.get(stage.id)
        if kept is None or kept.terms_per_year != stage.terms_per_year or not set(stage.lengths) <= set(kept.lengths):
            yield "学段、学制或每学年的学期数改变"
            break
    if old.cases.stages and not new.cases.stages:
        yield "不再受理质疑和申诉，未办结的案件没有去处"
    if old.positions is not None and new.positions is None:
        yield "不再填报任职情况，待审的任职没有去处"
    if old.final is not None and new.final is None:
        yield "不再有毕业提交，待审的提交没有去处"


@dataclass(frozen=True, slots=True)
class MovedRole:
    """Cards of a role at a level that the new version does not have there: as what they go on (`after`; None: they end), and
    the capabilities that they would gain. `before` and `after` as cards hold them; `old` and `new`: the ids in the schemes."""

    level: str
    before: str
    after: str | None
    old: str
    new: str | None
    gains: tuple[Capability, ...] = ()


def moved_roles(scheme: "Scheme") -> list[MovedRole]:
    """What becomes of cards of roles that only older versions have (X-01). A role of the same name stays what it is: what it
    may do follows the version."""
    found: dict[tuple[str, str], MovedRole] = {}
    for old, new in scheme.moved("roles").items():
        for before in (role for one in scheme.older for role in one.roles if role.id == old):
            after = next((role for role in scheme.roles if role.id == new), None)
            for level in before.levels:
                one = _moved_at(level, before, after if after is not None and level in after.levels else None)
                if one.before == one.after:  # school_recorder and recorder at a school: cards hold the same
                    continue
                known = found.get((level, one.before))
                if known is None or set(known.gains) < set(one.gains):
                    found[level, one.before] = one
    held = {(level, held_as(role.id, level)) for role in scheme.roles for level in role.levels}
    return [one for key, one in found.items() if key not in held]


def _moved_at(level: str, before: "Role", after: "Role | None") -> MovedRole:
    held = held_as(before.id, level)
    if after is None:
        return MovedRole(level, held, None, before.id, None)
    gains = _may(after, level) - _may(before, level)
    return MovedRole(level, held, held_as(after.id, level), before.id, after.id, tuple(sorted(gains)))


def _may(role: "Role", level: str) -> set[Capability]:
    return set(platform_capabilities(held_as(role.id, level), level) if role.may is None else role.may)
