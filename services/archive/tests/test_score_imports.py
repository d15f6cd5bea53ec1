"""Scores, bonuses and deductions by workbook: what a dry run finds, what a commit enters, what an undo leaves (BJ-06)."""

from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from archive.domain.evaluations import Author
from archive.domain.score_imports import Importer, KnownScores, RowResult, plan_row
from contracts.archive import ArchiveBatchAppliedV1, ArchiveBatchCheckedV1, ArchiveBatchRevertedV1
from contracts.importer import BatchRow, BatchUndoneV1, EvaluationsCheckRequestedV1, EvaluationsCommittedV1
from servicekit.ids import new_id

from .rule_builders import PUPIL
from .scored import CLASS, GRADE, OTHER, ScoredSchool, a_scored_school
from .test_score_rules import CLASS as RULE_CLASS
from .test_score_rules import NOW, a_score, a_term, an_adjustment

COLUMN, HEALTH = "value.teacher.morality", "value.teacher.health"
REASON = "组织年级爱心义卖"


def planned(data: Mapping[str, Any], known: KnownScores = KnownScores(), role: str = "class_teacher", **more: Any) -> RowResult:
    name = more.pop("type", "teacher_scores")
    by = Importer(Author(UUID(int=8), "李老师", UUID(int=3)), role, (), NOW)
    term = a_term(**more)
    return plan_row(term, term.scheme.import_type(name), PUPIL, RULE_CLASS, data, known, by)


def has(value: str, version: int = 1, **history: str) -> KnownScores:
    """A value with its earlier ones."""
    key = ("teacher", "morality")
    score = replace(a_score("teacher", value), version=version)
    return KnownScores({key: score}, {key: {version: Decimal(value), **{int(v[1:]): Decimal(x) for v, x in history.items()}}})


@pytest.mark.feature("BJ-06")
def test_an_empty_cell_changes_nothing_and_is_counted() -> None:
    found = planned({COLUMN: "85", HEALTH: None})
    assert [(s.dimension, s.value, s.version, s.replaced) for s in found.scores] == [("morality", 85, 1, None)]
    assert (found.outcome, found.empty, found.problems, found.warnings) == ("created", 1, [], [])
    same = planned({COLUMN: "85"}, has("85.0"))
    assert (same.outcome, same.scores) == ("unchanged", [])


@pytest.mark.feature("BJ-06", "BJ-10")
def test_wrong_cells_are_named_each_and_only_who_enters_a_part_may_bring_it() -> None:
    found = planned({COLUMN: "101", HEALTH: "8.5"})
    assert [(at, says[:4]) for at, says in found.problems] == [(COLUMN, "班主任评"), (HEALTH, "班主任评")]
    assert found.outcome == "problem"
    for role in ("subject_teacher", "supervision_group", "student", ""):
        assert planned({COLUMN: "85"}, role=role).problems == [(COLUMN, "班主任评分由班主任填写")]
    closed = planned({COLUMN: "85"}, windows=())
    assert [at for at, _ in closed.problems] == [COLUMN]


@pytest.mark.feature("BJ-06")
def test_what_others_changed_after_the_download_is_never_overwritten() -> None:
    seen = {"seen": {COLUMN: 1}}
    mine = planned({COLUMN: "90", **seen}, has("85"))
    assert [(s.value, s.version, s.replaced) for s in mine.scores] == [(90, 2, 1)]
    assert (mine.outcome, mine.changed, mine.warnings) == ("changed", 1, [])
    left = planned({COLUMN: "85", **seen}, has("88", 2, v1="85"))
    assert (left.outcome, left.warnings) == ("unchanged", [(COLUMN, "下载模板之后，已由韩老师改为88；本格没有改动，不更改")])
    both = planned({COLUMN: "90", **seen}, has("88", 2, v1="85"))
    assert both.problems == [(COLUMN, "下载模板之后，已由韩老师改为88，与本格不同。请清空本格，或重新下载模板后再改")]
    other_file = planned({COLUMN: "90"}, has("88", 2, v1="85"))
    assert (other_file.outcome, other_file.warnings) == ("changed", [(COLUMN, "原为88（韩老师），将改为90")])
    gone = KnownScores({}, {("teacher", "morality"): {1: Decimal(85), 2: Decimal(88)}})
    assert planned({COLUMN: "85"}, gone).scores[0].version == 3


