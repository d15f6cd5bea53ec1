"""Moves on which the level above decides, and the files that prove an application (BJ-04, L-10)."""

from typing import Any
from uuid import UUID

import pytest
from contracts.identity import EnrolmentApplicationMovedV1, StudentMovedV1
from identity.domain.enrolment_notes import notes
from scheme import Schemes
from scheme.enrolments import Enrolments
from servicekit.auth import Actor
from servicekit.ids import new_id
from servicekit.testing import SCHEMES, Caller, Kit, a_student

from .builders import CLASS, SCHOOL, Pupil, a_roster, an_administrator, an_identity
from .test_enrolment_applications import CHANGES, DISTRICT, FAR, OTHER, an_application, answer, applied, pupil, schools, take
from .test_profiles import a_picture, uploaded

pytestmark = pytest.mark.feature("BJ-04")
THERE = f"{OTHER}.g2025.c01"


def test_the_statement_says_which_scheme_holds_for_data_under_way_and_which_time_of_a_repeated_year_counts() -> None:
    here, there = (Schemes(SCHEMES).get(id, "2026.1") for id in ("jiangxi", "beijing"))
    same, other = (" ".join(notes(an_application(CHANGES["transfer"]), here, one)) for one in (here, there))
    assert "草稿、待审核的记录" in same
    assert "方案不同" not in same
    assert f"按原方案（{here.title} 2026.1）办结" in other
    repeating, first = an_application(CHANGES["grade_down"]), Enrolments(repeated_year="first")
    assert "以重读的一次为准" in " ".join(notes(repeating, here, None))
    assert "以第一次为准" in " ".join(notes(repeating, here.model_copy(update={"enrolment": first}), None))


async def hire(kit: Kit, school: str, phone: str) -> None:
    """Somebody is in office who approves enrolment changes of a school."""
    hired = await kit.as_(an_administrator(DISTRICT)).post(
        "/staff", {"name": "教务主任", "phone": phone, "role": "administrator", "path": school}
    )
    assert hired.status == 201, hired.body


async def move(caller: Caller, student: dict[str, Any]) -> Any:
    body = {"path": THERE, "reason": "学校撤并"}
    return await caller.post(f"/students/{student['id']}/move", body, **{"If-Match": f'"{student["version"]}"'})


