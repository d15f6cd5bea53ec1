"""Account slips as a PDF (A4): the data for the template, rendered in the PDF renderer's worker process."""

from collections.abc import Sequence
from typing import Any

from typesetting import PLAIN, PdfRenderer

from identity.deps import IdentityDeps
from identity.results import PrintedSlips, Slip
from identity.store.slips import Audience

_AUDIENCES = {"students": "学生", "guardians": "家长", "staff": "教职工"}

_STEPS = {
    "students": "领取“本人”身份卡：填写姓名和身份证件号",
    "guardians": "领取“孩子”身份卡：填写孩子和监护人的姓名、身份证件号",
    "staff": "选择身份卡，开始使用。已有自己密码的：用自己的密码登录，在“身份卡”中输入此密码启用",
}


def slips_page(
    title: str, audience: Audience, slips: Sequence[Slip], *, address: str, days: int, replaced: int = 0
) -> dict[str, Any]:
    """The data for the template `slips.typ`. `replaced`: how many unused passwords on older slips became invalid (L-11)."""
    return {
        "title": title,
        "replaced": replaced,
        "audience": _AUDIENCES[audience],
        "step": _STEPS[audience],
        "address": address,
        "days": days,
        "slips": [
            {
                "name": slip.recipient.name,
                "about": slip.recipient.about,
                "username": slip.recipient.username,
                "password": slip.password,
            }
            for slip in slips
        ],
    }


async def print_slips(deps: IdentityDeps, audience: Audience, made: PrintedSlips) -> bytes:
    """Render the slips as a PDF, eight on a page; before them a note if they replace unused ones."""
    settings = deps.settings
    address, days = settings.public_base, settings.one_time_days
    data = slips_page(made.title, audience, made.slips, address=address, days=days, replaced=made.replaced)
    return await deps.renderer.run(PdfRenderer.print, "slips.typ", data, standards=PLAIN, made_at=deps.now())
