"""Photographed forms: matched by the code in the picture, whoever uploads them; and how far every level is (NR-02 to NR-04)."""

import io
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest
import segno
from archive.actions.form_counts import recount
from archive.store import form_counts
from contracts.archive import SignedFormReturnedV1, SignedFormsRemindedV1
from contracts.identity import StudentMovedV1, StudentStatusChangedV1, UploadCode, UploadCodesIssuedV1
from PIL import Image
from servicekit import counters
from servicekit.form_codes import digest, new_code
from servicekit.testing import Answer, Caller, an_actor

from .filed import uploaded
from .scored import CLASS, DISTRICT, OTHER, SCHOOL, ScoredSchool, a_scored_school, staff

MADE_UP = Path(__file__).parents[3] / "tests" / "browser" / "schemes"


def a_photo(*codes: str, turned: float = 6) -> bytes:
    """A page with these QR codes, photographed askew and compressed."""
    page = Image.new("RGB", (1000, 1400), "white")
    for number, code in enumerate(codes):
        out = io.BytesIO()
        segno.make(code, error="h", micro=False).save(out, kind="png", scale=6, border=4)
        page.paste(Image.open(out).convert("RGB"), (700, 80 + number * 500))
    made = io.BytesIO()
    page.rotate(turned, expand=True, fillcolor="#777777").save(made, "JPEG", quality=70)
    return made.getvalue()


async def with_codes(school: ScoredSchool) -> list[str]:
    """Everybody's upload code, issued."""
    codes = [new_code("upload") for _ in school.students]
    await issued(school, codes)
    return codes


async def issued(school: ScoredSchool, codes: list[str], serial: int = 1) -> None:
    rows = [
        UploadCode(student_id=who.student_id, digest=digest(code), serial=serial)
        for who, code in zip(school.students, codes, strict=False)
    ]
    await school.kit.receive(UploadCodesIssuedV1(school=SCHOOL, codes=tuple(rows)))


async def send(school: ScoredSchool, caller: Caller, photo: bytes, **more: Any) -> Answer:
    """Upload a photo of a form and file it."""
    file_id = await uploaded(caller, photo, "IMG_1.jpg", "image/jpeg", "signed-form-files")
    return await caller.post(f"/terms/{school.term_id}/signed-forms", {"file_ids": [file_id], **more})


async def counted(school: ScoredSchool, path: str) -> tuple[int, int]:
    """Students and uploaded forms of an organisation, as its administrator or class teacher sees them."""
    role = "class_teacher" if path.count(".") == 5 else "administrator"
    answer = await school.kit.as_(staff(role, path)).get("/form-completion")
    assert answer.status == 200, answer.body
    return answer.json["own"]["students"], answer.json["own"]["uploaded"]


async def waiting(caller: Caller) -> list[str]:
    """What the home screen says about the form."""
    return [one["title"] for one in (await caller.get("/home")).json["todo"] if one["id"] == "form_to_upload"]


async def need_right_counters(school: ScoredSchool) -> None:
    """Counters are the sums of the students, before and after waiting changes are added to them."""
    async with school.kit.deps.db.reading() as tx:
        assert await form_counts.wrong(tx) == []
    async with school.kit.deps.db.transaction() as tx:
        await counters.fold(school.kit.deps, tx, "", {})
        assert await tx.fetchval("SELECT count(*) FROM counter_changes") == 0
        assert (await form_counts.wrong(tx), await counters.wrong(tx, form_counts.FORMS)) == ([], [])


