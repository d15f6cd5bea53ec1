"""How users read a role: as the scheme of the organisation calls it, else by the platform's own names."""

from collections.abc import Sequence

from contracts.base import Role, level_of
from scheme import Scheme, roles

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
UNNAMED = "教职工"
"""Of a role that no scheme at hand names."""
_LEVELS = {"province": "省", "city": "市", "district": "区县", "school": "学校"}
_WITH_LEVEL = ("administrator", "recorder", "auditor")


def platform_title(role: Role) -> str:
    """The platform's own name of a role, which says nothing about its organisation."""
    return TITLES.get(role, UNNAMED)


def title(schemes: Sequence[Scheme], role: Role, path: str) -> str:
    """The name of a role at an organisation with these schemes: 班主任, 校管理员, 公示审核小组."""
    level = level_of(path)
    if role in roles.FAMILY:
        return next((one.title for scheme in schemes for one in scheme.roles if one.id == role), platform_title(role))
    for scheme in schemes:
        found = roles.known(scheme, role, level)
        if found is not None:
            return found.title
    return f"{_LEVELS.get(level, '')}{platform_title(role)}" if role in _WITH_LEVEL else platform_title(role)
