"""docs/security.md: every statement names tests that exist."""

import re
from pathlib import Path

from tests.house.source import ROOT, parsed
from tests.house.test_tests import all_tests

PAGE = ROOT / "docs" / "security.md"
TEST = re.compile(r"`([\w/.-]+\.py)::(test_\w+)`")


def statements(text: str) -> list[str]:
    """The list items of the page, each with its continuation lines."""
    return [item.strip() for item in re.findall(r"^- (.+?)(?=^- |^\n|^#|\Z)", text, flags=re.M | re.S)]


def known(path: str) -> set[str]:
    """The names of the tests in this file."""
    file = ROOT / Path(path)
    return {test.name for test in all_tests(parsed(file))} if file.is_file() else set()


def test_every_statement_about_security_names_a_test_that_exists() -> None:
    found = statements(PAGE.read_text(encoding="utf-8"))
    assert len(found) > 20
    unproved = [statement for statement in found if not TEST.search(statement)]
    assert unproved == []
    missing = [f"{path}::{name}" for item in found for path, name in TEST.findall(item) if name not in known(path)]
    assert missing == []


def test_a_statement_ends_where_the_next_one_begins() -> None:
    assert statements("text\n- one\n  more `a.py::test_a`\n- two\n\n## Next\n- three\n") == [
        "one\n  more `a.py::test_a`", "two", "three",
    ]  # fmt: skip
