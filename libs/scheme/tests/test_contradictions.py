"""Every reference between parts of a scheme has a target; contradictions are reported with their location (X-01)."""

from copy import deepcopy
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError
from scheme import Route, Scheme, Schemes, loads
from scheme.consistency import route_gaps

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
pytestmark = pytest.mark.feature("X-01")


@cache
def dumped(name: str) -> dict[str, Any]:
    return SCHEMES.latest(name).model_dump(mode="json")


def problems(name: str, *changes: tuple[str, Any]) -> list[str]:
    """The problems of a deployment's scheme with other values at these paths."""
    data = deepcopy(dumped(name))
    for path, value in changes:
        *steps, last = (int(step) if step.isdigit() else step for step in path.split("."))
        node: Any = data
        for step in steps:
            node = node[step]
        node[last] = value
    try:
        Scheme.model_validate(data)
    except ValidationError as wrong:
        return [line for error in wrong.errors() for line in error["msg"].removeprefix("Value error, ").split("\n")]
    return []


# The scheme, the path of an id in its data, the location that the problem names, and what the id refers to.
REFERENCES = [
    ("baoshan", "catalogs.0.kept_by.school", "catalogs › league_projects › kept_by", "role"),
    ("baoshan", "dimensions.0.kinds.0.entry_roles.0", "dimensions › moral › kinds › eaglet_badge › entry_roles", "role"),
    ("baoshan", "dimensions.0.kinds.0.operation", "dimensions › moral › kinds › eaglet_badge › operation", "operation"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.role",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › role", "role"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.operation",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › operation", "operation"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.switch",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › switch", "switch"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.mend_operation",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › mend_operation", "operation"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.unmended.case",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › unmended › case", "case type"),
    ("baoshan", "dimensions.0.kinds.3.form.fields.0.catalog",
     "dimensions › moral › kinds › league_activity › form › fields › project › catalog", "catalog"),
    ("baoshan", "dimensions.0.kinds.3.publicity.operation",
     "dimensions › moral › kinds › league_activity › publicity › operation", "operation"),
    ("baoshan", "timing.operations.0.roles.0", "timing › operations › set_switches › roles", "role"),
    ("baoshan", "timing.operations.0.helper", "timing › operations › set_switches › helper", "role"),
    ("baoshan", "timing.operations.5.during", "timing › operations › student_fill › during", "operation"),
    ("baoshan", "timing.operations.5.not_after", "timing › operations › student_fill › not_after", "operation"),
    ("baoshan", "timing.operations.11.not_before", "timing › operations › handle_case › not_before", "operation"),
    ("baoshan", "timing.precedences.0.earlier", "timing › precedences › item 1 › earlier", "operation"),
    ("baoshan", "timing.precedences.0.later", "timing › precedences › item 1 › later", "operation"),
    ("baoshan", "timing.publicity_operation", "timing › publicity_operation", "operation"),
    ("baoshan", "switches.0.set_by", "switches › league_review › set_by", "role"),
    ("baoshan", "switches.0.operation", "switches › league_review › operation", "operation"),
    ("baoshan", "switches.0.frozen_by_kinds.0", "switches › league_review › frozen_by_kinds", "kind"),
    ("baoshan", "board.operation", "board › operation", "operation"),
    ("baoshan", "board.rules.0.role", "board › rules › item 1 › role", "role"),
    ("baoshan", "cases.types.0.operation", "cases › types › appeal › operation", "operation"),
    ("baoshan", "cases.types.0.opened_by.0", "cases › types › appeal › opened_by", "role or party"),
    ("baoshan", "cases.types.0.unsealed_by.0", "cases › types › appeal › unsealed_by", "role or party"),
    ("baoshan", "cases.types.0.follows", "cases › types › appeal › follows", "case type"),
    ("baoshan", "cases.types.0.notify_roles.0", "cases › types › appeal › notify_roles", "role or party"),
    ("baoshan", "cases.level_roles.auditor.student", "cases › level_roles", "role"),
    ("baoshan", "cases.level_roles.auditor.school", "cases › level_roles", "role"),
    ("baoshan", "cases.stages.0.operation", "cases › stages › handling › operation", "operation"),
    ("baoshan", "cases.stages.1.actor", "cases › stages › mending › actor", "role or party"),
    ("baoshan", "result.by", "result › by", "role"),
    ("baoshan", "result.operation", "result › operation", "operation"),
    ("baoshan", "archives.term.sign_off.0.by", "archives › term › sign_off › student › by", "role"),
    ("baoshan", "archives.term.sign_off.0.operation", "archives › term › sign_off › student › operation", "operation"),
    ("beijing", "dimensions.0.kinds.0.form.fields.2.written_by.0",
     "dimensions › morality › kinds › moral_deed › form › fields › account › written_by", "role"),
    ("beijing", "dimensions.0.kinds.0.form.fields.3.read_by.0",
     "dimensions › morality › kinds › moral_deed › form › fields › teacher_note › read_by", "role"),
    ("beijing", "evaluations.0.by.0", "evaluations › self_introduction › by", "role"),
    ("beijing", "evaluations.0.operation", "evaluations › self_introduction › operation", "operation"),
    ("beijing", "result.parts.0.evaluation", "result › parts › self › evaluation", "evaluation"),
    ("beijing", "result.parts.1.operation", "result › parts › group › operation", "operation"),
    ("beijing", "result.parts.1.by.0", "result › parts › group › by", "role"),
    ("beijing", "result.steps.0.by", "result › steps › hand_over › by", "role"),
    ("beijing", "result.steps.0.operation", "result › steps › hand_over › operation", "operation"),
    ("beijing", "result.lock.by", "result › lock › by", "role"),
    ("beijing", "result.lock.operation", "result › lock › operation", "operation"),
    ("beijing", "result.lock.unlocked_by", "result › lock › unlocked_by", "role"),
    ("beijing", "archives.term.sections.3.kinds.0", "archives › term › sections › marks › kinds", "kind"),
    ("beijing", "archives.career.operation", "archives › career › operation", "operation"),
    ("beijing", "archives.career.picked_by", "archives › career › picked_by", "role"),
    ("beijing", "imports.0.kind", "imports › subject_marks › kind", "kind"),
    ("beijing", "imports.0.operation", "imports › subject_marks › operation", "operation"),
    ("beijing", "imports.0.roles.0", "imports › subject_marks › roles", "role"),
    ("beijing", "imports.1.evaluation", "imports › teacher_comments › evaluation", "evaluation"),
    ("changsha", "archives.radar.axes.0.dimension", "archives › radar › axes › item 1 › dimension", "dimension"),
    ("changsha", "drafts.default_visibility", "drafts › default_visibility", "visibility"),
    ("jiangxi", "positions.operation", "positions › operation", "operation"),
    ("jiangxi", "positions.declared_by.0", "positions › declared_by", "role"),
    ("jiangxi", "positions.review.steps.0.role", "positions › review › steps › class_teacher › role", "role"),
    ("jiangxi", "positions.review.steps.0.operation",
     "positions › review › steps › class_teacher › operation", "operation"),
    ("jiangxi", "positions.review.steps.0.switch", "positions › review › steps › class_teacher › switch", "switch"),
    ("jiangxi", "positions.review.steps.0.mend_operation",
     "positions › review › steps › class_teacher › mend_operation", "operation"),
    ("jiangxi", "timing.usual.0.operation", "timing › usual › item 1 › operation", "operation"),
    ("jiangxi", "archives.career.sections.5.kinds.0", "archives › career › sections › misconduct › kinds", "kind"),
    ("jiangxi", "archives.release.by", "archives › release › by", "role"),
    ("jiangxi", "archives.release.operation", "archives › release › operation", "operation"),
    ("jiangxi", "archives.backfill.by", "archives › backfill › by", "role"),
    ("jiangxi", "archives.backfill.optional_evaluations.0", "archives › backfill › optional_evaluations", "evaluation"),
    ("baoshan", "dimensions.0.kinds.0.review.steps.0.silence.to",
     "dimensions › moral › kinds › eaglet_badge › review › steps › student › silence › to", "role"),
]  # fmt: skip


