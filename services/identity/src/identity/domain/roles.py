"""How users read a role: as the scheme of the organisation calls it, else by the platform's own names."""

from contracts.base import Role, level_of
from scheme import Scheme

from identity.domain.authority import ROLE_LEVELS

TITLES: dict[Role, str] = {
    "operator": "运维",
    "administrator": "管理员",
    "recorder": "录入员",
    "auditor": "审核员",
    "principal": "校长",
    "class_teacher": "班主任",
    "subject_teacher": "任课教师",
    "student": "学生",
    "guardian": "家长",
}
_LEVELS = {"province": "省", "city": "市", "district": "区县", "school": "学校"}
_WITH_LEVEL = ("administrator", "recorder", "auditor")


def known(scheme: Scheme, role: Role, level: str) -> str | None:
    """The scheme's name of a role at this level; None: the scheme has no such role."""
    names = {one.id: one.title for one in scheme.roles}
    return names.get(f"{level}_{role}") or names.get(role)


def title(scheme: Scheme | None, role: Role, path: str) -> str:
    """The name of a role at an organisation: 班主任, 校管理员."""
    level = level_of(path)
    name = TITLES.get(role, role)
    own = f"{_LEVELS.get(level, '')}{name}" if role in _WITH_LEVEL else name
    return own if scheme is None else known(scheme, role, level) or own


def at_level(scheme: Scheme | None, level: str) -> list[Role]:
    """The staff roles that exist at this level and that the scheme uses; administrators always do."""
    found = [role for role, levels in ROLE_LEVELS.items() if level in levels]
    return [role for role in found if role == "administrator" or scheme is None or known(scheme, role, level)]
