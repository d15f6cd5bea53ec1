"""Scores without I/O: what parts add up to, who enters them when, and the way of a class's sheet to its lock (BJ-10, X-15)."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from archive.domain import score_sheets as sheets
from archive.domain import score_values, scores
from archive.domain.evaluations import Author, Evaluation, Part
from archive.domain.peers import PeerCard
from archive.domain.score_sheets import Sheet, SheetRow
from archive.domain.score_values import ScoreInputs, StudentScore
from archive.domain.scores import ANYBODY, Adjustment, NewScore, Score
from archive.domain.states import Collecting
from contracts.base import Window
from hypothesis import given
from hypothesis import strategies as st
from scheme.results import Share
from servicekit.refusals import Refusal

from .rule_builders import PUPIL, TERM, a_student, refused, scheme
from .rule_builders import a_term as any_term

SCHOOL = "bj.hd.s1"
CLASS = f"{SCHOOL}.g2024.c01"
OPENS, ENDS = datetime(2026, 12, 1, tzinfo=UTC), datetime(2027, 1, 20, tzinfo=UTC)
NOW = OPENS + timedelta(days=1)
BY = Author(UUID(int=7), "韩老师")
DIMENSIONS = [dimension.id for dimension in scheme("beijing").dimensions]
TEACHER, HEAD, OFFICE = frozenset({"class_teacher"}), frozenset({"department_head"}), frozenset({"student_office"})
ADMINISTRATOR, GROUP = frozenset({"school_administrator"}), frozenset({"supervision_group"})
OPERATIONS = ("self_evaluate", "teacher_evaluate", "group_evaluate", "department_review", "lock")


def a_term(rule: dict[str, Any] | None = None, **changed: Any) -> Any:
    """Beijing's term in which everything is open; `rule`: changed keys of its result."""
    beijing = scheme("beijing")
    if rule:
        beijing = beijing.model_copy(update={"result": beijing.result.model_copy(update=rule)})  # type: ignore[union-attr]
    windows = tuple(Window(operation=name, starts=OPENS, ends=ENDS) for name in OPERATIONS)
    return any_term(**{"path": SCHOOL, "scheme": beijing, "school_year": "2026-2027", "windows": windows} | changed)


def a_score(part: str, value: str, dimension: str = "morality", scorer: UUID = ANYBODY) -> Score:
    return Score(TERM, PUPIL, CLASS, part, dimension, scorer, Decimal(value), BY, NOW)


def a_rating(**choices: str) -> Evaluation:
    """The student's own choices by dimension; `a` for those that are not named."""
    parts = {d: Part(choice=choices.get(d, "a")) for d in DIMENSIONS}
    return Evaluation(UUID(int=9), TERM, PUPIL, CLASS, "self_rating", "", BY, NOW, parts=parts)


def an_adjustment(points: str, dimension: str = "morality", **changed: Any) -> Adjustment:
    made = Adjustment(UUID(int=5), TERM, PUPIL, CLASS, "bonus", dimension, Decimal(points), "组织年级爱心义卖", BY, NOW)
    return replace(made, **changed)


def complete(group: str = "80", teacher: str = "70", **choices: str) -> ScoreInputs:
    """Everything of one student."""
    entered = [a_score(part, value, d) for d in DIMENSIONS for part, value in (("group", group), ("teacher", teacher))]
    return ScoreInputs([a_rating(**choices)], scores=entered)


@pytest.mark.feature("BJ-10", "BJ-11")
def test_self_group_and_teacher_are_weighted_and_every_dimension_gets_its_band() -> None:
    found = score_values.score_of(a_term(), complete(morality="d"))
    by_dimension = {one.dimension: one for one in found.dimensions}
    assert list(by_dimension) == DIMENSIONS
    assert (by_dimension["citizenship"].score, by_dimension["citizenship"].band.id) == (Decimal("77.0"), "B")  # type: ignore[union-attr]
    assert by_dimension["morality"].values == {"self": Decimal(15), "group": Decimal(80), "teacher": Decimal(70)}
    assert by_dimension["morality"].score == Decimal("62.0")
    assert (found.total, found.band.id) == (Decimal("74.5"), "B")  # type: ignore[union-attr]