@pytest.mark.parametrize(("scheme", "path", "location", "what"), REFERENCES)
def test_an_id_that_refers_to_nothing_is_reported_with_its_location(scheme: str, path: str, location: str, what: str) -> None:
    edge = path.rpartition(".")[2] in {"not_before", "not_after", "earlier", "later"}
    changes = [(path, "nowhere.starts" if edge else "nowhere")]
    if path.endswith(".during"):
        changes.append((path.replace("during", "window"), "none"))
    if path.endswith("silence.to"):
        changes.append((path.replace("to", "then"), "escalate"))
    assert f"{location}: there is no {what} 'nowhere'" in problems(scheme, *changes)


@pytest.mark.parametrize(
    ("scheme", "changes", "problem"),
    [
        (
            "jiangxi",
            [("archives.radar.axes.0.weights", {"nothing": 1})],
            "archives › radar › axes › item 1 › weights: there is no kind 'nothing'",
        ),
        ("jiangxi", [("archives.career.quotas", {"nothing": 1})], "archives › career › quotas: there is no kind 'nothing'"),
        ("jiangxi", [("timing.usual.0.roles", ["ghost"])], "timing › usual › item 1 › roles: there is no role 'ghost'"),
        ("jiangxi", [("archives.release", None)], "archives: a kind is releasable, but there is no `release`"),
        ("jiangxi", [("imports.0.same_by", ["x"])], "import type 'misconduct': kind 'misconduct' has no field 'x'"),
        (
            "jiangxi",
            [("imports.0.columns", [{"field": "category"}, {"field": "x"}])],
            "import type 'misconduct': kind 'misconduct' has no field 'x'",
        ),
        (
            "jiangxi",
            [("imports.0.columns", [{"field": "category"}, {"field": "facts"}, {"field": "happened_on"}])],
            "import type 'misconduct': no column for the required field 'decided_by'",
        ),
        (
            "jiangxi",
            [("archives.term.sections.4.kinds", ["ghost"])],
            "archives › term › sections › special › kinds: there is no kind 'ghost'",
        ),
        (
            "jiangxi",
            [("archives.career.sections.3.kinds", ["misconduct"])],
            "archives, career: kind 'misconduct' is in two sections",
        ),
        (
            "jiangxi",
            [("archives.term.sections.3.kinds", ["volunteer_service"])],
            "archives, term: no section for kind 'youth_league_activity'",
        ),
        ("jiangxi", [("roles.1.id", "student")], "role 'student' occurs twice"),
        ("jiangxi", [("dimensions.1.id", "moral")], "dimension 'moral' occurs twice"),
        ("jiangxi", [("timing.operations.1.id", "report")], "operation 'report' occurs twice"),
        ("jiangxi", [("return_reasons.1.id", "untrue")], "return reason 'untrue' occurs twice"),
        ("jiangxi", [("evaluations.1.id", "self_evaluation")], "evaluation 'self_evaluation' occurs twice"),
        ("jiangxi", [("imports.1.id", "misconduct")], "import type 'misconduct' occurs twice"),
        ("jiangxi", [("cases.stages.1.id", "recheck")], "stage 'recheck' occurs twice"),
        ("changsha", [("cases.types.1.id", "complaint")], "case type 'complaint' occurs twice"),
        ("baoshan", [("switches", [dumped("baoshan")["switches"][0]] * 2)], "switch 'league_review' occurs twice"),
        ("baoshan", [("catalogs", [dumped("baoshan")["catalogs"][0]] * 2)], "catalog 'league_projects' occurs twice"),
    ],
)
def test_parts_that_contradict_each_other_are_named(scheme: str, changes: list[tuple[str, Any]], problem: str) -> None:
    assert problem in problems(scheme, *changes)


