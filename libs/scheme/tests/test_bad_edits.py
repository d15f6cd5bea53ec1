"""Many kinds of bad edits of the real schemes: each is told once, in its line, and nothing else is.

`EXAMPLES=50 pytest libs/scheme/tests/test_bad_edits.py` tries so many edits of each kind on each scheme.
"""

import os
import random
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml
from scheme import SchemeError, loads
from scheme.checking import Document, check

FOLDER = Path(__file__).parents[3] / "schemes"
FILES = sorted(path for path in FOLDER.glob("*/*.yaml") if path.parent.name != "layouts")
EXAMPLES = int(os.environ.get("EXAMPLES", "1"))
pytestmark = pytest.mark.feature("X-01")

type Path_ = tuple[str | int, ...]


@dataclass(frozen=True)
class Edit:
    """A changed file, and the lines of which one has to be named (counted from 1)."""

    text: str
    lines: frozenset[int]
    what: str


@dataclass(frozen=True)
class Site:
    """A key and its value somewhere in a file. key: None in a list."""

    path: Path_
    key: yaml.Node | None
    value: yaml.Node

    @property
    def name(self) -> str:
        return str(next((step for step in reversed(self.path) if isinstance(step, str)), ""))


def sites(text: str) -> list[Site]:
    """Every key and value of a file that stands outside comments, once."""
    root = yaml.compose(text, yaml.CSafeLoader)
    found: list[Site] = []
    seen = set[int]()

    def walk(node: yaml.Node, path: Path_) -> None:
        if id(node) in seen:
            return
        seen.add(id(node))
        below: list[tuple[str | int, yaml.Node | None, yaml.Node]] = []
        if isinstance(node, yaml.MappingNode):
            below = [(key.value, key, value) for key, value in node.value]
        elif isinstance(node, yaml.SequenceNode):
            below = [(number, None, value) for number, value in enumerate(node.value)]
        for step, key, value in below:
            found.append(Site((*path, step), key, value))
            walk(value, (*path, step))

    walk(root, ())
    return found


def put(text: str, node: yaml.Node, new: str, what: str) -> Edit:
    """Other text in the place of a scalar."""
    start, end = node.start_mark.index, node.end_mark.index
    return Edit(text[:start] + new + text[end:], frozenset({node.start_mark.line + 1}), f"{what}: {text[start:end]} → {new}")


def scalars(text: str, *names: str) -> Iterator[Site]:
    for site in sites(text):
        plain = (
            isinstance(site.value, yaml.ScalarNode) and not site.value.style and text[site.value.start_mark.index] not in "*&"
        )
        if plain and (not names or site.name in names):
            yield site


def swapped(word: str) -> str:
    """The word with two letters in the middle exchanged."""
    middle = len(word) // 2
    return word[: middle - 1] + word[middle] + word[middle - 1] + word[middle + 1 :]


FREE = {"texts", "shared", "rules", "kept_by", "level_roles", "weights", "auditor", "superior"}
"""Mappings whose keys are not those of a model."""


def misspelt_key(text: str) -> Iterator[Edit]:
    for site in sites(text):
        if site.key is None or len(site.key.value) < 4 or swapped(site.key.value) == site.key.value or site.key.value == "<<":
            continue
        if (len(site.path) > 1 and site.path[-2] in FREE) or site.path[0] == "rules" or site.path == ("shared",):
            continue
        yield put(text, site.key, swapped(site.key.value), "misspelt key")


ROLES = ("entry_roles", "by", "roles", "role", "helper", "declared_by", "opened_by", "written_by", "read_by", "set_by")


def misspelt_role(text: str) -> Iterator[Edit]:
    for site in scalars(text, *ROLES):
        if site.path[0] not in {"accounts"} and swapped(site.value.value) != site.value.value:
            yield put(text, site.value, swapped(site.value.value), "misspelt role")


def unknown_reference(text: str) -> Iterator[Edit]:
    for site in scalars(
        text,
        "operation",
        "kind",
        "evaluation",
        "leads_to",
        "publicity_operation",
        "during",
        "catalog",
        "switch",
        "case",
        "dimension",
    ):
        if site.path[0] != "texts":
            yield put(text, site.value, "nowhere", "reference to nothing")


def missing_part(text: str) -> Iterator[Edit]:
    """A whole line with a part that others refer to."""
    for site in sites(text):
        if (site.path[:2] == ("timing", "operations") and len(site.path) == 3) or (
            site.path[0] == "roles" and len(site.path) == 2
        ):
            start, end = site.value.start_mark, site.value.end_mark
            name = next(value.value for key, value in site.value.value if key.value == "id")
            if start.line != end.line or set("&*") & set(text.splitlines()[start.line]):
                continue
            lines = text.splitlines(keepends=True)
            rest = "".join([*lines[: start.line], *lines[start.line + 1 :]])
            named = re.compile(rf"\b{name}\b(?!:)")
            where = {number for number, line in enumerate(rest.splitlines(), 1) if named.search(line.partition("#")[0])}
            if where and name not in {"student", "guardian"} and not name.endswith("_administrator"):
                yield Edit(rest, frozenset(where), f"without {name}")