@pytest.mark.feature("BJ-10")
def test_a_missing_part_leaves_the_score_open_and_hides_no_other() -> None:
    given_ = complete()
    without = replace(given_, scores=[s for s in given_.scores if (s.part, s.dimension) != ("group", "health")])
    found = score_values.score_of(a_term(), without)
    assert [one.dimension for one in found.dimensions if one.score is None] == ["health"]
    assert (found.total, found.complete) == (None, False)


@pytest.mark.feature("BJ-10")
def test_bonuses_and_deductions_are_added_without_weight_up_to_their_limit_and_not_once_withdrawn() -> None:
    def moral(*points: Adjustment) -> Decimal | None:
        return score_values.score_of(a_term(), replace(complete(), adjustments=points)).dimensions[0].score

    assert moral(an_adjustment("5")) == Decimal("82.0")
    assert moral(an_adjustment("5"), an_adjustment("-8")) == Decimal("74.0")
    assert moral(an_adjustment("8"), an_adjustment("9")) == Decimal("87.0"), "at most 10 points together"
    assert moral(an_adjustment("8", withdrawn_at=NOW)) == Decimal("77.0")
    assert moral(an_adjustment("8", dimension="health")) == Decimal("77.0"), "it counts in its own dimension"
    high = replace(complete("100", "100"), adjustments=[an_adjustment("10")])
    assert score_values.score_of(a_term(), high).dimensions[0].score == Decimal("100.0")


@given(st.lists(st.integers(-10, 10), max_size=8), st.integers(0, 100), st.integers(0, 100))
def test_a_score_is_never_outside_its_scale(points: list[int], group: int, teacher: int) -> None:
    made = replace(complete(str(group), str(teacher)), adjustments=[an_adjustment(str(p)) for p in points if p])
    found = score_values.score_of(a_term(), made)
    assert found.total is not None
    assert all(Decimal(0) <= one.score <= 100 for one in found.dimensions if one.score is not None)
    assert found.dimensions[0].band == scheme("beijing").result.band(found.dimensions[0].score)  # type: ignore[union-attr]


def with_part(**changed: Any) -> dict[str, Any]:
    """The result with the group's part changed."""
    parts = scheme("beijing").result.parts  # type: ignore[union-attr]
    return {"parts": tuple(p.model_copy(update=changed) if p.id == "group" else p for p in parts)}


@pytest.mark.feature("BJ-10")
def test_where_each_scorer_enters_an_own_value_the_mean_counts() -> None:
    term = a_term(with_part(scorers="each"))
    rest = [s for s in complete().scores if s.part != "group"]
    both = [a_score("group", v, d, UUID(int=n)) for d in DIMENSIONS for n, v in ((1, "80"), (2, "91"))]
    assert score_values.score_of(term, replace(complete(), scores=[*rest, *both])).dimensions[0].values["group"] == Decimal(
        "85.5"
    )
    part = term.need_scored().part("group")
    new = scores.enter(term, part, CLASS, NewScore(PUPIL, "90", "morality"), None, BY, NOW)
    assert new is not None
    assert new.scorer == BY.account_id


