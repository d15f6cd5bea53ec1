"""The services and libraries know no deployment: what a scheme file names is no string of their code.

Like `test_web.py`, which reads the client, this looks for ids of schemes, dimensions, kinds, fields and roles. What the
platform itself calls so (its API, its events, the keys and words of the scheme format) is no deployment's.
"""

import ast
import json
import re
from collections.abc import Iterator
from functools import cache

import pytest
from contracts.registry import EVENTS
from scheme import Field, Kind, Scheme, load_all
from scheme.kinds import Dimension
from scheme.parts import Role

from tests.house.source import ROOT, models_in, names_in, nodes, python_files

ALLOWED = {
    "class_teacher": "the platform knows this role without a scheme: what it may do, and what it is called in rosters",
    "subject_teacher": "likewise",
    "principal": "likewise",
    "school_administrator": "likewise; a correction's `by` and a roster's granter unless the scheme says otherwise",
    "misconduct": "a source of archive sections in the scheme format, not the kind of that name",
    "bmi": "a formula of workbook layouts in the scheme format",
    "activity_type": "a parameter of lists: the value of the field that the kind names",
    "guardian_name": "a column of rosters",
    "guardian_phone": "likewise",
    "registry_number": "a column of rosters; fills a profile's field with this id (`scheme.Profile`)",
    "student_number": "likewise",
    "birth_date": "what identity knows of a student; fills a profile's field with this id (`identity.domain.profiles`)",
    "education_id": "likewise",
    "origin_school": "what backfills say; likewise",
}
"""Ids that stand in code, and why. Nothing of a single deployment belongs here."""


READ_FROM = ("data", "values", "answers")
"""What the values of a form are called. Of a field whose id is one common word, only the reading of such a value counts."""


@cache
def ids() -> tuple[frozenset[str], frozenset[str]]:
    """The ids of all schemes: of schemes, dimensions, kinds and roles; and of fields."""
    schemes = load_all(ROOT / "schemes")
    models = [model for scheme in schemes for model in models_in(scheme)]
    things = {model.id for model in models if isinstance(model, Scheme | Dimension | Kind | Role)}
    fields = {model.id for model in models if isinstance(model, Field)}
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("services/*/openapi.json")]
    documents += [event.model_json_schema() for event in EVENTS.values()]
    platform = {name for document in (*documents, Scheme.model_json_schema()) for name in names_in(document)}
    return frozenset(things - platform - ALLOWED.keys()), frozenset(fields - platform - ALLOWED.keys())


def found(tree: Iterator[ast.AST] | tuple[ast.AST, ...]) -> set[str]:
    """Ids in the strings of some code, also in quotes in its SQL, and fields that it reads from the values of a form."""
    things, fields = ids()
    named = things | {field for field in fields if "_" in field}
    seen = set[str]()
    for node in tree:
        match node:
            case ast.Constant(value=str(text)):
                seen |= named & {text, *re.findall(r"'(\w+)'", text)}
            case ast.Subscript(value=value, slice=ast.Constant(value=str(key))) if _is_data(value):
                seen |= {key} & fields_of_forms()
            case ast.Call(func=ast.Attribute(value=value, attr="get"), args=[ast.Constant(value=str(key)), *_]) if _is_data(
                value
            ):
                seen |= {key} & fields_of_forms()
    return seen


@cache
def fields_of_forms() -> frozenset[str]:
    """The ids of all fields, also those that are words of the platform too."""
    models = [model for scheme in load_all(ROOT / "schemes") for model in models_in(scheme)]
    return frozenset(model.id for model in models if isinstance(model, Field)) - ALLOWED.keys()


def _is_data(value: ast.expr) -> bool:
    """Is this `data`, `record.data`, `self.values`?"""
    return getattr(value, "attr", getattr(value, "id", "")) in READ_FROM


def test_no_id_of_a_scheme_stands_in_the_code_of_services_and_libraries() -> None:
    files = [path for path in python_files() if path.is_relative_to(ROOT / "services") or path.is_relative_to(ROOT / "libs")]
    files = [path for path in files if "src" in path.parts]
    assert len(files) > 200
    wrong = {path.relative_to(ROOT).as_posix(): sorted(seen) for path in files if (seen := found(nodes(path)))}
    assert wrong == {}


def test_what_is_allowed_still_stands_in_code_and_in_a_scheme() -> None:
    in_code = {
        node.value
        for path in python_files()
        if "src" in path.parts
        for node in nodes(path)
        if isinstance(node, ast.Constant) and isinstance(node.value, str)
    }
    models = [model for scheme in load_all(ROOT / "schemes") for model in models_in(scheme)]
    named = {model.id for model in models if isinstance(model, Scheme | Dimension | Kind | Role | Field)}
    assert ALLOWED.keys() <= in_code & named


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ('if scheme.id == "changsha": pass', {"changsha"}),
        ('actor.is_("publicity_panel")', {"publicity_panel"}),
        ("tx.fetch(\"SELECT 1 FROM records WHERE kind = 'typical_case'\")", {"typical_case"}),
        ('position.data.get("duties")', {"duties"}),
        ('record.data["since"]', {"since"}),
        ('row["since"]', set()),
        ('actor.is_("student")', set()),
        ('"""As in changsha, a publicity_panel decides."""', set()),
    ],
)
def test_an_id_of_a_scheme_is_recognised(code: str, expected: set[str]) -> None:
    assert found(tuple(ast.walk(ast.parse(code)))) == expected
