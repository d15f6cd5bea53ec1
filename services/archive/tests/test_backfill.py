"""A student from another province: what fills itself in, what is missing, what is refused, and the archive of it (JX-15)."""

from datetime import date
from typing import Any

import aiohttp
import pytest
from archive.domain.backfill import province_name
from archive.domain.content import TermContent
from contracts.archive import ArchiveBackfilledV1, TermSealedV1
from proof import SealedDocument, Verdict, examine
from servicekit.ids import new_id

from .builders import read_content
from .school import COMMENT, DATA, PICKING, SIGNING, School, a_position, a_school, a_snapshot

PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de0000000c49444154789c63f8cfc0000003010100c9fe92ef"
    "0000000049454e44ae426082"
)


def body(school: School, **changed: Any) -> dict[str, Any]:
    """The first term of the year before, at a school in Hunan."""
    return {
        "student_id": str(school.students[0].student_id),
        "school_year": "2025-2026",
        "number": 1,
        "from_province": "湖南省",
        "from_school": "长沙市第一中学",
        "transferred_on": "2026-08-20",
    } | changed


def volunteering(**changed: Any) -> dict[str, Any]:
    """A good record of that term."""
    return DATA["volunteer_service"] | {"starts_on": "2025-10-01", "ends_on": "2025-10-02"} | changed


async def a_file(school: School) -> str:
    """One checked piece of evidence."""
    offer = (await school.admin.post("/backfill-files", {"name": "证明.png", "media_type": "image/png", "size": len(PNG)})).json
    form = aiohttp.FormData()
    for name, value in offer["fields"].items():
        form.add_field(name, value)
    form.add_field("file", PNG, filename="证明.png", content_type="image/png")
    async with aiohttp.ClientSession() as web, web.post(offer["url"], data=form) as answer:
        assert answer.status == 204, await answer.text()
    return str((await school.admin.post(f"/backfill-files/{offer['file_id']}/completion")).json["file_id"])


