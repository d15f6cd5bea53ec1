"""The career archive: picking within the scheme's numbers, sealing, and what it ends (JX-13, JX-14)."""

from typing import Any

import pytest
from archive.domain.content import CareerContent
from contracts.archive import CareerSealedV1
from contracts.identity import OrganisationCreatedV1, StudentStatusChangedV1
from proof import Verdict, examine
from servicekit.ids import new_id
from servicekit.testing import an_actor

from .builders import read_content
from .school import PICKING, SEALING, SIGNING, a_school, a_snapshot, a_term


@pytest.mark.feature("JX-13", "JX-14", "X-13")
async def test_a_student_picks_at_most_two_of_a_kind_and_the_sealed_career_says_so_to_all(parts: Any) -> None:
    async with a_school(parts, pupils=2) as school:
        who, kit = school.students[0], school.kit
        url = f"/career/{who.student_id}"
        early = await school.admin.post(f"{url}/seal")
        assert (early.code, early.json["terms_sealed"], early.json["terms_in_stage"]) == ("career_not_ready", 0, 6)
        mine = [a_snapshot(school.term, who, title=f"志愿服务之{n}") for n in range(3)]
        await school.clear([*mine, a_snapshot(school.term, school.students[1])])
        await school.approve(a_snapshot(school.term, who, "exam_scores"))
        await school.approve(a_snapshot(school.term, who, "misconduct"))
        await school.close(entries=4)
        await school.evaluate_all()
        assert (await school.student().get(url)).json["candidates"] == []
        await school.seal()
        seen = (await school.guardian().get(url)).json
        assert sorted(c["title"] for c in seen["candidates"]) == ["志愿服务之0", "志愿服务之1", "志愿服务之2"]
        assert (seen["terms_sealed"], seen["terms_in_stage"], seen["state"], seen["version"]) == (1, 6, "collecting", 0)
        assert seen["left"] == {"volunteer_service": 2}

        ids = [str(r.record_id) for r in mine]
        closed = await school.student().put(f"{url}/selection", {"record_ids": ids[:2]})
        assert (closed.code, closed.json["rule"]) == ("window_closed", "JX-13")
        kit.at(PICKING)
        over = await school.student().put(f"{url}/selection", {"record_ids": ids})
        assert (over.status, over.code, over.json["rule"], over.json["scheme"]) == (
            409,
            "quota_exceeded",
            "JX-13",
            "jiangxi@2026.1",
        )
        assert (over.json["kind"], over.json["most"], over.json["picked"]) == ("volunteer_service", 2, 3)
        strange = await school.student().put(f"{url}/selection", {"record_ids": [str(new_id())]})
        assert (strange.code, strange.json["errors"][0]["field"]) == ("invalid_input", "record_ids")
        for other in (school.teacher(), school.guardian(), school.admin):
            assert (await other.put(f"{url}/selection", {"record_ids": ids[:1]})).code == "forbidden"
        assert (await school.student(1).put(f"{url}/selection", {"record_ids": []})).code == "not_found"
        nothing = await school.student().post(f"{url}/seal")
        assert (nothing.code, nothing.json["rule"]) == ("career_not_ready", "JX-13")
        assert (await school.student().put(f"{url}/selection", {"record_ids": ids[:1]})).json["version"] == 1
        assert (await school.student().put(f"{url}/selection", {"record_ids": ids[1:]})).code == "version_required"
        assert (await school.student().put(f"{url}/selection", {"record_ids": ids[1:]}, If_Match='"9"')).code == "stale_version"
        picked = await school.student().put(f"{url}/selection", {"record_ids": ids[1:]}, If_Match='"1"')
        assert (picked.json["picked"], picked.json["left"]) == (ids[1:], {"volunteer_service": 0})

        assert (await school.stranger.post(f"{url}/seal")).code == "not_found"
        assert (await school.teacher().post(f"{url}/seal")).code == "forbidden"
        lacking = await school.student().post(f"{url}/seal")
        assert (lacking.code, lacking.json["rule"], len(lacking.json["missing"])) == ("career_not_ready", "JX-13", 5)
        assert "2025-2026学年第一学期" in lacking.json["detail"]
        assert "2026-2027学年第一学期" not in lacking.json["missing"]
        assert (await school.student().post(f"{url}/seal", {"without_missing": True})).status == 202
        frozen = await school.student().put(f"{url}/selection", {"record_ids": []}, If_Match='"2"')
        assert (frozen.code, frozen.json["rule"]) == ("wrong_state", "JX-13")
        await kit.tick()
        assert (await school.admin.post(f"{url}/seal")).code == "wrong_state"
        done = (await school.student().get(url)).json
        assert done["state"] == "sealed"
        archive = await school.archive_of(kind="career")
        assert archive["id"] == done["archive"]["id"]
        report = examine(await school.object(archive), SIGNING.public(), archive["root"])
        assert report.verdict is Verdict.GENUINE
        assert report.document is not None
        content = read_content(report.document.content)
        assert isinstance(content, CareerContent)
        assert [r.title for d in content.dimensions for k in d.kinds for r in k.records] == ["志愿服务之1", "志愿服务之2"]
        assert len(content.misconduct) == 1
        assert [e.statements[0].term for e in content.evaluations] == ["2026-2027学年第一学期"] * 2
        [event] = await kit.events(CareerSealedV1)
        assert (event.student_id, str(event.archive_id), event.path) == (who.student_id, archive["id"], who.path)