@pytest.mark.parametrize("name", [scheme.id for scheme in SCHEMES])
def test_a_scheme_that_is_sound_has_no_problem(name: str) -> None:
    assert problems(name) == []


def test_an_archive_may_leave_out_only_what_is_never_archived() -> None:
    sections = [("archives.term.sections.3.kinds", ["volunteer_service"])]
    found = problems("jiangxi", *sections)
    kinds = [kind.id for kind in SCHEMES.latest("jiangxi").kinds]
    named = {"volunteer_service", "misconduct", "special_projects", "exam_scores", "basic_data", "fitness_test"}
    assert found == [f"archives, term: no section for kind {kind!r}" for kind in kinds if kind not in named]
    left = "dimensions.0.kinds.0.archive"
    assert "archives, term: no section for kind 'youth_league_activity'" not in problems("jiangxi", *sections, (left, "never"))


# --- routes


def a_route(*stages: dict[str, Any], **changed: Any) -> Route:
    data: dict[str, Any] = {
        "types": [{"id": "complaint", "title": "质疑", "against": "published"}],
        "entries": [{"type": "complaint", "stage": "one"}],
        "stages": [{"title": "阶段", "actor": "student"} | stage for stage in stages],
    }
    return Route.model_validate(data | changed)


END = {"id": "end", "title": "结束", "outcome": "keep"}
ONE = {"id": "one", "actions": [END]}


