"""Applying a roster creates students, guardians and staff; applying it again changes nothing."""

import asyncio
from typing import Any

import pytest
from contracts.identity import (
    CardRevokedV1,
    IdentityBatchAppliedV1,
    OrganisationCreatedV1,
    StudentMovedV1,
    StudentsEnrolledV1,
)
from identity.domain import eid

from .builders import (
    CLASS,
    SCHOOL,
    Pupil,
    a_class_teacher,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    signed_in_with_password,
    slips_of,
    with_token,
)


@pytest.mark.feature("JX-16")
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
        assert all(eid.valid(s["eid"]) for s in listed)
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
        [third] = (await admin.get("/students", q="学生3")).json["items"]
        detail = (await admin.get(f"/students/{third['id']}")).json
        assert [g["phone"] for g in detail["guardians"]] == ["13811112222"]
        assert detail["id_number"] == an_id_number(3)[:3] + "*" * 11 + an_id_number(3)[-4:]


@pytest.mark.feature("JX-16")
async def test_a_guardian_whom_the_school_no_longer_names_loses_the_childs_card(parts: Any) -> None:
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
        [revoked] = await kit.events(CardRevokedV1)
        assert revoked.reason == "guardian_changed"
        assert (await with_token(kit, session).get("/me")).json["cards"] == []


async def test_invalid_rows_are_reported_and_the_others_applied(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        await kit.receive(a_roster(Pupil(1), Pupil(2)))
        await kit.receive(a_roster(Pupil(1), Pupil(7, id_number=an_id_number(2)), Pupil(8), school=other))
        applied = (await kit.events(IdentityBatchAppliedV1))[-1]
        assert [(p.row, p.code) for p in applied.problems] == [(3, "student_elsewhere"), (4, "id_number_taken")]
        assert applied.created == 1
        await kit.receive(a_roster(Pupil(9), school="jx.nc.dh.s9"))
        assert [p.code for p in (await kit.events(IdentityBatchAppliedV1))[-1].problems] == ["school_unknown"]


async def test_parallel_chunks_create_every_account_and_class_once(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        shared = [f"1380000{n:04d}" for n in range(1, 5)]
        here = [Pupil(n, guardian_phone=shared[n % 4], class_number=1 + n % 2) for n in range(1, 41)]
        there = [Pupil(n, guardian_phone=shared[n % 4]) for n in range(41, 81)]
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
