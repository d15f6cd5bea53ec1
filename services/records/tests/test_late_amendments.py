"""What is amended after a case was handed in is put back: the version that was handed in counts (JX-09)."""

from itertools import permutations
from typing import Any
from uuid import UUID

import pytest
from contracts.base import Event
from contracts.publicity import AmendmentRequestedV1, EntryRestoredV1, EntryVoidedV1
from contracts.records import RecordAmendedV1
from records.app import SERVICE
from records.domain import amendments
from records.domain.amendments import NOT_TAKEN
from records.domain.record import RecordContent
from records.domain.state import State
from servicekit.ids import new_id
from servicekit.testing import a_service

from .builders import AFTER_REVIEW, CLASS, NOW, School, a_report, a_school
from .test_states import a_record


def asks(school: School, record_id: str, case_id: UUID, turn: int = 1) -> AmendmentRequestedV1:
    """The case came to the student for the `turn`th time."""
    return AmendmentRequestedV1(
        case_id=case_id, record_id=UUID(record_id), student_id=school.student_id, term_id=school.term_id, path=CLASS,
        open=True, turn=turn,
    )  # fmt: skip


def handed_in(asked: AmendmentRequestedV1, version: int) -> AmendmentRequestedV1:
    """The student handed it in; publicity had this version of the record."""
    return asked.model_copy(update={"open": False, "version": version})


def an_end(school: School, record_id: str, **more: Any) -> dict[str, Any]:
    expected = {"entry_id": new_id(), "record_id": UUID(record_id), "student_id": school.student_id, "term_id": school.term_id}
    return expected | {"path": CLASS, "kind": "volunteer_service", "title": "志愿服务", "case_id": new_id()} | more


async def amend(school: School, record_id: str, hours: str, files: list[str]) -> Any:
    """The student says other hours with these files; the record as answered."""
    url = f"/records/{record_id}"
    version = (await school.student.get(url)).json["version"]
    content = {"data": a_report(school.term_id)["data"] | {"hours": hours}, "evidence": files}
    answer = await school.student.put(f"{url}/amendment", content, If_Match=f'"{version}"')
    assert answer.status == 200, answer.json
    return answer.json


def files_of(record: Any) -> list[str]:
    return [file["evidence_id"] for file in record["evidence"]]


@pytest.mark.feature("JX-09")
def test_only_an_approved_record_that_says_something_else_is_put_back() -> None:
    record = a_record(State.APPROVED, data={"hours": "9"})
    assert amendments.restore_submitted(record, record.content, 2, new_id(), NOW) is None
    change = amendments.restore_submitted(record, RecordContent("原来", {"hours": "2"}, ()), 2, new_id(), NOW)
    assert change is not None
    assert (change.record.title, change.record.data, change.record.version) == ("原来", {"hours": "2"}, record.version + 1)
    assert [(line.action, line.note, line.by.role) for line in change.history] == [("put_back", NOT_TAKEN, "clock")]
    [event] = change.events
    assert isinstance(event, RecordAmendedV1)
    assert (event.restores, event.asked, event.record.version) == (2, (), change.record.version)