def leads(to: str, **changed: Any) -> dict[str, Any]:
    return {"id": f"to_{to}", "title": "转", "leads_to": to} | changed


@pytest.mark.parametrize(
    ("route", "gaps"),
    [
        (a_route(ONE), []),
        (a_route(ONE, entries=[]), ["cases: no entry for case type 'complaint'", "stage 'one': unreachable"]),
        (
            a_route(ONE, entries=[{"type": "complaint", "stage": "one"}, {"type": "appeal", "stage": "one"}]),
            ["cases: an entry is of type 'appeal', which is no case type"],
        ),
        (
            a_route(ONE | {"actions": [END, leads("one", by_clock=True)]}),
            ["stage 'one', action 'to_one': is by_clock, but the deadline does not take it"],
        ),
        (a_route(ONE | {"actions": [END, leads("one", by_clock=True)], "deadline": {"after": "P1D", "action": "to_one"}}), []),
        (a_route(ONE | {"deadline": {"after": "P1D"}}), []),
        (a_route(ONE | {"actor": "auditor@level"}), ["stage 'one': 'auditor' is missing in level_roles"]),
        (a_route(ONE | {"actor": "auditor@level"}, level_roles={"auditor": {"school": "school_auditor"}}), []),
        (
            a_route({"id": "one", "actions": [leads("two")]}, {"id": "two", "actions": [leads("one")]}),
            ["stage 'one': leads to no end", "stage 'two': leads to no end"],
        ),
        (
            a_route(
                {"id": "one", "actions": [leads("two")]}, {"id": "two", "actions": [leads("three")]}, ONE | {"id": "three"}
            ),
            [],
        ),
        (
            a_route(
                {"id": "one", "actions": [leads("two", proposes="keep"), leads("two", id="silently")]},
                {"id": "two", "actions": [END, {"id": "agree", "title": "同意", "outcome": "proposed"}]},
            ),
            ["stage 'two', action 'agree': accepts a proposal, but perhaps there is none"],
        ),
        (
            a_route(
                {"id": "one", "actions": [leads("two", proposes="keep")]},
                {"id": "two", "actions": [leads("three")]},
                {"id": "three", "actions": [{"id": "agree", "title": "同意", "outcome": "proposed"}]},
            ),
            [],
        ),
    ],
)
def test_exactly_the_holes_of_a_route_are_named(route: Route, gaps: list[str]) -> None:
    assert sorted(map(str, route_gaps(route))) == sorted(gaps)


# --- models


