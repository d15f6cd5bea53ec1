"""The definition of a workbook of scores: a column for each part and dimension, or a row for each adjustment (BJ-06). Pure.

Students are found by a code of the template, or by their name. A registry number is read only where the role may see such
numbers: else a workbook could be used to ask whether a guessed number is a classmate's.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from uuid import UUID

from contracts.importer import score_key
from people import name_key, same_name
from scheme import ImportType, Scheme
from scheme.results import ScoredResult
from scheme.score_parts import ScorePart, plain

from importer.domain import normalise
from importer.domain.definitions import STUDENT, ImportDefinition, ReferenceData, Student
from importer.domain.messages import message_of
from importer.domain.templates import CheckRow, CleanRow, Column, Fault, Sheet, Template, Value, Verdict

SHEET = "rows"
CODE, NAME, CLASS, REGISTRY = "student.code", "student.name", "student.class", "student.registry_number"
SEEN, KNOWN = "student.seen", "student.known"
"""The versions of the values when the template was downloaded, in the order of the definition's columns; and the adjustments
that there were."""
DIMENSION, POINTS, REASON = "dimension", "points", "reason"
CLASS_PATH = "class_path"
_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ"

type _CheckValues = Callable[[Mapping[str, Value], frozenset[str]], Mapping[str, object] | list[Fault]]


def student_code(student_id: UUID) -> str:
    """Eight letters that stand for a student in a workbook. Two of a school hardly ever share them; then the name decides."""
    rest, found = student_id.int & (1 << 48) - 1, ""
    for _ in range(8):
        rest, at = divmod(rest, len(_LETTERS))
        found += _LETTERS[at]
    return found


@dataclass(frozen=True)
class _Value:
    """A column for the value of a part in a dimension. mine: the role enters it, in this workbook."""

    column: Column
    part: ScorePart
    dimension: str
    mine: bool


def score_definition(scheme: Scheme, import_type: ImportType, role: str) -> ImportDefinition:
    """The definition of a scheme's workbook of scores for those who import in this role (BJ-06)."""
    result = scheme.result
    assert isinstance(result, ScoredResult)
    parts = [part for part in result.parts if part.id in import_type.parts]
    adjusted = next((part for part in parts if part.source == "adjustment"), None)
    if adjusted is not None:
        columns = _adjustment_columns(scheme, result, adjusted)
        check_values: _CheckValues = lambda values, _: _check_adjustment(scheme, adjusted, values)  # noqa: E731
        same_by: tuple[str, ...] = (*((DIMENSION,) if result.per_dimension else ()), POINTS, REASON)
    else:
        values = _value_columns(scheme, result, import_type, role)
        columns = [value.column for value in values]
        if import_type.prefilled:
            columns.append(Column(SEEN, "版本", width=14, locked=True, help="请勿修改：据此发现下载之后别人的改动"))
        check_values, same_by = _value_check(scheme, result, values), ()
    sheet = Sheet(SHEET, import_type.title, (*_student_columns(scheme, import_type, role), *columns))
    return ImportDefinition(
        type=import_type.id,
        title=import_type.title,
        target="archive",
        roles=import_type.roles,
        template=Template(
            f"{scheme.id}.{import_type.id}", import_type.title, scheme.version, (sheet,), _notes(import_type, adjusted),
            scheme=scheme.id,
        ),
        checks=lambda reference: {SHEET: _row_check(reference, check_values)},
        complete=_by_class,
        operation=import_type.operation,
        max_rows=import_type.max_rows,
        registry=NAME,
        same_by=same_by,
        prefilled=import_type.prefilled,
        rule="result",
        by_name=True,
        parts=tuple(part.id for part in parts if role in part.by),
        together=CLASS_PATH,
    )  # fmt: skip


def prefill_scores(
    definition: ImportDefinition, students: Sequence[Student], known: Mapping[UUID, Mapping[str, str]]
) -> dict[str, list[dict[str, Value]]]:
    """Rows of students for a template; `known`: what else stands in them, by student and column id."""

    def shown(name: str, text: str) -> Value:
        return int(text) if name in numbers and text.isascii() and text.isdecimal() else text

    numbers = {column.id for column in definition.template.sheets[0].columns if column.type == "number"}
    rows: list[dict[str, Value]] = []
    for one in students:
        row = {name: shown(name, text) for name, text in known.get(one.id, {}).items()}
        rows.append(row | {CODE: student_code(one.id), NAME: one.name, CLASS: one.class_title})
    return {SHEET: rows}


