"""The roster as a school sees it, what is said about each of its rows, and a batch's way in full (X-12, JX-16, CS-13)."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, timedelta
from typing import Any

import pytest
from contracts.base import RowProblem
from contracts.importer import BatchRow, BatchUndoneV1
from contracts.records import RecordsBatchAppliedV1, RecordsBatchRevertedV1
from importer import domain
from importer.domain import MOVES, State, roster
from importer.domain.templates import CellProblem, Layout, Parsed, Row, Sheet, Value
from servicekit.refusals import Refusal
from servicekit.testing import an_actor
from test_batches import CLASS, NOW, a_batch, some_rows
from test_roster import a_student, a_teacher, an_id

RELATIONS = ("父亲", "母亲", "祖父", "祖母", "外祖父", "外祖母", "兄弟姐妹", "其他监护人")
ROLES = ("班主任", "任课教师", "学校管理员", "学校录入员", "学校审核员", "校长")


@contextmanager
def refused(code: str, **details: Any) -> Iterator[None]:
    """What is inside is refused with this code, and has exactly these details."""
    with pytest.raises(Refusal) as no:
        yield
    assert (no.value.code, no.value.details) == (code, details), f"{no.value.code} {no.value.details}"


def as_shown(sheet: Sheet) -> list[tuple[Any, ...]]:
    """Heading, whether it must be filled, type, help, example, and other headings that are understood."""
    return [(c.title, c.required, c.type, c.help, c.example, c.other_titles) for c in sheet.columns]


@pytest.mark.feature("CS-15", "CS-13")
def test_the_roster_asks_for_this_and_shows_how_it_is_written() -> None:
    year, school_class = ("年级", "入学年"), ("班号", "班级名称")
    assert as_shown(roster.STUDENTS) == [
        ("全国学籍号", True, "code", "G 或 L 加 18 位", "G360102201001011234", ("学籍号",)),
        ("学号", False, "code", "学校自编", "20250101", ()),
        ("姓名", True, "name", "", "张晓晓", ()),
        ("性别", True, "choice", "", "", ()),
        (
            "身份证件号",
            True,
            "code",
            "18 位居民身份证或居住证号码",
            "36010220100101123X",
            ("身份证号", "身份证号码", "身份证件号码"),
        ),
        ("出生日期", False, "date", "不填时取自身份证件号", "2010-01-01", ()),
        ("入学年份", True, "text", "进入本学段的年份", "2025", year),
        ("班级", True, "text", "班号", "1班", school_class),
        ("监护人姓名", True, "name", "", "张大山", ()),
        ("监护人关系", True, "choice", "", "", ("与学生关系",)),
        ("监护人手机号", True, "code", "用于家长登录", "13800000000", ("监护人电话", "家长手机号")),
    ]
    assert as_shown(roster.TEACHERS) == [
        ("姓名", True, "name", "", "李老师", ()),
        ("手机号", True, "code", "用于登录", "13900000000", ()),
        ("身份证件号", False, "code", "可不填", "", ("身份证号", "身份证号码")),
        ("角色", True, "choice", "一人多个角色时填多行", "班主任", ()),
        ("入学年份", False, "text", "班主任必填", "2025", year),
        ("班级", False, "text", "班主任必填", "1班", school_class),
    ]
    assert [c.id for c in roster.STUDENTS.columns] == [
        "registry_number", "student_number", "name", "sex", "id_number", "born", "entry_year", "class_name", "guardian_name",
        "guardian_relation", "guardian_phone",
    ]  # fmt: skip
    assert [c.id for c in roster.TEACHERS.columns] == ["name", "phone", "id_number", "role", "entry_year", "class_name"]
    choices = {c.title: c.choices for sheet in (roster.STUDENTS, roster.TEACHERS) for c in sheet.columns if c.choices}
    assert choices == {"性别": ("男", "女"), "监护人关系": RELATIONS, "角色": ROLES}
    assert [(c.title, c.max_length) for c in roster.STUDENTS.columns if c.max_length] == [
        ("学号", 20),
        ("姓名", 40),
        ("监护人姓名", 40),
    ]
    assert [(s.id, s.title, s.optional, s.unique) for s in roster.TEMPLATE.sheets] == [
        ("students", "学生", False, (("registry_number",), ("id_number",))),
        ("teachers", "教师", True, (("phone", "role", "entry_year", "class_name"),)),
    ]


@pytest.mark.feature("CS-13")
def test_each_role_of_the_roster_is_a_role_of_the_platform() -> None:
    found = [roster.check_teacher(a_teacher(role=role, entry_year="2025", class_name="1班")) for role in ROLES]
    assert [one["role"] for one in found if isinstance(one, Mapping)] == [
        "class_teacher", "subject_teacher", "administrator", "recorder", "auditor", "principal",
    ]  # fmt: skip
    verdict = roster.check_teacher(a_teacher(id_number=an_id().lower(), entry_year="2024届"))
    assert isinstance(verdict, Mapping)
    assert verdict == {
        "name": "李老师", "phone": "13900000000", "role": "subject_teacher", "id_number": an_id(), "entry_year": 2024,
        "class_number": None,
    }  # fmt: skip


@pytest.mark.feature("CS-15")
def test_a_students_row_holds_these_values() -> None:
    verdict = roster.check_student(a_student(student_number="17", born="2010-09-17"))
    assert isinstance(verdict, Mapping)
    assert verdict == {
        "registry_number": "G" + an_id(), "student_number": "17", "name": "张晓晓", "sex": "男", "id_number": an_id(),
        "born": date(2010, 9, 17), "entry_year": 2025, "class_number": 1, "guardian_name": "张大山",
        "guardian_relation": "父亲", "guardian_phone": "13800000000",
    }  # fmt: skip


def texts(values: dict[str, Value]) -> list[tuple[str | None, str]]:
    check = roster.check_teacher if "phone" in values else roster.check_student
    verdict = check(values)
    assert not isinstance(verdict, Mapping)
    return [(fault.column, fault.message) for fault in verdict]


@pytest.mark.feature("CS-15", "CS-13")
@pytest.mark.parametrize(
    ("values", "column", "message"),
    [
        (a_student(registry_number="H1"), "registry_number", "全国学籍号应为 G 或 L 加 18 位。"),
        (a_student(id_number="123"), "id_number", "身份证件号应为 18 位，现为 3 位或含有不允许的字符。"),
        (a_student(born="2010-09-18"), "born", "出生日期与身份证件号不一致（证件号为 2010-09-17）。"),
        (a_student(sex="女"), "sex", "性别与身份证件号不一致（证件号为男）。"),
        (a_student(entry_year="2036"), "id_number", "出生日期与入学年份不相符：入学时 26 岁。"),
        (a_student(entry_year="2013", born="2010-09-17"), "born", "出生日期与入学年份不相符：入学时 3 岁。"),
        (a_student(guardian_phone="1"), "guardian_phone", "手机号应为 1 开头的 11 位数字。"),
        (a_student(entry_year="1999"), "entry_year", "入学年份应为四位年份，如 2025。"),
        (a_student(class_name="100班"), "class_name", "班级应为 1 至 99 的班号，如 1班。"),
        (a_teacher(phone="1"), "phone", "手机号应为 1 开头的 11 位数字。"),
        (a_teacher(role="班主任", class_name="1"), "entry_year", "班主任必须填写入学年份和班级。"),
        (a_teacher(id_number="1"), "id_number", "身份证件号应为 18 位，现为 1 位或含有不允许的字符。"),
    ],
)
def test_each_wrong_value_is_told_in_words(values: dict[str, Value], column: str, message: str) -> None:
    assert texts(values) == [(column, message)]


def test_an_unusual_age_is_let_through_to_its_limits() -> None:
    for year in ("2014", "2035"):
        assert isinstance(roster.check_student(a_student(entry_year=year)), Mapping)
    assert texts({k: v for k, v in a_student().items() if k != "name"}) == [("name", "“姓名”必须填写。")]
    assert texts({k: v for k, v in a_teacher().items() if k != "name"}) == [("name", "“姓名”必须填写。")]


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1班", 1), ("01", 1), ("高一（12）班", 12), ("2025级1班", 1), ("99", 99), ("100班", None), ("0", None),
        ("实验班", None), ("三班", None), ("7 班级", 7), ("1班级主楼", None),
    ],
)  # fmt: skip
def test_a_class_is_known_by_its_number(text: str, number: int | None) -> None:
    assert roster.class_number(text) == number


@pytest.mark.feature("CS-13")
def test_one_phone_under_several_names_is_told_with_the_other_rows() -> None:
    names = [(2, "李老师"), (3, "王老师"), (4, "李老师"), (5, "周老师")]
    rows = [Row(n, a_teacher(name=name), "teachers") for n, name in names]
    rows += [Row(6, a_teacher(phone="13700000000"), "teachers"), Row(7, {"phone": "13900000000"}, "teachers")]
    found = roster.across_rows(Parsed(tuple(rows), (), (), {"teachers": Layout("教师", 1, {}, 6)}))

    def problem(row: int, others: str) -> CellProblem:
        return CellProblem(row, "phone", "phone_two_names", f"同一手机号对应了不同的姓名：第 {others} 行。", "teachers")

    assert found == (problem(2, "3、5"), problem(4, "3、5"), problem(3, "2、4、5"), problem(5, "2、4、3"))


# --- batches


@pytest.mark.feature("X-12")
def test_a_batch_is_made_ready_and_committed_whole() -> None:
    assert domain.need_ready(a_batch(rows_read=1)).state is State.COMMITTING
    with refused("batch_has_problems", rule="X-12", problems=2):
        domain.need_ready(a_batch(problem_count=2))
    with refused("batch_empty", rule="X-12"):
        domain.need_ready(a_batch(rows_read=0))
    with refused("batch_outdated", rule="X-12"):
        domain.commit(a_batch(rows_read=3), 1, 2, NOW)
    batch = a_batch(rows_read=3)
    done = domain.commit(batch, 2, 3, NOW)
    assert (done.state, done.chunks, done.committed_at, done.version) == (State.COMMITTING, 2, NOW, 2)
    assert (a_batch(rows_bad=1).rows_good, batch.not_applied, batch.created, batch.chunks_applied) == (2, 0, 0, 0)


@pytest.mark.feature("X-12")
def test_what_a_check_found_or_why_it_ended_is_kept() -> None:
    checking = a_batch(State.CHECKING)
    found = domain.found(checking, 9, 2, 3, "key", NOW)
    assert (found.state, found.rows_read, found.rows_bad, found.problem_count, found.answer_key, found.checked_at) == (
        State.CHECKED, 9, 2, 3, "key", NOW,
    )  # fmt: skip
    no = domain.refuse(checking, "file_empty", "文件是空的", NOW)
    assert (no.state, no.refusal_code, no.refusal_message, no.checked_at) == (State.REFUSED, "file_empty", "文件是空的", NOW)
    failed = domain.fail(checking, "无法检查", NOW)
    assert (failed.state, failed.refusal_code, failed.refusal_message, failed.checked_at) == (
        State.FAILED,
        "fault",
        "无法检查",
        NOW,
    )
    late = domain.give_up(a_batch(State.COMMITTING), "没有答复")
    assert (late.state, late.refusal_code, late.refusal_message) == (State.FAILED, "not_answered", "没有答复")
    with refused("wrong_state", rule="X-12", state="applied", step="find"):
        domain.found(a_batch(State.APPLIED), 1, 0, 0, None, NOW)


@pytest.mark.feature("X-12")
def test_a_chunk_tells_whose_rows_it_holds() -> None:
    batch, rows = a_batch(rows_read=2), some_rows(2)
    [event] = domain.events_of(batch, rows)
    assert event.model_dump(exclude={"rows"}) == {
        "batch_id": batch.id, "chunk": 1, "chunks": 1, "target": "records", "import_type": "exam_scores", "path": CLASS,
        "term_id": batch.term_id, "scheme_id": "jiangxi", "scheme_version": "2026.1", "account_id": batch.account_id,
        "author_name": "李老师",
    }  # fmt: skip
    assert event.rows == tuple(rows)
    long = [BatchRow(row=n, sheet="rows", data={"text": "长" * 90_000}) for n in (2, 3)]
    assert [[row.row for row in one.rows] for one in domain.events_of(batch, long)] == [[2], [3]]


@pytest.mark.feature("X-12")
def test_answers_are_counted_and_the_last_one_applies_the_batch() -> None:
    problems = tuple(RowProblem(row=row, code="x", message="x") for row in (2, 2, 3))
    batch = a_batch(State.COMMITTING, chunks=2, refusal_code="x", refusal_message="x")

    def answer(chunk: int) -> RecordsBatchAppliedV1:
        return RecordsBatchAppliedV1(
            batch_id=batch.id, chunk=chunk, chunks=2, created=1, changed=2, unchanged=3, problems=problems
        )

    first = domain.count_chunk(batch, answer(1), NOW)
    assert (first.state, first.chunks_applied, first.not_applied, first.version) == (State.COMMITTING, 1, 2, 2)
    last = domain.count_chunk(first, answer(2), NOW + timedelta(hours=1))
    assert (last.created, last.changed, last.unchanged, last.not_applied, last.version) == (2, 4, 6, 4, 3)
    assert (last.state, last.refusal_code, last.refusal_message, last.applied_at) == (
        State.APPLIED, None, None, NOW + timedelta(hours=1),
    )  # fmt: skip
    late = domain.count_chunk(a_batch(State.UNDONE, chunks=1), answer(1), NOW)
    assert (late.state, late.applied_at) == (State.UNDONE, None)


@pytest.mark.feature("X-12")
def test_an_undo_is_told_and_its_answer_says_what_stays() -> None:
    by, batch = an_actor("class_teacher", CLASS), a_batch(State.APPLIED)
    after, event = domain.undo_import(batch, by, "选错了", False, NOW)
    assert (after.state, after.undone_at, after.version) == (State.UNDONE, NOW, 2)
    assert event == BatchUndoneV1(
        batch_id=batch.id, target="records", import_type="exam_scores", path=CLASS, account_id=by.account_id, reason="选错了"
    )
    with refused("undo_not_possible", rule="X-12", target="identity"):
        domain.undo_import(a_batch(State.APPLIED, target="identity"), by, "x", False, NOW)
    with refused("batch_locked", rule="X-12"):
        domain.undo_import(batch, by, "x", True, NOW)
    kept = (RowProblem(row=2, code="x", message="x"),)
    answer = RecordsBatchRevertedV1(batch_id=batch.id, removed=3, restored=1, kept=kept)
    done = domain.note_undo_result(after, answer)
    assert (done.removed, done.restored, done.kept, done.version) == (3, 1, 1, 3)
    with refused("forbidden", rule="JX-05"):
        domain.need_may_change(batch, an_actor("administrator", CLASS), "JX-05")


def test_batches_are_stored_under_these_states_and_move_by_this_table() -> None:
    assert {f"{state} {step}": after for (state, step), after in MOVES.items()} == {
        "checking refuse": "refused", "checking find": "checked", "checking fail": "failed", "checked commit": "committing",
        "committing apply": "applied", "committing give_up": "failed", "failed apply": "applied", "applied undo": "undone",
    }  # fmt: skip
    assert set(State) - domain.FINAL == {State.CHECKING, State.COMMITTING}
    assert domain.sees_all(an_actor("administrator", CLASS))
    assert not domain.sees_all(an_actor("principal", CLASS))
