"""What stays, through the gateway: evaluations by dialog and workbook (JX-12), the career archive (JX-13), backfill (JX-15),
corrections, and a whole class as one ZIP."""

import io
import json
import zipfile
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import UUID

import pytest
from demo.client import Refused, User
from demo.scale import until
from demo.steps import batches, timetable
from demo.world import Campus, Pupil, World, hours, now, window
from proof import KeySet, Verdict, examine

from demo import sample_files, stories, workbooks
from tests.world.client import Client, connected, refusal_code
from tests.world.region import Region

CAREER = (2, 4, 6, 8, 10)
"""The pupils of each school for whom the demonstration sealed a career archive."""


async def a_term_for_writing(campus: Campus) -> dict[str, Any]:
    """A term of its own whose evaluations may be written now."""
    past = timetable.windows(now() - hours(6), now() - hours(4), now() - hours(2))
    made = [one for one in past if one["operation"] not in (*timetable.AFTER, "seal")]
    made += [window(operation, now() - hours(2), now() + hours(48)) for operation in timetable.AFTER]
    body = {
        "path": campus.path,
        "title": "2027—2028学年第二学期",
        "school_year": "2027-2028",
        "number": 2,
        "starts_on": "2028-02-20",
        "ends_on": "2028-07-05",
        "windows": made,
    }
    return dict(await campus.administrator.post("/records/terms", body))


async def when_known(by: User, path: str, **query: Any) -> Any:
    """The response, once the service has received the event."""

    async def look() -> Any:
        try:
            return await by.get(path, **query)
        except Refused as refused:
            if refused.status == 404:
                return None
            raise

    return await until(path, look, seconds=30)


async def refusal(call: Any) -> dict[str, Any]:
    """The problem document with which a call is refused."""
    with pytest.raises(Refused) as no:
        await call
    return no.value.problem


@pytest.mark.feature("JX-12", "X-12", "X-13")
async def test_evaluations_are_written_by_dialog_and_by_a_workbook_of_those_pending(world: World) -> None:
    async with connected(world):
        campus = world.campuses[1]
        school_class = campus.school_classes[0]
        teacher, pupil = school_class.teacher, school_class.pupils[0]
        sealed = {"term_id": campus.term["id"], "text": stories.SELF}
        no = await refusal(pupil.user.put("/archive/evaluations/self", sealed, version=1))
        assert (no["code"], no["rule"]) == ("wrong_state", "JX-12")
        term = await a_term_for_writing(campus)
        ids = {"term_id": term["id"]}
        await when_known(teacher, "/archive/evaluations", **ids)
        one = await pupil.user.put("/archive/evaluations/self", {**ids, "text": stories.SELF})
        assert (
            await refusal_code(pupil.user.put("/archive/evaluations/self", {**ids, "text": stories.SELF + "改"}))
            == "version_required"
        )
        two = await pupil.user.put("/archive/evaluations/self", {**ids, "text": stories.SELF + "继续努力。"}, version=1)
        assert (one["version"], two["version"]) == (1, 2)
        comment = {**ids, "student_id": pupil.student_id, "text": stories.COMMENTS[0]}
        assert await refusal_code(pupil.user.put("/archive/evaluations/teacher", comment)) == "forbidden"
        await teacher.put("/archive/evaluations/teacher", comment)

        async def pending() -> set[str]:
            found = await teacher.everything("/archive/evaluations", **ids, type="teacher_comment", pending="true")
            return {item["student_id"] for item in found}

        rest = {p.student_id for p in school_class.pupils[1:]}
        assert await pending() == rest

        async def form(count: int) -> tuple[bytes, list[dict[str, Any]]] | None:
            got = await batches.template(teacher, "teacher_comments", school_class.path, term["id"])
            rows = workbooks.rows_of(got, workbooks.data_sheet(got), {"学籍号", "姓名"})
            return (got, rows) if len(rows) == count else None

        blank, rows = await until("待评语名单", partial(form, len(rest)), seconds=30)
        assert pupil.plan.name not in {row["姓名"] for row in rows}
        heading = next(name for name in rows[0] if "评语" in name)
        for row in rows:
            row[heading] = stories.COMMENTS[1]
        filled = workbooks.fill(blank, {workbooks.data_sheet(blank): rows})
        batch = await batches.check(teacher, "teacher_comments", school_class.path, "评语.xlsx", filled, term["id"])
        done = await batches.commit(teacher, batch, "评语.xlsx")
        assert (done["created"], done["changed"], await pending()) == (len(rest), 0, set())
        again = await batches.check(teacher, "teacher_comments", school_class.path, "再来.xlsx", filled, term["id"])
        assert (await batches.commit(teacher, again, "再来.xlsx"))["unchanged"] == len(rest)
        await teacher.post(f"/import/batches/{done['id']}/undo", {"reason": "导错了"})
        await until("撤销后的待评语名单", partial(form, len(rest)), seconds=30)
        assert await pending() == rest


