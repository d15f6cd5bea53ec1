"""Templates in full, as each import type of a scheme asks for them, and what is said about each row (JX-05, JX-12)."""

import re
from dataclasses import replace
from typing import Any

import pytest
from importer.domain import messages, normalise
from importer.domain.definition_from_scheme import CLASS, NAME, REGISTRY, definition_of, in_context, prefill
from importer.domain.definitions import ROSTER, ImportDefinition, ReferenceData, batch_row
from importer.domain.messages import message_of
from importer.domain.templates import Checked, CleanRow, Column, Notice, Parsed, Row, Sheet, Template
from scheme import Choice, Field
from test_definitions import JIANGXI, REFERENCE, ZHANG, a_row, judged


def scores() -> ImportDefinition:
    return definition_of(JIANGXI, "exam_scores", "class_teacher")


NUMBER = Column(REGISTRY, "学籍号", True, "code", width=24, other_titles=("全国学籍号", "学籍编号"))
PERSON = Column(NAME, "姓名", False, "name", other_titles=("学生姓名",))
ROOM = Column(CLASS, "班级", width=18, help="供核对，可不填")
SUBJECTS = (
    "语文", "数学", "英语", "物理", "化学", "生物", "思想政治", "历史", "地理", "信息技术", "通用技术", "体育与健康",
    "音乐", "美术",
)  # fmt: skip


@pytest.mark.feature("JX-05")
def test_the_template_of_exam_scores_in_full() -> None:
    columns = (
        NUMBER, PERSON, ROOM,
        Column("exam", "考试", True, "choice", ("期中考试", "期末考试", "学业水平考试"),
               other_choices=("期中", "期末", "学考", "会考")),
        Column("subject", "科目", True, "choice", SUBJECTS, other_choices=("外语", "生物学", "政治", "体育")),
        Column("score", "成绩", True, "number",
               help="0 至 300（分）；最多 1 位小数；没有数值时可填：缺考、缓考、免考、作弊", example="92.5",
               outcomes={**dict.fromkeys(("缺考", "缺", "旷考", "未考", "未参加"), "缺考"),
                         **dict.fromkeys(("缓考", "缓"), "缓考"),
                         **dict.fromkeys(("免考", "免", "免试", "免修"), "免考"),
                         **dict.fromkeys(("作弊", "违纪", "舞弊"), "作弊")}),
        Column("full_mark", "满分", False, "number", help="1 至 300（分）；最多 1 位小数", example="150"),
        Column("credits", "学分", False, "number", help="0 至 20；最多 1 位小数"),
        Column("note", "备注", max_length=50),
    )  # fmt: skip
    sheet = Sheet("rows", "考试成绩", columns, unique=((REGISTRY, "exam", "subject"),))
    notes = (
        "每名学生可以有多行，每行的考试、科目不同。", "学籍号与姓名应与学生信息一致。",
        "再次导入时，同一学生同一考试、科目的内容会被更新，不会重复。",
    )  # fmt: skip
    definition = scores()
    assert definition.template == Template("jiangxi.exam_scores", "考试成绩", "2026.1", (sheet,), notes, scheme="jiangxi")
    assert (definition.type, definition.title, definition.target) == ("exam_scores", "考试成绩", "records")
    assert (definition.roles, definition.operation, definition.max_rows) == (("class_teacher",), "import", 20_000)
    assert (definition.registry, definition.same_by, definition.prefilled) == (REGISTRY, ("exam", "subject"), False)
    assert (definition.evaluation, definition.about_students) == (None, True)
    lines = (("学校", "东湖一中"),)
    assert in_context(definition, *lines).template == replace(definition.template, context=lines)
    assert (ROSTER.about_students, ROSTER.target, ROSTER.roles, ROSTER.type) == (
        False,
        "identity",
        ("school_administrator",),
        "roster",
    )


