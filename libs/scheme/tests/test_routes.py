"""Every row of every route: what a stage and an action lead to, and that nothing else is possible."""

from pathlib import Path

import pytest
from scheme import Outcome, Route, Schemes, UnknownError, UnroutableError
from scheme.consistency import route_gaps

ALL = Schemes(Path(__file__).parents[3] / "schemes")
JIANGXI = ALL.latest("jiangxi").cases
CHANGSHA = ALL.latest("changsha").cases
BAOSHAN = ALL.latest("baoshan").cases

type Row = tuple[str, str, Outcome | None, str | None, Outcome | None]
"""Stage, action, what is proposed so far; where it leads, how it ends."""

TABLE: list[Row] = [
    ("student_handling", "amend", None, "teacher_review", None),
    ("student_handling", "insist", None, "teacher_review", None),
    ("student_handling", "overdue", None, "teacher_review", None),
    ("teacher_review", "agree", "amend", "recheck", None),
    ("teacher_review", "disagree", "amend", "student_handling", None),
    ("recheck", "agree", "keep", None, "keep"),
    ("recheck", "agree", "amend", None, "amend"),
    ("recheck", "disagree", "keep", None, "void"),
    ("recheck", "disagree", "amend", None, "void"),
]


@pytest.mark.feature("JX-09")
@pytest.mark.parametrize(("stage", "action", "proposed", "leads_to", "outcome"), TABLE)
def test_jiangxi_moves_as_its_table_says(
    stage: str, action: str, proposed: Outcome | None, leads_to: str | None, outcome: Outcome | None
) -> None:
    step = JIANGXI.act(stage, action, proposed)
    assert (step.next.id if step.next else None, step.outcome) == (leads_to, outcome)


@pytest.mark.feature("JX-09")
def test_the_jiangxi_table_is_whole_and_every_other_move_is_refused() -> None:
    assert {(stage.id, action.id) for stage, action in JIANGXI.moves()} == {(row[0], row[1]) for row in TABLE}
    actions = {row[1] for row in TABLE}
    for stage in JIANGXI.stages:
        for name in actions - {action.id for action in stage.actions}:
            with pytest.raises(UnknownError):
                JIANGXI.act(stage.id, name)


@pytest.mark.feature("JX-09")
def test_what_the_student_proposed_is_what_the_administrator_agrees_to() -> None:
    step = JIANGXI.act(JIANGXI.start("complaint").id, "insist")
    back = JIANGXI.act("teacher_review", "disagree", step.proposed)
    again = JIANGXI.act("student_handling", "amend", back.proposed)
    checked = JIANGXI.act("teacher_review", "agree", again.proposed)
    assert JIANGXI.act("recheck", "agree", checked.proposed).outcome == "amend"


@pytest.mark.feature("JX-09", "JX-10")
def test_actors_and_needs_stand_in_the_table() -> None:
    assert [JIANGXI.actor(stage.id) for stage in JIANGXI.stages] == ["student", "class_teacher", "school_administrator"]
    assert JIANGXI.stage("teacher_review").action("disagree").lacking([]) == ("reason",)
    assert JIANGXI.stage("student_handling").action("insist").lacking(["text"]) == ()
    assert all(action.bulk for action in JIANGXI.stage("teacher_review").choices())
    assert "overdue" not in {action.id for action in JIANGXI.stage("student_handling").choices()}


@pytest.mark.feature("CS-10", "CS-11")
def test_changsha_excludes_what_is_upheld_and_an_appeal_may_bring_it_back() -> None:
    assert CHANGSHA.act(CHANGSHA.start("complaint").id, "uphold").outcome == "exclude"
    assert CHANGSHA.act("complaint_decision", "reject").outcome == "keep"
    appeal = CHANGSHA.type("appeal")
    assert (appeal.follows, appeal.follows_outcomes) == ("complaint", ("exclude",))
    ends = {
        action.id: CHANGSHA.act("appeal_decision", action.id).outcome for action in CHANGSHA.stage("appeal_decision").actions
    }
    assert ends == {"uphold": "keep", "reject": "exclude", "delete": "void"}
    assert CHANGSHA.type("complaint").text.problem("长" * 121) == "最多120个字，现有121个字"
    assert [reason.title for reason in CHANGSHA.type("complaint").reasons] == ["材料内容失真", "虚假材料", "其他"]