@pytest.mark.feature("JX-13", "X-10", "X-13")
async def test_a_career_archive_holds_two_of_a_kind_names_its_terms_and_is_frozen(world: World) -> None:
    async with connected(world):
        campus = world.campuses[1]
        done, fresh = campus.pupils[CAREER[0]], campus.pupils[11]
        url = f"/archive/career/{fresh.student_id}"
        offer = await fresh.user.get(url)
        assert (offer["state"], offer["terms_sealed"], offer["terms_in_stage"]) == ("collecting", 1, 6)
        assert [t["sealed"] for t in offer["terms"]].count(True) == 1
        by_kind: dict[str, list[str]] = {}
        for candidate in offer["candidates"]:
            by_kind.setdefault(candidate["kind"], []).append(candidate["record_id"])
        assert by_kind
        first = next(iter(by_kind.values()))
        colleague = campus.pupils[9].user
        assert await refusal_code(colleague.put(f"{url}/selection", {"record_ids": first[:1]})) == "not_found"
        no = await refusal(fresh.user.post(f"{url}/seal"))
        assert (no["code"], no["rule"], no["terms_sealed"]) == ("career_not_ready", "JX-13", 1)
        await fresh.user.put(f"{url}/selection", {"record_ids": first[:1]})
        no = await refusal(fresh.user.post(f"{url}/seal"))
        assert (no["code"], len(no["missing"])) == ("career_not_ready", 5)
        assert "2025-2026学年第一学期" in no["missing"]
        strange = (await done.user.get(f"/archive/career/{done.student_id}"))["picked"][:1]
        assert (await refusal(fresh.user.put(f"{url}/selection", {"record_ids": strange}, version=1)))["rule"] == "JX-13"

        frozen = f"/archive/career/{done.student_id}"
        sealed = await done.user.get(frozen)
        kinds = [c["kind"] for c in sealed["candidates"] if c["picked"]]
        assert kinds
        assert max(kinds.count(kind) for kind in kinds) <= 2
        for call in (
            done.user.put(f"{frozen}/selection", {"record_ids": []}, version=sealed["version"]),
            done.user.post(f"{frozen}/seal"),
            campus.administrator.post(f"{frozen}/seal"),
        ):
            no = await refusal(call)
            assert (no["code"], no["rule"]) == ("wrong_state", "JX-13")
        keys = KeySet.from_jwks(json.loads(await world.gateway.fetch(f"{world.gateway.base}/api/archive/keys")))
        assert examine(await fetched(done, sealed["archive"]["id"]), keys).verdict is Verdict.GENUINE


@pytest.mark.feature("JX-13")
async def test_a_third_record_of_a_kind_is_refused_for_the_career_archive_and_two_are_accepted(region: Region) -> None:
    user = region.collector.user
    career = f"/archive/career/{region.collector.student_id}"
    offer = await user.get(career)
    ids = [one["record_id"] for one in offer["candidates"] if one["kind"] == "volunteer_service"]
    assert len(ids) == 3
    with pytest.raises(Refused) as no:
        await user.put(f"{career}/selection", {"record_ids": ids}, version=offer["version"])
    problem = no.value.problem
    assert (no.value.status, no.value.code, problem["field"], problem["rule"]) == (409, "quota_exceeded", "record_ids", "JX-13")
    assert (problem["most"], problem["picked"]) == (2, 3)
    assert (await user.get(career))["picked"] == offer["picked"] == []
    chosen = await user.put(f"{career}/selection", {"record_ids": ids[:2]}, version=offer["version"])
    assert sorted(chosen["picked"]) == sorted((await user.get(career))["picked"]) == sorted(ids[:2])


