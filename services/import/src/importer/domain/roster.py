"""The roster workbook (名册): its two sheets. The validators of its rows are in `roster_rows`. Pure.

Many columns are understood, few are offered in the downloaded workbook: a school that needs another one adds it.
"""

from dataclasses import replace

from people import DocumentType, document_title
from people.documents import TITLES
from scheme import Scheme, roles
from scheme.accounts import EducationId

from importer.domain.templates import Column, Sheet, Template

GUARDIANS = 4
"""Guardians of one row at most."""
OFFERED_GUARDIANS = 2
RELATIONS = ("父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "兄弟姐妹", "其他监护人")
OTHER_RELATIONS = {
    **dict.fromkeys(("爸爸", "爸", "父", "父子", "父女", "生父"), "父亲"),
    **dict.fromkeys(("妈妈", "妈", "母", "母子", "母女", "生母"), "母亲"),
    **dict.fromkeys(("爷爷",), "祖父"),
    **dict.fromkeys(("奶奶",), "祖母"),
    **dict.fromkeys(("外公", "姥爷"), "外祖父"),
    **dict.fromkeys(("外婆", "姥姥"), "外祖母"),
    **dict.fromkeys(
        ("哥哥", "姐姐", "弟弟", "妹妹", "兄", "姐", "弟", "妹", "哥", "兄弟", "姐妹", "兄长", "兄妹", "姐弟", "大哥", "大姐"),
        "兄弟姐妹",
    ),
    **dict.fromkeys(
        (
            "其他",
            "其它",
            "监护人",
            "继父",
            "继母",
            "养父",
            "养母",
            "祖父母",
            "外祖父母",
            *("叔叔", "叔父", "婶婶", "婶母", "伯父", "伯伯", "大伯", "伯母", "姑姑", "姑妈", "姑母", "姑父"),
            *("舅舅", "舅父", "舅妈", "舅母", "姨妈", "姨母", "大姨", "小姨", "阿姨", "姨父", "表亲", "堂亲"),
            *("亲属", "亲戚", "其他亲属", "其他关系", "法定监护人", "非亲属", "其他非亲属", "祖父或祖母", "外祖父或外祖母"),
        ),
        "其他监护人",
    ),
}
OTHER_SEXES = {
    **dict.fromkeys(("男性", "男生", "男孩", "M", "male"), "男"),
    **dict.fromkeys(("女性", "女生", "女孩", "F", "female"), "女"),
}
ROLES = {
    "班主任": "class_teacher",
    "任课教师": "subject_teacher",
    "学校管理员": "administrator",
    "学校录入员": "recorder",
    "学校审核员": "auditor",
    "校长": "principal",
}
YES_NO = {"是": True, "否": False}
REMOVE = "移除"
_TYPES = tuple(document_title(type_) for type_ in DocumentType)
_OTHER_TYPES = tuple(title for type_ in DocumentType for title in TITLES[type_][1:])
_NUMBER_TITLES = ("身份证号", "身份证号码", "身份证件号码", "证件号", "证件号码")
_TYPE_TITLES = ("身份证件类型", "证件类别", "身份证件类别")
_YEAR = Column(
    "entry_year",
    "入学年份",
    True,
    help="级是入学年份，届是毕业年份；也可填入学年月，如 2025-09",
    example="2025级",
    width=12,
    other_titles=("入学年", "入学年月", "入学时间", "入学日期", "入学年度", "级", "届", "级别", "届别"),
    may_be_missing=True,
    may_be_date=True,
)
EDUCATION_ID = Column(
    "education_id",
    "教育ID",
    type="code",
    help="上级发放的，不会改变；没有的不填，由平台编制",
    width=16,
    other_titles=("教育 ID", "教育ID号", "教育 ID 号", "教育id", "教育ID号码"),
    may_be_missing=True,
    offered=False,
)
"""Of students and teachers, where the authority issues it (BJ-01)."""
_GRADE = Column(
    "grade",
    "年级",
    help="如 高一、2025级；与入学年份填一个即可",
    offered=False,
    other_titles=("所在年级", "年级名称"),
    may_be_missing=True,
)
_CLASS = Column(
    "class_name",
    "班级",
    True,
    help="学校自己的班名",
    example="1班",
    width=10,
    max_length=30,
    other_titles=("班号", "班级名称", "所在班级"),
    may_be_missing=True,
)


def role_titles(scheme: Scheme | None) -> dict[str, str]:
    """The role of each title that the teachers' sheet may have: the titles of the school's scheme, then the platform's."""
    known = roles.roster_roles(scheme)
    found = {one.title: one.role for one in known if one.title is not None}
    return found | {title: role for title, role in ROLES.items() if title not in found and role in {one.role for one in known}}


def of_a_class(scheme: Scheme | None) -> frozenset[str]:
    """The roles that are held in a class only: their rows name the class."""
    return frozenset(one.role for one in roles.roster_roles(scheme) if one.levels == {"class"})


def template_for(scheme: Scheme | None) -> Template:
    """The workbook with the roles of the school's scheme to choose from."""
    if scheme is None:
        return TEMPLATE
    titles = role_titles(scheme)
    named = tuple(one.title for one in roles.roster_roles(scheme) if one.title is not None)
    others = tuple(title for title in titles if title not in named)
    form = scheme.accounts.education_id
    columns = tuple(
        replace(column, choices=named, other_choices=others, example=named[0]) if column.id == "role" else column
        for column in TEACHERS.columns
    )
    return replace(
        TEMPLATE,
        sheets=(
            replace(STUDENTS, columns=_with_ids(STUDENTS.columns, form, offered=form.imported)),
            replace(TEACHERS, columns=_with_ids(columns, form, offered=form.imported and form.staff)),
        ),
    )


def _with_ids(columns: tuple[Column, ...], form: EducationId, *, offered: bool) -> tuple[Column, ...]:
    """The columns, with that of education ids offered where the authority issues them."""
    example = "1" * form.digits if not form.check_digit else ""
    return tuple(replace(c, offered=offered, example=example) if c is EDUCATION_ID else c for c in columns)


def _guardian(number: int) -> tuple[Column, ...]:
    """The columns of the n-th guardian."""
    first, offered = number == 1, number <= OFFERED_GUARDIANS
    name = _guardian_column(number, "name", ("姓名",))
    relation = _guardian_column(number, "relation", ("关系",), other_titles=("与学生关系",) if first else ())
    phone = _guardian_column(number, "phone", ("手机号", "电话", "手机", "手机号码", "联系电话"))
    type_ = _guardian_column(number, "document_type", ("证件类型", "身份证件类型"))
    id_number = _guardian_column(number, "id_number", ("证件号", "身份证件号", *_NUMBER_TITLES))
    change = _guardian_column(number, "change", ("变动",))
    reassigned = _guardian_column(number, "reassigned", ("手机号已换人",))
    help_of_phone = "用于家长登录；境外号码写国家或地区代码" if first else ""
    return (
        replace(name, type="name", max_length=40, width=14, example="张大山" if first else "", offered=offered),
        replace(relation, type="choice", choices=RELATIONS, other_choices=tuple(OTHER_RELATIONS), width=14, offered=offered),
        replace(phone, type="code", width=18, help=help_of_phone, example="13800000000" if first else "", offered=offered),
        replace(type_, type="choice", choices=_TYPES, other_choices=_OTHER_TYPES),
        replace(id_number, type="code"),
        replace(change, type="choice", choices=(REMOVE,), other_choices=("删除", "取消"), help="填“移除”则取消该监护人"),
        replace(reassigned, type="choice", choices=tuple(YES_NO), help="手机号已由他人使用时填“是”"),
    )


def _guardian_column(number: int, name: str, titles: tuple[str, ...], other_titles: tuple[str, ...] = ()) -> Column:
    """A column with the titles 监护人2姓名, 监护人二姓名, 家长2姓名 and 第二监护人姓名; the first one's also without number."""
    numeral = "一二三四"[number - 1]
    numberings = (str(number), numeral, "") if number == 1 else (str(number), numeral)
    found = [f"{who}{numbering}{title}" for title in titles for who in ("监护人", "家长") for numbering in numberings]
    found += [f"第{numeral}监护人{title}" for title in titles]
    shown = f"监护人{'' if number == 1 else number}{titles[0]}"
    others = tuple(title for title in dict.fromkeys((*found, *other_titles)) if title != shown)
    return Column(f"guardian_{number}_{name}", shown, may_be_missing=True, offered=False, other_titles=others)


STUDENTS = Sheet(
    "students",
    "学生",
    (
        Column(
            "registry_number",
            "全国学籍号",
            True,
            "code",
            help="G、L 或 J 加 18 位",
            example="G360102201001011234",
            width=24,
            other_titles=("学籍号",),
            may_be_missing=True,
        ),
        Column(
            "student_number",
            "学号",
            type="code",
            help="学校自编或本地学籍号",
            example="20250101",
            width=14,
            max_length=20,
            other_titles=("本地学籍号", "地方学籍号"),
        ),
        EDUCATION_ID,
        Column("name", "姓名", True, "name", example="张晓晓", max_length=40, other_titles=("学生姓名",)),
        Column(
            "sex",
            "性别",
            type="choice",
            choices=("男", "女"),
            other_choices=tuple(OTHER_SEXES),
            width=8,
            help="不填时取自身份证件号",
        ),
        Column(
            "document_type",
            "证件类型",
            type="choice",
            choices=_TYPES,
            other_choices=_OTHER_TYPES,
            help="不填时按居民身份证或居住证；没有证件填“无”",
            width=16,
            other_titles=_TYPE_TITLES,
        ),
        Column(
            "id_number",
            "身份证件号",
            type="code",
            help="没有证件的不填，证件类型填“无”",
            example="36010220100101123X",
            width=24,
            other_titles=_NUMBER_TITLES,
        ),
        Column(
            "born", "出生日期", type="date", help="不填时取自身份证件号", example="2010-01-01", other_titles=("出生年月日",)
        ),
        _YEAR,
        _GRADE,
        _CLASS,
        *(column for number in range(1, GUARDIANS + 1) for column in _guardian(number)),
    ),
    unique=(("registry_number",), ("id_number",)),
    one_of=("registry_number", "id_number"),
)
TEACHERS = Sheet(
    "teachers",
    "教师",
    (
        Column("name", "姓名", True, "name", example="李老师", max_length=40),
        EDUCATION_ID,
        Column(
            "phone",
            "手机号",
            True,
            "code",
            help="用于登录",
            example="13900000000",
            width=18,
            other_titles=("手机", "电话", "手机号码"),
        ),
        Column(
            "document_type",
            "证件类型",
            type="choice",
            choices=_TYPES,
            other_choices=_OTHER_TYPES,
            offered=False,
            other_titles=_TYPE_TITLES,
        ),
        Column("id_number", "身份证件号", type="code", help="可不填", width=24, other_titles=_NUMBER_TITLES),
        Column("role", "角色", True, "choice", tuple(ROLES), help="一人多个角色时填多行", example="班主任", width=14),
        replace(_YEAR, required=False, help="班主任必填", may_be_missing=False),
        Column("grade", "年级", offered=False, other_titles=_GRADE.other_titles),
        Column(
            "class_name", "班级", help="班主任必填", example="1班", width=10, max_length=30, other_titles=_CLASS.other_titles
        ),
        Column(
            "reassigned", "手机号已换人", type="choice", choices=tuple(YES_NO), help="手机号已由他人使用时填“是”", offered=False
        ),
    ),
    unique=(("phone", "role", "entry_year", "class_name"),),
    optional=True,
)
TEMPLATE = Template(
    "roster",
    "学校名册",
    2,
    (STUDENTS, TEACHERS),
    notes=(
        "一个工作簿含“学生”和“教师”两张表，一次导入一所学校；两张表要么全部导入，要么都不导入。",
        "再次导入时，学生以全国学籍号或证件号、教师以手机号识别：已有的更新，没有的新增，不会重复。",
        "表中没有的列不改变已有内容；单元格留空只清除可以为空的内容，检查结果中会列出数量。",
        "监护人只增加和更新，不会因为没有写到而被取消；要取消，请加一列“监护人变动”（第二位为“监护人2变动”），填“移除”。",
        "手机号原属他人的，请加一列“监护人手机号已换人”（教师为“手机号已换人”），填“是”：原账号保留，另建新账号。",
        "监护人不止两位或有证件号的，可再加“监护人3姓名”“监护人证件类型”“监护人证件号”等列。",
    ),
)