DEED = "dimensions.0.kinds.0"


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([(f"{DEED}.evidence.min", 10)], "evidence: min is above max"),
        ([(f"{DEED}.evidence.types", [])], "evidence: no type of file is allowed"),
        ([(f"{DEED}.date_field", "place")], "kind 'youth_league_activity': date_field must be a field of type date"),
        ([(f"{DEED}.duration_field", "place")],
         "kind 'youth_league_activity': duration_field must be a field of type duration_hours"),
        ([(f"{DEED}.activity_field", "place")], "kind 'youth_league_activity': activity_field must be a field of type choice"),
        ([(f"{DEED}.title_field", "x")], "kind 'youth_league_activity': title_field names 'x', which is not in the form"),
        ([(f"{DEED}.date_field", "x")], "kind 'youth_league_activity': date_field names 'x', which is not in the form"),
        ([(f"{DEED}.quotas", [{"per": "term", "max": 1}] * 2)], "kind 'youth_league_activity': two quotas for one period"),
        ([(f"{DEED}.form.fields.3.type", "image"), (f"{DEED}.evidence.types", ["pdf"])],
         "kind 'youth_league_activity': an image field names one of the record's files, and the kind takes too few pictures"),
        ([("profile.form.fields.0.type", "image")], "profile: field 'name' is an image, which only records have"),
        ([("dimensions.0.kinds.0.form.fields.0.type", "image"), ("dimensions.0.kinds.0.evidence.max", 9),
          ("imports.0.kind", "youth_league_activity"), ("imports.0.same_by", [])],
         "import type 'misconduct': a workbook cannot bring the picture of the required field 'name'"),
        ([(f"{DEED}.form.fields.1.id", "name")], "field 'name' occurs twice"),
        ([(f"{DEED}.form.fields.1.choices.1.id", "league_day")], "choice 'league_day' occurs twice"),
        ([(f"{DEED}.form.fields.1.choices", [])],
         "field 'activity_type': a field of type choice, and only that, needs choices"),
        ([(f"{DEED}.form.fields.0.type", "catalog")],
         "field 'name': a field of type catalog, and only that, needs a catalog"),
        ([(f"{DEED}.form.fields.0.max_length", None)], "field 'name': text needs a max_length"),
        ([(f"{DEED}.form.fields.6.max_length", None)], "field 'account': text needs a max_length"),
        ([(f"{DEED}.form.fields.0.minimum", 3), (f"{DEED}.form.fields.0.maximum", 2)],
         "field 'name': minimum is above maximum"),
        ([(f"{DEED}.form.fields.0.min_length", 61)], "field 'name': min_length is above max_length"),
        ([(f"{DEED}.form.fields.0.pattern", "(")],
         "field 'name': pattern cannot be read: missing ), unterminated subpattern at position 0"),
        ([(f"{DEED}.form.in_order", [{"first": "held_on", "then": "x", "says": "顺序"}])],
         "in_order names the field 'x', which is not in the form"),
        ([(f"{DEED}.form.in_order", [{"first": "held_on", "then": "place", "says": "顺序"}])],
         "in_order compares 'held_on' and 'place', which differ in type"),
        ([(f"{DEED}.review.steps", [dumped("jiangxi")["dimensions"][0]["kinds"][0]["review"]["steps"][0]] * 2)],
         "review step 'class_teacher' occurs twice"),
        ([(f"{DEED}.review.steps.0.silence.then", "escalate")],
         "silence: `escalate`, and only that, needs `to` or `case`"),
        ([(f"{DEED}.review.steps.0.silence.to", "student")],
         "silence: `escalate`, and only that, needs `to` or `case`"),
        ([("cases.stages.0.actions.0.outcome", "keep")], "action 'amend': needs either leads_to or outcome"),
        ([("cases.stages.0.actions.0.leads_to", None)], "action 'amend': needs either leads_to or outcome"),
        ([("cases.stages.0.actions.1.id", "amend")], "action 'amend' occurs twice"),
        ([("imports.0.kind", None)], "import type 'misconduct': needs either kind, evaluation or parts"),
        ([("imports.0.evaluation", "teacher_comment")], "import type 'misconduct': needs either kind, evaluation or parts"),
        ([("timing.operations.0.during", "publicity")], "operation 'report': `during` needs window: none"),
        ([("evaluations.0.text", None)], "evaluation 'self_evaluation': needs text or choices"),
        ([("time_zone", "Mars/Base")], "there is no time zone 'Mars/Base'"),
        ([("time_zone", "../x")], "there is no time zone '../x'"),
    ],
)  # fmt: skip
def test_a_part_that_makes_no_sense_is_refused_in_plain_words(changes: list[tuple[str, Any]], problem: str) -> None:
    assert problem in problems("jiangxi", *changes)


