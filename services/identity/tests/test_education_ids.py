"""Education ids: their form, how guardians sign in with a child's, how a forgotten one is recovered (BJ-01, BJ-02)."""

from dataclasses import replace
from datetime import date, timedelta
from io import BytesIO
from typing import Any
from urllib.parse import urlsplit

import pytest
from contracts.identity import IdentityBatchAppliedV1
from identity.domain import eid
from identity.domain.initial_passwords import Link, StudentAnswer, accounts_rule, knows_student
from identity.domain.roster.known import Known
from identity.domain.roster.plan import make_plan
from openpyxl import load_workbook
from pydantic import ValidationError
from scheme import Scheme
from scheme.accounts import Accounts, EducationId, InitialPassword
from servicekit.testing import Answer, Kit, an_actor

from .builders import (
    Pupil,
    a_class_teacher,
    a_roster,
    an_administrator,
    an_id_number,
    an_identity,
    sign_in,
    signed_in_with_password,
    slips_of,
    solve_captcha,
    with_token,
)
from .test_roster_plan import a_row, an_organisation

SCHOOL = "bj.bj.hd.s1"
CLASS = f"{SCHOOL}.g2025.c01"
FORM = EducationId(digits=8, area=False, check_digit=False, imported=True, staff=True, guardian_suffix="p")
RULE = Accounts(
    education_id=FORM,
    initial_password=InitialPassword(birth_date=True, roles=("guardian",)),
    first_sign_in=("name", "guardian_phone"),
)
MOTHER, FATHER, TEACHER = "13800000321", "13800000322", "13900000001"
BORN = "20100101"
EID = "20250001"
PARENTS = (
    {"name": "李雷", "relation": "父亲", "phone": FATHER},
    {"name": "韩梅梅", "relation": "母亲", "phone": MOTHER},
)
PUPIL = Pupil(1, "李小溪", guardians=PARENTS, changed={"education_id": EID})
CHILD = {"name": "李小溪", "guardian_phone": MOTHER}


async def a_school(kit: Kit, *pupils: Pupil, teachers: tuple[dict[str, Any], ...] = ()) -> IdentityBatchAppliedV1:
    """A school of Beijing with these pupils, made if it is not there yet; what became of its roster."""
    if not (await kit.as_(an_actor("operator", "")).get("/organisations")).json["items"]:
        await _organisations(kit)
    await kit.receive(a_roster(*(pupils or (PUPIL,)), teachers=teachers, school=SCHOOL))
    return (await kit.events(IdentityBatchAppliedV1))[-1]


async def _organisations(kit: Kit) -> None:
    labels = SCHOOL.split(".")
    operator, admin = kit.as_(an_actor("operator", "")), kit.as_(an_administrator(labels[0]))
    for depth, label in enumerate(labels):
        sent = {"parent": ".".join(labels[:depth]), "code": label, "title": "海淀实验中学" if depth == 3 else label}
        sent |= {"scheme_id": "beijing"} if depth == 0 else {}
        assert (await (admin if depth else operator).post("/organisations", sent)).status == 201


async def eid_of(kit: Kit, name: str) -> str:
    async with kit.deps.db.reading() as tx:
        found: str = await tx.fetchval("SELECT eid FROM student_details WHERE name = $1", name)
    return found


async def enter(kit: Kit, username: str, password: str, student: dict[str, str] | None = None) -> Answer:
    return await kit.anonymous.post("/sessions", {"username": username, "password": password, "student": student})


@pytest.mark.feature("BJ-01")
def test_the_form_of_an_education_id_is_data_of_the_scheme() -> None:
    assert FORM.make(42) == "00000042"
    assert FORM.fits("20250001")
    assert not any(FORM.fits(text) for text in ("2025001", "202500011", "2025000a", "２０２５０００１"))
    assert EducationId().make(1, "360102") == "3601020000017"
    with pytest.raises(ValueError, match="cannot be made"):
        FORM.make(10**8)
    for wrong in ({"digits": 11}, {"digits": 12}, {"digits": 8}):
        with pytest.raises(ValidationError):
            EducationId(**wrong)


