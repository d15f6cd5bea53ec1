"""The board of a last term: what passed the final submission, of all terms, and nothing else (CS-01, CS-05, CS-06, CS-08)."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

import pytest
from contracts.base import Window
from contracts.publicity import EntriesClearedV1, PublicityClosedV1
from contracts.records import FinalSubmissionApprovedV1
from publicity.app import SERVICE
from publicity_builders import CLASS, CLOSES, OPENS, SELECTING, SHOWN, House, a_record, a_term, approved
from servicekit.bus import RetryLater
from servicekit.ids import new_id
from servicekit.testing import a_service

YEAR = timedelta(days=364)


def passed(house: House, term_id: UUID, *record_ids: UUID) -> FinalSubmissionApprovedV1:
    return FinalSubmissionApprovedV1(
        submission_id=new_id(), term_id=term_id, student_id=house.owner.student_id, student_name="李晓雨", path=CLASS,
        title="最终上报", records=len(record_ids), version=3, at=SHOWN, record_ids=record_ids, refused=0,
    )  # fmt: skip


def a_changsha_term(**changed: Any) -> Any:
    return a_term(scheme_id="changsha", **changed)


@pytest.mark.feature("CS-01", "CS-02", "CS-05", "CS-06", "CS-08")
async def test_the_last_board_shows_what_passed_the_final_submission_of_all_terms(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = House(kit)
        house.term = a_changsha_term(windows=(Window(operation="publicity", starts=OPENS, ends=CLOSES),))
        await house.begin()
        owner = house.owner.student_id
        old, left_out = (a_record(house.term.term_id, owner, kind="reading", dimension="academic") for _ in range(2))
        for record in (old, left_out):
            await kit.receive(approved(record))
        await house.to(OPENS)
        mate = kit.as_(house.classmate)
        assert len((await mate.get("/board", term_id=house.term.term_id)).json["items"]) == 2, "publicised by itself"
        await house.to(CLOSES)
        last = a_changsha_term(
            school_year="2027-2028", number=2, title="九年级二学期", starts_on=date(2028, 2, 20), ends_on=date(2028, 7, 1),
            windows=(Window(operation="publicity", starts=OPENS + 2 * YEAR, ends=CLOSES + 2 * YEAR),),
        )  # fmt: skip
        kit.at(SELECTING + 2 * YEAR)
        await kit.receive(last)
        new, waits = (a_record(last.term_id, owner, kind="art_work", dimension="arts", data={"name": n}) for n in "画诗")
        await kit.receive(approved(new))
        event = passed(house, last.term_id, old.record_id, new.record_id, waits.record_id)
        with pytest.raises(RetryLater):
            await kit.receive(event)
        await kit.receive(approved(waits))
        event = passed(house, last.term_id, old.record_id, new.record_id)
        await kit.receive(event)
        await kit.receive(event)
        await house.to(OPENS + 2 * YEAR)
        items = (await mate.get("/board", term_id=last.term_id)).json["items"]
        assert {one["title"] for one in items} == {old.title, new.title}
        assert len(items) == 2, "what was not submitted finally is not shown"
        detail = await mate.get(f"/board/{items[0]['entry_id']}")
        assert detail.status == 200, detail.json
        complaint = {"entry_id": items[0]["entry_id"], "complaint_type": "distorted", "text": "这份材料内容失真"}
        phone = await mate.call("POST", "/cases", complaint, X_Client="phone")
        assert (phone.status, phone.code, phone.json["rule"]) == (409, "other_client", "CS-02")
        await house.to(CLOSES + 2 * YEAR)
        cleared = [event for event in await kit.events(EntriesClearedV1) if event.term_id == last.term_id]
        assert {record.record_id for event in cleared for record in event.entries} == {old.record_id, new.record_id}
        assert {record.term_id for event in cleared for record in event.entries} == {house.term.term_id, last.term_id}
        assert [(event.entries, event.term_id) for event in await kit.events(PublicityClosedV1)] == [
            (2, house.term.term_id),
            (2, last.term_id),
        ]