@pytest.mark.feature("BJ-06", "BJ-10")
def test_adjustments_need_points_and_a_reason_count_once_and_say_what_the_cap_leaves() -> None:
    def row(**changed: Any) -> dict[str, Any]:
        return {"dimension": "morality", "points": "4", "reason": REASON} | changed

    def the_row(data: dict[str, Any], *known: Any) -> RowResult:
        return planned(data, KnownScores(adjustments=known), "supervision_group", type="bonuses")

    [made] = the_row(row()).adjustments
    assert (made.points, made.reason, made.author.batch_id) == (4, REASON, UUID(int=3))
    assert [at for at, _ in the_row(row(points="11", reason="短", dimension="nothing")).problems] == [
        "dimension",
        "points",
        "reason",
    ]
    assert the_row(row(), an_adjustment("4")).outcome == "unchanged"
    over = the_row(row(), an_adjustment("5"), an_adjustment("3", reason="另一次义卖活动"))
    assert (over.outcome, over.warnings) == ("created", [("points", "道德品质的加分扣分合计12分，按规定计10分")])


def rows_of(school: ScoredSchool, *cells: tuple[int, dict[str, Any]]) -> tuple[BatchRow, ...]:
    return tuple(
        BatchRow(row=at, sheet="rows", student_id=school.students[number].student_id, data=data)
        for at, (number, data) in enumerate(cells, 2)
    )


def a_chunk(school: ScoredSchool, kind: Any, rows: tuple[BatchRow, ...], **changed: Any) -> Any:
    given = {
        "batch_id": new_id(), "chunk": 1, "chunks": 1, "import_type": "teacher_scores", "path": CLASS,
        "term_id": school.term.term_id, "scheme_id": "beijing", "scheme_version": "2026.1", "account_id": new_id(),
        "author_name": "韩老师", "role": "class_teacher", "rows": rows,
    }  # fmt: skip
    return kind(**(given | ({"attempt": 1} if kind is EvaluationsCheckRequestedV1 else {}) | changed))


async def asked(school: ScoredSchool, rows: tuple[BatchRow, ...], **changed: Any) -> ArchiveBatchCheckedV1:
    await school.kit.receive(a_chunk(school, EvaluationsCheckRequestedV1, rows, **changed))
    return (await school.kit.events(ArchiveBatchCheckedV1))[-1]


async def applied(school: ScoredSchool, rows: tuple[BatchRow, ...], **changed: Any) -> tuple[UUID, ArchiveBatchAppliedV1]:
    event = a_chunk(school, EvaluationsCommittedV1, rows, **changed)
    await school.kit.receive(event)
    return event.batch_id, (await school.kit.events(ArchiveBatchAppliedV1))[-1]


async def taken_back(school: ScoredSchool, batch_id: UUID) -> ArchiveBatchRevertedV1:
    event = BatchUndoneV1(
        batch_id=batch_id, target="archive", import_type="teacher_scores", path=CLASS, account_id=new_id(),
        author_name="韩老师", reason="导错了文件",
    )  # fmt: skip
    await school.kit.receive(event)
    return (await school.kit.events(ArchiveBatchRevertedV1))[-1]


async def entered(school: ScoredSchool, number: int = 0) -> dict[str, Any]:
    row = next(r for r in (await school.sheet(school.teacher))["rows"] if r["student_id"] == school.id(number))
    return {one["dimension"]: (one["value"], one["version"], one["author_name"]) for one in row["entered"]}


