"""Records are published in steps, to the class and then to the school, as a made-up scheme says (X-09)."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml
from contracts.base import Window
from contracts.publicity import EntriesClearedV1, PublicityClosedV1
from publicity.app import SERVICE
from publicity.domain.board import scope_at
from publicity_builders import (
    CLASS,
    CLOSES,
    OPENS,
    OTHER_CLASS,
    SCHOOL,
    SHOWN,
    House,
    a_guardian,
    a_rules_term,
    an_actor,
    an_enrolment,
    enrolled,
)
from scheme import Scheme, loads
from servicekit.testing import Kit, a_service, a_student

SOURCE = Path(__file__).parents[3] / "schemes" / "jiangxi" / "2026.1.yaml"
STEPS: list[dict[str, Any]] = [
    {
        "id": "in_class", "title": "班级公示", "scope": "class", "working_days": 3, "cases": [],
        "shows": ["student_name", "class", "kind", "title", "fields"],
    },
    {"id": "in_school", "title": "全校公示", "scope": "school", "working_days": 7},
]  # fmt: skip
WIDENS = datetime.fromisoformat("2026-12-23T23:59:59+08:00")
IN_SCHOOL = OPENS + timedelta(days=5)
YOUNGER_CLASS = f"{SCHOOL}.g2026.c01"


def text_of(steps: list[dict[str, Any]]) -> str:
    """Jiangxi's scheme with these steps."""
    scheme = yaml.safe_load(SOURCE.read_text(encoding="utf-8"))
    scheme["board"]["steps"] = steps
    return str(yaml.safe_dump(scheme, allow_unicode=True))


def scheme_with(steps: list[dict[str, Any]] = STEPS) -> Scheme:
    """The same, loaded."""
    return loads(text_of(steps))


def folder_with(folder: Path, steps: list[dict[str, Any]] = STEPS) -> Path:
    """A folder of schemes with it."""
    file = folder / "jiangxi" / "2026.1.yaml"
    file.parent.mkdir()
    file.write_text(text_of(steps), encoding="utf-8")
    return folder


async def a_school(kit: Kit) -> tuple[House, Any]:
    """A school with a pupil in another class."""
    house = await House(kit).begin()
    other = a_student(OTHER_CLASS, name="赵强")
    await kit.receive(enrolled(an_enrolment(other.student_id, OTHER_CLASS, "赵强")))
    return house, other


@pytest.mark.feature("X-09")
def test_steps_divide_publicity_by_working_days_and_the_last_lasts_until_its_end() -> None:
    term = a_rules_term(scheme_with())
    first, last = term.steps(CLASS)
    assert (first.starts, first.ends, last.starts, last.ends) == (OPENS, WIDENS, WIDENS, CLOSES), "from Monday to Wednesday"
    seen = [term.step_at(CLASS, at) for at in (OPENS - timedelta(seconds=1), OPENS, WIDENS, CLOSES)]
    assert [one and one.step.id for one in seen] == [None, "in_class", "in_school", None]
    short = a_rules_term(scheme_with(), windows=(Window(operation="publicity", starts=OPENS, ends=OPENS + timedelta(days=2)),))
    assert [one.ends - one.starts for one in short.steps(CLASS)] == [timedelta(days=2), timedelta()], "no time is left"
    assert a_rules_term(scheme_with([])).steps(CLASS) == ()