@pytest.mark.feature("BJ-01")
def test_a_birth_date_is_a_password_only_where_a_phone_number_is_asked_and_only_of_guardians() -> None:
    born = InitialPassword(birth_date=True, roles=("guardian",))
    for wrong in (
        {"first_sign_in": ("name",)},
        {"education_id": EducationId()},
        {"initial_password": InitialPassword(birth_date=True, roles=("student", "guardian"))},
    ):
        with pytest.raises(ValidationError):
            Accounts(**({"education_id": FORM, "initial_password": born, "first_sign_in": ("name", "guardian_phone")} | wrong))
    with pytest.raises(ValidationError, match="birth date"):
        InitialPassword(birth_date=True, last=6, roles=("guardian",))


@pytest.mark.feature("BJ-01", "L-01")
def test_the_birth_date_opens_the_account_only_together_with_the_id_of_the_same_child() -> None:
    scheme = Scheme.model_construct(accounts=RULE)
    first = Link("guardian", "李小溪", "female", "any", "2026.1", date(2010, 1, 1), EID, (MOTHER,))
    second = replace(first, name="李小海", born=date(2012, 5, 6), eid="20250002")
    linked = [(first, scheme), (second, scheme)]
    found = accounts_rule(linked, f"{EID}p", BORN)
    assert found is not None
    assert found.linked == (first,)
    assert accounts_rule(linked, "20250002p", BORN) is None, "the birth date of the other child"
    assert accounts_rule(linked, MOTHER, BORN) is None, "the phone number is no such login name"
    assert accounts_rule([*linked, (second, Scheme.model_construct(accounts=Accounts()))], f"{EID}p", BORN) is None
    assert not knows_student(StudentAnswer("李小溪", None, FATHER), found.linked, RULE)
    assert not knows_student(StudentAnswer("李小溪"), found.linked, RULE)
    assert not knows_student(StudentAnswer("李小海", None, MOTHER), found.linked, RULE)
    assert knows_student(StudentAnswer("李小溪", None, "+86 138 0000 0321"), found.linked, RULE)


@pytest.mark.feature("BJ-01", "L-04")
@pytest.mark.parametrize(
    ("form", "typed", "code"),
    [
        (FORM, "2025001", "education_id_form"),
        (FORM, "20259999", "education_id_taken"),
        (EducationId(), "3601020000017", "education_id_not_imported"),
    ],
)
def test_an_education_id_that_cannot_be_the_students_is_a_problem_of_its_cell(form: EducationId, typed: str, code: str) -> None:
    known = Known(an_organisation(SCHOOL, "一中"), education_id=form, education_ids=frozenset({"20259999"}))
    plan = make_plan([a_row(education_id=typed)], [], known)
    assert [(problem.field, problem.code) for problem in plan.problems] == [("education_id", code)]
    assert not plan.students


@pytest.mark.parametrize(
    ("typed", "found"),
    [
        ("20250001p", ("20250001", "p")),
        ("20250001P", ("20250001", "p")),
        ("20250001", None),
        ("u1234567890", None),
        ("p", None),
    ],
)
@pytest.mark.feature("BJ-01")
def test_a_guardians_login_name_is_an_id_and_a_suffix(typed: str, found: tuple[str, str] | None) -> None:
    assert eid.guardian_name(typed) == found


@pytest.mark.feature("BJ-01", "L-04")
async def test_ids_of_the_roster_are_kept_missing_ones_are_made_and_none_ever_changes(parts: Any) -> None:
    async with an_identity(parts) as kit:
        teacher = a_class_teacher(TEACHER) | {"education_id": "70000001"}
        others = (Pupil(2, "王一"), Pupil(3, "王二", changed={"education_id": EID}))
        applied = await a_school(kit, PUPIL, *others, teachers=(teacher, a_class_teacher("13900000002", "张老师")))
        assert [(p.row, p.code) for p in applied.problems] == [(5, "duplicate")]
        assert await eid_of(kit, "李小溪") == EID
        made = await eid_of(kit, "王一")
        assert FORM.fits(made)
        changed = Pupil(2, "王一", changed={"education_id": "20250009"})
        later = await a_school(kit, changed, Pupil(4, "王三", changed={"education_id": "70000001"}))
        assert [(p.row, p.code) for p in later.problems] == [(3, "education_id_differs"), (4, "education_id_taken")]
        assert await eid_of(kit, "王一") == made
        async with kit.deps.db.reading() as tx:
            ids = dict(await tx.fetch("SELECT username, education_id FROM accounts WHERE education_id IS NOT NULL"))
        assert ids[TEACHER] == "70000001"
        assert FORM.fits(ids["13900000002"])
        assert ids.keys() == {TEACHER, "13900000002"}
        # Another class, another status: the id and the names made of it stay.
        async with kit.deps.db.reading() as tx:
            student = await tx.fetchrow("SELECT id, version FROM students WHERE eid = $1", EID)
        assert student is not None
        await a_school(kit, Pupil(1, "李小溪", guardians=PARENTS, class_number=2))
        assert await eid_of(kit, "李小溪") == EID
        slip = (await slips_of(kit, "staff", SCHOOL, an_administrator(SCHOOL)))[TEACHER]
        signed = await signed_in_with_password(kit, "70000001", slip)
        assert signed.json["card"]["eid"] == "70000001"
        assert not (await sign_in(kit, "70000001", "Sunny-Day-7")).json["former_login_name"]


