"""Cases in a term that moves to a newer version of its scheme go on at the stages, and wait for the roles, that it has."""

from pathlib import Path
from typing import Any

import pytest
from contracts.publicity import CaseMovedV2
from contracts.records import TermChangedV1
from publicity.app import SERVICE
from servicekit.testing import a_service
from stack.next_year import JIANGXI, JIANGXI_MIGRATION, NEW, schemes_of_next_year

from .publicity_builders import HANDLING, House

EDITS = (
    *JIANGXI,
    ("- id: complaint\n      title: 质疑", "- id: doubt\n      title: 异议"),
    ("{type: complaint,", "{type: doubt,"),
    ("case: complaint", "case: doubt"),
    ("actor: school_administrator\n      operation: recheck_case", "actor: headmaster\n      operation: recheck_case"),
    (
        "{id: recheck_case, title: 复核质疑处理, roles: [school_administrator]",
        "{id: recheck_case, title: 复核质疑处理, roles: [headmaster]",
    ),
)
MIGRATION = JIANGXI_MIGRATION + "case_types: [{old: complaint, new: doubt}]\n"


def moved(house: House, version: int = 2) -> TermChangedV1:
    """The term is under the version of next year now."""
    values = house.term.model_dump() | {"scheme_version": NEW, "version": version, "reason": "改用新版"}
    return TermChangedV1.model_validate({name: values[name] for name in TermChangedV1.model_fields if name in values})


@pytest.mark.feature("X-01", "JX-09")
async def test_open_cases_go_on_at_the_new_stage_and_closed_ones_stay_readable(parts: Any, tmp_path: Path) -> None:
    folder = schemes_of_next_year(tmp_path, "jiangxi", EDITS, MIGRATION)
    async with a_service(SERVICE, parts, storage=True, schemes=folder) as kit:
        house = await House(kit).begin()
        entries = [(await house.selected())[0] for _ in range(3)]
        closed, waiting, handling = [await house.complaint(entry) for entry in entries]
        await house.to(HANDLING)
        for case in (closed, waiting):
            assert (await house.act(house.owner, case, "insist", text="我确实参加了这次活动")).status == 200
            assert (await house.act(house.teacher, case, "agree")).status == 200
        assert (await house.act(house.administrator, closed, "agree")).status == 200

        await kit.receive(moved(house))
        await kit.receive(moved(house, 3))

        office = kit.as_(house.administrator)
        assert (await office.get(f"/cases/{waiting}")).json["stage_title"] == "校管理员复核"
        assert (await office.get(f"/cases/{closed}")).status == 200
        assert (await office.get("/cases")).status == 200
        assert (await house.act(house.administrator, waiting, "agree")).code == "forbidden", "the stage has another actor now"
        moves = [one for one in await kit.events(CaseMovedV2) if one.case_id == waiting and one.stage == "school_recheck"]
        assert [one.actors for one in moves] == [("headmaster",)], "its new actor is notified once"
        assert (await house.act(house.owner, handling, "insist", text="我确实参加了这次活动")).status == 200