async def test_above_two_schools_nobody_moves_a_student_past_a_school_that_has_somebody_in_office(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        district, there = kit.as_(an_administrator(DISTRICT)), kit.as_(an_administrator(OTHER))
        closed = await move(district, await pupil(kit, 1))
        assert closed.status == 200, closed.body
        for caller in (district, there, kit.as_(an_administrator(SCHOOL))):
            [seen] = (await caller.get("/enrolment-applications", under_way="false")).json["items"]
            assert (seen["state"], seen["school"], seen["other"]) == ("done", SCHOOL, OTHER)
        detail = (await there.get(f"/enrolment-applications/{seen['id']}")).json
        assert [(row["what"], row["organisation"], row["reason"]) for row in detail["log"]] == [("done", "东湖区", "学校撤并")]
        await answer(kit)
        detail = (await there.get(f"/enrolment-applications/{seen['id']}")).json
        assert detail["statement"]["lines"][0]["count"] == 7, "the new school sees what came along"
        [event] = await kit.events(EnrolmentApplicationMovedV1)
        assert (event.what, event.school, event.other, event.reason) == ("done", SCHOOL, OTHER, "学校撤并")
        audited = (await there.get("/audit")).json["items"]
        assert {"enrolment_application", "enrolment_changed"} <= {row["what"] for row in audited}
        await hire(kit, SCHOOL, "13900000001")
        refused = await move(district, await pupil(kit, 2))
        assert (refused.code, refused.json["rule"]) == ("approvals_needed", "BJ-04")
        assert (await pupil(kit, 2))["path"] == CLASS
        assert len(await kit.events(StudentMovedV1)) == 1


@pytest.mark.feature("L-10")
async def test_a_claimed_student_moves_once_the_present_school_has_confirmed_the_data(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        await hire(kit, SCHOOL, "13900000001")
        await kit.receive(a_roster(Pupil(1), school=OTHER))
        here, district = kit.as_(an_administrator(SCHOOL)), kit.as_(an_administrator(DISTRICT))
        [claim] = (await district.get("/claims")).json["items"]
        url, decision = f"/claims/{claim['id']}/resolution", {"decision": "move", "reason": "已转学"}
        assert (await district.post(url, decision)).json["state"] == "open"
        assert (await district.post(url, decision)).code == "application_open"
        assert (await pupil(kit, 1))["path"] == CLASS
        [sent] = (await here.get("/enrolment-applications")).json["items"]
        await answer(kit)
        seen = (await here.get(f"/enrolment-applications/{sent['id']}")).json
        assert (seen["may_decide"], seen["may_refuse"], len(seen["approvals"])) == (True, False, 1)
        assert (await take(here, sent, "rejection")).code == "step_not_yours"
        assert (await take(here, sent, "approval")).json["state"] == "done"
        assert (await pupil(kit, 1, an_administrator(OTHER)))["path"] == THERE
        assert [one["state"] for one in (await district.get("/claims")).json["items"]] == ["moved"]


@pytest.mark.feature("L-15")
async def test_an_application_is_proved_by_clean_copies_that_only_those_who_approve_see(parts: Any) -> None:
    async with an_identity(parts, storage=True) as kit:
        await schools(kit)
        actor = an_administrator(SCHOOL)
        here, there = kit.as_(actor), kit.as_(an_administrator(OTHER))
        student = await pupil(kit, 1)
        file_id = await uploaded(here, a_picture(), "/enrolment-files")
        sent = await applied(here, "hand_over", student_id=student["id"], school=OTHER, files=[file_id])
        assert sent.status == 201, sent.body
        [file] = sent.json["files"]
        assert (file["name"], file["media_type"]) == ("图片1.jpg", "image/jpeg")
        url = f"/enrolment-applications/{sent.json['id']}/files/{file_id}/address"
        assert (await here.get(url)).status == 200

        async def see(*actors: Actor) -> list[int]:
            return [(await kit.as_(one).get(url)).status for one in actors]

        family, outsiders = a_student(CLASS, UUID(student["id"])), (an_administrator(FAR), an_administrator("jx.nc.xh"))
        assert await see(an_administrator(OTHER), an_administrator("jx.nc"), *outsiders) == [404] * 4
        assert await see(family) == [403]
        assert (await kit.as_(family).get(f"/enrolment-applications/{sent.json['id']}")).json["files"] is None
        await answer(kit)
        assert (await take(here, sent.json, "approval")).status == 200
        assert await see(an_administrator(OTHER), an_administrator(DISTRICT), *outsiders) == [200, 200, 404, 404]
        assert (await take(there, sent.json, "rejection")).status == 200
        again = await applied(here, "hand_over", student_id=student["id"], school=OTHER, files=[file_id])
        assert again.code == "file_refused", "a file proves one application"
        assert (await here.post(f"/photos/{new_id()}/completion")).code == "not_found"
        photo = await uploaded(here, a_picture())
        assert (await applied(here, "hand_over", student_id=student["id"], school=OTHER, files=[photo])).code == "file_refused"


async def test_a_borrowed_student_keeps_a_home_school_until_the_borrowing_ends(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await schools(kit)
        here, there = kit.as_(an_administrator(SCHOOL)), kit.as_(an_administrator(OTHER))
        student = await pupil(kit, 1)
        sent = await applied(here, "borrowing", student_id=student["id"], school=OTHER)
        await answer(kit)
        confirmed = await take(here, sent.json, "approval")
        assert any("归入学籍学校" in note for note in confirmed.json["statement"]["notes"])
        assert (await take(there, sent.json, "approval", path=THERE)).json["state"] == "done"
        [out] = await kit.events(StudentMovedV1)
        assert (out.enrolment.path, out.enrolment.status, out.enrolment.home) == (THERE, "borrowed", CLASS)
        student = await pupil(kit, 1, an_administrator(OTHER))
        away = await applied(there, "hand_over", student_id=student["id"], school=FAR)
        assert (away.code, away.json["rule"]) == ("home_school_first", "BJ-04")
        status = {"status": "enrolled", "reason": "留下"}
        kept = await there.post(f"/students/{student['id']}/status", status, **{"If-Match": f'"{student["version"]}"'})
        assert kept.code == "home_school_first", "the host cannot keep the student"
        elsewhere = {"path": f"{FAR}.g2025.c01", "reason": "随迁"}
        city = kit.as_(an_administrator("jx.nc"))
        moved = await city.post(f"/students/{student['id']}/move", elsewhere, **{"If-Match": f'"{student["version"]}"'})
        assert moved.code == "home_school_first"
        back = await applied(there, "end_of_borrowing", student_id=student["id"])
        assert (back.status, back.json["other"]) == (201, SCHOOL), back.body
        await answer(kit)
        assert (await take(there, back.json, "approval")).status == 200
        assert (await take(here, back.json, "approval", path=CLASS)).json["state"] == "done"
        home = (await kit.events(StudentMovedV1))[-1].enrolment
        assert (home.path, home.status, home.home) == (CLASS, "enrolled", None)