def minimum_above_maximum(text: str) -> Iterator[Edit]:
    for low, high in (("min", "max"), ("minimum", "maximum"), ("min_length", "max_length")):
        for site in scalars(text, high):
            lower = [one for one in scalars(text, low) if one.path[:-1] == site.path[:-1]]
            for one in lower:
                yield put(text, one.value, str(float(site.value.value) + 1).removesuffix(".0"), "minimum above maximum")


def negative_deadline(text: str) -> Iterator[Edit]:
    for site in scalars(text, "after", "valid_for"):
        yield put(text, site.value, f"-{site.value.value}", "negative deadline")


def deadline_without_unit(text: str) -> Iterator[Edit]:
    for site in scalars(text, "after", "valid_for"):
        yield put(text, site.value, site.value.value.strip("PTDH"), "deadline without its unit")


def same_alias(text: str) -> Iterator[Edit]:
    for site in sites(text):
        if site.name == "choices" and isinstance(site.value, yaml.SequenceNode) and len(site.value.value) > 1:
            first, second = ({key.value: value for key, value in one.value} for one in site.value.value[:2])
            yield put(text, second["title"], first["title"].value, "two choices with one name")


def same_id(text: str) -> Iterator[Edit]:
    """The first id of a list a second time, where nothing refers to it."""
    ids = {site.path: site for site in scalars(text, "id")}
    for path, site in ids.items():
        if (
            len(path) > 2
            and isinstance(number := path[-2], int)
            and number
            and path[-3] in {"fields", "choices", "reasons", "sections"}
        ):
            first = ids.get((*path[:-2], 0, "id"))
            if first is not None and path[0] != "shared" and len(re.findall(rf"\b{site.value.value}\b", text)) == 1:
                yield put(text, site.value, first.value.value, "id defined twice")


def wrong_type(text: str) -> Iterator[Edit]:
    for site in scalars(
        text,
        "max_length",
        "min",
        "max",
        "weight",
        "required",
        "first_grade",
        "decimals",
        "from_day",
        "max_bytes",
        "not_future",
        "listed",
    ):
        yield put(text, site.value, "很多", "wrong type")


def text_for_list(text: str) -> Iterator[Edit]:
    for site in sites(text):
        if (
            isinstance(site.value, yaml.SequenceNode)
            and site.path[-1] in {"roles", "entry_roles", "by", "types", "may"}
            and site.value.start_mark.line == site.value.end_mark.line
            and text[site.value.start_mark.index] == "["
        ):
            yield put(text, site.value, "5", "no list")


def empty_text(text: str) -> Iterator[Edit]:
    for site in scalars(text, "title", "says", "criteria", "button", "help"):
        yield put(text, site.value, '""', "empty text")


def no_content(text: str) -> Iterator[Edit]:
    for site in scalars(text, "title", "says", "helper", "max_length", "window", "example"):
        yield put(text, site.value, "", "key without content")


def bad_example(text: str) -> Iterator[Edit]:
    for site in scalars(text, "example"):
        yield put(text, site.value, "例" * 2000, "example against its field")


def impossible_date(text: str) -> Iterator[Edit]:
    needle = "authority: {"
    at = text.index(needle) + len(needle)
    yield Edit(text[:at] + "signed_on: 2026-02-30, " + text[at:], frozenset({text[:at].count("\n") + 1}), "no such day")


def slow_pattern(text: str) -> Iterator[Edit]:
    for found in re.finditer(r"type: text, ", text):
        at = found.end()
        if "pattern" not in text[at : text.index("\n", at)]:
            yield Edit(f"{text[:at]}pattern: '(\\d+)+', {text[at:]}", frozenset({text[:at].count("\n") + 1}), "slow pattern")


def foreign_role(text: str) -> Iterator[Edit]:
    """A role that the operation does not admit."""
    data = yaml.load(text, Loader=yaml.CSafeLoader)
    admitted = {one["id"]: one["roles"] for one in data["timing"]["operations"]}
    roles = [one["id"] for one in data["roles"] if one["id"] not in {"student", "guardian"}]
    for site in sites(text):
        if site.name in {"by", "entry_roles", "declared_by", "roles"} and isinstance(site.value, yaml.SequenceNode):
            beside = [one.value.value for one in sites(text) if one.path == (*site.path[:-1], "operation")]
            for role in [one for one in roles if beside and one not in admitted[beside[0]]][:1]:
                names = [one.value for one in site.value.value]
                if text[site.value.start_mark.index] == "[" and site.path[0] != "timing":
                    yield put(text, site.value, f"[{', '.join([*names, role])}]", f"{role} is not admitted")


