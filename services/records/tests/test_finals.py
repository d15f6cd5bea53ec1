"""The last term in the running service: choose from all terms, submit on the PC, be reviewed (CS-01, CS-02, CS-08)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.records import FinalSubmissionApprovedV1, FinalSubmissionReturnedV1, FinalSubmissionSubmittedV1
from records.app import SERVICE
from servicekit.testing import Kit, a_service

from .builders import OTHER_SCHOOL, SCHOOL, School, a_school, a_term
from .rule_builders import a_card

LAST = datetime(2028, 3, 1, 8, tzinfo=UTC)
"""A day of the last term of the class of 2025, in which everything is open."""


def windows(*named: str) -> list[dict[str, Any]]:
    days = {"final_submit": (0, 30), "school_review": (0, 40), "publicity": (41, 60)}
    starts = datetime(2028, 2, 28, tzinfo=UTC)
    return [
        {
            "operation": name,
            "starts": (starts + timedelta(days=a)).isoformat(),
            "ends": (starts + timedelta(days=b)).isoformat(),
        }
        for name, (a, b) in days.items()
        if name in named
    ]


async def graduates(kit: Kit) -> tuple[School, str]:
    """A school with material of the first and of the last term; the id of the last term."""
    first = {"school_year": "2025-2026", "title": "七年级一学期", "starts_on": "2025-09-01", "ends_on": "2026-01-20"}
    opens = datetime(2025, 12, 1, tzinfo=UTC)
    publicity = {"operation": "publicity", "starts": opens.isoformat(), "ends": (opens + timedelta(days=14)).isoformat()}
    school = await a_school(kit, scheme="changsha", now=datetime(2025, 10, 1, tzinfo=UTC), windows=[publicity], **first)
    kit.at(LAST)
    sent = a_term(
        school_year="2027-2028", number=2, title="九年级二学期", starts_on="2028-02-20", ends_on="2028-07-01",
        windows=windows("final_submit", "school_review", "publicity"),
    )  # fmt: skip
    answer = await school.admin.post("/terms", sent)
    assert answer.status == 201, answer.json
    return school, str(answer.json["id"])


async def material(school: School, term_id: str, name: str) -> str:
    body = {"term_id": term_id, "kind": "reading", "data": {"name": name, "body": "读后感"}, "submit": True}
    answer = await school.student.post("/records", body)
    assert (answer.status, answer.json["state"]) == (201, "approved"), answer.json
    return str(answer.json["id"])


@pytest.mark.feature("CS-01", "CS-02", "CS-08")
async def test_the_last_term_chooses_from_all_terms_and_waits_for_the_school(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, last = await graduates(kit)
        old, new = await material(school, str(school.term_id), "第一学期的书"), await material(school, last, "最后学期的书")
        where = f"/terms/{last}/final-selection"
        listed = (await school.guardian.get(f"{where}/materials")).json["items"]
        assert [(it["id"], it["term_title"]) for it in listed] == [(new, "九年级二学期"), (old, "七年级一学期")]
        assert (await school.student.get(f"{where}/materials", limit=1)).json["next"] is not None
        phone = await school.student.put(where, {"record_ids": [old]}, X_Client="phone")
        assert (phone.status, phone.code, phone.json["rule"], phone.json["clients"]) == (409, "other_client", "CS-02", ["pc"])
        chosen = await school.student.put(where, {"record_ids": [old, new]}, X_Client="pc")
        assert chosen.status == 200, chosen.json
        shown = chosen.json
        assert (shown["state"], shown["open"], shown["clients"], shown["kinds"][0]["chosen"]) == ("open", True, ["pc"], 2)
        panel = kit.as_(a_card("publicity_panel", SCHOOL, deployment="changsha", name="审核小组"))
        assert (await panel.get("/final-submissions")).json["items"] == []
        stale = await school.guardian.post(f"{where}/submission", If_Match='"99"')
        assert (stale.status, stale.code) == (412, "stale_version")
        sent = await school.guardian.post(f"{where}/submission")
        assert (sent.json["state"], sent.json["submitted_by"]) == ("submitted", "李雨父")
        [event] = await kit.events(FinalSubmissionSubmittedV1)
        assert (event.reviewer_role, event.records) == ("publicity_panel", 2)
        [line] = (await panel.get("/final-submissions", state="submitted")).json["items"]
        assert (line["student_name"], line["records"], line["class_title"]) == ("李晓雨", 2, "高二（1）班")
        todo = (await panel.get("/home")).json["todo"]
        assert [(it["id"], it["title"], it["count"]) for it in todo] == [("final_submissions_to_review", "待审核的最终上报", 1)]
        it = f"/final-submissions/{line['id']}"
        elsewhere = kit.as_(a_card("publicity_panel", OTHER_SCHOOL, deployment="changsha"))
        for other in (school.mate, elsewhere):
            assert ((await other.get(it)).status, (await other.get(f"{it}/materials")).status) == (404, 404)
        assert (await elsewhere.get("/final-submissions")).json["items"] == []
        assert len((await panel.get(f"{it}/materials")).json["items"]) == 2
        assert (await school.teacher.post(f"{it}/approval", {})).code == "forbidden"
        reason = {"reason_code": "wrong_kind", "refused": [{"record_id": old, "reason_code": "unclear"}]}
        assert (await panel.post(f"{it}/return", reason)).json["state"] == "returned"
        assert [event.reason_title for event in await kit.events(FinalSubmissionReturnedV1)] == ["材料分类错误"]
        back = (await school.student.get(where)).json
        assert (back["reason_title"], back["refused"][0]["reason_title"]) == ("材料分类错误", "图片不清晰")
        assert (await school.student.post(f"{where}/submission")).json["state"] == "submitted"
        done = await panel.post(f"{it}/approval", {"refused": [{"record_id": new, "reason_code": "unclear"}]})
        assert (done.status, done.json["state"]) == (200, "approved"), done.json
        [passed] = await kit.events(FinalSubmissionApprovedV1)
        assert ([str(one) for one in passed.record_ids], passed.refused, str(passed.term_id)) == ([old], 1, last)
        assert (await school.student.put(where, {"record_ids": []})).code == "wrong_state"
