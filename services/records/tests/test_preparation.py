"""Before filling opens: a school's switches, non-participants, and the lists that staff keep (SH-02, SH-03, SH-04)."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contracts.identity import StudentsEnrolledV1
from contracts.records import ParticipationChangedV1, RecordApprovedV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import Caller, Kit, a_service, an_actor

from .builders import BAOSHAN, SCHOOL, School, a_school, a_term, an_enrolment, an_organisation, baoshan_windows

PREPARING = datetime(2026, 9, 3, 8, tzinfo=UTC)
FILLING = datetime(2026, 9, 10, 8, tzinfo=UTC)
CONFIRMED = datetime(2026, 9, 27, 7, tzinfo=UTC)
"""All windows of entering, confirming and correcting are over; publicity opens in an hour."""
OPENED = datetime(2026, 9, 27, 8, tzinfo=UTC)
DISTRICT = SCHOOL.rpartition(".")[0]
SWITCH = "league_review"


async def a_baoshan_school(kit: Kit, now: datetime = PREPARING) -> tuple[School, Caller, Caller]:
    """A school of Baoshan's with its recorder and the one of its district."""
    school = await a_school(kit, scheme="baoshan", now=now, windows=baoshan_windows())
    recorder = kit.as_(an_actor("recorder", SCHOOL, name="校录入员"))
    return school, recorder, kit.as_(an_actor("recorder", DISTRICT, name="区录入员"))


def an_activity(school: School, **changed: Any) -> dict[str, Any]:
    """A league activity of the student's, whole and submitted."""
    data = {"project": "志愿讲解", "on_day": "2026-09-02", "part": "担任讲解员"}
    return {"term_id": str(school.term_id), "kind": "league_activity", "data": data, "submit": True} | changed


