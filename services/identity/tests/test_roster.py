"""Applying a roster creates students, guardians and staff; applying it again changes nothing."""

import asyncio
from typing import Any

import pytest
from contracts.identity import (
    CardRevokedV1,
    ClaimOpenedV1,
    ClaimResolvedV1,
    IdentityBatchAppliedV1,
    IdentityBatchCheckedV1,
    OrganisationCreatedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
)
from identity.actions.class_order import publish_positions
from scheme.accounts import EducationId

from .builders import (
    CLASS,
    MISSING,
    SCHOOL,
    Pupil,
    a_check,
    a_class_teacher,
    a_registry_number,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    signed_in_with_password,
    slips_of,
    with_token,
)


@pytest.mark.feature("JX-16", "CS-13")
async def test_a_roster_makes_classes_students_guardians_and_staff_and_again_changes_nothing(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        pupils = [Pupil(n, class_number=1 + n % 2) for n in range(1, 9)]
        teachers = (a_class_teacher(), {"name": "王校长", "phone": "13900000002", "role": "principal"})
        await kit.receive(a_roster(*pupils, teachers=teachers))
        await kit.receive(a_roster(*pupils, teachers=teachers))
        first, second = await kit.events(IdentityBatchAppliedV1)
        assert (first.created, first.changed, first.unchanged, first.problems) == (10, 0, 0, ())
        assert (second.created, second.changed, second.unchanged, second.problems) == (0, 0, 10, ())
        [enrolled] = await kit.events(StudentsEnrolledV1)
        assert enrolled.school == SCHOOL
        assert {(s.class_title, s.grade_title, s.school_title) for s in enrolled.students} == {
            ("1班", "2025级", "江西实验中学"),
            ("2班", "2025级", "江西实验中学"),
        }
        organisations = {f.path: f for f in await kit.events(OrganisationCreatedV1)}
        assert organisations[CLASS].scheme_id == "jiangxi"
        assert organisations[CLASS].level == "class"
        listed = (await kit.as_(an_administrator()).get("/students")).json["items"]
        assert len(listed) == 8
        assert all(EducationId().fits(s["eid"]) for s in listed)
        assert len({s["eid"] for s in listed}) == 8


async def test_a_changed_roster_changes_what_differs_and_nothing_else(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2), Pupil(3), Pupil(4)))
        changed = (Pupil(1, name="新名"), Pupil(2, class_number=2), Pupil(3, guardian_phone="13811112222"), Pupil(4))
        await kit.receive(a_roster(*changed))
        applied = (await kit.events(IdentityBatchAppliedV1))[-1]
        assert (applied.created, applied.changed, applied.unchanged) == (0, 3, 1)
        [renamed] = (await kit.events(StudentsEnrolledV1))[-1].students
        assert (renamed.name, renamed.version) == ("新名", 2)
        [moved] = await kit.events(StudentMovedV1)
        assert (moved.from_path, moved.enrolment.path, moved.enrolment.version) == (CLASS, f"{SCHOOL}.g2025.c02", 2)
        admin = kit.as_(an_administrator())
        [third] = (await admin.post("/students/search", {"q": "学生3"})).json["items"]
        detail = (await admin.get(f"/students/{third['id']}")).json
        assert [g["phone"] for g in detail["guardians"]] == ["13800000003", "13811112222"]
        assert detail["id_number"] == an_id_number(3)[:3] + "*" * 11 + an_id_number(3)[-4:]


@pytest.mark.feature("JX-16")
@pytest.mark.feature("L-09")
async def test_a_guardian_keeps_the_childs_card_until_the_school_removes_them_explicitly(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1, guardian_name="张母")))
        phone, one_time = next(iter((await slips_of(kit, "guardians")).items()))
        session = await signed_in_with_password(kit, phone, one_time)
        body = {
            "child_name": "学生1",
            "child_id_number": an_id_number(1),
            "guardian_name": "张母",
            "guardian_id_number": an_id_number(901),
            "guardian_phone": phone,
        }
        assert (await with_token(kit, session).post("/cards/child", body)).status == 201
        await kit.receive(a_roster(Pupil(1, guardian_phone="13811112222")))
        assert [c["role"] for c in (await with_token(kit, session).get("/me")).json["cards"]] == ["guardian"]
        removal = a_roster(Pupil(1, guardians=({"name": "张母", "phone": phone, "change": "remove"},)))
        await kit.receive(a_check(removal))
        [checked] = await kit.events(IdentityBatchCheckedV1)
        assert checked.counts == {"guardians_removed": 1, "access_lost": 1}
        assert await kit.events(CardRevokedV1) == []
        await kit.receive(removal)
        [revoked] = await kit.events(CardRevokedV1)
        assert revoked.reason == "guardian_removed"
        assert (await with_token(kit, session).get("/me")).json["cards"] == []


