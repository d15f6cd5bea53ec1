"""Account slips on A4: the data for the template, set by the PDF renderer in a process of its own."""

from collections.abc import Sequence
from typing import Any

from typesetting import PLAIN

from identity.actions.slips import Slip
from identity.deps import IdentityDeps
from identity.store.slips import Audience

_AUDIENCES = {"students": "学生", "guardians": "家长", "staff": "教职工"}
_ROLES = {
    "administrator": "管理员",
    "recorder": "录入员",
    "auditor": "审核员",
    "principal": "校长",
    "class_teacher": "班主任",
    "subject_teacher": "任课教师",
}


_STEPS = {
    "students": "领取“本人”身份卡：填写姓名和身份证件号",
    "guardians": "领取“孩子”身份卡：填写孩子和监护人的姓名、身份证件号",
    "staff": "选择身份卡，开始使用",
}


def slips_page(title: str, audience: Audience, slips: Sequence[Slip], *, address: str, days: int) -> dict[str, Any]:
    """What the template is given."""
    return {
        "title": title,
        "audience": _AUDIENCES[audience],
        "step": _STEPS[audience],
        "address": address,
        "days": days,
        "slips": [
            {
                "name": slip.to.name,
                "about": _ROLES.get(slip.to.about, slip.to.about),
                "username": slip.to.username,
                "password": slip.password,
            }
            for slip in slips
        ],
    }


async def print_slips(deps: IdentityDeps, title: str, audience: Audience, slips: Sequence[Slip]) -> bytes:
    """The PDF, eight slips a page."""
    settings = deps.settings
    data = slips_page(title, audience, slips, address=settings.public_base, days=settings.one_time_days)
    return await deps.renderer.print("slips.typ", data, standards=PLAIN, made_at=deps.now().replace(microsecond=0))
