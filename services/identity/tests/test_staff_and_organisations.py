"""Organisations, staff, cards, slips and students: permissions and scope."""

from typing import Any

import pytest
from contracts.archive import TermSealedV1
from contracts.identity import CardRevokedV1, OrganisationCreatedV1, StudentMovedV1, StudentStatusChangedV1
from servicekit.ids import new_id, utc_now
from servicekit.testing import an_actor

from .builders import (
    CLASS,
    OPERATOR_PASSWORD,
    SCHOOL,
    Pupil,
    a_class_teacher,
    a_registry_number,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    with_token,
)


@pytest.mark.feature("NR-01", "X-13")
async def test_organisations_are_created_below_ones_own_and_refusals_have_reasons(parts: Any) -> None:
    async with an_identity(parts) as kit:
        operator, admin = kit.as_(an_actor("operator", "")), kit.as_(an_administrator("jx"))
        made = await operator.post("/organisations", {"parent": "", "code": "jx", "title": "江西省", "scheme_id": "jiangxi"})
        assert (made.status, made.json["level"], made.json["stage"]) == (201, "province", "senior_secondary")
        assert made.json["scheme_version"] == "2026.1"
        again = await operator.post("/organisations", {"parent": "", "code": "jx", "title": "江西省"})
        assert again.code == "organisation_exists"
        city = {"parent": "jx", "code": "nc", "title": "南昌市"}
        refused = await operator.post("/organisations", city)
        assert (refused.code, refused.json["rule"], "help" in refused.json) == ("role_not_grantable", "NR-01", True)
        assert (await admin.post("/organisations", city)).status == 201
        assert (await admin.post("/organisations", city | {"parent": "gd"})).code == "not_found"
        assert (await admin.post("/organisations", city | {"code": "a b"})).code == "invalid_input"
        assert (await admin.post("/organisations", city | {"code": "x", "scheme_id": "mars"})).code == "scheme_unknown"
        assert (await kit.as_(an_actor("principal", "jx")).post("/organisations", city)).code == "forbidden"
        for code, area in (("dh", "360102"), ("xh", None)):
            sent = {"parent": "jx.nc", "code": code, "title": code, "area": area}
            assert (await admin.post("/organisations", sent)).status == 201
        outcome = await admin.post("/organisations", {"parent": "jx.nc", "code": "y", "title": "y", "area": "360102"})
        assert outcome.code == "area_taken"
        seen = (await admin.get("/organisations", under="jx.nc")).json["items"]
        assert [(o["path"], o["area"]) for o in seen] == [("jx.nc", None), ("jx.nc.dh", "360102"), ("jx.nc.xh", "900001")]
        assert (await admin.get("/organisations", under="gd")).code == "not_found"
        events = await kit.events(OrganisationCreatedV1)
        assert {f.scheme_id for f in events} == {"jiangxi"}


@pytest.mark.feature("NR-01", "NR-05", "X-13")
async def test_the_operator_appoints_the_province_and_the_province_the_school(parts: Any) -> None:
    async with an_identity(parts) as kit:
        operator = with_token(kit, await signed_in_with_password(kit, "operator", OPERATOR_PASSWORD))
        await a_tree(kit)
        sent = {"name": "周厅", "phone": "13700000001", "role": "administrator", "path": "jx"}
        hired = await operator.post("/staff", sent)
        assert hired.status == 201
        session = await signed_in_with_password(kit, "13700000001", hired.json["one_time_password"])
        assert session.json["card"]["role"] == "administrator"
        province = with_token(kit, session)
        low = await province.post("/staff", sent | {"phone": "13700000002", "name": "吴校", "path": SCHOOL})
        assert low.status == 201
        school = with_token(kit, await signed_in_with_password(kit, "13700000002", low.json["one_time_password"]))
        recorder = {"name": "郑录", "phone": "13700000003", "role": "recorder", "path": SCHOOL}
        assert (await school.post("/staff", recorder)).status == 201
        assert (await school.post("/staff", recorder | {"role": "auditor"})).json["one_time_password"] is None
        assert (await school.post("/staff", recorder)).code == "already_applied"
        assert (await school.post("/staff", recorder | {"name": "别人", "role": "principal"})).code == "phone_other_name"
        assert (await school.post("/staff", recorder | {"phone": "1370000000x"})).code == "phone_invalid"
        assert (await school.post("/staff", recorder | {"path": "jx.nc.dh.s2"})).code == "not_found"
        assert (await school.post("/staff", recorder | {"role": "class_teacher"})).code == "role_misplaced"
        refused = await province.post("/staff", recorder)
        assert (refused.code, refused.json["rule"]) == ("role_not_grantable", "NR-05")
        assert (await operator.get("/students")).code == "forbidden"
        names = [s["name"] for s in (await school.get("/staff")).json["items"]]
        assert sorted(names) == ["吴校", "郑录", "郑录"]