async def test_invalid_rows_are_reported_and_the_others_applied(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        await kit.receive(a_roster(Pupil(1), Pupil(7, id_number=an_id_number(2)), Pupil(8), school=other))
        applied = (await kit.events(IdentityBatchAppliedV1))[-1]
        assert [(p.row, p.code) for p in applied.problems] == [(4, "student_mismatch")]
        assert (applied.created, applied.changed) == (1, 1)
        await kit.receive(a_roster(Pupil(9), school="jx.nc.dh.s9"))
        assert [p.code for p in (await kit.events(IdentityBatchAppliedV1))[-1].problems] == ["school_unknown"]


async def test_parallel_chunks_create_every_account_and_class_once(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)

        def a_pupil(n: int, **changed: Any) -> Pupil:
            return Pupil(n, guardian_phone=f"1380000{n % 4 + 1:04d}", guardian_name=f"家长{n % 4}", **changed)

        here = [a_pupil(n, class_number=1 + n % 2) for n in range(1, 41)]
        there = [a_pupil(n) for n in range(41, 81)]
        chunks = [a_roster(*here[i : i + 10]) for i in range(0, 40, 10)]
        chunks += [a_roster(*there[i : i + 10], school=other) for i in range(0, 40, 10)]
        await asyncio.gather(*(kit.receive(chunk) for chunk in chunks))
        applied = await kit.events(IdentityBatchAppliedV1)
        assert sum(a.created for a in applied) == 80
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM accounts WHERE username LIKE '138%'") == 4
            assert await tx.fetchval("SELECT count(DISTINCT eid) FROM students") == 80
        paths = [f.path for f in await kit.events(OrganisationCreatedV1)]
        assert len(paths) == len(set(paths))


@pytest.mark.feature("CS-14")
async def test_one_phone_is_one_account_with_many_cards(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        phone = "13900000001"
        pupils = (
            Pupil(1, guardian_phone=phone, guardian_name="李老师"),
            Pupil(2, guardian_phone=phone, guardian_name="李老师"),
        )
        await kit.receive(a_roster(*pupils, teachers=(a_class_teacher(phone), a_class_teacher(phone, class_number=2))))
        slips = await slips_of(kit, "staff", SCHOOL)
        assert list(slips) == [phone]
        session = await signed_in_with_password(kit, phone, slips[phone])
        assert {c["path"] for c in session.json["cards"]} == {CLASS, f"{SCHOOL}.g2025.c02"}
        body = {
            "child_name": "学生2",
            "child_id_number": an_id_number(2),
            "guardian_name": "李老师",
            "guardian_id_number": an_id_number(902),
            "guardian_phone": phone,
        }
        taken_cards = await with_token(kit, session).post("/cards/child", body)
        assert [c["role"] for c in taken_cards.json["cards"]] == ["class_teacher", "class_teacher", "guardian"]
        card = taken_cards.json["cards"][2]
        chosen = await with_token(kit, session).post("/sessions/card", {"card_id": card["id"]})
        mine = (await with_token(kit, chosen).get("/students")).json["items"]
        assert [s["name"] for s in mine] == ["学生2"]
        assert (await with_token(kit, chosen).call("GET", "/students", query={"path": CLASS})).json["items"] == mine


async def planned(kit: Any, roster: Any) -> IdentityBatchCheckedV1:
    """The dry run of a roster."""
    await kit.receive(a_check(roster))
    checked: IdentityBatchCheckedV1 = (await kit.events(IdentityBatchCheckedV1))[-1]
    return checked


async def applied(kit: Any, roster: Any) -> IdentityBatchAppliedV1:
    """What the commit answers."""
    await kit.receive(roster)
    answer: IdentityBatchAppliedV1 = (await kit.events(IdentityBatchAppliedV1))[-1]
    return answer


@pytest.mark.feature("L-10")
async def test_the_dry_run_says_what_the_commit_does_and_changes_nothing(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2), Pupil(3)))
        before = len(await kit.events(StudentsEnrolledV1))
        roster = a_roster(
            Pupil(1), Pupil(2, name="新名"), Pupil(4, class_title="实验5班"), Pupil(9, id_number=an_id_number(3), name="别人"),
            teachers=(a_class_teacher(),),
        )  # fmt: skip
        checked = await planned(kit, roster)
        assert [row.outcome for row in checked.rows] == ["unchanged", "changed", "created", "problem", "created"]
        assert [(p.row, p.sheet, p.code) for p in checked.problems] == [(6, "students", "student_mismatch")]
        assert len(await kit.events(StudentsEnrolledV1)) == before
        assert (await planned(kit, roster)).fingerprint == checked.fingerprint
        answer = await applied(kit, roster)
        assert (answer.created, answer.changed, answer.unchanged) == (checked.created, checked.changed, checked.unchanged)
        assert answer.problems == checked.problems
        again = await planned(kit, roster)
        assert again.fingerprint != checked.fingerprint
        assert [row.outcome for row in again.rows] == ["unchanged", "unchanged", "unchanged", "problem", "unchanged"]


