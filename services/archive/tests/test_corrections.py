"""What is sealed stays; what was wrong gets a new version, with a reason and, where asked for, a second signature (X-10)."""

import asyncio
from typing import Any

import pytest
from archive.domain.terms import ArchiveTerm
from contracts.archive import ArchiveCorrectedV1
from contracts.publicity import EntriesClearedV1, EntryRestoredV1, EntryVoidedV1
from contracts.records import RecordVoidedV1
from proof import SealedDocument, Verdict, examine
from scheme.outcomes import Correction
from servicekit.directory import Directory
from servicekit.ids import new_id
from servicekit.testing import an_actor

from .builders import read_content
from .school import BEFORE, PUBLIC_ENDS, SCHOOL, SEALING, SIGNING, School, a_school, a_snapshot

WHY = {"reason": "记录经复核不属实，已作废"}


async def sealed(school: School) -> list[Any]:
    """One record each, all sealed."""
    records = [a_snapshot(school.term, one) for one in school.students]
    await school.clear(records)
    await school.close(entries=len(records))
    await school.seal(without_missing=True)
    return records


async def titles(school: School, archive: dict[str, Any]) -> list[str]:
    """The records in an archive's signed data."""
    content = read_content(SealedDocument.from_bytes(await school.object(archive, "json")).content)
    return [r.title for d in content.dimensions for k in d.kinds for r in k.records]


@pytest.mark.feature("X-10", "JX-09", "JX-13")
async def test_a_late_void_is_corrected_by_a_new_version_and_the_old_one_says_so(parts: Any) -> None:
    async with a_school(parts, pupils=3) as school:
        kit, admin = school.kit, school.admin
        first = (await sealed(school))[0]
        root = (await admin.get(f"/terms/{school.term.term_id}")).json["root"]
        old = await school.archive_of()
        before = await school.object(old)
        url = f"/archives/{old['id']}/correction"
        same = await admin.post(url, WHY)
        assert (same.status, same.code, same.json["rule"]) == (409, "nothing_to_correct", "X-10")
        assert (await admin.get("/archives", late="true")).json["items"] == []
        await kit.receive(RecordVoidedV1(record_id=first.record_id, record=first, at=BEFORE, reason="不实"))
        assert [a["id"] for a in (await admin.get("/archives", late="true", limit=5)).json["items"]] == [old["id"]]

        for who in (school.teacher(), school.student(), school.guardian()):
            no = await who.post(url, WHY)
            assert (no.status, no.code, no.json["rule"]) == (403, "forbidden", "X-10")
        assert (await school.stranger.post(url, WHY)).code == "not_found"
        assert (await admin.post(url, {"reason": "短"})).code == "reason_required"
        assert (await admin.post(url, WHY | {"state": "done"})).code == "invalid_input"
        assert (await admin.post(url, WHY, If_Match='"7"')).code == "stale_version"
        two = await asyncio.gather(*(admin.post(url, WHY, If_Match='"1"') for _ in range(2)))
        assert sorted(a.status for a in two) == [202, 409]
        assert {a.code for a in two} == {None, "correction_open"}
        await kit.tick()

        new = await school.archive_of_version(2)
        assert (new["version"], new["document_no"], new["superseded_by"]) == (2, old["document_no"], None)
        assert new["code"] != old["code"]
        assert (await titles(school, old), await titles(school, new)) == ([first.title], [])
        assert (await admin.get("/archives", late="true")).json["items"] == []
        assert (await admin.get(f"/terms/{school.term.term_id}")).json["late"] == 0
        assert (await admin.get(f"/archives/{old['id']}")).json["superseded_by"] == new["id"]
        assert await school.object(old) == before
        assert examine(before, SIGNING.public(), root).verdict is Verdict.GENUINE
        data = await school.object(new)
        assert examine(data, SIGNING.public(), new["root"]).verdict is Verdict.GENUINE
        document = SealedDocument.from_bytes(await school.object(new, "json"))
        assert document.content["replaces"] == {"version": 1, "code": old["code"], "reason": WHY["reason"]}

        nobody = kit.anonymous
        response = (await nobody.get(f"/verification/{old['code']}")).json
        assert (response["genuine"], response["superseded"], response["superseded_by"]["version"]) == (True, True, 2)
        assert response["superseded_by"]["code"] == new["code"]
        html = (await nobody.get(f"/verify/{old['code']}")).body.decode()
        assert "已被第 2 版取代" in html
        assert f'href="/verify/{new["code"]}"' in html
        assert not (await nobody.get(f"/verification/{new['code']}")).json["superseded"]
        roots = (await nobody.get(f"/roots/{school.term.term_id}")).json
        assert (roots["root"], [s["root"] for s in roots["supplements"]]) == (root, [new["root"]])
        [event] = await kit.events(ArchiveCorrectedV1)
        assert (str(event.archive_id), str(event.replaces), event.version) == (new["id"], old["id"], 2)
        again = await admin.post(url, WHY)
        assert (again.code, again.json["newest"]) == ("wrong_state", new["id"])


