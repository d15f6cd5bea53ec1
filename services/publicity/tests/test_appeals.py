"""Appeals against a decision: who may, in which state, and told only after publicity (CS-10, CS-11)."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from changsha_school import APPEALS_END, Changsha, windows
from contracts.publicity import CaseClosedV2, CaseDecidedV1, EntriesClearedV1, EntryRestoredV1, EntryVoidedV1
from publicity.app import SERVICE
from publicity.domain.appeals import APPEAL_STATES, appeal_state
from publicity_builders import CLOSES, SHOWN, a_changed_term
from servicekit.testing import a_service
from test_full_case_rules import a_case, an_entry


@pytest.mark.feature("CS-11")
def test_an_appeal_is_waited_for_waits_fails_succeeds_or_lapses() -> None:
    appeal = a_case(an_entry(), "appeal")
    ended = [replace(appeal, outcome=outcome, closed_at=SHOWN) for outcome in ("keep", "exclude", "void")]
    states = [appeal_state(None, True), appeal_state(None, False), appeal_state(appeal, False)]
    states += [appeal_state(one, False) for one in ended]
    assert states == ["to_appeal", "lapsed", "waiting", "succeeded", "failed", "failed"]
    assert [APPEAL_STATES[one].format("申诉") for one in states[:4]] == ["待申诉", "未申诉", "申诉待处理", "申诉成功"]


@pytest.mark.feature("CS-10", "CS-11")
async def test_an_upheld_complaint_excludes_and_the_appeal_is_told_after_publicity(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        entry_id = await house.published()
        complaint = await house.upheld(entry_id)
        [voided] = await kit.events(EntryVoidedV1)
        assert (voided.outcome, await house.state_of(entry_id)) == ("exclude", "excluded")
        assert (await kit.as_(house.classmate).get(f"/board/{entry_id}")).code == "not_found"
        mine = (await kit.as_(house.complainant).get("/cases", mine="true")).json["items"]
        assert [(one["complaint_type_title"], one["kind_title"], one["status_title"]) for one in mine] == [
            ("虚假材料", "公益活动", "举报成立")
        ]
        assert await house.state_in_list() == await house.state_in_list(house.parent) == [("to_appeal", "待申诉")]
        assert await house.state_in_list(house.complainant) == []

        for text, why in (("", "请至少填写1个字"), ("长" * 121, "最多120个字，现有121个字")):
            new = {"entry_id": str(entry_id), "case_type": "appeal", "text": text}
            answer = await kit.as_(house.owner).post("/cases", new)
            assert (answer.code, answer.json["rule"]) == ("invalid_input", "CS-11")
            assert answer.json["errors"] == [{"field": "text", "message": why}]
        appeal = await house.appealed(entry_id)
        assert await house.state_in_list() == [("waiting", "申诉待处理")]
        again = await kit.as_(house.parent).post(
            "/cases", {"entry_id": str(entry_id), "case_type": "appeal", "text": "再说一次"}
        )
        assert (again.code, again.json["rule"]) == ("appealed_already", "CS-11")
        before = (await kit.as_(house.owner).get(f"/cases/{appeal}")).json

        decided = await house.act(house.panel, appeal, "uphold", text="签到表属实")
        assert (decided.json["decided"], decided.json["waits_for_me"]) == (True, False)
        assert (await kit.as_(house.owner).get(f"/cases/{appeal}")).json == before, "nothing shows before publicity ends"
        assert await house.state_in_list() == [("waiting", "申诉待处理")]
        assert (await kit.as_(house.panel).get("/cases")).json["items"] == []
        desk = (await kit.as_(house.panel).get(f"/cases/{appeal}")).json
        assert desk["history"][-1]["text"] == "签到表属实"
        assert (await house.act(house.panel, appeal, "reject", text="改主意")).code == "wrong_state"
        assert len(await kit.events(CaseDecidedV1)) == 1
        assert [event.case_id for event in await kit.events(CaseClosedV2)] == [complaint]

        await house.to(before_the_deadline_passes := SHOWN + timedelta(days=6))
        late = (await kit.as_(house.owner).get(f"/cases/{appeal}")).json
        assert before_the_deadline_passes < CLOSES
        assert late["overdue"], "as if nothing was decided"
        await kit.receive(a_changed_term(house.term, windows(CLOSES + timedelta(days=1))))
        await house.to(CLOSES)
        assert await house.state_in_list() == [("waiting", "申诉待处理")], "publicity lasts longer now"
        await house.to(CLOSES + timedelta(days=1))
        assert await house.state_in_list() == [("succeeded", "申诉成功")]
        [restored] = await kit.events(EntryRestoredV1)
        assert (restored.entry_id, await house.state_of(entry_id)) == (entry_id, "cleared")
        assert [len(event.entries) for event in await kit.events(EntriesClearedV1)] == [1], "the archive gets it"
        shown = (await kit.as_(house.owner).get(f"/cases/{appeal}")).json
        assert (shown["status_title"], shown["reason"], shown["history"][-1]["action_title"]) == (
            "申诉成功", "签到表属实", "申诉成功",
        )  # fmt: skip


@pytest.mark.feature("CS-10", "CS-11")
async def test_what_is_false_is_voided_and_a_failed_appeal_stays_excluded_from_the_archive(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        false, failed, unasked = [await house.published() for _ in range(3)]
        for entry_id in (false, failed, unasked):
            await house.upheld(entry_id)
        for entry_id, action in ((false, "delete"), (failed, "reject")):
            await house.act(house.panel, await house.appealed(entry_id), action, text="查无此事")
        assert [await house.state_of(one) for one in (false, failed)] == ["excluded", "excluded"]
        await house.to(APPEALS_END)
        assert sorted(await house.state_in_list()) == [
            ("lapsed", "未申诉"),
            ("waiting", "申诉待处理"),
            ("waiting", "申诉待处理"),
        ]
        late = {"entry_id": str(unasked), "case_type": "appeal", "text": "来晚了"}
        assert (await kit.as_(house.owner).post("/cases", late)).code == "window_closed"
        await house.to(CLOSES)
        assert [await house.state_of(one) for one in (false, failed, unasked)] == ["voided", "excluded", "excluded"]
        assert await kit.events(EntriesClearedV1) == []
        assert sorted(state for state, _ in await house.state_in_list()) == ["failed", "failed", "lapsed"]