@pytest.mark.feature("NR-03", "NR-04")
async def test_a_parent_uploads_the_signed_form_and_every_level_sees_one_more(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.kit.tick()
        parent = school.guardian(0)
        assert await waiting(parent) == [], "nothing was printed"
        codes = await with_codes(school)
        assert [await counted(school, path) for path in ("bj", DISTRICT, SCHOOL, CLASS)] == [(3, 0), (3, 0), (3, 0), (2, 0)]
        assert await waiting(parent) == ["学生基础信息确认表待签字上传"]
        assert [await waiting(who) for who in (school.student(0), school.teacher)] == [[], []], "the parent signs"
        filed = await send(school, parent, a_photo(codes[0], turned=11))
        assert filed.status == 201, filed.body
        assert (filed.json["form"]["matched"], filed.json["form"]["state"]) == ("picture", "filed")
        assert [await counted(school, path) for path in ("bj", DISTRICT, SCHOOL, CLASS)] == [(3, 1), (3, 1), (3, 1), (2, 1)]
        assert (await waiting(parent), len(await waiting(school.guardian(1)))) == ([], 1)
        assert (await send(school, parent, a_photo(codes[0]))).status == 201, "a better photo replaces it"
        assert await counted(school, SCHOOL) == (3, 1)
        rows = (await parent.get(f"/students/{school.id(0)}/signed-forms")).json["items"]
        assert [row["form"]["state"] for row in rows] == ["filed", "replaced"]

        at = f"/students/{school.id(0)}/signed-forms/{rows[0]['form']['id']}/photos/1"
        district = school.kit.as_(staff("administrator", DISTRICT))
        other_teacher = school.kit.as_(staff("class_teacher", OTHER))
        assert [(await who.get(at)).status for who in (parent, school.student(0), school.teacher, school.admin)] == [200] * 4
        assert {(await who.get(at)).code for who in (school.guardian(1), other_teacher)} == {"not_found"}
        assert (await district.get(at)).code == "forbidden", "levels above count forms and see none"
        async with school.kit.deps.db.reading() as tx:
            looks = await tx.fetchval("SELECT count(*) FROM audit WHERE what = 'signed_form.seen'")
        assert looks == 2, "both staff, not the family"

        page = (await district.get("/form-completion")).json
        assert [(one["title"], one["students"], one["uploaded"]) for one in page["below"]] == [("北京市海淀区实验学校", 3, 1)]
        missing = (await school.teacher.get(f"/terms/{school.term_id}/signed-forms", state="missing")).json["items"]
        assert [one["student_id"] for one in missing] == [school.id(1)]
        reminded = await school.teacher.post(f"/terms/{school.term_id}/signed-forms/reminder", {"path": CLASS})
        assert reminded.json == {"families": 1}
        [event] = await school.kit.events(SignedFormsRemindedV1)
        assert event.students == (school.students[1].student_id,)
        again = await school.admin.post(f"/terms/{school.term_id}/signed-forms/reminder", {"path": CLASS})
        assert (again.code, again.json["rule"]) == ("reminded_already", "NR-03"), "whoever reminds"
        rest = await school.admin.post(f"/terms/{school.term_id}/signed-forms/reminder", {"path": SCHOOL})
        assert rest.json == {"families": 1}, "of the other class"

        form_id = rows[0]["form"]["id"]
        assert (await other_teacher.post(f"/signed-forms/{form_id}/return", {"reason": "没有签字"})).code == "not_found"
        back = await school.teacher.post(f"/signed-forms/{form_id}/return", {"reason": "没有签字"})
        assert back.json["form"]["state"] == "returned"
        assert await counted(school, "bj") == (3, 0)
        assert await waiting(parent) == ["学生基础信息确认表被退回，请重新上传"]
        assert len(await school.kit.events(SignedFormReturnedV1)) == 1
        await need_right_counters(school)


@pytest.mark.feature("NR-02", "NR-03")
async def test_a_form_is_filed_with_nobody_but_its_own_student(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.kit.tick()
        codes = await with_codes(school)
        parent = school.guardian(0)
        other = await send(school, parent, a_photo(codes[1]), by_eye=True)
        assert other.code == "form_of_other"
        assert school.students[1].name not in str(other.body)
        assert (await send(school, parent, a_photo())).code == "form_unreadable"
        assert (await send(school, parent, a_photo(), by_eye=True)).code == "form_unreadable", "only staff look"
        assert (await send(school, parent, a_photo(new_code("upload")))).code == "form_code_old"
        assert (await send(school, parent, a_photo(), code=codes[1])).code == "upload_code_wrong", "another child's code, typed"
        assert (await send(school, parent, a_photo(new_code("registration")), code=codes[0])).status == 201

        away = school.kit.as_(staff("class_teacher", "bj.bj.hd.s2.g2024.c01"))
        assert (await send(school, away, a_photo(codes[0]))).code == "not_found", "a term of another school"
        beside = school.kit.as_(staff("class_teacher", OTHER))
        hidden = await send(school, beside, a_photo(codes[0]), student_id=school.id(2))
        assert (hidden.code, school.students[0].name in str(hidden.body)) == ("form_of_stranger", False)
        offered = await send(school, school.admin, a_photo(codes[0]), student_id=school.id(2))
        assert offered.code == "form_of_other"
        assert offered.json["student"]["student_id"] == school.id(0)
        assert (await send(school, school.admin, a_photo(codes[2]))).json["student_id"] == school.id(2), "sorted by the code"
        assert (await send(school, school.admin, a_photo(codes[0], codes[1]))).code == "form_of_two"
        by_eye = await send(school, school.teacher, a_photo(), student_id=school.id(1), by_eye=True)
        assert by_eye.json["form"]["matched"] == "by_eye"
        assert await counted(school, SCHOOL) == (3, 3)

        await issued(school, [new_code("upload")], serial=2)
        await issued(school, codes[:1], serial=1)
        assert (await send(school, parent, a_photo(codes[0]))).code == "form_code_old", "reset; the older event changes nothing"
        guessed = [(await send(school, parent, a_photo(), code=new_code("upload"))).code for _ in range(11)]
        assert guessed[0] == "upload_code_wrong"
        assert guessed[-1] == "too_many_requests"
        await need_right_counters(school)


@pytest.mark.feature("NR-04")
async def test_counters_follow_students_who_move_and_leave_and_survive_replays(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        codes = await with_codes(school)
        assert (await send(school, school.guardian(0), a_photo(codes[0]))).status == 201, "before anybody was counted"
        await school.kit.tick()
        who = school.students[0]
        moved = who.model_copy(update={"path": OTHER, "version": 2})
        for _ in range(2):
            await school.kit.receive(StudentMovedV1(student_id=who.student_id, from_path=CLASS, enrolment=moved))
        assert [await counted(school, path) for path in (SCHOOL, CLASS, OTHER)] == [(3, 1), (1, 0), (2, 1)]
        gone = moved.model_copy(update={"status": "left", "version": 3})
        await school.kit.receive(StudentStatusChangedV1(student_id=who.student_id, enrolment=gone))
        assert [await counted(school, path) for path in ("bj", OTHER)] == [(2, 0), (1, 0)]
        await school.kit.receive(StudentStatusChangedV1(student_id=who.student_id, enrolment=moved))
        assert await counted(school, "bj") == (2, 0), "an older version changes nothing"
        async with school.kit.deps.db.transaction() as tx:
            await counters.fold(school.kit.deps, tx, "", {})
            await tx.execute("UPDATE counters SET count = count + 1 WHERE path = $1 AND item = 'students'", SCHOOL)
            assert await form_counts.wrong(tx) == [("2026-2027", SCHOOL)], "the check notices a counter that is wrong"
            await tx.execute("UPDATE counters SET count = count - 1 WHERE path = $1 AND item = 'students'", SCHOOL)
        await need_right_counters(school)
        assert (await school.kit.as_(an_actor("administrator", "jx")).get("/form-completion", path="bj")).code == "not_found"


@pytest.mark.feature("NR-04")
async def test_uploads_of_two_classes_and_of_one_do_not_wait_for_each_other(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.kit.tick()
        deps, today = school.kit.deps, school.kit.deps.now().date()
        async with AsyncExitStack() as stack:
            for one in school.students:  # all three at once: two of a class, one of another
                tx = await stack.enter_async_context(deps.db.transaction(apart=True))
                await tx.execute("SET LOCAL lock_timeout = '1s'")
                await tx.execute(FILED, one.student_id, one.path, school.term_id)
                await recount(tx, [one.student_id], today)
        assert [await counted(school, path) for path in ("bj", CLASS, OTHER)] == [(3, 3), (2, 2), (1, 1)]
        await need_right_counters(school)
        assert [await counted(school, path) for path in ("bj", CLASS, OTHER)] == [(3, 3), (2, 2), (1, 1)]


@pytest.mark.feature("NR-03", "NR-04", "X-01")
async def test_forms_of_a_deployment_that_does_not_exist_follow_its_own_words_and_roles(parts: Any) -> None:
    async with a_scored_school(parts, scheme_id="made_up", schemes=MADE_UP) as school:
        await school.kit.tick()
        codes = await with_codes(school)
        parent, photo = school.guardian(0), a_photo(codes[0])
        refused = await send(school, school.admin, photo)
        assert (refused.code, "由船长、家人上传" in refused.json["detail"]) == ("forbidden", True), (
            "the harbour master is not named"
        )
        files = [await uploaded(parent, photo, f"{n}.jpg", "image/jpeg", "signed-form-files") for n in range(2)]
        many = await parent.post(f"/terms/{school.term_id}/signed-forms", {"file_ids": files})
        assert (many.code, "一份确认表最多1张照片" in str(many.body.decode())) == ("invalid_input", True)
        for who in (parent, school.teacher, parent):
            assert (await send(school, who, photo)).status == 201, "the same form again, also by two persons"
        rows = (await parent.get(f"/students/{school.id(0)}/signed-forms")).json["items"]
        assert [(row["form"]["state"], row["form"]["by_family"]) for row in rows] == [
            ("filed", True), ("replaced", False), ("replaced", True),
        ]  # fmt: skip
        assert [await counted(school, path) for path in ("bj", CLASS)] == [(3, 1), (2, 1)]
        await need_right_counters(school)


FILED = """
INSERT INTO signed_forms (id, school_year, term_id, student_id, path, matched, account_id, author_name, author_role, at)
VALUES (gen_random_uuid(), '2026-2027', $3::text::uuid, $1, $2, 'by_eye', gen_random_uuid(), '陈老师', 'class_teacher', now())
"""