@pytest.mark.parametrize(
    "changes",
    [
        [(f"{DEED}.evidence.min", 9)],
        [(f"{DEED}.evidence", {"min": 0, "max": 0, "types": []})],
        [(f"{DEED}.form.fields.0.minimum", 2), (f"{DEED}.form.fields.0.maximum", 2)],
        [(f"{DEED}.form.fields.0.min_length", 60)],
        [
            (
                f"{DEED}.quotas",
                [{"per": "term", "max": 1}, {"per": "term", "max": 0, "counts": "selected"}, {"per": "year", "max": 1}],
            )
        ],
    ],
)
def test_limits_may_meet(changes: list[tuple[str, Any]]) -> None:
    assert problems("jiangxi", *changes) == []


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ([("result.parts.0.weight", "0.5")], "result: the weights of the parts must add up to 1"),
        ([("result.bands.0.at_least", "10")], "result: the bands of 'the result' must be in descending order"),
        ([("result.bands.3.at_least", "1")], "result: the bands of 'the result' must end at 0"),
        ([("result.bands.0.at_least", "60"), ("result.bands.1.at_least", "60")],
         "result: the bands of 'the result' must be in descending order"),
        ([("result.parts.0.points", {"b": 70, "c": 45, "d": 15})],
         "result, part 'self': gives no points for 'a' of evaluation 'self_rating'"),
        ([("result.parts.0.points.e", 10)],
         "result, part 'self': gives points for 'e', which is no choice of evaluation 'self_rating'"),
        ([("result.parts.0.points.a", 101)], "part 'self': the points of 'a' must be from 0 to 100"),
        ([("result.parts.0.evaluation", "teacher_comment")],
         "result, part 'self': evaluation 'teacher_comment' has no choices that could be worth points"),
        ([("result.per_dimension", False)],
         "result, part 'self': evaluation 'self_rating' and the result: both per dimension, or neither"),
        ([("result.parts.0.evaluation", None)],
         "part 'self': `evaluation` belongs to a part with the source evaluation, and only there"),
        ([("result.parts.1.points", {"a": 1})],
         "part 'group': `points` belong to a part with the source evaluation, and only there"),
        ([("result.parts.1.by", [])], "part 'group': needs `operation` and `by`"),
        ([("result.parts.3.weight", "0.1")], "part 'bonus': adjustments have no weight"),
        ([("result.parts.3.minimum", 10)], "part 'bonus': minimum must be below maximum"),
        ([("result.shares", [{"bands": ["E"], "at_most": 0.3, "of": "school"}])],
         "result: a share names 'E', which is no band"),
    ],
)  # fmt: skip
def test_a_score_adds_up_and_its_bands_go_down_to_zero(changes: list[tuple[str, Any]], problem: str) -> None:
    assert problem in problems("beijing", *changes)


TINY = """\
id: tiny
version: "2026.1"
title: 小方案
school_stages: [{id: senior_secondary, lengths: [{years: 3, first_grade: 10}]}]
roles: [{id: student, title: 学生, at: class}]
dimensions:
  - {id: moral, title: 思想品德, kinds: [{id: deed, title: 好事, title_field: name,
     form: {fields: [{id: name, title: 名称, type: text, max_length: 20}]}}]}
profile: {form: {fields: []}}
timing: {operations: [{id: report, title: 上报, roles: [student]}, {id: select, title: 遴选, roles: [student]}]}
archives: {term: {title: 档案, sections: [{id: records, title: 记录, source: records}]}}
"""


def test_what_a_scheme_does_not_say_has_these_defaults() -> None:
    tiny = loads(TINY)
    kind, operation = tiny.kind("deed"), tiny.operation("report")
    field = kind.form.fields[0]
    assert (tiny.schooling().terms, tiny.time_zone, tiny.positions, tiny.result.type, tiny.imports) == (
        6, "Asia/Shanghai", None, "none", (),
    )  # fmt: skip
    assert (tiny.cases.types, tiny.cases.stages, tiny.board.rules, tiny.board.operation) == ((), (), (), None)
    assert (tiny.timing.min_publicity_working_days, tiny.timing.publicity_operation, tiny.timing.usual) == (10, None, ())
    assert (kind.origin, kind.entry_roles, kind.level, kind.operation, kind.archive, kind.career, kind.releasable) == (
        "reported", ("student",), "student", "report", "published", True, False,
    )  # fmt: skip
    assert (kind.quotas, kind.grades, kind.date_field, kind.review.steps, kind.form.in_order) == ((), (), None, (), ())
    assert (kind.evidence.min, kind.evidence.max, kind.evidence.types, kind.evidence.max_bytes) == (
        0, 0, ("image", "pdf"), 10 * 2**20,
    )  # fmt: skip
    assert (kind.publicity.unit, kind.publicity.trigger, kind.publicity.operation) == ("record", "selected", "select")
    assert (field.required, field.decimals, field.min_length, field.not_future, field.listed, field.public) == (
        False, 2, 0, False, False, False,
    )  # fmt: skip
    assert (field.minimum, field.maximum, field.pattern, field.unit, field.written_by, field.read_by) == (
        None, None, None, None, (), (),
    )  # fmt: skip
    assert (operation.window, operation.terms, operation.grades, operation.helper) == ("required", "every", (), None)


