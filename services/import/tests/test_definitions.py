"""A scheme's import types as workbooks: columns, limits and validators come from the scheme (JX-05, BJ-06). No I/O."""

from pathlib import Path
from typing import Any

import pytest
from importer.domain.definition_from_scheme import NAME, REGISTRY, definition_of
from importer.domain.definitions import ImportDefinition, ReferenceData, Student
from importer.domain.templates import Checked, Layout, Parsed, Row
from importer_builders import NOW, a_term
from scheme import Schemes
from servicekit.directory import Term
from servicekit.ids import new_id

SCHEMES = Schemes(Path(__file__).parents[3] / "schemes")
JIANGXI = SCHEMES.latest("jiangxi")
ZHANG = Student(new_id(), "张晓", "G360102201001010001", "jx.nc.dh.s1.g2025.c01", "1班")
REFERENCE = ReferenceData.of([ZHANG], Term.from_event(a_term(), JIANGXI), NOW)


def a_row(number: int = 2, **values: Any) -> Row:
    given = {
        REGISTRY: ZHANG.registry_number,
        NAME: ZHANG.name,
        "exam": "期末",
        "subject": "数学",
        "score": "90",
        "full_mark": "150",
    }
    return Row(number, {k: v for k, v in (given | values).items() if v is not None}, "rows")


def judged(*rows: Row, definition: ImportDefinition | None = None, columns: tuple[str, ...] | None = None) -> Checked:
    definition = definition or definition_of(JIANGXI, "exam_scores", "class_teacher")
    own = columns or tuple(c.id for c in definition.template.sheets[0].columns)
    layout = Layout("考试成绩", 1, {name: n for n, name in enumerate(own, 1)}, 9)
    return definition.check(Parsed(rows, (), (), {"rows": layout}), REFERENCE)


def messages(checked: Checked) -> list[tuple[int, str | None, str]]:
    return [(p.row, p.column, p.code) for p in checked.problems]


@pytest.mark.feature("JX-05", "X-01")
def test_every_import_type_of_every_scheme_becomes_a_template_named_and_versioned_after_it() -> None:
    seen = 0
    for scheme in SCHEMES:
        for wanted in scheme.imports:
            definition = definition_of(scheme, wanted.id, wanted.roles[0])
            assert (definition.template.id, definition.template.version) == (f"{scheme.id}.{wanted.id}", scheme.version)
            titles = [column.title for column in definition.template.sheets[0].columns]
            assert len(titles) == len(set(titles)) > 3
            seen += 1
    assert seen >= 8


@pytest.mark.feature("JX-05")
def test_columns_say_what_the_scheme_demands() -> None:
    sheet = definition_of(JIANGXI, "exam_scores", "class_teacher").template.sheets[0]
    subject, score = sheet.column("subject"), sheet.column("score")
    assert (subject.type, subject.choices[2], "外语" in subject.other_choices) == ("choice", "英语", True)
    assert (score.type, score.required, score.help) == (
        "number",
        True,
        "0 至 300（分）；最多 1 位小数；没有数值时可填：缺考、缓考、免考、作弊",
    )
    assert sheet.unique == ((REGISTRY, "exam", "subject"),)
    prefilled = definition_of(JIANGXI, "basic_data", "class_teacher").template.sheets[0]
    assert [c.locked for c in prefilled.columns[:4]] == [True, True, True, False]


@pytest.mark.feature("X-12")
def test_a_clean_row_names_its_student_and_holds_the_schemes_own_values() -> None:
    [row] = judged(a_row(subject="外语", score="90.50")).rows
    assert row.data == {
        "student_id": ZHANG.id,
        "exam": "final",
        "subject": "english",
        "score": "90.5",
        "full_mark": "150",
        "credits": None,
        "note": None,
    }


@pytest.mark.feature("L-08")
def test_an_empty_cell_is_null_and_a_column_that_the_sheet_does_not_have_is_not_in_the_row() -> None:
    [row] = judged(a_row(), columns=("exam", "subject", "score", "full_mark", "note")).rows
    assert row.data == {
        "student_id": ZHANG.id, "exam": "final", "subject": "mathematics", "score": "90", "full_mark": "150", "note": None,
    }  # fmt: skip


@pytest.mark.feature("X-12")
def test_rows_are_judged_by_student_name_and_the_limits_of_the_scheme() -> None:
    assert messages(judged(a_row(**{REGISTRY: "G999"}))) == [(2, REGISTRY, "student_unknown")]
    assert messages(judged(a_row(**{NAME: "张小"}, score="400"))) == [(2, NAME, "name_differs"), (2, "score", "maximum")]
    assert messages(judged(a_row(score="151"))) == [(2, "full_mark", "in_order")]
    assert judged(a_row(**{REGISTRY: ZHANG.registry_number.lower(), NAME: "张 晓"})).ok


@pytest.mark.feature("X-12")
def test_rows_that_say_the_same_in_other_words_are_found() -> None:
    checked = judged(a_row(2, exam="期中", subject="外语"), a_row(3, exam="期中考试", subject="英语"), a_row(4))
    assert messages(checked) == [(2, REGISTRY, "duplicate"), (3, REGISTRY, "duplicate")]
    assert [row.number for row in checked.rows] == [4]


@pytest.mark.feature("JX-12", "BJ-06")
def test_comments_are_judged_by_the_length_that_the_scheme_sets() -> None:
    for scheme, longest in ((JIANGXI, 300), (SCHEMES.latest("beijing"), 500)):
        definition = definition_of(scheme, "teacher_comments", "class_teacher")
        assert (definition.target, definition.template.sheets[0].column("text").max_length) == ("archive", longest)
        comment = Row(2, {REGISTRY: ZHANG.registry_number, NAME: ZHANG.name, "text": "好" * 9}, "rows")
        assert messages(judged(comment, definition=definition)) == [(2, "text", "evaluation")]
