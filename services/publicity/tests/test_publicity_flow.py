"""From approval to the archive: eligible, selected, on the board, cleared when the window closes."""

from datetime import timedelta
from typing import Any

import pytest
from contracts.identity import EnrolmentStatementAskedV1
from contracts.publicity import (
    EntriesClearedV1,
    EntrySelectedV1,
    PublicityClosedV1,
    PublicityOpenedV1,
    PublicityStatementV1,
)
from publicity.app import SERVICE
from publicity_builders import CLASS, CLOSES, OPENS, SHOWN, House, approved, jiangxi_windows
from publicity_builders import a_changed_term as changed_term
from servicekit.testing import a_service


@pytest.mark.feature("JX-03", "JX-07", "JX-13", "BJ-04")
async def test_an_approved_record_is_selected_shown_and_cleared_when_the_window_closes(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, record = await house.selected()
        assert await kit.receive(approved(record)) is True  # the same approval under another event id has no effect
        assert [event.entry_id for event in await kit.events(EntrySelectedV1)] == [entry_id]
        classmate = kit.as_(house.classmate)
        early = await classmate.get("/board", term_id=house.term.term_id)
        assert (early.status, early.code, early.json["rule"]) == (409, "window_closed", "JX-07")
        assert early.json["scheme"] == "jiangxi@2026.1"
        assert early.json["window"]["next"].startswith("2026-12-20")
        await house.to(OPENS)
        assert [event.entries for event in await kit.events(PublicityOpenedV1)] == [1]
        seen = (await classmate.get("/board", term_id=house.term.term_id)).json["items"]
        assert [(one["entry_id"], one["student_name"], one["class_title"]) for one in seen] == [
            (str(entry_id), "李晓雨", "1班")
        ]
        asked = EnrolmentStatementAskedV1(application_id=entry_id, attempt=1, student_id=record.student_id)
        await kit.receive(asked)
        [stated] = await kit.events(PublicityStatementV1)
        assert [(line.title, line.count, line.running) for line in stated.lines] == [("公示中的记录", 1, True)]
        await house.to(CLOSES)
        await house.to(CLOSES + timedelta(days=1))
        [cleared] = await kit.events(EntriesClearedV1)
        assert (cleared.path, cleared.entries) == (CLASS, (record,))
        [closed] = await kit.events(PublicityClosedV1)
        assert (closed.entries, closed.in_dispute) == (1, 0)
        await kit.receive(changed_term(house.term, house.term.windows))  # a new version of a term that is over has no effect
        await house.to(CLOSES + timedelta(days=2))
        assert (len(await kit.events(PublicityOpenedV1)), len(await kit.events(PublicityClosedV1))) == (1, 1)
        assert (await classmate.get("/board", term_id=house.term.term_id)).code == "window_closed"
        mine = (await kit.as_(house.owner).get("/entries", state="cleared")).json["items"]
        assert [one["entry_id"] for one in mine] == [str(entry_id)]


@pytest.mark.feature("JX-07")
async def test_a_changed_timetable_reschedules_opening_and_closing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.selected()
        later = timedelta(days=7)
        await kit.receive(changed_term(house.term, jiangxi_windows(OPENS + later, CLOSES + later)))
        await kit.receive(house.term.model_copy(update={"windows": ()}))  # an older version
        await house.to(SHOWN)
        assert await kit.events(PublicityOpenedV1) == []
        await house.to(CLOSES)
        assert await kit.events(PublicityClosedV1) == []
        assert len(await kit.events(PublicityOpenedV1)) == 1
        await house.to(CLOSES + later)
        assert [event.entries for event in await kit.events(PublicityClosedV1)] == [1]
