"""An amendment made after the student acted is never shown, reviewed or cleared (JX-09)."""

from itertools import permutations
from typing import Any

import pytest
from contracts.publicity import AmendmentRequestedV1, EntriesClearedV1
from contracts.records import Asked, RecordAmendedV1
from publicity.app import SERVICE
from publicity_builders import HANDLING, House, amended
from servicekit.testing import a_service


def late(event: RecordAmendedV1, turn: int) -> RecordAmendedV1:
    """Another amendment of that turn, made before records knew that the student had acted."""
    after = event.record.model_copy(update={"version": event.record.version + 1, "title": "交后又改的标题"})
    return event.model_copy(update={"record": after, "asked": (Asked(case_id=event.case_id, turn=turn),), "restores": None})


def restored(event: RecordAmendedV1) -> RecordAmendedV1:
    """records restored the version before the late amendment."""
    version = event.record.version
    after = event.record.model_copy(update={"version": version + 3})
    return event.model_copy(update={"record": after, "asked": (), "restores": version})


@pytest.mark.feature("JX-09", "JX-13")
@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
async def test_an_amendment_after_the_student_acted_is_never_reviewed_or_cleared(parts: Any, order: tuple[int, int]) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        chosen = [await house.selected() for _ in range(4)]
        ids = [await house.complaint(entry_id) for entry_id, _ in chosen]
        await house.to(HANDLING)
        for moment, (case_id, (_, record)) in enumerate(zip(ids, chosen, strict=True)):
            [asked] = [event for event in await kit.events(AmendmentRequestedV1) if event.case_id == case_id]
            assert (asked.open, asked.turn, asked.version) == (True, 1, None)
            event = amended(record, case_id, title="改过的标题")
            events = [late(event, 1), restored(event)]
            await kit.receive(event.model_copy(update={"asked": (Asked(case_id=case_id, turn=1),)}))
            for step, (who, action) in enumerate(
                ((house.owner, "amend"), (house.teacher, "agree"), (house.administrator, "agree"))
            ):
                assert (await house.act(who, case_id, action)).status == 200
                if step == moment:
                    for position in order:
                        await kit.receive(events[position])
                shown = (await kit.as_(house.owner).get(f"/cases/{case_id}")).json
                assert shown["after"]["title"] == "改过的标题"
            [_, ended] = [one for one in await kit.events(AmendmentRequestedV1) if one.case_id == case_id]
            assert (ended.open, ended.turn, ended.version) == (False, 1, 2)
            if moment == 3:
                for position in order:
                    await kit.receive(events[position])
        cleared = [one for event in await kit.events(EntriesClearedV1) for one in event.entries]
        assert [one.title for one in cleared] == ["改过的标题"] * 4
        versions = {one.record_id: one.version for one in cleared}
        async with kit.deps.db.reading() as tx:
            kept = {row["record_id"]: row for row in await tx.fetch("SELECT record_id, record_version, title FROM entries")}
        assert {key: (row["record_version"], row["title"]) for key, row in kept.items()} == {
            key: (version, "改过的标题") for key, version in versions.items()
        }, "a cleared entry does not change"


@pytest.mark.feature("JX-09")
async def test_an_amendment_of_an_earlier_turn_does_not_count_for_the_next(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        chosen = [await house.selected() for _ in range(2)]
        ids = [await house.complaint(entry_id) for entry_id, _ in chosen]
        await house.to(HANDLING)
        for order, case_id, (_, record) in zip(permutations(range(2)), ids, chosen, strict=True):
            event = amended(record, case_id, title="改过的标题")
            await kit.receive(event)
            await house.act(house.owner, case_id, "amend")
            back = await house.act(house.teacher, case_id, "disagree", reason_code="explanation_weak", text="请写明时间")
            assert back.json["stage"] == "student_handling"
            events = [late(event, 1), restored(event)]
            for position in order:
                await kit.receive(events[position])
            assert (await house.act(house.owner, case_id, "amend")).code == "amendment_missing"
            again = late(restored(event), 3)
            await kit.receive(again)
            assert (await house.act(house.owner, case_id, "amend")).json["stage"] == "teacher_review"
            ended = [one for one in await kit.events(AmendmentRequestedV1) if one.case_id == case_id][-1]
            assert (ended.open, ended.turn, ended.version) == (False, 3, again.record.version)