@pytest.mark.feature("L-03")
async def test_a_provisional_number_is_replaced_and_a_mistyped_one_corrected_with_an_audit_row(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        provisional, final = a_registry_number(1, "L"), a_registry_number(7)
        await kit.receive(a_roster(Pupil(1, registry=provisional), Pupil(2)))
        checked = await planned(kit, a_roster(Pupil(1, registry=final)))
        assert (checked.changed, checked.counts) == (1, {"numbers_replaced": 1})
        await kit.receive(a_roster(Pupil(1, registry=final), Pupil(2, id_number=an_id_number(8))))
        admin = kit.as_(an_administrator())
        students = (await admin.get("/students")).json["items"]
        assert [s["name"] for s in students] == ["学生1", "学生2"]
        shown = await admin.post(f"/students/{students[0]['id']}/id-number", {"reason": "核对"})
        assert shown.json["registry_number"] == final
        assert (await admin.post(f"/students/{students[1]['id']}/id-number", {"reason": "核对"})).json[
            "id_number"
        ] == an_id_number(8)
        enrolment = (await kit.events(StudentsEnrolledV1))[-1].students[0]
        assert (enrolment.registry_number[0], enrolment.version) == ("G", 2)
        trail = (await admin.get("/audit")).json["items"]
        assert {"registry_number_changed", "document_changed"} <= {row["what"] for row in trail}
        assert an_id_number(8) not in str(trail)
        # an older list with the provisional number finds the student, and does not bring the number back
        assert (await applied(kit, a_roster(Pupil(1, registry=provisional)))).unchanged == 1


@pytest.mark.feature("L-03")
async def test_documents_of_every_type_are_stored_and_a_pupil_may_have_none_and_no_guardian(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        abroad = {
            "name": "陈父",
            "relation": "父亲",
            "phone": "+85291234567",
            "document_type": "passport",
            "id_number": "K1234567",
        }
        pupils = (
            Pupil(1, document_type="none", guardians=()),
            Pupil(2, document_type="hong_kong_macao_permit", id_number="H12345678", guardians=(abroad,)),
            Pupil(3, document_type="passport", id_number="E12345678", guardians=(abroad, {**abroad, "phone": "13800000003"})),
        )
        answer = await applied(kit, a_roster(*pupils))
        assert (answer.created, answer.problems) == (3, ())
        assert (await applied(kit, a_roster(*pupils))).unchanged == 3
        admin = kit.as_(an_administrator())
        students = [(await admin.get(f"/students/{s['id']}")).json for s in (await admin.get("/students")).json["items"]]
        assert [s["document_type"] for s in students] == ["none", "hong_kong_macao_permit", "passport"]
        assert [[g["phone"] for g in s["guardians"]] for s in students] == [
            [], ["+85291234567"], ["+85291234567", "13800000003"],
        ]  # fmt: skip
        assert "E12345678" not in str(students)
        async with kit.deps.db.reading() as tx:
            assert "K1234567" not in str(await tx.fetch("SELECT * FROM guardians"))
            assert await tx.fetchval("SELECT count(*) FROM guardians WHERE id_number_index IS NOT NULL") == 3


@pytest.mark.feature("L-07")
async def test_classes_keep_their_titles_and_lists_the_schools_order(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        titles = ["实验5班", "普通5班", "5班", "701", "国际部A班"]
        pupils = [Pupil(n, class_title=title, changed={"class_order": n}) for n, title in enumerate(titles, 1)]
        teacher = {
            "name": "李老师",
            "phone": "13900000001",
            "role": "class_teacher",
            "entry_year": 2025,
            "class_title": "实验（5）班",
        }
        await kit.receive(a_roster(*pupils, teachers=(teacher,)))
        admin = kit.as_(an_administrator())
        students = (await admin.get("/students")).json["items"]
        assert [s["class_title"] for s in students] == titles
        organisations = (await admin.get("/organisations")).json["items"]
        assert [o["title"] for o in organisations if o["level"] == "class"] == titles
        [staff] = (await admin.get("/staff")).json["items"]
        assert staff["path"] == students[0]["path"]
        to = {"path": students[4]["path"], "reason": "分班"}
        moved = await admin.post(f"/students/{students[0]['id']}/move", to, If_Match='"1"')
        assert moved.json["class_title"] == "国际部A班"
        assert (await admin.post(f"/cards/{staff['card_id']}/move", to)).json["path"] == to["path"]


@pytest.mark.feature("L-07")
async def test_pages_of_a_list_follow_the_schools_order(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        pupils = [Pupil(n, class_title=f"{c}班", changed={"class_order": 4 - c}) for n, c in enumerate([1, 2, 3] * 40)]
        await kit.receive(a_roster(*pupils))
        admin, seen, cursor = kit.as_(an_administrator()), [], None
        while True:
            page = (await admin.get("/students", cursor=cursor)).json
            seen += [s["class_title"] for s in page["items"]]
            cursor = page["next"]
            if cursor is None:
                break
        assert seen == ["3班"] * 40 + ["2班"] * 40 + ["1班"] * 40
        created = {f.title: f for f in await kit.events(OrganisationCreatedV1) if f.level == "class"}
        assert {title: (f.position, f.version) for title, f in created.items()} == {"3班": (1, 1), "2班": (2, 1), "1班": (3, 1)}


@pytest.mark.feature("L-07")
async def test_other_services_get_a_position_that_a_class_receives_later_or_had_before_events_had_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1, class_title="1班", changed={"class_order": None})))
        await kit.receive(a_roster(Pupil(1, class_title="1班", changed={"class_order": 2})))
        await kit.receive(a_roster(Pupil(1, class_title="1班", changed={"class_order": 1})))

        async def published() -> list[tuple[int, int | None]]:
            return [(f.version, f.position) for f in await kit.events(OrganisationCreatedV1) if f.level == "class"]

        assert await published() == [(1, None), (2, 2)], "a school's order stays as it was first"
        async with kit.deps.db.transaction() as tx:  # as the migration finds it
            await tx.execute("UPDATE organisations SET position_published = false WHERE position IS NOT NULL")
        assert [await publish_positions(kit.deps) for _ in range(2)] == [1, 0]
        assert await published() == [(1, None), (2, 2), (3, 2)]


@pytest.mark.feature("L-08")
async def test_a_roster_without_a_column_leaves_its_values_and_an_empty_cell_clears_one(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1, changed={"student_number": "20250101"})))
        assert (await applied(kit, a_roster(Pupil(1, changed={"guardians": MISSING})))).unchanged == 1
        cleared = a_roster(Pupil(1, changed={"student_number": None}))
        assert (await planned(kit, cleared)).counts == {"values_cleared": 1}
        await kit.receive(cleared)
        [student] = (await kit.as_(an_administrator()).get("/students")).json["items"]
        assert student["student_number"] is None


