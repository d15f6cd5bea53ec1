"""Terms: scheduling, the timetable checker, who may do what (SH-01, X-02, X-13)."""

from typing import Any

import pytest
from contracts.records import TermChangedV1, TermScheduledV1
from records.app import SERVICE
from servicekit.ids import new_id
from servicekit.testing import a_service, an_actor

from .builders import AFTER_REPORTING, NOW, OTHER_SCHOOL, SCHOOL, a_report, a_school, a_term, an_organisation, baoshan_windows
from .test_locked_results import WINDOWS


@pytest.mark.feature("SH-01", "X-01")
async def test_a_term_pins_the_scheme_of_the_nearest_organisation_and_says_so(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        [event] = await kit.events(TermScheduledV1)
        assert (event.scheme_id, event.scheme_version, event.path, event.version) == ("jiangxi", "2026.1", SCHOOL, 1)
        assert (event.windows[0].operation, event.windows[0].starts.isoformat()) == ("report", "2026-09-01T00:00:00+00:00")
        assert (await school.admin.post("/terms", a_term())).code == "term_exists"
        assert (await school.teacher.post("/terms", a_term(number=2))).code == "forbidden"
        assert (await school.stranger.post("/terms", a_term(path=SCHOOL, number=2))).code == "not_found"
        await kit.receive(an_organisation("gd", "province"))
        nowhere = await kit.as_(an_actor("administrator", "gd.sz.ns.s1")).post("/terms", a_term())
        assert (nowhere.status, nowhere.code) == (409, "no_scheme")
        listed = await school.student.get("/terms")
        assert [term["id"] for term in listed.json["items"]] == [str(school.term_id)]
        assert (await school.stranger.get("/terms")).json["items"] == []
        assert (await school.stranger.get(f"/terms/{school.term_id}")).code == "not_found"
        term = await school.student.get("/schemes/jiangxi/2026.1")
        assert term.json["dimensions"][0]["title"] == "思想品德"
        assert (await school.student.get("/schemes/jiangxi/1999.1")).code == "not_found"


@pytest.mark.feature("X-02")
async def test_a_timetable_with_errors_is_refused_with_findings_and_a_short_publicity_is_a_warning(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        shown = await school.admin.get(f"/terms/{school.term_id}")
        url, windows = f"/terms/{school.term_id}/timetable", shown.json["windows"]
        at = {window["operation"]: n for n, window in enumerate(windows)}

        bad = [dict(window) for window in windows]
        bad[at["select"]]["ends"] = bad[at["publicity"]]["ends"]
        bad.append({"operation": "juggle", "starts": bad[0]["starts"], "ends": bad[0]["ends"]})
        refused = await school.admin.put(url, {"windows": bad, "reason": "台风停课"}, If_Match='"1"')
        assert (refused.status, refused.code, refused.json["rule"]) == (422, "timetable_unsound", "X-02")
        found = {(error["type"], error["field"]) for error in refused.json["errors"]}
        assert {("unknown_operation", f"windows.{len(windows)}"), ("out_of_order", f"windows.{at['select']}")} <= found

        for wrong in (
            {"operation": "%"},
            {"roles": ["班主任"]},
            {"starts": "0001-01-01T00:00:00+10:00"},
            {"ends": "9999-12-31T23:59:59-10:00"},
        ):
            body = {"windows": [*windows[1:], windows[0] | wrong], "reason": "台风停课"}
            assert (await school.admin.put(url, body, If_Match='"1"')).code == "invalid_input", wrong

        short = [dict(window) for window in windows]
        short[at["publicity"]]["starts"] = "2026-12-24T00:00:00Z"
        body = {"windows": short, "reason": "台风停课，公示推迟"}
        assert (await school.admin.put(url, body)).code == "version_required"
        assert (await school.admin.put(url, body, If_Match='"7"')).code == "stale_version"
        assert (await school.stranger.put(url, body, If_Match='"1"')).code == "not_found"
        changed = await school.admin.put(url, body, If_Match='"1"')
        assert (changed.status, changed.json["version"], changed.headers["Etag"]) == (200, 2, '"2"')
        assert [finding["code"] for finding in changed.json["findings"]] == ["publicity_too_short", "calendar_unknown"]
        [event] = await kit.events(TermChangedV1)
        assert (event.version, event.reason, len(event.windows)) == (2, "台风停课，公示推迟", len(windows))


@pytest.mark.feature("X-02")
async def test_a_longer_window_opens_reporting_again(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, now=AFTER_REPORTING)
        sent = a_report(school.term_id, submit=True, evidence=[await school.file()])
        assert (await school.student.post("/records", sent)).code == "window_closed"
        windows = (await school.admin.get(f"/terms/{school.term_id}")).json["windows"]
        windows[0]["ends"] = "2026-12-12T08:00:00Z"
        body = {"windows": windows, "reason": "补报两天"}
        await school.admin.put(f"/terms/{school.term_id}/timetable", body, If_Match='"1"')
        assert (await school.student.post("/records", sent)).status == 201


@pytest.mark.feature("X-02", "X-13")
async def test_who_may_do_what_is_answered_for_any_moment(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)

        async def mine(at: str) -> set[str]:
            answer = await school.student.get(f"/terms/{school.term_id}/allowed", at=at)
            return {line["operation"] for line in answer.json if line["mine"]}

        assert "report" in await mine("2026-12-08T07:59:59Z")
        assert "report" not in await mine("2026-12-08T08:00:00Z")
        assert {"publicity", "complain"} <= await mine("2026-12-18T00:00:00Z")
        assert (await school.student.get(f"/terms/{new_id()}/allowed")).code == "not_found"
        assert (await kit.as_(an_actor("student", f"{OTHER_SCHOOL}.g2025.c01")).get(f"/terms/{school.term_id}")).status == 404


async def test_a_term_with_a_bad_shape_is_told_field_by_field(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        bad = await school.admin.post("/terms", a_term(number=9, school_year="今年"))
        assert {error["field"] for error in bad.json["errors"]} == {"number", "school_year"}
        backwards = await school.admin.post("/terms", a_term(number=2, ends_on="2026-01-01"))
        assert backwards.json["errors"][0]["field"] == "ends_on"
        nobody = await school.admin.post("/terms", a_term(number=2, path="jx.nc"))
        assert nobody.code == "not_found"


@pytest.mark.feature("X-01")
async def test_a_scheme_may_be_cached_with_its_texts_help_and_examples(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        first = await school.student.get("/schemes/jiangxi/2026.1")
        assert first.headers["Cache-Control"] == "private, max-age=86400, immutable"
        assert first.json["texts"]["select"] == "遴选"
        [account] = [f for f in first.json["dimensions"][0]["kinds"][0]["form"]["fields"] if f["id"] == "account"]
        assert (account["help"], account["max_length"]) == ("写清做了什么、怎么做的、有什么收获", 500)
        again = await school.student.call("GET", "/schemes/jiangxi/2026.1", If_None_Match=first.headers["ETag"])
        assert (again.status, again.body, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
        other = await school.student.call("GET", "/schemes/jiangxi/2026.1", If_None_Match='"another"')
        assert (other.status, other.json) == (200, first.json)


@pytest.mark.feature("SH-01", "X-02")
async def test_a_timetable_is_checked_without_being_stored(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        usual = await school.admin.post("/terms/preview", {"starts_on": "2027-02-20"})
        assert usual.status == 200, usual.json
        assert [(f["severity"], f["code"]) for f in usual.json["findings"]] == [("note", "calendar_unknown")]
        assert "2027年的放假安排还没有录入" in usual.json["findings"][0]["message"]
        publicity = [one for one in usual.json["windows"] if one["operation"] == "publicity"]
        assert [(one["title"], one["working_days"]) for one in publicity] == [("校园公示", 12)]

        windows = [
            {"operation": one["operation"], "starts": one["starts"], "ends": one["ends"]} for one in usual.json["windows"]
        ]
        select, board = (next(i for i, w in enumerate(windows) if w["operation"] == name) for name in ("select", "publicity"))
        windows[select]["ends"] = windows[board]["ends"]
        body = {"windows": windows, "at": windows[board]["starts"]}
        moved = (await school.admin.post("/terms/preview", body)).json
        assert [(f["severity"], f["message"], f["rule"]) for f in moved["findings"]] == [
            ("error", "遴选应在公示开始之前结束", "JX-03"),
            ("note", usual.json["findings"][0]["message"], "X-02"),
        ]
        assert moved["findings"][0]["windows"] == [select, board]
        assert moved["findings"][0]["remedies"] == [
            {"window": select, "edge": "ends", "at": windows[board]["starts"], "says": "“遴选公示”结束改到6月7日 08:00"}
        ]
        assert ("select", "student") in {(one["operation"], one["role"]) for one in moved["possible"]}
        assert ("report", "student") not in {(one["operation"], one["role"]) for one in moved["possible"]}

        present = (await school.admin.post("/terms/preview", {"term_id": str(school.term_id)})).json
        term = (await school.admin.get(f"/terms/{school.term_id}")).json
        assert [(w["operation"], w["starts"]) for w in present["windows"]] == [
            (w["operation"], w["starts"]) for w in term["windows"]
        ]
        assert len((await school.admin.get("/terms")).json["items"]) == 1
        assert (await school.stranger.post("/terms/preview", {"term_id": str(school.term_id)})).code == "not_found"
        assert (await school.stranger.post("/terms/preview", {"path": SCHOOL})).code == "not_found"
        assert (await school.teacher.post("/terms/preview", {})).code == "forbidden"


@pytest.mark.feature("SH-01", "X-13")
async def test_a_term_names_wrong_days_and_wrong_windows_at_once(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        windows = [{"operation": "report", "starts": "2027-03-02T00:00:00Z", "ends": "2027-03-01T00:00:00Z"}]
        wrong = await school.admin.post("/terms", a_term(number=2, ends_on="2026-01-01", windows=windows))
        assert wrong.code == "invalid_input"
        found = [(error["field"], error["message"]) for error in wrong.json["errors"]]
        assert found[:2] == [("ends_on", "结束日期应晚于开始日期"), ("windows.0", "“写实上报”的结束时间不晚于开始时间")]
        assert ("windows", "尚未给班主任安排“写实审核”的时间") in found
        years = await school.admin.post("/terms", a_term(school_year="2026-2028", number=0))
        assert [(error["field"], error["message"]) for error in years.json["errors"]] == [
            ("school_year", "学年请写成 2026-2027 这样"), ("number", "不能小于1"),
        ]  # fmt: skip


@pytest.mark.feature("SH-01")
async def test_grades_six_to_eight_are_planned_without_grade_nine_and_each_is_checked_alone(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="baoshan", windows=baoshan_windows())
        windows = [w | {"grades": [6, 7, 8]} for w in baoshan_windows() if w["operation"] not in ("judge", "sign")]
        alone = await school.admin.post("/terms", a_term(number=2, windows=windows))
        assert alone.status == 201, alone.json
        found = await school.admin.post("/terms/preview", {"windows": windows, "at": "2026-09-07T08:00:00Z"})
        assert [f for f in found.json["findings"] if f["severity"] == "error"] == []
        assert {p["grade"] for p in found.json["possible"] if p["operation"] == "school_fill"} == {6, 7, 8}
        for label in ("g2023", "g2026"):
            await kit.receive(an_organisation(f"{SCHOOL}.{label}", "grade"))
        mixed = [w | {"grades": [6]} if w["operation"] == "confirm" else w for w in baoshan_windows()]
        body = {"windows": mixed, "starts_on": "2026-09-01"}
        found = await school.admin.post("/terms/preview", body)
        refused = [f["message"] for f in found.json["findings"] if f["severity"] == "error"]
        assert refused == ["尚未给9年级的学生安排“学生确认”的时间"], "the school has grades 6 and 9"


@pytest.mark.feature("SH-01", "X-02")
async def test_the_planner_counts_working_days_with_national_day_and_the_saturday_worked_for_it(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit)
        board = {"operation": "publicity", "starts": "2026-09-28T00:00:00Z", "ends": "2026-10-16T08:00:00Z"}
        shown = (await school.admin.post("/terms/preview", {"windows": [board], "at": board["starts"]})).json
        # 28 to 30 September, 8 and 9 October, Saturday 10, 12 to 16 October
        assert [one["working_days"] for one in shown["windows"]] == [11]
        holidays = {one["title"]: (one["first"], one["last"], one["workdays"]) for one in shown["holidays"]}
        assert holidays["国庆节"] == ("2026-10-01", "2026-10-07", ["2026-09-20", "2026-10-10"])
        assert "劳动节" not in holidays
        assert shown["holiday_sources"] == ["国务院办公厅关于2026年部分节假日安排的通知（2025年11月4日）"]
        short = board | {"ends": "2026-10-14T08:00:00Z"}
        findings = (await school.admin.post("/terms/preview", {"windows": [short], "at": board["starts"]})).json["findings"]
        [found] = [one for one in findings if one["code"] == "publicity_too_short"]
        assert found["message"] == "“校园公示”只有9个工作日，少于10个工作日"
        assert found["remedies"][0]["at"] == "2026-10-15T08:00:00Z"
        assert "calendar_unknown" not in {one["code"] for one in findings}


@pytest.mark.feature("SH-01")
async def test_a_table_of_the_authority_is_read_without_being_stored(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        school = await a_school(kit, scheme="baoshan", windows=baoshan_windows())
        rows = [
            ["2021学年九年级学生综合素质评价信息记录工作安排"],
            ["阶段", "开始时间", "结束时间", "操作对象", "操作要求"],
            ["确认阶段", "2022年3月22日（星期二）8点", "2022年3月28日（星期一）16点", "九年级在籍学生", "确认"],
            ["", "", "2022年3月29日（星期二）16点", "校级录入员", "修改"],
            ["巡查", "2022年3月29日8点", "2022年3月30日8点", "校长", ""],
        ]
        read = (await school.admin.post("/terms/table", {"rows": rows})).json
        found = [(w["operation"], w["ends"], w["grades"]) for w in read["timetable"]["windows"]]
        assert found == [("confirm", "2022-03-28T08:00:00Z", [9]), ("mend_refused", "2022-03-29T08:00:00Z", [9])]
        assert read["questions"] == [{"row": 5, "message": "不认识的阶段“巡查”，请手工安排"}]
        assert "missing" in {finding["code"] for finding in read["timetable"]["findings"]}
        assert (await school.teacher.post("/terms/table", {"rows": rows})).code == "forbidden"
        assert (await school.stranger.post("/terms/table", {"rows": rows, "path": SCHOOL})).code == "not_found"


@pytest.mark.feature("BJ-12")
async def test_the_terms_of_a_school_follow_its_length_until_they_have_ended(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        kit.at(NOW)
        school = an_organisation(SCHOOL, "school").model_copy(update={"stage": "vocational", "years": 2})
        await kit.receive(an_organisation("jx", "province", scheme="beijing", version="2026.1"))
        await kit.receive(school)
        admin = kit.as_(an_actor("administrator", SCHOOL))
        assert (await admin.post("/terms", a_term(number=3))).json["errors"][0]["message"] == "本校每学年有2个学期"
        seen = await admin.post("/terms/preview", {"path": SCHOOL, "starts_on": "2026-09-01"})
        assert seen.json["grades"] == [10, 11]
        operations = (
            "enter_marks",
            "self_evaluate",
            "peer_evaluate",
            "teacher_evaluate",
            "group_evaluate",
            "department_review",
        )
        windows = [{"operation": one, "starts": "2026-12-01T00:00:00Z", "ends": "2026-12-10T00:00:00Z"} for one in operations]
        windows[1]["ends"], windows[5]["ends"] = "2026-12-09T00:00:00Z", "2026-12-11T00:00:00Z"
        windows.append({"operation": "lock", "starts": "2026-12-12T00:00:00Z", "ends": "2026-12-20T00:00:00Z"})
        ended = {"school_year": "2025-2026", "number": 2, "starts_on": "2026-02-20", "ends_on": "2026-07-10"}
        for term in (a_term(title="上学期", windows=windows, **ended), a_term(windows=windows)):
            assert (await admin.post("/terms", term)).status == 201
        assert [event.years for event in await kit.events(TermScheduledV1)] == [2, 2]
        await kit.receive(school.model_copy(update={"years": None, "version": 2}))
        await kit.receive(school.model_copy(update={"version": 1}))
        [changed] = await kit.events(TermChangedV1)
        assert (changed.title, changed.years, changed.reason) == ("2026-2027学年第一学期", 3, "学制改为中职（三年）")


@pytest.mark.feature("BJ-12")
async def test_a_two_year_school_has_four_terms_and_the_second_of_its_second_year_is_the_last(parts: Any) -> None:
    async with a_service(SERVICE, parts, storage=True) as kit:
        kit.at(NOW)
        await kit.receive(an_organisation("jx", "province", scheme="beijing", version="2026.1"))
        school = an_organisation(SCHOOL, "school").model_copy(update={"stage": "vocational", "years": 2})
        await kit.receive(school)
        admin, plan = kit.as_(an_actor("administrator", SCHOOL)), a_term(number=2, windows=WINDOWS)
        third = await admin.post("/terms", plan | {"number": 3})
        assert (third.code, third.json["rule"]) == ("invalid_input", "BJ-12")
        made = await admin.post("/terms", plan)
        assert (made.status, made.json["terms_per_year"]) == (201, 2), made.json
        [event] = await kit.events(TermScheduledV1)
        assert (event.stage, event.years) == ("vocational", 2)
        preview = await admin.post("/terms/preview", {"term_id": made.json["id"]})
        assert (preview.json["grades"], preview.json["terms_per_year"]) == ([10, 11], 2)
        term = kit.deps.directory.of_event(event)
        assert [term.last_term(f"{SCHOOL}.g{year}.c01") for year in (2026, 2025, 2024)] == [False, True, None]
        await kit.receive(school.model_copy(update={"years": 3, "version": 2}))
        [changed] = await kit.events(TermChangedV1)
        assert (changed.years, kit.deps.directory.of_event(changed).last_term(f"{SCHOOL}.g2025.c01")) == (3, False)
