"""Every key of a scheme file has Chinese words, and what is made of them for editors and officials is current (X-01)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheme import Scheme, words
from scheme.checking.examples import Examples
from scheme.migration import Migration
from scheme.tools import schema

from tests.house.source import ROOT

TEXT = Path(words.__file__).with_name("words.yaml").read_text(encoding="utf-8")
OTHERS = {
    "of_list",
    "sorts",
    "capabilities",
    "shared",
    "holidays",
    "workdays",
    "region",
    "year",
    "Holiday.first",
    "Holiday.last",
}
"""Of other files, or of no model."""
pytestmark = pytest.mark.feature("X-01")


def keys() -> Iterator[tuple[str, str]]:
    for whole in (Scheme, Examples, Migration):
        schema: dict[str, Any] = whole.model_json_schema()
        for model, one in [(whole.__name__, schema), *schema["$defs"].items()]:
            yield from ((model, key) for key in one.get("properties", ()))


def test_every_key_has_chinese_words() -> None:
    """A new key needs a line in libs/scheme/src/scheme/words.yaml."""
    assert sorted({f"{model}.{key}" for model, key in keys() if not words.known(key, model)}) == []


def test_no_words_are_left_of_keys_that_are_gone() -> None:
    known = {key for _, key in keys()} | {f"{model}.{key}" for model, key in keys()} | OTHERS
    assert sorted(set(yaml.safe_load(TEXT)) - known) == []
    assert words.name("max_length") == "最多字数"
    assert words.name("then", "Silence") == "逾期后"
    assert words.says("decimals") == ""


def test_the_schema_for_editors_and_the_page_of_keys_are_current() -> None:
    assert (ROOT / "schemes" / schema.FILE).read_text(encoding="utf-8") == schema.text(), "python -m scheme schema"
    page = (ROOT / "docs" / schema.PAGE).read_text(encoding="utf-8")
    assert page == schema.keys_table(), "python -m scheme schema"
    assert "| `version`* | 版本：" in page