@pytest.mark.feature("JX-13")
async def test_the_school_seals_for_a_student_who_has_nothing_to_pick(parts: Any) -> None:
    async with a_school(parts, pupils=1) as school:
        await school.close()
        await school.seal(without_missing=True)
        school.kit.at(SEALING)
        url = f"/career/{school.students[0].student_id}"
        assert (await school.student().post(f"{url}/seal")).code == "window_closed"
        assert (await school.admin.post(f"{url}/seal", {"without_missing": True})).status == 202
        await school.kit.tick()
        assert (await school.admin.get(url)).json["state"] == "sealed"
        assert len(await school.kit.events(CareerSealedV1)) == 1


@pytest.mark.feature("BJ-04")
async def test_a_borrowed_students_archives_are_filed_at_the_home_school_which_seals_the_career(parts: Any) -> None:
    home = "jx.nc.dh.s2"
    async with a_school(parts, pupils=2) as school:
        kit, who = school.kit, school.students[0]
        away = who.model_copy(update={"status": "borrowed", "home": f"{home}.g2026.c03", "version": who.version + 1})
        await kit.receive(StudentStatusChangedV1(student_id=who.student_id, enrolment=away))
        for path, title in ((home, "学籍中学"), (f"{home}.g2026", "2026级"), (f"{home}.g2026.c03", "3班")):
            level = ("school", "grade", "class")[path.count(".") - 3]
            await kit.receive(
                OrganisationCreatedV1(
                    path=path, level=level, title=title, stage=None, scheme_id=None, scheme_version=None,
                    time_zone="Asia/Shanghai", version=1,
                )
            )  # fmt: skip
        await kit.receive(a_term(path=home, term_id=new_id()))
        await school.close()
        await school.evaluate_all()
        await school.seal()
        at_home, outside = school.stranger, kit.as_(an_actor("administrator", "jx.nc.dh.s3"))
        [filed] = (await at_home.get("/archives")).json["items"]
        assert filed["student_id"] == str(who.student_id), "of the host's pupils only the one of its own"
        assert (await at_home.get(f"/archives/{filed['id']}/content")).status == 200
        assert (await outside.get("/archives")).json["items"] == []
        assert (await outside.get(f"/archives/{filed['id']}")).code == "not_found"
        assert len((await school.admin.get("/archives")).json["items"]) == 2, "the host keeps what it sealed"
        url, order = f"/career/{who.student_id}/seal", {"without_missing": True}
        assert (await school.admin.post(url, order)).code == "not_found"
        assert (await at_home.post(url, order)).status == 202
        await kit.tick()
        career = await school.archive_of(kind="career")
        assert career["path"] == f"{home}.g2026.c03"
        assert "学籍中学" in str((await at_home.get(f"/archives/{career['id']}/content")).json)