@pytest.mark.feature("NR-05")
async def test_a_revoked_card_is_refused_and_the_event_published(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(teachers=(a_class_teacher(),)))
        one_time = (await slips_of(kit, "staff", SCHOOL))["13900000001"]
        session = await signed_in_with_password(kit, "13900000001", one_time)
        teacher, card = with_token(kit, session), session.json["card"]["id"]
        assert (await teacher.get("/students")).status == 200
        assert (await teacher.delete(f"/cards/{card}")).code == "forbidden"
        assert (await kit.as_(an_administrator("jx.nc.dh.s2")).delete(f"/cards/{card}")).code == "not_found"
        assert (await kit.as_(an_administrator("jx.nc")).delete(f"/cards/{card}")).code == "role_not_grantable"
        admin = kit.as_(an_administrator())
        assert (await admin.delete(f"/cards/{card}")).status == 204
        assert (await admin.delete(f"/cards/{card}")).code == "not_found"
        await kit.running.verifier.refresh(kit.deps.db)
        assert (await teacher.get("/students")).code == "unauthenticated"
        renewed = await kit.anonymous.post("/sessions/refresh", {"refresh_token": session.json["refresh_token"]})
        assert renewed.json["card"] is None
        [event] = await kit.events(CardRevokedV1)
        assert str(event.card_id) == card


