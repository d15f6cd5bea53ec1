"""Records of a kind that a later version of the scheme retired stay in every archive, with the words of their own version; what
was entered in a term that moves goes on under the new one."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from archive.domain.content import CareerContent
from archive.domain.moving import moved_sheets, renamed
from contracts.records import TermChangedV1
from proof import examine
from scheme import Schemes
from servicekit.ids import new_id
from stack.next_version import RETIRED, schemes_with_next_version
from stack.next_year import BEIJING, BEIJING_MIGRATION, NEW, schemes_of_next_year

from .builders import read_content
from .school import DATA, PICKING, SEALING, SIGNING, a_school, a_snapshot
from .scored import CLASS, DIMENSIONS, OTHER, a_scored_school, staff

THEME = {
    "name": "宪法宣传周主题演讲", "theme": "rule_of_law", "held_on": "2026-10-20", "place": "学校礼堂",
    "account": "准备了三个星期，讲了宪法与校园生活的关系，也回答了同学的提问，收获很大。",
}  # fmt: skip


@pytest.mark.feature("X-01", "JX-13")
@pytest.mark.parametrize("named", [True, False], ids=["its version is known", "written by an older release"])
async def test_a_kind_that_is_gone_does_not_break_the_career_archive(parts: Any, tmp_path: Path, named: bool) -> None:
    version = {"scheme_version": "2026.1"} if named else {}
    async with a_school(parts, pupils=1, schemes=schemes_with_next_version(tmp_path)) as school:
        who, kit = school.students[0], school.kit
        gone = a_snapshot(school.term, who, title="宪法演讲", data=THEME, **version).model_copy(update={"kind": RETIRED})
        kept = a_snapshot(school.term, who, data=DATA["volunteer_service"], **version)
        await school.clear([gone, kept])
        await school.close(entries=2)
        values = school.term.model_dump() | {"scheme_version": "2026.2", "version": 2, "reason": "改用新版"}
        await kit.receive(
            TermChangedV1.model_validate({name: values[name] for name in TermChangedV1.model_fields if name in values})
        )
        await school.evaluate_all()
        await school.seal()
        kit.at(PICKING)
        url = f"/career/{who.student_id}"
        seen = (await school.student().get(url)).json
        assert {one["kind_title"] for one in seen["candidates"]} == {"主题教育", "志愿服务"}
        ids = [str(gone.record_id), str(kept.record_id)]
        assert (await school.student().put(f"{url}/selection", {"record_ids": ids})).status == 200
        assert (await school.student().post(f"{url}/seal", {"without_missing": True})).status == 202
        await kit.tick()
        archive = await school.archive_of(kind="career")
        report = examine(await school.object(archive), SIGNING.public(), archive["root"])
        assert report.document is not None
        content = read_content(report.document.content)
        assert isinstance(content, CareerContent)
        printed = {k.kind: k.records[0] for d in content.dimensions for k in d.kinds}
        assert {kind: one.title for kind, one in printed.items()} == {"主题教育": "宪法演讲", "志愿服务": "社区敬老院志愿服务"}
        assert {"主题类别": "法治安全"}.items() <= {d.label: d.value for d in printed["主题教育"].details}.items()
        assert "服务对象" in {d.label for d in printed["志愿服务"].details}, "as it was called when it was written"
        assert SEALING < PICKING


@pytest.mark.feature("X-01", "BJ-10")
async def test_scores_and_sheets_follow_a_term_to_other_parts_and_steps_but_locked_ones(parts: Any, tmp_path: Path) -> None:
    folder = schemes_of_next_year(tmp_path, "beijing", BEIJING, BEIJING_MIGRATION)
    async with a_scored_school(parts, schemes=folder) as school:
        for path in (CLASS, OTHER):
            await school.fill(path)
        assert (await school.adjust(school.group, 0, "5")).status == 201
        await school.lock(OTHER)
        [handed_over] = await school.move(school.teacher, "pass", (CLASS, (await school.sheet(school.teacher))["version"]))
        assert handed_over["ok"]
        locked = (await school.student(2).get("/scores/own", term_id=school.term_id)).json["scores"][0]["rows"]
        before = (await school.sheet(school.head))["rows"][0]["dimensions"]

        values = school.term.model_dump() | {"scheme_version": NEW, "version": 2, "reason": "改用新版"}
        moved = TermChangedV1.model_validate({name: values[name] for name in TermChangedV1.model_fields if name in values})
        await school.kit.receive(moved)
        await school.kit.receive(moved.model_copy(update={"event_id": new_id(), "version": 3}))

        sheet = await school.sheet(school.head)
        assert (sheet["state"], sheet["actions"]) == ("待年级复核", ["pass"]), "its step has another name and is the first now"
        assert [one["action"] for one in sheet["moves"]].count("carry_over") == 1
        assert sheet["moves"][0]["reason"] == f"改用{NEW}版"
        after = sheet["rows"][0]["dimensions"]
        assert [one["score"] for one in after] == [one["score"] for one in before]
        assert {part: after[0]["values"][part] for part in ("council", "bonus")} == {"council": 80, "bonus": 5}
        council = school.kit.as_(replace(staff("supervision_group", CLASS), role="class_council", account_id=new_id()))
        seen = await school.enter(council, "council", {1: "60"}, dimension=DIMENSIONS[0], version=1)
        assert seen[0]["ok"], seen
        own = (await school.student(2).get("/scores/own", term_id=school.term_id)).json["scores"][0]["rows"]
        assert own == locked, "as it was locked"
        assert (await school.sheet(school.office, OTHER))["state"] == "已锁定"


@pytest.mark.feature("X-01", "BJ-10")
def test_a_class_whose_step_is_gone_is_handed_over_again_and_one_that_passed_all_waits_for_the_lock(tmp_path: Path) -> None:
    gone = BEIJING_MIGRATION.replace("{old: department, new: grade_check}", "{old: department}")
    gone_says = "改用2027.1版，不再有“年级审核”，须重新送审"
    for migration, says in ((BEIJING_MIGRATION, "改用2027.1版"), (gone, gone_says)):
        folder = schemes_of_next_year(tmp_path / str(len(migration)), "beijing", BEIJING, migration)
        schemes = Schemes(folder)
        found = moved_sheets(schemes.get("beijing", "2026.1"), schemes.get("beijing", NEW))
        assert (found.steps[1], found.reasons[1]) == (0, says)
        assert found.steps[2] == 1, "all steps were passed: it waits for the lock"
    assert renamed(schemes.get("beijing", NEW), {"morality": "A"}) == {"morality": "A"}