@pytest.mark.feature("BJ-10", "CS-12")
def test_classmates_count_with_their_mean_but_not_where_so_few_chose_that_one_could_be_told() -> None:
    beijing = scheme("beijing")
    peers = beijing.evaluation("peer_comment").model_copy(update={"per_dimension": True})
    evaluations = tuple(peers if e.id == peers.id else e for e in beijing.evaluations)
    points = {"a": Decimal(90), "b": Decimal(70), "c": Decimal(45), "d": Decimal(15)}
    changed = with_part(source="evaluation", evaluation="peer_comment", points=points, operation=None, by=())
    term = a_term(scheme=beijing.model_copy(
        update={"evaluations": evaluations, "result": beijing.result.model_copy(update=changed)}  # type: ignore[union-attr]
    ))  # fmt: skip

    def group(*choices: str) -> Decimal | None:
        cards = [PeerCard(PUPIL, (choice,) * len(DIMENSIONS), ("",) * len(DIMENSIONS), NOW) for choice in choices]
        made = replace(complete(), cards={"peer_comment": cards})
        return score_values.score_of(term, made).dimensions[0].values.get("group")

    assert group("a", "a", "a", "b", "b") == Decimal("82.0")
    assert group("a", "a", "a", "b") is None


@pytest.mark.feature("BJ-10", "X-13")
@pytest.mark.parametrize(
    ("value", "message"),
    [
        ("101", "班主任评分：应在0到100之间"),
        ("-1", "班主任评分：应在0到100之间"),
        ("80.5", "班主任评分：请填写整数"),
        ("优", "班主任评分：请填写数字"),
        ("NaN", "班主任评分：请填写数字"),
        ("1e999", "班主任评分：应在0到100之间"),
    ],
)
def test_a_value_that_is_none_is_refused_with_what_is_wrong(value: str, message: str) -> None:
    term = a_term()
    with pytest.raises(Refusal) as no:
        scores.enter(term, term.need_scored().part("teacher"), CLASS, NewScore(PUPIL, value, "morality"), None, BY, NOW)
    assert (no.value.code, no.value.detail) == ("invalid_input", message)


@pytest.mark.feature("BJ-11")
def test_a_mark_is_one_of_the_bands_and_stands_for_its_lower_end() -> None:
    term = a_term(with_part(source="mark"))
    part = term.need_scored().part("group")
    assert scores.value_of(term, part, "B", "morality") == Decimal(60)
    with pytest.raises(Refusal, match="invalid_input") as no:
        scores.value_of(term, part, "E", "morality")
    assert no.value.detail == "小组评议：请选择A、B、C、D"


@pytest.mark.feature("BJ-10", "X-13")
def test_only_who_the_scheme_names_enters_a_part_and_parts_from_evaluations_are_entered_by_nobody() -> None:
    term = a_term()
    assert scores.need_part(term, "teacher", TEACHER, adjusts=False).id == "teacher"
    assert scores.need_part(term, "bonus", GROUP, adjusts=True).id == "bonus"
    with refused("forbidden", rule="BJ-10", scheme="beijing@2026.1", detail="班主任评分由班主任填写"):
        scores.need_part(term, "teacher", HEAD, adjusts=False)
    for name, adjusts in (("self", False), ("bonus", False), ("teacher", True), ("none", False)):
        with pytest.raises(Refusal) as no:
            scores.need_part(term, name, TEACHER | GROUP, adjusts=adjusts)
        assert (no.value.code, no.value.detail) == ("invalid_input", "本方案没有这一项评分")


@pytest.mark.feature("BJ-10")
def test_a_changed_value_is_a_new_version_of_what_was_seen_and_the_same_value_is_none() -> None:
    term = a_term()
    part = term.need_scored().part("teacher")
    old = a_score("teacher", "70")

    def enter(value: str, seen: int | None) -> Score | None:
        return scores.enter(term, part, CLASS, NewScore(PUPIL, value, "morality", seen), old, BY, NOW)

    assert enter("70", None) is None
    changed = enter("75", 1)
    assert changed is not None
    assert (changed.value, changed.version) == (Decimal(75), 2)
    for seen, code in ((None, "version_required"), (3, "stale_version")):
        with pytest.raises(Refusal, match=code):
            enter("75", seen)