@pytest.mark.feature("BJ-06", "BJ-10", "X-12")
async def test_a_workbook_enters_the_scores_of_a_class_and_can_be_taken_back(parts: Any) -> None:
    async with a_scored_school(parts) as school:
        await school.enter(school.teacher, "teacher", {0: "70"}, dimension="morality")
        rows = rows_of(school, (0, {COLUMN: "85", HEALTH: "90"}), (1, {COLUMN: "60", HEALTH: None}), (2, {COLUMN: "60"}))
        answer = await asked(school, rows)
        assert (answer.created, answer.changed, answer.counts) == (1, 1, {"cells_empty": 1, "scores_changed": 1})
        assert [(p.row, p.message) for p in answer.problems] == [(4, "学生不在导入范围内")]
        assert await entered(school) == {"morality": (70, 1, "韩老师")}  # a check changes nothing
        assert (await asked(school, rows)).fingerprint == answer.fingerprint
        batch_id, done = await applied(school, rows[:2])
        assert (done.created, done.changed, done.problems) == (1, 1, ())
        assert await entered(school) == {"morality": (85, 2, "韩老师"), "health": (90, 1, "韩老师")}
        assert (await asked(school, rows)).fingerprint != answer.fingerprint
        [kept] = await school.enter(school.teacher, "teacher", {1: "66"}, dimension="morality", version=1)
        assert kept["ok"]
        back = await taken_back(school, batch_id)
        assert (back.removed, back.restored, [p.message[:3] for p in back.kept]) == (1, 1, ["高小二"])
        assert await entered(school) == {"morality": (70, 3, "韩老师")}
        [again] = await school.enter(school.teacher, "teacher", {0: "77"}, dimension="health")
        assert (again["ok"], again["version"]) == (True, 2)  # the history goes on
        assert (await taken_back(school, batch_id)).restored == 0


@pytest.mark.feature("BJ-06", "BJ-10")
async def test_nothing_comes_by_workbook_that_could_not_be_entered_by_hand(parts: Any) -> None:
    """Another class, oneself, a part of others, a class that is handed over: refused in the dry run and at the commit."""
    async with a_scored_school(parts) as school:
        await school.fill()
        row = rows_of(school, (0, {"value.group.morality": "99"}))
        group = {"import_type": "group_scores", "role": "supervision_group"}
        own = await asked(school, row, **group, own_students=(school.students[0].student_id,))
        assert [p.message for p in own.problems] == ["不能给自己评分，请由其他成员填写"]
        assert (await asked(school, row, **group)).changed == 1
        assert [p.field for p in (await asked(school, row, import_type="group_scores")).problems] == ["value.group.morality"]
        assert (await asked(school, rows_of(school, (2, {COLUMN: "60"})), path=OTHER)).created == 1
        bonus = rows_of(school, (0, {"dimension": "morality", "points": "3", "reason": REASON}))
        batch_id, done = await applied(school, bonus * 2, import_type="bonuses", role="supervision_group")
        assert (done.created, done.unchanged) == (1, 1)
        [shown] = (await school.guardian().get("/scores/own", term_id=school.term_id)).json["adjustments"]
        assert (shown["points"], shown["author_name"]) == (3, None)
        assert (await taken_back(school, batch_id)).removed == 1
        [shown] = (await school.guardian().get("/scores/own", term_id=school.term_id)).json["adjustments"]
        assert shown["withdrawn_because"] == "撤销导入：导错了文件"
        late, _ = await applied(school, rows_of(school, (0, {COLUMN: "71"})))
        await school.lock()
        grade = rows_of(school, (0, {COLUMN: "85"}), (2, {COLUMN: "86"}))  # one class is locked, the other is not
        assert [(p.row, p.message) for p in (await asked(school, grade, path=GRADE)).problems] == [
            (2, "成绩已经锁定，不能再改")
        ]
        assert (await applied(school, grade[:1]))[1].changed == 0
        back = await taken_back(school, late)
        assert (back.removed, back.restored, len(back.kept)) == (0, 0, 1)
