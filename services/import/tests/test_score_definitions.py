"""Workbooks of scores as templates: who fills which columns, how rows find their students, what is wrong in a cell (BJ-06)."""

from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from importer.adapters.workbook import blank
from importer.domain import events_of
from importer.domain.definition_from_scheme import definition_of
from importer.domain.definition_of_scores import CLASS, CODE, NAME, REGISTRY, SEEN, prefill_scores, student_code
from importer.domain.definitions import ImportDefinition, ReferenceData, Student, batch_row, fillable
from importer.domain.templates import Checked, Layout, Parsed, Row
from importer_builders import cells
from scheme import Scheme, Schemes
from servicekit.ids import new_id
from test_batches import a_batch

BEIJING = Schemes(Path(__file__).parents[3] / "schemes").latest("beijing")
ONE, TWO = "bj.bj.hd.s1.g2024.c01", "bj.bj.hd.s1.g2024.c02"
GAO = Student(new_id(), "高小一", "G110108201208100001", ONE, "（1）班")
ALI = Student(new_id(), "阿卜杜·拉", "G110108201208100002", ONE, "（1）班")
SAME = (Student(new_id(), "张伟", "G110108201208100003", ONE, "（1）班"), Student(new_id(), "张伟", "G2", TWO, "（2）班"))
REFERENCE = ReferenceData.of([GAO, ALI, *SAME], None, None)  # type: ignore[arg-type]


def scores(scheme: Scheme = BEIJING, role: str = "class_teacher", name: str = "teacher_scores") -> ImportDefinition:
    return definition_of(scheme, name, role)


def judged(definition: ImportDefinition, *rows: dict[str, Any]) -> Checked:
    columns = [column.id for column in definition.template.sheets[0].columns]
    layout = Layout("rows", 1, {name: n for n, name in enumerate(columns, 1)}, len(columns))
    read = tuple(Row(n, row, "rows") for n, row in enumerate(rows, 2))
    return definition.check(Parsed(read, (), (), {"rows": layout}), REFERENCE)


def messages(checked: Checked) -> list[tuple[int, str | None, str]]:
    return [(p.row, p.column, p.code) for p in checked.problems]


def of(student: Student, **values: str) -> dict[str, Any]:
    named = {f"value.teacher.{dimension}": value for dimension, value in values.items()}
    return {CODE: student_code(student.id), NAME: student.name, **named}


@pytest.mark.feature("BJ-06")
def test_a_template_has_a_column_for_each_dimension_and_lists_only_what_its_caller_sees() -> None:
    definition = scores()
    values = {GAO.id: {"value.teacher.morality": "85", SEEN: "2.0.0.0.0.0"}, UUID(int=9): {}}
    book = blank.write(definition.template.offered, prefill_scores(definition, [GAO], values))
    head, row = cells(book, "班主任评分")[:2]
    assert head == [
        "编号",
        "*姓名",
        "班级",
        "道德品质",
        "公民素养",
        "学习能力",
        "交流合作与实践创新",
        "运动与健康",
        "审美与表现",
        "版本",
    ]
    assert row == [student_code(GAO.id), "高小一", "（1）班", 85, None, None, None, None, None, "2.0.0.0.0.0"]
    assert fillable(definition)[0] == "value.teacher.morality"
    assert fillable(definition)[-1] == SEEN


@pytest.mark.feature("BJ-06")
def test_numbers_of_students_are_neither_written_nor_read_where_the_role_may_not_see_them() -> None:
    """A workbook must not tell a member of a group whether a guessed number is a classmate's."""
    group, teacher = scores(role="supervision_group", name="group_scores"), scores()
    for definition in (group, teacher):
        assert REGISTRY not in [column.id for column in definition.template.offered.sheets[0].columns]
    assert REGISTRY not in [column.id for column in group.template.sheets[0].columns]
    assert judged(teacher, {REGISTRY: GAO.registry_number, NAME: GAO.name, "value.teacher.morality": "85"}).ok


@pytest.mark.feature("BJ-06", "L-05")
def test_students_are_found_by_code_or_by_name_in_any_spelling_and_never_beyond_the_class() -> None:
    definition = scores()
    [row] = judged(definition, of(ALI, morality="85") | {NAME: "阿卜杜•拉"}).rows
    assert row.data["student_id"] == ALI.id
    [named] = judged(definition, {NAME: "高　小一", "value.teacher.morality": "85"}).rows
    assert named.data["student_id"] == GAO.id
    [second] = judged(definition, {NAME: "张伟", CLASS: "初三（2）班", "value.teacher.morality": "85"}).rows
    assert second.data["student_id"] == SAME[1].id
    stranger = Student(new_id(), "外人", "G9", "bj.bj.hd.s2.g2024.c01", "1班")
    wrong = judged(
        definition, of(stranger, morality="85"), of(GAO, morality="85") | {NAME: "高小二"}, {NAME: "外人"}, {NAME: "张伟"}
    )
    assert messages(wrong) == [
        (2, CODE, "code_unknown"), (3, NAME, "name_of_code_differs"), (4, NAME, "name_unknown"), (5, NAME, "name_shared"),
    ]  # fmt: skip


