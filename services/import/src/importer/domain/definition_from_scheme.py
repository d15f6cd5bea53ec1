"""The definition of a scheme's import type: the template's columns and the validator of its rows (JX-05, JX-12). Pure.

The scheme's `validate_data` decides what a field allows, as it does for submitted records (X-12).
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace

from people import same_name
from scheme import Evaluation, Field, Form, ImportType, Kind, Scheme, jsonable

from importer.domain import normalise
from importer.domain.definition_of_scores import score_definition
from importer.domain.definitions import STUDENT, ImportDefinition, ReferenceData, Student
from importer.domain.messages import message_of
from importer.domain.templates import CheckRow, Column, ColumnType, Fault, FindingKind, Sheet, Template, Value, Verdict

SHEET = "rows"
REGISTRY, NAME, CLASS = "student.registry_number", "student.name", "student.class"
"""The student's columns; the prefix keeps them apart from a form's own fields."""
TEXT, GRADE_BAND = "text", "mark"
"""Columns of an evaluation."""
_TYPES: dict[str, ColumnType] = {
    "text": "text",
    "long_text": "long_text",
    "date": "date",
    "datetime": "datetime",
    "integer": "integer",
    "decimal": "number",
    "choice": "choice",
    "boolean": "choice",
    "duration": "duration",
    "duration_hours": "hours",
    "catalog": "text",
}

type _CheckValues = Callable[[Mapping[str, Value], ReferenceData], Mapping[str, object] | list[Fault]]


def definition_of(scheme: Scheme, name: str, role: str) -> ImportDefinition:
    """The definition of a scheme's import type for those who import in this role (BJ-05). Raises `UnknownError`."""
    import_type = scheme.import_type(name)
    if import_type.parts:
        return score_definition(scheme, import_type, role)
    if import_type.kind is not None:
        columns, check_values = _of_kind(scheme, import_type, scheme.kind(import_type.kind), role)
    else:
        columns, check_values = _of_evaluation(scheme, scheme.evaluation(str(import_type.evaluation)))
    same_by = tuple(field for field in import_type.same_by if any(column.id == field for column in columns))
    sheet = Sheet(SHEET, import_type.title, (*_student(import_type, columns), *columns), unique=((REGISTRY, *same_by),))
    notes = _notes(import_type, sheet, same_by)
    return ImportDefinition(
        type=import_type.id,
        title=import_type.title,
        target="records" if import_type.kind is not None else "archive",
        roles=import_type.roles,
        template=Template(
            f"{scheme.id}.{import_type.id}", import_type.title, scheme.version, (sheet,), notes, scheme=scheme.id
        ),
        checks=lambda reference: {SHEET: _row_check(reference, check_values)},
        operation=import_type.operation,
        max_rows=import_type.max_rows,
        registry=REGISTRY,
        same_by=same_by,
        prefilled=import_type.prefilled,
        evaluation=import_type.evaluation,
        rule="import" if import_type.evaluation is None else "evaluation",
    )


def in_context(definition: ImportDefinition, *lines: tuple[str, str]) -> ImportDefinition:
    """The definition with lines such as (学校, ...) above its template's notes."""
    return replace(definition, template=replace(definition.template, context=lines))


def prefill(students: Sequence[Student]) -> dict[str, list[dict[str, Value]]]:
    """Rows of students for a template: number, name and class filled in."""
    return {SHEET: [{REGISTRY: s.registry_number, NAME: s.name, CLASS: s.class_title} for s in students]}


def _student(import_type: ImportType, columns: Sequence[Column]) -> list[Column]:
    """The columns that identify the student. Prefilled ones are locked: a row with nothing else in it was not filled."""
    titles = {column.field: column.title for column in import_type.student_columns}
    number, name = titles.get("registry_number") or "学籍号", titles.get("name") or "姓名"
    other = tuple(title for title in ("学籍号", "全国学籍号", "学籍编号") if title != number)
    found = [
        Column(REGISTRY, number, True, "code", width=24, locked=import_type.prefilled, other_titles=other),
        Column(NAME, name, False, "name", locked=import_type.prefilled, other_titles=("学生姓名",) if name == "姓名" else ()),
    ]
    if "班级" not in {column.title for column in columns}:
        found.append(Column(CLASS, "班级", width=18, locked=import_type.prefilled, help="供核对，可不填"))
    return found


def _of_kind(scheme: Scheme, import_type: ImportType, kind: Kind, role: str) -> tuple[list[Column], _CheckValues]:
    fields = [
        (title, field)
        for title, field in scheme.import_fields(import_type.id)
        if (not field.written_by or role in field.written_by) and field.computed is None and field.type != "image"
    ]

    def check_values(values: Mapping[str, Value], reference: ReferenceData) -> Mapping[str, object] | list[Fault]:
        found = kind.validate_data(values, zone=reference.zone or scheme.zone, today=reference.today, role=role)
        if not isinstance(found, list):
            return jsonable(found)
        # A value that has no column here may be in the record already: records, which knows it, decides (L-08, L-10).
        columns = reference.columns.get(SHEET, frozenset())
        wrong = [problem for problem in found if problem.code != "required" or problem.field in columns]
        return [Fault(problem.field, problem.code, problem.message, _kind_of(problem.code)) for problem in wrong] or values

    return [_column(title, field, kind.form) for title, field in fields], check_values


def _kind_of(code: str) -> FindingKind:
    """A result that may mean several things is a question (L-12, L-13)."""
    return "question" if code in ("outcomes", "unclear") else "problem"


