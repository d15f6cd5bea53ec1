"""Grades with publicity windows of their own: shown, closed and cleared each in its time (SH-01, SH-09, JX-13)."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.base import Window
from contracts.publicity import EntriesClearedV1, PublicityClosedV1, PublicityOpenedV1
from publicity.actions import terms
from publicity.app import SERVICE
from publicity_builders import (
    CLASS,
    CLOSES,
    OPENS,
    SCHOOL,
    SELECTING,
    House,
    a_changed_term,
    an_enrolment,
    enrolled,
    jiangxi_windows,
)
from servicekit.testing import a_service, a_student

OLDER = f"{SCHOOL}.g2024.c01"
EARLIER = CLOSES - timedelta(days=10)
LATER_OPENS = EARLIER + timedelta(days=1)


def _windows() -> tuple[Window, ...]:
    """The older grade (高三 in 2026-2027) first, the younger a day after it."""
    rest = tuple(window for window in jiangxi_windows() if window.operation != "publicity")
    return (
        *rest,
        Window(operation="publicity", starts=OPENS, ends=EARLIER, grades=("12",)),
        Window(operation="publicity", starts=LATER_OPENS, ends=CLOSES, grades=("10", "11")),
    )


@pytest.mark.feature("JX-13")
async def test_a_big_school_is_cleared_some_classes_at_a_time_and_closed_with_the_last(
    parts: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terms, "CLASSES", 1)
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        senior = a_student(OLDER, name="高大壮")
        await kit.receive(enrolled(an_enrolment(senior.student_id, OLDER, "高大壮")))
        kit.at(SELECTING)
        await house.selected(senior, path=OLDER, student_name="高大壮")
        await house.selected()
        await house.to(OPENS)
        kit.at(CLOSES)
        assert await kit.tick() == 3, "a transaction for each class, and one to close"
        assert [event.path for event in await kit.events(EntriesClearedV1)] == [OLDER, CLASS]
        assert [(event.entries, event.in_dispute) for event in await kit.events(PublicityClosedV1)] == [(2, 0)]
        assert await kit.tick() == 0


@pytest.mark.feature("SH-01", "JX-13", "JX-07")
async def test_a_grade_closes_and_clears_with_its_own_window(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await kit.receive(a_changed_term(house.term, _windows()))
        senior = a_student(OLDER, name="高大壮")
        await kit.receive(enrolled(an_enrolment(senior.student_id, OLDER, "高大壮")))
        kit.at(SELECTING)
        old, _ = await house.selected(senior, path=OLDER, student_name="高大壮")
        disputed, _ = await house.selected(senior, path=OLDER, student_name="高大壮")
        young, _ = await house.selected()
        viewer, term = kit.as_(house.administrator), house.term.term_id

        async def shown() -> set[str]:
            items = (await viewer.get("/board", term_id=term)).json["items"]
            tree = (await viewer.get("/board/tree", term_id=term)).json
            assert tree["entries"] == len(items)
            return {one["entry_id"] for one in items}

        await house.to(OPENS)
        assert len(await kit.events(PublicityOpenedV1)) == 1
        assert await shown() == {str(old), str(disputed)}
        assert (await viewer.get(f"/board/{young}")).code == "not_found"
        assert (await kit.as_(house.owner).delete(f"/selections/{young}")).status == 204
        kit.at(SELECTING)
        assert (await kit.as_(house.owner).post("/selections", {"entry_ids": [str(young)]})).status == 201
        kit.at(OPENS + timedelta(days=1))
        complaint = {"entry_id": str(disputed), "complaint_type": "untrue", "text": "当天他并没有参加这次活动"}
        assert (await viewer.post("/cases", complaint)).status == 201
        await house.to(EARLIER)
        assert [await house.state_of(one) for one in (old, disputed, young)] == ["cleared", "selected", "selected"]
        assert [event.path for event in await kit.events(EntriesClearedV1)] == [OLDER]
        assert await kit.events(PublicityClosedV1) == []
        assert (await viewer.get(f"/board/{disputed}")).status != 200
        await house.to(LATER_OPENS)
        assert await shown() == {str(young)}
        await house.to(CLOSES)
        assert [await house.state_of(one) for one in (old, disputed, young)] == ["cleared", "selected", "cleared"]
        assert [event.path for event in await kit.events(EntriesClearedV1)] == [OLDER, CLASS]
        assert [(event.entries, event.in_dispute) for event in await kit.events(PublicityClosedV1)] == [(2, 1)]
