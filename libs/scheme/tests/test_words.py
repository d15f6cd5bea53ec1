"""Every key of a scheme file has Chinese words, and every id a Chinese sort (X-01)."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from scheme import Scheme, words
from scheme.checking.examples import Examples

TEXT = Path(words.__file__).with_name("words.yaml").read_text(encoding="utf-8")
OTHERS = {"of_list", "sorts", "shared", "holidays", "workdays", "region", "year", "Holiday.first", "Holiday.last"}
"""Of other files, or of no model."""
pytestmark = pytest.mark.feature("X-01")


def keys() -> Iterator[tuple[str, str]]:
    for whole in (Scheme, Examples):
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
