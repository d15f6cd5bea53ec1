"""People and classes as schools really have them, through the gateway: numbers, documents, titles, two schools, undoing."""

import io
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from demo.client import Gateway, Refused, User
from demo.scale import until
from demo.steps import batches, organisations
from demo.steps.organisations import slips
from demo.world import PASSWORD, World
from openpyxl import Workbook
from people.documents import check_digit
from stack.platform import Platform

from tests.world import region
from tests.world.builders import hire
from tests.world.region import Region

RUN = 49


@dataclass
class Schools:
    """Two schools of one district, with their administrators and the district's."""

    district: User
    first: User
    second: User


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def schools(platform: Platform) -> AsyncIterator[Schools]:
    """A province of its own."""
    gateway, password = Gateway.to(platform.gateway_url), platform.keyring.operator_password
    world = World(gateway, RUN, RUN, User(gateway, "operator", password, "平台运维"), password)
    await organisations.sign_in_operator(world)
    made = Region(world, {"operator": world.operator})
    province = await region.create_province(made, "ro", "@above")
    city = await region.create_organisation(province, "ro", "nc", "南昌市")
    office = await hire(province, "administrator", city, "市管理员")
    district = await region.create_district(made, office, city, "dh", "@above")
    paths = [
        await region.create_organisation(district, "ro.nc.dh", code, title) for code, title in (("s1", "一中"), ("s2", "二中"))
    ]
    first, second = [await hire(district, "administrator", path, "校管理员") for path in paths]
    yield Schools(district, first, second)
    await gateway.http.close()


def an_id(n: int, born: str = "20100405") -> str:
    """The n-th resident ID number of this journey."""
    body = f"360702{born}{n:03d}"
    return body + check_digit(body)


def a_registry(n: int, letter: str = "G") -> str:
    return f"{letter}36070220100405{n:04d}"


def a_pupil(n: int, **changed: Any) -> dict[str, Any]:
    """A row of the sheet 学生; None leaves a cell empty."""
    return {
        "全国学籍号": a_registry(n), "姓名": f"学生{n}", "性别": "男" if n % 2 else "女", "身份证件类型": "居民身份证",
        "身份证件号": an_id(n), "入学年份": "2025级", "班级": "5班", "监护人姓名": f"家长{n}", "监护人关系": "父亲",
        "监护人手机号": f"1370000{n:04d}",
    } | changed  # fmt: skip


def workbook(pupils: Sequence[dict[str, Any]], teachers: Sequence[dict[str, Any]] = ()) -> bytes:
    """A workbook as a school's own program writes it."""
    book = Workbook()
    for sheet, rows in (("学生", pupils), ("教师", teachers)):
        if rows:
            page = book.create_sheet(sheet)
            headings = list(dict.fromkeys(name for row in rows for name in row))
            page.append(headings)
            for row in rows:
                page.append([row.get(name) for name in headings])
    book.remove(book.worksheets[0])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


