"""Changing how many years a school lasts and which stages it has: what it does, and when it is refused (BJ-12, BJ-03). Pure."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from contracts.base import level_of
from scheme import Scheme, Schooling
from servicekit.auth import Actor
from servicekit.refusals import Refusal, require
from servicekit.timetable import entry_year_of, stage_of

from identity.domain.organisations import Organisation, need_schooling, stages_of_school

RULE = "BJ-12"
_LEVELS = {"province": "省", "city": "市", "district": "县（区）"}


@dataclass(frozen=True)
class LengthWish:
    """How long a school shall be: years of its first stage (None: the usual length), and which stages it has besides; None:
    those that it has."""

    path: str
    years: int | None = None
    more_stages: tuple[str, ...] | None = None


@dataclass(frozen=True)
class GradeChange:
    """A grade of the school with its students: the school year, 1 to 14, that it is in, and the calendar year in which it
    leaves the stage, before and after; None: it has left, or its stage is no more."""

    path: str
    title: str
    students: int
    now: int | None
    then: int | None
    leaves: int | None
    leaves_then: int | None

    @property
    def changes(self) -> bool:
        """Does it matter to this grade?"""
        return (self.now, self.leaves) != (self.then, self.leaves_then)


@dataclass(frozen=True)
class LengthChange:
    """What the change does: the stages before and after, the grades that it matters to, and why it is refused."""

    school: Organisation
    before: tuple[Schooling, ...]
    after: tuple[Schooling, ...]
    grades: tuple[GradeChange, ...]
    sealed_terms: int
    refusal: Refusal | None


def need_may_change(actor: Actor, path: str) -> None:
    """Refuse what is not a school, and the school itself: the level above decides."""
    actor.need(path)
    require(level_of(path) == "school", "length_of_schools", field="path", rule=RULE)
    require(actor.path != path, "forbidden", rule=RULE, detail="学制由上一级指定", help="请联系上一级管理员")


def changed(scheme: Scheme | None, school: Organisation, wish: LengthWish) -> Organisation:
    """The school as the next version; refuses a length and stages that its scheme does not admit, and no change at all."""
    more = school.more_stages if wish.more_stages is None else tuple(dict.fromkeys(wish.more_stages))
    after = replace(school, years=wish.years, more_stages=more, version=school.version + 1)
    require(scheme is not None, "scheme_unknown", field="years", rule=RULE)
    need_schooling(scheme, after)
    same = (after.years, set(after.more_stages)) == (school.years, set(school.more_stages))
    require(not same, "length_unchanged", field="years", rule=RULE)
    return after


def change_of(
    scheme: Scheme,
    school: Organisation,
    after: Organisation,
    grades: Sequence[tuple[str, str, int]],
    sealed_terms: int,
    actor: Actor,
    now: datetime,
) -> LengthChange:
    """What a change does. grades: path, title and number of students of the school's grades; sealed_terms: how many terms have
    sealed archives under the present length."""
    before, then = stages_of_school(scheme, school), stages_of_school(scheme, after)
    day = now.astimezone(ZoneInfo(school.time_zone))
    year = day.year if day.month >= 8 else day.year - 1
    found = [_grade(path, title, count, before, then, school.stage, year) for path, title, count in grades]
    refusal = _in_use(scheme, before, then, grades) or _sealed(scheme, before, then, sealed_terms, actor)
    return LengthChange(school, before, then, tuple(one for one in found if one.changes), sealed_terms, refusal)


def _grade(
    path: str, title: str, students: int, before: Sequence[Schooling], then: Sequence[Schooling], first: str | None, year: int
) -> GradeChange:
    entered, stage = entry_year_of(path), stage_of(path) or first
    old, new = (next((one for one in stages if one.stage == stage), None) for stages in (before, then))
    if entered is None:
        return GradeChange(path, title, students, None, None, None, None)
    term = f"{year}-{year + 1}"
    now, grade = (None if one is None else one.grade(entered, term) for one in (old, new))
    ends = [None if one is None else entered + one.years for one in (old, new)]
    return GradeChange(path, title, students, now, grade, ends[0], ends[1])


def _in_use(
    scheme: Scheme, before: Sequence[Schooling], then: Sequence[Schooling], grades: Sequence[tuple[str, str, int]]
) -> Refusal | None:
    """A stage that still has grades is not taken away."""
    gone: dict[str, str] = {one.stage: one.title for one in before if all(one.stage != kept.stage for kept in then)}
    used = [title for path, title, _ in grades if stage_of(path) in gone]
    if not used:
        return None
    detail = f"{'、'.join(gone.values())}还有年级：{'、'.join(used[:5])}"
    help_ = "请先把这些年级的学生转走或办理离校"
    return Refusal("stage_in_use", field="more_stages", rule=scheme.rule("term"), detail=detail, help=help_)


def _sealed(
    scheme: Scheme, before: Sequence[Schooling], then: Sequence[Schooling], sealed_terms: int, actor: Actor
) -> Refusal | None:
    """Once archives are sealed under a length, how many sets a student has is fixed: only the authority of the scheme changes
    it. A stage that is added changes nothing of that."""
    lasting = {one.stage: one for one in then}
    if not sealed_terms or all(lasting.get(one.stage) == one for one in before):
        return None
    level = (scheme.authority.level if scheme.authority else None) or "province"
    if level_of(actor.path) == level or not actor.path:
        return None
    detail = f"已有{sealed_terms}个学期按{'、'.join(one.title for one in before)}锁定了档案，不能再改学制"
    who = f"（{scheme.authority.name}）" if scheme.authority else ""
    help_ = f"确需更改时，请联系{_LEVELS[level]}级管理员{who}办理"
    return Refusal(
        "results_sealed", field="years", rule=scheme.rule("term"), scheme=f"{scheme.id}@{scheme.version}", detail=detail,
        help=help_, sealed_terms=sealed_terms,
    )  # fmt: skip