def _student_columns(scheme: Scheme, import_type: ImportType, role: str) -> Iterator[Column]:
    locked = import_type.prefilled
    yield Column(CODE, "编号", type="code", width=12, locked=locked, help="由平台编制，请勿修改；没有编号的按姓名识别")
    yield Column(NAME, "姓名", True, "name", locked=locked, other_titles=("学生姓名",))
    yield Column(CLASS, "班级", width=14, locked=locked, help="供核对，可不填")
    rule = next((one for one in scheme.roles if one.id == role), None)
    if rule is not None and "see_personal_numbers" in (rule.may or ()):
        yield Column(REGISTRY, "学籍号", type="code", other_titles=("全国学籍号", "学籍编号"), offered=False)


def _value_columns(scheme: Scheme, result: ScoredResult, import_type: ImportType, role: str) -> list[_Value]:
    """The columns of the parts that the role enters here; those of other parts are understood only to say whose they are."""
    entered = [part for part in result.parts if part.entered]
    here = [part for part in entered if part.id in import_type.parts and role in part.by]
    dimensions = [(d.id, d.title) for d in scheme.dimensions] if result.per_dimension else [("", "")]
    found = []
    for part in [*here, *(part for part in entered if part not in here)]:
        for dimension, title in dimensions:
            names = [f"{part.title} {title}".strip(), f"{part.title}（{title}）" if title else part.title]
            if title and here == [part]:
                names.insert(0, title)
            column = Column(
                score_key(part.id, dimension),
                names[0],
                type="choice" if part.in_bands else "number",
                choices=tuple(band.id for band in result.bands_of(dimension)) if part.in_bands else (),
                help=_help(result, part, dimension),
                offered=part in here,
                other_titles=tuple(dict.fromkeys(names[1:])),
                other_choices=tuple(name for band in result.bands_of(dimension) for name in _names(band.id, band.title))
                if part.in_bands
                else (),
            )
            found.append(_Value(column, part, dimension, part in here))
    return found


def _names(band: str, title: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((title, f"{band}（{title}）", f"{band}({title})")))


def _help(result: ScoredResult, part: ScorePart, dimension: str) -> str:
    if part.in_bands:
        return f"{'、'.join(band.id for band in result.bands_of(dimension))}；空白表示不改"
    digits = f"最多 {part.decimals} 位小数" if part.decimals else "整数"
    return f"{plain(part.minimum)} 至 {plain(part.maximum)}，{digits}；空白表示不改"


def _value_check(scheme: Scheme, result: ScoredResult, values: Sequence[_Value]) -> _CheckValues:
    bands = {
        (value.dimension, name): band.id
        for value in values
        for band in result.bands_of(value.dimension)
        for name in (band.id, *_names(band.id, band.title))
    }
    mine = [value for value in values if value.mine]

    def check(row: Mapping[str, Value], columns: frozenset[str]) -> Mapping[str, object] | list[Fault]:
        faults: list[Fault] = []
        data: dict[str, object] = {}
        for value in values:
            name, part = value.column.id, value.part
            text = row.get(name)
            if text is None:
                if value.mine and name in columns:
                    data[name] = None
            elif not value.mine:
                who = "、".join(scheme.role_title(role) for role in part.by)
                faults.append(Fault(name, "part_of_others", message_of("part_of_others", title=part.title, who=who)))
            elif part.in_bands:
                data[name] = bands.get((value.dimension, str(text)), str(text))
            elif (wrong := _wrong_number(part, str(text))) is not None:
                faults.append(Fault(name, "score", wrong))
            else:
                data[name] = str(text)
        return faults or {**data, **_seen(row, mine)}

    return check


def _seen(row: Mapping[str, Value], mine: Sequence[_Value]) -> dict[str, object]:
    """The versions of a template's row, where they are complete."""
    versions = str(row.get(SEEN, "")).split(".")
    if len(versions) != len(mine) or not all(one.isascii() and one.isdecimal() and len(one) < 7 for one in versions):
        return {}
    return {"seen": {value.column.id: int(one) for value, one in zip(mine, versions, strict=True)}}


def _wrong_number(part: ScorePart, text: str) -> str | None:
    try:
        value = Decimal(text)
    except InvalidOperation:
        return f"{part.title}：请填写数字"
    return part.problem(value) if value.is_finite() else f"{part.title}：请填写数字"


def _adjustment_columns(scheme: Scheme, result: ScoredResult, part: ScorePart) -> list[Column]:
    limits, choices = part.reason, tuple(dimension.title for dimension in scheme.dimensions)
    return [
        *([Column(DIMENSION, "维度", True, "choice", choices)] if result.per_dimension else []),
        Column(POINTS, "分值", True, "number", help=f"{plain(part.minimum)} 至 {plain(part.maximum)}，扣分写负数"),
        Column(REASON, "理由", True, "long_text", max_length=limits.max, help=f"{limits.min} 至 {limits.max} 个字，家长可见"),
        Column(KNOWN, "已有加减分", width=24, locked=True, help="供核对，导入时不读取"),
    ]


