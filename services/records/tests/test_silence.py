"""What the clock does: a student who says nothing has confirmed (SH-07); and the whole service stands."""

import asyncio
from datetime import UTC, datetime
from typing import Any

import pytest
from contracts.records import RecordApprovedV1
from records.app import SERVICE
from servicekit.testing import a_service, an_actor

from .builders import SCHOOL, a_school, baoshan_windows

FILLING = datetime(2026, 9, 10, 8, tzinfo=UTC)
CONFIRM_ENDS = datetime(2026, 9, 26, 8, tzinfo=UTC)


@pytest.mark.feature("SH-04", "SH-07")
async def test_what_the_school_entered_is_confirmed_by_silence_at_the_end_of_its_moved_window(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="baoshan", now=FILLING, windows=baoshan_windows())
        recorder = kit.as_(an_actor("recorder", SCHOOL, name="录入员"))
        sent = {"term_id": str(school.term_id), "kind": "basic_course", "data": {"name": "语文", "mark": "优"}, "submit": True}
        assert (await recorder.post("/records", sent)).json["errors"][0]["field"] == "student_id"
        made = await recorder.post("/records", sent | {"student_id": str(school.student_id)})
        assert (made.json["state"], made.json["origin"], made.json["reviewer_role"]) == ("submitted", "entered", "student")

        windows = baoshan_windows()
        for window in windows:
            if window["operation"] == "confirm":
                window["ends"] = "2026-09-27T08:00:00Z"
        body = {"windows": windows, "reason": "多给一天"}
        assert (await school.admin.put(f"/terms/{school.term_id}/timetable", body, If_Match='"1"')).status == 200
        kit.at(CONFIRM_ENDS)
        assert await kit.tick() == 0
        kit.at(datetime(2026, 9, 27, 8, tzinfo=UTC))
        assert await kit.tick() == 1
        [event] = await kit.events(RecordApprovedV1)
        assert event.approved_by == "系统"
        history = (await school.student.get(f"/records/{made.json['id']}")).json["history"]
        assert (history[-1]["by_role"], history[-1]["note"]) == ("clock", "逾期未处理，视为通过")


async def test_the_whole_service_is_ready_and_says_its_events_on_the_bus(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True, bus=True) as kit, asyncio.timeout(30):
        await a_school(kit)
        while True:
            ready = await kit.anonymous.get("/readyz")
            assert (ready.status, ready.json["ready"]) == (200, True)
            async with kit.deps.db.reading() as tx:
                if await tx.fetchval("SELECT count(*) FROM outbox WHERE published_at IS NOT NULL") == 1:
                    break
            await asyncio.sleep(0.05)
