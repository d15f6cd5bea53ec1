"""Records of a kind that a later version of the scheme retired stay in every archive, with the words of their own version."""

from pathlib import Path
from typing import Any

import pytest
from archive.domain.content import CareerContent
from contracts.records import TermChangedV1
from proof import examine
from stack.next_version import RETIRED, schemes_with_next_version

from .builders import read_content
from .school import DATA, PICKING, SEALING, SIGNING, a_school, a_snapshot

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
