"""The contact sheet of a school: kept by its administrator, read and exported by the district, hidden from others (SH-12)."""

from io import BytesIO
from typing import Any

import pytest
from identity.adapters.contact_workbook import contact_workbook
from identity.domain.contacts import Contact, Sheet
from openpyxl import load_workbook
from servicekit.testing import an_actor

from .builders import an_administrator, an_identity
from .test_roles_of_schemes import BAOSHAN, CHANGSHA, two_schools

pytestmark = pytest.mark.feature("SH-12")
LINES = ["leader", "administrator", "auditor", "recorder"]
AUDITOR = {
    "line": "auditor",
    "name": "孙审",
    "post": "教导副主任",
    "phone": "+86 137-0000-5000",
    "qq": "123456",
    "note": "",
    "main": True,
}


async def test_the_school_keeps_its_sheet_and_staff_of_school_and_district_read_it(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        school = kit.as_(an_administrator(BAOSHAN))
        empty = (await school.get("/contacts")).json
        assert (empty["title"], [c["line"] for c in empty["contacts"]]) == ("宝山区初中学生综合素质评价工作联系信息表", LINES)
        for _ in range(2):
            assert (await school.put("/contacts", {"contacts": [AUDITOR]})).status == 200
        for actor in (
            an_administrator(BAOSHAN), an_actor("class_teacher", f"{BAOSHAN}.g2025.c01"), an_administrator("sh.sh.bs"),
            an_actor("auditor", "sh.sh.bs"),
        ):  # fmt: skip
            read = await kit.as_(actor).get("/contacts", path=BAOSHAN)
            kept = next(c for c in read.json["contacts"] if c["line"] == "auditor")
            assert (kept["line_title"], kept["phone"], kept["main"]) == ("校审核员", "13700005000", True), actor
        for actor, code in (
            (an_administrator("sh.sh"), "forbidden"),
            (an_actor("recorder", "sh.sh"), "forbidden"),
            (an_actor("student", f"{BAOSHAN}.g2025.c01"), "forbidden"),
            (an_actor("guardian", f"{BAOSHAN}.g2025.c01"), "forbidden"),
            (an_actor("auditor", "sh.sh.jd"), "not_found"),
            (an_actor("auditor", "sh.sh.bs.s2"), "not_found"),
        ):
            assert (await kit.as_(actor).get("/contacts", path=BAOSHAN)).code == code, actor
        assert (await kit.as_(an_administrator("sh.sh.bs")).put("/contacts", {"contacts": []})).code == "forbidden"
        assert (await kit.as_(an_administrator(CHANGSHA)).get("/contacts")).code == "not_found", "its scheme has no sheet"


async def test_every_wrong_cell_of_a_sheet_is_named_at_once(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        school = kit.as_(an_administrator(BAOSHAN))
        refused = await school.put(
            "/contacts",
            {
                "contacts": [
                    AUDITOR | {"phone": "137", "qq": "0"},
                    {"line": "recorder", "post": "教师", "main": True},
                    {"line": "cook", "name": "孙厨"},
                ]
            },
        )
        assert (refused.code, refused.json["rule"]) == ("invalid_input", "SH-12")
        assert [error["field"] for error in refused.json["errors"]] == [
            "contacts.0.phone", "contacts.0.qq", "contacts.1.name", "contacts.2.line", "contacts",
        ]  # fmt: skip
        assert all(not one["name"] for one in (await school.get("/contacts")).json["contacts"])


async def test_the_district_lists_the_sheets_of_its_schools_and_exports_them(parts: Any) -> None:
    async with an_identity(parts) as kit:
        await two_schools(kit)
        assert (await kit.as_(an_administrator(BAOSHAN)).put("/contacts", {"contacts": [AUDITOR]})).status == 200
        district = kit.as_(an_administrator("sh.sh.bs"))
        listed = (await district.get("/contacts/schools")).json
        assert [(one["path"], one["contacts"][2]["name"]) for one in listed["items"]] == [(BAOSHAN, "孙审")]
        address = await district.post("/contacts/export", {})
        assert address.status == 200
        trail = (await district.get("/audit")).json["items"]
        assert "contacts_exported" in [row["what"] for row in trail]


def test_the_workbook_has_the_shape_of_the_form_and_no_formula() -> None:
    leader, auditor = Contact("leader", "=1+1", "校长", main=True), Contact("auditor")
    data = contact_workbook([Sheet(BAOSHAN, "宝山一中", "联系信息表", ("校分管领导", "校审核员"), (leader, auditor))])
    page = load_workbook(BytesIO(data)).active
    rows = [[cell.value for cell in row] for row in page.iter_rows(min_row=2)]
    assert rows == [
        ["学校", "类别", "姓名", "职务", "手机", "QQ号码", "备注", "主要联系人"],
        ["宝山一中", "校分管领导", "=1+1", "校长", None, None, None, "√"],
        [None, "校审核员", None, None, None, None, None, None],
    ]
    assert page["C3"].data_type == "s"