@pytest.mark.feature("JX-16", "X-13")
async def test_a_student_takes_the_own_card_and_a_guardian_the_childs(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        student, one_time = next(iter((await slips_of(kit, "students")).items()))
        session = await signed_in_with_password(kit, student, one_time)
        assert session.json["cards"] == []
        caller = with_token(kit, session)
        own = {"name": "学生1", "id_number": an_id_number(1).lower()}
        wrong = await caller.post("/cards/own", own | {"id_number": an_id_number(2)})
        assert (wrong.code, wrong.json["rule"]) == ("person_mismatch", "JX-16")
        same_key = [await caller.post("/cards/own", own | {"name": "学生2"}, Idempotency_Key="k1") for _ in range(2)]
        assert [a.code for a in same_key] == ["person_mismatch"] * 2
        assert (await caller.post("/cards/own", own | {"id_number": "360102"})).code == "id_number_invalid"
        outcome = await caller.post("/cards/own", own)
        [card] = outcome.json["cards"]
        assert (card["role"], card["path"], card["eid"]) == ("student", CLASS, student)
        assert (await caller.post("/cards/own", own)).json["cards"] == [card]
        [mine] = (await with_token(kit, await sign_in(kit, student, "Sunny-Day-7")).get("/students")).json["items"]
        assert mine["name"] == "学生1"

        phones = await slips_of(kit, "guardians")
        guardian = with_token(kit, await signed_in_with_password(kit, "13800000001", phones["13800000001"]))
        request_reset = {
            "child_name": "学生1",
            "child_id_number": an_id_number(1),
            "guardian_name": "家长1",
            "guardian_id_number": an_id_number(900),
            "guardian_phone": "13800000001",
        }
        assert (await guardian.post("/cards/child", request_reset | {"child_name": "学生9"})).code == "child_unknown"
        other = request_reset | {"child_name": "学生2", "child_id_number": an_id_number(2)}
        refused = await guardian.post("/cards/child", other)
        assert refused.code == "guardian_unknown"
        assert "联系学校更正监护人手机号" in refused.json["help"]
        outcome = await guardian.post("/cards/child", request_reset)
        [card] = outcome.json["cards"]
        assert (card["role"], card["student_name"], card["eid"], card["name"]) == ("guardian", "学生1", student, "家长1")
        wrong_self = request_reset | {"guardian_id_number": an_id_number(901)}
        assert (await guardian.post("/cards/child", wrong_self)).code == "person_mismatch"
        me = (await guardian.get("/me")).json["account"]
        assert me["id_number"] == an_id_number(900)[:3] + "*" * 11 + an_id_number(900)[-4:]


@pytest.mark.feature("NR-01")
async def test_slips_are_printed_for_accounts_in_scope_without_a_password(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(*(Pupil(n) for n in range(1, 11)), Pupil(11, class_number=2), teachers=(a_class_teacher(),)))
        teacher = an_actor("class_teacher", CLASS, name="李老师")
        pdf = await kit.as_(teacher).post("/slips", {"path": CLASS, "audience": "students"})
        assert (pdf.status, pdf.headers["Content-Type"], pdf.headers["Cache-Control"]) == (201, "application/pdf", "no-store")
        assert pdf.body.startswith(b"%PDF")
        slips = await slips_of(kit, "students", by=teacher)
        assert len(slips) == 10
        newer = await slips_of(kit, "students", by=teacher)
        name = next(iter(slips))
        assert (await sign_in(kit, name, slips[name])).code == "one_time_replaced"
        await signed_in_with_password(kit, name, newer[name].upper())
        assert name not in await slips_of(kit, "students", by=teacher)
        for path in (SCHOOL, f"{SCHOOL}.g2025.c02"):
            assert (await kit.as_(teacher).post("/slips", {"path": path, "audience": "students"})).code == "not_found"
        assert (await kit.as_(teacher).post("/slips", {"path": CLASS, "audience": "staff"})).code == "forbidden"
        above = await kit.as_(an_administrator("jx")).post("/slips", {"path": CLASS, "audience": "students"})
        assert above.code == "forbidden"


@pytest.mark.feature("NR-01")
async def test_a_class_teacher_cannot_print_a_slip_for_a_staff_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        head = {"name": "王校长", "phone": "13900000002", "role": "principal"}
        await kit.receive(a_roster(Pupil(1, guardian_phone="13900000002", guardian_name="王校长"), Pupil(2), teachers=(head,)))
        teacher = an_actor("class_teacher", CLASS, name="李老师")
        assert set(await slips_of(kit, "guardians", by=teacher)) == {"13800000002"}
        assert set(await slips_of(kit, "guardians")) == {"13800000002", "13900000002"}


@pytest.mark.feature("X-13")
async def test_a_student_moves_and_changes_status_with_events(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2, class_number=2)))
        admin = kit.as_(an_administrator())
        [student] = (await admin.post("/students/search", {"q": "学生1"})).json["items"]
        url, to = f"/students/{student['id']}", {"path": f"{SCHOOL}.g2025.c02", "reason": "调班"}
        assert (await admin.post(f"{url}/move", to)).code == "version_required"
        assert (await admin.post(f"{url}/move", to, If_Match='"9"')).code == "stale_version"
        assert (await admin.post(f"{url}/move", to | {"path": SCHOOL}, If_Match='"1"')).code == "not_a_class"
        assert (await admin.post(f"{url}/move", to | {"path": f"{SCHOOL}.g2025.c09"}, If_Match='"1"')).code == "not_found"
        other = kit.as_(an_administrator("jx.nc.dh.s2"))
        assert (await other.post(f"{url}/move", to, If_Match='"1"')).code == "not_found"
        assert (await other.get(url)).code == "not_found"
        moved = await admin.post(f"{url}/move", to, If_Match='"1"')
        assert (moved.status, moved.headers["ETag"], moved.json["class_title"]) == (200, '"2"', "2班")
        assert moved.json["eid"] == student["eid"]
        left = await admin.post(f"{url}/status", {"status": "left", "reason": "转学"}, If_Match='"2"')
        assert (left.status, left.json["status"]) == (200, "left")
        back = await admin.post(f"{url}/status", {"status": "enrolled", "reason": "转学"}, If_Match='"3"')
        assert back.code == "wrong_state"
        assert (await other.post(f"{url}/move", to | {"path": "jx.nc.dh.s2.g2025.c01"}, If_Match='"3"')).code == "not_found"
        again = await admin.post(f"{url}/move", to | {"reason": "转回"}, If_Match='"3"')
        assert (again.status, again.json["status"], again.headers["ETag"]) == (200, "enrolled", '"4"')
        assert [(f.enrolment.version, f.enrolment.status) for f in await kit.events(StudentMovedV1)] == [
            (2, "enrolled"),
            (4, "enrolled"),
        ]
        assert [f.enrolment.status for f in await kit.events(StudentStatusChangedV1)] == ["left"]