@pytest.mark.feature("BJ-01", "L-01")
async def test_parents_sign_in_by_the_childs_id_and_birth_date_each_to_an_account_of_their_own(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        asked = await enter(kit, f"{EID}p", BORN)
        assert (asked.code, asked.json["rule"], asked.json["fields"]) == (
            "student_check_required", "BJ-01", ["name", "guardian_phone"],
        )  # fmt: skip
        wrong = await enter(kit, f"{EID}p", BORN, {"name": "李小溪", "guardian_phone": "13800000999"})
        assert wrong.code == "student_check_wrong"
        first = await enter(kit, f"{EID}P", BORN, CHILD)
        assert first.status == 201, first.body
        assert first.json["must_change_password"]
        assert (first.json["account"]["name"], first.json["former_login_name"]) == ("韩梅梅", False)
        assert (await with_token(kit, first).put("/password", {"new": "Sunny-Day-7"})).status == 200
        # The mother's is used up; the father has his own.
        assert (await enter(kit, f"{EID}p", BORN, CHILD)).code == "student_check_wrong"
        second = await enter(kit, f"{EID}p", BORN, CHILD | {"guardian_phone": FATHER})
        assert second.json["account"]["name"] == "李雷"
        await with_token(kit, second).put("/password", {"new": "Cloudy-Day-8"})
        assert (await enter(kit, f"{EID}p", BORN, CHILD)).code == "bad_credentials"
        for password, name in (("Sunny-Day-7", "韩梅梅"), ("Cloudy-Day-8", "李雷")):
            again = await enter(kit, f"{EID}p", password)
            assert (again.json["account"]["name"], again.json["former_login_name"]) == (name, False)
            assert again.json["cards"] == [], "an account is not yet a child's card"
        # The card needs the proof of every deployment: the child's document, which a classmate does not know.
        proof = {"child_name": "李小溪", "child_id_number": an_id_number(2), "guardian_name": "李雷", "guardian_phone": FATHER}
        taken = await with_token(kit, again).post("/cards/child", proof | {"guardian_id_number": an_id_number(900)})
        assert taken.code == "child_unknown", taken.body
        async with kit.deps.db.reading() as tx:
            assert not await tx.fetchval("SELECT EXISTS (SELECT FROM audit WHERE detail::text ~ '20100101|20250001')")


@pytest.mark.feature("BJ-01", "L-01")
async def test_a_classmate_with_id_and_birth_date_gets_nowhere_and_a_month_later_nobody_does(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        for n in range(4):
            guess = {"name": "李小溪", "guardian_phone": f"1380000990{n}"}
            assert (await enter(kit, f"{EID}p", BORN, guess)).code == "student_check_wrong"
        ended = await enter(kit, f"{EID}p", BORN, {"name": "李小溪", "guardian_phone": "13800009909"})
        assert ended.code == "initial_password_ended"
        async with kit.deps.db.transaction() as tx:
            await tx.execute("DELETE FROM failures")
            await tx.execute("UPDATE credentials SET initial_failures = 0")
            await tx.execute("UPDATE accounts SET made_at = made_at - $1::interval", timedelta(days=31))
        assert (await enter(kit, f"{EID}p", BORN, CHILD)).code == "initial_password_ended"
        assert (await enter(kit, EID, BORN, CHILD)).code == "bad_credentials", "students have slips"


@pytest.mark.feature("BJ-02")
async def test_a_forgotten_id_is_shown_to_whoever_has_a_helpers_code_which_also_sets_the_password(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit)
        by_document = {"name": "李小溪", "id_number": an_id_number(1), "school": "海淀实验中学"}
        by_phone = {"name": "韩梅梅", "id_number": MOTHER, "school": "海淀实验中学"}
        asked = {}
        for about in (by_document, by_phone, by_phone | {"school": "另一中学"}, by_phone | {"name": "李雷"}):
            sent = await kit.anonymous.post(
                "/password-resets/without-login-name", about | {"captcha": await solve_captcha(kit)}
            )
            assert (sent.status, sent.json.keys()) == (202, {"id", "until"})
            asked[about["name"], about["school"]] = sent.json["id"]
        teacher = kit.as_(replace(an_actor("class_teacher", CLASS), name="王老师"))
        waiting = (await teacher.get("/password-resets")).json["items"]
        assert {one["name"] for one in waiting} == {"李小溪", "韩梅梅"}
        for name, login in (("李小溪", [EID]), ("韩梅梅", [MOTHER, f"{EID}p"])):
            reset = asked[name, "海淀实验中学"]
            nothing = await kit.anonymous.post(f"/password-resets/{reset}/login-name", {"code": "00000000"})
            assert nothing.code == "reset_code_wrong"
            given = await teacher.post(f"/password-resets/{reset}/code", {})
            shown = await kit.anonymous.post(f"/password-resets/{reset}/login-name", {"code": given.json["code"]})
            assert [one["name"] for one in shown.json["items"]] == login
            set_ = await kit.anonymous.post(
                f"/password-resets/{reset}/password", {"code": given.json["code"], "new": "Sunny-Day-7"}
            )
            assert set_.status == 204, set_.body
            signed = await sign_in(kit, login[-1], "Sunny-Day-7")
            assert signed.json["account"]["name"] == name
            assert any("查看了您的用户名" in one["text"] for one in signed.json["notices"])
        for key in (("韩梅梅", "另一中学"), ("李雷", "海淀实验中学")):
            assert (await teacher.post(f"/password-resets/{asked[key]}/code", {})).code == "not_found"
            wrong = await kit.anonymous.post(f"/password-resets/{asked[key]}/login-name", {"code": "12345678"})
            assert wrong.code == "reset_code_wrong"


async def sheet(kit: Kit, answer: Answer) -> list[tuple[Any, ...]]:
    assert answer.status == 200, answer.body
    got = await kit.client.get(urlsplit(answer.json["url"]).path.removeprefix("/api/identity"))
    return [tuple(row) for row in load_workbook(BytesIO(await got.read())).worksheets[0].iter_rows(values_only=True)]


@pytest.mark.feature("BJ-02")
async def test_class_teacher_and_registrar_export_the_ids_and_it_is_audited(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await a_school(kit, PUPIL, Pupil(2, "=王一", class_number=2), teachers=(a_class_teacher(TEACHER),))
        slip = (await slips_of(kit, "staff", SCHOOL, an_administrator(SCHOOL)))[TEACHER]
        await signed_in_with_password(kit, TEACHER, slip)
        teacher = kit.as_(an_actor("class_teacher", CLASS))
        own = await sheet(kit, await teacher.post("/students/education-ids", {}))
        assert own[0] == ("班级", "姓名", "教育ID", "家长用户名", "登记的家长")
        assert own[1:] == [("2025级 1班", "李小溪", EID, f"{EID}p", "李雷（父亲）、韩梅梅（母亲）")]
        assert (await teacher.post("/students/education-ids", {"path": SCHOOL})).code == "not_found"
        assert (await teacher.post("/staff/education-ids", {})).code == "forbidden"
        registrar = kit.as_(an_administrator(SCHOOL))
        assert {row[1] for row in await sheet(kit, await registrar.post("/students/education-ids", {}))} >= {"李小溪", "=王一"}
        staff = await sheet(kit, await registrar.post("/staff/education-ids", {}))
        assert staff[1][:2] == ("李老师", "班主任")
        assert FORM.fits(staff[1][3])
        async with kit.deps.db.reading() as tx:
            seen = await tx.fetch("SELECT detail FROM audit WHERE what = 'education_ids_exported'")
        assert len(seen) == 3
