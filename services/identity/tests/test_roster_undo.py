"""Undoing a roster takes back what nobody uses, and reports what stays and why (L-10)."""

from typing import Any

import pytest
from contracts.archive import ArchiveStudentsUsedV1
from contracts.identity import (
    ClaimResolvedV1,
    IdentityBatchAppliedV1,
    IdentityBatchRevertedV1,
    OrganisationRemovedV1,
    StudentsEnrolledV1,
    StudentsRemovalAskedV1,
    StudentStatusChangedV1,
)
from contracts.records import RecordsStudentsUsedV1
from identity.actions.cleanup import sweep

from .builders import (
    CLASS,
    SCHOOL,
    Pupil,
    a_class_teacher,
    a_registry_number,
    a_roster,
    a_tree,
    an_administrator,
    an_id_number,
    an_identity,
    an_undo,
    signed_in_with_password,
    slips_of,
    with_token,
)


async def undo(kit: Any, roster: Any, used: tuple[Any, ...] = ()) -> IdentityBatchRevertedV1:
    """Undo the roster; records has data of the students `used`, archive of none."""
    await kit.receive(an_undo(roster))
    for asked in await kit.events(StudentsRemovalAskedV1):
        if asked.batch_id == roster.batch_id:
            given = {"batch_id": asked.batch_id, "part": asked.part}
            await kit.receive(RecordsStudentsUsedV1(**given, students=tuple(u for u in used if u in asked.students)))
            await kit.receive(ArchiveStudentsUsedV1(**given, students=()))
    answer: IdentityBatchRevertedV1 = (await kit.events(IdentityBatchRevertedV1))[-1]
    assert answer.batch_id == roster.batch_id
    return answer


async def content(kit: Any) -> dict[str, list[Any]]:
    """The rows that a roster may change."""
    tables = {
        "persons": "SELECT id, name, sex, born, document_type, id_number_index FROM persons ORDER BY id",
        "accounts": "SELECT id, username, person_id FROM accounts ORDER BY id",
        "students": "SELECT id, registry_index, student_number, path::text, status FROM students ORDER BY id",
        "guardians": "SELECT student_id, account_id, name, relation, removed_at FROM guardians ORDER BY 1, 2",
        "cards": "SELECT account_id, role, path::text, student_id FROM cards WHERE revoked_at IS NULL ORDER BY id",
        "organisations": "SELECT path::text, title FROM organisations ORDER BY path",
        "former": "SELECT registry_index FROM former_registry_numbers WHERE false",
    }
    async with kit.deps.db.reading() as tx:
        return {name: [tuple(row) for row in await tx.fetch(sql)] for name, sql in tables.items()}


