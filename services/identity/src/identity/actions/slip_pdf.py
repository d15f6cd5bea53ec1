"""Account slips as a PDF (A4): the data for the template, rendered in the PDF renderer's worker process."""

from collections.abc import Sequence
from typing import Any

from typesetting import PLAIN, PdfRenderer

from identity.deps import IdentityDeps
from identity.results import Slip
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
    """The data for the template `slips.typ`."""
    return {
        "title": title,
        "audience": _AUDIENCES[audience],
        "step": _STEPS[audience],
        "address": address,
        "days": days,
        "slips": [
            {
                "name": slip.recipient.name,
                "about": _ROLES.get(slip.recipient.about, slip.recipient.about),
                "username": slip.recipient.username,
                "password": slip.password,
            }
            for slip in slips
        ],
    }


async def print_slips(deps: IdentityDeps, title: str, audience: Audience, slips: Sequence[Slip]) -> bytes:
    """Render the slips as a PDF, eight on a page."""
    settings = deps.settings
    data = slips_page(title, audience, slips, address=settings.public_base, days=settings.one_time_days)
    return await deps.renderer.run(PdfRenderer.print, "slips.typ", data, standards=PLAIN, made_at=deps.now())
