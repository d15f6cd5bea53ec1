"""The roster workbook (名册): its two sheets, and the validators of a student's and a teacher's row. Pure.

`TEMPLATE` describes the workbook; `check_student` and `check_teacher` validate values.
"""

import re
from collections.abc import Callable, Mapping
from datetime import date

from importer.domain import identifiers
from importer.domain.messages import message_of
from importer.domain.templates import CellProblem, CheckRow, Column, Fault, Parsed, Sheet, Template, Value, Verdict

RELATIONS = ("父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "兄弟姐妹", "其他监护人")
ROLES = {
    "班主任": "class_teacher",
    "任课教师": "subject_teacher",
    "学校管理员": "administrator",
    "学校录入员": "recorder",
    "学校审核员": "auditor",
    "校长": "principal",
}
_OF_A_CLASS = frozenset({"班主任"})
_YEAR = Column(
    "entry_year", "入学年份", True, help="进入本学段的年份", example="2025", width=12, other_titles=("年级", "入学年")
)
_CLASS = Column("class_name", "班级", True, help="班号", example="1班", width=10, other_titles=("班号", "班级名称"))

STUDENTS = Sheet(
    "students",
    "学生",
    (
        Column(
            "registry_number",
            "全国学籍号",
            True,
            "code",
            help="G 或 L 加 18 位",
            example="G360102201001011234",
            width=24,
            other_titles=("学籍号",),
        ),
        Column("student_number", "学号", type="code", help="学校自编", example="20250101", width=14, max_length=20),
        Column("name", "姓名", True, "name", example="张晓晓", max_length=40),
        Column("sex", "性别", True, "choice", ("男", "女"), width=8),
        Column(
            "id_number",
            "身份证件号",
            True,
            "code",
            help="18 位居民身份证或居住证号码",
            example="36010220100101123X",
            width=24,
            other_titles=("身份证号", "身份证号码", "身份证件号码"),
        ),
        Column("born", "出生日期", type="date", help="不填时取自身份证件号", example="2010-01-01"),
        _YEAR,
        _CLASS,
        Column("guardian_name", "监护人姓名", True, "name", example="张大山", max_length=40, width=14),
        Column("guardian_relation", "监护人关系", True, "choice", RELATIONS, width=14, other_titles=("与学生关系",)),
        Column(
            "guardian_phone",
            "监护人手机号",
            True,
            "code",
            help="用于家长登录",
            example="13800000000",
            width=18,
            other_titles=("监护人电话", "家长手机号"),
        ),
    ),
    unique=(("registry_number",), ("id_number",)),
)
TEACHERS = Sheet(
    "teachers",
    "教师",
    (
        Column("name", "姓名", True, "name", example="李老师", max_length=40),
        Column("phone", "手机号", True, "code", help="用于登录", example="13900000000", width=18),
        Column("id_number", "身份证件号", type="code", help="可不填", width=24, other_titles=("身份证号", "身份证号码")),
        Column("role", "角色", True, "choice", tuple(ROLES), help="一人多个角色时填多行", example="班主任", width=14),
        Column("entry_year", "入学年份", help="班主任必填", example="2025", width=12, other_titles=("年级", "入学年")),
        Column("class_name", "班级", help="班主任必填", example="1班", width=10, other_titles=("班号", "班级名称")),
    ),
    unique=(("phone", "role", "entry_year", "class_name"),),
    optional=True,
)
TEMPLATE = Template(
    "roster",
    "学校名册",
    1,
    (STUDENTS, TEACHERS),
    notes=(
        "一个工作簿含“学生”和“教师”两张表，一次导入一所学校；两张表要么全部导入，要么都不导入。",
        "再次导入时，学生以全国学籍号、教师以手机号识别：已有的更新，没有的新增，不会重复。",
    ),
)


def check_student(values: Mapping[str, Value]) -> Verdict:
    """A student's row: numbers, and that birth date, sex and entry year agree with the identity number.

    Accepted: `registry_number, student_number, name, sex, id_number, guardian_name, guardian_relation, guardian_phone`
    as text (`student_number` may be None), `born` a date, `entry_year` and `class_number` whole numbers.
    """
    faults: list[Fault] = []
    registry = _parsed(values, "registry_number", identifiers.registry_number, "registry_form", faults)
    born = date.fromisoformat(str(values["born"])) if "born" in values else None
    person = _id_number(values, faults)
    if person is not None:
        if born is not None and born != person.born:
            faults.append(_fault("born", "birth_differs", expected=person.born.isoformat()))
        if "sex" in values and values["sex"] != person.sex:
            faults.append(_fault("sex", "sex_differs", expected=person.sex))
        born = born or person.born
    year = _parsed(values, "entry_year", entry_year, "year_form", faults)
    number = _parsed(values, "class_name", class_number, "class_form", faults)
    if born is not None and year is not None and not 4 <= year - born.year <= 25:
        faults.append(_fault("born" if "born" in values else "id_number", "age_unlikely", age=year - born.year))
    phone = _parsed(values, "guardian_phone", identifiers.phone, "phone_form", faults)
    faults += _missing(STUDENTS, values)
    if faults:
        return faults
    names = ("name", "sex", "guardian_name", "guardian_relation")
    return (
        {name: values[name] for name in names}
        | {"registry_number": registry, "student_number": values.get("student_number"), "guardian_phone": phone}
        | {"id_number": person and person.text, "born": born, "entry_year": year, "class_number": number}
    )


def check_teacher(values: Mapping[str, Value]) -> Verdict:
    """A teacher's row: one role at one organisation.

    Accepted: `name`, `phone`, `role` (the code, see `ROLES`), `id_number`, `entry_year`, `class_number`; the last three
    may be None.
    """
    faults: list[Fault] = []
    phone = _parsed(values, "phone", identifiers.phone, "phone_form", faults)
    person = _id_number(values, faults) if "id_number" in values else None
    role = str(values.get("role", ""))
    year = _parsed(values, "entry_year", entry_year, "year_form", faults) if "entry_year" in values else None
    number = _parsed(values, "class_name", class_number, "class_form", faults) if "class_name" in values else None
    if role in _OF_A_CLASS:
        faults += [_fault(n, "class_needed", role=role) for n in ("entry_year", "class_name") if n not in values]
    faults += _missing(TEACHERS, values)
    if faults:
        return faults
    numbers = {"id_number": person and person.text, "entry_year": year, "class_number": number}
    return {"name": values["name"], "phone": phone, "role": ROLES[role], **numbers}


CHECKS: dict[str, CheckRow] = {STUDENTS.id: check_student, TEACHERS.id: check_teacher}


def across_rows(parsed: Parsed) -> tuple[CellProblem, ...]:
    """Problems that no single row shows: one phone number with two teachers' names."""
    seen: dict[str, dict[str, list[int]]] = {}
    for row in parsed.of(TEACHERS.id):
        phone = identifiers.phone(str(row.values.get("phone", "")))
        if phone and "name" in row.values:
            seen.setdefault(phone, {}).setdefault(str(row.values["name"]), []).append(row.number)
    return tuple(
        CellProblem(number, "phone", "phone_two_names", message_of("phone_two_names", rows=_others(names, name)), TEACHERS.id)
        for names in seen.values()
        if len(names) > 1
        for name, numbers in names.items()
        for number in numbers
    )


def entry_year(text: str) -> int | None:
    """2025 of 2025, 2025级 and 2025年; None when there is no year from 2000 to 2099."""
    found = re.fullmatch(r"(20\d\d)\s*[年级届]?", text)
    return int(found[1]) if found else None


def class_number(text: str) -> int | None:
    """1 of 1班, 01, 高一（1）班 and 2025级1班; None when there is no class from 1 to 99."""
    found = re.fullmatch(r"(?:.*\D)?0*([1-9]\d?)\D{0,3}", text)
    return int(found[1]) if found else None


def _others(names: Mapping[str, list[int]], own: str) -> str:
    return "、".join(str(number) for name, numbers in names.items() if name != own for number in numbers[:5])


def _fault(column: str, code: str, **values: object) -> Fault:
    return Fault(column, code, message_of(code, **values))


def _missing(sheet: Sheet, values: Mapping[str, Value]) -> list[Fault]:
    return [
        _fault(column.id, "required", title=column.title)
        for column in sheet.columns
        if column.required and column.id not in values
    ]


def _id_number(values: Mapping[str, Value], faults: list[Fault]) -> identifiers.IdNumber | None:
    text = str(values.get("id_number", ""))
    found = identifiers.id_number(text)
    if isinstance(found, identifiers.IdNumber):
        return found
    faults.append(_fault("id_number", found, length=len(text)))
    return None


def _parsed[T](
    values: Mapping[str, Value], column: str, parse: Callable[[str], T | None], code: str, faults: list[Fault]
) -> T | None:
    """The parsed value of a column; adds a fault with this code where there is none."""
    found = parse(str(values.get(column, "")))
    if found is None:
        faults.append(_fault(column, code))
    return found