@pytest.mark.feature("L-05")
async def test_a_search_finds_every_spelling_of_a_name(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1, name="买买提·阿不都"), Pupil(2, name="张\u3000𬭎"), Pupil(3, name="王\u2f29明")))
        admin = kit.as_(an_administrator())
        for typed, name in (
            ("阿不都", "买买提·阿不都"),
            ("提•阿", "买买提·阿不都"),
            ("张𬭎", "张𬭎"),
            ("王小", "王⼩明"),
            ("⼩明", "王⼩明"),
        ):
            assert [s["name"] for s in (await admin.post("/students/search", {"q": typed})).json["items"]] == [name], typed


@pytest.mark.feature("L-02")
async def test_another_name_on_a_number_is_asked_and_a_number_that_changed_hands_gets_a_new_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        phone = "13812345678"
        await kit.receive(a_roster(Pupil(1, guardian_phone=phone, guardian_name="赵陌生"), school=other))
        guardian = {"name": "张父", "relation": "父亲", "phone": phone}
        asked = await planned(kit, a_roster(Pupil(2, guardians=(guardian,))))
        assert [(q.field, q.code) for q in asked.questions] == [("guardian_1_phone", "phone_other_name")]
        assert "赵" not in str(asked)
        answer = await applied(kit, a_roster(Pupil(2, guardians=({**guardian, "number_reassigned": True},))))
        assert (answer.created, answer.problems) == (1, ())
        async with kit.deps.db.reading() as tx:
            holders = {r["username"]: r["name"] for r in await tx.fetch(
                "SELECT a.username, p.name FROM accounts a JOIN persons p ON p.id = a.person_id JOIN guardians g "
                "ON g.account_id = a.id"
            )}  # fmt: skip
        assert (len(holders), holders[phone]) == (2, "张父")
        assert "赵陌生" in holders.values()


