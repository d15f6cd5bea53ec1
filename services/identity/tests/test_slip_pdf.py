"""The printed slips: eight on a page, and a page with a message if there are none."""

from typing import Any

import pytest
from identity.actions.slip_pdf import slips_page
from identity.deps import TEMPLATES
from identity.results import Slip
from identity.store.slips import Audience, Recipient
from servicekit.ids import new_id
from typesetting import PdfRenderer


def a_page(count: int, audience: Audience = "guardians", replaced: int = 0) -> dict[str, Any]:
    """The template's data for `count` slips."""
    to = Recipient(new_id(), "欧阳明月", "13800000000", "jx.nc.dh.s1.g2025.c01", "2025级 1班 欧阳小雨的外祖母")
    slips = [Slip(to, "k7wm-3xqz-9hfa")] * count
    return slips_page("江西实验中学", audience, slips, address="https://zongping.example.org", days=30, replaced=replaced)


@pytest.mark.feature("NR-01")
@pytest.mark.parametrize(("count", "pages"), [(0, 1), (8, 1), (9, 2)])
def test_a_page_has_eight_slips(count: int, pages: int) -> None:
    assert len(PdfRenderer(TEMPLATES).pictures("slips.typ", a_page(count), ppi=20)) == pages


@pytest.mark.feature("L-11")
def test_a_first_page_says_how_many_unused_slips_are_replaced() -> None:
    assert len(PdfRenderer(TEMPLATES).pictures("slips.typ", a_page(8, replaced=3), ppi=20)) == 2
