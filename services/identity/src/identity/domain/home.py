"""Home screens of people: what waits for somebody, and how far a class, a school or a region has come. Pure."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from servicekit.home import Counter, Todo

from identity.domain.counts import Counts, Region, SchoolClass


def todo(id: str, title: str, count: int, *, until: datetime | None = None, detail: str | None = None) -> list[Todo]:
    """A todo, if there is anything to do."""
    return [Todo(id=id, title=title, count=count, until=until, detail=detail)] if count else []


def counters(counts: Counts, path: str) -> list[Counter]:
    """How many students and guardians have begun, of all students. Nothing where there is no student."""
    if not counts.students:
        return []
    shown = (
        ("students_in_use", "学生账号已启用", counts.students_in_use),
        ("students_with_guardian", "已登记监护人", counts.with_guardian),
        ("guardians_in_use", "家长已领取身份卡", counts.guardians_in_use),
    )
    return [Counter(id=id, title=title, done=done, of=counts.students, path=path) for id, title, done in shown]


def class_todos(counts: Counts) -> list[Todo]:
    """What a class teacher or a school can do about accounts: print slips, register guardians."""
    silent, lonely = counts.students - counts.students_in_use, counts.students - counts.with_guardian
    return [
        *todo("students_never_signed_in", "学生账号未启用", silent, detail="可打印账号条发给学生"),
        *todo("students_without_guardian", "学生没有登记监护人", lonely, detail="请在名册中补充监护人姓名和手机号"),
    ]


def class_counters(found: Iterable[SchoolClass]) -> list[Counter]:
    """For each class with students: how many of their accounts are in use."""
    return [
        Counter(
            id="class_students_in_use",
            title=f"{one.grade_title} {one.title}",
            done=one.counts.students_in_use,
            of=one.counts.students,
            path=one.path,
        )
        for one in found
        if one.counts.students
    ]


def classes_without_teacher(found: Sequence[SchoolClass]) -> list[str]:
    """Classes with students that no class teacher has an active card for, by title."""
    return [f"{one.grade_title} {one.title}" for one in found if one.counts.students and not one.class_teachers]


def region_counters(region: Region, path: str) -> list[Counter]:
    """How far a district, city or province has come: organisations with an administrator, then the students."""
    if not region.organisations:
        return []
    first = Counter(
        id="organisations_with_administrator",
        title="下级单位已有管理员",
        done=region.administered,
        of=region.organisations,
        path=path,
    )
    return [first, *counters(region.counts, path)]