@pytest.mark.feature("L-10")
async def test_a_claim_is_seen_by_both_schools_and_decided_above_them(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        claim = a_roster(Pupil(1, class_title="9班"), Pupil(2), school=other)
        checked = await planned(kit, claim)
        assert ([w.code for w in checked.warnings], checked.counts["claims"]) == (["student_elsewhere"] * 2, 2)
        assert (await applied(kit, claim)).changed == 2
        assert (await applied(kit, claim)).unchanged == 2
        opened = await kit.events(ClaimOpenedV1)
        assert {(e.school, e.held_by, e.decides) for e in opened} == {(other, SCHOOL, "jx.nc.dh")}
        here, there, above = (kit.as_(an_administrator(p)) for p in (SCHOOL, other, "jx.nc.dh"))
        for caller in (here, there, above):
            assert len((await caller.get("/claims")).json["items"]) == 2
        assert (await kit.as_(an_administrator("jx.nc.dh.s3")).get("/claims")).json["items"] == []
        first, second = sorted((await above.get("/claims")).json["items"], key=lambda c: c["student_name"])
        decision = {"decision": "move", "reason": "已转学"}
        for caller in (here, there):
            assert (await caller.post(f"/claims/{first['id']}/resolution", decision)).code == "claim_not_yours"
        assert (await above.post(f"/claims/{first['id']}/resolution", decision)).json["state"] == "moved"
        assert (await above.post(f"/claims/{first['id']}/resolution", decision)).code == "wrong_state"
        stays = {"decision": "stay", "reason": "仍在原校"}
        assert (await above.post(f"/claims/{second['id']}/resolution", stays)).json["state"] == "stays"
        assert [s["class_title"] for s in (await there.get("/students")).json["items"]] == ["9班"]
        assert {e.outcome for e in await kit.events(ClaimResolvedV1)} == {"moved", "stays"}
        for caller in (here, there):
            assert {"claim_filed", "claim_resolved"} <= {row["what"] for row in (await caller.get("/audit")).json["items"]}


@pytest.mark.feature("L-10")
async def test_a_move_settles_the_claim_to_the_student(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        await kit.receive(a_roster(Pupil(1)))
        await kit.receive(a_roster(Pupil(1), school=other))
        above = kit.as_(an_administrator("jx.nc.dh"))
        [student] = (await above.get("/students")).json["items"]
        moved = await above.post(
            f"/students/{student['id']}/move", {"path": f"{other}.g2025.c01", "reason": "转学"}, If_Match='"1"'
        )
        assert moved.status == 200
        assert [c["state"] for c in (await above.get("/claims")).json["items"]] == ["moved"]


@pytest.mark.feature("L-03")
async def test_the_registrar_corrects_number_and_document_of_one_student(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        admin = kit.as_(an_administrator())
        first = (await admin.get("/students")).json["items"][0]
        url, taken = f"/students/{first['id']}", {"registry_number": a_registry_number(2), "reason": "抄错"}
        assert (await admin.post(f"{url}/registry-number", taken, If_Match='"1"')).code == "registry_number_taken"
        wrong = taken | {"registry_number": "X1"}
        assert (await admin.post(f"{url}/registry-number", wrong, If_Match='"1"')).code == "registry_number_invalid"
        right = taken | {"registry_number": f" g{a_registry_number(7)[1:]} "}
        answer = await admin.post(f"{url}/registry-number", right, If_Match='"1"')
        assert (answer.status, answer.json["version"]) == (200, 2)
        assert (await admin.post(f"{url}/registry-number", right, If_Match='"1"')).code == "stale_version"
        passport = {"document_type": "passport", "id_number": "e12345678", "reason": "换证"}
        assert (await admin.post(f"{url}/document", passport, If_Match='"2"')).json["document_type"] == "passport"
        own = {"document_type": "resident_id", "id_number": an_id_number(2), "reason": "x"}
        assert (await admin.post(f"{url}/document", own, If_Match='"3"')).code == "id_number_taken"
        assert (await admin.post(f"{url}/document", own | {"id_number": "1"}, If_Match='"3"')).code == "id_number_invalid"
        none = {"document_type": "none", "reason": "证件遗失"}
        assert (await admin.post(f"{url}/document", none, If_Match='"3"')).json["document_type"] == "none"
        shown = (await admin.post(f"{url}/id-number", {"reason": "核对"})).json
        assert shown == {"id_number": None, "registry_number": a_registry_number(7)}
        enrolment = (await kit.events(StudentsEnrolledV1))[-1].students[0]
        assert (str(enrolment.student_id), enrolment.version) == (first["id"], 4)
        details = [
            r["detail"] for r in (await admin.get("/audit", subject=first["id"])).json["items"] if "reason" in r["detail"]
        ]
        assert {"抄错", "换证", "证件遗失"} <= {d["reason"] for d in details}
        assert "E12345678" not in str(details)
        far = kit.as_(an_administrator("jx.nc.dh.s2"))
        assert (await far.post(f"{url}/document", none, If_Match='"4"')).code == "not_found"


@pytest.mark.feature("L-01", "L-02")
async def test_a_teachers_mistyped_name_is_corrected_until_somebody_uses_the_account(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        await kit.receive(a_roster(Pupil(1), teachers=(a_class_teacher(name="李老帅"),)))
        assert (await applied(kit, a_roster(teachers=(a_class_teacher(),)))).changed == 1
        slips = await slips_of(kit, "staff", SCHOOL)
        session = await signed_in_with_password(kit, "13900000001", slips["13900000001"])
        assert session.json["account"]["name"] == "李老师"
        asked = await planned(kit, a_roster(teachers=(a_class_teacher(name="王老师"),)))
        assert [(q.sheet, q.code) for q in asked.questions] == [("teachers", "phone_other_name")]
        answered = a_roster(teachers=({**a_class_teacher(name="李老十"), "number_reassigned": False},))
        assert (await applied(kit, answered)).changed == 1
        hands = a_roster(teachers=({**a_class_teacher(name="王老师"), "number_reassigned": True},))
        assert (await applied(kit, hands)).created == 1
        assert [c["role"] for c in (await with_token(kit, session).get("/me")).json["cards"]] == ["class_teacher"]