@pytest.mark.feature("JX-12")
def test_the_template_of_comments_in_full() -> None:
    definition = definition_of(JIANGXI, "teacher_comments", "class_teacher")
    columns = (
        replace(NUMBER, locked=True), replace(PERSON, locked=True), replace(ROOM, locked=True),
        Column("text", "评语", True, "long_text", max_length=300, help="10 至 300 个字", other_titles=("教师评语",)),
    )  # fmt: skip
    assert definition.template.sheets == (Sheet("rows", "综合评语", columns, unique=((REGISTRY,),)),)
    assert definition.template.notes == (
        "每名学生一行。", "名单已按班级预填；没有填写的学生会被跳过。", "再次导入时，同一学生的内容会被更新，不会重复。"
    )  # fmt: skip
    assert (definition.target, definition.operation, definition.prefilled, definition.evaluation) == (
        "archive",
        "teacher_comment",
        True,
        "teacher_comment",
    )
    assert prefill([ZHANG]) == {"rows": [{REGISTRY: ZHANG.registry_number, NAME: "张晓", CLASS: "1班"}]}


def with_field(**changed: Any) -> Column:
    """The column of a field of this sort."""
    field = Field(**({"id": "credits", "title": "学分", "type": "decimal"} | changed))
    data = JIANGXI.model_dump()
    for dimension in data["dimensions"]:
        for kind in dimension["kinds"]:
            if kind["id"] == "exam_scores":
                fields = kind["form"]["fields"]
                kind["form"]["fields"] = [field.model_dump() if one["id"] == "credits" else one for one in fields]
    return (
        definition_of(type(JIANGXI).model_validate(data), "exam_scores", "class_teacher").template.sheets[0].column("credits")
    )


@pytest.mark.feature("JX-05")
@pytest.mark.parametrize(
    ("field", "type", "help"),
    [
        ({"minimum": 1}, "number", "不小于 1；最多 2 位小数"),
        ({"maximum": 3, "unit": "分"}, "number", "不大于 3（分）；最多 2 位小数"),
        ({"type": "integer", "unit": "天"}, "integer", "单位：天"),
        ({"type": "duration_hours", "help": "按小时"}, "hours", "按小时"),
        (
            {"type": "text", "max_length": 9, "min_length": 2, "pattern": ".*", "pattern_says": "请写编号"},
            "text",
            "至少 2 个字；请写编号",
        ),
        ({"type": "long_text", "max_length": 9}, "long_text", ""),
        ({"type": "date", "not_future": True}, "date", "不能晚于今天"),
        ({"type": "datetime"}, "datetime", ""),
        ({"type": "boolean"}, "choice", ""),
        ({"type": "choice", "choices": [Choice(id="a", title="甲", aliases=("A",))]}, "choice", ""),
    ],
)
def test_a_column_says_what_its_field_demands(field: dict[str, Any], type: str, help: str) -> None:
    column = with_field(**field)
    assert (column.type, column.help, column.title) == (type, help, "学分")
    if field.get("type") == "boolean":
        assert (column.choices, column.other_choices) == (("是", "否"), ("有", "无", "对", "不", "没有", "√", "✓", "×"))
    if field.get("type") == "choice":
        assert (column.choices, column.other_choices) == (("甲",), ("A",))


@pytest.mark.feature("BJ-05")
def test_a_column_that_the_role_does_not_write_is_left_out() -> None:
    with pytest.raises(KeyError):
        with_field(written_by=("principal",))
    assert with_field(written_by=("class_teacher",)).id == "credits"


def words(checked: Checked) -> list[tuple[int, str | None, str, str, str]]:
    return [(p.row, p.column, p.code, p.message, p.sheet) for p in checked.problems]