@pytest.mark.feature("SH-02", "X-13")
async def test_the_schools_switch_decides_the_review_and_the_first_record_makes_it_final(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, district = await a_baoshan_school(kit)
        url = f"/terms/{school.term_id}/switches"
        [shown] = (await school.admin.get(url)).json
        assert (shown["value"], shown["default"], shown["may_set"], shown["frozen_at"]) == (True, True, True, None)
        assert [one["may_set"] for one in (await recorder.get(url)).json] == [False]
        refused = await recorder.put(f"{url}/{SWITCH}", {"value": False})
        assert (refused.code, refused.json["rule"], refused.json["help"]) == ("forbidden", "SH-02", "请联系校级管理员")
        assert (await school.stranger.put(f"{url}/{SWITCH}", {"value": False})).code == "not_found"
        assert (await school.student.get(url)).code == "not_found"
        assert (await school.admin.put(f"{url}/fly", {"value": False})).code == "not_found"
        off = await school.admin.put(f"{url}/{SWITCH}", {"value": False})
        assert [(one["value"], one["changed_by"]) for one in off.json] == [(False, "校管理员")]

        await district.post("/catalogs/league_projects/items", {"titles": ["志愿讲解"]})
        made = await school.student.post("/records", an_activity(school))
        assert made.json["state"] == "approved", "the class teacher reviews nothing where the school turned the review off"
        late = await school.admin.put(f"{url}/{SWITCH}", {"value": True})
        assert (late.code, late.json["rule"], late.json["help"]) == ("switch_frozen", "SH-02", "请联系区级管理员")
        [shown] = (await school.admin.get(url)).json
        assert (shown["value"], shown["may_set"], bool(shown["frozen_at"])) == (False, False, True)


@pytest.mark.feature("SH-02", "SH-03")
async def test_the_home_screen_shows_what_may_be_prepared_and_until_when_to_whoever_prepares_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, _, _ = await a_baoshan_school(kit)
        home = (await school.admin.get("/home")).json
        closing = {one["operation"]: one["closes_at"] for one in home["now"]}
        assert closing["set_switches"]
        assert closing["opt_out"]
        of_student = (await school.student.get("/home")).json
        shown = {one["operation"] for one in of_student["now"] + of_student["next"]}
        assert shown.isdisjoint({"set_switches", "opt_out"})


@pytest.mark.feature("SH-02")
async def test_a_draft_freezes_the_switch_and_after_its_window_nobody_sets_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, _, _ = await a_baoshan_school(kit)
        url = f"/terms/{school.term_id}/switches/{SWITCH}"
        other = await school.student.post("/records", an_activity(school, kind="typical_case", data={}, submit=False))
        assert other.status == 201
        assert (await school.admin.put(url, {"value": False})).status == 200, "other kinds freeze nothing"
        drafted = await school.student.post("/records", an_activity(school, submit=False, data={"project": "志愿讲解"}))
        assert drafted.status == 201
        assert (await school.admin.put(url, {"value": True})).code == "switch_frozen"
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, _, _ = await a_baoshan_school(kit, FILLING)
        late = await school.admin.put(f"/terms/{school.term_id}/switches/{SWITCH}", {"value": False})
        assert (late.code, late.json["window"]["operation"]) == ("window_closed", "set_switches")


@pytest.mark.feature("SH-03")
async def test_a_non_participant_is_left_out_until_put_back(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, district = await a_baoshan_school(kit)
        await district.post("/catalogs/league_projects/items", {"titles": ["志愿讲解"]})
        waiting = (await school.student.post("/records", an_activity(school))).json
        url = f"/terms/{school.term_id}/opt-outs"
        student = f"{url}/{school.student_id}"
        assert (await recorder.put(student, {"participates": False})).json["errors"][0]["field"] == "reason_code"
        out = {"participates": False, "reason_code": "suspended", "note": "因病休学"}
        assert (await school.teacher.put(student, out)).code == "forbidden"
        assert (await school.stranger.put(student, out)).code == "not_found"
        assert (await school.student.put(student, out)).code == "not_found"
        marked = await recorder.put(student, out)
        assert (marked.json["participates"], marked.json["opt_out"]["reason"]) == (False, "休学")
        assert (await recorder.put(student, out)).code == "not_participating"
        listed = (await school.admin.get(url)).json["items"]
        assert [(one["name"], one["by_name"], one["may_put_back"]) for one in listed] == [("李晓雨", "校录入员", True)]
        assert [one["may_put_back"] for one in (await school.teacher.get(url)).json["items"]] == [False]
        assert (await school.student.get(url)).code == "not_found"

        refused = await school.student.post("/records", an_activity(school))
        assert (refused.code, refused.json["rule"], refused.json["help"]) == ("not_participating", "SH-03", "请联系区级管理员")
        approval = await school.teacher.post(f"/records/{waiting['id']}/approval")
        assert (approval.code, approval.json["rule"]) == ("not_participating", "SH-03")
        kinds = (await school.student.get(f"/terms/{school.term_id}/kinds")).json
        assert (kinds["kinds"], kinds["participates"]) == ([], False)
        progress = (await school.admin.get("/progress", path=SCHOOL)).json
        assert progress["total"]["students"] == 1, progress

        back = await school.admin.put(student, {"participates": True})
        assert back.json == {"participates": True, "opt_out": None}
        assert (await school.teacher.post(f"/records/{waiting['id']}/approval")).status == 200
        sent = [(event.participates, event.reason, event.version) for event in await kit.events(ParticipationChangedV1)]
        assert sent == [(False, "休学", 1), (True, None, 2)]


@pytest.mark.feature("SH-03")
async def test_after_the_freeze_only_the_level_above_may_put_a_student_back(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, _ = await a_baoshan_school(kit)
        student = f"/terms/{school.term_id}/opt-outs/{school.student_id}"
        assert (await recorder.put(student, {"participates": False, "reason_code": "left"})).status == 200
        kit.at(FILLING)
        late = await recorder.put(student, {"participates": True})
        assert (late.code, late.json["rule"], late.json["help"]) == ("window_closed", "SH-03", "请联系区级管理员")
        district = kit.as_(an_actor("administrator", DISTRICT, name="区管理员"))
        mate = f"/terms/{school.term_id}/opt-outs/{school.mate_id}"
        assert (await district.put(mate, {"participates": False, "reason_code": "left"})).code == "forbidden"
        assert (await district.put(student, {"participates": True})).json["participates"] is True


@pytest.mark.feature("SH-03", "SH-07")
async def test_silence_confirms_nothing_of_a_non_participant_and_all_of_it_once_put_back(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        windows = [w | {"starts": "2026-09-02T08:00:00Z"} if w["operation"] == "school_fill" else w for w in baoshan_windows()]
        school = await a_school(kit, scheme="baoshan", now=PREPARING, windows=windows)
        recorder = kit.as_(an_actor("recorder", SCHOOL, name="校录入员"))
        ninth = an_enrolment(new_id(), f"{SCHOOL}.g2023.c01", name="毕业生")
        await kit.receive(StudentsEnrolledV1(school=SCHOOL, students=(ninth,)))
        sent = {"term_id": str(school.term_id), "kind": "basic_course", "data": {"name": "语文", "mark": "优"}, "submit": True}
        made = await recorder.post("/records", sent | {"student_id": str(ninth.student_id)})
        assert made.status == 201, made.json
        district = kit.as_(an_actor("administrator", DISTRICT, name="区管理员"))
        for participates, caller in ((False, recorder), (True, district)):
            body = {"participates": participates, "reason_code": "left"}
            if participates:
                kit.at(datetime(2026, 9, 26, 8, tzinfo=UTC))
                await kit.tick()
                assert await kit.events(RecordApprovedV1) == []
            answer = await caller.put(f"/terms/{school.term_id}/opt-outs/{ninth.student_id}", body)
            assert answer.status == 200, answer.json
        await kit.tick()
        [event] = await kit.events(RecordApprovedV1)
        assert str(event.record_id) == made.json["id"]


@pytest.mark.feature("SH-04")
async def test_each_level_keeps_its_list_and_students_choose_from_both(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, district = await a_baoshan_school(kit)
        url = "/catalogs/league_projects/items"
        assert [one["keeps"] for one in (await recorder.get("/catalogs")).json] == [True]
        assert [one["keeps"] for one in (await school.admin.get("/catalogs")).json] == [False]
        pasted = ["志愿讲解\t每周", "  学雷锋  ", "", "志愿讲解"]
        assert (await recorder.post(url, {"titles": pasted})).json == {"added": 2}
        assert (await recorder.post(url, {"titles": ["学雷锋"]})).json == {"added": 0}
        assert (await district.post(url, {"titles": ["区少代会"]})).json == {"added": 1}
        refused = await school.admin.post(url, {"titles": ["另一项"]})
        assert (refused.code, refused.json["rule"]) == ("forbidden", "SH-04")
        assert "校级录入员" in refused.json["help"]
        long = await recorder.post(url, {"titles": ["长" * 61]})
        assert (long.code, long.json["errors"][0]["field"]) == ("invalid_input", "titles")

        kinds = (await school.student.get(f"/terms/{school.term_id}/kinds")).json
        assert kinds["catalogs"] == {"league_projects": sorted(["志愿讲解", "学雷锋", "区少代会"])}
        other = kit.as_(an_actor("student", f"{DISTRICT}.s2.g2025.c01"))
        assert [item["title"] for item in (await other.get(url)).json["items"]] == ["区少代会"]
        wrong = an_activity(school, data={"project": "自己想的", "on_day": "2026-09-02", "part": "参加"})
        answer = await school.student.post("/records", wrong)
        assert [(e["field"], e["type"]) for e in answer.json["errors"]] == [("project", "catalog")]
        assert (await school.student.post("/records", an_activity(school))).status == 201


@pytest.mark.feature("SH-04")
async def test_a_used_item_is_retired_and_an_unused_one_removed(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, district = await a_baoshan_school(kit)
        url = "/catalogs/league_projects/items"
        await recorder.post(url, {"titles": ["志愿讲解", "写错了"]})
        items = {item["title"]: f"{url}/{item['id']}" for item in (await recorder.get(url)).json["items"]}
        await school.student.post("/records", an_activity(school))
        assert (await recorder.delete(items["志愿讲解"])).json["detail"] == "已有记录选用该条目，只能停用"
        renamed = await recorder.put(items["志愿讲解"], {"title": "讲解"}, If_Match='"1"')
        assert renamed.code == "wrong_state"
        assert (await recorder.put(items["写错了"], {"title": "志愿讲解"}, If_Match='"1"')).code == "item_exists"
        assert (await recorder.put(items["写错了"], {"title": "写对了"}, If_Match='"9"')).code == "stale_version"
        assert (await recorder.put(items["写错了"], {"title": "写对了"}, If_Match='"1"')).json["title"] == "写对了"
        assert (await recorder.delete(items["写错了"])).status == 204
        assert (await district.delete(items["志愿讲解"])).code == "not_found"
        retired = await recorder.put(items["志愿讲解"], {"retired": True}, If_Match='"1"')
        assert retired.json["retired"] is True
        assert (await recorder.get(url)).json["items"] == []
        assert len((await recorder.get(url, retired="true")).json["items"]) == 1
        assert (await school.student.post("/records", an_activity(school))).code == "invalid_input"


@pytest.mark.feature("SH-04")
async def test_recorders_enter_within_their_kinds_and_quotas(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, district = await a_baoshan_school(kit, FILLING)
        city = kit.as_(an_actor("recorder", DISTRICT.rpartition(".")[0], name="市录入员"))

        def sent(kind: str, **data: str) -> dict[str, Any]:
            return {
                "term_id": str(school.term_id), "kind": kind, "student_id": str(school.student_id), "submit": True,
                "data": {"name": "第一名", "on_day": "2026-09-02"} | data,
            }  # fmt: skip

        badge = [await recorder.post("/records", sent("eaglet_badge")) for _ in range(2)]
        assert [answer.code or answer.status for answer in badge] == [201, "quota_exceeded"]
        assert badge[1].json["quota"] == {"per": "year", "max": 1, "used": 1}
        contests = [await recorder.post("/records", sent("sports_contest")) for _ in range(3)]
        assert [answer.code or answer.status for answer in contests] == [201, 201, "quota_exceeded"]
        assert (contests[2].json["rule"], contests[2].json["quota"]["per"]) == ("sports_contest.quotas", "term")
        exam = {"data": {"name": "艺术", "mark": "A"}}
        for caller, kind, allowed in (
            (district, "district_exam", True), (recorder, "district_exam", False), (city, "city_exam", True),
            (district, "city_exam", False), (district, "basic_course", False),
        ):  # fmt: skip
            answer = await caller.post("/records", sent(kind) | exam)
            assert (answer.status == 201) is allowed, (kind, answer.json)
        assert (await recorder.post("/records", sent("art_exam") | exam)).json["errors"][0]["field"] == "kind"


@pytest.mark.feature("SH-04")
async def test_recorders_of_district_and_city_enter_for_every_school_below_them_and_for_no_other(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, _, district = await a_baoshan_school(kit, FILLING)
        city = kit.as_(an_actor("recorder", DISTRICT.rpartition(".")[0], name="市录入员"))
        pupils = {SCHOOL: (str(school.term_id), str(school.student_id))}
        for other in (f"{DISTRICT}.s2", "jx.nc.xh.s1"):
            await kit.receive(an_organisation(other, "school"))
            admin = kit.as_(an_actor("administrator", other))
            term = await admin.post("/terms", a_term(windows=baoshan_windows()))
            assert term.status == 201, term.json
            pupil = an_enrolment(new_id(), f"{other}.g2025.c01")
            await kit.receive(StudentsEnrolledV1(school=other, students=(pupil,)))
            pupils[other] = (term.json["id"], str(pupil.student_id))

        found = {}
        for name, caller, kind in (("district", district, "district_exam"), ("city", city, "city_exam")):
            for org_path, (term_id, student_id) in pupils.items():
                body = {"term_id": term_id, "student_id": student_id, "kind": kind, "submit": True}
                answer = await caller.post("/records", body | {"data": {"name": "英语听说", "mark": "A"}})
                kinds = await caller.get(f"/terms/{term_id}/kinds", student_id=student_id)
                listed = [one["kind"] for one in kinds.json["kinds"]] if kinds.status == 200 else kinds.code
                found[name, org_path] = (answer.code or answer.json["level"], listed)
        theirs, not_theirs = ("district", ["district_exam"]), ("not_found", "not_found")
        assert [found["district", org_path] for org_path in pupils] == [theirs, theirs, not_theirs]
        assert [found["city", org_path] for org_path in pupils] == [("city", ["city_exam"])] * 3
        terms = (await district.get("/terms", path=f"{DISTRICT}.s2")).json["items"]
        assert [term["id"] for term in terms] == [pupils[f"{DISTRICT}.s2"][0]], "the grid asks the terms of the chosen school"
        assert (await district.get("/terms", path="jx.nc.xh.s1")).json["items"] == []


@pytest.mark.feature("SH-05")
async def test_students_hand_in_before_filling_opens_and_after_confirming_until_publicity_opens(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school, recorder, _ = await a_baoshan_school(kit, PREPARING)
        await recorder.post("/catalogs/league_projects/items", {"titles": ["志愿讲解"]})
        text = {"name": "我的一学期", "body": "这学期我在校图书馆值日，学会了把书放回原处。" * 3}
        before = await school.student.post("/records", an_activity(school, kind="typical_case", data=text))
        assert (before.status, before.json["reviewer_role"]) == (201, "class_teacher"), before.json
        again = await school.student.post("/records", an_activity(school, kind="typical_case", data=text))
        assert again.code == "quota_exceeded"
        ninth = await school.student.post("/records", an_activity(school, kind="self_introduction", data=text))
        assert ninth.json["errors"][0]["field"] == "kind", "grade 9 only"
        kit.at(CONFIRMED)
        made = [await school.student.post("/records", an_activity(school)) for _ in range(3)]
        assert [one.code or one.status for one in made] == [201, 201, "quota_exceeded"]
        kit.at(OPENED)
        late = await school.mate.post("/records", an_activity(school))
        assert (late.code, late.json["rule"], late.json["help"]) == ("window_closed", "timing.student_fill", "请联系班主任")


def test_the_windows_of_these_tests_are_those_of_the_scheme() -> None:
    first = datetime(2026, 9, 1, 8, tzinfo=UTC)
    spans = {name: (first + timedelta(days=a), first + timedelta(days=b)) for name, a, b in BAOSHAN}
    assert spans["mend_refused"][1] <= spans["publicity"][0] == OPENED > CONFIRMED
    assert spans["set_switches"][0] <= PREPARING < spans["set_switches"][1] <= spans["school_fill"][0] <= FILLING