REASON = "两名同学的加分需要核对"
WAY: list[tuple[Any, Any, Any, Any]] = [
    (Sheet(TERM, CLASS), "pass", TEACHER, (1, False)),
    (Sheet(TERM, CLASS, 1), "pass", HEAD, (2, False)),
    (Sheet(TERM, CLASS, 1), "return", HEAD, (0, False)),
    (Sheet(TERM, CLASS, 2), "return", OFFICE, (0, False)),
    (Sheet(TERM, CLASS, 2), "lock", OFFICE, (2, True)),
    (Sheet(TERM, CLASS, 2, True), "unlock", ADMINISTRATOR, (0, False)),
]


@pytest.mark.feature("BJ-10")
@pytest.mark.parametrize("sheet", [Sheet(TERM, CLASS, step, locked) for step in range(3) for locked in (False, True)])
@pytest.mark.parametrize("action", sheets.ACTIONS)
@pytest.mark.parametrize("roles", [TEACHER, HEAD, OFFICE, ADMINISTRATOR, GROUP])
def test_a_sheet_goes_its_way_by_the_hands_that_the_scheme_names_and_no_other(sheet: Any, action: Any, roles: Any) -> None:
    term = a_term()
    known = {(s, a, r): after for s, a, r, after in WAY} | {
        (Sheet(TERM, CLASS, step, True), "unlock", ADMINISTRATOR): (0, False) for step in (0, 1)
    }
    expected = known.get((sheet, action, roles))
    assert (action in sheets.actions_open(term, sheet, roles)) == (expected is not None)
    if expected is None:
        with pytest.raises(Refusal, match="wrong_state"):
            sheets.move(term, sheet, action, roles, REASON, NOW)
        return
    after, because = sheets.move(term, sheet, action, roles, REASON, NOW)
    assert ((after.step, after.locked), after.version) == (expected, 1)
    assert because == (REASON if action in ("return", "unlock") else "")


@pytest.mark.feature("BJ-10", "X-13")
def test_a_sheet_moves_in_its_window_with_a_reason_and_not_once_archived() -> None:
    term, reviewing = a_term(), Sheet(TERM, CLASS, 1)
    with pytest.raises(Refusal, match="window_closed"):
        sheets.move(term, reviewing, "pass", HEAD, "", ENDS + timedelta(hours=1))
    for action, sheet, roles in (("return", reviewing, HEAD), ("unlock", Sheet(TERM, CLASS, 2, True), ADMINISTRATOR)):
        with pytest.raises(Refusal, match="invalid_input"):
            sheets.move(term, sheet, action, roles, "无", NOW)  # type: ignore[arg-type]
    unlocked, _ = sheets.move(term, Sheet(TERM, CLASS, 2, True), "unlock", ADMINISTRATOR, REASON, ENDS + timedelta(days=9))
    assert unlocked.open, "a correction after the window"
    with pytest.raises(Refusal, match="wrong_state"):
        sheets.move(a_term(state=Collecting.SEALED), Sheet(TERM, CLASS, 2, True), "unlock", ADMINISTRATOR, REASON, NOW)
    with pytest.raises(Refusal, match="stale_version"):
        sheets.need_version(reviewing, 4)


@pytest.mark.feature("BJ-10", "X-13")
@pytest.mark.parametrize(
    ("sheet", "detail", "help_"),
    [
        (Sheet(TERM, CLASS, 2, True), "成绩已经锁定，不能再改", "确需更改时，请学校管理员解锁"),
        (Sheet(TERM, CLASS, 1), "已完成“班主任提交”，不能再改", "确需更改时，请审核人退回"),
    ],
)
def test_nothing_is_entered_into_a_sheet_that_was_handed_over_or_locked(sheet: Sheet, detail: str, help_: str) -> None:
    with pytest.raises(Refusal) as no:
        sheets.need_enterable(a_term(), sheet)
    assert (no.value.code, no.value.detail, no.value.details["help"]) == ("wrong_state", detail, help_)
    sheets.need_enterable(a_term(), Sheet(TERM, CLASS))