async def fetched(pupil: Pupil, archive_id: str, format: str = "pdf") -> bytes:
    """The file, as the pupil downloads it."""
    address = await pupil.user.get(f"/archive/archives/{archive_id}/address", format=format)
    return await pupil.user.gateway.fetch(address["url"])


@pytest.mark.feature("JX-15", "X-13", "X-10")
async def test_a_student_from_another_province_gets_the_term_spent_there_backfilled(world: World) -> None:
    async with connected(world):
        campus = world.campuses[1]
        admin, pupil = campus.administrator, campus.pupils[13]
        body = {
            "student_id": pupil.student_id,
            "school_year": "2025-2026",
            "number": 2,
            "from_province": "湖南省",
            "from_school": "长沙市第一中学",
            "transferred_on": str(now().date() - timedelta(days=1)),
            "starts_on": "2026-02-20",
            "ends_on": "2026-07-05",
        }
        for who, code, rule in (
            (pupil.user, "forbidden", "JX-15"),
            (campus.school_classes[0].teacher, "forbidden", "JX-15"),
            (world.campuses[0].administrator, "not_found", None),
        ):
            no = await refusal(who.post("/archive/backfills", body))
            assert (no["code"], no.get("rule")) == (code, rule)
        for changed, why in (
            ({"student_id": campus.pupils[CAREER[0]].student_id}, "career"),
            ({"from_province": "江西"}, "same_province"),
            ({"school_year": campus.term["school_year"], "number": campus.term["number"]}, "archived"),
        ):
            no = await refusal(admin.post("/archive/backfills", body | changed))
            assert (no["code"], no["rule"], no["why"]) == ("backfill_not_possible", "JX-15", why)
        begun = await admin.post("/archive/backfills", body)
        assert (begun["profile"]["name"], begun["profile"]["origin_school"]) == (pupil.plan.name, "长沙市第一中学")
        missing = {(m["what"], m["field"]) for m in begun["missing"] if m["required"]}
        assert {("records", None), ("positions", None), ("profile", "ethnicity")} <= missing
        assert {m["field"] for m in begun["missing"] if not m["required"]} == {"self_evaluation", "teacher_comment"}
        url = f"/archive/backfills/{begun['id']}"
        assert (await refusal(admin.post(f"{url}/seal", {"without_missing": True})))["code"] == "backfill_incomplete"
        hand = {
            "profile": {"birth_date": "2009-08-17", "ethnicity": "汉族", "political_status": "共青团员"},
            "positions": [{"level": "班级", "title": "班长", "since": "2026-02-20", "until": "2026-07-01"}],
        }
        filled = await admin.put(url, hand, version=begun["version"])
        assert {(m["what"], m["required"]) for m in filled["missing"]} == {("records", True), ("evaluations", False)}
        data = stories.fill(world.random, world.kind("volunteer_service"), (now() - timedelta(days=200)).date())
        kind = world.kind("volunteer_service")
        data |= {
            f["id"]: "2026-04-0" + str(n + 1) for n, f in enumerate(f for f in kind["form"]["fields"] if f["type"] == "date")
        }
        record = {"kind": "volunteer_service", "data": data, "evidence": []}
        no = await refusal(admin.post(f"{url}/records", record))
        assert (no["code"], no["rule"], no["errors"][0]["field"]) == ("invalid_input", "JX-15", "evidence")
        photo = sample_files.photograph(7, pupil.plan.name, "志愿服务")
        file_id = await admin.send_file("/archive/backfill-files", "照片.jpg", "image/jpeg", photo)
        added = await admin.post(f"{url}/records", record | {"evidence": [file_id]})
        assert [(r["dimension"], r["kind"]) for r in added["records"]] == [("moral", "volunteer_service")]
        await admin.post(f"{url}/seal", {})

        async def ready() -> dict[str, Any] | None:
            items = (await pupil.user.get("/archive/archives", term_id=begun["id"]))["items"]
            return dict(items[0]) if items else None

        archive = await until("补录的学期档案", ready, seconds=60)
        content = json.loads(await fetched(pupil, archive["id"], "json"))["content"]
        assert (content["backfill"]["from_province"], content["backfill"]["lacking"]) == ("湖南省", [])
        assert content["evaluations"][0]["statements"] == []
        root = json.loads(await world.gateway.fetch(f"{world.gateway.base}/api/archive/roots/{begun['id']}"))
        pdf = await fetched(pupil, archive["id"])
        assert examine(pdf, KeySet.from_jwks(root["keys"]), root["root"]).verdict is Verdict.GENUINE
        assert await refusal_code(admin.post(f"{url}/records", record)) == "wrong_state"

        async def notified() -> bool | None:
            messages = (await pupil.user.get("/notify/messages"))["items"]
            return True if any(m["kind"] == "archive.backfilled" for m in messages) else None

        await until("补录的通知", notified, seconds=30)