def idle_operation(text: str) -> Iterator[Edit]:
    at = text.index("\n", text.index("\n  operations:") + 1) + 1
    line = text[:at].count("\n") + 1
    yield Edit(
        f"{text[:at]}    - {{id: idle, title: 闲置, roles: [student], window: none}}\n{text[at:]}",
        frozenset({line}),
        "unused operation",
    )


def unused_anchor(text: str) -> Iterator[Edit]:
    at = text.index("shared:\n") + len("shared:\n")
    line = text[:at].count("\n") + 1
    yield Edit(f"{text[:at]}  idle: &idle {{unit: record}}\n{text[at:]}", frozenset({line}), "unused anchor")


def repeated_key(text: str) -> Iterator[Edit]:
    for site in scalars(text, "title"):
        if site.key is not None and text[site.value.end_mark.index : site.value.end_mark.index + 1] == ",":
            at = site.value.end_mark.index
            yield Edit(f"{text[:at]}, title: 又一个{text[at:]}", frozenset({site.key.start_mark.line + 1}), "repeated key")


def broken_usual(text: str) -> Iterator[Edit]:
    begins = {site.path[:-1]: int(site.value.value) for site in scalars(text, "from_day")}
    for site in scalars(text, "to_day"):
        if begins[site.path[:-1]] > 0:
            yield put(text, site.value, "0", "a default timetable that breaks its rules")


def grade_of_no_school(text: str) -> Iterator[Edit]:
    for site in scalars(text, "grades"):
        yield put(text, site.value, "2", "a grade that the stage does not have")


def weight_without_marks(text: str) -> Iterator[Edit]:
    for site in scalars(text, "evaluation"):
        if site.path[:2] == ("result", "parts"):
            yield put(text, site.value, "parent_comment", "weight without marks")


def without_effect(text: str) -> Iterator[Edit]:
    for found in re.finditer(r"type: date, ", text):
        yield Edit(
            f"{text[: found.end()]}max_length: 5, {text[found.end() :]}",
            frozenset({text[: found.end()].count("\n") + 1}),
            "no effect",
        )


KINDS: list[Callable[[str], Iterator[Edit]]] = [
    misspelt_key, misspelt_role, unknown_reference, missing_part, minimum_above_maximum, negative_deadline,
    deadline_without_unit, same_alias, same_id, wrong_type, text_for_list, empty_text, no_content,
    bad_example, impossible_date, slow_pattern, foreign_role, idle_operation, unused_anchor, repeated_key,
    broken_usual, grade_of_no_school, weight_without_marks, without_effect,
]  # fmt: skip


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
def test_a_file_as_it_is_has_no_problem(path: Path) -> None:
    assert list(map(str, check(Document.read(path.read_text(encoding="utf-8"), path.name)))) == []


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.parent.name)
@pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
def test_a_bad_edit_is_told_once_in_its_line(kind: Callable[[str], Iterator[Edit]], path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    edits = list(kind(text))
    for edit in random.Random(EXAMPLES).sample(edits, min(EXAMPLES, len(edits))):
        found = check(Document.read(edit.text, path.name))
        shown = "\n".join(map(str, found)) or "nothing"
        assert len(found) == 1, f"{edit.what}, line {sorted(edit.lines)}:\n{shown}"
        assert edit.lines & {found[0].line, *found[0].also}, f"{edit.what}, line {sorted(edit.lines)}:\n{shown}"
        assert found[0].correction, shown


@pytest.mark.parametrize("seed", range(10 * EXAMPLES))
def test_whatever_is_written_is_told_in_plain_words_or_loads(seed: int) -> None:
    chance = random.Random(seed)
    text = chance.choice(FILES).read_text(encoding="utf-8")
    for _ in range(chance.randint(1, 3)):
        try:
            known = sites(text)
        except yaml.YAMLError:
            break  # the last edit left no YAML, in which no more can be edited
        site = chance.choice(known)
        start, end = site.value.start_mark.index, site.value.end_mark.index
        new = chance.choice(["5", "[]", "{}", '"x"', "[a, b]", "{a: b}", "-1", "true", "2026-02-30", "P3D", "x"])
        text = text[:start] + new + ("" if text[end - 1] != "\n" else "\n") + text[end:]
    try:
        found = check(Document.read(text, "it"))
    except SchemeError as broken:
        found = broken.found
    if found:
        assert [str(one) for one in found if "type=" in one.message or not one.message] == []
    else:
        loads(text)


def test_every_kind_of_bad_edit_is_tried_somewhere() -> None:
    texts = [path.read_text(encoding="utf-8") for path in FILES]
    assert [kind.__name__ for kind in KINDS if not any(True for text in texts for _ in kind(text))] == []