@pytest.mark.feature("L-10")
async def test_an_undone_roster_leaves_nothing_behind_and_the_right_one_can_be_imported(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        before = await content(kit)
        wrong = a_roster(Pupil(1), Pupil(2, class_title="实验5班"), teachers=(a_class_teacher(),))
        await kit.receive(wrong)
        await slips_of(kit, "guardians")  # printing slips is no use of an account
        await slips_of(kit, "staff", SCHOOL)
        answer = await undo(kit, wrong)
        assert (answer.removed, answer.restored, answer.kept) == (3, 0, ())
        assert await content(kit) == before
        assert {e.enrolment.status for e in await kit.events(StudentStatusChangedV1)} == {"left"}
        assert {e.path.rpartition(".")[2] for e in await kit.events(OrganisationRemovedV1)} == {"g2025", "c01", "x01"}
        await kit.receive(an_undo(wrong))  # once more changes nothing
        assert len(await kit.events(IdentityBatchRevertedV1)) == 1
        await kit.receive(a_roster(Pupil(1), Pupil(2), teachers=(a_class_teacher(),)))
        assert (await kit.events(IdentityBatchAppliedV1))[-1].created == 3
        trail = (await kit.as_(an_administrator()).get("/audit")).json["items"]
        assert {"roster_undone", "student_removed", "card_revoked"} <= {row["what"] for row in trail}


@pytest.mark.feature("L-10")
async def test_what_is_used_stays_and_is_reported(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        roster = a_roster(*(Pupil(n) for n in range(1, 6)), teachers=(a_class_teacher(),))
        await kit.receive(roster)
        admin = kit.as_(an_administrator())
        students = (await admin.get("/students")).json["items"]
        slips = await slips_of(kit, "guardians")
        session = await signed_in_with_password(kit, "13800000001", slips["13800000001"])
        body = {
            "child_name": "学生1", "child_id_number": an_id_number(1), "guardian_name": "家长1",
            "guardian_id_number": an_id_number(901), "guardian_phone": "13800000001",
        }  # fmt: skip
        assert (await with_token(kit, session).post("/cards/child", body)).status == 201
        one_time = await slips_of(kit, "students")
        await signed_in_with_password(kit, students[1]["eid"], one_time[students[1]["eid"]])
        await kit.receive(a_roster(Pupil(3, name="新名")))
        staff = await slips_of(kit, "staff", SCHOOL)
        await signed_in_with_password(kit, "13900000001", staff["13900000001"])
        fourth = next(s for e in await kit.events(StudentsEnrolledV1) for s in e.students if s.name == "学生4")
        answer = await undo(kit, roster, (fourth.student_id,))
        assert [(k.sheet, k.row, k.code) for k in answer.kept] == [
            ("students", 3, "undo_taken"), ("students", 4, "undo_taken"), ("students", 5, "undo_changed"),
            ("students", 6, "undo_records"), ("teachers", 3, "undo_card_used"),
        ]  # fmt: skip
        assert answer.removed == 1
        left = (await admin.get("/students")).json["items"]
        assert [s["name"] for s in left] == ["学生1", "学生2", "新名", "学生4"]
        assert [c["role"] for c in (await with_token(kit, session).get("/me")).json["cards"]] == ["guardian"]
        detail = (await admin.get(f"/students/{left[1]['id']}")).json
        assert len(detail["guardians"]) == 1


@pytest.mark.feature("L-10")
async def test_changes_are_restored_unless_somebody_changed_them_again(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        mother = {"name": "李母", "relation": "母亲", "phone": "13800000077"}
        father = {"name": "家长1", "relation": "母亲", "phone": "13800000001"}
        await kit.receive(a_roster(Pupil(1), Pupil(2), Pupil(3)))
        before = await content(kit)
        changes = a_roster(
            Pupil(1, registry=a_registry_number(7), guardians=(mother, {**father, "change": "remove"})),
            Pupil(2, id_number=an_id_number(8), class_title="9班", changed={"student_number": "9"}),
            Pupil(3, name="错名"),
        )
        await kit.receive(changes)
        assert await content(kit) != before
        answer = await undo(kit, changes)
        assert (answer.removed, answer.restored, answer.kept) == (0, 3, ())
        assert await content(kit) == before
        admin = kit.as_(an_administrator())
        first = (await admin.get("/students")).json["items"][0]
        assert (await admin.post(f"/students/{first['id']}/id-number", {"reason": "核对"})).json == {
            "id_number": an_id_number(1), "registry_number": a_registry_number(1),
        }  # fmt: skip
        again = a_roster(Pupil(3, name="错名"))
        await kit.receive(again)
        await kit.receive(a_roster(Pupil(3, name="对名")))
        answer = await undo(kit, again)
        assert ([k.code for k in answer.kept], answer.restored) == (["undo_changed"], 0)


@pytest.mark.feature("L-10")
async def test_undoing_a_roster_withdraws_its_claims(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other = "jx.nc.dh.s2"
        await a_tree(kit)
        await a_tree(kit, other)
        await kit.receive(a_roster(Pupil(1)))
        claim = a_roster(Pupil(1), school=other)
        await kit.receive(claim)
        answer = await undo(kit, claim)
        assert (answer.removed, answer.kept) == (1, ())
        [ended] = await kit.events(ClaimResolvedV1)
        assert ended.outcome == "withdrawn"
        assert [c["state"] for c in (await kit.as_(an_administrator(other)).get("/claims")).json["items"]] == ["withdrawn"]
        assert [s["path"] for s in (await kit.as_(an_administrator()).get("/students")).json["items"]] == [CLASS]


@pytest.mark.feature("L-10")
async def test_an_account_that_another_school_knows_stays(parts: Any) -> None:
    async with an_identity(parts) as kit:
        other, phone = "jx.nc.dh.s2", "13812345678"
        await a_tree(kit)
        await a_tree(kit, other)
        first = a_roster(Pupil(1, guardian_phone=phone, guardian_name="张母"))
        await kit.receive(first)
        await kit.receive(a_roster(Pupil(2, guardian_phone=phone, guardian_name="张母"), school=other))
        assert (await undo(kit, first)).removed == 1
        async with kit.deps.db.reading() as tx:
            assert await tx.fetchval("SELECT count(*) FROM guardians g JOIN accounts a ON a.id = g.account_id "
                                     "WHERE a.username = $1", phone) == 1  # fmt: skip


@pytest.mark.feature("L-10")
async def test_a_roster_that_changed_nothing_has_nothing_to_undo_and_an_old_one_is_kept(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_tree(kit)
        first, same = a_roster(Pupil(1)), a_roster(Pupil(1))
        await kit.receive(first)
        await kit.receive(same)
        answer = await undo(kit, same)
        assert (answer.removed, answer.restored, [k.code for k in answer.kept]) == (0, 0, ["undo_nothing"])
        async with kit.deps.db.transaction() as tx:
            await tx.execute("UPDATE roster_changes SET at = at - interval '400 days'")
        await sweep(kit.deps)
        assert [k.code for k in (await undo(kit, first)).kept] == ["undo_nothing"]
        assert len((await kit.as_(an_administrator()).get("/students")).json["items"]) == 1
