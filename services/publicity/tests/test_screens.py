"""What the screens of the board and of cases need beside the data: what may be done, until when, what follows (X-13)."""

from datetime import timedelta
from typing import Any

import pytest
from publicity.app import SERVICE
from publicity_builders import CLOSES, HANDLING, OPENS, OTHER_SCHOOL_CLASS, SHOWN, House, a_guardian, amended, an_administrator
from servicekit.testing import a_service, a_student, an_actor


@pytest.mark.feature("JX-08", "X-13")
async def test_the_board_says_how_to_object_and_why_not(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        own_entry, _ = await house.selected()
        other_entry, _ = await house.selected(house.classmate, student_name="陈一鸣", title="校园书香节")
        await house.to(SHOWN)
        term = house.term.term_id
        board = (await kit.as_(house.owner).get("/board", term_id=term)).json
        assert (board["term_title"], board["ends"]) == (house.term.title, CLOSES.isoformat().replace("+00:00", "Z"))
        assert board["own"] == [str(own_entry)]
        form = board["complaint"]
        assert (form["button"], form["text_min"], form["text_max"]) == ("信息有误，立即反馈", 5, 300)
        assert [reason["title"] for reason in form["reasons"]][:2] == ["内容不实", "内容夸大"]
        assert (form["files_max"], form["file_types"], form["file_bytes"]) == (5, ["image", "pdf"], 10485760)
        assert [len(item["evidence"]) for item in board["items"]] == [1, 1]
        own = (await kit.as_(house.owner).get(f"/board/{own_entry}")).json
        assert (own["complaint"], own["complaint_refused"]) == (None, "不能对自己的记录提出反馈")
        assert (await kit.as_(a_guardian(house.owner.student_id)).get(f"/board/{own_entry}")).json["complaint"] is None
        other = (await kit.as_(house.owner).get(f"/board/{other_entry}")).json
        assert (other["complaint"], other["complaint_refused"]) == (form, None)
        await house.complaint(other_entry, house.owner)
        again = (await kit.as_(house.owner).get(f"/board/{other_entry}")).json
        assert (again["complaint"], again["complaint_refused"]) == (None, "您对这条记录已有一件处理中的反馈")
        assert (await kit.as_(house.teacher).get(f"/board/{other_entry}")).json["complaint"] == form


@pytest.mark.feature("CS-09", "JX-07")
async def test_the_terms_of_the_own_school_are_tabs_of_the_board(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        [tab] = (await kit.as_(house.classmate).get("/board/terms")).json["items"]
        assert (tab["term_id"], tab["open"]) == (str(house.term.term_id), False)
        await house.to(SHOWN)
        assert (await kit.as_(house.classmate).get("/board/terms")).json["items"][0]["open"] is True
        for outside in (a_student(OTHER_SCHOOL_CLASS), an_actor("administrator", "jx.nc.dh")):
            assert (await kit.as_(outside).get("/board/terms")).json["items"] == []


@pytest.mark.feature("JX-09", "X-08", "X-13")
async def test_a_case_shows_its_way_its_deadlines_and_what_each_action_leads_to(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, record = await house.selected()
        case_id = await house.complaint(entry_id)
        url = f"/cases/{case_id}"
        early = (await kit.as_(house.owner).get(url)).json
        assert early["coming"][0]["begins_at"] == CLOSES.isoformat().replace("+00:00", "Z")
        assert (early["actions"], early["waits_for_title"]) == ([], "学生")
        await house.to(HANDLING)
        case = (await kit.as_(house.owner).get(url)).json
        assert [(one["title"], one["who"], one["state"], one["within_days"]) for one in case["coming"]] == [
            ("学生处理", "学生", "now", 5),
            ("班主任审核", "班主任", "ahead", 3),
            ("校管理员复核", "校管理员", "ahead", 3),
        ]
        assert case["coming"][0]["due_at"] == (HANDLING + timedelta(days=5)).isoformat().replace("+00:00", "Z")
        assert case["on_silence"] == "到期没有处理，按“保留原记录”转入“班主任审核”"
        assert case["help"] == "请联系班主任"
        assert [(a["title"], a["lacking"], a["leads_to"]) for a in case["actions"]] == [
            ("修改记录", ["amendment"], "转入“班主任审核”，由班主任办理；需要先修改并保存记录"),
            ("坚持原记录并说明", ["text"], "转入“班主任审核”，由班主任办理；需要写明说明"),
        ]
        await kit.receive(amended(record, case_id))
        amend = (await kit.as_(house.owner).get(url)).json["actions"][0]
        assert (amend["needs"], amend["lacking"]) == (["amendment"], [])
        assert (await house.act(house.owner, case_id, "amend")).status == 200
        review = (await kit.as_(house.teacher).get(url)).json
        assert (review["proposed_title"], review["on_silence"]) == ("按修改后的内容保留", "到期没有处理，会标为逾期")
        agree, disagree = review["actions"]
        assert (agree["leads_to"], agree["reasons"]) == ("转入“校管理员复核”，由校管理员办理", [])
        assert disagree["leads_to"] == "退回“学生处理”，由学生再处理；需要选择理由"
        assert {"id": "untrue", "title": "内容与事实不符", "note": True} in disagree["reasons"]
        assert "wrong_kind" not in {reason["id"] for reason in disagree["reasons"]}
        assert (await house.act(house.teacher, case_id, "agree")).status == 200
        recheck = (await kit.as_(house.administrator).get(url)).json["actions"]
        assert [action["leads_to"] for action in recheck] == ["办结：按修改后的内容保留", "办结：作废；需要选择理由"]
        assert (await house.act(an_administrator(), case_id, "agree")).status == 200
        done = (await kit.as_(house.owner).get(url)).json
        assert (done["outcome_title"], done["coming"], done["waits_for_title"]) == ("按修改后的内容保留", [], "")


@pytest.mark.feature("JX-03", "X-13")
async def test_the_page_for_selecting_says_what_may_be_selected_and_why_not(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        url = "/selection"
        page = (await kit.as_(house.owner).get(url)).json
        assert (page["open"], page["why"]) == (True, None)
        assert page["publicity_opens_at"] == OPENS.isoformat().replace("+00:00", "Z")
        [entry] = page["entries"]
        assert (entry["entry_id"], entry["may_select"], entry["may_unselect"]) == (str(entry_id), False, True)
        assert sum(one["selected"] for one in page["dimensions"]) == 1
        parent = (await kit.as_(a_guardian(house.owner.student_id)).get(url)).json
        assert parent["open"] is False
        assert [one["may_unselect"] for one in parent["entries"]] == [False]
        await house.to(SHOWN)
        [entry] = (await kit.as_(house.owner).get(url)).json["entries"]
        assert (entry["state"], entry["may_unselect"], entry["why"]) == ("published", False, "公示已经开始，不能取消")
        assert (await kit.as_(house.teacher).get(url)).status == 403


@pytest.mark.feature("JX-07", "L-20")
async def test_the_board_is_searched_without_a_name_in_the_address(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected(house.classmate, student_name="陈一鸣", title="校园书香节")
        await house.selected()
        await house.to(SHOWN)
        wanted = {"term_id": str(house.term.term_id), "q": " 陈一鸣 "}
        found = (await kit.as_(house.owner).post("/board/search", wanted)).json
        assert [one["entry_id"] for one in found["items"]] == [str(entry_id)]


SEALED = {"may_open": False, "opened_by": "校长", "named": False, "named_to": ""}


@pytest.mark.feature("X-08")
async def test_who_may_open_the_seal_reads_the_case_and_others_are_told_who_that_is(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        url = f"/cases/{await house.complaint(entry_id)}"
        assert (await kit.as_(house.teacher).get(url)).json["sealed"] == SEALED
        principal = an_actor("principal", house.term.path)
        case = (await kit.as_(principal).get(url)).json
        assert (case["sealed"], case["actions"], case["mine"]) == (SEALED | {"may_open": True}, [], False)
        assert (await kit.as_(an_actor("principal", "jx.nc.dh.s2")).get(url)).code == "not_found"
        assert (await kit.as_(an_actor("recorder", house.term.path)).get(url)).code == "not_found"


@pytest.mark.feature("JX-10")
async def test_the_list_shows_only_overdue_cases_on_request(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        house = await House(kit).begin()
        entry_id, _ = await house.selected()
        case_id = await house.complaint(entry_id)
        await house.to(HANDLING)
        late = "/cases?overdue=true&state=open"
        assert (await house.act(house.owner, case_id, "insist", text="情况属实，有证明。")).status == 200
        assert (await kit.as_(house.teacher).get(late)).json["items"] == []
        await house.to(HANDLING + timedelta(days=4))
        assert [one["overdue"] for one in (await kit.as_(house.teacher).get(late)).json["items"]] == [True]