@pytest.mark.feature("JX-09")
async def test_a_change_after_the_hand_in_is_put_back_with_the_evidence_of_then(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        url, case_id = f"/records/{record['id']}", new_id()
        new, late = await school.file(), await school.file()
        kit.at(AFTER_REVIEW)
        asked = asks(school, record["id"], case_id)
        await kit.receive(asked)
        counts = await amend(school, record["id"], "2", [new])
        assert (await school.student.get(f"/evidence/{files_of(record)[0]}/address")).status == 200, "kept until it is over"
        await amend(school, record["id"], "9", [late, files_of(record)[0]])
        events = await kit.events(RecordAmendedV1)
        assert [[(one.case_id, one.turn) for one in event.asked] for event in events] == [[(case_id, 1)]] * 2

        await kit.receive(handed_in(asked, counts["version"]))
        shown = (await school.student.get(url)).json
        assert (shown["state"], shown["data"], files_of(shown)) == ("approved", counts["data"], [new])
        assert [(line["action"], line["note"]) for line in shown["history"]][-2:] == [("settle", None), ("put_back", NOT_TAKEN)]
        [back] = (await kit.events(RecordAmendedV1))[2:]
        assert (back.restores, back.record.version, back.record.data) == (
            counts["version"], shown["version"], counts["data"]
        )  # fmt: skip
        await kit.deps.files.sweep()
        for file, status in ((new, 200), (late, 404), (files_of(record)[0], 404)):
            assert (await school.student.get(f"/evidence/{file}/address")).status == status
        await kit.receive(handed_in(asked, counts["version"]))
        await kit.receive(asked)
        assert (await school.student.get(url)).json == shown, "said twice, it is done once"


@pytest.mark.feature("JX-09")
async def test_who_only_explains_keeps_the_record_as_it_was_though_it_was_amended_unheard(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        kit.at(AFTER_REVIEW)
        asked = asks(school, record["id"], new_id())
        await kit.receive(asked)
        for hours in ("8", "9"):
            await amend(school, record["id"], hours, files_of(record))
        await kit.receive(handed_in(asked, record["version"]))
        assert (await school.student.get(f"/records/{record['id']}")).json["data"] == record["data"]
        again = asks(school, record["id"], asked.case_id, turn=3)
        await kit.receive(again)
        second = await amend(school, record["id"], "3", files_of(record))
        await kit.receive(handed_in(again, second["version"]))
        shown = (await school.student.get(f"/records/{record['id']}")).json
        assert (shown["state"], shown["data"]["hours"], shown["history"][-1]["action"]) == ("approved", "3", "settle")


@pytest.mark.feature("JX-09")
async def test_while_another_case_asks_a_change_stays_and_the_last_hand_in_decides(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        kit.at(AFTER_REVIEW)
        one, two = asks(school, record["id"], new_id()), asks(school, record["id"], new_id())
        await kit.receive(one)
        await kit.receive(two)
        second = await amend(school, record["id"], "2", files_of(record))
        [event] = await kit.events(RecordAmendedV1)
        assert {asked.case_id for asked in event.asked} == {one.case_id, two.case_id}
        late = await amend(school, record["id"], "9", files_of(record))
        await kit.receive(handed_in(two, second["version"]))
        shown = (await school.student.get(f"/records/{record['id']}")).json
        assert (shown["state"], shown["data"]["hours"]) == ("amending", "9")
        await kit.receive(handed_in(one, record["version"]))  # written before the other one and heard after it
        shown = (await school.student.get(f"/records/{record['id']}")).json
        assert (shown["state"], shown["data"]) == ("approved", second["data"]), late


@pytest.mark.feature("JX-09")
async def test_in_whatever_order_turns_are_heard_nobody_may_amend_after_the_last(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        record = await school.approved()
        kit.at(AFTER_REVIEW)
        for order in permutations(range(4)):
            first = asks(school, record["id"], new_id())
            then = first.model_copy(update={"turn": 3})
            events = [first, handed_in(first, record["version"]), then, handed_in(then, record["version"])]
            for url in order:
                await kit.receive(events[url])
            shown = (await school.student.get(f"/records/{record['id']}")).json
            assert (shown["state"], shown["cases"], shown["data"]) == ("approved", [], record["data"]), order
        assert await kit.events(RecordAmendedV1) == []


@pytest.mark.feature("JX-09", "CS-11")
async def test_a_record_excluded_and_restored_comes_back_as_it_was_handed_in(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        for order in ((0, 1, 2), (1, 0, 2), (1, 2, 0)):
            kit.at(NOW)
            record = await school.approved()
            kit.at(AFTER_REVIEW)
            asked = asks(school, record["id"], new_id())
            await kit.receive(asked)
            counts = await amend(school, record["id"], "2", files_of(record))
            await amend(school, record["id"], "9", files_of(record))
            events: list[Event] = [
                handed_in(asked, counts["version"]),
                EntryVoidedV1(**an_end(school, record["id"], outcome="exclude", reason="内容不实")),
                EntryRestoredV1(**an_end(school, record["id"], reason="申诉成立")),
            ]
            for url in order:
                await kit.receive(events[url])
            shown = (await school.student.get(f"/records/{record['id']}")).json
            assert (shown["state"], shown["data"]) == ("approved", counts["data"]), order