@pytest.mark.feature("X-10", "JX-13", "BJ-09")
async def test_a_class_is_taken_away_as_one_zip_and_a_late_void_is_corrected(world: World) -> None:
    async with connected(world) as client:
        campus = world.campuses[1]
        school_class, admin = campus.school_classes[-1], campus.administrator
        pupil = campus.pupils[15]
        school_class = next(r for r in campus.school_classes if r.path == pupil.path)
        url = f"/archive/terms/{campus.term['id']}/bundle"
        whole = await client.ask(school_class.teacher, "GET", url)
        assert (whole.status, whole.headers["Content-Type"]) == (200, "application/zip")
        with zipfile.ZipFile(io.BytesIO(whole.content)) as zipped:
            assert zipped.testzip() is None
            assert len([n for n in zipped.namelist() if n.endswith(".pdf")]) == len(school_class.pupils)
        half = len(whole.content) // 2
        rest = await client.ask(school_class.teacher, "GET", url, headers={"Range": f"bytes={half}-"})
        assert (rest.status, whole.content[:half] + rest.content) == (206, whole.content)
        assert (await client.ask(pupil.user, "GET", url)).code == "forbidden"
        assert (await client.ask(world.campuses[0].administrator, "GET", url, path=school_class.path)).code == "not_found"

        await corrected(world, client, campus, pupil, admin)


async def corrected(world: World, client: Client, campus: Campus, pupil: Pupil, admin: User) -> None:
    """A record is voided after the seal; the archive gets a second version, and the first one says so."""
    entries = await pupil.user.everything("/publicity/entries", term_id=campus.term["id"], student_id=pupil.student_id)
    record = next(entry["record_id"] for entry in entries if entry["state"] == "cleared")
    await admin.post(f"/records/records/{record}/void", {"reason": "复核发现材料不属实"})

    async def late() -> dict[str, Any] | None:
        found = await admin.get("/archive/archives", term_id=campus.term["id"], student_id=pupil.student_id, late="true")
        return dict(found["items"][0]) if found["items"] else None

    old = await until("等待更正的档案", late, seconds=30)
    before = await fetched(pupil, old["id"])
    assert (
        await refusal_code(pupil.user.post(f"/archive/archives/{old['id']}/correction", {"reason": "我想改一改"}))
        == "forbidden"
    )
    await admin.post(f"/archive/archives/{old['id']}/correction", {"reason": "复核发现一条记录不属实"})

    async def newer() -> dict[str, Any] | None:
        items = (await pupil.user.get("/archive/archives", term_id=campus.term["id"]))["items"]
        return next((dict(item) for item in items if item["version"] == old["version"] + 1), None)

    new = await until("更正后的档案", newer, seconds=60)
    assert UUID(new["id"]) != UUID(old["id"])
    assert await fetched(pupil, old["id"]) == before
    verified = (await client.ask(None, "GET", f"/archive/verification/{old['code']}")).json
    assert (verified["genuine"], verified["superseded_by"]["code"]) == (True, new["code"])
    page = await client.ask(None, "GET", f"{world.gateway.base}/verify/{old['code']}")
    assert f"已被第 {new['version']} 版取代" in page.content.decode()
    root = (await client.ask(None, "GET", f"/archive/roots/{campus.term['id']}")).json
    keys = KeySet.from_jwks(root["keys"])
    assert examine(before, keys, root["root"]).verdict is Verdict.GENUINE
    assert new["id"]
    after = await fetched(pupil, new["id"])
    assert examine(after, keys, root["supplements"][-1]["root"]).verdict is Verdict.GENUINE
    assert examine(after, keys, root["root"]).verdict is Verdict.WRONG_ROOT
