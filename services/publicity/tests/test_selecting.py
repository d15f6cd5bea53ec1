"""Selecting entries in the running service: own ones only, and in the window (JX-03, X-13)."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from contracts.identity import StudentMovedV1
from contracts.publicity import EntrySelectedV1, EntryUnselectedV1
from contracts.records import ParticipationChangedV1
from publicity.app import SERVICE
from publicity.domain.terms import Term
from publicity_builders import (
    CLASS,
    OPENS,
    OTHER_CLASS,
    SELECTING,
    SHOWN,
    House,
    a_guardian,
    a_record,
    a_teacher,
    a_term,
    an_enrolment,
    approved,
    voided,
)
from scheme import Scheme, Schemes
from servicekit.bus import RetryLater
from servicekit.directory import Directory
from servicekit.ids import new_id
from servicekit.testing import a_service, a_student, schemes_for_the_last_term


@pytest.mark.feature("JX-03", "X-13")
async def test_only_its_student_selects_an_entry_in_the_window_and_may_cancel_it_before_publicity(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.eligible()
        wanted = {"entry_ids": [str(entry_id)]}
        assert (await kit.as_(house.classmate).post("/selections", wanted)).code == "not_found"
        assert (await kit.as_(house.teacher).post("/selections", wanted)).code == "forbidden"
        assert (await kit.as_(a_student("jx.nc.dh.s2.g2025.c01")).post("/selections", wanted)).code == "not_found"
        parent = await kit.as_(a_guardian(house.owner.student_id)).post("/selections", wanted)
        assert (parent.code, parent.json["rule"]) == ("forbidden", "JX-03")  # Jiangxi lets students select
        assert (await kit.as_(house.owner).post("/selections", {"entry_ids": []})).code == "invalid_input"
        assert (await kit.as_(house.owner).post("/selections", {"entry_ids": [str(new_id())]})).code == "not_found"
        kit.at(SHOWN)
        late = await kit.as_(house.owner).post("/selections", wanted)
        assert (late.code, late.json["rule"], late.json["scheme"]) == ("window_closed", "JX-03", "jiangxi@2026.1")
        assert late.json["window"]["operation"] == "select"
        assert "班主任" in late.json["help"]
        kit.at(SELECTING)
        for _ in range(2):  # again is no change
            done = await kit.as_(house.owner).post("/selections", wanted)
            assert (done.status, done.json["items"][0]["state"]) == (201, "selected")
        assert len(await kit.events(EntrySelectedV1)) == 1
        assert (await kit.as_(house.classmate).delete(f"/selections/{entry_id}")).code == "not_found"
        assert (await kit.as_(house.owner).delete(f"/selections/{entry_id}")).status == 204
        assert (await kit.as_(house.owner).delete(f"/selections/{entry_id}")).code == "wrong_state"
        assert len(await kit.events(EntryUnselectedV1)) == 1
        await kit.as_(house.owner).post("/selections", wanted)
        await house.to(OPENS)
        assert (await kit.as_(house.owner).delete(f"/selections/{entry_id}")).code == "window_closed"


@pytest.mark.feature("JX-03", "JX-06")
async def test_older_versions_have_no_effect_and_events_out_of_order_are_retried(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        with pytest.raises(RetryLater):
            await kit.receive(approved(a_record(new_id())))
        entry_id, record = await house.eligible(version=3, title="第三版")
        await kit.receive(approved(record.model_copy(update={"version": 2, "title": "第二版"})))
        [shown] = (await kit.as_(house.owner).get("/entries")).json["items"]
        assert (shown["entry_id"], shown["title"]) == (str(entry_id), "第三版")
        early = a_record(house.term.term_id, house.owner.student_id)
        await kit.receive(voided(early))
        await kit.receive(approved(early))  # arrives after the voiding
        states = {one["state"] for one in (await kit.as_(house.owner).get("/entries")).json["items"]}
        assert states == {"eligible", "voided"}


@pytest.mark.feature("JX-03")
async def test_entries_in_scope_are_listed_page_by_page(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        mine = [str((await house.eligible())[0]) for _ in range(3)]
        other, _ = await house.eligible(house.classmate)
        teacher, first = kit.as_(house.teacher), await kit.as_(house.owner).get("/entries", limit=2)
        assert [one["entry_id"] for one in first.json["items"]] == mine[:0:-1]
        second = await kit.as_(house.owner).get("/entries", limit=2, cursor=first.json["next"])
        assert ([one["entry_id"] for one in second.json["items"]], second.json["next"]) == (mine[:1], None)
        assert len((await teacher.get("/entries", term_id=house.term.term_id)).json["items"]) == 4
        only = await teacher.get("/entries", student_id=house.classmate.student_id)
        assert [one["entry_id"] for one in only.json["items"]] == [str(other)]
        assert (await kit.as_(a_teacher(OTHER_CLASS)).get("/entries")).json["items"] == []
        assert (await teacher.get("/entries", cursor="nonsense")).code == "malformed"
        assert (await teacher.get("/entries", state="lost")).code == "invalid_input"


@pytest.mark.feature("JX-03")
async def test_two_simultaneous_selections_of_an_entry_select_it_once(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.eligible()
        caller = kit.as_(house.owner)
        answers = await asyncio.gather(*(caller.post("/selections", {"entry_ids": [str(entry_id)]}) for _ in range(4)))
        assert {answer.status for answer in answers} == {201}
        assert len(await kit.events(EntrySelectedV1)) == 1


@pytest.mark.feature("BJ-04")
async def test_open_entries_and_cases_follow_a_student_to_another_class(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        await house.eligible()
        moved = an_enrolment(house.owner.student_id, OTHER_CLASS, version=2)
        await kit.receive(StudentMovedV1(student_id=house.owner.student_id, from_path=CLASS, enrolment=moved))
        assert (await kit.as_(a_teacher(CLASS)).get("/entries")).json["items"] == []
        assert len((await kit.as_(a_teacher(OTHER_CLASS)).get("/entries")).json["items"]) == 1


@pytest.mark.feature("BJ-04")
async def test_a_record_approved_after_its_student_moved_is_in_the_new_class(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        moved = an_enrolment(house.owner.student_id, OTHER_CLASS, version=2)
        await kit.receive(StudentMovedV1(student_id=house.owner.student_id, from_path=CLASS, enrolment=moved))
        await house.selected()  # the approval has the class that records knew
        await house.to(SHOWN)
        assert (await kit.as_(a_teacher(CLASS)).get("/entries")).json["items"] == []
        assert len((await kit.as_(a_teacher(OTHER_CLASS)).get("/entries")).json["items"]) == 1
        board = (await kit.as_(house.classmate).get("/board", term_id=house.term.term_id, path=OTHER_CLASS)).json["items"]
        assert [one["class_title"] for one in board] == ["2班"]


@dataclass
class _Limited:
    """The schemes, with a limit on how many of one kind may be selected in a term."""

    schemes: Schemes
    kind: str
    most: int

    def get(self, scheme_id: str, version: str) -> Scheme:
        """That scheme, limited."""
        scheme = self.schemes.get(scheme_id, version)
        given = scheme.model_dump(mode="json")
        for dimension in given["dimensions"]:
            for kind in dimension["kinds"]:
                if kind["id"] == self.kind:
                    kind["quotas"] = [{"per": "term", "max": self.most, "counts": "selected"}]
        return Scheme.model_validate(given)


@pytest.mark.feature("JX-03", "SH-04")
async def test_simultaneous_selections_never_exceed_the_quota(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        kind, quota = "volunteer_service", 2
        kit.deps.directory = Directory(_Limited(kit.deps.directory.schemes, kind, quota), Term)
        ids = [(await house.eligible())[0] for _ in range(quota + 2)]
        caller = kit.as_(house.owner)
        answers = await asyncio.gather(*(caller.post("/selections", {"entry_ids": [str(one)]}) for one in ids))
        assert sorted(answer.status for answer in answers) == [201] * quota + [409] * 2
        [refused, _] = [answer for answer in answers if answer.status == 409]
        assert (refused.code, refused.json["kind"], refused.json["left"]) == ("quota_exceeded", kind, 0)
        assert len(await kit.events(EntrySelectedV1)) == quota


@pytest.mark.feature("CS-01", "X-13")
async def test_an_operation_of_the_last_term_is_open_in_no_other_and_its_window_is_in_the_schools_time_zone(
    parts: Any, tmp_path: Path
) -> None:
    async with a_service(SERVICE, parts, storage=True, schemes=schemes_for_the_last_term(tmp_path, "jiangxi", "select")) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.eligible()
        early = await kit.as_(house.owner).post("/selections", {"entry_ids": [str(entry_id)]})
        assert (early.code, early.json["reason"], early.json["help"]) == ("window_closed", "not_this_term", "请联系班主任")

        house.term = a_term(school_year="2027-2028", number=2, time_zone="Asia/Urumqi")
        await kit.receive(house.term)
        entry_id, _ = await house.eligible()
        kit.at(OPENS - timedelta(days=2))
        late = await kit.as_(house.owner).post("/selections", {"entry_ids": [str(entry_id)]})
        assert late.json["detail"] == "“遴选公示”已于2026-12-18 06:00结束", "two hours behind Beijing"
        kit.at(SELECTING)
        assert (await kit.as_(house.owner).post("/selections", {"entry_ids": [str(entry_id)]})).status == 201


@pytest.mark.feature("SH-03")
async def test_a_non_participant_has_nothing_on_the_board_and_selects_nothing(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.eligible()
        wanted, owner = {"entry_ids": [str(entry_id)]}, kit.as_(house.owner)
        assert (await owner.post("/selections", wanted)).status == 201

        def changed(version: int, participates: bool) -> ParticipationChangedV1:
            return ParticipationChangedV1(
                term_id=house.term.term_id, student_id=house.owner.student_id, student_name="李晓雨", path=CLASS,
                participates=participates, reason=None if participates else "休学", by_name="校录入员", at=SELECTING,
                version=version,
            )  # fmt: skip

        await kit.receive(changed(1, False))
        listed = (await owner.get("/entries")).json["items"]
        assert [one["state"] for one in listed] == ["eligible"]
        assert (await owner.post("/selections", wanted)).code == "not_participating"
        await kit.receive(changed(2, True))
        await kit.receive(changed(1, False))
        assert (await owner.post("/selections", wanted)).status == 201, "an older event changes nothing"
