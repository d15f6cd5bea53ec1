"""Reporting and reviewing as on a telephone: tiles, the teacher's queue, positions, misconduct, and what evidence tells
(JX-14, JX-17, JX-18)."""

import io
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
from demo.client import User
from demo.scale import until
from demo.steps import batches
from demo.world import Campus, Pupil, World
from PIL import Image

from demo import sample_files, workbooks
from tests.world.builders import a_record, hire, second_term
from tests.world.client import Client, connected, refusal_code


@dataclass
class Phone:
    """A pupil, their teacher, the teacher of a new class beside theirs, and the term that is under way."""

    client: Client
    world: World
    campus: Campus
    pupil: Pupil
    teacher: User
    colleague: User
    term: str

    async def tile(self, dimension: str) -> dict[str, Any]:
        tiles = await self.pupil.user.get("/records/tiles", term_id=self.term)
        return next(dict(tile) for tile in tiles if tile["dimension"] == dimension)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def phone(world: World) -> AsyncIterator[Phone]:
    campus = world.campuses[0]
    school_class = campus.school_classes[0]
    async with connected(world) as client:
        grade, _, _ = school_class.path.rpartition(".")
        await campus.administrator.post("/identity/organisations", {"parent": grade, "code": "c99", "title": "新班"})
        colleague = await hire(campus.administrator, "class_teacher", f"{grade}.c99", "新班主任")
        term = (await second_term(campus))["id"]
        yield Phone(client, world, campus, campus.pupils[7], school_class.teacher, colleague, term)


def a_photograph() -> bytes:
    """As a telephone takes it: on its side, with the place in its EXIF data."""
    with Image.open(io.BytesIO(sample_files.photograph(77, "某人", "志愿服务"))) as picture:
        exif = Image.Exif()
        exif[0x0112] = 6
        exif.get_ifd(0x8825)[1] = "N"
        exif.get_ifd(0x8825)[2] = (28.0, 40.0, 55.0)
        out = io.BytesIO()
        picture.save(out, "JPEG", exif=exif)
    return out.getvalue()


@pytest.mark.feature("JX-17", "JX-18", "JX-11")
async def test_a_teacher_works_off_the_queue_on_the_telephone_and_the_pupils_tiles_follow(phone: Phone) -> None:
    before, marker = await phone.tile("moral"), uuid4().hex[:8]
    league = {
        "name": f"主题团日{marker}",
        "held_on": "2026-09-12",
        "place": "礼堂",
        "account": "一起学习并分享了自己的心得体会，很有收获，也有不足。",
    }
    made = []
    for title, more in (
        (f"志愿{marker}", {}),
        (f"团日{marker}", {"kind": "youth_league_activity", "data": league | {"activity_type": "league_day"}}),
    ):
        file_id = await phone.pupil.user.send_file("/records/evidence", "现场.jpg", "image/jpeg", a_photograph())
        body = a_record(phone.world, phone.term, [file_id], title=title)
        made.append(await phone.pupil.user.post("/records/records", {**body, **more}))
    after = await phone.tile("moral")
    assert (after["reported"], after["confirmed"]) == (before["reported"] + 2, before["confirmed"])
    assert after["last_reported_at"] != before["last_reported_at"]

    asked = {"term_id": phone.term, "q": marker}
    waiting = await phone.teacher.get("/records/records", waiting="true", **asked)
    assert [line["id"] for line in waiting["items"]] == [made[1]["id"], made[0]["id"]]
    only = await phone.teacher.get("/records/records", state="submitted", activity_type="league_day", **asked)
    assert [line["id"] for line in only["items"]] == [made[1]["id"]]
    counts = await phone.teacher.get("/records/counts", **asked)
    assert (counts["submitted"], counts["approved"]) == (2, 0)
    colleague = phone.colleague
    assert (await colleague.get("/records/records", **asked))["items"] == []

    detail = await phone.teacher.get(f"/records/records/{made[0]['id']}")
    evidence = detail["evidence"][0]["evidence_id"]
    file = await phone.teacher.get(f"/records/evidence/{evidence}/address")
    shown = await phone.client.ask(None, "GET", file["url"])
    with Image.open(io.BytesIO(shown.content)) as picture, Image.open(io.BytesIO(a_photograph())) as taken:
        assert (dict(picture.getexif()), picture.size) == ({}, taken.size[::-1]), "the reviewer too gets the clean copy"
    small = await phone.client.ask(
        None, "GET", (await phone.teacher.get(f"/records/evidence/{evidence}/address", preview="true"))["url"]
    )
    with Image.open(io.BytesIO(small.content)) as picture:
        assert (picture.format, max(picture.size), dict(picture.getexif())) == ("JPEG", 480, {})

    versions = {record["id"]: record["version"] for record in made}
    seen = {"record_ids": [made[0]["id"]], "versions": versions, "action": "approve"}
    returned = {"record_ids": [made[1]["id"]], "versions": versions, "action": "return", "reason_code": "incomplete"}
    for verdict, state in ((seen, "approved"), (returned, "returned")):
        [done] = (await phone.teacher.post("/records/reviews", verdict))["results"]
        assert done["state"] == state
    [again] = (await phone.teacher.post("/records/reviews", seen))["results"]
    assert again["code"] == "stale_version", "the same tap once more changes nothing"
    counts = await phone.teacher.get("/records/counts", **asked)
    assert (counts["submitted"], counts["approved"], counts["returned"]) == (0, 1, 1)
    assert (await phone.tile("moral"))["confirmed"] == before["confirmed"] + 1

    [form] = [phone.world.scheme["positions"]["form"]["fields"]]
    data = {field["id"]: _value(field) for field in form if field["required"]}
    position = await phone.pupil.user.post("/records/positions", {"term_id": phone.term, "data": data})
    listed = await phone.teacher.everything("/records/positions", term_id=phone.term, state="submitted")
    assert position["id"] in {one["id"] for one in listed}
    assert await refusal_code(colleague.post(f"/records/positions/{position['id']}/approval")) == "not_found"
    assert (await phone.teacher.post(f"/records/positions/{position['id']}/approval"))["state"] == "approved"