@pytest.mark.feature("SH-10")
@pytest.mark.parametrize(
    ("level", "auditor"),
    [("student", "school_auditor"), ("school", "school_auditor"), ("district", "district_auditor"), ("city", "city_auditor")],
)
def test_shanghai_routes_an_appeal_by_data_level_back_to_whoever_entered_it(level: str, auditor: str) -> None:
    first = BAOSHAN.start("appeal", level)  # type: ignore[arg-type]
    assert BAOSHAN.actor(first.id, level) == auditor  # type: ignore[arg-type]
    mending = BAOSHAN.act(first.id, "accept").next
    assert mending is not None
    assert BAOSHAN.actor(mending.id) == "author"
    mended = BAOSHAN.act(mending.id, "amend")
    assert mended.next is not None
    assert BAOSHAN.actor(mended.next.id, level) == auditor  # type: ignore[arg-type]
    assert BAOSHAN.act(mended.next.id, "agree", mended.proposed).outcome == "amend"


@pytest.mark.feature("SH-10")
def test_unmended_school_data_goes_to_the_district_and_student_data_cannot() -> None:
    assert BAOSHAN.actor(BAOSHAN.start("unmended", "school").id, "school") == "district_auditor"
    with pytest.raises(UnroutableError):
        BAOSHAN.start("unmended", "student")


@pytest.mark.parametrize("scheme", list(ALL), ids=lambda scheme: scheme.id)
def test_every_move_of_every_route_can_be_made_and_every_walk_can_end(scheme: object) -> None:
    route = getattr(scheme, "cases")  # noqa: B009
    for stage, action in route.moves():
        step = route.act(stage.id, action.id, "keep")
        assert (step.next is None) != (step.outcome is None)
    assert list(map(str, route_gaps(route))) == []


def a_route(*stages: dict[str, object], start: str = "one") -> Route:
    return Route.model_validate(
        {
            "types": [{"id": "complaint", "title": "质疑", "against": "published"}],
            "entries": [{"type": "complaint", "stage": start}],
            "stages": [{"title": "阶段", "actor": "student"} | stage for stage in stages],
        }
    )


END = {"id": "end", "title": "结束", "outcome": "keep"}


@pytest.mark.feature("X-01")
@pytest.mark.parametrize(
    ("route", "gap"),
    [
        (a_route({"id": "one", "actions": [END]}, {"id": "two", "actions": [END]}), "stage 'two': unreachable"),
        (
            a_route({"id": "one", "actions": [{"id": "on", "title": "转", "leads_to": "one"}]}),
            "stage 'one': leads to no end",
        ),
        (
            a_route({"id": "one", "actions": [{"id": "on", "title": "转", "leads_to": "gone"}, END]}),
            "stage 'one', action 'on': leads to 'gone', which is no stage",
        ),
        (
            a_route({"id": "one", "actions": [{"id": "ok", "title": "同意", "outcome": "proposed"}]}),
            "stage 'one', action 'ok': accepts a proposal, but perhaps there is none",
        ),
        (
            a_route({"id": "one", "actions": [END], "deadline": {"after": "P1D", "action": "late"}}),
            "stage 'one': its deadline takes an unknown action 'late'",
        ),
        (a_route({"id": "one", "actions": [END | {"by_clock": True}]}), "stage 'one': there is no action for people"),
        (a_route({"id": "one", "actions": [END]}, start="two"), "cases: 'complaint' starts at 'two', which is no stage"),
    ],
)
def test_a_hole_in_a_route_is_named(route: Route, gap: str) -> None:
    assert gap in list(map(str, route_gaps(route)))