@pytest.mark.feature("X-09", "SH-01")
def test_each_step_reaches_its_circle_and_staff_see_what_is_below_them_also_where_grades_differ() -> None:
    def seen(role: str, path: str, at: datetime, windows: tuple[Window, ...] | None = None) -> list[str]:
        term = a_rules_term(scheme_with([{**STEPS[0], "scope": "class"}, {**STEPS[1], "scope": "grade"}]))
        scope = scope_at(replace(term, windows=windows) if windows else term, an_actor(role, path), at)
        paths = {CLASS: "own", OTHER_CLASS: "beside", YOUNGER_CLASS: "younger"}
        return [name for one, name in paths.items() if scope.reaches(one, an_actor("student", CLASS).card_id)]

    assert seen("student", CLASS, SHOWN) == seen("class_teacher", CLASS, SHOWN) == ["own"]
    assert seen("administrator", SCHOOL, SHOWN) == ["own", "beside", "younger"]
    assert seen("student", CLASS, IN_SCHOOL) == ["own", "beside"]
    assert seen("student", CLASS, CLOSES) == seen("administrator", SCHOOL, CLOSES) == [], (
        "a step that is not known shows nothing"
    )
    late = OPENS + timedelta(days=9)
    by_grade = (
        Window(operation="publicity", starts=OPENS, ends=CLOSES, grades=("11",)),
        Window(operation="publicity", starts=late, ends=CLOSES + timedelta(days=9), grades=("10",)),
    )
    younger = SCHOOL + ".g2026.c02"
    assert seen("student", younger, late, by_grade) == []
    assert seen("student", YOUNGER_CLASS, late, by_grade) == ["younger"]
    assert seen("administrator", SCHOOL, late, by_grade) == ["own", "beside", "younger"]
    assert seen("student", younger, late + timedelta(days=6), by_grade) == ["younger"]


@pytest.mark.feature("X-09", "JX-07", "JX-08", "JX-13")
async def test_the_class_sees_records_first_then_the_school_and_they_are_cleared_after_the_last_step(
    parts: Any, tmp_path: Path
) -> None:
    async with a_service(SERVICE, parts, storage=True, schemes=folder_with(tmp_path)) as kit:
        house, other = await a_school(kit)
        entry_id, _ = await house.selected()
        await house.selected(other, path=OTHER_CLASS, student_name="赵强", title="另一个班的记录")
        await house.to(SHOWN)
        term = {"term_id": house.term.term_id}

        async def board(by: Any, **more: Any) -> list[dict[str, Any]]:
            return list((await kit.as_(by).get("/board", **term, **more)).json["items"])

        for inside in (house.owner, house.classmate, house.teacher, a_guardian(house.owner.student_id)):
            assert [one["student_name"] for one in await board(inside)] == ["李晓雨"]
        assert [one["student_name"] for one in await board(other)] == ["赵强"]
        assert len(await board(house.administrator)) == 2
        assert await board(house.classmate, q="赵强") == await board(house.classmate, path=OTHER_CLASS) == []
        tree = (await kit.as_(house.classmate).get("/board/tree", **term)).json
        assert [one["path"] for grade in tree["grades"] for one in grade["below"]] == [CLASS]
        assert (await kit.as_(other).get(f"/board/{entry_id}")).code == "not_found"
        shown = (await kit.as_(house.classmate).get(f"/board/{entry_id}")).json
        assert (shown["title"], shown["date"], shown["evidence"], shown["complaint"]) == ("社区敬老院志愿服务", None, [], None)
        says = "现在是“班级公示”，这一步不受理“质疑”；“全校公示”从2026-12-23 23:59起可以提出"
        assert shown["complaint_refused"] == says
        complaint = {"entry_id": str(entry_id), "complaint_type": "untrue", "text": "当天他并没有参加这次活动"}
        early = await kit.as_(house.classmate).post("/cases", complaint)
        assert (early.code, early.json["detail"], early.json["rule"]) == ("window_closed", says, "JX-08")
        [tab] = (await kit.as_(house.classmate).get("/board/terms")).json["items"]
        [track] = tab["tracks"]
        assert [(one["title"], one["state"], one["complaints"]) for one in track["steps"]] == [
            ("班级公示", "now", []), ("全校公示", "ahead", ["质疑"]),
        ]  # fmt: skip

        await house.to(IN_SCHOOL)
        assert len(await board(other)) == len(await board(house.classmate)) == 2
        shown = (await kit.as_(other).get(f"/board/{entry_id}")).json
        assert (shown["date"], len(shown["evidence"]), shown["complaint"]["case_type"]) == ("2026-10-01", 1, "complaint")
        assert (await kit.as_(other).post("/cases", complaint)).status == 201
        assert await kit.events(EntriesClearedV1) == [], "nothing is archived before the last step is over"
        assert await kit.events(PublicityClosedV1) == []
        await house.to(CLOSES)
        assert len(await kit.events(EntriesClearedV1)) == 1, "but not what a case is open about"
        assert len(await kit.events(PublicityClosedV1)) == 1