@pytest.mark.parametrize(
    ("changes", "fits"),
    [
        ([("id", "a" * 60)], True),
        ([("id", "a" * 61)], False),
        ([("id", "A")], False),
        ([("id", "9a")], False),
        ([("title", " 题 ")], True),
        ([("title", "")], False),
        ([("title", "长" * 4000)], True),
        ([("title", "长" * 4001)], False),
        ([("version", "2026.123")], True),
        ([("version", "2026.1234")], False),
        ([("version", "26.1")], False),
        ([("school_stages.0.lengths.0.years", 2)], True),
        ([("school_stages.0.lengths.0.years", 10)], False),
        ([("school_stages.0.lengths.0.years", 0)], False),
        ([("school_stages.0.lengths.0.first_grade", 13)], False),
        ([("school_stages.0.terms_per_year", 3)], True),
        ([("school_stages.0.terms_per_year", 4)], False),
        ([("school_stages.0.terms_per_year", 0)], False),
        ([("roles", [])], False),
        ([(f"{DEED}.evidence.max", 50)], True),
        ([(f"{DEED}.evidence.max", 51)], False),
        ([(f"{DEED}.evidence.max_bytes", 1024**3)], True),
        ([(f"{DEED}.evidence.max_bytes", 1024**3 + 1)], False),
        ([(f"{DEED}.evidence.max_bytes", 0)], False),
        ([(f"{DEED}.evidence.max_bytes", 1)], True),
        ([(f"{DEED}.evidence.min", -1)], False),
        ([(f"{DEED}.entry_roles", [])], False),
        ([(f"{DEED}.quotas", [{"per": "term", "max": -1}])], False),
        ([(f"{DEED}.form.fields.0.max_length", 20000)], True),
        ([(f"{DEED}.form.fields.0.max_length", 20001)], False),
        ([(f"{DEED}.form.fields.0.max_length", 1), (f"{DEED}.form.fields.0.min_length", 0)], True),
        ([(f"{DEED}.form.fields.0.max_length", 0), (f"{DEED}.form.fields.0.min_length", 0)], False),
        ([(f"{DEED}.form.fields.0.min_length", -1)], False),
        ([(f"{DEED}.form.fields.0.decimals", 6)], True),
        ([(f"{DEED}.form.fields.0.decimals", 7)], False),
        ([(f"{DEED}.form.fields.0.decimals", -1)], False),
        ([("timing.usual.0.from_day", 400), ("timing.usual.0.to_day", 400)], True),
        ([("timing.usual.0.to_day", 401)], False),
        ([("timing.usual.0.from_day", 401)], False),
        ([("timing.usual.0.from_day", -1)], False),
        ([("timing.min_publicity_working_days", 0)], True),
        ([("timing.min_publicity_working_days", -1)], False),
        ([("timing.precedences.0.earlier", "report.begins")], False),
        ([("timing.precedences.0.earlier", "report.ends.")], False),
        ([("imports.0.max_rows", 100_000)], True),
        ([("imports.0.max_rows", 100_001)], False),
        ([("imports.0.max_rows", 0)], False),
        ([("imports.0.max_rows", 1)], True),
        ([("imports.0.roles", [])], False),
        ([("evaluations.0.by", [])], False),
        ([("cases.stages.0.actions", [])], False),
        ([("cases.stages.0.actor", "student@class")], False),
        ([("cases.stages.0.deadline.after", 5)], False),
        ([("cases.stages.0.deadline.after", 5.5)], False),
        ([("cases.stages.0.deadline.after", "PT12H")], True),
        ([("cases.types.0.text.max", 0)], False),
        ([("cases.types.0.text.min", -1)], False),
        ([("archives.career.max_per_kind", 1)], True),
        ([("archives.career.max_per_kind", 0)], False),
        ([("archives.radar.axes.0.full", 0)], False),
        ([("archives.term.sections", [])], False),
        ([("archives.career.sections", [])], False),
        ([("dimensions.5.kinds", [])], False),
        ([("no_such_key", 1)], False),
    ],
)  # fmt: skip
def test_values_of_a_scheme_keep_within_their_limits(changes: list[tuple[str, Any]], fits: bool) -> None:
    assert (problems("jiangxi", *changes) == []) is fits


def test_a_scheme_is_frozen() -> None:
    with pytest.raises(ValidationError, match="frozen"):
        SCHEMES.latest("jiangxi").kinds[0].title = "别的"
