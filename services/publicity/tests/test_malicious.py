"""Signed complaints and malicious ones: who learns what, what follows, who lifts it (CS-10, SH-08)."""

from dataclasses import replace
from typing import Any
from uuid import UUID

import pytest
from changsha_school import KIND, Changsha
from contracts.publicity import CaseMarkedV1
from publicity.app import SERVICE
from publicity.domain.cases import is_named_to
from publicity_builders import CLASS, SCHOOL
from scheme.cases import Action, Route
from scheme.consistency import route_gaps
from servicekit.testing import a_service, an_actor
from test_full_case_rules import CS, JX, a_case, an_entry

MALICIOUS = {"text": "举报内容是编造的，监控和签到表都在"}


@pytest.mark.feature("CS-10", "X-08")
async def test_only_those_who_decide_are_told_who_complained_and_each_look_is_logged(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        entry_id = await house.published()
        form = (await kit.as_(house.complainant).get(f"/board/{entry_id}")).json["complaint"]
        assert (form["named_to"], form["unsealed_by"], form["text_max"]) == ("公示审核小组", "", 120)
        case_id = await house.reported(entry_id)
        desk = (await kit.as_(house.panel).get(f"/cases/{case_id}")).json
        assert (desk["sealed"]["named"], "刘政" in str(desk)) == (True, False)
        named = await kit.as_(house.panel).post(f"/cases/{case_id}/complainant", {})
        assert (named.status, named.json["name"]) == (200, "刘政")
        for stranger in (house.owner, house.parent, house.teacher, house.administrator, house.classmate, house.complainant):
            answer = await kit.as_(stranger).post(f"/cases/{case_id}/complainant", {"reason": "我想知道是谁"})
            assert answer.code == ("forbidden" if stranger.is_staff else "not_found")
        for reader in (house.owner, house.parent):
            shown = (await kit.as_(reader).get(f"/cases/{case_id}")).json
            assert (shown["sealed"]["named"], "刘政" in str(shown)) == (False, False)
        async with kit.deps.db.reading() as tx:
            [look] = await tx.fetch("SELECT case_id, account_id, role FROM unsealings")
            assert (look["case_id"], look["account_id"], look["role"]) == (case_id, house.panel.account_id, "publicity_panel")
            assert "刘政" not in str(await tx.fetch("SELECT * FROM cases, case_steps"))


@pytest.mark.feature("CS-10")
async def test_a_complaint_needs_a_text_takes_a_listed_type_and_its_author_reads_what_the_panel_answers(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        entry_id = await house.published()
        reporter = kit.as_(house.complainant)
        form = (await reporter.get(f"/board/{entry_id}")).json["complaint"]
        titles = [(one["id"], one["title"]) for one in form["reasons"]]
        assert titles == [("distorted", "材料内容失真"), ("fabricated", "虚假材料"), ("other", "其他")]
        for changed, field in (
            ({"text": ""}, "text"), ({"text": "长" * 121}, "text"), ({"complaint_type": "untrue"}, "complaint_type"),
        ):  # fmt: skip
            new = {"entry_id": str(entry_id), "complaint_type": "other", "text": "字" * 120} | changed
            refused = await reporter.post("/cases", new)
            assert (refused.code, refused.json["rule"]) == ("invalid_input", "CS-10"), changed
            assert [error["field"] for error in refused.json["errors"]] == [field]
        exact = await reporter.post("/cases", {"entry_id": str(entry_id), "complaint_type": "other", "text": "字" * 120})
        assert exact.status == 201, exact.json
        case_id = UUID(exact.json["case_id"])
        refusals = [(await house.act(one, case_id, "uphold", text="属实")).code for one in (house.teacher, house.administrator)]
        assert refusals == ["not_found", "not_found"], "the panel decides"
        assert (await house.act(house.panel, case_id, "uphold")).code == "reason_required", "and answers"
        assert (await house.act(house.panel, case_id, "uphold", text="与签到表不符")).status == 200
        answered = (await reporter.get(f"/cases/{case_id}")).json
        assert (answered["outcome"], answered["history"][-1]["text"]) == ("exclude", "与签到表不符")
        assert await house.state_of(entry_id) == "excluded"


@pytest.mark.feature("CS-10", "X-08")
def test_of_a_signed_complaint_the_panel_of_the_school_is_told_and_nobody_of_the_family() -> None:
    case = a_case(an_entry(kind=KIND))
    panel = an_actor("publicity_panel", SCHOOL)
    assert is_named_to(CS, case, panel)
    assert not is_named_to(CS, case, replace(panel, students=frozenset({case.student_id})))
    assert not is_named_to(CS, case, an_actor("publicity_panel", "jx.nc.dh.s2"))
    assert not is_named_to(CS, replace(case, case_type="appeal"), an_actor("class_teacher", CLASS))
    assert not is_named_to(JX, a_case(an_entry()), an_actor("administrator", SCHOOL))


@pytest.mark.feature("SH-08", "CS-10", "X-08")
async def test_after_two_malicious_complaints_one_can_complain_no_more_until_the_school_lifts_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        entries = [await house.published() for _ in range(4)]
        first = await house.reported(entries[0])
        assert (await house.act(house.panel, first, "malicious")).code == "reason_required"
        marked = [first, await house.reported(entries[1])]
        for case_id in marked:
            assert (await house.act(house.panel, case_id, "malicious", **MALICIOUS)).json["outcome"] == "keep"
        events = await kit.events(CaseMarkedV1)
        assert [(event.case_id, event.blocked, event.lifted) for event in events] == [
            (marked[0], False, False), (marked[1], True, False),
        ]  # fmt: skip
        assert all(event.complainant is not None for event in events)

        complain, new = kit.as_(house.complainant), {"entry_id": str(entries[2]), "text": "这条也不实"}
        answer = await complain.post("/cases", new)
        assert (answer.code, answer.json["rule"], answer.json["help"]) == ("complaints_blocked", "CS-10", "请联系学校管理员")
        page = (await complain.get(f"/board/{entries[2]}")).json
        assert (page["complaint"], page["complaint_refused"]) == (None, answer.json["title"])
        assert (await kit.as_(house.classmate).post("/cases", new)).status == 201, "others may"

        for other in (house.panel, house.teacher, house.complainant, house.owner):
            assert (await kit.as_(other).get("/malicious-complaints")).json["items"] == []
            body = {"reason": "查明不是恶意"}
            assert (await kit.as_(other).post(f"/malicious-complaints/{marked[0]}/lift", body)).code == "not_found"
        office = kit.as_(house.administrator)
        listed = (await office.get("/malicious-complaints")).json["items"]
        assert {one["case_id"] for one in listed} == {str(one) for one in marked}
        assert "刘政" not in str(listed)
        assert (await office.post(f"/malicious-complaints/{marked[0]}/lift", {"reason": "查明不是恶意"})).status == 204
        assert (await office.post(f"/malicious-complaints/{marked[0]}/lift", {"reason": "再撤一次试试"})).code == "wrong_state"
        assert (await complain.post("/cases", new)).status == 201
        lifted = [event for event in await kit.events(CaseMarkedV1) if event.lifted]
        assert [(event.case_id, event.blocked) for event in lifted] == [(marked[0], False)]
        async with kit.deps.db.reading() as tx:
            [row] = await tx.fetch("SELECT account_id, role, reason FROM malicious_lifts")
            assert (row["account_id"], row["reason"]) == (house.administrator.account_id, "查明不是恶意")
            stored = str(await tx.fetch("SELECT * FROM malicious_marks"))
            assert str(house.complainant.account_id) not in stored


@pytest.mark.feature("SH-08")
async def test_those_whose_complaints_were_malicious_may_still_appeal_about_their_own_records(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = Changsha(kit)
        await house.begin()
        own = await house.published(house.complainant, student_name="刘政")
        for _ in range(2):
            case_id = await house.reported(await house.published())
            await house.act(house.panel, case_id, "malicious", **MALICIOUS)
        against = await house.reported(own, house.classmate)
        await house.act(house.panel, against, "uphold", text="不实")
        await house.appealed(own, house.complainant)


@pytest.mark.feature("SH-08", "X-01")
def test_a_mark_needs_a_rejection_with_a_reason_and_a_consequence() -> None:
    for wrong in ({"outcome": "exclude", "needs": ["text"]}, {"outcome": "keep"}):
        with pytest.raises(ValueError, match="malicious"):
            Action.model_validate({"id": "x", "title": "恶意", "malicious": True, **wrong})
    finding = {"id": "x", "title": "恶意", "outcome": "keep", "needs": ["text"], "malicious": True}
    stage = {"id": "s", "title": "处理", "actor": "student", "actions": [finding]}
    kind = {"id": "c", "title": "举报", "against": "published"}
    route = {"types": [kind], "stages": [stage], "entries": [{"type": "c", "stage": "s"}]}
    assert [gap for gap in route_gaps(Route.model_validate(route)) if "malicious" in str(gap)]
    assert not list(route_gaps(Route.model_validate(route | {"malicious": {"limit": 1, "lifted_by": ["principal"]}})))
