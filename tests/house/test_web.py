"""The web client knows no deployment: what a scheme names stands in no string of `web/src`."""

import json
import re
from functools import cache
from pathlib import Path

import pytest
from scheme import Field, Kind, load_all

from tests.house.source import ROOT, models_in, names_in

SOURCES = ROOT / "web" / "src"
COMMENT = re.compile(r"/\*.*?\*/|<!--.*?-->|(?:^|(?<=\s))//[^\n]*", re.S)
STRING = re.compile(r"'[^'\n]*'|\"[^\"\n]*\"|`[^`\n]*`")
VALUES = r"\b(?:values|content)\b[?!]?(?:\.\[|\.|\[)['\"]?"
"""How code reads one field of a record: `values.hours`, `content['hours']`."""


@cache
def ids() -> tuple[frozenset[str], frozenset[str]]:
    """The ids of all schemes: of schemes, dimensions and kinds, and of fields. What the API itself names is no scheme's."""
    schemes = load_all(ROOT / "schemes")
    models = [model for scheme in schemes for model in models_in(scheme)]
    things = {scheme.id for scheme in schemes} | {one.id for scheme in schemes for one in scheme.dimensions}
    things |= {model.id for model in models if isinstance(model, Kind)}
    fields = {model.id for model in models if isinstance(model, Field)}
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in ROOT.glob("services/*/openapi.json")]
    api = {name for document in documents for name in names_in(document)}
    return frozenset(things - api), frozenset(fields - api)


def found(text: str) -> list[str]:
    """Ids in strings of a source file, and fields of one scheme that it reads from a record.

    Of a field whose id is one common word (`part`, `organiser`), only the reading counts.
    """
    things, fields = ids()
    compound = {field for field in fields if "_" in field}
    code = COMMENT.sub("", text)
    words = {word for string in STRING.findall(code) for word in re.findall(r"\w+", string)}
    read = set(re.findall(rf"{VALUES}(\w+)", code))
    return sorted(words & (things | compound) | read & fields)


def test_no_id_of_a_scheme_stands_in_the_web_client() -> None:
    files = [path for path in SOURCES.rglob("*") if path.suffix in (".ts", ".vue") and "generated" not in path.parts]
    assert len(files) > 20
    assert {path.relative_to(ROOT).as_posix(): ids for path in files if (ids := found(path.read_text(encoding="utf-8")))} == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("if (kind.id === 'volunteer_service') return", ["volunteer_service"]),
        ("<p v-if=\"kind === 'reading'\">", ["reading"]),
        ("const path = `/schemes/jiangxi/${version}`", ["jiangxi"]),
        ("form['award_level']", ["award_level"]),
        ("return values.organiser", ["organiser"]),
        ("content?.['organiser']", ["organiser"]),
        ("const organiser = 'organiser' // reading", []),
        ("/** A 'reading' of values.organiser. */ const reading = 1", []),
    ],
)
def test_an_id_of_a_scheme_is_recognised(text: str, expected: list[str]) -> None:
    assert found(text) == expected


def test_the_web_client_imports_in_one_direction() -> None:
    """`app → features → scheme, upload, drafts, data → ui, api`. No feature imports another; of the API `ui` knows refusals."""
    wrong = []
    for path in sorted(SOURCES.rglob("*")):
        if path.suffix not in (".ts", ".vue"):
            continue
        area, *rest = path.relative_to(SOURCES).parts
        for target in re.findall(r"(?:from|import\()\s*'([^']+)'", path.read_text(encoding="utf-8")):
            if not (target.startswith(("@/", "."))):
                continue
            absolute = SOURCES / target[2:] if target.startswith("@/") else (path.parent / target).resolve()
            parts = Path(absolute).relative_to(SOURCES).parts
            if not allowed(area, rest[0] if rest else "", parts):
                wrong.append(f"{path.relative_to(ROOT)}: {target}")
    assert not wrong, "\n".join(wrong)


def allowed(area: str, feature: str, target: tuple[str, ...]) -> bool:
    """May a file of `area` (of `feature`, if that is one) import the target?"""
    match area, target[0]:
        case ("features", "features"):
            return target[1] == feature
        case (_, "features"):
            return area == "app"
        case ("api", other):
            return other == "api"
        case ("ui", other):
            return other == "ui" or target == ("api", "problem")
        case _:
            return True


TODO = re.compile(r'(?:\bTodo\(\s*id=|\btodo\(|\.add\()"([a-z_]+)"|^\s+"([a-z_]+)": \("', re.M)
"""How services name what waits for somebody."""


def todo_ids() -> set[str]:
    """The ids of all `Todo`s of the home screens of all services."""
    files = (ROOT / "services").glob("*/src/**/home.py")
    found = (match for path in files for match in TODO.finditer(path.read_text(encoding="utf-8")))
    return {match[1] or match[2] for match in found}


def test_everything_that_waits_for_somebody_leads_to_a_page() -> None:
    table = (SOURCES / "data" / "todo.ts").read_text(encoding="utf-8")
    pages = {name: re.findall(r"'([^']+)'", paths) for name, paths in re.findall(r"^  ([a-z_]+): \[([^\]]*)\]", table, re.M)}
    ids = todo_ids()
    assert {"records_to_review", "claims_to_decide", "batches_to_commit", "corrections_to_sign", "unread_messages"} <= ids
    assert set(pages) == ids
    declared = [*SOURCES.glob("features/*/routes.ts"), SOURCES / "app" / "navigation.ts"]
    paths = {one for file in declared for one in re.findall(r"path: '([^']+)'", file.read_text(encoding="utf-8"))}
    lost = {name for name, targets in pages.items() if not any(one.partition("?")[0] in paths for one in targets)}
    assert not lost, "these lead to no page"
