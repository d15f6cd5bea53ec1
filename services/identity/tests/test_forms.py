"""Confirmation forms: printed as a job, registered with by a parent, codes reset after misuse (NR-01, NR-02)."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
import pytest
from contracts.identity import AccountChangedV1, UploadCodesIssuedV1
from servicekit.auth import Actor
from servicekit.form_codes import digest, new_code, read_code
from servicekit.inspection import codes as inspection
from servicekit.inspection.page_drawing import draw
from servicekit.testing import Answer, Kit, an_actor

from .builders import CLASS, SCHOOL, Pupil, a_class_teacher, a_roster, an_administrator, an_identity, sign_in, with_token

NOBODY: tuple[dict[str, Any], ...] = ()
PASSWORD = "Sunny-Day-7"


@asynccontextmanager
async def a_school(parts: Any) -> AsyncIterator[Kit]:
    """A school under a scheme with verification: pupil 1 has a registered guardian, pupil 2 of another class has none."""
    async with an_identity(parts) as kit:
        operator = kit.as_(an_actor("operator", ""))
        first = {"parent": "", "code": "jx", "title": "北京市", "scheme_id": "beijing"}
        assert (await operator.post("/organisations", first)).status == 201
        admin = kit.as_(an_administrator("jx"))
        for parent, code in (("jx", "nc"), ("jx.nc", "dh"), ("jx.nc.dh", "s1")):
            assert (await admin.post("/organisations", {"parent": parent, "code": code, "title": code})).status == 201
        roster = a_roster(Pupil(1), Pupil(2, class_number=2, guardians=NOBODY), teachers=(a_class_teacher(),))
        await kit.receive(roster)
        yield kit


async def printed(kit: Kit, by: Actor, path: str = CLASS) -> bytes:
    """The PDF of the forms of a class or school."""
    caller = kit.as_(by)
    ordered = await caller.post("/form-prints", {"path": path})
    assert ordered.status == 201, ordered.body
    assert not ordered.json["done"]
    at = f"/form-prints/{ordered.json['id']}"
    assert (await caller.post(f"{at}/address")).code == "form_print_running"
    assert (await kit.as_(an_administrator()).get(at)).code == "not_found", "an order is its own account's"
    await kit.tick()
    shown = (await caller.get(at)).json
    assert shown["done"]
    assert shown["ready"] == shown["classes"]
    address = (await caller.post(f"{at}/address")).json
    _, _, path_of = address["url"].partition("/api/identity")
    answer = await kit.anonymous.call("GET", path_of)
    assert answer.status == 200
    return answer.body if isinstance(answer.body, bytes) else answer.body.encode()


def codes_of(pdf: bytes) -> list[dict[str, str]]:
    """What a camera reads on the two pages of each form."""
    pages = draw(pdf, 1, 50, 1000)
    found = []
    for at in range(0, len(pages), 2):
        read = [text.rpartition("#")[2] for page in pages[at : at + 2] for text in inspection.read(page, "image/webp")]
        found.append({kind: code for one in read if (parsed := read_code(one)) for kind, code in [parsed]})
    return found


async def register(kit: Kit, code: str, child: str, name: str, phone: str) -> Answer:
    return await kit.anonymous.post(
        "/registrations", {"code": code, "child_name": child, "name": name, "phone": phone, "password": PASSWORD}
    )


def a_teacher(path: str = CLASS) -> Actor:
    return an_actor("class_teacher", path)


async def student_id(kit: Kit, name: str = "学生1") -> str:
    rows = (await kit.as_(an_administrator()).get("/form-codes", path=SCHOOL)).json["items"]
    return next(str(row["student_id"]) for row in rows if row["name"] == name)


@pytest.mark.feature("NR-01", "NR-02")
async def test_from_the_printed_form_to_a_parent_who_sees_the_child(parts: Any) -> None:
    async with a_school(parts) as kit:
        pdf = await printed(kit, an_administrator(), SCHOOL)
        assert len(pypdfium2.PdfDocument(pdf)) == 4
        (first, second) = codes_of(pdf)
        assert len({*first.values(), *second.values()}) == 4, "two codes of each student, all different"
        [issued] = [
            one
            for event in await kit.events(UploadCodesIssuedV1)
            for one in event.codes
            if one.digest == digest(first["upload"])
        ]
        assert str(issued.student_id) == await student_id(kit)
        assert codes_of(await printed(kit, a_teacher())) == [first], "printing again keeps the codes"

        assert (await register(kit, first["upload"], "学生1", "家长1", "13800000001")).code == "registration_code_wrong"
        assert (await register(kit, first["registration"], "学生2", "家长1", "13800000001")).code == "person_mismatch"
        assert (await register(kit, first["registration"], "学生1", "路人", "13800000001")).code == "person_mismatch"
        assert (await register(kit, first["registration"], "学生1", "家长1", "13900000077")).code == "guardian_unknown"
        answer = await register(kit, first["registration"], "学生1", "家长1", "13800000001")
        assert answer.status == 201, answer.body
        session = await sign_in(kit, answer.json["username"], PASSWORD)
        [card] = session.json["cards"]
        assert (card["role"], card["student_name"]) == ("guardian", "学生1")
        assert (await register(kit, first["registration"], "学生1", "家长1", "13800000001")).code == "registration_code_used"
        assert (await register(kit, second["registration"], "学生2", "陌生家长", "13800000001")).code == "account_exists"

        rows = (await kit.as_(a_teacher()).get("/form-codes")).json["items"]
        assert [(row["name"], row["registered"]) for row in rows] == [("学生1", "家长1")]
        assert first["registration"] not in str(rows)
        assert first["upload"] not in str(rows)


@pytest.mark.feature("NR-02", "L-01")
async def test_a_misused_code_is_reset_and_who_misused_it_loses_the_card_and_is_told(parts: Any) -> None:
    async with a_school(parts) as kit:
        second = codes_of(await printed(kit, an_administrator(), SCHOOL))[1]
        assert (await register(kit, second["registration"], "学生2", "误用的家长", "13900000088")).status == 201
        session = await sign_in(kit, "13900000088", PASSWORD)
        held = with_token(kit, session)
        assert len((await held.get("/me")).json["cards"]) == 1
        at = f"/students/{await student_id(kit, '学生2')}/form-codes/reset"
        order = {"kind": "registration", "reason": "被同学家长误用", "misused": True}
        assert (await kit.as_(a_teacher()).post(at, order)).code == "not_found", "the teacher of another class"
        assert (await kit.as_(an_actor("subject_teacher", f"{SCHOOL}.g2025.c02")).post(at, order)).code == "forbidden"
        assert (await kit.as_(a_teacher(f"{SCHOOL}.g2025.c02")).post(at, order)).status == 204
        assert (await with_token(kit, await sign_in(kit, "13900000088", PASSWORD)).get("/me")).json["cards"] == []
        assert "guardian_removed" in {event.what for event in await kit.events(AccountChangedV1)}
        assert (await register(kit, second["registration"], "学生2", "真家长", "13900000099")).code == "registration_code_wrong"
        again = codes_of(await printed(kit, an_administrator(), f"{SCHOOL}.g2025.c02"))[0]
        assert again["upload"] == second["upload"], "the other code stays"
        assert (await register(kit, again["registration"], "学生2", "真家长", "13900000099")).status == 201
        assert (
            await kit.as_(an_administrator()).post(at, {"kind": "upload", "reason": "弄丢", "misused": True})
        ).code == "code_unused"
        audit = (await kit.as_(an_administrator()).get("/audit", what="form_code_reset")).json["items"]
        assert len(audit) == 1


@pytest.mark.feature("NR-02", "L-01")
async def test_somebody_with_an_account_adds_a_child_by_code_and_guessing_has_to_wait(parts: Any) -> None:
    async with a_school(parts) as kit:
        first, second = codes_of(await printed(kit, an_administrator(), SCHOOL))
        assert (await register(kit, first["registration"], "学生1", "家长1", "13800000001")).status == 201
        parent = with_token(kit, await sign_in(kit, "13800000001", PASSWORD))
        taken = await parent.post("/cards/by-code", {"code": second["registration"], "child_name": "学生2"})
        assert [card["student_name"] for card in taken.json["cards"]] == ["学生1", "学生2"]
        wrong = {"code": new_code("registration"), "child_name": "学生2"}
        outcomes = [(await parent.post("/cards/by-code", wrong)).code for _ in range(7)]
        assert outcomes[0] == "registration_code_wrong"
        assert outcomes[-1] == "too_many_requests"
        for _ in range(5):
            await register(kit, new_code("registration"), "学生1", "家长1", "13800000001")
        assert (await register(kit, new_code("registration"), "学生1", "家长1", "13800000001")).code == "captcha_required"