@pytest.mark.feature("BJ-06")
def test_every_wrong_cell_is_named_and_a_student_has_one_row() -> None:
    checked = judged(scores(), of(GAO, morality="101", health="8.55"), of(ALI, morality="85"), of(ALI, morality="90"))
    assert messages(checked) == [
        (2, "value.teacher.morality", "score"), (2, "value.teacher.health", "score"), (3, NAME, "duplicate"),
        (4, NAME, "duplicate"),
    ]  # fmt: skip


@pytest.mark.feature("BJ-06")
def test_an_empty_cell_is_null_and_a_part_of_somebody_else_is_refused_by_name() -> None:
    [row] = judged(scores(), of(GAO, morality="85") | {SEEN: "2.0.0.0.0.1"}).rows
    assert (row.data["value.teacher.morality"], row.data["value.teacher.health"]) == ("85", None)
    assert row.data["seen"]["value.teacher.aesthetics"] == 1
    assert "seen" not in judged(scores(), of(GAO, morality="85") | {SEEN: "2.x"}).rows[0].data
    refused = judged(scores(), of(GAO, morality="85") | {"value.group.morality": "99"})
    assert messages(refused) == [(2, "value.group.morality", "part_of_others")]
    assert "班级评议小组" in refused.problems[0].message


@pytest.mark.feature("BJ-06")
def test_a_workbook_of_several_parts_has_the_columns_of_the_role_only() -> None:
    wide = BEIJING.imports[-2].model_copy(update={"id": "all", "parts": ("teacher", "group")})
    scheme = BEIJING.model_copy(update={"imports": (wide,)})
    titles = [column.title for column in definition_of(scheme, "all", "class_teacher").template.offered.sheets[0].columns]
    assert titles[3:5] == ["道德品质", "公民素养"]
    both = BEIJING.result.model_copy(  # type: ignore[union-attr]
        update={"parts": tuple(p.model_copy(update={"by": ("class_teacher",)}) for p in BEIJING.result.parts)}  # type: ignore[union-attr]
    )
    both_scheme = scheme.model_copy(update={"result": both})
    titles = [column.title for column in definition_of(both_scheme, "all", "class_teacher").template.offered.sheets[0].columns]
    assert len(titles) == 3 + 12 + 1
    assert titles[3] == "小组评议 道德品质"


@pytest.mark.feature("BJ-06", "BJ-10")
def test_adjustments_have_a_row_each_with_points_and_reason_and_the_same_one_once() -> None:
    bonuses = scores(role="supervision_group", name="bonuses")
    good = {NAME: "高小一", "dimension": "道德品质", "points": "2", "reason": "组织年级爱心义卖"}
    [row] = judged(bonuses, good).rows
    assert {name: row.data[name] for name in ("dimension", "points", "reason")} == {
        "dimension": "morality", "points": "2", "reason": "组织年级爱心义卖",
    }  # fmt: skip
    wrong = judged(bonuses, good | {"points": "11"}, good | {"points": "0"}, good | {"reason": "短"}, good, good)
    assert messages(wrong) == [
        (2, "points", "score"), (3, "points", "score"), (4, "reason", "reason"), (5, NAME, "duplicate"), (6, NAME, "duplicate"),
    ]  # fmt: skip


@pytest.mark.feature("BJ-06", "X-12")
def test_the_rows_of_a_class_are_never_torn_apart() -> None:
    rows = judged(scores(), of(SAME[1], morality="1"), of(GAO, morality="2"), of(ALI, morality="3")).rows
    assert [row.number for row in rows] == [3, 4, 2]
    many = [batch_row(rows[at], lambda _, text: text) for at in (0, 1)] * 80 + [batch_row(rows[2], lambda _, text: text)] * 80
    events = events_of(a_batch(target="archive", role="class_teacher", own_students=(GAO.id,)), many, "class_path")
    assert [len(event.rows) for event in events] == [160, 80]
    assert (events[0].role, events[0].own_students) == ("class_teacher", (GAO.id,))


@pytest.mark.feature("BJ-06")
def test_an_evaluation_of_every_dimension_has_columns_for_each() -> None:
    rated = BEIJING.evaluation("self_rating").model_copy(update={"about": "student", "by": ("class_teacher",), "id": "rating"})
    scheme = BEIJING.model_copy(
        update={
            "evaluations": (*BEIJING.evaluations, rated),
            "imports": (BEIJING.import_type("teacher_comments").model_copy(update={"id": "ratings", "evaluation": "rating"}),),
        }
    )
    definition = definition_of(scheme, "ratings", "class_teacher")
    choices = {f"mark.{one.id}": "B（良好）" for one in scheme.dimensions}
    [row] = judged(definition, {REGISTRY: GAO.registry_number, NAME: GAO.name, **choices}).rows
    assert (row.data["mark.morality"], row.data["mark.health"]) == ("b", "b")
    wrong = judged(definition, {REGISTRY: GAO.registry_number, NAME: GAO.name, **choices, "mark.health": "优"})
    assert messages(wrong) == [(2, "mark.health", "evaluation")]
