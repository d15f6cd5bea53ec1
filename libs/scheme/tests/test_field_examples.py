"""The examples that server and browser run alike: libs/scheme/field_examples.yaml."""

from datetime import date
from pathlib import Path
from typing import Any, get_args
from zoneinfo import ZoneInfo

import pytest
import yaml
from scheme import Field, FieldProblem, Form, jsonable
from scheme.fields import FieldError, FieldType
from scheme.kinds import Evidence

EXAMPLES: dict[str, Any] = yaml.load(
    (Path(__file__).parents[1] / "field_examples.yaml").read_text(encoding="utf-8"), Loader=yaml.CSafeLoader
)
ZONE, TODAY = ZoneInfo(EXAMPLES["zone"]), date.fromisoformat(EXAMPLES["today"])


def each(part: str) -> list[Any]:
    """Each example of a part of the fields, with its field."""
    return [
        pytest.param(Field.model_validate(one["field"]), example, id=f"{one['field']['id']}-{example[0]!r}")
        for one in EXAMPLES["fields"]
        for example in one.get(part, ())
    ]


def errors_of(problems: list[FieldProblem]) -> list[dict[str, str]]:
    return [{"field": problem.field, "type": problem.code, "message": problem.message} for problem in problems]


@pytest.mark.feature("X-12", "L-13")
@pytest.mark.parametrize(("field", "example"), each("takes"))
def test_what_is_typed_becomes_the_stored_value_which_is_taken_again(field: Field, example: list[Any]) -> None:
    typed, stored = example
    for value in (typed, stored):
        found = jsonable({"it": field.parse(value, ZONE, TODAY)})["it"] if value is not None or not field.required else None
        assert (found, type(found)) == (stored, type(stored))


@pytest.mark.feature("X-12", "X-13")
@pytest.mark.parametrize(("field", "example"), each("refuses"))
def test_what_is_refused_names_the_limit_in_the_same_words(field: Field, example: list[Any]) -> None:
    typed, limit, sentence = example
    with pytest.raises(FieldError) as refused:
        field.parse(typed, ZONE, TODAY)
    assert (refused.value.limit, refused.value.message) == (limit, sentence)


@pytest.mark.parametrize(("field", "example"), each("shows"))
def test_a_stored_value_is_shown_as_people_read_it(field: Field, example: list[Any]) -> None:
    stored, text = example
    assert field.shown(stored) == text


@pytest.mark.feature("L-12", "BJ-05")
@pytest.mark.parametrize(
    ("form", "example"),
    [(Form.model_validate(one["form"]), example) for one in EXAMPLES["forms"] for example in one["examples"]],
)
def test_a_form_takes_its_values_or_names_every_problem(form: Form, example: dict[str, Any]) -> None:
    found = form.validate_data(example["data"], "kind", zone=ZONE, today=TODAY, role=example.get("role"))
    if isinstance(found, list):
        assert errors_of(found) == example.get("errors")
    else:
        assert jsonable(found) == example.get("values")


@pytest.mark.feature("JX-03")
@pytest.mark.parametrize(
    ("limits", "word", "example"),
    [
        (Evidence.model_validate(one["limits"]), one["word"], example)
        for one in EXAMPLES["evidence"]
        for example in one["examples"]
    ],
)
def test_evidence_names_every_file_that_is_not_taken(limits: Evidence, word: str, example: dict[str, Any]) -> None:
    files = [(media_type, size) for media_type, size in example["files"]]
    assert errors_of(limits.problems(files, "kind.evidence", word=word)) == example["errors"]


def test_every_type_of_field_has_examples_that_are_taken_and_that_are_refused() -> None:
    for part in ("takes", "refuses"):
        assert {one["field"]["type"] for one in EXAMPLES["fields"] if one.get(part)} == set(get_args(FieldType.__value__))
