"""The organisation tree, and what a new organisation inherits from its parent."""

import re
from dataclasses import dataclass
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from contracts.base import LEVELS, level_of
from contracts.identity import OrganisationCreatedV1
from scheme import STAGE_TITLES, Scheme, Schooling
from servicekit.mapping import from_attributes
from servicekit.refusals import Refusal, declare, require

from identity.domain import eid

CODE = r"^[A-Za-z0-9_]{1,32}$"
DEFAULT_ZONE = "Asia/Shanghai"
declare("length_of_schools", 422, "只有学校可以指定学制")
declare("length_not_admitted", 422, "评价方案没有这一学段或学制")
declare("length_unchanged", 409, "学校已经是这一学制")


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
    )


def need_schooling(scheme: Scheme | None, organisation: Organisation) -> Schooling | None:
    """The stage and length of a school under its scheme; None: it has no scheme yet. Refuses what the scheme does not admit,
    a length without a scheme, and a length of anything but a school (BJ-12)."""
    if organisation.level != "school":
        require(organisation.years is None, "length_of_schools", field="years", rule="BJ-12")
        return None
    if scheme is None:
        require(organisation.years is None, "scheme_unknown", field="years", rule="BJ-12")
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
    return found


def grade_of(school: Organisation, entry_year: int) -> Organisation:
    """The grade that entered in this year: `<school>.g2025`, 2025级."""
    return new_organisation(school, NewOrganisationInput(f"g{entry_year}", f"{entry_year}级"))


def class_of(grade: Organisation, code: str, title: str) -> Organisation:
    """A class with the school's own title (L-07): `<grade>.c05`, 5班. `code` is its label in the tree, which says nothing."""
    return new_organisation(grade, NewOrganisationInput(code, title))
