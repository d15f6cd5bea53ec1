"""The organisation tree, and what a new organisation inherits from its parent."""

import re
from dataclasses import dataclass
from typing import cast
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.base import LEVELS, level_of
from contracts.identity import OrganisationCreatedV1
from scheme import STAGE_TITLES, Scheme, Schooling
from scheme.stages import StageId
from servicekit.mapping import from_attributes
from servicekit.refusals import Refusal, declare, require

from identity.domain import eid

CODE = r"^[A-Za-z0-9_]{1,32}$"
DEFAULT_ZONE = "Asia/Shanghai"
declare("length_of_schools", 422, "只有学校可以指定学制")
declare("length_not_admitted", 422, "评价方案没有这一学段或学制")
declare("length_unchanged", 409, "学校已经是这一学制")
declare("stage_in_use", 409, "这一学段还有班级，不能取消")
declare("results_sealed", 409, "学校已有按现行学制锁定的学期档案")


@dataclass(frozen=True)
class Organisation:
    """One node of the tree. Stage, scheme, time zone and area are its own or the nearest ancestor's."""

    path: str
    title: str
    stage: str | None
    scheme_id: str | None
    scheme_version: str | None
    time_zone: str
    area: str | None
    own_scheme: bool = False
    years: int | None = None
    """Of a school that has not its scheme's usual length: how many years its stage lasts (BJ-12)."""
    more_stages: tuple[str, ...] = ()
    """Of a school with several stages: those besides `stage`, such as primary school in one of nine years (BJ-03)."""
    version: int = 1
    position: int | None = None
    """The school's own order of its classes; None: by path (L-07)."""

    @property
    def level(self) -> str:
        """province, city, district, school, grade or class."""
        return level_of(self.path)

    def event(self) -> OrganisationCreatedV1:
        """The event that other services receive."""
        return from_attributes(OrganisationCreatedV1, self)


COUNTRY = Organisation("", "全国", None, None, None, DEFAULT_ZONE, None)


@dataclass(frozen=True)
class NewOrganisationInput:
    """The properties given for a new organisation; the others are inherited from its parent."""

    code: str
    title: str
    stage: str | None = None
    scheme_id: str | None = None
    scheme_version: str | None = None
    time_zone: str | None = None
    area: str | None = None
    years: int | None = None
    more_stages: tuple[str, ...] = ()


def new_organisation(parent: Organisation, data: NewOrganisationInput) -> Organisation:
    """The new organisation below `parent`. Refuses an impossible level, code or time zone."""
    depth = len(parent.path.split(".")) if parent.path else 0
    require(depth < len(LEVELS) - 1, "level_exhausted", field="parent")
    require(re.fullmatch(CODE, data.code) is not None, "invalid_input", field="code")
    if data.time_zone is not None:
        try:
            ZoneInfo(data.time_zone)
        except (ZoneInfoNotFoundError, ValueError, OSError):
            raise Refusal("time_zone_unknown", field="time_zone") from None
    path = f"{parent.path}.{data.code}" if parent.path else data.code
    own = data.scheme_id is not None
    return Organisation(
        path=path,
        title=data.title,
        stage=data.stage or parent.stage,
        scheme_id=data.scheme_id if own else parent.scheme_id,
        scheme_version=data.scheme_version if own else parent.scheme_version,
        time_zone=data.time_zone or parent.time_zone,
        area=data.area or parent.area or eid.area_of(tuple(path.split("."))),
        own_scheme=own,
        years=data.years,
        more_stages=data.more_stages,
    )


def stages_of_school(scheme: Scheme | None, school: Organisation) -> tuple[Schooling, ...]:
    """All stages of a school, lowest first; none where its scheme is not known or does not admit them any more."""
    return () if scheme is None else scheme.find_schoolings(school.stage, school.years, school.more_stages) or ()


def need_schooling(scheme: Scheme | None, organisation: Organisation) -> Schooling | None:
    """The first stage of a school and its length under its scheme; None: it has no scheme yet. Refuses what the scheme does not
    admit, further stages that do not join it without a gap, and a length of anything but a school (BJ-12)."""
    given = organisation.years is not None or bool(organisation.more_stages)
    if organisation.level != "school":
        require(not given, "length_of_schools", field="years", rule="BJ-12")
        return None
    if scheme is None:
        require(not given, "scheme_unknown", field="years", rule="BJ-12")
        return None
    found = scheme.find_schooling(organisation.stage, organisation.years)
    if found is None:
        usual = scheme.find_schooling(organisation.stage, None)
        field = "stage" if usual is None else "years"
        allowed = [
            f"{STAGE_TITLES[one.id]}{'、'.join(f'{length.years}年' for length in one.lengths)}" for one in scheme.school_stages
        ]
        raise Refusal(
            "length_not_admitted", field=field, rule=scheme.rule("term"), scheme=f"{scheme.id}@{scheme.version}",
            detail=f"{scheme.title}的学校可以是：{'；'.join(allowed)}", help="请联系制定方案的上级管理员",
        )  # fmt: skip
    if scheme.find_schoolings(organisation.stage, organisation.years, organisation.more_stages) is None:
        names = "、".join(STAGE_TITLES[one.id] for one in scheme.school_stages if one.id in organisation.more_stages)
        raise Refusal(
            "length_not_admitted", field="more_stages", rule=scheme.rule("term"), scheme=f"{scheme.id}@{scheme.version}",
            detail=f"{names or '所选学段'}与{found.title}不能首尾相接，或每学年的学期数不同", help="请另选学段或学制",
        )  # fmt: skip
    return found


def grade_of(school: Organisation, entry_year: int, stage: str | None = None) -> Organisation:
    """The grade that entered in this year: `<school>.g2025`, 2025级. stage: of a school with several, if it is not the first
    one: `<school>.g2025_primary`, 小学2025级."""
    if stage is None:
        name = STAGE_TITLES[school.stage] if school.more_stages and school.stage in STAGE_TITLES else ""
        return new_organisation(school, NewOrganisationInput(f"g{entry_year}", f"{name}{entry_year}级"))
    title = f"{STAGE_TITLES[cast(StageId, stage)]}{entry_year}级"
    return new_organisation(school, NewOrganisationInput(f"g{entry_year}_{stage}", title, stage))


def class_of(grade: Organisation, code: str, title: str) -> Organisation:
    """A class with the school's own title (L-07): `<grade>.c05`, 5班. `code` is its label in the tree, which says nothing."""
    return new_organisation(grade, NewOrganisationInput(code, title))