def _check_adjustment(scheme: Scheme, part: ScorePart, row: Mapping[str, Value]) -> Mapping[str, object] | list[Fault]:
    faults: list[Fault] = []
    points, reason = str(row.get(POINTS, "")), str(row.get(REASON, ""))
    if POINTS in row and (wrong := _wrong_number(part, points) or ("分值不能为0" if Decimal(points) == 0 else None)):
        faults.append(Fault(POINTS, "score", wrong))
    if REASON in row and (wrong := part.reason.problem(reason)):
        faults.append(Fault(REASON, "reason", f"理由：{wrong}"))
    dimension = next((one.id for one in scheme.dimensions if one.title == row.get(DIMENSION)), "")
    if faults or POINTS not in row or REASON not in row:
        return faults
    return {DIMENSION: dimension, POINTS: plain(Decimal(points)), REASON: reason.strip()}


def _notes(import_type: ImportType, adjusted: ScorePart | None) -> tuple[str, ...]:
    listed = "名单已按班级预填；没有填写的学生会被跳过。" if import_type.prefilled else "学生按编号或姓名识别。"
    if adjusted is not None:
        return (
            "每次加分或扣分一行，分值、理由必填；同一学生有多次的，请插入行，并复制编号和姓名。",
            listed,
            "与已有的完全相同的（学生、维度、分值、理由）不会重复登记。",
        )
    return (
        "每名学生一行，空白单元格表示不改。",
        listed,
        "下载之后别人改过的评分不会被覆盖，导入前会逐格提示。",
    )


def _row_check(reference: ReferenceData, check_values: _CheckValues) -> CheckRow:
    """The validator of a row: its student is in scope, and the scheme allows its values."""
    columns = reference.columns.get(SHEET, frozenset())
    find = _finder(reference)

    def check(values: Mapping[str, Value]) -> Verdict:
        faults: list[Fault] = []
        student = find(values, faults)
        verdict = check_values(values, columns)
        if isinstance(verdict, list):
            faults += verdict
        elif student is not None and not faults:
            return {STUDENT: student.id, CLASS_PATH: student.path, **verdict}
        return faults or [Fault(NAME, "required", message_of("required", title="姓名"))]

    return check


def _finder(reference: ReferenceData) -> Callable[[Mapping[str, Value], list[Fault]], Student | None]:
    """Finds a row's student by code, registry number or name, by the one key of names (L-05)."""
    by_code: dict[str, list[Student]] = {}
    by_key: dict[str, list[Student]] = {}
    for student in reference.students.values():
        by_code.setdefault(student_code(student.id), []).append(student)
        by_key.setdefault(name_key(student.name), []).append(student)

    def find(values: Mapping[str, Value], faults: list[Fault]) -> Student | None:
        name = str(values.get(NAME, ""))
        if (code := values.get(CODE)) is not None:
            found = by_code.get(normalise.code(str(code)), [])
            same = [one for one in found if same_name(one.name, name)]
            if not found:
                faults.append(Fault(CODE, "code_unknown", message_of("code_unknown", value=code)))
            elif name and not same:
                expected = "、".join(one.name for one in found)
                faults.append(Fault(NAME, "name_of_code_differs", message_of("name_of_code_differs", expected=expected)))
            return same[0] if same else None
        if (number := values.get(REGISTRY)) is not None:
            one = reference.students.get(normalise.code(str(number)))
            if one is None:
                faults.append(Fault(REGISTRY, "student_unknown", message_of("student_unknown", value=number)))
            elif name and not same_name(one.name, name):
                faults.append(Fault(NAME, "name_differs", message_of("name_differs", expected=one.name)))
            return one
        return _named(by_key.get(name_key(name), []) if name else [], name, values.get(CLASS), faults)

    return find


def _named(found: Sequence[Student], name: str, class_title: Value | None, faults: list[Fault]) -> Student | None:
    if class_title is not None and len(found) > 1:
        wanted = normalise.fold(str(class_title))
        found = [one for one in found if normalise.fold(one.class_title) in wanted] or found
    if len(found) == 1:
        return found[0]
    if found:
        faults.append(Fault(NAME, "name_shared", message_of("name_shared", count=len(found), value=name), "question"))
    elif name:
        faults.append(Fault(NAME, "name_unknown", message_of("name_unknown", value=name)))
    return None


def _by_class(rows: Sequence[CleanRow]) -> tuple[CleanRow, ...]:
    """Rows of one class follow each other, as the sheets of classes are locked in this order."""
    return tuple(sorted(rows, key=lambda row: (str(row.data[CLASS_PATH]), row.number)))