@pytest.mark.feature("JX-15", "X-13")
async def test_a_term_spent_in_another_province_becomes_a_sealed_archive_that_says_so(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        kit, who = school.kit, school.students[0]
        admin = school.admin
        held = a_position(school.term, who).model_copy(update={"starts_on": date(2025, 9, 10), "ends_on": date(2026, 1, 10)})
        await kit.receive(held)
        begun = await admin.post("/backfills", body(school))
        assert (begun.status, begun.json["title"], begun.json["state"]) == (201, "2025-2026学年第一学期", "collecting")
        known = begun.json["profile"]
        assert (known["name"], known["school"], known["origin_school"]) == (who.name, who.school_title, "长沙市第一中学")
        assert [p["title"] for p in begun.json["positions"]] == ["学习委员"]
        lacking = [(m["what"], m["field"], m["required"]) for m in begun.json["missing"]]
        assert lacking == [
            ("profile", "birth_date", True), ("profile", "ethnicity", True), ("profile", "political_status", True),
            ("records", None, True), ("evaluations", "self_evaluation", False), ("evaluations", "teacher_comment", False),
        ]  # fmt: skip
        url = f"/backfills/{begun.json['id']}"
        no = await admin.post(f"{url}/seal", {"without_missing": True})
        assert (no.status, no.code, no.json["rule"]) == (409, "backfill_incomplete", "JX-15")
        assert "写实记录" in no.json["detail"]

        bad = await admin.put(url, {"profile": {"ethnicity": "汉" * 30, "shoe": 1}}, If_Match='"1"')
        assert {e["field"] for e in bad.json["errors"]} == {"profile.ethnicity", "profile.shoe"}
        short = {"evaluations": [{"type": "teacher_comment", "text": "好"}]}
        assert (await admin.put(url, short, If_Match='"1"')).json["errors"][0]["field"] == "evaluations.0.text"
        twice = {"evaluations": [{"type": "teacher_comment", "text": COMMENT}] * 2}
        assert (await admin.put(url, twice, If_Match='"1"')).json["errors"][0]["field"] == "evaluations.1.type"
        late = {"positions": [{"level": "班级", "title": "班长", "since": "2025-09-10", "until": "2025-09-01"}]}
        assert (await admin.put(url, late, If_Match='"1"')).json["errors"][0]["field"] == "positions.0.until"
        assert (await admin.put(url, {}, If_Match='"9"')).code == "stale_version"
        assert (await admin.put(url, {})).code == "version_required"
        filled = await admin.put(
            url,
            {
                "profile": {"birth_date": "2009-08-17", "ethnicity": "苗族", "political_status": "共青团员"},
                "positions": [{"level": "班级", "title": "班长", "since": "2025-09-10", "duties": "主持班会"}],
                "evaluations": [{"type": "teacher_comment", "text": COMMENT, "author": "赵老师"}],
            },
            If_Match='"1"',
        )
        assert (filled.status, filled.json["version"], filled.headers["ETag"]) == (200, 2, '"2"'), filled.body
        assert [p["title"] for p in filled.json["positions"]] == ["学习委员", "班长"]
        assert [m["field"] for m in filled.json["missing"]] == [None, "self_evaluation"]

        add = f"{url}/records"
        for kind, data, field in (
            ("nothing", {}, "kind"),
            ("volunteer_service", volunteering(hours="ninety"), "data.hours"),
            ("volunteer_service", volunteering(), "evidence"),
            ("volunteer_service", volunteering(starts_on="2026-10-01", ends_on="2026-10-02"), "data.starts_on"),
        ):
            no = await admin.post(add, {"kind": kind, "data": data})
            assert (no.status, no.json["rule"]) == (422, "JX-15"), no.body
            assert field in {e["field"] for e in no.json["errors"]}, no.body
        good = {"kind": "volunteer_service", "data": volunteering(), "evidence": [await a_file(school)]}
        added = await admin.post(add, good)
        assert (added.status, len(added.json["records"][0]["evidence"])) == (201, 1), added.body
        assert (await admin.post(add, good)).code == "file_refused"
        scores = DATA["exam_scores"]
        two = (await admin.post(add, {"kind": "exam_scores", "data": scores})).json["records"]
        assert [(r["dimension"], r["kind"]) for r in two] == [("moral", "volunteer_service"), ("academic", "exam_scores")]
        gone = await admin.delete(f"{add}/{two[1]['id']}")
        assert [r["kind"] for r in gone.json["records"]] == ["volunteer_service"]
        evidence = added.json["records"][0]["evidence"][0]["evidence_id"]
        assert (await admin.get(f"{url}/evidence/{evidence}/address")).json["name"] == "图片1.png"

        sealing = await admin.post(f"{url}/seal")
        assert (sealing.status, sealing.json["state"]) == (202, "sealing"), sealing.body
        assert (await admin.post(add, good)).code == "wrong_state"
        await kit.tick()
        done = (await admin.get(url)).json
        assert (done["state"], [p["title"] for p in done["positions"]]) == ("sealed", ["学习委员", "班长"])
        assert (await admin.delete(url, If_Match=f'"{done["version"]}"')).code == "wrong_state"
        archive = await school.archive_of()
        report = examine(await school.object(archive), SIGNING.public(), archive["root"])
        assert report.verdict is Verdict.GENUINE
        content = read_content(SealedDocument.from_bytes(await school.object(archive, "json")).content)
        assert isinstance(content, TermContent)
        assert content.backfill is not None
        assert (content.backfill.from_province, content.backfill.filled_by, content.backfill.lacking) == (
            "湖南省", "校管理员", (),
        )  # fmt: skip
        assert {f.label: f.value for f in content.student.details}["民族"] == "苗族"
        [record] = [r for d in content.dimensions for k in d.kinds for r in k.records]
        assert (record.source, record.evidence) == ("学校录入", 1)
        assert [(s.author, s.text) for e in content.evaluations for s in e.statements] == [("赵老师", COMMENT)]
        [event] = await kit.events(ArchiveBackfilledV1)
        assert (str(event.term_id), event.student_id) == (done["id"], who.student_id)
        assert await kit.events(TermSealedV1) == []
        assert (await school.student().get(f"/terms/{done['id']}")).code == "not_found"
        assert (await school.student(1).get("/archives")).json["items"] == []
        assert (await school.admin.post(f"/terms/{done['id']}/seal", {})).code == "not_found"
        assert (await school.admin.get("/evaluations", term_id=done["id"])).code == "not_found"


@pytest.mark.feature("JX-15", "X-13")
async def test_only_the_school_backfills_and_only_what_was_spent_elsewhere_before_the_transfer(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        good = body(school)
        for who in (school.teacher(), school.student(), school.guardian()):
            no = await who.post("/backfills", good)
            assert (no.status, no.code, no.json["rule"]) == (403, "forbidden", "JX-15")
        assert (await school.stranger.post("/backfills", good)).code == "not_found"
        assert (await school.admin.post("/backfills", good | {"student_id": str(new_id())})).code == "not_found"
        for changed, why in (
            ({"from_province": "江西"}, "same_province"),
            ({"transferred_on": "2099-01-01"}, "not_yet"),
            ({"transferred_on": "2025-08-20"}, "after_transfer"),
            ({"school_year": "2024-2025"}, "not_in_stage"),
            ({"school_year": "2026-2027", "transferred_on": "2026-09-20"}, "own_term"),
        ):
            no = await school.admin.post("/backfills", good | changed)
            assert (no.status, no.code, no.json["rule"], no.json["why"]) == (409, "backfill_not_possible", "JX-15", why)
            assert no.json["scheme"] == "jiangxi@2026.1"
        for wrong in (
            {"number": 3},
            {"school_year": "25-26"},
            {"school_year": "2025-2027"},
            {"state": "sealed"},
            {"from_school": " "},
        ):
            assert (await school.admin.post("/backfills", good | wrong)).code == "invalid_input", wrong
        made = (await school.admin.post("/backfills", good)).json
        assert (await school.admin.post("/backfills", good)).code == "conflict"
        assert (await school.stranger.get(f"/backfills/{made['id']}")).code == "not_found"
        assert (await school.teacher().get(f"/backfills/{made['id']}")).code == "forbidden"
        assert [b["id"] for b in (await school.admin.get("/backfills", limit=1)).json["items"]] == [made["id"]]
        assert (await school.stranger.get("/backfills")).json["items"] == []
        assert (await school.admin.delete(f"/backfills/{made['id']}", If_Match='"1"')).status == 204
        assert (await school.admin.post("/backfills", good)).status == 201


@pytest.mark.feature("JX-15", "JX-13", "JX-14")
async def test_a_career_archive_ends_backfilling_and_takes_in_what_was_backfilled(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, who = school.kit, school.students[0]
        made = (await school.admin.post("/backfills", body(school))).json
        url = f"/backfills/{made['id']}"
        other = (await school.admin.post("/backfills", body(school, number=2))).json
        kind = {"kind": "special_projects", "data": {}}
        assert (await school.admin.post(f"{url}/records", kind)).code == "invalid_input"
        scores = {"kind": "exam_scores", "data": DATA["exam_scores"]}
        assert (await school.admin.post(f"{url}/records", scores)).status == 201
        no = await school.admin.post(f"{url}/seal")
        assert (no.code, {m["what"] for m in no.json["missing"]}) == ("backfill_incomplete", {"profile", "positions"})
        assert (await school.admin.post(f"{url}/seal", {"without_missing": True})).status == 202
        await kit.tick()
        own = a_snapshot(school.term, who)
        await school.clear([own])
        await school.close(entries=1)
        await school.seal(without_missing=True)
        kit.at(PICKING)
        seen = (await school.student().get(f"/career/{who.student_id}")).json
        assert seen["terms_sealed"] == 2
        pick = {"record_ids": [str(own.record_id)]}
        assert (await school.student().put(f"/career/{who.student_id}/selection", pick)).status == 200
        assert (await school.student().post(f"/career/{who.student_id}/seal", {"without_missing": True})).status == 202
        for no in (
            await school.admin.post("/backfills", body(school, school_year="2026-2027", number=2)),
            await school.admin.post(f"/backfills/{other['id']}/records", scores),
            await school.admin.post(f"/backfills/{other['id']}/seal", {"without_missing": True}),
        ):
            assert (no.status, no.code, no.json["rule"], no.json["why"]) == (
                409, "backfill_not_possible", "JX-15", "career",
            )  # fmt: skip
        await kit.tick()
        archive = await school.archive_of(kind="career")
        content = SealedDocument.from_bytes(await school.object(archive, "json")).content
        assert (content["backfilled"], content["period"]) == (True, "2025 年 9 月至2027 年 1 月")


@pytest.mark.feature("JX-15")
def test_provinces_are_the_same_however_they_are_called() -> None:
    assert province_name("江西省") == province_name("江西") == "江西"
    assert province_name("广西壮族自治区") == province_name("广西") == "广西"
    assert province_name("北京市") == "北京"
    assert province_name("湖南省") != province_name("湖北省")
