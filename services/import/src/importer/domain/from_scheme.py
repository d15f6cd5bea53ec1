"""A scheme's import type as a plan: the template's columns and the validator of its rows (JX-05, JX-12). Pure.

What is allowed in a field is asked of the scheme, by the same `validate_data` that reports go through (X-12).
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from scheme import Evaluation, Field, ImportType, Kind, Scheme, jsonable

from importer.domain import normal
from importer.domain.plans import STUDENT, Known, Plan, Student
from importer.domain.sheets import CheckRow, Clean, Column, ColumnType, Fault, Sheet, Template, Value
from importer.domain.texts import say

SHEET = "rows"
REGISTRY, NAME, CLASS = "student.registry_number", "student.name", "student.class"
"""The student's columns; the prefix keeps them apart from a form's own fields."""
TEXT, MARK = "text", "mark"
_TYPES: dict[str, ColumnType] = {
    "text": "text",
    "long_text": "long_text",
    "date": "date",
    "datetime": "datetime",
    "integer": "integer",
    "decimal": "number",
    "choice": "choice",
    "boolean": "choice",
    "duration_hours": "hours",
    "catalog": "text",
}

type _Judge = Callable[[Mapping[str, Value], Known], Mapping[str, object] | list[Fault]]


def plan_of(scheme: Scheme, name: str, role: str) -> Plan:
    """The plan of a scheme's import type for who imports in this role (BJ-05). Raises `UnknownError`."""
    wanted = scheme.import_type(name)
    if wanted.kind is not None:
        columns, judge = _of_kind(scheme, wanted, scheme.kind(wanted.kind), role)
    else:
        columns, judge = _of_evaluation(scheme.evaluation(str(wanted.evaluation)))
    same_by = tuple(field for field in wanted.same_by if any(column.id == field for column in columns))
    sheet = Sheet(SHEET, wanted.title, (*_student(wanted, columns), *columns), unique=((REGISTRY, *same_by),))
    notes = _notes(wanted, sheet, same_by)
    return Plan(
        type=wanted.id,
        title=wanted.title,
        target="records" if wanted.kind is not None else "archive",
        roles=wanted.roles,
        template=Template(f"{scheme.id}.{wanted.id}", wanted.title, scheme.version, (sheet,), notes, scheme=scheme.id),
        checks=lambda known: {SHEET: _row(known, judge)},
        operation=wanted.operation,
        max_rows=wanted.max_rows,
        registry=REGISTRY,
        same_by=same_by,
        prefilled=wanted.prefilled,
        evaluation=wanted.evaluation,
    )


def in_context(plan: Plan, *lines: tuple[str, str]) -> Plan:
    """The plan with lines such as (学校, ...) above its template's notes."""
    return replace(plan, template=replace(plan.template, context=lines))


def prefill(students: Sequence[Student]) -> dict[str, list[dict[str, Value]]]:
    """Rows of students for a template: number, name and class filled in."""
    return {SHEET: [{REGISTRY: s.registry_number, NAME: s.name, CLASS: s.class_title} for s in students]}


def _student(wanted: ImportType, columns: Sequence[Column]) -> list[Column]:
    """The columns that find the student. Prefilled ones are locked: a row with nothing else in it was not filled."""
    titles = {column.field: column.title for column in wanted.student_columns}
    number, name = titles.get("registry_number") or "学籍号", titles.get("name") or "姓名"
    other = tuple(title for title in ("学籍号", "全国学籍号", "学籍编号") if title != number)
    found = [
        Column(REGISTRY, number, True, "code", width=24, locked=wanted.prefilled, other_titles=other),
        Column(NAME, name, True, "name", locked=wanted.prefilled, other_titles=("学生姓名",) if name == "姓名" else ()),
    ]
    taken = {column.title for column in columns}
    if "班级" not in taken:
        found.append(Column(CLASS, "班级", width=18, locked=wanted.prefilled, help="供核对，可不填"))
    return found


def _of_kind(scheme: Scheme, wanted: ImportType, kind: Kind, role: str) -> tuple[list[Column], _Judge]:
    fields = [
        (title, field) for title, field in scheme.import_fields(wanted.id) if not field.written_by or role in field.written_by
    ]

    def judge(values: Mapping[str, Value], known: Known) -> Mapping[str, object] | list[Fault]:
        verdict = kind.validate_data(values, zone=known.zone or scheme.zone, today=known.today, role=role)
        if isinstance(verdict, list):
            return [Fault(problem.field, problem.code, problem.message) for problem in verdict]
        return jsonable(verdict)

    return [_column(title, field) for title, field in fields], judge