def _value(field: dict[str, Any]) -> str:
    if field["type"] == "choice":
        return str(field["choices"][0]["id"])
    return "2026-09-01" if field["type"] == "date" else "组织班会，协助老师"


@pytest.mark.feature("JX-03", "X-09", "CS-04")
async def test_a_photograph_shown_to_the_class_tells_no_place_and_stands_upright(phone: Phone) -> None:
    file_id = await phone.pupil.user.send_file("/records/evidence", "现场.jpg", "image/jpeg", a_photograph())
    body = a_record(phone.world, phone.term, [file_id], submit=False, visibility="class")
    record = await phone.pupil.user.post("/records/records", body)
    mate, other = phone.campus.pupils[0], phone.world.campuses[1].pupils[0]
    shown = await mate.user.get("/records/shared", circle="class", limit=1)
    assert (shown["items"][0]["id"], shown["items"][0]["files"][0]["preview"]) == (record["id"], True)
    url = f"/records/shared/{record['id']}/evidence/{file_id}/address"
    copy = await phone.client.ask(None, "GET", (await mate.user.get(url))["url"])
    with Image.open(io.BytesIO(copy.content)) as picture, Image.open(io.BytesIO(a_photograph())) as taken:
        assert (dict(picture.getexif()), picture.size) == ({}, taken.size[::-1])
    for who in (other.user, phone.colleague):
        assert await refusal_code(who.get(url)) == "not_found"
    assert await refusal_code(mate.user.get(f"/records/records/{record['id']}")) == "not_found"
    page = b"<html><script>alert(1)</script></html>"
    assert await refusal_code(phone.pupil.user.send_file("/records/evidence", "现场.jpg", "image/jpeg", page)) == "file_refused"


@pytest.mark.feature("JX-14")
async def test_misconduct_is_released_once_by_the_school_administrator_while_no_career_archive_exists(phone: Phone) -> None:
    kind, school_class, archived = "misconduct", phone.campus.school_classes[0], phone.campus.pupils[2]
    rows = [
        {
            "学籍号": it.plan.registry_number,
            "姓名": it.plan.name,
            "类别": "警告",
            "发生日期": "2026-10-09",
            "处理单位": "学校政教处",
        }
        | {"事实经过": "未经请假离开学校，经教育已认识错误。"}
        for it in (phone.pupil, archived)
    ]
    form = await batches.template(phone.teacher, kind, school_class.path, phone.term)
    book = workbooks.fill(form, {workbooks.data_sheet(form): rows})
    batch = await batches.check(phone.teacher, kind, school_class.path, "不良记录.xlsx", book, phone.term)
    await batches.commit(phone.teacher, batch, "不良记录.xlsx")

    async def arrived() -> list[Any] | None:
        found = await phone.teacher.everything("/records/records", term_id=phone.term, kind=kind, state="submitted")
        ours = [line for line in found if line["student_id"] in (phone.pupil.student_id, archived.student_id)]
        return ours if len(ours) == len(rows) else None

    lines = {line["student_id"]: line["id"] for line in await until("不良记录导入", arrived, seconds=30)}
    await phone.teacher.post("/records/reviews", {"record_ids": list(lines.values()), "action": "approve"})
    url = f"/records/records/{lines[phone.pupil.student_id]}/release"
    good = {"released_on": "2026-10-20", "reason": "一学期以来表现良好，主动参加志愿服务"}
    office = phone.campus.administrator
    for who in (phone.teacher, phone.pupil.user):
        assert await refusal_code(who.post(url, good)) == "forbidden"
    assert await refusal_code(phone.world.campuses[1].administrator.post(url, good)) == "not_found"
    for wrong in ({"released_on": "2099-01-01"}, {"released_on": "2026-10-08"}, {"reason": "好"}):
        assert await refusal_code(office.post(url, good | wrong)) == "invalid_input"
    assert (await office.post(url, good))["released_on"] == "2026-10-20"
    assert await refusal_code(office.post(url, good)) == "already_released"
    [line] = [it for it in (await phone.pupil.user.get(url.removesuffix("/release")))["history"] if it["action"] == "release"]
    assert line["note"] == good["reason"], "the pupil reads it too"
    late = await refusal_code(office.post(f"/records/records/{lines[archived.student_id]}/release", good))
    assert late == "career_sealed", "a career archive exists"