@pytest.mark.feature("X-10", "CS-11", "JX-09")
async def test_amended_excluded_and_restored_records_each_lead_to_a_further_version(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, who = school.kit, school.students[0]
        [record] = await sealed(school)
        entry = {
            "entry_id": new_id(), "record_id": record.record_id, "student_id": who.student_id, "kind": record.kind,
            "term_id": school.term.term_id, "path": who.path, "title": record.title, "case_id": new_id(),
        }  # fmt: skip
        amended = record.model_copy(update={"version": 2, "title": "更正后的名称"})
        cleared = EntriesClearedV1(term_id=school.term.term_id, path=who.path, entries=(amended,), at=PUBLIC_ENDS)
        steps: list[tuple[Any, list[str]]] = [
            (cleared, ["更正后的名称"]),
            (EntryVoidedV1(**entry, outcome="exclude", reason="不实"), []),
            (EntryRestoredV1(**entry, reason="申诉成立"), ["更正后的名称"]),
        ]
        for version, (event, shown) in enumerate(steps, start=2):
            await kit.receive(event)
            newest = (await school.admin.get("/archives", late="true")).json["items"]
            assert [a["version"] for a in newest] == [version - 1]
            asked = await school.admin.post(f"/archives/{newest[0]['id']}/correction", {"reason": f"第{version}版更正"})
            assert asked.status == 202, asked.body
            await kit.tick()
            assert await titles(school, await school.archive_of_version(version)) == shown
        latest = await school.archive_of_version(4)
        for back_and_forth in (steps[1][0], steps[2][0]):
            await kit.receive(back_and_forth)
        assert [a["id"] for a in (await school.admin.get("/archives", late="true")).json["items"]] == [latest["id"]]
        same = await school.admin.post(f"/archives/{latest['id']}/correction", {"reason": "再次核对记录"})
        assert same.code == "nothing_to_correct"
        assert (await school.admin.get("/archives", late="true")).json["items"] == []
        assert (await school.admin.get(f"/terms/{school.term.term_id}")).json["late"] == 0
        oldest = await school.archive_of_version(1)
        response = (await kit.anonymous.get(f"/verification/{oldest['code']}")).json
        assert response["superseded_by"]["version"] == 4


@pytest.mark.feature("X-10", "X-13")
async def test_a_scheme_may_want_a_second_signature_of_somebody_else(parts: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    async with a_school(parts, pupils=1) as school:
        kit = school.kit
        [record] = await sealed(school)
        await kit.receive(RecordVoidedV1(record_id=record.record_id, record=record, at=BEFORE, reason="不实"))
        scheme = kit.deps.schemes.get("jiangxi", "2026.1")
        rule = Correction(second_by="school_principal")
        strict = scheme.model_copy(update={"archives": scheme.archives.model_copy(update={"correction": rule})})
        monkeypatch.setattr(kit.deps.schemes, "get", lambda *_: strict)
        kit.deps.directory = Directory(kit.deps.schemes, ArchiveTerm)
        old = await school.archive_of()
        asked = await school.admin.post(f"/archives/{old['id']}/correction", WHY)
        assert (asked.status, asked.json["state"], asked.json["second_by"]) == (202, "waiting", "school_principal")
        assert await kit.tick() == 0
        url = f"/corrections/{asked.json['id']}"
        principal = kit.as_(an_actor("principal", SCHOOL, name="校长"))
        other_school = kit.as_(an_actor("principal", "jx.nc.dh.s2"))
        assert (await school.admin.post(f"{url}/approval")).json["detail"] == "这份更正不由您确认"
        assert (await school.teacher().post(f"{url}/approval")).code == "forbidden"
        assert (await other_school.post(f"{url}/approval")).code == "not_found"
        assert [c["id"] for c in (await principal.get("/corrections", state="waiting")).json["items"]] == [asked.json["id"]]
        assert (await principal.post(f"{url}/decline", {"note": "请先核实"})).json["state"] == "declined"
        assert (await principal.post(f"{url}/approval")).code == "wrong_state"
        asked = await school.admin.post(f"/archives/{old['id']}/correction", WHY)
        agreed = await principal.post(f"/corrections/{asked.json['id']}/approval")
        assert (agreed.status, agreed.json["state"], agreed.json["answered_by_name"]) == (202, "making", "校长")
        await kit.tick()
        assert (await principal.get(f"/corrections/{asked.json['id']}")).json["state"] == "done"
        assert (await school.archive_of_version(2))["version"] == 2
        async with kit.deps.db.reading() as tx:
            kept = [row["what"] for row in await tx.fetch("SELECT what FROM audit ORDER BY id")]
        assert kept == [
            "term.sealed", "correction.asked", "correction.declined", "correction.asked", "correction.agreed",
        ]  # fmt: skip


@pytest.mark.feature("X-10", "JX-13")
async def test_a_career_archive_is_corrected_too_and_stays_frozen(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        kit, who = school.kit, school.students[0]
        mine = [a_snapshot(school.term, who, title=f"志愿服务之{n}") for n in range(2)]
        await school.clear(mine)
        await school.close(entries=2)
        await school.seal(without_missing=True)
        kit.at(SEALING)
        async with kit.deps.db.transaction() as tx:
            await tx.execute(
                "INSERT INTO careers (student_id, record_ids, version) VALUES ($1, $2, 1)", who.student_id,
                [r.record_id for r in mine],
            )  # fmt: skip
        assert (await school.admin.post(f"/career/{who.student_id}/seal", {"without_missing": True})).status == 202
        await kit.tick()
        old = await school.archive_of(kind="career")
        await kit.receive(RecordVoidedV1(record_id=mine[0].record_id, record=mine[0], at=BEFORE, reason="不实"))
        assert (await school.admin.post(f"/archives/{old['id']}/correction", WHY)).status == 202
        await kit.tick()
        new = await school.archive_of_version(2, kind="career")
        assert await titles(school, new) == ["志愿服务之1"]
        seen = (await school.student().get(f"/career/{who.student_id}")).json
        assert (seen["state"], seen["archive"]["id"]) == ("sealed", new["id"])
        assert (await school.admin.post(f"/career/{who.student_id}/seal")).code == "wrong_state"