def _of_evaluation(evaluation: Evaluation) -> tuple[list[Column], _Judge]:
    columns: list[Column] = []
    if (limits := evaluation.text) is not None:
        length = f"{limits.min} 至 {limits.max} 个字"
        columns.append(
            Column(TEXT, "评语", True, "long_text", max_length=limits.max, help=length, other_titles=(evaluation.title,))
        )
    if evaluation.marks:
        aliases = tuple(alias for mark in evaluation.marks for alias in mark.aliases)
        titles = tuple(mark.title for mark in evaluation.marks)
        columns.append(Column(MARK, "等第", True, "choice", titles, other_choices=aliases))
    marks = {name: mark.id for mark in evaluation.marks for name in (mark.title, *mark.aliases)}

    def judge(values: Mapping[str, Value], _: Known) -> Mapping[str, object] | list[Fault]:
        text = str(values.get(TEXT, "")) if evaluation.text is not None else None
        mark = marks.get(str(values.get(MARK)))
        if (said := evaluation.problem(text, mark)) is not None:
            wrong_mark = evaluation.problem(text, next(iter(marks.values()), None)) is None
            return [Fault(MARK if wrong_mark else TEXT, "evaluation", said)]
        return {name: value for name, value in ((TEXT, text), (MARK, mark)) if value is not None}

    return columns, judge


def _column(title: str, field: Field) -> Column:
    choices = tuple(choice.title for choice in field.choices)
    aliases = tuple(alias for choice in field.choices for alias in choice.aliases)
    if field.type == "boolean":
        choices, aliases = ("是", "否"), ("有", "无", "对", "不", "没有", "√", "✓", "×")
    return Column(
        field.id,
        title,
        field.required,
        _TYPES[field.type],
        choices,
        field.max_length,
        help="；".join(_demands(field)),
        example=field.example or "",
        other_titles=() if title == field.title else (field.title,),
        other_choices=aliases,
    )


def _demands(field: Field) -> list[str]:
    """What a field asks for, as people read it under the column's name."""
    unit = f"（{field.unit}）" if field.unit else ""
    said = [field.help] if field.help else []
    if field.minimum is not None and field.maximum is not None:
        said.append(f"{field.minimum} 至 {field.maximum}{unit}")
    elif field.minimum is not None:
        said.append(f"不小于 {field.minimum}{unit}")
    elif field.maximum is not None:
        said.append(f"不大于 {field.maximum}{unit}")
    elif field.unit:
        said.append(f"单位：{field.unit}")
    if field.type == "decimal":
        said.append(f"最多 {field.decimals} 位小数")
    if field.min_length:
        said.append(f"至少 {field.min_length} 个字")
    if field.pattern_says:
        said.append(field.pattern_says)
    if field.not_future:
        said.append("不能晚于今天")
    return said


def _notes(wanted: ImportType, sheet: Sheet, same_by: Sequence[str]) -> tuple[str, ...]:
    what = "、".join(sheet.column(name).title for name in same_by)
    each = f"每名学生可以有多行，每行的{what}不同。" if same_by else "每名学生一行。"
    listed = "名单已按班级预填；没有填写的学生会被跳过。" if wanted.prefilled else "学籍号与姓名应与学生信息一致。"
    again = f"再次导入时，同一学生{'同一' + what if what else ''}的内容会被更新，不会重复。"
    return each, listed, again


def _row(known: Known, judge: _Judge) -> CheckRow:
    """The validator of a row: its student is one of those in scope, and its values are what the scheme allows."""

    def check(values: Mapping[str, Value]) -> Clean | Sequence[Fault]:
        faults: list[Fault] = []
        student = _find(known, values, faults)
        own = {name: value for name, value in values.items() if name not in (REGISTRY, NAME, CLASS)}
        verdict = judge(own, known)
        if isinstance(verdict, list):
            faults += verdict
        elif student is not None and not faults:
            return Clean({STUDENT: student.id, **verdict})
        return faults or [Fault(REGISTRY, "required", say("required", title="学籍号"))]

    return check


def _find(known: Known, values: Mapping[str, Value], faults: list[Fault]) -> Student | None:
    if REGISTRY not in values:
        return None
    student = known.students.get(normal.code(str(values[REGISTRY])))
    if student is None:
        faults.append(Fault(REGISTRY, "student_unknown", say("student_unknown", value=values[REGISTRY])))
    elif NAME in values and normal.name(str(values[NAME])) != normal.name(student.name):
        faults.append(Fault(NAME, "name_differs", say("name_differs", expected=student.name)))
    return student