@pytest.mark.feature("X-12")
def test_each_problem_of_a_row_says_what_is_wrong() -> None:
    unknown = "没有找到学籍号为“G999”的学生，或该学生不在本次导入的班级内。"
    assert words(judged(a_row(**{REGISTRY: "G999"}))) == [(2, REGISTRY, "student_unknown", unknown, "rows")]
    differs = "姓名与学籍号不符：该学籍号的学生是“张晓”。"
    assert words(judged(a_row(**{NAME: "张小"}))) == [(2, NAME, "name_differs", differs, "rows")]
    assert words(judged(a_row(**{REGISTRY: None}))) == [(2, REGISTRY, "required", "“学籍号”必须填写。", "rows")]
    assert judged(a_row(**{NAME: None, CLASS: "随便"})).ok
    same = judged(a_row(2), a_row(3, exam="期末考试"), a_row(5, exam="final"))
    assert [(p.row, p.message) for p in same.problems] == [
        (2, "与第 3、5 行重复（学籍号、考试、科目相同）。"),
        (3, "与第 2、5 行重复（学籍号、考试、科目相同）。"),
        (5, "与第 2、3 行重复（学籍号、考试、科目相同）。"),
    ]
    assert (same.rows, same.read) == ((), 3)
    definition = definition_of(JIANGXI, "teacher_comments", "class_teacher")
    short = Row(2, {REGISTRY: ZHANG.registry_number, "text": "好"}, "rows")
    assert words(judged(short, definition=definition)) == [(2, "text", "evaluation", "教师评语：请至少填写10个字", "rows")]
    [good] = judged(replace(short, values=short.values | {"text": "好" * 10}), definition=definition).rows
    assert good.data == {"student_id": ZHANG.id, "text": "好" * 10}
    assert scores().registry_numbers(Parsed((a_row(), a_row(3), a_row(4, **{REGISTRY: None})), (), (), {})) == [
        ZHANG.registry_number
    ]
    assert ReferenceData.of([ZHANG], None, None).today is None  # type: ignore[arg-type]
    assert REFERENCE.students == {ZHANG.registry_number: ZHANG}


def test_a_clean_row_is_stored_with_its_secrets_and_its_student_apart() -> None:
    def seal(row: CleanRow, text: str) -> str:
        return f"{row.number} {text}"

    data = {
        "student_id": ZHANG.id,
        "id_number": "X",
        "registry_number": None,
        "guardian_id_number": "Y",
        "born": REFERENCE.today,
        "n": 1,
    }
    row = batch_row(CleanRow("rows", 2, data), seal)
    assert (row.sheet, row.row, row.student_id) == ("rows", 2, ZHANG.id)
    assert REFERENCE.today is not None
    assert row.data == {"born": REFERENCE.today.isoformat(), "n": 1}
    assert row.sealed == {"id_number": "2 X", "guardian_id_number": "2 Y"}
    assert batch_row(CleanRow("rows", 2, {"student_id": "x"}), seal).student_id is None


@pytest.mark.parametrize(
    ("make", "typed", "even"),
    [
        (normalise.lines, " １Ａａ\u3000b\r\nc\rd_x000D_ ", "1Aa b\nc\nd"),
        (normalise.lines, "a\u200b\x07b", "ab"),
        (normalise.lines, "好，（不）变", "好，（不）变"),
        (normalise.line, "a \n  b", "a b"),
        (normalise.name, "张　三", "张三"),
        (normalise.name, "阿依 · 古丽", "阿依·古丽"),
        (normalise.name, "Ann  Lee", "Ann Lee"),
        (normalise.code, "g12a", "G12A"),
        (normalise.code, "'１２ 3\u3000x", "123X"),
        (normalise.fold, "* 姓 名（必填）：", "姓名"),
        (normalise.fold, "Name (选填)", "name"),
    ],
)
def test_text_of_cells_is_made_even(make: Any, typed: str, even: str) -> None:
    assert make(typed) == even


def test_a_code_without_a_sentence_is_an_error() -> None:
    assert message_of("file_too_big", megabytes=20) == "文件超过 20 MB，请分成几个文件导入。"
    with pytest.raises(KeyError, match="unheard"):
        message_of("unheard")


@pytest.mark.parametrize("catalogue", [messages.REFUSALS, messages.PROBLEMS, messages.NOTICES])
def test_every_sentence_is_whole_and_chinese(catalogue: dict[str, str]) -> None:
    for code, sentence in catalogue.items():
        assert re.fullmatch(r"[a-z_]+", code)
        assert re.match(r"[\u4e00-\u9fff“{]", sentence), sentence
        assert sentence.endswith("。"), sentence


def test_what_a_template_does_not_have_is_named() -> None:
    template = scores().template
    assert template.sheet("rows").column("exam").title == "考试"
    with pytest.raises(KeyError, match="mood"):
        template.sheet("rows").column("mood")
    with pytest.raises(KeyError, match="summary"):
        template.sheet("summary")
    parsed = Parsed((a_row(), Row(2, {}, "other")), (), (), {})
    assert (parsed.of("rows"), Notice("x", "y").sheet) == ((a_row(),), "")