def rows(*made: tuple[str, ScoreInputs], term: Any = None) -> list[SheetRow]:
    return [SheetRow(a_student(name=name, path=CLASS), score_values.score_of(term or a_term(), g)) for name, g in made]


@pytest.mark.feature("BJ-10", "X-13")
def test_a_class_is_handed_over_whole_and_the_refusal_names_what_is_missing_of_whom() -> None:
    half = replace(complete(), scores=[s for s in complete().scores if s.part == "teacher"])
    with pytest.raises(Refusal) as no:
        sheets.need_complete(a_term(), rows(("李晓雨", half), ("王一鸣", ScoreInputs()), ("赵小丁", complete())))
    assert no.value.code == "scores_missing"
    assert no.value.detail == "学生自评还缺1人（王一鸣）；小组评议还缺2人（李晓雨、王一鸣）；班主任评分还缺1人（王一鸣）"
    sheets.need_complete(a_term(), rows(("赵小丁", complete())))


@pytest.mark.feature("X-15")
def test_a_share_limits_a_band_in_its_dimensions_rounded_down() -> None:
    limit = Share(bands=("A",), at_most=Decimal("0.3"), of="class", dimensions=("morality",))
    term = a_term({"shares": (limit,)})
    good, fair = complete("95", "95"), complete()
    three = rows(*[(f"甲{n}", good) for n in range(3)], *[(f"乙{n}", fair) for n in range(6)], term=term)
    [counted] = sheets.share_counts(term, "class", [row.score for row in three])
    assert (counted.students, counted.taken, counted.seats) == (9, 3, 2)
    with pytest.raises(Refusal) as no:
        sheets.need_shares(term, [counted])
    assert (no.value.code, no.value.detail) == ("shares_exceeded", "道德品质 A（优秀）：班级9人最多2人，现有3人")
    sheets.need_shares(term, sheets.share_counts(term, "class", [row.score for row in three[1:]] + [three[-1].score] * 2))
    assert sheets.share_counts(term, "school", [row.score for row in three]) == []


@pytest.mark.feature("BJ-10", "BJ-11")
def test_what_is_locked_is_a_table_in_the_words_people_read() -> None:
    term = a_term()
    made = replace(complete(), adjustments=[an_adjustment("5")])
    locked = sheets.locked_score(term, Sheet(TERM, CLASS, 2, True, 3), rows(("李晓雨", made))[0])
    assert locked.content["columns"] == ["维度", "学生自评", "小组评议", "班主任评分", "加分扣分", "得分", "等级"]
    assert locked.content["rows"][0] == ["道德品质", "90", "80", "70", "5", "82", "A（优秀）"]
    assert locked.content["rows"][-1] == ["总评", "", "", "", "", "77.8", "B（良好）"]
    assert (locked.total, locked.band, locked.version) == (Decimal("77.8"), "B", 3)
    banded = sheets.locked_score(a_term({"show": "bands"}), Sheet(TERM, CLASS), rows(("李晓雨", made))[0])
    assert banded.content == {
        "columns": ["维度", "等级"],
        "rows": [[d.title, "A（优秀）" if d.id == "morality" else "B（良好）"] for d in scheme("beijing").dimensions]
        + [["总评", "B（良好）"]],
    }


def test_a_score_that_is_not_complete_counts_no_share() -> None:
    empty: StudentScore = score_values.score_of(a_term(), ScoreInputs())
    term = a_term({"shares": (Share(bands=("A",), at_most=Decimal("0.5"), of="school"),)})
    found = sheets.share_counts(term, "school", [empty, score_values.score_of(term, complete("95", "95"))])
    assert {one.dimension: (one.students, one.taken, one.seats) for one in found} == dict.fromkeys(DIMENSIONS, (2, 1, 1))