async def checked(by: User, pupils: Sequence[dict[str, Any]], teachers: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The dry run, with its findings."""
    path = by.session["card"]["path"]
    return await batches.check(by, "roster", path, "名册.xlsx", workbook(pupils, teachers))


async def imported(by: User, pupils: Sequence[dict[str, Any]], teachers: Sequence[dict[str, Any]] = ()) -> dict[str, Any]:
    """The roster after its commit."""
    batch = await checked(by, pupils, teachers)
    assert batch["may_commit"], [batch[name] for name in ("code", "message", "problems", "questions")]
    done = await batches.commit(by, batch, "名册")
    assert (done["state"], done["not_applied"]) == ("applied", 0), done
    return done


async def students(by: User) -> list[dict[str, Any]]:
    return await by.everything("/identity/students")


async def audited(by: User) -> set[str]:
    return {row["what"] for row in await by.everything("/identity/audit")}


@pytest.mark.feature("L-03", "L-07", "L-10")
async def test_a_school_starts_with_the_people_and_classes_that_it_has(schools: Schools) -> None:
    school = schools.first
    twins = {"监护人姓名": "双母", "监护人关系": "母亲", "监护人手机号": "13700009001"}
    abroad = {"监护人姓名": "陈父", "监护人关系": "父亲", "监护人手机号": "+852 9123 4567"}
    none = {"监护人姓名": None, "监护人关系": None, "监护人手机号": None}
    teaches = {"监护人姓名": "李老师", "监护人关系": "母亲", "监护人手机号": "13700009002"}
    pupils = [
        a_pupil(1, 班级="实验5班", **twins),
        a_pupil(2, 班级="普通5班", **twins),
        a_pupil(3, 班级="5班", 身份证件类型="护照", 身份证件号="E12345678", 出生日期="2010-03-04", **abroad),
        a_pupil(4, 班级="701", 身份证件类型="无", 身份证件号=None, 出生日期="2010-03-04", **none),
        a_pupil(5, 班级="国际部A班", 姓名="张　𬭎", **teaches),
        a_pupil(6, 班级="国际部A班", 姓名="张𬭎"),
        a_pupil(7, 班级="（5）班", 全国学籍号=a_registry(7, "L")),
    ]
    teacher = {"姓名": "李老师", "手机号": "13700009002", "角色": "班主任", "入学年份": "2025级", "班级": "实验（5）班"}
    done = await imported(school, pupils, [teacher])
    assert done["created"] == 8
    found = await students(school)
    assert [s["class_title"] for s in found] == ["实验5班", "普通5班", "5班", "5班", "701", "国际部A班", "国际部A班"]
    assert [s["name"] for s in found if s["class_title"] == "国际部A班"] == ["张𬭎", "张𬭎"]
    listed = await school.everything("/identity/organisations", under=school.session["card"]["path"])
    assert [o["title"] for o in listed if o["level"] == "class"] == ["实验5班", "普通5班", "5班", "701", "国际部A班"]
    again = await checked(school, pupils, [teacher])
    assert (again["problem_count"], again["rows_good"]) == (0, 8)
    done = await batches.commit(school, again, "名册")
    assert (done["created"], done["changed"], done["unchanged"]) == (0, 0, 8)
    given = {slip["username"]: slip["password"] for slip in await slips(school, school.session["card"]["path"], "staff")}
    user = User(school.gateway, "13700009002", given["13700009002"], "李老师")
    await user.first_sign_in(PASSWORD)
    proof = {
        "child_name": "张𬭎", "child_id_number": an_id(5), "guardian_name": "李 老师",
        "guardian_id_number": an_id(905, "19800101"), "guardian_phone": "13700009002",
    }  # fmt: skip
    taken = await user.post("/identity/cards/child", proof)
    assert sorted(card["role"] for card in taken["cards"]) == ["class_teacher", "guardian"]


@pytest.mark.feature("L-03", "L-10")
async def test_a_provisional_number_is_replaced_and_a_mistyped_one_corrected(schools: Schools) -> None:
    school = schools.first
    await imported(school, [a_pupil(21, 全国学籍号=a_registry(21, "L")), a_pupil(22)])
    batch = await checked(school, [a_pupil(21), a_pupil(22, 身份证件号=an_id(922))])
    assert (batch["problem_count"], batch["may_commit"]) == (0, True), batch
    done = await batches.commit(school, batch, "名册")
    assert (done["changed"], done["not_applied"]) == (2, 0)
    by_name = {s["name"]: s for s in await students(school)}
    shown = [
        await school.post(f"/identity/students/{by_name[n]['id']}/id-number", {"reason": "核对"}) for n in ("学生21", "学生22")
    ]
    assert [(s["registry_number"], s["id_number"]) for s in shown] == [
        (a_registry(21), an_id(21)), (a_registry(22), an_id(922)),
    ]  # fmt: skip
    assert {"registry_number_changed", "document_changed"} <= await audited(school)
    mixed = await checked(school, [a_pupil(23, 全国学籍号=a_registry(21))])
    assert (mixed["problem_count"], mixed["may_commit"]) == (1, False)


@pytest.mark.feature("L-03")
async def test_the_registrar_corrects_one_student(schools: Schools) -> None:
    school = schools.first
    await imported(school, [a_pupil(31)])
    [student] = [s for s in await students(school) if s["name"] == "学生31"]
    url = f"/identity/students/{student['id']}"
    body = {"registry_number": a_registry(39), "reason": "抄错一位"}
    changed = await school.post(f"{url}/registry-number", body, **{"If-Match": f'"{student["version"]}"'})
    document = {"document_type": "hong_kong_macao_permit", "id_number": "H12345678", "reason": "换证"}
    changed = await school.post(f"{url}/document", document, **{"If-Match": f'"{changed["version"]}"'})
    assert changed["document_type"] == "hong_kong_macao_permit"
    shown = await school.post(f"{url}/id-number", {"reason": "核对"})
    assert shown == {"id_number": "H12345678", "registry_number": a_registry(39)}
    with pytest.raises(Refused) as refused:
        await schools.second.post(f"{url}/document", document, **{"If-Match": '"1"'})
    assert refused.value.status == 404


@pytest.mark.feature("L-09")
async def test_the_mother_is_added_and_the_father_loses_nothing_until_the_school_says_so(schools: Schools) -> None:
    school = schools.second
    await imported(school, [a_pupil(41)])
    path = (await students(school))[0]["path"]
    given = {slip["username"]: slip["password"] for slip in await slips(school, path, "guardians")}
    father = User(school.gateway, "13700000041", given["13700000041"], "家长41")
    await father.first_sign_in(PASSWORD)
    proof = {
        "child_name": "学生41", "child_id_number": an_id(41), "guardian_name": "家长41", "guardian_phone": "13700000041",
        "guardian_id_number": an_id(941, "19800101"),
    }  # fmt: skip
    await father.post("/identity/cards/child", proof)
    mother = {"监护人姓名": "李母", "监护人关系": "母亲", "监护人手机号": "13700009041"}
    assert (await imported(school, [a_pupil(41, **mother)]))["changed"] == 1
    assert [card["role"] for card in (await father.get("/identity/me"))["cards"]] == ["guardian"]
    removal = a_pupil(41) | {"监护人变动": "移除"}
    batch = await checked(school, [removal])
    assert "1 名家长将失去对孩子的访问权。" in str(await school.get(f"/import/batches/{batch['id']}"))
    await batches.commit(school, batch, "名册")
    mine = await father.get("/identity/me")
    assert mine["cards"] == []
    assert "移除了您的监护人登记" in str(mine)
    assert {"guardian_removed", "card_revoked"} <= await audited(school)


@pytest.mark.feature("L-10", "BJ-04")
async def test_two_schools_claim_a_pupil_and_the_district_decides(schools: Schools) -> None:
    here, there = schools.first, schools.second
    await imported(here, [a_pupil(51)])
    done = await imported(there, [a_pupil(51, 班级="国际部B班")])
    assert done["changed"] == 1
    [claim] = [c for c in await there.everything("/identity/claims") if c["student_name"] == "学生51"]
    assert (claim["school_title"], claim["held_by_title"], claim["state"]) == ("二中", "一中", "open")
    decision = {"decision": "move", "reason": "已办理转学"}
    for school in (here, there):
        with pytest.raises(Refused) as refused:
            await school.post(f"/identity/claims/{claim['id']}/resolution", decision)
        assert refused.value.code == "claim_not_yours"

    async def waiting_claims() -> Any:
        return [m for m in await schools.district.everything("/notify/messages") if m["kind"] == "claim.waiting"]

    assert await until("通知区管理员", waiting_claims)
    decided = await schools.district.post(f"/identity/claims/{claim['id']}/resolution", decision)
    assert decided["state"] == "open", "the present school confirms what data goes along (BJ-04)"
    [sent] = (await here.get("/identity/enrolment-applications", under_way="true"))["items"]
    url = f"/identity/enrolment-applications/{sent['id']}"

    async def stated() -> Any:
        found = await here.get(url)
        return found if found["statement"]["complete"] else None

    seen = await until("三个服务报出评价数据", stated)
    approval = {"statement": seen["statement"]["number"]}
    done = await here.post(f"{url}/approval", approval, **{"If-Match": f'"{seen["version"]}"'})
    assert done["state"] == "done"
    assert [c["state"] for c in await there.everything("/identity/claims") if c["id"] == claim["id"]] == ["moved"]
    assert [s["class_title"] for s in await students(there) if s["name"] == "学生51"] == ["国际部B班"]
    assert "学生51" not in [s["name"] for s in await students(here)]


@pytest.mark.feature("BJ-04")
async def test_a_pupil_moves_after_both_schools_approved_what_evaluation_data_goes_along(schools: Schools) -> None:
    here, there = schools.first, schools.second
    await imported(here, [a_pupil(55)])
    await imported(there, [a_pupil(56)])
    [to] = {s["path"] for s in await students(there) if s["name"] == "学生56"}
    today = (datetime.now(UTC) + timedelta(hours=8)).date()  # at the school
    wish = {
        "change": "take_over", "reason": "家庭搬迁", "effective_on": today.isoformat(), "student_name": "学生55",
        "registry_number": a_registry(55),
    }  # fmt: skip
    url = f"/identity/enrolment-applications/{(await there.post('/identity/enrolment-applications', wish))['id']}"

    async def stated() -> Any:
        found = await here.get(url)
        return found if found["statement"]["complete"] else None

    seen = await until("三个服务报出评价数据", stated)
    assert (await there.get(url))["statement"] is None, "not before the releasing school has confirmed it"
    approval = {"statement": seen["statement"]["number"], "path": to}
    with pytest.raises(Refused) as refused:
        await there.post(f"{url}/approval", approval, **{"If-Match": f'"{seen["version"]}"'})
    assert refused.value.code == "step_not_yours"
    confirmed = await here.post(f"{url}/approval", approval | {"path": None}, **{"If-Match": f'"{seen["version"]}"'})
    assert (await there.get(url))["statement"]["confirmed"] is True

    async def noticed() -> Any:
        return [m for m in await there.everything("/notify/messages") if m["kind"] == "enrolment.waiting"] or None

    assert await until("通知接收学校", noticed)
    done = await there.post(f"{url}/approval", approval, **{"If-Match": f'"{confirmed["version"]}"'})
    assert done["state"] == "done"
    assert "学生55" in [s["name"] for s in await students(there)]
    assert "学生55" not in [s["name"] for s in await students(here)]


@pytest.mark.feature("L-10")
async def test_a_wrong_roster_is_undone_and_what_is_used_stays(schools: Schools) -> None:
    school = schools.second
    before = await students(school)
    wrong = await imported(school, [a_pupil(61, 班级="错班"), a_pupil(62, 班级="错班")])
    path = next(s["path"] for s in await students(school) if s["name"] == "学生61")
    given = {slip["username"]: slip["password"] for slip in await slips(school, path, "students")}
    used = next(s for s in await students(school) if s["name"] == "学生62")
    pupil = User(school.gateway, used["eid"], given[used["eid"]], "学生62")
    await pupil.first_sign_in(PASSWORD)
    await school.post(f"/import/batches/{wrong['id']}/undo", {"reason": "传错了文件"})

    async def finished() -> Any:
        batch = await school.get(f"/import/batches/{wrong['id']}")
        return batch if batch["kept"] is not None else None

    batch = await until("撤销名册", finished)
    assert (batch["removed"], batch["kept"]) == (1, 1)
    assert "身份卡已领取或账号已使用" in str(batch)
    left = await students(school)
    assert {s["name"] for s in left} == {s["name"] for s in before} | {"学生62"}
    right = await imported(school, [a_pupil(61)])
    assert right["created"] == 1
