"""Who reads a field: what the check of a scheme refuses because the value would show all the same (BJ-05)."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from scheme import load
from scheme.checking.soundness import unsound
from scheme.scheme import Scheme

BEIJING = load(Path(__file__).parents[3] / "schemes" / "beijing" / "2026.1.yaml")
ALL = ("student", "guardian", "subject_teacher", "class_teacher", "department_head", "student_office")


def with_field(name: str, **changed: object) -> Scheme:
    """Beijing's scheme with this field of its first kind changed."""
    dimension = BEIJING.dimensions[0]
    kind = dimension.kinds[0]
    fields = tuple(f.model_copy(update=changed) if f.id == name else f for f in kind.form.fields)
    form = kind.form.model_copy(update={"fields": fields})
    dimension = dimension.model_copy(update={"kinds": (kind.model_copy(update={"form": form}), *dimension.kinds[1:])})
    return BEIJING.model_copy(update={"dimensions": (dimension, *BEIJING.dimensions[1:])})


def problems_in(scheme: Scheme) -> Iterator[str]:
    return (str(error) for error in unsound(scheme))


@pytest.mark.feature("BJ-05")
@pytest.mark.parametrize(
    ("field", "changed", "why"),
    [
        ("name", {"read_by": ALL}, "标题"),
        ("on_day", {"read_by": ALL}, "日期"),
        ("teacher_note", {"public": True}, "公示栏"),
        ("teacher_note", {"read_by": ("class_teacher",)}, "subject_teacher 不能读自己填的内容"),
        ("account", {"read_by": ("class_teacher",), "written_by": ()}, "student"),
    ],
)
def test_a_restricted_field_whose_value_shows_all_the_same_is_refused(field: str, changed: dict[str, object], why: str) -> None:
    assert any("read_by cannot hold" in text and why in text for text in problems_in(with_field(field, **changed)))


@pytest.mark.feature("BJ-05")
def test_the_scheme_as_it_is_has_no_such_field_and_another_form_cannot_restrict_readers() -> None:
    assert not list(problems_in(BEIJING))
    form = BEIJING.profile.form
    fields = (form.fields[0].model_copy(update={"read_by": ("student",)}), *form.fields[1:])
    profile = BEIJING.profile.model_copy(update={"form": form.model_copy(update={"fields": fields})})
    [text] = problems_in(BEIJING.model_copy(update={"profile": profile}))
    assert "只有记录的表单" in text