async def test_a_complete_id_number_is_shown_only_for_a_reason(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1)))
        [student] = (await kit.as_(an_administrator()).get("/students")).json["items"]
        url = f"/students/{student['id']}/id-number"
        teacher = kit.as_(an_actor("class_teacher", CLASS))
        assert (await teacher.post(url, {"reason": " "})).code == "invalid_input"
        assert (await kit.as_(an_actor("subject_teacher", CLASS)).post(url, {"reason": "核对"})).code == "forbidden"
        assert (await teacher.post(f"/students/{new_id()}/id-number", {"reason": "核对"})).code == "not_found"
        assert (await teacher.post(url, {"reason": "核对学籍"})).json == {
            "id_number": an_id_number(1),
            "registry_number": a_registry_number(1),
        }
        async with kit.deps.db.reading() as tx:
            row = await tx.fetchrow("SELECT subject, detail FROM audit WHERE what = 'id_number_shown'")
            stored = str(await tx.fetch("SELECT * FROM persons"))
        assert (row["subject"], row["detail"]) == (student["id"], {"reason": "核对学籍"})
        assert an_id_number(1) not in stored


async def test_lists_page_by_keyset_through_all_students(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(*(Pupil(n, class_number=1 + n % 3) for n in range(120))))
        admin, seen, cursor = kit.as_(an_administrator()), [], None
        while True:
            page = (await admin.get("/students", cursor=cursor)).json
            seen += [s["id"] for s in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert len(seen) == len(set(seen)) == 120
        assert (await admin.get("/students", cursor="nonsense")).code == "malformed"
        assert (await admin.post("/students/search", {"q": "学生100"})).json["items"][0]["name"] == "学生100"


@pytest.mark.feature("BJ-03", "BJ-12")
async def test_a_school_has_a_stage_and_length_that_its_scheme_admits_and_only_the_level_above_changes_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        operator, district = kit.as_(an_actor("operator", "")), kit.as_(an_administrator("bj.hd.hd"))
        city = {"parent": "", "code": "bj", "title": "北京市", "scheme_id": "beijing"}
        assert (await operator.post("/organisations", city)).json["stage"] is None
        for parent, code in (("bj", "hd"), ("bj.hd", "hd")):
            above = kit.as_(an_administrator("bj"))
            assert (await above.post("/organisations", {"parent": parent, "code": code, "title": "海淀"})).status == 201
        school = {"parent": "bj.hd.hd", "title": "海淀职业学校", "stage": "vocational"}
        refused = await district.post("/organisations", school | {"code": "s1", "years": 4})
        assert (refused.code, refused.json["rule"], refused.json["field"]) == ("length_not_admitted", "BJ-12", "years")
        assert "中职3年、2年" in refused.json["detail"]
        two = await district.post("/organisations", school | {"code": "s1", "years": 2})
        assert (two.json["stage"], two.json["years"], two.json["version"]) == ("vocational", 2, 1)
        usual = await district.post("/organisations", {"parent": "bj.hd.hd", "title": "海淀中学", "code": "s2"})
        assert (usual.json["stage"], usual.json["years"]) == ("junior_secondary", None)
        of_grade = {"parent": "bj.hd.hd.s2", "code": "g2026", "title": "2026级", "years": 2}
        assert (await district.post("/organisations", of_grade)).code == "length_of_schools"

        own, change = kit.as_(an_administrator("bj.hd.hd.s1")), {"path": "bj.hd.hd.s1", "years": 3}
        assert (await own.put("/organisations/length", change, If_Match='"1"')).code == "forbidden"
        elsewhere = kit.as_(an_administrator("jx"))
        assert (await elsewhere.put("/organisations/length", change, If_Match='"1"')).code == "not_found"
        assert (await district.put("/organisations/length", change, If_Match='"2"')).code == "stale_version"
        changed = await district.put("/organisations/length", change, If_Match='"1"')
        assert (changed.json["years"], changed.json["version"]) == (3, 2)
        events = [event for event in await kit.events(OrganisationCreatedV1) if event.path == "bj.hd.hd.s1"]
        assert [(event.version, event.stage, event.years) for event in events] == [(1, "vocational", 2), (2, "vocational", 3)]


@pytest.mark.feature("BJ-03", "BJ-12", "X-13")
async def test_a_school_gets_a_second_stage_and_its_length_is_fixed_once_results_are_sealed(parts: Any) -> None:
    async with an_identity(parts) as kit:
        operator, city = kit.as_(an_actor("operator", "")), kit.as_(an_administrator("bj"))
        await operator.post("/organisations", {"parent": "", "code": "bj", "title": "北京市", "scheme_id": "beijing"})
        for parent, code in (("bj", "hd"), ("bj.hd", "hd")):
            await city.post("/organisations", {"parent": parent, "code": code, "title": "海淀"})
        district, path = kit.as_(an_administrator("bj.hd.hd")), "bj.hd.hd.s1"
        school = {"parent": "bj.hd.hd", "code": "s1", "title": "海淀一贯制学校"}
        gap = await district.post("/organisations", school | {"stage": "vocational", "more_stages": ["primary"]})
        assert (gap.code, gap.json["field"]) == ("length_not_admitted", "more_stages")
        assert (await district.post("/organisations", school)).json["more_stages"] == []

        async def preview(caller: Any, **wish: Any) -> dict[str, Any]:
            answer = await caller.post("/organisations/length/preview", {"path": path, "years": None, **wish})
            assert answer.status == 200, answer.body
            return answer.json

        seen = await preview(district, more_stages=["primary"])
        assert [one["title"] for one in seen["after"]] == ["小学（六年）", "初中（三年）"]
        assert (seen["grades"], seen["refused"]) == ([], None)
        change = {"path": path, "years": 4, "more_stages": ["primary"]}
        added = await district.put("/organisations/length", change, If_Match='"1"')
        assert (added.json["years"], added.json["more_stages"]) == (4, ["primary"])
        roster = a_roster(
            Pupil(1, changed={"entry_year": 2026, "born": "2015-01-01"}),
            Pupil(2, changed={"entry_year": 2026, "born": "2019-05-01", "stage": "primary"}), school=path,
        )  # fmt: skip
        await kit.receive(roster)
        paths = [one["path"] for one in (await kit.as_(an_administrator(path)).get("/students")).json["items"]]
        assert sorted(paths) == [f"{path}.g2026.c01", f"{path}.g2026_primary.c01"]
        titles = {one["path"]: one["title"] for one in (await district.get("/organisations", under=path)).json["items"]}
        assert (titles[f"{path}.g2026"], titles[f"{path}.g2026_primary"]) == ("初中2026级", "小学2026级")

        seen = await preview(district, years=3)
        grades = {one["title"]: (one["students"], one["leaves"], one["leaves_then"]) for one in seen["grades"]}
        assert grades == {"初中2026级": (1, 2030, 2029), "小学2026级": (1, 2031, 2032)}, "5+4 becomes 6+3"
        without = await preview(district, years=4, more_stages=[])
        assert (without["rule"], "小学2026级" in without["refused"]) == ("BJ-12", True)

        await kit.receive(
            TermSealedV1(term_id=new_id(), path=path, title="第一学期", root="0" * 64, archives=2, version=1, at=utc_now())
        )
        seen = await preview(district, years=3)
        assert (seen["sealed_terms"], seen["rule"]) == (1, "BJ-12")
        assert "省级管理员（北京市教育委员会）" in seen["help"]
        shorter = {"path": path, "years": 3}
        assert (await district.put("/organisations/length", shorter, If_Match='"2"')).code == "results_sealed"
        done = await city.put("/organisations/length", shorter, If_Match='"2"')
        assert (done.json["years"], done.json["version"]) == (3, 3), "the authority of the scheme may"
