"""The Chinese words of scheme files, for messages and editors: what a key is called, what to write there, sorts of parts."""

from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from importlib import resources
from typing import Any

import yaml


@cache
def _words() -> Mapping[str, Any]:
    text = resources.files("scheme").joinpath("words.yaml").read_text(encoding="utf-8")
    found: Mapping[str, Any] = yaml.load(text, Loader=yaml.CSafeLoader)
    return found


def _both(key: str, model: str | None) -> str:
    words = _words()
    return str(words.get(f"{model}.{key}") or words.get(key, ""))


def known(key: str, model: str) -> bool:
    """Whether there are words for this key of this model."""
    return bool(_both(key, model))


def name(key: str, model: str | None = None) -> str:
    """What a key is called: 最多字数; the key itself where it has no words."""
    return _both(key, model).partition("｜")[0] or key


def says(key: str, model: str | None = None) -> str:
    """What to write there; empty where the name says enough."""
    return _both(key, model).partition("｜")[2]


def item(key: str) -> str | None:
    """What an item of a list is called: 字段 of `fields`; None: its items have no name."""
    found: str | None = _words()["of_list"].get(key)
    return found


def sort(of: str) -> str:
    """What a sort of parts is called: 操作 for `operation`."""
    return str(_words()["sorts"].get(of, of))


def capability(name: str) -> str:
    """What a capability of a role lets its holder do: 审核记录."""
    return str(_words()["capabilities"].get(name, name))


def nearest(name: str, known: Iterable[str]) -> str:
    """The correction of a name that is none of the known ones."""

    close = get_close_matches(name, known := sorted(known), n=1, cutoff=0.6)
    return f"是否应为“{close[0]}”？" if close else f"可以写：{'、'.join(known[:12])}{'……' if len(known) > 12 else ''}"