def _of_evaluation(scheme: Scheme, evaluation: Evaluation) -> tuple[list[Column], _CheckValues]:
    """A column for the text and one for the choice; of an evaluation with one of each for every dimension so many (BJ-06)."""
    dimensions = [(f".{one.id}", one.title) for one in scheme.dimensions] if evaluation.per_dimension else [("", "")]
    columns = [column for ending, title in dimensions for column in _evaluation_columns(evaluation, ending, title)]
    bands = {name: band.id for band in evaluation.choices for name in (band.title, *band.aliases)}

    def check_values(values: Mapping[str, Value], _: ReferenceData) -> Mapping[str, object] | list[Fault]:
        faults: list[Fault] = []
        found: dict[str, object] = {}
        for ending, _title in dimensions:
            text = str(values.get(f"{TEXT}{ending}", "")) if evaluation.text is not None else None
            band = bands.get(str(values.get(f"{GRADE_BAND}{ending}")))
            if (problem := evaluation.problem(text, band)) is not None:
                wrong_band = evaluation.problem(text, next(iter(bands.values()), None)) is None
                faults.append(Fault(f"{GRADE_BAND if wrong_band else TEXT}{ending}", "evaluation", problem))
            given = ((f"{TEXT}{ending}", text), (f"{GRADE_BAND}{ending}", band))
            found |= {name: value for name, value in given if value is not None}
        return faults or found

    return columns, check_values


def _evaluation_columns(evaluation: Evaluation, ending: str, dimension: str) -> Iterator[Column]:
    if (limits := evaluation.text) is not None:
        others = () if dimension else (evaluation.title,)
        length = f"{limits.min} 至 {limits.max} 个字"
        title = f"{dimension} 评语" if dimension else "评语"
        yield Column(f"{TEXT}{ending}", title, True, "long_text", max_length=limits.max, help=length, other_titles=others)
    if evaluation.choices:
        aliases = tuple(alias for band in evaluation.choices for alias in band.aliases)
        titles = tuple(band.title for band in evaluation.choices)
        others = (dimension,) if dimension else ()
        title = f"{dimension} 等第" if dimension else "等第"
        yield Column(f"{GRADE_BAND}{ending}", title, True, "choice", titles, other_choices=aliases, other_titles=others)


def _column(title: str, field: Field, form: Form) -> Column:
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
        help="；".join(_requirements(field, form)),
        example=field.example or "",
        other_titles=() if title == field.title else (field.title,),
        other_choices=aliases,
        outcomes={name: outcome.title for outcome in field.outcomes for name in (outcome.title, *outcome.aliases)},
    )


def _requirements(field: Field, form: Form) -> list[str]:
    """What a field requires, as the guide and the column's prompt show it."""
    unit = f"（{field.unit}）" if field.unit else ""
    found = [field.help] if field.help else []
    if condition := form.condition_text(field):
        found.append(condition if field.required_if else f"必填，{condition}")
    if field.type == "duration":
        if field.minimum is not None and field.maximum is not None:
            found.append(f"{field.limit(field.minimum)} 至 {field.limit(field.maximum)}")
    elif field.minimum is not None and field.maximum is not None:
        found.append(f"{field.minimum} 至 {field.maximum}{unit}")
    elif field.minimum is not None:
        found.append(f"不小于 {field.minimum}{unit}")
    elif field.maximum is not None:
        found.append(f"不大于 {field.maximum}{unit}")
    elif field.unit:
        found.append(f"单位：{field.unit}")
    if field.type == "decimal":
        found.append(f"最多 {field.decimals} 位小数")
    if field.min_length:
        found.append(f"至少 {field.min_length} 个字")
    if field.pattern_says:
        found.append(field.pattern_says)
    if field.not_future:
        found.append("不能晚于今天")
    if field.outcomes:
        found.append(f"没有数值时可填：{'、'.join(outcome.title for outcome in field.outcomes)}")
    return found


def _notes(import_type: ImportType, sheet: Sheet, same_by: Sequence[str]) -> tuple[str, ...]:
    what = "、".join(sheet.column(name).title for name in same_by)
    each = f"每名学生可以有多行，每行的{what}不同。" if same_by else "每名学生一行。"
    listed = "名单已按班级预填；没有填写的学生会被跳过。" if import_type.prefilled else "学籍号与姓名应与学生信息一致。"
    again = f"再次导入时，同一学生{'同一' + what if what else ''}的内容会被更新，不会重复。"
    return each, listed, again


def _row_check(reference: ReferenceData, check_values: _CheckValues) -> CheckRow:
    """The validator of a row: its student is in scope, and the scheme allows its values. An empty cell is null in the row's
    data; a column that the sheet does not have is not in it (L-08)."""
    columns = reference.columns.get(SHEET, frozenset()) - {REGISTRY, NAME, CLASS}
    empty: dict[str, object] = dict.fromkeys(sorted(columns))

    def check(values: Mapping[str, Value]) -> Verdict:
        faults: list[Fault] = []
        student = _find(reference, values, faults)
        own = {name: value for name, value in values.items() if name not in (REGISTRY, NAME, CLASS)}
        verdict = check_values(own, reference)
        if isinstance(verdict, list):
            faults += verdict
        elif student is not None and not faults:
            return {STUDENT: student.id, **empty, **verdict}
        return faults or [Fault(REGISTRY, "required", message_of("required", title="学籍号"))]

    return check


def _find(reference: ReferenceData, values: Mapping[str, Value], faults: list[Fault]) -> Student | None:
    if REGISTRY not in values:
        return None
    student = reference.students.get(normalise.code(str(values[REGISTRY])))
    if student is None:
        faults.append(Fault(REGISTRY, "student_unknown", message_of("student_unknown", value=values[REGISTRY])))
    elif NAME in values and not same_name(str(values[NAME]), student.name):
        faults.append(Fault(NAME, "name_differs", message_of("name_differs", expected=student.name)))
    return student
